mod desk;
mod drafts;
pub(super) mod forget;
mod history;
mod queue;
mod ratings;
mod saved;
mod timers;
mod views;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::verify::Stake;
use super::{Category, Dispute, State, Subject, SubjectKind};
use crate::db::schema::{
    accruals, customers, dispute_facts, disputes, payouts, policies, sales_lines, statements,
};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{Currency, DisputeId, Key, PersonId, PolicyId};

pub(super) use desk::{
    absorbed, by_number, insert_link, links, looks_since, of_kind, remove_link, set_look,
    sweep_looks,
};
pub(super) use drafts::{
    add_draft_file, bytes_of, draft, drafts_of, in_drafts, put_draft, remove_draft,
    remove_draft_file, stale_drafts,
};
pub(super) use history::{
    add_event, add_file, decisions, decisions_of, events, every_decision, file, files,
    infected_since, insert_decision, last_round, next_scan, note_scan, remove_decision,
    set_approved, set_entry,
};
pub(super) use queue::{counts, figures, neighbours, one, out_of_step, queue};
pub(super) use ratings::{add_rating, rating};
pub(super) use saved::{
    change_saved, count_use, insert_saved, remove_saved, saved_by_id, saved_of,
};
pub(super) use timers::{Timer, claim_timer, due_timers, set_timers, without_timers};
pub(super) use views::{kept_views, put_view, remove_view};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = disputes)]
struct Row {
    id: DisputeId,
    number: String,
    customer_id: i64,
    state: State,
    category: Category,
    subject: SubjectKind,
    subject_id: String,
    subject_text: String,
    currency: Currency,
    disputed_minor: i64,
    expected_minor: Option<i64>,
    text: String,
    facts: String,
    filed_by: PersonId,
    filed_by_name: String,
    filed_at: NaiveDateTime,
    assignee: Option<PersonId>,
    assignee_name: Option<String>,
    answer_due: NaiveDate,
    decision_due: NaiveDate,
    answered_at: Option<NaiveDateTime>,
    waiting_since: Option<NaiveDateTime>,
    decided_at: Option<NaiveDateTime>,
    appeal_until: Option<NaiveDate>,
    closed_at: Option<NaiveDateTime>,
    last_activity_at: NaiveDateTime,
    revision: i64,
    snoozed_until: Option<NaiveDate>,
    merged_into: Option<DisputeId>,
}

impl From<&Dispute> for Row {
    fn from(d: &Dispute) -> Self {
        let d = d.clone();
        Self {
            id: d.id,
            number: d.number,
            customer_id: d.customer,
            state: d.state,
            category: d.category,
            subject: d.subject.kind,
            subject_id: d.subject.id,
            subject_text: d.subject.text,
            currency: d.currency,
            disputed_minor: d.disputed,
            expected_minor: d.expected,
            text: d.text,
            facts: d.facts.to_string(),
            filed_by: d.filed_by,
            filed_by_name: d.filed_by_name,
            filed_at: d.filed_at.naive_utc(),
            assignee: d.assignee,
            assignee_name: d.assignee_name,
            answer_due: d.answer_due,
            decision_due: d.decision_due,
            answered_at: d.answered_at.map(|at| at.naive_utc()),
            waiting_since: d.waiting_since.map(|at| at.naive_utc()),
            decided_at: d.decided_at.map(|at| at.naive_utc()),
            appeal_until: d.appeal_until,
            closed_at: d.closed_at.map(|at| at.naive_utc()),
            last_activity_at: d.last_activity_at.naive_utc(),
            revision: d.revision,
            snoozed_until: d.snoozed_until,
            merged_into: d.merged_into,
        }
    }
}

impl TryFrom<Row> for Dispute {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            state: row.state,
            category: row.category,
            subject: Subject { kind: row.subject, id: row.subject_id, text: row.subject_text },
            currency: row.currency,
            disputed: row.disputed_minor,
            expected: row.expected_minor,
            text: row.text,
            facts: serde_json::from_str(&row.facts)?,
            filed_by: row.filed_by,
            filed_by_name: row.filed_by_name,
            filed_at: as_utc(row.filed_at),
            assignee: row.assignee,
            assignee_name: row.assignee_name,
            answer_due: row.answer_due,
            decision_due: row.decision_due,
            answered_at: row.answered_at.map(as_utc),
            waiting_since: row.waiting_since.map(as_utc),
            decided_at: row.decided_at.map(as_utc),
            appeal_until: row.appeal_until,
            closed_at: row.closed_at.map(as_utc),
            last_activity_at: as_utc(row.last_activity_at),
            revision: row.revision,
            snoozed_until: row.snoozed_until,
            merged_into: row.merged_into,
        })
    }
}

