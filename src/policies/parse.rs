//! From a policy file to [`Terms`], or everything that is wrong with it at once.

use rust_decimal::Decimal;
use toml::de::DeTable;

use super::read::{Faults, Item, Reader, entries, place, wrong_kind};
use super::terms::{
    Beneficiary, Bound, CustomerScope, DateBasis, Form, GrowthOn, Measure, MeasureKind, MeasureOf,
    MeasureScope, Names, NoBaseline, Overlap, OverlapRule, ProductScope, Reward, Rounding, Terms,
    Tier, TierMode, TierReward, Window,
};
use super::{FileProblem, MOST_BYTES};
use super::{check, combine, limits};
use crate::values::{Currency, Money, PeriodKind, Problem, Text};

/// A list of tiers longer than this is a mistake.
const MOST_TIERS: usize = 100;

/// Who is given longer than this to use a balance may as well have it for good.
const MOST_MONTHS: u32 = 120;

/// Reads a policy file.
///
/// # Errors
/// Every problem found, each with the path of its key, its line and column, in file order.
pub fn parse(source: &str) -> Result<Terms, Vec<FileProblem>> {
    match read_file(source) {
        (Some(terms), found) if found.is_empty() => Ok(terms),
        (_, found) => Err(found),
    }
}

/// What a file says that was right by the rules of its day, whatever has been refused since.
pub(super) fn parse_kept(source: &str) -> Option<Terms> {
    read_file(source).0
}

/// The terms as far as every value could be read, and what is wrong with them, in file order.
fn read_file(source: &str) -> (Option<Terms>, Vec<FileProblem>) {
    if source.len() > MOST_BYTES {
        let text = Text::new("policy-too-large").with("most", MOST_BYTES);
        let problem = Problem::new("file", text);
        return (None, vec![FileProblem { line: 1, column: 1, problem }]);
    }
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let table = match DeTable::parse(source) {
        Ok(table) => table,
        Err(error) => return (None, vec![syntax(source, &error)]),
    };
    let mut faults = Faults::new(source);
    let terms = read(Reader::root(table.get_ref()), &mut faults);
    let mut found = faults.found;
    found.sort_by_key(|f| (f.line, f.column));
    (terms, found)
}

fn syntax(source: &str, error: &toml::de::Error) -> FileProblem {
    let at = place(source, error.span().map_or(0, |span| span.start));
    let what = error.message().lines().collect::<Vec<_>>().join("; ");
    let text = Text::new("policy-not-toml").with("what", what);
    FileProblem { line: at.line, column: at.column, problem: Problem::new("file", text) }
}

/// None only when something was reported.
fn read(mut root: Reader<'_, '_>, faults: &mut Faults<'_>) -> Option<Terms> {
    let f = faults;
    let code = check::required(&mut root, "code", f, Reader::text);
    if let (Some(code), Some(item)) = (&code, root.item("code")) {
        check::code(code, &item, f);
    }
    let currency = check::required(&mut root, "currency", f, currency);
    let period = check::required(&mut root, "period", f, |r, key, f| {
        r.one_of(key, PeriodKind::ALL, PeriodKind::as_str, f)
    });
    let from = check::required(&mut root, "from", f, Reader::date);
    let to = root.date("to", f);
    let form = check::required(&mut root, "form", f, |r, key, f| {
        r.one_of(key, Form::ALL, Form::as_str, f)
    });
    let settle_within_days = root.count("settle_within_days", 730, f);
    let grace_days = root.count("grace_days", 366, f).unwrap_or(0);
    let expires_after_months = root.months("expires_after_months", MOST_MONTHS, f);
    let owner = root.text("owner", f);
    if let (Some(owner), Some(item)) = (&owner, root.item("owner")) {
        check::owner(owner, &item, f);
    }
    let contract_ref = root.text("contract_ref", f);
    check::dates(&mut root, period, from, to, f);
    check::settlement(&mut root, settle_within_days, grace_days, f);
    let name = names(&mut root, f);
    let customers = customers(&mut root, f);
    let products = product_scope(&mut root, "products", f).unwrap_or_default();
    let qualifying_products = product_scope(&mut root, "qualifying_products", f);
    let measure = measure(&mut root, f);
    let reward = reward(&mut root, currency, measure.as_ref().map(|m| m.kind), f);
    let overlap = overlap(&mut root, f);
    if let Some(reward) = &reward {
        limits::agree(period, reward, &mut root, f);
    }
    if let (Some(reward), Some(measure)) = (&reward, &measure) {
        let others = qualifying_products.is_some();
        combine::fits(period, measure, reward, others, &mut root, f);
    }
    root.finish(f);
    Some(Terms {
        code: code?,
        currency: currency?,
        period: period?,
        from: from?,
        to,
        form: form?,
        settle_within_days,
        grace_days,
        expires_after_months,
        owner,
        contract_ref,
        name: name?,
        customers,
        products,
        qualifying_products,
        measure: measure?,
        reward: reward?,
        overlap,
    })
}

