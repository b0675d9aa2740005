//! Managers are reminded of what their company hasn't signed: on time, once, and not for ever.

use chrono::{NaiveDate, TimeDelta};
use openrebate::customers::{self, NewCustomer};
use openrebate::mailbox::{self, Posted};
use openrebate::policies::{self, Reminders, parse};
use openrebate::values::{Actor, Currency, CustomerRole, Key};

use crate::support::{POLICY, TestApp, a_buyer, a_customer, eight_at_once};

const RULE: Reminders = Reminders { after: 5, most: 3 };

/// A policy for regular customers, published on Thursday 15 October 2026, and two of them.
fn scene(app: &TestApp) -> [Key; 2] {
    let keys = [("C1", "甲商贸有限公司"), ("C2", "乙商贸有限公司")]
        .map(|(code, name)| a_customer(app, code, name));
    a_buyer(app, "boss1", keys[0], CustomerRole::Manager);
    a_buyer(app, "boss2", keys[1], CustomerRole::Manager);
    a_buyer(app, "clerk2", keys[1], CustomerRole::Finance);
    let vip = NewCustomer { class: "vip".to_owned(), ..NewCustomer::regular("V", Currency::CNY) };
    let vip = app.write(|tx| customers::upsert(tx, &vip)).key();
    a_buyer(app, "boss3", vip, CustomerRole::Manager);
    publish(app, "5");
    keys
}

fn publish(app: &TestApp, percent: &str) {
    let source = POLICY
        .replace("\"5\"", &format!("\"{percent}\""))
        .replace("measure.kind", "customers.classes = [\"regular\"]\nmeasure.kind");
    let terms = parse(&source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, &source));
}

fn remind(app: &TestApp) -> usize {
    app.db.write(&Actor::system("signatures"), |tx| policies::remind(tx, RULE, 200)).unwrap()
}

fn reminders(app: &TestApp) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 100));
    letters.retain(|letter| letter.kind == "programme_unsigned");
    letters
}

/// Moves the clock to noon of the day and says who is written to then.
fn on(app: &TestApp, day: &str) -> Vec<String> {
    let day: NaiveDate = day.parse().unwrap();
    app.wait(TimeDelta::days((day - app.db.today()).num_days()));
    let before = reminders(app).len();
    remind(app);
    let mut letters = reminders(app);
    letters.truncate(letters.len() - before);
    let mut to: Vec<String> = letters.into_iter().map(|letter| letter.to).collect();
    to.sort();
    to
}

const BOTH: [&str; 2] = ["boss1@example.com", "boss2@example.com"];
const NOBODY: [&str; 0] = [];

