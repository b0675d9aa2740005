//! Letters whose button opens something to whoever holds them: an invitation, a new password.
//!
//! The outbox never has the secret. A letter waits there with [`SECRET`] in its place; whoever takes
//! it to send it makes one, of which only the hash is kept, and puts it into what leaves. So neither
//! the database, nor a backup, nor a colleague who reads the letter in the portal can open anything.
//! Each try of a letter carries a secret of its own, and all of them open the same: a server that
//! took the letter and said nothing left its reader with one that works.

use super::Outgoing;
use super::store::{self, Row};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::fingerprint;

/// What stands in a letter's address until the letter leaves.
pub(super) const SECRET: &str = "~made-when-it-leaves~";

/// A secret for one try of the letter, if its address ends in one.
pub(super) fn secret(tx: &mut Tx<'_>, row: &Row) -> Result<Option<String>> {
    if !row.text_body.contains(SECRET) {
        return Ok(None);
    }
    let secret = format!("{:032x}", rand::random::<u128>());
    store::links::insert(tx, &fingerprint(secret.as_bytes()), &row.id)?;
    Ok(Some(secret))
}

/// Puts the secret where it belongs.
pub(super) fn tell(letter: &mut Outgoing, secret: &str) {
    letter.text = letter.text.replace(SECRET, secret);
    letter.html = letter.html.replace(SECRET, secret);
}

/// The cause of the letter that carried the secret, which is what it opens; None for one that no
/// letter carried.
pub fn opened_by(conn: &mut Conn, secret: &str) -> Result<Option<String>> {
    store::links::cause(conn, &fingerprint(secret.as_bytes()))
}
