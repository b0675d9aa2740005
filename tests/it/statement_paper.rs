//! The paper of a statement: PDF, page and files say the same, the same paper is the same bytes,
//! and whoever holds one can check it.

use std::process::{Command, Stdio};

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::customers::{self, NewCustomer};
use openrebate::disputes;
use openrebate::policies;
use openrebate::statements::{self, Change, ChangeKind, Correction, Paper, Statement, Told};
use openrebate::values::{Actor, Currency, CustomerRole, Key, Language, StaffRole};
use openrebate::words;

use crate::support::{
    Books, Engine, PASSWORD, POLICY, Page, Site, TestApp, Visitor, a_buyer, a_member, books, sell,
};

/// The third quarter's statements, with a product that the policy leaves out.
fn issued(app: &TestApp) -> Books {
    let books = books(app);
    let source = POLICY
        .replace("[reward]", "products.except_codes = [\"P-9\"]\n[reward]")
        .replace("Q-1", "Q-2")
        .replace("季度返利", "配件除外返利");
    let terms = policies::parse(&source).expect("a policy");
    app.write(|tx| policies::publish(tx, &terms, &source));
    sell(
        app,
        "11,INV-11,2026-07-21,D-001,P-9,1,500.00,CNY,invoice\n\
         12,INV-12,2026-07-22,D-001,P-9,2,900.00,CNY,invoice\n",
    );
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "stranger", books.second, CustomerRole::Manager);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
    books
}

fn of(app: &TestApp, customer: Key) -> Statement {
    app.read(|conn| statements::of_customer(conn, customer)).remove(0)
}

fn pdf(app: &TestApp, statement: &Statement, language: Language) -> Vec<u8> {
    statements::pdf(statement, app.db.house(), language).expect("a PDF")
}

/// What a program reads from the PDF, page by page.
fn pages(pdf: &[u8]) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, pdf).unwrap();
    let read = Command::new("pdftotext")
        .args(["-raw", &file.path().display().to_string(), "-"])
        .stderr(Stdio::null())
        .output()
        .expect("pdftotext, which poppler-utils brings");
    assert!(read.status.success());
    let text = String::from_utf8(read.stdout).unwrap();
    text.split('\u{c}').map(str::to_owned).filter(|page| !page.trim().is_empty()).collect()
}

/// Without blanks, because lines break where the page is narrow.
fn packed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Everything the paper says, sentence by sentence.
fn said(paper: &Paper) -> Vec<String> {
    let mut said = vec![paper.title.clone(), paper.closing.shown(), paper.respond_by.clone()];
    said.extend(paper.capital.clone());
    said.extend(paper.facts.iter().map(|(_, value)| value.clone()));
    said.extend(paper.account.iter().flat_map(|row| [row.label.clone(), row.amount.shown()]));
    for row in &paper.accruals {
        let cells = [&row.policy, &row.version, &row.basis, &row.tier, &row.reward];
        said.extend(cells.map(Clone::clone));
        said.push(row.amount.shown());
    }
    for row in &paper.left_out {
        said.extend([&row.document_no, &row.on, &row.reason].map(Clone::clone));
        said.push(row.amount.shown());
    }
    said.extend(paper.excluded.iter().map(|row| row.reason.clone()));
    said.extend(paper.how.clone());
    said.extend(paper.foot.iter().map(|(_, value)| value.clone()));
    said.push(paper.check.code.clone());
    said
}

#[track_caller]
fn check_says(text: &str, paper: &Paper) {
    let text = packed(text);
    for sentence in said(paper) {
        assert!(text.contains(&packed(&sentence)), "{sentence:?} is missing");
    }
}

fn signed_in(site: &Site, who: &str, language: &str) -> Visitor {
    let visitor = site.visitor(language);
    visitor.sign_in(&format!("{who}@example.com"), PASSWORD).assert_status(200);
    visitor
}

fn check(visitor: &Visitor, number: &str, code: &str) -> Page {
    visitor.get(&format!("/statement-check?number={number}&code={}", code.replace(' ', "+")))
}

