use std::collections::HashMap;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::calculation::{Amount, Calculation, Counts};
use super::lines::{Line, Lines};
use super::scope::{Disposition, Exclusion, ProductFacts};
use super::subject::Subject;
use super::sums::Sums;
use super::{limits, measure, tiers};
use crate::policies::{
    CustomerFacts, DateBasis, Governing, MeasureKind, MeasureScope, Terms, Version, Window,
};
use crate::values::{Key, Period, Quantity};

/// One policy version made ready: bounds as integers, products matched.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    pub(super) terms: &'a Terms,
    pub(super) number: i32,
    /// The tiers' lower bounds in minor units, millionths, or millionths of a percent.
    pub(super) bounds: Vec<i64>,
    /// The last day in force.
    to: Option<NaiveDate>,
    /// Periods that begin on this day or later belong to a later version.
    until: Option<NaiveDate>,
    /// Nothing counts any more.
    withdrawn: bool,
    /// None where the policy asks nothing about products.
    products: Option<Matched>,
}

/// What each product does, at the place of its key; None where there is no such product. Asked for
/// every line in every policy, and keys are our own numbers, rising from 1.
type Matched = Vec<Option<Disposition>>;

impl<'a> Plan<'a> {
    /// A version by itself, as if no later one existed.
    pub fn new(version: &'a Version, products: &HashMap<Key, ProductFacts>) -> Self {
        let plan = Self::of_terms(&version.terms, version.number, products);
        Self { to: version.last_day(), withdrawn: version.is_withdrawn(), ..plan }
    }

    /// A version with the periods it governs among its policy's versions.
    pub fn governing(one: &'a Governing, products: &HashMap<Key, ProductFacts>) -> Self {
        Self { until: one.until, ..Self::new(&one.version, products) }
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
        let matched = || {
            let mut matched = Matched::new();
            for (key, facts) in products {
                let Ok(place) = usize::try_from(*key) else { continue };
                if matched.len() <= place {
                    matched.resize(place + 1, None);
                }
                if let Some(own) = matched.get_mut(place) {
                    *own = Some(Disposition::of_product(terms, facts));
                }
            }
            matched
        };
        Self {
            terms,
            number,
            bounds: terms.reward.tiers.iter().map(|tier| bound(tier.from)).collect(),
            to: terms.to,
            until: None,
            withdrawn: false,
            products: asks.then(matched),
        }
    }

