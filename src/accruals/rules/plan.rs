use std::collections::HashMap;

use chrono::NaiveDate;

use super::calculation::{Amount, Calculation};
use super::sums::Sums;
use super::{limits, tiers};
use crate::policies::{CustomerFacts, DateBasis, MeasureKind, ProductScope, Terms, Version};
use crate::text_enum;
use crate::values::{Currency, Key, Period, Quantity};

/// What a policy asks about a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    pub code: String,
    pub category: String,
    pub brand: String,
}

/// One line of an invoice or a return, as far as rebates go. Returns are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub key: i64,
    pub product: Key,
    pub document_date: NaiveDate,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
    pub net_minor: i64,
    pub quantity_micro: i64,
    pub currency: Currency,
}

text_enum! {
    /// Why a line counts for nothing in a policy.
    pub enum Exclusion {
        OtherCurrency = "other_currency",
        /// The policy goes by the delivery or payment date, and the line has none yet.
        DateMissing = "date_missing",
        /// Outside the policy's first and last day.
        OutsidePolicy = "outside_policy",
        UnknownProduct = "unknown_product",
        Category = "category",
        Brand = "brand",
        Code = "code",
        ExceptCategory = "except_category",
        ExceptBrand = "except_brand",
        ExceptCode = "except_code",
    }
}

/// What a line does in a policy, whatever the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Earns, and counts towards the tier.
    Earns,
    /// Earns, and counts nothing towards the tier.
    EarnsOnly,
    /// Counts towards the tier, and earns nothing.
    QualifiesOnly,
    Excluded(Exclusion),
}

impl Disposition {
    /// Whether the line is part of the base.
    pub fn earns(self) -> bool {
        matches!(self, Self::Earns | Self::EarnsOnly)
    }
}

impl std::fmt::Display for Disposition {
    /// Code names, as the command line prints them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Earns => f.write_str("earns"),
            Self::EarnsOnly => f.write_str("earns_only"),
            Self::QualifiesOnly => f.write_str("qualifies_only"),
            Self::Excluded(why) => write!(f, "excluded: {why}"),
        }
    }
}

/// One policy version made ready: bounds as integers, products matched.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    pub(super) terms: &'a Terms,
    pub(super) number: i32,
    /// The tiers' lower bounds in minor units or millionths.
    pub(super) bounds: Vec<i64>,
    /// None where the policy asks nothing about products.
    products: Option<HashMap<Key, Disposition>>,
}

impl<'a> Plan<'a> {
    pub fn new(version: &'a Version, products: &HashMap<Key, ProductFacts>) -> Self {
        Self::of_terms(&version.terms, version.number, products)
    }

    /// For terms that are no version yet: checks, previews.
    pub fn of_terms(terms: &'a Terms, number: i32, products: &HashMap<Key, ProductFacts>) -> Self {
        let bound = |from| match terms.measure.kind {
            MeasureKind::Amount => terms.money(from).minor,
            MeasureKind::Quantity | MeasureKind::Growth | MeasureKind::Target => {
                Quantity::exact(from).map_or(i64::MAX, |q| q.micro)
            }
        };
        let asks = !terms.products.is_everything() || terms.qualifying_products.is_some();
        let matched = || products.iter().map(|(key, facts)| (*key, disposition(terms, facts)));
        Self {
            terms,
            number,
            bounds: terms.reward.tiers.iter().map(|tier| bound(tier.from)).collect(),
            products: asks.then(|| matched().collect()),
        }
    }

