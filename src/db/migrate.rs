//! Bringing the schema up to date. The migrations are inside the binary: one tree for what both
//! databases say alike, one each for what they say their own way.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Db};
use crate::error::{Error, Result};

static COMMON: EmbeddedMigrations = embed_migrations!("migrations/common");
static SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
static POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Names of the migrations a call applied.
pub type Applied = Vec<String>;

/// Which migrations a database has and lacks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MigrationStatus {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
    /// Applied to the database, unknown to this binary: it was migrated by a newer one.
    pub unknown: Vec<String>,
}

/// Only one process migrates a PostgreSQL at a time.
const MIGRATION_LOCK: i64 = 0x6f70_656e_6d69_6772;

impl Db {
    /// Applies what is pending, in order.
    ///
    /// # Errors
    /// A newer binary migrated this database, or a migration failed; what was applied before it
    /// stays.
    pub fn migrate(&self) -> Result<Applied> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        match &mut *conn {
            Conn::Sqlite(c) => apply(c, &SQLITE),
            Conn::Postgres(c) => {
                c.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
                let done = apply(c, &POSTGRES);
                c.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
                done
            }
        }
    }

    /// The first of the migrations that this program doesn't know.
    ///
    /// # Errors
    /// Never: the migrations are inside the program.
    pub fn newer_than_known(postgres: bool, versions: &[String]) -> Result<Option<String>> {
        let known = match postgres {
            true => versions_of::<diesel::pg::Pg>(&POSTGRES)?,
            false => versions_of::<diesel::sqlite::Sqlite>(&SQLITE)?,
        };
        Ok(versions.iter().find(|version| !known.contains(version)).cloned())
    }

    /// What is applied and what is pending; changes nothing but the bookkeeping table's existence.
    ///
    /// # Errors
    /// The database doesn't answer.
    pub fn migration_status(&self) -> Result<MigrationStatus> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        match &mut *conn {
            Conn::Sqlite(c) => status(c, &SQLITE),
            Conn::Postgres(c) => status(c, &POSTGRES),
        }
    }
}

fn apply<DB, C>(conn: &mut C, own: &EmbeddedMigrations) -> Result<Applied>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB> + diesel::Connection<Backend = DB> + 'static,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let before = status(conn, own)?;
    if let Some(newer) = before.unknown.first() {
        return Err(Error::internal(format!(
            "this database was migrated by a newer openrebate (it has {newer}): use that version, \
             or restore a backup"
        )));
    }
    let mut all = list::<DB>(&COMMON)?;
    all.extend(list::<DB>(own)?);
    all.sort_by_key(|m| m.name().version().as_owned());
    let mut applied = Vec::new();
    for migration in all {
        let name = migration.name().to_string();
        if before.pending.contains(&name) {
            conn.run_migration(&migration)
                .map_err(|e| Error::internal(format!("migration {name} failed: {e}")))?;
            applied.push(name);
        }
    }
    Ok(applied)
}

fn status<DB, C>(conn: &mut C, own: &EmbeddedMigrations) -> Result<MigrationStatus>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let done = conn.applied_migrations().map_err(Error::internal)?;
    let mut known = list::<DB>(&COMMON)?;
    known.extend(list::<DB>(own)?);
    known.sort_by_key(|m| m.name().version().as_owned());
    let (applied, pending): (Vec<_>, Vec<_>) =
        known.iter().partition(|m| done.contains(&m.name().version()));
    let unknown = done
        .iter()
        .filter(|version| !known.iter().any(|m| m.name().version() == **version))
        .map(ToString::to_string)
        .collect();
    let names = |list: Vec<&Box<dyn Migration<DB>>>| {
        list.iter().map(|m| m.name().to_string()).collect::<Vec<_>>()
    };
    Ok(MigrationStatus { applied: names(applied), pending: names(pending), unknown })
}

fn versions_of<DB>(own: &EmbeddedMigrations) -> Result<Vec<String>>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut all = list::<DB>(&COMMON)?;
    all.extend(list::<DB>(own)?);
    Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn list<DB>(source: &EmbeddedMigrations) -> Result<Vec<Box<dyn Migration<DB>>>>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    source.migrations().map_err(Error::internal)
}
