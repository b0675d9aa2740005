//! The clocks of disputes: warned of in time, missed once, told to whoever can do something, in
//! business days of the real calendar, exactly once under several processes.

use chrono::NaiveDate;
use openrebate::audit;
use openrebate::config::Config;
use openrebate::db::Db;
use openrebate::disputes::{
    self, Category, Days, Dispute, NewDispute, Outcome, Subject, SubjectKind, Terms, Verdict,
};
use openrebate::mailbox::{self, Posted};
use openrebate::people;
use openrebate::values::{Actor, Currency, CustomerRole, PersonId, StaffRole};

use crate::support::{TestApp, a_buyer, a_customer, a_member, moment};

struct Office<'a> {
    app: &'a TestApp,
    buyer: Actor,
    manager: Actor,
    terms: Terms,
}

/// A customer of `manager`, led by `lead`; it is Tuesday 29 September 2026, the day before the
/// National Day holidays. Friday 10 October is a Saturday that is worked.
fn office(app: &TestApp) -> Office<'_> {
    let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
    let lead = a_member(app, "lead", &[StaffRole::AccountManager]);
    app.write(|tx| people::set_lead(tx, None, lead.person()));
    let customer = a_customer(app, "C1", "甲商贸有限公司");
    let buyer = a_buyer(app, "buyer", customer, CustomerRole::Finance);
    app.db.clock().set(moment("2026-09-29T02:00:00Z"));
    Office { app, buyer, manager, terms: Terms::default() }
}

fn id(actor: &Actor) -> &PersonId {
    actor.person().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Office<'_> {
    fn filed(&self, category: Category) -> Dispute {
        let new = NewDispute {
            customer: self.buyer.customer().unwrap(),
            category,
            subject: Subject {
                kind: SubjectKind::Free,
                id: String::new(),
                text: "账户".to_owned(),
            },
            currency: Currency::CNY,
            disputed: 0,
            expected: None,
            text: "请核对".to_owned(),
            facts: serde_json::Value::Null,
        };
        self.app.db.write(&self.buyer, |tx| disputes::file(tx, new.clone(), &self.terms)).unwrap()
    }

    fn now(&self, dispute: &Dispute) -> Dispute {
        let all = disputes::Reach::default();
        self.app.read(|conn| disputes::one(conn, &all, &dispute.id)).dispute
    }

    fn letters(&self) -> Vec<Posted> {
        let mut letters = self.app.read(|conn| mailbox::latest(conn, None, None, 200));
        letters.retain(|l| l.kind == "dispute_deadlines" && l.state != mailbox::LetterState::Shown);
        letters
    }

    /// Lets the schedule come round at this time in Shanghai; who is told, and what about.
    fn at(&self, local: &str) -> Vec<String> {
        self.app.db.clock().set(moment(&format!("{local}:00+08:00")));
        let before = self.letters().len();
        self.round();
        let mut letters = self.letters();
        letters.truncate(letters.len() - before);
        let mut told: Vec<_> = letters
            .iter()
            .map(|letter| {
                let subject = letter.subject.trim_start_matches("争议期限提醒：");
                format!("{} {subject}", letter.to.split('@').next().unwrap())
            })
            .collect();
        told.sort();
        told
    }

    fn round(&self) {
        let schedule = Actor::system("deadlines");
        while self.app.read(|conn| disputes::any_deadline(conn, self.app.db.now())) {
            self.app.db.write(&schedule, |tx| disputes::tell_deadlines(tx, 100)).unwrap();
        }
    }
}

const NOBODY: [&str; 0] = [];

