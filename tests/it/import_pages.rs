//! Finance brings files in with a browser: the report of the dry run, the commit, and files that
//! are no such thing.

use openrebate::policies;
use openrebate::sales::{self, ImportState};
use openrebate::values::{CustomerRole, ImportId, StaffRole};

use crate::support::{
    Engine, PASSWORD, POLICY, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member,
    eight_at_once,
};

const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind\n";
const GOOD: &str = "1,D1,2026-10-05,D-001,X,2,1000.00,CNY,invoice\n\
                    2,D1,2026-10-06,D-001,X,-1,-250.50,CNY,return\n";

fn house(app: &TestApp) -> Site {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    a_buyer(app, "buyer", customer, CustomerRole::Manager);
    a_member(app, "finance", &[StaffRole::Finance]);
    a_member(app, "auditor", &[StaffRole::Auditor]);
    a_member(app, "manager", &[StaffRole::AccountManager]);
    Site::of(app)
}

fn signed_in(site: &Site, name: &str, language: &str) -> Visitor {
    let visitor = site.visitor(language);
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

/// Uploads sales lines; the page one gets to.
fn upload(visitor: &Visitor, name: &str, content: &[u8]) -> Page {
    let form = visitor.get("/staff/imports").form("/staff/imports");
    let form = form.with("kind", "sales").with("create_missing", "yes");
    visitor.submit(&form.with_file("file", name, content))
}

fn sales(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

fn id_of(page: &Page) -> ImportId {
    ImportId::from_text(page.path.strip_prefix("/staff/imports/").unwrap())
}

fn committed(app: &TestApp) -> i64 {
    app.read(sales::touched_head)
}

/// The first sentence of the problems.
fn problem(page: &Page) -> String {
    page.texts(".problems li").join("\n")
}

both! {
    fn a_good_file_is_checked_and_then_booked(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "zh-CN");
        finance.get("/staff/imports").assert_status(200).assert_has("还没有导入记录");
        let report = upload(&finance, "9月 销售.csv", &sales(GOOD));
        report.assert_status(200).assert_has("已检查").assert_has("将建档：客户 0 个，产品 1 个。");
        assert_eq!(report.texts(".balance .amount"), ["2", "2", "0", "0", "0"]);
        assert_eq!(report.texts("tbody tr"), ["CNY 2 1 ¥749.50"]);
        assert_eq!(committed(app), 0, "a dry run changes nothing");
        let form = report.form(&format!("{}/commit", report.path));
        let done = finance.submit(&form);
        done.assert_status(200)
            .assert_has("9月 销售.csv 已入账：新增 2 行，已有 0 行，未导入 0 行。净额 ¥749.50。")
            .assert_has("已建档：客户 0 个，产品 1 个。");
        assert_eq!(done.link("前往返利计提"), "/staff/accruals");
        assert_eq!(committed(app), 1);
        // A click too many shows the same and books nothing.
        finance.submit(&form).assert_status(200).assert_has("已入账");
        assert_eq!(committed(app), 1);
        let list = finance.get("/staff/imports");
        assert_eq!(list.texts("tbody td.num"), ["2", "2", "0"]);
        assert_eq!(list.link("9月 销售.csv"), done.path);
        // The same lines again are known, and there is nothing to book.
        let again = upload(&finance, "again.csv", &sales(GOOD));
        again.assert_has("该文件没有可入账的新内容。");
        assert_eq!(again.texts(".balance .amount"), ["2", "0", "2", "0", "0"]);
        let gone = finance.submit(&again.form(&format!("{}/discard", again.path)));
        gone.assert_status(200).assert_has("again.csv 的导入已放弃").assert_has("已放弃");
    }

    fn rejected_rows_hold_the_rest_back_until_somebody_accepts_that(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "en");
        let rows = "1,D1,2026-10-05,D-001,X,2,1000.00,CNY,invoice\n\
                    2,D1,05/10/2026,D-001,X,1,1.00,CNY,invoice\n\
                    3,D1,2026-10-05,D-001,X,1,<b>x</b>,CNY,invoice\n\
                    1,D1,2026-10-05,D-001,X,2,1000.01,CNY,invoice\n";
        let report = upload(&finance, "a.csv", &sales(rows));
        assert_eq!(report.texts(".balance .amount"), ["4", "1", "0", "1", "2"]);
        assert_eq!(report.texts("main ul li"), [
            "Not a date: 1", "Not a number: 1", "Twice in the file with different content: 1",
        ]);
        let said = report.texts("tbody tr");
        let said: Vec<_> = said.iter().skip(1).map(String::as_str).collect();
        assert_eq!(said, [
            "3 column document_date: “05/10/2026” is not a date such as 2026-09-30",
            "4 column net_amount: “<b>x</b>” is not a plain number such as 1234.56",
            "5 1 is in this file twice with different content",
        ]);
        let file = finance.get(&report.link("Download the rejected rows (CSV)"));
        assert_eq!(file.header("content-type").as_deref(), Some("text/csv; charset=utf-8"));
        assert!(file.body().contains("2,D1,05/10/2026,D-001,X,1,1.00,CNY,invoice,3,"), "{}", file.body());
        let form = report.form(&format!("{}/commit", report.path));
        let held = finance.submit(&form);
        held.assert_status(422);
        assert!(problem(&held).starts_with("Rows were rejected"), "{}", problem(&held));
        assert_eq!(committed(app), 0);
        let form = held.form(&form.action).with("accept", "yes");
        let done = finance.submit(&form);
        done.assert_status(200).assert_has("a.csv is booked: 1 new, 0 already known, 3 left out.");
        // The rejected rows stay, and what is booked can't be discarded.
        finance.get(&done.link("Download the rejected rows (CSV)")).assert_status(200);
        let discard = report.form(&format!("{}/discard", report.path));
        finance.submit(&discard).assert_status(409);
        let state = app.read(|conn| sales::import(conn, &id_of(&done))).state;
        assert_eq!(state, ImportState::Committed);
    }

    fn what_is_no_sales_file_is_refused_with_its_reason(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "en");
        let latin = [HEADER.as_bytes(), b"1,caf\xe9 9,2026\n"].concat();
        let long = format!("{HEADER}1,{}", "x".repeat(70_000)).into_bytes();
        for (name, content, said) in [
            ("empty.csv", Vec::new(), "is empty"),
            ("blank.csv", b"\n\n".to_vec(), "blank.csv: is empty"),
            ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "found a zero byte"),
            ("latin.csv", latin, "line 2: the text is neither UTF-8 nor GB18030"),
            ("utf16.csv", b"\xff\xfel\0i\0".to_vec(), "UTF-16"),
            ("long.csv", long, "line 2, column 2: found a cell of more than 64 KB"),
            ("few.csv", b"line_id,kind\n1,2\n".to_vec(), "the columns document_no, document_date"),
            ("twice.csv", b"line_id,line_id\n".to_vec(), "the column line_id twice"),
            ("page.html", b"<!doctype html><p>hello".to_vec(), "are missing"),
            ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "old kind"),
            ("broken.xlsx", b"PK\x03\x04nonsense".to_vec(), "XLSX workbook"),
            ("broken.csv.gz", b"\x1f\x8b\x08nonsense".to_vec(), "can’t be read"),
        ] {
            let page = upload(&finance, name, &content);
            page.assert_status(422);
            assert!(problem(&page).contains(said), "{name}: {}", problem(&page));
            // What was chosen stays chosen, and the place is marked.
            let form = page.form("/staff/imports");
            assert_eq!(form.value("kind"), Some("sales"), "{name}");
            assert_eq!(page.texts("#file-error").len(), 1, "{name}");
        }
        let form = finance.get("/staff/imports").form("/staff/imports");
        for (form, said) in [
            (form.clone().with("kind", "sales"), "Choose a file."),
            (form.clone().with_file("file", "a.csv", &sales(GOOD)), "Choose what the file holds."),
            (form.clone().with("kind", "forecasts").with_file("file", "a.csv", b"x"), "Choose what"),
            (
                form.clone().with("kind", "sales").with_file("file", "", &sales(GOOD)).with("source", &"x".repeat(61)),
                "The source may have at most 60",
            ),
            (
                form.clone().with("kind", "sales").with_file("file", "a", b"x").with_file("file", "b", b"x"),
                "one file at a time",
            ),
            (form.clone().with("kind", "sales").with_file("file", "a.csv", b""), "a.csv is empty"),
            (
                form.clone().with("kind", "sales").with_file("other", "a", b"x"),
                "Choose a file.",
            ),
            (
                form.clone().with("kind", "sales").with_file("file", "a.csv", &sales(GOOD)).with("mapping", "[columns\n"),
                "mapping: line 1 can’t be read",
            ),
            (
                form.clone().with("kind", "sales").with_file("file", "a.csv", &sales(GOOD)).with("mapping", "[columns]\nline_no = 1\n"),
                "columns.line_no: no such key",
            ),
            (
                form.clone().with("kind", "sales").with_file("file", "a.csv", &sales(GOOD)).with_file("mapping_file", "m.toml", b"\xff\xfe"),
                "The mapping file is not UTF-8 text",
            ),
            (
                form.clone().with("kind", "sales").with_file("file", "a.csv", &sales(GOOD)).with("mapping", "#").with_file("mapping_file", "m.toml", b"#"),
                "not both",
            ),
        ] {
            let page = finance.submit(&form);
            page.assert_status(422);
            assert!(problem(&page).contains(said), "{said}: {}", problem(&page));
        }
        finance.submit(&form.clone().with("kind", "sales").with("role", "x")).assert_status(400);
        finance.submit(&form.clone().with("mapping", &"#".repeat(17 << 10))).assert_status(413);
        finance.submit(&form.without("token")).assert_status(400);
        assert!(app.read(|conn| sales::imports(conn, None, 10)).imports.is_empty(), "nothing is kept");
        let left: Vec<_> = std::fs::read_dir(app.config.files.join("imports")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    fn a_foreign_layout_comes_in_through_a_mapping(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "zh-CN");
        let mapping = "[columns]\nline_id = { row_number = true }\ndocument_no = \"单号\"\n\
            document_date = { column = \"日期\", format = \"%d.%m.%Y\" }\ncustomer_code = \"客户\"\n\
            product_code = { value = \"P\" }\nquantity = \"数量\"\nnet_amount = \"金额\"\n\
            currency = { value = \"CNY\" }\nkind = { value = \"invoice\" }\n";
        let table = "单号,日期,客户,数量,金额,备注\nD1,05.10.2026,D-001,2,88.00,x\n";
        let (table, _, _) = encoding_rs::GB18030.encode(table);
        let form = || finance.get("/staff/imports").form("/staff/imports")
            .with("kind", "sales").with("create_missing", "yes").with("source", "erp")
            .with_file("file", "sales.csv", &table);
        for form in [
            form().with("mapping", mapping),
            form().with_file("mapping_file", "map.toml", mapping.as_bytes()),
        ] {
            let report = finance.submit(&form);
            report.assert_status(200).assert_has("来源 erp").assert_has("使用映射").assert_has("以下列未读取：备注");
            assert_eq!(report.texts("tbody tr"), ["CNY 1 2 ¥88.00"]);
        }
    }

    fn others_read_or_see_nothing(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "en");
        let report = upload(&finance, "a.csv", &sales(GOOD));
        let (commit, discard) =
            (report.form(&format!("{}/commit", report.path)), report.form(&format!("{}/discard", report.path)));
        let auditor = signed_in(&site, "auditor", "en");
        let seen = auditor.get("/staff/imports");
        seen.assert_status(200).assert_has("a.csv");
        assert!(seen.texts("main form").is_empty() && auditor.get(&report.path).texts("main form").is_empty());
        for name in ["auditor", "manager", "buyer"] {
            let visitor = signed_in(&site, name, "en");
            let token = visitor.get("/help").form("/language").value("token").unwrap().to_owned();
            for form in [&commit, &discard] {
                visitor.post(&form.clone().with("token", &token)).assert_status(404);
            }
            let readable = if name == "auditor" { 200 } else { 404 };
            visitor.peek("/staff/imports").assert_status(readable);
            visitor.peek(&report.path).assert_status(readable);
        }
        for path in ["/staff/imports/nothing", "/staff/imports/%00", "/staff/imports/x%ff",
                     "/staff/imports/nothing/rejected"] {
            finance.peek(path).assert_status(404);
        }
        finance.peek(&format!("{}/rejected", report.path)).assert_status(404);
        let page = finance.peek("/staff/imports?after=%00");
        assert!(page.status < 500, "{}", page.status);
        let state = app.read(|conn| sales::import(conn, &id_of(&report))).state;
        assert_eq!(state, ImportState::Checked);
    }

    fn eight_clicks_at_once_book_once(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "en");
        let report = upload(&finance, "a.csv", &sales(GOOD));
        let form = report.form(&format!("{}/commit", report.path));
        let cookie = finance.cookie("__Host-sid").unwrap();
        let done = eight_at_once(&|_| {
            let visitor = site.visitor("en");
            visitor.set_cookie("__Host-sid", &cookie);
            let answer = visitor.post(&form);
            // Whoever comes second is shown how things stand, or told that it is under way.
            assert!(matches!(answer.status, 303 | 409 | 503), "{}", answer.status);
            Ok(())
        });
        assert_eq!(done, 8);
        assert_eq!(committed(app), 1);
        let import = app.read(|conn| sales::import(conn, &id_of(&report)));
        assert_eq!((import.state, import.rows_written), (ImportState::Committed, 2));
        assert_eq!(app.read(sales::verify_imports), []);
        finance.get(&report.path).assert_has("Booked");
    }

    fn a_twice_posted_upload_is_one_import(app: &TestApp) {
        let site = house(app);
        let finance = signed_in(&site, "finance", "en");
        let form = finance.get("/staff/imports").form("/staff/imports")
            .with("kind", "sales").with("create_missing", "yes").with_file("file", "a.csv", &sales(GOOD));
        let first = finance.submit(&form);
        assert_eq!(finance.submit(&form).path, first.path);
        assert_eq!(app.read(|conn| sales::imports(conn, None, 10)).imports.len(), 1);
        // Another file under the same form's key is not the same request.
        let other = form.with_file("file", "b.csv", b"x");
        finance.submit(&other).assert_status(409);
    }
}

