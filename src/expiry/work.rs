//! What the schedule does once a day: customers are told what is about to expire, and what expired
//! is booked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::rules::{self, MARKS, Part, Standing};
use super::store::{self, Booking};
use super::{Today, letters, of_customer};
use crate::audit::{self, Event};
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::ledger::{self, Cause, Entry, Movement};
use crate::mailbox;
use crate::policies;
use crate::values::{Actor, Key};

/// The name of the day's round.
const ROUND: &str = "expiry";

/// Customers looked at in one reading.
const PAGE: i64 = 500;

/// Tells and books what the day brings, a write for each customer who is concerned. Several
/// processes may do this at once, and one that dies half-way is gone on with; a customer for whom
/// it fails holds up no other. True when it was this call that finished the day's round.
///
/// # Errors
/// The first customer's for whom it failed, after the others; the day is gone through again.
pub fn work(db: &Db, actor: &Actor, stop: &dyn Fn() -> bool) -> Result<bool> {
    let today = Today::of(db);
    let done = |conn: &mut Conn| {
        Ok(!store::any_lot(conn)? || mailbox::round_is_done(conn, ROUND, today.day)?)
    };
    if db.read(done)? {
        return Ok(false);
    }
    let ahead = MARKS.into_iter().max().and_then(|days| u64::try_from(days).ok());
    let by = today.day + Days::new(ahead.unwrap_or_default());
    let (mut after, mut letters, mut failed) = (0, 0, None);
    loop {
        let page = db.read(|conn| store::candidates(conn, by, after, PAGE))?;
        let Some(last) = page.last() else { break };
        after = *last;
        for customer in page {
            if stop() {
                return Ok(false);
            }
            match of_one(db, actor, customer, today) {
                Ok(written) => letters += written,
                Err(error) => {
                    tracing::error!(customer, %error, "what expires of a customer failed");
                    failed.get_or_insert(error);
                }
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => db.write(actor, |tx| mailbox::finish_round(tx, ROUND, today.day, letters)),
    }
}

/// How many letters it made.
fn of_one(db: &Db, actor: &Actor, customer: Key, today: Today) -> Result<i64> {
    let idle = |conn: &mut Conn| {
        let standings = of_customer(conn, customer, today)?;
        Ok(lapsed(&standings, today.day).is_empty()
            && untold(conn, customer, &standings, today.day)?.is_empty())
    };
    if db.read(idle)? {
        return Ok(0);
    }
    db.write(actor, |tx| {
        let today = Today::in_write(tx);
        let standings = of_customer(tx, customer, today)?;
        let told = tell(tx, customer, &standings, today.day)?;
        Ok(told + book(tx, customer, &standings, today.day)?)
    })
}

/// What has to be told of one day: the mark, and of which lots.
struct Untold<'a> {
    mark: i64,
    /// The days of the terms that end on it.
    bases: BTreeSet<NaiveDate>,
    lots: Vec<&'a Standing>,
}

/// What a customer is due to be told, by the day at whose end it expires.
fn untold<'a>(
    conn: &mut Conn,
    customer: Key,
    standings: &'a [Standing],
    today: NaiveDate,
) -> Result<BTreeMap<NaiveDate, Untold<'a>>> {
    let told = store::told(conn, customer)?;
    let mut found: BTreeMap<NaiveDate, Untold<'a>> = BTreeMap::new();
    for one in standings {
        for Part { base, due, .. } in &one.parts {
            let left = (*due - today).num_days();
            let Some(mark) = rules::mark(left).filter(|_| left >= 0) else { continue };
            // Whoever was told later needn't be told again.
            if MARKS.into_iter().any(|m| m <= mark && told.contains(&(*base, m))) {
                continue;
            }
            let of_day = found.entry(*due).or_insert_with(|| Untold {
                mark,
                bases: BTreeSet::new(),
                lots: Vec::new(),
            });
            of_day.bases.insert(*base);
            of_day.lots.push(one);
        }
    }
    Ok(found)
}

fn tell(tx: &mut Tx<'_>, customer: Key, standings: &[Standing], today: NaiveDate) -> Result<i64> {
    let mut letters = 0;
    for (due, untold) in untold(tx, customer, standings, today)? {
        let told = letters::expiring(tx, customer, due, untold.mark, &untold.lots)?;
        if told == 0 {
            // Nobody could be written to: it stays, and is tried again the next day.
            tracing::warn!(customer, %due, "a balance expires, and there is nobody to be told");
            continue;
        }
        for base in &untold.bases {
            store::insert_warning(tx, customer, *base, untold.mark, due)?;
        }
        letters += told;
        audit::record(
            tx,
            Event {
                action: "balance.expiry_told",
                object: ("expiry", &due.to_string()),
                customer: Some(customer),
                reason: Some(&format!("{} days before", untold.mark)),
                ..Event::default()
            },
        )?;
    }
    Ok(letters)
}

/// What is past its day: of which lot, until when, how much.
fn lapsed(standings: &[Standing], today: NaiveDate) -> Vec<(&Standing, NaiveDate, i64)> {
    let of_lot = |one: &'_ Standing| {
        let gone = one.parts.iter().filter(|part| part.due < today);
        let amount: i64 = gone.clone().map(|part| part.amount).sum();
        gone.map(|part| part.due).max().map(|due| (due, amount))
    };
    standings.iter().filter_map(|one| of_lot(one).map(|(due, sum)| (one, due, sum))).collect()
}

fn book(tx: &mut Tx<'_>, customer: Key, standings: &[Standing], today: NaiveDate) -> Result<i64> {
    let lapsed = lapsed(standings, today);
    if lapsed.is_empty() {
        return Ok(0);
    }
    for (one, due, amount) in &lapsed {
        let lot = &one.lot;
        let code = policies::version(tx, &lot.version)?.code;
        let reason = format!("{} {} was available from {}", code, lot.period, lot.available_on);
        let entry = ledger::post(
            tx,
            Entry {
                cause: Cause::Expiry,
                cause_id: lot.accrual.to_string(),
                policy: Some(lot.policy.clone()),
                customer,
                currency: lot.currency,
                // It was good on that day still.
                effective: *due,
                period: lot.period.to_string(),
                prior_period: None,
                reference: format!("{code} {} {due}", lot.period),
                reason,
                legs: Movement::Expire.legs(customer, *amount),
            },
        )?;
        let booking = Booking {
            lot_id: lot.entry.clone(),
            booked_on: today,
            entry_id: entry.clone(),
            due_on: *due,
            amount_minor: *amount,
        };
        store::insert_booking(tx, &booking)?;
        audit::record(
            tx,
            Event {
                action: "balance.expired",
                object: ("expiry", entry.as_str()),
                customer: Some(customer),
                reason: Some(&format!("{code} {} {due}", lot.period)),
                ..Event::default()
            },
        )?;
    }
    letters::expired(tx, customer, &lapsed)
}
