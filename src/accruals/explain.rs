//! Why a number is what it is: the calculation with its lines, counted and not, down to the
//! invoice, and whether they add up.

use std::collections::HashMap;

use super::rules::{Disposition, Exclusion, Line, Plan};
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

/// The customer's own lines that the policy leaves out of the accrual, each with its product and
/// why; the largest first.
pub fn left_out(
    conn: &mut Conn,
    accrual: &Accrual,
) -> Result<Vec<(SalesLine, Option<Product>, Exclusion)>> {
    if accrual.calculation.lines.excluded.is_empty() {
        return Ok(Vec::new());
    }
    let version = policies::version(conn, &accrual.version)?;
    let none = HashMap::new();
    // Which lines there are is a matter of dates; only what becomes of them, of their products.
    let mut lines = counted_lines(conn, &Plan::new(&version, &none), accrual)?;
    lines.retain(|(_, line)| line.customer == accrual.customer);
    let mut keys: Vec<Key> = lines.iter().map(|(_, line)| line.product).collect();
    keys.sort_unstable();
    keys.dedup();
    let catalogue = sales::products_by_key(conn, &keys)?;
    let products = compute::facts_of(&catalogue);
    let plan = Plan::new(&version, &products);
    let mut found: Vec<_> = lines
        .into_iter()
        .filter_map(|(_, line)| match plan.disposition(&fact(&line)) {
            Disposition::Excluded(why) => Some((line, why)),
            _ => None,
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| {
        let of =
            |line: &SalesLine| (line.document_date, line.document_no.clone(), line.line_id.clone());
        b.net.minor.abs().cmp(&a.net.minor.abs()).then_with(|| of(a).cmp(&of(b)))
    });
    Ok(found
        .into_iter()
        .map(|(line, why)| {
            let product = catalogue.get(&line.product).cloned();
            (line, product, why)
        })
        .collect())
}

/// The lines the rebate is reckoned on, by date: the customer's, or those of the whole group it
/// earns on; of the period, or of the year so far.
fn counted_lines(
    conn: &mut Conn,
    plan: &Plan<'_>,
    accrual: &Accrual,
) -> Result<Vec<(Option<String>, SalesLine)>> {
    let calculation = &accrual.calculation;
    let (first, last) = plan.days(accrual.period).unwrap_or((accrual.first_day, accrual.last_day));
    let first = calculation.to_date.as_ref().map_or(first, |to_date| to_date.first_day);
    let (from, to) = plan.document_days((first, last));
    let known = last.min(accrual.as_of);
    let mut found = Vec::new();
    for (customer, code) in earning_customers(conn, accrual)? {
        for line in sales::lines_of(conn, customer, from, to.min(accrual.as_of))? {
            let day = plan.decides(&fact(&line)).unwrap_or(line.document_date);
            if first <= day && day <= known {
                found.push((code.clone(), line));
            }
        }
    }
    found.sort_by_key(|(_, line)| (line.document_date, line.key));
    Ok(found)
}

/// The customer alone, without a code; or everyone of the group, each with its code.
fn earning_customers(conn: &mut Conn, accrual: &Accrual) -> Result<Vec<(Key, Option<String>)>> {
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
