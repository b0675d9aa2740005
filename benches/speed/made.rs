//! The made-up house: lines of two years, the same every time, and four policies.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{Days, Months, NaiveDate};
use openrebate::db::{self, Clock, DatabaseUrl, Db};
use openrebate::policies;
use openrebate::values::Actor;
use rusqlite::Connection;

use crate::postgres;

/// What each of the four policies sums, and into which periods, in the SQL both databases share.
pub const SUMS: [(&str, &str, &str); 4] = [
    ("P1", "net_minor", QUARTER),
    ("P2", "net_minor", QUARTER),
    ("P1X", "net_minor", QUARTER),
    ("P3", "quantity_micro", "substr(CAST(document_date AS TEXT), 6, 2)"),
];
const QUARTER: &str = "(CAST(substr(CAST(document_date AS TEXT), 6, 2) AS INTEGER) + 2) / 3";

/// After all lines.
pub const AS_OF: NaiveDate = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2024, 10, 1).unwrap();
const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind";
const POLICIES: [&str; 4] = [
    include_str!("../../tests/it/policies/P1.toml"),
    include_str!("../../tests/it/policies/P2.toml"),
    include_str!("../../tests/it/policies/P1X.toml"),
    include_str!("../../tests/it/policies/P3.toml"),
];

pub struct House {
    pub db: Db,
    customers: u64,
    folder: tempfile::TempDir,
    /// Lives as long as the house; SQLite's lies in the folder.
    _postgres: Option<postgres::Database>,
}

impl House {
    /// A fresh SQLite database, and `sales.csv` beside it.
    pub fn on_sqlite(lines: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db").display().to_string();
        Self::new(lines, folder, &DatabaseUrl::Sqlite(path), None)
    }

    /// The same on a PostgreSQL of its own.
    pub fn on_postgres(lines: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = postgres::Database::empty();
        Self::new(lines, folder, &database.url(), Some(database))
    }

    fn new(
        lines: u64,
        folder: tempfile::TempDir,
        url: &DatabaseUrl,
        database: Option<postgres::Database>,
    ) -> Self {
        let clock = Clock::standing_at("2026-10-15T02:00:00Z".parse().unwrap());
        let db = Db::open(url, db::House::default(), clock).unwrap();
        db.migrate().unwrap();
        let house = Self { db, customers: (lines / 400).max(1), folder, _postgres: database };
        house.write("sales.csv", "L", lines, 0);
        house
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Some lines more, in a file of their own; its name, and the customers and months touched.
    pub fn more(&self, lines: u64, round: u64) -> (String, Vec<(String, String)>) {
        let name = format!("more-{lines}-{round}.csv");
        let touched = self.write(&name, &format!("M{lines}-{round}-"), lines, round + 1);
        (name, touched.into_iter().collect())
    }

    fn write(&self, name: &str, prefix: &str, lines: u64, seed: u64) -> BTreeSet<(String, String)> {
        let mut out = BufWriter::new(File::create(self.folder().join(name)).unwrap());
        writeln!(out, "{HEADER}").unwrap();
        let mut touched = BTreeSet::new();
        let mut random = 0x2545_f491_4f6c_dd1d_u64.wrapping_add(seed << 7);
        for line in 0..lines {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(line | 1);
            let draw = |bits: u32, below: u64| (random >> bits) % below;
            let customer = format!("C{:05}", draw(33, self.customers) + 1);
            let day = FIRST + Days::new(draw(20, 730));
            let (units, pence) = (draw(40, 50) + 1, draw(11, 40_000));
            let back = draw(50, 40) == 0;
            let (sign, kind) = if back { ("-", "return") } else { ("", "invoice") };
            writeln!(
                out,
                "{prefix}{line:07},D{:06},{day},{customer},P{:04},{sign}{units},{sign}{}.{:02},GBP,{kind}",
                line / 5,
                draw(25, 1_000) + 1,
                pence / 100 + 1,
                pence % 100,
            )
            .unwrap();
            touched.insert((customer, day.format("%Y-%m").to_string()));
        }
        out.flush().unwrap();
        touched
    }

    pub fn publish(&self) {
        for source in POLICIES {
            let terms = policies::parse(source).unwrap();
            self.db.write(&Actor::operator(), |tx| policies::publish(tx, &terms, source)).unwrap();
        }
    }

    /// The statements that make the table and its indexes.
    pub fn schema_of(&self, table: &str) -> String {
        let conn = Connection::open(self.folder().join("portal.db")).unwrap();
        let mut found = conn
            .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND sql IS NOT NULL")
            .unwrap();
        let all = found.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        all.map(|sql| sql.unwrap() + ";").collect()
    }
}

/// First and last day of the month, or of its quarter.
pub fn days(month: &str, quarter: bool) -> (String, String) {
    let first: NaiveDate = format!("{month}-01").parse().unwrap();
    let back = if quarter { chrono::Datelike::month0(&first) % 3 } else { 0 };
    let first = first - Months::new(back);
    let last = first + Months::new(if quarter { 3 } else { 1 }) - Days::new(1);
    (first.to_string(), last.to_string())
}
