//! The week of a customer in one letter: what waits, what was paid, the days ahead; and no letter
//! when there is nothing to tell.

use openrebate::accruals;
use openrebate::disputes;
use openrebate::mailbox::{self, LetterState, Posted};
use openrebate::payouts::{self, Form, NewPayout};
use openrebate::people;
use openrebate::reports;
use openrebate::statements;
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};

use crate::support::{Books, TestApp, a_buyer, a_member, an_account, books, eight_at_once, moment};

/// Thursday, 15 October 2026. The first customer has people, the second only somebody who reads.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    a_buyer(app, "reader", books.first, CustomerRole::Viewer);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "boss", books.first, CustomerRole::Manager);
    a_buyer(app, "onlooker", books.second, CustomerRole::Viewer);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    books
}

fn tell(app: &TestApp) {
    reports::tell_customers_week(&app.db, &Actor::system("digests")).unwrap();
}

fn letters(app: &TestApp, customer: Key) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::of_customer(conn, customer, 200));
    letters.retain(|letter| letter.kind == "customer_digest");
    letters.sort_by_key(|letter| (letter.created_at, letter.to.clone()));
    letters
}

/// Everybody signed what is promised.
fn sign(app: &TestApp, customer: Key) {
    let boss = app.read(|conn| people::by_email(conn, "boss@example.com")).actor(None, None);
    for version in app.read(openrebate::policies::in_force) {
        let sign = |tx: &mut openrebate::db::Tx<'_>| {
            openrebate::policies::acknowledge(tx, &version.id, customer)
        };
        app.db.write(&boss, sign).unwrap();
    }
}

both! {
    fn what_waits_what_was_paid_and_the_days_ahead_come_on_monday(app: &TestApp) {
        let books = scene(app);
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
        statements::issue(&app.db, &Actor::operator(), period, None, 5, &open).unwrap();
        an_account(app, books.first);
        let finance = a_member(app, "finance", &[StaffRole::Finance]);
        let approver = a_member(app, "approver", &[StaffRole::Approver]);
        let pay = |minor: i64| {
            let new = NewPayout {
                customer: books.first,
                currency: Currency::CNY,
                form: Form::Cash,
                amount: Some(minor),
                note: None,
            };
            let payout = app.db.write(&finance, |tx| payouts::prepare(tx, new.clone())).unwrap();
            app.db.write(&finance, |tx| payouts::submit(tx, &payout.id)).unwrap();
            let shown = &payout.content_hash;
            app.db.write(&approver, |tx| payouts::approve(tx, &payout.id, shown)).unwrap();
            payout
        };
        let (paid, ahead) = (pay(123_456), pay(100));
        let today = app.db.today();
        let expected = "2026-10-21".parse().unwrap();
        for payout in [&paid, &ahead] {
            app.db.write(&finance, |tx| payouts::mark_sent(tx, &payout.id, expected, None)).unwrap();
        }
        app.db.write(&finance, |tx| payouts::settle(tx, &paid.id, today, None)).unwrap();
        // Half past six on Monday is too early.
        app.db.clock().set(moment("2026-10-18T22:30:00Z"));
        tell(app);
        assert_eq!(letters(app, books.first), []);
        app.db.clock().set(moment("2026-10-18T23:30:00Z"));
        assert_eq!(eight_at_once(&|_| reports::tell_customers_week(&app.db, &Actor::system("digests"))), 8);
        let told = letters(app, books.first);
        let to: Vec<_> = told.iter().map(|letter| letter.to.as_str()).collect();
        assert_eq!(to, ["boss@example.com", "clerk@example.com"]);
        let letter = &told[0];
        assert_eq!(letter.subject, "返利每周摘要（2026年10月19日起）");
        for part in [
            "待答复的对账单：1".to_owned(),
            "待签收的返利政策：1".to_owned(),
            format!("上周到账 {}：¥1,234.56，2026年10月15日", paid.number),
            format!("2026年10月21日（周三）：兑付单 {} 预计到账", ahead.number),
            "2026年10月22日（周四）：对账单".to_owned(),
            "https://rebates.example.com/home".to_owned(),
            "https://rebates.example.com/notifications".to_owned(),
        ] {
            assert!(letter.text.contains(&part), "{part}: {}", letter.text);
        }
        assert!(!letter.subject.contains('¥'));
        assert!(!letter.text.contains("待回答"), "what is nothing isn't said");
        // Nobody there may see to it.
        assert_eq!(letters(app, books.second), []);
        app.db.clock().set(moment("2026-10-22T02:00:00Z"));
        tell(app);
        assert_eq!(letters(app, books.first).len(), 2, "once a week");
        // The week after, what was paid is of the week before no more.
        app.db.clock().set(moment("2026-10-26T02:00:00Z"));
        tell(app);
        let told = letters(app, books.first);
        assert_eq!(told.len(), 4);
        assert!(!told[3].text.contains(&paid.number), "{}", told[3].text);
    }

    fn nothing_to_tell_is_no_letter_and_switched_off_is_in_the_portal_alone(app: &TestApp) {
        let books = scene(app);
        sign(app, books.first);
        app.db.clock().set(moment("2026-10-19T02:00:00Z"));
        tell(app);
        assert_eq!(letters(app, books.first), []);
        let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
        statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
        let clerk = app.read(|conn| people::by_email(conn, "clerk@example.com"));
        app.write(|tx| people::set_mail(tx, &clerk, "customer_digest", false));
        app.db.clock().set(moment("2026-10-26T02:00:00Z"));
        tell(app);
        let states: Vec<_> =
            letters(app, books.first).into_iter().map(|l| (l.to, l.state)).collect();
        assert_eq!(states, [
            ("boss@example.com".to_owned(), LetterState::Queued),
            ("clerk@example.com".to_owned(), LetterState::Shown),
        ]);
        // Answered, there is nothing left to tell.
        let statement = app.read(|conn| statements::awaiting(conn, books.first)).remove(0);
        let boss = app.read(|conn| people::by_email(conn, "boss@example.com")).actor(None, None);
        app.db.write(&boss, |tx| statements::confirm(tx, books.first, &statement.id)).unwrap();
        app.db.clock().set(moment("2026-11-02T02:00:00Z"));
        tell(app);
        assert_eq!(letters(app, books.first).len(), 2);
    }
}
