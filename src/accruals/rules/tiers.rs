//! What the reached tiers pay, before floor, guarantee, cap and rounding (DOMAIN §3.6).

use rust_decimal::Decimal;

use super::calculation::{Amount, Calculation, Compared, Step};
use super::plan::Plan;
use crate::policies::{GrowthOn, Tier, TierMode, TierReward};
use crate::values::Currency;

/// A reached tier with its number from 1, its bound, and the bound above it where that is passed.
struct Reached<'t> {
    number: u32,
    tier: &'t Tier,
    from: i64,
    passed: Option<i64>,
}

/// The sum of what the reached tiers pay, each step told; None when it is too large to be exact.
pub(super) fn earn(plan: &Plan<'_>, calculation: &mut Calculation) -> Option<Decimal> {
    let steps: Option<Vec<Step>> = reached(plan, calculation.tier)
        .into_iter()
        .filter_map(|tier| step(plan, calculation, &tier))
        .collect();
    let steps = steps?;
    let mut sum = Decimal::ZERO;
    for step in &steps {
        sum = sum.checked_add(paid(step))?;
    }
    let several = steps.len() > 1;
    calculation.steps.extend(steps);
    if several {
        calculation.steps.push(Step::Sum { amount: sum });
    }
    Some(sum)
}

fn reached<'t>(plan: &Plan<'t>, count: u32) -> Vec<Reached<'t>> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let above = plan.bounds.iter().skip(1).take(count.saturating_sub(1)).copied();
    let above = above.map(Some).chain(std::iter::repeat(None));
    (1..)
        .zip(plan.terms.reward.tiers.iter().zip(&plan.bounds))
        .take(count)
        .zip(above)
        .map(|((number, (tier, from)), passed)| Reached { number, tier, from: *from, passed })
        .collect()
}

/// The step of one reached tier: None when it pays nothing in this mode, Some(None) when its
/// amount is too large.
fn step(plan: &Plan<'_>, calculation: &Calculation, reached: &Reached<'_>) -> Option<Option<Step>> {
    let growth_on = paid_on(plan, calculation);
    if growth_on == GrowthOn::Banded {
        return Some(band(plan, calculation, reached));
    }
    let mode = plan.terms.reward.tier_mode;
    let alone = mode == TierMode::AllUnits || plan.terms.measure.growth_on == GrowthOn::Banded;
    if alone && reached.passed.is_some() {
        return None;
    }
    let (tier, reward) = (reached.number, reached.tier.reward);
    if let TierReward::LumpSum(amount) = reward {
        return Some(Some(Step::LumpSum { tier, amount }));
    }
    let pays = |on: Amount| amount(reward, on, calculation.currency);
    let whole = |on| pays(on).map(|amount| Step::Whole { tier, on, reward, amount });
    if growth_on == GrowthOn::Excess {
        let on = excess(plan, calculation);
        return Some(pays(on).map(|amount| Step::Excess { tier, on, reward, amount }));
    }
    if alone {
        return Some(whole(calculation.base));
    }
    Some(match (mode, reached.passed) {
        (TierMode::Marginal, passed) => {
            let to = passed.unwrap_or(calculation.measure.value());
            let on = plan.measured(to.saturating_sub(reached.from));
            let (from, to) = (plan.measured(reached.from), plan.measured(to));
            pays(on).map(|amount| Step::Slab { tier, from, to, on, reward, amount })
        }
        (TierMode::Rolling, Some(ceiling)) => {
            let on = plan.measured(ceiling);
            pays(on).map(|amount| Step::Ceiling { tier, on, reward, amount })
        }
        _ => whole(calculation.base),
    })
}

/// What growth pays on; without a baseline nothing exceeds it, and a tier named for that pays on
/// the whole base.
fn paid_on(plan: &Plan<'_>, calculation: &Calculation) -> GrowthOn {
    let comparable = calculation.compared.as_ref().is_some_and(|c| c.reference().is_some());
    if comparable { plan.terms.measure.growth_on } else { GrowthOn::Whole }
}

/// What exceeds the baseline.
fn excess(plan: &Plan<'_>, calculation: &Calculation) -> Amount {
    let compared = calculation.compared.as_ref();
    let current = compared.map_or(0, |c| c.current.value());
    let reference = compared.and_then(Compared::reference).unwrap_or_default();
    plan.measured(current.saturating_sub(reference))
}

/// A tier's rate on the part of the excess between its bound and the one above it. The bounds are
/// percentages of the baseline, which may fall between two minor units: exact decimals.
fn band(plan: &Plan<'_>, calculation: &Calculation, reached: &Reached<'_>) -> Option<Step> {
    let compared = calculation.compared.as_ref()?;
    let currency = calculation.currency;
    let reference = plan.measured(compared.reference()?).decimal(currency);
    let at = |bound: i64| {
        let share = plan.bound(bound).decimal(currency).checked_mul(Decimal::new(1, 2))?;
        reference.checked_mul(share)
    };
    let lower = at(reached.from)?;
    let upper = match reached.passed {
        Some(bound) => at(bound)?,
        None => excess(plan, calculation).decimal(currency),
    };
    let (tier, reward) = (reached.number, reached.tier.reward);
    let on = upper.checked_sub(lower)?.normalize();
    let amount = amount_on(reward, on)?;
    let (from, to) = (plan.bound(reached.from), reached.passed.map(|bound| plan.bound(bound)));
    Some(Step::Band { tier, from, to, on, reward, amount })
}

/// A rate on money or units. A percentage is brought to a fraction by its decimal point, so
/// nothing is divided and nothing rounded.
fn amount(reward: TierReward, on: Amount, currency: Currency) -> Option<Decimal> {
    amount_on(reward, on.decimal(currency).normalize())
}

fn amount_on(reward: TierReward, on: Decimal) -> Option<Decimal> {
    let rate = match reward {
        TierReward::Percent(rate) => rate.checked_mul(Decimal::new(1, 2))?,
        TierReward::PerUnit(rate) => rate,
        TierReward::LumpSum(sum) => return Some(sum),
    };
    on.checked_mul(rate)
}

fn paid(step: &Step) -> Decimal {
    match step {
        Step::Whole { amount, .. }
        | Step::Slab { amount, .. }
        | Step::Ceiling { amount, .. }
        | Step::Excess { amount, .. }
        | Step::Band { amount, .. }
        | Step::LumpSum { amount, .. } => *amount,
        _ => Decimal::ZERO,
    }
}
