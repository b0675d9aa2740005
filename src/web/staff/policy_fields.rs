//! How the policy form looks: its sections and fields with their labels, choices and what is wrong
//! with each. The words are those of the file's keys: `editor-label-customers-classes`.

use super::super::Page;
use super::policy_form::{FIELDS, Kind, Typed, TypedTier, split};
use super::policy_problems::{label, stem};
use crate::customers;
use crate::db::Conn;
use crate::error::Result;
use crate::people;
use crate::policies::{
    self, Beneficiary, Bound, DateBasis, Form, GrowthOn, MeasureKind, MeasureOf, MeasureScope,
    OverlapRule, Rounding, TierMode, Window,
};
use crate::sales;
use crate::values::{PeriodKind, StaffRole};

/// What is suggested: values in use.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub currencies: Vec<String>,
    pub classes: Vec<String>,
    pub regions: Vec<String>,
    pub groups: Vec<String>,
    pub categories: Vec<String>,
    pub brands: Vec<String>,
    pub owners: Vec<String>,
    pub exclusive_groups: Vec<String>,
}

/// Reads what is in use.
pub(super) fn known(conn: &mut Conn) -> Result<Known> {
    let filed = customers::in_use(conn)?;
    let (categories, brands) = sales::categories_and_brands(conn)?;
    let staff = people::staff_with_role(conn, StaffRole::Finance)?;
    let managers = people::staff_with_role(conn, StaffRole::AccountManager)?;
    let mut owners: Vec<String> =
        staff.into_iter().chain(managers).map(|person| person.email).collect();
    let promised = policies::in_force(conn)?;
    let competing = promised.into_iter().filter_map(|version| version.terms.overlap);
    let mut exclusive_groups: Vec<String> = competing.map(|o| o.exclusive_group).collect();
    for values in [&mut owners, &mut exclusive_groups] {
        values.sort();
        values.dedup();
    }
    Ok(Known {
        currencies: filed.currencies,
        classes: filed.classes,
        regions: filed.regions,
        groups: filed.groups,
        categories,
        brands,
        owners,
        exclusive_groups,
    })
}

/// Values named in a hint.
const MOST_NAMED: usize = 12;

/// Some fields under a heading.
pub(super) struct Section {
    pub id: &'static str,
    pub title: String,
    pub hint: String,
    pub fields: Vec<Field>,
    /// What only some policies need; folded away while it is empty.
    pub more: Option<More>,
}

pub(super) struct More {
    pub title: String,
    pub open: bool,
    pub fields: Vec<Field>,
}

pub(super) struct Field {
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub control: Control,
    /// What is wrong with it.
    pub wrong: Vec<String>,
}

impl Field {
    /// How tall the box of a list is.
    pub(super) fn rows(&self) -> usize {
        self.value.lines().count().clamp(2, 8)
    }
}

