//! Balances that expire: told a month and a week before, held while disputed, booked to the last
//! fen and once, said on the statement; and nobody loses time by an amendment.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{NaiveDate, TimeDelta};
use openrebate::accruals;
use openrebate::disputes::{self, Category, NewDispute, Subject, SubjectKind};
use openrebate::expiry::{self, Standing, Today};
use openrebate::ledger::{self, Account, Cause, Posted};
use openrebate::mailbox::{self, Posted as Letter};
use openrebate::payouts::{self, Exclusion, Form, NewPayout, Payout};
use openrebate::policies;
use openrebate::reports::{self, ExportFilter, Report};
use openrebate::statements::{self, Statement};
use openrebate::values::{Actor, Currency, CustomerRole, DisputeId, Key, Language, StaffRole};
use openrebate::words;

use crate::support::{
    Engine, PASSWORD, POLICY, Site, TestApp, Visitor, a_buyer, a_customer, a_member, an_account,
    eight_at_once, moment, sell,
};

const CNY: Currency = Currency::CNY;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The policy with a term.
fn term(months: u32) -> String {
    POLICY.replace("form = \"cash\"", &format!("form = \"cash\"\nexpires_after_months = {months}"))
}

fn publish(app: &TestApp, source: &str) {
    let terms = policies::parse(source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, source));
}

fn close(app: &TestApp, period: &str) {
    accruals::close(&app.db, &Actor::operator(), period.parse().unwrap(), None).unwrap();
}

struct Scene<'a> {
    app: &'a TestApp,
    customer: Key,
    other: Key,
    finance: Actor,
    approver: Actor,
    clerk: Actor,
}

/// D-001 has earned 6,000.00 in the third quarter and D-002 5,000.00, good for so many months from
/// 15 October 2026.
fn scene(app: &TestApp, months: u32) -> Scene<'_> {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    let other = a_customer(app, "D-002", "苏州盛达商贸有限公司");
    publish(app, &term(months));
    sell(
        app,
        "1,INV-1,2026-07-20,D-001,P-1,150,120000.00,CNY,invoice\n\
         2,INV-2,2026-09-02,D-002,P-1,100,100000.00,CNY,invoice\n",
    );
    close(app, "2026-Q3");
    an_account(app, customer);
    a_buyer(app, "viewer", customer, CustomerRole::Viewer);
    a_buyer(app, "boss", customer, CustomerRole::Manager);
    a_buyer(app, "stranger", other, CustomerRole::Finance);
    Scene {
        app,
        customer,
        other,
        finance: a_member(app, "finance", &[StaffRole::Finance]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
        clerk: a_buyer(app, "clerk", customer, CustomerRole::Finance),
    }
}

