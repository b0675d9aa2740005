//! Statements as attached PDF: for customers who want it, byte for byte the page's download, and
//! never in the way of the letter.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use mail_parser::{Message, MessageParser, MimeHeaders};
use openrebate::accruals;
use openrebate::audit;
use openrebate::customers;
use openrebate::db::Db;
use openrebate::disputes;
use openrebate::error::{Error, Result};
use openrebate::mailbox::{
    self, Delivery, Enclosure, Enclosures, LARGEST, LetterState, Posted, Smtp,
};
use openrebate::statements::{self, Papers, Statement};
use openrebate::values::{Actor, CustomerRole, EmailAddress, Key, Language, StaffRole};

use crate::mailbox::{from, plain};
use crate::staff_pages::signed_in;
use crate::support::{
    Books, Fault, Form, Received, Site, SmtpServer, TestApp, a_buyer, a_member, books, sell,
};

/// Two customers with a statement of the third quarter; the first one's mail brings the PDF.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "buyer", books.second, CustomerRole::Finance);
    attach(app, books.first, true);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
    books
}

fn attach(app: &TestApp, customer: Key, attach: bool) {
    app.write(|tx| {
        let customer = customers::by_id(tx, customer)?;
        statements::set_attachment(tx, &customer, attach)
    });
}

fn latest(app: &TestApp, customer: Key) -> Statement {
    app.read(|conn| statements::of_customer(conn, customer)).remove(0)
}

fn server() -> (SmtpServer, Smtp) {
    let server = SmtpServer::start();
    let smtp = Smtp::open(&plain(server.port), from("返利中心 <rebates@example.com>")).unwrap();
    (server, smtp)
}

/// What became of every letter that was due.
fn deliver(app: &TestApp, smtp: &Smtp, enclosures: &dyn Enclosures) -> Vec<&'static str> {
    let mut came = Vec::new();
    loop {
        came.push(match mailbox::deliver_next(&app.db, smtp, enclosures).unwrap() {
            Delivery::Nothing => return came,
            Delivery::Sent(_) => "sent",
            Delivery::Lighter(_) => "lighter",
            Delivery::Delayed(..) => "delayed",
            Delivery::Failed(_) => "failed",
        });
    }
}

fn to<'a>(mails: &'a [Received], address: &str) -> &'a Received {
    mails.iter().find(|mail| mail.to == [address]).unwrap()
}

fn parsed(mail: &Received) -> Message<'_> {
    MessageParser::default().parse(mail.data.as_bytes()).unwrap()
}

fn letter_to(app: &TestApp, address: &str) -> Posted {
    let letters = app.read(|conn| mailbox::latest(conn, None, None, 99));
    letters.into_iter().find(|letter| letter.to == address).unwrap()
}

/// The PDF the clerk finds in the portal.
fn download(app: &TestApp, statement: &Statement) -> Vec<u8> {
    let site = Site::of(app);
    let clerk = site.visitor("zh-CN");
    clerk.sign_in("clerk@example.com", crate::support::PASSWORD).assert_status(200);
    clerk.get(&format!("/statements/{}/file/pdf", statement.id)).bytes
}

