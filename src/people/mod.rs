//! People: who may sign in, their roles, passwords and sessions (DOMAIN §2).
//!
//! Owns `people`, `person_roles`, `mail_preferences`, `page_preferences`, `absences`, `leads`,
//! `sessions`, `sign_in_failures`, `known_devices`, `reset_asks`, `one_time_links`,
//! `second_factor_setups`, `recovery_codes`, `halfway_sign_ins`, `refused_codes`. Promises: one answer
//! for an unknown address and a wrong password, or a forgotten one, after the same work; at most ten
//! wrong passwords and codes an account in fifteen minutes, and twenty wrong codes a day, counted apart
//! for browsers its owner signed in with, so that strangers can't lock them out; whoever has a second
//! factor has no session before it, and no
//! code counts twice; the keys of sessions and browsers are stored as hashes only, the key of an
//! authenticator app as it is; disabling a person ends every session at once; who was invited can't
//! sign in before they accept; an administrator remains; whoever's password, address or second factor
//! changes, or whose account is signed in to with a browser never seen, gets a letter. Deliberately
//! absent: deleting people, whom the audit log names.

mod absences;
mod codes;
mod devices;
mod directory;
mod email_changes;
mod invitations;
mod erase;
mod halfway;
mod letters;
mod links;
mod own_password;
mod passwords;
mod preferences;
mod refused_codes;
mod resets;
mod rights;
mod rules;
mod second_factor;
mod sessions;
mod sign_in;
mod store;
mod tries;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

pub use absences::{
    Absence, Charge, absences_of, away_on, can_stand_in, charge_of, end_absence, in_charge,
    lead_of, plan_absence, set_lead,
};
pub use codes::{RecoveryCode, TotpKey, recovery_codes};
pub use devices::{DeviceKey, device_name};
pub use directory::{PeopleFilter, Whose, directory, everybody_of};
pub use email_changes::{
    ask_email_change, change_email, email_change_of, pending_email, withdraw_email_change,
};
pub use erase::{correct, erase};
pub use halfway::{CodeAnswer, CodeTyped, abandon_sign_in, answer_code, halfway};
pub use invitations::{
    Host, Invited, accept_invitation, invitation, invite_again, invite_customer_person,
    invite_first_manager, invite_staff, invited_until,
};
pub use letters::{reading_language, write_to};
pub use links::{
    LinkEnding, LinkState, OneTimeLink, Purpose, latest_link, link_of, make_link, use_link,
    withdraw_link,
};
pub use own_password::{change_password, set_password};
pub use passwords::{PasswordHash, check_password, generate_password, hash_password};
pub use preferences::{
    MailChoice, choices_of_kind, mail_choices, preference, readers_of, set_mail, set_mail_language,
    set_preference, unwanted_mail,
};
pub use resets::{ResetAsk, answer_resets, ask_reset, reset_of, reset_password};
pub use rights::{
    Conflict, colleague, conflicts, disable, enable, end_sessions, set_customer_role,
    set_staff_roles,
};
pub use second_factor::{
    FactorState, begin_second_factor, fits_setup, new_recovery_codes, pending_key,
    reset_second_factor, second_factor_of, set_up_second_factor, turn_off_second_factor,
};
pub use sessions::{
    Session, SessionKey, SignedIn, end_session, flash, load_session, revoke_session, sessions_of,
    take_flash, touch_session,
};
pub use sign_in::{Credentials, SignIn, Welcome, sign_in};
pub use tries::{Claim, Proof, Proven, prove};

use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::NoticeReader;
use crate::text_enum;
use crate::values::{
    Actor, CustomerRole, EmailAddress, Identity, Key, Language, PersonId, StaffRole, Text,
};

text_enum! {
    /// Whether a person may sign in.
    pub enum PersonState {
        Active = "active",
        /// Not before they accept.
        Invited = "invited",
        Disabled = "disabled",
    }
}

/// On whose behalf a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    Customer(Key, CustomerRole),
    Staff(BTreeSet<StaffRole>),
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub side: Side,
    pub state: PersonState,
    /// The language chosen; None follows the browser.
    pub language: Option<Language>,
    pub phone: Option<String>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Since when a code is asked for besides the password; None where it isn't.
    pub second_factor_since: Option<DateTime<Utc>>,
}

impl Person {
    /// Who this is, as far as rights go.
    pub fn identity(&self) -> Identity {
        match &self.side {
            Side::Customer(customer, role) => {
                Identity::Customer { person: self.id.clone(), customer: *customer, role: *role }
            }
            Side::Staff(roles) => Identity::Staff { person: self.id.clone(), roles: roles.clone() },
        }
    }

