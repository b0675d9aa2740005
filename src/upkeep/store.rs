use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Backup;
use super::manifest::{Digest, Figures};
use crate::audit;
use crate::db::schema::{backups, ledger_entries, troubles};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::on_backend;
use crate::values::{BackupId, Fingerprint};

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn names(conn: &mut Conn, query: &str) -> Result<Vec<String>> {
    let rows = on_backend!(conn, c => diesel::sql_query(query).load::<Named>(c))?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The tables of the house, by name; none of an empty database. An index of words (a virtual table
/// of SQLite) holds nothing of its own.
pub(super) fn tables(conn: &mut Conn) -> Result<Vec<String>> {
    let query = match conn {
        Conn::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND sql NOT LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
        }
        Conn::Postgres(_) => {
            "SELECT tablename::text AS name FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY tablename"
        }
    };
    names(conn, query)
}

pub(super) fn figures(conn: &mut Conn) -> Result<Figures> {
    let mut counts = BTreeMap::new();
    for table in tables(conn)? {
        let query = format!("SELECT count(*) AS rows FROM \"{}\"", table.replace('"', "\"\""));
        let row: Counted = on_backend!(conn, c => diesel::sql_query(query).get_result(c))?;
        counts.insert(table, row.rows);
    }
    let migrations =
        names(conn, "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version")?;
    let head = audit::checkpoint(conn)?;
    Ok(Figures {
        migrations,
        counts,
        ledger: ledger(conn)?,
        audit: Digest { count: head.count, hash: head.hash },
    })
}

/// A hash over the hashes of all entries, in order.
fn ledger(conn: &mut Conn) -> Result<Digest> {
    const PAGE: i64 = 50_000;
    let mut print = Fingerprint::new("openrebate ledger 1");
    let (mut last, mut count) = (0, 0);
    loop {
        let page = ledger_entries::table
            .filter(ledger_entries::number.gt(last))
            .order(ledger_entries::number)
            .limit(PAGE)
            .select((ledger_entries::number, ledger_entries::hash))
            .load::<(i64, String)>(conn)?;
        let Some((number, _)) = page.last() else { break };
        last = *number;
        for (number, hash) in &page {
            print = print.field(number.to_string()).field(hash);
            count += 1;
        }
    }
    Ok(Digest { count, hash: print.finish() })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = backups)]
struct Row {
    id: BackupId,
    begun_at: NaiveDateTime,
    ended_at: NaiveDateTime,
    file: String,
    bytes: i64,
    failure: Option<String>,
}

pub(super) fn insert(tx: &mut Tx<'_>, backup: &Backup) -> Result<()> {
    let row = Row {
        id: backup.id.clone(),
        begun_at: backup.begun_at.naive_utc(),
        ended_at: backup.ended_at.naive_utc(),
        file: backup.file.clone(),
        bytes: backup.bytes,
        failure: backup.failure.clone(),
    };
    diesel::insert_into(backups::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// The latest, or the latest that was made.
pub(super) fn last(conn: &mut Conn, made: bool) -> Result<Option<Backup>> {
    let mut query =
        backups::table.order((backups::ended_at.desc(), backups::id.desc())).into_boxed();
    if made {
        query = query.filter(backups::failure.is_null());
    }
    let row = query.select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(|row| Backup {
        id: row.id,
        begun_at: as_utc(row.begun_at),
        ended_at: as_utc(row.ended_at),
        file: row.file,
        bytes: row.bytes,
        failure: row.failure,
    }))
}

/// A trouble that isn't over.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = troubles)]
pub(super) struct TroubleRow {
    pub kind: String,
    pub since: NaiveDateTime,
    pub told_on: NaiveDate,
    pub detail: String,
}

pub(super) fn troubles(conn: &mut Conn) -> Result<Vec<TroubleRow>> {
    Ok(troubles::table.order(troubles::kind).select(TroubleRow::as_select()).load(conn)?)
}

pub(super) fn begin_trouble(tx: &mut Tx<'_>, row: &TroubleRow) -> Result<()> {
    diesel::insert_into(troubles::table).values(row.clone()).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn go_on(tx: &mut Tx<'_>, kind: &str, told_on: NaiveDate, detail: &str) -> Result<()> {
    diesel::update(troubles::table.find(kind))
        .set((troubles::told_on.eq(told_on), troubles::detail.eq(detail)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn end_trouble(tx: &mut Tx<'_>, kind: &str) -> Result<()> {
    diesel::delete(troubles::table.find(kind)).execute(&mut **tx)?;
    Ok(())
}
