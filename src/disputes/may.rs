//! Who may do what to a dispute now: the rules, with what the database knows of the actor.

use chrono::NaiveDate;

use super::{Action, Dispute, EventKind, State, next, rules, store};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::people;
use crate::values::{Actor, DisputeId, PersonId};

/// What the actor could do to the dispute today, as it stands, so that pages offer nothing else.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn allowed(
    conn: &mut Conn,
    actor: &Actor,
    id: &DisputeId,
    today: NaiveDate,
) -> Result<Vec<Action>> {
    let dispute = store::by_id(conn, id)?;
    if actor.customer().is_some_and(|own| own != dispute.customer) {
        return Err(Error::NotFound);
    }
    let standing = standing(conn, actor.person().cloned(), &dispute, today)?;
    let appeal = store::last_round(conn, id)? == 2;
    let may = |action: &Action| {
        next(dispute.state, *action, appeal).is_some()
            && rules::check_may(actor, *action, dispute.state, standing).is_ok()
    };
    Ok(Action::ALL.iter().copied().filter(may).collect())
}

/// Loads a dispute and checks that the actor may act on it, and that its state allows the
/// action; returns it with the state the action leads to.
pub(super) fn admit(tx: &mut Tx<'_>, id: &DisputeId, action: Action) -> Result<(Dispute, State)> {
    let dispute = store::by_id(tx, id)?;
    // A customer's person acts on that customer's disputes: others answer as if they weren't.
    if tx.by().customer().is_some_and(|own| own != dispute.customer) {
        return Err(Error::NotFound);
    }
    let person = tx.by().person().cloned();
    let today = tx.today();
    let standing = standing(tx, person, &dispute, today)?;
    rules::check_may(tx.by(), action, dispute.state, standing)?;
    let appeal = store::last_round(tx, id)? == 2;
    let next = next(dispute.state, action, appeal).ok_or_else(|| match tx.by().customer() {
        Some(_) => dispute.state_for_customer().sentence(),
        None => dispute.state.sentence(),
    })?;
    Ok((dispute, next))
}

fn standing(
    conn: &mut Conn,
    person: Option<PersonId>,
    dispute: &Dispute,
    today: NaiveDate,
) -> Result<rules::Standing> {
    let Some(person) = person else { return Ok(rules::Standing::default()) };
    let events = store::events(conn, &dispute.id, true)?;
    let appealed = events.iter().rposition(|event| event.kind == EventKind::Appealed);
    let mut before: Vec<PersonId> =
        events.iter().take(appealed.unwrap_or(0)).map(|event| event.actor.clone()).collect();
    if appealed.is_some() {
        // What went on in this one was part of the first look too.
        for merged in super::merged_into_it(conn, &dispute.id)? {
            let theirs = store::events(conn, &merged.id, true)?;
            before.extend(theirs.into_iter().map(|event| event.actor));
        }
    }
    let took = events.iter().rfind(|event| event.kind == EventKind::AppealTaken);
    let proposed = events.iter().any(|e| e.kind == EventKind::Proposed && e.actor == person);
    Ok(rules::Standing {
        own: is_own(conn, &person, dispute, today)?,
        proposed,
        involved: rules::among(Some(&person), &before),
        took_appeal: took.is_some_and(|event| event.actor == person),
        vacant: is_vacant(conn, dispute, today)?,
    })
}

/// Whether whoever took the appeal can't go on with it today.
fn is_vacant(conn: &mut Conn, dispute: &Dispute, today: NaiveDate) -> Result<bool> {
    let Some(holder) = dispute.assignee.as_ref().filter(|_| dispute.state == State::AppealReview)
    else {
        return Ok(false);
    };
    let here = people::in_charge(conn, holder, today)?;
    Ok(here.is_none_or(|person| person.id != *holder))
}

/// Whether it is the person's: assigned to them or of their portfolio, or so for somebody for
/// whom they act today.
fn is_own(conn: &mut Conn, person: &PersonId, dispute: &Dispute, today: NaiveDate) -> Result<bool> {
    if dispute.assignee.as_ref() == Some(person) {
        return Ok(true);
    }
    let Some(manager) = store::manager_of(conn, dispute.customer)? else { return Ok(true) };
    match people::by_id(conn, person) {
        Ok(person) if person.email.eq_ignore_ascii_case(&manager) => return Ok(true),
        Ok(_) => {}
        Err(Error::NotFound) => return Ok(false),
        Err(other) => return Err(other),
    }
    let charge = people::charge_of(conn, person, today)?;
    let assigned = dispute.assignee.as_ref().is_some_and(|assignee| charge.has(assignee));
    Ok(assigned || charge.has_address(&manager))
}
