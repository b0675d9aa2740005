//! Where money goes: who may change it, who hears of it, how long it takes, and that nothing is
//! paid by transfer meanwhile.

use std::process::Command;

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::banking::{self, BankAccount, State};
use openrebate::db::{DatabaseUrl, Tx};
use openrebate::error::{Error, Result};
use openrebate::ledger::{self, Cause, Entry, Movement};
use openrebate::mailbox::{self, Posted};
use openrebate::payouts::{self, Form, NewPayout, Payout};
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};
use openrebate::worker::{DUTIES, Left};

use crate::support::{
    Engine, Form as Fields, PASSWORD, Site, TestApp, Visitor, a_buyer, a_customer, a_member,
    an_account, eight_at_once, moment, refusal, typed_account,
};
use crate::worker::workshop;

const CNY: Currency = Currency::CNY;
const NAME: &str = "甲商贸有限公司";
/// The account asked for: all of it, and as everybody but finance sees it.
const NEW: &str = "310066123018800077123";
const MASKED: &str = "中国工商银行 **** 7123";
/// The account before.
const OLD: &str = "1001234567890123456";

struct Scene<'a> {
    app: &'a TestApp,
    customer: Key,
    clerk: Actor,
    boss: Actor,
    finance: Actor,
    checker: Actor,
    approver: Actor,
}

/// A customer that was paid to an account all along and has 1,000.00 available.
fn scene(app: &TestApp) -> Scene<'_> {
    let customer = a_customer(app, "C1", NAME);
    an_account(app, customer);
    app.write(|tx| {
        let entry = Entry {
            cause: Cause::Accrual,
            cause_id: "a".to_owned(),
            policy: None,
            customer,
            currency: CNY,
            effective: tx.today(),
            period: "2026-Q3".to_owned(),
            prior_period: None,
            reference: "P-1".to_owned(),
            reason: String::new(),
            legs: Movement::Adjust.legs(customer, 100_000),
        };
        ledger::post(tx, entry)
    });
    a_buyer(app, "reader", customer, CustomerRole::Viewer);
    Scene {
        app,
        customer,
        clerk: a_buyer(app, "clerk", customer, CustomerRole::Finance),
        boss: a_buyer(app, "boss", customer, CustomerRole::Manager),
        finance: a_member(app, "finance", &[StaffRole::Finance]),
        checker: a_member(app, "checker", &[StaffRole::Finance, StaffRole::Approver]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
    }
}

impl Scene<'_> {
    fn by<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.app.db.write(actor, work)
    }

    fn ask(&self, actor: &Actor, number: &str) -> Result<BankAccount> {
        let mut typed = typed_account(NAME, number);
        typed.email = "treasurer@new.example".to_owned();
        self.by(actor, |tx| banking::request(tx, self.customer, &typed))
    }

    fn asked(&self) -> BankAccount {
        self.ask(&self.clerk, NEW).unwrap()
    }

    fn accept(&self, actor: &Actor, account: &BankAccount) -> Result<()> {
        let shown = account.content_hash.clone();
        self.by(actor, |tx| banking::accept(tx, &account.id, &shown, "致电核实", 3))
    }

    fn tick(&self) {
        let clock = Actor::system("bank accounts");
        self.by(&clock, |tx| banking::take_effect(tx, 10)).unwrap();
    }

    fn draft(&self) -> Result<Payout> {
        let customer = self.customer;
        let amount = Some(10_000);
        let new = NewPayout { customer, currency: CNY, form: Form::Cash, amount, note: None };
        self.by(&self.finance, |tx| payouts::prepare(tx, new.clone()))
    }

    fn submit(&self, payout: &Payout) -> Result<()> {
        self.by(&self.finance, |tx| payouts::submit(tx, &payout.id))
    }

    fn approve(&self, actor: &Actor, payout: &Payout) -> Result<()> {
        self.by(actor, |tx| payouts::approve(tx, &payout.id, &payout.content_hash))
    }

    fn state(&self, account: &BankAccount) -> State {
        self.app.read(|conn| banking::by_id(conn, &account.id)).state
    }

    /// To whom letters of the kind went.
    fn told(&self, kind: &str) -> Vec<String> {
        let mut to: Vec<_> = self.letters(kind).into_iter().map(|letter| letter.to).collect();
        to.sort();
        to
    }

    fn letters(&self, kind: &str) -> Vec<Posted> {
        let mut letters = self.app.read(|conn| mailbox::of_customer(conn, self.customer, 100));
        letters.retain(|letter| letter.kind == kind);
        letters
    }
}

