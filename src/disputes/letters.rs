//! Who hears of a dispute: whoever filed it, or when they left the customer's other finance people
//! and managers; on the company's side its account manager.

use super::{Decision, Dispute, File, Outcome};
use crate::customers::{self, Customer};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::mailbox::Letter;
use crate::mailbox::letters::{
    AppealDecided, AppealReceived, DisputeDeadlines, DisputeDecided, DisputeFileRemoved,
    DisputeMerged, DisputeQuestion, DisputeReceived, DisputeReply, Reader, StaffNewDispute,
    Verdict,
};
use crate::people::{self, Person, Side};
use crate::values::{Contact, CustomerRole, Language, Money};

pub(super) fn filed(tx: &mut Tx<'_>, dispute: &Dispute, held: Money) -> Result<()> {
    let d = dispute.clone();
    to_customer(tx, dispute, dispute.id.as_str(), |contact| DisputeReceived {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        answer_due: d.answer_due,
        held: !held.is_zero(),
        contact,
    })?;
    let customer = customers::by_id(tx, dispute.customer)?;
    let d = dispute.clone();
    let letter = StaffNewDispute {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        customer: customer.name.clone(),
        answer_due: d.answer_due,
    };
    to_assignee(tx, dispute, &customer, dispute.id.as_str(), &letter)
}

pub(super) fn asked(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let d = dispute.clone();
    to_customer(tx, dispute, &cause(dispute), |contact| DisputeQuestion {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        contact,
    })
}

pub(super) fn replied(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let (d, from) = (dispute.clone(), tx.by().name.clone());
    to_customer(tx, dispute, &cause(dispute), |contact| DisputeReply {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        from,
        reader: Reader::Customer,
        contact: Some(contact),
    })
}

pub(super) fn answered(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let (d, from) = (dispute.clone(), tx.by().name.clone());
    let customer = customers::by_id(tx, dispute.customer)?;
    let letter = DisputeReply {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        from,
        reader: Reader::Staff,
        contact: None,
    };
    to_assignee(tx, dispute, &customer, &cause(dispute), &letter)
}

pub(super) fn decided(tx: &mut Tx<'_>, dispute: &Dispute, decision: &Decision) -> Result<()> {
    let (d, verdict) = (dispute.clone(), verdict(decision.outcome));
    let id = dispute.id.as_str();
    if decision.round > 1 {
        let decided_by = decision.decided_by_name.clone();
        return to_customer(tx, dispute, id, |contact| AppealDecided {
            dispute: d.id,
            number: d.number,
            about: d.subject.text,
            verdict,
            decided_by,
            contact,
        });
    }
    let appeal_until =
        dispute.appeal_until.ok_or_else(|| Error::internal("decided without an appeal window"))?;
    to_customer(tx, dispute, id, |contact| DisputeDecided {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        verdict,
        appeal_until,
        contact,
    })
}

pub(super) fn appealed(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let d = dispute.clone();
    to_customer(tx, dispute, dispute.id.as_str(), |contact| AppealReceived {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        decision_due: d.decision_due,
        contact,
    })
}

/// The dispute goes on in the other one.
pub(super) fn merged(tx: &mut Tx<'_>, dispute: &Dispute, into: &Dispute) -> Result<()> {
    let (d, into) = (dispute.clone(), into.clone());
    to_customer(tx, dispute, dispute.id.as_str(), |contact| DisputeMerged {
        dispute: into.id,
        number: d.number,
        into: into.number,
        about: d.subject.text,
        contact,
    })
}

/// To both sides: a file is gone because it was infected.
pub(super) fn file_removed(tx: &mut Tx<'_>, dispute: &Dispute, file: &File) -> Result<()> {
    let (d, named) = (dispute.clone(), file.name.clone());
    to_customer(tx, dispute, file.id.as_str(), |contact| DisputeFileRemoved {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        file: named,
        reader: Reader::Customer,
        contact: Some(contact),
    })?;
    let customer = customers::by_id(tx, dispute.customer)?;
    let d = dispute.clone();
    let letter = DisputeFileRemoved {
        dispute: d.id,
        number: d.number,
        about: d.subject.text,
        file: file.name.clone(),
        reader: Reader::Staff,
        contact: None,
    };
    to_assignee(tx, dispute, &customer, file.id.as_str(), &letter)
}

/// In the reader's own language: it is about several customers.
pub(super) fn deadlines(
    tx: &mut Tx<'_>,
    to: &Person,
    cause: &str,
    letter: &DisputeDeadlines,
) -> Result<()> {
    people::write_to(tx, to, Language::default(), None, cause, letter).map(|_| ())
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Accepted | Outcome::AcceptedWithoutMoney => Verdict::Accepted,
        Outcome::Partly => Verdict::PartlyAccepted,
        Outcome::Rejected => Verdict::Rejected,
    }
}

/// What may be written many times has a cause of its own each time: the revision it answers.
fn cause(dispute: &Dispute) -> String {
    format!("{}/{}", dispute.id, dispute.revision)
}

fn to_customer<L: Letter>(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    cause: &str,
    letter: impl FnOnce(Contact) -> L,
) -> Result<()> {
    let customer = customers::by_id(tx, dispute.customer)?;
    let house = tx.house().clone();
    let letter = letter(customers::contact(tx, &customer, &house)?);
    for reader in readers(tx, dispute)? {
        write(tx, &reader, &customer, cause, &letter)?;
    }
    Ok(())
}

fn readers(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<Vec<Person>> {
    let people = people::of_customer(tx, dispute.customer)?;
    if let Some(filer) = people.iter().find(|person| person.id == dispute.filed_by) {
        return Ok(vec![filer.clone()]);
    }
    let may = |person: &Person| {
        matches!(person.side, Side::Customer(_, CustomerRole::Finance | CustomerRole::Manager))
    };
    Ok(people.into_iter().filter(may).collect())
}

fn to_assignee<L: Letter>(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    customer: &Customer,
    cause: &str,
    letter: &L,
) -> Result<()> {
    let Some(assignee) = &dispute.assignee else { return Ok(()) };
    let today = tx.today();
    if let Some(person) = people::in_charge(tx, assignee, today)? {
        write(tx, &person, customer, cause, letter)?;
    }
    Ok(())
}

fn write<L: Letter>(
    tx: &mut Tx<'_>,
    to: &Person,
    customer: &Customer,
    cause: &str,
    letter: &L,
) -> Result<()> {
    people::write_to(tx, to, customer.language, Some(customer.id), cause, letter).map(|_| ())
}
