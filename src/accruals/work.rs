//! What a run has to look at: which periods of which customers, in which policies.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::fresh::Fresh;
use super::rules::{Plan, ProductFacts};
use crate::customers::Groups;
use crate::policies::{Chain, Version};
use crate::values::{Key, Period, PeriodKind};

/// How a period has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Nothing but new lines may have changed it.
    Added,
    /// All its lines have to be summed again.
    Anew,
}

/// Which periods of which customers have to be looked at, and how.
#[derive(Debug, Clone, Default)]
pub(super) struct Due(BTreeMap<Key, BTreeMap<Period, Look>>);

impl Due {
    /// Whether it wasn't due before. What has to be summed again for one reason is.
    pub(super) fn add(&mut self, customer: Key, period: Period, look: Look) -> bool {
        match self.0.entry(customer).or_default().entry(period) {
            Entry::Vacant(new) => {
                new.insert(look);
                true
            }
            Entry::Occupied(mut known) => {
                let look = look.max(*known.get());
                known.insert(look);
                false
            }
        }
    }

    pub(super) fn contains(&self, customer: Key, period: Period) -> bool {
        self.0.get(&customer).is_some_and(|periods| periods.contains_key(&period))
    }

    pub(super) fn customers(&self) -> impl Iterator<Item = Key> + '_ {
        self.0.keys().copied()
    }

    pub(super) fn periods(&self, customer: Key) -> impl Iterator<Item = Period> + '_ {
        self.0.get(&customer).into_iter().flatten().map(|(period, _)| *period)
    }

    /// The periods to which new lines can be added.
    pub(super) fn added(&self, customer: Key) -> impl Iterator<Item = Period> + '_ {
        let all = self.0.get(&customer).into_iter().flatten();
        all.filter(|(_, look)| **look == Look::Added).map(|(period, _)| *period)
    }

    fn all(&self) -> Vec<(Key, Period)> {
        let pairs = |(key, periods): (&Key, &BTreeMap<Period, Look>)| -> Vec<_> {
            periods.keys().map(|period| (*key, *period)).collect()
        };
        self.0.iter().flat_map(pairs).collect()
    }
}

/// One policy made ready for computing, with what is due.
pub(super) struct Work<'a> {
    pub chain: &'a Chain,
    /// In the order of the chain's versions.
    plans: Vec<Plan<'a>>,
    pub due: Due,
    pub as_of: NaiveDate,
    /// What came in since the last run, where that is known line by line.
    pub fresh: Option<Arc<Fresh>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        chain: &'a Chain,
        products: &HashMap<Key, ProductFacts>,
        as_of: NaiveDate,
    ) -> Self {
        let plans = chain.versions.iter().map(|one| Plan::governing(one, products)).collect();
        Self { chain, plans, due: Due::default(), as_of, fresh: None }
    }

    /// The version that governs the period, else the newest, which says that nothing counts.
    pub(super) fn governing(&self, period: Period) -> Option<(&Plan<'a>, &'a Version)> {
        let all = || self.plans.iter().zip(&self.chain.versions).rev();
        all()
            .find(|(plan, _)| plan.days(period).is_some())
            .or_else(|| all().next())
            .map(|(plan, one)| (plan, &one.version))
    }

    /// Notes what the new lines may change. A line that no version of the policy counts changes
    /// nothing.
    pub(super) fn touch_new(&mut self, fresh: Arc<Fresh>) {
        let mut months = BTreeSet::new();
        for (customer, line) in fresh.lines() {
            if self.plans.iter().any(|plan| plan.counts(line)) {
                let days = [Some(line.document_date), line.delivery_date, line.paid_date];
                let firsts = days.into_iter().flatten().filter_map(|day| day.with_day(1));
                months.extend(firsts.map(|month| (customer, month)));
            }
        }
        let months: Vec<(Key, NaiveDate)> = months.into_iter().collect();
        self.touch_all(&months, Look::Added);
        self.fresh = Some(fresh);
    }

    /// Notes that these customers' lines of these months have to be looked at.
    pub(super) fn touch_all(&mut self, months: &[(Key, NaiveDate)], look: Look) {
        let mut affected: HashMap<NaiveDate, Vec<Period>> = HashMap::new();
        for (customer, month) in months {
            let periods = affected.entry(*month).or_insert_with(|| self.affected_by(*month));
            for period in periods {
                self.due.add(*customer, *period, look);
            }
            if self.plans.len() > 1 {
                let periods: Vec<Period> = self.due.periods(*customer).collect();
                for period in periods {
                    self.add_later(*customer, period);
                }
            }
        }
    }

    /// The periods that lines of the month may change.
    fn affected_by(&self, month: NaiveDate) -> Vec<Period> {
        let days = Period::containing(PeriodKind::Month, month).days();
        let last = days.map_or(month, |(_, last)| last);
        self.plans.iter().flat_map(|plan| plan.affected(month, last, self.as_of)).collect()
    }

    /// Notes what depends on the period; whether anything wasn't due before.
    pub(super) fn add_later(&mut self, customer: Key, period: Period) -> bool {
        let mut grew = false;
        for plan in &self.plans {
            for later in plan.later(period, self.as_of) {
                grew |= self.due.add(customer, later, Look::Anew);
            }
        }
        grew
    }

    /// What is due for these customers.
    pub(super) fn due_of(&self, customers: &[Key]) -> Vec<(Key, Vec<Period>)> {
        let due = |customer: &Key| {
            let periods: Vec<Period> = self.due.periods(*customer).collect();
            (!periods.is_empty()).then_some((*customer, periods))
        };
        customers.iter().filter_map(due).collect()
    }

    pub(super) fn measures_groups(&self) -> bool {
        self.plans.iter().any(Plan::measures_groups)
    }

    pub(super) fn is_chained(&self) -> bool {
        self.plans.iter().any(Plan::is_chained)
    }

    /// Whether imported targets or baselines may matter.
    pub(super) fn reads_figures(&self) -> bool {
        self.plans.iter().any(|plan| plan.terms().measures_percent())
    }

    /// Whether the year's last period may come to something without lines of its own.
    pub(super) fn makes_up_years(&self) -> bool {
        let makes_up = |plan: &Plan<'_>| plan.terms().reward.guarantee_cumulative.is_some();
        self.plans.iter().any(makes_up)
    }

    fn count_due(&self, customer: Key) -> usize {
        self.due.0.get(&customer).map_or(0, BTreeMap::len)
    }

    fn competes_in(&self) -> BTreeSet<&'a str> {
        exclusive_groups(self.chain)
    }

    /// What of other customers it changes: of the same group, where groups are measured.
    fn spread_in_groups(&mut self, groups: &Groups) -> bool {
        let mut grew = false;
        for (customer, period) in self.due.all() {
            for (member, _) in groups.of(customer).iter().flat_map(|group| &group.members) {
                grew |= self.due.add(*member, period, Look::Anew);
            }
        }
        grew
    }
}

