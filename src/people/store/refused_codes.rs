use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::refused_codes;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::PersonId;

pub(in crate::people) fn insert(tx: &mut Tx<'_>, id: &str, person: &PersonId) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(refused_codes::table)
        .values((
            refused_codes::id.eq(id),
            refused_codes::person_id.eq(person),
            refused_codes::at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// When the latest of the person's were since then, newest first, so many at most.
pub(in crate::people) fn latest(
    conn: &mut Conn,
    person: &PersonId,
    since: NaiveDateTime,
    most: i64,
) -> Result<Vec<NaiveDateTime>> {
    let moments = refused_codes::table
        .filter(refused_codes::person_id.eq(person))
        .filter(refused_codes::at.gt(since))
        .order(refused_codes::at.desc())
        .limit(most)
        .select(refused_codes::at);
    Ok(moments.load(conn)?)
}

pub(in crate::people) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    diesel::delete(refused_codes::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_of(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::delete(refused_codes::table.filter(refused_codes::person_id.eq(person)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_before(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(refused_codes::table.filter(refused_codes::at.lt(before))).execute(&mut **tx)?;
    Ok(())
}
