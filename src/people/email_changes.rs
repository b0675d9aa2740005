//! Changing the address one signs in with. A link goes to the new address, because only a letter
//! that arrives proves that it is right; the old address hears of it when it is asked for and when it
//! is done, because whoever reads there would notice somebody else's doing.

use chrono::{DateTime, Utc};

use super::{
    LinkState, OneTimeLink, Person, PersonState, Proven, Purpose, letters, links, rules, store,
};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::{EmailChange, EmailChangeRequested, EmailChanged};
use crate::mailbox::{self, Letter};
use crate::values::{EmailAddress, Language, PersonId, Text};

/// Asks that the person who writes, and proved their password, is reached at the address from now
/// on. An address that somebody else has gets no letter, and nobody is told that they have it.
///
/// # Errors
/// It is their address already, they asked too often, or their password was changed meanwhile.
pub fn ask_email_change(
    tx: &mut Tx<'_>,
    proven: &Proven,
    new: &EmailAddress,
    default: Language,
) -> Result<()> {
    let person = proven.stands(tx)?;
    if new.as_str() == person.email {
        return Err(Error::invalid("email", Text::new("email-change-same")));
    }
    let since = (tx.at() - rules::ADDRESS_CHANGE_WINDOW).naive_utc();
    let (count, _) = store::links::made_since(tx, Purpose::EmailChange, &person.id, since)?;
    if count >= rules::ADDRESS_CHANGES {
        let text = Text::new("email-change-too-often").with("count", rules::ADDRESS_CHANGES);
        return Err(Error::invalid("email", text));
    }
    let link = links::make_link(tx, Purpose::EmailChange, &person.id, Some(new.as_str()))?;
    record(tx, "person.email_change_asked", &person)?;
    let house = tx.house();
    let letter = EmailChangeRequested {
        new: new.to_string(),
        at: tx.at(),
        zone: house.zone,
        address: tx.by().address.clone(),
        contact: house.contact.clone(),
    };
    letters::write_to(tx, &person, default, None, link.id.as_str(), &letter)?;
    if store::by_email(tx, new.as_str())?.is_some() {
        return Ok(());
    }
    let letter = EmailChange {
        name: person.name.clone(),
        old: person.email.clone(),
        until: link.expires_at,
        zone: house.zone,
        path: Purpose::EmailChange.path(),
        contact: house.contact.clone(),
    };
    let language = letters::reading_language(tx, &person, EmailChange::KIND, default)?;
    mailbox::post(tx, new, language, None, link.id.as_str(), &letter).map(|_| ())
}

/// Takes back what the person who writes asked for; nothing happens when there is nothing.
pub fn withdraw_email_change(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let now = tx.at();
    if pending_email(tx, &person.id, now)?.is_none() {
        return Ok(());
    }
    links::withdraw_link(tx, Purpose::EmailChange, &person.id)?;
    record(tx, "person.email_change_withdrawn", person)
}

/// The change the person asked for and hasn't confirmed yet.
pub fn pending_email(
    conn: &mut Conn,
    person: &PersonId,
    now: DateTime<Utc>,
) -> Result<Option<OneTimeLink>> {
    let link = links::latest_link(conn, Purpose::EmailChange, person)?;
    Ok(link.filter(|link| link.state(now) == LinkState::Valid))
}

/// The link of the token, whose it is and where it stands; None when no letter carried it.
pub fn email_change_of(
    conn: &mut Conn,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(OneTimeLink, Person, LinkState)>> {
    let Some(link) = links::link_of(conn, Purpose::EmailChange, token)? else { return Ok(None) };
    let person = super::by_id(conn, &link.person)?;
    let state = match link.state(now) {
        LinkState::Valid if person.state != PersonState::Active => LinkState::Withdrawn,
        state => state,
    };
    Ok(Some((link, person, state)))
}

/// Takes the new address for the person the link is of. Their sessions stay; the old address is
/// told.
///
/// # Errors
/// No letter carried the token, the link is over, or somebody got the address meanwhile.
pub fn change_email(tx: &mut Tx<'_>, token: &str, default: Language) -> Result<()> {
    let link = links::use_link(tx, Purpose::EmailChange, token)?;
    let person = super::by_id(tx, &link.person)?;
    let new = link.about.as_deref().and_then(EmailAddress::parse);
    let new = new.ok_or_else(|| Error::internal(format!("link {} has no address", link.id)))?;
    if person.state != PersonState::Active {
        return Err(Error::refused("link-over"));
    }
    if store::by_email(tx, new.as_str())?.is_some() {
        return Err(Error::refused("people-email-taken"));
    }
    // What was sent to the old address to choose a new password opens nothing any more.
    links::withdraw_link(tx, Purpose::PasswordReset, &person.id)?;
    store::set_email(tx, &person.id, new.as_str())?;
    record(tx, "person.email_changed", &person)?;
    let house = tx.house();
    let letter = EmailChanged {
        new: new.to_string(),
        at: tx.at(),
        zone: house.zone,
        address: tx.by().address.clone(),
        contact: house.contact.clone(),
    };
    // To the old address: the person as they were.
    letters::write_to(tx, &person, default, None, link.id.as_str(), &letter).map(|_| ())
}

/// Without the addresses: the log is kept for ever, and those who read it need not know them.
fn record(tx: &mut Tx<'_>, action: &'static str, person: &Person) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            ..Default::default()
        },
    )
}
