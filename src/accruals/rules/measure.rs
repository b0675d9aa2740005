//! What picks the tier: the sums of the window and of the group, what they are compared with, and
//! the highest bound they reach (DOMAIN §3.4, §3.5, §3.7).

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::calculation::{
    Amount, Calculation, Compared, GroupMeasure, NextTier, Part, Reason, Step, ToDate, fit,
};
use super::lines::Lines;
use super::plan::Plan;
use super::subject::{Earned, Figure, Subject};
use super::sums::Sums;
use crate::policies::{Beneficiary, Bound, MeasureKind, NoBaseline, Terms, Window};
use crate::values::{Money, Period, Quantity};

/// Everything about one period that lines and figures say, before any tier.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// Lines of the period, of whoever earns.
    pub period: Sums,
    /// Those of the year to the period's end, where the terms measure that.
    year: Option<Sums>,
    /// What is measured or compared: money or units, of the customer or the group.
    pub value: i128,
    /// Lines that make it.
    pub qualifying: u64,
    pub compared: Option<Compared>,
    pub group: Option<GroupMeasure>,
    pub to_date: Option<ToDate>,
    /// Set when somebody else earns on these lines.
    pub earns_nothing: Option<Reason>,
}

impl Measured {
    /// The sums the reward is reckoned on.
    pub(super) fn reckoned(&self) -> &Sums {
        self.year.as_ref().unwrap_or(&self.period)
    }

    pub(super) fn base(&self, terms: &Terms, sums: &Sums) -> Amount {
        if terms.earns_on_quantity() {
            Amount::Units(fit(sums.base_micro))
        } else {
            Amount::Money(fit(sums.base_minor))
        }
    }

    /// Whether there is anything to reckon on; a year's guarantee stands on the year's lines.
    pub(super) fn has_lines(&self, plan: &Plan<'_>, period: Period, earned: Earned) -> bool {
        let year_stands = plan.terms.reward.guarantee_cumulative.is_some()
            && earned.year_has_lines
            && plan.ends_year(period);
        self.reckoned().counted > 0 || year_stands
    }

    pub(super) fn is_too_large(&self) -> bool {
        let sums = |s: &Sums| [s.base_minor, s.base_micro];
        let reference = self.compared.as_ref().and_then(|c| c.with).map_or(0, Amount::value);
        sums(&self.period)
            .into_iter()
            .chain(sums(self.reckoned()))
            .chain([self.value])
            .any(|sum| i64::try_from(sum).is_err())
            || reference == i64::MAX
    }
}

/// Sums and figures of the period.
pub(super) fn take(
    plan: &Plan<'_>,
    subject: &Subject<'_>,
    period: Period,
    as_of: NaiveDate,
) -> Measured {
    let (Some(days), Some(window)) = (plan.days(period), plan.window(period)) else {
        return Measured::default();
    };
    let mut measured = Measured::default();
    let mut own_window = plan.sum(subject.own, window, as_of);
    if let Some(before) = subject.before {
        own_window.join(before);
    }
    let (earning, measuring) = match of_group(plan, subject, window, as_of) {
        Some((group, together)) => {
            let whole = group.earns_whole;
            measured.earns_nothing = nobody_or_parent(plan, subject, whole);
            measured.group = Some(group);
            (if whole { together.clone() } else { own_window }, together)
        }
        None => (own_window.clone(), own_window),
    };
    measured.value =
        if plan.terms.measures_units() { measuring.measure_micro } else { measuring.measure_minor };
    measured.qualifying = measuring.qualifying;
    measured.compared = compare(plan, subject, period, as_of, fit(measured.value));
    if plan.terms.measure.window == Window::Period {
        measured.period = earning;
        return measured;
    }
    measured.period = match &measured.group {
        Some(group) if group.earns_whole => sum_group(plan, subject, days, as_of),
        _ => plan.sum(subject.own, days, as_of),
    };
    measured.to_date = Some(ToDate {
        first_day: window.0,
        lines: earning.earning,
        base_minor: fit(earning.base_minor),
        base_micro: fit(earning.base_micro),
        earned_minor: subject.earned.year_minor,
    });
    measured.year = Some(earning);
    measured
}

/// Why the customer earns nothing on a group that pays its parent.
fn nobody_or_parent(plan: &Plan<'_>, subject: &Subject<'_>, is_parent: bool) -> Option<Reason> {
    if is_parent || plan.terms.measure.beneficiary == Beneficiary::Member {
        return None;
    }
    let has_parent = subject.group.is_some_and(|group| group.has_parent);
    Some(if has_parent { Reason::EarnedByParent } else { Reason::NoParent })
}

