use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types;

use super::CHUNK;
use crate::db::schema::{products, sales_lines};
use crate::db::{Conn, Day, Tx, like_part};
use crate::error::Result;
use crate::sales::rules::{LineFacts, LineFilter, LineKind, NewLine, SalesLine};
use crate::values::{Currency, ImportId, Key, Money, Quantity};
use crate::{insert_all, on_backend};

diesel::define_sql_function! {
    fn lower(text: sql_types::Text) -> sql_types::Text;
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sales_lines)]
pub(super) struct Row {
    id: Key,
    source: String,
    line_id: String,
    import_id: ImportId,
    document_no: String,
    document_date: NaiveDate,
    customer_id: Key,
    product_id: Key,
    quantity_micro: i64,
    net_minor: i64,
    currency: Currency,
    kind: LineKind,
    unit_price: Option<String>,
    original_line_id: Option<String>,
    delivery_date: Option<NaiveDate>,
    paid_date: Option<NaiveDate>,
}

impl From<Row> for SalesLine {
    fn from(row: Row) -> Self {
        Self {
            key: row.id,
            source: row.source,
            line_id: row.line_id,
            import: row.import_id,
            document_no: row.document_no,
            document_date: row.document_date,
            customer: row.customer_id,
            product: row.product_id,
            quantity: Quantity::from_micro(row.quantity_micro),
            net: Money::new(row.net_minor, row.currency),
            kind: row.kind,
            unit_price: row.unit_price,
            original_line_id: row.original_line_id,
            delivery_date: row.delivery_date,
            paid_date: row.paid_date,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sales_lines)]
struct FactsRow {
    id: Key,
    customer_id: Key,
    product_id: Key,
    document_date: Day,
    delivery_date: Option<Day>,
    paid_date: Option<Day>,
    net_minor: i64,
    quantity_micro: i64,
    currency: Currency,
}

impl From<FactsRow> for LineFacts {
    fn from(row: FactsRow) -> Self {
        Self {
            key: row.id,
            customer: row.customer_id,
            product: row.product_id,
            document_date: row.document_date.into(),
            delivery_date: row.delivery_date.map(NaiveDate::from),
            paid_date: row.paid_date.map(NaiveDate::from),
            net_minor: row.net_minor,
            quantity_micro: row.quantity_micro,
            currency: row.currency,
        }
    }
}

pub(in crate::sales) fn of_customer(
    conn: &mut Conn,
    customer: Key,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<SalesLine>> {
    let under_way = super::imports::under_way(conn)?;
    let rows = sales_lines::table
        .filter(sales_lines::customer_id.eq(customer))
        .filter(sales_lines::document_date.between(from, to))
        .filter(sales_lines::import_id.ne_all(&under_way))
        .order((sales_lines::document_date, sales_lines::id))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(SalesLine::from).collect())
}

pub(in crate::sales) fn by_key(conn: &mut Conn, keys: &[Key]) -> Result<Vec<SalesLine>> {
    let under_way = super::imports::under_way(conn)?;
    let mut lines = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let rows = sales_lines::table
            .filter(sales_lines::id.eq_any(chunk))
            .filter(sales_lines::import_id.ne_all(&under_way))
            .select(Row::as_select())
            .load(conn)?;
        lines.extend(rows.into_iter().map(SalesLine::from));
    }
    lines.sort_by_key(|line| (line.document_date, line.key));
    Ok(lines)
}

