//! How fast, each figure beside its floor in the same run: `cargo bench`. Only the ratio of a row
//! means anything, and only on a quiet machine. Nothing here fails because it was slow.
//!
//! `OPENREBATE_BENCH_LINES` says how many sales lines to make (200,000); `cargo bench -- import`
//! runs only the rows whose names contain the word.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::float_arithmetic, reason = "it measures time")]

mod made;
mod page;

use std::time::{Duration, Instant};

use openrebate::accruals;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::Actor;
use rusqlite::{Connection, params};

use made::{AS_OF, House};

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let lines = std::env::var("OPENREBATE_BENCH_LINES").ok().and_then(|n| n.parse().ok());
    let lines = lines.unwrap_or(200_000);
    if cfg!(debug_assertions) {
        println!("built for debugging: the figures say nothing");
    }
    println!("{lines} sales lines, SQLite, durable\n");
    let house = House::new(lines);
    let import = timed(|| bring(&house, "sales.csv"));
    if wanted("import") {
        let floor = timed(|| insert_all(&house));
        row("import, checked and deduplicated", import, "read and insert, one statement", floor);
    }
    house.publish();
    let accrued = timed(|| accrue(&house));
    if wanted("accrual") {
        let floor = timed(|| group_by(&house));
        row("full accrual, four policies, booked", accrued, "GROUP BY, results stored", floor);
    }
    for new in [1, 1_000] {
        if wanted("incremental") {
            let (mut ours, mut floors) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                let (file, touched) = house.more(new, round);
                bring(&house, &file);
                ours.push(timed(|| accrue(&house)));
                floors.push(timed(|| sum_touched(&house, &touched)));
            }
            let name = format!("incremental accrual after {new} new lines");
            row(&name, median(ours), "sums of what they touch, stored", median(floors));
        }
    }
    if wanted("page") {
        let (ours, floor, bytes) = page::rates(&house);
        let name = format!("signed-in home page of {bytes} bytes");
        rate_row(&name, ours, "the same bytes from memory", floor);
    }
}

/// How often the short rows are measured.
const ROUNDS: u64 = 7;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn row(name: &str, ours: Duration, floor_name: &str, floor: Duration) {
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    println!("{name:<48}{:>10.1} ms", ours.as_secs_f64() * 1e3);
    println!(
        "  {floor_name:<46}{:>10.1} ms   {ratio:>6.2} times as long\n",
        floor.as_secs_f64() * 1e3
    );
}

fn rate_row(name: &str, ours: f64, floor_name: &str, floor: f64) {
    println!("{name:<48}{ours:>10.0} /s");
    println!("  {floor_name:<46}{floor:>10.0} /s   {:>6.2} of it\n", ours / floor);
}

fn bring(house: &House, name: &str) {
    let path = house.folder().join(name);
    let file = Incoming { kind: ImportKind::Sales, path: &path, name };
    let options = Options { create_missing: true, ..Options::default() };
    let actor = Actor::operator();
    let brought = sales::bring_in(&house.db, &actor, file, &options, &mut Watch::default());
    assert!(brought.unwrap().import.is_some());
}

fn accrue(house: &House) {
    accruals::run(&house.db, &Actor::operator(), AS_OF, None).unwrap();
}

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
fn insert_all(house: &House) {
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

/// What each of the four policies sums, and into which periods.
const SUMS: [(&str, &str, &str); 4] = [
    ("P1", "net_minor", "(CAST(substr(document_date, 6, 2) AS INTEGER) + 2) / 3"),
    ("P2", "net_minor", "(CAST(substr(document_date, 6, 2) AS INTEGER) + 2) / 3"),
    ("P1X", "net_minor", "(CAST(substr(document_date, 6, 2) AS INTEGER) + 2) / 3"),
    ("P3", "quantity_micro", "substr(document_date, 6, 2)"),
];

fn group_by(house: &House) {
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
fn sum_touched(house: &House, touched: &[(String, String)]) {
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
