//! What SQLite itself needs for the same work.

use rusqlite::{Connection, params};

use crate::made::{self, BOOKED, COPY_BOOKED, House, QUARTER, Touched};

/// SQLite as the portal opens it.
fn open(house: &House, name: &str) -> Connection {
    let conn = Connection::open(house.folder().join(name)).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 16000;",
    )
    .unwrap();
    conn
}

/// The file's rows into a table like the portal's: no row is checked.
pub fn insert_all(house: &House) {
    let mut conn = open(house, "floor.db");
    let table: String = house.schema_of("sales_lines");
    conn.execute_batch(&table).unwrap();
    let tx = conn.transaction().unwrap();
    {
        let mut insert = tx
            .prepare(
                "INSERT INTO sales_lines (id, source, line_id, import_id, document_no, \
                 document_date, customer_id, product_id, quantity_micro, net_minor, currency, kind) \
                 VALUES (?1, 'csv', ?2, '0', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )
            .unwrap();
        let mut reader = csv::Reader::from_path(house.folder().join("sales.csv")).unwrap();
        let mut record = csv::StringRecord::new();
        let mut id = 0_i64;
        while reader.read_record(&mut record).unwrap() {
            id += 1;
            let number = |at: usize| record[at][1..].parse::<i64>().unwrap();
            let quantity = record[5].parse::<i64>().unwrap() * 1_000_000;
            let net = record[6].replace('.', "").parse::<i64>().unwrap();
            let (customer, product) = (number(3), number(4));
            insert
                .execute(params![
                    id, &record[0], &record[1], &record[2], customer, product, quantity, net,
                    &record[7], &record[8]
                ])
                .unwrap();
        }
    }
    tx.commit().unwrap();
}

const STORE: &str = "CREATE TABLE IF NOT EXISTS floor_results \
    (policy TEXT, customer BIGINT, period TEXT, base BIGINT, PRIMARY KEY (policy, customer, period))";

/// Each category's sums are one policy's.
pub fn group_by(house: &House) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    tx.execute_batch(STORE).unwrap();
    tx.execute(
        &format!(
            "INSERT INTO floor_results SELECT replace(p.category, 'K', 'T') AS policy, \
             l.customer_id, {QUARTER} AS period, SUM(l.net_minor) \
             FROM sales_lines l JOIN products p ON p.id = l.product_id \
             GROUP BY l.customer_id, period, policy"
        ),
        [],
    )
    .unwrap();
    tx.commit().unwrap();
}

/// All the lines as one policy's.
pub fn group_one(house: &House) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    tx.execute(
        &format!(
            "INSERT INTO floor_results SELECT 'T{}', customer_id, {QUARTER} AS period, \
             SUM(net_minor) FROM sales_lines GROUP BY customer_id, period",
            made::POLICIES
        ),
        [],
    )
    .unwrap();
    tx.commit().unwrap();
}

/// The new lines alone, added to what is stored.
pub fn add(house: &House, touched: &Touched) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    {
        let mut add = tx
            .prepare(
                "INSERT INTO floor_results VALUES \
                 (?1, (SELECT id FROM customers WHERE code = ?2), ?3, ?4) \
                 ON CONFLICT DO UPDATE SET base = base + excluded.base",
            )
            .unwrap();
        for ((policy, customer, first), net) in touched {
            add.execute(params![policy, customer, made::named(first), net]).unwrap();
        }
    }
    tx.commit().unwrap();
}

/// The whole sum of what the new lines touch.
pub fn sum(house: &House, touched: &Touched) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    {
        let mut read = tx
            .prepare(
                "SELECT COALESCE(SUM(l.net_minor), 0) FROM sales_lines l JOIN products p \
                 ON p.id = l.product_id AND p.category = replace(?4, 'T', 'K') \
                 WHERE l.customer_id = (SELECT id FROM customers WHERE code = ?1) \
                 AND l.document_date BETWEEN ?2 AND ?3",
            )
            .unwrap();
        let mut write = tx
            .prepare(
                "UPDATE floor_results SET base = ?1 WHERE policy = ?2 AND customer = \
                 (SELECT id FROM customers WHERE code = ?3) AND period = ?4",
            )
            .unwrap();
        for (policy, customer, first) in touched.keys() {
            let (_, last) = made::quarter(first);
            let base: i64 =
                read.query_row(params![customer, first, last, policy], |r| r.get(0)).unwrap();
            write.execute(params![base, policy, customer, made::named(first)]).unwrap();
        }
    }
    tx.commit().unwrap();
}

/// Makes room for [`copy`].
pub fn prepare(house: &House) {
    let conn = open(house, "portal.db");
    let schema: String = BOOKED.iter().map(|table| house.schema_of(table)).collect();
    let named = |sql: String, table: &&str| sql.replace(table, &format!("floor_{table}"));
    conn.execute_batch(&BOOKED.iter().fold(schema, named)).unwrap();
    conn.execute_batch("CREATE INDEX bench_run ON accruals (run_id)").unwrap();
}

/// The rows that the last run wrote, with their indexes and references, from one table to another:
/// no line is read, nothing computed.
pub fn copy(house: &House) {
    let mut conn = open(house, "portal.db");
    conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let tx = conn.transaction().unwrap();
    tx.execute_batch(COPY_BOOKED).unwrap();
    tx.commit().unwrap();
}
