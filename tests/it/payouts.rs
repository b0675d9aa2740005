//! Payouts: the money follows each step, each step happens once, and nobody approves their own.

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use openrebate::audit;
use openrebate::db::Tx;
use openrebate::db::schema::customers;
use openrebate::error::{Error, Result};
use openrebate::ledger::{self, Balance, Cause, Entry, Movement};
use openrebate::mailbox;
use openrebate::payouts::{
    Exclusion, Form, NewPayout, Payout, State, all, approve, count, lines, mark_sent,
    next_expected, of_customer, of_customer_one, payable_sources, prepare, reject, return_, settle,
    steps, submit,
};
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};
use openrebate::words;

use crate::support::{
    POLICY, TestApp, a_buyer, a_customer, a_member, an_account, eight_at_once, refusal, sell,
};

const CNY: Currency = Currency::CNY;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

struct Scene<'a> {
    app: &'a TestApp,
    customer: Key,
    other: Key,
    finance: Actor,
    approver: Actor,
}

/// Two customers; the first has earned 1,000.00 and then 500.00, and 70.00 are still estimated.
fn scene(app: &TestApp) -> Scene<'_> {
    let scene = Scene {
        app,
        customer: a_customer(app, "C1", "甲商贸有限公司"),
        other: a_customer(app, "C2", "乙商贸有限公司"),
        finance: a_member(app, "finance", StaffRole::ALL),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
    };
    an_account(app, scene.customer);
    scene.earn("q1", Movement::Accrue, 100_000);
    scene.earn("q1", Movement::Close, 100_000);
    scene.earn("q2", Movement::Adjust, 50_000);
    scene.earn("q3", Movement::Accrue, 7_000);
    scene
}

impl Scene<'_> {
    fn earn(&self, accrual: &str, movement: Movement, amount: i64) {
        let cause = if movement == Movement::Close { Cause::Close } else { Cause::Accrual };
        self.app.write(|tx| {
            let entry = Entry {
                cause,
                cause_id: accrual.to_owned(),
                policy: None,
                customer: self.customer,
                currency: CNY,
                effective: tx.today(),
                period: format!("2026-{}", accrual.to_uppercase()),
                prior_period: None,
                reference: "P-1".to_owned(),
                reason: String::new(),
                legs: movement.legs(self.customer, amount),
            };
            ledger::post(tx, entry)
        });
    }

    fn try_as(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<()>) -> Result<()> {
        self.app.db.write(actor, work)
    }

    #[track_caller]
    fn finance(&self, work: impl FnMut(&mut Tx<'_>) -> Result<()>) {
        self.try_as(&self.finance, work).unwrap();
    }

    fn prepare(&self, amount: Option<i64>) -> Result<Payout> {
        let customer = self.customer;
        let new = NewPayout { customer, currency: CNY, form: Form::Cash, amount, note: None };
        self.app.db.write(&self.finance, |tx| prepare(tx, new.clone()))
    }

    fn submitted(&self, amount: Option<i64>) -> Payout {
        let payout = self.prepare(amount).unwrap();
        self.finance(|tx| submit(tx, &payout.id));
        payout
    }

    fn approved(&self, amount: Option<i64>) -> Payout {
        let payout = self.submitted(amount);
        self.approve(&payout).unwrap();
        payout
    }

    fn approve(&self, payout: &Payout) -> Result<()> {
        self.try_as(&self.approver, |tx| approve(tx, &payout.id, &payout.content_hash))
    }

    fn sent(&self, amount: Option<i64>) -> Payout {
        let payout = self.approved(amount);
        self.finance(|tx| mark_sent(tx, &payout.id, day("2026-10-18"), Some("B-7")));
        payout
    }

    fn settled(&self, amount: Option<i64>) -> Payout {
        let payout = self.sent(amount);
        self.finance(|tx| settle(tx, &payout.id, day("2026-10-15"), None));
        payout
    }

    fn balance(&self) -> Balance {
        self.app.read(|conn| ledger::balance(conn, self.customer, CNY))
    }

    /// Available, reserved, in payment, paid.
    #[track_caller]
    fn check(&self, expected: [i64; 4]) {
        let b = self.balance();
        assert_eq!([b.available(), b.reserved, b.in_payment, b.paid], expected);
        assert_eq!(b.estimated, 7_000);
    }

    fn entries(&self, payout: &Payout) -> usize {
        self.app.read(|conn| ledger::of_cause(conn, Cause::Payout, payout.id.as_str())).len()
    }
}

