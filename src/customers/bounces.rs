use std::collections::{BTreeMap, BTreeSet};

use super::by_id;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::{AddressBounced, EnclosureLeftOut, LeftOutLine};
use crate::mailbox::{self, Bounced};
use crate::people::{self, Person};
use crate::values::{Key, Language, StaffRole};

/// Of the addresses of a customer's people and of its statements, those that take no mail.
pub fn bounced_of(conn: &mut Conn, customer: Key) -> Result<Vec<Bounced>> {
    let people = people::of_customer(conn, customer)?.into_iter().map(|person| person.email);
    let contacts = super::statement_contacts(conn, customer)?;
    let contacts = contacts.iter().map(|contact| contact.as_str().to_owned());
    let addresses: BTreeSet<String> = people.chain(contacts).collect();
    let mut found = Vec::new();
    for address in addresses {
        found.extend(mailbox::bounce_of(conn, &address)?);
    }
    Ok(found)
}

/// Whether an address bounced that nobody was told of.
pub fn any_bounce(conn: &mut Conn) -> Result<bool> {
    Ok(!mailbox::untold_bounces(conn, 1)?.is_empty())
}

/// Tells whoever looks after the customer, and the administrators, of addresses that take no mail;
/// each once.
pub fn tell_bounces(tx: &mut Tx<'_>, most: i64) -> Result<()> {
    for bounced in mailbox::untold_bounces(tx, most)? {
        let customer = match bounced.customer {
            Some(key) => Some(by_id(tx, key)?),
            None => None,
        };
        let manager = customer.as_ref().and_then(|customer| customer.account_manager.clone());
        let letter = AddressBounced {
            address: bounced.address.clone(),
            customer: customer.map(|customer| (customer.name, customer.code)),
            why: bounced.why.clone(),
        };
        let cause = format!("{}/{}", bounced.letter, bounced.address);
        for reader in readers(tx, manager.as_deref(), &bounced.address)? {
            let house = Language::default();
            people::write_to(tx, &reader, house, bounced.customer, &cause, &letter)?;
        }
        mailbox::mark_told(tx, &bounced)?;
    }
    Ok(())
}

/// Whether a letter left without what it was to enclose and nobody was told.
pub fn any_left_out(conn: &mut Conn) -> Result<bool> {
    Ok(!mailbox::untold_left_out(conn, 1)?.is_empty())
}

/// Tells whoever looks after the customers, and the administrators, which letters left without
/// what they were to enclose: one letter each, however many there are.
pub fn tell_left_out(tx: &mut Tx<'_>, most: i64) -> Result<()> {
    let found = mailbox::untold_left_out(tx, most)?;
    let Some(cause) = found.first().map(|first| first.letter.to_string()) else { return Ok(()) };
    let mut told: BTreeMap<String, (Person, Vec<LeftOutLine>)> = BTreeMap::new();
    for one in found {
        let customer = one.customer.map(|key| by_id(tx, key)).transpose()?;
        let manager = customer.as_ref().and_then(|customer| customer.account_manager.clone());
        let readers = readers(tx, manager.as_deref(), &one.to)?;
        let line = LeftOutLine {
            address: one.to,
            customer: customer.map(|customer| (customer.name, customer.code)),
            why: one.why,
        };
        for reader in readers {
            let lines = told.entry(reader.email.clone()).or_insert_with(|| (reader, Vec::new()));
            lines.1.push(line.clone());
        }
        mailbox::mark_left_out_told(tx, &one.letter)?;
    }
    for (reader, lines) in told.into_values() {
        let letter = EnclosureLeftOut { lines };
        people::write_to(tx, &reader, Language::default(), None, &cause, &letter)?;
    }
    Ok(())
}

/// Each once, and nobody at the address that takes no mail.
fn readers(tx: &mut Tx<'_>, manager: Option<&str>, bounced: &str) -> Result<Vec<Person>> {
    let today = tx.today();
    let mut readers = people::staff_with_role(tx, StaffRole::Admin)?;
    if let Some(email) = manager {
        match people::by_email(tx, email) {
            Ok(person) => readers.extend(people::in_charge(tx, &person.id, today)?),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    readers.retain(|person| !person.email.eq_ignore_ascii_case(bounced));
    readers.sort_by(|a, b| a.email.cmp(&b.email));
    readers.dedup_by(|a, b| a.id == b.id);
    Ok(readers)
}
