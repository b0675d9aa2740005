use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::{people, recovery_codes, second_factor_setups};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::people::{RecoveryCode, TotpKey};
use crate::values::PersonId;

/// The key, and the latest step a code was taken of; None without a second factor.
pub(in crate::people) fn key(conn: &mut Conn, id: &PersonId) -> Result<Option<(TotpKey, i64)>> {
    let row = people::table
        .find(id)
        .select((people::totp_key, people::totp_step))
        .first::<(Option<String>, Option<i64>)>(conn)
        .optional()?;
    Ok(row.and_then(|(key, step)| Some((TotpKey::kept(key?), step?))))
}

pub(in crate::people) fn set_key(
    tx: &mut Tx<'_>,
    id: &PersonId,
    key: &TotpKey,
    step: i64,
) -> Result<()> {
    let at = tx.stamp();
    diesel::update(people::table.find(id))
        .set((
            people::second_factor_since.eq(at),
            people::totp_key.eq(key.secret()),
            people::totp_step.eq(step),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that a code of the step was taken; false when one of it or of a later one was before.
pub(in crate::people) fn take_step(tx: &mut Tx<'_>, id: &PersonId, step: i64) -> Result<bool> {
    let changed = diesel::update(people::table.find(id).filter(people::totp_step.lt(step)))
        .set(people::totp_step.eq(step))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

/// Leaves nothing of a second factor, nor of one being set up, nor of the codes refused.
pub(in crate::people) fn forget(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((
            people::second_factor_since.eq(None::<NaiveDateTime>),
            people::totp_key.eq(None::<String>),
            people::totp_step.eq(None::<i64>),
        ))
        .execute(&mut **tx)?;
    delete_setup(tx, id)?;
    super::refused_codes::delete_of(tx, id)?;
    delete_codes(tx, id)
}

/// The key shown to somebody who sets theirs up in this session, and since when.
pub(in crate::people) fn setup(
    conn: &mut Conn,
    id: &PersonId,
    session: &str,
) -> Result<Option<(TotpKey, DateTime<Utc>)>> {
    let row = second_factor_setups::table
        .find(id)
        .filter(second_factor_setups::session_hash.eq(session))
        .select((second_factor_setups::totp_key, second_factor_setups::made_at))
        .first::<(String, NaiveDateTime)>(conn)
        .optional()?;
    Ok(row.map(|(key, at)| (TotpKey::kept(key), as_utc(at))))
}

/// Takes the place of the one before.
pub(in crate::people) fn insert_setup(
    tx: &mut Tx<'_>,
    id: &PersonId,
    key: &TotpKey,
    session: &str,
) -> Result<()> {
    delete_setup(tx, id)?;
    let at = tx.stamp();
    diesel::insert_into(second_factor_setups::table)
        .values((
            second_factor_setups::person_id.eq(id),
            second_factor_setups::totp_key.eq(key.secret()),
            second_factor_setups::made_at.eq(at),
            second_factor_setups::session_hash.eq(session),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_setup(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    diesel::delete(second_factor_setups::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_setups_before(
    tx: &mut Tx<'_>,
    before: NaiveDateTime,
) -> Result<()> {
    diesel::delete(second_factor_setups::table.filter(second_factor_setups::made_at.lt(before)))
        .execute(&mut **tx)?;
    Ok(())
}

fn delete_codes(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::person_id.eq(id)))
        .execute(&mut **tx)?;
    Ok(())
}

/// These, and none of those before.
pub(in crate::people) fn set_codes(
    tx: &mut Tx<'_>,
    id: &PersonId,
    codes: &[RecoveryCode],
) -> Result<()> {
    delete_codes(tx, id)?;
    let at = tx.stamp();
    for code in codes {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::person_id.eq(id),
                recovery_codes::label.eq(code.label()),
                recovery_codes::code_hash.eq(code.hash.as_str()),
                recovery_codes::made_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The hash of a code that wasn't used.
pub(in crate::people) fn code(
    conn: &mut Conn,
    id: &PersonId,
    label: &str,
) -> Result<Option<String>> {
    let unused = recovery_codes::table
        .find((id, label))
        .filter(recovery_codes::used_at.is_null())
        .select(recovery_codes::code_hash);
    Ok(unused.first(conn).optional()?)
}

/// Notes that this very code was used; false when it was before, or there are others now.
pub(in crate::people) fn take_code(
    tx: &mut Tx<'_>,
    id: &PersonId,
    label: &str,
    hash: &str,
) -> Result<bool> {
    let at = tx.stamp();
    let unused = recovery_codes::table
        .find((id, label))
        .filter(recovery_codes::code_hash.eq(hash))
        .filter(recovery_codes::used_at.is_null());
    let changed = diesel::update(unused).set(recovery_codes::used_at.eq(at)).execute(&mut **tx)?;
    Ok(changed > 0)
}

/// How many codes weren't used.
pub(in crate::people) fn codes_left(conn: &mut Conn, id: &PersonId) -> Result<i64> {
    let unused = recovery_codes::table
        .filter(recovery_codes::person_id.eq(id))
        .filter(recovery_codes::used_at.is_null());
    Ok(unused.count().get_result(conn)?)
}
