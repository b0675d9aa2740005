//! The schedule of what is told until a statement is answered.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::db::schema::{statement_timers, statements};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::insert_all;
use crate::statements::{State, clocks::TimerKind};
use crate::values::StatementId;

pub(in crate::statements) fn set(
    tx: &mut Tx<'_>,
    ids: &[&StatementId],
    wanted: &[(TimerKind, DateTime<Utc>)],
) -> Result<()> {
    let timer = |id: &&StatementId, (kind, at): &(TimerKind, DateTime<Utc>)| NewRow {
        statement_id: (*id).clone(),
        kind: *kind,
        due_at: at.naive_utc(),
    };
    let rows: Vec<NewRow> =
        ids.iter().flat_map(|id| wanted.iter().map(move |one| timer(id, one))).collect();
    insert_all!(tx, statement_timers::table, rows, 500);
    Ok(())
}

#[derive(Clone, Insertable)]
#[diesel(table_name = statement_timers, treat_none_as_default_value = false)]
struct NewRow {
    statement_id: StatementId,
    kind: TimerKind,
    due_at: NaiveDateTime,
}

/// Stops what hasn't been told.
pub(in crate::statements) fn stop(tx: &mut Tx<'_>, id: &StatementId) -> Result<()> {
    let open = statement_timers::table
        .filter(statement_timers::statement_id.eq(id))
        .filter(statement_timers::done_at.is_null());
    diesel::delete(open).execute(&mut **tx)?;
    Ok(())
}

/// Timers that have run down and weren't told, the longest overdue first.
pub(in crate::statements) fn due(
    conn: &mut Conn,
    now: NaiveDateTime,
    limit: i64,
) -> Result<Vec<(StatementId, TimerKind)>> {
    Ok(statement_timers::table
        .filter(statement_timers::done_at.is_null())
        .filter(statement_timers::due_at.le(now))
        .order((statement_timers::due_at, statement_timers::statement_id, statement_timers::kind))
        .limit(limit)
        .select((statement_timers::statement_id, statement_timers::kind))
        .load(conn)?)
}

/// Marks a timer as told; false when somebody else did so first.
pub(in crate::statements) fn claim(
    tx: &mut Tx<'_>,
    id: &StatementId,
    kind: TimerKind,
) -> Result<bool> {
    let at = tx.stamp();
    let timer = statement_timers::table.find((id, kind));
    let claimed = diesel::update(timer.filter(statement_timers::done_at.is_null()))
        .set(statement_timers::done_at.eq(at))
        .execute(&mut **tx)?;
    Ok(claimed == 1)
}

/// Unanswered statements that have no timer at all, and until when they are to be answered.
pub(in crate::statements) fn without(
    conn: &mut Conn,
    limit: i64,
) -> Result<Vec<(StatementId, NaiveDate)>> {
    let own = statement_timers::table.filter(statement_timers::statement_id.eq(statements::id));
    Ok(statements::table
        .filter(statements::state.eq(State::Issued))
        .filter(statements::superseded_by.is_null())
        .filter(not(exists(own)))
        .order((statements::respond_by, statements::id))
        .limit(limit)
        .select((statements::id, statements::respond_by))
        .load(conn)?)
}
