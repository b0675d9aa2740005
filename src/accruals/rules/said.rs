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

    /// `¥1,234.56` or `1,200 units`: as an argument of a sentence.
    fn said(self, currency: Currency) -> String {
        match self {
            Self::Units(micro) => Quantity::from_micro(micro).coded(),
            other => other.shown(currency),
        }
    }

    /// `1234.56` or `1200`: the form of files and exports.
    pub fn plain(self, currency: Currency) -> String {
        match self {
            Self::Money(minor) => Money::new(minor, currency).plain(),
            Self::Units(micro) | Self::Percent(micro) => Quantity::from_micro(micro).plain(),
        }
    }

    /// Which wording fits: money, units or a percentage.
    fn kind(self) -> &'static str {
        match self {
            Self::Money(_) => "money",
            Self::Units(_) => "units",
            Self::Percent(_) => "percent",
        }
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
        let amount = |value: &Amount| value.said(currency);
        let money = |value: &Decimal| Money::shown_unrounded(*value, currency);
        match self {
            Self::Base { lines, amount: base } => {
                let key = match base.kind() {
                    "money" => "calc-base-money",
                    _ => "calc-base-units",
                };
                Text::new(key).with("lines", lines).with("amount", amount(base))
            }
            Self::Measure { lines, amount: measure } => {
                let key = match measure.kind() {
                    "money" => "calc-measure-money",
                    _ => "calc-measure-units",
                };
                Text::new(key).with("lines", lines).with("amount", amount(measure))
            }
            Self::NotEligible => Text::new("calc-not-eligible"),
            Self::GroupMeasure { group, customers, amount: together } => {
                Text::new("calc-group-measure")
                    .with("group", group)
                    .with("customers", customers)
                    .with("amount", amount(together))
            }
            Self::Growth { current, baseline, percent } => Text::new("calc-growth")
                .with("current", amount(current))
                .with("baseline", amount(baseline))
                .with("percent", amount(percent)),
            Self::Attainment { current, target, percent } => Text::new("calc-attainment")
                .with("current", amount(current))
                .with("target", amount(target))
                .with("percent", amount(percent)),
            Self::NoBaseline { tier: Some(tier) } => {
                Text::new("calc-no-baseline-tier").with("tier", tier)
            }
            Self::NoBaseline { tier: None } => Text::new("calc-no-baseline"),
            Self::NoTarget => Text::new("calc-no-target"),
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
            Self::Excess { tier, on, reward, amount: paid } => Text::new("calc-excess")
                .with("tier", tier)
                .with("on", amount(on))
                .with("rate", rate_shown(*reward, currency))
                .with("amount", money(paid)),
            Self::Band { tier, from, to, on, reward, amount: paid } => {
                let key = if to.is_some() { "calc-band" } else { "calc-band-top" };
                let text = match to {
                    Some(to) => Text::new(key).with("to", amount(to)),
                    None => Text::new(key),
                };
                text.with("tier", tier)
                    .with("from", amount(from))
                    .with("on", band_said(*on, *reward, currency))
                    .with("rate", rate_shown(*reward, currency))
                    .with("amount", money(paid))
            }
            Self::LumpSum { tier, amount } => {
                Text::new("calc-lump-sum").with("tier", tier).with("amount", money(amount))
            }
            Self::Sum { amount } => Text::new("calc-sum").with("amount", money(amount)),
            Self::Floor { base } => Text::new("calc-floor").with("base", amount(base)),
            Self::ToDate { earned, before_minor } => Text::new("calc-to-date")
                .with("earned", money(earned))
                .with("before", Money::new(*before_minor, currency)),
            Self::YearGuarantee { earned, least, amount } => Text::new("calc-year-guarantee")
                .with("earned", money(earned))
                .with("least", money(least))
                .with("amount", money(amount)),
            Self::CapTotal { before, most, earned_minor, amount } => Text::new("calc-cap-total")
                .with("before", money(before))
                .with("most", money(most))
                .with("earned", Money::new(*earned_minor, currency))
                .with("amount", money(amount)),
            Self::EarnedByParent { group } => {
                Text::new("calc-earned-by-parent").with("group", group)
            }
            Self::Lost { to, minor } => Text::new("calc-lost")
                .with("policy", to)
                .with("amount", Money::new(*minor, currency)),
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
            | Self::Ceiling { on, reward, .. }
            | Self::Excess { on, reward, .. } => {
                Some(format!("{} × {}", on.shown(currency), rate_shown(*reward, currency)))
            }
            Self::Band { on, reward, .. } => Some(format!(
                "{} × {}",
                band_shown(*on, *reward, currency),
                rate_shown(*reward, currency)
            )),
            Self::LumpSum { amount, .. } => Some(Money::shown_unrounded(*amount, currency)),
            Self::ToDate { before_minor, .. } => {
                Some(format!("− {}", Money::new(*before_minor, currency).shown()))
            }
            _ => None,
        }
    }
}

/// A part of the excess: money where the rate is a percentage of it, else units.
fn band_shown(on: Decimal, reward: TierReward, currency: Currency) -> String {
    match reward {
        TierReward::Percent(_) => Money::shown_unrounded(on, currency),
        TierReward::PerUnit(_) | TierReward::LumpSum(_) => Quantity::exact(on)
            .map_or_else(|| on.normalize().to_string(), |units| units.to_string()),
    }
}

/// The same as an argument of a sentence.
fn band_said(on: Decimal, reward: TierReward, currency: Currency) -> String {
    match (reward, Quantity::exact(on)) {
        (TierReward::PerUnit(_), Some(units)) => units.coded(),
        _ => band_shown(on, reward, currency),
    }
}

