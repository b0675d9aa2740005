//! The rule of a policy in one sentence, made from its terms, so that what customers read is what
//! is computed.

use super::terms::{
    Beneficiary, Bound, GrowthOn, MeasureKind, MeasureScope, Terms, Tier, TierMode, TierReward,
    Window,
};
use crate::values::{Money, PeriodKind, Quantity};
use crate::words::Words;

/// The one sentence that says how the rebate is reckoned: 每季度采购净额达到 ¥100,000.00，按全部采购额的 5%
/// 返利。
pub fn formula(terms: &Terms, words: &Words) -> String {
    let tiers: Vec<String> =
        terms.reward.tiers.iter().map(|tier| tier_words(terms, tier, words)).collect();
    words.with(
        "policy-says-formula",
        [
            ("period", words.t(period_key(terms.period))),
            ("measure", measure(terms, words)),
            ("tiers", tiers.join(&words.t("policy-says-comma"))),
            ("mode", mode(terms, words)),
        ],
    )
}

/// What is compared with the bounds, up to the first of them: `net purchases of`.
fn measure(terms: &Terms, words: &Words) -> String {
    let to_date = match terms.measure.window {
        Window::Period => String::new(),
        Window::YearToDate => words.t("policy-says-to-date"),
    };
    let what = format!("{}{to_date}{}", whose(terms, words), counted(terms, words));
    let key = match terms.measure.kind {
        MeasureKind::Amount | MeasureKind::Quantity => "policy-says-reaching",
        MeasureKind::Growth => "policy-says-growing",
        MeasureKind::Target => "policy-says-attaining",
    };
    words.t1(key, "what", what)
}

/// What is measured, and whose: `the group’s net purchases`.
pub(super) fn measured(terms: &Terms, words: &Words) -> String {
    whose(terms, words) + &counted(terms, words)
}

fn whose(terms: &Terms, words: &Words) -> String {
    match terms.measure.scope {
        MeasureScope::Customer => String::new(),
        MeasureScope::Group => words.t("policy-says-of-the-group"),
    }
}

fn counted(terms: &Terms, words: &Words) -> String {
    words.t(if terms.measures_units() { "policy-says-quantity" } else { "policy-says-amount" })
}

/// A tier's lower bound as pages print it: `¥100,000.00` or 1,000 件.
pub fn bound_shown(terms: &Terms, tier: &Tier, words: &Words) -> String {
    match terms.measure.kind {
        MeasureKind::Amount => terms.money(tier.from).shown(),
        MeasureKind::Quantity => {
            Quantity::exact(tier.from).map(|units| words.units(units)).unwrap_or_default()
        }
        MeasureKind::Growth | MeasureKind::Target => format!("{}%", tier.from.normalize()),
    }
}

/// What a tier pays, in words: `5%`, 每件 ¥0.05, `¥20,000.00`.
pub fn reward_shown(terms: &Terms, reward: TierReward, words: &Words) -> String {
    let factor = factor_shown(terms, reward);
    match reward {
        TierReward::PerUnit(_) => words.t1("policy-says-per-unit", "rate", factor),
        TierReward::Percent(_) | TierReward::LumpSum(_) => factor,
    }
}

fn factor_shown(terms: &Terms, reward: TierReward) -> String {
    match reward {
        TierReward::Percent(rate) => format!("{}%", rate.normalize()),
        TierReward::PerUnit(amount) | TierReward::LumpSum(amount) => {
            Money::shown_unrounded(amount, terms.currency)
        }
    }
}

/// A tier as part of a sentence: `at least ¥100,000.00 earn 5%`.
pub(super) fn tier_words(terms: &Terms, tier: &Tier, words: &Words) -> String {
    let per_unit = matches!(tier.reward, TierReward::PerUnit(_));
    let key = match (terms.reward.bound, per_unit) {
        (Bound::AtLeast, false) => "policy-says-at-least",
        (Bound::MoreThan, false) => "policy-says-more-than",
        (Bound::AtLeast, true) => "policy-says-at-least-per-unit",
        (Bound::MoreThan, true) => "policy-says-more-than-per-unit",
    };
    let from = match terms.measure.kind {
        MeasureKind::Target => {
            words.t1("policy-says-of-target", "from", bound_shown(terms, tier, words))
        }
        _ => bound_shown(terms, tier, words),
    };
    words.t2(key, "from", from, "reward", factor_shown(terms, tier.reward))
}

fn period_key(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Month => "policy-says-each-month",
        PeriodKind::Quarter => "policy-says-each-quarter",
        PeriodKind::HalfYear => "policy-says-each-half-year",
        PeriodKind::Year => "policy-says-each-year",
        PeriodKind::Term => "policy-says-whole-term",
    }
}

/// How the tiers pay.
fn mode(terms: &Terms, words: &Words) -> String {
    let said = match mode_key(terms) {
        key @ ("policy-says-all-units" | "policy-says-rolling" | "policy-says-total") => {
            words.t1(key, "on", words.t(base_key(terms)))
        }
        key => words.t(key),
    };
    match terms.measure.window {
        Window::Period => said,
        Window::YearToDate => words.t1("policy-says-less-earlier", "mode", said),
    }
}

fn mode_key(terms: &Terms) -> &'static str {
    let lump_only =
        terms.reward.tiers.iter().all(|tier| matches!(tier.reward, TierReward::LumpSum(_)));
    match (terms.reward.tier_mode, lump_only, terms.measure.growth_on) {
        (TierMode::AllUnits, true, _) => "policy-says-lump-once",
        (_, true, _) => "policy-says-lump-each",
        (_, false, GrowthOn::Banded) => "policy-says-banded",
        (TierMode::AllUnits, false, GrowthOn::Excess) => "policy-says-excess",
        (TierMode::AllUnits, false, GrowthOn::Whole) => "policy-says-all-units",
        (TierMode::Marginal, false, _) => "policy-says-marginal",
        (TierMode::Rolling, false, _) => "policy-says-rolling",
        (TierMode::Total, false, _) => "policy-says-total",
    }
}

/// What a tier's rate is taken of.
fn base_key(terms: &Terms) -> &'static str {
    let measure = &terms.measure;
    let to_date = measure.window == Window::YearToDate;
    match (measure.growth_on, measure.scope, measure.beneficiary) {
        (GrowthOn::Excess | GrowthOn::Banded, ..) => "policy-says-on-excess",
        (_, MeasureScope::Customer, _) if to_date => "policy-says-on-all-to-date",
        (_, MeasureScope::Customer, _) => "policy-says-on-all",
        (_, MeasureScope::Group, Beneficiary::Member) if to_date => "policy-says-on-own-to-date",
        (_, MeasureScope::Group, Beneficiary::Member) => "policy-says-on-own",
        (_, MeasureScope::Group, Beneficiary::Parent) if to_date => "policy-says-on-group-to-date",
        (_, MeasureScope::Group, Beneficiary::Parent) => "policy-says-on-group",
    }
}
