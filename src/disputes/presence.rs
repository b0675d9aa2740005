//! Who else has a dispute's page open. Of minutes, for colleagues only, and no history: nothing of
//! it is in the audit log.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Look, store};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{DisputeId, PersonId};

/// How long somebody counts as looking after their page last said so.
const PRESENT: TimeDelta = TimeDelta::minutes(5);
/// No look is written down more often.
const EACH: TimeDelta = TimeDelta::minutes(1);

/// Who looked in the last minutes, the latest first, and whether the reader's own look is to be
/// written down now.
pub fn lookers(
    conn: &mut Conn,
    id: &DisputeId,
    reader: &PersonId,
    now: DateTime<Utc>,
) -> Result<(Vec<Look>, bool)> {
    let mut looks = store::looks_since(conn, id, (now - PRESENT).naive_utc())?;
    let fresh = looks.iter().any(|look| look.person == *reader && now - look.at < EACH);
    looks.retain(|look| look.person != *reader);
    Ok((looks, !fresh))
}

/// Writes down that whoever writes looks at the dispute.
///
/// # Errors
/// The actor is no person.
pub fn look(tx: &mut Tx<'_>, id: &DisputeId) -> Result<()> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let name = tx.by().name.clone();
    store::set_look(tx, id, &person, &name)
}

/// Forgets the looks that say nothing any more.
pub fn sweep_looks(tx: &mut Tx<'_>) -> Result<()> {
    let before = (tx.at() - PRESENT).naive_utc();
    store::sweep_looks(tx, before)
}
