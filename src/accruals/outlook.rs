//! Reads what it takes to reckon a customer's period again, up to today and beyond.

use chrono::NaiveDate;

use super::compute;
use super::explain::fact;
use super::rules::{Line, Outlook, Plan};
use crate::customers::Customer;
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{CustomerFacts, Version};
use crate::sales;
use crate::values::{FIRST_DAY, Period};

/// The customer's period as it stands today. Nothing is stored by it.
pub fn outlook(
    conn: &mut Conn,
    version: &Version,
    customer: &Customer,
    period: Period,
    today: NaiveDate,
) -> Result<Outlook> {
    let products = compute::products(conn)?;
    let plan = Plan::new(version, &products);
    let first = match plan.days(period) {
        // A payment or delivery may come years after the invoice.
        Some((first, _)) if plan.goes_by_document_date() => first,
        _ => FIRST_DAY,
    };
    let lines: Vec<Line> =
        sales::lines_of(conn, customer.id, first, today)?.iter().map(fact).collect();
    Ok(Outlook {
        terms: version.terms.clone(),
        number: version.number,
        facts: CustomerFacts::from(customer),
        period,
        today,
        through: sales::known_through(conn, today)?,
        products,
        lines,
    })
}
