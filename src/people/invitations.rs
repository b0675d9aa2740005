//! Inviting people, and accepting. Who was invited is somebody with roles and without a password,
//! who can't sign in and is written to about nothing else, until they press the button their
//! invitation leads to and choose a password.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::links::{LinkState, OneTimeLink, Purpose, latest_link, link_of, make_link, use_link};
use super::{PasswordHash, Person, PersonState, Side, by_id, rights, rules, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::{self, letters};
use crate::values::{
    Contact, CustomerRole, EmailAddress, Key, Language, PersonId, Problem, StaffRole, Text,
};

/// How long nobody sends somebody another invitation: a letter needs time to arrive.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// As many of a customer's people may wait to accept at once: the portal writes to whatever address
/// a customer's manager types.
const WAITING: usize = 20;

/// Somebody to be invited, see [`Invited::read`].
#[derive(Debug, Clone)]
pub struct Invited {
    email: EmailAddress,
    name: String,
    phone: Option<String>,
    /// In which the letter and, until they choose another, the pages are.
    language: Language,
}

impl Invited {
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// Who is to be invited, as it was typed.
    ///
    /// # Errors
    /// Whatever is wrong with the name, the address and the phone, each at its field.
    pub fn read(name: &str, email: &str, phone: &str, language: Language) -> Result<Self> {
        let mut problems = Vec::new();
        let name = kept(rules::clean_name(name), &mut problems)?;
        let address = EmailAddress::parse(email)
            .ok_or_else(|| Error::invalid("email", Text::new("people-email-wrong")));
        let address = kept(address, &mut problems)?;
        let phone = kept(rules::clean_phone(phone), &mut problems)?;
        match (name, address, phone) {
            (Some(name), Some(email), Some(phone)) => Ok(Self { email, name, phone, language }),
            _ => Err(Error::Invalid(problems)),
        }
    }
}

/// The value, or what is wrong with it added to the rest.
fn kept<T>(read: Result<T>, problems: &mut Vec<Problem>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(found)) => {
            problems.extend(found);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Into whose house somebody is invited, and whom they can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub name: String,
    pub contact: Contact,
}

/// Invites somebody to the company's own staff. `despite` says that roles which shouldn't be one
/// person's are given nevertheless.
///
/// # Errors
/// As [`rights::fit`]; the address has an account.
pub fn invite_staff(
    tx: &mut Tx<'_>,
    invited: &Invited,
    roles: &BTreeSet<StaffRole>,
    despite: bool,
    host: &Host,
) -> Result<PersonId> {
    rights::fit(roles, despite)?;
    invite(tx, invited, &Side::Staff(roles.clone()), host)
}

/// Invites somebody of a customer's.
///
/// # Errors
/// The address has an account, or too many of the customer's wait to accept.
pub fn invite_customer_person(
    tx: &mut Tx<'_>,
    invited: &Invited,
    customer: Key,
    role: CustomerRole,
    host: &Host,
) -> Result<PersonId> {
    let people = store::directory::of_customer(tx, customer)?;
    if people.iter().filter(|one| one.state == PersonState::Invited).count() >= WAITING {
        return Err(Error::Refused(Text::new("people-too-many-wait").with("most", WAITING)));
    }
    invite(tx, invited, &Side::Customer(customer, role), host)
}

/// Invites a customer's first manager, who then manages the rest.
///
/// # Errors
/// As [`invite_customer_person`]; the customer has an active manager.
pub fn invite_first_manager(
    tx: &mut Tx<'_>,
    invited: &Invited,
    customer: Key,
    host: &Host,
) -> Result<PersonId> {
    if let Some(manager) = super::managers_of(tx, customer)?.first() {
        let said = Text::new("people-has-manager").with("name", &manager.name);
        return Err(Error::Refused(said));
    }
    invite_customer_person(tx, invited, customer, CustomerRole::Manager, host)
}

fn invite(tx: &mut Tx<'_>, invited: &Invited, side: &Side, host: &Host) -> Result<PersonId> {
    if store::by_email(tx, invited.email.as_str())?.is_some() {
        // Whose it is, is nobody's business here.
        return Err(Error::invalid("email", Text::new("people-cant-be-invited")));
    }
    let new = super::NewPerson {
        email: invited.email.clone(),
        name: invited.name.clone(),
        password: None,
        language: Some(invited.language),
        phone: invited.phone.clone(),
    };
    let id = PersonId::new();
    store::insert(tx, &id, &new.name, &new, side, PersonState::Invited)?;
    let person = by_id(tx, &id)?;
    send(tx, &person, host)?;
    tell(tx, &person, "person.invited", Some(&rights::of(side)))?;
    Ok(id)
}

/// Sends somebody who hasn't accepted another invitation, which takes the place of the one before.
///
/// # Errors
/// They aren't waiting to accept, or were sent one a moment ago.
pub fn invite_again(tx: &mut Tx<'_>, id: &PersonId, host: &Host) -> Result<()> {
    let person = by_id(tx, id)?;
    if person.state != PersonState::Invited {
        return Err(Error::refused("people-not-invited"));
    }
    let before = latest_link(tx, Purpose::Invitation, id)?;
    if before.is_some_and(|link| tx.at() - link.made_at < PAUSE) {
        return Err(Error::refused("people-invited-just-now"));
    }
    send(tx, &person, host)?;
    tell(tx, &person, "person.invited_again", None)
}

/// Writes the letter and makes its link.
pub(super) fn send(tx: &mut Tx<'_>, person: &Person, host: &Host) -> Result<()> {
    let link = make_link(tx, Purpose::Invitation, &person.id, None)?;
    let letter = letters::Invitation {
        by: link.made_by.clone(),
        host: host.name.clone(),
        roles: match &person.side {
            Side::Customer(_, role) => vec![("role-customer", role.as_str())],
            Side::Staff(roles) => roles.iter().map(|role| ("role", role.as_str())).collect(),
        },
        email: person.email.clone(),
        until: link.expires_at,
        zone: tx.house().zone,
        path: Purpose::Invitation.path(),
        contact: host.contact.clone(),
    };
    let to = EmailAddress::parse(&person.email).ok_or_else(|| Error::internal("no address"))?;
    let language = person.language.unwrap_or_default();
    mailbox::post(tx, &to, language, person.customer(), link.id.as_str(), &letter)?;
    Ok(())
}

/// The invitation whose letter carried the token, and whom it is for.
pub fn invitation(conn: &mut Conn, token: &str) -> Result<Option<(OneTimeLink, Person)>> {
    let Some(link) = link_of(conn, Purpose::Invitation, token)? else { return Ok(None) };
    let person = by_id(conn, &link.person)?;
    Ok(Some((link, person)))
}

/// Until when each of these people can accept; those who aren't invited, or whose invitation is
/// over, aren't in it.
pub fn invited_until(
    conn: &mut Conn,
    people: &[Person],
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, DateTime<Utc>)>> {
    let mut found = Vec::new();
    for person in people.iter().filter(|person| person.state == PersonState::Invited) {
        let link = latest_link(conn, Purpose::Invitation, &person.id)?;
        if let Some(link) = link.filter(|link| link.state(now) == LinkState::Valid) {
            found.push((person.id.clone(), link.expires_at));
        }
    }
    Ok(found)
}

/// Accepts with a password of one's own. It signs nobody in.
///
/// # Errors
/// No invitation carried the token, or it is over.
pub fn accept_invitation(tx: &mut Tx<'_>, token: &str, password: &PasswordHash) -> Result<()> {
    let link = use_link(tx, Purpose::Invitation, token)?;
    let person = by_id(tx, &link.person)?;
    if person.state != PersonState::Invited {
        return Err(Error::refused("link-over"));
    }
    store::set_password(tx, &person.id, password)?;
    store::set_state(tx, &person.id, PersonState::Active)?;
    tell(tx, &person, "person.accepted", None)
}

/// Says what happened to somebody's account.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    person: &Person,
    action: &'static str,
    reason: Option<&str>,
) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            reason,
            ..Default::default()
        },
    )
}
