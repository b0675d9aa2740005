//! The main job on real sales, through the real rooms: a file comes in, published policies accrue,
//! and the export pays the reference rebates row for row (data/README.md), on both databases alike.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use chrono::NaiveDate;
use openrebate::accruals::{self, RunReport};
use openrebate::customers;
use openrebate::disputes;
use openrebate::ledger::{self, Account};
use openrebate::policies::{self, Terms};
use openrebate::reports::{self, ExportFilter, Format, Report, Verification};
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::statements;
use openrebate::values::{Actor, Period};
use rust_decimal::Decimal;

use crate::support::{Engine, Named, TestApp, data, expected};

const POLICIES: [&str; 5] = ["P1", "P2", "P3", "P4", "P1X"];

fn terms(policy: &str) -> (Terms, String) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/policies/{policy}.toml"));
    let source = std::fs::read_to_string(path).unwrap();
    (policies::parse(&source).unwrap(), source)
}

/// Brings the file in; how many lines were new, and how many known.
fn bring(app: &TestApp, path: &Path) -> (u64, u64) {
    let file = Incoming { kind: ImportKind::Sales, path, name: "sales" };
    let options = Options { create_missing: true, ..Options::default() };
    let actor = Actor::operator();
    let brought = sales::bring_in(&app.db, &actor, file, &options, &mut Watch::default()).unwrap();
    assert!(brought.import.is_some(), "{:?}", brought.report.problems);
    (brought.report.new, brought.report.known)
}

fn publish(app: &TestApp) {
    for policy in POLICIES {
        let (terms, source) = terms(policy);
        app.write(|tx| policies::publish(tx, &terms, &source));
    }
}

/// A day after all of the data.
fn accrue(app: &TestApp) -> RunReport {
    accruals::run(&app.db, &Actor::operator(), day("2011-12-31"), None).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn export(app: &TestApp, report: Report) -> String {
    let table = app.read(|conn| reports::export(conn, report, &ExportFilter::default()));
    let mut out = Vec::new();
    reports::write(&table, Format::Csv, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn verify(app: &TestApp) -> Verification {
    app.read(reports::verify)
}

/// The sample, imported, with all four policies accrued.
fn sample(engine: Engine) -> Option<TestApp> {
    let path = data()?.join("sample/online_retail_sample.csv");
    let app = TestApp::on(engine);
    assert_eq!(bring(&app, &path), (2_608, 0));
    publish(&app);
    accrue(&app);
    Some(app)
}

/// The exported accruals in the words of the reference: the tier as the threshold reached, the
/// reward as the rate.
fn exported(app: &TestApp) -> BTreeMap<Named, [String; 4]> {
    let all: BTreeMap<_, _> = POLICIES.map(|policy| (policy, terms(policy).0)).into();
    let csv = export(app, Report::Accruals);
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let mut found = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let cell = |name: &str| row[at(name)].to_owned();
        let tiers = &all[cell("policy").as_str()].reward.tiers;
        let tier: usize = cell("tier").parse().unwrap();
        // The reference writes bounds of growth as fractions.
        let bound = |from: Decimal| match cell("policy").as_str() {
            "P4" => format!("{:.2}", from * Decimal::new(1, 2)),
            _ => from.to_string(),
        };
        let threshold = tier.checked_sub(1).map_or("0".to_owned(), |t| bound(tiers[t].from));
        let base = if cell("policy") == "P3" { "base_quantity" } else { "base_amount" };
        let said = [cell(base), threshold, rate(&cell("reward")), cell("rebate")];
        let name = (cell("policy"), cell("customer_code"), cell("period"));
        assert_eq!(cell("status"), "estimated");
        assert!(found.insert(name, said).is_none(), "a row twice");
    }
    found
}

/// `5%` and `0.05/unit` as the reference writes them; nothing is 0.
fn rate(reward: &str) -> String {
    match (reward.strip_suffix('%'), reward.strip_suffix("/unit")) {
        (Some(percent), _) => {
            (percent.parse::<Decimal>().unwrap() * Decimal::new(1, 2)).to_string()
        }
        (_, Some(money)) => money.to_owned(),
        _ if reward.is_empty() => "0".to_owned(),
        _ => panic!("{reward}"),
    }
}

/// Every row of every policy; a row of the reference in which no line counts is not exported, and
/// must be worth nothing.
fn check(found: &BTreeMap<Named, [String; 4]>, folder: &Path) {
    let mut all = BTreeMap::new();
    for policy in POLICIES {
        all.extend(expected(folder, policy));
    }
    for (name, said) in found {
        assert_eq!(Some(said), all.get(name), "{name:?}");
    }
    let mut left_out = 0;
    for (name, wanted) in all.iter().filter(|(name, _)| !found.contains_key(*name)) {
        assert_eq!(name.0, "P1X", "{name:?} is missing");
        assert_eq!(wanted, &["0.00", "0", "0", "0.00"], "{name:?}");
        left_out += 1;
    }
    assert_eq!(found.len() + left_out, all.len());
}

/// The percentage of each row of P4 against the fraction of the reference, which has six decimals;
/// how many rows there are.
fn check_growth(app: &TestApp, folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("P4.csv")).unwrap();
    let row = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        ((cells[1].to_owned(), cells[2].to_owned()), cells[8].to_owned())
    };
    let wanted: BTreeMap<_, _> = text.lines().skip(1).map(row).collect();
    let csv = export(app, Report::Accruals);
    let rows = csv.lines().filter(|row| row.starts_with("P4,"));
    let mut compared = 0;
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let name = (cells[2].to_owned(), cells[3].to_owned());
        match (wanted[&name].as_str(), cells[8]) {
            ("", "") => {}
            (fraction, percent) => {
                let wanted = fraction.parse::<Decimal>().unwrap() * Decimal::ONE_HUNDRED;
                let apart = (wanted - percent.parse::<Decimal>().unwrap()).abs();
                assert!(apart <= Decimal::new(5, 5), "{name:?}: {percent}, not {fraction}");
            }
        }
        compared += 1;
    }
    compared
}

