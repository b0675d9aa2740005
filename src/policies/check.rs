//! What a policy file may not say, beyond the kind of each value: bounds, combinations that mean
//! nothing, and what the format has but the portal doesn't compute yet.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::read::{Faults, Item, Reader, entries, shown, wrong_kind};
use super::terms::{MeasureKind, Reward, Tier, TierMode, TierReward};
use crate::values::{Currency, EmailAddress, Money, PeriodKind, Quantity, Text};

/// Decimals a rate may have; enough for a hundredth of a basis point.
const RATE_DECIMALS: u32 = 6;

/// Money per unit is at most this many major units.
const MOST_PER_UNIT: i64 = 1_000_000;

impl Faults<'_> {
    /// Whether something about this path was reported already.
    pub fn reported_under(&self, path: &str) -> bool {
        self.found.iter().any(|f| f.problem.field.starts_with(path))
    }
}

/// Reads what must be there; an absent key is reported, a wrong one was.
pub(super) fn required<'t, 'i, 's, T>(
    table: &mut Reader<'t, 'i>,
    key: &'static str,
    f: &mut Faults<'s>,
    read: impl FnOnce(&mut Reader<'t, 'i>, &'static str, &mut Faults<'s>) -> Option<T>,
) -> Option<T> {
    if table.item(key).is_none() {
        table.missing(key, f);
        return None;
    }
    read(table, key, f)
}

/// Codes stand in addresses, file names and command lines.
pub(super) fn code(code: &str, item: &Item<'_, '_>, f: &mut Faults<'_>) {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let right = code.chars().all(inside)
        && code.chars().next().is_some_and(char::is_alphanumeric)
        && code.chars().count() <= 40;
    if !right {
        f.add(item.offset, &*item.path, wrong_kind("policy-want-code", item.value));
    }
}

pub(super) fn owner(owner: &str, item: &Item<'_, '_>, f: &mut Faults<'_>) {
    if EmailAddress::parse(owner).is_none() {
        f.add(item.offset, &*item.path, wrong_kind("policy-want-email", item.value));
    }
}

pub(super) fn dates(
    root: &mut Reader<'_, '_>,
    period: Option<PeriodKind>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    f: &mut Faults<'_>,
) {
    let given = root.item("to");
    if period == Some(PeriodKind::Term) && given.is_none() {
        f.add(0, "to", Text::new("policy-term-needs-to"));
    }
    if let (Some(from), Some(to), Some(item)) = (from, to, given)
        && from > to
    {
        let text = Text::new("policy-to-before-from").with("to", to).with("from", from);
        f.add(item.offset, item.path, text);
    }
}

pub(super) fn customer_types(types: &Item<'_, '_>, f: &mut Faults<'_>) {
    for entry in entries(types).unwrap_or_default() {
        let unknown = |text: &str| !matches!(text, "customer" | "distributor");
        if entry.value.as_str().is_some_and(unknown) {
            let text = wrong_kind("policy-want-one-of", entry.value)
                .with("names", "customer, distributor");
            f.add(entry.offset, entry.path, text);
        }
    }
}

/// What a list names, its exceptions can't take out again.
pub(super) fn apart(
    table: &mut Reader<'_, '_>,
    key: &str,
    list: &[String],
    except_key: &'static str,
    except: &[String],
    f: &mut Faults<'_>,
) {
    let Some(item) = table.item(except_key) else { return };
    for both in except.iter().filter(|value| list.contains(value)) {
        let text =
            Text::new("policy-in-both").with("found", both).with("other", table.path_of(key));
        f.add(item.offset, &*item.path, text);
    }
}

/// The format has it, this version of the portal doesn't compute it: refused, never ignored.
pub(super) fn not_offered(table: &mut Reader<'_, '_>, key: &'static str, f: &mut Faults<'_>) {
    if let Some(item) = table.item(key) {
        let text = Text::new("policy-not-offered").with("found", shown(item.value));
        f.add(item.offset, item.path, text);
    }
}

pub(super) fn not_offered_table(root: &mut Reader<'_, '_>, key: &'static str, f: &mut Faults<'_>) {
    let Some(item) = root.item(key) else { return };
    match item.value {
        DeValue::Table(_) => {
            let mut table = Reader::of_item(&item, f);
            for key in ["exclusive_group", "rule", "priority"] {
                not_offered(&mut table, key, f);
            }
            table.finish(f);
        }
        _ => f.add(item.offset, item.path, wrong_kind("policy-want-table", item.value)),
    }
}

