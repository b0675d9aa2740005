use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{letter_links, outbox};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::LetterId;

pub(in crate::mailbox) fn insert(tx: &mut Tx<'_>, hash: &str, letter: &LetterId) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(letter_links::table)
        .values((
            letter_links::token_hash.eq(hash),
            letter_links::letter_id.eq(letter),
            letter_links::made_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The cause of the letter that carried it.
pub(in crate::mailbox) fn cause(conn: &mut Conn, hash: &str) -> Result<Option<String>> {
    let letter = letter_links::table
        .find(hash)
        .select(letter_links::letter_id)
        .first::<LetterId>(conn)
        .optional()?;
    let Some(letter) = letter else { return Ok(None) };
    Ok(outbox::table.find(letter).select(outbox::cause_id).first(conn).optional()?)
}

pub(in crate::mailbox) fn sweep(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(letter_links::table.filter(letter_links::made_at.le(before)))
        .execute(&mut **tx)?;
    Ok(())
}
