//! Reconciliation with the accounting system: totals to the cent, the lines of both sides, and
//! differences that stay until they are gone or explained.

use std::io::Write;
use std::process::Command;

use openrebate::accruals;
use openrebate::audit;
use openrebate::db::DatabaseUrl;
use openrebate::erp::{self, Difference, Imported, State};
use openrebate::error::{Error, Result};
use openrebate::reports::{self, Cell, Format, Table};
use openrebate::values::{Actor, StaffRole};

use crate::support::{
    Books, PASSWORD, Site, TestApp, Visitor, a_member, books, eight_at_once, refusal, sell,
};

const HEAD: &str = "customer_code,period,currency,figure,amount,voucher,date,text\n";

/// 6,000.00 and 5,000.00 accrued for the third quarter.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    accrue(app);
    books
}

fn accrue(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn bring_in(app: &TestApp, rows: &str, complete: bool) -> Result<Imported> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("{HEAD}{rows}").as_bytes()).unwrap();
    let lines = erp::read(file.path(), "erp.csv")?;
    app.db.write(&Actor::operator(), |tx| erp::bring_in(tx, "erp.csv", &lines, complete))
}

/// `D-001 2026-Q3 balance: 6000.00 − 5999.99 open`, by customer and figure.
fn list(app: &TestApp) -> Vec<String> {
    let codes = app.read(openrebate::customers::keys);
    let code = |key| codes.iter().find(|(_, known)| **known == key).unwrap().0.clone();
    let mut all: Vec<String> = app
        .read(|conn| erp::differences(conn, None, None))
        .into_iter()
        .map(|d| {
            let s = &d.subject;
            let (ours, theirs) = (d.money(d.ours).plain(), d.money(d.theirs).plain());
            format!("{} {} {}: {ours} − {theirs} {}", code(s.customer), s.period, s.figure, d.state)
        })
        .collect();
    all.sort();
    all
}

fn only(app: &TestApp) -> Difference {
    app.read(|conn| erp::differences(conn, None, None)).remove(0)
}