both! {
    fn a_deadline_is_warned_of_before_and_missed_after_over_the_holidays(app: &TestApp) {
        let office = office(app);
        let dispute = office.filed(Category::WrongAmount);
        assert_eq!(dispute.answer_due, day("2026-10-08"));
        assert_eq!(dispute.decision_due, day("2026-10-14"));
        for (at, told) in [
            ("2026-09-29T10:00", &[][..]),
            ("2026-09-30T08:29", &[]),
            // The last business day before the 8th.
            ("2026-09-30T08:30", &["lead 1 件即将到期", "manager 1 件即将到期"]),
            ("2026-09-30T08:31", &[]),
            ("2026-10-08T23:59", &[]),
            ("2026-10-09T08:29", &[]),
            ("2026-10-09T08:30", &["lead 1 件已超时", "manager 1 件已超时"]),
            ("2026-10-12T18:00", &[]),
            ("2026-10-13T09:00", &["lead 1 件即将到期", "manager 1 件即将到期"]),
            ("2026-10-15T08:30", &["lead 1 件已超时", "manager 1 件已超时"]),
            ("2026-11-15T08:30", &[]),
        ] {
            assert_eq!(office.at(at), told, "{at}");
        }
        let events = app.read(|conn| audit::of_object(conn, "dispute", dispute.id.as_str()));
        let told: Vec<_> = events
            .iter()
            .filter(|event| event.action.starts_with("dispute.deadline"))
            .map(|event| event.reason.clone().unwrap_or_default())
            .collect();
        assert_eq!(told.len(), 4, "{told:?}");
        let letter = office.letters().pop().unwrap();
        assert!(letter.text.contains("甲商贸有限公司：首次答复期限为2026年10月8日（周四）；处理人：manager"));
        assert!(letter.text.contains(&format!("/staff/disputes/{}", dispute.id)), "{}", letter.text);
        assert!(letter.text.contains("/notifications"), "it can be switched off");
    }

    fn whoever_answered_and_decided_in_time_hears_nothing(app: &TestApp) {
        let office = office(app);
        let dispute = office.filed(Category::WrongAmount);
        let by = |actor: &Actor, work: &dyn Fn(&mut openrebate::db::Tx<'_>) -> openrebate::error::Result<()>| {
            app.db.write(actor, |tx| work(tx)).unwrap();
        };
        by(&office.manager, &|tx| disputes::reply(tx, &dispute.id, "已收到"));
        assert_eq!(office.at("2026-10-09T09:00"), NOBODY);
        let revision = office.now(&dispute).revision;
        let verdict = Verdict {
            outcome: Outcome::Rejected,
            granted: 0,
            reason: "核对无误".to_owned(),
            beyond: None,
        };
        by(&office.manager, &|tx| {
            disputes::decide(tx, &dispute.id, revision, &verdict, &office.terms).map(|_| ())
        });
        assert_eq!(office.at("2026-10-20T09:00"), NOBODY);
        // An appeal has a clock of its own, for whoever takes it; until then for the lead.
        by(&office.buyer, &|tx| {
            disputes::appeal(tx, dispute.customer, &dispute.id, "仍有异议", &office.terms)
        });
        assert_eq!(office.now(&dispute).decision_due, day("2026-10-29"));
        assert_eq!(office.at("2026-10-28T09:00"), ["lead 1 件即将到期"]);
        let reviewer = a_member(app, "reviewer", &[StaffRole::AppealsReviewer]);
        by(&reviewer, &|tx| disputes::take_appeal(tx, &dispute.id));
        assert_eq!(office.at("2026-10-30T09:00"), ["lead 1 件已超时", "reviewer 1 件已超时"]);
    }

    fn while_the_customer_is_asked_the_clocks_stand_and_then_go_on(app: &TestApp) {
        let office = office(app);
        let dispute = office.filed(Category::WrongAmount);
        // Asked on Wednesday 30 September, answered on Monday 12 October: four business days,
        // the 8th, the 9th and Saturday the 10th, and the 12th itself.
        app.db.clock().set(moment("2026-09-30T03:00:00Z"));
        app.db.write(&office.manager, |tx| disputes::ask(tx, &dispute.id, "请提供发票")).unwrap();
        assert_eq!(office.at("2026-10-11T09:00"), NOBODY);
        app.db.clock().set(moment("2026-10-12T03:00:00Z"));
        app.db.write(&office.buyer, |tx| disputes::answer(tx, &dispute.id, "见附件")).unwrap();
        assert_eq!(office.now(&dispute).decision_due, day("2026-10-20"));
        for (at, told) in [
            ("2026-10-13T09:00", &[][..]),
            ("2026-10-15T09:00", &[]),
            ("2026-10-19T08:30", &["lead 1 件即将到期", "manager 1 件即将到期"]),
            ("2026-10-20T09:00", &[]),
            ("2026-10-21T08:30", &["lead 1 件已超时", "manager 1 件已超时"]),
        ] {
            assert_eq!(office.at(at), told, "{at}");
        }
    }

    fn one_morning_is_one_letter_for_each(app: &TestApp) {
        let office = office(app);
        let first = office.filed(Category::WrongAmount);
        app.db.clock().set(moment("2026-10-08T02:00:00Z"));
        let second = office.filed(Category::Other);
        assert_eq!(second.answer_due, day("2026-10-10"));
        // The first answer of one is late, that of the other due tomorrow.
        let both = "1 件已超时，1 件即将到期";
        let expected = [format!("lead {both}"), format!("manager {both}")];
        assert_eq!(office.at("2026-10-09T08:30"), expected);
        let letter = office.letters().remove(0);
        let place = |number: &str| letter.text.find(number).unwrap();
        assert!(place(&first.number) < place(&second.number), "what is late comes first");
        assert!(letter.text.contains("/staff/disputes?view=breach"));
        // After a weekend without the portal a warning that came too late is not told any more.
        assert_eq!(office.at("2026-10-12T09:00"), ["lead 1 件已超时", "manager 1 件已超时"]);
        let due = office.now(&first).decision_due;
        assert_eq!(due, day("2026-10-14"));
        assert_eq!(office.at("2026-10-20T09:00"), ["lead 2 件已超时", "manager 2 件已超时"]);
    }

    fn who_is_away_or_unknown_doesnt_keep_it_from_others(app: &TestApp) {
        let office = office(app);
        let deputy = a_member(app, "deputy", &[StaffRole::AccountManager]);
        office.filed(Category::WrongAmount);
        app.db
            .write(&office.manager, |tx| {
                let (first, last) = (day("2026-09-30"), day("2026-10-09"));
                people::plan_absence(tx, id(&office.manager), first, last, Some(id(&deputy)))
            })
            .unwrap();
        assert_eq!(office.at("2026-09-30T08:30"), ["deputy 1 件即将到期", "lead 1 件即将到期"]);
        // Back at work. A dispute whose answer is late and whose decision is near is one of them.
        assert_eq!(office.at("2026-10-13T08:30"), ["lead 1 件已超时", "manager 1 件已超时"]);
        // Somebody does without such letters.
        let manager = app.read(|conn| people::by_id(conn, id(&office.manager)));
        app.db
            .write(&office.manager, |tx| people::set_mail(tx, &manager, "dispute_deadlines", false))
            .unwrap();
        assert_eq!(office.at("2026-10-15T08:30"), ["lead 1 件已超时"]);
        // Nobody looks after the customer: the lead alone; without a lead everybody who could.
        app.write(|tx| {
            let new = openrebate::customers::NewCustomer {
                account_manager: Some("gone@example.com".to_owned()),
                ..openrebate::customers::NewCustomer::regular("C1", Currency::CNY)
            };
            openrebate::customers::upsert(tx, &new).map(|_| ())
        });
        let unassigned = office.filed(Category::WrongAmount);
        assert_eq!(unassigned.assignee, None);
        assert_eq!(office.at("2026-10-16T08:30"), ["lead 1 件即将到期"]);
        app.write(|tx| people::set_lead(tx, None, None));
        assert_eq!(office.at("2026-10-20T08:30"), ["deputy 1 件已超时", "lead 1 件已超时"]);
    }

    fn two_processes_tell_everything_once(app: &TestApp) {
        let office = office(app);
        for _ in 0..20 {
            office.filed(Category::WrongAmount);
        }
        app.db.clock().set(moment("2026-10-09T00:30:00Z"));
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // Each a process of its own: own connections, own queue of writers.
                    let (url, house) = (app.db.url(), app.db.house().clone());
                    let db = Db::open_few(url, house, app.db.clock().clone(), 1).unwrap();
                    let schedule = Actor::system("deadlines");
                    barrier.wait();
                    while db.read(|conn| disputes::any_deadline(conn, db.now())).unwrap() {
                        db.write(&schedule, |tx| disputes::tell_deadlines(tx, 3)).unwrap();
                    }
                });
            }
        });
        let letters = office.letters();
        for to in ["manager@example.com", "lead@example.com"] {
            let own: Vec<_> = letters.iter().filter(|letter| letter.to == to).collect();
            let told: usize = own
                .iter()
                .map(|letter| letter.text.matches("首次答复已超时").count())
                .sum();
            assert_eq!(told, 20, "{to}");
        }
        let mut missed = app.read(|conn| audit::latest(conn, None, 500));
        missed.retain(|event| event.action == "dispute.deadline_missed");
        assert_eq!(missed.len(), 20);
    }

    fn disputes_of_before_there_were_clocks_get_theirs(app: &TestApp) {
        let office = office(app);
        let dispute = office.filed(Category::WrongAmount);
        app.sql("DELETE FROM dispute_timers").unwrap();
        app.db.clock().set(moment("2026-10-09T02:00:00Z"));
        assert_eq!(office.at("2026-10-09T10:00"), ["lead 1 件已超时", "manager 1 件已超时"]);
        app.db
            .write(&office.buyer, |tx| disputes::withdraw(tx, dispute.customer, &dispute.id))
            .unwrap();
        assert_eq!(office.at("2026-10-20T10:00"), NOBODY);
    }

    fn each_category_has_its_days(app: &TestApp) {
        let mut office = office(app);
        office.terms.categories.insert(Category::Other, Days { answer: 1, decision: 4 });
        let quick = office.filed(Category::Other);
        assert_eq!((quick.answer_due, quick.decision_due), (day("2026-09-30"), day("2026-10-10")));
        // Filed at ten, due tomorrow: whoever just got the case isn't warned at once.
        assert_eq!(office.at("2026-09-29T10:01"), NOBODY);
        let buyer = &office.buyer;
        app.db.write(buyer, |tx| disputes::answer(tx, &quick.id, "补充一句")).unwrap();
        assert_eq!(office.at("2026-09-29T10:02"), NOBODY);
        assert_eq!(office.at("2026-10-08T08:30"), ["lead 1 件已超时", "manager 1 件已超时"]);
    }
}