pub(in crate::sales) fn facts(
    conn: &mut Conn,
    customers: &[Key],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<LineFacts>> {
    let under_way = super::imports::under_way(conn)?;
    let mut sorted = customers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut facts = Vec::new();
    for chunk in sorted.chunks(CHUNK) {
        let start = facts.len();
        on_backend!(conn, conn => {
            let mut wanted = sales_lines::table
                .filter(sales_lines::customer_id.eq_any(chunk))
                .filter(sales_lines::document_date.between(from, to))
                .select(FactsRow::as_select())
                .into_boxed();
            // Asked only where it matters: the index has all else that is read.
            if !under_way.is_empty() {
                wanted = wanted.filter(sales_lines::import_id.ne_all(&under_way));
            }
            for row in wanted.load_iter::<FactsRow, DefaultLoadingMode>(conn)? {
                facts.push(LineFacts::from(row?));
            }
        });
        // They come in this order, of one customer after the other; PostgreSQL would sort them
        // again.
        if let Some(own) = facts.get_mut(start..) {
            own.sort_by_key(|line| (line.customer, line.document_date, line.key));
        }
    }
    Ok(facts)
}

/// The import's lines with keys from `first` to `last`, in their order.
pub(in crate::sales) fn facts_of_import(
    conn: &mut Conn,
    import: &ImportId,
    (first, last): (Key, Key),
) -> Result<Vec<LineFacts>> {
    let wanted = sales_lines::table
        .filter(sales_lines::id.between(first, last))
        .filter(sales_lines::import_id.eq(import))
        .order(sales_lines::id);
    let rows: Vec<FactsRow> =
        on_backend!(conn, conn => wanted.select(FactsRow::as_select()).load(conn))?;
    Ok(rows.into_iter().map(LineFacts::from).collect())
}

pub(in crate::sales) fn page(
    conn: &mut Conn,
    customer: Key,
    filter: &LineFilter,
    after: Option<(NaiveDate, Key)>,
    limit: i64,
) -> Result<Vec<SalesLine>> {
    let under_way = super::imports::under_way(conn)?;
    let mut query = sales_lines::table
        .filter(sales_lines::customer_id.eq(customer))
        .filter(sales_lines::import_id.ne_all(&under_way))
        .select(Row::as_select())
        .into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(sales_lines::document_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(sales_lines::document_date.le(to));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(sales_lines::kind.eq(kind));
    }
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|s| !s.is_empty()) {
        let like = like_part(search);
        let named = products::table
            .filter(
                lower(products::code)
                    .like(like.clone())
                    .escape('!')
                    .or(lower(products::name).like(like.clone()).escape('!')),
            )
            .select(products::id);
        query = query.filter(
            lower(sales_lines::document_no)
                .like(like)
                .escape('!')
                .or(sales_lines::product_id.eq_any(named)),
        );
    }
    if let Some((date, key)) = after {
        query = query.filter(
            sales_lines::document_date
                .lt(date)
                .or(sales_lines::document_date.eq(date).and(sales_lines::id.lt(key))),
        );
    }
    let rows = query
        .order((sales_lines::document_date.desc(), sales_lines::id.desc()))
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(SalesLine::from).collect())
}

pub(in crate::sales) fn data_through(
    conn: &mut Conn,
    customer: Option<Key>,
) -> Result<Option<NaiveDate>> {
    let under_way = super::imports::under_way(conn)?;
    let mut query = sales_lines::table
        .filter(sales_lines::import_id.ne_all(&under_way))
        .select(diesel::dsl::max(sales_lines::document_date))
        .into_boxed();
    if let Some(customer) = customer {
        query = query.filter(sales_lines::customer_id.eq(customer));
    }
    Ok(query.first(conn)?)
}

#[derive(Insertable)]
#[diesel(table_name = sales_lines, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Key,
    source: &'a str,
    line_id: &'a str,
    import_id: &'a ImportId,
    document_no: &'a str,
    document_date: NaiveDate,
    customer_id: Key,
    product_id: Key,
    quantity_micro: i64,
    net_minor: i64,
    currency: Currency,
    kind: LineKind,
    unit_price: Option<&'a str>,
    original_line_id: Option<&'a str>,
    delivery_date: Option<NaiveDate>,
    paid_date: Option<NaiveDate>,
}