impl Calculation {
    /// The steps as sentences, in order.
    pub fn step_texts(&self) -> Vec<Text> {
        let mut texts = Vec::with_capacity(self.steps.len() + 1);
        for step in &self.steps {
            texts.push(step.text(self.currency));
            if matches!(step, Step::Growth { .. }) {
                texts.extend(self.baseline_text());
            }
        }
        texts
    }

    /// Where the baseline comes from.
    fn baseline_text(&self) -> Option<Text> {
        let compared = self.compared.as_ref()?;
        let Some((first, last)) = compared.days else {
            return Some(Text::new("calc-baseline-imported"));
        };
        let key = if compared.imported { "calc-baseline-both" } else { "calc-baseline-lines" };
        Some(Text::new(key).with("first", first).with("last", last).with("lines", compared.lines))
    }

    /// The measure as exports print it: the amount, the quantity or the percentage; empty when
    /// there is nothing to take a percentage of.
    pub fn measure_text(&self) -> String {
        match &self.compared {
            Some(compared) if compared.reference().is_none() => String::new(),
            _ => self.measure.plain(self.currency),
        }
    }

    /// The reached tier's reward as exports print it; empty when none is reached.
    pub fn reward_text(&self) -> String {
        self.reward.map(reward_plain).unwrap_or_default()
    }

    /// How far the next tier is, and what it pays; None on the highest.
    pub fn gap_text(&self) -> Option<Text> {
        let next = self.next?;
        let each = matches!(next.reward, TierReward::PerUnit(_));
        let key = match (next.gap.kind(), each) {
            ("money", false) => "calc-gap-money",
            ("money", true) => "calc-gap-money-each",
            (_, false) => "calc-gap-units",
            (_, true) => "calc-gap-units-each",
        };
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
            Reason::NoBaseline => "calc-reason-no-baseline",
            Reason::NoTarget => "calc-reason-no-target",
            Reason::EarnedByParent => "calc-reason-earned-by-parent",
            Reason::NoParent => "calc-reason-no-parent",
            Reason::EarnedBefore => "calc-reason-earned-before",
            Reason::CapTotalUsed => "calc-reason-cap-total-used",
            Reason::LostToOther => "calc-reason-lost-to-other",
            Reason::NoEarningLines => "calc-reason-no-earning-lines",
            Reason::BaseNotPositive => "calc-reason-base-not-positive",
            Reason::BelowFirstTier => "calc-reason-below-first-tier",
            Reason::TierPaysNothing => "calc-reason-tier-pays-nothing",
            Reason::RoundsToZero => "calc-reason-rounds-to-zero",
            Reason::TooLarge => "calc-reason-too-large",
        };
        Some(self.with_gap(Text::new(key).with("base", self.base.said(self.currency))))
    }

    /// `2026-Q3 返利 = ¥120,000.00 × 5% = ¥6,000.00`, or that it is zero and why.
    pub fn sentence(&self) -> Text {
        let text = match self.reason {
            Some(reason) => Text::new(zero_key(reason)),
            None => self.formula_text(),
        };
        self.with_gap(text)
            .with("period", self.period)
            .with("base", self.base.said(self.currency))
            .with("rebate", self.rebate())
    }

    fn formula_text(&self) -> Text {
        let parts: Vec<String> =
            self.steps.iter().filter_map(|step| step.formula(self.currency)).collect();
        let formula = parts.join(" + ").replace("+ −", "−");
        let limit = self.steps.iter().find_map(|step| match step {
            Step::Cap { before, .. } | Step::CapTotal { before, .. } => {
                Some(("calc-sentence-capped", *before))
            }
            _ => None,
        });
        let limit = limit.or_else(|| {
            self.steps.iter().find_map(|step| match step {
                Step::Guarantee { before, .. } => Some(("calc-sentence-guaranteed", *before)),
                _ => None,
            })
        });
        let year = self.steps.iter().find_map(|step| match step {
            Step::YearGuarantee { earned, least, .. } => Some((*earned, *least)),
            _ => None,
        });
        if let (None, Some((earned, least))) = (limit, year) {
            return Text::new("calc-sentence-year-guaranteed")
                .with("before", Money::shown_unrounded(earned, self.currency))
                .with("least", Money::shown_unrounded(least, self.currency));
        }
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
        let text = match &self.lost_to {
            Some(policy) => text.with("policy", policy),
            None => text,
        };
        match self.next {
            Some(next) => text
                .with("gap", next.gap.said(self.currency))
                .with("from", next.from.said(self.currency)),
            None => text,
        }
    }
}

fn zero_key(reason: Reason) -> &'static str {
    match reason {
        Reason::NotInForce => "calc-zero-not-in-force",
        Reason::NotEligible => "calc-zero-not-eligible",
        Reason::NoLines => "calc-zero-no-lines",
        Reason::NoBaseline => "calc-zero-no-baseline",
        Reason::NoTarget => "calc-zero-no-target",
        Reason::EarnedByParent => "calc-zero-earned-by-parent",
        Reason::NoParent => "calc-zero-no-parent",
        Reason::EarnedBefore => "calc-zero-earned-before",
        Reason::CapTotalUsed => "calc-zero-cap-total-used",
        Reason::LostToOther => "calc-zero-lost-to-other",
        Reason::NoEarningLines => "calc-zero-no-earning-lines",
        Reason::BaseNotPositive => "calc-zero-base-not-positive",
        Reason::BelowFirstTier => "calc-zero-below-first-tier",
        Reason::TierPaysNothing => "calc-zero-tier-pays-nothing",
        Reason::RoundsToZero => "calc-zero-rounds-to-zero",
        Reason::TooLarge => "calc-zero-too-large",
    }
}
