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
    Ok(store::forget::gone_to(conn, cause, new)?.is_some())
}

/// As [`forget_address`], for the address that letters of this cause left for.
pub fn forget_letters(tx: &mut Tx<'_>, cause: &str, new: &str) -> Result<()> {
    match store::forget::gone_to(tx, cause, new)? {
        Some(old) => store::forget::address(tx, &old, new),
        None => Ok(()),
    }
}
