use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::sign_in_failures;
use crate::db::{Conn, Tx};
use crate::error::Result;

pub(in crate::people) fn insert_failure(
    tx: &mut Tx<'_>,
    id: &str,
    email: &str,
    address: &str,
    counted_by: Option<&str>,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::id.eq(id),
            sign_in_failures::email.eq(email),
            sign_in_failures::address.eq(address),
            sign_in_failures::at.eq(at),
            sign_in_failures::counted_by.eq(counted_by),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_failure(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    diesel::delete(sign_in_failures::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn delete_failures_before(
    tx: &mut Tx<'_>,
    before: NaiveDateTime,
) -> Result<()> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::at.lt(before)))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many since then for the account, only those counted by this when it is given, and when the
/// oldest of them was.
pub(in crate::people) fn failures_of_email(
    conn: &mut Conn,
    email: &str,
    counted_by: Option<&str>,
    since: NaiveDateTime,
) -> Result<(i64, Option<NaiveDateTime>)> {
    let mut moments = sign_in_failures::table
        .filter(sign_in_failures::email.eq(email))
        .filter(sign_in_failures::at.gt(since))
        .order(sign_in_failures::at)
        .select(sign_in_failures::at)
        .into_boxed();
    if let Some(own) = counted_by {
        moments = moments.filter(sign_in_failures::counted_by.eq(own.to_owned()));
    }
    Ok(counted(moments.load(conn)?))
}

/// As [`failures_of_email`], for a network address.
pub(in crate::people) fn failures_of_address(
    conn: &mut Conn,
    address: &str,
    since: NaiveDateTime,
) -> Result<(i64, Option<NaiveDateTime>)> {
    let moments = sign_in_failures::table
        .filter(sign_in_failures::address.eq(address))
        .filter(sign_in_failures::at.gt(since))
        .order(sign_in_failures::at)
        .select(sign_in_failures::at)
        .load(conn)?;
    Ok(counted(moments))
}

pub(super) fn counted(moments: Vec<NaiveDateTime>) -> (i64, Option<NaiveDateTime>) {
    (i64::try_from(moments.len()).unwrap_or(i64::MAX), moments.first().copied())
}
