//! Ending letters one may do without from the mail program itself (RFC 8058): every such letter
//! carries an address of its own, and a post to it needs no session. Whoever has the letter can
//! end its kind for its reader, and nothing else.

use chrono::{DateTime, TimeDelta, Utc};

use super::store;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::{LetterId, fingerprint};

/// How long the address in a letter works.
const KEPT: TimeDelta = TimeDelta::days(180);

/// What a letter's address ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribing {
    pub kind: String,
    /// Whom the letter was to.
    pub to: String,
}

/// A secret for one try of one letter; only its hash is kept.
pub(super) fn token(tx: &mut Tx<'_>, letter: &LetterId) -> Result<String> {
    let token = format!("{:032x}", rand::random::<u128>());
    store::unsubscribe::insert(tx, &fingerprint(token.as_bytes()), letter)?;
    Ok(token)
}

/// What the token ends; None for one that no letter carried, or that is too old.
pub fn unsubscribing(
    conn: &mut Conn,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Unsubscribing>> {
    let after = (now - KEPT).naive_utc();
    let found = store::unsubscribe::find(conn, &fingerprint(token.as_bytes()), after)?;
    Ok(found.map(|(kind, to)| Unsubscribing { kind, to }))
}

/// Forgets the tokens that work no longer.
pub fn sweep_tokens(tx: &mut Tx<'_>) -> Result<()> {
    let before = (tx.at() - KEPT).naive_utc();
    store::unsubscribe::sweep(tx, before)?;
    store::links::sweep(tx, before)
}
