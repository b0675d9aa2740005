//! Who hears of a payout's steps: the customer's finance people and managers; without any, the
//! addresses their statements go to. On the company's side approvers, and whoever proposed it.

use super::{Form, Payout, State, account, editor, hands};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::letters::{
    AboutMatter, ApprovalGiven, ApprovalRefused, ApprovalWaiting, Matter, PayoutApproved,
    PayoutReturned, PayoutSent, SettledBy,
};
use crate::mailbox::{self, Letter};
use crate::people::{self, Person, PersonState, Side};
use crate::values::{Contact, CustomerRole, Language, StaffRole};

/// Writes the letter of the state the payout has come to, if that state has one.
pub(super) fn post(tx: &mut Tx<'_>, payout: &Payout, note: &str) -> Result<()> {
    let (id, number) = (payout.id.clone(), payout.number.clone());
    let account = account(tx, payout)?.map(|account| account.shown());
    match payout.state {
        State::Submitted => to_approvers(tx, payout),
        State::Rejected => {
            let (about, reason) = (about(tx, payout)?, note.to_owned());
            to_proposers(tx, payout, &ApprovalRefused { about, reason })
        }
        State::Approved => {
            let about = about(tx, payout)?;
            to_proposers(tx, payout, &ApprovalGiven { about })?;
            to_all(tx, payout, |contact| PayoutApproved {
                payout: id.clone(),
                number: number.clone(),
                account: account.clone(),
                contact,
            })
        }
        State::Sent => to_all(tx, payout, |contact| PayoutSent {
            payout: id.clone(),
            number: number.clone(),
            form: settled_by(payout.form),
            account: account.clone(),
            expected_on: payout.expected_on,
            reference: payout.reference.clone(),
            contact,
        }),
        State::Returned => to_all(tx, payout, |contact| PayoutReturned {
            payout: id.clone(),
            number: number.clone(),
            form: settled_by(payout.form),
            account: account.clone(),
            reason: note.to_owned(),
            contact,
        }),
        State::Draft | State::Settled => Ok(()),
    }
}

/// As letters to the staff name it.
fn about(tx: &mut Tx<'_>, payout: &Payout) -> Result<AboutMatter> {
    Ok(AboutMatter {
        matter: Matter::Payout(payout.id.clone()),
        number: payout.number.clone(),
        customer: customers::by_id(tx, payout.customer)?.name,
        by: tx.by().name.clone(),
    })
}

/// Those who had no hand in it, nor in the account it goes to.
fn to_approvers(tx: &mut Tx<'_>, payout: &Payout) -> Result<()> {
    let mut barred = hands(tx, payout)?;
    barred.extend(account(tx, payout)?.as_ref().and_then(editor));
    let letter = ApprovalWaiting { about: about(tx, payout)? };
    for approver in people::staff_with_role(tx, StaffRole::Approver)? {
        if !barred.contains(&approver.id) {
            to_staff(tx, &approver, payout, &letter)?;
        }
    }
    Ok(())
}

/// Who prepared and submitted it, each once, but not whoever does this step themselves.
fn to_proposers<L: Letter>(tx: &mut Tx<'_>, payout: &Payout, letter: &L) -> Result<()> {
    let mut hands = hands(tx, payout)?;
    hands.sort();
    hands.dedup();
    let by = tx.by().person().cloned();
    for id in hands.into_iter().filter(|id| Some(id) != by.as_ref()) {
        let person = people::by_id(tx, &id)?;
        if person.state == PersonState::Active {
            to_staff(tx, &person, payout, letter)?;
        }
    }
    Ok(())
}

fn to_staff<L: Letter>(tx: &mut Tx<'_>, to: &Person, payout: &Payout, letter: &L) -> Result<()> {
    let (house, customer) = (Language::default(), Some(payout.customer));
    people::write_to(tx, to, house, customer, payout.id.as_str(), letter).map(|_| ())
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
