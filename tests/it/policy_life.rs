//! The life of a policy's version: every action in every state, by whom, bound to what was shown,
//! and once, however many try.

use chrono::NaiveDate;
use openrebate::audit;
use openrebate::db::{Conn, Tx};
use openrebate::error::{Error, Result};
use openrebate::mailbox;
use openrebate::policies::{
    self, Action, StepKind, Terms, Version, VersionState, approve, draft, edit, end, next, parse,
    publish, publish_approved, return_, submit, take_back, withdraw,
};
use openrebate::values::{Actor, CustomerRole, Language, PolicyId, StaffRole, VersionId};
use openrebate::words;

use crate::support::{TestApp, a_buyer, a_customer, a_member, eight_at_once, refusal};

fn source(code: &str, percent: &str) -> String {
    format!(
        "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
         form = \"cash\"\nname.zh-CN = \"季度返利\"\ncustomers.classes = [\"regular\"]\n\
         measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
         tiers = [{{ from = \"100000\", percent = \"{percent}\" }}]\n"
    )
}

fn terms(source: &str) -> Terms {
    parse(source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn none_closed(_: &mut Conn, _: &PolicyId) -> Result<bool> {
    Ok(false)
}

struct Scene<'a> {
    app: &'a TestApp,
    /// Account managers.
    zhou: Actor,
    wu: Actor,
    approver: Actor,
    operator: Actor,
}

fn scene(app: &TestApp) -> Scene<'_> {
    Scene {
        app,
        zhou: a_member(app, "zhou", &[StaffRole::AccountManager]),
        wu: a_member(app, "wu", &[StaffRole::AccountManager]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
        operator: Actor::operator(),
    }
}

impl Scene<'_> {
    fn by<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.app.db.write(actor, work)
    }

    fn draft(&self, source: &str) -> Version {
        let terms = terms(source);
        self.by(&self.zhou, |tx| draft(tx, &terms, source)).unwrap()
    }

    fn edit(&self, actor: &Actor, version: &Version, source: &str) -> Result<Version> {
        let (terms, revision) = (terms(source), version.revision);
        self.by(actor, |tx| edit(tx, &version.id, revision, &terms, source))
    }

    fn submitted(&self, source: &str) -> Version {
        let draft = self.draft(source);
        self.by(&self.zhou, |tx| submit(tx, &draft.id, draft.revision)).unwrap();
        self.now(&draft.id)
    }

    fn approve(&self, actor: &Actor, version: &Version) -> Result<()> {
        self.by(actor, |tx| approve(tx, &version.id, &version.terms_hash))
    }

    fn approved(&self, source: &str) -> Version {
        let version = self.submitted(source);
        self.approve(&self.approver, &version).unwrap();
        self.now(&version.id)
    }

    fn published(&self, source: &str) -> Version {
        let version = self.approved(source);
        self.by(&self.zhou, |tx| publish_approved(tx, &version.id)).unwrap()
    }

    /// A version in the state, of a policy of its own.
    fn in_state(&self, state: VersionState, code: &str) -> Version {
        let source = source(code, "5");
        let version = match state {
            VersionState::Draft => self.draft(&source),
            VersionState::Submitted => self.submitted(&source),
            VersionState::Approved => self.approved(&source),
            _ => self.published(&source),
        };
        let id = &version.id;
        match state {
            VersionState::Superseded => {
                self.published(&source.replace("percent = \"5\"", "percent = \"6\""));
            }
            VersionState::Ended => {
                self.by(&self.approver, |tx| end(tx, id, day("2026-12-31"), "结束")).unwrap();
            }
            VersionState::Withdrawn => {
                self.by(&self.approver, |tx| withdraw(tx, id, "撤回", &none_closed)).unwrap();
            }
            _ => {}
        }
        let version = self.now(id);
        assert_eq!(version.state, state);
        version
    }

    /// Tries the action as somebody who may.
    fn act(&self, action: Action, version: &Version) -> Result<()> {
        let (id, revision) = (&version.id, version.revision);
        match action {
            Action::Edit => self.edit(&self.wu, version, &source(&version.code, "7")).map(|_| ()),
            Action::Submit => self.by(&self.zhou, |tx| submit(tx, id, revision)),
            Action::TakeBack => self.by(&self.wu, |tx| take_back(tx, id)),
            Action::Approve => self.approve(&self.approver, version),
            Action::Return => self.by(&self.approver, |tx| return_(tx, id, "请补充范围")),
            Action::Publish => self.by(&self.zhou, |tx| publish_approved(tx, id).map(|_| ())),
            Action::Supersede => unreachable!("nobody takes it by itself"),
            Action::End => self.by(&self.approver, |tx| end(tx, id, day("2026-12-31"), "终止")),
            Action::Withdraw => {
                self.by(&self.approver, |tx| withdraw(tx, id, "撤回", &none_closed))
            }
        }
    }

    fn now(&self, id: &VersionId) -> Version {
        self.app.read(|conn| policies::version(conn, id))
    }

    fn steps(&self, id: &VersionId) -> Vec<&'static str> {
        self.app.read(|conn| policies::steps(conn, id)).iter().map(|s| s.action.as_str()).collect()
    }

    /// Kind, address and subject of every letter, newest first.
    fn letters(&self) -> Vec<(String, String)> {
        let posted = self.app.read(|conn| mailbox::latest(conn, None, None, 100));
        posted.into_iter().map(|letter| (letter.kind, letter.to)).collect()
    }

    #[track_caller]
    fn sound(&self) {
        assert_eq!(self.app.read(policies::verify), Vec::<String>::new());
    }
}

both! {
    fn every_action_in_every_state_is_a_step_or_changes_nothing(app: &TestApp) {
        let scene = scene(app);
        for state in VersionState::ALL {
            for action in Action::ALL.iter().filter(|action| **action != Action::Supersede) {
                let version = scene.in_state(*state, &format!("{state}-{action}"));
                let steps = scene.steps(&version.id).len();
                let (events, letters) = (app.read(audit::checkpoint), scene.letters().len());
                let done = scene.act(*action, &version);
                let after = scene.now(&version.id);
                if let Some(led_to) = next(*state, *action) {
                    done.unwrap_or_else(|e| panic!("{action} of a {state}: {e}"));
                    assert_eq!(after.state, led_to, "{action} of a {state}");
                    assert_eq!(scene.steps(&version.id).len(), steps + 1);
                    assert_eq!(app.read(audit::checkpoint).count, events.count + 1);
                } else {
                    assert_eq!(refusal(done), state.sentence().key, "{action} of a {state}");
                    assert_eq!(after, version);
                    assert_eq!(app.read(audit::checkpoint), events);
                    assert_eq!(scene.letters().len(), letters);
                }
            }
        }
        scene.sound();
    }

    fn from_a_draft_to_what_is_promised(app: &TestApp) {
        let scene = scene(app);
        let draft = scene.draft(&source("Q", "5"));
        assert_eq!((draft.number, draft.revision, &*draft.drafted_by_name), (1, 1, "zhou"));
        assert!(matches!(app.db.read(|c| policies::by_code(c, "Q")), Err(Error::NotFound)));
        let edited = scene.edit(&scene.wu, &draft, &source("Q", "6")).unwrap();
        assert_eq!((edited.revision, edited.state), (2, VersionState::Draft));
        scene.by(&scene.zhou, |tx| submit(tx, &draft.id, 2)).unwrap();
        scene.approve(&scene.approver, &edited).unwrap();
        assert!(app.read(policies::in_force).is_empty(), "approved is not promised yet");
        app.wait(chrono::TimeDelta::hours(1));
        let published = scene.by(&scene.wu, |tx| publish_approved(tx, &draft.id)).unwrap();
        let names = |v: &Version| [&v.submitted, &v.approved].map(|h| h.as_ref().unwrap().name.clone());
        assert_eq!(names(&published), ["zhou", "approver"]);
        assert_eq!(published.published_by_name.as_deref(), Some("wu"));
        assert_eq!(published.published_at, Some(app.db.now()));
        assert_eq!(app.read(|c| policies::by_code(c, "Q")), published);
        let steps = ["drafted", "edited", "submitted", "approved", "published"];
        assert_eq!(scene.steps(&draft.id), steps);

        let second = scene.published(&source("Q", "7"));
        assert_eq!((second.number, &second.policy_id), (2, &published.policy_id));
        assert_eq!(scene.now(&draft.id).state, VersionState::Superseded);
        assert_eq!(app.read(policies::in_force), std::slice::from_ref(&second));
        let events = app.read(|c| audit::of_object(c, "policy_version", second.id.as_str()));
        let published = events.iter().find(|event| event.action == "policy.published").unwrap();
        assert_eq!(published.before.as_ref(), Some(&edited.terms_hash));
        assert_eq!(published.actor_name, "zhou");
        scene.sound();
    }

    fn whoever_had_a_hand_in_it_does_not_approve_it_even_with_every_role(app: &TestApp) {
        let mut scene = scene(app);
        let everybody = |name| a_member(app, name, StaffRole::ALL);
        (scene.zhou, scene.wu) = (everybody("drafter"), everybody("editor"));
        let submitter = everybody("submitter");
        let draft = scene.draft(&source("Q", "5"));
        let edited = scene.edit(&scene.wu, &draft, &source("Q", "6")).unwrap();
        scene.by(&submitter, |tx| submit(tx, &draft.id, 2)).unwrap();
        for actor in [&scene.zhou, &scene.wu, &submitter] {
            assert_eq!(refusal(scene.approve(actor, &edited)), "policy-own-approval");
        }
        // An edit long undone is still a hand in it.
        scene.by(&scene.zhou, |tx| take_back(tx, &draft.id)).unwrap();
        let again = scene.edit(&scene.zhou, &edited, &source("Q", "5")).unwrap();
        scene.by(&scene.zhou, |tx| submit(tx, &draft.id, again.revision)).unwrap();
        assert_eq!(refusal(scene.approve(&scene.wu, &again)), "policy-own-approval");
        scene.approve(&everybody("fourth"), &again).unwrap();
        // What they made, they don't end either.
        scene.by(&scene.zhou, |tx| publish_approved(tx, &draft.id)).unwrap();
        let ended = scene.by(&scene.wu, |tx| end(tx, &draft.id, day("2026-12-31"), "终止"));
        assert_eq!(refusal(ended), "policy-own-approval");
        let taken = scene.by(&scene.zhou, |tx| withdraw(tx, &draft.id, "撤回", &none_closed));
        assert_eq!(refusal(taken), "policy-own-approval");
    }

    fn an_approval_is_for_the_terms_that_were_shown(app: &TestApp) {
        let scene = scene(app);
        let version = scene.submitted(&source("Q", "5"));
        let other = Version { terms_hash: terms(&source("Q", "50")).hash(), ..version.clone() };
        let refused = scene.approve(&scene.approver, &other);
        assert_eq!(refusal(refused), "policy-changed-since-shown");
        scene.approve(&scene.approver, &version).unwrap();
        // Taking it back makes the approval void, and so does sending it back.
        scene.by(&scene.zhou, |tx| take_back(tx, &version.id)).unwrap();
        let draft = scene.now(&version.id);
        assert_eq!((draft.approved.clone(), draft.submitted.clone()), (None, None));
        let changed = scene.edit(&scene.zhou, &draft, &source("Q", "50")).unwrap();
        scene.by(&scene.zhou, |tx| submit(tx, &version.id, changed.revision)).unwrap();
        let old = scene.approve(&scene.approver, &version);
        assert_eq!(refusal(old), "policy-changed-since-shown");
        scene.approve(&scene.approver, &changed).unwrap();
        scene.by(&scene.approver, |tx| return_(tx, &version.id, "比例过高")).unwrap();
        let publish = scene.by(&scene.zhou, |tx| publish_approved(tx, &version.id));
        assert_eq!(refusal(publish), "policy-is-draft");
        scene.sound();
    }

    fn of_two_who_edit_one_draft_the_later_is_told_who_changed_it(app: &TestApp) {
        let scene = scene(app);
        let draft = scene.draft(&source("Q", "5"));
        app.wait(chrono::TimeDelta::minutes(5));
        scene.edit(&scene.wu, &draft, &source("Q", "6")).unwrap();
        let Err(Error::Refused(text)) = scene.edit(&scene.zhou, &draft, &source("Q", "7")) else {
            panic!("not refused");
        };
        let said = words::words(Language::En).say(&text);
        assert!(said.starts_with("wu saved changes on 15 Oct 2026 at 10:05."), "{said}");
        let kept = scene.now(&draft.id);
        assert_eq!((kept.revision, kept.terms), (2, terms(&source("Q", "6"))));
        // Nor is submitted what its reader hasn't seen.
        let late = scene.by(&scene.zhou, |tx| submit(tx, &draft.id, draft.revision));
        assert_eq!(refusal(late), "policy-changed-meanwhile");
        // Saving the same again is no change.
        let same = scene.edit(&scene.wu, &scene.now(&draft.id), &source("Q", "6")).unwrap();
        assert_eq!((same.revision, scene.steps(&draft.id).len()), (2, 2));
    }

    fn one_version_of_a_policy_is_under_way_at_a_time(app: &TestApp) {
        let scene = scene(app);
        scene.published(&source("Q", "5"));
        let draft = scene.draft(&source("Q", "6"));
        let again = terms(&source("Q", "7"));
        let second = scene.by(&scene.wu, |tx| policies::draft(tx, &again, &source("Q", "7")));
        let Err(Error::Refused(text)) = second else { panic!("{second:?}") };
        let said = words::words(Language::En).say(&text);
        assert!(said.starts_with("Version 2 of policy Q is being drafted by zhou."), "{said}");
        let shell = app.db.write(&scene.operator, |tx| publish(tx, &again, &source("Q", "7")));
        assert_eq!(refusal(shell), "policy-open-draft");
        let not_own = scene.by(&scene.wu, |tx| withdraw(tx, &draft.id, "重拟", &none_closed));
        assert_eq!(refusal(not_own), "policy-not-own-draft");
        let letters = scene.letters().len();
        scene.by(&scene.zhou, |tx| withdraw(tx, &draft.id, "重拟", &none_closed)).unwrap();
        assert_eq!(scene.letters().len(), letters, "nobody outside knew of it");
        assert_eq!(scene.draft(&source("Q", "7")).number, 3);
        assert_eq!(app.read(|c| policies::by_code(c, "Q")).number, 1);
        scene.sound();
    }

    fn a_code_can_be_mended_until_somebody_outside_knows_it(app: &TestApp) {
        let scene = scene(app);
        scene.draft(&source("TAKEN", "5"));
        let draft = scene.draft(&source("Q-OOPS", "5"));
        let taken = scene.edit(&scene.zhou, &draft, &source("TAKEN", "5"));
        assert!(matches!(taken, Err(Error::Invalid(_))), "{taken:?}");
        let mended = scene.edit(&scene.zhou, &draft, &source("Q-1", "5")).unwrap();
        assert_eq!((&*mended.code, &mended.policy_id), ("Q-1", &draft.policy_id));
        let published = scene.published(&source("P", "5"));
        let next = scene.draft(&source("P", "6"));
        let renamed = scene.edit(&scene.zhou, &next, &source("P-2", "6"));
        assert!(matches!(renamed, Err(Error::Invalid(_))), "{renamed:?}");
        assert_eq!(scene.now(&published.id).code, "P");
    }

    fn an_amendment_follows_on_what_is_promised_when_it_is_published(app: &TestApp) {
        let scene = scene(app);
        scene.published(&source("Q", "5"));
        for (old, new) in [("CNY", "USD"), ("quarter", "month")] {
            let other = source("Q", "5").replace(old, new);
            let refused = scene.by(&scene.zhou, |tx| draft(tx, &terms(&other), &other));
            assert!(matches!(refused, Err(Error::Refused(_))), "{new}");
        }
        let amendment = scene.draft(&source("Q", "6"));
        let other = source("Q", "6").replace("CNY", "USD");
        let refused = scene.edit(&scene.zhou, &amendment, &other);
        assert_eq!(refusal(refused), "policy-currency-stays");
    }

    fn a_policy_is_ended_ahead_and_never_backwards(app: &TestApp) {
        let scene = scene(app);
        let own = a_customer(app, "C1", "甲商贸有限公司");
        a_buyer(app, "boss", own, CustomerRole::Manager);
        let open = scene.published(&source("Q", "5"));
        let end_on = |version: &Version, last: &str, reason: &str| {
            scene.by(&scene.approver, |tx| end(tx, &version.id, day(last), reason))
        };
        for (last, reason) in [("2026-10-14", "终止"), ("2026-12-31", " ")] {
            let refused = end_on(&open, last, reason);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{last} {reason}: {refused:?}");
        }
        let until = format!("to = 2026-12-31\n{}", source("T", "5"));
        let until = scene.published(&until);
        assert!(matches!(end_on(&until, "2026-12-31", "终止"), Err(Error::Invalid(_))));
        let ahead = scene.published(&source("F", "5").replace("2026-01-01", "2027-01-01"));
        assert!(matches!(end_on(&ahead, "2026-12-31", "终止"), Err(Error::Invalid(_))));
        end_on(&open, "2026-11-30", "业务调整").unwrap();
        let ended = scene.now(&open.id);
        assert_eq!((ended.state, ended.last_day()), (VersionState::Ended, Some(day("2026-11-30"))));
        assert_eq!(ended.terms, open.terms, "its terms stay");
        assert!(ended.in_force_on(day("2026-11-30")) && !ended.in_force_on(day("2026-12-01")));
        let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        assert_eq!((&*letter.kind, &*letter.to), ("programme_ended", "boss@example.com"));
        assert!(letter.text.contains("2026年11月30日") && letter.text.contains("业务调整"));
        // It still is what is promised, until a next version takes its place.
        assert_eq!(app.read(|c| policies::by_code(c, "Q")).id, open.id);
        let again = scene.published(&source("Q", "5"));
        assert_eq!((again.number, scene.now(&open.id).state), (2, VersionState::Superseded));
        scene.sound();
    }

    fn what_customers_counted_on_is_not_taken_away(app: &TestApp) {
        let scene = scene(app);
        let version = scene.published(&source("Q", "5"));
        let take = |closed: bool, version: &Version| {
            let any = move |_: &mut Conn, _: &PolicyId| Ok(closed);
            scene.by(&scene.approver, |tx| withdraw(tx, &version.id, "误发", &any))
        };
        assert_eq!(refusal(take(true, &version)), "policy-withdraw-closed");
        let next = scene.published(&source("Q", "6"));
        assert_eq!(refusal(take(false, &next)), "policy-withdraw-amended");
        let other = scene.published(&source("R", "6"));
        take(false, &other).unwrap();
        assert!(matches!(app.db.read(|c| policies::by_code(c, "R")), Err(Error::NotFound)));
        // The operator may, as the audit log says.
        let third = scene.published(&source("S", "6"));
        let id = &third.id;
        app.write(|tx| withdraw(tx, id, "误发", &none_closed));
        let events = app.read(|c| audit::of_object(c, "policy_version", id.as_str()));
        assert_eq!(events.last().unwrap().role, "operator");
    }

    fn only_the_operator_publishes_without_approval_and_the_log_says_so(app: &TestApp) {
        let scene = scene(app);
        let (terms, source) = (terms(&source("Q", "5")), source("Q", "5"));
        let all = a_member(app, "all", StaffRole::ALL);
        let refused = scene.by(&all, |tx| publish(tx, &terms, &source).map(|_| ()));
        assert_eq!(refusal(refused), "policy-needs-approval");
        let version = app.write(|tx| publish(tx, &terms, &source)).version().clone();
        let events = app.read(|c| audit::of_object(c, "policy_version", version.id.as_str()));
        let said = events[0].reason.as_deref();
        assert_eq!(said, Some("published at the command line, without approval"));
        assert_eq!(scene.steps(&version.id), ["published"]);
        scene.sound();
    }

    fn each_step_writes_to_whom_it_concerns(app: &TestApp) {
        let mut scene = scene(app);
        let own = a_customer(app, "C1", "甲商贸有限公司");
        a_buyer(app, "boss", own, CustomerRole::Manager);
        a_member(app, "signer", &[StaffRole::Approver]);
        scene.zhou = a_member(app, "both", &[StaffRole::AccountManager, StaffRole::Approver]);
        let version = scene.submitted(&source("Q", "5"));
        let letter = |kind: &str, to: &str| (kind.to_owned(), format!("{to}@example.com"));
        let mut found = scene.letters();
        found.sort();
        let waiting = [letter("policy_waiting", "approver"), letter("policy_waiting", "signer")];
        assert_eq!(found, waiting, "not to who submitted it");
        scene.by(&scene.approver, |tx| return_(tx, &version.id, "请写明产品范围")).unwrap();
        assert_eq!(scene.letters()[0], letter("policy_returned", "both"));
        let posted = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        assert!(posted.text.contains("请写明产品范围"), "{}", posted.text);
        // Submitted anew, the approvers hear of it anew.
        scene.by(&scene.wu, |tx| submit(tx, &version.id, version.revision)).unwrap();
        assert_eq!(scene.letters().len(), 5);
        scene.approve(&scene.approver, &version).unwrap();
        let mut two = scene.letters()[..2].to_vec();
        two.sort();
        assert_eq!(two, [letter("policy_approved", "both"), letter("policy_approved", "wu")]);
        scene.by(&scene.zhou, |tx| publish_approved(tx, &version.id)).unwrap();
        assert_eq!(scene.letters()[0], letter("programme_published", "boss"));
        assert_eq!(scene.letters().len(), 8);
    }

    fn eight_at_once_take_each_step_once(app: &TestApp) {
        let scene = scene(app);
        let source = source("Q", "5");
        let terms = terms(&source);
        let db = &app.db;
        let drafted = eight_at_once(&|_| db.write(&scene.zhou, |tx| draft(tx, &terms, &source)).map(|_| ()));
        let policy = app.read(policies::all).remove(0);
        let id = &policy.id;
        let edited = eight_at_once(&|racer| {
            let source = self::source("Q", &format!("{}", racer + 6));
            scene.edit(&scene.wu, &policy, &source).map(|_| ())
        });
        let submitted = eight_at_once(&|_| db.write(&scene.zhou, |tx| submit(tx, id, 2)));
        let now = scene.now(id);
        let approved = eight_at_once(&|_| scene.approve(&scene.approver, &now));
        let published =
            eight_at_once(&|_| db.write(&scene.zhou, |tx| publish_approved(tx, id).map(|_| ())));
        let ended = eight_at_once(&|racer| {
            let last = day(&format!("2026-12-{:02}", racer + 1));
            db.write(&scene.approver, |tx| end(tx, id, last, "终止"))
        });
        assert_eq!([drafted, edited, submitted, approved, published, ended], [1; 6]);
        let steps = ["drafted", "edited", "submitted", "approved", "published", "ended"];
        assert_eq!(scene.steps(id), steps);
        scene.sound();
    }

    fn an_edit_and_a_submission_at_once_are_one_of_the_two(app: &TestApp) {
        let scene = scene(app);
        let draft = scene.draft(&source("Q", "5"));
        let done = eight_at_once(&|racer| match racer % 2 {
            0 => scene.edit(&scene.wu, &draft, &source("Q", "6")).map(|_| ()),
            _ => scene.by(&scene.zhou, |tx| submit(tx, &draft.id, draft.revision)),
        });
        assert_eq!(done, 1);
        let after = scene.now(&draft.id);
        let expected = match after.state {
            VersionState::Submitted => ("drafted", "submitted", terms(&source("Q", "5"))),
            _ => ("drafted", "edited", terms(&source("Q", "6"))),
        };
        assert_eq!(scene.steps(&draft.id), [expected.0, expected.1]);
        assert_eq!(after.terms, expected.2);
    }

    fn the_database_refuses_what_the_rules_refuse(app: &TestApp) {
        app.will_tamper();
        let scene = scene(app);
        let mut ids = Vec::new();
        for state in VersionState::ALL.iter().filter(|state| **state != VersionState::Draft) {
            ids.push((scene.in_state(*state, &format!("S-{state}")).id, *state));
        }
        for (id, state) in ids {
            for set in [
                "terms = '{}'", "source = ''", "terms_hash = 'x'", "valid_to = '2027-01-01'",
                "valid_from = '2027-01-01'", "name_zh = 'x'", "currency = 'USD'", "revision = 9",
                "number = 9", "drafted_by = 'x'",
            ] {
                let changed = app.sql(&format!("UPDATE policy_versions SET {set} WHERE id = '{id}'"));
                assert!(changed.is_err(), "{set} of a {state}");
            }
            let never_published = [VersionState::Submitted, VersionState::Approved];
            if !never_published.contains(&state) {
                for set in ["state = 'draft'", "published_at = NULL", "approved_by = NULL"] {
                    let back = app.sql(&format!("UPDATE policy_versions SET {set} WHERE id = '{id}'"));
                    assert!(back.is_err(), "{set} of a {state}");
                }
                let gone = app.sql(&format!("DELETE FROM policy_versions WHERE id = '{id}'"));
                assert!(gone.is_err(), "a {state} was deleted");
            }
        }
        for statement in ["UPDATE policy_steps SET note = 'x'", "DELETE FROM policy_steps"] {
            let refused = app.sql(statement).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{statement}: {refused}");
        }
        // One under way, one promised: also when somebody goes round the rules.
        let draft = scene.draft(&source("Q", "5"));
        let second = format!(
            "INSERT INTO policy_versions (id, policy_id, number, state, name_zh, name_en, currency, \
             period_kind, valid_from, terms, source, terms_hash, drafted_by, drafted_by_name, \
             drafted_at) SELECT 'second', policy_id, 2, 'submitted', '', '', 'CNY', 'month', \
             valid_from, '', '', '', '', '', drafted_at FROM policy_versions WHERE id = '{}'",
            draft.id
        );
        assert!(matches!(app.sql(&second), Err(Error::Duplicate)));
        app.sql(&second.replace("'submitted'", "'published'")).unwrap();
        let third = second.replace("'submitted'", "'ended'").replace("'second', policy_id, 2", "'third', policy_id, 3");
        assert!(matches!(app.sql(&third), Err(Error::Duplicate)));
    }

    fn verify_finds_a_life_that_was_made_up(app: &TestApp) {
        app.will_tamper();
        let scene = scene(app);
        let version = scene.published(&source("Q", "5"));
        let draft = scene.draft(&source("D", "5"));
        scene.sound();
        let zhou = scene.zhou.person().unwrap();
        let guards = match app.engine {
            crate::support::Engine::Sqlite => {
                "DROP TRIGGER policy_steps_no_update; DROP TRIGGER policy_steps_no_delete; \
                 DROP TRIGGER policy_versions_forward"
            }
            crate::support::Engine::Postgres => {
                "DROP TRIGGER policy_steps_append_only ON policy_steps; \
                 DROP TRIGGER policy_versions_forward ON policy_versions"
            }
        };
        app.sql(guards).unwrap();
        let row = |set: &str| format!("UPDATE policy_versions SET {set} WHERE id = '{}'", version.id);
        let step = |set: &str, of: &str| {
            format!("UPDATE policy_steps SET {set} WHERE version_id = '{}' AND action = '{of}'", version.id)
        };
        let approver = scene.approver.person().unwrap();
        for (change, undo, sentence) in [
            (row("state = 'withdrawn'"), row("state = 'published'"), "its steps don't make it withdrawn"),
            (
                row("approved_by = NULL"),
                row(&format!("approved_by = '{approver}'")),
                "it names another approver than its steps",
            ),
            (
                step("note = 'x'", "approved"),
                step(&format!("note = '{}'", version.terms_hash), "approved"),
                "other terms were approved",
            ),
            (
                format!("{}; {}", step(&format!("actor = '{zhou}'"), "approved"), row(&format!("approved_by = '{zhou}'"))),
                format!("{}; {}", step(&format!("actor = '{approver}'"), "approved"), row(&format!("approved_by = '{approver}'"))),
                "who approved it had a hand in it",
            ),
            (
                step("action = 'returned'", "approved"),
                step("action = 'approved'", "returned"),
                "nobody approved it",
            ),
        ] {
            app.sql(&change).unwrap();
            let found = app.read(policies::verify);
            let expected = format!("policy Q version 1: {sentence}");
            assert!(found.contains(&expected), "{change}: {found:#?}");
            app.sql(&undo).unwrap();
            scene.sound();
        }
        app.sql(&format!("DELETE FROM policy_steps WHERE version_id = '{}'", draft.id)).unwrap();
        let found = app.read(policies::verify);
        assert_eq!(found, ["policy D version 1: its steps don't make it draft"]);
    }
}

#[test]
fn every_state_and_step_has_its_words() {
    for words in [words::english(), words::words(Language::ZhCn)] {
        for state in VersionState::ALL {
            assert!(words.has(state.sentence().key), "{state}");
        }
    }
    assert_eq!(StepKind::ALL.len(), Action::ALL.len() + 1, "each action leaves its trace");
}