both! {
    fn page_pdf_and_files_say_the_same_in_both_languages(app: &TestApp) {
        let books = issued(app);
        let statement = of(app, books.first);
        let amounts: Vec<_> = statement.content.left_out.iter().map(|l| l.amount).collect();
        assert_eq!(amounts, [90_000, 50_000], "the largest first");
        let site = Site::of(app);
        for language in [Language::ZhCn, Language::En] {
            let paper = Paper::new(&statement, words::words(language), app.db.house());
            assert_eq!(paper.capital.is_some(), language == Language::ZhCn);
            check_says(&pages(&pdf(app, &statement, language)).concat(), &paper);
            let clerk = signed_in(&site, "clerk", language.as_str());
            // The page's title stands in its head.
            let page = clerk.get(&format!("/statements/{}", statement.id));
            check_says(&format!("{}{}", page.text(), paper.title), &paper);
        }
        let clerk = signed_in(&site, "clerk", "en");
        let csv = clerk.get(&format!("/statements/{}/file/csv", statement.id)).body();
        for row in [
            "fact,number,,,,,,,,DZ-2026-09-000001",
            "fact,closing_in_words,,,,,,,,人民币壹万贰仟零柒拾元整",
            "fact,respond_by,,,,,,,,2026-10-29",
            "fact,decision_days,,,,,,,,7",
            "closing,,,,,,12070.00,,,",
            "accrual,Q-1,2026-Q3,1,121400.00,5%,6070.00,1,,estimated",
            "accrual,Q-2,2026-Q3,1,120000.00,5%,6000.00,1,,estimated",
            "excluded,Q-2,2026-Q3,,2,,,,,except_code",
            "excluded_line,INV-12,,,,,900.00,,2026-07-22,Q-2 except_code",
        ] {
            assert!(csv.contains(row), "{row} is not in\n{csv}");
        }
        assert!(csv.contains(&format!("fact,sha256,,,,,,,,{}", statement.content_hash)));
    }

    fn the_company_and_its_hours_stand_on_the_paper_and_tax_ids_only_in_part(app: &TestApp) {
        let theirs = NewCustomer {
            tax_id: Some("91330100MA2800001X".to_owned()),
            ..NewCustomer::regular("D-001", Currency::CNY)
        };
        let mut house = app.db.house().clone();
        house.tax_id = "91320281MA0000000X".to_owned();
        house.phone_hours = "9:00–17:30".to_owned();
        let db = openrebate::db::Db::open(app.db.url(), house, app.db.clock().clone()).unwrap();
        let books = books(app);
        app.write(|tx| customers::upsert(tx, &theirs));
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
        statements::issue(&db, &Actor::operator(), period, None, 10, &open).unwrap();
        let statement = of(app, books.first);
        let text = packed(&pages(&pdf(app, &statement, Language::En)).concat());
        for part in ["9132**********000X", "9133**********001X", "businessdays9:00–17:30"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("91320281MA0000000X") && !text.contains("91330100MA2800001X"));
    }

    fn the_pdf_is_small_and_its_code_leads_to_the_check(app: &TestApp) {
        let books = issued(app);
        let statement = of(app, books.first);
        for (language, most) in [(Language::ZhCn, 60_000), (Language::En, 40_000)] {
            let pdf = pdf(app, &statement, language);
            assert!(pdf.len() < most, "{} bytes in {language}", pdf.len());
            let holds = |part: &str| pdf.windows(part.len()).any(|bytes| bytes == part.as_bytes());
            assert!(holds("/Type/ObjStm") && holds("/Type/XRef"), "it isn't packed");
        }
        // The page prints the code that the PDF has, from the same rectangles.
        let paper = Paper::new(&statement, words::english(), app.db.house());
        let squares = paper.check.squares.expect("a code");
        let site = Site::of(app);
        let page = signed_in(&site, "clerk", "en").get(&format!("/statements/{}", statement.id));
        let drawn = format!("<path d=\"{}\"/>", squares.path());
        assert!(page.body().contains(&drawn), "the page has no code");
    }

    fn staff_and_customer_take_the_pdf_and_taking_it_leaves_a_trace(app: &TestApp) {
        let books = issued(app);
        let id = of(app, books.first).id;
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let site = Site::of(app);
        let clerk = signed_in(&site, "clerk", "zh-CN");
        let page = clerk.get(&format!("/statements/{id}"));
        let links = page.texts(".downloads a");
        assert!(links[0].starts_with("下载 PDF（") && links[0].ends_with(" KB）"), "{links:?}");
        let file = clerk.get(&page.link(&links[0]));
        assert_eq!(file.header("content-type").as_deref(), Some("application/pdf"));
        let name = file.header("content-disposition").unwrap_or_default();
        assert!(name.contains("attachment; filename=\"DZ-2026-09-000001.pdf\""), "{name}");
        assert!(file.bytes.starts_with(b"%PDF-1.7"));
        let size: usize = links[0].chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        assert_eq!(size, file.bytes.len().div_ceil(1024));

        let stranger = signed_in(&site, "stranger", "zh-CN");
        stranger.get(&format!("/statements/{id}/file/pdf")).assert_status(404);
        clerk.get(&format!("/statements/{id}/file/docx")).assert_status(404);
        let auditor = signed_in(&site, "auditor", "en");
        auditor.get(&format!("/staff/statements/{id}/file/docx")).assert_status(404);
        let own = auditor.get(&format!("/staff/statements/{id}/file/pdf"));
        assert!(own.bytes.starts_with(b"%PDF-1.7") && own.bytes != file.bytes, "in English");
        let events = app.read(|conn| openrebate::audit::of_object(conn, "statement", id.as_str()));
        let taken: Vec<_> = events
            .iter()
            .filter(|event| event.action == "statement.exported")
            .map(|event| (event.actor_name.as_str(), event.reason.as_deref()))
            .collect();
        assert_eq!(taken, [("auditor", Some("pdf"))]);
    }

    fn whoever_holds_a_paper_learns_whether_it_is_genuine_and_nothing_else(app: &TestApp) {
        let books = issued(app);
        let statement = of(app, books.first);
        let paper = Paper::new(&statement, words::words(Language::En), app.db.house());
        let site = Site::of(app);
        let anybody = site.visitor("en");
        anybody.get("/statement-check").assert_status(200).assert_has("Anyone holding a statement");
        for code in [paper.check.code.clone(), statement.content_hash.to_uppercase()] {
            let page = check(&anybody, " dz-2026-09-000001 ".trim(), &code);
            page.assert_status(200)
                .assert_has("We issued this statement")
                .assert_has("DZ-2026-09-000001 · version 1")
                .assert_has("15 Oct 2026")
                .assert_has("latest version");
            let text = page.body();
            assert!(!text.contains('¥') && !text.contains("恒通"), "it tells more than it must");
            let there = anybody.get(&page.link("Open it in the Rebate Centre (sign-in needed)"));
            assert!(there.path.starts_with("/sign-in?next="), "{}", there.path);
        }
        // The code of the QR code leads to the same.
        let scanned = paper.check.address.strip_prefix("https://rebates.example.com").unwrap();
        anybody.get(scanned).assert_has("We issued this statement");
        // A wrong code and a number that doesn't exist look alike.
        let wrong = check(&anybody, "DZ-2026-09-000001", "0123456789abcdef");
        let absent = check(&anybody, "DZ-2020-09-000001", "0123456789abcdef");
        wrong.assert_status(200).assert_has("We issued no statement with this number");
        assert_eq!(wrong.text(), absent.text());
        for (number, code, says) in [
            ("", "0123456789abcdef", "Please enter"),
            ("DZ-2026-09-000001", "", "Please enter"),
            ("DZ-2026-09-000001", "0123", "you entered 4 characters"),
            ("DZ-2026-09-000001", "zzzzzzzzzzzzzzzz", "digits and letters"),
        ] {
            check(&anybody, number, code).assert_status(422).assert_has(says);
        }
        site.visitor("zh-CN").get(scanned).assert_has("这是我们出具的对账单");
    }

    fn a_program_that_asks_again_and_again_is_told_to_wait(app: &TestApp) {
        let site = Site::of(app);
        let program = site.visitor("en");
        for _ in 0..30 {
            check(&program, "DZ-2026-09-000001", "0123456789abcdef").assert_status(200);
        }
        check(&program, "DZ-2026-09-000001", "0123456789abcdef").assert_status(429);
        app.wait(TimeDelta::minutes(10));
        check(&program, "DZ-2026-09-000001", "0123456789abcdef").assert_status(200);
    }

    fn an_overtaken_version_says_which_one_stands(app: &TestApp) {
        let books = issued(app);
        let old = of(app, books.first);
        app.sql(
            "INSERT INTO statements (id, number, customer_id, period, last_day, currency, version, \
             opening_minor, closing_minor, content, content_hash, checkpoint_seq, checkpoint_hash, \
             issued_at, respond_by, state) SELECT 'v2', number || '-2', customer_id, period, \
             last_day, currency, 2, opening_minor, closing_minor, content, 'ffff', checkpoint_seq, \
             checkpoint_hash, issued_at, respond_by, state FROM statements \
             WHERE number = 'DZ-2026-09-000001'",
        )
        .unwrap();
        let site = Site::of(app);
        check(&site.visitor("en"), &old.number, &old.content_hash)
            .assert_has("We issued this statement")
            .assert_has("replaced by version 2 (DZ-2026-09-000001-2, issued on 15 Oct 2026)");
    }
}

