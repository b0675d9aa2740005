//! One claim filed twice: the second dispute goes on in the first.

use super::{
    Action, Dispute, EventKind, RESERVE, Reach, State, admit, change, check_revision, store, tell,
};
use super::{letters, reach};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::ledger;
use crate::values::{DisputeId, Text};

/// Where a claim can go on: before a decision.
const UNDECIDED: &[State] = &[State::Submitted, State::InReview, State::WaitingCustomer];

/// Closes the dispute because the other one, of this number, is about the same claim; lets go what
/// was held for it, and tells the customer. Its thread and files stay, and are shown with the
/// other's.
///
/// # Errors
/// The state or the actor's rights say no, for either; it changed since `revision`; a decision was
/// made; the other one is another customer's, not there, or is decided.
pub fn merge(tx: &mut Tx<'_>, id: &DisputeId, revision: i64, number: &str) -> Result<DisputeId> {
    let (dispute, state) = admit(tx, id, Action::Merge)?;
    check_revision(&dispute, revision)?;
    if store::last_round(tx, id)? > 0 {
        return Err(Error::refused("dispute-merge-decided"));
    }
    let into = target(tx, &dispute, number)?;
    // Whoever closes the one has to answer for the other too.
    admit(tx, &into.id, Action::Merge)?;
    let after = Dispute {
        state,
        waiting_since: None,
        snoozed_until: None,
        closed_at: Some(tx.at()),
        merged_into: Some(into.id.clone()),
        ..dispute.clone()
    };
    change(tx, &dispute, &after)?;
    ledger::release(tx, RESERVE, id.as_str())?;
    tell(tx, &after, EventKind::Merged, &into.number)?;
    change(tx, &into, &Dispute { snoozed_until: None, ..into.clone() })?;
    tell(tx, &into, EventKind::Absorbed, &dispute.number)?;
    letters::merged(tx, &after, &into)?;
    Ok(into.id)
}

fn target(tx: &mut Tx<'_>, dispute: &Dispute, number: &str) -> Result<Dispute> {
    let wrong = |key| Error::invalid("merge_into", Text::new(key).with("number", number.trim()));
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = reach(tx, &by, today)?;
    let into = match store::by_number(tx, &reach, number.trim()) {
        Ok(found) => found.dispute,
        Err(Error::NotFound) => return Err(wrong("dispute-merge-unknown")),
        Err(other) => return Err(other),
    };
    if into.customer != dispute.customer {
        return Err(wrong("dispute-merge-unknown"));
    }
    if into.id == dispute.id {
        return Err(wrong("dispute-merge-itself"));
    }
    if !UNDECIDED.contains(&into.state) || store::last_round(tx, &into.id)? > 0 {
        return Err(wrong("dispute-merge-into-decided"));
    }
    Ok(into)
}

/// The disputes that go on in this one, and those that went on in them, oldest first.
pub fn merged_into_it(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Dispute>> {
    let mut found = store::absorbed(conn, id)?;
    // Each is merged once and closed by it, so there are no circles.
    let mut next = 0;
    while let Some(dispute) = found.get(next).cloned() {
        found.extend(store::absorbed(conn, &dispute.id)?);
        next += 1;
    }
    found.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(found)
}

/// Where a claim that somebody wants to merge could go on: the customer's other undecided
/// disputes, newest first.
pub fn mergeable(conn: &mut Conn, reach: &Reach, dispute: &Dispute) -> Result<Vec<Dispute>> {
    const MOST: i64 = 50;
    let mut open = store::of_customer(conn, dispute.customer, true, 0, MOST)?;
    open.retain(|other| other.id != dispute.id && UNDECIDED.contains(&other.state));
    let mut reachable = Vec::new();
    for other in open {
        if store::one(conn, reach, &other.id).is_ok() {
            reachable.push(other);
        }
    }
    Ok(reachable)
}
