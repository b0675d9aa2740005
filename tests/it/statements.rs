//! Statements: each account adds up and begins where the last one ended, is sent once, and is
//! answered once by somebody who may.

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::disputes;
use openrebate::error::{Error, Result};
use openrebate::ledger::{self, Cause, Entry, Movement};
use openrebate::mailbox;
use openrebate::statements::{self, IssueReport, State, Statement};
use openrebate::values::{Actor, Currency, CustomerRole, Key, Period, StaffRole};

use crate::support::{
    Books, PASSWORD, Site, TestApp, a_buyer, a_member, books, eight_at_once, refusal, sell,
};

fn issue(app: &TestApp, period: &str) -> Result<IssueReport> {
    let period: Period = period.parse().unwrap();
    let open = disputes::open_on_statement;
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open)
}

fn accrue(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

/// Two customers with people who can be written to, and the third quarter accrued.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "viewer", books.first, CustomerRole::Viewer);
    a_buyer(app, "stranger", books.second, CustomerRole::Manager);
    accrue(app);
    books
}

fn of(app: &TestApp, customer: Key) -> Vec<Statement> {
    app.read(|conn| statements::of_customer(conn, customer))
}

/// Opening, accrued, adjusted, paid, closing; estimated, available, on hold.
#[track_caller]
fn check_figures(statement: &Statement, expected: [i64; 8]) {
    let f = &statement.content.figures;
    let found =
        [f.opening, f.accrued, f.adjusted, f.paid, f.closing, f.estimated, f.available, f.on_hold];
    assert_eq!(found, expected, "{}", statement.number);
    assert!(f.add_up());
}

