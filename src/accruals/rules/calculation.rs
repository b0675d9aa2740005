use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plan::{Exclusion, Plan};
use super::sums::Sums;
use crate::policies::{Bound, CustomerFacts, Rounding, TierReward, covers};
use crate::text_enum;
use crate::values::{Currency, Money, Period, Quantity};

/// Money, units or a percentage, as integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// Minor units of the policy's currency.
    Money(i64),
    /// Millionths of a unit.
    Units(i64),
    /// Millionths of a percent.
    Percent(i64),
}

impl Amount {
    /// The number without its kind; only amounts of one kind are compared.
    pub fn value(self) -> i64 {
        match self {
            Self::Money(value) | Self::Units(value) | Self::Percent(value) => value,
        }
    }

    pub fn decimal(self, currency: Currency) -> Decimal {
        match self {
            Self::Money(minor) => Money::new(minor, currency).decimal(),
            Self::Units(micro) | Self::Percent(micro) => Quantity::from_micro(micro).decimal(),
        }
    }
}

text_enum! {
    /// Why a rebate is zero (DOMAIN §3.10).
    pub enum Reason {
        NotInForce = "not_in_force",
        NotEligible = "not_eligible",
        NoLines = "no_lines",
        /// Lines count towards the tier, and none of them earns.
        NoEarningLines = "no_earning_lines",
        BaseNotPositive = "base_not_positive",
        BelowFirstTier = "below_first_tier",
        /// The reached tier's rate is zero, or nothing lies above its bound yet.
        TierPaysNothing = "tier_pays_nothing",
        RoundsToZero = "rounds_to_zero",
        /// The sums are larger than can be computed exactly; nothing is paid on a guess.
        TooLarge = "too_large",
    }
}

/// How many lines, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub considered: u64,
    pub earning: u64,
    pub qualifying: u64,
    /// Lines that earn, qualify or both.
    pub counted: u64,
    pub excluded: BTreeMap<Exclusion, u64>,
}

/// The tier above the reached one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextTier {
    /// From 1.
    pub tier: u32,
    pub from: Amount,
    /// What the measure lacks; where the bound itself isn't enough, to the smallest step above it.
    pub gap: Amount,
    pub reward: TierReward,
}

/// One step of the way from lines to money, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    Base {
        lines: u64,
        amount: Amount,
    },
    Measure {
        lines: u64,
        amount: Amount,
    },
    NotEligible,
    NoTier {
        from: Amount,
        gap: Amount,
    },
    Tier {
        tier: u32,
        from: Amount,
    },
    /// A tier's rate on the whole base.
    Whole {
        tier: u32,
        on: Amount,
        reward: TierReward,
        amount: Decimal,
    },
    /// A tier's rate on its slab of the measure; no `to` for the highest reached.
    Slab {
        tier: u32,
        from: Amount,
        to: Amount,
        on: Amount,
        reward: TierReward,
        amount: Decimal,
    },
    /// A passed tier at its ceiling.
    Ceiling {
        tier: u32,
        on: Amount,
        reward: TierReward,
        amount: Decimal,
    },
    LumpSum {
        tier: u32,
        amount: Decimal,
    },
    Sum {
        amount: Decimal,
    },
    Floor {
        base: Amount,
    },
    Guarantee {
        before: Decimal,
        amount: Decimal,
    },
    Cap {
        before: Decimal,
        amount: Decimal,
    },
    Round {
        before: Decimal,
        minor: i64,
    },
}

/// How one number came about: stored with the accrual, printed for whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calculation {
    pub policy: String,
    pub version: i32,
    pub period: Period,
    /// The days on which lines count.
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub as_of: NaiveDate,
    pub currency: Currency,
    pub lines: Counts,
    /// Net amount of the earning lines, minor units.
    pub base_minor: i64,
    /// Units of the earning lines, millionths.
    pub base_micro: i64,
    /// What the reward is reckoned on: one of the two above.
    pub base: Amount,
    pub measure: Amount,
    /// 0 when none is reached, else from 1.
    pub tier: u32,
    /// The reached tier's.
    pub reward: Option<TierReward>,
    pub next: Option<NextTier>,
    pub unrounded: Decimal,
    pub rounding: Rounding,
    pub rebate_minor: i64,
    pub reason: Option<Reason>,
    pub steps: Vec<Step>,
}

