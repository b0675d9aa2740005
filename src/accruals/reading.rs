//! Which lines a batch needs: of each customer only the days that something looks at, so that a
//! run reads what new lines touched and not all that lies between.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::fresh::AllKept;
use super::rules::{Line, Lines};
use super::work::Work;
use crate::customers::Groups;
use crate::db::Conn;
use crate::error::Result;
use crate::sales;
use crate::values::{Key, Period};

/// First and last day, both inclusive.
type Days = (NaiveDate, NaiveDate);

/// The document dates to read, by customer.
#[derive(Default)]
pub(super) struct Windows(BTreeMap<Key, Vec<Days>>);

impl Windows {
    /// The same days of all these customers.
    pub(super) fn same(customers: &[Key], days: Days) -> Self {
        Self(customers.iter().map(|customer| (*customer, vec![days])).collect())
    }

    /// What the batch looks at beyond what is kept; None when nothing is due. Where a policy measures groups, the same
    /// days of all the members.
    pub(super) fn of(
        work: &[Work<'_>],
        batch: &[Key],
        groups: &Groups,
        kept: &AllKept,
    ) -> Option<Self> {
        let mut windows = Self::default();
        let mut known: HashMap<(usize, Period), Option<Days>> = HashMap::new();
        let mut nothing_due = true;
        for customer in batch {
            let mut all = Vec::new();
            for (index, one) in work.iter().enumerate() {
                for period in one.due.periods(*customer) {
                    nothing_due = false;
                    if kept.contains_key(&(index, *customer, period)) {
                        continue;
                    }
                    let days = known.entry((index, period)).or_insert_with(|| {
                        // A period nobody governs any more looks at nothing, and still has to be
                        // settled.
                        one.governing(period).and_then(|(plan, _)| plan.looks_at(period))
                    });
                    all.extend(*days);
                }
            }
            for (member, _) in groups.of(*customer).iter().flat_map(|group| &group.members) {
                if member != customer {
                    windows.0.entry(*member).or_default().extend(&all);
                }
            }
            windows.0.entry(*customer).or_default().extend(all);
        }
        (!nothing_due).then_some(windows)
    }

    pub(super) fn customers(&self) -> Vec<Key> {
        self.0.keys().copied().collect()
    }

    /// Who shares which days, in the order of the days; nobody's overlap.
    fn shared(self) -> BTreeMap<Days, Vec<Key>> {
        let mut shared: BTreeMap<Days, Vec<Key>> = BTreeMap::new();
        for (customer, days) in self.0 {
            for days in merged(days) {
                shared.entry(days).or_default().push(customer);
            }
        }
        shared
    }
}

/// The same days without overlaps and seams, in order.
fn merged(mut all: Vec<Days>) -> Vec<Days> {
    all.sort_unstable();
    let mut merged: Vec<Days> = Vec::with_capacity(all.len());
    for (first, last) in all {
        match merged.last_mut() {
            Some((_, until)) if until.succ_opt().is_none_or(|next| first <= next) => {
                *until = last.max(*until);
            }
            _ => merged.push((first, last)),
        }
    }
    merged
}

/// The lines in the windows, by customer.
pub(super) fn lines(conn: &mut Conn, windows: Windows) -> Result<HashMap<Key, Lines>> {
    let mut lines: HashMap<Key, Vec<Line>> = HashMap::new();
    for ((from, to), customers) in windows.shared() {
        let found = sales::lines_of_customers(conn, &customers, from, to)?;
        for own in found.chunk_by(|one, next| one.customer == next.customer) {
            let Some(first) = own.first() else { continue };
            lines.entry(first.customer).or_default().extend(own.iter().map(Line::from));
        }
    }
    Ok(lines.into_iter().map(|(customer, own)| (customer, Lines::new(own))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> Vec<Days> {
        let day = |text: &str| text.parse().unwrap();
        text.split_whitespace()
            .map(|days| days.split_once("..").map(|(from, to)| (day(from), day(to))).unwrap())
            .collect()
    }

    #[test]
    fn days_that_touch_are_read_at_once_and_those_between_are_not() {
        for (all, expected) in [
            ("", ""),
            ("2026-01-01..2026-03-31", "2026-01-01..2026-03-31"),
            ("2026-01-01..2026-03-31 2026-02-01..2026-02-28", "2026-01-01..2026-03-31"),
            ("2026-02-01..2026-04-30 2026-01-01..2026-03-31", "2026-01-01..2026-04-30"),
            ("2026-01-01..2026-01-31 2026-02-01..2026-02-28", "2026-01-01..2026-02-28"),
            (
                "2026-09-01..2026-09-30 2024-01-01..2024-03-31",
                "2024-01-01..2024-03-31 2026-09-01..2026-09-30",
            ),
        ] {
            assert_eq!(merged(days(all)), days(expected), "{all}");
        }
    }

    #[test]
    fn customers_are_read_together_where_their_days_are_the_same() {
        let mut windows = Windows::default();
        let quarter = "2026-01-01..2026-03-31";
        windows.0.insert(1, days(&format!("{quarter} 2026-02-01..2026-02-28")));
        windows.0.insert(2, days(quarter));
        windows.0.insert(3, days(&format!("{quarter} 2025-01-01..2025-01-31")));
        let shared: Vec<(Days, Vec<Key>)> = windows.shared().into_iter().collect();
        let expected =
            vec![(days("2025-01-01..2025-01-31")[0], vec![3]), (days(quarter)[0], vec![1, 2, 3])];
        assert_eq!(shared, expected);
    }
}