/// Everybody who hears of the change: both contacts, finance and managers, nobody twice.
const HEARERS: [&str; 4] =
    ["boss@example.com", "cashier@buyer.example", "clerk@example.com", "treasurer@new.example"];

#[track_caller]
fn wrong<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, &'static str)> {
    match result {
        Err(Error::Invalid(problems)) => {
            problems.into_iter().map(|p| (p.field, p.text.key)).collect()
        }
        other => panic!("not invalid: {other:?}"),
    }
}

fn visitor(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

both! {
    fn a_change_is_checked_waits_and_takes_effect_to_the_minute(app: &TestApp) {
        let scene = scene(app);
        let old = app.read(|conn| banking::current(conn, scene.customer)).unwrap();
        let account = scene.asked();
        assert_eq!(account.state, State::Requested);
        assert_eq!(scene.told("bank_change_requested"), HEARERS);
        // Time alone does nothing to what nobody checked.
        app.wait(TimeDelta::days(30));
        scene.tick();
        assert_eq!(scene.state(&account), State::Requested);
        app.db.clock().set(moment("2026-10-15T02:00:00Z"));
        scene.accept(&scene.checker, &account).unwrap();
        // Thursday ten o'clock and three business days: Friday, Monday, Tuesday ten o'clock.
        let cooling = app.read(|conn| banking::by_id(conn, &account.id));
        assert_eq!(cooling.cools_until, Some(moment("2026-10-20T02:00:00Z")));
        app.db.clock().set(moment("2026-10-20T01:59:59Z"));
        assert!(!app.read(|conn| banking::any_due(conn, app.db.now())));
        scene.tick();
        assert_eq!(scene.state(&account), State::Cooling);
        assert_eq!(scene.told("bank_change_effective").len(), 1, "of the first account only");
        app.db.clock().set(moment("2026-10-20T02:00:00Z"));
        let duty = DUTIES.iter().find(|duty| duty.name == "bank accounts").unwrap();
        assert_eq!((duty.work)(&workshop(app)).unwrap(), Left::Something);
        assert_eq!((duty.work)(&workshop(app)).unwrap(), Left::Nothing);
        assert_eq!((scene.state(&account), scene.state(&old)), (State::Effective, State::Superseded));
        let now = app.read(|conn| banking::current(conn, scene.customer)).unwrap();
        assert_eq!((now.id, now.effective_at), (account.id.clone(), Some(moment("2026-10-20T02:00:00Z"))));
        let mut told = scene.letters("bank_change_effective");
        told.retain(|letter| letter.cause_id == account.id.as_str());
        let mut to: Vec<_> = told.iter().map(|letter| letter.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, HEARERS);
        for letter in told.iter().chain(&scene.letters("bank_change_requested")) {
            for part in [MASKED, "中国工商银行 **** 3456", "不是您本人", "021-5550 0100", "/company"] {
                assert!(letter.text.contains(part), "{part}: {}", letter.text);
            }
            assert!(!letter.subject.contains(['*', '¥']) && !letter.subject.contains("7123"));
            for number in [NEW, OLD] {
                assert!(!letter.text.contains(number) && !letter.html.contains(number));
            }
        }
        // The way it took, and by whom.
        let steps = app.read(|conn| banking::steps(conn, std::slice::from_ref(&account.id)));
        let steps: Vec<_> = steps[&account.id].iter().map(|s| (s.state, s.actor_name.as_str(), s.note.as_str())).collect();
        assert_eq!(steps, [
            (State::Requested, "clerk", ""),
            (State::Cooling, "checker", "致电核实"),
            (State::Effective, "bank accounts", ""),
        ]);
        assert_eq!(app.read(banking::verify), Vec::<String>::new());
    }

    fn nothing_is_paid_by_transfer_while_the_account_changes(app: &TestApp) {
        let scene = scene(app);
        let (draft, waiting) = (scene.draft().unwrap(), scene.draft().unwrap());
        scene.submit(&waiting).unwrap();
        let account = scene.asked();
        for state in ["bank-pay-requested", "bank-pay-cooling"] {
            if state == "bank-pay-cooling" {
                scene.accept(&scene.checker, &account).unwrap();
            }
            assert_eq!(refusal(scene.draft()), state);
            assert_eq!(refusal(scene.submit(&draft)), state);
            assert_eq!(refusal(scene.approve(&scene.approver, &waiting)), state);
        }
        // What isn't a transfer goes on.
        let new = NewPayout {
            customer: scene.customer,
            currency: CNY,
            form: Form::CreditNote,
            amount: Some(1_000),
            note: None,
        };
        let note = scene.by(&scene.finance, |tx| payouts::prepare(tx, new.clone())).unwrap();
        assert_eq!(note.account, None);
        scene.submit(&note).unwrap();
        scene.approve(&scene.approver, &note).unwrap();
        app.wait(TimeDelta::days(7));
        scene.tick();
        // The account they were prepared for isn't the one in force any more.
        assert_eq!(refusal(scene.submit(&draft)), "payout-account-other");
        assert_eq!(refusal(scene.approve(&scene.approver, &waiting)), "payout-account-other");
        let payout = scene.draft().unwrap();
        assert_eq!(payout.account.as_ref(), Some(&account.id));
        scene.submit(&payout).unwrap();
        assert_eq!(refusal(scene.approve(&scene.checker, &payout)), "payout-own-account");
        scene.approve(&scene.approver, &payout).unwrap();
        // A later change leaves alone what was approved: it names the account it was approved for.
        scene.ask(&scene.boss, "12345678").unwrap();
        let today = app.db.today();
        scene.by(&scene.finance, |tx| payouts::mark_sent(tx, &payout.id, today, None)).unwrap();
        let sent = app.read(|conn| payouts::by_id(conn, &payout.id));
        assert_eq!(sent.account, Some(account.id));
        for kind in ["payout_approved", "payout_sent"] {
            let letters = scene.letters(kind);
            let own = |letter: &&Posted| letter.cause_id == payout.id.as_str();
            let letter = letters.iter().find(own).unwrap();
            assert!(letter.text.contains(MASKED), "{}", letter.text);
            assert!(!letter.text.contains(NEW));
        }
        assert_eq!(app.read(payouts::verify), Vec::<String>::new());
    }

    fn without_an_account_or_with_another_name_nothing_is_transferred(app: &TestApp) {
        let scene = scene(app);
        let bare = a_customer(app, "C2", "乙商贸有限公司");
        assert_eq!(refusal(app.db.read(|conn| banking::payable(conn, bare))), "bank-pay-none");
        let payout = scene.draft().unwrap();
        scene.submit(&payout).unwrap();
        a_customer(app, "C1", "甲商贸集团有限公司");
        let approved = scene.approve(&scene.approver, &payout);
        assert_eq!(refusal(approved), "payout-changed-since-shown");
        assert_eq!(refusal(app.db.read(|conn| payouts::check_account(conn, &payout))), "bank-pay-other-holder");
        assert_eq!(refusal(scene.draft()), "bank-pay-other-holder");
    }

    fn only_those_who_may_take_a_step(app: &TestApp) {
        let scene = scene(app);
        let other = a_customer(app, "C2", "乙商贸有限公司");
        let stranger = a_buyer(app, "stranger", other, CustomerRole::Manager);
        let reader = app.read(|conn| openrebate::people::by_email(conn, "reader@example.com"));
        let admin = a_member(app, "admin", &[StaffRole::Admin]);
        for actor in [&reader.actor(None, None), &stranger, &scene.finance, &admin, &Actor::operator()] {
            assert_eq!(refusal(scene.ask(actor, NEW)), "bank-needs-customer-finance", "{}", actor.name);
        }
        let account = scene.asked();
        for actor in [&scene.clerk, &scene.boss, &scene.approver, &admin, &Actor::operator()] {
            assert_eq!(refusal(scene.accept(actor, &account)), "bank-needs-finance", "{}", actor.name);
            let reject = scene.by(actor, |tx| banking::reject(tx, &account.id, "x"));
            assert_eq!(refusal(reject), "bank-needs-finance", "{}", actor.name);
        }
        for actor in [&stranger, &scene.approver, &admin] {
            let cancel = scene.by(actor, |tx| banking::cancel(tx, &account.id, "x"));
            assert_eq!(refusal(cancel), "bank-needs-finance", "{}", actor.name);
            let reveal = scene.by(actor, |tx| banking::reveal(tx, &account.id));
            assert_eq!(refusal(reveal), "bank-needs-finance", "{}", actor.name);
        }
        let take_over = |actor: &Actor| {
            let typed = typed_account("乙商贸有限公司", OLD);
            scene.by(actor, |tx| banking::take_over(tx, other, &typed))
        };
        for actor in [&scene.finance, &admin, &stranger] {
            assert_eq!(refusal(take_over(actor)), "bank-needs-finance");
        }
        take_over(&Actor::operator()).unwrap();
        assert_eq!(refusal(take_over(&Actor::operator())), "bank-known-already");
        // What was shown, and how it was checked.
        let changed = scene.by(&scene.finance, |tx| banking::accept(tx, &account.id, "x", "y", 3));
        assert_eq!(refusal(changed), "bank-changed-since-shown");
        let shown = account.content_hash.clone();
        let silent = scene.by(&scene.finance, |tx| banking::accept(tx, &account.id, &shown, " ", 3));
        assert_eq!(wrong(silent), [("verified".to_owned(), "bank-verified-missing")]);
        let silent = scene.by(&scene.finance, |tx| banking::reject(tx, &account.id, " "));
        assert_eq!(wrong(silent), [("reason".to_owned(), "bank-reason-missing")]);
        assert_eq!(scene.state(&account), State::Requested);
        assert_eq!(refusal(scene.ask(&scene.boss, "12345678")), "bank-change-open");
    }

    fn a_change_that_ends_tells_both_contacts_and_leaves_the_old_account(app: &TestApp) {
        let scene = scene(app);
        let first = scene.asked();
        scene.by(&scene.finance, |tx| banking::reject(tx, &first.id, "联系人未曾申请")).unwrap();
        assert_eq!(scene.told("bank_change_rejected"), HEARERS);
        let letter = scene.letters("bank_change_rejected").remove(0);
        assert_eq!(letter.subject, "收款账户申请未通过");
        assert!(letter.text.contains("联系人未曾申请"), "{}", letter.text);
        assert!(!letter.text.contains(NEW));
        let second = scene.asked();
        scene.by(&scene.boss, |tx| banking::cancel(tx, &second.id, "")).unwrap();
        let third = scene.asked();
        scene.accept(&scene.finance, &third).unwrap();
        let silent = scene.by(&scene.finance, |tx| banking::cancel(tx, &third.id, " "));
        assert_eq!(wrong(silent), [("reason".to_owned(), "bank-reason-missing")]);
        scene.by(&scene.finance, |tx| banking::cancel(tx, &third.id, "客户来电")).unwrap();
        assert_eq!(scene.told("bank_change_rejected").len(), 12);
        app.wait(TimeDelta::days(30));
        scene.tick();
        let states = [&first, &second, &third].map(|account| scene.state(account));
        assert_eq!(states, [State::Rejected, State::Cancelled, State::Cancelled]);
        let now = app.read(|conn| banking::current(conn, scene.customer)).unwrap();
        assert_eq!(now.details.number.in_full(), OLD);
        // Each step once.
        assert_eq!(refusal(scene.accept(&scene.finance, &first)), "bank-is-rejected");
        let again = scene.by(&scene.boss, |tx| banking::cancel(tx, &second.id, ""));
        assert_eq!(refusal(again), "bank-is-cancelled");
        scene.draft().unwrap();
        let same = scene.by(&scene.clerk, |tx| {
            banking::request(tx, scene.customer, &typed_account(NAME, OLD))
        });
        assert_eq!(wrong(same), [("number".to_owned(), "bank-same")]);
    }

    fn of_many_at_once_one_is_first(app: &TestApp) {
        let scene = scene(app);
        let asked = eight_at_once(&|racer| {
            scene.ask(&scene.clerk, &format!("1000000{racer}")).map(|_| ())
        });
        assert_eq!(asked, 1);
        assert_eq!(scene.told("bank_change_requested").len(), 4);
        let account = app.read(|conn| banking::open_change(conn, scene.customer)).unwrap();
        let accepted = eight_at_once(&|_| scene.accept(&scene.finance, &account));
        assert_eq!(accepted, 1);
        app.wait(TimeDelta::days(7));
        eight_at_once(&|_| {
            scene.tick();
            Ok(())
        });
        let all = app.read(|conn| banking::of_customer(conn, scene.customer));
        let states: Vec<_> = all.iter().map(|account| account.state).collect();
        assert_eq!(states, [State::Effective, State::Superseded]);
        let own = |letter: &Posted| letter.cause_id == account.id.as_str();
        let told = scene.letters("bank_change_effective").into_iter().filter(own).count();
        assert_eq!(told, 4);
    }

    fn approving_and_changing_at_once_end_well_in_any_order(app: &TestApp) {
        let scene = scene(app);
        for _ in 0..4 {
            let payout = scene.draft().unwrap();
            scene.submit(&payout).unwrap();
            let barrier = std::sync::Barrier::new(2);
            let (approved, asked) = std::thread::scope(|threads| {
                let approving = threads.spawn(|| {
                    barrier.wait();
                    scene.approve(&scene.approver, &payout)
                });
                barrier.wait();
                let asked = scene.ask(&scene.clerk, NEW);
                (approving.join().unwrap(), asked)
            });
            // The request always stands; the approval came before it, or not at all.
            let account = asked.unwrap();
            let state = app.read(|conn| payouts::by_id(conn, &payout.id)).state;
            match approved {
                Ok(()) => assert_eq!(state, payouts::State::Approved),
                refused => {
                    assert_eq!(refusal(refused), "bank-pay-requested");
                    assert_eq!(state, payouts::State::Submitted);
                }
            }
            scene.by(&scene.clerk, |tx| banking::cancel(tx, &account.id, "")).unwrap();
        }
        // The other orders, one after the other.
        let payout = scene.draft().unwrap();
        scene.submit(&payout).unwrap();
        let account = scene.asked();
        scene.accept(&scene.checker, &account).unwrap();
        assert_eq!(refusal(scene.approve(&scene.approver, &payout)), "bank-pay-cooling");
        scene.by(&scene.clerk, |tx| banking::cancel(tx, &account.id, "")).unwrap();
        scene.approve(&scene.approver, &payout).unwrap();
        assert_eq!(app.read(payouts::verify), Vec::<String>::new());
    }

    fn asking_takes_the_password_again(app: &TestApp) {
        let scene = scene(app);
        let site = Site::of(app);
        let clerk = visitor(&site, "clerk");
        let filled = || {
            let page = clerk.get("/company/bank-account");
            page.form("/company/bank-account")
                .with("holder", NAME)
                .with("bank", "中国工商银行")
                .with("branch", "上海市徐汇支行")
                .with("number", NEW)
                .with("email", "treasurer@new.example")
                .with("phone", "021-5550 0199")
        };
        clerk.get("/company/bank-account").assert_has(NAME);
        for (password, said) in
            [("", "Enter your password."), ("not this one", "The password is wrong")]
        {
            let page = clerk.post(&filled().with("password", password));
            page.assert_status(422).assert_has(said);
            let again = page.form("/company/bank-account");
            assert_eq!(again.value("number"), Some(NEW), "what was typed stays");
            assert_eq!(again.value("password"), Some(""));
        }
        assert_eq!(app.read(|conn| banking::open_change(conn, scene.customer)), None);
        // What is wrong is said at each field, and changes nothing.
        let page = clerk.post(&filled().with("password", PASSWORD).with("holder", "张三").with("number", "1"));
        page.assert_status(422).assert_has("exactly the contracting legal entity").assert_has("8 to 32 digits");
        let form = filled().with("password", PASSWORD);
        let page = clerk.submit(&form);
        page.assert_status(200).assert_has("**** 7123").assert_has("The request has been sent");
        // Posted once more it leads to the same place, and nothing is asked for twice.
        clerk.submit(&form).assert_status(200);
        assert_eq!(app.read(|conn| banking::of_customer(conn, scene.customer)).len(), 2);
        clerk.post(&filled_by_hand(&form)).assert_status(409).assert_has("A change is already in progress");
        let events = app.read(|conn| audit::latest(conn, None, 500));
        let count = |action: &str| events.iter().filter(|e| e.action == action).count();
        assert_eq!(count("bank_account.requested"), 1);
        assert_eq!(count("person.password_refused"), 1);
        // Taken back on the page.
        let id = app.read(|conn| banking::open_change(conn, scene.customer)).unwrap().id;
        let page = clerk.get("/company");
        let cancel = page.form(&format!("/company/bank-accounts/{id}/cancellation"));
        clerk.submit(&cancel).assert_status(200).assert_has("withdrawn");
        clerk.get("/help").assert_has("business days pass before it takes effect");
        clerk.post(&cancel.clone().without("form_key")).assert_status(409);
        // Guessing ends.
        for _ in 0..12 {
            clerk.post(&filled().with("password", "guess"));
        }
        clerk.post(&filled().with("password", PASSWORD)).assert_status(429);
        assert_eq!(app.read(|conn| banking::open_change(conn, scene.customer)), None);
    }

    fn finance_checks_it_and_alone_sees_the_number(app: &TestApp) {
        let scene = scene(app);
        let account = scene.asked();
        let site = Site::of(app);
        let (finance, approver) = (visitor(&site, "finance"), visitor(&site, "approver"));
        let (reader, boss) = (visitor(&site, "reader"), visitor(&site, "boss"));
        let path = format!("/staff/bank-accounts/{}", account.id);
        finance.get("/staff").assert_has("Bank accounts to verify");
        finance.get("/staff/bank-accounts").assert_has(NAME).assert_has("**** 7123");
        finance.get("/staff/bank-accounts?customer=C1").assert_has("**** 3456");
        let page = finance.get("/staff/payouts/new?customer=C1");
        page.assert_has("that is waiting to be verified");
        let page = finance.submit(&page.form("/staff/payouts").with("form", "cash"));
        page.assert_status(422).assert_has("that is waiting to be verified");
        let read = |events: &[audit::Recorded]| {
            events.iter().filter(|e| e.action == "bank_account.number_read").count()
        };
        let shown = [
            finance.get(&path),
            approver.get(&path),
            reader.get("/company"),
            boss.get("/company"),
            boss.get("/company/bank-account"),
        ];
        for page in shown {
            page.assert_status(200);
            for number in [NEW, "3100 6612", OLD, "1001 2345"] {
                assert!(!page.body().contains(number), "{number} on {}", page.path);
            }
        }
        assert_eq!(read(&app.read(|conn| audit::latest(conn, None, 500))), 0);
        finance.get(&format!("{path}/number")).assert_has("3100 6612 3018 8000 7712 3");
        assert_eq!(read(&app.read(|conn| audit::latest(conn, None, 500))), 1);
        approver.get(&format!("{path}/number")).assert_status(404);
        assert_eq!(read(&app.read(|conn| audit::latest(conn, None, 500))), 1);
        // A viewer is offered nothing.
        assert!(!reader.get("/company").body().contains("<form method=\"post\" action=\"/company"));
        reader.get("/company/bank-account").assert_status(404);
        let page = finance.get(&path);
        let accept = page.form(&format!("{path}/acceptance"));
        finance.post(&accept).assert_status(422).assert_has("Say how it was verified");
        finance.submit(&accept.with("verified", "called them")).assert_status(200).assert_has("waiting period");
        assert!(!boss.get("/company").body().contains("called them"), "the house's own");
        app.wait(TimeDelta::days(7));
        scene.tick();
        let payout = scene.draft().unwrap();
        scene.submit(&payout).unwrap();
        // Sessions don't last that long.
        let approver = visitor(&site, "approver");
        let page = approver.get(&format!("/staff/payouts/{}", payout.id));
        page.assert_has("**** 7123").assert_has("changed today");
        app.wait(TimeDelta::days(3));
        let (approver, reader) = (visitor(&site, "approver"), visitor(&site, "reader"));
        let page = approver.get(&format!("/staff/payouts/{}", payout.id));
        page.assert_has("changed 3 days ago");
        let form = page.form(&format!("/staff/payouts/{}/approval", payout.id));
        approver.submit(&form).assert_status(200);
        reader.get(&format!("/payouts/{}", payout.id)).assert_has("**** 7123");
        app.wait(TimeDelta::days(30));
        let approver = visitor(&site, "approver");
        let page = approver.get(&format!("/staff/payouts/{}", payout.id));
        assert!(!page.body().contains("days ago"), "it isn't new any more");
    }

    fn a_number_changed_behind_the_portals_back_is_found(app: &TestApp) {
        let scene = scene(app);
        scene.draft().unwrap();
        app.will_tamper();
        let drop = match app.engine {
            Engine::Sqlite => "DROP TRIGGER bank_accounts_frozen",
            Engine::Postgres => "DROP TRIGGER bank_accounts_frozen ON bank_accounts",
        };
        app.sql(drop).unwrap();
        app.sql("UPDATE bank_accounts SET account_number = '99999999'").unwrap();
        let said = app.read(banking::verify);
        assert!(said[0].ends_with("its content doesn't match its hash"), "{said:?}");
        let said = app.read(payouts::verify);
        assert!(said[0].ends_with("its content doesn't match its hash"), "{said:?}");
    }

    fn known_accounts_come_in_from_a_file(app: &TestApp) {
        a_customer(app, "C1", NAME);
        a_customer(app, "C2", "乙商贸有限公司");
        let url = match app.db.url() {
            DatabaseUrl::Postgres { url, .. } => url.clone(),
            sqlite => sqlite.to_string(),
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.csv");
        let head = "customer,holder,bank,branch,number,email,phone\n";
        let line = |code: &str, holder: &str| {
            format!("{code},{holder},中国银行,某支行,10012345678,a@b.example,021-55500190\n")
        };
        let run = |lines: &str| {
            std::fs::write(&file, format!("{head}{lines}")).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_openrebate"))
                .args(["--database", &url, "bank-accounts", "import"])
                .arg(&file)
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8(said).unwrap())
        };
        let (done, said) = run(&(line("C1", NAME) + &line("C2", "张三")));
        assert!(!done && said.contains(":3:") && said.contains("exactly the contracting legal entity"), "{said}");
        let (done, said) = run(&line("C9", NAME));
        assert!(!done && said.contains("no customer C9"), "{said}");
        let (done, said) = run(&(line("C1", NAME) + &line("C2", "乙商贸有限公司")));
        assert!(done && said.contains("2 accounts entered, 0 customers had one"), "{said}");
        let (done, said) = run(&line("C1", NAME));
        assert!(done && said.contains("0 accounts entered, 1 customers had one"), "{said}");
        assert_eq!(app.read(|conn| banking::count(conn, &[State::Effective])), 2);
    }
}

/// The same fields once more, as a form of its own.
fn filled_by_hand(form: &Fields) -> Fields {
    form.clone().without("form_key")
}
