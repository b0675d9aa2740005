//! People's own data: every column annotated, a whole copy, requests answered by a date, and a
//! deletion that leaves the books as they are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use openrebate::error::{Error, Result};
use openrebate::exports::{self, Kind, Scope, Wish};
use openrebate::mailbox::{self, LetterState, Posted};
use openrebate::people::{self, Person, PersonState};
use openrebate::privacy::inventory::{Holds, How, INVENTORY};
use openrebate::privacy::rules::RETENTION;
use openrebate::privacy::{self, Answer, Request, RequestKind, RequestState};
use openrebate::reports::{self, Format};
use openrebate::statements;
use openrebate::values::{Actor, CustomerRole, DataRequestId, EmailAddress, StaffRole};
use openrebate::{audit, customers};
use serde_json::Value;

use crate::access::everything;
use crate::schema::columns;
use crate::staff_pages::{closed, house, signed_in};
use crate::support::{PASSWORD, TestApp, a_buyer, a_member, eight_at_once, refusal};
use crate::worker::workshop;

fn person(app: &TestApp, name: &str) -> Person {
    app.read(|conn| people::by_email(conn, &format!("{name}@example.com")))
}

fn ask(app: &TestApp, name: &str, kind: RequestKind) -> Result<DataRequestId> {
    let person = person(app, name);
    let actor = person.actor(None, None);
    app.db.write(&actor, |tx| privacy::ask(tx, &person, kind, "请处理", 15))
}

fn grant(app: &TestApp, by: &str, id: &DataRequestId) -> Result<()> {
    let actor = person(app, by).actor(None, None);
    let answer = Answer { outcome: RequestState::Done, text: String::new(), corrected: None };
    app.db.write(&actor, |tx| privacy::answer(tx, id, &answer))
}

fn requests(app: &TestApp, name: &str) -> Vec<Request> {
    let person = person(app, name);
    app.read(|conn| privacy::of_person(conn, &person.id))
}

fn letters(app: &TestApp, kind: &str) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
    letters.retain(|letter| letter.kind == kind);
    letters
}

