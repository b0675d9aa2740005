//! The database: opening it, reading, the one write, rehearsing.
//!
//! Promises: a read sees one moment; a write is serialised against every other write of every
//! process and may therefore read, then decide; a rehearsal is a write that leaves nothing behind.
//! The closure of a write may run again and touches only the database. Deliberately absent:
//! asynchronous queries (doors call this off the event loop) and `Conn::establish`, which guesses
//! the backend.

mod clock;
mod conn;
mod copy;
mod counters;
mod day;
mod forms;
mod migrate;
pub mod schema;
mod search;
mod statistics;
mod tx;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::r2d2::{ManageConnection, Pool};

pub use clock::Clock;
pub use conn::{Conn, DatabaseUrl, UrlProblem};
pub use copy::read_copy;
pub use counters::{next_number, next_numbers};
pub use day::Day;
pub use forms::{FormResult, forget_forms, form_result, remember_form};
pub use migrate::{Applied, MigrationStatus};
pub use search::{folded, grams, like_part};
pub use tx::{Tx, as_utc};

use crate::error::{Error, Result};
use crate::values::{Actor, Contact};
use conn::Manager;

/// What the house knows about its company: from the configuration, the same for every write.
#[derive(Debug, Clone)]
pub struct House {
    /// The company's name as customers know it.
    pub company: String,
    /// Where the portal is reached; links in mail start with it. No slash at the end.
    pub base_url: String,
    /// Period borders and dates on pages are local dates of this zone.
    pub zone: Tz,
    /// Whom to ask where nobody in particular looks after the reader.
    pub contact: Contact,
    /// The company's tax id; empty when none is set.
    pub tax_id: String,
    /// When somebody answers the phone on business days: `9:00–17:30`; empty when none is set.
    pub phone_hours: String,
    /// Business days until a difference is answered and decided, at the latest, and to appeal.
    pub service_days: [u32; 3],
}

impl Default for House {
    fn default() -> Self {
        let company = "Openrebate".to_owned();
        Self {
            contact: Contact { name: company.clone(), email: None, phone: None },
            company,
            base_url: "http://127.0.0.1:8080".to_owned(),
            zone: chrono_tz::Asia::Shanghai,
            tax_id: String::new(),
            phone_hours: String::new(),
            service_days: [2, 7, 15],
        }
    }
}

/// The database of one house. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    url: DatabaseUrl,
    /// One writer at a time in this process: a fair queue instead of busy errors.
    lane: Arc<Mutex<()>>,
    clock: Clock,
    house: Arc<House>,
}

/// How often a write that another process upset is tried again.
const WRITE_TRIES: u32 = 8;
/// After so long it isn't: SQLite has waited for the other's lock by then, and somebody sits before
/// a page that doesn't come.
const PATIENCE: Duration = Duration::from_secs(5);

impl Db {
    /// Opens the database; doesn't migrate it.
    ///
    /// # Errors
    /// The URL isn't one this build can open, or the database doesn't answer.
    pub fn open(url: &DatabaseUrl, house: House, clock: Clock) -> Result<Self> {
        Self::open_few(url, house, clock, url.connections())
    }

    /// Opens it with so many connections at most: for many small processes on one database.
    ///
    /// # Errors
    /// As for [`Db::open`].
    pub fn open_few(url: &DatabaseUrl, house: House, clock: Clock, most: u32) -> Result<Self> {
        // The pool would try a wrong path or password again and again before it gave up.
        let cannot = |e: String| Error::Busy(format!("cannot open {url}: {e}"));
        Manager::new(url.clone()).connect().map_err(|e| cannot(e.to_string()))?;
        let pool = Pool::builder()
            .max_size(most)
            .connection_timeout(Duration::from_secs(10))
            .build(Manager::new(url.clone()))
            .map_err(|e| cannot(e.to_string()))?;
        Ok(Self { pool, url: url.clone(), lane: Arc::default(), clock, house: Arc::new(house) })
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    pub fn house(&self) -> &House {
        &self.house
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// This moment, by the house's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Today in the company's zone.
    pub fn today(&self) -> NaiveDate {
        self.now().with_timezone(&self.house.zone).date_naive()
    }

    /// Reads at one moment; nothing written inside stays.
    ///
    /// # Errors
    /// What the closure returns, or that the database is away.
    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        read_with(&mut conn, work)
    }

    /// The same on a connection that nobody uses at the moment; None when there is none. Inside
    /// a write it reads what the write began with, because nobody else writes meanwhile.
    ///
    /// # Errors
    /// What the closure returns, or that the database is away.
    pub fn read_beside<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Option<Result<T>> {
        let mut conn = self.pool.try_get()?;
        Some(read_with(&mut conn, work))
    }

    /// Changes something: one transaction, all or nothing, serialised against all other writes.
    ///
    /// # Errors
    /// What the closure returns (and nothing is changed), or that the database is busy or away.
    pub fn write<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.change(actor, work, End::Commit)
    }

    /// Does the same as [`Db::write`] and then takes it all back: the preview that can't differ
    /// from the booking.
    ///
    /// # Errors
    /// As for a write.
    pub fn rehearse<T>(
        &self,
        actor: &Actor,
        work: impl FnMut(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.change(actor, work, End::Rollback)
    }

    fn change<T>(
        &self,
        actor: &Actor,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T>,
        end: End,
    ) -> Result<T> {
        let _lane = self.lane.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(actor, &mut work, end) {
                Err(Error::Busy(why)) if tries < WRITE_TRIES && begun.elapsed() < PATIENCE => {
                    tracing::debug!(tries, why, "write tried again");
                    std::thread::sleep(Duration::from_millis(10 << tries.min(6)));
                }
                other => return other,
            }
        }
    }

    fn attempt<T>(
        &self,
        actor: &Actor,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T>,
        end: End,
    ) -> Result<T> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        conn.begin_write()?;
        let mut tx = Tx::new(&mut conn, actor, self.clock.now(), Arc::clone(&self.house));
        let result = work(&mut tx);
        match (result, end) {
            (Ok(value), End::Commit) => conn.commit().map(|()| value),
            (Ok(value), End::Rollback) => conn.rollback().map(|()| value),
            (Err(error), _) => {
                conn.rollback()?;
                Err(error)
            }
        }
    }
}

fn read_with<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    conn.begin_read()?;
    let result = work(conn);
    let ended = conn.rollback();
    let value = result?;
    ended?;
    Ok(value)
}

#[derive(Clone, Copy)]
enum End {
    Commit,
    Rollback,
}

/// The rows in order, so many at once: what one INSERT takes.
pub fn in_chunks<T>(rows: Vec<T>, most: usize) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = rows.by_ref().take(most).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}
