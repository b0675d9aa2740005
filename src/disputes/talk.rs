//! The conversation: who looks at a dispute, and what both sides write and attach.

use chrono::DateTime;

use super::{
    Action, Checked, Dispute, EventKind, MOST, State, admit, change, clocks, is_active_staff,
    letters, rules, store, tell,
};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people;
use crate::values::{DisputeId, Identity, PersonId, StaffRole, Text};

/// Gives the dispute to an account manager, which takes it into review.
///
/// # Errors
/// The state or the actor's rights say no (so for every action here), or whoever is to have it
/// is no active account manager.
pub fn assign(tx: &mut Tx<'_>, id: &DisputeId, to: &PersonId) -> Result<()> {
    let (dispute, state) = admit(tx, id, Action::Assign)?;
    let person = people::by_id(tx, to)?;
    let manages = match person.identity() {
        Identity::Staff { roles, .. } => roles.contains(&StaffRole::AccountManager),
        _ => false,
    };
    if !manages || !is_active_staff(&person) {
        return Err(Error::invalid("assignee", Text::new("dispute-assignee-no-manager")));
    }
    let after = Dispute {
        state,
        assignee: Some(person.id),
        assignee_name: Some(person.name.clone()),
        snoozed_until: None,
        ..dispute.clone()
    };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Assigned, &person.name)
}

/// Writes to the customer.
pub fn reply(tx: &mut Tx<'_>, id: &DisputeId, text: &str) -> Result<()> {
    let text = written(text)?;
    let (dispute, state) = admit(tx, id, Action::Reply)?;
    let after = Dispute { state, answered_at: answered(tx, &dispute), ..dispute.clone() };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Reply, text)?;
    letters::replied(tx, &after)
}

/// Writes down something for colleagues only; the customer never reads it.
pub fn note(tx: &mut Tx<'_>, id: &DisputeId, text: &str) -> Result<()> {
    let text = written(text)?;
    let (dispute, _) = admit(tx, id, Action::Note)?;
    change(tx, &dispute, &dispute.clone())?;
    tell(tx, &dispute, EventKind::Note, text)
}

/// Asks the customer something; until they answer, the clock stands.
pub fn ask(tx: &mut Tx<'_>, id: &DisputeId, text: &str) -> Result<()> {
    let text = written(text)?;
    let (dispute, state) = admit(tx, id, Action::Ask)?;
    let after = Dispute {
        state,
        waiting_since: Some(tx.at()),
        answered_at: answered(tx, &dispute),
        ..dispute.clone()
    };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Question, text)?;
    letters::asked(tx, &after)
}

/// The customer writes. Was something asked, then the deadline moves by the business days it took.
pub fn answer(tx: &mut Tx<'_>, id: &DisputeId, text: &str) -> Result<()> {
    let text = written(text)?;
    let (dispute, state) = admit(tx, id, Action::Answer)?;
    // Whoever put it aside hears of it at once.
    let mut after = Dispute { state, snoozed_until: None, ..dispute.clone() };
    if dispute.state == State::WaitingCustomer {
        clocks::restart(tx, &mut after)?;
    }
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Answer, text)?;
    letters::answered(tx, &after)
}

/// Adds a file that was checked and kept.
///
/// # Errors
/// As above, or the dispute has as many files as it may.
pub fn attach(tx: &mut Tx<'_>, id: &DisputeId, file: &Checked) -> Result<()> {
    let (dispute, _) = admit(tx, id, Action::Attach)?;
    let count = store::files(tx, id)?.len();
    if count >= MOST {
        return Err(Text::new("dispute-too-many-files").with("most", MOST).into());
    }
    let position = i32::try_from(count + 1).map_err(Error::internal)?;
    store::add_file(tx, id, position, file)?;
    let woken = if tx.by().customer().is_some() { None } else { dispute.snoozed_until };
    change(tx, &dispute, &Dispute { snoozed_until: woken, ..dispute.clone() })?;
    tell(tx, &dispute, EventKind::FileAdded, &file.name)
}

fn written(text: &str) -> Result<&str> {
    rules::text("text", text).map_err(|problem| Error::Invalid(vec![problem]))
}

fn answered(tx: &Tx<'_>, dispute: &Dispute) -> Option<DateTime<chrono::Utc>> {
    dispute.answered_at.or_else(|| Some(tx.at()))
}