both! {
    fn a_statement_freezes_what_the_ledger_says(app: &TestApp) {
        let books = scene(app);
        let report = issue(app, "2026-Q3").unwrap();
        assert_eq!((report.issued.len(), report.letters, report.already), (2, 2, 0));
        let statement = of(app, books.first).remove(0);
        // 120,000.00 × 5 % = 6,000.00, not yet closed.
        check_figures(&statement, [0, 600_000, 0, 0, 600_000, 600_000, 0, 0]);
        let line = &statement.content.accruals[0];
        assert_eq!((line.policy.as_str(), line.base_minor, line.amount), ("Q-1", 12_000_000, 600_000));
        assert_eq!((line.tier, line.reward.as_str()), (1, "5%"));
        assert_eq!(statement.number, "DZ-2026-09-000001");
        assert_eq!(statement.state, State::Issued);
    }

    fn staff_find_the_statements_that_wait_and_those_past_their_deadline(app: &TestApp) {
        let books = scene(app);
        a_member(app, "money", &[StaffRole::Finance]);
        issue(app, "2026-Q3").unwrap();
        let clerk = app.read(|conn| openrebate::people::by_email(conn, "clerk@example.com"));
        let first = of(app, books.first).remove(0);
        app.db
            .write(&clerk.actor(None, None), |tx| statements::confirm(tx, books.first, &first.id))
            .unwrap();
        let site = Site::of(app);
        let money = site.visitor("en");
        money.sign_in("money@example.com", PASSWORD).assert_status(200);
        let rows = |query: &str| money.get(&format!("/staff/statements{query}")).texts("tbody tr");
        assert_eq!(rows("").len(), 2);
        assert_eq!(rows("?state=open").len(), 1);
        assert_eq!(rows("?state=overdue").len(), 0);
        assert_eq!(rows("?page=2").len(), 0);
        money.get("/staff/statements?period=2020-01").assert_has("No matching statements");
        app.wait(TimeDelta::days(60));
        let money = site.visitor("en");
        money.sign_in("money@example.com", PASSWORD).assert_status(200);
        let late = money.get(&money.get("/staff").link("Statements past their deadline"));
        assert_eq!(late.texts("tbody .late").len(), 1);
        assert_eq!(late.texts("tbody tr").len(), 1);
    }

    fn a_second_run_issues_and_sends_nothing(app: &TestApp) {
        let books = scene(app);
        issue(app, "2026-Q3").unwrap();
        let report = issue(app, "2026-Q3").unwrap();
        assert_eq!((report.issued.len(), report.letters, report.already), (0, 0, 2));
        assert_eq!(of(app, books.first).len(), 1);
        assert_eq!(app.read(mailbox::counts).queued, 2);
    }

    fn eight_runs_at_once_issue_each_statement_once(app: &TestApp) {
        let books = scene(app);
        eight_at_once(&|_| issue(app, "2026-Q3").map(|_| ()));
        assert_eq!((of(app, books.first).len(), of(app, books.second).len()), (1, 1));
        assert_eq!(app.read(mailbox::counts).queued, 2);
    }

    fn the_next_statement_begins_where_this_one_ends(app: &TestApp) {
        let books = scene(app);
        issue(app, "2026-Q3").unwrap();
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        grant(app, books.first, 12_345);
        // A return of the closed quarter, known only now: 40,000.00 less, so below the tier.
        sell(app, "9,CR-1,2026-09-30,D-001,P-1,-50,-40000.00,CNY,return\n");
        accrue(app);
        app.wait(TimeDelta::days(20));
        issue(app, "2026-10").unwrap();
        let all = of(app, books.first);
        check_figures(&all[0], [600_000, 0, 12_345 - 600_000, 0, 12_345, 0, 12_345, 0]);
        let reasons: Vec<_> = all[0]
            .content
            .adjustments
            .iter()
            .map(|a| (a.reference.as_str(), a.prior_period.as_deref(), a.amount))
            .collect();
        assert_eq!(
            reasons,
            [("ZY-1", None, 12_345), ("Q-1", Some("2026-Q3"), -600_000)]
        );
        // The grant above was posted without its dispute, and nothing else is wrong.
        let found = app.read(openrebate::reports::verify).differences;
        assert_eq!(found, ["dispute d-1: the ledger grants money, and there is no such dispute"]);
    }

    fn a_period_that_has_not_ended_is_refused(app: &TestApp) {
        scene(app);
        assert_eq!(refusal(issue(app, "2026-10")), "statement-too-early");
        assert_eq!(refusal(issue(app, "term")), "statement-no-term");
    }

    fn a_customer_nobody_can_write_to_is_named(app: &TestApp) {
        books(app);
        accrue(app);
        let report = issue(app, "2026-Q3").unwrap();
        assert_eq!(report.without_address, ["D-001", "D-002"]);
        assert_eq!((report.issued.len(), report.letters), (2, 0));
    }

    fn confirming_is_for_finance_and_happens_once(app: &TestApp) {
        let books = scene(app);
        issue(app, "2026-Q3").unwrap();
        let id = of(app, books.first).remove(0).id;
        let site = Site::of(app);
        let address = format!("/statements/{id}");

        let viewer = site.visitor("en");
        viewer.sign_in("viewer@example.com", PASSWORD);
        let page = viewer.get(&address);
        page.assert_status(200).assert_has("¥6,000.00");
        assert!(page.texts("form").iter().all(|text| !text.contains("Confirm")));

        let clerk = site.visitor("zh-CN");
        clerk.sign_in("clerk@example.com", PASSWORD);
        let page = clerk.get(&address);
        page.assert_has("人民币陆仟元整").assert_has("待确认");
        let form = page.form(&format!("{address}/confirmation"));
        clerk.submit(&form).assert_status(200).assert_has("已确认对账单");
        // The same form again shows the same result; a fresh one is refused.
        clerk.submit(&form).assert_status(200);
        let statement = of(app, books.first).remove(0);
        assert_eq!(statement.state, State::Confirmed);
        assert_eq!(statement.answered_by.as_deref(), Some("clerk"));
        let again = app.db.write(&Actor::operator(), |tx| {
            statements::confirm(tx, books.first, &id)
        });
        assert_eq!(refusal(again), "statement-answered-already");
    }

    fn somebody_elses_statement_does_not_exist(app: &TestApp) {
        let books = scene(app);
        issue(app, "2026-Q3").unwrap();
        let id = of(app, books.first).remove(0).id;
        let site = Site::of(app);
        let stranger = site.visitor("en");
        stranger.sign_in("stranger@example.com", PASSWORD);
        let foreign = stranger.get(&format!("/statements/{id}"));
        let missing = stranger.get("/statements/0123456789abcdef0123456789abcdef");
        foreign.assert_status(404);
        assert_eq!(foreign.body(), missing.body());
        stranger.get(&format!("/statements/{id}/file/csv")).assert_status(404);
        let taken = app.db.write(&Actor::operator(), |tx| {
            statements::confirm(tx, books.second, &id)
        });
        assert!(matches!(taken, Err(Error::NotFound)));
    }

    fn the_file_carries_the_numbers_of_the_page(app: &TestApp) {
        let books = scene(app);
        issue(app, "2026-Q3").unwrap();
        let id = of(app, books.first).remove(0).id;
        let site = Site::of(app);
        let clerk = site.visitor("en");
        clerk.sign_in("clerk@example.com", PASSWORD);
        let csv = clerk.get(&format!("/statements/{id}/file/csv")).body();
        assert!(csv.starts_with('\u{feff}'));
        for row in ["opening,,,,,,0.00", "accrual,Q-1,2026-Q3,1,120000.00,5%,6000.00", "closing,,,,,,6000.00"] {
            assert!(csv.contains(row), "{row} not in {csv}");
        }
        clerk.get(&format!("/statements/{id}/file/docx")).assert_status(404);
    }

    fn bad_periods_are_answered_at_the_field_and_reading_leaves_a_trace(app: &TestApp) {
        let books = scene(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let site = Site::of(app);
        let finance = site.visitor("en");
        finance.sign_in("finance@example.com", PASSWORD);
        for (typed, customer, said) in [
            ("2026-Q5", "", "“2026-Q5” is not a period"),
            ("x", "", "is not a period"),
            ("2026-10", "", "October 2026 ends on 31 Oct 2026"),
            ("2026-Q3", "NOBODY", "NOBODY"),
        ] {
            let plan = format!("/staff/statement-runs/new?period={typed}&customer={customer}");
            finance.get(&plan).assert_status(422).assert_has(said);
            let form = finance.get("/staff/statement-runs/new?period=2026-Q3").form("/staff/statement-runs");
            let page = finance.submit(&form.with("period", typed).with("customer", customer));
            page.assert_status(422).assert_has(said);
        }
        let both = finance.get("/staff/statement-runs/new?period=x&customer=NOBODY");
        assert_eq!(both.texts("#period-error, #customer-error").len(), 2);
        assert_eq!(of(app, books.first).len(), 0);
        issue(app, "2026-Q3").unwrap();

        let auditor = site.visitor("en");
        auditor.sign_in("auditor@example.com", PASSWORD);
        let page = auditor.get("/staff/statements");
        page.assert_status(200);
        assert!(page.texts("form").iter().all(|text| !text.contains("Issue and send")));
        // Reading somebody's account leaves a trace.
        let id = of(app, books.first).remove(0).id;
        auditor.get(&format!("/staff/statements/{id}")).assert_has("¥6,000.00");
        let events =
            app.read(|conn| openrebate::audit::of_object(conn, "statement", id.as_str()));
        let actions: Vec<_> = events.iter().map(|e| e.action.as_str()).collect();
        assert_eq!(actions, ["statement.issued", "statement.read"]);
    }
}

fn grant(app: &TestApp, customer: Key, minor: i64) {
    app.write(|tx| {
        let entry = Entry {
            cause: Cause::Dispute,
            cause_id: "d-1".to_owned(),
            policy: None,
            customer,
            currency: Currency::CNY,
            effective: tx.today(),
            period: "2026-10".to_owned(),
            prior_period: None,
            reference: "ZY-1".to_owned(),
            reason: "granted".to_owned(),
            legs: Movement::Adjust.legs(customer, minor),
        };
        ledger::post(tx, entry)
    });
}
