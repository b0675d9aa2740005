//! What PostgreSQL itself needs for the same work, each in as few statements as it takes.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use openrebate::db::DatabaseUrl;

use crate::made::{self, House, SUMS};

const STORE: &str = "CREATE TABLE IF NOT EXISTS floor_results \
    (policy TEXT, customer BIGINT, period TEXT, base BIGINT, PRIMARY KEY (policy, customer, period))";

fn open(house: &House) -> PgConnection {
    let DatabaseUrl::Postgres { url, .. } = house.db.url() else { panic!("not PostgreSQL") };
    let mut conn = PgConnection::establish(url).unwrap();
    conn.batch_execute(STORE).unwrap();
    conn
}

/// What autovacuum does by itself in a house that has been open for a minute.
pub fn analyze(house: &House) {
    open(house).batch_execute("VACUUM ANALYZE").unwrap();
}

pub fn group_by(house: &House) {
    open(house)
        .transaction(|conn| {
            for (policy, sum, period) in SUMS {
                conn.batch_execute(&format!(
                    "INSERT INTO floor_results SELECT '{policy}', customer_id, \
                     substr(CAST(document_date AS TEXT), 1, 4) || '-' || {period} AS period, \
                     SUM({sum}) FROM sales_lines GROUP BY customer_id, period"
                ))?;
            }
            QueryResult::Ok(())
        })
        .unwrap();
}

/// For each customer and day of a new line, the sums of its quarter and its month.
pub fn sum_touched(house: &House, touched: &[(String, String)]) {
    open(house)
        .transaction(|conn| {
            for (policy, sum, _) in SUMS {
                let (mut customers, mut firsts, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
                for (customer, month) in touched {
                    let (first, last) = made::days(month, policy != "P3");
                    customers.push(customer.as_str());
                    firsts.push(first);
                    lasts.push(last);
                }
                diesel::sql_query(format!(
                    "INSERT INTO floor_results SELECT DISTINCT '{policy}', c.id, t.first, \
                     (SELECT COALESCE(SUM({sum}), 0) FROM sales_lines l WHERE l.customer_id = c.id \
                     AND l.document_date BETWEEN CAST(t.first AS DATE) AND CAST(t.last AS DATE)) \
                     FROM unnest($1, $2, $3) AS t (code, first, last) \
                     JOIN customers c ON c.code = t.code \
                     ON CONFLICT (policy, customer, period) DO UPDATE SET base = EXCLUDED.base"
                ))
                .bind::<Array<Text>, _>(customers)
                .bind::<Array<Text>, _>(firsts)
                .bind::<Array<Text>, _>(lasts)
                .execute(conn)?;
            }
            QueryResult::Ok(())
        })
        .unwrap();
}
