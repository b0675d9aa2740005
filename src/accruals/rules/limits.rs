//! Floor, guarantee, cap, and the one rounding (DOMAIN §3.8).

use rust_decimal::{Decimal, RoundingStrategy};

use super::calculation::{Calculation, Reason, Step};
use super::plan::Plan;
use crate::policies::Rounding;
use crate::values::Money;

/// Ends the calculation from what the tiers pay.
pub(super) fn apply(plan: &Plan<'_>, calculation: &mut Calculation, earned: Option<Decimal>) {
    let Some(earned) = earned else {
        calculation.reason = Some(Reason::TooLarge);
        return;
    };
    let reward = &plan.terms.reward;
    let amount = floor(calculation, earned);
    let earned = amount;
    let amount = guarantee(calculation, amount, reward.guarantee);
    let amount = cap(calculation, amount, reward.cap);
    let Some(rebate) = Money::rounded_by(amount, calculation.currency, strategy(reward.rounding))
    else {
        calculation.reason = Some(Reason::TooLarge);
        return;
    };
    calculation.unrounded = amount.normalize();
    calculation.rebate_minor = rebate.minor;
    if rebate.decimal() != amount {
        calculation.steps.push(Step::Round { before: amount.normalize(), minor: rebate.minor });
    }
    if rebate.is_zero() {
        calculation.reason = Some(why_zero(calculation, earned));
    }
}

fn floor(calculation: &mut Calculation, earned: Decimal) -> Decimal {
    if calculation.base.value() > 0 {
        return earned;
    }
    // What the tiers would pay on nothing is no step of the way.
    calculation.steps.retain(|step| {
        matches!(
            step,
            Step::Base { .. } | Step::Measure { .. } | Step::Tier { .. } | Step::NoTier { .. }
        )
    });
    calculation.steps.push(Step::Floor { base: calculation.base });
    Decimal::ZERO
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
    if calculation.lines.earning == 0 {
        Reason::NoEarningLines
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
