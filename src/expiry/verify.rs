//! Lots against the closings they come from and the versions they have their time by; expiries
//! against their lots, the ledger, and what was left at the time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::rules::{self, Lot};
use super::store::{self, Booking};
use super::{Books, Today};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::ledger::{self, Account, Cause, Posted};
use crate::policies;
use crate::values::{EntryId, Key, VersionId};

/// A sentence for everything about what expires that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    // A reading has no zone; days are looked at as near as that allows.
    let today = Today { zone: chrono_tz::UTC, day: NaiveDate::MIN };
    let lots = store::every_lot(conn)?;
    let mut said = Vec::new();
    let booked = store::every_booking(conn)?;
    let customers: Vec<Key> =
        lots.iter().map(|lot| lot.customer).collect::<BTreeSet<_>>().into_iter().collect();
    let books = Books::load(conn, &customers, lots.clone(), today)?;
    let posted = ledger::of_customers(conn, &customers)?;
    let entries: HashMap<&EntryId, &Posted> =
        posted.values().flatten().map(|entry| (&entry.id, entry)).collect();
    let mut months: BTreeMap<VersionId, Option<u32>> = BTreeMap::new();
    for lot in &lots {
        let entry = entries.get(&lot.entry).copied();
        let flaw = match entry.map(|entry| of_closing(lot, entry)) {
            None => Some("its closing isn't the customer's, or there is none"),
            Some(Some(flaw)) => Some(flaw),
            Some(None) => {
                if !months.contains_key(&lot.version) {
                    months.insert(lot.version.clone(), term(conn, &lot.version)?);
                }
                let term = months.get(&lot.version).copied().flatten();
                let last = term.map(|months| rules::last_day(lot.available_on, months));
                (last != Some(lot.last_day)).then_some("its version gives it another last day")
            }
        };
        if let Some(flaw) = flaw {
            said.push(format!("balance available from closing {}: {flaw}", lot.entry));
        }
    }
    let by_entry: HashMap<&EntryId, &Lot> = lots.iter().map(|lot| (&lot.entry, lot)).collect();
    let mut known: BTreeSet<&EntryId> = BTreeSet::new();
    for booking in &booked {
        known.insert(&booking.entry_id);
        let lot = by_entry.get(&booking.lot_id).copied();
        let entry = entries.get(&booking.entry_id).copied();
        if let Some(flaw) = of_booking(booking, lot, entry) {
            said.push(format!("expiry {}: {flaw}", booking.entry_id));
        }
    }
    let mut strays = ledger::moved_by(conn, Cause::Expiry)?;
    for (_, entry) in entries.iter().filter(|(_, entry)| entry.cause == Cause::Expiry) {
        strays.remove(&entry.cause_id);
        if !known.contains(&entry.id) {
            said.push(format!("ledger entry {}: it expires what nothing says", entry.number));
        }
    }
    let mut strays: Vec<String> = strays.into_keys().collect();
    strays.sort();
    said.extend(
        strays.iter().map(|accrual| {
            format!("accrual {accrual}: the ledger lets expire what never had a time")
        }),
    );
    said.extend(overdrawn(&books, &customers));
    Ok(said)
}

fn term(conn: &mut Conn, version: &VersionId) -> Result<Option<u32>> {
    match policies::version(conn, version) {
        Ok(version) => Ok(version.terms.expires_after_months),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn of_closing(lot: &Lot, entry: &Posted) -> Option<&'static str> {
    let same = entry.cause == Cause::Close
        && entry.cause_id == lot.accrual.as_str()
        && entry.customer == Some(lot.customer)
        && entry.policy.as_ref() == Some(&lot.policy)
        && entry.currency == lot.currency
        && entry.period == lot.period.to_string()
        && -entry.on(Account::Payable) == lot.amount;
    if !same {
        return Some("its closing says something else");
    }
    (!same_day(entry, lot.available_on)).then_some("its closing is of another day")
}

/// Whether it was that day somewhere on earth.
fn same_day(entry: &Posted, day: NaiveDate) -> bool {
    (entry.posted_at.date_naive() - day).num_days().abs() <= 1
}

fn of_booking(
    booking: &Booking,
    lot: Option<&Lot>,
    entry: Option<&Posted>,
) -> Option<&'static str> {
    let (Some(lot), Some(entry)) = (lot, entry) else {
        return Some("its lot or its ledger entry isn't there");
    };
    let same = entry.cause == Cause::Expiry
        && entry.cause_id == lot.accrual.as_str()
        && entry.customer == Some(lot.customer)
        && entry.currency == lot.currency
        && entry.on(Account::Payable) == booking.amount_minor
        && entry.on(Account::WriteOff) == -booking.amount_minor
        && entry.effective == booking.due_on
        && same_day(entry, booking.booked_on);
    if !same {
        return Some("the ledger says something else");
    }
    let early = booking.due_on < lot.last_day || booking.booked_on <= booking.due_on;
    early.then_some("it was booked before its day was over")
}

/// Played again, no lot can have lost more than it had.
fn overdrawn(books: &Books, customers: &[Key]) -> Vec<String> {
    let mut said = Vec::new();
    for customer in customers {
        let moves = books.moves.get(customer).map(Vec::as_slice).unwrap_or_default();
        let currencies: BTreeSet<_> = moves.iter().map(|one| one.currency).collect();
        for currency in currencies {
            let own: Vec<_> = moves.iter().filter(|one| one.currency == currency).collect();
            said.extend(books.replay(&own).overdrawn().iter().map(|lot| {
                format!("balance available from closing {lot}: more expired than was left")
            }));
        }
    }
    said
}
