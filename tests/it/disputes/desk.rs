//! What an account manager does around a dispute: putting it aside, merging, linking, looking,
//! saved replies.

use openrebate::disputes::{Filter, KeptReply, Reach, View};
use openrebate::mailbox;
use openrebate::values::{Problem, SavedReplyId};

use super::*;

/// The keys of the sentences, by field.
#[track_caller]
fn problems<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, &'static str)> {
    match result {
        Err(Error::Invalid(found)) => {
            found.into_iter().map(|Problem { field, text }| (field, text.key)).collect()
        }
        other => panic!("not invalid: {other:?}"),
    }
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

impl Scene<'_> {
    fn view(&self, view: View) -> Vec<String> {
        self.listed(&self.manager, &self.asked(view))
    }

    fn snooze(&self, dispute: &Dispute, until: &str) -> Result<()> {
        let now = self.now(dispute);
        self.by(&self.manager, |tx| {
            disputes::snooze(tx, &dispute.id, now.revision, day(until), "等待仓库回单")
        })
    }

    fn merge(&self, dispute: &Dispute, number: &str) -> Result<()> {
        self.by(&self.manager, |tx| {
            disputes::merge(tx, &dispute.id, dispute.revision, number).map(|_| ())
        })
    }

    fn reply_kept(&self, actor: &Actor, reply: &KeptReply) -> Result<SavedReplyId> {
        self.by(actor, |tx| disputes::keep_reply(tx, reply))
    }
}

const NUMBERS: [&str; 3] = ["ZY-2026-10-000001", "ZY-2026-10-000002", "ZY-2026-10-000003"];

