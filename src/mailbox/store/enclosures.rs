use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Row;
use crate::db::schema::{outbox, refused_enclosures};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::mailbox::LeftOut;
use crate::values::{Key, LetterId};

/// Lets the letter go again at once without what it enclosed, and notes why.
pub(in crate::mailbox) fn leave_out(tx: &mut Tx<'_>, row: &Row, why: &str) -> Result<()> {
    let at = tx.stamp();
    let encloses = row.encloses.as_deref();
    let encloses = encloses.ok_or_else(|| Error::internal("a letter that encloses nothing"))?;
    diesel::update(outbox::table.find(&row.id))
        .set((
            outbox::encloses.eq(None::<String>),
            outbox::next_try_at.eq(at),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
            outbox::last_error.eq(why),
        ))
        .execute(&mut **tx)?;
    // A copy sent again on request may be refused once more.
    diesel::delete(refused_enclosures::table.find(&row.id)).execute(&mut **tx)?;
    diesel::insert_into(refused_enclosures::table)
        .values((
            refused_enclosures::letter_id.eq(&row.id),
            refused_enclosures::encloses.eq(encloses),
            refused_enclosures::why.eq(why),
            refused_enclosures::refused_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

type Columns = (
    outbox::id,
    outbox::to_address,
    outbox::cause_id,
    outbox::customer_id,
    refused_enclosures::why,
    refused_enclosures::refused_at,
);
const COLUMNS: Columns = (
    outbox::id,
    outbox::to_address,
    outbox::cause_id,
    outbox::customer_id,
    refused_enclosures::why,
    refused_enclosures::refused_at,
);
type Found = (LetterId, String, String, Option<Key>, String, NaiveDateTime);

fn left_out((letter, to, cause_id, customer, why, at): Found) -> LeftOut {
    LeftOut { letter, to, cause_id, customer, why, at: as_utc(at) }
}

pub(in crate::mailbox) fn one(conn: &mut Conn, letter: &LetterId) -> Result<Option<LeftOut>> {
    let found = refused_enclosures::table
        .inner_join(outbox::table)
        .filter(refused_enclosures::letter_id.eq(letter))
        .select(COLUMNS)
        .first::<Found>(conn)
        .optional()?;
    Ok(found.map(left_out))
}

pub(in crate::mailbox) fn untold(conn: &mut Conn, limit: i64) -> Result<Vec<LeftOut>> {
    let found = refused_enclosures::table
        .inner_join(outbox::table)
        .filter(refused_enclosures::told_at.is_null())
        .order((refused_enclosures::refused_at, refused_enclosures::letter_id))
        .limit(limit)
        .select(COLUMNS)
        .load::<Found>(conn)?;
    Ok(found.into_iter().map(left_out).collect())
}

pub(in crate::mailbox) fn mark_told(tx: &mut Tx<'_>, letter: &LetterId) -> Result<()> {
    let at = tx.stamp();
    diesel::update(refused_enclosures::table.find(letter))
        .set(refused_enclosures::told_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}
