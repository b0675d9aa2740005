use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::halfway_sign_ins;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::values::PersonId;

pub(in crate::people) fn insert(tx: &mut Tx<'_>, key_hash: &str, person: &PersonId) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(halfway_sign_ins::table)
        .values((
            halfway_sign_ins::key_hash.eq(key_hash),
            halfway_sign_ins::person_id.eq(person),
            halfway_sign_ins::made_at.eq(at),
            halfway_sign_ins::tries.eq(0),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whose it is, since when, and how many codes were tried.
pub(in crate::people) fn of_key(
    conn: &mut Conn,
    key_hash: &str,
) -> Result<Option<(PersonId, DateTime<Utc>, i64)>> {
    let row = halfway_sign_ins::table
        .find(key_hash)
        .select((halfway_sign_ins::person_id, halfway_sign_ins::made_at, halfway_sign_ins::tries))
        .first::<(PersonId, NaiveDateTime, i64)>(conn)
        .optional()?;
    Ok(row.map(|(person, at, tries)| (person, as_utc(at), tries)))
}

pub(in crate::people) fn set_tries(tx: &mut Tx<'_>, key_hash: &str, tries: i64) -> Result<()> {
    diesel::update(halfway_sign_ins::table.find(key_hash))
        .set(halfway_sign_ins::tries.eq(tries))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends it; false when it was ended before.
pub(in crate::people) fn delete(tx: &mut Tx<'_>, key_hash: &str) -> Result<bool> {
    let gone = diesel::delete(halfway_sign_ins::table.find(key_hash)).execute(&mut **tx)?;
    Ok(gone > 0)
}

pub(in crate::people) fn delete_of(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::delete(halfway_sign_ins::table.filter(halfway_sign_ins::person_id.eq(person)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_before(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(halfway_sign_ins::table.filter(halfway_sign_ins::made_at.lt(before)))
        .execute(&mut **tx)?;
    Ok(())
}