fn signed_in(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

both! {
    fn totals_agree_to_the_cent_or_are_listed(app: &TestApp) {
        scene(app);
        let import = bring_in(
            app,
            "D-001,2026-Q3,CNY,accrued,\"4,000.00\",V-1,2026-09-30,first\n\
             D-001,2026-Q3,CNY,accrued,1999.99,V-2,2026-09-30,second\n\
             D-001,2026-Q3,CNY,expense,6000.00,,,\n\
             D-001,2026-Q3,CNY,balance,¥6000.00,,,\n\
             D-001,2026-Q3,CNY,paid,0,,,\n\
             D-001,2026-09,CNY,balance,6000,,,\n\
             D-001,2026-Q2,CNY,balance,0.01,,,\n",
            false,
        )
        .unwrap();
        assert_eq!((import.lines, import.agreed, import.differing), (7, 4, 2));
        assert_eq!(
            list(app),
            [
                "D-001 2026-Q2 balance: 0.00 − 0.01 open",
                "D-001 2026-Q3 accrued: 6000.00 − 5999.99 open",
            ]
        );
        let found = app.read(|conn| erp::differences(conn, "2026-Q3".parse().ok(), None)).remove(0);
        assert_eq!(found.difference(), 1);
        let (theirs, ours, before) = app.read(|conn| erp::sides(conn, &found));
        let theirs: Vec<_> = theirs.iter().map(|l| (l.line, l.voucher.as_str(), l.amount)).collect();
        assert_eq!(theirs, [(2, "V-1", 400_000), (3, "V-2", 199_999)]);
        assert_eq!(ours.iter().map(|line| line.amount).sum::<i64>() + before, 600_000);
    }

    fn a_sheet_comes_in_as_text_does(app: &TestApp) {
        scene(app);
        let (text, number) = (|text: &str| Cell::text(text), |amount: &str| Cell::number(amount));
        let row = |figure, amount, note| {
            let (code, period, currency) = (text("D-001"), text("2026-Q3"), text("CNY"));
            vec![code, period, currency, text(figure), number(amount), note]
        };
        let table = Table {
            name: "totals".to_owned(),
            columns: vec!["customer_code", "period", "currency", "figure", "amount", "text"],
            // The first row ends before its last column.
            rows: vec![
                row("accrued", "5999.99", Cell::Empty),
                row("balance", "6000", text("at the end")),
            ],
            notes: Vec::new(),
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        reports::write(&table, Format::Xlsx, file.as_file_mut()).unwrap();
        let lines = erp::read(file.path(), "erp.xlsx").unwrap();
        app.write(|tx| erp::bring_in(tx, "erp.xlsx", &lines, false));
        assert_eq!(list(app), ["D-001 2026-Q3 accrued: 6000.00 − 5999.99 open"]);
    }

    fn whoever_is_missing_in_a_complete_file_differs(app: &TestApp) {
        scene(app);
        let row = "D-001,2026-Q3,CNY,balance,6000,,,\n";
        assert_eq!(bring_in(app, row, false).unwrap().differing, 0);
        assert_eq!(list(app), Vec::<String>::new());
        assert_eq!(bring_in(app, row, true).unwrap().differing, 1);
        assert_eq!(list(app), ["D-002 2026-Q3 balance: 5000.00 − 0.00 open"]);
    }

    fn an_explanation_holds_for_its_amounts_and_no_others(app: &TestApp) {
        scene(app);
        bring_in(app, "D-001,2026-Q3,CNY,balance,5500,,,\n", false).unwrap();
        let found = only(app);
        let explain = |shown, note: &str| {
            app.db.write(&Actor::operator(), |tx| erp::explain(tx, &found.id, shown, note))
        };
        assert!(matches!(explain((600_000, 550_000), " "), Err(Error::Invalid(_))));
        assert_eq!(refusal(explain((600_000, 1), "stale")), "erp-not-open");
        let won = eight_at_once(&|_| explain((600_000, 550_000), "booked in October over there"));
        assert_eq!(won, 1);
        let events = app.read(|conn| audit::of_object(conn, "erp_difference", found.id.as_str()));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].reason.as_deref(), Some("booked in October over there"));
        // The same file again changes nothing; another amount opens it again.
        bring_in(app, "D-001,2026-Q3,CNY,balance,5500,,,\n", false).unwrap();
        assert_eq!((only(app).state, only(app).note.is_some()), (State::Explained, true));
        bring_in(app, "D-001,2026-Q3,CNY,balance,5400,,,\n", false).unwrap();
        assert_eq!((only(app).state, only(app).note), (State::Open, None));
        bring_in(app, "D-001,2026-Q3,CNY,balance,6000,,,\n", false).unwrap();
        assert_eq!(list(app), ["D-001 2026-Q3 balance: 6000.00 − 6000.00 agreed"]);
    }

    fn what_is_mended_in_our_ledger_agrees_when_compared_again(app: &TestApp) {
        scene(app);
        bring_in(app, "D-001,2026-Q3,CNY,accrued,5500,,,\n", false).unwrap();
        // The return they knew and we didn't: 5 % of 110,000.00.
        sell(app, "9,CR-1,2026-09-28,D-001,P-1,-10,-10000.00,CNY,return\n");
        accrue(app);
        let again = || app.write(|tx| erp::check_again(tx, &only(app).id));
        assert_eq!(again().state, State::Agreed);
        assert_eq!(list(app), ["D-001 2026-Q3 accrued: 5500.00 − 5500.00 agreed"]);
    }

    fn a_file_with_a_wrong_line_brings_in_nothing(app: &TestApp) {
        scene(app);
        let good = "D-001,2026-Q3,CNY,balance,1,,,\n";
        for (rows, places) in [
            ("D-001,2026-Q3,CNY,balance,1.005,,,\n", &["line 3, amount"][..]),
            ("D-001,2026-Q3,CNY,balance,1,234.56,,,\n", &["line 3"]),
            ("D-001,2026-Q3,CNY,balance,1,234.56\n", &["line 3"]),
            ("NOBODY,2026-Q3,CNY,balance,1,,,\n", &["line 3, customer_code"]),
            ("D-001,Q3,cny,balance,x,,,\n,2026-Q3,CNY,total,1,,,\n",
             &["line 3, period", "line 3, currency", "line 4, customer_code", "line 4, figure"]),
        ] {
            match bring_in(app, &format!("{good}{rows}"), false) {
                Err(Error::Invalid(problems)) => {
                    let found: Vec<_> = problems.iter().map(|p| p.field.as_str()).collect();
                    assert_eq!(found, places, "{rows}");
                }
                other => panic!("{rows}: {other:?}"),
            }
        }
        assert_eq!(list(app), Vec::<String>::new());
        assert_eq!(app.read(|conn| erp::imports(conn, 9)), []);
    }

    fn the_shell_compares_too_and_says_by_its_exit_whether_they_agree(app: &TestApp) {
        scene(app);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("erp.csv");
        let reconcile = |rows: &str, more: &[&str]| {
            std::fs::write(&file, format!("{HEAD}{rows}")).unwrap();
            let database = match app.db.url() {
                DatabaseUrl::Postgres { url, .. } => url.clone(),
                sqlite => sqlite.to_string(),
            };
            let output = Command::new(env!("CARGO_BIN_EXE_openrebate"))
                .args(["--database", &database])
                .args(more)
                .arg("reconcile")
                .arg(&file)
                .output()
                .unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            (output.status.code(), text(output.stdout), text(output.stderr))
        };
        let agreed = "D-001,2026-Q3,CNY,accrued,6000.00,V-1,2026-09-30,Rebates\n";
        let (code, said, _) = reconcile(agreed, &[]);
        assert_eq!((code, said.lines().count()), (Some(0), 4), "{said}");
        for line in ["lines       1", "accrued     ¥6,000.00", "agreed      1", "differing   0"] {
            assert!(said.lines().any(|found| found == line), "{line}: {said}");
        }
        let (code, said, _) = reconcile(&format!("{agreed}D-002,2026-Q3,CNY,balance,4999.99,,,\n"), &["--json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said, serde_json::json!({ "lines": 2, "agreed": 1, "differing": 1 }));
        assert_eq!(code, Some(3));
        assert_eq!(list(app), ["D-002 2026-Q3 balance: 5000.00 − 4999.99 open"]);
        let (code, said, why) = reconcile("D-001,2026-Q3,CNY,balance,1.005,,,\n", &[]);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{why}");
        assert!(why.contains("line 2, amount: "), "{why}");
        assert_eq!(app.read(|conn| erp::imports(conn, 9)).len(), 2, "nothing was brought in");
    }

    fn amounts_nobody_can_keep_are_refused_with_the_file(app: &TestApp) {
        scene(app);
        let line = |amount: &str| format!("D-001,2026-Q3,CNY,balance,{amount},,,\n");
        let (huge, back) = (line("90000000000000000.00"), line("-90000000000000000.00"));
        for rows in [huge.clone() + &huge, huge.clone() + &back, huge] {
            let refused = bring_in(app, &rows, false).unwrap_err().to_string();
            assert!(refused.contains("more than can be kept"), "{refused}");
        }
        assert_eq!(list(app), Vec::<String>::new());
        bring_in(app, &line("20000000000000000.00"), false).unwrap();
        assert_eq!(list(app).len(), 1);
    }

    fn finance_works_the_list_in_the_browser(app: &TestApp) {
        scene(app);
        for (name, role) in [
            ("finance", StaffRole::Finance),
            ("auditor", StaffRole::Auditor),
            ("manager", StaffRole::AccountManager),
        ] {
            a_member(app, name, &[role]);
        }
        let site = Site::of(app);
        let finance = signed_in(&site, "finance");
        let list = "/staff/reconciliation";
        let form = finance.get(list).form(list);
        let wrong = format!("{HEAD}D-001,2026-Q3,CNY,balance,x,,,\n");
        let page = finance.submit(&form.clone().with_file("file", "erp.csv", wrong.as_bytes()));
        page.assert_status(422).assert_has("line 2, amount").assert_has("“x” is no amount");
        let file = format!("{HEAD}D-001,2026-Q3,CNY,balance,5999.00,V-7,2026-09-30,Rebates\n");
        let form = finance.get(list).form(list).with_file("file", "erp.csv", file.as_bytes());
        let page = finance.submit(&form);
        page.assert_status(200).assert_has("1 lines imported: 0 totals agree, 1 differ.");
        page.assert_has("¥6,000.00").assert_has("¥5,999.00").assert_has("¥1.00");
        let address = format!("{list}/differences/{}", only(app).id);
        let page = finance.get(&address);
        page.assert_has("V-7").assert_has("Q-1").assert_has("erp.csv");
        let form = page.form(&format!("{address}/explanation"));
        finance.submit(&form.clone().with("note", "")).assert_status(422).assert_has("Write the reason");
        let page = finance.submit(&form.with("note", "rounding over there"));
        page.assert_status(200).assert_has("rounding over there").assert_has("Explained");
        finance.get(list).assert_has("No differences");
        let csv = finance.get(&format!("{list}/file/csv?state=all")).body();
        assert!(
            csv.contains("2026-Q3,CNY,balance,6000.00,5999.00,1.00,explained,rounding over there,finance"),
            "{csv}"
        );
        let page = finance.get(&address);
        let page = finance.submit(&page.form(&format!("{address}/check")));
        page.assert_has("Both still differ.").assert_has("Explained");

        let auditor = signed_in(&site, "auditor");
        auditor.get(&address).assert_status(200).assert_has("rounding over there");
        assert!(!auditor.get(&address).body().contains("/check\""));
        signed_in(&site, "manager").get(list).assert_status(404);
    }
}
