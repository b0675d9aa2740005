//! Who hears of a change: the contact named with the old account and the one named with the new
//! one, and the customer's finance people and managers, each once.

use super::{BankAccount, current};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
pub use crate::mailbox::letters::BankOutcome as Outcome;
use crate::mailbox::letters::{
    AboutAccount, BankChangeEffective, BankChangeRejected, BankChangeRequested,
};
use crate::mailbox::{self, Letter};
use crate::people;
use crate::values::EmailAddress;

pub(super) fn requested(
    tx: &mut Tx<'_>,
    account: &BankAccount,
    old: Option<&BankAccount>,
) -> Result<()> {
    let about = about(tx, account, old)?;
    to_all(tx, account, old, &BankChangeRequested { about })
}

pub(super) fn effective(
    tx: &mut Tx<'_>,
    account: &BankAccount,
    old: Option<&BankAccount>,
) -> Result<()> {
    let about = about(tx, account, old)?;
    let on = tx.today();
    to_all(tx, account, old, &BankChangeEffective { about, on })
}

pub(super) fn over(
    tx: &mut Tx<'_>,
    account: &BankAccount,
    outcome: Outcome,
    reason: &str,
) -> Result<()> {
    let old = current(tx, account.customer)?;
    let about = about(tx, account, old.as_ref())?;
    let (by, reason) = (tx.by().name.clone(), reason.to_owned());
    to_all(tx, account, old.as_ref(), &BankChangeRejected { about, outcome, by, reason })
}

fn about(
    tx: &mut Tx<'_>,
    account: &BankAccount,
    old: Option<&BankAccount>,
) -> Result<AboutAccount> {
    let customer = customers::by_id(tx, account.customer)?;
    let house = tx.house();
    let contact = customers::contact(tx, &customer, &house)?;
    Ok(AboutAccount {
        customer: customer.name,
        account: account.shown(),
        before: old.map(BankAccount::shown),
        by: account.requested_by_name.clone(),
        phone: contact.phone.clone().or_else(|| house.contact.phone.clone()),
        contact,
    })
}

fn to_all<L: Letter>(
    tx: &mut Tx<'_>,
    account: &BankAccount,
    old: Option<&BankAccount>,
    letter: &L,
) -> Result<()> {
    let customer = customers::by_id(tx, account.customer)?;
    let (language, cause) = (customer.language, account.id.as_str());
    let readers = people::readers_of(tx, &[customer.id])?.remove(&customer.id).unwrap_or_default();
    let mut told: Vec<EmailAddress> = Vec::new();
    for person in &readers {
        people::write_to(tx, person, language, Some(customer.id), cause, letter)?;
        told.extend(EmailAddress::parse(&person.email));
    }
    for address in old.into_iter().chain([account]).map(|account| &account.details.email) {
        if !told.contains(address) {
            mailbox::post(tx, address, language, Some(customer.id), cause, letter)?;
        }
    }
    Ok(())
}
