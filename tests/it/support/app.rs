use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use openrebate::config::{Config, HouseContact};
use openrebate::db::{Clock, Conn, DatabaseUrl, Db, Tx};
use openrebate::error::Result;
use openrebate::on_backend;
use openrebate::values::Actor;
use openrebate::{audit, ledger};

use super::postgres::Database;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A portal of one's own, in a folder of its own, on a clock that stands at Thursday 15 October
/// 2026, 10:00 in Shanghai, until a story moves it. When a story ends well, its history verifies.
pub struct TestApp {
    pub db: Db,
    pub config: Config,
    pub engine: Engine,
    _folder: tempfile::TempDir,
    tampered: AtomicBool,
    // Dropped after `db`, whose connections it would otherwise cut.
    _database: Option<Database>,
}

impl TestApp {
    pub fn on(engine: Engine) -> Self {
        let app = Self::build(engine, Database::migrated);
        if engine == Engine::Sqlite {
            app.db.migrate().expect("it migrates");
        }
        app
    }

    /// With a database that has no schema yet.
    pub fn unmigrated(engine: Engine) -> Self {
        Self::build(engine, Database::empty)
    }

    fn build(engine: Engine, database: fn() -> Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = (engine == Engine::Postgres).then(database);
        let url = match &database {
            Some(database) => database.url(),
            None => DatabaseUrl::Sqlite(folder.path().join("portal.db").display().to_string()),
        };
        let mut config = Config {
            files: folder.path().join("files"),
            base_url: "https://rebates.example.com".to_owned(),
            company: "华星电器有限公司".to_owned(),
            contact: HouseContact {
                name: "返利服务台".to_owned(),
                email: "desk@example.com".to_owned(),
                phone: "021-5550 0100".to_owned(),
            },
            ..Config::default()
        };
        config.mail.folder = folder.path().join("mail");
        let clock = Clock::standing_at(moment("2026-10-15T02:00:00Z"));
        let db = Db::open(&url, config.house(), clock).expect("the database opens");
        Self {
            db,
            config,
            engine,
            _folder: folder,
            tampered: AtomicBool::new(false),
            _database: database,
        }
    }

    /// Moves the clock on.
    pub fn wait(&self, time: chrono::TimeDelta) {
        self.db.clock().advance(time);
    }

    /// Says that this story breaks the history on purpose.
    pub fn will_tamper(&self) {
        self.tampered.store(true, Ordering::Relaxed);
    }

    /// Changes something as the operator.
    pub fn write<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> T {
        self.db.write(&Actor::operator(), work).expect("the write succeeds")
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> T {
        self.db.read(work).expect("the read succeeds")
    }

    /// Runs statements behind the portal's back.
    pub fn sql(&self, statements: &str) -> Result<()> {
        self.db.write(&Actor::operator(), |tx| {
            Ok(on_backend!(&mut **tx, conn => conn.batch_execute(statements))?)
        })
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if self.tampered.load(Ordering::Relaxed) {
            return;
        }
        // A database without the schema has nothing to verify. Stories that credit a customer
        // without an accrual are free to, so this asks for sound books, not for their cause.
        let found = self.db.read(|conn| Ok((ledger::verify(conn)?, audit::verify(conn)?)));
        if let Ok(((_, flaws), (_, broken))) = found {
            assert!(flaws.is_empty(), "this story left the ledger with {flaws:?}");
            assert_eq!(broken, None, "the audit chain broke in this story");
        }
    }
}

/// A moment written as in RFC 3339.
pub fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}
