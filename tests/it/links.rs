//! Links that let somebody do one thing once, and the secrets in the letters that carry them.

use std::sync::Mutex;

use chrono::TimeDelta;
use openrebate::error::Error;
use openrebate::mailbox::{self, Content, Delivery, Failure, Letter, Outgoing, Transport};
use openrebate::people::{
    self, LinkState, NewPerson, OneTimeLink, Purpose, link_of, make_link, use_link, withdraw_link,
};
use openrebate::statements::Papers;
use openrebate::values::{EmailAddress, Language, PersonId, StaffRole};
use openrebate::words::Words;

use crate::support::{TestApp, eight_at_once, refusal};

/// A letter that carries the link to anything.
struct Probe(Purpose);

impl Letter for Probe {
    const KIND: &'static str = "test_message";

    fn write(&self, _: &Words) -> Content {
        Content::new("subject".to_owned(), "purpose".to_owned(), "because".to_owned())
            .one_time_button("press".to_owned(), self.0.path(), "/sign-in".to_owned())
    }
}

/// Takes every letter, or none, and keeps what it was shown.
pub struct Seen {
    letters: Mutex<Vec<Outgoing>>,
    takes: bool,
}

impl Transport for Seen {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        self.letters.lock().unwrap().push(letter.clone());
        if self.takes { Ok(()) } else { Err(Failure::Transient("not now".to_owned())) }
    }
}

/// What leaves now.
pub fn letters_leaving(app: &TestApp, takes: bool) -> Vec<Outgoing> {
    let seen = Seen { letters: Mutex::default(), takes };
    while mailbox::deliver_next(&app.db, &seen, &Papers).unwrap() != Delivery::Nothing {}
    seen.letters.into_inner().unwrap()
}

/// The path that the letter's button leads to.
pub fn path_in(letter: &Outgoing) -> String {
    let url = letter.text.lines().find(|line| line.starts_with("https://")).unwrap();
    url.strip_prefix("https://rebates.example.com").unwrap().to_owned()
}

fn token_in(letter: &Outgoing) -> String {
    path_in(letter).rsplit('/').next().unwrap().to_owned()
}

fn a_person(app: &TestApp, name: &str) -> PersonId {
    let new = NewPerson {
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        name: name.to_owned(),
        password: None,
        language: None,
        phone: None,
    };
    app.write(|tx| people::add_staff(tx, new.clone(), &[StaffRole::Finance].into()))
}

fn send_link(app: &TestApp, purpose: Purpose, person: &PersonId) -> (OneTimeLink, String) {
    let link = app.write(|tx| {
        let link = make_link(tx, purpose, person, Some("about"))?;
        let to = people::by_id(tx, person)?.email;
        let to = EmailAddress::parse(&to).unwrap();
        mailbox::post(tx, &to, Language::En, None, link.id.as_str(), &Probe(purpose))?;
        Ok(link)
    });
    let letters = letters_leaving(app, true);
    let letter = letters.last().unwrap();
    assert!(
        letter.html.contains(&token_in(letter)) && !letter.html.contains("~"),
        "{}",
        letter.html
    );
    let token = token_in(letter);
    (link, token)
}

fn state(app: &TestApp, purpose: Purpose, token: &str) -> Option<LinkState> {
    let now = app.db.now();
    app.read(|conn| Ok(link_of(conn, purpose, token)?.map(|link| link.state(now))))
}

