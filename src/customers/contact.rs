use super::Customer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox::Contact;
use crate::people;
use crate::values::EmailAddress;

/// Whom the customer asks: the account manager by name and phone, or the company when there is
/// none.
pub fn contact(conn: &mut Conn, customer: &Customer, company: &str) -> Result<Contact> {
    let Some(address) = &customer.account_manager else {
        return Ok(Contact { name: company.to_owned(), email: None, phone: None });
    };
    let email = EmailAddress::parse(address);
    match people::by_email(conn, address) {
        Ok(person) => Ok(Contact { name: person.name, email, phone: person.phone }),
        Err(Error::NotFound) => Ok(Contact { name: address.clone(), email, phone: None }),
        Err(other) => Err(other),
    }
}
