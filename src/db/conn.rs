use std::fmt;
use std::str::FromStr;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::ManageConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::error::{Error, Result};

/// A connection to either database, with one set of queries.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Writes of all processes pass this advisory lock of PostgreSQL one by one.
const WRITE_LANE: i64 = 0x6f70_656e_7265_6261;

/// Runs a statement that the two databases say differently, or that diesel can't build for both.
#[macro_export]
macro_rules! on_backend {
    ($conn:expr, $inner:ident => $work:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($inner) => $work,
            $crate::db::Conn::Sqlite($inner) => $work,
        }
    };
}

/// Inserts many rows, as each database takes them quickest: PostgreSQL by COPY, SQLite by so many
/// at once, few enough for its bind limit.
#[macro_export]
macro_rules! insert_all {
    ($tx:expr, $table:expr, $rows:expr, $chunk:expr) => {
        match &mut **$tx {
            $crate::db::Conn::Postgres(conn) => {
                diesel::copy_from($table).from_insertable(&$rows).execute(conn)?;
            }
            $crate::db::Conn::Sqlite(conn) => {
                for chunk in $crate::db::in_chunks($rows, $chunk) {
                    diesel::insert_into($table).values(chunk).execute(conn)?;
                }
            }
        }
    };
}

impl Conn {
    fn open(url: &DatabaseUrl) -> diesel::ConnectionResult<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path)?;
                conn.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; \
                     PRAGMA wal_autocheckpoint = 16000;",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(conn))
            }
            DatabaseUrl::Postgres { url, .. } => {
                let mut conn = PgConnection::establish(url)?;
                conn.batch_execute(
                    "SET TIME ZONE 'UTC'; SET lock_timeout = '30s'; \
                     SET idle_in_transaction_session_timeout = '10min'",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgres(conn))
            }
        }
    }

    pub(super) fn begin_read(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN DEFERRED")?,
            Self::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(
                c,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            )?,
        }
        Ok(())
    }

    /// The lane of PostgreSQL is entered before the transaction, so that its snapshot already
    /// shows what the previous writer left: nothing to retry among our own processes.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
            Self::Postgres(c) => {
                c.batch_execute(&format!("SELECT pg_advisory_lock({WRITE_LANE})"))?;
                let begun = AnsiTransactionManager::begin_transaction_sql(
                    c,
                    "BEGIN ISOLATION LEVEL SERIALIZABLE",
                );
                if begun.is_err() {
                    leave_lane(c);
                }
                begun?;
            }
        }
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::commit_transaction(c)?,
            Self::Postgres(c) => {
                let done = AnsiTransactionManager::commit_transaction(c);
                leave_lane(c);
                done?;
            }
        }
        Ok(())
    }

    /// Ends the transaction without a trace; leaves the lane when this was a write.
    pub(super) fn rollback(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::rollback_transaction(c)?,
            Self::Postgres(c) => {
                let done = AnsiTransactionManager::rollback_transaction(c);
                leave_lane(c);
                done?;
            }
        }
        Ok(())
    }

    fn is_idle(&mut self) -> bool {
        use diesel::connection::TransactionManagerStatus;
        let status: &TransactionManagerStatus = match self {
            Self::Sqlite(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
            Self::Postgres(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
        };
        matches!(status.transaction_depth(), Ok(None))
    }
}

/// A connection that dies gives the lane back by itself.
fn leave_lane(conn: &mut PgConnection) {
    let _ = conn.batch_execute("SELECT pg_advisory_unlock_all()");
}

/// Opens connections for the pool, by the scheme of the URL.
pub(super) struct Manager {
    url: DatabaseUrl,
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        Conn::open(&self.url).map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Self::Error> {
        match conn {
            // An embedded database does not go away.
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(c) => {
                c.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
            }
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || !conn.is_idle()
    }
}

/// Which database, by URL.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The path of an SQLite file.
    Sqlite(String),
    Postgres {
        url: String,
        shown: String,
    },
}

/// Why a database URL can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    #[error(
        "{0:?} is not a database URL: write sqlite://PATH or postgres://USER@HOST:PORT/DATABASE"
    )]
    Unknown(String),
    #[error(
        "PostgreSQL at {0:?} is not local and this build speaks no TLS, so passwords and amounts \
         would cross the network in the clear: build with --features pg-tls, or connect through a \
         local socket or tunnel"
    )]
    NeedsTls(String),
    #[error(
        "PostgreSQL at {0:?} is not local and its URL doesn't ask for TLS: add sslmode=verify-full"
    )]
    NeedsVerifiedTls(String),
}