/// What the group's customers bring, one by one and together; None where the policy measures
/// customers.
fn of_group(
    plan: &Plan<'_>,
    subject: &Subject<'_>,
    window: (NaiveDate, NaiveDate),
    as_of: NaiveDate,
) -> Option<(GroupMeasure, Sums)> {
    if !plan.measures_groups() {
        return None;
    }
    let mut together = Sums::default();
    let mut parts = Vec::new();
    for (customer, lines) in members(subject) {
        let sums = plan.sum(lines, window, as_of);
        together.join(&sums);
        if sums.counted > 0 {
            parts.push(part(plan, customer, &sums));
        }
    }
    let code = match subject.group {
        Some(group) => group.code.clone(),
        None => subject.customer.code.clone(),
    };
    let pays_parent = plan.terms.measure.beneficiary == Beneficiary::Parent;
    let earns_whole = pays_parent && code == subject.customer.code;
    Some((GroupMeasure { code, earns_whole, parts }, together))
}

fn part(plan: &Plan<'_>, customer: &str, sums: &Sums) -> Part {
    let units = plan.terms.measures_units();
    let measure = plan.measured(fit(if units { sums.measure_micro } else { sums.measure_minor }));
    let base = if plan.terms.earns_on_quantity() {
        Amount::Units(fit(sums.base_micro))
    } else {
        Amount::Money(fit(sums.base_minor))
    };
    Part { customer: customer.to_owned(), lines: sums.counted, measure, base }
}

fn members<'s>(subject: &'s Subject<'_>) -> Vec<(&'s str, &'s Lines)> {
    match subject.group {
        Some(group) => group.members.iter().map(|(code, lines)| (code.as_str(), *lines)).collect(),
        None => vec![(subject.customer.code.as_str(), subject.own)],
    }
}

fn sum_group(
    plan: &Plan<'_>,
    subject: &Subject<'_>,
    days: (NaiveDate, NaiveDate),
    as_of: NaiveDate,
) -> Sums {
    let mut together = Sums::default();
    for (_, lines) in members(subject) {
        together.join(&plan.sum(lines, days, as_of));
    }
    together
}

/// The baseline or the target of the window; None for measures that stand alone.
fn compare(
    plan: &Plan<'_>,
    subject: &Subject<'_>,
    period: Period,
    as_of: NaiveDate,
    current: i64,
) -> Option<Compared> {
    let current = plan.measured(current);
    let periods = plan.window_periods(period);
    match plan.terms.measure.kind {
        MeasureKind::Amount | MeasureKind::Quantity => None,
        MeasureKind::Target => {
            let targets = periods.iter().map(|p| figure(subject, *p).target);
            let sum: Option<Decimal> = targets.sum();
            let with = sum.and_then(|sum| whole(plan, sum));
            Some(Compared { current, with, imported: with.is_some(), lines: 0, days: None })
        }
        MeasureKind::Growth => Some(baseline(plan, subject, &periods, as_of, current)),
    }
}

/// An imported baseline wins over the lines of a year before, period by period.
fn baseline(
    plan: &Plan<'_>,
    subject: &Subject<'_>,
    periods: &[Period],
    as_of: NaiveDate,
    current: Amount,
) -> Compared {
    let mut compared = Compared { current, with: None, imported: false, lines: 0, days: None };
    let mut sum = 0_i128;
    for period in periods {
        let imported = figure(subject, *period).baseline.and_then(|value| whole(plan, value));
        if let Some(value) = imported {
            compared.imported = true;
            sum += i128::from(value.value());
            continue;
        }
        let Some((first, last)) = plan.year_earlier(*period) else { continue };
        let sums = sum_group(plan, subject, (first, last), as_of);
        compared.lines += sums.qualifying;
        compared.days = Some((compared.days.map_or(first, |(first, _)| first), last));
        sum += if plan.terms.measures_units() { sums.measure_micro } else { sums.measure_minor };
    }
    if compared.imported || compared.lines > 0 {
        compared.with = Some(plan.measured(fit(sum)));
    }
    compared
}

fn figure(subject: &Subject<'_>, period: Period) -> Figure {
    subject.figures.and_then(|figures| figures.get(&period)).copied().unwrap_or_default()
}

/// An imported figure as an integer of the measure; the import refuses what doesn't fit.
fn whole(plan: &Plan<'_>, value: Decimal) -> Option<Amount> {
    if plan.terms.measures_units() {
        Quantity::exact(value).map(|quantity| Amount::Units(quantity.micro))
    } else {
        Money::exact(value, plan.terms.currency).map(|money| Amount::Money(money.minor))
    }
}