#[test]
fn the_same_statement_is_the_same_bytes_on_both_databases() {
    let made: Vec<_> = [Engine::Sqlite, Engine::Postgres]
        .map(|engine| {
            let app = TestApp::on(engine);
            let books = issued(&app);
            let mut statement = of(&app, books.first);
            // The audit logs differ in their ids; the statement's own data don't.
            statement.checkpoint_hash = "0".repeat(64);
            let files = [Language::ZhCn, Language::En].map(|l| pdf(&app, &statement, l));
            assert_eq!(files, [Language::ZhCn, Language::En].map(|l| pdf(&app, &statement, l)));
            (statement.content_hash, files)
        })
        .into();
    assert_eq!(made[0].0, made[1].0);
    assert!(made[0].1 == made[1].1, "the files differ");
}

#[test]
fn long_statements_repeat_their_heads_and_never_leave_the_total_alone() {
    let app = TestApp::on(Engine::Sqlite);
    let books = issued(&app);
    let statement = of(&app, books.first);
    for lines in (14..50).step_by(3).chain([200]) {
        let mut long = statement.clone();
        let line = long.content.accruals[0].clone();
        long.content.accruals = vec![line; lines];
        let pages = pages(&pdf(&app, &long, Language::En));
        for (number, page) in (1..).zip(&pages) {
            assert!(page.contains(&format!("Page {number} of {}", pages.len())), "{page}");
            let rows = page.matches("Quarterly rebate").count();
            let has_total = page.lines().any(|line| line.trim_start().starts_with("Total"));
            assert!(!has_total || rows > 0, "{lines} lines: the total stands alone\n{page}");
            let with_head = page.contains("Programme") && page.contains("Basis");
            assert!(rows == 0 || with_head || page.contains("Lines not counted"), "{page}");
        }
        let all = pages.concat();
        // Each once as a row, and once where it leaves something out.
        assert!(all.matches("¥6,070.00").count() >= lines, "{lines} lines");
        assert!(lines < 200 || pages.len() > 3);
    }
}

