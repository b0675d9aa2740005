//! Disputes held side by side: a mistake that two customers found, a question asked before. Only
//! staff know of it; it decides nothing.

use super::{Action, EventKind, Link, Reach, TEXT_LIMIT, admit, reach, store, tell};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{DisputeId, Text};

/// Holds the dispute beside the one of this number, both ways, with a note why.
///
/// # Errors
/// The actor's rights say no; there is no such dispute in reach; they are linked already.
pub fn link(tx: &mut Tx<'_>, id: &DisputeId, number: &str, note: &str) -> Result<()> {
    let note = note.trim();
    if note.chars().count() > TEXT_LIMIT {
        return Err(Error::invalid("link_note", Text::new("dispute-text-too-long")));
    }
    let (dispute, _) = admit(tx, id, Action::Link)?;
    let wrong = |key| Error::invalid("link_to", Text::new(key).with("number", number.trim()));
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = reach(tx, &by, today)?;
    let other = match store::by_number(tx, &reach, number.trim()) {
        Ok(found) => found.dispute,
        Err(Error::NotFound) => return Err(wrong("dispute-link-unknown")),
        Err(other) => return Err(other),
    };
    if other.id == dispute.id {
        return Err(wrong("dispute-link-itself"));
    }
    if !store::insert_link(tx, &dispute.id, &other.id, note)? {
        return Err(wrong("dispute-link-there"));
    }
    for (one, with) in [(&dispute, &other), (&other, &dispute)] {
        tell(tx, one, EventKind::Linked, format!("{}\n{note}", with.number).trim())?;
    }
    Ok(())
}

/// Takes two disputes apart again.
///
/// # Errors
/// The actor's rights say no; they aren't linked, or out of reach (not found).
pub fn unlink(tx: &mut Tx<'_>, id: &DisputeId, other: &DisputeId) -> Result<()> {
    let (dispute, _) = admit(tx, id, Action::Link)?;
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = reach(tx, &by, today)?;
    let other = store::one(tx, &reach, other)?.dispute;
    if !store::remove_link(tx, &dispute.id, &other.id)? {
        return Err(Error::NotFound);
    }
    tell(tx, &dispute, EventKind::Unlinked, &other.number)?;
    tell(tx, &other, EventKind::Unlinked, &dispute.number)
}

/// What the dispute is held beside, as far as it is in reach, by number.
pub fn linked(conn: &mut Conn, reach: &Reach, id: &DisputeId) -> Result<Vec<Link>> {
    store::links(conn, reach, id)
}
