//! Noting what became of letters.

use chrono::{DateTime, Utc};

use super::Delivery;
use crate::audit::{self, Event};
use crate::db::{Tx, as_utc};
use crate::error::Result;
use crate::mailbox::enclosures;
use crate::mailbox::noting::Note;
use crate::mailbox::rules::{self, Failure};
use crate::mailbox::store::holds::{self, Hold, RELAY};
use crate::mailbox::store::{self, Row};
use crate::mailbox::{Posted, bounces};
use crate::values::LetterId;

/// A letter that was tried.
pub(super) struct Answered {
    pub row: Row,
    pub outcome: Result<(), Failure>,
    /// Who waits until it is noted is told by this.
    pub note: Note,
}

impl Answered {
    /// Whether it shows that the relay takes nothing.
    pub fn is_away(&self) -> bool {
        matches!(self.outcome, Err(Failure::Relay(_)))
    }

    /// Whether it shows that nobody has the address.
    pub fn is_gone(&self) -> bool {
        matches!(self.outcome, Err(Failure::Address(_)))
    }

    fn tell<'a>(&'a self, action: &'static str, reason: Option<&'a str>) -> Event<'a> {
        let object = ("letter", self.row.id.as_str());
        Event { action, object, customer: self.row.customer_id, reason, ..Event::default() }
    }
}

/// Notes what became of each: those that left at once, the others one by one.
pub(super) fn settle<'a>(
    tx: &mut Tx<'_>,
    answered: impl Iterator<Item = &'a Answered>,
) -> Result<Vec<Delivery>> {
    let (sent, others): (Vec<&Answered>, Vec<&Answered>) =
        answered.partition(|one| one.outcome.is_ok());
    let answers = !sent.is_empty() || others.iter().any(|one| !one.is_away());
    if answers && holds::of(tx, RELAY)?.is_some() {
        holds::lift(tx, RELAY)?;
    }
    let ids: Vec<&LetterId> = sent.iter().map(|one| &one.row.id).collect();
    store::mark_sent(tx, &ids)?;
    audit::record_all(tx, sent.iter().map(|one| one.tell("letter.sent", None)))?;
    let mut became: Vec<Delivery> =
        sent.iter().map(|one| Delivery::Sent(one.row.id.clone())).collect();
    for one in others {
        if let Err(failure) = &one.outcome {
            became.push(note(tx, one, failure)?);
        }
    }
    Ok(became)
}

/// A letter that didn't leave.
fn note(tx: &mut Tx<'_>, one: &Answered, failure: &Failure) -> Result<Delivery> {
    let row = &one.row;
    let why = rules::one_line(failure.why(), 500);
    let tries = row.attempts + 1;
    tracing::warn!(letter = %row.id, kind = row.kind, tries, why, "a letter didn't leave");
    if one.is_away() {
        let until = hold_all(tx, &why)?;
        store::give_back(tx, &[&row.id], Some(&why))?;
        return Ok(Delivery::Delayed(row.id.clone(), until));
    }
    store::count_try(tx, &row.id)?;
    match failure {
        Failure::Enclosure(_) if row.encloses.is_some() => {
            enclosures::leave_out(tx, row, &why)?;
            return Ok(Delivery::Lighter(row.id.clone()));
        }
        Failure::Transient(_) => {
            if let Some(at) = rules::next_try(tries, tx.at(), spread(&row.id)) {
                store::mark_delayed(tx, &row.id, at.naive_utc(), &why)?;
                return Ok(Delivery::Delayed(row.id.clone(), at));
            }
        }
        _ => {}
    }
    store::mark_failed(tx, &row.id, &why)?;
    audit::record(tx, one.tell("letter.failed", Some(&why)))?;
    if one.is_gone() {
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

/// A number that differs from letter to letter.
pub(super) fn spread(id: &LetterId) -> u8 {
    let text = id.as_str();
    text.len()
        .checked_sub(2)
        .and_then(|at| text.get(at..))
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}
