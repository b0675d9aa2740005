//! What stands around a dispute: notes, the queue, letters, files.

use openrebate::disputes::{FileStore, View};
use openrebate::mailbox;

use super::*;

both! {
    fn notes_stay_inside(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let id = &dispute.id;
        scene.by(&scene.manager, |tx| disputes::note(tx, id, "内部备注")).unwrap();
        scene.by(&scene.manager, |tx| disputes::reply(tx, id, "已收到")).unwrap();
        let public = app.read(|conn| disputes::public_events(conn, id));
        assert!(public.iter().all(|event| event.kind != EventKind::Note));
        let all = app.read(|conn| disputes::events(conn, id));
        assert_eq!((public.len(), all.len()), (3, 4));
    }

    fn the_queue_shows_what_waits_for_whom(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        scene.filed(0);
        let third = scene.filed(0);
        scene.by(&scene.manager, |tx| disputes::ask(tx, &third.id, "请说明")).unwrap();
        let reach = app.read(|conn| disputes::reach(conn, &scene.manager, app.db.today()));
        assert_eq!(reach.portfolio.as_deref(), Some("manager@example.com"));
        let counts = app.read(|conn| disputes::queue_counts(conn, &reach, app.db.today(), dispute.answer_due));
        let found = (counts.mine, counts.unassigned, counts.about_to_breach, counts.waiting);
        assert_eq!(found, (3, 0, 2, 1));
        let page = |reach: &disputes::Reach, view, search, cursor: Option<&str>| {
            app.read(|conn| disputes::queue(conn, reach, view, search, cursor, 2))
        };
        let first = page(&reach, View::Mine(app.db.today()), None, None);
        let second = page(&reach, View::Mine(app.db.today()), None, first.next.as_deref());
        let numbers: Vec<_> = first.items.iter().chain(&second.items)
            .map(|item| item.dispute.number.as_str()).collect();
        assert_eq!(numbers, ["ZY-2026-10-000001", "ZY-2026-10-000002", "ZY-2026-10-000003"]);
        assert_eq!(second.next, None);
        assert_eq!(page(&reach, View::All, Some("zy-2026-10-000003"), None).items.len(), 1);
        assert_eq!(page(&reach, View::All, Some("甲商贸"), None).items.len(), 2);
        assert!(page(&reach, View::All, Some("%"), None).items.is_empty());
        let elsewhere = a_member(app, "elsewhere", &[StaffRole::AccountManager]);
        let theirs = app.read(|conn| disputes::reach(conn, &elsewhere, app.db.today()));
        assert!(page(&theirs, View::All, None, None).items.is_empty());
        let refused = scene.by(&elsewhere, |tx| disputes::reply(tx, &dispute.id, "?"));
        assert_eq!(refusal(refused), "dispute-needs-manager");
        assert_eq!(app.read(|conn| disputes::open_count(conn, scene.customer)), 3);
    }

    fn each_side_hears_of_what_the_other_does(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(0);
        let id = &dispute.id;
        let (buyer, manager) = (&scene.buyer, &scene.manager);
        scene.by(manager, |tx| disputes::note(tx, id, "内部备注")).unwrap();
        scene.by(manager, |tx| disputes::ask(tx, id, "请提供发票")).unwrap();
        scene.by(buyer, |tx| disputes::answer(tx, id, "见附件")).unwrap();
        scene.by(manager, |tx| disputes::reply(tx, id, "已收到")).unwrap();
        scene.by(manager, |tx| disputes::reply(tx, id, "正在核对")).unwrap();
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Rejected, 0)).unwrap();
        scene.appealed(&dispute).unwrap();
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, id)).unwrap();
        let (accepted, revision) = (verdict(Outcome::Accepted, 100), scene.now(&dispute).revision);
        scene
            .by(&scene.reviewer, |tx| {
                disputes::decide_appeal(tx, id, revision, &accepted, &scene.terms)
            })
            .unwrap();
        let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 50));
        letters.reverse();
        let sent: Vec<_> = letters
            .iter()
            .map(|letter| {
                let (name, _) = letter.to.split_once('@').unwrap();
                format!("{} {name}", letter.kind)
            })
            .collect();
        assert_eq!(
            sent,
            [
                "dispute_received buyer",
                "staff_new_dispute manager",
                "dispute_question buyer",
                "dispute_reply manager",
                "dispute_reply buyer",
                "dispute_reply buyer",
                "dispute_decided buyer",
                "appeal_received buyer",
                "appeal_decided buyer",
            ]
        );
        assert!(letters.iter().all(|letter| !letter.text.contains("内部备注")));
    }

    fn files_are_kept_counted_and_the_customers_own(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.filed(0);
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let attach = || {
            let checked = disputes::check_file("发票.pdf", b"%PDF-1.7").unwrap();
            store.keep(&checked.id, b"%PDF-1.7").unwrap();
            scene.by(&scene.buyer, |tx| disputes::attach(tx, &dispute.id, &checked))
        };
        for _ in 0..disputes::MOST {
            attach().unwrap();
        }
        assert_eq!(refusal(attach()), "dispute-too-many-files");
        let files = app.read(|conn| disputes::files(conn, &dispute.id));
        assert_eq!(files.len(), disputes::MOST);
        let id = &files[0].id;
        assert_eq!(store.read(id).unwrap(), b"%PDF-1.7");
        let own = app.read(|conn| disputes::file_of_customer(conn, scene.customer, id));
        assert_eq!((own.name.as_str(), own.content_type.as_str()), ("发票.pdf", "application/pdf"));
        let other = a_customer(app, "C2", "乙商贸有限公司");
        let foreign = app.db.read(|conn| disputes::file_of_customer(conn, other, id));
        assert!(matches!(foreign, Err(Error::NotFound)));
    }
}
