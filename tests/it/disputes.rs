//! Disputes: money moves with the decision, exactly once; nobody decides twice; nothing internal
//! reaches the customer.

mod around;
mod beyond;
mod desk;
mod money;
mod pairs;
mod queue;
mod race;
mod window;

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::db::Tx;
use openrebate::disputes::{
    self, Category, Dispute, EventKind, Filter, NewDispute, Order, Outcome, Place, Sort, State,
    Subject, SubjectKind, Terms, Verdict, View,
};
use openrebate::error::{Error, Result};
use openrebate::ledger::{self, Cause, Entry, Movement};
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};
use openrebate::words;

use crate::support::{TestApp, a_buyer, a_customer, a_member, an_account, eight_at_once, refusal};

const CNY: Currency = Currency::CNY;

struct Scene<'a> {
    app: &'a TestApp,
    customer: Key,
    buyer: Actor,
    manager: Actor,
    approver: Actor,
    reviewer: Actor,
    terms: Terms,
}

/// A customer with 10,000.00 available, and everybody it takes to argue about it.
fn scene(app: &TestApp) -> Scene<'_> {
    let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
    let customer = a_customer(app, "C1", "甲商贸有限公司");
    app.write(|tx| {
        ledger::post(
            tx,
            Entry {
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
                legs: Movement::Adjust.legs(customer, 1_000_000),
            },
        )
    });
    Scene {
        app,
        customer,
        buyer: a_buyer(app, "buyer", customer, CustomerRole::Finance),
        manager,
        approver: a_member(app, "approver", &[StaffRole::Approver]),
        reviewer: a_member(app, "reviewer", &[StaffRole::AppealsReviewer]),
        terms: Terms::default(),
    }
}

fn verdict(outcome: Outcome, granted: i64) -> Verdict {
    let reason = "核对发票后更正".to_owned();
    Verdict { outcome, granted, reason, beyond: Some(granted) }
}

impl Scene<'_> {
    fn filed(&self, disputed: i64) -> Dispute {
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
            facts: serde_json::json!({ "available": "10000.00" }),
        };
        let filed =
            self.app.db.write(&self.buyer, |tx| disputes::file(tx, new.clone(), &self.terms));
        filed.unwrap()
    }

    /// Filed and taken up by the account manager.
    fn in_review(&self, disputed: i64) -> Dispute {
        let filed = self.filed(disputed);
        let manager = self.manager.person().unwrap();
        self.by(&self.manager, |tx| disputes::assign(tx, &filed.id, manager)).unwrap();
        self.now(&filed)
    }

    fn by<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.app.db.write(actor, work)
    }

    fn decide(&self, dispute: &Dispute, verdict: &Verdict) -> Result<State> {
        self.by(&self.manager, |tx| {
            disputes::decide(tx, &dispute.id, dispute.revision, verdict, &self.terms)
        })
    }

    fn appealed(&self, dispute: &Dispute) -> Result<()> {
        self.by(&self.buyer, |tx| {
            disputes::appeal(tx, self.customer, &dispute.id, "仍有异议", &self.terms)
        })
    }

    fn now(&self, dispute: &Dispute) -> Dispute {
        let reach = disputes::Reach::default();
        self.app.read(|conn| disputes::one(conn, &reach, &dispute.id)).dispute
    }

    /// State, available, reserved.
    #[track_caller]
    fn check(&self, dispute: &Dispute, expected: (State, i64, i64)) {
        let b = self.app.read(|conn| ledger::balance(conn, self.customer, CNY));
        assert_eq!((self.now(dispute).state, b.available(), b.reserved), expected);
    }

    fn asked(&self, view: View) -> Filter {
        let today = self.app.db.today();
        Filter::of(view, today, today)
    }

    /// The numbers of what somebody sees, by what is due first.
    fn listed(&self, actor: &Actor, filter: &Filter) -> Vec<String> {
        let reach = self.app.read(|conn| disputes::reach(conn, actor, self.app.db.today()));
        let order = Order { by: Sort::Due, descending: false };
        let page =
            self.app.read(|conn| disputes::queue(conn, &reach, filter, order, &Place::Start, 50));
        page.items.into_iter().map(|item| item.number).collect()
    }

    fn entries(&self, dispute: &Dispute) -> Vec<ledger::Posted> {
        self.app.read(|conn| ledger::of_cause(conn, Cause::Dispute, dispute.id.as_str()))
    }
}

