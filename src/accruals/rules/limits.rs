//! Floor, what the year earned before, guarantees, caps, and the one rounding (DOMAIN §3.8).

use rust_decimal::{Decimal, RoundingStrategy};

use super::calculation::{Calculation, Reason, Step};
use super::plan::Plan;
use super::subject::Earned;
use crate::policies::Rounding;
use crate::values::Money;

/// Ends the calculation from what the tiers pay.
pub(super) fn apply(
    plan: &Plan<'_>,
    calculation: &mut Calculation,
    paid: Option<Decimal>,
    earned: Earned,
) {
    let limited = paid.and_then(|paid| limit(plan, calculation, paid, earned));
    let reward = &plan.terms.reward;
    let rounded = limited.and_then(|(paid, amount)| {
        let rebate = Money::rounded_by(amount, calculation.currency, strategy(reward.rounding))?;
        Some((paid, amount, rebate))
    });
    let Some((paid, amount, rebate)) = rounded else {
        calculation.reason = Some(Reason::TooLarge);
        return;
    };
    calculation.unrounded = amount.normalize();
    calculation.rebate_minor = rebate.minor;
    if rebate.decimal() != amount {
        calculation.steps.push(Step::Round { before: amount.normalize(), minor: rebate.minor });
    }
    if rebate.is_zero() {
        calculation.reason = Some(why_zero(calculation, paid));
    }
}

/// What the tiers pay on a base above zero, and what is left of it within the limits.
fn limit(
    plan: &Plan<'_>,
    calculation: &mut Calculation,
    paid: Decimal,
    earned: Earned,
) -> Option<(Decimal, Decimal)> {
    let reward = &plan.terms.reward;
    let paid = floor(calculation, paid);
    let mut amount = less_earned_before(calculation, paid)?;
    // A guarantee for a period is for one in which something was bought.
    if calculation.lines.counted > 0 {
        amount = guarantee(calculation, amount, reward.guarantee);
    }
    if plan.ends_year(calculation.period) {
        amount = year_guarantee(calculation, amount, reward.guarantee_cumulative, earned)?;
    }
    amount = cap(calculation, amount, reward.cap);
    amount = cap_total(calculation, amount, reward.cap_total, earned)?;
    Some((paid, amount))
}

fn floor(calculation: &mut Calculation, earned: Decimal) -> Decimal {
    if calculation.base.value() > 0 {
        return earned;
    }
    // What the tiers would pay on nothing is no step of the way.
    calculation.steps.retain(|step| {
        matches!(
            step,
            Step::Base { .. }
                | Step::Measure { .. }
                | Step::GroupMeasure { .. }
                | Step::Growth { .. }
                | Step::Attainment { .. }
                | Step::NoBaseline { .. }
                | Step::Tier { .. }
                | Step::NoTier { .. }
        )
    });
    calculation.steps.push(Step::Floor { base: calculation.base });
    Decimal::ZERO
}

/// The year to date earns this much; its earlier periods have their part already.
fn less_earned_before(calculation: &mut Calculation, earned: Decimal) -> Option<Decimal> {
    let Some(to_date) = &calculation.to_date else { return Some(earned) };
    let before_minor = to_date.earned_minor;
    if before_minor == 0 {
        return Some(earned);
    }
    calculation.steps.push(Step::ToDate { earned: earned.normalize(), before_minor });
    earned.checked_sub(Money::new(before_minor, calculation.currency).decimal())
}

fn year_guarantee(
    calculation: &mut Calculation,
    before: Decimal,
    least: Option<Decimal>,
    earned: Earned,
) -> Option<Decimal> {
    let Some(least) = least else { return Some(before) };
    let year = Money::new(earned.year_minor, calculation.currency).decimal();
    let earned = year.checked_add(before)?;
    if earned >= least {
        return Some(before);
    }
    let amount = least.checked_sub(year)?.normalize();
    calculation.steps.push(Step::YearGuarantee { earned: earned.normalize(), least, amount });
    Some(amount)
}

fn cap_total(
    calculation: &mut Calculation,
    before: Decimal,
    most: Option<Decimal>,
    earned: Earned,
) -> Option<Decimal> {
    let Some(most) = most else { return Some(before) };
    let earned_minor = earned.life_minor;
    let left = most.checked_sub(Money::new(earned_minor, calculation.currency).decimal())?;
    let amount = left.max(Decimal::ZERO).normalize();
    if before <= amount {
        return Some(before);
    }
    let before = before.normalize();
    calculation.steps.push(Step::CapTotal { before, most, earned_minor, amount });
    Some(amount)
}

fn guarantee(
    calculation: &mut Calculation,
    before: Decimal,
    guarantee: Option<Decimal>,
) -> Decimal {
    let Some(amount) = guarantee.filter(|least| before < *least) else { return before };
    calculation.steps.push(Step::Guarantee { before: before.normalize(), amount });
    amount
}

fn cap(calculation: &mut Calculation, before: Decimal, cap: Option<Decimal>) -> Decimal {
    let Some(amount) = cap.filter(|most| before > *most) else { return before };
    calculation.steps.push(Step::Cap { before: before.normalize(), amount });
    amount
}

fn strategy(rounding: Rounding) -> RoundingStrategy {
    match rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
    }
}

fn why_zero(calculation: &Calculation, earned: Decimal) -> Reason {
    let earning = calculation.to_date.as_ref().map_or(calculation.lines.earning, |d| d.lines);
    let took = |found: fn(&Step) -> bool| calculation.steps.iter().any(found);
    if earning == 0 {
        Reason::NoEarningLines
    } else if took(|step| matches!(step, Step::CapTotal { .. })) {
        Reason::CapTotalUsed
    } else if took(|step| matches!(step, Step::ToDate { .. })) {
        Reason::EarnedBefore
    } else if calculation.base.value() <= 0 {
        Reason::BaseNotPositive
    } else if calculation.tier == 0 {
        Reason::BelowFirstTier
    } else if earned.is_zero() {
        Reason::TierPaysNothing
    } else {
        Reason::RoundsToZero
    }
}