/// Millionths of a percent in one.
const WHOLE: i128 = 100_000_000;

/// What a bound asks of the measure itself: the least value that reaches it.
struct Needs {
    reference: Option<i128>,
    growth: bool,
    bound: Bound,
}

impl Needs {
    fn least(&self, bound: i64) -> i128 {
        let beyond = i128::from(self.bound == Bound::MoreThan);
        let bound = i128::from(bound);
        let Some(reference) = self.reference else { return bound + beyond };
        let already = if self.growth { reference } else { 0 };
        let share = bound * reference;
        let more = match self.bound {
            Bound::AtLeast => (share + WHOLE - 1).div_euclid(WHOLE),
            Bound::MoreThan => share.div_euclid(WHOLE) + 1,
        };
        already + more
    }
}

/// The highest tier whose bound is reached, and the one above it. A percentage is never divided
/// out: the bound is turned into the least amount that reaches it.
pub(super) fn find_tier(plan: &Plan<'_>, measured: &Measured, calculation: &mut Calculation) {
    let Some(needs) = needs(plan, calculation) else { return };
    let reached = |from: &&i64| measured.value >= needs.least(**from);
    let count = plan.bounds.iter().take_while(reached).count();
    let tiers = || plan.terms.reward.tiers.iter().zip(&plan.bounds);
    calculation.tier = u32::try_from(count).unwrap_or(u32::MAX);
    calculation.next = tiers().nth(count).map(|(tier, from)| NextTier {
        tier: calculation.tier + 1,
        from: plan.bound(*from),
        gap: plan.measured(fit(needs.least(*from) - measured.value)),
        reward: tier.reward,
    });
    let current = count.checked_sub(1).and_then(|index| tiers().nth(index));
    calculation.reward = current.map(|(tier, _)| tier.reward);
    calculation.steps.push(match (current, calculation.next) {
        (Some((_, from)), _) => Step::Tier { tier: calculation.tier, from: plan.bound(*from) },
        (None, Some(next)) => Step::NoTier { from: next.from, gap: next.gap },
        // Terms without tiers don't pass the parser.
        (None, None) => return,
    });
}

/// What has to be bought for each tier, in money or units; None where there is nothing to compare
/// with.
pub(super) fn least(plan: &Plan<'_>, calculation: &Calculation) -> Option<Vec<i64>> {
    let reference = match &calculation.compared {
        Some(compared) => Some(i128::from(compared.reference()?)),
        None => None,
    };
    let growth = plan.terms.measure.kind == MeasureKind::Growth;
    let needs = Needs { reference, growth, bound: plan.terms.reward.bound };
    Some(plan.bounds.iter().map(|bound| fit(needs.least(*bound))).collect())
}

/// What the measure has to reach; None where there is nothing to compare with, which may name a
/// tier of its own.
fn needs(plan: &Plan<'_>, calculation: &mut Calculation) -> Option<Needs> {
    let bound = plan.terms.reward.bound;
    let growth = plan.terms.measure.kind == MeasureKind::Growth;
    let Some(compared) = &calculation.compared else {
        return Some(Needs { reference: None, growth, bound });
    };
    let current = compared.current;
    if let (Some(reference), Some(with)) = (compared.reference(), compared.with) {
        let percent = percent(current.value(), reference, growth);
        calculation.measure = percent;
        calculation.steps.push(if growth {
            Step::Growth { current, baseline: with, percent }
        } else {
            Step::Attainment { current, target: with, percent }
        });
        return Some(Needs { reference: Some(reference.into()), growth, bound });
    }
    calculation.measure = Amount::Percent(0);
    if !growth {
        calculation.steps.push(Step::NoTarget);
        return None;
    }
    let tier = match plan.terms.measure.no_baseline {
        NoBaseline::None => None,
        NoBaseline::Tier(number) => Some(number),
    };
    calculation.steps.push(Step::NoBaseline { tier });
    if let Some(number) = tier {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        calculation.tier = number;
        calculation.reward = plan.terms.reward.tiers.get(index).map(|tier| tier.reward);
    }
    None
}

/// For people: rounded to millionths of a percent, half away from zero. Nothing is decided by it.
fn percent(current: i64, reference: i64, growth: bool) -> Amount {
    let (current, reference) = (i128::from(current), i128::from(reference));
    let part = if growth { current - reference } else { current } * WHOLE;
    let half = reference / 2 * part.signum();
    Amount::Percent(fit((part + half) / reference))
}