fn currency(root: &mut Reader<'_, '_>, key: &'static str, f: &mut Faults<'_>) -> Option<Currency> {
    let text = root.text(key, f)?;
    let currency = text.parse().ok();
    if currency.is_none()
        && let Some(item) = root.item(key)
    {
        f.add(item.offset, item.path, wrong_kind("policy-want-currency", item.value));
    }
    currency
}

fn names(root: &mut Reader<'_, '_>, f: &mut Faults<'_>) -> Option<Names> {
    let mut table = root.table("name", f);
    let zh_cn = table.text("zh-CN", f);
    let en = table.text("en", f);
    let given = table.is_present();
    if zh_cn.is_none() && en.is_none() && (!given || !f.reported_under("name")) {
        table.missing("zh-CN", f);
    }
    table.finish(f);
    let either = zh_cn.clone().or_else(|| en.clone())?;
    Some(Names { zh_cn: zh_cn.unwrap_or_else(|| either.clone()), en: en.unwrap_or(either) })
}

fn customers(root: &mut Reader<'_, '_>, f: &mut Faults<'_>) -> CustomerScope {
    let mut table = root.table("customers", f);
    let scope = CustomerScope {
        types: table.texts("types", f),
        classes: table.texts("classes", f),
        regions: table.texts("regions", f),
        codes: table.texts("codes", f),
        groups: table.texts("groups", f),
        except: table.texts("except", f),
        min_tenure_months: table.count("min_tenure_months", 1200, f).unwrap_or(0),
    };
    if let Some(types) = table.item("types") {
        check::customer_types(&types, f);
    }
    check::apart(&mut table, "codes", &scope.codes, "except", &scope.except, f);
    table.finish(f);
    scope
}

fn product_scope(
    root: &mut Reader<'_, '_>,
    key: &'static str,
    f: &mut Faults<'_>,
) -> Option<ProductScope> {
    let mut table = root.table(key, f);
    let scope = ProductScope {
        categories: table.texts("categories", f),
        brands: table.texts("brands", f),
        codes: table.texts("codes", f),
        except_categories: table.texts("except_categories", f),
        except_brands: table.texts("except_brands", f),
        except_codes: table.texts("except_codes", f),
    };
    check::apart(
        &mut table,
        "categories",
        &scope.categories,
        "except_categories",
        &scope.except_categories,
        f,
    );
    check::apart(&mut table, "brands", &scope.brands, "except_brands", &scope.except_brands, f);
    check::apart(&mut table, "codes", &scope.codes, "except_codes", &scope.except_codes, f);
    let given = table.is_present();
    table.finish(f);
    given.then_some(scope)
}

fn measure(root: &mut Reader<'_, '_>, f: &mut Faults<'_>) -> Option<Measure> {
    let mut table = root.table("measure", f);
    let t = &mut table;
    let kind = check::required(t, "kind", f, |t, key, f| {
        t.one_of(key, MeasureKind::ALL, MeasureKind::as_str, f)
    });
    let of = t.one_of("of", MeasureOf::ALL, MeasureOf::as_str, f);
    let window = t.one_of("window", Window::ALL, Window::as_str, f);
    let scope = t.one_of("scope", MeasureScope::ALL, MeasureScope::as_str, f);
    let beneficiary = t.one_of("beneficiary", Beneficiary::ALL, Beneficiary::as_str, f);
    let growth_on = t.one_of("growth_on", GrowthOn::ALL, GrowthOn::as_str, f);
    let no_baseline = no_baseline(t, f);
    let date = t.one_of("date", DateBasis::ALL, DateBasis::as_str, f);
    let measure = kind.map(|kind| Measure {
        kind,
        of: of.unwrap_or_default(),
        window: window.unwrap_or_default(),
        scope: scope.unwrap_or_default(),
        beneficiary: beneficiary.unwrap_or_default(),
        no_baseline: no_baseline.unwrap_or_default(),
        growth_on: growth_on.unwrap_or_default(),
        date: date.unwrap_or(DateBasis::Document),
    });
    if let Some(measure) = &measure {
        combine::measure_keys(measure, t, f);
    }
    table.finish(f);
    measure
}

/// `"none"`, or the number of a tier from 1.
fn no_baseline(table: &mut Reader<'_, '_>, f: &mut Faults<'_>) -> Option<NoBaseline> {
    let item = table.item("no_baseline")?;
    if item.value.as_str() == Some("none") {
        return Some(NoBaseline::None);
    }
    let number = table.count_or_text("no_baseline").filter(|number| *number >= 1);
    if number.is_none() {
        f.add(item.offset, item.path, wrong_kind("policy-want-no-baseline", item.value));
    }
    number.map(NoBaseline::Tier)
}

