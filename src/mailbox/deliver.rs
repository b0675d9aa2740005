//! How letters leave: one at a time, outside any transaction, by as many senders as there are.
//!
//! Three things hold letters up without using up their tries: the relay is away (all of them; it
//! is asked again ever less often, and no letter is given up for it, because nothing is wrong with
//! any), a domain gets its letters at a pace, and an address takes no mail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, TimeDelta, Utc};

use super::enclosures::{self, Enclosures};
use super::rules::{self, Failure};
use super::store::holds::{self, Hold, RELAY};
use super::store::{self, Row};
use super::{Posted, Transport, bounces, is_optional, unsubscribe};
use crate::audit::{self, Event};
use crate::db::{Conn, Db, Tx, as_utc};
use crate::error::Result;
use crate::values::{Actor, LetterId};

/// What became of one call to [`deliver_next`].
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

/// The relay doesn't take letters, or isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAway {
    pub since: DateTime<Utc>,
    /// When it is asked again.
    pub until: DateTime<Utc>,
    pub why: String,
}

/// Longer than a conversation with a patient transport: a claim that ran out belonged to a process
/// that died.
const CLAIM: TimeDelta = TimeDelta::minutes(35);

/// Sends the letter that has been due longest. Sending happens outside any transaction; several
/// processes may call this at once and never send the same letter side by side.
///
/// # Errors
/// The database is away. What happens to the letter is no error but the answer.
pub fn deliver_next(
    db: &Db,
    transport: &dyn Transport,
    enclosures: &dyn Enclosures,
) -> Result<Delivery> {
    let now = db.now().naive_utc();
    if db.read(|conn| store::next_due(conn, now))?.is_none() {
        return Ok(Delivery::Nothing);
    }
    let courier = Actor::system("mail");
    let claimed = db.write(&courier, |tx| claim(tx, transport))?;
    let Some((row, token)) = claimed else { return Ok(Delivery::Nothing) };
    let mut outgoing = row.outgoing();
    outgoing.unsubscribe =
        token.map(|token| format!("{}/unsubscribe/{token}", db.house().base_url));
    // A letter that makes the sender panic must not hold up the others.
    let outcome = enclosures::made(db, enclosures, &row).and_then(|enclosure| {
        outgoing.enclosure = enclosure;
        catch_unwind(AssertUnwindSafe(|| transport.send(&outgoing)))
            .unwrap_or_else(|panic| Err(Failure::Permanent(panic_text(panic.as_ref()))))
    });
    db.write(&courier, |tx| settle(tx, &row, &outcome))
}

/// Takes the next letter for this sender, with the token it carries when one may do without it.
fn claim(tx: &mut Tx<'_>, transport: &dyn Transport) -> Result<Option<(Row, Option<String>)>> {
    let (now, until) = (tx.stamp(), (tx.at() + CLAIM).naive_utc());
    let Some(row) = store::next_due(tx, now)? else { return Ok(None) };
    store::claim(tx, &row.id, until)?;
    if let Some(pace) = transport.pace(&row.domain) {
        let until = (tx.at() + pace).naive_utc();
        let place = row.domain.clone();
        holds::set(tx, &Hold { place, failures: 0, since: now, until, why: None })?;
    }
    let token = match is_optional(&row.kind) {
        true => Some(unsubscribe::token(tx, &row.id)?),
        false => None,
    };
    Ok(Some((row, token)))
}

fn settle(tx: &mut Tx<'_>, row: &Row, outcome: &Result<(), Failure>) -> Result<Delivery> {
    let tell = |action, reason| Event {
        action,
        object: ("letter", row.id.as_str()),
        customer: row.customer_id,
        reason,
        ..Event::default()
    };
    let why = outcome.as_ref().err().map(|failure| rules::one_line(failure.why(), 500));
    let why = why.unwrap_or_default();
    let tries = row.attempts + 1;
    if let Err(failure) = outcome {
        tracing::warn!(letter = %row.id, kind = row.kind, tries, why, "a letter didn't leave");
        if matches!(failure, Failure::Relay(_)) {
            let until = hold_all(tx, &why)?;
            store::give_back(tx, &row.id, &why)?;
            return Ok(Delivery::Delayed(row.id.clone(), until));
        }
    }
    if holds::of(tx, RELAY)?.is_some() {
        holds::lift(tx, RELAY)?;
    }
    let failure = match outcome {
        Ok(()) => {
            store::mark_sent(tx, &row.id)?;
            audit::record(tx, tell("letter.sent", None))?;
            return Ok(Delivery::Sent(row.id.clone()));
        }
        Err(failure) => failure,
    };
    if matches!(failure, Failure::Enclosure(_)) && row.encloses.is_some() {
        enclosures::leave_out(tx, row, &why)?;
        return Ok(Delivery::Lighter(row.id.clone()));
    }
    let again = match failure {
        Failure::Transient(_) => rules::next_try(tries, tx.at(), spread(&row.id)),
        _ => None,
    };
    if let Some(at) = again {
        store::mark_delayed(tx, &row.id, at.naive_utc(), &why)?;
        return Ok(Delivery::Delayed(row.id.clone(), at));
    }
    store::mark_failed(tx, &row.id, &why)?;
    audit::record(tx, tell("letter.failed", Some(&why)))?;
    if matches!(failure, Failure::Address(_)) {
        let letter: Posted = store::by_id(tx, &row.id)?;
        bounces::flag(tx, &letter, &why)?;
    }
    Ok(Delivery::Failed(row.id.clone()))
}

/// Lets everything wait until the relay is asked again. Senders that failed side by side count as
/// one.
fn hold_all(tx: &mut Tx<'_>, why: &str) -> Result<DateTime<Utc>> {
    let (at, now) = (tx.at(), tx.stamp());
    let known = holds::of(tx, RELAY)?;
    if let Some(hold) = known.as_ref().filter(|hold| hold.until > now) {
        return Ok(as_utc(hold.until));
    }
    let failures = known.as_ref().map_or(1, |hold| hold.failures.saturating_add(1));
    let since = known.map_or(now, |hold| hold.since);
    let until = at + rules::relay_wait(failures);
    let hold = Hold {
        place: RELAY.to_owned(),
        failures,
        since,
        until: until.naive_utc(),
        why: Some(why.to_owned()),
    };
    holds::set(tx, &hold)?;
    Ok(until)
}

/// Since when the relay takes nothing, and why; None while it does.
pub fn relay_away(conn: &mut Conn) -> Result<Option<RelayAway>> {
    Ok(holds::of(conn, RELAY)?.map(|hold| RelayAway {
        since: as_utc(hold.since),
        until: as_utc(hold.until),
        why: hold.why.unwrap_or_default(),
    }))
}

/// A number that differs from letter to letter.
fn spread(id: &LetterId) -> u8 {
    let text = id.as_str();
    text.get(text.len().saturating_sub(2)..)
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    format!("sending it panicked: {text}")
}
