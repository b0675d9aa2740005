//! Letters in the portal: whose they are, what counts as read, and what people chose about mail.

use openrebate::mailbox::letters::{NearTier, StatementReady, preview};
use openrebate::mailbox::{self, KINDS, LetterState};
use openrebate::people;
use openrebate::statements::Papers;
use openrebate::values::{
    Actor, Contact, CustomerRole, EmailAddress, Key, Language, Period, PolicyId, StaffRole,
};

use crate::staff_pages::signed_in;
use crate::support::{Form, Site, TestApp, Visitor, a_buyer, a_customer, a_member};

fn near(name: &str) -> NearTier {
    NearTier {
        policy: PolicyId::from_text("p1"),
        name: name.to_owned(),
        period: Period::Month { year: 2026, month: 10 },
        tier: 2,
        attained: 95,
        last_day: "2026-10-31".parse().unwrap(),
        through: None,
        contact: Contact { name: "Li Wei".to_owned(), email: None, phone: None },
    }
}

fn tell(app: &TestApp, actor: &Actor, customer: Key, cause: &str) {
    let person = app.read(|conn| people::by_id(conn, actor.person().unwrap()));
    let letter = near("Volume rebate");
    let house = Language::ZhCn;
    let told = app.write(|tx| people::write_to(tx, &person, house, Some(customer), cause, &letter));
    assert!(told);
}

fn unread(visitor: &Visitor) -> String {
    visitor.get("/help").texts(".tools .badge").concat()
}

