//! Which policies meet: who else pays the same customers for the same products on the same days,
//! and which of them may compete with each other.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::terms::{OverlapRule, ProductScope};
use super::{CustomerFacts, Terms, Version, covers, store};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::values::{LAST_DAY, Problem, Text};

/// Another promised policy that pays some of the same purchases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlapping {
    pub version: Version,
    /// How many customers and products both reach.
    pub customers: usize,
    pub products: usize,
    /// The days on which both hold; no last one while both run on.
    pub first_day: NaiveDate,
    pub last_day: Option<NaiveDate>,
    /// Whether they compete, so that one of them counts; otherwise both add up.
    pub competes: bool,
}

/// A product, as far as policies go by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Article {
    pub code: String,
    pub category: String,
    pub brand: String,
}

/// The promised policies in the same currency that share customers, earning products and days with
/// the terms, by policy code; the policy with the terms' own code left out.
pub fn overlapping(conn: &mut Conn, terms: &Terms) -> Result<Vec<Overlapping>> {
    let customers: Vec<CustomerFacts> =
        customers::all(conn)?.iter().map(CustomerFacts::from).collect();
    let articles = store::articles(conn)?;
    let reached = Reached {
        customers: customers.iter().filter(|customer| may_cover(terms, customer)).collect(),
        articles: articles.iter().filter(|article| earns(&terms.products, article)).collect(),
    };
    let others = store::in_force(conn)?.into_iter();
    let others = others.filter(|other| other.code != terms.code);
    Ok(others.filter_map(|other| reached.shared_with(terms, other)).collect())
}

/// What the terms reach of what is there.
struct Reached<'a> {
    customers: Vec<&'a CustomerFacts>,
    articles: Vec<&'a Article>,
}

impl Reached<'_> {
    fn shared_with(&self, terms: &Terms, other: Version) -> Option<Overlapping> {
        if other.terms.currency != terms.currency {
            return None;
        }
        let (first_day, last_day) = shared_days(terms, &other)?;
        let customers = self.customers.iter().filter(|c| may_cover(&other.terms, c)).count();
        let products = self.articles.iter().filter(|a| earns(&other.terms.products, a)).count();
        let competes = same_group(terms, &other.terms);
        (customers > 0 && products > 0).then_some(Overlapping {
            version: other,
            customers,
            products,
            first_day,
            last_day,
            competes,
        })
    }
}

/// Whether the customer is covered, now or once the business is old enough.
fn may_cover(terms: &Terms, customer: &CustomerFacts) -> bool {
    covers(terms, customer, LAST_DAY)
}

fn earns(scope: &ProductScope, article: &Article) -> bool {
    let within = |list: &[String], value: &String| list.is_empty() || list.contains(value);
    within(&scope.categories, &article.category)
        && within(&scope.brands, &article.brand)
        && within(&scope.codes, &article.code)
        && !scope.except_categories.contains(&article.category)
        && !scope.except_brands.contains(&article.brand)
        && !scope.except_codes.contains(&article.code)
}

fn shared_days(terms: &Terms, other: &Version) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let first = terms.from.max(other.terms.from);
    let last = match (terms.to, other.last_day()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    last.is_none_or(|last| first <= last).then_some((first, last))
}

fn same_group(terms: &Terms, other: &Terms) -> bool {
    let group = |of: &Terms| of.overlap.as_ref().map(|overlap| overlap.exclusive_group.clone());
    terms.overlap.is_some() && group(terms) == group(other)
}

/// What keeps the terms out of the exclusive group they name: its promised policies have the same
/// currency, kind of period and rule, and under `first` no two have one priority on one day.
pub fn exclusive_group_problems(conn: &mut Conn, terms: &Terms) -> Result<Vec<Problem>> {
    let mut found: HashMap<String, Problem> = HashMap::new();
    for other in store::in_force(conn)? {
        if other.code == terms.code || !same_group(terms, &other.terms) {
            continue;
        }
        for problem in misfits(terms, &other) {
            found.entry(problem.field.clone()).or_insert(problem);
        }
    }
    let mut problems: Vec<Problem> = found.into_values().collect();
    problems.sort_by(|a, b| a.field.cmp(&b.field));
    Ok(problems)
}

fn misfits(terms: &Terms, other: &Version) -> Vec<Problem> {
    let (Some(ours), Some(theirs)) = (&terms.overlap, &other.terms.overlap) else {
        return Vec::new();
    };
    let tied = ours.rule == OverlapRule::First
        && ours.priority == theirs.priority
        && shared_days(terms, other).is_some();
    [
        (terms.currency != other.terms.currency, "currency", "policy-group-currency"),
        (terms.period != other.terms.period, "period", "policy-group-period"),
        (ours.rule != theirs.rule, "overlap.rule", "policy-group-rule"),
        (tied, "overlap.priority", "policy-group-priority"),
    ]
    .into_iter()
    .filter(|(misfit, ..)| *misfit)
    .map(|(_, field, key)| {
        let text = Text::new(key).with("group", &ours.exclusive_group).with("other", &other.code);
        Problem::new(field, text)
    })
    .collect()
}

/// Refuses terms that don't fit the exclusive group they name.
pub(super) fn check_exclusive_group(conn: &mut Conn, terms: &Terms) -> Result<()> {
    match exclusive_group_problems(conn, terms)?.into_iter().next() {
        Some(problem) => Err(Error::Refused(problem.text)),
        None => Ok(()),
    }
}