fn rebates(found: &BTreeMap<Named, [String; 4]>, policy: &str) -> Decimal {
    let rows = found.iter().filter(|(name, _)| name.0 == policy);
    rows.map(|(_, said)| said[3].parse::<Decimal>().unwrap()).sum()
}

/// What all customers together hold in the account, in pence; credits positive.
fn held(app: &TestApp, account: Account) -> i64 {
    let entries = app.read(|conn| ledger::after(conn, 0, 1_000_000));
    entries.iter().map(|entry| -entry.on(account)).sum()
}

#[test]
fn the_sample_pays_the_reference_rebates_on_both_databases() {
    let Some(folder) = data() else { return };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = sample(engine).unwrap();
        check(&exported(&app), &folder.join("expected/sample"));
        let found = verify(&app);
        assert_eq!(found.differences, Vec::<String>::new());
        assert!(found.accruals > 500 && found.waiting == 0, "{found:?}");
    }
}

#[test]
fn running_twice_posts_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = sample(engine) else { return };
        let (ledger, accrued) = (export(&app, Report::Ledger), export(&app, Report::Accruals));
        for only in [None, Some("P1")] {
            let run = accruals::run(&app.db, &Actor::operator(), day("2011-12-31"), only).unwrap();
            assert_eq!((run.customers, run.periods, run.changed), (0, 0, 0));
            assert_eq!(run.deltas, []);
        }
        assert_eq!(export(&app, Report::Ledger), ledger);
        assert_eq!(export(&app, Report::Accruals), accrued);
    }
}

