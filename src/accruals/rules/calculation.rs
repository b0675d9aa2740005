use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::measure::Measured;
use super::plan::Plan;
use super::subject::Subject;
use crate::policies::{MeasureKind, NoBaseline, Rounding, TierReward, covers};
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
        /// Growth has nothing above zero to be measured against.
        NoBaseline = "no_baseline",
        NoTarget = "no_target",
        /// The group's parent earns on the purchases of all.
        EarnedByParent = "earned_by_parent",
        /// The parent would earn, and no customer has the group's code.
        NoParent = "no_parent",
        /// Lines count towards the tier, and none of them earns.
        NoEarningLines = "no_earning_lines",
        BaseNotPositive = "base_not_positive",
        BelowFirstTier = "below_first_tier",
        /// The reached tier's rate is zero, or nothing lies above its bound yet.
        TierPaysNothing = "tier_pays_nothing",
        /// The year to date earns what its earlier periods earned already.
        EarnedBefore = "earned_before",
        /// Earlier periods used up what the policy pays in all.
        CapTotalUsed = "cap_total_used",
        RoundsToZero = "rounds_to_zero",
        /// Another policy of the same exclusive group counts instead.
        LostToOther = "lost_to_other",
        /// The sums are larger than can be computed exactly; nothing is paid on a guess.
        TooLarge = "too_large",
    }
}

/// How many lines made it. Those left out aren't kept: a new line would change the calculation of
/// every policy that it doesn't concern. Whoever asks counts them again (`accruals::left_out`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub earning: u64,
    pub qualifying: u64,
    /// Lines that earn, qualify or both.
    pub counted: u64,
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

/// What growth or attainment was measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// What the lines of the period, or of the year so far, come to.
    pub current: Amount,
    /// The baseline or the target; None when there is none.
    pub with: Option<Amount>,
    /// Whether an imported figure is in it.
    pub imported: bool,
    /// How many lines made the baseline, and their days; none where it was imported.
    pub lines: u64,
    pub days: Option<(NaiveDate, NaiveDate)>,
}

impl Compared {
    /// What a percentage can be reckoned against: above zero.
    pub fn reference(&self) -> Option<i64> {
        self.with.map(Amount::value).filter(|value| *value > 0)
    }
}

/// The group whose lines together picked the tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMeasure {
    pub code: String,
    /// Whether the customer earns on the whole group's base, as its parent.
    pub earns_whole: bool,
    /// By customer code; those without lines are left out.
    pub parts: Vec<Part>,
}

/// What one customer of a group brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub customer: String,
    pub lines: u64,
    pub measure: Amount,
    pub base: Amount,
}

