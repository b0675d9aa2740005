use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Customer;
use crate::db::{Conn, House};
use crate::error::{Error, Result};
use crate::people;
use crate::values::{Contact, EmailAddress};

/// Whom the customer asks: the account manager by name and phone, or the house's contact when there
/// is none.
pub fn contact(conn: &mut Conn, customer: &Customer, house: &House) -> Result<Contact> {
    let Some(address) = &customer.account_manager else {
        return Ok(house.contact.clone());
    };
    let email = EmailAddress::parse(address);
    match people::by_email(conn, address) {
        Ok(person) => Ok(Contact { name: person.name, email, phone: person.phone }),
        Err(Error::NotFound) => Ok(Contact { name: address.clone(), email, phone: None }),
        Err(other) => Err(other),
    }
}

/// The same for many customers, in their order; each account manager is looked up once.
pub fn contacts(conn: &mut Conn, customers: &[Customer], house: &House) -> Result<Vec<Contact>> {
    let mut managers: HashMap<Option<&str>, Contact> = HashMap::new();
    let mut found = Vec::with_capacity(customers.len());
    for customer in customers {
        let known = match managers.entry(customer.account_manager.as_deref()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(lacking) => lacking.insert(contact(conn, customer, house)?),
        };
        found.push(known.clone());
    }
    Ok(found)
}

/// The customer as the house somebody is invited into, and whom that person asks.
pub fn host(conn: &mut Conn, customer: &Customer, house: &House) -> Result<people::Host> {
    let contact = contact(conn, customer, house)?;
    Ok(people::Host { name: customer.name.clone(), contact })
}