#[test]
fn both_databases_export_the_same_bytes() {
    let apps = [Engine::Sqlite, Engine::Postgres].map(|engine| {
        let app = sample(engine)?;
        let (actor, quarter) = (Actor::operator(), "2011-Q3".parse().unwrap());
        accruals::close(&app.db, &actor, quarter, None).unwrap();
        bring(&app, &late_line(&app));
        accrue(&app);
        let month: Period = "2011-09".parse().unwrap();
        statements::issue(&app.db, &actor, month, None, 10, &disputes::open_on_statement).unwrap();
        Some(app)
    });
    let [Some(sqlite), Some(postgres)] = &apps else { return };
    for report in
        [Report::Accruals, Report::Balances, Report::Ledger, Report::Journal, Report::Statements]
    {
        let (one, other) = (export(sqlite, report), export(postgres, report));
        assert!(one.lines().count() > 10, "{report}: {one}");
        assert!(one == other, "{report} differs");
    }
    for app in [sqlite, postgres] {
        assert_eq!(verify(app).differences, Vec::<String>::new());
    }
}

const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind\n";

/// A file of one line, which stays as long as the portal does.
fn line(app: &TestApp, row: &str) -> std::path::PathBuf {
    std::fs::create_dir_all(&app.config.files).unwrap();
    let path = app.config.files.join("late.csv");
    std::fs::File::create(&path).unwrap().write_all(format!("{HEADER}{row}\n").as_bytes()).unwrap();
    path
}

/// It lifts 17450 over the last threshold of the third quarter of 2011.
fn late_line(app: &TestApp) -> std::path::PathBuf {
    line(app, "L1,99,2011-09-30,17450,22423,100,5316.00,GBP,invoice")
}

/// The rebate as stored: policy, customer, period.
fn rebate(app: &TestApp, policy: &str, customer: &str, period: &str) -> String {
    let found = export(app, Report::Accruals);
    let row = found.lines().find(|row| {
        let cells: Vec<_> = row.split(',').collect();
        cells[0] == policy && cells[2] == customer && cells[3] == period
    });
    row.unwrap().split(',').nth(11).unwrap().to_owned()
}

#[test]
fn a_return_touches_only_its_customers_periods() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = sample(engine) else { return };
        let before = export(&app, Report::Accruals);
        assert_eq!(rebate(&app, "P1", "18102", "2010-Q4"), "2385.08");
        bring(&app, &line(&app, "R1,C99,2010-11-15,18102,22423,-10,-20000.00,GBP,return"));
        assert_eq!(verify(&app).waiting, 5, "one month, in each of five policies");
        let run = accrue(&app);
        // Growth looks at it twice: in its quarter, and as the baseline of the one a year later.
        assert_eq!((run.policies, run.customers, run.periods), (5, 1, 6));
        // 3 % of 59,502.76, all and above 50,000; P3 pays for units.
        assert_eq!(rebate(&app, "P1", "18102", "2010-Q4"), "1785.08");
        assert_eq!(rebate(&app, "P2", "18102", "2010-Q4"), "935.08");
        let after = export(&app, Report::Accruals);
        let changed: Vec<_> = before
            .lines()
            .zip(after.lines())
            .filter(|(one, other)| one != other)
            .map(|(one, _)| one.split(',').take(4).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            changed,
            [
                "P1 1 18102 2010-Q4",
                "P1X 1 18102 2010-Q4",
                "P2 1 18102 2010-Q4",
                "P3 1 18102 2010-11",
                "P4 1 18102 2010-Q4",
                "P4 1 18102 2011-Q4",
            ]
        );
        assert_eq!(before.lines().count(), after.lines().count());
        assert_eq!(verify(&app).differences, Vec::<String>::new());
    }
}

