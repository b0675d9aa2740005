//! Undeliverable addresses: noted, told, left in peace, mended.

use openrebate::audit;
use openrebate::customers::{self, NewCustomer};
use openrebate::mailbox::{self, Delivery, LetterState, Smtp, read_incoming};
use openrebate::statements::Papers;
use openrebate::values::{Actor, Currency, EmailAddress, Key, Language, StaffRole};

use crate::mailbox::{from, plain};
use crate::support::{Fault, Form, Site, SmtpServer, TestApp, Visitor, a_member};

fn a_customer_of(app: &TestApp, manager: &str) -> Key {
    let new = NewCustomer {
        account_manager: Some(manager.to_owned()),
        name: "杭州恒通贸易有限公司".to_owned(),
        statement_emails: Some(vec![EmailAddress::parse("gone@customer.example").unwrap()]),
        ..NewCustomer::regular("D-001", Currency::CNY)
    };
    app.write(|tx| customers::upsert(tx, &new)).key()
}

fn post(app: &TestApp, cause: &str, to: &str, customer: Key) {
    let to = EmailAddress::parse(to).unwrap();
    let letter = crate::mailbox::letter("李伟");
    app.write(|tx| mailbox::post(tx, &to, Language::ZhCn, Some(customer), cause, &letter));
}

fn deliver(app: &TestApp, smtp: &Smtp) -> Delivery {
    mailbox::deliver_next(&app.db, smtp, &Papers).unwrap()
}

fn visitor(site: &Site, name: &str) -> Visitor {
    crate::staff_pages::signed_in(site, name)
}

