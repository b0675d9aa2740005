//! Who hears of a payout's steps: the customer's finance people and managers; without any, the
//! addresses their statements go to.

use super::{Form, Payout, State};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::letters::{PayoutApproved, PayoutReturned, PayoutSent, SettledBy};
use crate::mailbox::{self, Letter};
use crate::people::{self, Person, Side};
use crate::values::{Contact, CustomerRole};

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
    let portal = tx.house().clone();
    let letter = letter(customers::contact(tx, &customer, &portal)?);
    let (id, house) = (payout.id.as_str(), customer.language);
    let people = people::of_customer(tx, customer.id)?;
    let finance = |person: &Person| {
        matches!(person.side, Side::Customer(_, CustomerRole::Finance | CustomerRole::Manager))
    };
    let readers: Vec<Person> = people.into_iter().filter(finance).collect();
    for reader in &readers {
        people::write_to(tx, reader, house, Some(customer.id), id, &letter)?;
    }
    if readers.is_empty() {
        for address in customers::statement_contacts(tx, customer.id)? {
            mailbox::post(tx, &address, house, Some(customer.id), id, &letter)?;
        }
    }
    Ok(())
}