#[test]
fn a_line_for_a_closed_quarter_is_a_prior_period_adjustment() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = sample(engine) else { return };
        let actor = Actor::operator();
        let closed = accruals::close(&app.db, &actor, "2011-Q3".parse().unwrap(), None).unwrap();
        let said: Vec<_> = closed.iter().map(|c| (c.policy.as_str(), c.earned.plain())).collect();
        let total = |policy: &str| {
            let all = expected(&data().unwrap().join("expected/sample"), policy);
            let rows = all.iter().filter(|(name, _)| name.2 == "2011-Q3");
            rows.map(|(_, said)| said[3].parse::<Decimal>().unwrap()).sum::<Decimal>().to_string()
        };
        let wanted = ["P1", "P1X", "P2", "P4"].map(|policy| (policy, total(policy)));
        assert_eq!(said, wanted);
        let (payable, last) = (held(&app, Account::Payable), last_number(&app));
        bring(&app, &late_line(&app));
        // Closing brought the accruals up to the day of the clock.
        let run = accruals::run(&app.db, &actor, app.db.today(), None).unwrap();
        // Growth also looks at the quarter a year later.
        assert_eq!((run.customers, run.periods, run.changed), (1, 6, 5));
        // 94,684.02 and 5,316.00 are 100,000.02: 5 % of all of it, or of two pence.
        for (policy, wanted) in
            [("P1", "5000.00"), ("P2", "2150.00"), ("P1X", "5027.50"), ("P4", "2000.00")]
        {
            assert_eq!(rebate(&app, policy, "17450", "2011-Q3"), wanted, "{policy}");
        }
        let new = app.read(|conn| ledger::after(conn, last, 100));
        let mut said: Vec<_> = new
            .iter()
            .map(|e| {
                let prior = e.prior_period.clone().unwrap_or_default();
                format!("{} {} of {prior:?}: {}", e.reference, e.period, e.moves_balance())
            })
            .collect();
        said.sort();
        // The open quarter is the one of the clock; P3's month was not closed.
        assert_eq!(
            said,
            [
                "P1 2026-Q4 of \"2011-Q3\": 215948",
                "P1X 2026-Q4 of \"2011-Q3\": 217048",
                "P2 2026-Q4 of \"2011-Q3\": 15948",
                "P3 2011-09 of \"\": 500",
                "P4 2026-Q4 of \"2011-Q3\": 10632",
            ]
        );
        assert_eq!(held(&app, Account::Payable) - payable, 215_948 + 217_048 + 15_948 + 10_632);
        assert_eq!(verify(&app).differences, Vec::<String>::new());
    }
}

fn last_number(app: &TestApp) -> i64 {
    app.read(|conn| ledger::after(conn, 0, 1_000_000)).last().unwrap().number
}

/// Takes the guards of the append-only tables away, as somebody with the database's password can.
fn unguard(app: &TestApp) {
    let guards: &[(&str, &str)] = match app.engine {
        Engine::Sqlite => &[
            ("ledger_postings_no_update", ""),
            ("ledger_entries_no_update", ""),
            ("audit_events_no_update", ""),
            ("statements_frozen", ""),
        ],
        Engine::Postgres => &[
            ("ledger_postings_append_only", " ON ledger_postings"),
            ("ledger_entries_append_only", " ON ledger_entries"),
            ("audit_events_append_only", " ON audit_events"),
            ("statements_frozen", " ON statements"),
        ],
    };
    for (guard, table) in guards {
        app.sql(&format!("DROP TRIGGER {guard}{table}")).unwrap();
    }
}

