//! Forgotten passwords. Whoever asks is answered at once and alike, whether or not there is such an
//! account: asking only writes down who was asked for. What differs (is there an account, may it
//! have another link, the letter) happens afterwards, by the schedule, where nobody can time it.

use chrono::{DateTime, Utc};

use super::own_password::changed;
use super::store::resets::Ask;
use super::{
    DeviceKey, LinkState, OneTimeLink, PasswordHash, Person, PersonState, Purpose, devices,
    letters, links, rules, store,
};
use crate::audit;
use crate::db::{Conn, Db, Tx, as_utc};
use crate::error::{Error, Result};
use crate::mailbox::letters::{PasswordBy, PasswordReset};
use crate::values::{Actor, EmailAddress, Language};

/// Somebody who wants a new password.
pub struct ResetAsk<'a> {
    /// The key of the form that asked: the same form again asks for nothing more.
    pub form_key: &'a str,
    pub email: &'a EmailAddress,
    /// The network address it comes from.
    pub address: &'a str,
    /// In which the letter comes when its reader chose none.
    pub language: Language,
}

/// Writes down that somebody asked; from when on the network address may ask again, when it did too
/// often.
pub fn ask_reset(
    tx: &mut Tx<'_>,
    ask: &ResetAsk<'_>,
) -> Result<std::result::Result<(), DateTime<Utc>>> {
    if store::resets::is_known(tx, ask.form_key)? {
        return Ok(Ok(()));
    }
    let since = (tx.at() - rules::RESET_WINDOW).naive_utc();
    let (count, first) = store::resets::of_address(tx, ask.address, since)?;
    if count >= rules::RESET_ASKS {
        let first = first.map_or(tx.at(), as_utc);
        return Ok(Err(first + rules::RESET_WINDOW));
    }
    let ask = Ask {
        id: ask.form_key.to_owned(),
        email: ask.email.as_str().to_owned(),
        address: ask.address.to_owned(),
        language: ask.language,
    };
    store::resets::insert(tx, &ask)?;
    // Whose account it is, if anybody's, is told when the letter is written.
    record(tx, "person.reset_asked", "unknown", None)?;
    Ok(Ok(()))
}

/// Answers those who asked, so many at once: writes to whoever has an account, at most a few times
/// an hour. How many were looked at.
pub fn answer_resets(db: &Db, most: i64) -> Result<usize> {
    let open = db.read(|conn| store::resets::open(conn, most))?;
    for ask in &open {
        let by = Actor { address: Some(ask.address.clone()), ..Actor::system("resets") };
        db.write(&by, |tx| {
            let sent = answer(tx, ask)?;
            store::resets::answered(tx, &ask.id, sent)?;
            let before = (tx.at() - rules::RESET_KEPT).naive_utc();
            store::resets::sweep(tx, before)
        })?;
    }
    Ok(open.len())
}

fn answer(tx: &mut Tx<'_>, ask: &Ask) -> Result<bool> {
    let Some(person) = store::by_email(tx, &ask.email)? else { return Ok(false) };
    let since = (tx.at() - rules::RESET_WINDOW).naive_utc();
    if !may_reset(tx, &person)? || store::resets::sent_to(tx, &ask.email, since)? >= rules::RESETS {
        return Ok(false);
    }
    let link = links::make_link(tx, Purpose::PasswordReset, &person.id, None)?;
    record(tx, "person.reset_sent", person.id.as_str(), Some(&person))?;
    let house = tx.house();
    let letter = PasswordReset {
        until: link.expires_at,
        zone: house.zone,
        address: ask.address.clone(),
        path: Purpose::PasswordReset.path(),
        contact: house.contact.clone(),
    };
    letters::write_to(tx, &person, ask.language, None, link.id.as_str(), &letter)
}

/// Whether the person has a password to forget: who was disabled, or hasn't accepted yet, hasn't.
fn may_reset(conn: &mut Conn, person: &Person) -> Result<bool> {
    Ok(person.state == PersonState::Active && store::password(conn, &person.id)?.is_some())
}

/// The link of the token, whose it is and where it stands; None when no letter carried it.
pub fn reset_of(
    conn: &mut Conn,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(OneTimeLink, Person, LinkState)>> {
    let Some(link) = links::link_of(conn, Purpose::PasswordReset, token)? else { return Ok(None) };
    let person = super::by_id(conn, &link.person)?;
    let state = match link.state(now) {
        LinkState::Valid if !may_reset(conn, &person)? => LinkState::Withdrawn,
        state => state,
    };
    Ok(Some((link, person, state)))
}

/// Gives whoever holds the link a new password: every session ends, and only the browser they are
/// at is known from now on (`device` is its key). Nobody is signed in by it.
///
/// # Errors
/// No letter carried the token, or the link is over.
pub fn reset_password(
    tx: &mut Tx<'_>,
    token: &str,
    password: &PasswordHash,
    device: &DeviceKey,
) -> Result<()> {
    let link = links::use_link(tx, Purpose::PasswordReset, token)?;
    let person = super::by_id(tx, &link.person)?;
    if !may_reset(tx, &person)? {
        return Err(Error::refused("link-over"));
    }
    store::set_password(tx, &person.id, password)?;
    store::delete_sessions_of(tx, &person.id)?;
    devices::forget_others(tx, &person.id, None)?;
    // Strangers who throttle the account don't keep its owner out.
    store::devices::insert(tx, &person.id, &device.hash())?;
    changed(tx, &person, "person.password_reset", PasswordBy::Link)
}

fn record(tx: &mut Tx<'_>, action: &'static str, id: &str, person: Option<&Person>) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", id),
            customer: person.and_then(Person::customer),
            ..Default::default()
        },
    )
}