/// Which other policies it competes with, if any.
fn overlap(root: &mut Reader<'_, '_>, f: &mut Faults<'_>) -> Option<Overlap> {
    root.item("overlap")?;
    let mut table = root.table("overlap", f);
    if !table.is_present() {
        return None;
    }
    let exclusive_group = check::required(&mut table, "exclusive_group", f, Reader::text);
    let rule = check::required(&mut table, "rule", f, |t, key, f| {
        t.one_of(key, OverlapRule::ALL, OverlapRule::as_str, f)
    });
    let priority = table.count("priority", 1_000_000, f);
    if rule == Some(OverlapRule::First) && table.item("priority").is_none() {
        f.add(table.offset(), table.path_of("priority"), Text::new("policy-first-needs-priority"));
    }
    table.finish(f);
    Some(Overlap { exclusive_group: exclusive_group?, rule: rule?, priority })
}

fn reward(
    root: &mut Reader<'_, '_>,
    currency: Option<Currency>,
    kind: Option<MeasureKind>,
    f: &mut Faults<'_>,
) -> Option<Reward> {
    let mut table = root.table("reward", f);
    let tier_mode = check::required(&mut table, "tier_mode", f, |t, key, f| {
        t.one_of(key, TierMode::ALL, TierMode::as_str, f)
    });
    let bound = table.one_of("bound", Bound::ALL, Bound::as_str, f).unwrap_or_default();
    let rounding = table.one_of("rounding", Rounding::ALL, Rounding::as_str, f).unwrap_or_default();
    let cap = money(&mut table, "cap", currency, f);
    let cap_total = money(&mut table, "cap_total", currency, f);
    let guarantee = money(&mut table, "guarantee", currency, f);
    let guarantee_cumulative = money(&mut table, "guarantee_cumulative", currency, f);
    let minimum_payout = money(&mut table, "minimum_payout", currency, f);
    let tiers = tiers(&mut table, currency, kind, f);
    table.finish(f);
    Some(Reward {
        tier_mode: tier_mode?,
        bound,
        rounding,
        cap,
        cap_total,
        guarantee,
        guarantee_cumulative,
        minimum_payout,
        tiers: tiers?,
    })
}

/// An amount above zero that the currency can hold exactly.
fn money(
    table: &mut Reader<'_, '_>,
    key: &'static str,
    currency: Option<Currency>,
    f: &mut Faults<'_>,
) -> Option<Decimal> {
    let (amount, item) = table.decimal(key, f)?;
    if amount <= Decimal::ZERO {
        f.add(item.offset, item.path, wrong_kind("policy-want-positive", item.value));
    } else if let Some(currency) = currency
        && Money::exact(amount, currency).is_none()
    {
        f.add(item.offset, &*item.path, check::too_fine(&item, currency));
    }
    Some(amount)
}

fn tiers(
    reward: &mut Reader<'_, '_>,
    currency: Option<Currency>,
    kind: Option<MeasureKind>,
    f: &mut Faults<'_>,
) -> Option<Vec<Tier>> {
    let Some(list) = reward.item("tiers") else {
        reward.missing("tiers", f);
        return None;
    };
    let Some(items) = entries(&list) else {
        f.add(list.offset, list.path, wrong_kind("policy-want-tables", list.value));
        return None;
    };
    if items.is_empty() || items.len() > MOST_TIERS {
        f.add(list.offset, &*list.path, Text::new("policy-tier-count").with("most", MOST_TIERS));
        return None;
    }
    let mut tiers: Vec<Tier> = Vec::with_capacity(items.len());
    let mut whole = true;
    for item in &items {
        match tier(item, currency, kind, f) {
            Some(tier) => {
                check::rises(tiers.last(), &tier, item, f);
                check::same_base(tiers.first(), &tier, item, f);
                tiers.push(tier);
            }
            None => whole = false,
        }
    }
    whole.then_some(tiers)
}

fn tier(
    item: &Item<'_, '_>,
    currency: Option<Currency>,
    kind: Option<MeasureKind>,
    f: &mut Faults<'_>,
) -> Option<Tier> {
    let mut table = Reader::of_item(item, f);
    if !table.is_present() {
        return None;
    }
    let from = table.decimal("from", f);
    if from.is_none() && !f.reported_under(&table.path_of("from")) {
        table.missing("from", f);
    }
    if let Some((from, item)) = &from {
        check::lower_bound(*from, item, currency, kind, f);
    }
    let percent = table.decimal("percent", f);
    let per_unit = table.decimal("per_unit", f);
    let lump_sum = table.decimal("lump_sum", f);
    let given: Vec<&'static str> = ["percent", "per_unit", "lump_sum"]
        .into_iter()
        .filter(|key| table.item(key).is_some())
        .collect();
    if given.len() != 1 {
        let found = if given.is_empty() { "—".to_owned() } else { given.join(", ") };
        f.add(item.offset, &*item.path, Text::new("policy-one-reward").with("found", found));
    }
    let reward = percent
        .map(|(rate, item)| (TierReward::Percent(rate), item))
        .or(per_unit.map(|(rate, item)| (TierReward::PerUnit(rate), item)))
        .or(lump_sum.map(|(sum, item)| (TierReward::LumpSum(sum), item)));
    if let Some((reward, item)) = &reward {
        check::rate(*reward, item, currency, f);
    }
    table.finish(f);
    (given.len() == 1).then_some(())?;
    Some(Tier { from: from?.0, reward: reward?.0 })
}
