//! Taking letters, and keeping them.

use super::CLAIM;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::store::holds::{self, Hold, RELAY};
use crate::mailbox::store::{self, Row};
use crate::mailbox::{Transport, is_optional, links, unsubscribe};
use crate::values::LetterId;

/// A letter that is ours to send.
pub(super) struct Claimed {
    pub row: Row,
    /// Of its way out of such letters, for those one may do without.
    pub token: Option<String>,
    /// What its button's address ends in, for those that open something.
    pub secret: Option<String>,
}

/// Takes up to so many letters, those that have waited longest, but none for the domains named.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    transport: &dyn Transport,
    most: usize,
    but: &[String],
) -> Result<Vec<Claimed>> {
    let (now, until) = (tx.stamp(), (tx.at() + CLAIM).naive_utc());
    let mut held = holds::at(tx, now)?;
    if held.iter().any(|place| place == RELAY) {
        return Ok(Vec::new());
    }
    held.extend_from_slice(but);
    let mut claimed = Vec::new();
    loop {
        let wanted = most - claimed.len();
        let mut rows = store::due(tx, now, &held, wanted)?;
        let exhausted = rows.len() < wanted;
        let mut paced = Vec::new();
        rows.retain(|row| {
            let pace = transport.pace(&row.domain);
            let first = pace.is_none() || !paced.iter().any(|(place, _)| *place == row.domain);
            if let (true, Some(pace)) = (first, pace) {
                paced.push((row.domain.clone(), pace));
            }
            first
        });
        for (place, pace) in paced {
            held.push(place.clone());
            let until = (tx.at() + pace).naive_utc();
            holds::set(tx, &Hold { place, failures: 0, since: now, until, why: None })?;
        }
        let ids: Vec<&LetterId> = rows.iter().map(|row| &row.id).collect();
        store::claim(tx, &ids, until)?;
        for row in rows {
            let token = match is_optional(&row.kind) {
                true => Some(unsubscribe::token(tx, &row.id)?),
                false => None,
            };
            let secret = links::secret(tx, &row)?;
            claimed.push(Claimed { row, token, secret });
        }
        if exhausted || claimed.len() >= most {
            return Ok(claimed);
        }
    }
}
