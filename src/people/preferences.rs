//! Which optional letters somebody does without, and how they want pages to behave. Which kinds of
//! letters are optional is the mailbox's to say, what pages can do the web's.

use std::collections::{BTreeMap, BTreeSet};

use super::{Person, Side, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::{CustomerRole, Key, PersonId};

/// The kinds of letters the person does without.
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

/// The active finance people and managers of these customers who want letters of the kind, by
/// customer.
pub fn readers_of(
    conn: &mut Conn,
    kind: &str,
    customers: &[Key],
) -> Result<BTreeMap<Key, Vec<Person>>> {
    let without = store::preferences::without(conn, kind)?;
    let mut readers: BTreeMap<Key, Vec<Person>> = BTreeMap::new();
    for person in store::preferences::of_customers(conn, customers)? {
        if let Side::Customer(customer, role) = person.side
            && role >= CustomerRole::Finance
            && !without.contains(&person.id)
        {
            readers.entry(customer).or_default().push(person);
        }
    }
    Ok(readers)
}
