//! One's own account: passwords forgotten and changed, another address, browsers never seen; and
//! that none of it tells a stranger who has an account, or leaves a secret lying about.

use chrono::TimeDelta;
use openrebate::db::{FormResult, form_result};
use openrebate::mailbox::{self, Outgoing, Posted};
use openrebate::people;
use openrebate::values::{CustomerRole, Language, StaffRole};
use openrebate::worker::{DUTIES, Left};

use crate::access::everything_anywhere;
use crate::links::{letters_leaving, path_in};
use crate::staff_pages::signed_in;
use crate::support::{Form, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member};
use crate::worker::workshop;

const NEW: &str = "seven quiet harbours";
const BUYER: &str = "buyer@example.com";

fn house(app: &TestApp) -> Site {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_buyer(app, "buyer", customer, CustomerRole::Finance);
    Site::of(app)
}

/// All letters of the kind to the address, the oldest first.
fn letters(app: &TestApp, kind: &str, to: &str) -> Vec<Posted> {
    let mut all = app.read(|conn| mailbox::latest(conn, None, None, 999));
    all.retain(|letter| letter.kind == kind && letter.to == to);
    all.reverse();
    all
}

/// What was told of the person, by the log.
fn told(app: &TestApp, email: &str) -> Vec<String> {
    let id = app.read(|conn| people::by_email(conn, email)).id;
    let events = app.read(|conn| openrebate::audit::of_object(conn, "person", id.as_str()));
    events.into_iter().map(|event| event.action).collect()
}

fn ask(visitor: &Visitor, email: &str) -> Page {
    let form = visitor.get("/forgotten-password").form("/forgotten-password");
    visitor.post(&form.with("email", email))
}

/// The letters that leave once those who asked are answered.
fn answered(app: &TestApp) -> Vec<Outgoing> {
    let duty = DUTIES.iter().find(|duty| duty.name == "password resets").unwrap();
    while (duty.work)(&workshop(app)).unwrap() != Left::Nothing {}
    letters_leaving(app, true)
}

/// Asks for a link to a new password; where it leads.
fn a_reset_link(app: &TestApp, visitor: &Visitor) -> String {
    ask(visitor, BUYER).assert_status(303);
    let letters = answered(app);
    let opens = |letter: &&Outgoing| letter.text.contains("/password-resets/");
    let links: Vec<_> = letters.iter().filter(opens).map(path_in).collect();
    assert_eq!(links.len(), 1);
    links[0].clone()
}

fn choose(form: Form, password: &str) -> Form {
    form.with("password", password).with("again", password)
}

/// Whether somebody is signed in there.
fn is_in(visitor: &Visitor) -> bool {
    visitor.peek("/account").status == 200
}

fn errors(page: &Page) -> Vec<String> {
    page.texts(".error")
}