both! {
    fn accepting_with_money_moves_exactly_that_much_and_only_once(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(200_000);
        assert_eq!(dispute.number, "ZY-2026-10-000001");
        assert_eq!(dispute.assignee.as_ref(), scene.manager.person());
        scene.check(&dispute, (State::InReview, 800_000, 200_000));
        let accepted = verdict(Outcome::Accepted, 125_000);
        assert_eq!(scene.decide(&dispute, &accepted).unwrap(), State::Decided);
        scene.check(&dispute, (State::Decided, 1_125_000, 0));
        assert_eq!(refusal(scene.decide(&dispute, &accepted)), "dispute-is-decided");
        scene.check(&dispute, (State::Decided, 1_125_000, 0));
        let entries = scene.entries(&dispute);
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].reference.as_str(), entries[0].period.as_str()),
            ("ZY-2026-10-000001", "2026-10"));
        assert_eq!(entries[0].reason, "核对发票后更正");
        scene.by(&scene.buyer, |tx| disputes::accept(tx, scene.customer, &dispute.id)).unwrap();
        scene.check(&dispute, (State::Closed, 1_125_000, 0));
    }

    fn no_more_is_held_than_there_is_and_a_rejection_moves_nothing(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(1_500_000);
        scene.check(&dispute, (State::InReview, 0, 1_000_000));
        scene.decide(&dispute, &verdict(Outcome::Rejected, 0)).unwrap();
        scene.check(&dispute, (State::Decided, 1_000_000, 0));
        assert!(scene.entries(&dispute).is_empty());
    }

    fn above_the_limit_somebody_else_approves_first(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let large = verdict(Outcome::Accepted, 500_001);
        assert_eq!(scene.decide(&dispute, &large).unwrap(), State::AwaitingApproval);
        scene.check(&dispute, (State::AwaitingApproval, 1_000_000, 0));
        let (customer, id) = (scene.customer, &dispute.id);
        let shown = app.read(|conn| disputes::of_customer_one(conn, customer, id));
        assert_eq!(shown.state, State::InReview);
        assert!(app.read(|conn| disputes::public_decisions(conn, id)).is_empty());
        let revision = scene.now(&dispute).revision;
        let approve = |actor: &Actor, revision| {
            scene.by(actor, |tx| disputes::approve_decision(tx, id, revision, &scene.terms))
        };
        let mut both_roles = scene.manager.clone();
        both_roles.identity = openrebate::values::Identity::Staff {
            person: scene.manager.person().unwrap().clone(),
            roles: StaffRole::ALL.iter().copied().collect(),
        };
        assert_eq!(refusal(approve(&both_roles, revision)), "dispute-own-approval");
        assert_eq!(refusal(approve(&scene.approver, revision - 1)), "dispute-changed-meanwhile");
        assert_eq!(approve(&scene.approver, revision).unwrap(), State::Decided);
        scene.check(&dispute, (State::Decided, 1_500_001, 0));
        assert_eq!(refusal(approve(&scene.approver, revision)), "dispute-is-decided");
        let decision = app.read(|conn| disputes::public_decisions(conn, id)).remove(0);
        assert_eq!(decision.decided_by_name, "manager");
        assert_eq!(decision.approved_by_name.as_deref(), Some("approver"));
        assert_eq!(decision.entry, Some(scene.entries(&dispute)[0].id.clone()));
    }

    fn an_approver_can_send_a_decision_back(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(100);
        scene.decide(&dispute, &verdict(Outcome::Accepted, 600_000)).unwrap();
        let revision = scene.now(&dispute).revision;
        let id = &dispute.id;
        scene
            .by(&scene.approver, |tx| disputes::return_decision(tx, id, revision, "依据不足"))
            .unwrap();
        scene.check(&dispute, (State::InReview, 999_900, 100));
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Partly, 50)).unwrap();
        scene.check(&dispute, (State::Decided, 1_000_050, 0));
        let public = app.read(|conn| disputes::public_events(conn, id));
        assert!(public.iter().all(|event| !event.internal));
        let kinds: Vec<_> = public.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["filed", "assigned", "decided"]);
    }

    fn the_appeal_is_decided_by_somebody_who_had_no_hand_in_it(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(100_000);
        let id = &dispute.id;
        scene.decide(&dispute, &verdict(Outcome::Partly, 40_000)).unwrap();
        scene.appealed(&dispute).unwrap();
        scene.check(&dispute, (State::Appealed, 980_000, 60_000));
        let mut manager = scene.manager.clone();
        manager.identity = openrebate::values::Identity::Staff {
            person: scene.manager.person().unwrap().clone(),
            roles: StaffRole::ALL.iter().copied().collect(),
        };
        let own = scene.by(&manager, |tx| disputes::take_appeal(tx, id));
        assert_eq!(refusal(own), "dispute-own-appeal");
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, id)).unwrap();
        let second = a_member(app, "second", &[StaffRole::AppealsReviewer]);
        let revision = scene.now(&dispute).revision;
        let decide = |actor: &Actor| {
            let granted = verdict(Outcome::Accepted, 60_000);
            scene.by(actor, |tx| {
                disputes::decide_appeal(tx, id, revision, &granted, &scene.terms)
            })
        };
        assert_eq!(refusal(decide(&second)), "dispute-needs-reviewer");
        assert_eq!(decide(&scene.reviewer).unwrap(), State::AppealDecided);
        scene.check(&dispute, (State::AppealDecided, 1_100_000, 0));
        assert_eq!(scene.entries(&dispute).len(), 2);
        assert_eq!(refusal(scene.appealed(&dispute)), "dispute-is-appeal-decided");
    }

    fn after_the_window_a_decision_stands(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        scene.decide(&dispute, &verdict(Outcome::Rejected, 0)).unwrap();
        let until = scene.now(&dispute).appeal_until.unwrap();
        let lapse = || app.write(|tx| disputes::close_lapsed(tx, 100));
        assert_eq!(lapse(), 0);
        let days = (until - app.db.today()).num_days();
        app.wait(TimeDelta::days(days));
        assert_eq!(lapse(), 0);
        app.wait(TimeDelta::days(1));
        assert_eq!(refusal(scene.appealed(&dispute)), "dispute-appeal-too-late");
        assert_eq!(lapse(), 1);
        assert_eq!(lapse(), 0);
        scene.check(&dispute, (State::Closed, 1_000_000, 0));
    }

    fn while_the_customer_is_asked_the_clock_stands(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let id = &dispute.id;
        scene.by(&scene.manager, |tx| disputes::ask(tx, id, "请提供发票")).unwrap();
        scene.check(&dispute, (State::WaitingCustomer, 1_000_000, 0));
        app.wait(TimeDelta::days(7));
        scene.by(&scene.buyer, |tx| disputes::answer(tx, id, "见附件")).unwrap();
        let after = scene.now(&dispute);
        assert_eq!(after.state, State::InReview);
        // Thursday to Thursday without holidays: five business days waited.
        assert_eq!((after.decision_due - dispute.decision_due).num_days(), 7);
    }

    fn a_stale_page_decides_nothing(app: &TestApp) {
        let scene = scene(app);
        let stale = scene.in_review(0);
        scene.by(&scene.buyer, |tx| disputes::answer(tx, &stale.id, "补充说明")).unwrap();
        let refused = scene.decide(&stale, &verdict(Outcome::Accepted, 100));
        assert_eq!(refusal(refused), "dispute-changed-meanwhile");
        scene.check(&stale, (State::InReview, 1_000_000, 0));
    }

    fn eight_racers_decide_or_withdraw_and_one_wins(app: &TestApp) {
        let scene = scene(app);
        for _ in 0..3 {
            let before = app.read(|conn| ledger::balance(conn, scene.customer, CNY)).available();
            let dispute = scene.in_review(10_000);
            let accepted = verdict(Outcome::Accepted, 125_000);
            let won = eight_at_once(&|racer| {
                if racer % 2 == 0 {
                    scene.decide(&dispute, &accepted).map(|_| ())
                } else {
                    let (customer, id) = (scene.customer, &dispute.id);
                    scene.by(&scene.buyer, |tx| disputes::withdraw(tx, customer, id))
                }
            });
            assert_eq!(won, 1);
            match scene.now(&dispute).state {
                State::Decided => {
                    scene.check(&dispute, (State::Decided, before + 125_000, 0));
                    assert_eq!(scene.entries(&dispute).len(), 1);
                }
                _ => {
                    scene.check(&dispute, (State::Withdrawn, before, 0));
                    assert!(scene.entries(&dispute).is_empty());
                }
            }
        }
    }

    fn what_is_not_the_customers_is_not_there(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let id = &dispute.id;
        let other = a_customer(app, "C2", "乙商贸有限公司");
        let stranger = a_buyer(app, "stranger", other, CustomerRole::Manager);
        let gone = |result: Result<()>| assert!(matches!(result, Err(Error::NotFound)));
        gone(scene.by(&stranger, |tx| disputes::withdraw(tx, other, id)));
        gone(scene.by(&stranger, |tx| disputes::answer(tx, id, "!")));
        gone(scene.by(&scene.buyer, |tx| disputes::withdraw(tx, other, id)));
        gone(app.db.read(|conn| disputes::of_customer_one(conn, other, id).map(|_| ())));
        let foreign = Subject {
            kind: SubjectKind::Payout,
            id: "nobody".to_owned(),
            text: String::new(),
        };
        let new = NewDispute {
            customer: scene.customer,
            category: Category::Other,
            subject: foreign,
            currency: CNY,
            disputed: 0,
            expected: None,
            text: "?".to_owned(),
            facts: serde_json::Value::Null,
        };
        gone(scene.by(&scene.buyer, |tx| {
            disputes::file(tx, new.clone(), &scene.terms).map(|_| ())
        }));
        let viewer = a_buyer(app, "viewer", scene.customer, CustomerRole::Viewer);
        let own = scene.by(&viewer, |tx| disputes::withdraw(tx, scene.customer, id));
        assert_eq!(refusal(own), "dispute-needs-customer-finance");
    }
}

#[test]
fn every_code_has_its_words() {
    for words in [words::english(), words::words(openrebate::values::Language::ZhCn)] {
        let has = |prefix: &str, code: &str| {
            assert!(!words.code(prefix, code).starts_with('['), "{prefix} {code}");
        };
        State::ALL.iter().for_each(|state| {
            has("state-dispute", state.as_str());
            assert!(words.has(state.sentence().key));
        });
        Category::ALL.iter().for_each(|c| has("dispute-category", c.as_str()));
        SubjectKind::ALL.iter().for_each(|s| has("dispute-subject", s.as_str()));
        Outcome::ALL.iter().for_each(|o| has("dispute-outcome", o.as_str()));
        disputes::Side::ALL.iter().for_each(|s| has("dispute-side", s.as_str()));
        EventKind::ALL.iter().for_each(|e| has("dispute-event", e.as_str()));
    }
}