both! {
    fn an_address_that_takes_no_mail_is_told_left_in_peace_and_mended(app: &TestApp) {
        a_member(app, "manager", &[StaffRole::AccountManager]);
        a_member(app, "other", &[StaffRole::AccountManager]);
        a_member(app, "admin", &[StaffRole::Admin]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let customer = a_customer_of(app, "manager@example.com");
        let server = SmtpServer::start();
        let smtp = Smtp::open(&plain(server.port), from("rebates@example.com")).unwrap();
        server.fail([Fault::Refuse(550)]);
        post(app, "s1", "gone@customer.example", customer);
        assert!(matches!(deliver(app, &smtp), Delivery::Failed(_)));
        // The next one waits, the others' leave.
        post(app, "s2", "gone@customer.example", customer);
        post(app, "s2", "well@customer.example", customer);
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        assert_eq!(deliver(app, &smtp), Delivery::Nothing);
        // Told once, to the account manager and the administrators.
        let tell = || app.write(|tx| customers::tell_bounces(tx, 9));
        assert!(app.read(customers::any_bounce));
        tell();
        tell();
        assert!(!app.read(customers::any_bounce));
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 9));
        let mut told: Vec<_> = letters.iter().filter(|l| l.kind == "address_bounced").collect();
        told.sort_by(|a, b| a.to.cmp(&b.to));
        let to: Vec<_> = told.iter().map(|letter| letter.to.as_str()).collect();
        assert_eq!(to, ["admin@example.com", "manager@example.com"]);
        for part in ["gone@customer.example", "not this one", "杭州恒通贸易有限公司",
            "https://rebates.example.com/staff/customers/D-001"]
        {
            assert!(told[1].text.contains(part), "{part}: {}", told[1].text);
        }
        assert!(!told[1].subject.contains("gone@"), "{}", told[1].subject);
        // Where it shows, and to whom.
        let site = Site::of(app);
        let manager = visitor(&site, "manager");
        manager.get("/staff").assert_has("Undeliverable addresses");
        crate::support::a_buyer(app, "clerk", customer, openrebate::values::CustomerRole::Viewer);
        visitor(&site, "clerk").get("/home").assert_has("E-mail to gone@customer.example is being returned.");
        let page = manager.get("/staff/customers/D-001");
        page.assert_has("Undeliverable since").assert_has("One e-mail waits.");
        visitor(&site, "other").get("/staff/bounces").assert_has("All addresses are deliverable");
        let auditor = visitor(&site, "auditor").get("/staff/bounces");
        assert_eq!(auditor.texts("main button"), Vec::<String>::new());
        // Mended by whom it concerns, and by nobody else.
        let form = page.form("/staff/bounces/release");
        assert_eq!(form.value("address"), Some("gone@customer.example"));
        for name in ["other", "auditor"] {
            let stranger = visitor(&site, name);
            let token = stranger.get("/help").form("/language").value("token").unwrap().to_owned();
            let form = Form::to("/staff/bounces/release".to_owned())
                .with("token", &token)
                .with("address", "gone@customer.example");
            stranger.submit(&form).assert_status(404);
        }
        manager.submit(&form).assert_has("E-mails to gone@customer.example are being sent again.");
        while deliver(app, &smtp) != Delivery::Nothing {}
        let reached = server.received().iter().filter(|m| m.to == ["gone@customer.example"]).count();
        assert_eq!(reached, 1);
        let events = app.read(|conn| audit::latest(conn, None, 50));
        let said: Vec<_> = events
            .iter()
            .rev()
            .filter(|event| event.object_kind == "address")
            .map(|event| format!("{} {} {}", event.actor_name, event.action, event.object_id))
            .collect();
        assert_eq!(said, [
            "mail address.bounced gone@customer.example",
            "manager address.released gone@customer.example",
        ]);
    }

    fn statements_go_to_several_addresses_that_staff_can_mend(app: &TestApp) {
        a_member(app, "manager", &[StaffRole::AccountManager]);
        a_member(app, "other", &[StaffRole::AccountManager]);
        let customer = a_customer_of(app, "manager@example.com");
        let site = Site::of(app);
        let manager = visitor(&site, "manager");
        let path = "/staff/customers/D-001/recipients";
        let page = manager.get(&manager.get("/staff/customers/D-001").link("Change the addresses"));
        let form = page.form(path);
        assert_eq!(form.value("addresses"), Some("gone@customer.example"));
        let wrong = form.clone().with("addresses", "a@customer.example\n\nnonsense");
        let refused = manager.submit(&wrong);
        refused.assert_status(422).assert_has("Line 3: “nonsense” is not an e-mail address.");
        assert_eq!(refused.form(path).value("addresses").unwrap().lines().count(), 3, "it is kept");
        let many: Vec<_> = (0..21).map(|n| format!("a{n}@customer.example")).collect();
        let many = form.clone().with("addresses", &many.join("\n"));
        manager.submit(&many).assert_has("21 addresses are too many.");
        let good = form.with("addresses", "b@customer.example\r\nA@customer.example \r\nb@customer.example");
        manager.submit(&good).assert_has("The addresses are saved.");
        let contacts = app.read(|conn| customers::statement_contacts(conn, customer));
        let contacts: Vec<_> = contacts.iter().map(EmailAddress::as_str).collect();
        assert_eq!(contacts, ["a@customer.example", "b@customer.example"]);
        let events = app.read(|conn| audit::latest(conn, None, 50));
        assert!(events.iter().any(|e| e.action == "customer.changed" && e.actor_name == "manager"));
        visitor(&site, "other").get(path).assert_status(404);
    }

    fn a_report_is_believed_about_its_own_letter_only(app: &TestApp) {
        let customer = a_customer_of(app, "manager@example.com");
        let server = SmtpServer::start();
        let smtp = Smtp::open(&plain(server.port), from("rebates@example.com")).unwrap();
        post(app, "s1", "gone@customer.example", customer);
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        let receive = |text: &str| {
            let mail = read_incoming(text.as_bytes()).unwrap();
            app.db
                .write(&Actor::system("mail"), |tx| mailbox::receive(tx, &mail, None, &[]))
                .unwrap();
            let state = app.read(|conn| mailbox::by_id(conn, &letter.id)).state;
            (state, app.read(|conn| mailbox::bounces(conn, 9)).len())
        };
        let good = report(&letter.message_id, "gone@customer.example", "failed", "5.1.1");
        for (text, expected) in [
            (report(&letter.message_id, "gone@customer.example", "delayed", "4.4.1"), (LetterState::Sent, 0)),
            (report("<other@rebates.example.com>", "gone@customer.example", "failed", "5.1.1"), (LetterState::Sent, 0)),
            (report(&letter.message_id, "boss@customer.example", "failed", "5.1.1"), (LetterState::Sent, 0)),
            (good.replace("multipart/report", "multipart/mixed"), (LetterState::Sent, 0)),
            // A full mailbox has somebody: the letter failed, the address is right.
            (report(&letter.message_id, "gone@customer.example", "failed", "5.2.2"), (LetterState::Failed, 0)),
            (good.clone(), (LetterState::Failed, 1)),
            (good, (LetterState::Failed, 1)),
        ] {
            assert_eq!(receive(&text), expected, "{text}");
        }
        assert_eq!(app.read(mailbox::counts).queued, 0, "nobody is answered");
    }
}

fn report(message_id: &str, to: &str, action: &str, status: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.customer.example\r\nTo: rebates@example.com\r\n\
         Subject: Undelivered\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.customer.example\r\n\r\n\
         Final-Recipient: rfc822;{to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550-{status} the\r\n 550 {status} server said so\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         From: rebates@example.com\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    )
}