both! {
    fn who_forgot_a_password_gets_the_same_answer_whether_or_not_there_is_an_account(app: &TestApp) {
        let site = house(app);
        let customer = app.read(|conn| openrebate::customers::by_code(conn, "D-001")).id;
        let gone = a_buyer(app, "gone", customer, CustomerRole::Finance);
        app.write(|tx| people::disable(tx, gone.person().unwrap()));
        let new = people::NewPerson {
            email: openrebate::values::EmailAddress::parse("new@example.com").unwrap(),
            name: "new".to_owned(),
            password: None,
            language: None,
            phone: None,
        };
        app.write(|tx| people::add_staff(tx, new.clone(), &[StaffRole::Finance].into()));
        let stranger = site.visitor("en");
        let answers: Vec<_> = ["nobody@example.com", " Buyer@Example.com", "gone@example.com", "new@example.com"]
            .map(|email| {
                let asked = ask(&stranger, email);
                let shown = stranger.peek(&asked.header("location").unwrap());
                shown.assert_status(200);
                let headers: Vec<_> =
                    asked.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&&**name)).cloned().collect();
                (asked.status, headers, asked.bytes, shown.bytes)
            })
            .into();
        assert_eq!(answers[0].0, 303);
        for answer in &answers[1..] {
            assert_eq!(*answer, answers[0]);
        }
        let leaving = answered(app);
        assert_eq!(leaving.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [BUYER]);
        for part in ["The link works until: 15 Oct 2026 10:30", "127.0.0.1", "/password-resets/"] {
            assert!(leaving[0].text.contains(part), "{part}: {}", leaving[0].text);
        }
        assert_eq!(told(app, BUYER), ["person.added", "person.reset_sent"]);
        // What is no address at all is said at the field.
        let form = stranger.get("/forgotten-password").form("/forgotten-password");
        let wrong = stranger.post(&form.with("email", "buyer"));
        assert_eq!(wrong.status, 422);
        assert_eq!(errors(&wrong), ["Error: Enter a full address, such as name@company.com."]);
        assert_eq!(wrong.attribute("#email", "value"), "buyer");
    }

    fn a_link_sets_a_new_password_once_ends_every_session_and_signs_nobody_in(app: &TestApp) {
        let site = house(app);
        let (desk, phone) = (signed_in(&site, "buyer"), signed_in(&site, "buyer"));
        let stranger = site.visitor("en");
        let path = a_reset_link(app, &stranger);
        for _ in 0..5 {
            let page = stranger.peek(&path);
            page.assert_status(200).assert_has("Account: buyer@example.com");
            assert_eq!(page.header("referrer-policy").unwrap(), "strict-origin");
        }
        assert!(is_in(&desk) && is_in(&phone));
        let form = stranger.get(&path).form(&path);
        for (password, again, expected) in [
            ("too short", "too short", "Error: A password needs at least 12 characters"),
            ("Password-1234", "Password-1234", "Error: This password is too common"),
            ("buyer@example.com", "buyer@example.com", "Error: This password consists mostly of"),
            (NEW, "seven quiet harbors", "Error: The two entries of the new password differ."),
        ] {
            let page = stranger.post(&form.clone().with("password", password).with("again", again));
            assert_eq!(page.status, 422, "{password}");
            let said = errors(&page).concat();
            assert!(said.starts_with(expected), "{said}");
            assert!(!page.body().contains(password) || password == BUYER, "{password} comes back");
        }
        let done = stranger.post(&choose(form.clone(), NEW));
        assert_eq!(done.header("location").unwrap(), "/sign-in?password_set=1");
        assert!(!is_in(&stranger) && !is_in(&desk) && !is_in(&phone));
        stranger.get("/sign-in?password_set=1").assert_has("Your new password is saved");
        // The same form again shows the same; another one finds the link used.
        let again = stranger.post(&choose(form.clone(), NEW));
        assert_eq!(again.header("location"), done.header("location"));
        let other = stranger.post(&choose(form, "eight quiet harbours").with("form_key", "f2"));
        other.assert_status(410).assert_has("This link has been used.");
        stranger.sign_in(BUYER, PASSWORD).assert_status(422);
        assert_eq!(stranger.sign_in(BUYER, NEW).path, "/home");
        assert_eq!(letters(app, "new_sign_in", BUYER).len(), 1, "the second session's, not this browser's");
        let changed = letters(app, "password_changed", BUYER);
        assert_eq!(changed.len(), 1);
        assert!(changed[0].text.contains("通过邮件中的链接重新设置"), "{}", changed[0].text);
        let secret = path.rsplit('/').next().unwrap();
        let kept = everything_anywhere(app);
        for secret in [secret, NEW, "eight quiet harbours"] {
            assert!(!kept.contains(secret), "{secret} is kept");
        }
        let events = told(app, BUYER);
        assert_eq!(events.iter().filter(|event| *event == "person.password_reset").count(), 1);
    }

    fn a_link_that_is_over_says_why_and_leads_to_another(app: &TestApp) {
        let site = house(app);
        let visitor = site.visitor("en");
        let over = |path: &str, expected: &str| {
            let page = visitor.get(path);
            page.assert_status(410).assert_has(expected);
            assert_eq!(page.link("Request a new link"), "/forgotten-password");
            assert_eq!(page.texts("form[action^='/password-resets']").len(), 0);
            assert!(!page.body().contains(BUYER), "{expected}: whose it was is told");
        };
        let first = a_reset_link(app, &visitor);
        let form = visitor.get(&first).form(&first);
        let second = a_reset_link(app, &visitor);
        over(&first, "A newer link was requested");
        app.wait(TimeDelta::minutes(30) - TimeDelta::seconds(1));
        visitor.get(&second).assert_status(200);
        app.wait(TimeDelta::seconds(1));
        over(&second, "A link to a new password works for 30 minutes");
        app.wait(TimeDelta::hours(1));
        let third = a_reset_link(app, &visitor);
        let buyer = app.read(|conn| people::by_email(conn, BUYER)).id;
        app.write(|tx| people::disable(tx, &buyer));
        over(&third, "This link no longer works");
        // Nor does a post do what the page doesn't offer.
        for path in [&first, &second, &third] {
            let mut form = form.clone();
            form.action.clone_from(path);
            visitor.post(&choose(form, NEW).with("form_key", "")).assert_status(410);
        }
        let none = visitor.get("/password-resets/0123456789abcdef0123456789abcdef");
        none.assert_status(404).assert_has("It is incomplete, or was never one of ours.");
        // A link to another purpose is none here.
        visitor.get(&first.replace("password-resets", "email-changes")).assert_status(404);
        assert_eq!(letters(app, "password_changed", BUYER).len(), 0);
    }

    fn links_to_new_passwords_are_few_by_account_and_by_network_address(app: &TestApp) {
        let site = house(app);
        let visitor = site.visitor("en");
        let form = visitor.get("/forgotten-password").form("/forgotten-password");
        for _ in 0..3 {
            // One form, however often it is sent.
            visitor.post(&form.clone().with("email", BUYER)).assert_status(303);
        }
        assert_eq!(answered(app).len(), 1);
        for expected in [1, 1, 0, 0] {
            ask(&visitor, BUYER).assert_status(303);
            assert_eq!(answered(app).len(), expected);
        }
        app.wait(TimeDelta::hours(1));
        ask(&visitor, BUYER).assert_status(303);
        assert_eq!(answered(app).len(), 1);
        for n in 0..19 {
            ask(&visitor, &format!("p{n}@example.com")).assert_status(303);
        }
        let refused = ask(&visitor, "p19@example.com");
        refused.assert_status(429).assert_has("15 Oct 2026 12:00");
        assert_eq!(ask(&visitor, BUYER).status, 429, "known or not");
        app.wait(TimeDelta::hours(1));
        ask(&visitor, "p19@example.com").assert_status(303);
        // What was asked isn't kept for longer than it is needed.
        app.wait(TimeDelta::days(2));
        ask(&visitor, "last@example.com").assert_status(303);
        answered(app);
        let kept = everything_anywhere(app);
        assert!(kept.contains("last@example.com") && !kept.contains("p19@example.com"));
    }

    fn a_password_is_changed_with_the_old_one_and_signs_out_every_other_device(app: &TestApp) {
        let site = house(app);
        let (desk, phone) = (signed_in(&site, "buyer"), signed_in(&site, "buyer"));
        let waiting = a_reset_link(app, &site.visitor("en"));
        let form = desk.get("/account/password").form("/account/password");
        for (current, new, expected) in [
            ("", NEW, "Error: Enter your current password."),
            ("not this one", NEW, "Error: The current password isn’t right."),
            (PASSWORD, PASSWORD, "Error: The new password is the same as the current one. Choose another."),
        ] {
            let form = form.clone().with("current", current).with("form_key", "");
            let page = desk.post(&choose(form, new));
            assert_eq!((page.status, errors(&page)), (422, vec![expected.to_owned()]));
        }
        let form = choose(form.with("current", PASSWORD), NEW);
        desk.submit(&form).assert_status(200).assert_has("Your password is changed, and your other devices are signed out.");
        assert!(is_in(&desk) && !is_in(&phone));
        desk.submit(&form).assert_status(200);
        assert_eq!(letters(app, "password_changed", BUYER).len(), 1);
        let events = told(app, BUYER);
        let count = |what: &str| events.iter().filter(|event| *event == what).count();
        assert_eq!((count("person.password_changed"), count("person.password_refused")), (1, 1));
        // What somebody who knew the old one had under way comes to nothing.
        site.visitor("en").get(&waiting).assert_status(410);
        let kept = everything_anywhere(app);
        assert!(!kept.contains(NEW) && !kept.contains(PASSWORD));
        // Nor is a fast hash of what was posted kept with the form.
        let key = form.value("form_key").unwrap();
        let buyer = app.read(|conn| people::by_email(conn, BUYER)).id;
        let kept = app.read(|conn| form_result(conn, key, &buyer, "secret"));
        assert_eq!(kept, FormResult::Done("/account".to_owned()));
        // The phone isn't known any more, the desk is.
        phone.sign_in(BUYER, NEW);
        desk.submit(&desk.get("/account").form("/sign-out"));
        desk.sign_in(BUYER, NEW);
        assert_eq!(letters(app, "new_sign_in", BUYER).len(), 2, "the phone's, before and after");
    }

    fn who_is_signed_in_and_guesses_the_password_has_to_wait(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let form = desk.get("/account/password").form("/account/password");
        let guess = |password: &str| {
            desk.post(&choose(form.clone().with("current", password).with("form_key", ""), NEW))
        };
        for _ in 0..10 {
            assert_eq!(guess("not this one").status, 422);
        }
        let late = guess(PASSWORD);
        assert_eq!((late.status, errors(&late)), (429, vec!["Error: Too many wrong passwords. Please try again after 15 Oct 2026 10:15.".to_owned()]));
        assert_eq!(letters(app, "wrong_passwords", BUYER).len(), 1);
        app.wait(TimeDelta::minutes(15));
        assert_eq!(guess(PASSWORD).status, 303);
    }

    fn a_browser_never_seen_is_told_and_a_known_one_gets_in_past_strangers(app: &TestApp) {
        let site = house(app);
        let desk = site.visitor("en");
        let home = desk.sign_in(BUYER, PASSWORD);
        let cookie = desk.cookie("__Host-device").unwrap();
        assert!(letters(app, "new_sign_in", BUYER).is_empty());
        let thief = site.visitor("zh-CN");
        thief.sign_in(BUYER, PASSWORD);
        let told = letters(app, "new_sign_in", BUYER);
        assert_eq!((told.len(), told[0].language), (1, Language::ZhCn));
        for part in ["2026年10月15日 10:00", "127.0.0.1", "021-5550 0100", "/sessions"] {
            assert!(told[0].text.contains(part), "{part}: {}", told[0].text);
        }
        // Signing out forgets no browser.
        desk.submit(&home.form("/sign-out"));
        assert_eq!(desk.cookie("__Host-device").unwrap(), cookie);
        let stranger = site.visitor("en");
        for _ in 0..10 {
            stranger.sign_in(BUYER, "not this one").assert_status(422);
        }
        stranger.sign_in(BUYER, PASSWORD).assert_status(429);
        assert_eq!(desk.sign_in(BUYER, PASSWORD).path, "/home");
        assert_eq!(letters(app, "new_sign_in", BUYER).len(), 1);
        let warned = letters(app, "wrong_passwords", BUYER);
        assert_eq!(warned.len(), 1);
        assert!(!everything_anywhere(app).contains(&cookie), "the browser's key is kept");
        // Somebody whom strangers throttle gets in by a letter, too.
        let path = a_reset_link(app, &stranger);
        stranger.submit(&choose(stranger.get(&path).form(&path), NEW)).assert_status(200);
        assert_eq!(stranger.sign_in(BUYER, NEW).path, "/home");
        let notes = desk.get("/sign-in");
        assert!(notes.html().html().contains("/forgotten-password"));
    }

    fn an_address_is_changed_by_a_link_to_the_new_one_and_the_old_one_is_told(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let form = desk.get("/account/email").form("/account/email");
        let with = |email: &str, password: &str| {
            desk.post(&form.clone().with("email", email).with("current", password).with("form_key", ""))
        };
        let new = "li.wei@customer.example";
        for (email, password, expected) in [
            ("li.wei", PASSWORD, "Error: Enter a full address, such as name@company.com."),
            (new, "", "Error: Enter your password."),
            (new, "not this one", "Error: The password isn’t right."),
            (" Buyer@example.com", PASSWORD, "Error: This is already your sign-in address."),
        ] {
            let page = with(email, password);
            assert_eq!((page.status, errors(&page)), (422, vec![expected.to_owned()]), "{email}");
            assert_eq!(page.attribute("#email", "value"), email);
        }
        desk.get("/account/email").assert_has("Statements are sent to the addresses your company registered");
        let posted = form.clone().with("email", new).with("current", PASSWORD);
        let page = desk.submit(&posted);
        page.assert_has("A link is on its way to li.wei@customer.example.");
        page.assert_has("Waiting for li.wei@customer.example to confirm; the link works until 16 Oct 2026 10:00.");
        desk.submit(&posted).assert_status(200);
        let old = letters(app, "email_change_requested", BUYER);
        assert_eq!(old.len(), 1, "one for one form");
        assert!(old[0].text.contains(new) && old[0].text.contains("021-5550 0100"), "{}", old[0].text);
        let leaving = letters_leaving(app, true);
        let letter = leaving.iter().find(|letter| letter.to == new).unwrap();
        let path = path_in(letter);
        let stranger = site.visitor("en");
        for _ in 0..5 {
            stranger.get(&path).assert_status(200).assert_has(new);
        }
        assert_eq!(app.read(|conn| people::by_email(conn, BUYER)).name, "buyer");
        let confirm = stranger.get(&path).form(&path);
        stranger.submit(&confirm).assert_has("Please sign in with the new address");
        stranger.submit(&confirm).assert_has("Please sign in with the new address");
        assert!(!is_in(&stranger) && is_in(&desk));
        stranger.get(&path).assert_status(410).assert_has("This link has been used");
        assert_eq!(letters(app, "email_changed", BUYER).len(), 1);
        assert!(letters(app, "email_changed", new).is_empty());
        stranger.sign_in(BUYER, PASSWORD).assert_status(422);
        assert_eq!(stranger.sign_in(new, PASSWORD).path, "/home");
        let events = told(app, new);
        for event in ["person.email_change_asked", "person.email_changed"] {
            assert_eq!(events.iter().filter(|told| *told == event).count(), 1, "{event}");
        }
        let log = app.read(|conn| openrebate::audit::latest(conn, None, 999));
        assert!(!format!("{log:?}").contains(new), "the log has the address");
        assert!(!everything_anywhere(app).contains(path.rsplit('/').next().unwrap()));
    }

    fn a_change_of_address_ends_by_taking_it_back_by_a_new_password_or_by_its_hours(app: &TestApp) {
        let site = house(app);
        let (desk, stranger) = (signed_in(&site, "buyer"), site.visitor("en"));
        let asked = |email: &str| {
            let form = desk.get("/account/email").form("/account/email");
            let page = desk.submit(&form.with("email", email).with("current", PASSWORD));
            let letters = letters_leaving(app, true);
            let path = letters.iter().find(|letter| letter.to == email).map(path_in);
            (page, path)
        };
        let (page, first) = asked("one@customer.example");
        desk.submit(&page.form("/account/email/withdrawal")).assert_has("The change is cancelled.");
        stranger.get(&first.unwrap()).assert_status(410).assert_has("The change was cancelled");
        let (_, second) = asked("two@customer.example");
        let (_, third) = asked("three@customer.example");
        stranger.get(&second.unwrap()).assert_status(410).assert_has("A newer link was requested");
        // A fourth on one day would write to yet another stranger.
        let (page, none) = asked("four@customer.example");
        assert_eq!((page.status, none), (422, None));
        assert_eq!(errors(&page), ["Error: You can ask 3 times in 24 hours. Please try again tomorrow."]);
        let third = third.unwrap();
        stranger.get(&third).assert_status(200);
        app.wait(TimeDelta::hours(24));
        stranger.get(&third).assert_status(410).assert_has("this one has run out");
        let desk = signed_in(&site, "buyer");
        let form = desk.get("/account/email").form("/account/email");
        desk.submit(&form.with("email", "five@customer.example").with("current", PASSWORD));
        let fifth = path_in(letters_leaving(app, true).iter().find(|l| l.to == "five@customer.example").unwrap());
        let form = stranger.get(&fifth).form(&fifth);
        let buyer = app.read(|conn| people::by_email(conn, BUYER)).id;
        let hash = people::hash_password(NEW).unwrap();
        app.write(|tx| people::set_password(tx, &buyer, &hash));
        stranger.get(&fifth).assert_status(410);
        stranger.post(&form).assert_status(410);
        assert_eq!(app.read(|conn| people::by_email(conn, BUYER)).id, buyer);
    }

    fn nobody_learns_who_has_an_address_by_asking_for_it(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let ask = |email: &str| {
            let form = desk.get("/account/email").form("/account/email");
            let posted = desk.post(&form.with("email", email).with("current", PASSWORD));
            let page = desk.get("/account");
            (posted.status, posted.header("location"), page.text().replace(email, "EMAIL"))
        };
        assert_eq!(ask("manager@example.com"), ask("nobody@example.com"));
        let to: Vec<_> = letters_leaving(app, true).into_iter().map(|letter| letter.to).collect();
        assert_eq!(to.iter().filter(|to| *to == "nobody@example.com").count(), 1);
        assert_eq!(to.iter().filter(|to| *to == "manager@example.com").count(), 0);
        // Who gets it meanwhile has it.
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 99));
        assert!(letters.iter().all(|letter| letter.to != "manager@example.com"));
    }

    fn an_account_manager_named_by_customers_has_the_address_changed_there_first(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let page = manager.get("/account/email");
        page.assert_has("Customer records name you as account manager by this address");
        assert_eq!(page.texts("form[action='/account/email']").len(), 0);
        let token = page.form("/language").value("token").unwrap().to_owned();
        let form = Form::to("/account/email".to_owned())
            .with("token", &token)
            .with("email", "zhou@example.com")
            .with("current", PASSWORD);
        manager.post(&form).assert_status(422);
        assert!(letters(app, "email_change", "zhou@example.com").is_empty());
        // Staff whom nobody names so change theirs.
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let auditor = signed_in(&site, "auditor");
        let form = auditor.get("/account/email").form("/account/email");
        auditor.submit(&form.with("email", "fang@example.com").with("current", PASSWORD)).assert_status(200);
        assert_eq!(letters(app, "email_change", "fang@example.com").len(), 1);
    }
}
