//! Inviting people, accepting, and managing accounts: by administrators, by a customer's managers,
//! and by whoever looks after a customer.

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::people::{self, PersonState, Side};
use openrebate::values::{Actor, CustomerRole, Language, PersonId, StaffRole};

use crate::links::{letters_leaving, path_in};
use crate::staff_pages::{house, signed_in};
use crate::support::{Form, Page, TestApp, Visitor, a_buyer, a_member, refusal};

const CHOSEN: &str = "quiet harbour lantern";

fn problems(page: &Page) -> Vec<String> {
    page.texts(".problems li")
}

fn person(app: &TestApp, email: &str) -> people::Person {
    app.read(|conn| people::by_email(conn, email))
}

fn state(app: &TestApp, email: &str) -> PersonState {
    person(app, email).state
}

/// What the audit log has of somebody: action and reason.
fn told(app: &TestApp, id: &PersonId) -> Vec<(String, String)> {
    let events = app.read(|conn| audit::of_object(conn, "person", id.as_str()));
    events.into_iter().map(|e| (e.action, e.reason.unwrap_or_default())).collect()
}

fn pairs(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn filled(form: Form, name: &str, email: &str) -> Form {
    form.with("name", name).with("email", email)
}

/// The same form, posted to another address.
fn elsewhere(mut form: Form, action: String) -> Form {
    form.action = action;
    form
}

/// The path in the invitation that leaves now to the address.
fn invitation_to(app: &TestApp, email: &str) -> String {
    let letters = letters_leaving(app, true);
    path_in(letters.iter().find(|letter| letter.to == email).expect("an invitation"))
}

fn accept(visitor: &Visitor, path: &str, password: &str) -> Page {
    let form = visitor.get(path).form(path);
    visitor.post(&form.with("password", password).with("again", password))
}

fn invite(visitor: &Visitor, new: &str, to: &str, name: &str, email: &str) -> Page {
    visitor.submit(&filled(visitor.get(new).form(to), name, email))
}

both! {
    fn somebody_is_invited_accepts_and_signs_in(app: &TestApp) {
        let (_, site) = house(app);
        let admin = signed_in(&site, "admin");
        let form = admin.get("/staff/people").link("Invite a member of staff");
        let form = admin.get(&form).form("/staff/people");
        let form = filled(form, "Li Na", "Li.Na@Example.com").with("phone", "021-5550 0177");
        let done = admin.submit(&form.with("roles[]", "finance"));
        done.assert_has("The invitation to li.na@example.com is on its way.");
        done.assert_has("Can accept until 18 Oct 2026 10:00");
        let id = person(app, "li.na@example.com").id;
        assert_eq!(state(app, "li.na@example.com"), PersonState::Invited);
        // Nobody signs in with an account that isn't accepted, nor is it a recipient of anything.
        let nobody = site.visitor("en").sign_in("li.na@example.com", "");
        nobody.assert_status(422);
        site.visitor("en").sign_in("li.na@example.com", CHOSEN).assert_status(422);
        let finance = app.read(|conn| people::staff_with_role(conn, StaffRole::Finance));
        assert!(finance.iter().all(|one| one.id != id));
        // Colleagues who look at the letter see no link that opens.
        let letter = app.read(|conn| openrebate::mailbox::latest(conn, None, None, 1)).remove(0);
        admin.get(&format!("/staff/mailbox/{}", letter.id)).assert_has("is stored nowhere");
        // Looking at the link, as mail servers do, leaves it as it is.
        let path = invitation_to(app, "li.na@example.com");
        let reader = site.visitor("en");
        for _ in 0..5 {
            let page = reader.get(&path);
            page.assert_status(200).assert_has("Li Na, admin invites you to the Rebate Centre.");
            let facts = page.texts("dl.facts dd");
            let company = app.config.company.as_str();
            assert_eq!(facts, [company, "Finance", "li.na@example.com", "18 Oct 2026 10:00"]);
            assert_eq!(page.header("referrer-policy").as_deref(), Some("strict-origin"));
        }
        // Passwords that won't do.
        let page = reader.get(&path);
        for (password, again, expected) in [
            ("", "", "A password needs at least 12 characters. A few words or a sentence will do."),
            ("password1234", "password1234",
             "This password is too common and easy to guess. Choose another one."),
            ("li.na@example.com", "li.na@example.com",
             "This password consists mostly of a name, an address or the company’s name and is easy to guess. Choose another one."),
            (CHOSEN, "quiet harbour lamp", "The two passwords differ. Enter the same one twice."),
        ] {
            let form = page.form(&path).with("password", password).with("again", again);
            let again = reader.post(&form);
            again.assert_status(422);
            assert_eq!(problems(&again), [expected]);
        }
        assert_eq!(state(app, "li.na@example.com"), PersonState::Invited);
        // Accepting, twice with the same form: one effect, and nobody is signed in by it.
        let form = reader.get(&path).form(&path).with("password", CHOSEN).with("again", CHOSEN);
        for _ in 0..2 {
            let done = reader.post(&form);
            assert_eq!(done.header("location").as_deref(), Some("/sign-in?accepted=1"), "{}", done.text());
        }
        let front = reader.get("/sign-in?accepted=1");
        front.assert_has("Your account is ready.");
        let home = reader.peek("/staff").header("location");
        assert_eq!(home.as_deref(), Some("/sign-in?next=/staff"));
        reader.sign_in("li.na@example.com", CHOSEN).assert_status(200);
        // Another form over the same link, later.
        let late = site.visitor("en").get(&path);
        late.assert_status(410).assert_has("This invitation has been accepted");
        let mut form = form.clone();
        form = form.with("form_key", "another").with("password", "another password entirely");
        reader.post(&form).assert_status(400); // The token was the visitor's before they signed in.
        let other = site.visitor("en");
        let token = other.get("/sign-in").form("/sign-in").value("token").unwrap().to_owned();
        other.post(&form.with("token", &token)).assert_status(410);
        let by = [("person.invited", "finance"), ("person.accepted", ""), ("session.signed_in", "")];
        let kept = told(app, &id).into_iter().filter(|(action, _)| action != "session.refused");
        assert_eq!(kept.collect::<Vec<_>>(), pairs(&by));
        // No secret is anywhere: not the link's, not the password.
        let kept = crate::access::everything_anywhere(app);
        for secret in [path.rsplit('/').next().unwrap(), CHOSEN, "password1234"] {
            assert!(!kept.contains(secret), "{secret} is kept");
        }
    }

    fn what_is_typed_wrong_is_said_at_its_field_and_nothing_is_lost(app: &TestApp) {
        let (_, site) = house(app);
        let admin = signed_in(&site, "admin");
        let form = || admin.get("/staff/people/new").form("/staff/people");
        for (name, email, phone, role, expected) in [
            ("Li Na", "li.na", "", "finance", "Enter an e-mail address, such as li.na@company.com."),
            ("", "li.na@example.com", "", "finance", "Enter a name of up to 100 characters on one line."),
            ("Li\nNa", "li.na@example.com", "", "finance", "Enter a name of up to 100 characters on one line."),
            ("Li Na", "li.na@example.com", "none", "finance",
             "Enter a phone number of digits, spaces and + - ( ), up to 30 characters."),
            ("Li Na", "li.na@example.com", "", "", "A member of staff needs at least one role."),
            ("Li Na", "FINANCE@example.com", "", "finance",
             "This address can’t be invited. Use another one, or ask your contact."),
        ] {
            let typed = filled(form(), name, email).with("phone", phone);
            let typed = if role.is_empty() { typed } else { typed.with("roles[]", role) };
            let again = admin.post(&typed);
            again.assert_status(422);
            assert_eq!(problems(&again), [expected]);
            assert_eq!(again.attribute("#email", "value"), email);
        }
        let all = admin.post(&filled(form(), " ", "x").with("phone", "y").with("roles[]", "finance"));
        assert_eq!(problems(&all).len(), 3, "{:?}", problems(&all));
        admin.post(&filled(form(), "Li Na", "li.na@example.com").with("roles[]", "king")).assert_status(400);
        // Roles that should be two people's are said, and given when somebody means it.
        let both = filled(form(), "Li Na", "li.na@example.com").with("roles[]", "finance").and("roles[]", "approver");
        let warned = admin.post(&both);
        warned.assert_status(422).assert_has("Finance and approver: prepares payouts, and approves them.");
        assert!(app.read(|conn| people::by_email(conn, "li.na@example.com").map(Some).or(Ok(None))).is_none());
        let nevertheless = warned.form("/staff/people").with("despite", "yes");
        let done = admin.submit(&nevertheless);
        done.assert_status(200).assert_has("These roles should be held by different people");
        assert_eq!(told(app, &person(app, "li.na@example.com").id), pairs(&[("person.invited", "finance,approver")]));
    }

    fn a_link_that_is_over_says_how_and_how_to_get_another(app: &TestApp) {
        let (_, site) = house(app);
        let boss = signed_in(&site, "buyer");
        invite(&boss, "/people/new", "/people", "Chen Jie", "chen@customer.example").assert_status(200);
        let id = person(app, "chen@customer.example").id;
        let visitor = site.visitor("en");
        let page = format!("/people/{id}");
        let again = || boss.post(&boss.get(&page).form(&format!("{page}/invitation")));
        let over = |path: &str, says: &str| {
            let page = visitor.get(path);
            page.assert_status(410).assert_has(says).assert_has("ask buyer");
            assert!(page.texts("main form").is_empty());
        };
        let first = invitation_to(app, "chen@customer.example");
        again().assert_status(409).assert_has("less than five minutes ago");
        app.wait(TimeDelta::minutes(6));
        assert!(again().is_redirect());
        let second = invitation_to(app, "chen@customer.example");
        over(&first, "There is a newer invitation");
        // What somebody filled in before the newer letter was sent changes nothing.
        visitor.get(&second).assert_status(200).assert_has("Viewer");
        let stale = visitor.get(&second).form(&second).with("password", CHOSEN).with("again", CHOSEN);
        visitor.post(&elsewhere(stale.clone(), first.clone())).assert_status(410);
        app.wait(TimeDelta::hours(72));
        over(&second, "This invitation has expired");
        boss.sign_in("buyer@example.com", crate::support::PASSWORD);
        boss.get("/people").assert_has("The invitation has expired: send another one");
        visitor.post(&stale).assert_status(410);
        assert!(again().is_redirect());
        let third = invitation_to(app, "chen@customer.example");
        boss.submit(&boss.get(&page).form(&format!("{page}/suspension"))).assert_has("can’t sign in any more");
        over(&third, "This invitation was withdrawn");
        assert_eq!(state(app, "chen@customer.example"), PersonState::Disabled);
        // Enabled again, they have no password yet: another invitation leaves.
        boss.submit(&boss.get(&page).form(&format!("{page}/restoration"))).assert_has("has access again");
        assert_eq!(state(app, "chen@customer.example"), PersonState::Invited);
        let fourth = invitation_to(app, "chen@customer.example");
        assert!(accept(&visitor, &fourth, CHOSEN).is_redirect());
        let home = visitor.sign_in("chen@customer.example", CHOSEN);
        home.assert_status(200);
        assert_eq!(visitor.peek("/people").status, 404, "viewers manage nobody");
        assert_eq!(told(app, &id).iter().map(|(a, _)| a.as_str()).collect::<Vec<_>>(), [
            "person.invited", "person.invited_again", "person.invited_again", "person.disabled",
            "person.enabled", "person.accepted", "session.signed_in",
        ]);
        for unknown in ["/invitations/00000000000000000000000000000000", "/invitations/x"] {
            visitor.get(unknown).assert_status(404).assert_has("This link opens nothing");
        }
    }

    fn a_customers_manager_manages_the_own_company_only(app: &TestApp) {
        let (books, site) = house(app);
        let clerk = a_buyer(app, "clerk", books.first, CustomerRole::Finance);
        let stranger = a_buyer(app, "stranger", books.second, CustomerRole::Manager);
        let boss = signed_in(&site, "buyer");
        let buyer = person(app, "buyer@example.com");
        let page = boss.get("/people");
        assert_eq!(page.texts("tbody th a"), ["buyer", "clerk"]);
        assert_eq!(page.texts("tbody tr")[1], "clerk clerk@example.com Finance Active Never");
        // Theirs doesn't exist here, and the company's own staff neither.
        let finance = person(app, "finance@example.com").id.to_string();
        for foreign in [stranger.id(), &finance, "01900000000070008000000000000000"] {
            let absent = boss.peek("/people/x");
            let page = boss.peek(&format!("/people/{foreign}"));
            assert_eq!((page.status, page.text()), (404, absent.text()));
            for deed in ["role", "suspension", "restoration", "invitation"] {
                let form = boss.get(&format!("/people/{}", clerk.id())).form(&format!("/people/{}/role", clerk.id()));
                let form = elsewhere(form, format!("/people/{foreign}/{deed}"));
                let form = if deed == "role" { form } else { form.without("role") };
                boss.post(&form).assert_status(404);
            }
        }
        assert_eq!(state(app, "stranger@example.com"), PersonState::Active);
        // Another role, and the right goes with it.
        let clerks = signed_in(&site, "clerk");
        assert_eq!(clerks.peek("/people").status, 404);
        let path = format!("/people/{}", clerk.id());
        let form = boss.get(&path).form(&format!("{path}/role"));
        assert_eq!(form.value("role"), Some("finance"));
        boss.post(&form.clone().without("role")).assert_status(422).assert_has("Choose a role.");
        boss.submit(&form.with("role", "manager")).assert_has("clerk: the new role is effective immediately.");
        clerks.get("/people").assert_status(200);
        assert_eq!(told(app, clerk.person().unwrap()).last().unwrap().1, "customer_finance -> customer_manager");
        // Nobody changes their own, and the page doesn't offer it.
        let own = format!("/people/{}", buyer.id);
        boss.get(&own).assert_has("You can’t change your own rights");
        assert!(!boss.get(&own).body().contains("/suspension"));
        for deed in ["suspension", "role"] {
            let form = boss.get(&path).form(&format!("{path}/{deed}"));
            let form = elsewhere(form, format!("{own}/{deed}"));
            let form = if deed == "role" { form.without("role").with("role", "viewer") } else { form };
            boss.post(&form).assert_status(409).assert_has("You can’t change your own rights");
        }
        // Disabling ends the sessions under way and the way in.
        boss.submit(&boss.get(&path).form(&format!("{path}/suspension"))).assert_status(200);
        assert_eq!(clerks.peek("/home").header("location").as_deref(), Some("/sign-in?next=/home"));
        site.visitor("en").sign_in("clerk@example.com", crate::support::PASSWORD).assert_status(422);
        boss.submit(&boss.get(&path).form(&format!("{path}/restoration"))).assert_status(200);
        site.visitor("en").sign_in("clerk@example.com", crate::support::PASSWORD).assert_status(200);
    }

    fn the_last_of_a_kind_stays(app: &TestApp) {
        let (books, _site) = house(app);
        let other = a_buyer(app, "boss", books.first, CustomerRole::Manager);
        let buyer = person(app, "buyer@example.com").actor(None, None);
        let id = |actor: &Actor| actor.person().unwrap().clone();
        // Two managers at the same moment: each means the other, and one remains.
        app.db.write(&buyer, |tx| people::disable(tx, &id(&other))).unwrap();
        let late = app.db.write(&other, |tx| people::disable(tx, &id(&buyer)));
        assert_eq!(refusal(late), "people-last-manager");
        let late = app.db.write(&other, |tx| people::set_customer_role(tx, &id(&buyer), CustomerRole::Viewer));
        assert_eq!(refusal(late), "people-last-manager");
        // The company's own administrators may: they can invite another.
        let admin = person(app, "admin@example.com").actor(None, None);
        app.db.write(&admin, |tx| people::disable(tx, &id(&buyer))).unwrap();
        // The same with administrators.
        let second = a_member(app, "second", &[StaffRole::Admin, StaffRole::Auditor]);
        app.db.write(&second, |tx| people::disable(tx, &id(&admin))).unwrap();
        for by in [admin.clone(), Actor::operator()] {
            let late = app.db.write(&by, |tx| people::disable(tx, &id(&second)));
            assert_eq!(refusal(late), "people-last-admin");
            let auditor = [StaffRole::Auditor].into();
            let late = app.db.write(&by, |tx| people::set_staff_roles(tx, &id(&second), &auditor, false));
            assert_eq!(refusal(late), "people-last-admin");
        }
        // Who only loses another role stays an administrator.
        let only = [StaffRole::Admin].into();
        app.db.write(&admin, |tx| people::set_staff_roles(tx, &id(&second), &only, false)).unwrap();
        let Side::Staff(roles) = person(app, "second@example.com").side else { panic!("not staff") };
        assert_eq!(roles, only);
        // An invited manager isn't one yet.
        let third = a_buyer(app, "third", books.second, CustomerRole::Manager);
        let host = people::Host { name: "B".to_owned(), contact: app.config.house().contact };
        let invited = people::Invited::read("New", "new@customer.example", "", Language::En).unwrap();
        app.db.write(&third, |tx| people::invite_customer_person(tx, &invited, books.second, CustomerRole::Manager, &host)).unwrap();
        let fourth = a_buyer(app, "fourth", books.second, CustomerRole::Manager);
        app.db.write(&third, |tx| people::disable(tx, &id(&fourth))).unwrap();
        let late = app.db.write(&fourth, |tx| people::disable(tx, &id(&third)));
        assert_eq!(refusal(late), "people-last-manager");
    }

    fn an_administrator_manages_everybody_but_themself(app: &TestApp) {
        let (_, site) = house(app);
        let admin = signed_in(&site, "admin");
        let finance = signed_in(&site, "finance");
        let path = format!("/staff/people/{}", person(app, "finance@example.com").id);
        let form = |deed: &str| admin.get(&path).form(&format!("{path}/{deed}"));
        admin.get(&path).assert_has("Signed in on one");
        // Roles: what they may open changes at once.
        assert_eq!(finance.peek("/staff/imports").status, 200);
        let roles = form("roles");
        assert_eq!(roles.value("roles[]"), Some("finance"));
        let none = admin.post(&roles.clone().without("roles[]"));
        assert_eq!(problems(&none), ["A member of staff needs at least one role."]);
        let done = admin.submit(&roles.without("roles[]").with("roles[]", "account_manager"));
        done.assert_has("finance: the new role is effective immediately.");
        assert_eq!(finance.peek("/staff/imports").status, 404);
        let id = person(app, "finance@example.com").id;
        assert_eq!(told(app, &id).last().unwrap(), &("person.roles_set".to_owned(), "finance -> account_manager".to_owned()));
        // The session ends, and they come back with their password.
        admin.submit(&form("session-ending")).assert_has("finance has been signed out everywhere.");
        assert_eq!(finance.peek("/staff").status, 303);
        admin.get(&path).assert_has("None signed in");
        finance.sign_in("finance@example.com", crate::support::PASSWORD).assert_status(200);
        admin.submit(&form("suspension")).assert_has("finance can’t sign in any more.");
        assert_eq!(finance.peek("/staff").status, 303);
        site.visitor("en").sign_in("finance@example.com", crate::support::PASSWORD).assert_status(422);
        admin.submit(&form("restoration")).assert_has("finance has access again.");
        site.visitor("en").sign_in("finance@example.com", crate::support::PASSWORD).assert_status(200);
        // Not oneself.
        let own = format!("/staff/people/{}", person(app, "admin@example.com").id);
        admin.get(&own).assert_has("You can’t change your own rights");
        for deed in ["suspension", "roles"] {
            let form = elsewhere(form(deed), format!("{own}/{deed}"));
            admin.post(&form).assert_status(409);
        }
        // Auditors read along and are offered nothing.
        let auditor = signed_in(&site, "auditor");
        auditor.get("/staff/people").assert_status(200);
        let page = auditor.get(&path);
        page.assert_status(200);
        assert!(page.texts("main form").is_empty());
        assert_eq!(auditor.peek("/staff/people/new").status, 404);
        assert_eq!(signed_in(&site, "manager").peek("/staff/people").status, 404);
        // A customer's person has one role.
        let buyer = format!("/staff/people/{}", person(app, "buyer@example.com").id);
        let role = admin.get(&buyer).form(&format!("{buyer}/roles"));
        assert_eq!(role.value("role"), Some("manager"));
        admin.submit(&role.with("role", "viewer")).assert_has("buyer: the new role is effective immediately.");
        let Side::Customer(_, role) = person(app, "buyer@example.com").side else { panic!("staff") };
        assert_eq!(role, CustomerRole::Viewer);
    }

    fn the_list_finds_people_by_name_house_role_and_state(app: &TestApp) {
        let (_, site) = house(app);
        let admin = signed_in(&site, "admin");
        let invited = admin.get("/staff/people/new").form("/staff/people");
        let invited = filled(invited, "Zhao 100%", "zhao@example.com").with("roles[]", "auditor");
        admin.submit(&invited).assert_status(200);
        app.write(|tx| {
            let id = people::by_email(tx, "other@example.com")?.id;
            people::disable(tx, &id)
        });
        for (query, expected) in [
            ("", vec!["Zhao 100%", "admin", "approver", "auditor", "both", "buyer", "finance", "manager", "other"]),
            ("search=BOTH", vec!["both"]),
            ("search=100%25", vec!["Zhao 100%"]),
            ("search=buyer%40", vec!["buyer"]),
            ("whose=customers", vec!["buyer"]),
            ("whose=staff&role=finance", vec!["both", "finance"]),
            ("state=invited", vec!["Zhao 100%"]),
            ("state=disabled", vec!["other"]),
            ("state=active&role=account_manager", vec!["manager"]),
            ("search=nobody", vec![]),
        ] {
            let mut found = admin.get(&format!("/staff/people?{query}")).texts("tbody th a");
            found.sort_unstable();
            assert_eq!(found, expected, "{query}");
        }
        admin.get("/staff/people?search=nobody").assert_has("No matches");
        assert_eq!(admin.get("/staff/people?colour=red").status, 400);
    }

    fn a_customers_first_manager_is_invited_by_who_looks_after_it(app: &TestApp) {
        let (books, site) = house(app);
        let manager = signed_in(&site, "manager");
        let customer = "/staff/customers/D-002";
        let form = manager.get(customer).link("Invite the first manager");
        assert_eq!(form, format!("{customer}/manager"));
        // Not for somebody else's customer, and not for everybody.
        assert_eq!(signed_in(&site, "other").peek(&form).status, 404);
        assert_eq!(signed_in(&site, "finance").peek(&form).status, 404);
        let wrong = invite(&manager, &form, &form, "Wu Gang", "wu");
        wrong.assert_status(422);
        assert_eq!(wrong.attribute("#name", "value"), "Wu Gang");
        invite(&manager, &form, &form, "Wu Gang", "wu@customer.example").assert_status(200);
        let wu = person(app, "wu@customer.example");
        assert_eq!(wu.side, Side::Customer(books.second, CustomerRole::Manager));
        let first = invitation_to(app, "wu@customer.example");
        app.wait(TimeDelta::minutes(10));
        let waiting = manager.get(&form);
        waiting.assert_has("Invited, not accepted yet").assert_has("wu@customer.example");
        manager.submit(&waiting.form(&format!("{customer}/manager-invitation"))).assert_status(200);
        let second = invitation_to(app, "wu@customer.example");
        let visitor = site.visitor("en");
        visitor.get(&first).assert_status(410);
        let name = app.read(|conn| openrebate::customers::by_id(conn, books.second)).name;
        visitor.get(&second).assert_has(&name).assert_has("manager invites you");
        accept(&visitor, &second, CHOSEN);
        visitor.sign_in("wu@customer.example", CHOSEN).assert_status(200);
        visitor.get("/people").assert_status(200);
        // There is one now, who invites the rest.
        let page = manager.get(&form);
        page.assert_has("Wu Gang manages this customer’s users and invites the others.");
        assert!(page.texts("form.filters, main form").is_empty());
        assert!(!manager.get(customer).body().contains("/manager\""));
        // Whoever comes back to the page is told who it is, and where to go.
        let page = manager.get(&form);
        page.assert_has("wu@customer.example");
        assert_eq!(page.link("Back to the customer"), customer);
        let form = Form::to(form).with("token", waiting.form("/language").value("token").unwrap());
        let late = filled(form, "Second", "second@customer.example").with("language", "en");
        manager.post(&late.with("phone", "")).assert_status(409);
    }

    fn a_customer_has_twenty_invited_at_most(app: &TestApp) {
        let (books, _site) = house(app);
        let buyer = person(app, "buyer@example.com").actor(None, None);
        let host = people::Host { name: "A".to_owned(), contact: app.config.house().contact };
        let invite = |n: usize| {
            let email = format!("p{n}@customer.example");
            let invited = people::Invited::read("P", &email, "", Language::ZhCn).unwrap();
            let viewer = CustomerRole::Viewer;
            app.db.write(&buyer, |tx| {
                people::invite_customer_person(tx, &invited, books.first, viewer, &host)
            })
        };
        let ids: Vec<_> = (0..20).map(|n| invite(n).unwrap()).collect();
        assert_eq!(refusal(invite(20)), "people-too-many-wait");
        app.db.write(&buyer, |tx| people::disable(tx, &ids[3])).unwrap();
        invite(20).unwrap();
    }

    fn no_header_changes_where_a_link_leads(app: &TestApp) {
        let (_, site) = house(app);
        let admin = signed_in(&site, "admin");
        let spoofed = [
            [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")],
            [("host", "localhost:1"), ("x-forwarded-host", "evil.example")],
            [("host", "evil.example"), ("x-forwarded-proto", "http")],
        ];
        for (n, headers) in spoofed.iter().enumerate() {
            let email = format!("p{n}@example.com");
            let form = admin.get("/staff/people/new").form("/staff/people");
            let form = filled(form, "P", &email).with("roles[]", "auditor");
            let status = admin.post_with(&form, headers).status;
            assert_eq!(status, if n == 2 { 421 } else { 303 }, "{headers:?}");
            let mut letters = letters_leaving(app, true);
            letters.retain(|letter| letter.text.contains("/invitations/"));
            assert_eq!(letters.len(), usize::from(n < 2));
            for letter in letters {
                let url = letter.text.lines().find(|line| line.starts_with("http")).unwrap();
                assert!(url.starts_with("https://rebates.example.com/invitations/"), "{url}");
                assert!(!letter.html.contains("evil") && !letter.text.contains("evil"));
            }
        }
    }
}
