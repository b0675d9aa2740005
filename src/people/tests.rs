use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::db::{Clock, Db, House};

/// A database of one test, with its own clock, a member of staff, and nobody else.
struct TestHouse {
    db: Db,
    clock: Clock,
    anna: PersonId,
    _folder: tempfile::TempDir,
}

const PASSWORD: &str = "a quiet harbour";

fn house() -> TestHouse {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("t.db").display()).parse().unwrap();
    let noon: DateTime<Utc> = "2026-09-30T04:00:00Z".parse().unwrap();
    let clock = Clock::standing_at(noon);
    let db = Db::open(&url, House::default(), clock.clone()).unwrap();
    db.migrate().unwrap();
    let password = hash_password(PASSWORD).unwrap();
    let roles = BTreeSet::from([StaffRole::Finance]);
    let new = NewPerson {
        email: EmailAddress::parse("anna@example.com").unwrap(),
        name: "Anna".to_owned(),
        password: Some(password),
        language: None,
        phone: None,
    };
    let anna = db.write(&Actor::operator(), |tx| add_staff(tx, new.clone(), &roles)).unwrap();
    TestHouse { db, clock, anna, _folder: folder }
}

impl TestHouse {
    fn tries(&self, email: &str, password: &str, address: &str) -> SignIn {
        self.tries_with(None, email, password, address)
    }

    fn tries_with(
        &self,
        device: Option<&DeviceKey>,
        email: &str,
        password: &str,
        address: &str,
    ) -> SignIn {
        let credentials = Credentials {
            email: email.to_owned(),
            password: password.to_owned(),
            address: address.to_owned(),
            agent: "test".to_owned(),
            device: device.cloned(),
            request: None,
        };
        sign_in(&self.db, &credentials).unwrap()
    }

    fn signs_in(&self, address: &str) -> SessionKey {
        match self.tries(" ANNA@example.com", PASSWORD, address) {
            SignIn::Welcome(welcome) => welcome.key,
            SignIn::Code { .. } => panic!("a code is asked for"),
            SignIn::No => panic!("the right password was refused"),
            SignIn::TooMany { until } => panic!("throttled until {until}"),
        }
    }

    /// Signs in with the browser's key; the key it holds afterwards.
    fn device(&self, device: Option<&DeviceKey>) -> DeviceKey {
        match self.tries_with(device, "anna@example.com", PASSWORD, "10.0.0.1") {
            SignIn::Welcome(welcome) => welcome.device,
            _ => panic!("the right password was refused"),
        }
    }

    /// The letters of the kind, so far.
    fn letters(&self, kind: &str) -> usize {
        let all = self.db.read(|conn| crate::mailbox::latest(conn, None, None, 999)).unwrap();
        all.iter().filter(|letter| letter.kind == kind && letter.to == "anna@example.com").count()
    }

    fn stands(&self, key: &SessionKey) -> bool {
        self.db.read(|conn| load_session(conn, key, self.db.now())).unwrap().is_some()
    }

    fn anna(&self) -> Actor {
        self.db.read(|conn| by_id(conn, &self.anna)).unwrap().actor(None, None)
    }
}

fn claim(password: &str) -> Claim {
    Claim { password: password.to_owned(), code: String::new() }
}

fn word(outcome: &SignIn) -> &'static str {
    match outcome {
        SignIn::Welcome(_) => "welcome",
        SignIn::Code { .. } => "code",
        SignIn::No => "no",
        SignIn::TooMany { .. } => "too many",
    }
}

#[test]
fn ten_wrong_passwords_pause_an_account_for_a_quarter_of_an_hour() {
    let house = house();
    for n in 0..10 {
        let address = format!("10.0.0.{n}");
        assert_eq!(word(&house.tries("anna@example.com", "wrong", &address)), "no");
    }
    let SignIn::TooMany { until } = house.tries("anna@example.com", PASSWORD, "10.0.0.99") else {
        panic!("the eleventh try was heard")
    };
    assert_eq!(until, house.clock.now() + TimeDelta::minutes(15));
    house.clock.set(until);
    assert_eq!(word(&house.tries("anna@example.com", PASSWORD, "10.0.0.99")), "welcome");
}

