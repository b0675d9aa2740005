//! Being away: the deputy gets what is new and may work on what is there; the lead when nobody
//! else is left.

use chrono::NaiveDate;
use openrebate::audit;
use openrebate::disputes::{self, Category, Dispute, NewDispute, Subject, SubjectKind, Terms};
use openrebate::error::{Error, Result};
use openrebate::mailbox;
use openrebate::people;
use openrebate::values::{AbsenceId, Actor, Currency, CustomerRole, PersonId, StaffRole};

use crate::support::{PASSWORD, Site, TestApp, a_buyer, a_customer, a_member};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn id(actor: &Actor) -> &PersonId {
    actor.person().unwrap()
}

/// What is wrong, by field and sentence.
#[track_caller]
fn wrong<T: std::fmt::Debug>(result: Result<T>) -> (String, &'static str) {
    match result {
        Err(Error::Invalid(problems)) => (problems[0].field.clone(), problems[0].text.key),
        other => panic!("not invalid: {other:?}"),
    }
}

struct Team<'a> {
    app: &'a TestApp,
    manager: Actor,
    deputy: Actor,
    lead: Actor,
}

/// Three account managers; `manager` looks after the customer C1.
fn team(app: &TestApp) -> Team<'_> {
    let roles = [StaffRole::AccountManager];
    Team {
        app,
        manager: a_member(app, "manager", &roles),
        deputy: a_member(app, "deputy", &roles),
        lead: a_member(app, "lead", &roles),
    }
}

impl Team<'_> {
    fn away(
        &self,
        who: &Actor,
        first: &str,
        last: &str,
        deputy: Option<&Actor>,
    ) -> Result<AbsenceId> {
        let deputy = deputy.map(id);
        self.app
            .db
            .write(who, |tx| people::plan_absence(tx, id(who), day(first), day(last), deputy))
    }

    fn in_charge(&self, on: &str) -> Option<String> {
        let found = self.app.read(|conn| people::in_charge(conn, id(&self.manager), day(on)));
        found.map(|person| person.name)
    }
}

fn filed(app: &TestApp, buyer: &Actor) -> Dispute {
    let new = NewDispute {
        customer: buyer.customer().unwrap(),
        category: Category::Other,
        subject: Subject { kind: SubjectKind::Free, id: String::new(), text: "账户".to_owned() },
        currency: Currency::CNY,
        disputed: 0,
        expected: None,
        text: "请核对".to_owned(),
        facts: serde_json::Value::Null,
    };
    let terms = Terms::default();
    app.db.write(buyer, |tx| disputes::file(tx, new.clone(), &terms)).unwrap()
}

