//! The reports on payouts and statements.

use super::exports::{Codes, ExportFilter};
use super::{Cell, Table};
use crate::db::Conn;
use crate::error::Result;
use crate::payouts;
use crate::statements;
use crate::values::Money;

pub(super) fn payouts_table(conn: &mut Conn, codes: &Codes) -> Result<Table> {
    const PAGE: i64 = 1_000;
    let optional = |day: Option<chrono::NaiveDate>| day.map_or(Cell::Empty, Cell::text);
    let mut rows = Vec::new();
    loop {
        let offset = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let page = payouts::all(conn, None, offset, PAGE)?;
        if page.is_empty() {
            break;
        }
        for payout in page {
            rows.push(vec![
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
            ]);
        }
    }
    rows.sort_by_key(|row| row.first().map(|cell| format!("{cell:?}")));
    Ok(Table {
        columns: vec![
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
        ],
        rows,
        ..Table::default()
    })
}

pub(super) fn statements_table(
    conn: &mut Conn,
    codes: &Codes,
    filter: &ExportFilter,
) -> Result<Table> {
    let mut rows = Vec::new();
    for statement in statements::all(conn)? {
        let period = statement.period.to_string();
        if filter.period.as_ref().is_some_and(|wanted| *wanted != period) {
            continue;
        }
        let money = |minor| Cell::number(Money::new(minor, statement.currency).plain());
        let figures = &statement.content.figures;
        rows.push(vec![
            Cell::text(&statement.number),
            Cell::number(statement.version),
            codes.customer(Some(statement.customer)),
            Cell::text(period),
            Cell::text(statement.currency),
            money(figures.opening),
            money(figures.accrued),
            money(figures.adjusted),
            money(figures.paid),
            money(figures.closing),
            Cell::text(statement.state),
            Cell::text(statement.respond_by),
            Cell::text(&statement.content_hash),
        ]);
    }
    Ok(Table {
        columns: vec![
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
        ],
        rows,
        ..Table::default()
    })
}
