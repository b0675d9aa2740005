//! Which optional letters somebody does without by mail, in which language letters come, and how they want pages to behave. Which kinds of
//! letters are optional is the mailbox's to say, what pages can do the web's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Person, Side, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox;
use crate::values::{CustomerRole, Key, Language, PersonId};

/// What a person chose for letters of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailChoice {
    /// By mail too, and not in the portal alone.
    pub wanted: bool,
    /// None reads them like everything else.
    pub language: Option<Language>,
}

/// What the person chose, by kind; kinds without a choice come by mail.
pub fn mail_choices(conn: &mut Conn, person: &PersonId) -> Result<BTreeMap<String, MailChoice>> {
    store::preferences::choices(conn, person)
}

/// What everybody who chose anything chose for letters of the kind.
pub fn choices_of_kind(conn: &mut Conn, kind: &str) -> Result<HashMap<PersonId, MailChoice>> {
    store::preferences::of_kind(conn, kind)
}

/// Notes the language in which the person reads letters of the kind. The same choice again changes
/// nothing.
pub fn set_mail_language(
    tx: &mut Tx<'_>,
    person: &Person,
    kind: &str,
    language: Option<Language>,
) -> Result<()> {
    let before = store::preferences::choices(tx, &person.id)?.remove(kind);
    if before.and_then(|choice| choice.language) == language {
        return Ok(());
    }
    store::preferences::set_language(tx, &person.id, kind, language)?;
    let chosen = format!("{kind} {}", language.as_ref().map_or("as everything", Language::as_str));
    audit::record(
        tx,
        audit::Event {
            action: "person.mail_language_set",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            reason: Some(&chosen),
            ..Default::default()
        },
    )
}

/// The kinds of letters the person does without by mail.
pub fn unwanted_mail(conn: &mut Conn, person: &PersonId) -> Result<BTreeSet<String>> {
    store::preferences::unwanted(conn, person)
}

/// Notes whether the person wants letters of the kind. The same choice again changes nothing.
pub fn set_mail(tx: &mut Tx<'_>, person: &Person, kind: &str, wanted: bool) -> Result<()> {
    let before = !store::preferences::unwanted(tx, &person.id)?.contains(kind);
    if before == wanted {
        return Ok(());
    }
    store::preferences::set(tx, &person.id, kind, wanted)?;
    if !wanted {
        mailbox::keep_in_portal(tx, kind, &person.email)?;
    }
    let chosen = format!("{kind} {}", if wanted { "on" } else { "off" });
    audit::record(
        tx,
        audit::Event {
            action: "person.mail_set",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            reason: Some(&chosen),
            ..Default::default()
        },
    )
}

/// What the person wants of pages under this name; None as they come.
pub fn preference(conn: &mut Conn, person: &PersonId, name: &str) -> Result<Option<String>> {
    store::preferences::of_pages(conn, person, name)
}

/// Notes what the person wants of pages. The same choice again changes nothing.
pub fn set_preference(tx: &mut Tx<'_>, person: &Person, name: &str, value: &str) -> Result<()> {
    if store::preferences::of_pages(tx, &person.id, name)?.as_deref() == Some(value) {
        return Ok(());
    }
    store::preferences::set_of_pages(tx, &person.id, name, value)?;
    audit::record(
        tx,
        audit::Event {
            action: "person.preference_set",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            reason: Some(&format!("{name} {value}")),
            ..Default::default()
        },
    )
}

/// The active finance people and managers of these customers, by customer.
pub fn readers_of(conn: &mut Conn, customers: &[Key]) -> Result<BTreeMap<Key, Vec<Person>>> {
    let mut readers: BTreeMap<Key, Vec<Person>> = BTreeMap::new();
    for person in store::preferences::of_customers(conn, customers)? {
        if let Side::Customer(customer, role) = person.side
            && role >= CustomerRole::Finance
        {
            readers.entry(customer).or_default().push(person);
        }
    }
    Ok(readers)
}