pub(super) fn insert(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    diesel::insert_into(disputes::table).values(Row::from(dispute)).execute(&mut **tx)?;
    queue::enqueue(tx, dispute)
}

/// Writes what may change, if nobody else did since `before` was read; see [`super::change`].
pub(super) fn replace(tx: &mut Tx<'_>, before: &Dispute, after: &Dispute) -> Result<()> {
    let row = Row::from(after);
    let at = tx.stamp();
    let changed = diesel::update(
        disputes::table
            .find(&before.id)
            .filter(disputes::revision.eq(before.revision))
            .filter(disputes::state.eq(before.state)),
    )
    .set((
        disputes::state.eq(row.state),
        disputes::assignee.eq(row.assignee),
        disputes::assignee_name.eq(row.assignee_name),
        disputes::decision_due.eq(row.decision_due),
        disputes::answered_at.eq(row.answered_at),
        disputes::waiting_since.eq(row.waiting_since),
        disputes::decided_at.eq(row.decided_at),
        disputes::appeal_until.eq(row.appeal_until),
        disputes::closed_at.eq(row.closed_at),
        disputes::last_activity_at.eq(at),
        disputes::revision.eq(before.revision + 1),
        disputes::snoozed_until.eq(row.snoozed_until),
        disputes::merged_into.eq(row.merged_into),
    ))
    .execute(&mut **tx)?;
    if changed != 1 {
        return Err(Error::refused("dispute-changed-meanwhile"));
    }
    queue::follow(tx, &Dispute { revision: before.revision + 1, ..after.clone() })
}

/// Keeps the tables behind a dispute's facts, and the hash over both.
pub(super) fn insert_facts(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    tables: &str,
    hash: &str,
) -> Result<()> {
    diesel::insert_into(dispute_facts::table)
        .values((
            dispute_facts::dispute_id.eq(id),
            dispute_facts::tables.eq(tables),
            dispute_facts::hash.eq(hash),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The tables behind a dispute's facts, and the hash over both; None for one filed before they
/// were kept.
pub(super) fn facts(conn: &mut Conn, id: &DisputeId) -> Result<Option<(String, String)>> {
    Ok(dispute_facts::table
        .find(id)
        .select((dispute_facts::tables, dispute_facts::hash))
        .first(conn)
        .optional()?)
}

/// What a dispute froze, as it stands in its rows.
#[derive(Queryable)]
pub(super) struct Frozen {
    pub id: DisputeId,
    pub number: String,
    pub facts: String,
    pub tables: String,
    pub hash: String,
}

/// What disputes froze, by id, after the one given.
pub(super) fn facts_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Frozen>> {
    Ok(dispute_facts::table
        .inner_join(disputes::table)
        .filter(disputes::id.gt(after))
        .order(disputes::id)
        .limit(limit)
        .select((
            disputes::id,
            disputes::number,
            disputes::facts,
            dispute_facts::tables,
            dispute_facts::hash,
        ))
        .load(conn)?)
}

fn all(rows: Vec<Row>) -> Result<Vec<Dispute>> {
    rows.into_iter().map(Dispute::try_from).collect()
}

pub(super) fn by_id(conn: &mut Conn, id: &DisputeId) -> Result<Dispute> {
    disputes::table.find(id).select(Row::as_select()).first(conn)?.try_into()
}

/// Every dispute, oldest first.
pub(super) fn stakes(conn: &mut Conn) -> Result<Vec<Stake>> {
    let rows = disputes::table
        .order((disputes::filed_at, disputes::id))
        .select((
            disputes::id,
            disputes::number,
            disputes::customer_id,
            disputes::state,
            disputes::currency,
            disputes::disputed_minor,
            disputes::merged_into,
        ))
        .load::<(DisputeId, String, i64, State, Currency, i64, Option<DisputeId>)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, number, customer, state, currency, disputed, merged_into)| Stake {
            id,
            number,
            customer,
            state,
            currency,
            disputed,
            merged_into,
        })
        .collect())
}

