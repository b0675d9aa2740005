//! The staff's pages for money: runs and closings, payouts walked through by two people, exports.

use openrebate::customers::{self, NewCustomer};
use openrebate::ledger;
use openrebate::payouts::{self, State};
use openrebate::values::{Currency, CustomerRole, PayoutId, StaffRole};
use openrebate::{accruals, audit};

use crate::support::{
    Books, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_member, an_account, books,
};

use StaffRole::{AccountManager, Admin, Approver, Auditor, Finance};

/// The house open for business, with somebody for each role.
pub fn house(app: &TestApp) -> (Books, Site) {
    let books = books(app);
    a_member(app, "finance", &[Finance]);
    a_member(app, "approver", &[Approver]);
    a_member(app, "both", &[Finance, Approver]);
    a_member(app, "auditor", &[Auditor]);
    a_member(app, "admin", &[Admin]);
    a_member(app, "manager", &[AccountManager]);
    a_member(app, "other", &[AccountManager]);
    a_buyer(app, "buyer", books.first, CustomerRole::Manager);
    an_account(app, books.first);
    (books, Site::of(app))
}

pub fn signed_in(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

/// Runs accruals and closes the third quarter, in the browser.
pub fn closed(finance: &Visitor) {
    let page = finance.get("/staff/accruals");
    finance.submit(&page.form("/staff/accrual-runs")).assert_status(200);
    let page = finance.get("/staff/accruals");
    let form = page.form("/staff/period-closings").with("close_period", "2026-Q3");
    finance.submit(&form).assert_status(200);
}

/// Available, reserved, in payment, paid, of the first customer.
#[track_caller]
fn check(app: &TestApp, books: &Books, expected: [i64; 4]) {
    let b = app.read(|conn| ledger::balance(conn, books.first, Currency::CNY));
    assert_eq!([b.available(), b.reserved, b.in_payment, b.paid], expected);
}

/// The problems' summary.
fn problems(page: &Page) -> String {
    page.texts(".problems li").join("\n")
}

/// Prepares a payout to the first customer; its page.
fn prepared(finance: &Visitor, amount: &str) -> Page {
    let page = finance.get("/staff/payouts/new?customer=D-001");
    let form = page.form("/staff/payouts").with("form", "cash").with("amount", amount);
    let page = finance.submit(&form);
    page.assert_status(200);
    page
}

fn id_of(page: &Page) -> PayoutId {
    PayoutId::from_text(page.path.rsplit('/').next().unwrap())
}

both! {
    fn a_run_a_closing_and_a_payout_by_two_people(app: &TestApp) {
        let (books, site) = house(app);
        let (finance, approver) = (signed_in(&site, "finance"), signed_in(&site, "approver"));
        let page = finance.get("/staff/accruals");
        let done = finance.submit(&page.form("/staff/accrual-runs"));
        done.assert_has("customers: 2; accruals changed: 2; sum of the differences: ¥11,000.00");
        let again = finance.submit(&done.form("/staff/accrual-runs"));
        again.assert_has("nothing changed.");
        let explained = finance.get(&done.link("¥6,000.00"));
        explained.assert_status(200).assert_has("INV-1").assert_has("¥120,000.00");
        check(app, &books, [0, 0, 0, 0]);

        let form = done.form("/staff/period-closings").with("close_period", "2026-Q3");
        finance.submit(&form).assert_has("Q-1 ¥11,000.00 (accruals: 2)");
        finance.submit(&form).assert_has("was closed before");
        check(app, &books, [600_000, 0, 0, 0]);

        let candidates = finance.get("/staff/payouts/new");
        let chosen = finance.get(&candidates.link("杭州恒通贸易有限公司"));
        chosen.assert_has("¥6,000.00");
        let form = chosen.form("/staff/payouts").with("form", "cash").with("amount", "1,234.56");
        let draft = finance.submit(&form);
        draft.assert_status(200).assert_has("¥1,234.56").assert_has("杭州恒通贸易有限公司");
        assert_eq!(draft.texts("tfoot td"), ["¥1,234.56"]);
        check(app, &books, [476_544, 123_456, 0, 0]);
        let here = draft.path.clone();

        let submitted = finance.submit(&draft.form(&format!("{here}/submission")));
        submitted.assert_has("Awaiting approval").assert_has("Submitted for approval.");
        let seen = approver.get(&here);
        let signed = approver.submit(&seen.form(&format!("{here}/approval")));
        signed.assert_has("Approved.");
        check(app, &books, [476_544, 0, 123_456, 0]);

        let form = finance.get(&here).form(&format!("{here}/dispatch"));
        let form = form.with("expected_on", "2026-10-18").with("reference", "B-7");
        finance.submit(&form).assert_has("18 Oct").assert_has("B-7");
        let form = finance.get(&here).form(&format!("{here}/settlement"));
        finance.submit(&form.with("settled_on", "2026-10-15")).assert_has("Settled");
        check(app, &books, [476_544, 0, 0, 123_456]);

        let form = finance.get(&here).form(&format!("{here}/return"));
        let came_back = finance.submit(&form.with("reason", "账号已注销"));
        came_back.assert_has("Returned").assert_has("账号已注销");
        check(app, &books, [600_000, 0, 0, 0]);
        let steps = app.read(|conn| payouts::steps(conn, &id_of(&draft)));
        assert_eq!(steps.len(), 6);
    }

    fn nobody_signs_what_they_prepared(app: &TestApp) {
        let (books, site) = house(app);
        let both = signed_in(&site, "both");
        closed(&both);
        let draft = prepared(&both, "");
        let here = draft.path.clone();
        let page = both.submit(&draft.form(&format!("{here}/submission")));
        page.assert_has("somebody else has to approve it");
        let mut forged = page
            .form(&format!("{here}/rejection"))
            .without("reason")
            .with("shown", &app.read(|conn| payouts::by_id(conn, &id_of(&draft))).content_hash);
        forged.action = format!("{here}/approval");
        let refused = both.post(&forged);
        refused.assert_status(409);
        assert!(problems(&refused).contains("somebody else"), "{}", problems(&refused));
        check(app, &books, [0, 600_000, 0, 0]);

        // What was signed is what was shown: another hash signs nothing.
        let approver = signed_in(&site, "approver");
        let form = approver.get(&here).form(&format!("{here}/approval"));
        let stale = approver.post(&form.clone().with("shown", &"0".repeat(64)));
        stale.assert_status(409).assert_has("no longer what the page showed you");
        check(app, &books, [0, 600_000, 0, 0]);
        // Twice the same click is one approval, and a later one is refused with the sentence.
        let first = approver.post(&form);
        let second = approver.post(&form);
        assert_eq!((first.status, second.status), (303, 303));
        let late = approver.post(&form.with("form_key", "other"));
        late.assert_status(409).assert_has("already approved");
        check(app, &books, [0, 0, 600_000, 0]);
    }

    fn a_payout_says_what_comes_next_and_when_nothing_can_be_paid(app: &TestApp) {
        let (books, site) = house(app);
        let finance = signed_in(&site, "finance");
        closed(&finance);
        // All that is wrong is said at once.
        let chosen = finance.get("/staff/payouts/new?customer=D-001");
        assert_eq!(chosen.texts("h1"), ["Payout to 杭州恒通贸易有限公司"]);
        let form = chosen.form("/staff/payouts").with("form", "").with("amount", "abc");
        let answer = finance.post(&form);
        answer.assert_status(422);
        assert_eq!((answer.texts("#form-error").len(), answer.texts("#amount-error").len()), (1, 1));
        let here = prepared(&finance, "").path;
        let empty = finance.get("/staff/payouts/new?customer=D-001");
        empty.assert_has("¥0.00 is available: everything earned is in dispute or being paid.");
        assert!(empty.texts("form button").iter().all(|text| !text.contains("draft")));
        check(app, &books, [0, 600_000, 0, 0]);

        // Sent, it is late once its day is over; come back, it expects nothing.
        finance.submit(&finance.get(&here).form(&format!("{here}/submission")));
        let approver = signed_in(&site, "approver");
        approver.submit(&approver.get(&here).form(&format!("{here}/approval")));
        let form = finance.get(&here).form(&format!("{here}/dispatch"));
        finance.submit(&form.with("expected_on", "2026-10-18"));
        assert!(finance.get("/staff/payouts").texts("tbody .late").is_empty());
        app.wait(chrono::TimeDelta::days(4));
        let finance = signed_in(&site, "finance");
        assert_eq!(finance.get("/staff/payouts").texts("tbody .late"), ["18 Oct 2026"]);
        let late = finance.get(&here);
        late.assert_has("overdue").assert_has("The expected date has passed.");
        let form = late.form(&format!("{here}/return")).with("reason", "closed");
        let back = finance.submit(&form);
        back.assert_has("The amount is available again.");
        assert!(!back.text().contains("18 Oct"), "{}", back.text());
        let again = finance.get(&back.link("Prepare a payout"));
        again.assert_status(200).assert_has("¥6,000.00");
    }

    fn a_rejected_payout_lets_its_money_go(app: &TestApp) {
        let (books, site) = house(app);
        let (finance, approver) = (signed_in(&site, "finance"), signed_in(&site, "approver"));
        closed(&finance);
        let here = prepared(&finance, "6000").path;
        finance.submit(&finance.get(&here).form(&format!("{here}/submission")));
        let form = approver.get(&here).form(&format!("{here}/rejection"));
        let silent = approver.post(&form.clone().with("reason", "  "));
        silent.assert_status(422);
        assert_eq!(silent.texts("#reason-error").len(), 1);
        approver.submit(&form.with("reason", "Wrong form")).assert_has("Wrong form");
        check(app, &books, [600_000, 0, 0, 0]);
    }

    fn what_cannot_be_right_is_said_at_its_field(app: &TestApp) {
        let (books, site) = house(app);
        let finance = signed_in(&site, "finance");
        let page = finance.get("/staff/accruals");
        for (form, field, value) in [
            ("/staff/accrual-runs", "as_of", "yesterday"),
            ("/staff/accrual-runs", "as_of", "2026-02-30"),
            ("/staff/accrual-runs", "as_of", ""),
            ("/staff/accrual-runs", "as_of", "2027-01-01"),
            ("/staff/accrual-runs", "run_policy", "NO-SUCH"),
            ("/staff/period-closings", "close_period", "the third"),
            ("/staff/period-closings", "close_period", "2026-Q4"),
            ("/staff/period-closings", "close_period", "2026-09"),
        ] {
            let answer = finance.post(&page.form(form).with(field, value));
            answer.assert_status(422);
            assert_eq!(answer.texts(&format!("#{field}-error")).len(), 1, "{field} {value}");
            assert_eq!(answer.form(form).value(field), Some(value));
        }
        let both = page.form("/staff/period-closings").with("close_period", "the third");
        let both = finance.post(&both.with("close_policy", "NO-SUCH"));
        assert_eq!(both.texts("#close_period-error, #close_policy-error").len(), 2);
        closed(&finance);
        let new = finance.get("/staff/payouts/new?customer=D-001").form("/staff/payouts");
        for (form, amount, field) in [
            ("cash", "abc", "amount"),
            ("cash", "1.005", "amount"),
            ("cash", "0", "amount"),
            ("cash", "-5", "amount"),
            ("cash", "6000.01", "amount"),
            ("", "5", "form"),
            ("gold", "5", "form"),
        ] {
            let answer = finance.post(&new.clone().with("form", form).with("amount", amount));
            answer.assert_status(422);
            assert_eq!(answer.texts(&format!("#{field}-error")).len(), 1, "{form} {amount}");
            assert_eq!(answer.form("/staff/payouts").value("amount"), Some(amount));
        }
        let nobody = finance.post(&new.with("form", "cash").with("customer", "D-999"));
        nobody.assert_status(422).assert_has("D-999");
        check(app, &books, [600_000, 0, 0, 0]);

        let draft = prepared(&finance, "100");
        let here = draft.path.clone();
        finance.submit(&draft.form(&format!("{here}/submission")));
        let approver = signed_in(&site, "approver");
        approver.submit(&approver.get(&here).form(&format!("{here}/approval")));
        let form = finance.get(&here).form(&format!("{here}/dispatch"));
        let answer = finance.post(&form.clone().with("expected_on", "soon").with("reference", "R"));
        answer.assert_status(422);
        assert_eq!(answer.form(&form.action).value("reference"), Some("R"));
        finance.submit(&form.with("expected_on", "2026/10/20"));
        let form = finance.get(&here).form(&format!("{here}/settlement"));
        for day in ["2026-10-16", "2026-10-14", "x"] {
            let answer = finance.post(&form.clone().with("settled_on", day));
            answer.assert_status(422);
            assert_eq!(answer.texts("#settled_on-error").len(), 1, "{day}");
        }
        let state = app.read(|conn| payouts::by_id(conn, &id_of(&draft))).state;
        assert_eq!(state, State::Sent);
    }

    fn an_export_is_a_file_and_leaves_a_trace(app: &TestApp) {
        let (_, site) = house(app);
        let auditor = signed_in(&site, "auditor");
        closed(&signed_in(&site, "finance"));
        let page = auditor.get("/staff/accruals");
        for report in ["accruals", "ledger", "balances", "payouts", "statements", "journal"] {
            for format in ["csv", "xlsx", "json"] {
                let path = format!("/staff/exports/{report}/{format}");
                assert!(page.body().contains(&format!("href=\"{path}\"")), "{path}");
                let file = auditor.peek(&path);
                file.assert_status(200);
                let name = file.header("content-disposition").unwrap();
                assert!(name.contains(&format!("{report}.{format}")), "{name}");
            }
        }
        let csv = auditor.peek("/staff/exports/balances/csv").body();
        assert!(csv.starts_with('\u{feff}'), "{csv}");
        assert!(csv.contains("6000.00") && csv.contains("5000.00"), "{csv}");
        let events = app.read(|conn| audit::of_object(conn, "report", "balances.csv"));
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].actor_name, "auditor");
        for path in ["/staff/exports/secrets/csv", "/staff/exports/ledger/pdf"] {
            auditor.peek(path).assert_status(404);
        }
    }

    fn a_new_houses_desk_says_what_to_do_first(app: &TestApp) {
        for (name, role) in [
            ("finance", Finance),
            ("manager", AccountManager),
            ("approver", Approver),
            ("reviewer", StaffRole::AppealsReviewer),
            ("auditor", Auditor),
            ("admin", Admin),
        ] {
            a_member(app, name, &[role]);
        }
        let site = Site::of(app);
        for (name, own) in [
            ("finance", &["/staff/imports", "/staff/imports", "/staff/accruals", "/staff/statement-schedule"][..]),
            ("manager", &["/staff/policies/new", "/staff/saved-replies"]),
            ("approver", &["/staff/policies?state=submitted"]),
            ("reviewer", &["/staff/saved-replies"]),
            ("auditor", &["/staff/audit"]),
            ("admin", &["/staff/mailbox"]),
        ] {
            let visitor = signed_in(&site, name);
            let desk = visitor.get("/staff");
            desk.assert_has("First steps").assert_has("Import customers and products Finance");
            let links: Vec<String> = desk.links(".steps a").into_iter().map(|link| link.1).collect();
            assert_eq!(links, own, "{name}");
            for link in links {
                visitor.get(&link).assert_status(200);
            }
            assert!(desk.texts(".steps .tag").is_empty());
        }
        app.write(|tx| customers::upsert(tx, &NewCustomer::regular("D-001", Currency::CNY)));
        let desk = signed_in(&site, "finance").get("/staff");
        assert_eq!(desk.texts(".steps li")[0], "Import customers and products Finance done");
        assert_eq!(desk.texts(".steps .tag").len(), 1);
    }

    fn the_desk_says_what_waits_for_whom(app: &TestApp) {
        let (_, site) = house(app);
        let (finance, approver) = (signed_in(&site, "finance"), signed_in(&site, "approver"));
        approver.get("/staff").assert_has("Nothing is waiting for you");
        closed(&finance);
        let here = prepared(&finance, "").path;
        let desk = finance.get("/staff");
        desk.assert_has("Draft payouts not yet submitted 1");
        assert!(!desk.text().contains("First steps"), "there are rebates");
        finance.submit(&finance.get(&here).form(&format!("{here}/submission")));
        let desk = approver.get("/staff");
        desk.assert_has("Payouts for me to approve 1").assert_has("¥11,000.00");
        approver.get(&desk.link("Payouts for me to approve")).assert_has("¥6,000.00");
        let manager = signed_in(&site, "manager");
        assert!(!manager.get("/staff").text().contains("¥"), "no totals for account managers");
    }

    fn each_customers_numbers_are_their_managers_business(app: &TestApp) {
        let (books, site) = house(app);
        closed(&signed_in(&site, "finance"));
        let accrual = app.read(|conn| accruals::of_customer(conn, books.first)).remove(0);
        let path = format!("/staff/accruals/{}", accrual.id);
        for (name, status) in [("manager", 200), ("other", 404), ("auditor", 200), ("buyer", 404)] {
            signed_in(&site, name).peek(&path).assert_status(status);
            let file = format!("{path}/file/csv");
            signed_in(&site, name).peek(&file).assert_status(status);
        }
    }
}
