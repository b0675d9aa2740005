//! Sales files on their way in: real ones, dirty ones, broken ones, and interrupted ones.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use openrebate::customers;
use openrebate::error::{Error, Result};
use openrebate::sales::{self, Brought, ImportKind, ImportState, Incoming, Options, Report, Watch};
use openrebate::values::{Actor, Currency};

use crate::support::{Engine, TestApp, data};

const RAW: &str = r#"
[columns]
line_id       = { row_number = true, prefix = "Y1-" }
document_no   = "INVOICE"
document_date = { column = "InvoiceDate", format = "%Y-%m-%d %H:%M:%S" }
customer_code = { column = "CUSTOMER", strip_suffix = ".0" }
product_code  = "StockCode"
product_name  = "Description"
quantity      = "Quantity"
unit_price    = "PRICE"
net_amount    = { multiply = ["Quantity", "PRICE"] }
currency      = { value = "GBP" }
kind          = { return_if_starts_with = { column = "INVOICE", prefix = "C" } }
"#;

const SKIP: &str = "[skip]\nif_empty = [\"CUSTOMER\"]\n";

fn making() -> Options {
    Options { create_missing: true, ..Options::default() }
}

/// A mapping for the raw files, whose two years name their columns differently.
fn raw(invoice: &str, price: &str, customer: &str, more: &str) -> String {
    (RAW.to_owned() + more)
        .replace("INVOICE", invoice)
        .replace("PRICE", price)
        .replace("CUSTOMER", customer)
}

fn bring(app: &TestApp, path: &Path, options: &Options) -> Result<Brought> {
    let file = Incoming { kind: ImportKind::Sales, path, name: "sales" };
    sales::bring_in(&app.db, &Actor::operator(), file, options, &mut Watch::default())
}

fn bring_as(app: &TestApp, kind: ImportKind, path: &Path) -> Result<Brought> {
    let file = Incoming { kind, path, name: "file" };
    let options = Options::default();
    sales::bring_in(&app.db, &Actor::operator(), file, &options, &mut Watch::default())
}

fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    File::create(&path).unwrap().write_all(bytes.as_ref()).unwrap();
    path
}

fn gbp() -> Currency {
    "GBP".parse().unwrap()
}

/// Lines and net amount of the report, in pounds.
fn pounds(report: &Report) -> (u64, String) {
    let total = report.totals.get(&gbp()).copied().unwrap_or_default();
    (total.lines, total.net(gbp()).plain())
}

const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind\n";

fn sales_file(folder: &Path, name: &str, rows: &str) -> PathBuf {
    file(folder, name, format!("{HEADER}{rows}"))
}

#[test]
fn the_raw_first_year_comes_in_through_a_mapping() {
    let Some(folder) = data() else { return };
    let app = TestApp::on(Engine::Sqlite);
    let path = folder.join("online_retail/raw_2009_2010.csv.gz");
    let mapping = raw("Invoice", "Price", "Customer ID", SKIP);
    // What the mapping leaves out doesn't hold up the rest.
    let report = bring(&app, &path, &Options { mapping, ..making() }).unwrap().report;
    assert_eq!((report.new, report.rejected), (417_534, 107_927));
    assert_eq!(report.reasons.iter().collect::<Vec<_>>(), [(&"no_customer".to_owned(), &107_927)]);
}

