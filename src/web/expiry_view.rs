//! What expires of a balance, as pages show it to the customer and to staff.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::Page;
use crate::db::Conn;
use crate::error::Result;
use crate::expiry::{Next, Standing};
use crate::policies::{Shelf, Version};
use crate::values::{Money, VersionId};

/// How far ahead the first pages say it.
pub(super) const SOON_DAYS: u64 = 90;

/// A part of what a closing made available for a time.
pub(super) struct ExpiringRow {
    /// The closing's entry.
    pub id: String,
    pub accrual: String,
    pub programme: String,
    pub period: String,
    pub available_on: String,
    /// The day at whose end it expires; None while it is on hold.
    pub due: Option<String>,
    pub amount: Money,
}

/// The versions by which lots have their time.
pub(super) fn versions(
    conn: &mut Conn,
    standings: &[Standing],
) -> Result<HashMap<VersionId, Version>> {
    let mut shelf = Shelf::default();
    shelf.bring(conn, standings.iter().map(|one| &one.lot.version))?;
    let ids = standings.iter().map(|one| &one.lot.version);
    ids.map(|id| Ok((id.clone(), shelf.version(id)?.clone()))).collect()
}

fn row(
    one: &Standing,
    due: Option<NaiveDate>,
    minor: i64,
    versions: &HashMap<VersionId, Version>,
    page: &Page,
) -> ExpiringRow {
    let name = versions.get(&one.lot.version).map(|version| &version.terms.name);
    ExpiringRow {
        id: one.lot.entry.to_string(),
        accrual: one.lot.accrual.to_string(),
        programme: name
            .map_or_else(String::new, |name| name.in_language(page.language()).to_owned()),
        period: page.period(&one.lot.period),
        available_on: page.date(&one.lot.available_on),
        due: due.map(|day| page.date(&day)),
        amount: one.money(minor),
    }
}

/// What is left of the lots, what expires first at first, and what is held at last.
pub(super) fn expiring(
    standings: &[Standing],
    versions: &HashMap<VersionId, Version>,
    page: &Page,
) -> Vec<ExpiringRow> {
    let parts = standings.iter().flat_map(|one| {
        let due = one.parts.iter().map(|part| (Some(part.due), part.amount));
        let held = (one.held > 0).then_some((None, one.held));
        due.chain(held).map(move |(due, amount)| (due.unwrap_or(NaiveDate::MAX), due, one, amount))
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|(at, ..)| *at);
    parts.into_iter().map(|(_, due, one, amount)| row(one, due, amount, versions, page)).collect()
}

/// What expired of the lots, the latest first.
pub(super) fn expired(
    standings: &[Standing],
    versions: &HashMap<VersionId, Version>,
    page: &Page,
) -> Vec<ExpiringRow> {
    let gone = standings.iter().rev().filter(|one| one.expired() > 0);
    gone.map(|one| row(one, one.expired_on(), one.expired(), versions, page)).collect()
}

/// `¥120.00 of it expires on 31 Dec 2026`.
pub(super) fn said(next: &Next, page: &Page) -> String {
    page.t2("expiring-next", "amount", next.amount.shown(), "day", page.date(&next.due))
}