/// Those of the customers with a dispute that is open.
pub(super) fn with_open(conn: &mut Conn, customers: &[Key]) -> Result<Vec<Key>> {
    let mut found = Vec::new();
    for chunk in customers.chunks(500) {
        let rows = disputes::table
            .filter(disputes::customer_id.eq_any(chunk))
            .filter(disputes::state.eq_any(State::OPEN.to_vec()))
            .select(disputes::customer_id)
            .distinct()
            .load::<Key>(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

pub(super) fn of_customer(
    conn: &mut Conn,
    customer: Key,
    only_open: bool,
    offset: i64,
    limit: i64,
) -> Result<Vec<Dispute>> {
    let mut query = disputes::table.filter(disputes::customer_id.eq(customer)).into_boxed();
    if only_open {
        query = query.filter(disputes::state.eq_any(State::OPEN.to_vec()));
    }
    let rows = query
        .order((disputes::filed_at.desc(), disputes::id.desc()))
        .offset(offset)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

pub(super) fn waiting_for_customer(
    conn: &mut Conn,
    customer: Key,
    limit: i64,
) -> Result<Vec<Dispute>> {
    let rows = disputes::table
        .filter(disputes::customer_id.eq(customer))
        .filter(disputes::state.eq_any(vec![State::WaitingCustomer, State::Decided]))
        .order((disputes::filed_at, disputes::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

pub(super) fn open_count(conn: &mut Conn, customer: Key) -> Result<i64> {
    Ok(disputes::table
        .filter(disputes::customer_id.eq(customer))
        .filter(disputes::state.eq_any(State::OPEN.to_vec()))
        .count()
        .get_result(conn)?)
}

pub(super) fn about(
    conn: &mut Conn,
    customer: Key,
    kind: SubjectKind,
    subject_id: &str,
) -> Result<Vec<Dispute>> {
    let rows = disputes::table
        .filter(disputes::customer_id.eq(customer))
        .filter(disputes::subject.eq(kind))
        .filter(disputes::subject_id.eq(subject_id))
        .order((disputes::filed_at.desc(), disputes::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

/// Decided disputes and decided appeals whose appeal window has passed.
pub(super) fn lapsable(conn: &mut Conn, today: NaiveDate, limit: i64) -> Result<Vec<Dispute>> {
    let rows = disputes::table
        .filter(disputes::state.eq_any(vec![State::Decided, State::AppealDecided]))
        .filter(disputes::appeal_until.lt(today))
        .order((disputes::decision_due, disputes::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

/// The e-mail of the account manager the customer names.
pub(super) fn manager_of(conn: &mut Conn, customer: Key) -> Result<Option<String>> {
    Ok(customers::table.find(customer).select(customers::account_manager).first(conn)?)
}

/// Refuses a subject that isn't the customer's, as if there were none.
pub(super) fn check_subject(conn: &mut Conn, customer: Key, subject: &Subject) -> Result<()> {
    let id = subject.id.as_str();
    let statement = |conn: &mut Conn, id: &str| {
        statements::table
            .filter(statements::id.eq(id))
            .filter(statements::customer_id.eq(customer))
            .count()
            .get_result::<i64>(conn)
    };
    let found = match subject.kind {
        SubjectKind::MissingInvoice | SubjectKind::Free | SubjectKind::Balance => 1,
        SubjectKind::Programme => {
            policies::table.filter(policies::id.eq(id)).count().get_result::<i64>(conn)?
        }
        SubjectKind::Accrual => accruals::table
            .filter(accruals::id.eq(id))
            .filter(accruals::customer_id.eq(customer))
            .count()
            .get_result::<i64>(conn)?,
        SubjectKind::Statement => statement(conn, id)?,
        SubjectKind::StatementLine => statement(conn, id.split('/').next().unwrap_or_default())?,
        SubjectKind::Payout => payouts::table
            .filter(payouts::id.eq(id))
            .filter(payouts::customer_id.eq(customer))
            .count()
            .get_result::<i64>(conn)?,
        SubjectKind::Line => match id.parse::<i64>() {
            Ok(line) => sales_lines::table
                .filter(sales_lines::id.eq(line))
                .filter(sales_lines::customer_id.eq(customer))
                .count()
                .get_result::<i64>(conn)?,
            Err(_) => 0,
        },
    };
    if found == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// The policy and period of one of the customer's accruals.
pub(super) fn accrual_of(
    conn: &mut Conn,
    customer: Key,
    id: &str,
) -> Result<Option<(PolicyId, String)>> {
    Ok(accruals::table
        .filter(accruals::id.eq(id))
        .filter(accruals::customer_id.eq(customer))
        .select((accruals::policy_id, accruals::period))
        .first(conn)
        .optional()?)
}
