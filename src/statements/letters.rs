//! The letters about statements, and to whom they go.

use super::content::Content;
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::{self, letters::StatementReady};
use crate::people;
use crate::values::{CustomerRole, EmailAddress, Identity, StatementId};

/// The statement contacts of the customer, or, when there is none, the people who may confirm.
pub(super) fn recipients(conn: &mut Conn, customer: &Customer) -> Result<Vec<EmailAddress>> {
    let contacts = customers::statement_contacts(conn, customer.id)?;
    if !contacts.is_empty() {
        return Ok(contacts);
    }
    let may_confirm = |person: &people::Person| match person.identity() {
        Identity::Customer { role, .. } => role >= CustomerRole::Finance,
        _ => false,
    };
    let people = people::of_customer(conn, customer.id)?;
    Ok(people
        .into_iter()
        .filter(may_confirm)
        .filter_map(|p| EmailAddress::parse(&p.email))
        .collect())
}

/// That the statement is there, to everybody who hasn't been told; how many letters that makes.
pub(super) fn ready(
    tx: &mut Tx<'_>,
    customer: &Customer,
    id: &StatementId,
    content: &Content,
) -> Result<usize> {
    let letter = StatementReady {
        statement: id.clone(),
        number: content.number.clone(),
        period: content.period,
        respond_by: content.respond_by,
        contact: customers::contact(tx, customer, &content.company)?,
    };
    let mut letters = 0;
    for address in recipients(tx, customer)? {
        let key = Some(customer.id);
        let queued = mailbox::post(tx, &address, customer.language, key, id.as_str(), &letter)?;
        letters += usize::from(queued);
    }
    Ok(letters)
}
