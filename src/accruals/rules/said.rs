//! A calculation in words: its steps, its reason for zero, its one sentence; and the texts of the
//! exports (FORMATS).

use rust_decimal::Decimal;

use super::calculation::{Amount, Calculation, Reason, Step};
use crate::policies::TierReward;
use crate::values::{Currency, Money, Quantity, Text};

impl Amount {
    /// `¥1,234.56` or `1,200`.
    pub fn shown(self, currency: Currency) -> String {
        match self {
            Self::Money(minor) => Money::new(minor, currency).shown(),
            Self::Units(micro) => Quantity::from_micro(micro).to_string(),
            Self::Percent(micro) => format!("{}%", Quantity::from_micro(micro)),
        }
    }

    /// `1234.56` or `1200`: the form of files and exports.
    pub fn plain(self, currency: Currency) -> String {
        match self {
            Self::Money(minor) => Money::new(minor, currency).plain(),
            Self::Units(micro) | Self::Percent(micro) => Quantity::from_micro(micro).plain(),
        }
    }

    fn is_money(self) -> bool {
        matches!(self, Self::Money(_))
    }
}

/// `5%`, `¥0.05`, `¥20,000.00`: the factor or the sum as formulas print it.
pub fn rate_shown(reward: TierReward, currency: Currency) -> String {
    match reward {
        TierReward::Percent(rate) => format!("{}%", rate.normalize()),
        TierReward::PerUnit(rate) | TierReward::LumpSum(rate) => {
            Money::shown_unrounded(rate, currency)
        }
    }
}

/// `5%`, `0.05/unit`, `20000`: as exports print it.
pub fn reward_plain(reward: TierReward) -> String {
    match reward {
        TierReward::Percent(rate) => format!("{}%", rate.normalize()),
        TierReward::PerUnit(rate) => format!("{}/unit", rate.normalize()),
        TierReward::LumpSum(sum) => sum.normalize().to_string(),
    }
}

impl Step {
    /// The step as a sentence.
    pub fn text(&self, currency: Currency) -> Text {
        let amount = |value: &Amount| value.shown(currency);
        let money = |value: &Decimal| Money::shown_unrounded(*value, currency);
        match self {
            Self::Base { lines, amount: base } => {
                let key = if base.is_money() { "calc-base-money" } else { "calc-base-units" };
                Text::new(key).with("lines", lines).with("amount", amount(base))
            }
            Self::Measure { lines, amount: measure } => {
                let key =
                    if measure.is_money() { "calc-measure-money" } else { "calc-measure-units" };
                Text::new(key).with("lines", lines).with("amount", amount(measure))
            }
            Self::NotEligible => Text::new("calc-not-eligible"),
            Self::NoTier { from, gap } => {
                Text::new("calc-no-tier").with("from", amount(from)).with("gap", amount(gap))
            }
            Self::Tier { tier, from } => {
                Text::new("calc-tier").with("tier", tier).with("from", amount(from))
            }
            Self::Whole { tier, on, reward, amount: paid } => Text::new("calc-whole")
                .with("tier", tier)
                .with("on", amount(on))
                .with("rate", rate_shown(*reward, currency))
                .with("amount", money(paid)),
            Self::Slab { tier, from, to, on, reward, amount: paid } => Text::new("calc-slab")
                .with("tier", tier)
                .with("from", amount(from))
                .with("to", amount(to))
                .with("on", amount(on))
                .with("rate", rate_shown(*reward, currency))
                .with("amount", money(paid)),
            Self::Ceiling { tier, on, reward, amount: paid } => Text::new("calc-ceiling")
                .with("tier", tier)
                .with("on", amount(on))
                .with("rate", rate_shown(*reward, currency))
                .with("amount", money(paid)),
            Self::LumpSum { tier, amount } => {
                Text::new("calc-lump-sum").with("tier", tier).with("amount", money(amount))
            }
            Self::Sum { amount } => Text::new("calc-sum").with("amount", money(amount)),
            Self::Floor { base } => Text::new("calc-floor").with("base", amount(base)),
            Self::Guarantee { before, amount } => Text::new("calc-guarantee")
                .with("before", money(before))
                .with("amount", money(amount)),
            Self::Cap { before, amount } => {
                Text::new("calc-cap").with("before", money(before)).with("amount", money(amount))
            }
            Self::Round { before, minor } => Text::new("calc-round")
                .with("before", money(before))
                .with("amount", Money::new(*minor, currency)),
        }
    }

    /// `¥120,000.00 × 5%`; None for steps that aren't a summand.
    fn formula(&self, currency: Currency) -> Option<String> {
        match self {
            Self::Whole { on, reward, .. }
            | Self::Slab { on, reward, .. }
            | Self::Ceiling { on, reward, .. } => {
                Some(format!("{} × {}", on.shown(currency), rate_shown(*reward, currency)))
            }
            Self::LumpSum { amount, .. } => Some(Money::shown_unrounded(*amount, currency)),
            _ => None,
        }
    }
}

