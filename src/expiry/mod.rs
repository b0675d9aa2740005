//! Balances that expire (DOMAIN §4): what a policy's closings made available for a time only, what
//! of it is left, when that expires, and that it did.
//!
//! Owns `expiry_lots`, `expiry_bookings`, `expiry_warnings`. Promises: the version by which a
//! closing made something available decides how long it is good, whatever later versions say; what
//! is used uses up first what expires first; what is held doesn't expire; nothing expires that its
//! customer wasn't written to about a week before; each expiry is booked once, with its ledger
//! entry, its audit event and its letter. Deliberately absent: what is left of a lot. It is played
//! from the ledger whenever somebody asks ([`rules`]).

mod letters;
pub mod rules;
mod store;
mod verify;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Held, PayableMove};
use crate::policies::Version;
use crate::values::{AccrualId, Currency, EntryId, Key, Money, Period};

pub use rules::{How, Lot, NOTICE_DAYS, Part, Standing, Use};
pub use verify::verify;
pub use work::work;

use rules::{Change, Hold, Replay};

/// The day it is, and where.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    pub zone: Tz,
    pub day: NaiveDate,
}

impl Today {
    pub fn of(db: &Db) -> Self {
        Self { zone: db.house().zone, day: db.today() }
    }

    fn in_write(tx: &Tx<'_>) -> Self {
        Self { zone: tx.house().zone, day: tx.today() }
    }

    fn local(self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.zone).date_naive()
    }
}

/// What a closing made available for one customer: its entry, the accrual, minor units.
#[derive(Debug, Clone)]
pub struct Closed {
    pub entry: EntryId,
    pub accrual: AccrualId,
    pub customer: Key,
    pub amount: i64,
}

/// Notes how long it is good what the version's period made available with its closing. Without a
/// term it is good for ever, and what the closing took away is good for nothing.
pub fn made_available(
    tx: &mut Tx<'_>,
    version: &Version,
    period: Period,
    closed: Vec<Closed>,
) -> Result<()> {
    let Some(months) = version.terms.expires_after_months else { return Ok(()) };
    let available_on = tx.today();
    let lot = |closed: Closed| Lot {
        entry: closed.entry,
        accrual: closed.accrual,
        policy: version.policy_id.clone(),
        version: version.id.clone(),
        customer: closed.customer,
        currency: version.terms.currency,
        period,
        amount: closed.amount,
        available_on,
        last_day: rules::last_day(available_on, months),
    };
    store::insert_lots(tx, closed.into_iter().filter(|one| one.amount > 0).map(lot).collect())
}

/// A customer's lots as they stand, what expires first at first.
pub fn of_customer(conn: &mut Conn, customer: Key, today: Today) -> Result<Vec<Standing>> {
    Ok(of_customers(conn, &[customer], today)?.remove(&customer).unwrap_or_default())
}

/// One of a customer's lots, by its closing's entry.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn of_customer_one(
    conn: &mut Conn,
    customer: Key,
    entry: &EntryId,
    today: Today,
) -> Result<Standing> {
    let all = of_customer(conn, customer, today)?;
    all.into_iter().find(|one| one.lot.entry == *entry).ok_or(Error::NotFound)
}

/// The lots of these customers as they stand; customers without any aren't in it.
pub fn of_customers(
    conn: &mut Conn,
    customers: &[Key],
    today: Today,
) -> Result<BTreeMap<Key, Vec<Standing>>> {
    let lots = store::lots_of(conn, customers)?;
    let with: Vec<Key> =
        lots.iter().map(|lot| lot.customer).collect::<BTreeSet<_>>().into_iter().collect();
    let mut books = Books::load(conn, &with, lots, today)?;
    Ok(with.into_iter().map(|customer| (customer, books.standing(customer))).collect())
}

/// What of a customer's available balance expires next: the day, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub due: NaiveDate,
    pub amount: Money,
}

/// What expires next of lots as they stand, by currency.
pub fn next(standings: &[Standing]) -> BTreeMap<Currency, Next> {
    let mut found: BTreeMap<Currency, Next> = BTreeMap::new();
    for one in standings {
        for part in &one.parts {
            let amount = one.money(part.amount);
            match found.get_mut(&one.lot.currency) {
                Some(next) if part.due > next.due => {}
                Some(next) if part.due == next.due => next.amount.minor += amount.minor,
                _ => {
                    found.insert(one.lot.currency, Next { due: part.due, amount });
                }
            }
        }
    }
    found
}

/// What of these customers' balances expires next, by customer and currency, where that is not
/// later than the day.
pub fn next_of(
    conn: &mut Conn,
    customers: &[Key],
    today: Today,
    by: NaiveDate,
) -> Result<HashMap<(Key, Currency), Next>> {
    let due = store::with_lots_until(conn, customers, by)?;
    let all = of_customers(conn, &due, today)?;
    let next = all.into_iter().flat_map(|(customer, standings)| {
        next(&standings).into_iter().map(move |(currency, next)| ((customer, currency), next))
    });
    Ok(next.filter(|(_, next)| next.due <= by).collect())
}

