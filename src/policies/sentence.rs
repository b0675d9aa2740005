//! A policy in words, made from its terms, so that what customers read is what is computed.

use super::terms::{
    Bound, CustomerScope, DateBasis, MeasureKind, ProductScope, Rounding, Terms, Tier, TierMode,
    TierReward,
};
use crate::values::{Money, PeriodKind, Quantity};
use crate::words::{Words, date, date_range};

/// The one sentence that says how the rebate is reckoned: 每季度采购净额达到 ¥100,000.00，按全部采购额的 5%
/// 返利。
pub fn formula(terms: &Terms, words: &Words) -> String {
    let period = words.t(period_key(terms.period));
    let measure = words.t(match terms.measure.kind {
        MeasureKind::Amount => "policy-says-amount",
        MeasureKind::Quantity => "policy-says-quantity",
        MeasureKind::Growth => "policy-says-growth",
        MeasureKind::Target => "policy-says-attainment",
    });
    let tiers: Vec<String> =
        terms.reward.tiers.iter().map(|tier| tier_words(terms, tier, words)).collect();
    words.with(
        "policy-says-formula",
        [
            ("period", period),
            ("measure", measure),
            ("tiers", tiers.join(&words.t("policy-says-comma"))),
            ("mode", words.t(mode_key(terms))),
        ],
    )
}

/// What the policy promises, sentence by sentence: validity, formula, what counts and when, limits,
/// settlement. One paragraph when joined.
pub fn summary(terms: &Terms, words: &Words) -> Vec<String> {
    let mut said = vec![validity(terms, words), formula(terms, words), dates(terms, words)];
    said.extend(customers(&terms.customers, words));
    said.push(match products(&terms.products, words) {
        Some(list) => words.t1("policy-says-products", "list", list),
        None => words.t("policy-says-every-product"),
    });
    if let Some(scope) = &terms.qualifying_products {
        said.push(match products(scope, words) {
            Some(list) => words.t1("policy-says-qualifying", "list", list),
            None => words.t("policy-says-qualifying-all"),
        });
    }
    said.extend(limits(terms, words));
    said.push(settlement(terms, words));
    said.push(words.t(match terms.reward.rounding {
        Rounding::HalfUp => "policy-says-half-up",
        Rounding::HalfEven => "policy-says-half-even",
    }));
    said
}

