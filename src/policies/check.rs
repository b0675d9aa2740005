//! What a policy file may not say at one place, beyond the kind of each value: bounds and lists.
//! What contradicts something said elsewhere is in [`super::combine`].

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::read::{Faults, Item, Reader, entries, wrong_kind};
use super::terms::{MeasureKind, Tier, TierReward};
use crate::values::{Currency, EmailAddress, Money, PeriodKind, Quantity, Text};

/// Decimals a rate may have; enough for a hundredth of a basis point.
const RATE_DECIMALS: u32 = 6;

/// Growth or attainment beyond this many percent is a slip of the pen.
const MOST_PERCENT: i64 = 1_000_000;

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

/// What isn't closed yet can't be settled.
pub(super) fn settlement(
    root: &mut Reader<'_, '_>,
    within: Option<u32>,
    grace: u32,
    f: &mut Faults<'_>,
) {
    let (Some(days), Some(item)) = (within, root.item("settle_within_days")) else { return };
    if days < grace {
        let text = Text::new("policy-settled-before-closed").with("days", days);
        f.add(item.offset, item.path, text.with("grace", grace));
    }
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
        (Some(MeasureKind::Growth | MeasureKind::Target), _)
            if from.scale() > RATE_DECIMALS || from > Decimal::from(MOST_PERCENT) =>
        {
            let text = wrong_kind("policy-percent-bound", item.value)
                .with("most", MOST_PERCENT)
                .with("decimals", RATE_DECIMALS);
            f.add(item.offset, &*item.path, text);
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
