//! What PostgreSQL itself needs for the same work, each in as few statements as it takes.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use openrebate::db::DatabaseUrl;

use crate::made::{self, BOOKED, COPY_BOOKED, House, QUARTER, Touched};

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

/// Each category's sums are one policy's.
pub fn group_by(house: &House) {
    open(house)
        .batch_execute(&format!(
            "INSERT INTO floor_results SELECT replace(p.category, 'K', 'T') AS policy, \
             l.customer_id, {QUARTER} AS period, SUM(l.net_minor) \
             FROM sales_lines l JOIN products p ON p.id = l.product_id \
             GROUP BY l.customer_id, period, policy"
        ))
        .unwrap();
}

/// All the lines as one policy's.
pub fn group_one(house: &House) {
    open(house)
        .batch_execute(&format!(
            "INSERT INTO floor_results SELECT 'T{}', customer_id, {QUARTER} AS period, \
             SUM(net_minor) FROM sales_lines GROUP BY customer_id, period",
            made::POLICIES
        ))
        .unwrap();
}

/// The new lines alone, added to what is stored.
pub fn add(house: &House, touched: &Touched) {
    let of = |what: fn(&(String, String, String)) -> String| touched.keys().map(what).collect();
    let policies: Vec<String> = of(|(policy, _, _)| policy.clone());
    let customers: Vec<String> = of(|(_, customer, _)| customer.clone());
    let periods: Vec<String> = of(|(_, _, first)| made::named(first));
    let sums: Vec<i64> = touched.values().copied().collect();
    diesel::sql_query(
        "INSERT INTO floor_results SELECT t.policy, c.id, t.period, t.net \
         FROM unnest($1, $2, $3, $4) AS t (policy, code, period, net) \
         JOIN customers c ON c.code = t.code \
         ON CONFLICT (policy, customer, period) \
         DO UPDATE SET base = floor_results.base + EXCLUDED.base",
    )
    .bind::<Array<Text>, _>(policies)
    .bind::<Array<Text>, _>(customers)
    .bind::<Array<Text>, _>(periods)
    .bind::<Array<BigInt>, _>(sums)
    .execute(&mut open(house))
    .unwrap();
}

/// The whole sum of what the new lines touch.
pub fn sum(house: &House, touched: &Touched) {
    let of = |what: fn(&(String, String, String)) -> String| touched.keys().map(what).collect();
    let policies: Vec<String> = of(|(policy, _, _)| policy.clone());
    let customers: Vec<String> = of(|(_, customer, _)| customer.clone());
    let firsts: Vec<String> = of(|(_, _, first)| first.clone());
    let lasts: Vec<String> = of(|(_, _, first)| made::quarter(first).1);
    let periods: Vec<String> = of(|(_, _, first)| made::named(first));
    diesel::sql_query(
        "UPDATE floor_results f SET base = s.base FROM (SELECT t.policy, c.id, t.period, \
         (SELECT COALESCE(SUM(l.net_minor), 0) FROM sales_lines l JOIN products p \
         ON p.id = l.product_id AND p.category = replace(t.policy, 'T', 'K') \
         WHERE l.customer_id = c.id \
         AND l.document_date BETWEEN CAST(t.first AS DATE) AND CAST(t.last AS DATE)) AS base \
         FROM unnest($1, $2, $3, $4, $5) AS t (policy, code, first, last, period) \
         JOIN customers c ON c.code = t.code) AS s \
         WHERE f.policy = s.policy AND f.customer = s.id AND f.period = s.period",
    )
    .bind::<Array<Text>, _>(policies)
    .bind::<Array<Text>, _>(customers)
    .bind::<Array<Text>, _>(firsts)
    .bind::<Array<Text>, _>(lasts)
    .bind::<Array<Text>, _>(periods)
    .execute(&mut open(house))
    .unwrap();
}

/// Makes room for [`copy`].
pub fn prepare(house: &House) {
    let mut conn = open(house);
    for table in BOOKED {
        let like = format!("CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)");
        conn.batch_execute(&like).unwrap();
    }
    conn.batch_execute(
        "ALTER TABLE floor_accruals ADD FOREIGN KEY (policy_id) REFERENCES policies (id), \
         ADD FOREIGN KEY (version_id) REFERENCES policy_versions (id), \
         ADD FOREIGN KEY (customer_id) REFERENCES customers (id); \
         ALTER TABLE floor_ledger_entries ADD FOREIGN KEY (policy_id) REFERENCES policies (id), \
         ADD FOREIGN KEY (customer_id) REFERENCES customers (id); \
         ALTER TABLE floor_ledger_postings \
         ADD FOREIGN KEY (entry_id) REFERENCES floor_ledger_entries (id); \
         CREATE INDEX bench_run ON accruals (run_id)",
    )
    .unwrap();
}

/// The rows that the last run wrote, with their indexes and references, from one table to another:
/// no line is read, nothing computed.
pub fn copy(house: &House) {
    open(house).batch_execute(&format!("BEGIN; {COPY_BOOKED} COMMIT;")).unwrap();
}