pub(super) enum Control {
    /// With the list of suggestions, where there is one.
    Line(&'static str),
    Day,
    Area,
    Choice(Vec<(String, String)>),
    Checks(Vec<(String, String, bool)>),
    Radios(Vec<(String, String)>),
}

/// A row of the tier builder.
pub(super) struct TierRow {
    pub index: usize,
    pub number: usize,
    pub from: String,
    pub value: String,
    pub pays: Vec<(&'static str, String, bool)>,
    pub from_wrong: Vec<String>,
    pub value_wrong: Vec<String>,
}

/// Headings, their fields, and the fields folded away under them.
const LAYOUT: &[(&str, &[&str], &[&str])] = &[
    (
        "what",
        &[
            "code",
            "currency",
            "name.zh-CN",
            "name.en",
            "period",
            "form",
            "from",
            "to",
            "settle_within_days",
            "grace_days",
            "expires_after_months",
            "owner",
            "contract_ref",
        ],
        &[],
    ),
    (
        "who",
        &["customers.types", "customers.classes", "customers.regions", "customers.groups"],
        &["customers.codes", "customers.except", "customers.min_tenure_months"],
    ),
    (
        "products",
        &["products.categories", "products.brands"],
        &[
            "products.codes",
            "products.except_categories",
            "products.except_brands",
            "products.except_codes",
        ],
    ),
    (
        "qualifying",
        &["qualifying"],
        &[
            "qualifying_products.categories",
            "qualifying_products.brands",
            "qualifying_products.codes",
            "qualifying_products.except_categories",
            "qualifying_products.except_brands",
            "qualifying_products.except_codes",
        ],
    ),
    (
        "measure",
        &["measure.kind", "measure.window", "measure.date", "measure.scope"],
        &["measure.of", "measure.growth_on", "measure.no_baseline", "measure.beneficiary"],
    ),
    ("reward", &["reward.tier_mode", "reward.bound"], &[]),
    (
        "limits",
        &["reward.cap", "reward.guarantee", "reward.minimum_payout"],
        &["reward.cap_total", "reward.guarantee_cumulative", "reward.rounding"],
    ),
    ("overlap", &[], &["overlap.exclusive_group", "overlap.rule", "overlap.priority"]),
];

/// What a field holds while nobody says otherwise; it doesn't unfold what it is in.
const DEFAULTS: &[(&str, &str)] = &[
    ("measure.of", "amount"),
    ("measure.growth_on", "whole"),
    ("measure.no_baseline", "none"),
    ("measure.beneficiary", "member"),
    ("reward.rounding", "half_up"),
    ("overlap.rule", "best"),
    ("customers.min_tenure_months", "0"),
];

/// The form as the page shows it.
pub(super) fn sections(page: &Page, typed: &Typed, known: &Known) -> Vec<Section> {
    let fields = |paths: &[&'static str]| -> Vec<Field> {
        paths.iter().map(|path| field(page, typed, known, path)).collect()
    };
    LAYOUT
        .iter()
        .map(|(id, shown, folded)| Section {
            id,
            title: page.t(&format!("editor-section-{id}")),
            hint: optional(page, &format!("editor-about-{id}")),
            fields: fields(shown),
            more: (!folded.is_empty()).then(|| More {
                title: page.t(&format!("editor-more-{id}")),
                open: folded.iter().any(|path| is_used(page, typed, path)),
                fields: fields(folded),
            }),
        })
        .collect()
}

fn is_used(page: &Page, typed: &Typed, path: &str) -> bool {
    let value = typed.get(path).trim();
    let default = DEFAULTS.iter().any(|(known, default)| *known == path && *default == value);
    page.problem(path).is_some() || !(value.is_empty() || default)
}

fn optional(page: &Page, key: &str) -> String {
    if page.words.has(key) { page.t(key) } else { String::new() }
}

fn wrong(page: &Page, field: &str) -> Vec<String> {
    let own = page.problems.iter().filter(|(name, _)| name == field);
    own.map(|(_, sentence)| sentence.clone()).collect()
}

fn field(page: &Page, typed: &Typed, known: &Known, path: &'static str) -> Field {
    let stem = stem(path);
    let mut hint = optional(page, &format!("editor-hint-{stem}"));
    if let Some(values) = in_use(path, known) {
        if !hint.is_empty() {
            hint.push(' ');
        }
        let values: Vec<String> = match path {
            "customers.classes" => values.iter().map(|class| with_word(page, class)).collect(),
            _ => values.to_vec(),
        };
        hint.push_str(&named(page, &values));
    }
    Field {
        name: path,
        label: label(page.words, path),
        hint,
        value: if path == "qualifying" { &typed.qualifying } else { typed.get(path) }.to_owned(),
        control: control(page, typed, path),
        wrong: wrong(page, path),
    }
}

/// A class with its word: key（大客户）. The field takes the code, as a company may use the word for a
/// class of its own.
fn with_word(page: &Page, class: &str) -> String {
    let word = page.name("policy-class", class);
    if word.eq_ignore_ascii_case(class) {
        return class.to_owned();
    }
    page.t2("editor-in-use-code", "name", word, "code", class)
}

/// Values in use, for fields that may hold several of them.
fn in_use<'k>(path: &str, known: &'k Known) -> Option<&'k [String]> {
    let values = match path.rsplit('.').next().unwrap_or_default() {
        "classes" => &known.classes,
        "regions" => &known.regions,
        "groups" => &known.groups,
        "categories" | "except_categories" => &known.categories,
        "brands" | "except_brands" => &known.brands,
        _ => return None,
    };
    (!values.is_empty()).then_some(values.as_slice())
}

fn named(page: &Page, values: &[String]) -> String {
    let shown: Vec<String> = values.iter().take(MOST_NAMED).cloned().collect();
    let list = shown.join(&page.t("policy-says-enumerate"));
    if values.len() > MOST_NAMED {
        page.t2("editor-in-use-more", "list", list, "count", values.len())
    } else {
        page.t1("editor-in-use", "list", list)
    }
}

