//! Writing to people the way they chose: by mail and in the portal or in the portal alone, and in
//! their language for that kind of letter.

use super::Person;
use super::preferences::{mail_choices, unwanted_mail};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::{self, Channel, Letter};
use crate::values::{EmailAddress, Key, Language};

/// The language in which the person reads letters of the kind: chosen for the kind, else for
/// everything, else that of their house.
pub fn reading_language(
    conn: &mut Conn,
    person: &Person,
    kind: &str,
    house: Language,
) -> Result<Language> {
    let own = mail_choices(conn, &person.id)?.remove(kind);
    Ok(own.and_then(|choice| choice.language).or(person.language).unwrap_or(house))
}

/// Writes to the person; false when this letter was written before, or they have no address.
/// Whoever switched letters of the kind off still finds them in the portal.
pub fn write_to<L: Letter>(
    tx: &mut Tx<'_>,
    person: &Person,
    house: Language,
    customer: Option<Key>,
    cause: &str,
    letter: &L,
) -> Result<bool> {
    let Some(to) = EmailAddress::parse(&person.email) else { return Ok(false) };
    let language = reading_language(tx, person, L::KIND, house)?;
    let off = unwanted_mail(tx, &person.id)?.contains(L::KIND);
    let channel = match off && mailbox::is_optional(L::KIND) {
        true => Channel::Portal,
        false => Channel::Mail,
    };
    mailbox::post_by(channel, tx, &to, language, customer, cause, letter)
}
