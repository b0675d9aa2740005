use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::{Conn, House};
use crate::values::Actor;

/// A write under way: the connection, who writes, and when. Queries take it as `tx`, because it
/// derefs to the connection.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    actor: &'a Actor,
    at: DateTime<Utc>,
    house: Arc<House>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        conn: &'a mut Conn,
        actor: &'a Actor,
        at: DateTime<Utc>,
        house: Arc<House>,
    ) -> Self {
        Self { conn, actor, at, house }
    }

    /// The moment of this write; one for everything in it.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The moment as the tables keep it: UTC without a zone.
    pub fn stamp(&self) -> NaiveDateTime {
        self.at.naive_utc()
    }

    /// Today in the company's zone.
    pub fn today(&self) -> NaiveDate {
        self.at.with_timezone(&self.house.zone).date_naive()
    }

    /// Who writes.
    pub fn by(&self) -> &'a Actor {
        self.actor
    }

    pub fn house(&self) -> Arc<House> {
        Arc::clone(&self.house)
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// A moment as the tables keep it, back in UTC.
pub fn as_utc(stamp: NaiveDateTime) -> DateTime<Utc> {
    stamp.and_utc()
}