both! {
    fn the_sample_comes_in(app: &TestApp) {
        let Some(folder) = data() else { return };
        let path = folder.join("sample/online_retail_sample.csv");
        let report = bring(app, &path, &making()).unwrap().report;
        assert_eq!(pounds(&report), (2_608, "1007193.63".to_owned()));
        let customer = app.read(|conn| customers::by_code(conn, "12346"));
        let lines = app.read(|conn| {
            sales::lines_of(conn, customer.id, "2009-01-01".parse().unwrap(), "2011-12-31".parse().unwrap())
        });
        let facts = app.read(|conn| {
            sales::lines_of_customers(conn, &[customer.id], "2009-01-01".parse().unwrap(), "2011-12-31".parse().unwrap())
        });
        assert!(lines.len() > 30);
        assert_eq!(lines.iter().map(|l| l.key).collect::<Vec<_>>(), facts.iter().map(|l| l.key).collect::<Vec<_>>());
        assert_eq!(app.read(sales::touched_head), 1);
        let again = bring(app, &path, &making()).unwrap().report;
        assert_eq!((again.new, again.known), (0, 2_608));
        assert_eq!(app.read(sales::touched_head), 1, "nothing new touches nothing");
        assert_eq!(app.read(sales::verify_imports), []);
    }

    fn of_the_dirty_sample_just_the_rows_without_customer_stay_out(app: &TestApp) {
        let Some(folder) = data() else { return };
        let path = folder.join("sample/raw_dirty_sample.csv");
        let listed = std::fs::read_to_string(folder.join("sample/raw_dirty_sample_disposition.csv")).unwrap();
        let expected: Vec<u64> = listed
            .lines()
            .filter(|line| line.ends_with(",no customer"))
            .map(|line| line.split(',').next().unwrap().parse().unwrap())
            .collect();
        let mapping = raw("InvoiceNo", "UnitPrice", "CustomerID", "");
        let options = Options { mapping, ..making() };
        let held = bring(app, &path, &options).unwrap();
        assert_eq!(held.import, None, "without --accept-good-rows nothing comes in");
        assert_eq!(app.read(customers::all), []);
        let options = Options { accept_good_rows: true, ..options };
        let report = bring(app, &path, &options).unwrap().report;
        assert_eq!((report.new, report.rejected), (285, 97));
        // The header is line 1.
        let found: Vec<u64> = report.problems.iter().map(|row| row.place.line - 1).collect();
        assert_eq!(found, expected);
    }

    fn each_row_has_its_fate(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let good = "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n2,D1,2026/1/6,A,X,-1,-5,CNY,return\n";
        bring(app, &sales_file(folder.path(), "a.csv", good), &making()).unwrap();
        let check = |row: &str, fate: &str| {
            let path = sales_file(folder.path(), "b.csv", row);
            let report = bring(app, &path, &Options::default()).unwrap().report;
            let reason = report.reasons.keys().next().cloned();
            let said = match (report.new, report.known) {
                (1, _) => "new".to_owned(),
                (_, 1) => "known".to_owned(),
                _ => reason.unwrap_or_default(),
            };
            assert_eq!(said, fate, "{row}");
        };
        for (row, fate) in [
            ("1,D1,2026-01-05,A,X,2,10.00,CNY,invoice", "known"),
            ("1,D1,2026-01-05,A,X,2.0,\"¥10\",CNY,invoice", "known"),
            ("1,D1,2026-01-05,A,X,2,10.01,CNY,invoice", "conflict"),
            ("1,D1,2026-01-05,A,X,2,10.00,GBP,invoice", "conflict"),
            ("3,D1,2026-01-05,B,X,2,10.00,CNY,invoice", "unknown_customer"),
            ("3,D1,2026-01-05,a,X,2,10.00,CNY,invoice", "unknown_customer"),
            ("3,D1,2026-01-05,A,x,2,10.00,CNY,invoice", "unknown_product"),
            ("3,D1,2026-01-05,,X,2,10.00,CNY,invoice", "no_customer"),
            (",D1,2026-01-05,A,X,2,10.00,CNY,invoice", "missing"),
            ("3,D1,,A,X,2,10.00,CNY,invoice", "missing"),
            ("3,D1,05/01/2026,A,X,2,10.00,CNY,invoice", "bad_date"),
            ("3,D1,2026-02-30,A,X,2,10.00,CNY,invoice", "bad_date"),
            ("3,D1,2026-01-05,A,X,two,10.00,CNY,invoice", "bad_number"),
            ("3,D1,2026-01-05,A,X,2,\"10,00\",CNY,invoice", "bad_number"),
            ("3,D1,2026-01-05,A,X,2,1e3,CNY,invoice", "bad_number"),
            ("3,D1,2026-01-05,A,X,2,10.001,CNY,invoice", "too_many_decimals"),
            ("3,D1,2026-01-05,A,X,2,10.5,JPY,invoice", "too_many_decimals"),
            ("3,D1,2026-01-05,A,X,0.0000001,10,CNY,invoice", "too_many_decimals"),
            ("3,D1,2026-01-05,A,X,2,99999999999999999999,CNY,invoice", "out_of_range"),
            ("3,D1,2026-01-05,A,X,2,92233720368547758.07,CNY,invoice", "out_of_range"),
            ("3,D1,2026-01-05,A,X,2,10000000000000.00,CNY,invoice", "out_of_range"),
            ("3,D1,2026-01-05,A,X,-2,-10000000000000.00,CNY,return", "out_of_range"),
            ("3,D1,2026-01-05,A,X,1000000000,10.00,CNY,invoice", "out_of_range"),
            ("3,D1,2026-01-05,A,X,9223372036854.775807,10.00,CNY,invoice", "out_of_range"),
            ("3,D1,2026-01-05,A,X,2,10.00,cny,invoice", "bad_currency"),
            ("3,D1,2026-01-05,A,X,2,10.00,CNY,refund", "bad_kind"),
            ("3,D1,2026-01-05,A,X,2,10.00,CNY,return", "bad_sign"),
            ("3,D1,2026-01-05,A,X,-2,10.00,CNY,return", "bad_sign"),
            ("3,D1,2026-01-05,A,X,2,-10.00,CNY,invoice", "bad_sign"),
            ("3,D1,2026-01-05,A,X,2,10.00,CNY", "ragged"),
            ("3,D1,2026-01-05,A,X,2,10.00,CNY,invoice,more", "ragged"),
            ("3,D1,2026-01-05,A,X,2,0.00,CNY,invoice", "new"),
            ("6,D1,2026-01-05,A,X,999999999.999999,9999999999999.99,CNY,invoice", "new"),
            ("4,D1,2026-01-05,A ,X  ,2,\"1,234.56\",CNY,invoice,", "new"),
            ("5,D1,2026-01-05,A,X,2,10,CNY,invoice\n5,D1,2026-01-05,A,X,2,11,CNY,invoice", "repeated"),
        ] {
            let one = row.contains('\n');
            if one {
                let path = sales_file(folder.path(), "b.csv", row);
                let report = bring(app, &path, &Options::default()).unwrap();
                assert_eq!(report.import, None, "{row}");
                assert_eq!((report.report.new, report.report.conflicting), (1, 1), "{row}");
                assert!(report.report.reasons.contains_key(fate), "{row}");
            } else {
                check(row, fate);
            }
        }
    }

    fn an_absurd_amount_keeps_out_its_own_row_alone(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let rows = "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n\
                    2,D1,2026-01-05,A,X,2,92233720368547758.07,CNY,invoice\n\
                    3,D1,2026-01-05,A,X,2,5.00,CNY,invoice\n";
        let path = sales_file(folder.path(), "a.csv", rows);
        let options = Options { accept_good_rows: true, ..making() };
        let report = bring(app, &path, &options).unwrap().report;
        assert_eq!((report.new, report.rejected), (2, 1));
        assert_eq!(report.problems[0].place.line, 3);
        let total = report.totals[&Currency::CNY];
        assert_eq!((total.lines, total.net_minor), (2, 1_500));
    }

    fn customers_and_products_are_brought_up_to_date(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let text = "customer_code;name;type;class;region;currency;since;account_manager;language;statement_emails\n\
                    C1;华东经销;distributor;vip;华东;CNY;2024-03-01;li@example.com;zh-CN;b@example.com;a@example.com\n";
        // A semicolon inside a cell wants quotes.
        let broken = bring_as(app, ImportKind::Customers, &file(folder.path(), "c.csv", text)).unwrap();
        assert_eq!((broken.import, broken.report.rejected), (None, 1));
        let text = text.replace("b@example.com;a@example.com", "\"b@example.com;a@example.com\"");
        let (gb, _, _) = encoding_rs::GB18030.encode(&text);
        let path = file(folder.path(), "c.csv", gb);
        assert_eq!(bring_as(app, ImportKind::Customers, &path).unwrap().report.new, 1);
        let customer = app.read(|conn| customers::by_code(conn, "C1"));
        assert_eq!((customer.name.as_str(), customer.class.as_str()), ("华东经销", "vip"));
        let contacts = app.read(|conn| customers::statement_contacts(conn, customer.id));
        let contacts: Vec<_> = contacts.iter().map(|c| c.as_str()).collect();
        assert_eq!(contacts, ["a@example.com", "b@example.com"]);
        assert_eq!(bring_as(app, ImportKind::Customers, &path).unwrap().report.known, 1);
        let path = file(folder.path(), "c.csv", text.replace(";vip;", ";key;"));
        assert_eq!(bring_as(app, ImportKind::Customers, &path).unwrap().report.changed, 1);
        let path = file(folder.path(), "p.csv", "\u{feff}product_code\tname\tcategory\r\nP1\t电饭煲\t厨电\r\n");
        assert_eq!(bring_as(app, ImportKind::Products, &path).unwrap().report.new, 1);
        assert_eq!(bring_as(app, ImportKind::Products, &path).unwrap().report.known, 1);
        let products = app.read(sales::products);
        assert_eq!(products.values().next().unwrap().category, "厨电");
    }

    fn an_interrupted_import_counts_for_nothing_and_is_continued_or_discarded(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let rows = |of: &str| -> String {
            (0..45_000)
                .map(|n| {
                    let (c, p) = (n % 7, n % 5);
                    format!("{of}{n:06},D,2026-03-05,{of}C{c},{of}P{p},1,1.00,CNY,invoice\n")
                })
                .collect()
        };
        let path = sales_file(folder.path(), "big.csv", &rows(""));
        let stopped = |path: &Path| {
            let file = Incoming { kind: ImportKind::Sales, path, name: "big.csv" };
            // The second pass writes; it is stopped after its first chunk.
            let (mut told, mut last) = (0, 0);
            let mut stop = |done: u64, _: u64| {
                told += 1;
                let again = done < last;
                last = done;
                assert!(!(again && told > 3), "stopped");
            };
            let mut watch = Watch { progress: Some(&mut stop), ..Watch::default() };
            let actor = Actor::operator();
            let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                sales::bring_in(&app.db, &actor, file, &making(), &mut watch)
            }));
            assert!(killed.is_err(), "it should have been stopped");
        };
        stopped(&path);
        let left = app.read(sales::unfinished).unwrap();
        assert_eq!((left.state, left.rows_written), (ImportState::Writing, 20_000));
        let customer = app.read(|conn| customers::by_code(conn, "C0"));
        assert_eq!(app.read(|conn| sales::data_through(conn, Some(customer.id))), None);
        // Another file has to wait.
        let other = sales_file(folder.path(), "o.csv", "x,D,2026-03-05,C0,P0,1,1.00,CNY,invoice\n");
        assert!(matches!(bring(app, &other, &making()), Err(Error::Refused(_))));
        // The same one goes on where it was.
        let report = bring(app, &path, &making()).unwrap().report;
        assert_eq!((report.new, report.known), (45_000, 0));
        assert_eq!(app.read(sales::unfinished), None);
        assert_eq!(app.read(sales::verify_imports), []);
        assert!(app.read(|conn| sales::data_through(conn, Some(customer.id))).is_some());
        // And a discarded one leaves nothing.
        let more = sales_file(folder.path(), "more.csv", &rows("N"));
        stopped(&more);
        let left = app.read(sales::unfinished).unwrap();
        sales::discard(&app.db, &Actor::operator(), &left.id).unwrap();
        assert_eq!(app.read(|conn| sales::import(conn, &left.id)).state, ImportState::Discarded);
        assert!(matches!(app.db.read(|conn| customers::by_code(conn, "NC0")), Err(Error::NotFound)));
        assert_eq!(app.read(sales::verify_imports), []);
    }

    fn lines_that_come_in_while_a_file_is_checked_are_known_and_no_conflict(app: &TestApp) {
        // As many as are looked up at once, and one more: the one that both files have.
        let folder = tempfile::tempdir().unwrap();
        let row = |id: &str, customer: &str| {
            format!("{id},D,2026-01-01,{customer},{customer}-product,1,1.00,GBP,invoice\n")
        };
        let many: String = (0..20_000).map(|line| row(&format!("L{line}"), "C1")).collect();
        let both = row("both", "C2");
        let path = sales_file(folder.path(), "checked.csv", &(many + &both));
        let other = sales_file(folder.path(), "other.csv", &both);
        let mut brought = None;
        let mut meanwhile = |_, _| {
            brought.get_or_insert_with(|| bring(app, &other, &making()).unwrap());
        };
        let mut watch = Watch { progress: Some(&mut meanwhile), ..Watch::default() };
        let file = Incoming { kind: ImportKind::Sales, path: &path, name: "sales" };
        let report =
            sales::check(&app.db, &Actor::operator(), file, &making(), &mut watch).unwrap();
        assert_eq!((report.new, report.known, report.conflicting), (20_000, 1, 0));
        assert_eq!((report.customers_made, report.products_made), (1, 1));
    }

    fn a_line_known_for_another_customer_is_a_conflict(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let row = |customer: &str| format!("L1,D,2026-01-01,{customer},P,1,1.00,GBP,invoice\n");
        bring(app, &sales_file(folder.path(), "a.csv", &row("C1")), &making()).unwrap();
        let again = sales_file(folder.path(), "b.csv", &row("C2"));
        let report = bring(app, &again, &making()).unwrap().report;
        assert_eq!((report.new, report.known, report.conflicting), (0, 0, 1));
    }

    fn a_file_from_the_browser_is_checked_and_waits_for_its_commit(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let actor = Actor::operator();
        let language = openrebate::values::Language::ZhCn;
        let rows = "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n2,D1,bad,A,X,2,10.00,CNY,invoice\n";
        let path = sales_file(folder.path(), "a.csv", rows);
        let incoming = Incoming { kind: ImportKind::Sales, path: &path, name: "=a.csv" };
        let files = &app.config.files;
        let id = sales::receive(&app.db, &actor, files, incoming, &making(), language).unwrap();
        let import = app.read(|conn| sales::import(conn, &id));
        assert_eq!((import.state, import.report.new, import.report.rejected), (ImportState::Checked, 1, 1));
        let rejected = std::fs::read_to_string(sales::rejected_rows(files, &id)).unwrap();
        assert!(rejected.starts_with('\u{feff}') && rejected.contains("不是"), "{rejected}");
        let refused = sales::commit(&app.db, &actor, files, &id, false, language);
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        let report = sales::commit(&app.db, &actor, files, &id, true, language).unwrap();
        assert_eq!(report.new, 1);
        assert!(sales::commit(&app.db, &actor, files, &id, true, language).is_err(), "once");
        assert!(sales::discard(&app.db, &actor, &id).is_err(), "not after the commit");
        assert_eq!(app.read(|conn| sales::imports(conn, None, 10)).imports.len(), 1);
        assert_eq!(app.read(openrebate::mailbox::counts).queued, 0, "the shell says it itself");
    }

    fn whoever_brings_a_file_in_hears_of_the_rows_that_stayed_out(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let finance = crate::support::a_member(app, "finance", &[openrebate::values::StaffRole::Finance]);
        crate::support::a_member(app, "other", &[openrebate::values::StaffRole::Finance]);
        let language = openrebate::values::Language::ZhCn;
        let files = &app.config.files;
        let bring = |name: &str, rows: &str| {
            let path = sales_file(folder.path(), name, rows);
            let incoming = Incoming { kind: ImportKind::Sales, path: &path, name };
            let id = sales::receive(&app.db, &finance, files, incoming, &making(), language).unwrap();
            sales::commit(&app.db, &finance, files, &id, true, language).unwrap();
            id
        };
        let told = || app.read(|conn| openrebate::mailbox::latest(conn, None, None, 9));
        bring("good.csv", "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n");
        assert_eq!(told(), [], "nothing stayed out");
        let id = bring("a.csv", "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n\
            2,D1,bad,A,X,2,10.00,CNY,invoice\n3,D1,2026-01-06,A,X,2,10.00,CNY,invoice\n\
            1,D1,2026-01-05,A,X,2,11.00,CNY,invoice\n");
        let letters = told();
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].kind.as_str(), letters[0].to.as_str()), ("import_finished", "finance@example.com"));
        for part in ["a.csv", "新导入的行：1", "此前已有的行：1", "未导入的行：2", &format!("/staff/imports/{id}")] {
            assert!(letters[0].text.contains(part), "{part}: {}", letters[0].text);
        }
    }
}