#[test]
fn strangers_tries_dont_lock_the_owner_out_of_a_browser_she_signed_in_with() {
    let house = house();
    let device = house.device(None);
    for n in 0..10 {
        let address = format!("6.6.6.{n}");
        assert_eq!(word(&house.tries("anna@example.com", "wrong", &address)), "no");
    }
    let with = |device: Option<&DeviceKey>, password| {
        word(&house.tries_with(device, "anna@example.com", password, "10.0.0.1"))
    };
    // From the same network too: it is the browser that is known.
    assert_eq!(with(None, PASSWORD), "too many");
    assert_eq!(with(Some(&DeviceKey::random()), PASSWORD), "too many");
    assert_eq!(with(Some(&device), PASSWORD), "welcome");
    // It has a limit of its own.
    for _ in 0..10 {
        assert_eq!(with(Some(&device), "wrong"), "no");
    }
    assert_eq!(with(Some(&device), PASSWORD), "too many");
    house.clock.advance(TimeDelta::minutes(15));
    assert_eq!(with(Some(&device), PASSWORD), "welcome");
}

#[test]
fn a_browser_is_known_to_those_who_signed_in_with_it_and_to_nobody_else() {
    let house = house();
    let first = house.device(None);
    assert_eq!(house.letters("new_sign_in"), 0, "the first one ever");
    assert!(house.device(Some(&first)) == first);
    assert_eq!(house.letters("new_sign_in"), 0);
    // Another, and one with a key nobody gave it: neither keeps what it came with.
    let second = house.device(None);
    let made_up = DeviceKey::random();
    assert!(house.device(Some(&made_up)) != made_up);
    assert_eq!(house.letters("new_sign_in"), 2);
    // Somebody else signs in with the first: it gets another key, which both are known by.
    let roles = BTreeSet::from([StaffRole::Admin]);
    let ben = NewPerson {
        email: EmailAddress::parse("ben@example.com").unwrap(),
        name: "Ben".to_owned(),
        password: Some(hash_password(PASSWORD).unwrap()),
        language: None,
        phone: None,
    };
    house.db.write(&Actor::operator(), |tx| add_staff(tx, ben.clone(), &roles)).unwrap();
    let shared = match house.tries_with(Some(&first), "ben@example.com", PASSWORD, "10.0.0.1") {
        SignIn::Welcome(welcome) => welcome.device,
        _ => panic!("the right password was refused"),
    };
    assert!(shared != first);
    assert!(house.device(Some(&shared)) == shared);
    assert_eq!(house.letters("new_sign_in"), 2);
    assert!(house.device(Some(&first)) != first, "a copy of the old key is worth nothing");
    assert_eq!(house.letters("new_sign_in"), 3);
    // One that nobody signs in with is forgotten, and others are known all the same.
    house.clock.advance(TimeDelta::days(399));
    assert!(house.device(Some(&second)) == second);
    house.clock.advance(TimeDelta::days(2));
    house.device(Some(&second));
    assert!(house.device(Some(&shared)) != shared);
    assert_eq!(house.letters("new_sign_in"), 4);
}

#[test]
fn many_wrong_passwords_are_told_once_a_day() {
    let house = house();
    let guess = |times: usize| {
        for _ in 0..times {
            assert_eq!(word(&house.tries("anna@example.com", "wrong", "6.6.6.6")), "no");
        }
        house.letters("wrong_passwords")
    };
    assert_eq!(guess(9), 0);
    assert_eq!(guess(1), 1);
    house.clock.advance(TimeDelta::minutes(16));
    assert_eq!(guess(10), 1, "the same day");
    house.clock.advance(TimeDelta::hours(24));
    assert_eq!(guess(10), 2);
    // Nobody is written to about an account that isn't there, or that is no more.
    house.clock.advance(TimeDelta::hours(24));
    house.db.write(&Actor::operator(), |tx| disable(tx, &house.anna)).unwrap();
    assert_eq!(guess(10), 2);
}

#[test]
fn whoever_is_signed_in_proves_their_password_ten_times_a_quarter_of_an_hour_at_most() {
    let house = house();
    let anna = house.db.read(|conn| by_id(conn, &house.anna)).unwrap();
    let prove = |password: &str| match prove(
        &house.db,
        &anna.actor(None, Some("10.0.0.1".to_owned())),
        &anna,
        &claim(password),
    ) {
        Ok(Proof::Right(_)) => "right",
        Ok(Proof::Wrong) => "wrong",
        Ok(Proof::WrongCode) => "wrong code",
        Ok(Proof::TooMany { .. }) => "too many",
        Err(other) => panic!("{other}"),
    };
    // Strangers at the sign-in page take nothing from it.
    for _ in 0..10 {
        house.tries("anna@example.com", "wrong", "6.6.6.6");
    }
    assert_eq!(prove(PASSWORD), "right");
    for _ in 0..10 {
        assert_eq!(prove("wrong"), "wrong");
    }
    assert_eq!(prove(PASSWORD), "too many");
    house.clock.advance(TimeDelta::minutes(15));
    assert_eq!(prove(PASSWORD), "right");
}

