//! A customer's sales lines as its files carry them.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::Cell;
use super::exports::Take;
use crate::db::Conn;
use crate::error::Result;
use crate::sales::{self, LineFilter, Product, SalesLine};
use crate::values::Key;

/// The columns.
pub const LINES: &[&str] = &[
    "document_no",
    "document_date",
    "kind",
    "product_code",
    "product_name",
    "quantity",
    "net_amount",
    "currency",
    "delivery_date",
    "paid_date",
    "line_id",
    "source",
];

/// One line.
pub fn line_row(line: &SalesLine, products: &HashMap<Key, Product>) -> Vec<Cell> {
    let optional = |day: Option<NaiveDate>| day.map_or(Cell::Empty, Cell::text);
    let product = products.get(&line.product);
    vec![
        Cell::text(&line.document_no),
        Cell::text(line.document_date),
        Cell::text(line.kind),
        product.map_or(Cell::Empty, |p| Cell::text(&p.code)),
        product.map_or(Cell::Empty, |p| Cell::text(&p.name)),
        Cell::number(line.quantity.plain()),
        Cell::number(line.net.plain()),
        Cell::text(line.net.currency),
        optional(line.delivery_date),
        optional(line.paid_date),
        Cell::text(&line.line_id),
        Cell::text(&line.source),
    ]
}

/// The customer's lines that pass the filter, newest first, some at a time.
///
/// # Errors
/// What `take` says, or that the database is away.
pub fn each_line(
    conn: &mut Conn,
    customer: Key,
    filter: &LineFilter,
    take: Take<'_>,
) -> Result<()> {
    const PAGE: i64 = 5_000;
    let mut cursor: Option<String> = None;
    loop {
        let page = sales::lines_page(conn, customer, filter, cursor.as_deref(), PAGE)?;
        let mut keys: Vec<Key> = page.lines.iter().map(|line| line.product).collect();
        keys.sort_unstable();
        keys.dedup();
        let products = sales::products_by_key(conn, &keys)?;
        page.lines.iter().try_for_each(|line| take(line_row(line, &products)))?;
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}