#[test]
fn a_changed_line_is_found() {
    let app = TestApp::on(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let path = sales_file(folder.path(), "a.csv", "1,D1,2026-01-05,A,X,2,10.00,CNY,invoice\n");
    bring(&app, &path, &making()).unwrap();
    app.will_tamper();
    app.sql("UPDATE sales_lines SET net_minor = net_minor + 1").unwrap();
    let found = app.read(sales::verify_imports);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].said.net_minor, found[0].found.net_minor), (1_000, 1_001));
}

#[test]
fn a_workbook_reads_like_the_same_rows_in_csv() {
    let app = TestApp::on(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in HEADER.trim().split(',').enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 5).unwrap();
    sheet.write(1, 0, 1).unwrap();
    sheet.write(1, 1, "D \"1\", a").unwrap();
    sheet.write_with_format(1, 2, &day, &date).unwrap();
    sheet.write(1, 3, 13085).unwrap();
    sheet.write(1, 4, "X").unwrap();
    sheet.write(1, 5, 3).unwrap();
    sheet.write(1, 6, 0.1 + 0.2).unwrap();
    sheet.write(1, 7, "CNY").unwrap();
    sheet.write(1, 8, "invoice").unwrap();
    sheet.write(3, 0, "bad").unwrap();
    let path = folder.path().join("a.xlsx");
    book.save(&path).unwrap();
    let report =
        bring(&app, &path, &Options { accept_good_rows: true, ..making() }).unwrap().report;
    assert_eq!((report.new, report.rejected), (1, 1));
    assert_eq!(report.problems[0].place.line, 4, "the sheet's own row");
    let customer = app.read(|conn| customers::by_code(conn, "13085"));
    let day = "2026-01-05".parse().unwrap();
    let lines = app.read(|conn| sales::lines_of(conn, customer.id, day, day));
    assert_eq!((lines[0].document_no.as_str(), lines[0].net.minor), ("D \"1\", a", 30));
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    let app = TestApp::on(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{HEADER}1,{}", "x".repeat(300_000));
    let open = format!("{HEADER}1,\"D1,2026-01-05\n");
    let latin = [HEADER.as_bytes(), b"1,caf\xe9 9,2026\n"].concat();
    for (name, bytes, said) in [
        ("empty.csv", Vec::new(), "is empty"),
        ("blank.csv", b"\n\n".to_vec(), "is empty"),
        ("nul.csv", b"line_id,a\n1,\0\n".to_vec(), "line 2: found a zero byte"),
        ("utf16.csv", b"\xff\xfel\0i\0".to_vec(), "UTF-16"),
        ("latin.csv", latin, "line 2: the text is neither UTF-8 nor GB18030"),
        ("long.csv", long.into_bytes(), "line 2, column 2: found a cell of more than 64 KB"),
        ("open.csv", open.into_bytes(), "line 2: a quote opens here"),
        ("twice.csv", b"line_id,line_id\n".to_vec(), "the column line_id twice"),
        ("few.csv", b"line_id,kind\n1,2\n".to_vec(), "document_no, document_date"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "old kind"),
        ("broken.xlsx", b"PK\x03\x04nonsense".to_vec(), "XLSX"),
        ("broken.gz", b"\x1f\x8b\x08nonsense".to_vec(), "can’t be read"),
    ] {
        let path = file(folder.path(), name, bytes);
        let error = bring(&app, &path, &making()).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{name}: {error:?}");
        assert!(error.to_string().contains(said), "{name}: {error}");
    }
    let none = bring(&app, &folder.path().join("absent.csv"), &making()).unwrap_err();
    assert!(none.to_string().contains("can’t be read"), "{none}");
    let only_header = sales_file(folder.path(), "header.csv", "");
    assert_eq!(bring(&app, &only_header, &making()).unwrap().report.rows, 0);
    assert_eq!(app.read(customers::all), []);
}

#[test]
fn a_line_of_200_megabytes_takes_no_memory() {
    let app = TestApp::on(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line.csv.gz");
    let mut out =
        flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    let block = vec![b'x'; 1 << 20];
    out.write_all(HEADER.as_bytes()).unwrap();
    (0..200).for_each(|_| out.write_all(&block).unwrap());
    out.finish().unwrap();
    let error = bring(&app, &path, &making()).unwrap_err();
    assert!(error.to_string().contains("line 2, column 1"), "{error}");
    let mut back = String::new();
    GzDecoder::new(File::open(&path).unwrap()).take(10).read_to_string(&mut back).unwrap();
    assert_eq!(back, HEADER[..10]);
}
