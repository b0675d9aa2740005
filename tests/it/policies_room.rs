//! Policies in the database and at the shell: versions, what is in force, who took note.

use std::process::{Command, Output};

use openrebate::audit;
use openrebate::customers::{self, NewCustomer};
use openrebate::error::{Error, Result};
use openrebate::mailbox;
use openrebate::people::{self, NewPerson};
use openrebate::policies::{self, Acknowledgement, Published, Terms, VersionState, parse};
use openrebate::values::{
    Actor, Currency, CustomerRole, EmailAddress, Identity, Key, PersonId, VersionId,
};

use crate::support::TestApp;

fn source(code: &str, percent: &str) -> String {
    format!(
        "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
         form = \"cash\"\nname.zh-CN = \"季度返利\"\ncustomers.classes = [\"regular\"]\n\
         measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
         tiers = [{{ from = \"100000\", percent = \"{percent}\" }}]\n"
    )
}

fn terms(source: &str) -> Terms {
    parse(source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn publish(app: &TestApp, source: &str) -> Result<Published> {
    let terms = terms(source);
    app.db.write(&Actor::operator(), |tx| policies::publish(tx, &terms, source))
}

fn customer(app: &TestApp, code: &str, class: &str) -> Key {
    let new = NewCustomer { class: class.to_owned(), ..NewCustomer::regular(code, Currency::CNY) };
    app.write(|tx| customers::upsert(tx, &new)).key()
}

fn person(customer: Key, role: CustomerRole) -> Actor {
    let identity = Identity::Customer { person: PersonId::new(), customer, role };
    Actor { identity, name: "王经理".to_owned(), request: None, address: None }
}

both! {
    fn a_next_version_supersedes_and_the_same_terms_change_nothing(app: &TestApp) {
        let first = publish(app, &source("Q", "5")).unwrap();
        let first = first.version();
        assert_eq!((first.number, first.state), (1, VersionState::Published));
        let again = publish(app, &format!("# a remark\n{}", source("Q", "5.0"))).unwrap();
        assert_eq!(again, Published::Same(first.clone()));
        assert_eq!(app.read(audit::checkpoint).count, 1);

        let second = publish(app, &source("Q", "6")).unwrap().version().clone();
        assert_eq!((second.number, &second.policy_id), (2, &first.policy_id));
        publish(app, &source("A", "1")).unwrap();
        let codes: Vec<_> =
            app.read(policies::in_force).into_iter().map(|v| (v.code, v.number)).collect();
        assert_eq!(codes, [("A".to_owned(), 1), ("Q".to_owned(), 2)]);
        assert_eq!(app.read(|c| policies::by_code(c, "Q")), second);
        assert_eq!(app.read(|c| policies::by_id(c, &first.policy_id)), second);
        let old = app.read(|c| policies::version(c, &first.id));
        assert_eq!((old.state, &old.terms), (VersionState::Superseded, &first.terms));
        assert_eq!(app.read(|c| policies::versions(c, &first.policy_id)), [second.clone(), old]);

        let events = app.read(|c| audit::of_object(c, "policy_version", second.id.as_str()));
        assert_eq!(events[0].action, "policy.published");
        assert_eq!(events[0].before, Some(first.terms_hash.clone()));
        assert_eq!(events[0].after, Some(second.terms_hash));
    }

    fn a_next_version_keeps_currency_and_period(app: &TestApp) {
        publish(app, &source("Q", "5")).unwrap();
        for (old, new) in [("CNY", "USD"), ("quarter", "month")] {
            let refused = publish(app, &source("Q", "5").replace(old, new));
            assert!(matches!(refused, Err(Error::Refused(_))), "{new}");
        }
        assert_eq!(app.read(|c| policies::by_code(c, "Q")).number, 1);
        assert!(matches!(app.db.read(|c| policies::by_code(c, "X")), Err(Error::NotFound)));
    }

    fn the_managers_of_covered_customers_get_a_letter(app: &TestApp) {
        let (own, outside) = (customer(app, "C1", "regular"), customer(app, "C2", "vip"));
        for (email, customer, role) in [
            ("boss@c1.example.com", own, CustomerRole::Manager),
            ("clerk@c1.example.com", own, CustomerRole::Finance),
            ("boss@c2.example.com", outside, CustomerRole::Manager),
        ] {
            let person = NewPerson {
                email: EmailAddress::parse(email).unwrap(),
                name: "王经理".to_owned(),
                language: None,
                phone: None,
                password: None,
            };
            app.write(|tx| people::add_customer_person(tx, person.clone(), customer, role));
        }
        let letters = |app: &TestApp| -> Vec<(String, String)> {
            let posted = app.read(|c| mailbox::latest(c, None, None, 10));
            posted.into_iter().map(|letter| (letter.to, letter.subject)).collect()
        };
        let boss = |subject: &str| ("boss@c1.example.com".to_owned(), subject.to_owned());
        publish(app, &source("Q", "5")).unwrap();
        let first = boss("新返利政策发布，请签收：季度返利");
        assert_eq!(letters(app), std::slice::from_ref(&first));
        publish(app, &source("Q", "5")).unwrap();
        publish(app, &format!("to = 2026-09-30\n{}", source("OVER", "5"))).unwrap();
        assert_eq!(letters(app).len(), 1);
        publish(app, &source("Q", "6")).unwrap();
        assert_eq!(letters(app), [boss("返利政策有变更，请签收：季度返利"), first]);
    }

    fn a_manager_takes_note_once_and_nobody_else_can(app: &TestApp) {
        let id = publish(app, &source("Q", "5")).unwrap().version().id.clone();
        let (own, other) = (customer(app, "C1", "regular"), customer(app, "C2", "regular"));
        let outside = customer(app, "C3", "vip");
        let note = |actor: &Actor, id: &VersionId, customer| -> Result<Acknowledgement> {
            app.db.write(actor, |tx| policies::acknowledge(tx, id, customer))
        };
        let manager = person(own, CustomerRole::Manager);
        let clerk = person(own, CustomerRole::Finance);
        assert!(matches!(note(&clerk, &id, own), Err(Error::Refused(_))));
        for (actor, customer) in [
            (&manager, other),
            (&Actor::operator(), own),
            (&person(outside, CustomerRole::Manager), outside),
        ] {
            assert!(matches!(note(actor, &id, customer), Err(Error::NotFound)));
        }
        assert!(matches!(note(&manager, &VersionId::new(), own), Err(Error::NotFound)));
        let events = app.read(audit::checkpoint).count;
        let given = note(&manager, &id, own).unwrap();
        assert_eq!(given.terms_hash, app.read(|c| policies::version(c, &id)).terms_hash);
        assert_eq!(note(&person(own, CustomerRole::Manager), &id, own).unwrap(), given);
        assert_eq!(app.read(|c| policies::acknowledgement(c, &id, own)), Some(given));
        assert_eq!(app.read(|c| policies::acknowledgement(c, &id, other)), None);
        assert_eq!(app.read(audit::checkpoint).count, events + 1);
        publish(app, &source("Q", "6")).unwrap();
        assert!(matches!(note(&manager, &id, own), Err(Error::NotFound)), "it is superseded");
    }
}

fn openrebate(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_openrebate"))
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_shell_checks_without_a_database_and_publishes_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.toml", source("Q", "5").as_bytes());
    write("wrong.toml", source("W", "500").as_bytes());
    write("gb.toml", b"code = \"\xc4\xe3\"");
    let run = |arguments: &[&str]| {
        let output = openrebate(folder.path(), arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    assert_eq!(run(&["policy", "check", "good.toml"]).0, 0);
    let (code, out, err) = run(&["policy", "check", "good.toml", "wrong.toml", "gb.toml"]);
    assert_eq!(code, 3);
    assert_eq!(out, "good.toml: Q is right\n");
    assert!(err.starts_with("wrong.toml:11:39: reward.tiers[0].percent: "), "{err}");
    assert!(err.contains("gb.toml:1:1: file: the file is not valid UTF-8 text"), "{err}");
    assert!(!folder.path().join("openrebate.db").exists());

    assert_eq!(run(&["policy", "publish", "good.toml", "wrong.toml"]).0, 1);
    assert_eq!(run(&["policy", "publish", "nowhere.toml"]).0, 1);
    assert_eq!(run(&["policy", "publish"]).0, 2);
    let published = |file: &str| run(&["policy", "publish", file]).1;
    assert_eq!(published("good.toml"), "published  Q version 1\n");
    assert_eq!(published("good.toml"), "unchanged  Q version 1\n");
    write("good.toml", source("Q", "6").as_bytes());
    assert_eq!(published("good.toml"), "published  Q version 2\n");
    write("copy.toml", source("Q", "7").as_bytes());
    assert_eq!(run(&["policy", "publish", "good.toml", "copy.toml"]).0, 1);
}

#[test]
fn the_shell_lists_ends_and_withdraws_policies() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = openrebate(folder.path(), arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    for code in ["A", "B"] {
        let file = format!("{code}.toml");
        std::fs::write(folder.path().join(&file), source(code, "5")).unwrap();
        assert_eq!(run(&["policy", "publish", &file]).0, 0);
    }
    let both = "A version 1  published  2026-01-01 to on  季度返利\n\
                B version 1  published  2026-01-01 to on  季度返利\n";
    assert_eq!(run(&["policy", "list"]).1, both);
    let late = ["policy", "end", "A", "--last-day", "2020-01-01", "--reason", "x"];
    let (code, _, said) = run(&late);
    assert_eq!(code, 1);
    assert!(said.contains("can’t be before today"), "{said}");
    let ended = run(&["policy", "end", "A", "--last-day", "2199-01-31", "--reason", "x"]);
    assert_eq!(ended.1, "ends  A version 1 on 2199-01-31\n");
    let taken = run(&["policy", "withdraw", "B", "--reason", "x"]);
    assert_eq!(taken.1, "withdrawn  B version 1\n");
    assert_eq!(
        run(&["policy", "list"]).1,
        "A version 1  ended  2026-01-01 to 2199-01-31  季度返利\n"
    );
    for wrong in [
        &["policy", "withdraw", "B", "--reason", "x"][..],
        &["policy", "withdraw", "A", "--draft", "--reason", "x"],
    ] {
        let (code, _, said) = run(wrong);
        assert_eq!(code, 1, "{said}");
    }
}

#[test]
fn the_shell_exports_a_period_and_refuses_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let export = |period: &str| {
        let output = openrebate(folder.path(), &["export", "accruals", "--period", period]);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = export("2026-13");
    assert_eq!(code, 2);
    assert!(said.contains("\"2026-13\" is not a period; write 2026-09, "), "{said}");
    assert!(openrebate(folder.path(), &["migrate"]).status.success());
    assert_eq!(export("2026-Q3").0, 0);
}
