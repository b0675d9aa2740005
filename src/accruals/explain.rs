//! Why a number is what it is: the calculation with its lines, counted and not, down to the
//! invoice, and whether they add up.

use chrono::NaiveDate;

use super::rules::{Disposition, Line, Plan};
use super::{Accrual, compute, store};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Posted};
use crate::policies::{self, Version};
use crate::sales::{self, Product, SalesLine};
use crate::values::{Key, Period, Text};

/// A sales line and what the policy did with it.
#[derive(Debug, Clone)]
pub struct ExplainedLine {
    /// Whose line it is, where a group's parent earns on the lines of all.
    pub customer: Option<String>,
    pub line: SalesLine,
    pub product: Option<Product>,
    pub disposition: Disposition,
}

/// Everything the page "explain this number" and the command print.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub accrual: Accrual,
    pub version: Version,
    /// Lines of the period, by date.
    pub lines: Vec<ExplainedLine>,
    /// What was booked for it, oldest first.
    pub entries: Vec<Posted>,
    /// The counted lines, summed here once more; equals the calculation's base when nothing came
    /// in since.
    pub lines_sum_minor: i64,
    pub lines_sum_micro: i64,
    /// What the ledger holds for this accrual; equals the rebate.
    pub booked_minor: i64,
}

impl Explanation {
    /// The lines add up to the base, and the ledger to the rebate.
    pub fn adds_up(&self) -> bool {
        self.accrual.calculation.reckoned_on() == (self.lines_sum_minor, self.lines_sum_micro)
            && self.booked_minor == self.accrual.rebate_minor
    }
}

/// Finds an accrual by what people call it.
///
/// # Errors
/// No such policy or customer, or nothing was ever computed for the period; the sentence says
/// which.
pub fn find(conn: &mut Conn, policy: &str, customer: &str, period: Period) -> Result<Accrual> {
    let unknown =
        |key: &'static str, code: &str| -> Error { Text::new(key).with("code", code).into() };
    let version = policies::by_code(conn, policy).map_err(|e| match e {
        Error::NotFound => unknown("accrual-no-such-policy", policy),
        other => other,
    })?;
    let person = customers::by_code(conn, customer).map_err(|e| match e {
        Error::NotFound => unknown("accrual-no-such-customer", customer),
        other => other,
    })?;
    store::by_key(conn, &version.policy_id, person.id, period)?.ok_or_else(|| {
        Text::new("accrual-nothing-computed")
            .with("policy", policy)
            .with("customer", customer)
            .with("period", period)
            .into()
    })
}

/// Explains an accrual from the lines as they are now.
pub fn explain(conn: &mut Conn, accrual: Accrual) -> Result<Explanation> {
    let version = policies::version(conn, &accrual.version)?;
    let catalogue = sales::products(conn)?;
    let products = compute::facts_of(&catalogue);
    let plan = Plan::new(&version, &products);
    let mut lines = Vec::new();
    let (mut sum_minor, mut sum_micro) = (0_i64, 0_i64);
    for (customer, line) in counted_lines(conn, &plan, &accrual)? {
        let disposition = plan.disposition(&fact(&line));
        if disposition.earns() {
            sum_minor += line.net.minor;
            sum_micro += line.quantity.micro;
        }
        let product = catalogue.get(&line.product).cloned();
        lines.push(ExplainedLine { customer, line, product, disposition });
    }
    let entries = ledger_entries(conn, &accrual)?;
    let booked_minor =
        entries.iter().filter(|e| e.cause == Cause::Accrual).map(Posted::moves_balance).sum();
    Ok(Explanation {
        version: version.clone(),
        lines,
        entries,
        lines_sum_minor: sum_minor,
        lines_sum_micro: sum_micro,
        booked_minor,
        accrual,
    })
}

/// The lines the rebate is reckoned on, by date: the customer's, or those of the whole group it
/// earns on; of the period, or of the year so far.
fn counted_lines(
    conn: &mut Conn,
    plan: &Plan<'_>,
    accrual: &Accrual,
) -> Result<Vec<(Option<String>, SalesLine)>> {
    let window = Window::of(plan, accrual);
    let mut found = Vec::new();
    for (customer, code) in earning_customers(conn, accrual)? {
        for line in sales::lines_of(conn, customer, window.from, window.to)? {
            if window.holds(plan, &line) {
                found.push((code.clone(), line));
            }
        }
    }
    found.sort_by_key(|(_, line)| (line.document_date, line.key));
    Ok(found)
}

/// The days an accrual is reckoned on.
pub(super) struct Window {
    /// Document dates of everything that may lie in it, both inclusive.
    pub from: NaiveDate,
    pub to: NaiveDate,
    first: NaiveDate,
    known: NaiveDate,
}

impl Window {
    pub(super) fn of(plan: &Plan<'_>, accrual: &Accrual) -> Self {
        let (first, last) =
            plan.days(accrual.period).unwrap_or((accrual.first_day, accrual.last_day));
        let to_date = accrual.calculation.to_date.as_ref();
        let first = to_date.map_or(first, |to_date| to_date.first_day);
        let (from, to) = plan.document_days((first, last));
        Self { from, to: to.min(accrual.as_of), first, known: last.min(accrual.as_of) }
    }

    /// Whether the line lies in it; one without the date that decides, by its document.
    pub(super) fn holds(&self, plan: &Plan<'_>, line: &SalesLine) -> bool {
        let day = plan.decides(&fact(line)).unwrap_or(line.document_date);
        self.first <= day && day <= self.known
    }
}

/// The customer alone, without a code; or everyone of the group, each with its code.
pub(super) fn earning_customers(
    conn: &mut Conn,
    accrual: &Accrual,
) -> Result<Vec<(Key, Option<String>)>> {
    let whole = accrual.calculation.group.as_ref().filter(|group| group.earns_whole);
    let Some(group) = whole else { return Ok(vec![(accrual.customer, None)]) };
    let mut found = Vec::with_capacity(group.parts.len());
    for part in &group.parts {
        let customer = customers::by_code(conn, &part.customer)?;
        found.push((customer.id, Some(part.customer.clone())));
    }
    Ok(found)
}

fn ledger_entries(conn: &mut Conn, accrual: &Accrual) -> Result<Vec<Posted>> {
    let id = accrual.id.as_str();
    let mut entries = ledger::of_cause(conn, Cause::Accrual, id)?;
    entries.extend(ledger::of_cause(conn, Cause::Close, id)?);
    entries.sort_by_key(|entry| entry.number);
    Ok(entries)
}

/// A sales line as the rules want it.
pub fn fact(line: &SalesLine) -> Line {
    Line {
        key: line.key,
        product: line.product,
        document_date: line.document_date,
        delivery_date: line.delivery_date,
        paid_date: line.paid_date,
        net_minor: line.net.minor,
        quantity_micro: line.quantity.micro,
        currency: line.net.currency,
    }
}
