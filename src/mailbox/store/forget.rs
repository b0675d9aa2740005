//! Taking an address out of the outbox, when the person behind it is erased.

use diesel::prelude::*;

use crate::db::schema::{bounced_addresses, outbox};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::rules::{LetterState, domain};

/// Nothing waits for the old address any more.
pub(in crate::mailbox) fn address(tx: &mut Tx<'_>, old: &str, new: &str) -> Result<()> {
    diesel::update(
        outbox::table
            .filter(outbox::to_address.eq(old))
            .filter(outbox::state.eq_any(vec![LetterState::Queued, LetterState::Failed])),
    )
    .set(outbox::state.eq(LetterState::Shown))
    .execute(&mut **tx)?;
    diesel::update(outbox::table.filter(outbox::to_address.eq(old)))
        .set((
            outbox::to_address.eq(new),
            outbox::domain.eq(domain(new)),
            outbox::last_error.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    diesel::delete(bounced_addresses::table.find(old)).execute(&mut **tx)?;
    Ok(())
}

/// The address of the letters that this cause posted to somebody else than the one given, and that
/// left or were given up.
pub(in crate::mailbox) fn gone_to(
    conn: &mut Conn,
    cause: &str,
    but: &str,
) -> Result<Option<String>> {
    Ok(outbox::table
        .filter(outbox::cause_id.eq(cause))
        .filter(outbox::to_address.ne(but))
        .filter(outbox::state.ne(LetterState::Queued))
        .select(outbox::to_address)
        .first(conn)
        .optional()?)
}
