//! The reports on payouts and statements.

use super::Cell;
use super::exports::{Codes, ExportFilter, Take};
use crate::db::Conn;
use crate::error::Result;
use crate::payouts;
use crate::statements;
use crate::values::Money;

const PAGE: i64 = 1_000;

pub(super) const PAYOUTS: &[&str] = &[
    "number",
    "customer_code",
    "payee",
    "currency",
    "amount",
    "form",
    "state",
    "prepared_by",
    "approved_by",
    "expected_on",
    "settled_on",
    "reference",
];

/// In the order of their numbers.
pub(super) fn payout_rows(conn: &mut Conn, codes: &Codes, take: Take<'_>) -> Result<()> {
    let optional = |day: Option<chrono::NaiveDate>| day.map_or(Cell::Empty, Cell::text);
    let mut last = String::new();
    loop {
        let page = payouts::after_number(conn, &last, PAGE)?;
        let Some(end) = page.last() else { return Ok(()) };
        last.clone_from(&end.number);
        for payout in page {
            take(vec![
                Cell::text(&payout.number),
                codes.customer(Some(payout.customer)),
                Cell::text(&payout.payee),
                Cell::text(payout.currency),
                Cell::number(payout.money().plain()),
                Cell::text(payout.form),
                Cell::text(payout.state),
                Cell::text(&payout.prepared_by_name),
                payout.approved_by_name.map_or(Cell::Empty, Cell::Text),
                optional(payout.expected_on),
                optional(payout.settled_on),
                payout.reference.map_or(Cell::Empty, Cell::Text),
            ])?;
        }
    }
}

pub(super) const STATEMENTS: &[&str] = &[
    "number",
    "version",
    "customer_code",
    "period",
    "currency",
    "opening",
    "accrued",
    "adjusted",
    "paid",
    "closing",
    "state",
    "respond_by",
    "content_hash",
];

/// In the order of their numbers.
pub(super) fn statement_rows(
    conn: &mut Conn,
    codes: &Codes,
    filter: &ExportFilter,
    take: Take<'_>,
) -> Result<()> {
    let mut last = String::new();
    loop {
        let page = statements::after_number(conn, filter.period.as_deref(), &last, PAGE)?;
        let Some(end) = page.last() else { return Ok(()) };
        last.clone_from(&end.number);
        for statement in page {
            let money = |minor| Cell::number(Money::new(minor, statement.currency).plain());
            let figures = &statement.content.figures;
            take(vec![
                Cell::text(&statement.number),
                Cell::number(statement.version),
                codes.customer(Some(statement.customer)),
                Cell::text(statement.period),
                Cell::text(statement.currency),
                money(figures.opening),
                money(figures.accrued),
                money(figures.adjusted),
                money(figures.paid),
                money(figures.closing),
                Cell::text(statement.state),
                Cell::text(statement.respond_by),
                Cell::text(&statement.content_hash),
            ])?;
        }
    }
}
