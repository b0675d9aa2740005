use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::reset_asks;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::Language;

/// Somebody's ask for a new password.
#[derive(Queryable, Selectable)]
#[diesel(table_name = reset_asks)]
pub(in crate::people) struct Ask {
    pub id: String,
    pub email: String,
    pub address: String,
    pub language: Language,
}

pub(in crate::people) fn is_known(conn: &mut Conn, id: &str) -> Result<bool> {
    let row = reset_asks::table.find(id).select(reset_asks::id);
    Ok(row.first::<String>(conn).optional()?.is_some())
}

pub(in crate::people) fn insert(tx: &mut Tx<'_>, ask: &Ask) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(reset_asks::table)
        .values((
            reset_asks::id.eq(&ask.id),
            reset_asks::email.eq(&ask.email),
            reset_asks::address.eq(&ask.address),
            reset_asks::language.eq(ask.language),
            reset_asks::asked_at.eq(at),
            reset_asks::sent.eq(false),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many came from the network address since then, and when the oldest of them did.
pub(in crate::people) fn of_address(
    conn: &mut Conn,
    address: &str,
    since: NaiveDateTime,
) -> Result<(i64, Option<NaiveDateTime>)> {
    let moments = reset_asks::table
        .filter(reset_asks::address.eq(address))
        .filter(reset_asks::asked_at.gt(since))
        .order(reset_asks::asked_at)
        .select(reset_asks::asked_at)
        .load(conn)?;
    Ok(super::failures::counted(moments))
}

/// How many for the account were answered with a letter since then.
pub(in crate::people) fn sent_to(
    conn: &mut Conn,
    email: &str,
    since: NaiveDateTime,
) -> Result<i64> {
    let sent = reset_asks::table
        .filter(reset_asks::email.eq(email))
        .filter(reset_asks::sent.eq(true))
        .filter(reset_asks::asked_at.gt(since));
    Ok(sent.count().get_result(conn)?)
}

/// Those nobody answered yet, the oldest first.
pub(in crate::people) fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Ask>> {
    let open = reset_asks::table
        .filter(reset_asks::answered_at.is_null())
        .order((reset_asks::asked_at, reset_asks::id))
        .limit(limit);
    Ok(open.select(Ask::as_select()).load(conn)?)
}

pub(in crate::people) fn answered(tx: &mut Tx<'_>, id: &str, sent: bool) -> Result<()> {
    let at = tx.stamp();
    diesel::update(reset_asks::table.find(id))
        .set((reset_asks::answered_at.eq(at), reset_asks::sent.eq(sent)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn sweep(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(reset_asks::table.filter(reset_asks::asked_at.lt(before))).execute(&mut **tx)?;
    Ok(())
}