impl Scene<'_> {
    /// The schedule on the day, half past midnight in Shanghai.
    fn on(&self, on: &str) {
        self.at(&format!("{}T16:30:00Z", day(on).pred_opt().unwrap()));
        self.work();
    }

    fn at(&self, at: &str) {
        self.app.db.clock().set(moment(at));
    }

    fn work(&self) -> bool {
        expiry::work(&self.app.db, &Actor::system("expiry"), &|| false).unwrap()
    }

    fn standings(&self) -> Vec<Standing> {
        let today = Today::of(&self.app.db);
        self.app.read(|conn| expiry::of_customer(conn, self.customer, today))
    }

    /// What is left of the first lot, what of it is held, and the rest by day.
    #[track_caller]
    fn left(&self, left: i64, held: i64, parts: &[(&str, i64)]) {
        let one = self.standings().remove(0);
        let found: Vec<_> = one.parts.iter().map(|p| (p.due.to_string(), p.amount)).collect();
        let parts: Vec<_> = parts.iter().map(|(day, sum)| ((*day).to_owned(), *sum)).collect();
        assert_eq!((one.left, one.held, found), (left, held, parts));
    }

    /// Available, reserved, in payment.
    #[track_caller]
    fn balance(&self, expected: [i64; 3]) {
        let b = self.app.read(|conn| ledger::balance(conn, self.customer, CNY));
        assert_eq!([b.available(), b.reserved, b.in_payment], expected);
    }

    fn expired(&self) -> Vec<Posted> {
        let mut entries = self.app.read(|conn| ledger::of_customer(conn, self.customer, None, 100));
        entries.retain(|entry| entry.cause == Cause::Expiry);
        entries.reverse();
        entries
    }

    fn letters(&self, kind: &str) -> Vec<Letter> {
        let mut letters = self.app.read(|conn| mailbox::of_customer(conn, self.customer, 200));
        letters.retain(|letter| letter.kind == kind);
        letters.sort_by(|a, b| (a.created_at, &a.to).cmp(&(b.created_at, &b.to)));
        letters
    }

    fn prepare(&self, amount: i64) -> Payout {
        let (customer, amount) = (self.customer, Some(amount));
        let new = NewPayout { customer, currency: CNY, form: Form::Cash, amount, note: None };
        self.app.db.write(&self.finance, |tx| payouts::prepare(tx, new.clone())).unwrap()
    }

    fn pay(&self, amount: i64) -> Payout {
        let payout = self.prepare(amount);
        self.app.db.write(&self.finance, |tx| payouts::submit(tx, &payout.id)).unwrap();
        let (id, shown) = (&payout.id, &payout.content_hash);
        self.app.db.write(&self.approver, |tx| payouts::approve(tx, id, shown)).unwrap();
        payout
    }

    fn dispute(&self, disputed: i64) -> DisputeId {
        let new = NewDispute {
            customer: self.customer,
            category: Category::MissingInvoice,
            subject: Subject {
                kind: SubjectKind::MissingInvoice,
                id: "INV-9".to_owned(),
                text: "发票 INV-9".to_owned(),
            },
            currency: CNY,
            disputed,
            expected: None,
            text: "少计一张发票".to_owned(),
            facts: serde_json::json!({}),
        };
        let terms = disputes::Terms::default();
        self.app.db.write(&self.clerk, |tx| disputes::file(tx, new.clone(), &terms)).unwrap().id
    }

    fn withdraw(&self, dispute: &DisputeId) {
        let customer = self.customer;
        self.app.db.write(&self.clerk, |tx| disputes::withdraw(tx, customer, dispute)).unwrap();
    }

    fn statement(&self, period: &str) -> Statement {
        self.at("2027-06-02T02:00:00Z");
        let (period, open) = (period.parse().unwrap(), disputes::open_on_statement);
        statements::issue(&self.app.db, &Actor::operator(), period, None, 10, &open).unwrap();
        self.app.read(|conn| statements::of_customer(conn, self.customer)).remove(0)
    }

    #[track_caller]
    fn sound(&self) {
        accruals::run(&self.app.db, &Actor::operator(), self.app.db.today(), None).unwrap();
        assert_eq!(self.app.read(reports::verify).differences, Vec::<String>::new());
    }
}

