//! Which part of a balance expires, and when. Pure.
//!
//! What a closing makes available under a policy with a term is a *lot*: good through its last day,
//! which is the same day of the month so many months later, or the month's last one where it has no
//! such day (31 January and one month: 28 February). What is used uses up first what expires first,
//! then what became available first; what never expires comes last. What is held keeps in the same
//! order from expiring, and for [`NOTICE_DAYS`] and a day more once it is let go. Nothing expires that its
//! customer wasn't written to about so many days before.

mod replay;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};

use crate::ledger::Cause;
use crate::text_enum;
use crate::values::{AccrualId, Currency, EntryId, Key, Money, Period, PolicyId, VersionId};

pub use replay::Replay;

/// Days there are left at the least after something came free, and after its customer was told.
pub const NOTICE_DAYS: u64 = 7;

/// Days before the last one on which customers are told; the least is [`NOTICE_DAYS`].
pub const MARKS: [i64; 2] = [7, 30];

/// What one closing made available for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The closing's entry.
    pub entry: EntryId,
    pub accrual: AccrualId,
    pub policy: PolicyId,
    /// The version by which it has its time, whatever later ones say.
    pub version: VersionId,
    pub customer: Key,
    pub currency: Currency,
    pub period: Period,
    /// Minor units, above zero.
    pub amount: i64,
    /// The closing's local date.
    pub available_on: NaiveDate,
    /// It expires at the end of this day.
    pub last_day: NaiveDate,
}

/// What took a part of something available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub cause: Cause,
    pub cause_id: String,
    /// What people know it by: a policy code, a payout or dispute number.
    pub reference: String,
    /// When it did; of what expired, the last day.
    pub on: NaiveDate,
    /// Minor units, above zero.
    pub amount: i64,
}

/// One movement of the payable balance, in the order of the ledger. Amounts are above zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Became available for a time.
    Lot(Lot),
    /// Became available for good: without a term, or by an adjustment.
    Free(i64),
    /// Paid, or taken back.
    Take(Use),
    /// What the payout took is available again.
    Return { payout: String, amount: i64 },
    /// Part of the lot of this closing expired.
    Expired(EntryId, Use),
}

/// Something that keeps a balance from expiring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub amount: i64,
    /// The last day it does, after it was let go; None while it is held.
    pub until: Option<NaiveDate>,
}

/// A part of a lot with the day at whose end it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The day by the terms, and by when it came free.
    pub base: NaiveDate,
    /// The same, or later where its customer wasn't told in time.
    pub due: NaiveDate,
    pub amount: i64,
}

/// A lot as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub lot: Lot,
    /// What took parts of it, oldest first; what came back isn't among it.
    pub uses: Vec<Use>,
    /// What is left of it, minor units.
    pub left: i64,
    /// Of that, what is held and doesn't expire for now.
    pub held: i64,
    /// The rest, by day.
    pub parts: Vec<Part>,
}

impl Standing {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.lot.currency)
    }

    /// The next day on which something of it expires, and how much.
    pub fn next(&self) -> Option<(NaiveDate, i64)> {
        let due = self.parts.iter().map(|part| part.due).min()?;
        let of_day = self.parts.iter().filter(|part| part.due == due);
        Some((due, of_day.map(|part| part.amount).sum()))
    }

    /// What of it has expired.
    pub fn expired(&self) -> i64 {
        self.expiries().map(|one| one.amount).sum()
    }

    /// The last day of what expired the latest.
    pub fn expired_on(&self) -> Option<NaiveDate> {
        self.expiries().map(|one| one.on).max()
    }

    fn expiries(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(|one| one.cause == Cause::Expiry)
    }
}

text_enum! {
    /// How a part of a lot was used.
    pub enum How {
        Paid = "paid",
        TakenBack = "taken_back",
        Expired = "expired",
    }
}

impl Use {
    pub fn how(&self) -> How {
        match self.cause {
            Cause::Payout => How::Paid,
            Cause::Expiry => How::Expired,
            Cause::Accrual | Cause::Close | Cause::Dispute => How::TakenBack,
        }
    }
}

/// The last day of what became available on the day.
pub fn last_day(available_on: NaiveDate, months: u32) -> NaiveDate {
    available_on.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The first day at whose end something may expire that came free on the day: its customer is told
/// on the next one.
pub fn good_until(freed_on: NaiveDate) -> NaiveDate {
    notice(freed_on.succ_opt().unwrap_or(freed_on))
}

/// The first day at whose end something may expire of which its customer is told on the day.
pub fn notice(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(NOTICE_DAYS)).unwrap_or(NaiveDate::MAX)
}

/// How the lots stand on the day, what expires first at first. `said` has the days customers were
/// told for the last time, by the day of the terms: what was told isn't moved.
pub fn standing(
    replay: Replay,
    holds: &[Hold],
    said: &BTreeMap<NaiveDate, NaiveDate>,
    today: NaiveDate,
) -> Vec<Standing> {
    let mut firm: i64 = holds.iter().filter(|hold| hold.until.is_none()).map(|h| h.amount).sum();
    let mut freed: Vec<(NaiveDate, i64)> =
        holds.iter().filter_map(|hold| Some((hold.until?, hold.amount))).collect();
    // What has the longest to go keeps what expires first.
    freed.sort_by(|a, b| b.cmp(a));
    let mut found = Vec::new();
    for (lot, left, uses) in replay.into_lots() {
        let held = left.min(firm);
        firm -= held;
        let mut rest = left - held;
        let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        for (until, amount) in &mut freed {
            let some = rest.min(*amount);
            if some > 0 {
                *days.entry(lot.last_day.max(*until)).or_default() += some;
                *amount -= some;
                rest -= some;
            }
        }
        if rest > 0 {
            *days.entry(lot.last_day).or_default() += rest;
        }
        let part = |(base, amount): (NaiveDate, i64)| {
            let due = said.get(&base).copied().unwrap_or_else(|| base.max(notice(today)));
            Part { base, due, amount }
        };
        let parts = days.into_iter().map(part).collect();
        found.push(Standing { lot, uses, left, held, parts });
    }
    found
}

/// Which mark is reached so many days before the last one. Whoever is told for the last time soon
/// anyway isn't told a month ahead.
pub fn mark(left: i64) -> Option<i64> {
    let [last, first] = MARKS;
    match left {
        _ if left <= last => Some(last),
        _ if 2 * last < left && left <= first => Some(first),
        _ => None,
    }
}
