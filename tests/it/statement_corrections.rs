//! Corrected statements: a new version says what differs and why, is answered anew, and carries
//! the account on; the old one stays as it was.

use openrebate::accruals;
use openrebate::disputes;
use openrebate::error::{Error, Result};
use openrebate::mailbox;
use openrebate::reports;
use openrebate::statements::{self, Change, ChangeKind, State, Statement, Told};
use openrebate::values::{Actor, CustomerRole, Key, Money, StaffRole, StatementId};

use crate::support::{
    Books, PASSWORD, Site, TestApp, Visitor, a_buyer, a_member, books, eight_at_once, refusal, sell,
};

/// One percent of the year's purchases.
const YEARLY: &str = "code = \"Y-1\"\ncurrency = \"CNY\"\nperiod = \"year\"\nfrom = 2026-01-01\n\
    form = \"cash\"\nname.zh-CN = \"年度返利\"\nname.en = \"Yearly rebate\"\n\
    measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
    tiers = [{ from = \"0\", percent = \"1\" }]\n";

/// The third quarter is stated; then a return of 10,000.00 of September comes in late, so that the
/// first customer's 5 % are on 110,000.00 instead of 120,000.00.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    accrue(app);
    issue(app, "2026-Q3");
    books
}

fn a_late_return(app: &TestApp) {
    sell(app, "9,CR-1,2026-09-28,D-001,P-1,-10,-10000.00,CNY,return\n");
    accrue(app);
}

fn accrue(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn issue(app: &TestApp, period: &str) {
    let (period, open) = (period.parse().unwrap(), disputes::open_on_statement);
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
}

fn all(app: &TestApp, customer: Key) -> Vec<Statement> {
    app.read(|conn| statements::of_customer(conn, customer))
}

fn correct(app: &TestApp, id: &StatementId) -> Result<StatementId> {
    let open = disputes::open_on_statement;
    app.db.write(&Actor::operator(), |tx| {
        statements::correct(tx, id, "补录 9 月 28 日退货", 10, &open)
    })
}

/// `accrual Q-1: ¥6,000.00 → ¥5,500.00`
fn said(change: &Change, statement: &Statement) -> String {
    let told = |told: &Option<Told>| match told {
        Some(Told::Money(minor) | Told::Reckoned(minor, _)) => {
            Money::new(*minor, statement.currency).shown()
        }
        other => format!("{other:?}"),
    };
    let (before, after) = (told(&change.before), told(&change.after));
    format!("{} {}: {before} → {after}", change.kind, change.name)
}

fn signed_in(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

both! {
    fn a_corrected_version_says_what_differs_to_the_cent(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0);
        a_late_return(app);
        correct(app, &first.id).unwrap();
        let versions = all(app, books.first);
        let (new, old) = (&versions[0], &versions[1]);
        assert_eq!((new.number.as_str(), new.version), ("DZ-2026-09-000001-V2", 2));
        assert_eq!((new.closing_minor, old.closing_minor), (550_000, 600_000));
        assert_eq!(old.superseded_by.as_ref(), Some(&new.id));
        assert_eq!((old.content.clone(), &old.content_hash), (first.content.clone(), &first.content_hash));
        let correction = new.content.correction.as_ref().unwrap();
        assert_eq!(correction.corrects, "DZ-2026-09-000001");
        assert_eq!(correction.reason, "补录 9 月 28 日退货");
        let changes: Vec<_> = correction.changes.iter().map(|change| said(change, new)).collect();
        assert_eq!(
            changes,
            [
                "figure accrued: ¥6,000.00 → ¥5,500.00",
                "figure closing: ¥6,000.00 → ¥5,500.00",
                "figure estimated: ¥6,000.00 → ¥5,500.00",
                "accrual Q-1: ¥6,000.00 → ¥5,500.00",
            ]
        );
        let letters: Vec<_> = app
            .read(|conn| mailbox::of_cause(conn, "statement_corrected", new.id.as_str()));
        assert_eq!(letters.len(), 1);
        let text = &letters[0].text;
        for part in ["DZ-2026-09-000001", "补录 9 月 28 日退货", "计提 Q-1 2026年第3季度", "期末余额"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("5,500"), "{text}");
        // Sending it again writes to whom it failed only, and in the same words.
        let again = |statement: &Statement| app.write(|tx| statements::send_again(tx, statement));
        assert_eq!((again(new), again(old)), (0, 0));
        assert_eq!(app.read(mailbox::counts).queued, 2);
        let verified = app.read(reports::verify).differences;
        assert_eq!(verified, Vec::<String>::new());
    }

    fn its_files_say_what_differs_like_its_page(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0);
        a_late_return(app);
        let site = Site::of(app);
        let clerk = signed_in(&site, "clerk");
        let old = clerk.get(&format!("/statements/{}/file/csv", first.id)).body();
        assert!(!old.contains("change_"), "{old}");
        let new = correct(app, &first.id).unwrap();
        let csv = clerk.get(&format!("/statements/{new}/file/csv")).body();
        for row in [
            "fact,corrects,,,,,,,,DZ-2026-09-000001,",
            "fact,correction_reason,,,,,,,,补录 9 月 28 日退货,",
            "change_before,closing,,,,,6000.00,,,figure,",
            "change_after,closing,,,,,5500.00,,,figure,",
            "change_before,Q-1,2026-Q3,1,,5%,6000.00,,,accrual estimated,120000.00",
            "change_after,Q-1,2026-Q3,1,,5%,5500.00,,,accrual estimated,110000.00",
        ] {
            assert!(csv.contains(row), "{row} is not in\n{csv}");
        }
        let sheet = |id: &StatementId, name: &str| {
            let bytes = clerk.get(&format!("/statements/{id}/file/xlsx")).bytes;
            let mut book: calamine::Xlsx<_> =
                calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
            let range = calamine::Reader::worksheet_range(&mut book, name).ok()?;
            let row = |row: &[calamine::Data]| {
                row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
            };
            Some(range.rows().map(row).collect::<Vec<_>>())
        };
        let changes = sheet(&new, "changes").expect("a sheet of what differs");
        assert!(changes.contains(&"figure|closing||6000|5500||||||||".to_owned()), "{changes:?}");
        let accrual =
            "accrual|Q-1|2026-Q3|6000|5500|120000|110000|5%|5%|1|1|estimated|estimated".to_owned();
        assert!(changes.contains(&accrual), "{changes:?}");
        assert_eq!(sheet(&first.id, "changes"), None);
    }

    fn the_page_of_the_old_version_asks_nobody_to_answer_it(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0);
        let site = Site::of(app);
        let clerk = signed_in(&site, "clerk");
        let address = format!("/statements/{}", first.id);
        let asking = ["Please sign in by", "To be confirmed"];
        let page = clerk.get(&address);
        for text in asking {
            page.assert_has(text);
        }
        a_late_return(app);
        correct(app, &first.id).unwrap();
        let page = clerk.get(&address);
        page.assert_has("superseded");
        for text in asking {
            assert!(!page.text().contains(text), "{text}");
        }
    }

    fn the_next_statement_begins_where_the_latest_version_ends(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0).id;
        a_late_return(app);
        let second = correct(app, &first).unwrap();
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        // Closing makes the estimate earned: a third version says so.
        let third = correct(app, &second).unwrap();
        let found = app.read(|conn| statements::one(conn, &third));
        assert_eq!(found.number, "DZ-2026-09-000001-V3");
        assert_eq!((found.content.figures.estimated, found.content.figures.available), (0, 550_000));
        let kinds: Vec<_> =
            found.content.correction.unwrap().changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Figure, ChangeKind::Figure, ChangeKind::Accrual]);
        app.wait(chrono::TimeDelta::days(20));
        issue(app, "2026-10");
        let next = all(app, books.first).remove(0);
        assert_eq!((next.content.figures.opening, next.closing_minor), (550_000, 550_000));
        // What comes later belongs among the next one's adjustments.
        assert_eq!(refusal(correct(app, &third)), "statement-not-latest");
        assert_eq!(app.read(reports::verify).differences, Vec::<String>::new());
        let before = next.number;
        app.sql(&format!("UPDATE statements SET opening_minor = opening_minor WHERE number = '{before}'"))
            .unwrap_err();
    }

    fn what_a_year_came_to_since_is_no_reason_to_correct(app: &TestApp) {
        let books = books(app);
        let yearly = YEARLY;
        let terms = openrebate::policies::parse(yearly).unwrap();
        app.write(|tx| openrebate::policies::publish(tx, &terms, yearly));
        let end = "2026-09-30".parse().unwrap();
        accruals::run(&app.db, &Actor::operator(), end, None).unwrap();
        issue(app, "2026-Q3");
        let first = all(app, books.first).remove(0);
        let year = |statement: &Statement| {
            let line = statement.content.accruals.iter().find(|line| line.policy == "Y-1").cloned();
            line.unwrap()
        };
        assert_eq!((year(&first).base_minor, year(&first).amount), (12_000_000, 120_000));
        // October's purchases count for the year, and nothing of them for the third quarter.
        sell(app, "8,INV-8,2026-10-12,D-001,P-1,10,10000.00,CNY,invoice\n");
        accrue(app);
        assert_eq!(refusal(correct(app, &first.id)), "statement-nothing-changed");
        // Where something else does differ, the year's line still says what it said.
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        let second = correct(app, &first.id).unwrap();
        let second = app.read(|conn| statements::one(conn, &second));
        assert_eq!(year(&second), year(&first));
    }

    fn only_what_differs_is_corrected_and_only_once(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0).id;
        assert_eq!(refusal(correct(app, &first)), "statement-nothing-changed");
        a_late_return(app);
        let won = eight_at_once(&|_| correct(app, &first).map(|_| ()));
        assert_eq!(won, 1);
        assert_eq!(all(app, books.first).len(), 2);
        assert_eq!(refusal(correct(app, &first)), "statement-superseded");
        let open = disputes::open_on_statement;
        let second = all(app, books.first).remove(0).id;
        let silent = app.db.write(&Actor::operator(), |tx| {
            statements::correct(tx, &second, " ", 10, &open)
        });
        assert!(matches!(silent, Err(Error::Invalid(_))), "{silent:?}");
    }

    fn the_new_version_is_answered_anew_and_the_old_one_no_more(app: &TestApp) {
        let books = scene(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        let first = all(app, books.first).remove(0).id;
        let site = Site::of(app);
        let (clerk, finance) = (signed_in(&site, "clerk"), signed_in(&site, "finance"));
        let form = clerk.get(&format!("/statements/{first}")).form(&format!("/statements/{first}/confirmation"));
        clerk.submit(&form).assert_status(200);
        let correction = format!("/staff/statements/{first}/correction");
        finance.get(&correction).assert_status(200).assert_has("Nothing differs");
        a_late_return(app);
        let page = finance.get(&correction);
        page.assert_has("¥6,000.00").assert_has("¥5,500.00");
        assert_eq!(all(app, books.first).len(), 1);
        let form = page.form(&correction);
        finance.submit(&form.clone().with("reason", "")).assert_status(422).assert_has("Write the reason");
        let page = finance.submit(&form.with("reason", "late return"));
        page.assert_status(200).assert_has("Corrects DZ-2026-09-000001").assert_has("late return");

        let second = all(app, books.first).remove(0);
        assert_eq!(second.state, State::Issued);
        let old = clerk.get(&format!("/statements/{first}"));
        old.assert_has("has been replaced by a corrected").assert_has("Evidence of the answer");
        // It leads to the new one, and no longer says how to contest.
        let to_new = old.link(&format!("Go to {}", second.number));
        assert_eq!(to_new, format!("/statements/{}", second.id));
        assert!(!old.texts("main").concat().contains("choose “Contest”"));
        assert!(!old.body().contains("/disputes/new?subject=statement"));
        let new = clerk.get(&format!("/statements/{}", second.id));
        new.assert_has("¥5,500.00").assert_has("late return");
        let form = new.form(&format!("/statements/{}/confirmation", second.id));
        clerk.submit(&form).assert_status(200);
        let states: Vec<_> = all(app, books.first).iter().map(|s| s.state).collect();
        assert_eq!(states, [State::Confirmed, State::Confirmed]);
        finance.get(&correction).assert_status(200).assert_has("has been replaced by a corrected");
    }

    fn a_superseded_statement_is_neither_answered_nor_reminded_of(app: &TestApp) {
        let books = scene(app);
        let first = all(app, books.first).remove(0).id;
        a_late_return(app);
        correct(app, &first).unwrap();
        let clerk = app.read(|conn| openrebate::people::by_email(conn, "clerk@example.com"));
        let answer = app.db.write(&clerk.actor(None, None), |tx| {
            statements::confirm(tx, books.first, &first)
        });
        assert_eq!(refusal(answer), "statement-superseded");
        app.wait(chrono::TimeDelta::days(40));
        let schedule = Actor::system("statements");
        app.db.write(&schedule, |tx| statements::tell_deadlines(tx, 100)).unwrap();
        let events = app.read(|conn| openrebate::audit::of_object(conn, "statement", first.as_str()));
        let actions: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["statement.issued"]);
        // Nor does it wait in the customer's list of things to do.
        let waiting = app.read(|conn| statements::awaiting(conn, books.first));
        assert_eq!(waiting.len(), 1);
    }
}