/// A tier's lower bound as pages print it: `¥100,000.00` or `1,000`.
pub fn bound_shown(terms: &Terms, tier: &Tier) -> String {
    match terms.measure.kind {
        MeasureKind::Amount => terms.money(tier.from).shown(),
        MeasureKind::Quantity => {
            Quantity::exact(tier.from).map(|q| q.to_string()).unwrap_or_default()
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

fn tier_words(terms: &Terms, tier: &Tier, words: &Words) -> String {
    let per_unit = matches!(tier.reward, TierReward::PerUnit(_));
    let key = match (terms.reward.bound, per_unit) {
        (Bound::AtLeast, false) => "policy-says-at-least",
        (Bound::MoreThan, false) => "policy-says-more-than",
        (Bound::AtLeast, true) => "policy-says-at-least-per-unit",
        (Bound::MoreThan, true) => "policy-says-more-than-per-unit",
    };
    let reward = factor_shown(terms, tier.reward);
    words.t2(key, "from", bound_shown(terms, tier), "reward", reward)
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

fn mode_key(terms: &Terms) -> &'static str {
    let lump_only =
        terms.reward.tiers.iter().all(|tier| matches!(tier.reward, TierReward::LumpSum(_)));
    match (terms.reward.tier_mode, lump_only) {
        (TierMode::AllUnits, true) => "policy-says-lump-once",
        (_, true) => "policy-says-lump-each",
        (TierMode::AllUnits, false) => "policy-says-all-units",
        (TierMode::Marginal, false) => "policy-says-marginal",
        (TierMode::Rolling, false) => "policy-says-rolling",
        (TierMode::Total, false) => "policy-says-total",
    }
}

fn validity(terms: &Terms, words: &Words) -> String {
    match terms.to {
        Some(to) => {
            words.t1("policy-says-valid", "days", date_range(words.language, terms.from, to))
        }
        None => words.t1("policy-says-valid-from", "first", date(words.language, terms.from)),
    }
}

fn dates(terms: &Terms, words: &Words) -> String {
    words.t(match terms.measure.date {
        DateBasis::Document => "policy-says-by-document",
        DateBasis::Delivery => "policy-says-by-delivery",
        DateBasis::Paid => "policy-says-by-payment",
    })
}

/// Nothing when the policy is for everyone.
fn customers(scope: &CustomerScope, words: &Words) -> Vec<String> {
    let named = |prefix: &str, values: &[String]| -> Vec<String> {
        let key = |value: &String| format!("{prefix}-{}", value.replace('_', "-"));
        values
            .iter()
            .map(|v| if words.has(&key(v)) { words.t(&key(v)) } else { v.clone() })
            .collect()
    };
    let parts = [
        ("policy-says-types", named("policy-type", &scope.types)),
        ("policy-says-classes", named("policy-class", &scope.classes)),
        ("policy-says-regions", scope.regions.clone()),
        ("policy-says-groups", scope.groups.clone()),
        ("policy-says-customers", scope.codes.clone()),
        ("policy-says-except", scope.except.clone()),
    ];
    let mut said = Vec::new();
    if let Some(list) = listed(&parts, words) {
        said.push(words.t1("policy-says-for", "list", list));
    }
    if scope.min_tenure_months > 0 {
        said.push(words.t1("policy-says-tenure", "months", scope.min_tenure_months));
    }
    said
}

fn products(scope: &ProductScope, words: &Words) -> Option<String> {
    let parts = [
        ("policy-says-categories", scope.categories.clone()),
        ("policy-says-brands", scope.brands.clone()),
        ("policy-says-products-named", scope.codes.clone()),
        ("policy-says-except-categories", scope.except_categories.clone()),
        ("policy-says-except-brands", scope.except_brands.clone()),
        ("policy-says-except-products", scope.except_codes.clone()),
    ];
    listed(&parts, words)
}

fn listed(parts: &[(&'static str, Vec<String>)], words: &Words) -> Option<String> {
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| words.t1(key, "list", values.join(&words.t("policy-says-enumerate"))))
        .collect();
    (!said.is_empty()).then(|| said.join(&words.t("policy-says-semicolon")))
}

fn limits(terms: &Terms, words: &Words) -> Vec<String> {
    let reward = &terms.reward;
    [
        ("policy-says-guarantee", reward.guarantee),
        ("policy-says-cap", reward.cap),
        ("policy-says-minimum", reward.minimum_payout),
    ]
    .into_iter()
    .filter_map(|(key, amount)| Some(words.t1(key, "amount", terms.money(amount?))))
    .collect()
}

fn settlement(terms: &Terms, words: &Words) -> String {
    let form = words.code("form", terms.form.as_str());
    match terms.settle_within_days {
        Some(days) => words.t2("policy-says-settled-within", "form", form, "days", days),
        None => words.t1("policy-says-settled", "form", form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::parse;
    use crate::values::Language;
    use crate::words::words;

    fn policy(kind: &str, reward: &str) -> Terms {
        let source = format!(
            "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
             to = 2026-12-31\nform = \"offset\"\nsettle_within_days = 30\nname.en = \"Q\"\n\
             customers = {{ types = [\"distributor\"], classes = [\"vip\"] }}\n\
             products = {{ categories = [\"电视\", \"冰箱\"], except_codes = [\"POST\"] }}\n\
             measure.kind = \"{kind}\"\n[reward]\n{reward}"
        );
        parse(&source).unwrap()
    }

    #[test]
    fn the_formula_says_tiers_bound_and_mode() {
        let one = "tiers = [{ from = \"100000\", percent = \"5\" }]\n";
        let two = "tiers = [{ from = \"1000\", per_unit = \"0.05\" }, \
                   { from = \"2000\", per_unit = \"0.08\" }]\n";
        for (kind, reward, zh, en) in [
            (
                "amount",
                format!("tier_mode = \"all_units\"\n{one}"),
                "每季度采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对全部采购计算返利（全额）。",
                "Each quarter, net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to all purchases (all units).",
            ),
            (
                "quantity",
                format!("tier_mode = \"marginal\"\nbound = \"more_than\"\n{two}"),
                "每季度采购数量超过 1,000 每件返 ¥0.05，超过 2,000 每件返 ¥0.08；每一段只按本段的标准计算返利（超额累进）。",
                "Each quarter, quantities of more than 1,000 earn ¥0.05 per unit, more than 2,000 earn ¥0.08 per unit; each slab earns at its own rate (marginal).",
            ),
        ] {
            let terms = policy(kind, &reward);
            assert_eq!(formula(&terms, words(Language::ZhCn)), zh);
            assert_eq!(formula(&terms, words(Language::En)), en);
        }
    }

    #[test]
    fn the_summary_says_all_that_decides() {
        let reward = "tier_mode = \"total\"\ncap = \"50000\"\nminimum_payout = \"100\"\n\
            rounding = \"half_even\"\ntiers = [{ from = \"0\", lump_sum = \"20\" }]\n";
        let terms = policy("amount", reward);
        let said = summary(&terms, words(Language::ZhCn)).concat();
        for part in [
            "2026年1月1日–12月31日有效",
            "单据日期",
            "经销商",
            "VIP",
            "产品类别为电视、冰箱",
            "不含产品 POST",
            "封顶 ¥50,000.00",
            "¥100.00",
            "抵货款",
            "30 天内",
            "五成双",
        ] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        for language in Language::ALL {
            let said = summary(&terms, words(*language)).join(" ");
            assert!(!said.contains("[policy") && !said.contains("{$"), "{said}");
        }
    }
}
