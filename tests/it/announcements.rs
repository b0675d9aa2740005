//! Announcements, below the pages: whom they reach and how, that each gets one whatever happens
//! meanwhile, and who may write to whom.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use openrebate::announcements::{
    self, Fate, Reach, Said, Segment, State, Writing, any_due, draft, edit, plan, schedule, work,
};
use openrebate::audit;
use openrebate::customers::{self, NewCustomer};
use openrebate::db::{Clock, Db};
use openrebate::error::Error;
use openrebate::mailbox::{self, LetterState, Posted};
use openrebate::people;
use openrebate::values::{Actor, AnnouncementId, Currency, CustomerRole, Key, Language, StaffRole};

use crate::support::{TestApp, a_buyer, a_customer, a_member, books, eight_at_once, refusal};

pub fn said(subject: &str, text: &str) -> Said {
    Said { subject: subject.to_owned(), text: text.to_owned() }
}

pub fn both_languages() -> Writing {
    Writing {
        zh: said("四季度政策说明会", "各位客户：\n\n说明会在线举行。"),
        en: said("Briefing on the fourth quarter", "To all customers\n\nThe briefing is online."),
        segment: Segment::default(),
    }
}

fn of_codes(codes: &[&str]) -> Writing {
    let mut writing = both_languages();
    writing.segment.customers.codes = codes.iter().map(|code| (*code).to_owned()).collect();
    writing
}

fn write(app: &TestApp, writer: &Actor, writing: &Writing) -> AnnouncementId {
    app.db.write(writer, |tx| draft(tx, writing.clone())).unwrap()
}

fn send(app: &TestApp, writer: &Actor, writing: &Writing) -> AnnouncementId {
    let id = write(app, writer, writing);
    app.db.write(writer, |tx| schedule(tx, &id, 1, tx.at())).unwrap();
    id
}

fn sender() -> Actor {
    Actor::system("announcements")
}

fn finish(app: &TestApp) {
    while work(&app.db, &sender()).unwrap() {}
}

fn one(app: &TestApp, id: &AnnouncementId) -> announcements::Announcement {
    app.read(|conn| announcements::one(conn, &Reach::All, id))
}

fn letters(app: &TestApp, id: &AnnouncementId) -> Vec<Posted> {
    app.read(|conn| mailbox::of_cause(conn, "announcement", id.as_str()))
}

/// By address: the language, and where the letter stands.
fn got(app: &TestApp, id: &AnnouncementId) -> BTreeMap<String, (Language, LetterState)> {
    letters(app, id).into_iter().map(|l| (l.to, (l.language, l.state))).collect()
}

struct Cast {
    finance: Actor,
    manager: Actor,
    first: Key,
    second: Key,
}

/// D-001 with a clerk who reads Chinese, a boss who reads English and a viewer; D-002, whom somebody
/// else looks after, with a clerk; D-003 with a viewer only.
fn cast(app: &TestApp) -> Cast {
    let books = books(app);
    let theirs = NewCustomer {
        account_manager: Some("other@example.com".to_owned()),
        region: "华南".to_owned(),
        ..NewCustomer::regular("D-002", Currency::CNY)
    };
    app.write(|tx| customers::upsert(tx, &theirs));
    let third = a_customer(app, "D-003", "没有财务的客户");
    let finance = a_member(app, "finance", &[StaffRole::Finance]);
    let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    let boss = a_buyer(app, "boss", books.first, CustomerRole::Manager);
    app.write(|tx| people::set_language(tx, boss.person().unwrap(), Language::En));
    a_buyer(app, "viewer", books.first, CustomerRole::Viewer);
    a_buyer(app, "stranger", books.second, CustomerRole::Finance);
    a_buyer(app, "onlooker", third, CustomerRole::Viewer);
    Cast { finance, manager, first: books.first, second: books.second }
}

fn bounce(app: &TestApp, address: &str) {
    app.sql(&format!(
        "INSERT INTO bounced_addresses (address, letter_id, why, bounced_at) \
         SELECT '{address}', id, 'no such mailbox', '2026-10-15 00:00:00' FROM outbox LIMIT 1"
    ))
    .unwrap();
}

fn switch_off(app: &TestApp, address: &str) {
    let person = app.read(|conn| people::by_email(conn, address));
    app.write(|tx| people::set_mail(tx, &person, "announcement", false));
}

