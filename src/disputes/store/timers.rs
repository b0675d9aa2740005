//! The schedule of the clocks.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Row;
use crate::db::schema::{dispute_timers, disputes};
use crate::db::{Conn, Tx};
use crate::disputes::{Dispute, State, TimerKind};
use crate::error::Result;
use crate::values::DisputeId;

/// A row of the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(in crate::disputes) struct Timer {
    pub dispute: DisputeId,
    pub kind: TimerKind,
    pub at: NaiveDateTime,
}

/// Makes these the timers of the dispute that are still to be told. What was told stays told.
pub(in crate::disputes) fn set_timers(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    wanted: &[(TimerKind, DateTime<Utc>)],
) -> Result<()> {
    let known = dispute_timers::table
        .filter(dispute_timers::dispute_id.eq(id))
        .select((dispute_timers::kind, dispute_timers::due_at, dispute_timers::done_at))
        .load::<(TimerKind, NaiveDateTime, Option<NaiveDateTime>)>(&mut **tx)?;
    let wanted: Vec<(TimerKind, NaiveDateTime)> =
        wanted.iter().map(|(kind, at)| (*kind, at.naive_utc())).collect();
    for (kind, at, done) in &known {
        if done.is_none() && !wanted.contains(&(*kind, *at)) {
            diesel::delete(dispute_timers::table.find((id, kind, at))).execute(&mut **tx)?;
        }
    }
    for (kind, at) in wanted {
        if !known.iter().any(|(old, due, _)| (*old, *due) == (kind, at)) {
            diesel::insert_into(dispute_timers::table)
                .values((
                    dispute_timers::dispute_id.eq(id),
                    dispute_timers::kind.eq(kind),
                    dispute_timers::due_at.eq(at),
                ))
                .execute(&mut **tx)?;
        }
    }
    Ok(())
}

/// Timers that have run down and weren't told, with their disputes; the longest overdue first.
pub(in crate::disputes) fn due_timers(
    conn: &mut Conn,
    now: NaiveDateTime,
    limit: i64,
) -> Result<Vec<(Timer, Dispute)>> {
    let rows = dispute_timers::table
        .inner_join(disputes::table)
        .filter(dispute_timers::done_at.is_null())
        .filter(dispute_timers::due_at.le(now))
        .order((dispute_timers::due_at, dispute_timers::dispute_id, dispute_timers::kind))
        .limit(limit)
        .select((
            (dispute_timers::dispute_id, dispute_timers::kind, dispute_timers::due_at),
            Row::as_select(),
        ))
        .load::<(Timer, Row)>(conn)?;
    rows.into_iter().map(|(timer, row)| Ok((timer, row.try_into()?))).collect()
}

/// Marks a timer as told; false when somebody else did so first.
pub(in crate::disputes) fn claim_timer(tx: &mut Tx<'_>, timer: &Timer) -> Result<bool> {
    let at = tx.stamp();
    let row = dispute_timers::table.find((&timer.dispute, timer.kind, timer.at));
    let claimed = diesel::update(row.filter(dispute_timers::done_at.is_null()))
        .set(dispute_timers::done_at.eq(at))
        .execute(&mut **tx)?;
    Ok(claimed == 1)
}

/// Open disputes whose clock runs and that have no timer at all.
pub(in crate::disputes) fn without_timers(conn: &mut Conn, limit: i64) -> Result<Vec<Dispute>> {
    let own = dispute_timers::table.filter(dispute_timers::dispute_id.eq(disputes::id));
    let rows = disputes::table
        .filter(disputes::state.eq_any(State::OPEN.to_vec()))
        .filter(disputes::waiting_since.is_null())
        .filter(not(exists(own)))
        .order((disputes::decision_due, disputes::id))
        .limit(limit)
        .select(Row::as_select())
        .load::<Row>(conn)?;
    rows.into_iter().map(Dispute::try_from).collect()
}
