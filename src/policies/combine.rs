//! Combinations of a policy's terms that mean nothing or contradict each other (DOMAIN §3).

use super::read::{Faults, Reader, wrong_kind};
use super::terms::{
    Beneficiary, GrowthOn, Measure, MeasureKind, MeasureOf, MeasureScope, NoBaseline, Reward,
    TierMode, TierReward, Window,
};
use crate::values::{PeriodKind, Text};

/// Keys that only some measures have; their defaults may stand beside any.
pub(super) fn measure_keys(measure: &Measure, table: &mut Reader<'_, '_>, f: &mut Faults<'_>) {
    let growth = measure.kind == MeasureKind::Growth;
    let percent = growth || measure.kind == MeasureKind::Target;
    let group = measure.scope == MeasureScope::Group;
    for (odd, key, text) in [
        (!growth && measure.no_baseline != NoBaseline::None, "no_baseline", "policy-growth-only"),
        (!growth && measure.growth_on != GrowthOn::Whole, "growth_on", "policy-growth-only"),
        (!percent && measure.of != MeasureOf::Amount, "of", "policy-percent-only"),
        (!group && measure.beneficiary != Beneficiary::Member, "beneficiary", "policy-group-only"),
    ] {
        if let Some(item) = table.item(key).filter(|_| odd) {
            f.add(item.offset, item.path, wrong_kind(text, item.value));
        }
    }
}

/// Whether period, measure and reward mean something together.
pub(super) fn fits(
    period: Option<PeriodKind>,
    measure: &Measure,
    reward: &Reward,
    other_lines_qualify: bool,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) {
    yearly(period, measure, reward, root, f);
    if let NoBaseline::Tier(number) = measure.no_baseline
        && usize::try_from(number).is_ok_and(|number| number > reward.tiers.len())
    {
        let text = Text::new("policy-no-such-tier").with("found", number);
        at(root, "measure", "no_baseline", text.with("tiers", reward.tiers.len()), f);
    }
    mode_fits(measure, reward, other_lines_qualify, root, f);
    if growth_fits(measure, reward, root, f) && other_lines_qualify && excess(measure) {
        let text = Text::new("policy-excess-needs-own-measure");
        at_root(root, "qualifying_products", text, f);
    }
}

/// A year to date, and a minimum for the year, need several periods in a year.
fn yearly(
    period: Option<PeriodKind>,
    measure: &Measure,
    reward: &Reward,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) {
    let (window, guarantee) = match period {
        Some(PeriodKind::Term) => ("policy-term-to-date", "policy-term-guarantee"),
        Some(PeriodKind::Year) => ("policy-year-to-date", "policy-year-guarantee"),
        _ => return,
    };
    if measure.window == Window::YearToDate {
        at(root, "measure", "window", Text::new(window), f);
    }
    if reward.guarantee_cumulative.is_some() {
        at(root, "reward", "guarantee_cumulative", Text::new(guarantee), f);
    }
}

/// Whether the reward is reckoned on a part of what is measured, cut at the bounds.
fn sliced(mode: TierMode) -> bool {
    matches!(mode, TierMode::Marginal | TierMode::Rolling)
}

fn excess(measure: &Measure) -> bool {
    measure.growth_on != GrowthOn::Whole
}

/// Slabs of money earn percent, slabs of units earn money per unit, and what is sliced is what is
/// earned on: otherwise slabs mean nothing (DOMAIN §3.6).
fn mode_fits(
    measure: &Measure,
    reward: &Reward,
    other_lines_qualify: bool,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) {
    let rate_pays = reward.tiers.iter().any(|t| !matches!(t.reward, TierReward::LumpSum(_)));
    let banded = measure.growth_on == GrowthOn::Banded && reward.tier_mode == TierMode::Marginal;
    if !sliced(reward.tier_mode) || !rate_pays || banded {
        return;
    }
    let (key, misfit): (_, fn(&TierReward) -> bool) = match measure.kind {
        MeasureKind::Amount => ("policy-mode-misfit", |r| matches!(r, TierReward::PerUnit(_))),
        MeasureKind::Quantity => ("policy-mode-misfit", |r| matches!(r, TierReward::Percent(_))),
        // Slabs of a percentage earn neither.
        MeasureKind::Growth => ("policy-mode-of-growth", |_| true),
        MeasureKind::Target => ("policy-mode-of-target", |_| true),
    };
    if reward.tiers.iter().any(|tier| misfit(&tier.reward)) {
        let text = Text::new(key).with("mode", reward.tier_mode);
        at(root, "reward", "tier_mode", text, f);
    }
    if other_lines_qualify {
        let text = Text::new("policy-mode-needs-own-measure").with("mode", reward.tier_mode);
        at_root(root, "qualifying_products", text, f);
    }
    if measure.scope == MeasureScope::Group && measure.beneficiary == Beneficiary::Member {
        let text = Text::new("policy-mode-needs-parent").with("mode", reward.tier_mode);
        at(root, "reward", "tier_mode", text, f);
    }
}

/// What exceeds a baseline is money or units, and has no sum of its own; each band of it has its
/// own tier already, so the tiers can't add up once more. False when something was reported.
fn growth_fits(
    measure: &Measure,
    reward: &Reward,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) -> bool {
    if !excess(measure) {
        return true;
    }
    let mode = reward.tier_mode;
    if measure.growth_on == GrowthOn::Banded && matches!(mode, TierMode::Rolling | TierMode::Total)
    {
        at(root, "reward", "tier_mode", Text::new("policy-banded-mode").with("mode", mode), f);
        return false;
    }
    if measure.scope == MeasureScope::Group && measure.beneficiary == Beneficiary::Member {
        at(root, "measure", "growth_on", Text::new("policy-excess-needs-parent"), f);
        return false;
    }
    let misfit = |reward: &TierReward| {
        !matches!(
            (measure.of, reward),
            (MeasureOf::Amount, TierReward::Percent(_))
                | (MeasureOf::Quantity, TierReward::PerUnit(_))
        )
    };
    if reward.tiers.iter().any(|tier| misfit(&tier.reward)) {
        let text = Text::new("policy-excess-misfit").with("on", measure.growth_on);
        at(root, "measure", "growth_on", text, f);
        return false;
    }
    true
}

/// Reports at a key of a table, or at the table when the key isn't written.
fn at(
    root: &mut Reader<'_, '_>,
    table: &'static str,
    key: &'static str,
    text: Text,
    f: &mut Faults<'_>,
) {
    let mut table = root.table(table, f);
    let offset = table.item(key).map_or_else(|| table.offset(), |item| item.offset);
    f.add(offset, table.path_of(key), text);
}

fn at_root(root: &mut Reader<'_, '_>, key: &'static str, text: Text, f: &mut Faults<'_>) {
    let offset = root.item(key).map_or_else(|| root.offset(), |item| item.offset);
    f.add(offset, root.path_of(key), text);
}
