//! Targets' and baselines' files: rows of figures that policies measure against.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::read::Row;
use super::rules::parse::{ParsedFigure, Plan, rejected};
use super::rules::{Reason, RejectedRow, Report};
use super::store;
use crate::customers;
use crate::db::{Tx, next_number};
use crate::error::Result;
use crate::policies::{
    self, Figure, FigureKind, FigureProblem, FigureSet, FigureTaker, FigureValue,
};
use crate::values::{Key, Period, PeriodKind};

/// The figures of a file, as far as they are good.
pub(super) struct Figures {
    kind: FigureKind,
    /// Policies by code, looked up once.
    takers: HashMap<String, Option<FigureTaker>>,
    seen: HashMap<(String, String, Period), Decimal>,
    good: Vec<Good>,
}

struct Good {
    code: String,
    figure: Figure,
    value: FigureValue,
}

type Rejected = Option<Box<RejectedRow>>;

impl Figures {
    pub(super) fn new(kind: FigureKind) -> Self {
        Self { kind, takers: HashMap::new(), seen: HashMap::new(), good: Vec::new() }
    }

    /// Notes what the row says, or why it can't be used.
    pub(super) fn row(
        &mut self,
        tx: &mut Tx<'_>,
        plan: &Plan,
        row: &Row,
        report: &mut Report,
    ) -> Result<Rejected> {
        let said = match plan.figure(row) {
            Ok(said) => said,
            Err(why) => return Ok(Some(why)),
        };
        let reject = |column, reason, found: &str| Ok(Some(rejected(row, column, reason, found)));
        if !self.takers.contains_key(&said.policy) {
            let taker = policies::figure_taker(tx, &said.policy)?;
            self.takers.insert(said.policy.clone(), taker);
        }
        let Some(Some(taker)) = self.takers.get(&said.policy) else {
            return reject("policy", Reason::UnknownPolicy, &said.policy);
        };
        let Some(customer) = customers::known(tx, &said.customer)? else {
            return reject("customer_code", Reason::UnknownCustomer, &said.customer);
        };
        let value = match taker.check(self.kind, said.period, said.value) {
            Ok(value) => value,
            Err(problem) => {
                let (column, reason, found) = why(problem, self.kind, &said);
                return reject(column, reason, &found);
            }
        };
        let figure = Figure {
            policy: taker.policy.clone(),
            customer: customer.id,
            period: said.period,
            kind: self.kind,
            value: said.value,
        };
        let place = (said.policy.clone(), said.customer.clone(), said.period);
        match self.seen.insert(place, said.value) {
            Some(before) if before == said.value => report.known += 1,
            Some(_) => {
                let found = format!("{} {} {}", said.policy, said.customer, said.period);
                return reject("value", Reason::Repeated, &found);
            }
            None => self.good.push(Good { code: said.policy, figure, value }),
        }
        Ok(None)
    }

    /// Keeps the good ones, and has the next accrual run look again at the months they are about.
    pub(super) fn keep(self, tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
        let figures: Vec<Figure> = self.good.iter().map(|good| good.figure.clone()).collect();
        let outcomes = policies::set_figures(tx, &figures)?;
        let mut months = BTreeMap::new();
        for (good, outcome) in self.good.iter().zip(outcomes) {
            match outcome {
                FigureSet::New => report.new += 1,
                FigureSet::Changed => report.changed += 1,
                FigureSet::Same => {
                    report.known += 1;
                    continue;
                }
            }
            let Some(Some(taker)) = self.takers.get(&good.code) else { continue };
            total(report, taker, good.value);
            let customer = good.figure.customer;
            let days = taker.days(good.figure.period);
            for month in days.into_iter().flat_map(|(first, last)| months_of(first, last)) {
                if month <= tx.today() {
                    months.entry((customer, month)).or_insert(month);
                }
            }
        }
        touch(tx, &months)
    }
}

fn touch(tx: &mut Tx<'_>, months: &BTreeMap<(Key, NaiveDate), NaiveDate>) -> Result<()> {
    if months.is_empty() {
        return Ok(());
    }
    let seq = next_number(tx, "touched")?;
    store::months::touch(tx, months, seq)
}

/// The first days of the months that share a day with the range.
fn months_of(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let begin = first.with_day(1).map(|day| Period::containing(PeriodKind::Month, day));
    std::iter::successors(begin, |month| month.next())
        .filter_map(|month| Some(month.days()?.0))
        .take_while(move |day| *day <= last)
}

/// Adds a figure that is new or changed to the control totals.
fn total(report: &mut Report, taker: &FigureTaker, value: FigureValue) {
    let total = report.totals.entry(taker.currency).or_default();
    total.lines += 1;
    // Single figures are bounded so that thousands of them still add up.
    match value {
        FigureValue::Money(money) => total.net_minor = total.net_minor.saturating_add(money.minor),
        FigureValue::Quantity(quantity) => {
            total.quantity_micro = total.quantity_micro.saturating_add(quantity.micro);
        }
    }
}

/// Where a figure that its policy can't take is wrong.
fn why(
    problem: FigureProblem,
    kind: FigureKind,
    said: &ParsedFigure,
) -> (&'static str, Reason, String) {
    let (policy, period) = (said.policy.clone(), said.period.to_string());
    let value = said.value.to_string();
    match (problem, kind) {
        (FigureProblem::NotMeasured, FigureKind::Target) => {
            ("policy", Reason::NoTargetPolicy, policy)
        }
        (FigureProblem::NotMeasured, FigureKind::Baseline) => {
            ("policy", Reason::NoGrowthPolicy, policy)
        }
        (FigureProblem::OtherKindOfPeriod, _) => ("period", Reason::OtherPeriod, period),
        (FigureProblem::OutsideValidity, _) => ("period", Reason::OutsidePolicy, period),
        (FigureProblem::NotPositive, _) => ("value", Reason::NotPositive, value),
        (FigureProblem::TooManyDecimals, _) => ("value", Reason::TooManyDecimals, value),
        (FigureProblem::TooLarge, _) => ("value", Reason::OutOfRange, value),
    }
}