both! {
    fn letters_wait_in_the_portal_until_they_are_opened(app: &TestApp) {
        let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
        let other = a_customer(app, "D-002", "宁波港湾电子有限公司");
        let clerk = a_buyer(app, "clerk", customer, CustomerRole::Finance);
        let boss = a_buyer(app, "boss", customer, CustomerRole::Manager);
        for (actor, about, cause) in
            [(&clerk, customer, "c1"), (&clerk, customer, "c2"), (&boss, customer, "c3"), (&clerk, other, "c4")]
        {
            tell(app, actor, about, cause);
        }
        let site = Site::of(app);
        let visitor = signed_in(&site, "clerk");
        assert_eq!(unread(&visitor), "unread: 2", "not the boss's, nor about another customer");
        let page = visitor.get("/notices");
        assert_eq!(page.texts("tbody tr").len(), 2);
        // They were written in Chinese; who reads pages in English is told in English.
        page.assert_has("Volume rebate: tier 2 is near");
        assert!(!page.texts("main").concat().contains("距第"));
        // Looking at the list reads nothing; opening one does, and leads where its button does.
        assert_eq!(unread(&visitor), "unread: 2");
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 9));
        let of = |cause: &str| letters.iter().find(|l| l.cause_id == cause).unwrap().id.to_string();
        let opened = visitor.post(&page.form(&format!("/notices/{}/reading", of("c1"))));
        assert_eq!(opened.header("location").unwrap(), "/programmes/p1/progress");
        assert_eq!(unread(&visitor), "unread: 1");
        // Nobody opens another's.
        let token = page.form("/language").value("token").unwrap().to_owned();
        for cause in ["c3", "c4"] {
            let form = Form::to(format!("/notices/{}/reading", of(cause))).with("token", &token);
            visitor.post(&form).assert_status(404);
        }
        visitor.submit(&visitor.get("/notices").form("/notices/reading")).assert_status(200);
        assert_eq!(unread(&visitor), "");
        assert_eq!(unread(&signed_in(&site, "boss")), "unread: 1");
        // Who serves many customers is told whom each letter is about; a customer knows.
        assert!(!visitor.get("/notices").texts("main").concat().contains("杭州恒通"));
        let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
        tell(app, &manager, customer, "c5");
        signed_in(&site, "manager").get("/notices").assert_has("杭州恒通贸易有限公司");
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        let page = signed_in(&site, "auditor").get(&format!("/staff/mailbox/{}", letter.id));
        let links = page.links("main dl a");
        let customer = ("杭州恒通贸易有限公司".to_owned(), "/staff/customers/D-001".to_owned());
        assert_eq!(links, [customer]);
    }

    fn who_switches_mail_off_still_finds_it_in_the_portal_and_reads_it_as_they_chose(app: &TestApp) {
        let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
        let clerk = a_buyer(app, "clerk", customer, CustomerRole::Finance);
        tell(app, &clerk, customer, "c1");
        let site = Site::of(app);
        let visitor = signed_in(&site, "clerk");
        let form = visitor.get("/notifications").form("/notifications");
        let form = form.without("kind[]").with("language[]", "near_tier:en");
        visitor.submit(&form).assert_has("Your notification settings are saved.");
        tell(app, &clerk, customer, "c2");
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 9));
        let of = |cause: &str| letters.iter().find(|l| l.cause_id == cause).unwrap();
        // What hadn't left by then stays, in the language it was written in.
        assert_eq!((of("c1").state, of("c1").language), (LetterState::Shown, Language::ZhCn));
        assert_eq!((of("c2").state, of("c2").language), (LetterState::Shown, Language::En));
        assert_eq!(unread(&visitor), "unread: 2");
        // It never leaves, whoever delivers.
        let folder = app.config.mail.open().unwrap();
        while mailbox::deliver_next(&app.db, folder.as_ref(), &Papers).unwrap() != mailbox::Delivery::Nothing {}
        assert_eq!(app.read(mailbox::counts).shown, 2);
        // Only what is offered can be chosen.
        for (field, value) in [
            ("language[]", "near_tier:fr"),
            ("language[]", "policy_waiting:en"),
            ("language[]", "near_tier"),
        ] {
            let form = visitor.get("/notifications").form("/notifications").with(field, value);
            visitor.submit(&form).assert_status(400);
        }
    }

    fn staff_see_every_letter_with_made_up_data_and_admins_get_a_test_message(app: &TestApp) {
        a_member(app, "auditor", &[StaffRole::Auditor]);
        a_member(app, "admin", &[StaffRole::Admin]);
        let site = Site::of(app);
        let auditor = signed_in(&site, "auditor");
        let list = auditor.get("/staff/letter-previews");
        assert_eq!(list.texts("tbody tr").len(), KINDS.len());
        assert_eq!(list.texts("main form").len(), 0);
        let page = auditor.get("/staff/letter-previews/statement_ready/zh-CN");
        page.assert_has("DZ-2026-09-000001").assert_has("The data is made up");
        let html = auditor.get("/staff/letter-previews/statement_ready/en/html");
        assert!(html.header("content-security-policy").unwrap().contains("sandbox"));
        auditor.get("/staff/letter-previews/nonsense/en").assert_status(404);
        auditor.get("/staff/letter-previews/statement_ready/fr").assert_status(404);
        let admin = signed_in(&site, "admin");
        let form = admin.get("/staff/letter-previews").form("/staff/test-message");
        admin.submit(&form).assert_has("A test message to admin@example.com is on its way");
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 9));
        assert_eq!((letters[0].to.as_str(), letters[0].kind.as_str()), ("admin@example.com", "test_message"));
        // Pressed again, it is sent again.
        let form = admin.get("/staff/letter-previews").form("/staff/test-message");
        admin.submit(&form).assert_status(200);
        assert_eq!(app.read(|conn| mailbox::latest(conn, None, None, 9)).len(), 2);
    }

    fn the_mail_page_says_what_holds_letters_up_and_sends_failed_ones_again(app: &TestApp) {
        struct Refusing;
        impl mailbox::Transport for Refusing {
            fn send(&self, letter: &mailbox::Outgoing) -> Result<(), mailbox::Failure> {
                match letter.to.ends_with("bad.example") {
                    true => Err(mailbox::Failure::Permanent("554 looks like spam".to_owned())),
                    false => Err(mailbox::Failure::Relay("nobody is there".to_owned())),
                }
            }
        }
        a_member(app, "admin", &[StaffRole::Admin]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        for (cause, to) in [("a", "x@bad.example"), ("b", "y@bad.example"), ("c", "z@good.example")] {
            let to = EmailAddress::parse(to).unwrap();
            let letter: StatementReady = crate::mailbox::letter("Li Wei");
            app.write(|tx| mailbox::post(tx, &to, Language::En, None, cause, &letter));
        }
        while mailbox::deliver_next(&app.db, &Refusing, &Papers).unwrap() != mailbox::Delivery::Nothing {}
        let site = Site::of(app);
        let page = signed_in(&site, "auditor").get("/staff/mailbox");
        page.assert_has("E-mails are written to the folder");
        page.assert_has("has accepted no e-mail since").assert_has("nobody is there");
        assert_eq!(page.texts("main form").len(), 0, "who only reads sends nothing");
        let admin = signed_in(&site, "admin");
        let page = admin.get("/staff/mailbox");
        assert_eq!(page.texts(".card tbody tr"), [
            "bad.example 0 2 Send again bad.example",
            "good.example 1 0 15 Oct 2026 10:00",
        ]);
        let ready = site.visitor("en").get("/readyz");
        assert_eq!((ready.status, ready.body().as_str()), (200, "ready, but mail waits: the relay is away\n"));
        let form = page.form("/staff/mailbox").with("domain", "bad.example");
        admin.submit(&form).assert_has("2 e-mails are in the queue again.");
        let counts = app.read(mailbox::counts);
        assert_eq!((counts.queued, counts.failed), (3, 0));
    }
}

#[test]
fn every_kind_of_letter_can_be_looked_at_in_both_languages() {
    let house = openrebate::db::House::default();
    for kind in KINDS {
        for language in Language::ALL {
            let found = preview(kind.code, *language, &house).unwrap();
            let found = found.unwrap_or_else(|| panic!("{} has no sample", kind.code));
            assert!(!found.subject.is_empty() && found.html.len() < 100_000, "{}", kind.code);
            // E6: nothing remote, no amounts where a locked screen shows them.
            for remote in ["<img", "src=", "url(", "<link", "<script"] {
                assert!(!found.html.contains(remote), "{} holds {remote}", kind.code);
            }
            let preheader = found.text.lines().next().unwrap();
            for shown in [&*found.subject, preheader] {
                assert!(!shown.contains(['¥', '￥', '$', '€']), "{}: {shown}", kind.code);
            }
        }
    }
}
