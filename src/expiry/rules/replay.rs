//! The movements of a customer's payable balance in one currency, one after the other.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::NaiveDate;

use super::{Change, Lot, Use};
use crate::values::EntryId;

/// By last day, then by the day it became available, then in the order of the ledger. What never
/// expires is the last.
type Place = (NaiveDate, NaiveDate, usize);

const FOR_GOOD: Place = (NaiveDate::MAX, NaiveDate::MAX, usize::MAX);

#[derive(Debug, Default)]
struct Open {
    /// None for what never expires.
    lot: Option<Lot>,
    left: i64,
    uses: Vec<Use>,
}

/// What is left of what, after some movements.
#[derive(Debug, Default)]
pub struct Replay {
    open: BTreeMap<Place, Open>,
    places: HashMap<EntryId, Place>,
    /// What each payout took from where, for when it comes back.
    paid: HashMap<String, Vec<(Place, i64)>>,
    /// Taken beyond what there was: set off against what comes next.
    owed: VecDeque<Use>,
    /// Lots of which more expired than there was left.
    overdrawn: Vec<EntryId>,
}

impl Replay {
    /// Plays them in the order of the ledger.
    pub fn of(changes: impl IntoIterator<Item = Change>) -> Self {
        let mut replay = Self::default();
        changes.into_iter().for_each(|change| replay.play(change));
        replay
    }

    fn play(&mut self, change: Change) {
        match change {
            Change::Lot(lot) => {
                let place = (lot.last_day, lot.available_on, self.places.len());
                self.places.insert(lot.entry.clone(), place);
                let left = lot.amount;
                self.open.insert(place, Open { lot: Some(lot), left, uses: Vec::new() });
            }
            Change::Free(amount) => self.open.entry(FOR_GOOD).or_default().left += amount,
            Change::Take(taken) => return self.take(taken),
            Change::Return { payout, amount } => self.give_back(&payout, amount),
            Change::Expired(entry, taken) => self.expire(&entry, taken),
        }
        // What is owed is set off against what there is now.
        for debt in std::mem::take(&mut self.owed) {
            self.take(debt);
        }
    }

    fn take(&mut self, taken: Use) {
        let mut left = taken.amount;
        for (place, open) in &mut self.open {
            let some = open.left.min(left);
            if some <= 0 {
                continue;
            }
            open.left -= some;
            left -= some;
            open.uses.push(Use { amount: some, ..taken.clone() });
            self.paid.entry(taken.cause_id.clone()).or_default().push((*place, some));
        }
        if left > 0 {
            self.owed.push_back(Use { amount: left, ..taken });
        }
    }

    /// What it took last comes back first.
    fn give_back(&mut self, payout: &str, amount: i64) {
        let mut left = amount;
        let mut taken = self.paid.remove(payout).unwrap_or_default();
        while let Some((place, some)) = taken.pop().filter(|_| left > 0) {
            let back = some.min(left);
            left -= back;
            if let Some(open) = self.open.get_mut(&place) {
                open.left += back;
                open.forget(payout, back);
            }
        }
        if left > 0 {
            self.open.entry(FOR_GOOD).or_default().left += left;
        }
    }

    fn expire(&mut self, entry: &EntryId, taken: Use) {
        let open = self.places.get(entry).and_then(|place| self.open.get_mut(place));
        match open {
            Some(open) if open.left >= taken.amount => {
                open.left -= taken.amount;
                open.uses.push(taken);
            }
            _ => self.overdrawn.push(entry.clone()),
        }
    }

    /// All that is left, less what is owed: the payable balance.
    pub fn payable(&self) -> i64 {
        let open: i64 = self.open.values().map(|open| open.left).sum();
        open - self.owed.iter().map(|debt| debt.amount).sum::<i64>()
    }

    /// Lots of which more expired than there was left, which can't come about.
    pub fn overdrawn(&self) -> &[EntryId] {
        &self.overdrawn
    }

    /// The lots with what is left of them and what took the rest, what expires first at first.
    pub(super) fn into_lots(self) -> impl Iterator<Item = (Lot, i64, Vec<Use>)> {
        self.open.into_values().filter_map(|open| Some((open.lot?, open.left, open.uses)))
    }
}

impl Open {
    /// A payout came back, or part of it.
    fn forget(&mut self, payout: &str, mut amount: i64) {
        for one in self.uses.iter_mut().rev().filter(|one| one.cause_id == payout) {
            let some = one.amount.min(amount);
            one.amount -= some;
            amount -= some;
        }
        self.uses.retain(|one| one.amount > 0);
    }
}