#[test]
fn what_is_changed_by_hand_is_found() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = sample(engine) else { return };
        let (actor, month) = (Actor::operator(), "2011-09".parse().unwrap());
        statements::issue(&app.db, &actor, month, None, 10, &disputes::open_on_statement).unwrap();
        assert_eq!(verify(&app).differences, Vec::<String>::new());
        let one = "UPDATE ledger_postings SET amount_minor = amount_minor + 1";
        assert!(app.sql(one).is_err(), "the database refuses it by itself");
        app.will_tamper();
        unguard(&app);
        let line = "WHERE id = (SELECT MIN(id) FROM sales_lines)";
        let accrual = "WHERE id = (SELECT MIN(id) FROM accruals WHERE rebate_minor > 0)";
        let entry = "WHERE entry_id = (SELECT MIN(id) FROM ledger_entries)";
        let statement = "WHERE id = (SELECT MIN(id) FROM statements)";
        for (table, set, undo, condition, said) in [
            (
                "sales_lines",
                "net_minor = net_minor + 1",
                "net_minor = net_minor - 1",
                line,
                "accrual P1 18102 2009-Q4: stored 820.11, the lines give 820.12",
            ),
            (
                "sales_lines",
                "net_minor = net_minor + 1",
                "net_minor = net_minor - 1",
                line,
                "its control totals say",
            ),
            (
                "accruals",
                "rebate_minor = rebate_minor + 1",
                "rebate_minor = rebate_minor - 1",
                accrual,
                ", the lines give ",
            ),
            (
                "ledger_postings",
                "amount_minor = amount_minor + 1",
                "amount_minor = amount_minor - 1",
                &format!("{entry} AND leg = 1"),
                "ledger entry 1: ",
            ),
            // In balance, and found all the same.
            (
                "ledger_postings",
                "amount_minor = amount_minor * 2",
                "amount_minor = amount_minor / 2",
                entry,
                "ledger entry 1: ",
            ),
            (
                "ledger_postings",
                "amount_minor = amount_minor * 2",
                "amount_minor = amount_minor / 2",
                entry,
                ", the ledger holds ",
            ),
            (
                "audit_events",
                "actor_name = 'somebody else'",
                "actor_name = 'operator'",
                "WHERE seq = 2",
                "audit event 2: ",
            ),
            (
                "statements",
                "content = replace(content, '华星', '红星')",
                "content = replace(content, '红星', '华星')",
                statement,
                "its content doesn't match its hash",
            ),
        ] {
            app.sql(&format!("UPDATE {table} SET {set} {condition}")).unwrap();
            let found = verify(&app).differences;
            let named = found.iter().any(|difference| difference.contains(said));
            assert!(named, "{engine:?} {table} {set}: {found:?}");
            app.sql(&format!("UPDATE {table} SET {undo} {condition}")).unwrap();
            assert_eq!(verify(&app).differences, Vec::<String>::new(), "{table} {undo}");
        }
    }
}

/// The whole data set, once on each database: in, and again; accrued; every row compared.
fn whole(engine: Engine) {
    let Some(folder) = data() else { return };
    let app = TestApp::on(engine);
    let path = folder.join("online_retail/lines_clean.csv.gz");
    assert_eq!(bring(&app, &path), (809_560, 0));
    assert_eq!(app.read(customers::all).len(), 5_942);
    assert_eq!(app.read(sales::verify_imports), []);
    let import = app.read(|conn| sales::imports(conn, None, 1)).imports.remove(0);
    let totals = import.report.totals.iter().map(|(c, t)| (t.lines, t.net(*c).plain()));
    assert_eq!(totals.collect::<Vec<_>>(), [(809_560, "16343651.02".to_owned())]);
    publish(&app);
    let run = accrue(&app);
    assert_eq!((run.policies, run.customers), (5, 5_942));
    let found = exported(&app);
    check(&found, &folder.join("expected/online_retail"));
    assert_eq!(check_growth(&app, &folder.join("expected/online_retail")), 11_362);
    let mut sum = Decimal::ZERO;
    for (policy, total) in [
        ("P1", "69966.65"),
        ("P2", "36666.65"),
        ("P3", "221524.25"),
        ("P4", "74396.98"),
        ("P1X", "72051.74"),
    ] {
        assert_eq!(rebates(&found, policy).to_string(), total, "{policy}");
        sum += rebates(&found, policy);
    }
    assert_eq!(run.deltas.iter().map(|d| d.plain()).collect::<Vec<_>>(), [sum.to_string()]);
    assert_eq!(bring(&app, &path), (0, 809_560), "a second time adds nothing");
    assert_eq!(accrue(&app).periods, 0);
}

#[test]
fn all_real_sales_pay_the_reference_rebates_on_sqlite() {
    whole(Engine::Sqlite);
}

#[test]
fn all_real_sales_pay_the_reference_rebates_on_postgres() {
    whole(Engine::Postgres);
}