#[test]
fn a_proof_is_worth_nothing_once_the_password_is_another() {
    let house = house();
    let anna = house.db.read(|conn| by_id(conn, &house.anna)).unwrap();
    let proven = match prove(&house.db, &house.anna(), &anna, &claim(PASSWORD)).unwrap() {
        Proof::Right(proven) => proven,
        _ => panic!("the right password was refused"),
    };
    let (one, other) = (hash_password("one").unwrap(), hash_password("other").unwrap());
    house.db.write(&Actor::operator(), |tx| set_password(tx, &house.anna, &one)).unwrap();
    let late = house.db.write(&house.anna(), |tx| change_password(tx, &proven, &other, "", None));
    assert!(matches!(late, Err(Error::Refused(_))), "{late:?}");
}

#[test]
fn unknown_accounts_are_refused_and_throttled_in_the_same_way() {
    let house = house();
    for _ in 0..10 {
        assert_eq!(word(&house.tries("nobody@example.com", PASSWORD, "10.0.0.1")), "no");
    }
    assert_eq!(word(&house.tries("nobody@example.com", PASSWORD, "10.0.0.1")), "too many");
}

#[test]
fn an_address_bears_a_hundred_wrong_tries_an_hour() {
    let house = house();
    house
        .db
        .write(&Actor::operator(), |tx| {
            for n in 0..100 {
                let (id, email) = (format!("f{n}"), format!("p{n}@example.com"));
                store::insert_failure(tx, &id, &email, "6.6.6.6", None)?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(word(&house.tries("anna@example.com", PASSWORD, "6.6.6.6")), "too many");
    assert_eq!(word(&house.tries("anna@example.com", PASSWORD, "7.7.7.7")), "welcome");
    house.clock.advance(TimeDelta::minutes(61));
    assert_eq!(word(&house.tries("anna@example.com", PASSWORD, "6.6.6.6")), "welcome");
}

#[test]
fn a_session_ends_unused_after_half_an_hour_and_in_any_case_after_twelve() {
    let house = house();
    let key = house.signs_in("10.0.0.1");
    house.clock.advance(TimeDelta::minutes(29));
    assert!(house.stands(&key));
    house.clock.advance(TimeDelta::minutes(1));
    assert!(!house.stands(&key));

    let key = house.signs_in("10.0.0.1");
    let hash = key.hash();
    for _ in 0..35 {
        house.clock.advance(TimeDelta::minutes(20));
        assert!(house.stands(&key));
        house.db.write(&house.anna(), |tx| touch_session(tx, &hash)).unwrap();
    }
    house.clock.advance(TimeDelta::minutes(20));
    assert!(!house.stands(&key), "twelve hours are over");
}

#[test]
fn a_session_that_was_ended_stays_ended() {
    let house = house();
    let (key, other) = (house.signs_in("10.0.0.1"), house.signs_in("10.0.0.2"));
    let hash = key.hash();
    house.db.write(&house.anna(), |tx| revoke_session(tx, &hash)).unwrap();
    assert!(!house.stands(&key) && house.stands(&other));
    // A request that was under way meanwhile must not bring it back.
    for late in [
        house.db.write(&house.anna(), |tx| touch_session(tx, &hash)),
        house.db.write(&house.anna(), |tx| flash(tx, &hash, "hello")),
        house.db.write(&house.anna(), |tx| revoke_session(tx, &hash)),
    ] {
        assert!(matches!(late, Err(Error::NotFound)), "{late:?}");
    }
    assert!(!house.stands(&key));
}

#[test]
fn what_is_left_to_tell_is_told_once() {
    let house = house();
    let hash = house.signs_in("10.0.0.1").hash();
    let anna = house.anna();
    house.db.write(&anna, |tx| flash(tx, &hash, "done")).unwrap();
    assert_eq!(house.db.write(&anna, |tx| take_flash(tx, &hash)).unwrap(), "done");
    assert_eq!(house.db.write(&anna, |tx| take_flash(tx, &hash)).unwrap(), "");
}

#[test]
fn disabling_somebody_ends_every_session_and_the_way_in() {
    let house = house();
    let (one, two) = (house.signs_in("10.0.0.1"), house.signs_in("10.0.0.2"));
    house.db.write(&Actor::operator(), |tx| disable(tx, &house.anna)).unwrap();
    assert!(!house.stands(&one) && !house.stands(&two));
    assert_eq!(word(&house.tries("anna@example.com", PASSWORD, "10.0.0.1")), "no");
    let again = house.db.write(&Actor::operator(), |tx| disable(tx, &house.anna));
    assert!(matches!(again, Err(Error::Refused(_))));
}

#[test]
fn nobody_ends_somebody_elses_session() {
    let house = house();
    let key = house.signs_in("10.0.0.1");
    let new = NewPerson {
        email: EmailAddress::parse("ben@example.com").unwrap(),
        name: "Ben".to_owned(),
        password: None,
        language: None,
        phone: None,
    };
    let roles = BTreeSet::from([StaffRole::Admin]);
    let ben = house.db.write(&Actor::operator(), |tx| add_staff(tx, new.clone(), &roles)).unwrap();
    let ben = house.db.read(|conn| by_id(conn, &ben)).unwrap().actor(None, None);
    let tried = house.db.write(&ben, |tx| revoke_session(tx, &key.hash()));
    assert!(matches!(tried, Err(Error::NotFound)));
    assert!(house.stands(&key));
    assert_eq!(word(&house.tries("ben@example.com", "", "10.0.0.1")), "no");
}

#[test]
fn coming_and_going_is_in_the_audit_log() {
    let house = house();
    house.tries("anna@example.com", "wrong", "6.6.6.6");
    let hash = house.signs_in("10.0.0.1").hash();
    house.db.write(&house.anna(), |tx| end_session(tx, &hash)).unwrap();
    let events = house.db.read(|conn| audit::of_object(conn, "person", house.anna.as_str()));
    let told: Vec<_> =
        events.unwrap().into_iter().map(|e| (e.action, e.address.unwrap_or_default())).collect();
    let expected = [
        ("person.added", ""),
        ("session.refused", "6.6.6.6"),
        ("session.signed_in", "10.0.0.1"),
        ("session.signed_out", ""),
    ];
    assert_eq!(told, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn an_address_has_one_account() {
    let house = house();
    let new = NewPerson {
        email: EmailAddress::parse("Anna@Example.com").unwrap(),
        name: "Other".to_owned(),
        password: None,
        language: None,
        phone: None,
    };
    let roles = BTreeSet::from([StaffRole::Auditor]);
    let second = house.db.write(&Actor::operator(), |tx| add_staff(tx, new.clone(), &roles));
    assert!(matches!(second, Err(Error::Invalid(_))));
}

#[test]
fn who_was_invited_signs_in_with_the_operators_password_and_with_nobody_elses() {
    let house = house();
    let host = Host { name: "House".to_owned(), contact: house.db.house().contact.clone() };
    let invited = Invited::read("Ben", "ben@example.com", "", Language::En).unwrap();
    let roles = BTreeSet::from([StaffRole::Admin]);
    let by = house.anna();
    let ben = house.db.write(&by, |tx| invite_staff(tx, &invited, &roles, false, &host)).unwrap();
    let password = hash_password(PASSWORD).unwrap();
    let state = || house.db.read(|conn| by_id(conn, &ben)).unwrap().state;
    house.db.write(&by, |tx| set_password(tx, &ben, &password)).unwrap();
    assert_eq!(state(), PersonState::Invited);
    assert_eq!(word(&house.tries("ben@example.com", PASSWORD, "10.0.0.1")), "no");
    house.db.write(&Actor::operator(), |tx| set_password(tx, &ben, &password)).unwrap();
    assert_eq!(state(), PersonState::Active);
    assert_eq!(word(&house.tries("ben@example.com", PASSWORD, "10.0.0.1")), "welcome");
    let link = house.db.read(|conn| latest_link(conn, Purpose::Invitation, &ben)).unwrap();
    assert_eq!(link.unwrap().ending, Some(LinkEnding::Withdrawn));
}
