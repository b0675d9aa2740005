//! From lines to calculations, for a batch of customers: what a run books and what `verify`
//! compares with, so that the two can't differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::rules::{Calculation, Line, Plan, ProductFacts};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{CustomerFacts, Version};
use crate::sales::{self, Product};
use crate::values::{FIRST_DAY, Key, LAST_DAY, Period};

/// How many customers one batch computes and one write books.
pub(super) const BATCH: usize = 200;

/// Which periods of which customers have to be looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Due(BTreeMap<Key, BTreeSet<Period>>);

impl Due {
    pub(super) fn add(&mut self, customer: Key, period: Period) {
        self.0.entry(customer).or_default().insert(period);
    }

    pub(super) fn customers(&self) -> impl Iterator<Item = Key> + '_ {
        self.0.keys().copied()
    }

    fn periods(&self, customer: Key) -> impl Iterator<Item = Period> + '_ {
        self.0.get(&customer).into_iter().flatten().copied()
    }
}

/// A version made ready for computing, with what is due.
pub(super) struct Work<'a> {
    pub plan: Plan<'a>,
    pub version: &'a Version,
    pub due: Due,
    pub as_of: NaiveDate,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        version: &'a Version,
        products: &HashMap<Key, ProductFacts>,
        as_of: NaiveDate,
    ) -> Self {
        Self { plan: Plan::new(version, products), version, due: Due::default(), as_of }
    }

    /// Notes that the customer's lines of the month have to be looked at.
    pub(super) fn touch(&mut self, customer: Key, month: NaiveDate) {
        let last = Period::containing(crate::values::PeriodKind::Month, month)
            .days()
            .map_or(month, |(_, last)| last);
        for period in self.plan.periods(month, last.min(self.as_of)) {
            self.due.add(customer, period);
        }
    }
}

/// All the customers that any of the work names, in order.
pub(super) fn customers_due(work: &[Work<'_>]) -> Vec<Key> {
    let all: BTreeSet<Key> = work.iter().flat_map(|w| w.due.customers()).collect();
    all.into_iter().collect()
}

/// The catalogue as the rules want it.
pub(super) fn products(conn: &mut Conn) -> Result<HashMap<Key, ProductFacts>> {
    Ok(facts_of(&sales::products(conn)?))
}

/// Products as the rules want them.
pub fn facts_of(products: &HashMap<Key, Product>) -> HashMap<Key, ProductFacts> {
    let facts = |p: &Product| ProductFacts {
        code: p.code.clone(),
        category: p.category.clone(),
        brand: p.brand.clone(),
    };
    products.iter().map(|(key, product)| (*key, facts(product))).collect()
}

/// What a policy may know of a customer.
pub(super) fn facts(customer: &Customer) -> CustomerFacts {
    CustomerFacts {
        code: customer.code.clone(),
        kind: customer.kind.to_string(),
        class: customer.class.clone(),
        region: customer.region.clone(),
        group_code: customer.group_code.clone(),
        since: customer.since,
    }
}

/// A batch's result: for each work (by index), customer and period, the calculation.
pub(super) type Computed = Vec<(usize, Key, Calculation)>;

/// Computes everything due for these customers, reading each customer's lines once.
pub(super) fn batch(conn: &mut Conn, work: &[Work<'_>], batch: &[Key]) -> Result<Computed> {
    let people: HashMap<Key, Customer> =
        customers::by_ids(conn, batch)?.into_iter().map(|c| (c.id, c)).collect();
    let Some((from, to)) = window(work, batch) else { return Ok(Vec::new()) };
    let lines = lines_by_customer(conn, batch, from, to)?;
    let mut computed = Vec::new();
    for customer in batch {
        let Some(person) = people.get(customer) else { continue };
        let facts = facts(person);
        let own = lines.get(customer).map_or(&[][..], Vec::as_slice);
        for (index, work) in work.iter().enumerate() {
            for period in work.due.periods(*customer) {
                let slice = within(work, period, own);
                let calculation = work.plan.calculate(&facts, period, work.as_of, slice);
                computed.push((index, *customer, calculation));
            }
        }
    }
    Ok(computed)
}

/// The document dates to read for the batch.
fn window(work: &[Work<'_>], batch: &[Key]) -> Option<(NaiveDate, NaiveDate)> {
    let mut all: Option<(NaiveDate, NaiveDate)> = None;
    for work in work {
        for customer in batch {
            for period in work.due.periods(*customer) {
                let Some((first, last)) = document_days(work, period) else { continue };
                all = Some(match all {
                    None => (first, last),
                    Some((from, to)) => (from.min(first), to.max(last)),
                });
            }
        }
    }
    all
}

/// The document dates whose lines may count in the period: the period itself, or all the past
/// where another date decides, because a payment may come years after the invoice.
fn document_days(work: &Work<'_>, period: Period) -> Option<(NaiveDate, NaiveDate)> {
    let (first, last) = work.plan.days(period)?;
    if work.plan.goes_by_document_date() {
        Some((first, last))
    } else {
        Some((FIRST_DAY, LAST_DAY))
    }
}

/// The part of a customer's lines (by document date) that may count in the period.
fn within<'l>(work: &Work<'_>, period: Period, lines: &'l [Line]) -> &'l [Line] {
    let Some((first, last)) = document_days(work, period) else { return &[] };
    let start = lines.partition_point(|line| line.document_date < first);
    let end = lines.partition_point(|line| line.document_date <= last);
    lines.get(start..end).unwrap_or_default()
}

fn lines_by_customer(
    conn: &mut Conn,
    batch: &[Key],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<HashMap<Key, Vec<Line>>> {
    let mut lines: HashMap<Key, Vec<Line>> = HashMap::with_capacity(batch.len());
    for line in sales::lines_of_customers(conn, batch, from, to)? {
        lines.entry(line.customer).or_default().push(Line {
            key: line.key,
            product: line.product,
            document_date: line.document_date,
            delivery_date: line.delivery_date,
            paid_date: line.paid_date,
            net_minor: line.net_minor,
            quantity_micro: line.quantity_micro,
            currency: line.currency,
        });
    }
    for own in lines.values_mut() {
        own.sort_by_key(|line| (line.document_date, line.key));
    }
    Ok(lines)
}