both! {
    fn after_five_business_days_then_weekly_three_times_at_most(app: &TestApp) {
        scene(app);
        assert_eq!(on(app, "2026-10-21"), NOBODY);
        assert_eq!(on(app, "2026-10-22"), BOTH);
        assert_eq!(on(app, "2026-10-23"), NOBODY, "once a week");
        assert_eq!(on(app, "2026-10-29"), BOTH);
        assert_eq!(on(app, "2026-11-10"), BOTH, "late, but in its week");
        assert_eq!(on(app, "2026-11-12"), NOBODY);
        assert_eq!(on(app, "2026-12-31"), NOBODY);
        let letter = reminders(app).remove(0);
        assert_eq!(letter.subject, "请签收返利政策：季度返利");
        assert!(letter.text.contains("2026年10月15日"), "{}", letter.text);
    }

    fn who_signed_is_left_alone_and_a_new_version_is_to_be_signed_anew(app: &TestApp) {
        let [first, second] = scene(app);
        let version = app.read(|conn| policies::by_code(conn, "Q-1"));
        let boss = app.read(|conn| openrebate::people::managers_of(conn, first)).remove(0);
        let boss = boss.actor(None, None);
        app.db.write(&boss, |tx| policies::acknowledge(tx, &version.id, first)).unwrap();
        assert_eq!(on(app, "2026-10-22"), [BOTH[1]]);
        app.wait(TimeDelta::days(1));
        publish(app, "6");
        assert_eq!(on(app, "2026-10-29"), NOBODY, "the old version is no longer asked for");
        assert_eq!(on(app, "2026-10-30"), BOTH);
        let next = app.read(|conn| policies::by_code(conn, "Q-1"));
        let end = |tx: &mut openrebate::db::Tx<'_>| {
            policies::end(tx, &next.id, "2026-11-01".parse().unwrap(), "终止")
        };
        app.write(end);
        assert_eq!(on(app, "2026-11-06"), NOBODY, "it is over");
        assert!(app.read(|conn| policies::acknowledgement(conn, &next.id, second)).is_none());
    }

    fn two_processes_write_each_reminder_once(app: &TestApp) {
        scene(app);
        app.wait(TimeDelta::days(7));
        let other = openrebate::db::Db::open(app.db.url(), app.config.house(), app.db.clock().clone()).unwrap();
        let duty = Actor::system("signatures");
        let wrote = std::sync::atomic::AtomicUsize::new(0);
        eight_at_once(&|racer| {
            let db = if racer % 2 == 0 { &app.db } else { &other };
            let written = db.write(&duty, |tx| policies::remind(tx, RULE, 200))?;
            wrote.fetch_add(written, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        });
        assert_eq!((wrote.into_inner(), reminders(app).len()), (2, 2));
        let events = app.read(|conn| openrebate::audit::latest(conn, None, 100));
        assert_eq!(events.iter().filter(|event| event.action == "policy.reminded").count(), 2);
    }

    fn none_are_sent_where_they_are_switched_off(app: &TestApp) {
        scene(app);
        app.wait(TimeDelta::days(7));
        let (off, now) = (Reminders { most: 0, ..RULE }, app.db.now());
        let now = now.with_timezone(&app.config.house().zone);
        assert!(!app.read(|conn| policies::any_reminder(conn, off, now)));
        assert!(app.read(|conn| policies::any_reminder(conn, RULE, now)));
    }

    fn customers_hear_a_month_and_a_week_before_a_programme_ends(app: &TestApp) {
        let keys = [("C1", "甲商贸有限公司"), ("C2", "乙商贸有限公司")].map(|(code, name)| a_customer(app, code, name));
        a_buyer(app, "boss1", keys[0], CustomerRole::Manager);
        a_buyer(app, "clerk1", keys[0], CustomerRole::Finance);
        let source = POLICY.replace("from = 2026-01-01", "from = 2026-01-01\nto = 2026-12-31");
        let terms = parse(&source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, &source));
        let on = |day: &str| {
            let day: NaiveDate = day.parse().unwrap();
            app.wait(TimeDelta::days((day - app.db.today()).num_days()));
            let mut told = 0;
            eight_at_once(&|_| {
                while app.db.read(|conn| policies::any_ending(conn, app.db.today()))? {
                    app.db.write(&Actor::system("endings"), policies::tell_endings)?;
                }
                Ok(())
            });
            told += app.read(|conn| mailbox::latest(conn, None, None, 100))
                .into_iter().filter(|letter| letter.kind == "programme_ending").count();
            told
        };
        assert_eq!(on("2026-11-30"), 0, "31 days are left");
        assert_eq!(on("2026-12-01"), 1);
        let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("boss1@example.com", "返利政策“季度返利”即将到期"));
        assert!(letter.text.contains("2026年12月31日"), "{}", letter.text);
        // Who comes later hears of it a week before.
        a_buyer(app, "boss2", keys[1], CustomerRole::Manager);
        assert_eq!(on("2026-12-10"), 1);
        assert_eq!(on("2026-12-24"), 3);
        assert_eq!(on("2026-12-31"), 3);
        assert_eq!(on("2027-01-15"), 3);
    }
}
