//! Imported targets and baselines: what attainment and growth are measured against.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{MeasureKind, Version, VersionState, store};
use crate::audit::{self, Event};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::text_enum;
use crate::values::{Currency, Fingerprint, Key, Money, Period, PolicyId, Quantity};

/// Minor units and millionths of a unit that a figure must stay below: as one sales line.
const MOST: u64 = 1_000_000_000_000_000;

text_enum! {
    /// What a figure is.
    pub enum FigureKind {
        /// What is to be reached; attainment is measured against it.
        Target = "target",
        /// What growth is measured against, instead of the lines of a year earlier.
        Baseline = "baseline",
    }
}

/// One figure of a customer (of its parent, where a policy measures groups) for a period, in the
/// measure's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub policy: PolicyId,
    pub customer: Key,
    pub period: Period,
    pub kind: FigureKind,
    pub value: Decimal,
}

/// Which figure of a policy.
pub type FigureKey = (Key, Period, FigureKind);

/// What became of a figure that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureSet {
    New,
    Changed,
    Same,
}

/// Why a policy can't take a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureProblem {
    /// It measures neither growth nor attainment, or the other of the two.
    NotMeasured,
    /// A month where the policy goes by quarters.
    OtherKindOfPeriod,
    OutsideValidity,
    NotPositive,
    TooManyDecimals,
    TooLarge,
}

/// A value as integers, for control totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureValue {
    Money(Money),
    Quantity(Quantity),
}

/// A policy that figures are imported for: its versions, the one that is promised first.
#[derive(Debug, Clone)]
pub struct FigureTaker {
    pub policy: PolicyId,
    pub currency: Currency,
    versions: Vec<Version>,
}

/// The policy with the code, published or drafted; None when there is none.
pub fn figure_taker(conn: &mut Conn, code: &str) -> Result<Option<FigureTaker>> {
    let Some((policy, _)) = store::policy(conn, code)? else { return Ok(None) };
    let mut versions = store::versions(conn, &policy)?;
    versions.retain(|version| version.state != VersionState::Withdrawn);
    versions.sort_by_key(|version| (!version.state.is_promised(), -version.number));
    let currency = versions.first().map(|version| version.terms.currency);
    Ok(currency.map(|currency| FigureTaker { policy, currency, versions }))
}

impl FigureTaker {
    /// The value of a figure that one of the policy's versions can measure against.
    ///
    /// # Errors
    /// Why none can; the promised version's reason, when they differ.
    pub fn check(
        &self,
        kind: FigureKind,
        period: Period,
        value: Decimal,
    ) -> Result<FigureValue, FigureProblem> {
        let mut first = Err(FigureProblem::NotMeasured);
        for (index, version) in self.versions.iter().enumerate() {
            match check(version, kind, period, value) {
                Ok(value) => return Ok(value),
                Err(problem) if index == 0 => first = Err(problem),
                Err(_) => {}
            }
        }
        first
    }

    /// The days of the period on which the policy holds.
    pub fn days(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        let all: Vec<_> = self.versions.iter().filter_map(|v| days(v, period)).collect();
        let first = all.iter().map(|(first, _)| *first).min()?;
        let last = all.iter().map(|(_, last)| *last).max()?;
        Some((first, last))
    }
}

/// The days of the period on which the version holds; the parser lets no term without an end pass.
fn days(version: &Version, period: Period) -> Option<(NaiveDate, NaiveDate)> {
    let (from, to) = (version.terms.from, version.last_day());
    let (first, last) = match period.days() {
        Some((first, last)) => (first.max(from), to.map_or(last, |to| to.min(last))),
        None => (from, to?),
    };
    (first <= last).then_some((first, last))
}