    pub fn terms(&self) -> &'a Terms {
        self.terms
    }

    /// The periods this version governs that share a day with the range and with its validity, in
    /// order.
    pub fn periods(&self, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
        let from = from.max(self.terms.from);
        let to = self.to.map_or(to, |last| last.min(to));
        let first = (from <= to).then(|| Period::containing(self.terms.period, from));
        let starts_in_time = |p: &Period| p.days().is_none_or(|(first, _)| first <= to);
        std::iter::successors(first, |p| p.next())
            .take_while(starts_in_time)
            .filter(|period| self.governs(*period))
            .collect()
    }

    /// Whether no later version governs the period, and it doesn't end before this one begins.
    pub fn governs(&self, period: Period) -> bool {
        period.days().is_none_or(|(first, last)| {
            self.terms.from <= last && self.until.is_none_or(|until| first < until)
        })
    }

    /// First and last day on which lines count for the period: its own, cut to the policy's. None
    /// when the policy has no such period.
    pub fn days(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        if period.kind() != self.terms.period || self.withdrawn || !self.governs(period) {
            return None;
        }
        let (first, last) = match period.days() {
            Some((first, last)) => {
                (first.max(self.terms.from), self.to.map_or(last, |to| to.min(last)))
            }
            // The parser lets no term without an end pass.
            None => (self.terms.from, self.to?),
        };
        (first <= last).then_some((first, last))
    }

    /// The days whose lines make the measure and what it is paid on: the period's, or those of the
    /// year to the period's end.
    pub(super) fn window(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        let (first, last) = self.days(period)?;
        if self.terms.measure.window == Window::Period {
            return Some((first, last));
        }
        let new_year = NaiveDate::from_ymd_opt(last.year(), 1, 1)?;
        Some((new_year.max(self.terms.from).min(first), last))
    }

    /// The periods whose figures make the measure: the period, or those of the year so far.
    pub(super) fn window_periods(&self, period: Period) -> Vec<Period> {
        match self.window(period) {
            Some((first, last)) => {
                let first = Period::containing(self.terms.period, first);
                std::iter::successors(Some(first), |p| p.next())
                    .take_while(|p| p.days().is_none_or(|(first, _)| first <= last))
                    .collect()
            }
            None => Vec::new(),
        }
    }

    /// The same days one year earlier: what growth compares with, whether or not the policy was
    /// in force then.
    pub(super) fn year_earlier(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        let (first, last) = self.days(period)?;
        if let (Some(days), Some(earlier)) = (period.days(), period.year_earlier())
            && days == (first, last)
        {
            return earlier.days();
        }
        Some((first.checked_sub_months(Months::new(12))?, year_on(last, -1)?))
    }

    /// The governed periods begun by `as_of` whose rebates lines of these days may change.
    pub fn affected(&self, from: NaiveDate, to: NaiveDate, as_of: NaiveDate) -> Vec<Period> {
        let to = to.min(as_of);
        let mut periods = self.periods(from, to);
        if self.terms.measure.kind == MeasureKind::Growth {
            periods.extend(self.periods_a_year_after(from, to, as_of));
        }
        if !self.is_chained() {
            return periods;
        }
        let mut all = Vec::new();
        for period in &periods {
            all.extend(self.later(*period, as_of));
        }
        periods.extend(all);
        periods.sort_unstable();
        periods.dedup();
        periods
    }

    fn periods_a_year_after(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        as_of: NaiveDate,
    ) -> Vec<Period> {
        let (Some(from), Some(to)) = (from.checked_add_months(Months::new(12)), year_on(to, 1))
        else {
            return Vec::new();
        };
        // A period that has begun compares with all of the year before, also with days of which
        // its own still lie ahead.
        let begun = |p: &Period| p.days().is_none_or(|(first, _)| first <= as_of);
        self.periods(from, to).into_iter().filter(begun).collect()
    }

    /// Whether a period's rebate depends on what earlier periods came to.
    pub fn is_chained(&self) -> bool {
        self.terms.is_chained()
    }

    /// The later periods begun by `as_of` that depend on what this one comes to.
    pub fn later(&self, period: Period, as_of: NaiveDate) -> Vec<Period> {
        let (true, Some((_, last)), Some(next)) = (self.is_chained(), period.days(), period.next())
        else {
            return Vec::new();
        };
        let year_end = NaiveDate::from_ymd_opt(last.year(), 12, 31).unwrap_or(last);
        let to = if self.terms.reward.cap_total.is_some() { as_of } else { year_end.min(as_of) };
        match next.days() {
            Some((first, _)) if first <= to => self.periods(first, to),
            _ => Vec::new(),
        }
    }

    /// Whether the period is the last of its calendar year in which the policy is in force.
    pub(super) fn ends_year(&self, period: Period) -> bool {
        let Some((_, last)) = self.days(period) else { return false };
        let next = period.next().and_then(Period::days);
        next.is_none_or(|(first, _)| {
            first.year() > last.year() || self.to.is_some_and(|to| to < first)
        })
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

    pub fn measures_groups(&self) -> bool {
        self.terms.measure.scope == MeasureScope::Group
    }

    /// Whether the line is part of what any period earns or measures, on whatever day it counts.
    pub fn counts(&self, line: &Line) -> bool {
        !matches!(self.counted_as(line, true), Disposition::Excluded(_))
    }

    /// Whether new lines can be added to what a period's lines came to before: nothing but the
    /// customer's own lines of the period matters, each from the day of its document.
    pub fn adds_up(&self) -> bool {
        let measure = &self.terms.measure;
        matches!(measure.kind, MeasureKind::Amount | MeasureKind::Quantity)
            && measure.window == Window::Period
            && !self.measures_groups()
            && self.goes_by_document_date()
            && !self.is_chained()
    }

    /// What the lines of an earlier calculation came to. Of the measure only the kind that the
    /// policy measures is known.
    pub fn sums_of(&self, lines: Counts, base: (i64, i64), measure: Amount) -> Sums {
        let (base_minor, base_micro) = base;
        let measured = i128::from(measure.value());
        let (measure_minor, measure_micro) =
            if self.terms.measures_units() { (0, measured) } else { (measured, 0) };
        Sums {
            earning: lines.earning,
            qualifying: lines.qualifying,
            counted: lines.counted,
            base_minor: i128::from(base_minor),
            base_micro: i128::from(base_micro),
            measure_minor,
            measure_micro,
        }
    }

    /// What the line does in this policy.
    pub fn disposition(&self, line: &Line) -> Disposition {
        match self.decides(line) {
            Some(day) if line.currency == self.terms.currency && !self.in_force_on(day) => {
                Disposition::Excluded(Exclusion::OutsidePolicy)
            }
            decided => self.counted_as(line, decided.is_some()),
        }
    }

    fn in_force_on(&self, day: NaiveDate) -> bool {
        self.terms.from <= day && self.to.is_none_or(|to| day <= to)
    }

    fn counted_as(&self, line: &Line, has_date: bool) -> Disposition {
        if line.currency != self.terms.currency {
            Disposition::Excluded(Exclusion::OtherCurrency)
        } else if !has_date {
            Disposition::Excluded(Exclusion::DateMissing)
        } else {
            self.product(line.product)
        }
    }

    /// Some product that counts for tier and rebate both; where the policy asks nothing about
    /// products, any key will do.
    pub(super) fn any_product(&self) -> Option<Key> {
        match &self.products {
            None => Some(0),
            Some(matched) => {
                let place = matched.iter().position(|one| *one == Some(Disposition::Earns))?;
                Key::try_from(place).ok()
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
            Some(matched) => usize::try_from(product)
                .ok()
                .and_then(|place| *matched.get(place)?)
                .unwrap_or(Disposition::Excluded(Exclusion::UnknownProduct)),
        }
    }

    /// The document dates whose lines may be dated within these days: the days themselves, or all
    /// where another date decides, because a payment may come years after the invoice.
    pub fn document_days(&self, days: (NaiveDate, NaiveDate)) -> (NaiveDate, NaiveDate) {
        use crate::values::{FIRST_DAY, LAST_DAY};
        if self.goes_by_document_date() { days } else { (FIRST_DAY, LAST_DAY) }
    }

    /// The document dates of everything the period's calculation looks at.
    pub fn looks_at(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        let (mut first, last) = self.window(period)?;
        if self.terms.measure.kind == MeasureKind::Growth {
            for period in self.window_periods(period) {
                first = self.year_earlier(period).map_or(first, |(earlier, _)| first.min(earlier));
            }
        }
        Some(self.document_days((first, last)))
    }

    /// Adds up the lines of these days. A line dated after `as_of` isn't known yet, even when it
    /// was delivered or paid before.
    pub(super) fn sum(
        &self,
        lines: &Lines,
        days: (NaiveDate, NaiveDate),
        as_of: NaiveDate,
    ) -> Sums {
        let mut sums = Sums::default();
        let (from, to) = self.document_days(days);
        let (first, last) = (days.0, days.1.min(as_of));
        for line in lines.between(from, to.min(as_of)) {
            let day = self.decides(line);
            // A line without its date is shown where its document lies, so that somebody asks for
            // it.
            let at = day.unwrap_or(line.document_date);
            if first <= at && at <= last {
                sums.add(line, self.counted_as(line, day.is_some()));
            }
        }
        sums
    }

    /// The rebate of a customer for whom only the own lines matter, in any order.
    pub fn calculate(
        &self,
        customer: &CustomerFacts,
        period: Period,
        as_of: NaiveDate,
        lines: &[Line],
    ) -> Calculation {
        self.reckon(&Subject::alone(customer, &Lines::from(lines)), period, as_of)
    }

    /// The rebate for the period from what is known as of the day.
    pub fn reckon(&self, subject: &Subject<'_>, period: Period, as_of: NaiveDate) -> Calculation {
        let measured = measure::take(self, subject, period, as_of);
        let mut calculation = Calculation::begin(self, period, as_of, &measured);
        measure::find_tier(self, &measured, &mut calculation);
        if calculation.refuse(self, subject, &measured) {
            return calculation;
        }
        let earned = tiers::earn(self, &mut calculation);
        limits::apply(self, &mut calculation, earned, subject.earned);
        calculation
    }

    /// A number of what is measured or compared, in its kind.
    pub(super) fn measured(&self, value: i64) -> Amount {
        if self.terms.measures_units() { Amount::Units(value) } else { Amount::Money(value) }
    }

    /// A tier's bound, in its kind.
    pub(super) fn bound(&self, value: i64) -> Amount {
        if self.terms.measures_percent() { Amount::Percent(value) } else { self.measured(value) }
    }
}

/// The same day so many years on; a month's last day stays the month's last day.
fn year_on(day: NaiveDate, years: i32) -> Option<NaiveDate> {
    let first = day.with_day(1)?.with_year(day.year() + years)?;
    let last = first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?;
    let ends_month = day.checked_add_days(Days::new(1))?.month() != day.month();
    if ends_month { Some(last) } else { first.with_day(day.day()).or(Some(last)) }
}
