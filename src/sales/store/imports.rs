use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::imports;
use crate::db::{Conn, as_utc};
use crate::error::Result;
use crate::sales::rules::{Import, ImportKind, ImportState};
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
