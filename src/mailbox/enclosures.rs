//! What a letter encloses. The outbox keeps only its name: the file is made when the letter
//! leaves, by whoever knows how, and a letter that can't leave with it leaves without.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};

use super::rules::Failure;
use super::store::{self, Row};
use crate::audit::{self, Event};
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::values::{Key, Language, LetterId};

/// A file that leaves with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// As its reader's mail program names it.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Whoever makes what letters enclose.
pub trait Enclosures: Send + Sync {
    /// What the letter names, in the language; the same bytes at every try.
    ///
    /// # Errors
    /// It can't be made: the letter leaves without it.
    fn make(&self, db: &Db, name: &str, language: Language) -> Result<Enclosure>;
}

/// Mail servers take ten megabytes nearly everywhere, and a file grows by a third on its way.
pub const LARGEST: usize = 6 * 1024 * 1024;

/// What the letter encloses, if anything.
pub(super) fn made(
    db: &Db,
    enclosures: &dyn Enclosures,
    row: &Row,
) -> Result<Option<Enclosure>, Failure> {
    let Some(name) = &row.encloses else { return Ok(None) };
    let made = catch_unwind(AssertUnwindSafe(|| enclosures.make(db, name, row.language)));
    let enclosure = match made {
        Ok(Ok(enclosure)) => enclosure,
        Ok(Err(Error::Busy(why))) => return Err(Failure::Transient(why)),
        Ok(Err(error)) => return Err(Failure::Enclosure(format!("can't be made: {error}"))),
        Err(_) => return Err(Failure::Enclosure("can't be made: its maker panicked".to_owned())),
    };
    let size = enclosure.bytes.len();
    if size > LARGEST {
        return Err(Failure::Enclosure(format!("too large: {size} bytes, at most {LARGEST}")));
    }
    Ok(Some(enclosure))
}

/// The letter goes again at once without what it enclosed; who looks after its reader is told.
pub(super) fn leave_out(tx: &mut Tx<'_>, row: &Row, why: &str) -> Result<()> {
    store::enclosures::leave_out(tx, row, why)?;
    audit::record(
        tx,
        Event {
            action: "letter.enclosure_left_out",
            object: ("letter", row.id.as_str()),
            customer: row.customer_id,
            reason: Some(why),
            ..Event::default()
        },
    )
}

/// A letter that left without what it was to enclose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub letter: LetterId,
    pub to: String,
    /// What the letter is of: the statement.
    pub cause_id: String,
    pub customer: Option<Key>,
    /// What the mail server said, or why the file couldn't be made.
    pub why: String,
    pub at: DateTime<Utc>,
}

/// Why the letter left without its enclosure; None when it didn't.
pub fn left_out_of(conn: &mut Conn, letter: &LetterId) -> Result<Option<LeftOut>> {
    store::enclosures::one(conn, letter)
}

/// Those nobody was told of yet, oldest first.
pub fn untold_left_out(conn: &mut Conn, limit: i64) -> Result<Vec<LeftOut>> {
    store::enclosures::untold(conn, limit)
}

/// Notes that they were told.
pub fn mark_left_out_told(tx: &mut Tx<'_>, letter: &LetterId) -> Result<()> {
    store::enclosures::mark_told(tx, letter)
}
