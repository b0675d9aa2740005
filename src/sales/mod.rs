//! Sales: products, the invoice and return lines, and the files they come in with.
//!
//! Owns `products`, `imports`, `sales_lines` and `touched_months`. Promises: a line is known by
//! its source and its id in that source, and never changes; lines count only once their import is
//! committed; `touched_months` says what an accrual run has to look at again,
//! because lines came in or a file changed what policies know of a customer or a product. Deliberately absent:
//! editing a line (a correction is another line) and guessing what an ambiguous file means.

mod figures;
mod imports;
mod intake;
mod letters;
mod master;
mod read;
mod rejected;
mod rules;
mod store;
mod verify;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::values::{ImportId, Key};

pub use imports::{
    Brought, Incoming, Watch, bring_in, check, commit, discard, kept_file, receive, rejected_rows,
    unfinished,
};
pub use read::{Row as FileRow, Table as FileTable};
pub use rules::{
    ControlTotal, FilePlace, Import, ImportKind, ImportPage, ImportState, LineFacts, LineFilter,
    LineKind, LinePage, Options, Product, Reason, RejectedRow, Report, SalesLine,
};
pub use verify::{Difference, verify_imports};

/// A customer's lines by document date, both days inclusive; oldest first.
pub fn lines_of(
    conn: &mut Conn,
    customer: Key,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<SalesLine>> {
    store::lines::of_customer(conn, customer, from, to)
}

/// What an accrual needs of many customers' lines, by document date, both days inclusive;
/// ordered by customer, document date, key. A policy that goes by delivery or payment widens the
/// window itself.
pub fn lines_of_customers(
    conn: &mut Conn,
    customers: &[Key],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<LineFacts>> {
    store::lines::facts(conn, customers, from, to)
}

/// The lines with these keys, oldest first.
pub fn lines_by_key(conn: &mut Conn, keys: &[Key]) -> Result<Vec<SalesLine>> {
    store::lines::by_key(conn, keys)
}

/// One page of a customer's lines, newest first, after the cursor of the page before.
pub fn lines_page(
    conn: &mut Conn,
    customer: Key,
    filter: &LineFilter,
    cursor: Option<&str>,
    limit: i64,
) -> Result<LinePage> {
    let mut lines =
        store::lines::page(conn, customer, filter, cursor.and_then(rules::cursor), limit + 1)?;
    let keep = usize::try_from(limit).unwrap_or(0);
    let more = lines.len() > keep;
    lines.truncate(keep);
    let next = if more { lines.last().map(rules::cursor_after) } else { None };
    Ok(LinePage { lines, next })
}

/// One line of the customer.
///
/// # Errors
/// `NotFound`, also when the line is somebody else's.
pub fn line(conn: &mut Conn, customer: Key, key: Key) -> Result<SalesLine> {
    store::lines::by_key(conn, &[key])?
        .into_iter()
        .find(|line| line.customer == customer)
        .ok_or(Error::NotFound)
}

/// The latest document date of the customer's lines, or of all lines.
pub fn data_through(conn: &mut Conn, customer: Option<Key>) -> Result<Option<NaiveDate>> {
    store::lines::data_through(conn, customer)
}

/// The same for many customers; one without any line isn't in it.
pub fn data_through_of(conn: &mut Conn, customers: &[Key]) -> Result<HashMap<Key, NaiveDate>> {
    store::through::of_customers(conn, customers)
}

/// Up to which day sales are known by that day: the latest line of any customer.
pub fn known_through(conn: &mut Conn, by: NaiveDate) -> Result<Option<NaiveDate>> {
    Ok(store::months::through(conn, by)?.map(|day| day.min(by)))
}

/// Every product, by key.
pub fn products(conn: &mut Conn) -> Result<HashMap<Key, Product>> {
    store::products::all(conn)
}

/// The categories and the brands that products have, in order.
pub fn categories_and_brands(conn: &mut Conn) -> Result<(Vec<String>, Vec<String>)> {
    store::products::categories_and_brands(conn)
}

/// The products with these keys.
pub fn products_by_key(conn: &mut Conn, keys: &[Key]) -> Result<HashMap<Key, Product>> {
    store::products::by_key(conn, keys)
}

/// The months whose rebates may have changed: touched by an import (its lines, or what it says of
/// customers and products) after `seq`, or carrying lines
/// dated after `after`, as far as the month had begun by `as_of`. Ordered by customer and month.
pub fn touched_since(
    conn: &mut Conn,
    seq: i64,
    after: NaiveDate,
    as_of: NaiveDate,
) -> Result<Vec<(Key, NaiveDate)>> {
    store::months::touched_since(conn, seq, after, as_of)
}

/// Of these months those that carry lines dated after `after`, as far as the month had begun by
/// `as_of`. Ordered by customer and month.
pub fn begun_since(
    conn: &mut Conn,
    after: NaiveDate,
    as_of: NaiveDate,
) -> Result<Vec<(Key, NaiveDate)>> {
    Ok(store::months::begun_since(conn, after, as_of)?.into_iter().collect())
}

/// Every line that came to count after the number `since`, up to `head`, with its own number, in
/// that order. None when there are more than `most`, or something else touched a month in between:
/// figures, or what an import says of customers and products.
pub fn new_lines(
    conn: &mut Conn,
    since: i64,
    head: i64,
    most: i64,
) -> Result<Option<Vec<(i64, LineFacts)>>> {
    let imports = store::imports::touched_between(conn, since, head)?;
    let only_lines = i64::try_from(imports.len()).is_ok_and(|count| count == head - since);
    let span = |(_, _, lines): &store::imports::TouchedImport| {
        lines.map_or(0, |(first, last)| last - first + 1)
    };
    if !only_lines || imports.iter().map(span).sum::<i64>() > most {
        return Ok(None);
    }
    let mut found = Vec::new();
    for (seq, import, lines) in imports {
        let Some(lines) = lines else { continue };
        let facts = store::lines::facts_of_import(conn, &import, lines)?;
        found.extend(facts.into_iter().map(|line| (seq, line)));
    }
    Ok(Some(found))
}

/// The highest number a committed import gave to the months it touched; 0 before the first.
pub fn touched_head(conn: &mut Conn) -> Result<i64> {
    store::months::head(conn)
}

/// Imports, newest first, after the given one.
pub fn imports(conn: &mut Conn, after: Option<&ImportId>, limit: i64) -> Result<ImportPage> {
    let mut imports = store::imports::list(conn, after, limit + 1)?;
    let keep = usize::try_from(limit).unwrap_or(0);
    let more = imports.len() > keep;
    imports.truncate(keep);
    let next = if more { imports.last().map(|i| i.id.clone()) } else { None };
    Ok(ImportPage { imports, next })
}

/// One import.
///
/// # Errors
/// `NotFound`.
pub fn import(conn: &mut Conn, id: &ImportId) -> Result<Import> {
    store::imports::find(conn, id)?.ok_or(Error::NotFound)
}

/// The customers and products an import made, by their first and last keys.
#[derive(Clone, Copy)]
struct Made {
    customers: Option<(Key, Key)>,
    products: Option<(Key, Key)>,
}

impl Made {
    fn of(report: &Report) -> Self {
        Self { customers: report.made_customers, products: report.made_products }
    }

    fn note(self, report: &mut Report) {
        let count = |range: Option<(Key, Key)>| {
            range.map_or(0, |(first, last)| u64::try_from(last - first + 1).unwrap_or(0))
        };
        report.made_customers = self.customers;
        report.made_products = self.products;
        report.customers_made = count(self.customers);
        report.products_made = count(self.products);
    }
}

/// Imports somebody has yet to book or discard, oldest first.
pub fn undecided(conn: &mut Conn) -> Result<Vec<Import>> {
    store::imports::undecided(conn)
}
