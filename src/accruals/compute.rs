//! From lines to calculations, for a batch of customers: what a run books and what `verify`
//! compares with, so that the two can't differ.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::thread;

use chrono::{Datelike, NaiveDate};

use super::fresh::AllKept;
use super::reading::{self, Windows};
use super::rules::{
    Calculation, Earned, Figures, Group, Lines, Plan, ProductFacts, Subject, settle_overlap,
};
use super::work::Work;
use crate::customers::{self, Customer, CustomerGroup, Groups};
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::policies::{self, CustomerFacts, FigureKind, Overlap};
use crate::sales::{self, Product};
use crate::values::{Key, Period, PolicyId};

/// How many customers one batch computes and one write books.
pub(super) const BATCH: usize = 200;

/// The catalogue as the rules want it.
pub(super) fn products(conn: &mut Conn) -> Result<HashMap<Key, ProductFacts>> {
    Ok(facts_of(&sales::products(conn)?))
}

/// Products as the rules want them.
pub fn facts_of(products: &HashMap<Key, Product>) -> HashMap<Key, ProductFacts> {
    let facts = |p: &Product| ProductFacts {
        code: p.code.clone(),
        category: p.category.clone(),
        brand: p.brand.clone(),
    };
    products.iter().map(|(key, product)| (*key, facts(product))).collect()
}

/// What came of one period: the rebate in minor units, and whether lines counted.
pub(super) type Outcome = (i64, bool);

/// What is known of periods that aren't computed again: by work (its index) and customer.
pub(super) type Known = HashMap<(usize, Key), BTreeMap<Period, Outcome>>;

/// A batch's result: for each work (by index), customer and period, the calculation.
pub(super) type Computed = Vec<(usize, Key, Calculation)>;

