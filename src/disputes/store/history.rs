//! Events, files and decisions of a dispute.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::prelude::*;

use super::queue;
use crate::db::schema::{dispute_decisions, dispute_events, dispute_files};
use crate::db::{Conn, Tx, as_utc};
use crate::disputes::queue::is_message;
use crate::disputes::{Checked, Decision, Event, EventKind, File, Outcome, ScanState, Side};
use crate::error::Result;
use crate::values::{DisputeId, EntryId, FileId, PersonId};

pub(in crate::disputes) fn add_event(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    kind: EventKind,
    side: Side,
    internal: bool,
    text: &str,
) -> Result<()> {
    let last = dispute_events::table
        .filter(dispute_events::dispute_id.eq(id))
        .select(max(dispute_events::position))
        .first::<Option<i32>>(&mut **tx)?;
    diesel::insert_into(dispute_events::table)
        .values((
            dispute_events::dispute_id.eq(id),
            dispute_events::position.eq(last.unwrap_or(0) + 1),
            dispute_events::kind.eq(kind),
            dispute_events::at.eq(tx.stamp()),
            dispute_events::actor.eq(tx.by().id()),
            dispute_events::actor_name.eq(tx.by().name.as_str()),
            dispute_events::actor_side.eq(side),
            dispute_events::internal.eq(internal),
            dispute_events::text.eq(text),
        ))
        .execute(&mut **tx)?;
    if is_message(kind) { queue::spoken(tx, id, side) } else { Ok(()) }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dispute_events)]
struct EventRow {
    position: i32,
    kind: EventKind,
    at: NaiveDateTime,
    actor: PersonId,
    actor_name: String,
    actor_side: Side,
    internal: bool,
    text: String,
}

pub(in crate::disputes) fn events(
    conn: &mut Conn,
    id: &DisputeId,
    with_internal: bool,
) -> Result<Vec<Event>> {
    let mut query = dispute_events::table.filter(dispute_events::dispute_id.eq(id)).into_boxed();
    if !with_internal {
        query = query.filter(dispute_events::internal.eq(false));
    }
    let rows = query.order(dispute_events::position).select(EventRow::as_select()).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Event {
            position: row.position,
            kind: row.kind,
            at: as_utc(row.at),
            actor: row.actor,
            actor_name: row.actor_name,
            side: row.actor_side,
            internal: row.internal,
            text: row.text,
        })
        .collect())
}

