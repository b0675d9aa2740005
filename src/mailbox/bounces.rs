//! Addresses that take no mail: noted once, told to whoever looks after the customer, and left in
//! peace until somebody says that they are right again.

use chrono::{DateTime, Utc};

use super::report::Report;
use super::rules::one_line;
use super::{LetterState, Posted, store};
use crate::audit::{self, Event};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Key, LetterId};

/// An address that takes no mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounced {
    pub address: String,
    /// The letter that showed it.
    pub letter: LetterId,
    pub customer: Option<Key>,
    /// What the mail server said.
    pub why: String,
    pub at: DateTime<Utc>,
}

pub(super) fn flag(tx: &mut Tx<'_>, letter: &Posted, why: &str) -> Result<()> {
    if !store::bounces::flag(tx, &letter.to, &letter.id, letter.customer, why)? {
        return Ok(());
    }
    audit::record(
        tx,
        Event {
            action: "address.bounced",
            object: ("address", &letter.to),
            customer: letter.customer,
            reason: Some(why),
            ..Event::default()
        },
    )
}

/// Notes what a mail server reported of a letter that had left; false when it is about none of
/// ours, or only of a delay. A report that names another reader than the letter had is nobody's.
pub(super) fn reported(tx: &mut Tx<'_>, report: &Report) -> Result<bool> {
    let Some(letter) = store::by_message_id(tx, &report.message_id)? else { return Ok(false) };
    let of_its_reader = report.recipients.iter().any(|one| one.eq_ignore_ascii_case(&letter.to));
    if !report.failed || !of_its_reader {
        return Ok(false);
    }
    let why = one_line(&format!("bounced: {}", report.why), 500);
    if letter.state != LetterState::Failed {
        store::mark_failed(tx, &letter.id, &why)?;
        audit::record(
            tx,
            Event {
                action: "letter.bounced",
                object: ("letter", letter.id.as_str()),
                customer: letter.customer,
                reason: Some(&why),
                ..Event::default()
            },
        )?;
    }
    if report.gone {
        flag(tx, &letter, &why)?;
    }
    Ok(true)
}

/// The bounce of the address, if there was one.
pub fn bounce_of(conn: &mut Conn, address: &str) -> Result<Option<Bounced>> {
    store::bounces::one(conn, address)
}

/// Addresses that take no mail, newest first.
pub fn bounces(conn: &mut Conn, limit: i64) -> Result<Vec<Bounced>> {
    store::bounces::all(conn, limit)
}

/// Those nobody was told of yet.
pub fn untold_bounces(conn: &mut Conn, limit: i64) -> Result<Vec<Bounced>> {
    store::bounces::untold(conn, limit)
}

/// Notes that they were told.
pub fn mark_told(tx: &mut Tx<'_>, bounced: &Bounced) -> Result<()> {
    store::bounces::mark_told(tx, &bounced.address)
}

/// How many letters wait for the address to be mended.
pub fn waiting_for(conn: &mut Conn, address: &str) -> Result<i64> {
    store::bounces::waiting(conn, address)
}

/// The address takes mail again: what waited for it leaves.
///
/// # Errors
/// It isn't noted as one that doesn't.
pub fn release(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    let bounced = store::bounces::one(tx, address)?.ok_or(Error::NotFound)?;
    store::bounces::release(tx, address)?;
    audit::record(
        tx,
        Event {
            action: "address.released",
            object: ("address", address),
            customer: bounced.customer,
            ..Event::default()
        },
    )
}
