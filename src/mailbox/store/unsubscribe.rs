use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{outbox, unsubscribe_tokens};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::LetterId;

pub(in crate::mailbox) fn insert(tx: &mut Tx<'_>, hash: &str, letter: &LetterId) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(unsubscribe_tokens::table)
        .values((
            unsubscribe_tokens::token_hash.eq(hash),
            unsubscribe_tokens::letter_id.eq(letter),
            unsubscribe_tokens::made_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Kind and address of the letter that carried it.
pub(in crate::mailbox) fn find(
    conn: &mut Conn,
    hash: &str,
    after: NaiveDateTime,
) -> Result<Option<(String, String)>> {
    let letter = unsubscribe_tokens::table
        .find(hash)
        .filter(unsubscribe_tokens::made_at.gt(after))
        .select(unsubscribe_tokens::letter_id)
        .first::<LetterId>(conn)
        .optional()?;
    let Some(letter) = letter else { return Ok(None) };
    let found = outbox::table.find(letter).select((outbox::kind, outbox::to_address));
    Ok(found.first(conn).optional()?)
}

pub(in crate::mailbox) fn sweep(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    let old = unsubscribe_tokens::table.filter(unsubscribe_tokens::made_at.le(before));
    diesel::delete(old).execute(&mut **tx)?;
    Ok(())
}