both! {
    fn every_column_says_whether_it_is_about_a_person(app: &TestApp) {
        let real: BTreeSet<(String, String)> = columns(app);
        let mut known = BTreeSet::new();
        let mut kinds = BTreeSet::new();
        for entry in INVENTORY.iter() {
            let table = entry.table.to_owned();
            if let Holds::Tie { column, how, kind } = &entry.holds {
                known.insert((table.clone(), (*column).to_owned()));
                if let How::Through(other) = how {
                    known.insert(((*other).to_owned(), "person_id".to_owned()));
                }
                kinds.insert(*kind);
            }
            for column in &entry.columns {
                known.insert((table.clone(), column.name.to_owned()));
            }
        }
        let nothing = Vec::<&(String, String)>::new();
        assert_eq!(real.difference(&known).collect::<Vec<_>>(), nothing, "not annotated");
        assert_eq!(known.difference(&real).collect::<Vec<_>>(), nothing, "no such column");
        assert_eq!(kinds, RETENTION.iter().map(|kept| kept.code).collect());
    }

    fn a_copy_holds_what_is_kept_about_the_person_and_nobody_else(app: &TestApp) {
        let (books, site) = house(app);
        closed(&signed_in(&site, "finance"));
        a_buyer(app, "colleague", books.first, CustomerRole::Finance);
        let buyer = signed_in(&site, "buyer");
        signed_in(&site, "colleague");
        buyer.get("/my-data").assert_status(200).assert_has("buyer@example.com");
        let file = buyer.get("/my-data/file");
        file.assert_status(200);
        let name = file.header("content-disposition").unwrap();
        assert!(name.starts_with("attachment; filename=\"my-data.json\""), "{name}");
        let copy: Value = serde_json::from_slice(&file.bytes).unwrap();
        let me = person(app, "buyer");
        assert_eq!(copy["person"], me.id.as_str());
        assert_eq!(copy["kept"]["people.id"][0]["email"], "buyer@example.com");
        assert_eq!(copy["kept"]["people.id"][0]["name"], "buyer");
        assert_eq!(copy["kept"]["sessions.person_id"][0]["address"], "127.0.0.1");
        let added = copy["kept"]["audit_events.object_id"].as_array().unwrap();
        assert!(added.iter().any(|event| event["action"] == "person.added"), "{added:?}");
        let body = file.body();
        assert!(!body.contains("colleague"), "{body}");
        assert!(!body.contains("argon2"), "{body}");
        let held = copy["kept_and_not_copied"].as_array().unwrap();
        assert!(held.contains(&Value::from("people.password_hash")), "{held:?}");
        let last = app.read(|conn| audit::latest(conn, None, 1)).remove(0);
        assert_eq!((last.action.as_str(), last.actor_name.as_str()), ("person.data_exported", "buyer"));
        // Staff have such a page, too, and books that name them.
        let copy = signed_in(&site, "finance").get("/my-data/file");
        let copy: Value = serde_json::from_slice(&copy.bytes).unwrap();
        assert_eq!(copy["kept"]["accrual_runs.actor"][0]["actor_name"], "finance");
        assert_eq!(copy["kept"]["person_roles.person_id"][0]["role"], "finance");
    }

    fn a_request_is_confirmed_waits_and_is_answered_once(app: &TestApp) {
        let (_books, site) = house(app);
        let buyer = signed_in(&site, "buyer");
        let page = buyer.get("/my-data");
        let form = page.form("/my-data/requests").with("text", "  ");
        let again = buyer.submit(&form.clone().with("kind", "correction"));
        again.assert_status(422).assert_has("Write what is wrong");
        assert_eq!(again.attribute("#kind option[selected]", "value"), "correction");
        buyer.submit(&form.with("kind", "")).assert_status(422).assert_has("Choose what you ask for");
        let form = buyer
            .get("/my-data")
            .form("/my-data/requests")
            .with("kind", "correction")
            .with("text", "电话应为 0571-5550 0200");
        buyer.submit(&form).assert_has("Received").assert_has("5 Nov 2026");
        buyer.submit(&form).assert_status(200);
        assert_eq!(requests(app, "buyer").len(), 1);
        let more = form.with("form_key", "0123456789abcdef");
        buyer.submit(&more).assert_status(422).assert_has("is already waiting for an answer");
        let received = letters(app, "data_request_received");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].to, "buyer@example.com");

        for name in ["finance", "auditor", "manager"] {
            signed_in(&site, name).get("/staff/data-requests").assert_status(404);
        }
        let admin = signed_in(&site, "admin");
        admin.get("/staff").assert_has("Data requests to answer");
        let id = requests(app, "buyer")[0].id.clone();
        let path = format!("/staff/data-requests/{id}");
        admin.get("/staff/data-requests").assert_has("buyer").assert_has("Correction of data");
        let page = admin.get(&path);
        page.assert_has("电话应为 0571-5550 0200");
        let form = page.form(&format!("{path}/answer"));
        let bad = admin.submit(&form.clone().with("outcome", "declined").with("answer", " "));
        bad.assert_status(422).assert_has("Give the reason");
        let bad = admin.submit(&form.clone().with("outcome", "done").with("name", ""));
        bad.assert_status(422);
        let form = admin
            .get(&path)
            .form(&format!("{path}/answer"))
            .with("outcome", "done")
            .with("phone", "0571-5550 0200")
            .with("answer", "已更正");
        admin.submit(&form).assert_has("Answered; the person is notified by e-mail");
        admin.submit(&form).assert_status(200);
        assert_eq!(person(app, "buyer").phone.as_deref(), Some("0571-5550 0200"));
        assert_eq!(refusal(grant(app, "admin", &id)), "privacy-answered");
        buyer.get("/my-data").assert_has("Done").assert_has("已更正");
        let done = letters(app, "data_request_done");
        assert_eq!(done.len(), 1);
        assert!(done[0].text.contains("已更正"), "{}", done[0].text);
        let log = app.read(|conn| audit::of_object(conn, "data_request", id.as_str()));
        let log: Vec<_> = log.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(log, ["data_request.received", "data_request.done"]);
    }

    fn declining_changes_nothing_and_says_why(app: &TestApp) {
        house(app);
        let id = ask(app, "buyer", RequestKind::Deletion).unwrap();
        let admin = person(app, "admin").actor(None, None);
        let text = "有未结争议".to_owned();
        let answer = Answer { outcome: RequestState::Declined, text, corrected: None };
        let done = eight_at_once(&|_| {
            app.db.write(&admin, |tx| privacy::answer(tx, &id, &answer))
        });
        assert_eq!(done, 1);
        assert_eq!(person(app, "buyer").state, PersonState::Active);
        let told = letters(app, "data_request_done");
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("有未结争议"), "{}", told[0].text);
    }

    fn restriction_ends_access_and_keeps_everything(app: &TestApp) {
        let (_books, site) = house(app);
        let buyer = signed_in(&site, "buyer");
        let id = ask(app, "buyer", RequestKind::Restriction).unwrap();
        grant(app, "admin", &id).unwrap();
        assert_eq!(buyer.peek("/my-data").status, 303);
        let kept = person(app, "buyer");
        assert_eq!((kept.state, kept.name.as_str()), (PersonState::Disabled, "buyer"));
        let again = site.visitor("en");
        again.sign_in("buyer@example.com", PASSWORD);
        assert_eq!(again.peek("/home").status, 303);
    }

    fn deletion_takes_the_person_out_and_the_books_still_verify(app: &TestApp) {
        let (books, site) = house(app);
        closed(&signed_in(&site, "finance"));
        let month = "2026-Q3".parse().unwrap();
        let by = Actor::operator();
        let gone = "zhao.min";
        a_buyer(app, gone, books.first, CustomerRole::Finance);
        app.sql("UPDATE people SET name = '赵敏', phone = '139-0000-4711' \
                 WHERE email = 'zhao.min@example.com'").unwrap();
        let address = EmailAddress::parse("zhao.min@example.com").unwrap();
        app.write(|tx| customers::set_statement_contacts(tx, books.first, vec![address.clone()]));
        statements::issue(&app.db, &by, month, None, 10, &openrebate::disputes::open_on_statement)
            .unwrap();
        let visitor = signed_in(&site, gone);
        let statement = app.read(|conn| statements::of_customer(conn, books.first)).remove(0);
        let page = visitor.get(&format!("/statements/{}", statement.id));
        let form = page.form(&format!("/statements/{}/confirmation", statement.id));
        visitor.submit(&form).assert_status(200);
        let me = person(app, gone);
        let days = Scope::Days(app.db.today(), app.db.today());
        let wish = Wish { kind: Kind::OwnTransactions, format: Format::Csv, scope: days };
        let export =
            app.db.write(&me.actor(None, None), |tx| exports::ask(tx, &me, wish.clone())).unwrap();
        exports::work(&app.db, &by, &app.config.files).unwrap();
        let verified = app.read(reports::verify);
        let id = ask(app, gone, RequestKind::Deletion).unwrap();
        grant(app, "admin", &id).unwrap();

        assert_eq!(visitor.peek("/my-data").status, 303);
        let after = app.read(|conn| people::by_id(conn, &me.id));
        assert_eq!(after.state, PersonState::Disabled);
        assert!(after.name.starts_with("erased-"), "{}", after.name);
        // The letter that says so still has to reach them; nothing else waits for them.
        let waiting: Vec<_> = app
            .read(|conn| mailbox::latest(conn, Some(LetterState::Queued), None, 100))
            .into_iter()
            .filter(|letter| letter.to.contains("zhao.min"))
            .map(|letter| letter.kind)
            .collect();
        assert_eq!(waiting, ["data_request_done"]);
        privacy::sweep(&app.db, &by).unwrap();
        assert_eq!(letters(app, "data_request_done")[0].to, "zhao.min@example.com");
        let shop = workshop(app);
        mailbox::deliver_due(&app.db, shop.transport.as_ref(), &statements::Papers, &|| false)
            .unwrap();
        privacy::sweep(&app.db, &by).unwrap();
        exports::sweep(&app.db, &by, &app.config.files).unwrap();
        assert_eq!(std::fs::read_dir(app.config.files.join("exports")).unwrap().count(), 0);
        let fetched = app.db.write(&by, |tx| {
            exports::fetch(tx, &app.config.files, &after, &export).map(|_| ())
        });
        assert!(matches!(fetched, Err(Error::NotFound)), "{fetched:?}");

        // Nothing outside the books names them any more.
        let kept: BTreeSet<&str> = INVENTORY
            .iter()
            .filter(|entry| match entry.holds {
                Holds::Tie { kind, .. } | Holds::Held { kind } => ["books", "audit"].contains(&kind),
                Holds::Plain => false,
            })
            .map(|entry| entry.table)
            .collect();
        let left: BTreeMap<_, _> = everything(app)
            .into_iter()
            .filter(|(table, text)| {
                let names = ["zhao.min", "赵敏", "139-0000-4711"];
                !kept.contains(table.as_str()) && names.iter().any(|name| text.contains(name))
            })
            .collect();
        // Letters to others say what was done, and by whom.
        let left: Vec<_> = left.keys().filter(|table| *table != "outbox").collect();
        assert_eq!(left, Vec::<&String>::new());
        let to: Vec<_> = app
            .read(|conn| mailbox::latest(conn, None, None, 200))
            .into_iter()
            .filter(|letter| letter.to.contains("zhao.min"))
            .collect();
        assert_eq!(to, Vec::new());
        // The confirmation stands, with who gave it, and everything verifies as before.
        let statement = app.read(|conn| statements::of_customer(conn, books.first)).remove(0);
        assert_eq!(statement.answered_by.as_deref(), Some("赵敏"));
        let again = app.read(reports::verify);
        let none = Vec::<String>::new();
        assert_eq!((again.differences, verified.differences), (none.clone(), none));
    }

    fn nobody_ends_their_own_access_nor_leaves_customers_without_anybody(app: &TestApp) {
        house(app);
        a_member(app, "second", &[StaffRole::Admin]);
        let id = ask(app, "admin", RequestKind::Deletion).unwrap();
        assert_eq!(refusal(grant(app, "admin", &id)), "privacy-own");
        grant(app, "second", &id).unwrap();
        let id = ask(app, "manager", RequestKind::Deletion).unwrap();
        assert_eq!(refusal(grant(app, "second", &id)), "privacy-looks-after");
        assert_eq!(requests(app, "manager")[0].state, RequestState::Received);
        app.wait(TimeDelta::days(30));
        assert_eq!(app.read(privacy::count_waiting), 1);
    }

    fn customers_see_who_of_the_staff_looked_at_their_statements(app: &TestApp) {
        let (books, site) = house(app);
        closed(&signed_in(&site, "finance"));
        let (month, by) = ("2026-Q3".parse().unwrap(), Actor::operator());
        statements::issue(&app.db, &by, month, None, 10, &openrebate::disputes::open_on_statement)
            .unwrap();
        let buyer = signed_in(&site, "buyer");
        buyer.get("/my-data").assert_has("Nobody yet");
        let own = app.read(|conn| statements::of_customer(conn, books.first)).remove(0);
        let other = app.read(|conn| statements::of_customer(conn, books.second)).remove(0);
        let auditor = signed_in(&site, "auditor");
        auditor.get(&format!("/staff/statements/{}", own.id)).assert_status(200);
        auditor.get(&format!("/staff/statements/{}/file/csv", own.id)).assert_status(200);
        auditor.get(&format!("/staff/statements/{}", other.id)).assert_status(200);
        buyer.get(&format!("/statements/{}", own.id)).assert_status(200);
        let page = buyer.get("/my-data");
        page.assert_has("auditor").assert_has(&own.number);
        assert!(!page.text().contains(&other.number));
        let seen = app.read(|conn| privacy::accesses(conn, books.first, 50));
        let seen: Vec<_> = seen.iter().map(|access| access.action.as_str()).collect();
        assert_eq!(seen, ["statement.exported", "statement.read"]);
        let staff = signed_in(&site, "finance").get("/my-data");
        assert!(!staff.text().contains("Who of the staff"));
    }
}
