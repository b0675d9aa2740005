//! What is waiting and what failed, by the domain it is for.

use chrono::{DateTime, Utc};

use super::{send_again, store};
use crate::db::{Conn, Tx};
use crate::error::Result;

/// Letters to one domain that haven't left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainMail {
    pub domain: String,
    pub waiting: i64,
    pub failed: i64,
    /// When the one that waits longest was written.
    pub oldest: Option<DateTime<Utc>>,
    /// It just got a letter, and waits for its next by its pace.
    pub held: bool,
}

/// By domain, those with most of them first.
pub fn unsent_by_domain(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<DomainMail>> {
    store::domains::unsent(conn, now.naive_utc())
}

/// Puts failed letters back into the queue, oldest first: those of one domain, or all; says how
/// many.
pub fn send_failed_again(tx: &mut Tx<'_>, domain: Option<&str>, most: i64) -> Result<usize> {
    let failed = store::domains::failed(tx, domain, most)?;
    for id in &failed {
        send_again(tx, id)?;
    }
    Ok(failed.len())
}
