use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::known_devices;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::PersonId;

pub(in crate::people) fn knows(conn: &mut Conn, person: &PersonId, hash: &str) -> Result<bool> {
    let row = known_devices::table.find((hash, person)).select(known_devices::device_hash);
    Ok(row.first::<String>(conn).optional()?.is_some())
}

pub(in crate::people) fn any(conn: &mut Conn, person: &PersonId) -> Result<bool> {
    let rows = known_devices::table.filter(known_devices::person_id.eq(person));
    Ok(rows.select(known_devices::device_hash).first::<String>(conn).optional()?.is_some())
}

pub(in crate::people) fn insert(tx: &mut Tx<'_>, person: &PersonId, hash: &str) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(known_devices::table)
        .values((
            known_devices::device_hash.eq(hash),
            known_devices::person_id.eq(person),
            known_devices::known_since.eq(at),
            known_devices::seen_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn touch(tx: &mut Tx<'_>, person: &PersonId, hash: &str) -> Result<()> {
    let at = tx.stamp();
    diesel::update(known_devices::table.find((hash, person)))
        .set(known_devices::seen_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}

/// The same browser under another hash, for everybody who uses it.
pub(in crate::people) fn rename(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    diesel::update(known_devices::table.filter(known_devices::device_hash.eq(from)))
        .set(known_devices::device_hash.eq(to))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn forget_but(tx: &mut Tx<'_>, person: &PersonId, kept: &str) -> Result<()> {
    diesel::delete(
        known_devices::table
            .filter(known_devices::person_id.eq(person))
            .filter(known_devices::device_hash.ne(kept)),
    )
    .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn forget_before(
    tx: &mut Tx<'_>,
    person: &PersonId,
    before: NaiveDateTime,
) -> Result<()> {
    diesel::delete(
        known_devices::table
            .filter(known_devices::person_id.eq(person))
            .filter(known_devices::seen_at.lt(before)),
    )
    .execute(&mut **tx)?;
    Ok(())
}