    pub fn terms(&self) -> &'a Terms {
        self.terms
    }

    /// The policy's periods that share a day with the range and with its validity, in order.
    pub fn periods(&self, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
        let from = from.max(self.terms.from);
        let to = self.terms.to.map_or(to, |last| last.min(to));
        let first = (from <= to).then(|| Period::containing(self.terms.period, from));
        let starts_in_time = |p: &Period| p.days().is_none_or(|(first, _)| first <= to);
        std::iter::successors(first, |p| p.next()).take_while(starts_in_time).collect()
    }

    /// First and last day on which lines count for the period: its own, cut to the policy's. None
    /// when the policy has no such period.
    pub fn days(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        if period.kind() != self.terms.period {
            return None;
        }
        let (first, last) = match period.days() {
            Some((first, last)) => {
                (first.max(self.terms.from), self.terms.to.map_or(last, |to| to.min(last)))
            }
            // The parser lets no term without an end pass.
            None => (self.terms.from, self.terms.to?),
        };
        (first <= last).then_some((first, last))
    }

    /// The day that puts the line into a period; None while the line has no such date.
    pub fn decides(&self, line: &Line) -> Option<NaiveDate> {
        match self.terms.measure.date {
            DateBasis::Document => Some(line.document_date),
            DateBasis::Delivery => line.delivery_date,
            DateBasis::Paid => line.paid_date,
        }
    }

    /// Whether the document date decides, as it does unless the terms say otherwise.
    pub fn goes_by_document_date(&self) -> bool {
        self.terms.measure.date == DateBasis::Document
    }

    /// What the line does in this policy.
    pub fn disposition(&self, line: &Line) -> Disposition {
        if line.currency != self.terms.currency {
            return Disposition::Excluded(Exclusion::OtherCurrency);
        }
        match self.decides(line) {
            None => Disposition::Excluded(Exclusion::DateMissing),
            Some(day) if !self.terms.in_force_on(day) => {
                Disposition::Excluded(Exclusion::OutsidePolicy)
            }
            Some(_) => self.product(line.product),
        }
    }

    /// Some product that counts for tier and rebate both; where the policy asks nothing about
    /// products, any key will do.
    pub(super) fn any_product(&self) -> Option<Key> {
        match &self.products {
            None => Some(0),
            Some(matched) => {
                let counts =
                    |(_, disposition): &(&Key, &Disposition)| **disposition == Disposition::Earns;
                matched.iter().filter(counts).map(|(key, _)| *key).min()
            }
        }
    }

    /// Whether the line's day lies in the range.
    pub(super) fn falls_within(&self, line: &Line, first: NaiveDate, last: NaiveDate) -> bool {
        self.decides(line).is_some_and(|day| first <= day && day <= last)
    }

    pub(super) fn product(&self, product: Key) -> Disposition {
        match &self.products {
            None => Disposition::Earns,
            Some(matched) => matched
                .get(&product)
                .copied()
                .unwrap_or(Disposition::Excluded(Exclusion::UnknownProduct)),
        }
    }

    /// The rebate of the customer for the period, from all the customer's lines in any order:
    /// lines of other periods and lines dated after `as_of` are passed over.
    pub fn calculate(
        &self,
        customer: &CustomerFacts,
        period: Period,
        as_of: NaiveDate,
        lines: &[Line],
    ) -> Calculation {
        let mut sums = Sums::default();
        if let Some((first, last)) = self.days(period) {
            for line in lines {
                self.add(&mut sums, line, first, last.min(as_of), as_of);
            }
        }
        self.settle(customer, period, as_of, &sums)
    }

    /// A line dated after `as_of` isn't known yet, even when it was delivered or paid before.
    fn add(
        &self,
        sums: &mut Sums,
        line: &Line,
        first: NaiveDate,
        last: NaiveDate,
        as_of: NaiveDate,
    ) {
        let day = self.decides(line);
        // A line without its date is shown where its document lies, so that somebody asks for it.
        let at = day.unwrap_or(line.document_date);
        if at < first || at > last || line.document_date > as_of {
            return;
        }
        let disposition = if line.currency != self.terms.currency {
            Disposition::Excluded(Exclusion::OtherCurrency)
        } else if day.is_none() {
            Disposition::Excluded(Exclusion::DateMissing)
        } else {
            self.product(line.product)
        };
        sums.add(line, disposition);
    }

    /// The rebate from sums already made.
    pub fn settle(
        &self,
        customer: &CustomerFacts,
        period: Period,
        as_of: NaiveDate,
        sums: &Sums,
    ) -> Calculation {
        let mut calculation = Calculation::begin(self, period, as_of, sums);
        calculation.find_tier(self);
        if calculation.refuse(self, customer, self.days(period), sums) {
            return calculation;
        }
        let earned = tiers::earn(self, &mut calculation);
        limits::apply(self, &mut calculation, earned);
        calculation
    }

    /// A number of the measure, in its kind.
    pub(super) fn measured(&self, value: i64) -> Amount {
        match self.terms.measure.kind {
            MeasureKind::Amount => Amount::Money(value),
            MeasureKind::Quantity => Amount::Units(value),
            MeasureKind::Growth | MeasureKind::Target => Amount::Percent(value),
        }
    }
}

fn disposition(terms: &Terms, product: &ProductFacts) -> Disposition {
    let earns = misses(&terms.products, product);
    let qualifies = match &terms.qualifying_products {
        Some(scope) => misses(scope, product).is_none(),
        None => earns.is_none(),
    };
    match (earns, qualifies) {
        (None, true) => Disposition::Earns,
        (None, false) => Disposition::EarnsOnly,
        (Some(_), true) => Disposition::QualifiesOnly,
        (Some(why), false) => Disposition::Excluded(why),
    }
}

/// Why the product isn't in the scope.
fn misses(scope: &ProductScope, product: &ProductFacts) -> Option<Exclusion> {
    let lacks = |list: &[String], value: &str| !list.is_empty() && !list.iter().any(|v| v == value);
    let names = |list: &[String], value: &str| list.iter().any(|v| v == value);
    [
        (lacks(&scope.categories, &product.category), Exclusion::Category),
        (lacks(&scope.brands, &product.brand), Exclusion::Brand),
        (lacks(&scope.codes, &product.code), Exclusion::Code),
        (names(&scope.except_categories, &product.category), Exclusion::ExceptCategory),
        (names(&scope.except_brands, &product.brand), Exclusion::ExceptBrand),
        (names(&scope.except_codes, &product.code), Exclusion::ExceptCode),
    ]
    .into_iter()
    .find_map(|(misses, why)| misses.then_some(why))
}
