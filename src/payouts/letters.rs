//! Who hears of a payout's steps: the customer's finance people and managers; without any, the
//! addresses their statements go to.

use super::{Form, Payout, State};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::letters::{PayoutApproved, PayoutReturned, PayoutSent, SettledBy};
use crate::mailbox::{self, Letter};
use crate::people::{self, Side};
use crate::values::{Contact, CustomerRole, EmailAddress, Language};

/// Writes the letter of the state the payout has come to, if that state has one.
pub(super) fn post(tx: &mut Tx<'_>, payout: &Payout, note: &str) -> Result<()> {
    let (id, number) = (payout.id.clone(), payout.number.clone());
    match payout.state {
        State::Approved => to_all(tx, payout, |contact| PayoutApproved {
            payout: id.clone(),
            number: number.clone(),
            contact,
        }),
        State::Sent => to_all(tx, payout, |contact| PayoutSent {
            payout: id.clone(),
            number: number.clone(),
            form: settled_by(payout.form),
            expected_on: payout.expected_on,
            reference: payout.reference.clone(),
            contact,
        }),
        State::Returned => to_all(tx, payout, |contact| PayoutReturned {
            payout: id.clone(),
            number: number.clone(),
            form: settled_by(payout.form),
            reason: note.to_owned(),
            contact,
        }),
        State::Draft | State::Submitted | State::Settled | State::Rejected => Ok(()),
    }
}

fn settled_by(form: Form) -> SettledBy {
    match form {
        Form::Cash => SettledBy::Transfer,
        Form::CreditNote => SettledBy::CreditNote,
        Form::Offset => SettledBy::Offset,
        Form::Goods => SettledBy::Goods,
        Form::Points => SettledBy::Points,
        Form::Voucher => SettledBy::Voucher,
    }
}

fn to_all<L: Letter>(
    tx: &mut Tx<'_>,
    payout: &Payout,
    letter: impl FnOnce(Contact) -> L,
) -> Result<()> {
    let customer = customers::by_id(tx, payout.customer)?;
    let house = tx.house().clone();
    let letter = letter(customers::contact(tx, &customer, &house)?);
    for (address, language) in readers(tx, &customer)? {
        let id = payout.id.as_str();
        mailbox::post(tx, &address, language, Some(payout.customer), id, &letter)?;
    }
    Ok(())
}

fn readers(
    tx: &mut Tx<'_>,
    customer: &customers::Customer,
) -> Result<Vec<(EmailAddress, Language)>> {
    let people = people::of_customer(tx, customer.id)?;
    let readers: Vec<_> = people
        .into_iter()
        .filter(|person| {
            matches!(person.side, Side::Customer(_, CustomerRole::Finance | CustomerRole::Manager))
        })
        .filter_map(|person| {
            let address = EmailAddress::parse(&person.email)?;
            Some((address, person.language.unwrap_or(customer.language)))
        })
        .collect();
    if !readers.is_empty() {
        return Ok(readers);
    }
    let contacts = customers::statement_contacts(tx, customer.id)?;
    Ok(contacts.into_iter().map(|address| (address, customer.language)).collect())
}
