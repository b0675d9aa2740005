//! The latest day of many customers' lines.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text};

use super::imports;
use crate::db::Conn;
use crate::db::schema::sales_lines;
use crate::error::Result;
use crate::values::{ImportId, Key};

/// For each customer the index is read from its end, and no further than to the first line.
const THROUGH: &str = "SELECT c.id AS customer, (SELECT MAX(l.document_date) FROM sales_lines l \
    WHERE l.customer_id = c.id AND l.import_id <> ALL($2)) AS day FROM unnest($1) AS c (id)";

#[derive(QueryableByName)]
struct Through {
    #[diesel(sql_type = BigInt)]
    customer: Key,
    #[diesel(sql_type = Nullable<Date>)]
    day: Option<NaiveDate>,
}

pub(in crate::sales) fn of_customers(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, NaiveDate>> {
    let under_way = imports::under_way(conn)?;
    let found = match conn {
        Conn::Postgres(conn) => {
            let asked = diesel::sql_query(THROUGH)
                .bind::<Array<BigInt>, _>(customers)
                .bind::<Array<Text>, _>(&under_way);
            let rows: Vec<Through> = asked.load(conn)?;
            rows.into_iter().filter_map(|row| Some((row.customer, row.day?))).collect()
        }
        Conn::Sqlite(conn) => {
            let mut found = HashMap::with_capacity(customers.len());
            for customer in customers {
                if let Some(day) = one(conn, *customer, &under_way)? {
                    found.insert(*customer, day);
                }
            }
            found
        }
    };
    Ok(found)
}

fn one(
    conn: &mut SqliteConnection,
    customer: Key,
    under_way: &[ImportId],
) -> QueryResult<Option<NaiveDate>> {
    sales_lines::table
        .filter(sales_lines::customer_id.eq(customer))
        .filter(sales_lines::import_id.ne_all(under_way))
        .select(max(sales_lines::document_date))
        .first(conn)
}