/// The groups of policies in which any of the policy's versions competes.
pub(super) fn exclusive_groups(chain: &Chain) -> BTreeSet<&str> {
    chain
        .versions
        .iter()
        .filter_map(|one| one.version.terms.overlap.as_ref())
        .map(|overlap| overlap.exclusive_group.as_str())
        .collect()
}

/// Adds what depends on what is due, in other customers, periods and policies, until nothing more
/// does.
pub(super) fn spread(work: &mut [Work<'_>], groups: &Groups) {
    let mut competing: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, one) in work.iter().enumerate() {
        for group in one.competes_in() {
            competing.entry(group).or_default().push(index);
        }
    }
    loop {
        let mut grew = false;
        for one in work.iter_mut().filter(|one| one.measures_groups()) {
            grew |= one.spread_in_groups(groups);
        }
        for members in competing.values().filter(|members| members.len() > 1) {
            grew |= spread_in_competition(work, members);
        }
        if !grew {
            return;
        }
    }
}

/// What is due in one competing policy is due in all.
fn spread_in_competition(work: &mut [Work<'_>], members: &[usize]) -> bool {
    let due: BTreeSet<(Key, Period)> =
        members.iter().filter_map(|index| work.get(*index)).flat_map(|one| one.due.all()).collect();
    let mut grew = false;
    for index in members {
        let Some(one) = work.get_mut(*index) else { continue };
        for (customer, period) in &due {
            // Its own lines are as they were, but for new ones.
            if one.due.add(*customer, *period, Look::Added) {
                grew = true;
                one.add_later(*customer, *period);
            }
        }
    }
    grew
}

/// All the customers that any of the work names, in order.
pub(super) fn customers_due(work: &[Work<'_>]) -> Vec<Key> {
    let all: BTreeSet<Key> = work.iter().flat_map(|w| w.due.customers()).collect();
    all.into_iter().collect()
}

/// Customers and periods that one write books: enough to be worth a commit, and little enough that
/// others aren't kept waiting.
const PERIODS_AT_ONCE: usize = 5_000;
/// Their lines are in memory together.
const CUSTOMERS_AT_ONCE: usize = 1_000;

/// The customers in batches, each of one write; there is always a last one, which may be empty.
pub(super) fn batches<'k>(work: &[Work<'_>], customers: &'k [Key]) -> Vec<&'k [Key]> {
    let mut batches = Vec::new();
    let (mut rest, mut taken, mut periods) = (customers, 0, 0);
    for customer in customers {
        let due: usize = work.iter().map(|one| one.count_due(*customer)).sum();
        let full = periods + due > PERIODS_AT_ONCE || taken == CUSTOMERS_AT_ONCE;
        if full && taken > 0 {
            let (batch, others) = rest.split_at(taken);
            batches.push(batch);
            (rest, taken, periods) = (others, 0, 0);
        }
        taken += 1;
        periods += due;
    }
    batches.push(rest);
    batches
}
