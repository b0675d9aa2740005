//! What the reached tiers pay, before floor, guarantee, cap and rounding (DOMAIN §3.6).

use rust_decimal::Decimal;

use super::calculation::{Amount, Calculation, Step};
use super::plan::Plan;
use crate::policies::{Tier, TierMode, TierReward};
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
    let mode = plan.terms.reward.tier_mode;
    if mode == TierMode::AllUnits && reached.passed.is_some() {
        return None;
    }
    let (tier, reward) = (reached.number, reached.tier.reward);
    if let TierReward::LumpSum(amount) = reward {
        return Some(Some(Step::LumpSum { tier, amount }));
    }
    let pays = |on: Amount| amount(reward, on, calculation.currency);
    let whole = |on| pays(on).map(|amount| Step::Whole { tier, on, reward, amount });
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

/// A rate on money or units. A percentage is brought to a fraction by its decimal point, so
/// nothing is divided and nothing rounded.
fn amount(reward: TierReward, on: Amount, currency: Currency) -> Option<Decimal> {
    let rate = match reward {
        TierReward::Percent(rate) => rate.checked_mul(Decimal::new(1, 2))?,
        TierReward::PerUnit(rate) => rate,
        TierReward::LumpSum(sum) => return Some(sum),
    };
    on.decimal(currency).normalize().checked_mul(rate)
}

fn paid(step: &Step) -> Decimal {
    match step {
        Step::Whole { amount, .. }
        | Step::Slab { amount, .. }
        | Step::Ceiling { amount, .. }
        | Step::LumpSum { amount, .. } => *amount,
        _ => Decimal::ZERO,
    }
}