fn control(page: &Page, typed: &Typed, path: &str) -> Control {
    fn codes<T>(all: &[T], code: impl Fn(&T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(code).collect()
    }
    let choice = |prefix: &str, codes: Vec<&'static str>| {
        Control::Choice(codes.iter().map(|c| ((*c).to_owned(), page.code(prefix, c))).collect())
    };
    match path {
        "period" => choice("programme-period", codes(PeriodKind::ALL, PeriodKind::as_str)),
        "form" => choice("form", codes(Form::ALL, Form::as_str)),
        "measure.kind" => choice("editor-kind", codes(MeasureKind::ALL, MeasureKind::as_str)),
        "measure.of" => choice("editor-of", codes(MeasureOf::ALL, MeasureOf::as_str)),
        "measure.window" => choice("editor-window", codes(Window::ALL, Window::as_str)),
        "measure.scope" => choice("editor-scope", codes(MeasureScope::ALL, MeasureScope::as_str)),
        "measure.beneficiary" => {
            choice("editor-beneficiary", codes(Beneficiary::ALL, Beneficiary::as_str))
        }
        "measure.growth_on" => choice("editor-growth-on", codes(GrowthOn::ALL, GrowthOn::as_str)),
        "measure.date" => choice("editor-date", codes(DateBasis::ALL, DateBasis::as_str)),
        "reward.tier_mode" => choice("editor-mode", codes(TierMode::ALL, TierMode::as_str)),
        "reward.bound" => choice("editor-bound", codes(Bound::ALL, Bound::as_str)),
        "reward.rounding" => choice("editor-rounding", codes(Rounding::ALL, Rounding::as_str)),
        "overlap.rule" => choice("editor-rule", codes(OverlapRule::ALL, OverlapRule::as_str)),
        "measure.no_baseline" => Control::Choice(no_baseline(page, typed)),
        "customers.types" => Control::Checks(types(page, typed)),
        "qualifying" => Control::Radios(
            ["same", "own"].map(|c| (c.to_owned(), page.code("editor-qualifying", c))).to_vec(),
        ),
        "currency" => Control::Line("known-currencies"),
        "owner" => Control::Line("known-owners"),
        "overlap.exclusive_group" => Control::Line("known-groups"),
        "from" | "to" => Control::Day,
        path if FIELDS.contains(&(path, Kind::List)) => Control::Area,
        _ => Control::Line(""),
    }
}

/// Without a baseline: nothing, or one of the tiers there are.
fn no_baseline(page: &Page, typed: &Typed) -> Vec<(String, String)> {
    let chosen = typed.get("measure.no_baseline").trim();
    let mut choices = vec![("none".to_owned(), page.t("editor-no-baseline-none"))];
    for number in 1..=typed.tiers.len() {
        choices.push((number.to_string(), page.t1("editor-no-baseline-tier", "tier", number)));
    }
    if !chosen.is_empty() && !choices.iter().any(|(code, _)| code == chosen) {
        choices.push((chosen.to_owned(), page.t1("editor-no-baseline-tier", "tier", chosen)));
    }
    choices
}

/// The chosen ones first, in their order, so that a file comes back as it was.
fn types(page: &Page, typed: &Typed) -> Vec<(String, String, bool)> {
    let chosen = split(typed.get("customers.types"));
    let others = ["distributor", "customer"].map(str::to_owned);
    let others = others.into_iter().filter(|code| !chosen.contains(code)).map(|code| (code, false));
    let all = chosen.iter().cloned().map(|code| (code, true)).chain(others);
    all.map(|(code, on)| (code.clone(), page.code("policy-type", &code), on)).collect()
}

/// The tier builder's rows.
pub(super) fn tier_rows(page: &Page, tiers: &[TypedTier]) -> Vec<TierRow> {
    let row = |(index, tier): (usize, &TypedTier)| TierRow {
        index,
        number: index + 1,
        from: tier.from.clone(),
        value: tier.value.clone(),
        pays: ["percent", "per_unit", "lump_sum"]
            .map(|code| (code, page.code("editor-pays", code), tier.pays == code))
            .to_vec(),
        from_wrong: wrong(page, &format!("tier-{index}-from")),
        value_wrong: wrong(page, &format!("tier-{index}-value")),
    };
    tiers.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_place() {
        for (_, shown, folded) in LAYOUT {
            for path in shown.iter().chain(*folded) {
                let known = FIELDS.iter().any(|(field, _)| field == path);
                assert!(known || *path == "qualifying", "{path}");
            }
        }
        let laid: usize = LAYOUT.iter().map(|(_, a, b)| a.len() + b.len()).sum();
        assert_eq!(laid, FIELDS.len() + 1, "every field has its place");
    }
}