fn check(
    version: &Version,
    kind: FigureKind,
    period: Period,
    value: Decimal,
) -> Result<FigureValue, FigureProblem> {
    let terms = &version.terms;
    let measures = match kind {
        FigureKind::Target => MeasureKind::Target,
        FigureKind::Baseline => MeasureKind::Growth,
    };
    if terms.measure.kind != measures {
        return Err(FigureProblem::NotMeasured);
    }
    if terms.period != period.kind() {
        return Err(FigureProblem::OtherKindOfPeriod);
    }
    if days(version, period).is_none() {
        return Err(FigureProblem::OutsideValidity);
    }
    // A baseline that isn't above zero counts as none.
    if kind == FigureKind::Target && value <= Decimal::ZERO {
        return Err(FigureProblem::NotPositive);
    }
    let (fits, decimals, integer) = if terms.measures_units() {
        let exact = Quantity::exact(value);
        (exact.map(FigureValue::Quantity), 6, exact.map(|quantity| quantity.micro))
    } else {
        let exact = Money::exact(value, terms.currency);
        let decimals = terms.currency.decimals();
        (exact.map(FigureValue::Money), decimals, exact.map(|money| money.minor))
    };
    if value.round_dp(decimals) != value {
        return Err(FigureProblem::TooManyDecimals);
    }
    fits.filter(|_| integer.is_some_and(|integer| integer.unsigned_abs() < MOST))
        .ok_or(FigureProblem::TooLarge)
}

/// Keeps the figures, in place of those known before; one audit event for each policy of which
/// something changes. What became of each, in their order.
pub fn set_figures(tx: &mut Tx<'_>, figures: &[Figure]) -> Result<Vec<FigureSet>> {
    let mut by_policy: BTreeMap<&PolicyId, Vec<usize>> = BTreeMap::new();
    for (index, figure) in figures.iter().enumerate() {
        by_policy.entry(&figure.policy).or_default().push(index);
    }
    let mut outcomes = vec![FigureSet::Same; figures.len()];
    for (policy, indices) in by_policy {
        let ours: Vec<&Figure> = indices.iter().filter_map(|index| figures.get(*index)).collect();
        let set = set_of_policy(tx, policy, &ours)?;
        for (index, outcome) in indices.into_iter().zip(set) {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = outcome;
            }
        }
    }
    Ok(outcomes)
}

fn set_of_policy(
    tx: &mut Tx<'_>,
    policy: &PolicyId,
    figures: &[&Figure],
) -> Result<Vec<FigureSet>> {
    let customers: BTreeSet<Key> = figures.iter().map(|figure| figure.customer).collect();
    let customers: Vec<Key> = customers.into_iter().collect();
    let mut known = store::figures(tx, policy, &customers)?;
    let (mut before, mut after) = (trace(), trace());
    let mut outcomes = Vec::with_capacity(figures.len());
    for figure in figures {
        let key = (figure.customer, figure.period, figure.kind);
        let former = known.insert(key, figure.value);
        let outcome = match former {
            None => FigureSet::New,
            Some(former) if former == figure.value => FigureSet::Same,
            Some(_) => FigureSet::Changed,
        };
        if outcome != FigureSet::Same {
            store::set_figure(tx, figure, outcome == FigureSet::New)?;
            let value = former.map_or_else(String::new, |value| value.normalize().to_string());
            before = note(before, key, &value);
            after = note(after, key, &figure.value.normalize().to_string());
        }
        outcomes.push(outcome);
    }
    if outcomes.iter().any(|outcome| *outcome != FigureSet::Same) {
        audit::record(
            tx,
            Event {
                action: "policy.figures_set",
                object: ("policy", policy.as_str()),
                before: Some(before.finish()),
                after: Some(after.finish()),
                ..Event::default()
            },
        )?;
    }
    Ok(outcomes)
}

fn trace() -> Fingerprint {
    Fingerprint::new("openrebate policy figures 1")
}

fn note(to: Fingerprint, (customer, period, kind): FigureKey, value: &str) -> Fingerprint {
    to.field(customer.to_string()).field(period.to_string()).field(kind.as_str()).field(value)
}

/// The figures of these customers in the policy.
pub fn figures(
    conn: &mut Conn,
    policy: &PolicyId,
    customers: &[Key],
) -> Result<BTreeMap<FigureKey, Decimal>> {
    store::figures(conn, policy, customers)
}
