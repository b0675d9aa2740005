//! Signing in: the password, and for who has a second factor the code after it (see `halfway`).

use chrono::{DateTime, Utc};

use super::tries::{self, Try};
use super::{
    DeviceKey, Person, PersonState, SessionKey, devices, halfway, letters, passwords, sessions,
    store,
};
use crate::audit;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::NewSignIn;
use crate::values::{Actor, EmailAddress, Identity, Language};

/// What somebody typed, and from where.
pub struct Credentials {
    pub email: String,
    pub password: String,
    pub address: String,
    pub agent: String,
    /// What the browser was given when somebody signed in with it before.
    pub device: Option<DeviceKey>,
    pub request: Option<String>,
}

/// How it ended.
pub enum SignIn {
    /// A new session with a new key; whatever key the browser had before is worth nothing.
    Welcome(Welcome),
    /// The password was right, and a code is asked for: the sign-in goes on with this key, which
    /// opens nothing else.
    Code { key: SessionKey },
    /// Wrong address or password: which of both isn't told.
    No,
    /// Too many wrong tries; trying again makes sense from then on.
    TooMany { until: DateTime<Utc> },
}

/// Somebody is in.
pub struct Welcome {
    pub person: Box<Person>,
    pub key: SessionKey,
    pub device: DeviceKey,
}

/// Where a sign-in comes from.
pub(super) struct Origin<'a> {
    pub address: &'a str,
    pub agent: &'a str,
    pub device: Option<&'a DeviceKey>,
}

/// What a browser may be given.
pub(super) struct Keys {
    session: SessionKey,
    device: DeviceKey,
}

impl Keys {
    /// Fresh ones.
    pub fn random() -> Self {
        Self { session: SessionKey::random(), device: DeviceKey::random() }
    }
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
    let attempt = match db.write(&visitor, |tx| begin(tx, &email, credentials))? {
        Ok(attempt) => attempt,
        Err(until) => return Ok(SignIn::TooMany { until }),
    };
    let fits = passwords::verify(&credentials.password, attempt.password.as_deref());
    match attempt.person {
        Some(person) if fits => welcome(db, person, &attempt.id, credentials),
        person => {
            let address = &credentials.address;
            db.write(&visitor, |tx| {
                tries::failed(tx, "session.refused", person.as_ref(), address)
            })?;
            Ok(SignIn::No)
        }
    }
}

fn begin(
    tx: &mut Tx<'_>,
    email: &str,
    from: &Credentials,
) -> Result<std::result::Result<Attempt, DateTime<Utc>>> {
    let person = store::by_email(tx, email)?;
    let device = match (&person, &from.device) {
        (Some(person), Some(device)) if devices::knows(tx, &person.id, device)? => {
            Some(device.hash())
        }
        _ => None,
    };
    let tried = Try { email, address: &from.address, counted_by: device.as_deref() };
    let id = match tries::begin(tx, tried)? {
        Ok(id) => id,
        Err(until) => return Ok(Err(until)),
    };
    let person = person.filter(|p| p.state == PersonState::Active);
    let password = match &person {
        Some(person) => store::password(tx, &person.id)?,
        None => None,
    };
    Ok(Ok(Attempt { id, person, password }))
}

fn welcome(db: &Db, person: Person, attempt: &str, from: &Credentials) -> Result<SignIn> {
    let keys = Keys::random();
    let origin =
        Origin { address: &from.address, agent: &from.agent, device: from.device.as_ref() };
    let actor = person.actor(from.request.clone(), Some(from.address.clone()));
    db.write(&actor, |tx| {
        // Somebody may have been disabled while the password was being verified.
        let current = store::by_id(tx, &person.id)?.ok_or(Error::NotFound)?;
        if current.state != PersonState::Active {
            return Ok(SignIn::No);
        }
        if current.second_factor_since.is_some() {
            store::delete_failure(tx, attempt)?;
            halfway::open(tx, &current, &keys.session)?;
            return Ok(SignIn::Code { key: keys.session.clone() });
        }
        enter(tx, &current, &keys, attempt, &origin).map(SignIn::Welcome)
    })
}

/// Opens a session for somebody who showed all that is asked of them.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    person: &Person,
    keys: &Keys,
    attempt: &str,
    from: &Origin<'_>,
) -> Result<Welcome> {
    store::delete_failure(tx, attempt)?;
    sessions::open(tx, person, &keys.session, from.address, from.agent)?;
    let greeted = devices::greet(tx, person, from.device, &keys.device)?;
    store::signed_in_now(tx, &person.id)?;
    audit::record(
        tx,
        audit::Event {
            action: "session.signed_in",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            reason: greeted.unseen.then_some("a device not seen before"),
            ..Default::default()
        },
    )?;
    if greeted.unseen {
        tell(tx, person, attempt, from)?;
    }
    Ok(Welcome {
        person: Box::new(person.clone()),
        key: keys.session.clone(),
        device: greeted.device,
    })
}

/// Tells the person that a browser never seen signed in, in case it wasn't theirs.
fn tell(tx: &mut Tx<'_>, person: &Person, attempt: &str, from: &Origin<'_>) -> Result<()> {
    let house = tx.house();
    let letter = NewSignIn {
        at: tx.at(),
        zone: house.zone,
        address: from.address.to_owned(),
        device: devices::device_name(from.agent),
        contact: house.contact.clone(),
    };
    letters::write_to(tx, person, Language::default(), None, attempt, &letter).map(|_| ())
}
