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

/// Whether this cause posted a letter to another address that left or was given up.
pub(in crate::mailbox) fn is_gone_to(conn: &mut Conn, cause: &str, new: &str) -> Result<bool> {
    let gone = outbox::table
        .filter(outbox::cause_id.eq(cause))
        .filter(outbox::to_address.ne(new))
        .filter(outbox::state.ne(LetterState::Queued));
    Ok(diesel::select(diesel::dsl::exists(gone)).get_result(conn)?)
}

pub(in crate::mailbox) fn of_cause(tx: &mut Tx<'_>, cause: &str, new: &str) -> Result<()> {
    let gone = outbox::table
        .filter(outbox::cause_id.eq(cause))
        .filter(outbox::to_address.ne(new))
        .filter(outbox::state.ne(LetterState::Queued));
    diesel::update(gone)
        .set((
            outbox::to_address.eq(new),
            outbox::domain.eq(domain(new)),
            outbox::last_error.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