#[test]
fn a_letter_the_typeface_lacks_is_spelled_out_and_long_words_stay_on_the_page() {
    let app = TestApp::on(Engine::Sqlite);
    let books = issued(&app);
    let mut statement = of(&app, books.first);
    statement.content.customer.name = "杭州𬭎通贸易 👍 有限公司".to_owned();
    statement.content.contact.name = "x".repeat(300);
    statement.content.company = "很长的公司名称".repeat(30);
    let text = packed(&pages(&pdf(&app, &statement, Language::ZhCn)).concat());
    assert!(text.contains("杭州〔U+2CB4E〕通贸易〔U+1F44D〕有限公司"), "{text}");
    assert!(text.contains(&"x".repeat(300)));
    assert!(text.contains(&"很长的公司名称".repeat(30)));
}

#[test]
fn a_corrected_version_says_first_what_it_changes_and_silence_only_counts_where_agreed() {
    let app = TestApp::on(Engine::Sqlite);
    let books = issued(&app);
    let mut statement = of(&app, books.first);
    let plain = packed(&pages(&pdf(&app, &statement, Language::En)).concat());
    assert!(!plain.contains("countsasconfirmed"));
    let changed = |before, after| Change {
        kind: ChangeKind::Figure,
        name: "accrued".to_owned(),
        period: None,
        before: Some(Told::Money(before)),
        after: Some(Told::Money(after)),
    };
    statement.agreement = Some("FL-2026-17".to_owned());
    statement.content.correction = Some(Correction {
        corrects: "DZ-2026-08-000009".to_owned(),
        reason: "An invoice was missing".to_owned(),
        changes: vec![changed(600_000, 1_207_000)],
    });
    let paper = Paper::new(&statement, words::words(Language::En), app.db.house());
    let text = packed(&pages(&pdf(&app, &statement, Language::En)).concat());
    check_says(&text, &paper);
    for part in ["DZ-2026-08-000009", "Aninvoicewasmissing", "¥6,000.00¥12,070.00", "FL-2026-17"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let place = |part: &str| text.find(part).unwrap();
    assert!(place("Aninvoicewasmissing") < place("Openingbalance"));
}
