use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Checkpoint, Filter, Recorded};
use crate::db::schema::audit_events;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::insert_all;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct Row {
    seq: i64,
    at: NaiveDateTime,
    actor: String,
    actor_name: String,
    role: String,
    action: String,
    object_kind: String,
    object_id: String,
    customer_id: Option<i64>,
    before_hash: Option<String>,
    after_hash: Option<String>,
    reason: Option<String>,
    request: Option<String>,
    address: Option<String>,
    previous: String,
    hash: String,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            at: as_utc(row.at),
            actor: row.actor,
            actor_name: row.actor_name,
            role: row.role,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            customer: row.customer_id,
            before: row.before_hash,
            after: row.after_hash,
            reason: row.reason,
            request: row.request,
            address: row.address,
            previous: row.previous,
            hash: row.hash,
        }
    }
}

impl From<Recorded> for Row {
    fn from(event: Recorded) -> Self {
        Self {
            seq: event.seq,
            at: event.at.naive_utc(),
            actor: event.actor,
            actor_name: event.actor_name,
            role: event.role,
            action: event.action,
            object_kind: event.object_kind,
            object_id: event.object_id,
            customer_id: event.customer,
            before_hash: event.before,
            after_hash: event.after,
            reason: event.reason,
            request: event.request,
            address: event.address,
            previous: event.previous,
            hash: event.hash,
        }
    }
}

/// One by one where there are few: such a statement is prepared once for all.
pub(super) fn insert(tx: &mut Tx<'_>, events: Vec<Recorded>) -> Result<()> {
    const FEW: usize = 4;
    let mut rows: Vec<Row> = events.into_iter().map(Row::from).collect();
    if rows.len() > FEW {
        insert_all!(tx, audit_events::table, rows, 500);
        return Ok(());
    }
    for row in rows.drain(..) {
        diesel::insert_into(audit_events::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn last(conn: &mut Conn) -> Result<Option<Checkpoint>> {
    Ok(audit_events::table
        .order(audit_events::seq.desc())
        .select((audit_events::seq, audit_events::hash))
        .first::<(i64, String)>(conn)
        .optional()?
        .map(|(count, hash)| Checkpoint { count, hash }))
}

pub(super) fn latest(conn: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<Recorded>> {
    let rows = audit_events::table
        .filter(audit_events::seq.lt(before.unwrap_or(i64::MAX)))
        .order(audit_events::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

pub(super) fn search(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Recorded>> {
    let mut query = audit_events::table
        .filter(audit_events::seq.lt(before.unwrap_or(i64::MAX)))
        .order(audit_events::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(kind) = &filter.kind {
        query = query.filter(audit_events::object_kind.eq(kind));
    }
    if let Some(object) = &filter.object {
        query = query.filter(audit_events::object_id.eq(object));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_events::actor.eq(actor).or(audit_events::actor_name.eq(actor)));
    }
    Ok(query.load(conn)?.into_iter().map(Recorded::from).collect())
}

pub(super) fn of_object(conn: &mut Conn, kind: &str, id: &str) -> Result<Vec<Recorded>> {
    let rows = audit_events::table
        .filter(audit_events::object_kind.eq(kind).and(audit_events::object_id.eq(id)))
        .order(audit_events::seq)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

pub(super) fn after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Recorded>> {
    let rows = audit_events::table
        .filter(audit_events::seq.gt(seq))
        .order(audit_events::seq)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

pub(super) fn hashes(conn: &mut Conn, seqs: &[i64]) -> Result<HashMap<i64, String>> {
    // Far below the bind limits of both databases.
    const CHUNK: usize = 500;
    let mut found = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(CHUNK) {
        let rows = audit_events::table
            .filter(audit_events::seq.eq_any(chunk.to_vec()))
            .select((audit_events::seq, audit_events::hash))
            .load::<(i64, String)>(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

pub(super) fn of_customer(
    conn: &mut Conn,
    customer: i64,
    actions: &[&str],
    limit: i64,
) -> Result<Vec<Recorded>> {
    let rows = audit_events::table
        .filter(audit_events::customer_id.eq(customer))
        .filter(audit_events::action.eq_any(actions))
        .order(audit_events::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}