impl Calculation {
    /// The steps as sentences, in order.
    pub fn step_texts(&self) -> Vec<Text> {
        self.steps.iter().map(|step| step.text(self.currency)).collect()
    }

    /// The measure as exports print it: the amount or the quantity.
    pub fn measure_text(&self) -> String {
        self.measure.plain(self.currency)
    }

    /// The reached tier's reward as exports print it; empty when none is reached.
    pub fn reward_text(&self) -> String {
        self.reward.map(reward_plain).unwrap_or_default()
    }

    /// How far the next tier is, and what it pays; None on the highest.
    pub fn gap_text(&self) -> Option<Text> {
        let next = self.next?;
        let key = if next.gap.is_money() { "calc-gap-money" } else { "calc-gap-units" };
        Some(
            Text::new(key)
                .with("gap", next.gap.shown(self.currency))
                .with("tier", next.tier)
                .with("rate", rate_shown(next.reward, self.currency)),
        )
    }

    /// Why it is zero; None when it isn't.
    pub fn reason_text(&self) -> Option<Text> {
        let key = match self.reason? {
            Reason::NotInForce => "calc-reason-not-in-force",
            Reason::NotEligible => "calc-reason-not-eligible",
            Reason::NoLines => "calc-reason-no-lines",
            Reason::NoEarningLines => "calc-reason-no-earning-lines",
            Reason::BaseNotPositive => "calc-reason-base-not-positive",
            Reason::BelowFirstTier => "calc-reason-below-first-tier",
            Reason::TierPaysNothing => "calc-reason-tier-pays-nothing",
            Reason::RoundsToZero => "calc-reason-rounds-to-zero",
            Reason::TooLarge => "calc-reason-too-large",
        };
        Some(self.with_gap(Text::new(key).with("base", self.base.shown(self.currency))))
    }

    /// `2026-Q3 返利 = ¥120,000.00 × 5% = ¥6,000.00`, or that it is zero and why.
    pub fn sentence(&self) -> Text {
        let text = match self.reason {
            Some(reason) => Text::new(zero_key(reason)),
            None => self.formula_text(),
        };
        self.with_gap(text)
            .with("period", self.period)
            .with("base", self.base.shown(self.currency))
            .with("rebate", self.rebate())
    }

    fn formula_text(&self) -> Text {
        let parts: Vec<String> =
            self.steps.iter().filter_map(|step| step.formula(self.currency)).collect();
        let formula = parts.join(" + ");
        let limit = self.steps.iter().find_map(|step| match step {
            Step::Cap { before, .. } => Some(("calc-sentence-capped", *before)),
            _ => None,
        });
        let limit = limit.or_else(|| {
            self.steps.iter().find_map(|step| match step {
                Step::Guarantee { before, .. } => Some(("calc-sentence-guaranteed", *before)),
                _ => None,
            })
        });
        match limit {
            // A guarantee where no tier pays has no formula to show.
            Some((_, before)) if formula.is_empty() => Text::new("calc-sentence-guarantee-only")
                .with("before", Money::shown_unrounded(before, self.currency)),
            Some((key, before)) => Text::new(key)
                .with("formula", formula)
                .with("before", Money::shown_unrounded(before, self.currency)),
            // A lump sum is its own formula.
            None if formula == self.rebate().shown() => Text::new("calc-sentence-plain"),
            None if self.rebate().decimal() == self.unrounded => {
                Text::new("calc-sentence").with("formula", formula)
            }
            None => Text::new("calc-sentence-rounded")
                .with("formula", formula)
                .with("before", Money::shown_unrounded(self.unrounded, self.currency)),
        }
    }

    fn with_gap(&self, text: Text) -> Text {
        match self.next {
            Some(next) => text
                .with("gap", next.gap.shown(self.currency))
                .with("from", next.from.shown(self.currency)),
            None => text,
        }
    }
}

fn zero_key(reason: Reason) -> &'static str {
    match reason {
        Reason::NotInForce => "calc-zero-not-in-force",
        Reason::NotEligible => "calc-zero-not-eligible",
        Reason::NoLines => "calc-zero-no-lines",
        Reason::NoEarningLines => "calc-zero-no-earning-lines",
        Reason::BaseNotPositive => "calc-zero-base-not-positive",
        Reason::BelowFirstTier => "calc-zero-below-first-tier",
        Reason::TierPaysNothing => "calc-zero-tier-pays-nothing",
        Reason::RoundsToZero => "calc-zero-rounds-to-zero",
        Reason::TooLarge => "calc-zero-too-large",
    }
}
