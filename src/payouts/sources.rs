//! What there is to pay, and in which order.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::rules::{self, Source};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::expiry;
use crate::policies;
use crate::values::{AccrualId, Key, PolicyId};

/// What a customer's balance comes from: what expires first, then what never does, oldest first;
/// [`Source::exclusion`] says why one isn't paid now. What disputes and payouts hold back on top of
/// that, [`crate::ledger::reserves`] says.
pub fn payable_sources(conn: &mut Conn, customer: Key) -> Result<Vec<Source>> {
    let mut sources = store::sources(conn, customer)?;
    // What expires first is paid first.
    let last_days = expiry::last_days(conn, customer)?;
    sources.sort_by_key(|source| {
        let last = last_days.get(&AccrualId::from_text(&source.cause_id)).copied();
        last.unwrap_or(NaiveDate::MAX)
    });
    let mut minimums = HashMap::new();
    for source in &sources {
        let Some(policy) = source.policy.as_ref().filter(|p| !minimums.contains_key(*p)) else {
            continue;
        };
        minimums.insert(policy.clone(), minimum(conn, policy)?);
    }
    rules::hold_below_minimum(&mut sources, |policy| minimums.get(policy).copied().flatten());
    Ok(sources)
}

/// The least the policy pays out, in minor units; what was taken back keeps nothing waiting.
fn minimum(conn: &mut Conn, policy: &PolicyId) -> Result<Option<i64>> {
    match policies::by_id(conn, policy) {
        Ok(version) => {
            let terms = version.terms;
            Ok(terms.reward.minimum_payout.map(|least| terms.money(least).minor))
        }
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}