    /// This person as the one who does something.
    pub fn actor(&self, request: Option<String>, address: Option<String>) -> Actor {
        Actor { identity: self.identity(), name: self.name.clone(), request, address }
    }

    /// This person as whoever reads letters in the portal.
    pub fn notices(&self) -> NoticeReader {
        NoticeReader { address: self.email.clone(), customer: self.customer() }
    }

    pub fn customer(&self) -> Option<Key> {
        match self.side {
            Side::Customer(customer, _) => Some(customer),
            Side::Staff(_) => None,
        }
    }
}

/// An account to be made. Without a password nobody can sign in to it.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub email: EmailAddress,
    pub name: String,
    pub password: Option<PasswordHash>,
    pub language: Option<Language>,
    pub phone: Option<String>,
}

/// Makes an account of the company's own staff.
///
/// # Errors
/// The address has an account already, the name is empty, or no role is given.
pub fn add_staff(
    tx: &mut Tx<'_>,
    person: NewPerson,
    roles: &BTreeSet<StaffRole>,
) -> Result<PersonId> {
    if roles.is_empty() {
        return Err(Error::invalid("role", Text::new("people-role-needed")));
    }
    add(tx, person, &Side::Staff(roles.clone()))
}

/// Makes an account of a customer's person.
///
/// # Errors
/// The address has an account already, or the name is empty.
pub fn add_customer_person(
    tx: &mut Tx<'_>,
    person: NewPerson,
    customer: Key,
    role: CustomerRole,
) -> Result<PersonId> {
    add(tx, person, &Side::Customer(customer, role))
}

fn add(tx: &mut Tx<'_>, person: NewPerson, side: &Side) -> Result<PersonId> {
    let name = rules::clean_name(&person.name)?;
    if store::by_email(tx, person.email.as_str())?.is_some() {
        return Err(Error::invalid("email", Text::new("people-email-taken")));
    }
    let id = PersonId::new();
    store::insert(tx, &id, &name, &person, side, PersonState::Active)?;
    let customer = match side {
        Side::Customer(key, _) => Some(*key),
        Side::Staff(_) => None,
    };
    audit::record(
        tx,
        audit::Event {
            action: "person.added",
            object: ("person", id.as_str()),
            customer,
            ..Default::default()
        },
    )?;
    Ok(id)
}

/// Remembers the language a person reads in.
pub fn set_language(tx: &mut Tx<'_>, id: &PersonId, language: Language) -> Result<()> {
    store::set_language(tx, id, language)?;
    audit::record(
        tx,
        audit::Event {
            action: "person.language_set",
            object: ("person", id.as_str()),
            reason: Some(language.as_str()),
            ..Default::default()
        },
    )
}

/// The person with the id.
///
/// # Errors
/// There is none.
pub fn by_id(conn: &mut Conn, id: &PersonId) -> Result<Person> {
    store::by_id(conn, id)?.ok_or(Error::NotFound)
}

/// The person with the address, in whatever case it is written.
///
/// # Errors
/// There is none.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Person> {
    let email = EmailAddress::parse(email).ok_or(Error::NotFound)?;
    store::by_email(conn, email.as_str())?.ok_or(Error::NotFound)
}

/// The names of those who have these addresses, as far as the house knows them.
pub fn names<'a>(
    conn: &mut Conn,
    emails: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, String>> {
    let mut names = HashMap::new();
    for email in emails.into_iter().collect::<BTreeSet<_>>() {
        match by_email(conn, email) {
            Ok(person) => names.insert(email.to_owned(), person.name),
            Err(Error::NotFound) => None,
            Err(other) => return Err(other),
        };
    }
    Ok(names)
}

/// The active people of a customer, by name.
pub fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Person>> {
    store::of_customer(conn, customer)
}

/// The active people of these customers, by name.
pub fn of_customers(conn: &mut Conn, customers: &[Key]) -> Result<Vec<Person>> {
    store::of_customers(conn, customers)
}

/// The active managers of a customer, who sign its policies.
pub fn managers_of(conn: &mut Conn, customer: Key) -> Result<Vec<Person>> {
    let mut people = store::of_customer(conn, customer)?;
    people.retain(|p| p.side == Side::Customer(customer, CustomerRole::Manager));
    Ok(people)
}

/// The active managers of all customers.
pub fn managers(conn: &mut Conn) -> Result<Vec<Person>> {
    store::with_customer_role(conn, CustomerRole::Manager)
}

/// The active staff who hold the role, by name.
pub fn staff_with_role(conn: &mut Conn, role: StaffRole) -> Result<Vec<Person>> {
    store::staff_with_role(conn, role)
}