/// A key of which only the first value is offered so far.
pub(super) fn only_default(
    table: &mut Reader<'_, '_>,
    key: &'static str,
    names: &[&'static str],
    f: &mut Faults<'_>,
) {
    let chosen = table.one_of(key, names, |name| name, f);
    if chosen.is_some() && chosen != names.first().copied() {
        not_offered(table, key, f);
    }
}

/// Keys that only a growth measure has; their defaults may stand beside another measure.
pub(super) fn growth_only(table: &mut Reader<'_, '_>, other_kind: bool, f: &mut Faults<'_>) {
    let growth_on = table.one_of("growth_on", &["whole", "excess", "banded"], |name| name, f);
    let no_baseline = table.item("no_baseline");
    if !other_kind {
        return;
    }
    let odd_baseline = no_baseline.filter(|item| item.value.as_str() != Some("none"));
    let odd_growth =
        table.item("growth_on").filter(|_| growth_on.is_some_and(|value| value != "whole"));
    for item in odd_baseline.into_iter().chain(odd_growth) {
        f.add(item.offset, item.path, wrong_kind("policy-growth-only", item.value));
    }
}

pub(super) fn limits(
    table: &mut Reader<'_, '_>,
    cap: Option<Decimal>,
    guarantee: Option<Decimal>,
    f: &mut Faults<'_>,
) {
    if let (Some(cap), Some(guarantee), Some(item)) = (cap, guarantee, table.item("cap"))
        && cap < guarantee
    {
        let text =
            Text::new("policy-cap-below-guarantee").with("cap", cap).with("guarantee", guarantee);
        f.add(item.offset, item.path, text);
    }
}

pub(super) fn too_fine(item: &Item<'_, '_>, currency: Currency) -> Text {
    wrong_kind("policy-too-fine", item.value)
        .with("currency", currency)
        .with("decimals", currency.decimals())
}

pub(super) fn lower_bound(
    from: Decimal,
    item: &Item<'_, '_>,
    currency: Option<Currency>,
    kind: Option<MeasureKind>,
    f: &mut Faults<'_>,
) {
    if from < Decimal::ZERO {
        f.add(item.offset, &*item.path, wrong_kind("policy-want-not-negative", item.value));
        return;
    }
    match (kind, currency) {
        (Some(MeasureKind::Amount), Some(currency)) if Money::exact(from, currency).is_none() => {
            f.add(item.offset, &*item.path, too_fine(item, currency));
        }
        (Some(MeasureKind::Quantity), _) if Quantity::exact(from).is_none() => {
            f.add(item.offset, &*item.path, wrong_kind("policy-quantity-too-fine", item.value));
        }
        _ => {}
    }
}

pub(super) fn rate(
    reward: TierReward,
    item: &Item<'_, '_>,
    currency: Option<Currency>,
    f: &mut Faults<'_>,
) {
    let (TierReward::Percent(value) | TierReward::PerUnit(value) | TierReward::LumpSum(value)) =
        reward;
    let text = match (reward, currency) {
        _ if value < Decimal::ZERO => wrong_kind("policy-want-not-negative", item.value),
        (TierReward::Percent(rate), _) if rate > Decimal::ONE_HUNDRED => {
            wrong_kind("policy-percent-over-100", item.value)
        }
        (TierReward::PerUnit(rate), _) if rate > Decimal::from(MOST_PER_UNIT) => {
            wrong_kind("policy-rate-too-large", item.value).with("most", MOST_PER_UNIT)
        }
        (TierReward::Percent(rate) | TierReward::PerUnit(rate), _)
            if rate.scale() > RATE_DECIMALS =>
        {
            wrong_kind("policy-rate-too-fine", item.value).with("decimals", RATE_DECIMALS)
        }
        (TierReward::LumpSum(sum), Some(currency)) if Money::exact(sum, currency).is_none() => {
            too_fine(item, currency)
        }
        _ => return,
    };
    f.add(item.offset, &*item.path, text);
}

pub(super) fn rises(before: Option<&Tier>, tier: &Tier, item: &Item<'_, '_>, f: &mut Faults<'_>) {
    let Some(before) = before.filter(|before| tier.from <= before.from) else { return };
    let text = Text::new("policy-tiers-rise").with("from", tier.from).with("before", before.from);
    let mut table = Reader::of_item(item, f);
    if let Some(from) = table.item("from") {
        f.add(from.offset, from.path, text);
    }
}

/// Percent is of money and per-unit of units: one base can't be both. A lump sum goes with either.
pub(super) fn same_base(
    first: Option<&Tier>,
    tier: &Tier,
    item: &Item<'_, '_>,
    f: &mut Faults<'_>,
) {
    let mixed = matches!(
        (first.map(|t| t.reward), tier.reward),
        (Some(TierReward::Percent(_)), TierReward::PerUnit(_))
            | (Some(TierReward::PerUnit(_)), TierReward::Percent(_))
    );
    if mixed {
        f.add(item.offset, &*item.path, Text::new("policy-mixed-rewards"));
    }
}

/// Slabs of money earn percent, slabs of units earn money per unit, and what is sliced is what is
/// earned on: otherwise slabs mean nothing (DOMAIN §3.6).
pub(super) fn mode_fits(
    reward: &Reward,
    kind: MeasureKind,
    other_lines_qualify: bool,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) {
    let sliced = matches!(reward.tier_mode, TierMode::Marginal | TierMode::Rolling);
    let rate_pays = reward.tiers.iter().any(|t| !matches!(t.reward, TierReward::LumpSum(_)));
    if !sliced || !rate_pays {
        return;
    }
    let mut table = root.table("reward", f);
    let misfit = |tier: &Tier| {
        matches!(
            (kind, tier.reward),
            (MeasureKind::Amount, TierReward::PerUnit(_))
                | (MeasureKind::Quantity, TierReward::Percent(_))
        )
    };
    let offset = table.item("tier_mode").map_or(0, |item| item.offset);
    if reward.tiers.iter().any(misfit) {
        let text = Text::new("policy-mode-misfit").with("mode", reward.tier_mode);
        f.add(offset, "reward.tier_mode", text);
    }
    if other_lines_qualify {
        let text = Text::new("policy-mode-needs-own-measure").with("mode", reward.tier_mode);
        let at = root.item("qualifying_products").map_or(offset, |item| item.offset);
        f.add(at, "qualifying_products", text);
    }
}