/// Computes everything due for these customers, reading each customer's lines once. Periods come
/// in order, because later ones may depend on earlier ones; competing policies are settled period
/// by period. What is kept of a period is added to, not read.
pub(super) fn batch(
    conn: &mut Conn,
    work: &[Work<'_>],
    batch: &[Key],
    groups: &Groups,
    known: Known,
    kept: &AllKept,
) -> Result<Computed> {
    let Some(windows) = Windows::of(work, batch, groups, kept) else { return Ok(Vec::new()) };
    let mut desk = Desk::open(conn, work, groups, windows, kept)?;
    desk.known = known;
    let people = people(conn, batch)?;
    Ok(desk.all(batch, &people))
}

/// Fewer customers aren't worth a second thread.
const WORTH_TWO: usize = 16;

/// The same inside a write, half of it by a second thread while a connection is free for it. Both
/// read what the write began with.
pub(super) fn batch_in_two(
    db: &Db,
    tx: &mut Tx<'_>,
    work: &[Work<'_>],
    customers: &[Key],
    groups: &Groups,
    known: Known,
    kept: &AllKept,
) -> Result<Computed> {
    if customers.len() < WORTH_TWO {
        return batch(tx, work, customers, groups, known, kept);
    }
    let (mine, others) = customers.split_at(customers.len() / 2);
    let is_mine: HashSet<Key> = mine.iter().copied().collect();
    let (known, others_known): (Known, Known) =
        known.into_iter().partition(|((_, customer), _)| is_mine.contains(customer));
    let (mine, theirs) = thread::scope(|scope| {
        let theirs = scope.spawn(|| {
            db.read_beside(|conn| batch(conn, work, others, groups, others_known.clone(), kept))
        });
        let mine = batch(tx, work, mine, groups, known, kept);
        (mine, theirs.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let mut computed = mine?;
    computed.extend(match theirs {
        Some(theirs) => theirs?,
        None => batch(tx, work, others, groups, others_known, kept)?,
    });
    Ok(computed)
}

/// The same for purchases that are varied from the day on: once for each percentage of what they
/// were. Nothing is known of other periods.
pub(super) fn varied(
    conn: &mut Conn,
    work: &[Work<'_>],
    batch: &[Key],
    groups: &Groups,
    percents: &[i64],
    since: NaiveDate,
) -> Result<Vec<Computed>> {
    let kept = AllKept::new();
    let Some(windows) = Windows::of(work, batch, groups, &kept) else { return Ok(Vec::new()) };
    let mut desk = Desk::open(conn, work, groups, windows, &kept)?;
    let people = people(conn, batch)?;
    let bought = std::mem::take(&mut desk.lines);
    let mut all = Vec::with_capacity(percents.len());
    for percent in percents {
        let varied = |(key, lines): (&Key, &Lines)| (*key, lines.varied(*percent, since));
        desk.lines = bought.iter().map(varied).collect();
        desk.known.clear();
        all.push(desk.all(batch, &people));
    }
    Ok(all)
}

fn people(conn: &mut Conn, batch: &[Key]) -> Result<HashMap<Key, CustomerFacts>> {
    let facts = |customer: &Customer| (customer.id, CustomerFacts::from(customer));
    Ok(customers::by_ids(conn, batch)?.iter().map(facts).collect())
}

/// Everything read for a batch.
struct Desk<'b, 'w> {
    work: &'b [Work<'w>],
    groups: &'b Groups,
    lines: HashMap<Key, Lines>,
    /// By work and customer.
    figures: HashMap<(usize, Key), Figures>,
    known: Known,
    kept: &'b AllKept,
    nothing: Lines,
}

impl<'b, 'w> Desk<'b, 'w> {
    fn open(
        conn: &mut Conn,
        work: &'b [Work<'w>],
        groups: &'b Groups,
        windows: Windows,
        kept: &'b AllKept,
    ) -> Result<Self> {
        let read = windows.customers();
        let mut brought = HashMap::new();
        for (index, one) in work.iter().enumerate().filter(|(_, one)| one.reads_figures()) {
            for (customer, found) in figures(conn, &one.chain.policy, &read)? {
                brought.insert((index, customer), found);
            }
        }
        let lines = reading::lines(conn, windows)?;
        let nothing = Lines::default();
        Ok(Self { work, groups, lines, figures: brought, known: Known::new(), kept, nothing })
    }

    /// All that is due for these customers.
    fn all(&mut self, batch: &[Key], people: &HashMap<Key, CustomerFacts>) -> Computed {
        let mut computed = Vec::new();
        for customer in batch {
            if let Some(facts) = people.get(customer) {
                self.customer(*customer, facts, &mut computed);
            }
        }
        computed
    }

    /// All that is due for one customer, period by period.
    fn customer(&mut self, customer: Key, facts: &CustomerFacts, computed: &mut Computed) {
        let mut due: Vec<(Period, usize)> = Vec::new();
        for (index, one) in self.work.iter().enumerate() {
            due.extend(one.due.periods(customer).map(|period| (period, index)));
        }
        due.sort_unstable_by_key(|(period, index)| (period.days(), *period, *index));
        let mut rest = due.as_slice();
        while let Some((period, _)) = rest.first().copied() {
            let here = rest.iter().take_while(|(p, _)| *p == period).count();
            let (now, later) = rest.split_at(here);
            let mut done: Vec<(usize, Calculation)> = now
                .iter()
                .filter_map(|(_, index)| Some((*index, self.one(*index, customer, facts, period)?)))
                .collect();
            self.compete(&mut done, period);
            for (index, calculation) in done {
                let outcome = (calculation.rebate_minor, calculation.lines.counted > 0);
                self.known.entry((index, customer)).or_default().insert(period, outcome);
                computed.push((index, customer, calculation));
            }
            rest = later;
        }
    }

    fn one(
        &self,
        index: usize,
        customer: Key,
        facts: &CustomerFacts,
        period: Period,
    ) -> Option<Calculation> {
        let work = self.work.get(index)?;
        let (plan, _) = work.governing(period)?;
        let found = self.groups.of(customer).filter(|_| plan.measures_groups());
        let group = found.map(|group| self.group(group));
        let keeper = found.map_or(Some(customer), |group| group.parent);
        let kept = self.kept.get(&(index, customer, period));
        let subject = Subject {
            customer: facts,
            own: match kept {
                Some(kept) => &kept.new,
                None => self.lines.get(&customer).unwrap_or(&self.nothing),
            },
            before: kept.map(|kept| &kept.before),
            group: group.as_ref(),
            figures: keeper.and_then(|keeper| self.figures.get(&(index, keeper))),
            earned: earned_before(plan, period, self.known.get(&(index, customer))),
        };
        Some(plan.reckon(&subject, period, work.as_of))
    }

    fn group(&self, group: &CustomerGroup) -> Group<'_> {
        let lines = |(key, code): &(Key, String)| {
            Some((code.clone(), self.lines.get(key).unwrap_or(&self.nothing)))
        };
        Group {
            code: group.code.clone(),
            has_parent: group.parent.is_some(),
            members: group.members.iter().filter_map(lines).collect(),
        }
    }

    fn compete(&self, done: &mut [(usize, Calculation)], period: Period) {
        let mut rivals: BTreeMap<&str, Vec<(&Overlap, &mut Calculation)>> = BTreeMap::new();
        for (index, calculation) in done {
            let governing = self.work.get(*index).and_then(|work| work.governing(period));
            let overlap = governing.and_then(|(plan, _)| plan.terms().overlap.as_ref());
            if let Some(overlap) = overlap {
                let group = overlap.exclusive_group.as_str();
                rivals.entry(group).or_default().push((overlap, calculation));
            }
        }
        for competing in rivals.values_mut() {
            settle_overlap(competing);
        }
    }
}

/// What earlier periods came to, where that matters.
pub(super) fn earned_before(
    plan: &Plan<'_>,
    period: Period,
    known: Option<&BTreeMap<Period, Outcome>>,
) -> Earned {
    let mut earned = Earned::default();
    let (true, Some((first, _))) = (plan.is_chained(), period.days()) else { return earned };
    for (other, (minor, has_lines)) in known.into_iter().flatten() {
        let Some((begins, _)) = other.days().filter(|(begins, _)| *begins < first) else {
            continue;
        };
        earned.life_minor += minor;
        if begins.year() == first.year() {
            earned.year_minor += minor;
            earned.year_has_lines |= has_lines;
        }
    }
    earned
}

/// Imported targets and baselines of these customers in the policy, as the rules want them.
pub(super) fn figures(
    conn: &mut Conn,
    policy: &PolicyId,
    customers: &[Key],
) -> Result<HashMap<Key, Figures>> {
    let mut found: HashMap<Key, Figures> = HashMap::new();
    for ((customer, period, kind), value) in policies::figures(conn, policy, customers)? {
        let figure = found.entry(customer).or_default().entry(period).or_default();
        match kind {
            FigureKind::Target => figure.target = Some(value),
            FigureKind::Baseline => figure.baseline = Some(value),
        }
    }
    Ok(found)
}
