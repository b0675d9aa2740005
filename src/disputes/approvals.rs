//! Who hears of a decision above the limit: approvers that it waits for them, and whoever proposed
//! it what became of it.

use super::{Decision, Dispute, store};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::Letter;
use crate::mailbox::letters::{
    AboutMatter, ApprovalGiven, ApprovalRefused, ApprovalWaiting, Matter,
};
use crate::people::{self, Person, PersonState};
use crate::values::{Language, StaffRole};

/// To the approvers who decided nothing of the dispute.
pub(super) fn waiting(tx: &mut Tx<'_>, dispute: &Dispute, decision: &Decision) -> Result<()> {
    let decisions = store::decisions(tx, &dispute.id)?;
    let letter = ApprovalWaiting { about: about(tx, dispute)? };
    for approver in people::staff_with_role(tx, StaffRole::Approver)? {
        let decided = decisions.iter().any(|one| one.decided_by == approver.id);
        if !decided && decision.decided_by != approver.id {
            write(tx, &approver, dispute, &letter)?;
        }
    }
    Ok(())
}

pub(super) fn given(tx: &mut Tx<'_>, dispute: &Dispute, decision: &Decision) -> Result<()> {
    let letter = ApprovalGiven { about: about(tx, dispute)? };
    to_proposer(tx, dispute, decision, &letter)
}

pub(super) fn refused(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    decision: &Decision,
    reason: &str,
) -> Result<()> {
    let letter = ApprovalRefused { about: about(tx, dispute)?, reason: reason.to_owned() };
    to_proposer(tx, dispute, decision, &letter)
}

fn about(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<AboutMatter> {
    Ok(AboutMatter {
        matter: Matter::Decision(dispute.id.clone()),
        number: dispute.number.clone(),
        customer: customers::by_id(tx, dispute.customer)?.name,
        by: tx.by().name.clone(),
    })
}

fn to_proposer<L: Letter>(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    decision: &Decision,
    letter: &L,
) -> Result<()> {
    let person = people::by_id(tx, &decision.decided_by)?;
    match person.state {
        PersonState::Active => write(tx, &person, dispute, letter),
        _ => Ok(()),
    }
}

/// A decision may be proposed, returned and proposed again: the cause is the dispute as it stood.
fn write<L: Letter>(tx: &mut Tx<'_>, to: &Person, dispute: &Dispute, letter: &L) -> Result<()> {
    let cause = format!("{}/{}", dispute.id, dispute.revision);
    let (house, customer) = (Language::default(), Some(dispute.customer));
    people::write_to(tx, to, house, customer, &cause, letter).map(|_| ())
}
