use std::collections::BTreeSet;

use super::by_id;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::AddressBounced;
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
        for reader in readers(tx, manager.as_deref(), &bounced)? {
            let house = Language::default();
            people::write_to(tx, &reader, house, bounced.customer, &cause, &letter)?;
        }
        mailbox::mark_told(tx, &bounced)?;
    }
    Ok(())
}

/// Each once, and nobody at the address that takes no mail.
fn readers(tx: &mut Tx<'_>, manager: Option<&str>, bounced: &Bounced) -> Result<Vec<Person>> {
    let today = tx.today();
    let mut readers = people::staff_with_role(tx, StaffRole::Admin)?;
    if let Some(email) = manager {
        match people::by_email(tx, email) {
            Ok(person) => readers.extend(people::in_charge(tx, &person.id, today)?),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    readers.retain(|person| !person.email.eq_ignore_ascii_case(&bounced.address));
    readers.sort_by(|a, b| a.email.cmp(&b.email));
    readers.dedup_by(|a, b| a.id == b.id);
    Ok(readers)
}
