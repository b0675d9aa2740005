//! The made-up house: lines of one year, the same every time, a thousand for each customer, and
//! twenty policies of four quarters, each for one category of products.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{Days, Months, NaiveDate};
use openrebate::db::{self, Clock, DatabaseUrl, Db};
use openrebate::policies;
use openrebate::values::Actor;
use rusqlite::Connection;

use crate::postgres;

/// How many policies there are, each for one category of products.
pub const POLICIES: u64 = 20;
/// A document date's quarter, in the SQL both databases share.
pub const QUARTER: &str = "substr(CAST(document_date AS TEXT), 1, 4) || '-Q' || \
    ((CAST(substr(CAST(document_date AS TEXT), 6, 2) AS INTEGER) + 2) / 3)";

/// The tables a run writes to, in the order of their references.
pub const BOOKED: [&str; 3] = ["accruals", "ledger_entries", "ledger_postings"];
/// Copies what the last run wrote to the same tables called `floor_`, in the SQL both databases
/// share.
pub const COPY_BOOKED: &str = "INSERT INTO floor_accruals SELECT * FROM accruals \
    WHERE run_id = (SELECT MAX(id) FROM accrual_runs) \
    ON CONFLICT (id) DO UPDATE SET lines = excluded.lines, base_minor = excluded.base_minor, \
    base_micro = excluded.base_micro, measure = excluded.measure, tier = excluded.tier, \
    reward = excluded.reward, rebate_minor = excluded.rebate_minor, \
    calculation = excluded.calculation, run_id = excluded.run_id, as_of = excluded.as_of, \
    computed_at = excluded.computed_at, through = excluded.through; \
    INSERT INTO floor_ledger_entries SELECT * FROM ledger_entries \
    WHERE number > (SELECT COALESCE(MAX(number), 0) FROM floor_ledger_entries); \
    INSERT INTO floor_ledger_postings SELECT p.* FROM ledger_entries e \
    JOIN ledger_postings p ON p.entry_id = e.id \
    WHERE e.number > (SELECT MAX(number) FROM floor_ledger_entries) \
    - (SELECT changed FROM accrual_runs WHERE id = (SELECT MAX(id) FROM accrual_runs));";

/// After all lines.
pub const AS_OF: NaiveDate = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
const DAYS: u64 = 365;
const PRODUCTS: u64 = 1_000;
const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind";
/// The sum of some lines in minor units, by policy, customer and first day of the quarter.
pub type Touched = BTreeMap<(String, String, String), i64>;

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
        let house = Self { db, customers: (lines / 1_000).max(1), folder, _postgres: database };
        house.write_products();
        house.write("sales.csv", "L", lines, 0);
        house
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Some lines more, in a file of their own; its name, and what they add up to.
    pub fn more(&self, lines: u64, round: u64) -> (String, Touched) {
        let name = format!("more-{lines}-{round}.csv");
        let touched = self.write(&name, &format!("M{lines}-{round}-"), lines, round + 1);
        (name, touched)
    }

    fn write(&self, name: &str, prefix: &str, lines: u64, seed: u64) -> Touched {
        let mut out = BufWriter::new(File::create(self.folder().join(name)).unwrap());
        writeln!(out, "{HEADER}").unwrap();
        let mut touched = Touched::new();
        let mut random = 0x2545_f491_4f6c_dd1d_u64.wrapping_add(seed << 7);
        let mut draw = |below: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for line in 0..lines {
            let customer = format!("C{:05}", draw(self.customers) + 1);
            let product = draw(PRODUCTS) + 1;
            let day = FIRST + Days::new(draw(DAYS));
            let (units, pence) = (draw(50) + 1, draw(40_000));
            let back = draw(40) == 0;
            let (sign, kind) = if back { ("-", "return") } else { ("", "invoice") };
            writeln!(
                out,
                "{prefix}{line:07},D{:06},{day},{customer},P{product:04},{sign}{units},{sign}{}.{:02},GBP,{kind}",
                line / 5,
                pence / 100 + 1,
                pence % 100,
            )
            .unwrap();
            let (first, _) = quarter(&day.to_string());
            let policy = format!("T{:02}", product % POLICIES);
            let net = i64::try_from(pence + 100).unwrap() * if back { -1 } else { 1 };
            *touched.entry((policy, customer, first)).or_insert(0) += net;
        }
        out.flush().unwrap();
        touched
    }

    /// `products.csv`: the categories take turns.
    fn write_products(&self) {
        let mut out = BufWriter::new(File::create(self.folder().join("products.csv")).unwrap());
        writeln!(out, "product_code,category").unwrap();
        for product in 1..=PRODUCTS {
            writeln!(out, "P{product:04},K{:02}", product % POLICIES).unwrap();
        }
        out.flush().unwrap();
    }

    pub fn publish(&self) {
        for policy in 0..POLICIES {
            self.publish_one(&policy_source(policy));
        }
    }

    /// One policy more, for whatever is bought.
    pub fn publish_for_everything(&self) {
        let source = policy_source(POLICIES);
        let (before, rest) = source.split_once("[products]").unwrap();
        let (_, after) = rest.split_once("[measure]").unwrap();
        self.publish_one(&format!("{before}[measure]{after}"));
    }

    fn publish_one(&self, source: &str) {
        let terms = policies::parse(source).unwrap();
        self.db.write(&Actor::operator(), |tx| policies::publish(tx, &terms, source)).unwrap();
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

fn policy_source(number: u64) -> String {
    format!(
        r#"code = "T{number:02}"
currency = "GBP"
period = "quarter"
from = 2025-10-01
form = "credit_note"
settle_within_days = 30
grace_days = 5
owner = "finance@example.com"
[name]
zh-CN = "季度达标返利 {number}"
en = "Quarterly threshold rebate {number}"
[products]
categories = ["K{number:02}"]
[measure]
kind = "amount"
[reward]
tier_mode = "all_units"
[[reward.tiers]]
from = "1000"
percent = "1"
[[reward.tiers]]
from = "2000"
percent = "2"
[[reward.tiers]]
from = "4000"
percent = "3"
[[reward.tiers]]
from = "8000"
percent = "5"
"#
    )
}

/// First and last day of the day's quarter.
pub fn quarter(day: &str) -> (String, String) {
    let day: NaiveDate = day.parse().unwrap();
    let first = chrono::Datelike::with_day(&day, 1).unwrap();
    let first = first - Months::new(chrono::Datelike::month0(&first) % 3);
    let last = first + Months::new(3) - Days::new(1);
    (first.to_string(), last.to_string())
}

/// The quarter's name, as [`QUARTER`] writes it.
pub fn named(first: &str) -> String {
    let first: NaiveDate = first.parse().unwrap();
    format!("{}-Q{}", first.format("%Y"), chrono::Datelike::month0(&first) / 3 + 1)
}
