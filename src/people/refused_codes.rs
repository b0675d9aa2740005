//! Codes that were refused, over a day: whoever types them has the password already. Its owner hears
//! of it long before a code is guessed, and from browsers never seen no more are taken. Like a try, a
//! code is written down before it is looked at and taken back when it was right.

use chrono::{DateTime, Utc};

use super::{Person, rules, store, tries};
use crate::db::{Tx, as_utc};
use crate::error::Result;
use crate::values::PersonId;

/// From when on a browser that was never seen is heard again, when there were too many.
pub(super) fn locked_until(tx: &mut Tx<'_>, person: &PersonId) -> Result<Option<DateTime<Utc>>> {
    let latest = latest(tx, person, rules::CODES_TAKEN)?;
    let full = latest.len() >= rules::CODES_TAKEN;
    Ok(latest.last().filter(|_| full).map(|at| *at + rules::CODES_WINDOW))
}

/// Writes a code down under the name of its try.
pub(super) fn begin(tx: &mut Tx<'_>, attempt: &str, person: &PersonId) -> Result<()> {
    let old = (tx.at() - rules::CODES_WINDOW).naive_utc();
    store::refused_codes::delete_before(tx, old)?;
    store::refused_codes::insert(tx, attempt, person)
}

/// Tells the person once there were several.
pub(super) fn warn_of_many(tx: &mut Tx<'_>, person: &Person, address: &str) -> Result<()> {
    if latest(tx, &person.id, rules::CODES_UNTOLD)?.len() < rules::CODES_UNTOLD {
        return Ok(());
    }
    tries::warn(tx, person, address, true)
}

fn latest(tx: &mut Tx<'_>, person: &PersonId, most: usize) -> Result<Vec<DateTime<Utc>>> {
    let since = (tx.at() - rules::CODES_WINDOW).naive_utc();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let latest = store::refused_codes::latest(tx, person, since, most)?;
    Ok(latest.into_iter().map(as_utc).collect())
}
