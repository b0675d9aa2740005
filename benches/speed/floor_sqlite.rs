//! What SQLite itself needs for the same work.

use rusqlite::{Connection, params};

use crate::made::{self, House, SUMS};

/// SQLite as the portal opens it.
fn open(house: &House, name: &str) -> Connection {
    let conn = Connection::open(house.folder().join(name)).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;",
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

pub fn group_by(house: &House) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    tx.execute_batch(STORE).unwrap();
    for (policy, sum, period) in SUMS {
        tx.execute(
            &format!(
                "INSERT INTO floor_results SELECT '{policy}', customer_id, \
                 substr(document_date, 1, 4) || '-' || {period} AS period, SUM({sum}) \
                 FROM sales_lines GROUP BY customer_id, period"
            ),
            [],
        )
        .unwrap();
    }
    tx.commit().unwrap();
}

/// For each customer and day of a new line, the sums of its quarter and its month.
pub fn sum_touched(house: &House, touched: &[(String, String)]) {
    let mut conn = open(house, "portal.db");
    let tx = conn.transaction().unwrap();
    tx.execute_batch(STORE).unwrap();
    for (policy, sum, _) in SUMS {
        let mut read = tx
            .prepare(&format!(
                "SELECT COALESCE(SUM({sum}), 0) FROM sales_lines WHERE customer_id = \
                 (SELECT id FROM customers WHERE code = ?1) AND document_date BETWEEN ?2 AND ?3"
            ))
            .unwrap();
        let mut write = tx.prepare("REPLACE INTO floor_results VALUES (?1, ?2, ?3, ?4)").unwrap();
        for (customer, month) in touched {
            let (first, last) = made::days(month, policy != "P3");
            let base: i64 = read.query_row(params![customer, first, last], |r| r.get(0)).unwrap();
            write.execute(params![policy, customer, first, base]).unwrap();
        }
    }
    tx.commit().unwrap();
}
