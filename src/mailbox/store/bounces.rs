use diesel::prelude::*;

use crate::db::schema::{bounced_addresses, outbox};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::mailbox::{Bounced, LetterState};
use crate::values::{Key, LetterId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = bounced_addresses)]
struct Row {
    address: String,
    letter_id: LetterId,
    customer_id: Option<Key>,
    why: String,
    bounced_at: chrono::NaiveDateTime,
}

impl From<Row> for Bounced {
    fn from(row: Row) -> Self {
        Self {
            address: row.address,
            letter: row.letter_id,
            customer: row.customer_id,
            why: row.why,
            at: as_utc(row.bounced_at),
        }
    }
}

/// Notes that the address takes no mail; false when that is known.
pub(in crate::mailbox) fn flag(
    tx: &mut Tx<'_>,
    address: &str,
    letter: &LetterId,
    customer: Option<Key>,
    why: &str,
) -> Result<bool> {
    if one(tx, address)?.is_some() {
        return Ok(false);
    }
    let at = tx.stamp();
    diesel::insert_into(bounced_addresses::table)
        .values((
            bounced_addresses::address.eq(address),
            bounced_addresses::letter_id.eq(letter),
            bounced_addresses::customer_id.eq(customer),
            bounced_addresses::why.eq(why),
            bounced_addresses::bounced_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(true)
}

pub(in crate::mailbox) fn one(conn: &mut Conn, address: &str) -> Result<Option<Bounced>> {
    let row = bounced_addresses::table.find(address).select(Row::as_select());
    Ok(row.first(conn).optional()?.map(Bounced::from))
}

pub(in crate::mailbox) fn all(conn: &mut Conn, limit: i64) -> Result<Vec<Bounced>> {
    let rows = bounced_addresses::table
        .order((bounced_addresses::bounced_at.desc(), bounced_addresses::address))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Bounced::from).collect())
}

/// Those nobody was told of, oldest first.
pub(in crate::mailbox) fn untold(conn: &mut Conn, limit: i64) -> Result<Vec<Bounced>> {
    let rows = bounced_addresses::table
        .filter(bounced_addresses::told_at.is_null())
        .order((bounced_addresses::bounced_at, bounced_addresses::address))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Bounced::from).collect())
}

pub(in crate::mailbox) fn mark_told(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    let at = tx.stamp();
    diesel::update(bounced_addresses::table.find(address))
        .set(bounced_addresses::told_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::mailbox) fn release(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    diesel::delete(bounced_addresses::table.find(address)).execute(&mut **tx)?;
    Ok(())
}

/// How many letters wait for the address to be mended.
pub(in crate::mailbox) fn waiting(conn: &mut Conn, address: &str) -> Result<i64> {
    let held = outbox::table
        .filter(outbox::to_address.eq(address))
        .filter(outbox::state.eq(LetterState::Queued));
    Ok(held.count().get_result(conn)?)
}
