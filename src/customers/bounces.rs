use super::by_id;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::AddressBounced;
use crate::mailbox::{self, Bounced, Letter};
use crate::people::{self, Person};
use crate::values::{EmailAddress, StaffRole};

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
            if people::unwanted_mail(tx, &reader.id)?.contains(AddressBounced::KIND) {
                continue;
            }
            let Some(to) = EmailAddress::parse(&reader.email) else { continue };
            let language = reader.language.unwrap_or_default();
            mailbox::post(tx, &to, language, bounced.customer, &cause, &letter)?;
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