both! {
    fn the_money_follows_each_step(app: &TestApp) {
        let scene = scene(app);
        scene.check([150_000, 0, 0, 0]);
        let payout = scene.prepare(Some(120_000)).unwrap();
        assert_eq!(payout.number, "FL-2026-10-000001");
        assert_eq!(payout.payee, "甲商贸有限公司");
        scene.check([30_000, 120_000, 0, 0]);
        scene.finance(|tx| submit(tx, &payout.id));
        scene.check([30_000, 120_000, 0, 0]);
        scene.approve(&payout).unwrap();
        scene.check([30_000, 0, 120_000, 0]);
        let arrives = day("2026-10-18");
        scene.finance(|tx| mark_sent(tx, &payout.id, arrives, Some("B-7")));
        scene.check([30_000, 0, 120_000, 0]);
        app.wait(TimeDelta::days(3));
        scene.finance(|tx| settle(tx, &payout.id, arrives, None));
        scene.check([30_000, 0, 0, 120_000]);

        let (id, customer) = (&payout.id, scene.customer);
        let found = app.read(|conn| of_customer_one(conn, customer, id));
        assert_eq!((found.state, found.settled_on), (State::Settled, Some(arrives)));
        assert_eq!(found.reference.as_deref(), Some("B-7"));
        let lines = app.read(|conn| lines(conn, id));
        let made_of: Vec<_> = lines.iter().map(|l| (l.cause_id.as_str(), l.amount)).collect();
        assert_eq!(made_of, [("q1", 100_000), ("q2", 20_000)]);
        let steps = app.read(|conn| steps(conn, id));
        let states: Vec<_> = steps.iter().map(|s| s.state.as_str()).collect();
        assert_eq!(states, ["draft", "submitted", "approved", "sent", "settled"]);
        assert_eq!(app.read(|conn| audit::of_object(conn, "payout", id.as_str())).len(), 5);
    }

    fn the_whole_balance_is_the_default_and_what_is_not_there_is_not_paid(app: &TestApp) {
        let scene = scene(app);
        assert_eq!(refusal(scene.prepare(Some(150_001))), "ledger-not-covered");
        assert!(matches!(scene.prepare(Some(0)), Err(Error::Invalid(_))));
        assert_eq!(scene.prepare(None).unwrap().amount, 150_000);
        assert_eq!(refusal(scene.prepare(None)), "payout-nothing-available-held");
        scene.check([0, 150_000, 0, 0]);
    }

    fn what_is_paid_is_not_paid_again_and_what_is_owed_back_is_set_off(app: &TestApp) {
        let scene = scene(app);
        scene.settled(Some(100_000));
        scene.earn("q1", Movement::Adjust, -20_000);
        let next = scene.prepare(None).unwrap();
        assert_eq!(next.amount, 30_000);
        let lines = app.read(|conn| lines(conn, &next.id));
        let made_of: Vec<_> = lines.iter().map(|l| (l.cause_id.as_str(), l.amount)).collect();
        assert_eq!(made_of, [("q1", -20_000), ("q2", 50_000)]);
        let sources = app.read(|conn| payable_sources(conn, scene.customer));
        let why: Vec<_> =
            sources.iter().map(|s| (s.cause_id.as_str(), s.open(), s.exclusion())).collect();
        let (paid, open) = (Some(Exclusion::InPayout), Some(Exclusion::StillEstimated));
        assert_eq!(why, [("q1", 0, paid), ("q2", 0, paid), ("q3", 0, open)]);
        scene.earn("q2", Movement::Adjust, -40_000);
        scene.finance(|tx| reject(tx, &next.id, "追回"));
        scene.check([-10_000, 0, 0, 100_000]);
        assert_eq!(refusal(scene.prepare(None)), "payout-nothing-available");
    }

    fn a_clawback_between_preparing_and_approving_stops_the_approval(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.submitted(None);
        scene.earn("q2", Movement::Adjust, -1);
        assert_eq!(refusal(scene.approve(&payout)), "ledger-not-covered");
        scene.check([-1, 150_000, 0, 0]);
        assert_eq!(scene.entries(&payout), 0);
    }

    fn who_prepared_or_submitted_it_does_not_approve_it_even_with_every_role(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.prepare(None).unwrap();
        let second = a_member(app, "second", StaffRole::ALL);
        scene.try_as(&second, |tx| submit(tx, &payout.id)).unwrap();
        for actor in [&scene.finance, &second] {
            let own = scene.try_as(actor, |tx| approve(tx, &payout.id, &payout.content_hash));
            assert_eq!(refusal(own), "payout-own-approval");
        }
        scene.check([0, 150_000, 0, 0]);
    }

    fn an_approval_is_for_what_was_shown(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.submitted(None);
        let other = scene.try_as(&scene.approver, |tx| approve(tx, &payout.id, "0000"));
        assert_eq!(refusal(other), "payout-changed-since-shown");
        app.write(|tx| {
            let row = customers::table.find(scene.customer);
            diesel::update(row).set(customers::name.eq("丙")).execute(&mut **tx)?;
            Ok(())
        });
        assert_eq!(refusal(scene.approve(&payout)), "payout-changed-since-shown");
        scene.check([0, 150_000, 0, 0]);
    }

    fn what_came_back_is_available_again_and_can_be_paid_anew(app: &TestApp) {
        let scene = scene(app);
        let sent = scene.sent(Some(110_000));
        scene.finance(|tx| return_(tx, &sent.id, "账号已注销"));
        scene.check([150_000, 0, 0, 0]);
        let settled = scene.settled(None);
        scene.check([0, 0, 0, 150_000]);
        scene.finance(|tx| return_(tx, &settled.id, "银行退票"));
        scene.check([150_000, 0, 0, 0]);
        let again = scene.try_as(&scene.finance, |tx| return_(tx, &settled.id, "银行退票"));
        assert_eq!(refusal(again), "payout-is-returned");
        assert_eq!(scene.prepare(None).unwrap().amount, 150_000);
    }

    fn a_customer_sees_their_own_approved_payouts_only(app: &TestApp) {
        let scene = scene(app);
        let approved = scene.approved(Some(10_000));
        let draft = scene.prepare(Some(10_000)).unwrap();
        let (own, other) = (scene.customer, scene.other);
        app.read(|conn| {
            assert_eq!(of_customer(conn, own, 0, 10)?.len(), 1);
            assert!(of_customer(conn, other, 0, 10)?.is_empty());
            let foreign = of_customer_one(conn, other, &approved.id);
            assert!(matches!(foreign, Err(Error::NotFound)));
            assert!(matches!(of_customer_one(conn, own, &draft.id), Err(Error::NotFound)));
            assert_eq!(all(conn, Some(State::Draft), 0, 10)?.len(), 1);
            assert_eq!(count(conn, None)?, 2);
            assert_eq!(next_expected(conn, own)?.map(|p| p.id), Some(approved.id.clone()));
            Ok(())
        });
    }

    fn the_customers_finance_people_hear_of_it(app: &TestApp) {
        let scene = scene(app);
        a_buyer(app, "viewer", scene.customer, CustomerRole::Viewer);
        a_buyer(app, "buyer", scene.customer, CustomerRole::Finance);
        a_buyer(app, "stranger", scene.other, CustomerRole::Finance);
        let payout = scene.sent(None);
        scene.finance(|tx| return_(tx, &payout.id, "账号已注销"));
        let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 50));
        letters.retain(|letter| letter.kind.starts_with("payout"));
        let sent: Vec<_> = letters.iter().map(|l| (l.kind.as_str(), l.to.as_str())).collect();
        let buyer = "buyer@example.com";
        let expected =
            [("payout_returned", buyer), ("payout_sent", buyer), ("payout_approved", buyer)];
        assert_eq!(sent, expected);
        assert!(letters[0].text.contains("账号已注销"));
    }

    fn eight_clicks_at_once_are_one_step(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.submitted(Some(120_000));
        let (db, id, finance) = (&app.db, &payout.id, &scene.finance);
        let approved = eight_at_once(&|_| scene.approve(&payout));
        scene.check([30_000, 0, 120_000, 0]);
        let sent = eight_at_once(&|_| {
            db.write(finance, |tx| mark_sent(tx, id, day("2026-10-18"), None))
        });
        let settled =
            eight_at_once(&|_| db.write(finance, |tx| settle(tx, id, day("2026-10-15"), None)));
        scene.check([30_000, 0, 0, 120_000]);
        let returned = eight_at_once(&|_| db.write(finance, |tx| return_(tx, id, "退回")));
        scene.check([150_000, 0, 0, 0]);
        assert_eq!([approved, sent, settled, returned], [1, 1, 1, 1]);
        assert_eq!(scene.entries(&payout), 3);
    }
}

