//! Answers to statements: reminded of in time, given once with evidence both sides can show, and
//! silence means something only where an agreement says so.

use openrebate::accruals;
use openrebate::audit;
use openrebate::disputes;
use openrebate::mailbox::{self, Posted};
use openrebate::statements::{self, NewTerms, State, Statement};
use openrebate::values::{Actor, CustomerRole, Key, StaffRole};

use crate::support::{
    Books, PASSWORD, Site, TestApp, a_buyer, a_member, books, eight_at_once, moment, refusal,
};

/// Both customers have the statement of the third quarter, issued on Thursday 15 October and to
/// be answered within ten business days: by Thursday 29 October 2026.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    prepare(app, &books);
    issue(app);
    books
}

fn prepare(app: &TestApp, books: &Books) {
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "boss", books.second, CustomerRole::Manager);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn issue(app: &TestApp) {
    let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
}

fn of(app: &TestApp, customer: Key) -> Statement {
    app.read(|conn| statements::of_customer(conn, customer)).remove(0)
}

fn agree(app: &TestApp, customer: Key, agreement: Option<&str>) {
    let customer = app.read(|conn| openrebate::customers::by_id(conn, customer));
    let agreement = agreement.map(str::to_owned);
    let terms = NewTerms { rhythm: None, day: 1, agreement };
    app.write(|tx| statements::set_terms(tx, &customer, &terms));
}

fn clerk(app: &TestApp) -> Actor {
    let person = app.read(|conn| openrebate::people::by_email(conn, "clerk@example.com"));
    person.actor(None, Some("203.0.113.7".to_owned()))
}

fn letters(app: &TestApp, kind: &str) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
    letters.retain(|letter| letter.kind == kind);
    letters
}

/// Lets eight processes come round at this time in Shanghai; who is written to, by kind.
fn at(app: &TestApp, local: &str) -> Vec<String> {
    app.db.clock().set(moment(&format!("{local}:00+08:00")));
    let all = |app: &TestApp| app.read(|conn| mailbox::latest(conn, None, None, 200));
    let before = all(app).len();
    let schedule = Actor::system("statements");
    let round = eight_at_once(&|_| {
        while app.db.read(|conn| statements::any_deadline(conn, app.db.now()))? {
            app.db.write(&schedule, |tx| statements::tell_deadlines(tx, 100))?;
        }
        Ok(())
    });
    assert_eq!(round, 8);
    let mut letters = all(app);
    letters.truncate(letters.len() - before);
    let mut told: Vec<_> = letters
        .iter()
        .map(|letter| format!("{} {}", letter.to.split('@').next().unwrap(), letter.kind))
        .collect();
    told.sort();
    told
}

const NOBODY: [&str; 0] = [];

