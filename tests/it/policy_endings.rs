//! What the steps of a policy's life do to the money: taken away, it was never promised; ended, it
//! holds until its last day; published while a run is under way, nothing is lost or double.

use std::sync::atomic::{AtomicBool, Ordering};

use openrebate::accruals;
use openrebate::ledger;
use openrebate::mailbox;
use openrebate::policies::{self, VersionState};
use openrebate::reports;
use openrebate::values::{Actor, Currency, CustomerRole, Key};

use crate::support::{POLICY, TestApp, a_buyer, books, refusal, sell};

fn accrue(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn check_verified(app: &TestApp) {
    let found = app.read(reports::verify);
    assert_eq!((found.differences, found.waiting), (Vec::new(), 0));
}

fn estimated(app: &TestApp, customer: Key) -> i64 {
    app.read(|conn| ledger::balance(conn, customer, Currency::CNY)).estimated
}

fn withdraw(app: &TestApp) -> openrebate::error::Result<()> {
    let version = app.read(|conn| policies::by_code(conn, "Q-1"));
    let closed = |conn: &mut openrebate::db::Conn, policy: &openrebate::values::PolicyId| {
        Ok(!accruals::closed_periods(conn, policy)?.is_empty())
    };
    app.db.write(&Actor::operator(), |tx| policies::withdraw(tx, &version.id, "误发", &closed))
}

fn publish(app: &TestApp, source: &str) {
    let terms = policies::parse(source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, source));
}

both! {
    fn what_was_withdrawn_earns_nothing_and_can_be_promised_anew(app: &TestApp) {
        let books = books(app);
        accrue(app);
        assert_eq!(estimated(app, books.first), 600_000);
        withdraw(app).unwrap();
        accrue(app);
        assert_eq!(estimated(app, books.first), 0);
        check_verified(app);
        publish(app, &POLICY.replace("\"5\"", "\"6\""));
        accrue(app);
        assert_eq!(estimated(app, books.first), 720_000);
        check_verified(app);
    }

    fn what_has_a_closed_period_is_not_withdrawn(app: &TestApp) {
        books(app);
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        assert_eq!(refusal(withdraw(app)), "policy-withdraw-closed");
    }

    fn what_was_ended_holds_until_its_last_day(app: &TestApp) {
        let books = books(app);
        let version = app.read(|conn| policies::by_code(conn, "Q-1"));
        let last = "2026-11-15".parse().unwrap();
        app.write(|tx| policies::end(tx, &version.id, last, "终止"));
        app.wait(chrono::TimeDelta::days(60));
        sell(
            app,
            "4,INV-4,2026-11-15,D-001,P-1,100,100000.00,CNY,invoice\n\
             5,INV-5,2026-11-16,D-001,P-1,100,100000.00,CNY,invoice\n",
        );
        accrue(app);
        // 6,000.00 of the third quarter, and 5 % of what was bought until the last day.
        assert_eq!(estimated(app, books.first), 600_000 + 500_000);
        check_verified(app);
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        check_verified(app);
    }

    fn a_next_version_after_the_end_goes_on_from_its_own_period(app: &TestApp) {
        let books = books(app);
        let version = app.read(|conn| policies::by_code(conn, "Q-1"));
        app.write(|tx| policies::end(tx, &version.id, "2026-10-31".parse().unwrap(), "终止"));
        publish(app, &POLICY.replace("2026-01-01", "2027-01-01"));
        app.wait(chrono::TimeDelta::days(100));
        sell(
            app,
            "4,INV-4,2026-11-15,D-001,P-1,100,100000.00,CNY,invoice\n\
             5,INV-5,2027-01-16,D-001,P-1,100,100000.00,CNY,invoice\n",
        );
        accrue(app);
        assert_eq!(estimated(app, books.first), 600_000 + 500_000);
        assert_eq!(app.read(|c| policies::version(c, &version.id)).state, VersionState::Superseded);
        check_verified(app);
    }

    fn versions_published_while_runs_are_under_way_lose_and_double_nothing(app: &TestApp) {
        let books = books(app);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        // A run that other writes keep upsetting may give up; it is tried again.
                        let _ = accruals::run(&app.db, &Actor::operator(), app.db.today(), None);
                    }
                });
            }
            for percent in 6..14 {
                publish(app, &POLICY.replace("\"5\"", &format!("\"{percent}\"")));
            }
            done.store(true, Ordering::Relaxed);
        });
        accrue(app);
        assert_eq!(estimated(app, books.first), 120_000 * 13);
        check_verified(app);
    }

    fn the_letter_of_an_amendment_says_what_changes_and_nobody_elses_name(app: &TestApp) {
        let books = books(app);
        a_buyer(app, "boss", books.first, CustomerRole::Manager);
        let only = "customers.codes = [\"D-001\", \"D-002\"]\nmeasure.kind";
        publish(app, &POLICY.replace("measure.kind", only).replace("\"100000\"", "\"80000\""));
        let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        assert_eq!(letter.kind, "programme_published");
        assert!(letter.text.contains("80,000") && letter.text.contains("100,000"), "{}", letter.text);
        assert!(!letter.text.contains("D-002"), "{}", letter.text);
    }
}