#[test]
fn every_state_and_form_has_its_words() {
    for words in [words::english(), words::words(openrebate::values::Language::ZhCn)] {
        for state in State::ALL {
            assert!(words.has(state.sentence().key));
            assert!(!words.code("state-payout", state.as_str()).starts_with('['), "{state}");
        }
        for form in Form::ALL {
            assert!(!words.code("form", form.as_str()).starts_with('['), "{form}");
            assert!(ledger::Account::settled(form.as_str()).is_some(), "{form}");
        }
    }
}

both! {
    /// 5 % of 100,000.00 and 120,000.00 a quarter, paid out from 10,000.00 on.
    fn what_a_policy_owes_waits_until_its_minimum_has_come_together(app: &TestApp) {
        let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
        let finance = a_member(app, "finance", &[StaffRole::Finance]);
        let source = format!("{POLICY}minimum_payout = \"10000\"\n");
        let terms = openrebate::policies::parse(&source).unwrap();
        app.write(|tx| openrebate::policies::publish(tx, &terms, &source));
        sell(
            app,
            "1,A,2026-02-20,D-001,P-1,1,100000.00,CNY,invoice\n\
             2,B,2026-05-20,D-001,P-1,1,120000.00,CNY,invoice\n",
        );
        let close = |period: &str| {
            openrebate::accruals::close(&app.db, &Actor::operator(), period.parse().unwrap(), None)
                .unwrap();
        };
        an_account(app, customer);
        let prepared = |amount: Option<i64>| {
            app.db.write(&finance, |tx| {
                let form = Form::Cash;
                prepare(tx, NewPayout { customer, currency: CNY, form, amount, note: None })
            })
        };
        close("2026-Q1");
        for amount in [None, Some(1)] {
            assert_eq!(refusal(prepared(amount)), "payout-minimum-waits");
        }
        let sources = app.read(|conn| payable_sources(conn, customer));
        assert_eq!(sources[0].exclusion(), Some(Exclusion::BelowMinimum));
        close("2026-Q2");
        assert_eq!(prepared(None).unwrap().amount, 1_100_000);
    }

    fn approvers_hear_what_waits_and_proposers_what_became_of_it(app: &TestApp) {
        let scene = scene(app);
        // Finance holds every role here, the approver's too: nobody is asked to approve their own.
        let told = |kind: &str| {
            let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
            letters.retain(|letter| letter.kind == kind);
            letters.reverse();
            letters
        };
        let to = |kind: &str| told(kind).into_iter().map(|letter| letter.to).collect::<Vec<_>>();
        let first = scene.submitted(Some(20_000));
        assert_eq!(to("approval_waiting"), ["approver@example.com"]);
        assert!(scene.try_as(&scene.finance, |tx| submit(tx, &first.id)).is_err(), "again");
        scene.approve(&first).unwrap();
        assert_eq!(to("approval_given"), ["finance@example.com"]);
        let second = scene.submitted(Some(10_000));
        scene.try_as(&scene.approver, |tx| reject(tx, &second.id, "账户待核实")).unwrap();
        assert_eq!(to("approval_refused"), ["finance@example.com"]);
        let refused = told("approval_refused").remove(0);
        for part in [second.number.as_str(), "账户待核实", "甲商贸有限公司", "/staff/payouts/"] {
            assert!(refused.text.contains(part), "{part}: {}", refused.text);
        }
        // One's own draft taken back tells nobody what they did.
        let third = scene.submitted(Some(5_000));
        scene.finance(|tx| reject(tx, &third.id, "填错"));
        assert_eq!(to("approval_refused").len(), 1);
        assert_eq!(to("approval_waiting").len(), 3, "each once");
        for letter in told("approval_waiting") {
            assert!(!letter.subject.contains(['¥', '.']) && !letter.text.contains('¥'), "{}", letter.text);
        }
    }
}