#[test]
fn a_file_over_the_limit_is_refused_with_the_limit() {
    let mut app = TestApp::on(Engine::Sqlite);
    app.config.limits.import_megabytes = 1;
    let site = house(&app);
    let finance = signed_in(&site, "finance", "en");
    let page = upload(&finance, "big.csv", &vec![b'x'; 3 << 20]);
    page.assert_status(413);
    assert!(problem(&page).contains("over the limit of 1 MB"), "{}", problem(&page));
    assert!(app.read(|conn| sales::imports(conn, None, 10)).imports.is_empty());
}

both! {
    fn finance_brings_targets_in(app: &TestApp) {
        let site = house(app);
        let manager = a_member(app, "drafter", &[StaffRole::AccountManager]);
        let source = POLICY.replace("kind = \"amount\"", "kind = \"target\"").replace("100000", "100");
        let terms = policies::parse(&source).unwrap();
        app.db.write(&manager, |tx| policies::draft(tx, &terms, &source)).unwrap();
        let finance = signed_in(&site, "finance", "zh-CN");
        let rows = "policy,customer_code,period,value\nQ-1,D-001,2026-Q3,200000\nQ-1,D-001,2026-09,1\n";
        let form = finance.get("/staff/imports").form("/staff/imports").with("kind", "targets");
        let report = finance.submit(&form.with_file("file", "目标.csv", rows.as_bytes()));
        report.assert_status(200).assert_has("目标值").assert_has("期间类型不同：1 行");
        assert_eq!(report.texts(".balance .amount"), ["2", "1", "0", "0", "1"]);
        assert_eq!(report.texts("tbody tr"), [
            "CNY 1 0 ¥200,000.00", "3 period 列：“2026-09”与该政策的返利期间类型不同",
        ]);
        let form = report.form(&format!("{}/commit", report.path)).with("accept", "yes");
        let done = finance.submit(&form);
        done.assert_status(200)
            .assert_has("目标.csv 已入账：新增 1 行，已有 0 行，未导入 1 行。净额 ¥200,000.00。")
            .assert_has("返利将在下一次计提时更新");
        // Other values replace them, and the report says how many.
        let rows = rows.replace("200000", "210000").replace("Q-1,D-001,2026-09,1\n", "");
        let form = finance.get("/staff/imports").form("/staff/imports").with("kind", "targets");
        let report = finance.submit(&form.with_file("file", "目标.csv", rows.as_bytes()));
        report.assert_has("另有 1 行更新");
    }
}
