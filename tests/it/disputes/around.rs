//! What stands around a dispute: notes, letters, files.

use openrebate::disputes::FileStore;
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
