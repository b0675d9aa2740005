//! The narrow row of each dispute, kept in step with it by whatever writes the dispute.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::ask::{Sql, Value};
use crate::db::schema::{dispute_queue, dispute_search};
use crate::db::{Conn, Tx, folded, grams, next_number};
use crate::disputes::queue::{Lane, comparable};
use crate::disputes::store::{accrual_of, manager_of};
use crate::disputes::{Category, Dispute, Side, State, SubjectKind};
use crate::error::Result;
use crate::on_backend;
use crate::values::{Currency, DisputeId};

/// Stands for no day: after all others.
pub(super) const NEVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Stands for not being put aside: before all others.
const AWAKE: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// What changes with the dispute. Of the first decision, what stood when it was made stays.
#[derive(AsChangeset)]
#[diesel(table_name = dispute_queue, treat_none_as_null = true)]
struct Changing {
    owner: String,
    owner_name: String,
    lane: Lane,
    state: State,
    due: NaiveDate,
    asleep_until: NaiveDate,
    revision: i64,
    answer_due: NaiveDate,
    answered_at: Option<NaiveDateTime>,
}

impl Changing {
    fn of(d: &Dispute) -> Self {
        Self {
            owner: d.assignee.as_ref().map_or_else(String::new, ToString::to_string),
            owner_name: d.assignee_name.clone().unwrap_or_default(),
            lane: Lane::of(d.state),
            state: d.state,
            due: d.due().unwrap_or(NEVER),
            asleep_until: d.snoozed_until.unwrap_or(AWAKE),
            revision: d.revision,
            answer_due: d.answer_due,
            answered_at: d.answered_at.map(|at| at.naive_utc()),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = dispute_queue)]
struct New<'a> {
    seq: i64,
    dispute_id: &'a DisputeId,
    number: &'a str,
    customer_id: i64,
    manager: String,
    owner: String,
    owner_name: String,
    lane: Lane,
    state: State,
    category: Category,
    policy_id: String,
    subject: &'a str,
    currency: Currency,
    amount: i64,
    due: NaiveDate,
    asleep_until: NaiveDate,
    filed_at: NaiveDateTime,
    last_at: NaiveDateTime,
    last_side: Side,
    revision: i64,
    answer_due: NaiveDate,
    decided_due: NaiveDate,
    appealed: bool,
}

/// Takes a new dispute into the queue and its search.
pub(in crate::disputes) fn enqueue(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let seq = next_number(tx, "dispute_queue")?;
    let policy = match dispute.subject.kind {
        SubjectKind::Accrual => accrual_of(tx, dispute.customer, &dispute.subject.id)?
            .map_or_else(String::new, |(policy, _)| policy.to_string()),
        SubjectKind::Programme => dispute.subject.id.clone(),
        _ => String::new(),
    };
    let manager = manager_of(tx, dispute.customer)?.unwrap_or_default().to_lowercase();
    let changing = Changing::of(dispute);
    let row = New {
        seq,
        dispute_id: &dispute.id,
        number: &dispute.number,
        customer_id: dispute.customer,
        manager,
        owner: changing.owner,
        owner_name: changing.owner_name,
        lane: changing.lane,
        state: changing.state,
        category: dispute.category,
        policy_id: policy,
        subject: &dispute.subject.text,
        currency: dispute.currency,
        amount: comparable(dispute.disputed_money()),
        due: changing.due,
        asleep_until: changing.asleep_until,
        filed_at: dispute.filed_at.naive_utc(),
        last_at: dispute.filed_at.naive_utc(),
        last_side: Side::Customer,
        revision: dispute.revision,
        answer_due: dispute.answer_due,
        decided_due: dispute.decision_due,
        appealed: false,
    };
    diesel::insert_into(dispute_queue::table).values(row).execute(&mut **tx)?;
    let text = [&dispute.number, &dispute.subject.text, &dispute.text].map(|part| folded(part));
    index(tx, seq, &text.join("\n"))
}

fn index(tx: &mut Tx<'_>, seq: i64, text: &str) -> Result<()> {
    diesel::insert_into(dispute_search::table)
        .values((dispute_search::seq.eq(seq), dispute_search::text.eq(text)))
        .execute(&mut **tx)?;
    let insert = match &**tx {
        Conn::Sqlite(_) => "INSERT INTO dispute_words (grams, rowid) VALUES (",
        Conn::Postgres(_) => "INSERT INTO dispute_words (grams, seq) VALUES (string_to_array(",
    };
    let close = match &**tx {
        Conn::Sqlite(_) => ", ",
        Conn::Postgres(_) => ", ' '), ",
    };
    let grams: Vec<String> = grams(text).into_iter().collect();
    let insert = Sql::new(insert)
        .bind(Value::Words(grams.join(" ")))
        .then(close)
        .bind(Value::Whole(seq))
        .then(")")
        .asking::<BigInt>();
    on_backend!(&mut **tx, conn => insert.execute(conn)?);
    Ok(())
}

/// Follows a dispute that changed.
pub(in crate::disputes) fn follow(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let row = dispute_queue::table.filter(dispute_queue::dispute_id.eq(&dispute.id));
    diesel::update(row).set(Changing::of(dispute)).execute(&mut **tx)?;
    let undecided = row.filter(dispute_queue::decided_at.is_null());
    if dispute.state == State::Decided {
        diesel::update(undecided)
            .set((
                dispute_queue::decided_due.eq(dispute.decision_due),
                dispute_queue::decided_at.eq(dispute.decided_at.map(|at| at.naive_utc())),
            ))
            .execute(&mut **tx)?;
    } else if dispute.state == State::Appealed {
        diesel::update(row).set(dispute_queue::appealed.eq(true)).execute(&mut **tx)?;
    } else {
        diesel::update(undecided)
            .set(dispute_queue::decided_due.eq(dispute.decision_due))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Notes that one side said something to the other now.
pub(in crate::disputes) fn spoken(tx: &mut Tx<'_>, id: &DisputeId, side: Side) -> Result<()> {
    let at = tx.stamp();
    diesel::update(dispute_queue::table.filter(dispute_queue::dispute_id.eq(id)))
        .set((dispute_queue::last_at.eq(at), dispute_queue::last_side.eq(side)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The numbers of disputes whose row isn't what they are.
pub(in crate::disputes) fn out_of_step(conn: &mut Conn) -> Result<Vec<String>> {
    let sql = Sql::new(
        "SELECT d.number FROM disputes d LEFT JOIN dispute_queue q ON q.dispute_id = d.id \
         LEFT JOIN customers c ON c.id = d.customer_id WHERE q.seq IS NULL \
         OR q.state <> d.state OR q.revision <> d.revision OR q.customer_id <> d.customer_id \
         OR q.owner <> COALESCE(d.assignee, '') \
         OR q.manager <> LOWER(COALESCE(c.account_manager, '')) ORDER BY d.number",
    );
    let asking = sql.asking::<Text>();
    Ok(on_backend!(conn, c => asking.load::<String>(c)?))
}