#[test]
fn the_settings_give_categories_their_days_and_refuse_what_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let load = |text: &str| {
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path))
    };
    let config = load("[limits.dispute_days.wrong_tier]\nanswer = 3\ndecision = 12\n").unwrap();
    let terms = config.limits.disputes();
    for (category, answer, decision) in
        [(Category::WrongTier, 3, 12), (Category::PayoutNotReceived, 1, 5), (Category::Other, 2, 7)]
    {
        assert_eq!(terms.days(category), Days { answer, decision }, "{category}");
    }
    for (text, sentence) in [
        ("[limits.dispute_days.wrong_tier]\nanswer = 3\n", "missing field `decision`"),
        ("[limits.dispute_days.wrong_teir]\nanswer = 3\ndecision = 4\n", "wrong_teir"),
        ("[limits.dispute_days.other]\nanswer = 3\ndecision = 2\n", "limits.dispute_days.other"),
        ("[limits.dispute_days.other]\nanswer = 0\ndecision = 2\n", "after 0 business days"),
        ("[limits]\ndecision_days = 400\n", "limits: the first answer"),
        ("[limits.dispute_days.other]\nanswer = 1\ndecision = 2\nhours = 3\n", "hours"),
    ] {
        let said = load(text).unwrap_err().to_string();
        assert!(said.contains(sentence), "{text}: {said}");
    }
}
