//! Signing in, second half: the password was right, and the code is asked for. In between there is no
//! session and no right, only a key in the browser by which the sign-in goes on: for a few minutes,
//! for a few codes, once.

use chrono::{DateTime, Utc};

use super::codes::Typed;
use super::second_factor::{self, Token};
use super::sign_in::{self, Origin, Welcome};
use super::tries::{self, Try};
use super::{DeviceKey, Person, PersonState, SessionKey, devices, refused_codes, rules, store};
use crate::audit;
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::values::{Actor, Identity};

/// A code that was typed, and from where.
pub struct CodeTyped {
    /// What the browser holds since the password was right.
    pub key: SessionKey,
    /// The app's code, or a recovery code.
    pub code: String,
    pub address: String,
    pub agent: String,
    pub device: Option<DeviceKey>,
    pub request: Option<String>,
}

/// How it ended.
pub enum CodeAnswer {
    Welcome(Welcome),
    /// The sign-in goes on: so many more codes may be tried.
    Wrong {
        left: i64,
    },
    /// Nothing that a code can look like: it counts as no try.
    Unlike,
    /// There is no such sign-in, or not any more: it begins anew with the password.
    Over,
    /// Too many wrong tries of any kind; trying again makes sense from then on.
    TooMany {
        until: DateTime<Utc>,
    },
}

/// Begins the second half: the password of the person was right.
pub(super) fn open(tx: &mut Tx<'_>, person: &Person, key: &SessionKey) -> Result<()> {
    let old = (tx.at() - rules::HALFWAY_LASTS).naive_utc();
    store::halfway::delete_before(tx, old)?;
    store::halfway::insert(tx, &key.hash(), &person.id)?;
    audit::record(
        tx,
        audit::Event {
            action: "session.code_asked",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            ..Default::default()
        },
    )
}

/// Who is halfway through signing in with the key.
pub fn halfway(conn: &mut Conn, key: &SessionKey, now: DateTime<Utc>) -> Result<Option<Person>> {
    Ok(found(conn, key, now)?.map(|(person, _)| person))
}

/// The person, and how many codes they tried.
fn found(conn: &mut Conn, key: &SessionKey, now: DateTime<Utc>) -> Result<Option<(Person, i64)>> {
    let Some((person, since, tries)) = store::halfway::of_key(conn, &key.hash())? else {
        return Ok(None);
    };
    let person = store::by_id(conn, &person)?.filter(|person| {
        person.state == PersonState::Active
            && person.second_factor_since.is_some()
            && now - since < rules::HALFWAY_LASTS
    });
    Ok(person.map(|person| (person, tries)))
}

/// Ends a sign-in that is halfway through.
pub fn abandon_sign_in(tx: &mut Tx<'_>, key: &SessionKey) -> Result<()> {
    store::halfway::delete(tx, &key.hash()).map(|_| ())
}

/// A code under way.
struct Attempt {
    id: String,
    person: Person,
    question: Option<second_factor::Question>,
    left: i64,
}

/// Looks at the code and opens a session. For a recovery code it takes a tenth of a second of one
/// core.
///
/// # Errors
/// The database is busy or away. A wrong code is no error.
pub fn answer_code(db: &Db, typed: &CodeTyped) -> Result<CodeAnswer> {
    if Typed::read(&typed.code) == Typed::Unlike {
        return Ok(CodeAnswer::Unlike);
    }
    let visitor = Actor {
        identity: Identity::System,
        name: "sign-in".to_owned(),
        request: typed.request.clone(),
        address: Some(typed.address.clone()),
    };
    let attempt = match db.write(&visitor, |tx| begin(tx, typed))? {
        Ok(attempt) => attempt,
        Err(answer) => return Ok(answer),
    };
    let Attempt { id, person, question, left } = attempt;
    let token = match question {
        Some(question) => question.answer(db.now())?,
        None => None,
    };
    let Some(token) = token else {
        return db.write(&visitor, |tx| refuse(tx, &person, typed, left));
    };
    finish(db, &visitor, &person, &id, &token, typed, left)
}

/// Writes the try down before anything is known of the code, so that many at once count.
fn begin(tx: &mut Tx<'_>, typed: &CodeTyped) -> Result<std::result::Result<Attempt, CodeAnswer>> {
    let now = tx.at();
    let found = found(tx, &typed.key, now)?;
    let Some((person, tries)) = found.filter(|(_, tries)| *tries < rules::HALFWAY_TRIES) else {
        store::halfway::delete(tx, &typed.key.hash())?;
        return Ok(Err(CodeAnswer::Over));
    };
    let device = match &typed.device {
        Some(device) if devices::knows(tx, &person.id, device)? => Some(device.hash()),
        _ => None,
    };
    if device.is_none()
        && let Some(until) = refused_codes::locked_until(tx, &person.id)?
    {
        return Ok(Err(CodeAnswer::TooMany { until }));
    }
    let (email, address) = (person.email.as_str(), typed.address.as_str());
    let id = match tries::begin(tx, Try { email, address, counted_by: device.as_deref() })? {
        Ok(id) => id,
        Err(until) => return Ok(Err(CodeAnswer::TooMany { until })),
    };
    refused_codes::begin(tx, &id, &person.id)?;
    store::halfway::set_tries(tx, &typed.key.hash(), tries + 1)?;
    let question = second_factor::question(tx, &person.id, &typed.code)?;
    Ok(Ok(Attempt { id, person, question, left: rules::HALFWAY_TRIES - tries - 1 }))
}

/// A wrong code; the last one ends it. With some of them, in one sign-in or in several, the person
/// hears that somebody has their password.
fn refuse(tx: &mut Tx<'_>, person: &Person, typed: &CodeTyped, left: i64) -> Result<CodeAnswer> {
    tries::failed(tx, "session.code_refused", Some(person), &typed.address)?;
    refused_codes::warn_of_many(tx, person, &typed.address)?;
    if left > 0 {
        return Ok(CodeAnswer::Wrong { left });
    }
    store::halfway::delete(tx, &typed.key.hash())?;
    Ok(CodeAnswer::Over)
}

fn finish(
    db: &Db,
    visitor: &Actor,
    person: &Person,
    attempt: &str,
    token: &Token,
    typed: &CodeTyped,
    left: i64,
) -> Result<CodeAnswer> {
    let origin =
        Origin { address: &typed.address, agent: &typed.agent, device: typed.device.as_ref() };
    let actor = person.actor(typed.request.clone(), Some(typed.address.clone()));
    let keys = sign_in::Keys::random();
    let taken = db.write(&actor, |tx| {
        let now = tx.at();
        // Another post of the same page, or whatever ends sessions, may have been faster.
        let Some((current, _)) = found(tx, &typed.key, now)? else {
            store::delete_failure(tx, attempt)?;
            store::refused_codes::delete(tx, attempt)?;
            return Ok(Some(CodeAnswer::Over));
        };
        if !second_factor::take(tx, &current, token)? {
            return Ok(None);
        }
        store::halfway::delete(tx, &typed.key.hash())?;
        store::refused_codes::delete(tx, attempt)?;
        let welcome = sign_in::enter(tx, &current, &keys, attempt, &origin)?;
        Ok(Some(CodeAnswer::Welcome(welcome)))
    })?;
    match taken {
        Some(answer) => Ok(answer),
        None => db.write(visitor, |tx| refuse(tx, person, typed, left)),
    }
}