both! {
    fn from_the_closing_to_the_last_fen(app: &TestApp) {
        let scene = scene(app, 6);
        scene.left(600_000, 0, &[("2027-04-15", 600_000)]);
        scene.on("2027-03-15");
        assert_eq!(scene.letters("balance_expiring").len(), 0, "31 days before");
        scene.on("2027-03-16");
        let told = scene.letters("balance_expiring");
        let to: Vec<&str> = told.iter().map(|letter| letter.to.as_str()).collect();
        assert_eq!(to, ["boss@example.com", "clerk@example.com"]);
        assert_eq!(told[0].subject, "贵公司的部分返利余额将于2027年4月15日到期");
        for part in ["季度返利", "2026年第3季度", "2027年4月15日"] {
            assert!(told[0].text.contains(part), "{part}: {}", told[0].text);
        }
        for text in [&told[0].subject, &told[0].text, &told[0].html] {
            assert!(!text.contains('¥') && !text.contains("6,000"), "{text}");
        }
        assert!(!scene.work(), "once a day");
        for on in ["2027-03-17", "2027-04-07"] {
            scene.on(on);
            assert_eq!(scene.letters("balance_expiring").len(), 2, "once a month before");
        }

        // 2,000.00 is paid, and 1,500.00 disputed.
        scene.at("2027-04-07T02:00:00Z");
        let payout = scene.pay(200_000);
        let dispute = scene.dispute(150_000);
        scene.balance([250_000, 150_000, 200_000]);
        scene.left(400_000, 150_000, &[("2027-04-15", 250_000)]);
        scene.on("2027-04-08");
        scene.on("2027-04-09");
        assert_eq!(scene.letters("balance_expiring").len(), 4, "a week before");

        // It is good until the end of its last day.
        scene.on("2027-04-15");
        assert_eq!(scene.expired().len(), 0);
        scene.on("2027-04-16");
        assert!(!scene.work());
        let booked = scene.expired();
        assert_eq!(booked.len(), 1);
        let entry = &booked[0];
        assert_eq!((entry.on(Account::Payable), entry.on(Account::WriteOff)), (250_000, -250_000));
        assert_eq!((entry.effective, &*entry.period), (day("2027-04-15"), "2026-Q3"));
        assert_eq!(entry.reference, "Q-1 2026-Q3 2027-04-15");
        assert_eq!(entry.actor_name, "expiry");
        scene.balance([0, 150_000, 200_000]);
        let told = scene.letters("balance_expired");
        assert_eq!(told.len(), 2);
        assert!(told[0].text.contains("有效至2027年4月15日"), "{}", told[0].text);
        assert!(!told[0].text.contains('¥') && !told[0].subject.contains('¥'));
        scene.left(150_000, 150_000, &[]);
        scene.sound();

        // Let go, it is good for a week, and that is told.
        scene.at("2027-04-20T02:00:00Z");
        scene.withdraw(&dispute);
        scene.balance([150_000, 0, 200_000]);
        scene.left(150_000, 0, &[("2027-04-28", 150_000)]);
        scene.on("2027-04-21");
        assert_eq!(scene.letters("balance_expiring").len(), 6);
        scene.left(150_000, 0, &[("2027-04-28", 150_000)]);
        scene.on("2027-04-28");
        assert_eq!(scene.expired().len(), 1);
        scene.on("2027-04-29");
        scene.balance([0, 0, 200_000]);
        let amounts: Vec<i64> = scene.expired().iter().map(|e| e.on(Account::Payable)).collect();
        assert_eq!(amounts, [250_000, 150_000]);
        for on in ["2027-04-30", "2027-05-01", "2027-06-01"] {
            scene.on(on);
        }
        assert_eq!((scene.expired().len(), scene.letters("balance_expired").len()), (2, 4));

        // The statement says it, and adds up.
        let statement = scene.statement("2027-04");
        let figures = statement.content.figures;
        assert_eq!((figures.accrued, figures.paid, figures.expired), (600_000, 0, 400_000));
        assert_eq!((figures.closing, figures.on_hold), (200_000, 200_000));
        assert!(figures.add_up());
        let lines: Vec<_> = statement.content.expiries.iter().map(|l| (l.on, l.amount)).collect();
        assert_eq!(lines, [(day("2027-04-15"), 250_000), (day("2027-04-28"), 150_000)]);
        let csv = reports::statement_rows(&statement).rows;
        let text = format!("{csv:?}");
        for part in ["\"expiry\"", "-2500.00", "-1500.00", "-4000.00", "available from 2026-10-15"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for language in Language::ALL {
            let words = words::words(*language);
            let paper = statements::Paper::new(&statement, words, app.db.house());
            let rows: i64 = paper.expiries.iter().map(|row| row.amount.minor).sum();
            assert_eq!((rows, paper.expired.minor), (400_000, 400_000));
            assert!(!statements::pdf(&statement, app.db.house(), *language).unwrap().is_empty());
        }
        scene.app.db.write(&scene.finance, |tx| payouts::mark_sent(tx, &payout.id, day("2027-06-03"), None)).unwrap();
        scene.sound();
    }

    fn what_is_paid_or_comes_too_late_to_be_told(app: &TestApp) {
        let scene = scene(app, 6);
        // The portal stood still: told late, it is good a week longer.
        scene.on("2027-04-20");
        assert_eq!(scene.expired().len(), 0);
        assert_eq!(scene.letters("balance_expiring")[0].subject, "贵公司的部分返利余额将于2027年4月27日到期");
        // A payout that comes back on its last day leaves a week.
        scene.at("2027-04-21T02:00:00Z");
        let payout = scene.pay(600_000);
        scene.left(0, 0, &[]);
        scene.on("2027-04-28");
        assert_eq!(scene.expired().len(), 0);
        scene.at("2027-04-28T02:00:00Z");
        let id = payout.id.clone();
        scene.app.db.write(&scene.finance, |tx| payouts::mark_sent(tx, &id, day("2027-05-01"), None)).unwrap();
        scene.app.db.write(&scene.finance, |tx| payouts::return_(tx, &id, "账户有误")).unwrap();
        scene.left(600_000, 0, &[("2027-05-06", 600_000)]);
        scene.on("2027-04-29");
        scene.left(600_000, 0, &[("2027-05-06", 600_000)]);
        scene.on("2027-05-06");
        assert_eq!(scene.expired().len(), 0);
        scene.on("2027-05-07");
        let amounts: Vec<i64> = scene.expired().iter().map(|e| e.on(Account::Payable)).collect();
        assert_eq!(amounts, [600_000]);
        // Nothing of it can be paid.
        let sources = app.read(|conn| payouts::payable_sources(conn, scene.customer));
        assert_eq!(sources[0].exclusion(), Some(Exclusion::Expired));
        scene.sound();
    }

    fn a_payout_being_prepared_holds_and_a_rejected_one_lets_go(app: &TestApp) {
        let scene = scene(app, 6);
        scene.on("2027-03-16");
        scene.on("2027-04-08");
        scene.at("2027-04-10T02:00:00Z");
        let payout = scene.prepare(100_000);
        scene.on("2027-04-16");
        scene.balance([0, 100_000, 0]);
        let id = payout.id;
        scene.at("2027-05-10T02:00:00Z");
        scene.app.db.write(&scene.approver, |tx| payouts::reject(tx, &id, "资料不全")).unwrap();
        scene.work();
        scene.left(100_000, 0, &[("2027-05-18", 100_000)]);
        scene.on("2027-05-11");
        scene.on("2027-05-18");
        scene.balance([100_000, 0, 0]);
        scene.on("2027-05-19");
        scene.balance([0, 0, 0]);
        scene.sound();
    }

    fn the_version_by_which_it_became_available_decides(app: &TestApp) {
        let scene = scene(app, 6);
        // Amended from the quarter that is closed, and from the next one on.
        publish(app, &term(1).replace("2026-01-01", "2026-07-01"));
        sell(app, "3,INV-3,2026-10-05,D-001,P-1,100,100000.00,CNY,invoice\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        scene.left(600_000, 0, &[("2027-04-15", 600_000)]);
        // The closing's local date: 31 January in Shanghai; February has no such day.
        scene.at("2027-01-30T17:00:00Z");
        close(app, "2026-Q4");
        let lots: Vec<_> = scene.standings().iter().map(|s| (s.lot.available_on, s.lot.last_day)).collect();
        let [first, second] = [("2026-10-15", "2027-04-15"), ("2027-01-31", "2027-02-28")].map(|(a, b)| (day(a), day(b)));
        assert_eq!(lots, [second, first], "what expires first at first");
        // What expires first is paid first, though it was earned last.
        scene.pay(500_000);
        let sources = app.read(|conn| payouts::payable_sources(conn, scene.customer));
        let open: Vec<_> = sources.iter().map(|s| (&*s.period, s.open())).collect();
        assert_eq!(open, [("2026-Q4", 0), ("2026-Q3", 600_000)]);
        // Without a term again, nothing new has one; what has one keeps it.
        publish(app, &POLICY.replace("2026-01-01", "2027-01-01"));
        sell(app, "4,INV-4,2027-01-05,D-001,P-1,100,100000.00,CNY,invoice\n");
        scene.at("2027-04-10T02:00:00Z");
        close(app, "2027-Q1");
        assert_eq!(scene.standings().len(), 2);
        for on in ["2027-04-11", "2027-04-19", "2027-04-20"] {
            scene.on(on);
        }
        scene.balance([500_000, 0, 500_000]);
        // What was taken back was set off against what has a time, so less of it expired.
        let gone: i64 = scene.expired().iter().map(|e| e.on(Account::Payable)).sum();
        assert_eq!(gone, 600_000);
        scene.sound();
    }

    fn returns_use_it_up_and_corrections_upwards_never_expire(app: &TestApp) {
        let scene = scene(app, 6);
        sell(app, "5,CN-5,2026-08-02,D-001,P-1,-10,-10000.00,CNY,return\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        scene.left(550_000, 0, &[("2027-04-15", 550_000)]);
        sell(app, "6,INV-6,2026-08-03,D-001,P-1,10,20000.00,CNY,invoice\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        scene.left(550_000, 0, &[("2027-04-15", 550_000)]);
        scene.balance([650_000, 0, 0]);
        for on in ["2027-04-01", "2027-04-08", "2027-04-16"] {
            scene.on(on);
        }
        scene.balance([100_000, 0, 0]);
        let statement = scene.statement("2027-04");
        assert!(statement.content.figures.add_up());
        assert_eq!(statement.content.figures.expired, 550_000);
        scene.sound();
    }

    fn what_expired_is_not_taken_back_once_more(app: &TestApp) {
        let scene = scene(app, 6);
        for on in ["2027-04-01", "2027-04-08", "2027-04-16"] {
            scene.on(on);
        }
        scene.balance([0, 0, 0]);
        let corrected = |line: &str| {
            sell(app, line);
            accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
            let last = app.read(|conn| ledger::of_customer(conn, scene.customer, None, 1));
            [Account::Payable, Account::WriteOff, Account::RebateExpense].map(|a| last[0].on(a))
        };
        // The customer never had what the return takes back.
        let returned = corrected("5,CN-5,2026-08-02,D-001,P-1,-10,-10000.00,CNY,return\n");
        assert_eq!(returned, [0, 50_000, -50_000]);
        scene.balance([0, 0, 0]);
        let returned = corrected("6,CN-6,2026-08-03,D-001,P-1,-110,-110000.00,CNY,return\n");
        assert_eq!(returned, [0, 550_000, -550_000]);
        scene.balance([0, 0, 0]);
        // Bought again, it is there for good; returned again, it is taken.
        corrected("7,INV-7,2026-08-04,D-001,P-1,120,120000.00,CNY,invoice\n");
        scene.balance([600_000, 0, 0]);
        let returned = corrected("8,CN-8,2026-08-05,D-001,P-1,-10,-10000.00,CNY,return\n");
        assert_eq!(returned, [50_000, 0, -50_000]);
        scene.balance([550_000, 0, 0]);
        assert!(scene.statement("2027-04").content.figures.add_up());
        scene.sound();
    }

    fn nothing_expires_while_nobody_can_be_told(app: &TestApp) {
        let scene = scene(app, 6);
        app.sql("UPDATE people SET state = 'disabled' WHERE customer_id IS NOT NULL").unwrap();
        for on in ["2027-04-01", "2027-04-08", "2027-04-16", "2027-05-16"] {
            scene.on(on);
        }
        assert_eq!(scene.letters("balance_expiring").len(), 0);
        scene.balance([600_000, 0, 0]);
        app.sql("UPDATE people SET state = 'active' WHERE customer_id IS NOT NULL").unwrap();
        for on in ["2027-05-17", "2027-05-24"] {
            scene.on(on);
        }
        assert_eq!(scene.letters("balance_expiring").len(), 2);
        scene.balance([600_000, 0, 0]);
        scene.on("2027-05-25");
        scene.balance([0, 0, 0]);
        assert_eq!(scene.standings()[0].expired_on(), Some(day("2027-05-24")));
        scene.sound();
    }

    fn many_processes_book_it_once(app: &TestApp) {
        let scene = scene(app, 6);
        scene.on("2027-04-08");
        scene.at("2027-04-16T02:00:00Z");
        let finished = AtomicUsize::new(0);
        eight_at_once(&|_| {
            let done = expiry::work(&app.db, &Actor::system("expiry"), &|| false)?;
            finished.fetch_add(usize::from(done), Ordering::Relaxed);
            Ok(())
        });
        assert_eq!(finished.into_inner(), 1, "one finished the day");
        assert_eq!(scene.expired().len(), 1);
        assert_eq!(scene.letters("balance_expired").len(), 2);
        assert_eq!(scene.letters("balance_expiring").len(), 2);
        scene.balance([0, 0, 0]);
        let other = app.read(|conn| ledger::balance(conn, scene.other, CNY));
        assert_eq!(other.available(), 0);
        scene.sound();
    }

    fn killed_in_the_middle_it_is_gone_on_with(app: &TestApp) {
        let scene = scene(app, 6);
        scene.on("2027-04-08");
        scene.at("2027-04-16T02:00:00Z");
        // The second customer's write dies, after the ledger and before its end.
        let (refuse, allow) = match app.engine {
            Engine::Sqlite => (
                format!("CREATE TRIGGER dies BEFORE INSERT ON expiry_bookings WHEN (SELECT customer_id FROM \
                 expiry_lots WHERE entry_id = NEW.lot_id) = {} BEGIN SELECT RAISE(ABORT, 'killed'); END", scene.other),
                "DROP TRIGGER dies",
            ),
            Engine::Postgres => (
                format!("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF (SELECT customer_id FROM expiry_lots WHERE entry_id = NEW.lot_id) = {} THEN \
                 RAISE EXCEPTION 'killed'; END IF; RETURN NEW; END $$; CREATE TRIGGER dies BEFORE INSERT ON \
                 expiry_bookings FOR EACH ROW EXECUTE FUNCTION die()", scene.other),
                "DROP TRIGGER dies ON expiry_bookings",
            ),
        };
        app.sql(&refuse).unwrap();
        let work = || expiry::work(&app.db, &Actor::system("expiry"), &|| false);
        assert!(work().is_err());
        assert!(work().is_err(), "the day isn't done");
        assert_eq!(scene.expired().len(), 1, "it held up nobody else");
        let other = |app: &TestApp| app.read(|conn| ledger::balance(conn, scene.other, CNY)).available();
        assert_eq!(other(app), 500_000);
        app.sql(allow).unwrap();
        assert!(work().unwrap());
        assert_eq!((scene.expired().len(), other(app)), (1, 0));
        // Told to stop, it stops.
        scene.at("2027-04-17T02:00:00Z");
        assert!(expiry::work(&app.db, &Actor::system("expiry"), &|| true).unwrap(), "nobody is left to look at");
        scene.sound();
    }

    fn what_was_changed_by_hand_is_found(app: &TestApp) {
        let scene = scene(app, 6);
        scene.on("2027-04-08");
        scene.on("2027-04-16");
        scene.sound();
        app.will_tamper();
        for table in ["expiry_lots", "expiry_bookings", "expiry_warnings"] {
            for change in [format!("UPDATE {table} SET customer_id = 1"), format!("DELETE FROM {table}")] {
                let change = change.replace("expiry_bookings SET customer_id", "expiry_bookings SET amount_minor");
                assert!(app.sql(&change).is_err(), "{change}");
            }
        }
        let drop = |table: &str, verb: &str| match app.engine {
            Engine::Sqlite => format!("DROP TRIGGER {table}_no_{verb}"),
            Engine::Postgres => format!("DROP TRIGGER IF EXISTS {table}_append_only ON {table}"),
        };
        for (table, verb) in [("expiry_lots", "update"), ("expiry_bookings", "update"), ("expiry_bookings", "delete")] {
            app.sql(&drop(table, verb)).unwrap();
        }
        let lots = "balance available from closing ";
        let bookings = "expiry ";
        for (change, undo, begins, ends) in [
            ("UPDATE expiry_lots SET last_day = '2027-05-15'", "UPDATE expiry_lots SET last_day = '2027-04-15'", lots, "its version gives it another last day"),
            ("UPDATE expiry_lots SET amount_minor = amount_minor + 1", "UPDATE expiry_lots SET amount_minor = amount_minor - 1", lots, "its closing says something else"),
            ("UPDATE expiry_bookings SET amount_minor = amount_minor + 1", "UPDATE expiry_bookings SET amount_minor = amount_minor - 1", bookings, "the ledger says something else"),
        ] {
            app.sql(change).unwrap();
            let found = app.read(reports::verify).differences;
            assert!(found.iter().any(|said| said.starts_with(begins) && said.ends_with(ends)), "{change}: {found:#?}");
            app.sql(undo).unwrap();
            scene.sound();
        }
        app.sql("DELETE FROM expiry_bookings").unwrap();
        let found = app.read(reports::verify).differences;
        assert!(found.iter().any(|said| said.ends_with("it expires what nothing says")), "{found:#?}");
    }

    fn people_see_what_expires_and_why(app: &TestApp) {
        let scene = scene(app, 6);
        let site = Site::of(app);
        let signed_in = |name: &str| -> Visitor {
            let visitor = site.visitor("en");
            visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
            visitor
        };
        scene.at("2027-02-01T02:00:00Z");
        let paid = scene.pay(100_000).number;
        scene.dispute(50_000);
        let clerk = signed_in("clerk");
        let home = clerk.get("/home");
        home.assert_has("¥4,500.00 expires on 15 Apr 2027.");
        assert_eq!(home.link("Details"), "/balances#expiring");
        let balances = clerk.get("/balances");
        balances.assert_has("Every list adds up to its balance");
        let rows = balances.texts("#expiring tbody tr").join("\n");
        for part in ["Quarterly rebate", "15 Oct 2026", "15 Apr 2027", "¥4,500.00", "On hold: not for now", "¥500.00"] {
            assert!(rows.contains(part), "{part}: {rows}");
        }
        let path = balances.links("#expiring tbody a").remove(0).1;
        let why = clerk.get(&path);
        for part in [&*format!("Payout {paid}"), "-¥1,000.00", "¥6,000.00", "¥5,000.00", "6 months", "version 1",
            "¥4,500.00 expires at the end of 15 Apr 2027.", "¥500.00 is on hold and doesn’t expire for now."] {
            why.assert_has(part);
        }
        signed_in("viewer").get(&path).assert_status(200);
        // Somebody else's, and none: the same answer.
        let stranger = signed_in("stranger");
        let foreign = stranger.get(&path);
        foreign.assert_status(404);
        assert_eq!(stranger.get("/balances/nothing").assert_status(404).text(), foreign.text());
        stranger.get("/home").assert_has("¥5,000.00 expires on 15 Apr 2027.");
        site.visitor("en").peek(&path).assert_status(303);
        // The company's people.
        let finance = signed_in("finance");
        let page = finance.get("/staff/customers/D-001");
        let rows = page.texts("main tbody tr").join("\n");
        assert!(rows.contains("15 Apr 2027") && rows.contains("¥4,500.00"), "{rows}");
        finance.get("/staff/payouts/new").assert_has("¥4,500.00 expires on 15 Apr 2027.");
        finance.get("/staff/payouts/new?customer=D-001").assert_has("¥4,500.00 expires on 15 Apr 2027.");
        assert_ne!(finance.peek(&path).status, 200);
        // The programme's own page says the term.
        let programme = clerk.get("/programmes").links("main a").into_iter().find(|(text, _)| text.contains("Quarterly")).unwrap().1;
        clerk.get(&programme).assert_has("expires at the end of the day 6 months later");
        // Afterwards.
        scene.on("2027-04-08");
        scene.on("2027-04-16");
        let clerk = signed_in("clerk");
        clerk.get("/home").assert_has("Part of the available balance expired");
        let balances = clerk.get("/balances");
        balances.assert_has("Every list adds up to its balance");
        balances.assert_has("less what expired");
        assert!(balances.texts("#expired tbody tr").join("\n").contains("¥4,500.00"));
        clerk.get(&path).assert_has("Expired");
        let statement = scene.statement("2027-04");
        let clerk = signed_in("clerk");
        let page = clerk.get(&format!("/statements/{}", statement.id));
        page.assert_has("What expired").assert_has("¥4,500.00");
        let ledger = app.read(|conn| reports::export(conn, Report::Ledger, &ExportFilter::default()));
        let rows = format!("{:?}", ledger.rows);
        for part in ["write_off", "expiry", "Q-1 2026-Q3 2027-04-15", "4500.00"] {
            assert!(rows.contains(part), "{part}: {rows}");
        }
        scene.sound();
    }

    fn without_people_the_statement_contacts_are_told_and_without_a_term_nobody_is(app: &TestApp) {
        let nobody = a_customer(app, "D-009", "宁波远航贸易有限公司");
        publish(app, &term(1));
        sell(app, "9,INV-9,2026-07-20,D-009,P-1,150,120000.00,CNY,invoice\n");
        app.write(|tx| {
            let to = vec![openrebate::values::EmailAddress::parse("books@customer.example").unwrap()];
            openrebate::customers::set_statement_contacts(tx, nobody, to)
        });
        let work = || expiry::work(&app.db, &Actor::system("expiry"), &|| false).unwrap();
        let audited = || app.read(openrebate::audit::checkpoint).count;
        let before = audited();
        assert!(!work());
        assert_eq!(audited(), before, "nothing is written while nothing has a term");
        close(app, "2026-Q3");
        app.wait(TimeDelta::days(2));
        assert!(work());
        let letters = app.read(|conn| mailbox::of_customer(conn, nobody, 10));
        let to: Vec<_> = letters.iter().map(|l| (&*l.kind, &*l.to)).collect();
        assert_eq!(to, [("balance_expiring", "books@customer.example")]);
    }
}