/// The calendar year up to the period's end, for policies that measure it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToDate {
    pub first_day: NaiveDate,
    /// Of the earning lines since then.
    pub lines: u64,
    pub base_minor: i64,
    pub base_micro: i64,
    /// What the year's earlier periods earned, minor units.
    pub earned_minor: i64,
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
    /// What a group's customers come to together.
    GroupMeasure {
        group: String,
        customers: usize,
        amount: Amount,
    },
    /// Growth over what the same days came to a year before, or over an imported figure.
    Growth {
        current: Amount,
        baseline: Amount,
        percent: Amount,
    },
    /// Attainment of an imported target.
    Attainment {
        current: Amount,
        target: Amount,
        percent: Amount,
    },
    /// No baseline above zero; the tier that is paid all the same, where the terms name one.
    NoBaseline {
        tier: Option<u32>,
    },
    NoTarget,
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
    /// A tier's rate on what exceeds the baseline.
    Excess {
        tier: u32,
        on: Amount,
        reward: TierReward,
        amount: Decimal,
    },
    /// A tier's rate on its band of what exceeds the baseline, in money or units.
    Band {
        tier: u32,
        from: Amount,
        to: Option<Amount>,
        on: Decimal,
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
    /// The year to date, less what its earlier periods earned.
    ToDate {
        earned: Decimal,
        before_minor: i64,
    },
    Guarantee {
        before: Decimal,
        amount: Decimal,
    },
    Cap {
        before: Decimal,
        amount: Decimal,
    },
    /// The year's last period makes up what the year lacks.
    YearGuarantee {
        earned: Decimal,
        least: Decimal,
        amount: Decimal,
    },
    /// The policy pays only so much in all.
    CapTotal {
        before: Decimal,
        most: Decimal,
        earned_minor: i64,
        amount: Decimal,
    },
    Round {
        before: Decimal,
        minor: i64,
    },
    EarnedByParent {
        group: String,
    },
    /// Another policy of the same exclusive group counts.
    Lost {
        to: String,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupMeasure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_date: Option<ToDate>,
    /// The policy that counts instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_to: Option<String>,
}

impl Calculation {
    /// Base and measure; no tier, no rebate yet.
    pub(super) fn begin(
        plan: &Plan<'_>,
        period: Period,
        as_of: NaiveDate,
        measured: &Measured,
    ) -> Self {
        let terms = plan.terms;
        let (first_day, last_day) = plan
            .days(period)
            .or_else(|| period.days())
            .unwrap_or((terms.from, terms.to.unwrap_or(terms.from)));
        let (sums, reckoned) = (&measured.period, measured.reckoned());
        let base = measured.base(terms, reckoned);
        let measure = plan.measured(fit(measured.value));
        let mut steps = vec![
            Step::Base { lines: reckoned.earning, amount: base },
            Step::Measure { lines: measured.qualifying, amount: measure },
        ];
        if let Some(group) = &measured.group {
            let (group, customers) = (group.code.clone(), group.parts.len());
            steps.push(Step::GroupMeasure { group, customers, amount: measure });
        }
        Self {
            policy: terms.code.clone(),
            version: plan.number,
            period,
            first_day,
            last_day,
            as_of,
            currency: terms.currency,
            lines: Counts {
                earning: sums.earning,
                qualifying: sums.qualifying,
                counted: sums.counted,
            },
            base_minor: fit(sums.base_minor),
            base_micro: fit(sums.base_micro),
            base,
            measure,
            tier: 0,
            reward: None,
            next: None,
            unrounded: Decimal::ZERO,
            rounding: terms.reward.rounding,
            rebate_minor: 0,
            reason: None,
            steps,
            compared: measured.compared.clone(),
            group: measured.group.clone(),
            to_date: measured.to_date.clone(),
            lost_to: None,
        }
    }

    /// Whether there is nothing to reckon, and why.
    pub(super) fn refuse(
        &mut self,
        plan: &Plan<'_>,
        subject: &Subject<'_>,
        measured: &Measured,
    ) -> bool {
        self.reason = match plan.days(self.period) {
            None => Some(Reason::NotInForce),
            Some((first, _)) if !covers(plan.terms, subject.customer, first) => {
                Some(Reason::NotEligible)
            }
            Some(_) if !measured.has_lines(plan, self.period, subject.earned) => {
                Some(Reason::NoLines)
            }
            Some(_) if measured.is_too_large() => Some(Reason::TooLarge),
            Some(_) => measured.earns_nothing.or_else(|| self.incomparable(plan)),
        };
        match (self.reason, &self.group) {
            (Some(Reason::NotEligible), _) => self.steps.push(Step::NotEligible),
            (Some(Reason::EarnedByParent), Some(group)) => {
                let group = group.code.clone();
                self.steps.push(Step::EarnedByParent { group });
            }
            _ => {}
        }
        self.reason.is_some()
    }

    /// Why there is no percentage, where the terms name no tier for that.
    fn incomparable(&self, plan: &Plan<'_>) -> Option<Reason> {
        let compared = self.compared.as_ref()?;
        match (compared.reference(), plan.terms.measure.kind, plan.terms.measure.no_baseline) {
            (None, MeasureKind::Growth, NoBaseline::None) => Some(Reason::NoBaseline),
            (None, MeasureKind::Target, _) => Some(Reason::NoTarget),
            _ => None,
        }
    }

    /// Net amount and units of the lines the reward is reckoned on: the period's, or those of the
    /// year to date.
    pub fn reckoned_on(&self) -> (i64, i64) {
        match &self.to_date {
            Some(to_date) => (to_date.base_minor, to_date.base_micro),
            None => (self.base_minor, self.base_micro),
        }
    }

    pub fn rebate(&self) -> Money {
        Money::new(self.rebate_minor, self.currency)
    }

    /// Whether the accruals have a row for it: at least one line earns or qualifies (FORMATS), or
    /// what others or the year came to moves money.
    pub fn has_row(&self) -> bool {
        self.lines.counted > 0 || self.rebate_minor != 0
    }
}

/// Sums that don't fit are refused as too large before anything is paid on them.
pub(super) fn fit(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}
