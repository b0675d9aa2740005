//! The queue follows what people do.

use openrebate::customers::{self, NewCustomer};
use openrebate::disputes::{Assigned, Listed, Side};

use super::*;

const NUMBERS: [&str; 3] = ["ZY-2026-10-000001", "ZY-2026-10-000002", "ZY-2026-10-000003"];

impl Scene<'_> {
    /// The dispute as everybody's list shows it.
    fn line(&self, dispute: &Dispute) -> Listed {
        let reach = disputes::Reach::default();
        let order = Order { by: Sort::Filed, descending: false };
        let filter = self.asked(View::All);
        let page =
            self.app.read(|conn| disputes::queue(conn, &reach, &filter, order, &Place::Start, 50));
        page.items.into_iter().find(|item| item.id == dispute.id).expect("it is listed")
    }

    /// Its line says what the dispute is; the side that spoke last.
    #[track_caller]
    fn in_step(&self, dispute: &Dispute, last: Side) {
        let (line, now) = (self.line(dispute), self.now(dispute));
        assert_eq!((line.state, line.revision), (now.state, now.revision));
        assert_eq!((line.due, &line.owner), (now.due(), &now.assignee));
        assert_eq!(line.owner_name, now.assignee_name.clone().unwrap_or_default());
        assert_eq!((line.disputed, line.filed_at), (now.disputed_money(), now.filed_at));
        assert_eq!(line.last_side, last);
        assert_eq!(self.app.read(disputes::verify), [""; 0]);
    }
}