both! {
    fn customers_are_reminded_twice_and_their_manager_told_once(app: &TestApp) {
        let books = scene(app);
        assert_eq!(of(app, books.first).respond_by, "2026-10-29".parse().unwrap());
        for (time, told) in [
            ("2026-10-22T08:29", &[][..]),
            ("2026-10-22T08:30", &["boss statement_reminder", "clerk statement_reminder"]),
            ("2026-10-28T08:29", &[]),
            ("2026-10-28T08:30", &["boss statement_reminder", "clerk statement_reminder"]),
            ("2026-10-29T23:59", &[]),
            // One letter for both.
            ("2026-10-30T08:30", &["manager statements_overdue"]),
            ("2026-12-01T08:30", &[]),
        ] {
            assert_eq!(at(app, time), told, "{time}");
        }
        let overdue = letters(app, "statements_overdue").remove(0);
        assert_eq!(overdue.subject, "2 份对账单逾期未答复");
        for number in ["DZ-2026-09-000001", "DZ-2026-09-000002"] {
            assert!(overdue.text.contains(number), "{}", overdue.text);
        }
        assert_eq!(of(app, books.first).state, State::Issued);
    }

    fn an_answer_stops_the_reminders_and_a_late_start_sends_one(app: &TestApp) {
        let books = scene(app);
        let id = of(app, books.first).id;
        app.db.write(&clerk(app), |tx| statements::confirm(tx, books.first, &id)).unwrap();
        // Nobody came round before the second reminder was due.
        assert_eq!(at(app, "2026-10-28T09:00"), ["boss statement_reminder"]);
        assert_eq!(at(app, "2026-10-30T09:00"), ["manager statements_overdue"]);
        let overdue = letters(app, "statements_overdue").remove(0);
        assert!(!overdue.text.contains("DZ-2026-09-000001"), "{}", overdue.text);
    }

    fn a_confirmation_has_its_evidence_and_both_sides_their_receipt(app: &TestApp) {
        let books = scene(app);
        let site = Site::of(app);
        let clerk = site.visitor("en");
        clerk.sign_in("clerk@example.com", PASSWORD).assert_status(200);
        let statement = of(app, books.first);
        let address = format!("/statements/{}", statement.id);
        let form = clerk.get(&address).form(&format!("{address}/confirmation"));
        let page = clerk.submit(&form);
        let event = app
            .read(|conn| audit::of_object(conn, "statement", statement.id.as_str()))
            .into_iter()
            .find(|event| event.action == "statement.confirmed")
            .unwrap();
        page.assert_has("Evidence of the answer").assert_has(&format!("#{}", event.seq));
        page.assert_has("by clerk on").assert_has("127.0.0.1").assert_has(&statement.content_hash);
        assert_eq!(event.after.as_deref(), Some(statement.content_hash.as_str()));
        assert_eq!((event.actor_name.as_str(), event.address.as_deref()), ("clerk", Some("127.0.0.1")));
        let receipts = letters(app, "statement_confirmed");
        let mut to: Vec<_> = receipts.iter().map(|letter| letter.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["clerk@example.com", "manager@example.com"]);
        for letter in receipts {
            for part in [&format!("#{}", event.seq), &statement.content_hash, "DZ-2026-09-000001"] {
                assert!(letter.text.contains(part), "{part}: {}", letter.text);
            }
            assert!(!letter.text.contains("6,000"), "{}", letter.text);
        }
    }

    fn eight_confirmations_at_once_are_one(app: &TestApp) {
        let books = scene(app);
        let (id, clerk) = (of(app, books.first).id, clerk(app));
        let confirm = |_| app.db.write(&clerk, |tx| statements::confirm(tx, books.first, &id));
        assert_eq!(eight_at_once(&confirm), 1);
        assert_eq!(letters(app, "statement_confirmed").len(), 2);
        assert_eq!(of(app, books.first).state, State::Confirmed);
    }

    fn silence_confirms_only_where_the_agreement_says_so(app: &TestApp) {
        let books = books(app);
        agree(app, books.first, Some("HT-2026-018 第 7.2 条"));
        prepare(app, &books);
        issue(app);
        // Agreed after this statement was issued: it counts for the next.
        agree(app, books.second, Some("HT-2026-019"));
        assert_eq!(at(app, "2026-10-29T23:59").len(), 2);
        let reminder = letters(app, "statement_reminder");
        let silence: Vec<_> = reminder.iter().filter(|l| l.text.contains("视同确认")).collect();
        assert_eq!(silence.len(), 1);
        assert_eq!(
            at(app, "2026-10-30T08:30"),
            ["clerk statement_deemed", "manager statement_deemed", "manager statements_overdue"]
        );
        assert_eq!(at(app, "2026-11-30T08:30"), NOBODY);
        let (deemed, open) = (of(app, books.first), of(app, books.second));
        assert_eq!((deemed.state, open.state), (State::DeemedConfirmed, State::Issued));
        let evidence = app.read(|conn| statements::evidence(conn, &deemed)).unwrap();
        assert_eq!(evidence.agreement.as_deref(), Some("HT-2026-018 第 7.2 条"));
        assert_eq!(evidence.content, deemed.content_hash);
        let events = app.read(|conn| audit::of_object(conn, "statement", deemed.id.as_str()));
        let count = |action| events.iter().filter(|event| event.action == action).count();
        assert_eq!(count("statement.deemed_confirmed"), 1);
        let late = app.db.write(&clerk(app), |tx| statements::confirm(tx, books.first, &deemed.id));
        assert_eq!(refusal(late), "statement-answered-already");
        let site = Site::of(app);
        let reader = site.visitor("en");
        reader.sign_in("clerk@example.com", PASSWORD);
        let page = reader.get(&format!("/statements/{}", deemed.id));
        page.assert_has("by silence, under HT-2026-018 第 7.2 条");
    }

    fn an_agreement_that_was_withdrawn_confirms_nothing(app: &TestApp) {
        let books = books(app);
        agree(app, books.first, Some("HT-2026-018"));
        prepare(app, &books);
        issue(app);
        agree(app, books.first, None);
        assert_eq!(at(app, "2026-10-30T08:30"), ["manager statements_overdue"]);
        assert_eq!(of(app, books.first).state, State::Issued);
    }
}
