//! Letters to somebody who is erased: they stay as what was written, to an address that is nobody's.

use super::store;
use crate::db::{Conn, Tx};
use crate::error::Result;

/// Puts the new address in the place of the old one; what waited for the old one isn't sent.
pub fn forget_address(tx: &mut Tx<'_>, old: &str, new: &str) -> Result<()> {
    store::forget::address(tx, old, new)
}

/// Whether a letter of this cause left for another address than the new one.
pub fn is_gone_to(conn: &mut Conn, cause: &str, new: &str) -> Result<bool> {
    store::forget::is_gone_to(conn, cause, new)
}

/// Puts the new address on the letters of this cause that have left; others to the old one, which
/// may be somebody else's by now, stay as they are.
pub fn forget_letters(tx: &mut Tx<'_>, cause: &str, new: &str) -> Result<()> {
    store::forget::of_cause(tx, cause, new)
}
