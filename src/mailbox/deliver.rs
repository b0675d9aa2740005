//! How letters leave: outside any transaction, over several conversations side by side, from as
//! many processes as there are.
//!
//! A clerk writes, couriers converse. In one write the clerk notes what became of the letters that
//! were answered since its last one, and takes further ones. A courier says all of a letter but its
//! end while the one before is being noted, and its end only then: a kill or a cut sends again one
//! letter of a connection at most, the one that was answered, or was about to be, and not noted.
//! All who wait for a write go on together, so the clerk waits a moment for their answers: they are
//! noted together again. The choice between is this: a write for each letter would send no more of
//! them than the disk flushes a second.
//!
//! A claim lasts [`CLAIM`] and is renewed as long as the letter is at hand: what a killed process
//! had in hand leaves two minutes later, and nobody else sends what waits for a slow server.
//!
//! Three things hold letters up without using up their tries: the relay is away (all of them; it
//! is asked again ever less often, and no letter is given up for it, because nothing is wrong with
//! any), a domain gets its letters at a pace, and an address takes no mail. Nor does a letter that
//! is taken and given back again, or whose sender is killed: a try is counted by its answer.

mod claim;
mod clerk;
mod desk;
mod settle;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Transport;
use super::enclosures::{self, Enclosures};
use super::links;
use super::noting::Turn;
use super::rules::Failure;
use super::store::holds::{self, RELAY};
use crate::db::{Conn, Db, as_utc};
use crate::error::Result;
use crate::values::LetterId;
use claim::Claimed;

/// What became of a letter that was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// No letter is due.
    Nothing,
    Sent(LetterId),
    /// To be tried again at the time given.
    Delayed(LetterId, DateTime<Utc>),
    /// Due again at once, without what it enclosed.
    Lighter(LetterId),
    Failed(LetterId),
}

/// What became of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: u64,
    /// To be tried again.
    pub delayed: u64,
    pub failed: u64,
    /// In so many writes it was noted.
    pub writes: u64,
}

/// The relay doesn't take letters, or isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAway {
    pub since: DateTime<Utc>,
    /// When it is asked again.
    pub until: DateTime<Utc>,
    pub why: String,
}

/// How long a letter is kept from other processes unless its claim is renewed: a claim that ran
/// out belonged to a process that died.
const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// What a round of deliveries works with.
struct Round<'a> {
    db: &'a Db,
    transport: &'a dyn Transport,
    enclosures: &'a dyn Enclosures,
    /// So many letters at most.
    most: usize,
    /// True once it is time to stop.
    stop: &'a (dyn Fn() -> bool + Sync),
    /// What letters enclose is large: so many are made at a time, however many couriers there are.
    makers: [Mutex<()>; 4],
}

/// Sends every letter that is due, until none is or it is time to stop; then what was taken and
/// not begun is given back. Several processes may do this at once and never send the same letter
/// side by side.
///
/// # Errors
/// The database is away. What happens to a letter is no error.
pub fn deliver_due(
    db: &Db,
    transport: &dyn Transport,
    enclosures: &dyn Enclosures,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Tally> {
    let round =
        Round { db, transport, enclosures, most: usize::MAX, stop, makers: Default::default() };
    let mut tally = Tally::default();
    tally.writes = clerk::deliver(&round, &mut |delivery| match delivery {
        Delivery::Sent(_) => tally.sent += 1,
        Delivery::Delayed(..) => tally.delayed += 1,
        Delivery::Failed(_) => tally.failed += 1,
        // It comes again in this round.
        Delivery::Lighter(_) | Delivery::Nothing => {}
    })?;
    Ok(tally)
}

/// Sends the letter that has been due longest, in the same way.
///
/// # Errors
/// As for [`deliver_due`].
pub fn deliver_next(
    db: &Db,
    transport: &dyn Transport,
    enclosures: &dyn Enclosures,
) -> Result<Delivery> {
    let round =
        Round { db, transport, enclosures, most: 1, stop: &|| false, makers: Default::default() };
    let mut became = Delivery::Nothing;
    clerk::deliver(&round, &mut |delivery| became = delivery)?;
    Ok(became)
}

impl Round<'_> {
    /// One conversation. A letter that makes the sender panic must not hold up the others.
    fn send(&self, letter: &Claimed, turn: &Turn<'_>) -> Result<(), Failure> {
        let mut outgoing = letter.row.outgoing();
        outgoing.unsubscribe = letter
            .token
            .as_ref()
            .map(|token| format!("{}/unsubscribe/{token}", self.db.house().base_url));
        if let Some(secret) = &letter.secret {
            links::tell(&mut outgoing, secret);
        }
        if letter.row.encloses.is_some() {
            let maker = self.makers.get(usize::from(settle::spread(&letter.row.id)) % 4);
            let _making = maker.map(|one| one.lock().unwrap_or_else(PoisonError::into_inner));
            outgoing.enclosure = enclosures::made(self.db, self.enclosures, &letter.row)?;
        }
        catch_unwind(AssertUnwindSafe(|| self.transport.send_in_turn(&outgoing, turn)))
            .unwrap_or_else(|panic| Err(Failure::Permanent(panic_text(panic.as_ref()))))
    }
}

/// Since when the relay takes nothing, and why; None while it does.
pub fn relay_away(conn: &mut Conn) -> Result<Option<RelayAway>> {
    Ok(holds::of(conn, RELAY)?.map(|hold| RelayAway {
        since: as_utc(hold.since),
        until: as_utc(hold.until),
        why: hold.why.unwrap_or_default(),
    }))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    format!("sending it panicked: {text}")
}