both! {
    fn each_reader_gets_it_once_in_their_language(app: &TestApp) {
        let cast = cast(app);
        let id = send(app, &cast.finance, &both_languages());
        assert_eq!(one(app, &id).state, State::Scheduled);
        finish(app);
        use Language::{En, ZhCn};
        use LetterState::Queued;
        let expected = [
            ("boss@example.com", (En, Queued)),
            ("clerk@example.com", (ZhCn, Queued)),
            ("stranger@example.com", (ZhCn, Queued)),
        ];
        let expected: BTreeMap<_, _> = expected.into_iter().map(|(to, how)| (to.to_owned(), how)).collect();
        assert_eq!(got(app, &id), expected);
        let sent = one(app, &id);
        assert_eq!((sent.state, sent.begun_at, sent.ended_at), (State::Sent, Some(app.db.now()), Some(app.db.now())));
        let to_boss = letters(app, &id).into_iter().find(|l| l.to.starts_with("boss")).unwrap();
        assert_eq!(to_boss.subject, "Briefing on the fourth quarter");
        assert!(to_boss.text.contains("To all customers\n\nThe briefing is online.\n"), "{}", to_boss.text);
        assert_eq!(to_boss.customer, Some(cast.first));
        let told: Vec<_> = app
            .read(|conn| audit::of_object(conn, "announcement", id.as_str()))
            .into_iter()
            .map(|event| (event.action, event.actor_name, event.reason))
            .collect();
        let said = |action: &str, who: &str, why: Option<&str>| {
            (action.to_owned(), who.to_owned(), why.map(str::to_owned))
        };
        assert_eq!(told, [
            said("announcement.drafted", "finance", None),
            said("announcement.scheduled", "finance", Some("2026-10-15T02:00:00+00:00")),
            said("announcement.begun", "announcements", Some("receivers: 3")),
            said("announcement.sent", "announcements", Some("by mail: 3, in the portal alone: 0, gone: 0")),
        ]);
    }

    fn who_is_left_out_of_the_mail_and_why_stands_in_the_plan_and_in_the_result(app: &TestApp) {
        let cast = cast(app);
        send(app, &cast.finance, &of_codes(&["D-002"]));
        finish(app);
        bounce(app, "stranger@example.com");
        switch_off(app, "boss@example.com");
        let only_chinese = Writing { en: Said::default(), ..both_languages() };
        let id = write(app, &cast.finance, &only_chinese);
        let known = one(app, &id);
        let ahead = app.read(|conn| plan(conn, &known, app.db.today()));
        assert_eq!(ahead.customers, 3);
        let fates: Vec<_> =
            ahead.receivers.iter().map(|one| (one.person.name.as_str(), one.fate, one.gets)).collect();
        let zh = Language::ZhCn;
        let mut expected = [
            ("clerk", Fate::Mailed, zh),
            ("boss", Fate::SwitchedOff, zh),
            ("stranger", Fate::Bounced, zh),
        ];
        let mut fates = fates;
        fates.sort_unstable();
        expected.sort_unstable();
        assert_eq!(fates, expected);
        assert_eq!(ahead.in_the_other_language(), 1, "boss reads English");
        let nobody: Vec<_> = ahead.nobody.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(nobody, ["D-003"]);
        app.db.write(&cast.finance, |tx| schedule(tx, &id, 1, tx.at())).unwrap();
        finish(app);
        let got = got(app, &id);
        let state = |who: &str| got[&format!("{who}@example.com")];
        assert_eq!(state("clerk"), (zh, LetterState::Queued));
        assert_eq!(state("boss"), (zh, LetterState::Shown));
        assert_eq!(state("stranger"), (zh, LetterState::Shown));
        let left_out = app.read(|conn| announcements::receivers(conn, &id, true, 0, 10));
        let mut left_out: Vec<_> = left_out.iter().map(|one| (one.person.name.as_str(), one.fate)).collect();
        left_out.sort_unstable();
        assert_eq!(left_out, [("boss", Fate::SwitchedOff), ("stranger", Fate::Bounced)]);
        let results = app.read(|conn| announcements::results(conn, &id));
        assert_eq!(results.fates[&Fate::Mailed], 1);
        assert_eq!(results.letters[&LetterState::Shown], 2);
    }

    fn what_somebody_wants_when_it_goes_counts(app: &TestApp) {
        let cast = cast(app);
        let id = send(app, &cast.finance, &both_languages());
        // It has begun, and nobody's turn has come.
        assert!(work(&app.db, &sender()).unwrap());
        switch_off(app, "clerk@example.com");
        let stranger = app.read(|conn| people::by_email(conn, "stranger@example.com"));
        app.write(|tx| people::disable(tx, &stranger.id));
        finish(app);
        let got = got(app, &id);
        assert_eq!(got["clerk@example.com"].1, LetterState::Shown);
        assert_eq!(got["boss@example.com"].1, LetterState::Queued);
        assert!(!got.contains_key("stranger@example.com"));
        let results = app.read(|conn| announcements::results(conn, &id));
        assert_eq!(results.fates[&Fate::Gone], 1);
        // And what waits to leave stays in the portal once its reader has had enough.
        switch_off(app, "boss@example.com");
        assert_eq!(self::got(app, &id)["boss@example.com"].1, LetterState::Shown);
    }

    fn a_killed_process_leaves_nobody_out_and_writes_to_nobody_twice(app: &TestApp) {
        let cast = cast(app);
        for number in 0..210 {
            a_buyer(app, &format!("reader{number}"), cast.second, CustomerRole::Finance);
        }
        let id = send(app, &cast.finance, &both_languages());
        assert!(work(&app.db, &sender()).unwrap());
        assert!(work(&app.db, &sender()).unwrap());
        assert_eq!(letters(app, &id).len(), 200);
        assert_eq!(one(app, &id).state, State::Sending);
        // The next process, and seven more that mind the same schedule.
        let next = Db::open(app.db.url(), app.config.house(), Clock::standing_at(app.db.now())).unwrap();
        assert_eq!(eight_at_once(&|_| { while work(&next, &sender())? {} Ok(()) }), 8);
        let got = letters(app, &id);
        assert_eq!(got.len(), 213);
        let addresses: std::collections::BTreeSet<_> = got.iter().map(|l| l.to.clone()).collect();
        assert_eq!(addresses.len(), 213);
        assert_eq!(one(app, &id).state, State::Sent);
        let results = app.read(|conn| announcements::results(conn, &id));
        assert_eq!(results.fates, [(Fate::Mailed, 213)].into());
    }

    fn it_goes_at_its_time_and_not_once_it_was_called_off(app: &TestApp) {
        let cast = cast(app);
        let (later, off, back) = (
            write(app, &cast.finance, &both_languages()),
            write(app, &cast.finance, &both_languages()),
            write(app, &cast.finance, &both_languages()),
        );
        let at = app.db.now() + TimeDelta::hours(3);
        for id in [&later, &off, &back] {
            app.db.write(&cast.finance, |tx| schedule(tx, id, 1, at)).unwrap();
        }
        app.db.write(&cast.finance, |tx| announcements::cancel(tx, &off)).unwrap();
        app.db.write(&cast.finance, |tx| announcements::take_back(tx, &back)).unwrap();
        app.wait(TimeDelta::minutes(179));
        assert!(!work(&app.db, &sender()).unwrap());
        app.wait(TimeDelta::minutes(1));
        finish(app);
        assert_eq!([&later, &off, &back].map(|id| one(app, id).state), [State::Sent, State::Cancelled, State::Draft]);
        assert_eq!([&later, &off, &back].map(|id| letters(app, id).len()), [3, 0, 0]);
        let finance = &cast.finance;
        assert_eq!(refusal(app.db.write(finance, |tx| announcements::cancel(tx, &later))), "news-is-sent");
        assert_eq!(refusal(app.db.write(finance, |tx| announcements::take_back(tx, &off))), "news-is-cancelled");
        assert_eq!(refusal(app.db.write(finance, |tx| edit(tx, &later, 2, both_languages()))), "news-is-sent");
        assert!(!app.read(|conn| any_due(conn, app.db.now() + TimeDelta::days(400))));
    }

    fn a_segment_is_chosen_as_policies_choose(app: &TestApp) {
        let cast = cast(app);
        let reaches = |change: &dyn Fn(&mut Segment)| {
            let mut writing = both_languages();
            change(&mut writing.segment);
            let known = one(app, &write(app, &cast.finance, &writing));
            let plan = app.read(|conn| plan(conn, &known, app.db.today()));
            let mut codes: Vec<_> = plan.receivers.into_iter().map(|one| one.customer.code).chain(plan.nobody.into_iter().map(|one| one.code)).collect();
            codes.sort_unstable();
            codes.dedup();
            codes.join(" ")
        };
        assert_eq!(reaches(&|_| {}), "D-001 D-002 D-003");
        assert_eq!(reaches(&|s| s.customers.regions = vec!["华南".to_owned()]), "D-002");
        assert_eq!(reaches(&|s| s.customers.except = vec!["D-002".to_owned()]), "D-001 D-003");
        assert_eq!(reaches(&|s| s.customers.types = vec!["distributor".to_owned()]), "");
        assert_eq!(reaches(&|s| s.customers.min_tenure_months = 1), "");
        let only = crate::support::POLICY.replace("Q-1", "Q-2").replace("code =", "customers.codes = [\"D-001\"]\ncode =");
        let terms = openrebate::policies::parse(&only).unwrap();
        app.write(|tx| openrebate::policies::publish(tx, &terms, &only));
        assert_eq!(reaches(&|s| s.programme = Some("Q-1".to_owned())), "D-001 D-002 D-003");
        assert_eq!(reaches(&|s| s.programme = Some("Q-2".to_owned())), "D-001");
        assert_eq!(reaches(&|s| {
            s.programme = Some("Q-2".to_owned());
            s.customers.regions = vec!["华南".to_owned()];
        }), "");
    }

    fn account_managers_write_to_those_they_look_after(app: &TestApp) {
        let cast = cast(app);
        let id = send(app, &cast.manager, &both_languages());
        finish(app);
        let to: Vec<_> = got(app, &id).into_keys().collect();
        assert_eq!(to, ["boss@example.com", "clerk@example.com"]);
        let naming = app.db.write(&cast.manager, |tx| draft(tx, of_codes(&["D-001", "D-002"])));
        let Err(Error::Invalid(problems)) = naming else { panic!("{naming:?}") };
        assert_eq!((&*problems[0].field, problems[0].text.key), ("codes", "news-customer-unknown"));
        // Of finance's they see none, and touch none; finance goes on with theirs.
        let of_finance = write(app, &cast.finance, &both_languages());
        for refused in [
            app.db.write(&cast.manager, |tx| edit(tx, &of_finance, 1, both_languages())),
            app.db.write(&cast.manager, |tx| schedule(tx, &of_finance, 1, tx.at())),
            app.db.write(&cast.manager, |tx| announcements::cancel(tx, &of_finance)),
            app.db.write(&cast.manager, |tx| announcements::try_out(tx, &of_finance).map(|_| ())),
        ] {
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
        let theirs = write(app, &cast.manager, &both_languages());
        app.db.write(&cast.finance, |tx| schedule(tx, &theirs, 1, tx.at())).unwrap();
        finish(app);
        assert_eq!(got(app, &theirs).len(), 2, "still to that manager's customers alone");
        for role in [StaffRole::Auditor, StaffRole::Approver, StaffRole::AppealsReviewer] {
            let other = a_member(app, role.as_str(), &[role]);
            let refused = app.db.write(&other, |tx| draft(tx, both_languages()));
            assert!(matches!(refused, Err(Error::NotFound)), "{role}: {refused:?}");
        }
    }

    fn nobody_writes_over_what_they_havent_seen(app: &TestApp) {
        let cast = cast(app);
        let id = write(app, &cast.finance, &both_languages());
        let mut mine = both_languages();
        mine.zh.text = "甲".to_owned();
        app.db.write(&cast.finance, |tx| edit(tx, &id, 1, mine.clone())).unwrap();
        let stale = app.db.write(&cast.finance, |tx| edit(tx, &id, 1, both_languages()));
        assert_eq!(refusal(stale), "news-changed-meanwhile");
        let stale = app.db.write(&cast.finance, |tx| schedule(tx, &id, 1, tx.at()));
        assert_eq!(refusal(stale), "news-changed-meanwhile");
        assert_eq!(one(app, &id).writing.zh.text, "甲");
        // What is the same already is no change, and no event.
        app.db.write(&cast.finance, |tx| edit(tx, &id, 2, mine.clone())).unwrap();
        assert_eq!(one(app, &id).revision, 2);
        let nobody = write(app, &cast.finance, &of_codes(&["D-003"]));
        assert_eq!(refusal(app.db.write(&cast.finance, |tx| schedule(tx, &nobody, 1, tx.at()))), "news-nobody-gets-it");
    }
}