both! {
    fn the_mail_brings_the_pdf_to_customers_who_want_it_and_to_nobody_else(app: &TestApp) {
        let books = scene(app);
        let (server, smtp) = server();
        assert_eq!(deliver(app, &smtp, &Papers), ["sent", "sent"]);
        let mails = server.received();
        let statement = latest(app, books.first);
        let mail = to(&mails, "clerk@example.com");
        assert!(mail.header("Content-Type").unwrap().starts_with("multipart/mixed"));
        let message = parsed(mail);
        assert_eq!(message.attachment_count(), 1);
        let part = message.attachments().next().unwrap();
        let kind = part.content_type().unwrap();
        assert_eq!((kind.ctype(), kind.subtype()), ("application", Some("pdf")));
        assert_eq!(part.attachment_name(), Some("DZ-2026-09-000001.pdf"));
        assert_eq!(part.contents(), statements::pdf(&statement, app.db.house(), Language::ZhCn).unwrap());
        assert_eq!(part.contents(), download(app, &statement));
        // Text and HTML as ever, with the link, and that the file comes with it.
        let posted = letter_to(app, "clerk@example.com");
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(lines(&message.body_text(0).unwrap()), lines(&posted.text));
        assert_eq!(lines(&message.body_html(0).unwrap()), lines(&posted.html));
        for part in ["以附件随邮件发送", &format!("/statements/{}", statement.id)] {
            assert!(posted.text.contains(part) && posted.html.contains(part), "{part}: {}", posted.text);
        }
        assert!(!posted.subject.contains(['¥', ',', '.']), "{}", posted.subject);
        assert_eq!(mail.header("Message-ID").unwrap(), posted.message_id);
        // The other customer's: as before.
        let mail = to(&mails, "buyer@example.com");
        assert!(mail.header("Content-Type").unwrap().starts_with("multipart/alternative"));
        assert_eq!(parsed(mail).attachment_count(), 0);
        assert!(!letter_to(app, "buyer@example.com").text.contains("附件"));
    }

    fn a_corrected_statement_comes_with_its_own_pdf_and_a_reminder_with_none(app: &TestApp) {
        let books = scene(app);
        let (server, smtp) = server();
        deliver(app, &smtp, &Papers);
        let first = latest(app, books.first);
        sell(app, "9,CR-1,2026-09-28,D-001,P-1,-10,-10000.00,CNY,return\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let open = disputes::open_on_statement;
        app.write(|tx| statements::correct(tx, &first.id, "补录退货", 10, &open));
        deliver(app, &smtp, &Papers);
        let mails = server.received();
        let message = parsed(mails.last().unwrap());
        let part = message.attachments().next().unwrap();
        assert_eq!(part.attachment_name(), Some("DZ-2026-09-000001-V2.pdf"));
        let corrected = latest(app, books.first);
        assert_eq!(part.contents(), statements::pdf(&corrected, app.db.house(), Language::ZhCn).unwrap());
        app.wait(TimeDelta::days(8));
        app.write(|tx| statements::tell_deadlines(tx, 99));
        let before = mails.len();
        deliver(app, &smtp, &Papers);
        let mails = server.received();
        assert!(mails.len() > before, "nobody was reminded");
        assert!(mails[before..].iter().all(|mail| parsed(mail).attachment_count() == 0));
    }

    fn what_is_refused_with_the_pdf_leaves_at_once_without_and_the_manager_is_told(app: &TestApp) {
        let books = scene(app);
        a_member(app, "manager", &[StaffRole::AccountManager]);
        a_member(app, "other", &[StaffRole::AccountManager]);
        let (server, smtp) = server();
        server.fail([Fault::RefuseContent(552)]);
        assert_eq!(deliver(app, &smtp, &Papers), ["lighter", "sent", "sent"]);
        let mails = server.received();
        assert_eq!(mails.len(), 2, "each once");
        let mail = to(&mails, "clerk@example.com");
        assert_eq!(parsed(mail).attachment_count(), 0);
        let posted = letter_to(app, "clerk@example.com");
        assert_eq!(mail.header("Message-ID").unwrap(), posted.message_id);
        assert_eq!((posted.state, posted.encloses, posted.last_error), (LetterState::Sent, None, None));
        assert!(posted.text.contains("邮件系统不接收附件时除外"), "{}", posted.text);
        let left_out = app.read(|conn| mailbox::left_out_of(conn, &posted.id)).unwrap();
        assert!(left_out.why.contains("not like this"), "{}", left_out.why);
        // Told once, to whoever looks after the customer.
        for _ in 0..2 {
            app.write(|tx| customers::tell_left_out(tx, 99));
        }
        let mut told = app.read(|conn| mailbox::latest(conn, None, None, 99));
        told.retain(|letter| letter.kind == "enclosure_left_out");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "manager@example.com");
        for part in ["clerk@example.com", "杭州恒通贸易有限公司", "552", "/staff/customers/D-001"] {
            assert!(told[0].text.contains(part), "{part}: {}", told[0].text);
        }
        let statement = latest(app, books.first);
        let site = Site::of(app);
        signed_in(&site, "manager").get(&format!("/staff/statements/{}", statement.id))
            .assert_has("without the PDF: ");
        let events = app.read(|conn| audit::latest(conn, None, 50));
        let noted = |action| events.iter().filter(|event| event.action == action).count();
        assert_eq!((noted("letter.enclosure_left_out"), noted("letter.sent")), (1, 2));
    }

    fn what_is_refused_without_it_too_fails_as_any_letter(app: &TestApp) {
        scene(app);
        let (server, smtp) = server();
        server.fail([Fault::RefuseContent(554), Fault::RefuseContent(554)]);
        assert_eq!(deliver(app, &smtp, &Papers), ["lighter", "failed", "sent"]);
        let posted = letter_to(app, "clerk@example.com");
        assert_eq!((posted.state, posted.attempts), (LetterState::Failed, 2));
        assert_eq!(app.read(|conn| mailbox::bounces(conn, 9)), [], "the address is right");
    }

    fn what_is_refused_for_now_is_tried_again_with_the_pdf(app: &TestApp) {
        scene(app);
        let (server, smtp) = server();
        server.fail([Fault::RefuseContent(452)]);
        assert_eq!(deliver(app, &smtp, &Papers), ["delayed", "sent"]);
        app.wait(TimeDelta::minutes(2));
        assert_eq!(deliver(app, &smtp, &Papers), ["sent"]);
        let mails = server.received();
        assert_eq!(parsed(to(&mails, "clerk@example.com")).attachment_count(), 1);
    }

    fn a_pdf_that_cannot_be_made_keeps_no_letter_back(app: &TestApp) {
        enum Maker { Refuses, TooLarge, Panics, Busy }
        impl Enclosures for Maker {
            fn make(&self, _: &Db, _: &str, _: Language) -> Result<Enclosure> {
                match self {
                    Self::Refuses => Err(Error::internal("no typeface")),
                    Self::TooLarge => Ok(Enclosure {
                        name: "x.pdf".to_owned(), kind: "application/pdf", bytes: vec![0; LARGEST + 1],
                    }),
                    Self::Panics => panic!("a defect"),
                    Self::Busy => Err(Error::Busy("the database is away".to_owned())),
                }
            }
        }
        let books = scene(app);
        let (server, smtp) = server();
        // The database's trouble is nobody's fault: the letter waits a minute.
        assert_eq!(deliver(app, &smtp, &Maker::Busy), ["delayed", "sent"]);
        app.wait(TimeDelta::minutes(2));
        assert_eq!(deliver(app, &smtp, &Maker::Refuses), ["lighter", "sent"]);
        let statement = latest(app, books.first);
        for (n, maker) in [Maker::TooLarge, Maker::Panics].into_iter().enumerate() {
            let contact = EmailAddress::parse(&format!("c{n}@customer.example"));
            app.write(|tx| customers::set_statement_contacts(tx, books.first, contact.iter().cloned().collect()));
            assert_eq!(app.write(|tx| statements::send_again(tx, &statement)), 1);
            assert_eq!(deliver(app, &smtp, &maker), ["lighter", "sent"]);
        }
        let mails = server.received();
        assert_eq!(mails.len(), 4);
        assert!(mails.iter().all(|mail| parsed(mail).attachment_count() == 0));
        let why = |to| app.read(|conn| mailbox::left_out_of(conn, &letter_to(app, to).id)).unwrap().why;
        assert_eq!(why("clerk@example.com"), "can't be made: no typeface");
        assert_eq!(why("c0@customer.example"), format!("too large: {} bytes, at most {LARGEST}", LARGEST + 1));
        assert_eq!(why("c1@customer.example"), "can't be made: its maker panicked");
    }

    fn whatever_a_file_is_called_it_makes_no_header(app: &TestApp) {
        struct Named(AtomicUsize, Vec<String>);
        impl Enclosures for Named {
            fn make(&self, _: &Db, _: &str, _: Language) -> Result<Enclosure> {
                let name = self.1[self.0.fetch_add(1, Ordering::Relaxed) % self.1.len()].clone();
                Ok(Enclosure { name, kind: "application/pdf", bytes: b"%PDF".to_vec() })
            }
        }
        let books = scene(app);
        let (server, smtp) = server();
        deliver(app, &smtp, &Papers);
        let mut names: Vec<String> = (0_u8..32).chain([127]).map(|byte| format!("a{}Bcc: x@evil.example.pdf", char::from(byte))).collect();
        names.extend(["a\r\nBcc: x@evil.example\r\n\r\nbody.pdf", "\"; x=\"1", "a\u{2028}b.pdf", "对账单\u{85}.pdf", ""].map(str::to_owned));
        let contacts = (0..20).filter_map(|n| EmailAddress::parse(&format!("n{n}@customer.example")));
        let contacts: Vec<_> = contacts.collect();
        let statement = latest(app, books.first);
        let maker = Named(AtomicUsize::new(0), names.clone());
        let before = server.received().len();
        let mut sent = 0;
        for round in 0..2 {
            let contacts = contacts.iter().map(|to| format!("r{round}{to}"));
            let contacts = contacts.filter_map(|to| EmailAddress::parse(&to)).collect::<Vec<_>>();
            app.write(|tx| customers::set_statement_contacts(tx, books.first, contacts.clone()));
            sent += app.write(|tx| statements::send_again(tx, &statement));
            deliver(app, &smtp, &maker);
        }
        assert!(sent >= names.len(), "{sent}");
        let mails = server.received();
        assert_eq!(mails.len() - before, sent);
        for mail in &mails[before..] {
            assert_eq!((mail.to.len(), mail.header("Bcc")), (1, None));
            let message = parsed(mail);
            assert_eq!(message.attachment_count(), 1);
            let part = message.attachments().next().unwrap();
            assert_eq!(part.contents(), b"%PDF");
            assert!(part.headers().iter().all(|header| !header.name().eq_ignore_ascii_case("bcc")));
        }
    }

    fn who_looks_after_a_customer_chooses_and_the_customer_sees_it(app: &TestApp) {
        let books = books(app);
        a_buyer(app, "clerk", books.first, CustomerRole::Viewer);
        a_member(app, "manager", &[StaffRole::AccountManager]);
        a_member(app, "other", &[StaffRole::AccountManager]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let site = Site::of(app);
        let attached = || {
            app.read(|conn| statements::terms_of(conn, books.first)).is_some_and(|terms| terms.attach_pdf)
        };
        let path = "/staff/customers/D-001/recipients";
        let manager = signed_in(&site, "manager");
        manager.get("/staff/customers/D-001").assert_has("Statement e-mails contain the link only, no PDF.");
        let form = manager.get(path).form(path);
        assert_eq!(form.value("attach"), None, "off by default");
        for name in ["other", "auditor", "clerk"] {
            let stranger = signed_in(&site, name);
            let token = stranger.get("/help").form("/language").value("token").unwrap().to_owned();
            let form = Form::to(path.to_owned()).with("token", &token).with("addresses", "").with("attach", "yes");
            stranger.submit(&form).assert_status(404);
        }
        manager.submit(&form.clone().with("attach", "no, thanks")).assert_status(400);
        let wrong = form.clone().with("attach", "yes").with("addresses", "nonsense");
        let again = manager.submit(&wrong);
        again.assert_status(422);
        assert_eq!(again.form(path).value("attach"), Some("yes"), "it is kept");
        assert!(!attached());
        let good = form.with("attach", "yes");
        manager.submit(&good).assert_has("Statement e-mails include the PDF.");
        assert!(attached());
        signed_in(&site, "clerk").get("/notifications").assert_has("The e-mail includes the statement as PDF");
        // What else is agreed stays, and stays apart.
        let terms = statements::NewTerms { rhythm: None, day: 1, agreement: Some("HT-1".to_owned()) };
        app.write(|tx| {
            let customer = customers::by_id(tx, books.first)?;
            statements::set_terms(tx, &customer, &terms)
        });
        assert!(attached());
        manager.submit(&manager.get(path).form(path).without("attach"));
        let kept = app.read(|conn| statements::terms_of(conn, books.first)).unwrap();
        assert_eq!((kept.attach_pdf, kept.agreement.as_deref()), (false, Some("HT-1")));
        let events = app.read(|conn| audit::of_object(conn, "customer", "D-001"));
        let said: Vec<_> = events.iter()
            .filter(|event| event.action == "statement_mail.changed")
            .map(|event| format!("{}: {}", event.actor_name, event.reason.as_deref().unwrap()))
            .collect();
        assert_eq!(said, ["manager: link only → PDF enclosed", "manager: PDF enclosed → link only"]);
    }

    fn a_statement_is_sent_once_more_on_request_by_whom_it_concerns(app: &TestApp) {
        let books = scene(app);
        for (name, role) in [
            ("manager", StaffRole::AccountManager),
            ("other", StaffRole::AccountManager),
            ("finance", StaffRole::Finance),
            ("auditor", StaffRole::Auditor),
            ("admin", StaffRole::Admin),
        ] {
            a_member(app, name, &[role]);
        }
        let (server, smtp) = server();
        deliver(app, &smtp, &Papers);
        let statement = latest(app, books.first);
        let site = Site::of(app);
        let (page, action) =
            (format!("/staff/statements/{}", statement.id), format!("/staff/statements/{}/copies", statement.id));
        for name in ["manager", "finance"] {
            let visitor = signed_in(&site, name);
            let form = visitor.get(&page).form(&action);
            visitor.submit(&form).assert_status(200).assert_has("One e-mail with the statement leaves once more.");
            // A second click on the same button sends nothing.
            visitor.submit(&form).assert_status(200);
        }
        deliver(app, &smtp, &Papers);
        let mails = server.received();
        let theirs: Vec<_> = mails.iter().filter(|mail| mail.to == ["clerk@example.com"]).collect();
        assert_eq!(theirs.len(), 3);
        let names: std::collections::BTreeSet<_> = theirs.iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(names.len(), 3, "each has a name of its own");
        assert!(theirs.iter().all(|mail| parsed(mail).attachment_count() == 1));
        let said = signed_in(&site, "manager").get(&page).text();
        assert_eq!(said.matches("clerk@example.com").count(), 3, "{said}");
        for (name, status) in [("other", 404), ("auditor", 404), ("admin", 404), ("clerk", 404)] {
            let visitor = signed_in(&site, name);
            let token = visitor.get("/help").form("/language").value("token").unwrap().to_owned();
            visitor.submit(&Form::to(action.clone()).with("token", &token)).assert_status(status);
        }
        assert!(!signed_in(&site, "auditor").get(&page).body().contains("/copies"));
        let events = app.read(|conn| audit::of_object(conn, "statement", statement.id.as_str()));
        let copies: Vec<_> = events.iter().filter(|event| event.action == "statement.copy_sent")
            .map(|event| format!("{}: {}", event.actor_name, event.reason.as_deref().unwrap())).collect();
        assert_eq!(copies, ["manager: copy 1, letters: 1", "finance: copy 2, letters: 1"]);
        // One that failed is sent again as it is; a copy of a superseded version makes no sense.
        let nobody = app.db.write(&Actor::operator(), |tx| {
            customers::set_statement_contacts(tx, books.second, Vec::new())?;
            statements::send_copy(tx, &Statement { superseded_by: Some(statement.id.clone()), ..statement.clone() })
        });
        assert_eq!(crate::support::refusal(nobody), "statement-superseded");
    }
}