both! {
    fn what_is_put_aside_leaves_the_list_and_comes_back_on_its_day(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let id = &dispute.id;
        scene.by(&scene.manager, |tx| disputes::reply(tx, id, "已收到")).unwrap();
        // Thursday; the decision is due in seven business days.
        assert_eq!(scene.now(&dispute).decision_due, day("2026-10-26"));
        scene.snooze(&dispute, "2026-10-20").unwrap();
        let today = app.db.today();
        assert_eq!(scene.view(View::Mine), [""; 0]);
        assert_eq!(scene.view(View::Snoozed), [NUMBERS[0]]);
        let reach = app.read(|conn| disputes::reach(conn, &scene.manager, today));
        let counts = app.read(|conn| disputes::queue_counts(conn, &reach, today, today));
        assert_eq!((counts.mine, counts.snoozed), (0, 1));
        // Its clock goes on: it still counts as about to breach.
        let soon = Filter { soon: day("2026-10-26"), ..scene.asked(View::AboutToBreach) };
        assert_eq!(scene.listed(&scene.manager, &soon), [NUMBERS[0]]);
        app.wait(TimeDelta::days(5));
        assert_eq!(scene.view(View::Mine), [NUMBERS[0]]);
        assert_eq!(scene.view(View::Snoozed), [""; 0]);
        let public = app.read(|conn| disputes::public_events(conn, id));
        assert!(public.iter().all(|event| event.kind != EventKind::Snoozed));
        let last = app.read(|conn| disputes::events(conn, id)).pop().unwrap();
        assert_eq!(last.text, "2026-10-20\n等待仓库回单");
        assert_eq!(refusal(scene.by(&scene.manager, |tx| disputes::wake(tx, id))), "dispute-not-snoozed");
    }

    fn the_customers_word_or_a_colleagues_wakes_what_is_put_aside(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let (id, manager) = (&dispute.id, scene.manager.person().unwrap());
        let awake = |how: &str| {
            assert_eq!(scene.view(View::Mine), [NUMBERS[0]], "{how}");
            assert_eq!(scene.now(&dispute).snoozed_until, None, "{how}");
        };
        let asleep = || {
            scene.snooze(&dispute, "2026-10-19").unwrap();
            assert_eq!(scene.view(View::Mine), [""; 0]);
        };
        asleep();
        scene.by(&scene.buyer, |tx| disputes::answer(tx, id, "补充")).unwrap();
        awake("a message");
        asleep();
        let checked = disputes::check_file("a.txt", b"a").unwrap();
        scene.by(&scene.manager, |tx| disputes::attach(tx, id, &checked)).unwrap();
        assert_eq!(scene.view(View::Mine), [""; 0], "one's own file");
        let checked = disputes::check_file("b.txt", b"b").unwrap();
        scene.by(&scene.buyer, |tx| disputes::attach(tx, id, &checked)).unwrap();
        awake("a file");
        asleep();
        scene.by(&scene.manager, |tx| disputes::wake(tx, id)).unwrap();
        awake("oneself");
        asleep();
        scene.by(&scene.manager, |tx| disputes::assign(tx, id, manager)).unwrap();
        awake("an assignment");
        asleep();
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Accepted, 600_000)).unwrap();
        let waiting = scene.now(&dispute);
        assert_eq!(waiting.snoozed_until, None);
        asleep();
        let revision = scene.now(&dispute).revision;
        scene.by(&scene.approver, |tx| disputes::return_decision(tx, id, revision, "依据不足")).unwrap();
        awake("an approver");
    }

    fn nothing_is_put_aside_beyond_its_due_day_or_by_others(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let field = |key| vec![("snooze_until".to_owned(), key)];
        // The first answer is due on Monday.
        assert_eq!(problems(scene.snooze(&dispute, "2026-10-20")), field("dispute-snooze-beyond-due"));
        assert_eq!(problems(scene.snooze(&dispute, "2026-10-15")), field("dispute-snooze-past"));
        scene.snooze(&dispute, "2026-10-19").unwrap();
        let stale = scene.by(&scene.manager, |tx| {
            disputes::snooze(tx, &dispute.id, dispute.revision, day("2026-10-16"), "")
        });
        assert_eq!(refusal(stale), "dispute-changed-meanwhile");
        app.wait(TimeDelta::days(5));
        assert_eq!(problems(scene.snooze(&dispute, "2026-10-21")), field("dispute-snooze-overdue"));
        // While the customer is waited for, nothing is due.
        scene.by(&scene.manager, |tx| disputes::ask(tx, &dispute.id, "请补充")).unwrap();
        scene.snooze(&dispute, "2026-11-30").unwrap();
        assert_eq!(problems(scene.snooze(&dispute, "2027-11-30")), field("dispute-snooze-too-far"));
        // A colleague who may act for the customer but doesn't have it.
        let fresh = scene.filed(0);
        assert_eq!(refusal(scene.snooze(&fresh, "2026-10-21")), "dispute-is-submitted");
        let other = a_member(app, "other", &[StaffRole::AccountManager]);
        let not_theirs = scene.by(&other, |tx| {
            disputes::snooze(tx, &dispute.id, scene.now(&dispute).revision, day("2026-10-21"), "")
        });
        assert_eq!(refusal(not_theirs), "dispute-needs-manager");
        let by_customer = scene.by(&scene.buyer, |tx| disputes::wake(tx, &dispute.id));
        assert_eq!(refusal(by_customer), "dispute-needs-manager");
    }

    fn a_claim_filed_twice_goes_on_once(app: &TestApp) {
        let scene = scene(app);
        let first = scene.in_review(100_000);
        let second = scene.filed(200_000);
        scene.check(&second, (State::Submitted, 700_000, 300_000));
        scene.merge(&second, "zy-2026-10-000001 ").unwrap();
        // What was held for the second is let go, and nothing else.
        scene.check(&second, (State::Closed, 900_000, 100_000));
        let merged = scene.now(&second);
        assert_eq!((merged.merged_into.as_ref(), merged.closed_at), (Some(&first.id), Some(app.db.now())));
        let into = app.read(|conn| disputes::merged_into_it(conn, &first.id));
        assert_eq!(into.iter().map(|d| d.number.as_str()).collect::<Vec<_>>(), [NUMBERS[1]]);
        for (dispute, kind, number) in [
            (&second, EventKind::Merged, NUMBERS[0]),
            (&first, EventKind::Absorbed, NUMBERS[1]),
        ] {
            let last = app.read(|conn| disputes::public_events(conn, &dispute.id)).pop().unwrap();
            assert_eq!((last.kind, last.text.as_str()), (kind, number));
        }
        let letter = app.read(|conn| mailbox::of_cause(conn, "dispute_merged", second.id.as_str())).remove(0);
        assert_eq!(letter.to, "buyer@example.com");
        assert!(letter.text.contains(NUMBERS[0]) && letter.text.contains(first.id.as_str()), "{}", letter.text);
        // Its thread can be read, and nothing be done with it but note.
        assert_eq!(refusal(scene.merge(&merged, NUMBERS[0])), "dispute-is-closed");
        let appeal = scene.by(&scene.buyer, |tx| {
            disputes::appeal(tx, scene.customer, &second.id, "不同意", &scene.terms)
        });
        assert_eq!(refusal(appeal), "dispute-is-closed");
        // What goes on in what goes on.
        let third = scene.in_review(0);
        scene.merge(&scene.now(&first), NUMBERS[2]).unwrap();
        let into = app.read(|conn| disputes::merged_into_it(conn, &third.id));
        assert_eq!(into.iter().map(|d| d.number.as_str()).collect::<Vec<_>>(), NUMBERS[..2]);
        assert_eq!(app.read(disputes::verify), [""; 0]);
        scene.check(&third, (State::InReview, 1_000_000, 0));
    }

    fn only_undecided_disputes_of_one_customer_are_merged(app: &TestApp) {
        let scene = scene(app);
        let (first, second) = (scene.in_review(0), scene.in_review(0));
        let field = |key| vec![("merge_into".to_owned(), key)];
        assert_eq!(problems(scene.merge(&second, "ZY-2026-10-000009")), field("dispute-merge-unknown"));
        assert_eq!(problems(scene.merge(&second, "")), field("dispute-merge-unknown"));
        assert_eq!(problems(scene.merge(&second, NUMBERS[1])), field("dispute-merge-itself"));
        let other = a_customer(app, "C2", "乙商贸有限公司");
        let stranger = a_buyer(app, "stranger", other, CustomerRole::Finance);
        let theirs = NewDispute {
            customer: other,
            category: Category::Other,
            subject: Subject { kind: SubjectKind::Free, id: String::new(), text: "其他".to_owned() },
            currency: CNY,
            disputed: 0,
            expected: None,
            text: "?".to_owned(),
            facts: serde_json::Value::Null,
        };
        let theirs = scene.by(&stranger, |tx| disputes::file(tx, theirs.clone(), &scene.terms)).unwrap();
        assert_eq!(problems(scene.merge(&second, &theirs.number)), field("dispute-merge-unknown"));
        let stale = Dispute { revision: second.revision - 1, ..second.clone() };
        assert_eq!(refusal(scene.merge(&stale, NUMBERS[0])), "dispute-changed-meanwhile");
        // With a decision, proposed or made, neither way.
        scene.decide(&first, &verdict(Outcome::Accepted, 600_000)).unwrap();
        assert_eq!(problems(scene.merge(&second, NUMBERS[0])), field("dispute-merge-into-decided"));
        assert_eq!(refusal(scene.merge(&scene.now(&first), NUMBERS[1])), "dispute-is-awaiting-approval");
        let revision = scene.now(&first).revision;
        scene.by(&scene.approver, |tx| {
            disputes::approve_decision(tx, &first.id, revision, &scene.terms)
        }).unwrap();
        assert_eq!(refusal(scene.merge(&scene.now(&first), NUMBERS[1])), "dispute-is-decided");
        let by_reviewer = scene.by(&scene.reviewer, |tx| {
            disputes::merge(tx, &second.id, second.revision, NUMBERS[0])
        });
        assert_eq!(refusal(by_reviewer), "dispute-needs-manager");
        assert_eq!(scene.now(&second), second);
    }

    fn eight_racers_merge_decide_or_withdraw_and_one_wins(app: &TestApp) {
        let scene = scene(app);
        for round in 0..3 {
            let into = scene.in_review(10_000);
            let dispute = scene.in_review(20_000);
            let won = eight_at_once(&|racer| match racer % 4 {
                0 => scene.decide(&dispute, &verdict(Outcome::Rejected, 0)).map(|_| ()),
                1 => {
                    let (customer, id) = (scene.customer, &dispute.id);
                    scene.by(&scene.buyer, |tx| disputes::withdraw(tx, customer, id))
                }
                _ => scene.merge(&dispute, &into.number),
            });
            assert_eq!(won, 1);
            let held = 10_000 * (round + 1);
            let state = scene.now(&dispute).state;
            scene.check(&dispute, (state, 1_000_000 - held, held));
            let events = app.read(|conn| disputes::public_events(conn, &into.id));
            let absorbed = events.iter().filter(|event| event.kind == EventKind::Absorbed).count();
            assert_eq!(absorbed, usize::from(scene.now(&dispute).merged_into.is_some()));
        }
        // Each into the other: one of them is left.
        let (one, other) = (scene.in_review(0), scene.in_review(0));
        let won = eight_at_once(&|racer| match racer % 2 {
            0 => scene.merge(&one, &other.number),
            _ => scene.merge(&other, &one.number),
        });
        assert_eq!(won, 1);
        let open = [&one, &other].map(|dispute| scene.now(dispute).state.is_open());
        assert_eq!(open.iter().filter(|open| **open).count(), 1);
    }

    fn links_hold_both_ways_until_taken_apart_and_the_customer_sees_none(app: &TestApp) {
        let scene = scene(app);
        let (first, second) = (scene.in_review(0), scene.filed(0));
        let link = |from: &Dispute, number: &str| {
            scene.by(&scene.reviewer, |tx| disputes::link(tx, &from.id, number, "同一笔调整"))
        };
        let field = |key| vec![("link_to".to_owned(), key)];
        assert_eq!(problems(link(&first, "nonsense")), field("dispute-link-unknown"));
        assert_eq!(problems(link(&first, NUMBERS[0])), field("dispute-link-itself"));
        link(&second, NUMBERS[0]).unwrap();
        assert_eq!(problems(link(&first, NUMBERS[1])), field("dispute-link-there"));
        let everything = Reach::default();
        let linked = |dispute: &Dispute| {
            app.read(|conn| disputes::linked(conn, &everything, &dispute.id))
                .into_iter()
                .map(|link| (link.other.dispute.number, link.note, link.by))
                .collect::<Vec<_>>()
        };
        let row = |number: &str| (number.to_owned(), "同一笔调整".to_owned(), "reviewer".to_owned());
        assert_eq!(linked(&first), [row(NUMBERS[1])]);
        assert_eq!(linked(&second), [row(NUMBERS[0])]);
        // It changes nothing that a colleague's page shows, so that their page stays good.
        assert_eq!(scene.now(&first).revision, first.revision);
        let public = app.read(|conn| disputes::public_events(conn, &first.id));
        assert!(public.iter().all(|event| event.kind != EventKind::Linked));
        let by_customer = scene.by(&scene.buyer, |tx| disputes::link(tx, &first.id, NUMBERS[1], ""));
        assert_eq!(refusal(by_customer), "dispute-needs-staff");
        // Somebody who doesn't get to see the other one.
        let elsewhere = a_member(app, "elsewhere", &[StaffRole::AccountManager]);
        let hidden = scene.by(&elsewhere, |tx| disputes::link(tx, &first.id, NUMBERS[1], ""));
        assert_eq!(problems(hidden), field("dispute-link-unknown"));
        let won = eight_at_once(&|_| {
            scene.by(&scene.manager, |tx| disputes::unlink(tx, &first.id, &second.id))
        });
        assert_eq!((won, linked(&first).len(), linked(&second).len()), (1, 0, 0));
    }

    fn who_looks_is_known_for_minutes(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let (id, own) = (&dispute.id, scene.manager.person().unwrap());
        let lookers = || {
            let now = app.db.now();
            let (looks, due) = app.read(|conn| disputes::lookers(conn, id, own, now));
            (looks.into_iter().map(|look| look.name).collect::<Vec<_>>(), due)
        };
        assert_eq!(lookers(), (vec![], true));
        for actor in [&scene.manager, &scene.reviewer, &scene.reviewer] {
            scene.by(actor, |tx| disputes::look(tx, id)).unwrap();
        }
        assert_eq!(lookers(), (vec!["reviewer".to_owned()], false));
        app.wait(TimeDelta::seconds(60));
        assert_eq!(lookers(), (vec!["reviewer".to_owned()], true));
        scene.by(&scene.approver, |tx| disputes::look(tx, id)).unwrap();
        assert_eq!(lookers().0, ["approver", "reviewer"]);
        app.wait(TimeDelta::minutes(4));
        assert_eq!(lookers().0, ["approver"]);
        app.write(disputes::sweep_looks);
        app.wait(TimeDelta::minutes(1));
        app.write(disputes::sweep_looks);
        assert_eq!(lookers().0, [""; 0]);
    }

    fn saved_replies_are_ones_own_or_the_teams(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let (manager, reviewer) = (&scene.manager, &scene.reviewer);
        let reply = |team, title: &str, text: &str| KeptReply {
            known: None, team, title: title.to_owned(), text: text.to_owned(),
        };
        let own = scene.reply_kept(manager, &reply(false, "收到", "{customer}：{number} 已收到。")).unwrap();
        let team = scene.reply_kept(manager, &reply(true, " 期限 ", "将于{期限}前裁定。{负责人}")).unwrap();
        let titles = |actor: &Actor| {
            let person = actor.person().unwrap();
            let found = app.read(|conn| disputes::saved_replies(conn, person));
            found.into_iter().map(|reply| (reply.title, reply.uses)).collect::<Vec<_>>()
        };
        assert_eq!(titles(manager), [("期限".to_owned(), 0), ("收到".to_owned(), 0)]);
        assert_eq!(titles(reviewer), [("期限".to_owned(), 0)]);
        let take = |actor: &Actor, id: &SavedReplyId| {
            let reach = Reach::default();
            scene.by(actor, |tx| disputes::take_reply(tx, &reach, &dispute.id, id))
        };
        assert_eq!(take(manager, &own).unwrap(), "甲商贸有限公司：ZY-2026-10-000001 已收到。");
        assert_eq!(take(reviewer, &team).unwrap(), "将于2026年10月26日（周一）前裁定。manager");
        assert!(matches!(take(reviewer, &own), Err(Error::NotFound)));
        assert_eq!(titles(manager), [("期限".to_owned(), 1), ("收到".to_owned(), 1)]);
        // Everybody who writes to customers mends the team's; one's own nobody else.
        let change = |id: &SavedReplyId, revision| KeptReply {
            known: Some((id.clone(), revision)), ..reply(true, "期限", "{deadline}前")
        };
        assert!(matches!(scene.reply_kept(reviewer, &change(&own, 1)), Err(Error::NotFound)));
        scene.reply_kept(reviewer, &change(&team, 1)).unwrap();
        let stale = scene.reply_kept(manager, &change(&team, 1));
        assert_eq!(refusal(stale), "saved-changed-meanwhile");
        assert_eq!(refusal(scene.reply_kept(&scene.approver, &reply(true, "x", "x"))), "saved-needs-writer");
        assert_eq!(refusal(scene.reply_kept(&scene.buyer, &reply(true, "x", "x"))), "saved-needs-writer");
        for (title, text, expected) in [
            ("", "x", ("title", "saved-title-missing")),
            (&*"题".repeat(81), "x", ("title", "saved-title-too-long")),
            ("x", " ", ("text", "dispute-text-missing")),
            ("x", &*"长".repeat(2_001), ("text", "dispute-text-too-long")),
            ("x", "{amount}", ("text", "saved-placeholder-unknown")),
            ("x", "{customer", ("text", "saved-brace-open")),
        ] {
            let found = problems(scene.reply_kept(manager, &reply(false, title, text)));
            assert_eq!(found, [(expected.0.to_owned(), expected.1)], "{title} {text}");
        }
        let gone = |actor: &Actor, id: &SavedReplyId| scene.by(actor, |tx| disputes::forget_reply(tx, id));
        assert!(matches!(gone(reviewer, &own), Err(Error::NotFound)));
        gone(reviewer, &team).unwrap();
        gone(manager, &own).unwrap();
        assert_eq!(titles(manager), []);
    }

    fn like_cases_and_the_customers_others_say_how_they_went(app: &TestApp) {
        let scene = scene(app);
        let (first, second, third) = (scene.in_review(0), scene.in_review(0), scene.filed(0));
        scene.decide(&first, &verdict(Outcome::Accepted, 12_345)).unwrap();
        scene.decide(&second, &verdict(Outcome::Accepted, 600_000)).unwrap();
        let reach = app.read(|conn| disputes::reach(conn, &scene.manager, app.db.today()));
        let said = |past: Vec<disputes::Past>| {
            past.into_iter()
                .map(|past| (past.dispute.number, past.decision.map(|decision| decision.granted)))
                .collect::<Vec<_>>()
        };
        // The second decision is only proposed.
        let expected = [(NUMBERS[1].to_owned(), None), (NUMBERS[0].to_owned(), Some(12_345))];
        let third_now = scene.now(&third);
        assert_eq!(said(app.read(|conn| disputes::past_of_kind(conn, &reach, &third_now, 10))), expected);
        assert_eq!(said(app.read(|conn| disputes::past_of_customer(conn, &third_now, 10))), expected);
        assert_eq!(app.read(|conn| disputes::past_of_kind(conn, &reach, &third_now, 1)).len(), 1);
        let other = Dispute { category: Category::WrongTier, ..third_now.clone() };
        assert!(app.read(|conn| disputes::past_of_kind(conn, &reach, &other, 10)).is_empty());
        // Those of others' customers aren't an account manager's business.
        let elsewhere = a_member(app, "elsewhere", &[StaffRole::AccountManager]);
        let theirs = app.read(|conn| disputes::reach(conn, &elsewhere, app.db.today()));
        assert!(app.read(|conn| disputes::past_of_kind(conn, &theirs, &third_now, 10)).is_empty());
        let all = Reach::default();
        assert_eq!(app.read(|conn| disputes::past_of_kind(conn, &all, &third_now, 10)).len(), 2);
    }

    fn the_list_has_a_next_and_a_previous(app: &TestApp) {
        let scene = scene(app);
        let filed: Vec<_> = (0..3).map(|_| scene.filed(0)).collect();
        let reach = app.read(|conn| disputes::reach(conn, &scene.manager, app.db.today()));
        let around = |dispute: &Dispute| {
            let today = app.db.today();
            let found =
                app.read(|conn| disputes::neighbours(conn, &reach, today, &scene.now(dispute)));
            [found.before, found.after].map(|found| found.map_or_else(String::new, |(_, number)| number))
        };
        assert_eq!(around(&filed[0]), ["", NUMBERS[1]]);
        assert_eq!(around(&filed[1]), [NUMBERS[0], NUMBERS[2]]);
        assert_eq!(around(&filed[2]), [NUMBERS[1], ""]);
        let manager = scene.manager.person().unwrap();
        scene.by(&scene.manager, |tx| disputes::assign(tx, &filed[1].id, manager)).unwrap();
        scene.snooze(&filed[1], "2026-10-16").unwrap();
        assert_eq!(around(&filed[0]), ["", NUMBERS[2]]);
        // From one that isn't in the list, the way leads into it.
        assert_eq!(around(&filed[1]), [NUMBERS[0], NUMBERS[2]]);
    }
}