both! {
    fn a_link_is_of_one_purpose_and_one_person_and_ends_when_used(app: &TestApp) {
        let (anna, ben) = (a_person(app, "anna"), a_person(app, "ben"));
        let (link, token) = send_link(app, Purpose::Invitation, &anna);
        let (_, other) = send_link(app, Purpose::Invitation, &ben);
        assert_eq!((token.len(), token == other), (32, false));
        for (purpose, token, expected) in [
            (Purpose::Invitation, token.as_str(), Some(LinkState::Valid)),
            (Purpose::PasswordReset, &token, None),
            (Purpose::EmailChange, &token, None),
            (Purpose::Invitation, "00000000000000000000000000000000", None),
            (Purpose::Invitation, "", None),
        ] {
            assert_eq!(state(app, purpose, token), expected, "{purpose} {token}");
        }
        let wrong = app.db.write(&openrebate::values::Actor::operator(), |tx| {
            use_link(tx, Purpose::PasswordReset, &token)
        });
        assert!(matches!(wrong, Err(Error::NotFound)), "{wrong:?}");
        let used = app.write(|tx| use_link(tx, Purpose::Invitation, &token));
        assert_eq!((used.id, used.person, used.about.as_deref()), (link.id, anna, Some("about")));
        assert_eq!(state(app, Purpose::Invitation, &token), Some(LinkState::Used));
        assert_eq!(state(app, Purpose::Invitation, &other), Some(LinkState::Valid));
        let again = app.db.write(&openrebate::values::Actor::operator(), |tx| {
            use_link(tx, Purpose::Invitation, &token)
        });
        assert_eq!(refusal(again), "link-over");
    }

    fn eight_who_use_a_link_at_once_use_it_once(app: &TestApp) {
        let anna = a_person(app, "anna");
        let (_, token) = send_link(app, Purpose::PasswordReset, &anna);
        let used = eight_at_once(&|_| {
            let by = openrebate::values::Actor::operator();
            app.db.write(&by, |tx| use_link(tx, Purpose::PasswordReset, &token)).map(|_| ())
        });
        assert_eq!(used, 1);
    }

    fn each_purpose_has_its_hours(app: &TestApp) {
        let anna = a_person(app, "anna");
        for (purpose, minutes) in [
            (Purpose::PasswordReset, 30),
            (Purpose::Invitation, 72 * 60),
            (Purpose::EmailChange, 24 * 60),
        ] {
            let (link, token) = send_link(app, purpose, &anna);
            assert_eq!(link.expires_at, app.db.now() + TimeDelta::minutes(minutes));
            app.wait(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
            assert_eq!(state(app, purpose, &token), Some(LinkState::Valid), "{purpose}");
            app.wait(TimeDelta::seconds(1));
            assert_eq!(state(app, purpose, &token), Some(LinkState::Expired), "{purpose}");
            let late = app.db.write(&openrebate::values::Actor::operator(), |tx| use_link(tx, purpose, &token));
            assert_eq!(refusal(late), "link-over");
        }
    }

    fn a_newer_link_takes_the_place_of_the_older_of_its_purpose_and_person(app: &TestApp) {
        let (anna, ben) = (a_person(app, "anna"), a_person(app, "ben"));
        let (_, first) = send_link(app, Purpose::Invitation, &anna);
        let (_, reset) = send_link(app, Purpose::PasswordReset, &anna);
        let (_, bens) = send_link(app, Purpose::Invitation, &ben);
        let (second_link, second) = send_link(app, Purpose::Invitation, &anna);
        let states = || {
            [
                (Purpose::Invitation, &first),
                (Purpose::PasswordReset, &reset),
                (Purpose::Invitation, &bens),
                (Purpose::Invitation, &second),
            ]
            .map(|(purpose, token)| state(app, purpose, token).unwrap())
        };
        let valid = LinkState::Valid;
        assert_eq!(states(), [LinkState::Superseded, valid, valid, valid]);
        app.write(|tx| withdraw_link(tx, Purpose::Invitation, &anna));
        assert_eq!(states(), [LinkState::Superseded, valid, valid, LinkState::Withdrawn]);
        let latest = app.read(|conn| people::latest_link(conn, Purpose::Invitation, &anna));
        assert_eq!(latest.unwrap().id, second_link.id);
        // One that was used stays used, whatever comes after.
        app.write(|tx| use_link(tx, Purpose::Invitation, &bens));
        send_link(app, Purpose::Invitation, &ben);
        assert_eq!(state(app, Purpose::Invitation, &bens), Some(LinkState::Used));
        app.wait(TimeDelta::days(30));
        assert_eq!(states()[..3], [LinkState::Superseded, LinkState::Expired, LinkState::Used]);
    }

    fn the_secret_is_in_the_letter_that_leaves_and_nowhere_else(app: &TestApp) {
        let anna = a_person(app, "anna");
        app.write(|tx| {
            let link = make_link(tx, Purpose::Invitation, &anna, None)?;
            let to = EmailAddress::parse("anna@example.com").unwrap();
            mailbox::post(tx, &to, Language::ZhCn, None, link.id.as_str(), &Probe(Purpose::Invitation))
        });
        // Each try carries one of its own, and both open the same.
        let mut tokens = Vec::new();
        for takes in [false, true] {
            let letters = letters_leaving(app, takes);
            assert_eq!(letters.len(), 1);
            tokens.push(token_in(&letters[0]));
            app.wait(TimeDelta::minutes(2));
        }
        assert_ne!(tokens[0], tokens[1]);
        for token in &tokens {
            assert_eq!(state(app, Purpose::Invitation, token), Some(LinkState::Valid));
        }
        let kept = crate::access::everything_anywhere(app);
        assert!(kept.contains("/invitations/~made-when-it-leaves~"));
        for token in &tokens {
            assert!(!kept.contains(token.as_str()), "a secret is kept");
        }
        app.write(|tx| use_link(tx, Purpose::Invitation, &tokens[0]));
        assert_eq!(state(app, Purpose::Invitation, &tokens[1]), Some(LinkState::Used));
        // When the letters' addresses are swept away, what they opened is long over.
        app.wait(TimeDelta::days(181));
        app.write(mailbox::sweep_tokens);
        assert_eq!(state(app, Purpose::Invitation, &tokens[0]), None);
    }
}
