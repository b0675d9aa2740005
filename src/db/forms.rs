//! What a form's key has led to, so that a repeated post shows the first one's result.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::form_results;
use super::{Conn, Tx};
use crate::error::Result;
use crate::values::PersonId;

/// What became of a form posted before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormResult {
    /// Never seen.
    New,
    /// The same content was posted by the same person: look there.
    Done(String),
    /// The key was used for something else.
    Reused,
}

/// Looks a form's key up.
pub fn form_result(
    conn: &mut Conn,
    key: &str,
    person: &PersonId,
    payload_hash: &str,
) -> Result<FormResult> {
    let found = form_results::table
        .find(key)
        .select((form_results::person_id, form_results::payload_hash, form_results::location))
        .first::<(PersonId, String, String)>(conn)
        .optional()?;
    Ok(match found {
        None => FormResult::New,
        Some((who, hash, location)) if who == *person && hash == payload_hash => {
            FormResult::Done(location)
        }
        Some(_) => FormResult::Reused,
    })
}

/// Remembers the result, in the transaction of the change itself.
pub fn remember_form(
    tx: &mut Tx<'_>,
    key: &str,
    person: &PersonId,
    payload_hash: &str,
    location: &str,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(form_results::table)
        .values((
            form_results::form_key.eq(key),
            form_results::person_id.eq(person),
            form_results::payload_hash.eq(payload_hash),
            form_results::location.eq(location),
            form_results::at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Forgets the forms posted before then.
pub fn forget_forms(tx: &mut Tx<'_>, before: DateTime<Utc>) -> Result<()> {
    diesel::delete(form_results::table.filter(form_results::at.lt(before.naive_utc())))
        .execute(&mut **tx)?;
    Ok(())
}
