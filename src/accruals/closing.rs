//! Closing a period: what was estimated becomes earned, and payable.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::rules::Plan;
use super::store::{self, Row};
use crate::audit;
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::expiry::{self, Closed};
use crate::ledger::{self, Cause, Entry, Movement};
use crate::policies::{self, Chain, Governing, Version};
use crate::values::{Actor, Money, Period, PolicyId, Text};

/// What closing a period did for one policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    pub policy: String,
    /// How many accruals became earned.
    pub accruals: usize,
    pub earned: Money,
}

/// Closes an ended period for one policy or for every policy with periods of that kind, after
/// bringing its accruals up to date. A policy whose period is closed already is left alone.
///
/// # Errors
/// The period hasn't ended, or its days of grace haven't; no policy has such periods.
pub fn close(db: &Db, actor: &Actor, period: Period, only: Option<&str>) -> Result<Vec<Closing>> {
    let versions = db.read(|conn| to_close(conn, period, only))?;
    let today = db.today();
    for version in &versions {
        let from = may_close_from(version, period);
        if from.is_none_or(|from| today < from) {
            return Err(Text::new("accrual-close-too-early")
                .with("policy", &version.code)
                .with("period", period)
                .with("from", from.map_or_else(|| "—".to_owned(), |day| day.to_string()))
                .into());
        }
    }
    super::run(db, actor, today, only)?;
    db.write(actor, |tx| {
        versions
            .iter()
            .map(|version| close_one(tx, version, period))
            .filter_map(Result::transpose)
            .collect()
    })
}

/// The first day on which the period may be closed: after its end and the days of grace.
fn may_close_from(version: &Version, period: Period) -> Option<NaiveDate> {
    let last = match period.days() {
        Some((_, last)) => last,
        None => version.last_day()?,
    };
    let grace = u64::from(version.terms.grace_days);
    last.checked_add_days(Days::new(grace + 1))
}

/// The version that governs the period, of each policy that has such a period.
fn to_close(conn: &mut Conn, period: Period, only: Option<&str>) -> Result<Vec<Version>> {
    let versions: Vec<Version> = policies::chains(conn)?
        .into_iter()
        .filter(|chain| only.is_none_or(|code| chain.code == code))
        .filter_map(|chain| governing(chain, period))
        .collect();
    if versions.is_empty() {
        return Err(Text::new("accrual-close-no-policy").with("period", period).into());
    }
    Ok(versions)
}

fn governing(chain: Chain, period: Period) -> Option<Version> {
    let no_products = HashMap::new();
    let governs = |one: &Governing| Plan::governing(one, &no_products).days(period).is_some();
    chain.versions.into_iter().find(governs).map(|one| one.version)
}

fn close_one(tx: &mut Tx<'_>, version: &Version, period: Period) -> Result<Option<Closing>> {
    if closed_periods(tx, &version.policy_id)?.contains_key(&period) {
        return Ok(None);
    }
    let rows = store::open_rows(tx, &version.policy_id, period)?;
    let today = tx.today();
    let entries = rows
        .iter()
        .filter(|row| row.rebate_minor != 0)
        .map(|row| closing_entry(row, version, period, today))
        .collect();
    let posted = ledger::post_all(tx, entries)?;
    let earning = rows.iter().filter(|row| row.rebate_minor != 0);
    let closed = earning.zip(posted).map(|(row, entry)| Closed {
        entry,
        accrual: row.id.clone(),
        customer: row.customer_id,
        amount: row.rebate_minor,
    });
    expiry::made_available(tx, version, period, closed.collect())?;
    store::mark_closed(tx, &version.policy_id, period)?;
    let earned = rows.iter().map(|row| row.rebate_minor).sum();
    let object = format!("{}/{period}", version.code);
    audit::record(
        tx,
        audit::Event {
            action: "period.closed",
            object: ("period", &object),
            ..audit::Event::default()
        },
    )?;
    Ok(Some(Closing {
        policy: version.code.clone(),
        accruals: rows.len(),
        earned: Money::new(earned, version.terms.currency),
    }))
}

/// Counts for the period's last day, so that the statement of the period shows it as earned.
fn closing_entry(row: &Row, version: &Version, period: Period, today: NaiveDate) -> Entry {
    Entry {
        cause: Cause::Close,
        cause_id: row.id.to_string(),
        policy: Some(row.policy_id.clone()),
        customer: row.customer_id,
        currency: row.currency,
        effective: row.last_day.min(today),
        period: period.to_string(),
        prior_period: None,
        reference: version.code.clone(),
        reason: format!("{period} closed"),
        legs: Movement::Close.legs(row.customer_id, row.rebate_minor),
    }
}

/// The closed periods of a policy, and since when.
pub fn closed_periods(
    conn: &mut Conn,
    policy: &PolicyId,
) -> Result<HashMap<Period, NaiveDateTime>> {
    store::closed_periods(conn, policy)
}