both! {
    fn the_queue_shows_what_waits_for_whom(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        scene.filed(0);
        let third = scene.filed(0);
        scene.by(&scene.manager, |tx| disputes::ask(tx, &third.id, "请说明")).unwrap();
        let reach = app.read(|conn| disputes::reach(conn, &scene.manager, app.db.today()));
        assert_eq!(reach.portfolio.as_deref(), Some("manager@example.com"));
        let today = app.db.today();
        let counts =
            app.read(|conn| disputes::queue_counts(conn, &reach, today, dispute.answer_due));
        let found = (counts.mine, counts.unassigned, counts.about_to_breach, counts.waiting);
        assert_eq!(found, (3, 0, 2, 1));
        // What waits for the customer isn't due, and comes last.
        assert_eq!(scene.listed(&scene.manager, &scene.asked(View::Mine)), NUMBERS);
        let elsewhere = a_member(app, "elsewhere", &[StaffRole::AccountManager]);
        assert_eq!(scene.listed(&elsewhere, &scene.asked(View::All)), [""; 0]);
        let refused = scene.by(&elsewhere, |tx| disputes::reply(tx, &dispute.id, "?"));
        assert_eq!(refusal(refused), "dispute-needs-manager");
        assert_eq!(app.read(|conn| disputes::open_count(conn, scene.customer)), 3);
    }

    fn every_step_of_a_dispute_is_in_the_queue_at_once(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.filed(200_000);
        let (id, manager) = (&dispute.id, &scene.manager);
        scene.in_step(&dispute, Side::Customer);
        app.wait(TimeDelta::hours(1));
        scene.by(manager, |tx| disputes::note(tx, id, "内部备注")).unwrap();
        assert_eq!(scene.line(&dispute).last_at, dispute.filed_at, "a note says nothing to anybody");
        scene.by(manager, |tx| disputes::reply(tx, id, "已收到")).unwrap();
        assert_eq!(scene.line(&dispute).last_at, app.db.now());
        scene.in_step(&dispute, Side::Staff);
        scene.by(manager, |tx| disputes::ask(tx, id, "请提供发票")).unwrap();
        scene.in_step(&dispute, Side::Staff);
        assert_eq!(scene.line(&dispute).due, None);
        app.wait(TimeDelta::days(4));
        scene.by(&scene.buyer, |tx| disputes::answer(tx, id, "见附件")).unwrap();
        scene.in_step(&dispute, Side::Customer);
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Accepted, 600_000)).unwrap();
        scene.in_step(&dispute, Side::Customer);
        assert_eq!(scene.listed(&scene.approver, &scene.asked(View::Approvals)), [NUMBERS[0]]);
        let revision = scene.now(&dispute).revision;
        scene.by(&scene.approver, |tx| disputes::return_decision(tx, id, revision, "太多")).unwrap();
        scene.in_step(&dispute, Side::Customer);
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Rejected, 0)).unwrap();
        scene.in_step(&dispute, Side::Staff);
        scene.appealed(&dispute).unwrap();
        scene.in_step(&dispute, Side::Customer);
        assert_eq!(scene.listed(&scene.reviewer, &scene.asked(View::Unassigned)), [NUMBERS[0]]);
        assert_eq!(scene.listed(&scene.reviewer, &scene.asked(View::Appeals)), [NUMBERS[0]]);
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, id)).unwrap();
        let revision = scene.now(&dispute).revision;
        let accepted = verdict(Outcome::Accepted, 100);
        let decide = |tx: &mut Tx<'_>| {
            disputes::decide_appeal(tx, id, revision, &accepted, &scene.terms)
        };
        scene.by(&scene.reviewer, decide).unwrap();
        scene.in_step(&dispute, Side::Staff);
        scene.by(&scene.buyer, |tx| disputes::accept(tx, scene.customer, id)).unwrap();
        scene.in_step(&dispute, Side::Staff);
        let second = scene.filed(0);
        scene.by(&scene.buyer, |tx| disputes::withdraw(tx, scene.customer, &second.id)).unwrap();
        scene.in_step(&second, Side::Customer);
    }

    fn a_queue_that_is_out_of_step_is_noticed(app: &TestApp) {
        let scene = scene(app);
        scene.filed(0);
        app.sql("UPDATE dispute_queue SET owner = ''").unwrap();
        let said = app.read(disputes::verify);
        assert_eq!(said, ["dispute ZY-2026-10-000001: the queue shows it otherwise than it is"]);
    }

    fn whoever_gets_the_customer_gets_its_disputes(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.filed(0);
        let new = a_member(app, "new", &[StaffRole::AccountManager]);
        let all = scene.asked(View::All);
        assert_eq!(scene.listed(&new, &all), [""; 0]);
        let named = |manager: Option<&str>| {
            let known = app.read(|conn| customers::by_id(conn, scene.customer));
            let account_manager = manager.map(str::to_owned);
            let changed = NewCustomer { account_manager, ..known.into() };
            app.write(|tx| customers::upsert(tx, &changed));
        };
        named(Some("New@example.com"));
        assert_eq!(scene.listed(&new, &all), [NUMBERS[0]]);
        let reach = app.read(|conn| disputes::reach(conn, &new, app.db.today()));
        assert_eq!(app.read(|conn| disputes::one(conn, &reach, &dispute.id)).dispute.id, dispute.id);
        // Whoever has it keeps it.
        assert_eq!(scene.listed(&scene.manager, &all), [NUMBERS[0]]);
        named(Some("other@example.com"));
        assert_eq!(scene.listed(&new, &all), [""; 0]);
        named(None);
        assert_eq!(scene.listed(&new, &all), [NUMBERS[0]]);
    }

    fn several_are_assigned_at_once_and_each_is_told_what_became_of_it(app: &TestApp) {
        let scene = scene(app);
        let filed: Vec<Dispute> = (0..3).map(|_| scene.filed(0)).collect();
        let other = a_member(app, "other", &[StaffRole::AccountManager]);
        let to = other.person().unwrap();
        let chosen: Vec<_> = filed.iter().map(|d| (d.id.clone(), d.revision)).collect();
        // One was answered and one withdrawn while the list stood on somebody's screen.
        scene.by(&scene.manager, |tx| disputes::reply(tx, &filed[1].id, "已收到")).unwrap();
        scene.by(&scene.buyer, |tx| disputes::withdraw(tx, scene.customer, &filed[2].id)).unwrap();
        let now = (filed[2].id.clone(), scene.now(&filed[2]).revision);
        let chosen = [chosen[0].clone(), chosen[1].clone(), now];
        let told = scene.by(&scene.manager, |tx| disputes::assign_each(tx, &chosen, to)).unwrap();
        assert_eq!(told[0], (NUMBERS[0].to_owned(), Assigned::Done));
        assert_eq!(told[1], (NUMBERS[1].to_owned(), Assigned::ChangedMeanwhile));
        assert!(matches!(&told[2].1, Assigned::Refused(text) if text.key == "dispute-is-withdrawn"));
        assert_eq!(scene.now(&filed[0]).assignee.as_ref(), Some(to));
        assert_eq!(scene.now(&filed[1]).assignee.as_ref(), scene.manager.person());
        let assigned = |dispute: &Dispute| {
            let events = app.read(|conn| audit::of_object(conn, "dispute", dispute.id.as_str()));
            events.iter().filter(|event| event.action == "dispute.assigned").count()
        };
        assert_eq!([&filed[0], &filed[1], &filed[2]].map(assigned), [1, 0, 0]);
        // The other one's customers are none of a third one's.
        let third = a_member(app, "third", &[StaffRole::AccountManager]);
        let found = scene.by(&third, |tx| disputes::assign_each(tx, &chosen[..1], to));
        assert!(matches!(found, Err(Error::NotFound)));
        let auditor = a_member(app, "auditor", &[StaffRole::Auditor]);
        let now = [(filed[0].id.clone(), scene.now(&filed[0]).revision)];
        let told = scene.by(&auditor, |tx| disputes::assign_each(tx, &now, to)).unwrap();
        assert!(matches!(&told[0].1, Assigned::Refused(text) if text.key == "dispute-needs-manager"));
        let buyer = scene.buyer.person().unwrap();
        let found = scene.by(&scene.manager, |tx| disputes::assign_each(tx, &now, buyer));
        assert!(matches!(found, Err(Error::Invalid(_))));
    }

    fn of_those_who_assign_the_same_at_once_one_does(app: &TestApp) {
        let scene = scene(app);
        let filed: Vec<Dispute> = (0..4).map(|_| scene.filed(0)).collect();
        let chosen: Vec<_> = filed.iter().map(|d| (d.id.clone(), d.revision)).collect();
        let people: Vec<Actor> = (0..8)
            .map(|at| a_member(app, &format!("m{at}"), &[StaffRole::AccountManager]))
            .collect();
        let won = eight_at_once(&|racer| {
            let to = people[racer].person().unwrap();
            let told = scene.by(&scene.manager, |tx| disputes::assign_each(tx, &chosen, to))?;
            let done = told.iter().filter(|(_, done)| *done == Assigned::Done).count();
            assert!(done == 0 || done == 4, "all four or none: {told:?}");
            if done == 4 { Ok(()) } else { Err(Error::Duplicate) }
        });
        assert_eq!(won, 1);
        let owners: std::collections::BTreeSet<_> =
            filed.iter().map(|d| scene.now(d).assignee).collect();
        assert_eq!(owners.len(), 1);
    }
}