pub(in crate::disputes) fn add_file(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    position: i32,
    file: &Checked,
) -> Result<()> {
    diesel::insert_into(dispute_files::table)
        .values((
            dispute_files::id.eq(&file.id),
            dispute_files::dispute_id.eq(id),
            dispute_files::position.eq(position),
            dispute_files::name.eq(&file.name),
            dispute_files::content_type.eq(file.content_type),
            dispute_files::bytes.eq(file.bytes),
            dispute_files::sha256.eq(&file.sha256),
            dispute_files::uploaded_by.eq(tx.by().id()),
            dispute_files::uploaded_at.eq(tx.stamp()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dispute_files)]
struct FileRow {
    id: FileId,
    dispute_id: DisputeId,
    name: String,
    content_type: String,
    bytes: i64,
    sha256: String,
    uploaded_at: NaiveDateTime,
    scan: ScanState,
}

impl From<FileRow> for File {
    fn from(row: FileRow) -> Self {
        Self {
            id: row.id,
            dispute: row.dispute_id,
            name: row.name,
            content_type: row.content_type,
            bytes: row.bytes,
            sha256: row.sha256,
            uploaded_at: as_utc(row.uploaded_at),
            scan: row.scan,
        }
    }
}

pub(in crate::disputes) fn files(conn: &mut Conn, id: &DisputeId) -> Result<Vec<File>> {
    let rows = dispute_files::table
        .filter(dispute_files::dispute_id.eq(id))
        .order(dispute_files::position)
        .select(FileRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(File::from).collect())
}

pub(in crate::disputes) fn file(conn: &mut Conn, id: &FileId) -> Result<File> {
    Ok(dispute_files::table.find(id).select(FileRow::as_select()).first(conn)?.into())
}

/// The file to be scanned next, and how often it was tried: one nobody asked about, else one to be
/// asked about again.
pub(in crate::disputes) fn next_scan(
    conn: &mut Conn,
    now: NaiveDateTime,
) -> Result<Option<(File, i32)>> {
    let fresh = dispute_files::table
        .filter(dispute_files::scan.eq(ScanState::Unscanned))
        .filter(dispute_files::scan_after.is_null())
        .order((dispute_files::uploaded_at, dispute_files::id))
        .select((FileRow::as_select(), dispute_files::scan_tries))
        .first::<(FileRow, i32)>(conn)
        .optional()?;
    let found = match fresh {
        Some(found) => Some(found),
        None => dispute_files::table
            .filter(dispute_files::scan.eq_any(vec![ScanState::Unscanned, ScanState::Failed]))
            .filter(dispute_files::scan_after.le(now))
            .order((dispute_files::scan_after, dispute_files::id))
            .select((FileRow::as_select(), dispute_files::scan_tries))
            .first::<(FileRow, i32)>(conn)
            .optional()?,
    };
    Ok(found.map(|(row, tries)| (row.into(), tries)))
}

/// Notes what a scanner said, when nobody did since `tries` was read; whether it did.
pub(in crate::disputes) fn note_scan(
    tx: &mut Tx<'_>,
    id: &FileId,
    tries: i32,
    state: ScanState,
    said: Option<&str>,
    again: Option<NaiveDateTime>,
) -> Result<bool> {
    let at = tx.stamp();
    let row = dispute_files::table.find(id);
    let changed = diesel::update(row.filter(dispute_files::scan_tries.eq(tries)))
        .set((
            dispute_files::scan.eq(state),
            dispute_files::scan_said.eq(said),
            dispute_files::scanned_at.eq(Some(at)),
            dispute_files::scan_tries.eq(tries + 1),
            dispute_files::scan_after.eq(again),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Files found infected since then.
pub(in crate::disputes) fn infected_since(
    conn: &mut Conn,
    since: NaiveDateTime,
) -> Result<Vec<FileId>> {
    Ok(dispute_files::table
        .filter(dispute_files::scan.eq(ScanState::Infected))
        .filter(dispute_files::scanned_at.ge(since))
        .select(dispute_files::id)
        .load(conn)?)
}

pub(in crate::disputes) fn insert_decision(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    decision: &Decision,
) -> Result<()> {
    diesel::insert_into(dispute_decisions::table)
        .values((
            dispute_decisions::dispute_id.eq(id),
            dispute_decisions::round.eq(decision.round),
            dispute_decisions::outcome.eq(decision.outcome),
            dispute_decisions::granted_minor.eq(decision.granted),
            dispute_decisions::reason.eq(&decision.reason),
            dispute_decisions::decided_by.eq(&decision.decided_by),
            dispute_decisions::decided_by_name.eq(&decision.decided_by_name),
            dispute_decisions::decided_at.eq(decision.decided_at.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn remove_decision(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    round: i32,
) -> Result<()> {
    diesel::delete(dispute_decisions::table.find((id, round))).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn set_approved(tx: &mut Tx<'_>, id: &DisputeId, round: i32) -> Result<()> {
    diesel::update(dispute_decisions::table.find((id, round)))
        .set((
            dispute_decisions::approved_by.eq(Some(tx.by().id())),
            dispute_decisions::approved_by_name.eq(Some(tx.by().name.as_str())),
            dispute_decisions::approved_at.eq(Some(tx.stamp())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn set_entry(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    round: i32,
    entry: &EntryId,
) -> Result<()> {
    diesel::update(dispute_decisions::table.find((id, round)))
        .set(dispute_decisions::entry_id.eq(Some(entry)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn last_round(conn: &mut Conn, id: &DisputeId) -> Result<i32> {
    let last = dispute_decisions::table
        .filter(dispute_decisions::dispute_id.eq(id))
        .select(max(dispute_decisions::round))
        .first::<Option<i32>>(conn)?;
    Ok(last.unwrap_or(0))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dispute_decisions)]
struct DecisionRow {
    round: i32,
    outcome: Outcome,
    granted_minor: i64,
    reason: String,
    decided_by: PersonId,
    decided_by_name: String,
    decided_at: NaiveDateTime,
    approved_by: Option<PersonId>,
    approved_by_name: Option<String>,
    approved_at: Option<NaiveDateTime>,
    entry_id: Option<EntryId>,
}

impl From<DecisionRow> for Decision {
    fn from(row: DecisionRow) -> Self {
        Self {
            round: row.round,
            outcome: row.outcome,
            granted: row.granted_minor,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_by_name: row.decided_by_name,
            decided_at: as_utc(row.decided_at),
            approved_by: row.approved_by,
            approved_by_name: row.approved_by_name,
            approved_at: row.approved_at.map(as_utc),
            entry: row.entry_id,
        }
    }
}

pub(in crate::disputes) fn decisions(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Decision>> {
    let rows = dispute_decisions::table
        .filter(dispute_decisions::dispute_id.eq(id))
        .order(dispute_decisions::round)
        .select(DecisionRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Decision::from).collect())
}

/// The decisions of these disputes, by round.
pub(in crate::disputes) fn decisions_of(
    conn: &mut Conn,
    ids: &[DisputeId],
) -> Result<HashMap<DisputeId, Vec<Decision>>> {
    let rows = dispute_decisions::table
        .filter(dispute_decisions::dispute_id.eq_any(ids))
        .order((dispute_decisions::dispute_id, dispute_decisions::round))
        .select((dispute_decisions::dispute_id, DecisionRow::as_select()))
        .load::<(DisputeId, DecisionRow)>(conn)?;
    Ok(by_dispute(rows))
}

/// The decisions of all disputes, by round.
pub(in crate::disputes) fn every_decision(
    conn: &mut Conn,
) -> Result<HashMap<DisputeId, Vec<Decision>>> {
    let rows = dispute_decisions::table
        .order((dispute_decisions::dispute_id, dispute_decisions::round))
        .select((dispute_decisions::dispute_id, DecisionRow::as_select()))
        .load::<(DisputeId, DecisionRow)>(conn)?;
    Ok(by_dispute(rows))
}

fn by_dispute(rows: Vec<(DisputeId, DecisionRow)>) -> HashMap<DisputeId, Vec<Decision>> {
    let mut decisions: HashMap<DisputeId, Vec<Decision>> = HashMap::new();
    for (id, row) in rows {
        decisions.entry(id).or_default().push(row.into());
    }
    decisions
}
