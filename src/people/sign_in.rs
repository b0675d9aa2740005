//! Signing in. A try is written down before the password is looked at and taken back when it was
//! right, so that a thousand tries at the same moment count as a thousand.

use chrono::{DateTime, Utc};

use super::{Person, PersonState, SessionKey, passwords, rules, sessions, store};
use crate::audit;
use crate::db::{Db, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{Actor, EmailAddress, Identity};

/// What somebody typed, and from where.
pub struct Credentials {
    pub email: String,
    pub password: String,
    pub address: String,
    pub agent: String,
    pub request: Option<String>,
}

/// How it ended.
pub enum SignIn {
    /// A new session with a new key; whatever key the browser had before is worth nothing.
    Welcome { person: Box<Person>, key: SessionKey },
    /// Wrong address or password: which of both isn't told.
    No,
    /// Too many wrong tries; trying again makes sense from then on.
    TooMany { until: DateTime<Utc> },
}

/// A try under way.
struct Attempt {
    id: String,
    person: Option<Person>,
    password: Option<String>,
}

/// Verifies somebody and opens a session. Takes a tenth of a second of one core.
///
/// # Errors
/// The database is busy or away. A wrong password is no error.
pub fn sign_in(db: &Db, credentials: &Credentials) -> Result<SignIn> {
    let email = EmailAddress::parse(&credentials.email).map_or_else(
        || credentials.email.trim().chars().take(254).collect(),
        |e| e.as_str().to_owned(),
    );
    let visitor = Actor {
        identity: Identity::System,
        name: "sign-in".to_owned(),
        request: credentials.request.clone(),
        address: Some(credentials.address.clone()),
    };
    let attempt = match db.write(&visitor, |tx| begin(tx, &email, &credentials.address))? {
        Ok(attempt) => attempt,
        Err(until) => return Ok(SignIn::TooMany { until }),
    };
    let fits = passwords::verify(&credentials.password, attempt.password.as_deref());
    match attempt.person {
        Some(person) if fits => welcome(db, person, &attempt.id, credentials),
        person => {
            db.write(&visitor, |tx| failed(tx, person.as_ref()))?;
            Ok(SignIn::No)
        }
    }
}

/// How asking somebody for their password again ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    Yes,
    No,
    /// Too many wrong tries; trying again makes sense from then on.
    TooMany {
        until: DateTime<Utc>,
    },
}

/// Asks somebody who is signed in for their password again, before something that whoever sits at
/// an open browser mustn't do. Wrong ones count as those of signing in do.
///
/// # Errors
/// The database is busy or away. A wrong password is no error.
pub fn confirm(db: &Db, by: &Actor, person: &Person, password: &str) -> Result<Confirmed> {
    let address = by.address.clone().unwrap_or_default();
    let attempt = match db.write(by, |tx| begin(tx, &person.email, &address))? {
        Ok(attempt) => attempt,
        Err(until) => return Ok(Confirmed::TooMany { until }),
    };
    let fits = passwords::verify(password, attempt.password.as_deref());
    db.write(by, |tx| {
        if !fits {
            return failed(tx, Some(person));
        }
        store::delete_failure(tx, &attempt.id)?;
        audit::record(
            tx,
            audit::Event {
                action: "session.confirmed",
                object: ("person", person.id.as_str()),
                customer: person.customer(),
                ..Default::default()
            },
        )
    })?;
    Ok(if fits { Confirmed::Yes } else { Confirmed::No })
}

fn begin(
    tx: &mut Tx<'_>,
    email: &str,
    address: &str,
) -> Result<std::result::Result<Attempt, DateTime<Utc>>> {
    let person = store::by_email(tx, email)?;
    if let Some(until) = throttled(tx, email, address, person.as_ref())? {
        return Ok(Err(until));
    }
    let old = (tx.at() - rules::ADDRESS_WINDOW).naive_utc();
    store::delete_failures_before(tx, old)?;
    let id = uuid::Uuid::now_v7().simple().to_string();
    store::insert_failure(tx, &id, email, address)?;
    let person = person.filter(|p| p.state == PersonState::Active);
    let password = match &person {
        Some(person) => store::password(tx, &person.id)?,
        None => None,
    };
    Ok(Ok(Attempt { id, person, password }))
}

/// From when on another try is heard, when there were too many. Tries of strangers don't lock the
/// owner out of a network they signed in from before: there, only the tries from there count.
fn throttled(
    tx: &mut Tx<'_>,
    email: &str,
    address: &str,
    person: Option<&Person>,
) -> Result<Option<DateTime<Utc>>> {
    let now = tx.at();
    let known = match person {
        Some(person) => store::signed_in_from(tx, &person.id, address)?,
        None => false,
    };
    let since = (now - rules::ACCOUNT_WINDOW).naive_utc();
    let (count, first) = store::failures_of_email(tx, email, known.then_some(address), since)?;
    if count >= rules::ACCOUNT_TRIES {
        return Ok(first.map(|at| as_utc(at) + rules::ACCOUNT_WINDOW));
    }
    let since = (now - rules::ADDRESS_WINDOW).naive_utc();
    let (count, first) = store::failures_of_address(tx, address, since)?;
    if count >= rules::ADDRESS_TRIES {
        return Ok(first.map(|at| as_utc(at) + rules::ADDRESS_WINDOW));
    }
    Ok(None)
}

fn failed(tx: &mut Tx<'_>, person: Option<&Person>) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action: "session.refused",
            object: ("person", person.map_or("unknown", |p| p.id.as_str())),
            customer: person.and_then(Person::customer),
            ..Default::default()
        },
    )
}

fn welcome(db: &Db, person: Person, attempt: &str, from: &Credentials) -> Result<SignIn> {
    let key = SessionKey::random();
    let actor = person.actor(from.request.clone(), Some(from.address.clone()));
    db.write(&actor, |tx| {
        // Somebody may have been disabled while the password was being verified.
        let current = store::by_id(tx, &person.id)?.ok_or(Error::NotFound)?;
        if current.state != PersonState::Active {
            return Ok(false);
        }
        store::delete_failure(tx, attempt)?;
        sessions::open(tx, &current, &key, &from.address, &from.agent)?;
        store::signed_in_now(tx, &person.id)?;
        audit::record(
            tx,
            audit::Event {
                action: "session.signed_in",
                object: ("person", person.id.as_str()),
                customer: person.customer(),
                ..Default::default()
            },
        )?;
        Ok(true)
    })
    .map(|opened| match opened {
        true => SignIn::Welcome { person: Box::new(person.clone()), key },
        false => SignIn::No,
    })
}
