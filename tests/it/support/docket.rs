//! Many disputes at once, written behind the portal's back: a queue of thousands in a second.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use openrebate::db::{folded, grams};
use openrebate::disputes::{Category, Lane, Side, State};
use openrebate::values::Key;

use super::{Engine, TestApp};

/// A dispute as the queue knows it.
#[derive(Debug, Clone)]
pub struct Case {
    pub seq: i64,
    pub customer: Key,
    /// The address of the customer's account manager; empty for none.
    pub manager: String,
    /// Whom it is assigned to; empty for nobody.
    pub owner: String,
    pub state: State,
    pub category: Category,
    pub policy: String,
    /// Minor units of CNY.
    pub amount: i64,
    pub due: NaiveDate,
    pub asleep_until: Option<NaiveDate>,
    pub filed_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub text: String,
}

impl Case {
    pub fn number(&self) -> String {
        format!("ZY-2026-10-{:06}", self.seq)
    }

    pub fn id(&self) -> String {
        format!("{:032x}", self.seq)
    }

    /// As `Dispute::due`.
    pub fn listed_due(&self) -> Option<NaiveDate> {
        let waits = self.state == State::WaitingCustomer;
        (self.state.is_open() && !waits).then_some(self.due)
    }
}

/// Writes them, with the rows that the portal would have made.
pub fn seed(app: &TestApp, cases: &[Case]) {
    app.sql(&statements(app.engine, cases)).expect("they are written");
}

fn statements(engine: Engine, cases: &[Case]) -> String {
    let mut out = String::new();
    for chunk in cases.chunks(500) {
        let insert = |table: &str, columns: &str, row: &dyn Fn(&Case) -> String| {
            let rows: Vec<String> = chunk.iter().map(|case| format!("({})", row(case))).collect();
            format!("INSERT INTO {table} ({columns}) VALUES {};\n", rows.join(", "))
        };
        out += &insert("disputes", DISPUTE, &dispute);
        out += &insert("dispute_queue", QUEUE, &queue);
        let searched = |case: &Case| format!("{}, '{}'", case.seq, searched(case));
        out += &insert("dispute_search", "seq, text", &searched);
        let (key, array) = match engine {
            Engine::Sqlite => ("rowid", ["", ""]),
            Engine::Postgres => ("seq", ["string_to_array(", ", ' ')"]),
        };
        let words = |case: &Case| {
            let grams: Vec<String> = grams(&self::searched(case)).into_iter().collect();
            format!("{}, {}'{}'{}", case.seq, array[0], grams.join(" "), array[1])
        };
        out += &insert("dispute_words", &format!("{key}, grams"), &words);
    }
    let last = cases.last().map_or(0, |case| case.seq);
    writeln!(
        out,
        "DELETE FROM counters WHERE name = 'dispute_queue';
         INSERT INTO counters (name, value) VALUES ('dispute_queue', {last});"
    )
    .expect("it fits");
    out
}

fn searched(case: &Case) -> String {
    [&case.number(), "其他", &case.text].map(folded).join("\n")
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("'%Y-%m-%d %H:%M:%S'").to_string()
}

const DISPUTE: &str = "id, number, customer_id, state, category, subject, subject_id, \
    subject_text, currency, disputed_minor, text, facts, filed_by, filed_by_name, filed_at, \
    assignee, assignee_name, answer_due, decision_due, last_activity_at, revision, snoozed_until";

fn dispute(case: &Case) -> String {
    let or_null = |text: &str| match text {
        "" => "NULL".to_owned(),
        text => format!("'{text}'"),
    };
    format!(
        "'{}', '{}', {}, '{}', '{}', 'free', '', '其他', 'CNY', {}, '{}', '{{}}', 'b', 'b', {}, \
         {}, {}, '{}', '{}', {}, 1, {}",
        case.id(),
        case.number(),
        case.customer,
        case.state,
        case.category,
        case.amount,
        case.text,
        stamp(case.filed_at),
        or_null(&case.owner),
        or_null(&case.owner),
        case.due,
        case.due,
        stamp(case.last_at),
        or_null(&case.asleep_until.map(|day| day.to_string()).unwrap_or_default()),
    )
}

const QUEUE: &str = "seq, dispute_id, number, customer_id, manager, owner, owner_name, lane, \
    state, category, policy_id, subject, currency, amount, due, asleep_until, filed_at, last_at, \
    last_side, revision, answer_due, decided_due, appealed";

fn queue(case: &Case) -> String {
    let never = "9999-12-31".to_owned();
    format!(
        "{}, '{}', '{}', {}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '其他', 'CNY', {}, '{}', \
         '{}', {}, {}, '{}', 1, '{}', '{}', FALSE",
        case.seq,
        case.id(),
        case.number(),
        case.customer,
        case.manager,
        case.owner,
        case.owner,
        Lane::of(case.state),
        case.state,
        case.category,
        case.policy,
        case.amount * 100,
        case.listed_due().map_or(never, |day| day.to_string()),
        case.asleep_until.map_or_else(|| "0001-01-01".to_owned(), |day| day.to_string()),
        stamp(case.filed_at),
        stamp(case.last_at),
        Side::Customer,
        case.due,
        case.due,
    )
}