impl<'a> NewRow<'a> {
    fn new(id: Key, import: &'a ImportId, line: &'a NewLine) -> Self {
        Self {
            id,
            source: &line.source,
            line_id: &line.line_id,
            import_id: import,
            document_no: &line.document_no,
            document_date: line.document_date,
            customer_id: line.customer,
            product_id: line.product,
            quantity_micro: line.quantity.micro,
            net_minor: line.net.minor,
            currency: line.net.currency,
            kind: line.kind,
            unit_price: line.unit_price.as_deref(),
            original_line_id: line.original_line_id.as_deref(),
            delivery_date: line.delivery_date,
            paid_date: line.paid_date,
        }
    }
}

/// Adds the lines with keys from `first` on.
pub(in crate::sales) fn insert(
    tx: &mut Tx<'_>,
    import: &ImportId,
    first: Key,
    lines: &[&NewLine],
) -> Result<()> {
    let rows: Vec<_> =
        (first..).zip(lines).map(|(id, line)| NewRow::new(id, import, line)).collect();
    insert_all!(tx, sales_lines::table, rows, CHUNK);
    Ok(())
}

/// Removes the import's lines with keys up to `to`.
pub(in crate::sales) fn remove(
    tx: &mut Tx<'_>,
    import: &ImportId,
    from: Key,
    to: Key,
) -> Result<()> {
    diesel::delete(
        sales_lines::table
            .filter(sales_lines::id.between(from, to))
            .filter(sales_lines::import_id.eq(import)),
    )
    .execute(&mut **tx)?;
    Ok(())
}

/// The customers who have lines of any of the products, in order.
pub(in crate::sales) fn buyers(conn: &mut Conn, products: &[Key]) -> Result<BTreeSet<Key>> {
    let mut buyers = BTreeSet::new();
    for chunk in products.chunks(CHUNK) {
        let some: Vec<Key> = sales_lines::table
            .filter(sales_lines::product_id.eq_any(chunk))
            .select(sales_lines::customer_id)
            .distinct()
            .load(conn)?;
        buyers.extend(some);
    }
    Ok(buyers)
}

/// Which of the customers and products with these keys no line names.
pub(in crate::sales) fn without_lines(
    conn: &mut Conn,
    customers: (Key, Key),
    products: (Key, Key),
) -> Result<(Vec<Key>, Vec<Key>)> {
    let with_customers: std::collections::HashSet<Key> = sales_lines::table
        .filter(sales_lines::customer_id.between(customers.0, customers.1))
        .select(sales_lines::customer_id)
        .distinct()
        .load::<Key>(conn)?
        .into_iter()
        .collect();
    let with_products: std::collections::HashSet<Key> = sales_lines::table
        .filter(sales_lines::product_id.between(products.0, products.1))
        .select(sales_lines::product_id)
        .distinct()
        .load::<Key>(conn)?
        .into_iter()
        .collect();
    Ok((
        (customers.0..=customers.1).filter(|key| !with_customers.contains(key)).collect(),
        (products.0..=products.1).filter(|key| !with_products.contains(key)).collect(),
    ))
}

/// What the lines of each import and currency add up to.
pub(in crate::sales) fn sums(
    conn: &mut Conn,
) -> Result<Vec<(ImportId, Currency, crate::sales::rules::ControlTotal)>> {
    use diesel::dsl::{count_star, sql};
    use diesel::sql_types::BigInt;
    let rows = sales_lines::table
        .group_by((sales_lines::import_id, sales_lines::currency))
        .select((
            sales_lines::import_id,
            sales_lines::currency,
            count_star(),
            sql::<BigInt>("CAST(COALESCE(SUM(quantity_micro), 0) AS BIGINT)"),
            sql::<BigInt>("CAST(COALESCE(SUM(net_minor), 0) AS BIGINT)"),
        ))
        .load::<(ImportId, Currency, i64, i64, i64)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(import, currency, lines, quantity_micro, net_minor)| {
            let lines = u64::try_from(lines).unwrap_or(0);
            let total = crate::sales::rules::ControlTotal { lines, quantity_micro, net_minor };
            (import, currency, total)
        })
        .collect())
}