impl DatabaseUrl {
    fn postgres(url: &str) -> Result<Self, UrlProblem> {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let (authority, tail) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let parameters = url.split_once('?').map_or("", |(_, query)| query);
        // libpq lets host and hostaddr in the query override the authority.
        let named = parameters.split('&').filter_map(|pair| {
            pair.strip_prefix("host=").or_else(|| pair.strip_prefix("hostaddr="))
        });
        for host in hosts.split(',').chain(named.flat_map(|hosts| hosts.split(','))) {
            if !is_local(host) {
                if !cfg!(feature = "pg-tls") {
                    return Err(UrlProblem::NeedsTls(host.to_owned()));
                }
                if !parameters.contains("sslmode=verify-full") {
                    return Err(UrlProblem::NeedsVerifiedTls(host.to_owned()));
                }
            }
        }
        let database = tail.split('?').next().unwrap_or_default();
        Ok(Self::Postgres { url: url.to_owned(), shown: format!("postgres://{hosts}/{database}") })
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    pub(super) fn connections(&self) -> u32 {
        match self {
            Self::Sqlite(_) => 8,
            Self::Postgres { .. } => 12,
        }
    }
}

/// A socket folder, the loopback names, or nothing (libpq's default socket).
fn is_local(host: &str) -> bool {
    let decoded = host.replace("%2F", "/").replace("%2f", "/");
    let name = if decoded.starts_with('[') {
        decoded.split(']').next().unwrap_or_default().trim_start_matches('[')
    } else if decoded.starts_with('/') || decoded.matches(':').count() > 1 {
        decoded.as_str()
    } else {
        decoded.split(':').next().unwrap_or_default()
    };
    name.is_empty()
        || name.starts_with('/')
        || name == "localhost"
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for DatabaseUrl {
    type Err = UrlProblem;

    fn from_str(text: &str) -> Result<Self, UrlProblem> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            return match path {
                "" | ":memory:" => Err(UrlProblem::Unknown(text.to_owned())),
                path => Ok(Self::Sqlite(path.to_owned())),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::postgres(text);
        }
        Err(UrlProblem::Unknown(text.to_owned()))
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{path}"),
            Self::Postgres { shown, .. } => f.write_str(shown),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<diesel::r2d2::Error> for Error {
    fn from(error: diesel::r2d2::Error) -> Self {
        Self::Busy(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_either_database_and_hide_the_password() {
        for (text, shown) in [
            ("sqlite://openrebate.db", "sqlite://openrebate.db"),
            ("sqlite:///var/lib/x.db", "sqlite:///var/lib/x.db"),
            ("postgres://me:secret@localhost:5432/rebates", "postgres://localhost:5432/rebates"),
            ("postgres://me@127.0.0.1/rebates", "postgres://127.0.0.1/rebates"),
            ("postgresql://me@[::1]:5432/rebates", "postgres://[::1]:5432/rebates"),
            (
                "postgres://%2Fvar%2Frun%2Fpostgresql/rebates",
                "postgres://%2Fvar%2Frun%2Fpostgresql/rebates",
            ),
            ("postgres:///rebates?host=/tmp/pg", "postgres:///rebates"),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for text in ["", "openrebate.db", "mysql://localhost/x", "sqlite://", "sqlite://:memory:"] {
            assert!(matches!(text.parse::<DatabaseUrl>(), Err(UrlProblem::Unknown(_))), "{text}");
        }
    }

    #[cfg(not(feature = "pg-tls"))]
    #[test]
    fn a_database_across_the_network_needs_tls() {
        for text in [
            "postgres://me@db.example.com/rebates",
            "postgres://me@10.0.0.5:5432/rebates",
            "postgres://me@localhost,db.example.com/rebates",
            "postgres://me@localhost/rebates?host=db.example.com",
            "postgres://me@localhost/rebates?hostaddr=10.0.0.5",
            "postgres://localhost@db.example.com/rebates",
        ] {
            assert!(matches!(text.parse::<DatabaseUrl>(), Err(UrlProblem::NeedsTls(_))), "{text}");
        }
    }
}
