use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::imports;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::sales::rules::{Import, ImportKind, ImportState, Report};
use crate::values::{ImportId, Key};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = imports)]
struct Row {
    id: ImportId,
    kind: ImportKind,
    state: ImportState,
    file_name: String,
    file_hash: String,
    options: String,
    report: String,
    rows_written: i64,
    first_line: Option<Key>,
    last_line: Option<Key>,
    actor: String,
    actor_name: String,
    created_at: NaiveDateTime,
    committed_at: Option<NaiveDateTime>,
}

impl Row {
    fn read(self) -> Result<Import> {
        Ok(Import {
            options: serde_json::from_str(&self.options)?,
            report: serde_json::from_str(&self.report)?,
            id: self.id,
            kind: self.kind,
            state: self.state,
            file_name: self.file_name,
            file_hash: self.file_hash,
            rows_written: self.rows_written,
            lines: self.first_line.zip(self.last_line),
            actor: self.actor,
            actor_name: self.actor_name,
            created_at: as_utc(self.created_at),
            committed_at: self.committed_at.map(as_utc),
        })
    }
}

/// Imports whose lines are there and don't count: nearly always none, so that readers pay nothing
/// for leaving them out.
pub(super) fn under_way(conn: &mut Conn) -> Result<Vec<ImportId>> {
    Ok(imports::table
        .filter(imports::state.eq_any([ImportState::Writing, ImportState::Discarding]))
        .select(imports::id)
        .load(conn)?)
}

pub(in crate::sales) fn find(conn: &mut Conn, id: &ImportId) -> Result<Option<Import>> {
    imports::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

pub(in crate::sales) fn list(
    conn: &mut Conn,
    after: Option<&ImportId>,
    limit: i64,
) -> Result<Vec<Import>> {
    let mut query = imports::table.select(Row::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(imports::id.lt(after));
    }
    let rows = query.order(imports::id.desc()).limit(limit).load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

pub(in crate::sales) fn insert(tx: &mut Tx<'_>, import: &Import) -> Result<()> {
    let row = Row {
        id: import.id.clone(),
        kind: import.kind,
        state: import.state,
        file_name: import.file_name.clone(),
        file_hash: import.file_hash.clone(),
        options: serde_json::to_string(&import.options)?,
        report: serde_json::to_string(&import.report)?,
        rows_written: import.rows_written,
        first_line: import.lines.map(|(first, _)| first),
        last_line: import.lines.map(|(_, last)| last),
        actor: import.actor.clone(),
        actor_name: import.actor_name.clone(),
        created_at: import.created_at.naive_utc(),
        committed_at: import.committed_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(imports::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Imports somebody has yet to book or discard, oldest first.
pub(in crate::sales) fn undecided(conn: &mut Conn) -> Result<Vec<Import>> {
    let open = [ImportState::Uploaded, ImportState::Checked, ImportState::Writing];
    let query = imports::table.filter(imports::state.eq_any(open)).order(imports::id);
    query.select(Row::as_select()).load(conn)?.into_iter().map(Row::read).collect()
}

/// The import whose lines are being written, or were when its program ended.
pub(in crate::sales) fn unfinished(conn: &mut Conn) -> Result<Option<Import>> {
    imports::table
        .filter(imports::state.eq_any([ImportState::Writing, ImportState::Discarding]))
        .order(imports::id)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// Moves the import on; false when it isn't in the state `from`.
pub(in crate::sales) fn go(
    tx: &mut Tx<'_>,
    id: &ImportId,
    from: &[ImportState],
    to: ImportState,
    report: &Report,
) -> Result<bool> {
    let report = serde_json::to_string(report)?;
    let stamp = (to == ImportState::Committed).then(|| tx.stamp());
    let moved =
        diesel::update(imports::table.filter(imports::id.eq(id).and(imports::state.eq_any(from))))
            .set((
                imports::state.eq(to),
                imports::report.eq(report),
                imports::committed_at.eq(stamp),
            ))
            .execute(&mut **tx)?;
    Ok(moved == 1)
}

/// Notes that rows were written; false when somebody else wrote some in between.
pub(in crate::sales) fn wrote(
    tx: &mut Tx<'_>,
    id: &ImportId,
    before: i64,
    after: i64,
    first: Key,
    last: Key,
) -> Result<bool> {
    let known = imports::table
        .filter(imports::id.eq(id))
        .select(imports::first_line)
        .first::<Option<Key>>(&mut **tx)?;
    let noted = diesel::update(
        imports::table
            .filter(imports::id.eq(id))
            .filter(imports::state.eq(ImportState::Writing))
            .filter(imports::rows_written.eq(before)),
    )
    .set((
        imports::rows_written.eq(after),
        imports::first_line.eq(known.unwrap_or(first)),
        imports::last_line.eq(last),
    ))
    .execute(&mut **tx)?;
    Ok(noted == 1)
}

pub(in crate::sales) fn committed(conn: &mut Conn) -> Result<Vec<Import>> {
    let rows = imports::table
        .filter(imports::state.eq(ImportState::Committed))
        .order(imports::id)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// Notes under which number the import's lines came to count.
pub(in crate::sales) fn set_touched(tx: &mut Tx<'_>, id: &ImportId, seq: i64) -> Result<()> {
    diesel::update(imports::table.find(id))
        .set(imports::touched.eq(Some(seq)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The number under which an import's lines came to count, the import, and its first and last line
/// where it has any.
pub(in crate::sales) type TouchedImport = (i64, ImportId, Option<(Key, Key)>);

/// The imports whose lines came to count after `since` and up to `head`, in that order.
pub(in crate::sales) fn touched_between(
    conn: &mut Conn,
    since: i64,
    head: i64,
) -> Result<Vec<TouchedImport>> {
    let rows = imports::table
        .filter(imports::touched.gt(since))
        .filter(imports::touched.le(head))
        .order(imports::touched)
        .select((imports::touched, imports::id, imports::first_line, imports::last_line))
        .load::<(Option<i64>, ImportId, Option<Key>, Option<Key>)>(conn)?;
    let read = |(seq, id, first, last): (Option<i64>, ImportId, Option<Key>, Option<Key>)| {
        seq.map(|seq| (seq, id, first.zip(last)))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