both! {
    fn work_goes_to_the_deputy_and_then_to_the_lead(app: &TestApp) {
        let team = team(app);
        app.write(|tx| people::set_lead(tx, Some(id(&team.manager)), Some(id(&team.lead))));
        team.away(&team.manager, "2026-10-19", "2026-10-30", Some(&team.deputy)).unwrap();
        team.away(&team.deputy, "2026-10-26", "2026-10-27", None).unwrap();
        for (on, expected) in [
            ("2026-10-16", "manager"),
            ("2026-10-18", "manager"),
            ("2026-10-19", "deputy"),
            ("2026-10-25", "deputy"),
            ("2026-10-26", "lead"),
            ("2026-10-27", "lead"),
            ("2026-10-28", "deputy"),
            ("2026-10-30", "deputy"),
            ("2026-10-31", "manager"),
        ] {
            assert_eq!(team.in_charge(on).as_deref(), Some(expected), "{on}");
        }
        // The lead away too: who stands in for the lead, and with nobody there the lead all the same.
        team.away(&team.lead, "2026-10-26", "2026-10-26", None).unwrap();
        assert_eq!(team.in_charge("2026-10-26").as_deref(), Some("lead"));
        let fourth = a_member(app, "fourth", &[StaffRole::AccountManager]);
        team.away(&team.lead, "2026-10-27", "2026-10-27", Some(&fourth)).unwrap();
        assert_eq!(team.in_charge("2026-10-27").as_deref(), Some("fourth"));
        // Who has left is away for good.
        app.write(|tx| people::disable(tx, id(&team.manager)));
        assert_eq!(team.in_charge("2026-12-01").as_deref(), Some("lead"));
        app.write(|tx| people::set_lead(tx, Some(id(&team.manager)), None));
        assert_eq!(team.in_charge("2026-12-01"), None);
        app.write(|tx| people::set_lead(tx, None, Some(id(&team.lead))));
        assert_eq!(team.in_charge("2026-12-01").as_deref(), Some("lead"));
    }

    fn an_absence_that_cannot_be_is_refused_at_its_field(app: &TestApp) {
        let team = team(app);
        let customer = a_customer(app, "C1", "甲");
        let buyer = a_buyer(app, "buyer", customer, CustomerRole::Manager);
        let auditor = a_member(app, "auditor", &[StaffRole::Auditor]);
        let try_out = |first: &str, last: &str, deputy: Option<&Actor>| {
            wrong(team.away(&team.manager, first, last, deputy))
        };
        let said = |field: &str, key| (field.to_owned(), key);
        assert_eq!(try_out("2026-10-20", "2026-10-19", None), said("last", "absence-backwards"));
        assert_eq!(try_out("2026-10-01", "2026-10-14", None), said("last", "absence-over"));
        assert_eq!(try_out("2026-10-20", "2027-10-21", None), said("last", "absence-too-long"));
        let days = ("2026-10-20", "2026-10-21");
        let deputy = |who: &Actor| try_out(days.0, days.1, Some(who));
        assert_eq!(deputy(&team.manager), said("deputy", "absence-deputy-self"));
        assert_eq!(deputy(&auditor), said("deputy", "absence-deputy-cannot"));
        assert_eq!(deputy(&buyer), said("deputy", "absence-deputy-cannot"));
        team.away(&team.manager, "2026-10-15", "2026-10-20", None).unwrap();
        for (first, last) in [("2026-10-14", "2026-10-15"), ("2026-10-20", "2026-10-30")] {
            assert_eq!(try_out(first, last, None), said("first", "absence-overlaps"));
        }
        team.away(&team.manager, "2026-10-21", "2026-10-21", None).unwrap();
        let absent = app.db.write(&buyer, |tx| {
            people::plan_absence(tx, id(&buyer), day("2026-10-20"), day("2026-10-20"), None)
        });
        assert_eq!(wrong(absent), said("person", "absence-not-staff"));
        let lead = |member: Option<&Actor>, lead: &Actor| {
            let member = member.map(id);
            wrong(app.db.write(&Actor::operator(), |tx| people::set_lead(tx, member, Some(id(lead)))))
        };
        assert_eq!(lead(None, &auditor), said("lead", "lead-no-manager"));
        assert_eq!(lead(Some(&team.lead), &team.lead), said("lead", "lead-self"));
    }

    fn an_absence_under_way_ends_and_a_later_one_goes(app: &TestApp) {
        let team = team(app);
        let now = team.away(&team.manager, "2026-10-14", "2026-10-30", Some(&team.deputy)).unwrap();
        let later = team.away(&team.manager, "2026-11-02", "2026-11-06", None).unwrap();
        let first = team.away(&team.deputy, "2026-10-15", "2026-10-15", None).unwrap();
        let end = |who: &Actor, absence: &AbsenceId| {
            app.db.write(who, |tx| people::end_absence(tx, id(who), absence))
        };
        assert!(matches!(end(&team.deputy, &now), Err(Error::NotFound)));
        for (who, absence) in [(&team.manager, &now), (&team.manager, &later), (&team.deputy, &first)] {
            end(who, absence).unwrap();
            assert!(matches!(end(who, absence), Err(Error::NotFound)));
        }
        assert_eq!(team.in_charge("2026-10-14").as_deref(), Some("deputy"));
        assert_eq!(team.in_charge("2026-10-15").as_deref(), Some("manager"));
        assert_eq!(team.in_charge("2026-11-02").as_deref(), Some("manager"));
        let told = app.read(|conn| audit::of_object(conn, "person", id(&team.manager).as_str()));
        let told: Vec<_> = told.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(told.iter().filter(|action| **action == "person.absence_set").count(), 2);
        assert_eq!(told.iter().filter(|action| **action == "person.absence_ended").count(), 2);
    }

    fn the_deputy_gets_what_is_new_and_works_on_what_is_there(app: &TestApp) {
        let team = team(app);
        let customer = a_customer(app, "C1", "甲商贸有限公司");
        let buyer = a_buyer(app, "buyer", customer, CustomerRole::Finance);
        let before = filed(app, &buyer);
        assert_eq!(before.assignee_name.as_deref(), Some("manager"));
        let reply = |who: &Actor| app.db.write(who, |tx| disputes::reply(tx, &before.id, "已收到"));
        let sees = |who: &Actor| {
            let reach = app.read(|conn| disputes::reach(conn, who, app.db.today()));
            app.db.read(|conn| disputes::one(conn, &reach, &before.id)).is_ok()
        };
        assert!(!sees(&team.deputy) && reply(&team.deputy).is_err());
        team.away(&team.manager, "2026-10-16", "2026-10-20", Some(&team.deputy)).unwrap();
        assert!(!sees(&team.deputy) && reply(&team.deputy).is_err(), "not before it begins");
        app.wait(chrono::TimeDelta::days(1));
        assert!(sees(&team.deputy));
        reply(&team.deputy).unwrap();
        let new = filed(app, &buyer);
        assert_eq!(new.assignee_name.as_deref(), Some("deputy"));
        let told = app.read(|conn| mailbox::of_cause(conn, "staff_new_dispute", new.id.as_str()));
        assert_eq!(told[0].to, "deputy@example.com");
        // What the customer answers meanwhile reaches the deputy too.
        app.db.write(&buyer, |tx| disputes::answer(tx, &before.id, "谢谢")).unwrap();
        let latest = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
        assert_eq!((latest.kind.as_str(), latest.to.as_str()), ("dispute_reply", "deputy@example.com"));
        app.wait(chrono::TimeDelta::days(5));
        assert!(!sees(&team.deputy) && reply(&team.deputy).is_err(), "not after it ended");
        assert_eq!(filed(app, &buyer).assignee_name.as_deref(), Some("manager"));
        // A lead sees and may do what those they lead do; the lead of everybody, everything.
        assert!(!sees(&team.lead));
        app.write(|tx| people::set_lead(tx, Some(id(&team.manager)), Some(id(&team.lead))));
        assert!(sees(&team.lead) && !sees(&team.deputy));
        reply(&team.lead).unwrap();
        app.write(|tx| people::set_lead(tx, None, Some(id(&team.deputy))));
        assert!(sees(&team.deputy));
        reply(&team.deputy).unwrap();
    }

    fn people_note_their_own_absence_on_its_page(app: &TestApp) {
        let team = team(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        let customer = a_customer(app, "C1", "甲商贸有限公司");
        let buyer = a_buyer(app, "buyer", customer, CustomerRole::Finance);
        app.write(|tx| people::set_lead(tx, None, Some(id(&team.lead))));
        let site = Site::of(app);
        let visitor = site.visitor("zh-CN");
        visitor.sign_in("manager@example.com", PASSWORD).assert_status(200);
        let page = visitor.get(&visitor.get("/notifications").link("休假期间的邮件由谁接收？登记休假与代理人"));
        page.assert_status(200).assert_has("没有已登记的休假").assert_has("您的主管：lead");
        let form = page.form("/absence").with("first", "2026-10-15").with("last", "下周");
        let again = visitor.submit(&form.with("deputy", id(&team.deputy).as_str()));
        again.assert_status(422).assert_has("无法识别日期“下周”");
        let form = again.form("/absence");
        assert_eq!(form.value("deputy"), Some(id(&team.deputy).as_str()));
        assert_eq!(form.value("first"), Some("2026-10-15"));
        let done = visitor.submit(&form.clone().with("last", "2026-10-23"));
        done.assert_status(200).assert_has("休假已登记").assert_has("由deputy代理").assert_has("休假中");
        let twice = visitor.submit(&form.with("last", "2026-10-23").with("form_key", "another"));
        twice.assert_status(422).assert_has("与已登记的休假（2026年10月15日至2026年10月23日）重叠");
        // Colleagues read it where they assign.
        let dispute = filed(app, &buyer);
        let colleague = site.visitor("zh-CN");
        colleague.sign_in("lead@example.com", PASSWORD).assert_status(200);
        let work = colleague.get(&format!("/staff/disputes/{}", dispute.id));
        work.assert_status(200).assert_has("manager（休假至2026年10月23日，由deputy代理）");
        let done = visitor.submit(&visitor.get("/absence").form("/absence/ending"));
        done.assert_status(200).assert_has("没有已登记的休假");
        let other = site.visitor("zh-CN");
        other.sign_in("finance@example.com", PASSWORD).assert_status(200);
        other.get("/absence").assert_status(404);
    }
}

#[test]
fn the_operator_names_leads_and_absences_at_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_openrebate"))
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .args(arguments.split(' '))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    for name in ["zhou", "wu"] {
        let add =
            format!("user add --email {name}@example.com --name {name} --role account_manager");
        assert_eq!(run(&add).0, 0);
    }
    let (code, out, _) = run("user lead --lead zhou@example.com");
    assert_eq!(
        (code, out.as_str()),
        (0, "zhou@example.com leads everybody without a lead of their own\n")
    );
    let away = "user away --email wu@example.com --from 2030-01-02 --to 2030-01-05";
    let (code, out, _) = run(&format!("{away} --deputy zhou@example.com"));
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "wu@example.com is away from 2030-01-02 to 2030-01-05; zhou@example.com stands in\n"
    );
    let (code, _, err) = run(away);
    assert_eq!(code, 1);
    assert!(
        err.contains("first: It overlaps an absence already entered (2 Jan 2030 to 5 Jan 2030)"),
        "{err}"
    );
    let (_, _, err) = run("user away --email wu@example.com --from tomorrow --to 2030-01-05");
    assert!(err.contains("--from: \"tomorrow\" is no day: write it like 2026-10-01"), "{err}");
    let (_, _, err) = run("user lead --email nobody@example.com --lead wu@example.com");
    assert!(err.contains("--email: nobody has the address \"nobody@example.com\""), "{err}");
    let (code, out, _) = run("user back --email wu@example.com");
    assert_eq!((code, out.as_str()), (0, "wu@example.com is here again; absences ended: 1\n"));
}
