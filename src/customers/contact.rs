use std::collections::HashMap;

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
        let manager = customer.account_manager.as_deref();
        if !managers.contains_key(&manager) {
            managers.insert(manager, contact(conn, customer, house)?);
        }
        found.extend(managers.get(&manager).cloned());
    }
    Ok(found)
}

/// The customer as the house somebody is invited into, and whom that person asks.
pub fn host(conn: &mut Conn, customer: &Customer, house: &House) -> Result<people::Host> {
    let contact = contact(conn, customer, house)?;
    Ok(people::Host { name: customer.name.clone(), contact })
}
