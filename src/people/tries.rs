//! Tries of a password or a code. Each is written down before it is looked at and taken back when it
//! was right, so that a thousand tries at the same moment count as a thousand.

use chrono::{DateTime, Utc};

use super::second_factor::{self, Token};
use super::{Person, letters, passwords, refused_codes, rules, store};
use crate::audit;
use crate::db::{Db, Tx, as_utc};
use crate::error::{Error, Result};
use crate::mailbox::letters::WrongPasswords;
use crate::values::{Actor, Language, PersonId};

/// A try, before anything is known of what was typed.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub email: &'a str,
    pub address: &'a str,
    /// What it is counted by, apart from the tries of strangers: a browser the person signed in
    /// with, or the person who is signed in.
    pub counted_by: Option<&'a str>,
}

/// Writes the try down; its name, or from when on another try is heard.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    tried: Try<'_>,
) -> Result<std::result::Result<String, DateTime<Utc>>> {
    if let Some(until) = throttled(tx, tried)? {
        return Ok(Err(until));
    }
    let old = (tx.at() - rules::ADDRESS_WINDOW).naive_utc();
    store::delete_failures_before(tx, old)?;
    let id = uuid::Uuid::now_v7().simple().to_string();
    store::insert_failure(tx, &id, tried.email, tried.address, tried.counted_by)?;
    Ok(Ok(id))
}

/// From when on another try is heard, when there were too many. Tries of strangers don't lock the
/// owner out of a browser they signed in with before: there, only the tries from there count.
fn throttled(tx: &mut Tx<'_>, tried: Try<'_>) -> Result<Option<DateTime<Utc>>> {
    let now = tx.at();
    let since = (now - rules::ACCOUNT_WINDOW).naive_utc();
    let (count, first) = store::failures_of_email(tx, tried.email, tried.counted_by, since)?;
    if count >= rules::ACCOUNT_TRIES {
        return Ok(first.map(|at| as_utc(at) + rules::ACCOUNT_WINDOW));
    }
    if tried.counted_by.is_some() {
        return Ok(None);
    }
    let since = (now - rules::ADDRESS_WINDOW).naive_utc();
    let (count, first) = store::failures_of_address(tx, tried.address, since)?;
    if count >= rules::ADDRESS_TRIES {
        return Ok(first.map(|at| as_utc(at) + rules::ADDRESS_WINDOW));
    }
    Ok(None)
}

/// Tells of a wrong password or code; the person too, once there were so many that strangers have to wait.
pub(super) fn failed(
    tx: &mut Tx<'_>,
    action: &'static str,
    person: Option<&Person>,
    address: &str,
) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.map_or("unknown", |p| p.id.as_str())),
            customer: person.and_then(Person::customer),
            ..Default::default()
        },
    )?;
    let Some(person) = person else { return Ok(()) };
    let since = (tx.at() - rules::ACCOUNT_WINDOW).naive_utc();
    let (count, _) = store::failures_of_email(tx, &person.email, None, since)?;
    if count < rules::ACCOUNT_TRIES {
        return Ok(());
    }
    warn(tx, person, address, false)
}

/// Tells the person of many wrong tries: of passwords, or of codes by somebody who has the password.
pub(super) fn warn(tx: &mut Tx<'_>, person: &Person, address: &str, codes: bool) -> Result<()> {
    let house = tx.house();
    let letter = WrongPasswords {
        codes,
        at: tx.at(),
        zone: house.zone,
        address: address.to_owned(),
        contact: house.contact.clone(),
    };
    // The outbox takes one for a cause: once a day, however long somebody goes on.
    let of = if codes { "/codes" } else { "" };
    let cause = format!("{}/{}{of}", person.id, tx.today());
    letters::write_to(tx, person, Language::default(), None, &cause, &letter).map(|_| ())
}

/// What somebody who is signed in types once more, to show that it is they.
#[derive(Clone, Default)]
pub struct Claim {
    pub password: String,
    /// Of who has a second factor: a code of the app, or a recovery code.
    pub code: String,
}

/// What came of asking for it.
pub enum Proof {
    Right(Proven),
    /// The password is.
    Wrong,
    /// The code is, or was taken before.
    WrongCode,
    /// Too many wrong tries; trying again makes sense from then on.
    TooMany {
        until: DateTime<Utc>,
    },
}

/// Somebody typed the password of this person, and a code where one is asked for, which were the
/// ones they had at that moment. The code is taken by what it was asked for, so that the same form
/// sent twice needs it once.
#[derive(Clone)]
pub struct Proven {
    person: PersonId,
    password: String,
    token: Option<Token>,
}

impl Proven {
    /// The person, if the password is theirs still, and takes the code: to be called by whatever
    /// it was asked for, once, in the same transaction.
    ///
    /// # Errors
    /// It was changed or the code was taken meanwhile, or the person is gone.
    pub fn stands(&self, tx: &mut Tx<'_>) -> Result<Person> {
        let person = super::by_id(tx, &self.person)?;
        let current = store::password(tx, &self.person)?;
        if person.state != super::PersonState::Active || current.as_ref() != Some(&self.password) {
            return Err(Error::refused("password-changed-meanwhile"));
        }
        let taken = match &self.token {
            Some(token) => second_factor::take(tx, &person, token)?,
            None => person.second_factor_since.is_none(),
        };
        if !taken {
            return Err(Error::refused("factor-taken-meanwhile"));
        }
        Ok(person)
    }
}

/// Asks somebody who is signed in for their password, and for a code where they have a second factor,
/// before what a thief of their session must not do. Takes a tenth of a second of one core.
///
/// # Errors
/// The database is busy or away. A wrong password is no error.
pub fn prove(db: &Db, by: &Actor, person: &Person, claim: &Claim) -> Result<Proof> {
    let address = by.address.as_deref().unwrap_or_default();
    let tried = Try { email: &person.email, address, counted_by: Some(person.id.as_str()) };
    let begun = db.write(by, |tx| match begin(tx, tried)? {
        Ok(id) => {
            let question = second_factor::question(tx, &person.id, &claim.code)?;
            Ok(Ok((id, store::password(tx, &person.id)?, question)))
        }
        Err(until) => Ok(Err(until)),
    })?;
    let (id, stored, question) = match begun {
        Ok(begun) => begun,
        Err(until) => return Ok(Proof::TooMany { until }),
    };
    let fits = passwords::verify(&claim.password, stored.as_deref());
    let Some(stored) = stored.filter(|_| fits) else {
        db.write(by, |tx| failed(tx, "person.password_refused", Some(person), address))?;
        return Ok(Proof::Wrong);
    };
    let token = match question {
        Some(question) => {
            let Some(token) = question.answer(db.now())? else {
                db.write(by, |tx| {
                    failed(tx, "person.code_refused", Some(person), address)?;
                    refused_codes::begin(tx, &id, &person.id)?;
                    refused_codes::warn_of_many(tx, person, address)
                })?;
                return Ok(Proof::WrongCode);
            };
            Some(token)
        }
        None => None,
    };
    db.write(by, |tx| store::delete_failure(tx, &id))?;
    Ok(Proof::Right(Proven { person: person.id.clone(), password: stored, token }))
}