/// The last day of what each of a customer's accruals made available for a time.
pub fn last_days(conn: &mut Conn, customer: Key) -> Result<HashMap<AccrualId, NaiveDate>> {
    let lots = store::lots_of(conn, &[customer])?;
    Ok(lots.into_iter().map(|lot| (lot.accrual, lot.last_day)).collect())
}

/// What expired by these entries: the lot, and the day at whose end it did.
pub fn of_entries(
    conn: &mut Conn,
    entries: &[EntryId],
) -> Result<HashMap<EntryId, (Lot, NaiveDate)>> {
    store::of_entries(conn, entries)
}

/// What is known of some customers.
struct Books {
    today: Today,
    lots: HashMap<EntryId, Lot>,
    moves: HashMap<Key, Vec<PayableMove>>,
    /// Which lot each expiry is of, and the day at whose end it was.
    expired: HashMap<EntryId, (EntryId, NaiveDate)>,
    held: HashMap<Key, Vec<Held>>,
    said: HashMap<Key, BTreeMap<NaiveDate, NaiveDate>>,
}

impl Books {
    fn load(conn: &mut Conn, customers: &[Key], lots: Vec<Lot>, today: Today) -> Result<Self> {
        Ok(Self {
            today,
            lots: lots.into_iter().map(|lot| (lot.entry.clone(), lot)).collect(),
            moves: ledger::payable_moves(conn, customers)?,
            expired: store::lots_of_expiries(conn, customers)?,
            held: ledger::held(conn, customers)?,
            said: store::said(conn, customers)?,
        })
    }

    fn standing(&mut self, customer: Key) -> Vec<Standing> {
        let moves = self.moves.remove(&customer).unwrap_or_default();
        let held = self.held.remove(&customer).unwrap_or_default();
        let said = self.said.remove(&customer).unwrap_or_default();
        let currencies: BTreeSet<Currency> = moves.iter().map(|one| one.currency).collect();
        let mut found = Vec::new();
        for currency in currencies {
            let own: Vec<&PayableMove> =
                moves.iter().filter(|one| one.currency == currency).collect();
            let holds = self.holds(&own, &held, currency);
            let replay = self.replay(&own);
            found.extend(rules::standing(replay, &holds, &said, self.today.day));
        }
        found.sort_by_key(|one| (one.lot.last_day, one.lot.available_on));
        found
    }

    fn replay(&self, moves: &[&PayableMove]) -> Replay {
        Replay::of(moves.iter().filter_map(|one| self.change(one)))
    }

    /// What was done to the payable balance; None when nothing was.
    fn change(&self, one: &PayableMove) -> Option<Change> {
        let amount = one.amount;
        let used = || Use {
            cause: one.cause,
            cause_id: one.cause_id.clone(),
            reference: one.reference.clone(),
            on: self.today.local(one.posted_at),
            amount: amount.abs(),
        };
        match (one.cause, amount) {
            (_, 0) => None,
            (Cause::Close, 1..) => {
                Some(self.lots.get(&one.entry).cloned().map_or(Change::Free(amount), Change::Lot))
            }
            (Cause::Payout, 1..) => Some(Change::Return { payout: one.cause_id.clone(), amount }),
            (Cause::Expiry, ..0) => {
                let used = used();
                let booked = self.expired.get(&one.entry).cloned();
                let (lot, on) = booked.unwrap_or_else(|| (one.entry.clone(), used.on));
                Some(Change::Expired(lot, Use { on, ..used }))
            }
            (_, 1..) => Some(Change::Free(amount)),
            (_, ..0) => Some(Change::Take(used())),
        }
    }

    /// What is held, what was, and what came back. A payout that was approved took what was held
    /// for it, so nothing came free.
    fn holds(&self, moves: &[&PayableMove], held: &[Held], currency: Currency) -> Vec<Hold> {
        let of_payouts = || moves.iter().filter(|one| one.cause == Cause::Payout);
        let paid: HashSet<&str> = of_payouts().map(|one| one.cause_id.as_str()).collect();
        let until = |moment| rules::good_until(self.today.local(moment));
        let own = held.iter().filter(|one| one.reserve.amount.currency == currency);
        let own = own.filter_map(|one| {
            let amount = one.reserve.amount.minor;
            match one.released_at {
                None => Some(Hold { amount, until: None }),
                Some(_) if paid.contains(one.reserve.cause_id.as_str()) => None,
                Some(at) => Some(Hold { amount, until: Some(until(at)) }),
            }
        });
        let back = of_payouts().filter(|one| one.amount > 0);
        let back = back.map(|one| Hold { amount: one.amount, until: Some(until(one.posted_at)) });
        own.chain(back).collect()
    }
}
