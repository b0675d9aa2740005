//! A policy in words, sentence by sentence: everything that decides about the rebate.

use super::sentence::{formula, measured};
use super::terms::{
    Beneficiary, CustomerScope, DateBasis, GrowthOn, MeasureKind, MeasureScope, NoBaseline,
    OverlapRule, ProductScope, Rounding, Terms, Window,
};
use crate::words::{Words, date, date_range};

/// What the policy promises, sentence by sentence: validity, formula, what is measured, what counts
/// and when, limits, settlement. One paragraph when joined.
pub fn summary(terms: &Terms, words: &Words) -> Vec<String> {
    let mut said = vec![validity(terms, words), formula(terms, words)];
    said.extend(measure(terms, words));
    said.push(dates(terms, words));
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
    said.extend(overlap(terms, words));
    said.push(settlement(terms, words));
    said.extend(expiry(terms, words));
    said.push(words.t(match terms.reward.rounding {
        Rounding::HalfUp => "policy-says-half-up",
        Rounding::HalfEven => "policy-says-half-even",
    }));
    said
}

fn validity(terms: &Terms, words: &Words) -> String {
    match terms.to {
        Some(to) => {
            words.t1("policy-says-valid", "days", date_range(words.language, terms.from, to))
        }
        None => words.t1("policy-says-valid-from", "first", date(words.language, terms.from)),
    }
}

/// What the formula leaves open: which baseline, which target, whose purchases, which days.
fn measure(terms: &Terms, words: &Words) -> Vec<String> {
    let measure = &terms.measure;
    let mut said = Vec::new();
    if measure.window == Window::YearToDate {
        said.push(words.t("policy-says-year-to-date"));
    }
    if measure.scope == MeasureScope::Group {
        said.push(words.t(match measure.beneficiary {
            Beneficiary::Member => "policy-says-members-earn",
            Beneficiary::Parent => "policy-says-parent-earns",
        }));
    }
    match measure.kind {
        MeasureKind::Amount | MeasureKind::Quantity => {}
        MeasureKind::Growth => {
            said.push(words.t1("policy-says-baseline", "what", measured(terms, words)));
            said.push(no_baseline(terms, words));
        }
        MeasureKind::Target => said.push(words.t(match measure.scope {
            MeasureScope::Customer => "policy-says-target",
            MeasureScope::Group => "policy-says-target-of-group",
        })),
    }
    said
}

fn no_baseline(terms: &Terms, words: &Words) -> String {
    match (terms.measure.no_baseline, terms.measure.growth_on) {
        (NoBaseline::None, _) => words.t("policy-says-no-baseline"),
        (NoBaseline::Tier(tier), GrowthOn::Whole) => {
            words.t1("policy-says-no-baseline-tier", "tier", tier)
        }
        (NoBaseline::Tier(tier), GrowthOn::Excess | GrowthOn::Banded) => {
            words.t1("policy-says-no-baseline-tier-on-all", "tier", tier)
        }
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
    let parts = [
        ("policy-says-types", named("policy-type", &scope.types, words)),
        ("policy-says-classes", named("policy-class", &scope.classes, words)),
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
        said.push(words.count("policy-says-tenure", i64::from(scope.min_tenure_months)));
    }
    said
}

/// The words for code names, where there are any.
pub(super) fn named(prefix: &str, codes: &[String], words: &Words) -> Vec<String> {
    let key = |code: &String| format!("{prefix}-{}", code.replace('_', "-"));
    let name = |code| if words.has(&key(code)) { words.t(&key(code)) } else { code.clone() };
    codes.iter().map(name).collect()
}

/// None for everything.
pub(super) fn products(scope: &ProductScope, words: &Words) -> Option<String> {
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
        ("policy-says-guarantee-of-the-year", reward.guarantee_cumulative),
        ("policy-says-cap", reward.cap),
        ("policy-says-cap-total", reward.cap_total),
        ("policy-says-minimum", reward.minimum_payout),
    ]
    .into_iter()
    .filter_map(|(key, amount)| Some(words.t1(key, "amount", terms.money(amount?))))
    .collect()
}

/// Nothing when the policy adds up with every other one.
fn overlap(terms: &Terms, words: &Words) -> Option<String> {
    let overlap = terms.overlap.as_ref()?;
    let group = overlap.exclusive_group.clone();
    Some(match (overlap.rule, overlap.priority) {
        (OverlapRule::First, Some(priority)) => {
            words.t2("policy-says-first", "group", group, "priority", priority)
        }
        _ => words.t1("policy-says-best", "group", group),
    })
}

/// Nothing when what is earned never expires.
fn expiry(terms: &Terms, words: &Words) -> Option<String> {
    let months = terms.expires_after_months?;
    Some(words.count("policy-says-expires", i64::from(months)))
}

fn settlement(terms: &Terms, words: &Words) -> String {
    let form = words.code("form", terms.form.as_str());
    match terms.settle_within_days {
        Some(days) => words.t2("policy-says-settled-within", "form", form, "days", days),
        None => words.t1("policy-says-settled", "form", form),
    }
}