impl Calculation {
    /// Base and measure; no tier, no rebate yet.
    pub(super) fn begin(plan: &Plan<'_>, period: Period, as_of: NaiveDate, sums: &Sums) -> Self {
        let terms = plan.terms;
        let (first_day, last_day) = plan
            .days(period)
            .or_else(|| period.days())
            .unwrap_or((terms.from, terms.to.unwrap_or(terms.from)));
        let (base_minor, base_micro) = (fit(sums.base_minor), fit(sums.base_micro));
        let measure = if terms.measures_units() { sums.measure_micro } else { sums.measure_minor };
        let base = if terms.earns_on_quantity() {
            Amount::Units(base_micro)
        } else {
            Amount::Money(base_minor)
        };
        let measure = plan.measured(fit(measure));
        Self {
            policy: terms.code.clone(),
            version: plan.number,
            period,
            first_day,
            last_day,
            as_of,
            currency: terms.currency,
            lines: Counts {
                considered: sums.considered,
                earning: sums.earning,
                qualifying: sums.qualifying,
                counted: sums.counted,
                excluded: sums.excluded.clone(),
            },
            base_minor,
            base_micro,
            base,
            measure,
            tier: 0,
            reward: None,
            next: None,
            unrounded: Decimal::ZERO,
            rounding: terms.reward.rounding,
            rebate_minor: 0,
            reason: None,
            steps: vec![
                Step::Base { lines: sums.earning, amount: base },
                Step::Measure { lines: sums.qualifying, amount: measure },
            ],
        }
    }

    /// The highest tier whose bound is reached, and the one above it.
    pub(super) fn find_tier(&mut self, plan: &Plan<'_>) {
        let measure = self.measure.value();
        let bound = plan.terms.reward.bound;
        let reached = |from: &i64| match bound {
            Bound::AtLeast => measure >= *from,
            Bound::MoreThan => measure > *from,
        };
        let count = plan.bounds.iter().take_while(|from| reached(from)).count();
        let tiers = || plan.terms.reward.tiers.iter().zip(&plan.bounds);
        self.tier = u32::try_from(count).unwrap_or(u32::MAX);
        let beyond = i128::from(bound == Bound::MoreThan);
        self.next = tiers().nth(count).map(|(tier, from)| NextTier {
            tier: self.tier + 1,
            from: plan.measured(*from),
            gap: plan.measured(fit(i128::from(*from) - i128::from(measure) + beyond)),
            reward: tier.reward,
        });
        let current = count.checked_sub(1).and_then(|index| tiers().nth(index));
        self.reward = current.map(|(tier, _)| tier.reward);
        self.steps.push(match (current, self.next) {
            (Some((_, from)), _) => Step::Tier { tier: self.tier, from: plan.measured(*from) },
            (None, Some(next)) => Step::NoTier { from: next.from, gap: next.gap },
            // Terms without tiers don't pass the parser.
            (None, None) => return,
        });
    }

    /// Whether there is nothing to reckon, and why.
    pub(super) fn refuse(
        &mut self,
        plan: &Plan<'_>,
        customer: &CustomerFacts,
        days: Option<(NaiveDate, NaiveDate)>,
        sums: &Sums,
    ) -> bool {
        let too_large = [sums.base_minor, sums.base_micro, sums.measure_minor, sums.measure_micro]
            .iter()
            .any(|sum| i64::try_from(*sum).is_err());
        self.reason = match days {
            None => Some(Reason::NotInForce),
            Some((first, _)) if !covers(plan.terms, customer, first) => Some(Reason::NotEligible),
            Some(_) if sums.counted == 0 => Some(Reason::NoLines),
            Some(_) if too_large => Some(Reason::TooLarge),
            Some(_) => None,
        };
        if self.reason == Some(Reason::NotEligible) {
            self.steps.push(Step::NotEligible);
        }
        self.reason.is_some()
    }

    pub fn rebate(&self) -> Money {
        Money::new(self.rebate_minor, self.currency)
    }

    /// Whether the accruals have a row for it: at least one line earns or qualifies (FORMATS).
    pub fn has_row(&self) -> bool {
        self.lines.counted > 0
    }
}

/// Sums that don't fit are refused as too large before anything is paid on them.
fn fit(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}
