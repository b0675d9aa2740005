//! A corrected statement: a new version of the whole, that says what differs and why. The old one
//! stays as it was, readable and marked; the customer answers the new one.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::changes::{Change, Correction, compare};
use super::content::{Content, ExcludedLines};
use super::issue::{Making, OpenDisputes, compose as compose_account, corrected_number};
use super::material::{Account, Material};
use super::store::{self, timers};
use super::{Statement, letters};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Posted};
use crate::policies::Shelf;
use crate::values::{Currency, Key, Problem, StatementId, Text};

/// Longest reason, in characters.
const LONGEST: usize = 500;

/// Issues a corrected version in the place of the statement: the same period with everything the
/// ledger knows of it by now.
///
/// # Errors
/// Another version took its place already; a later statement carries on from it, so that the
/// correction belongs on the next one; nothing differs; the reason is missing or too long.
pub fn correct(
    tx: &mut Tx<'_>,
    id: &StatementId,
    reason: &str,
    days: u32,
    disputes: OpenDisputes<'_>,
) -> Result<StatementId> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        let text = Text::new("statement-correction-reason").with("most", LONGEST);
        return Err(Error::Invalid(vec![Problem::new("reason", text)]));
    }
    let old = super::one(tx, id)?;
    let making = making(&old, reason, days, disputes);
    let (mut content, ahead, changes) = compose(tx, &making, &old)?;
    if !changes.iter().any(Change::counts) {
        return Err(Text::new("statement-nothing-changed").with("number", &old.number).into());
    }
    let (corrects, why) = (old.number.clone(), reason.to_owned());
    content.correction = Some(Correction { corrects, reason: why, changes });
    let (material, account) = ahead;
    let new = making.freeze_corrected(tx, &material, &account, content)?;
    if !store::supersede(tx, &old.id, &new)? {
        return Err(Error::Duplicate);
    }
    timers::stop(tx, &old.id)?;
    let corrected = super::one(tx, &new)?;
    letters::announce(tx, &corrected, corrected.id.as_str())?;
    Ok(new)
}

/// In what a corrected version of the statement would differ by now; nothing is issued.
///
/// # Errors
/// As for [`correct`], but that nothing differs is no error.
pub fn what_changed(
    tx: &mut Tx<'_>,
    id: &StatementId,
    days: u32,
    disputes: OpenDisputes<'_>,
) -> Result<Vec<Change>> {
    let old = super::one(tx, id)?;
    let (_, _, changes) = compose(tx, &making(&old, "", days, disputes), &old)?;
    Ok(changes)
}

fn making<'a>(
    old: &'a Statement,
    reason: &'a str,
    days: u32,
    disputes: OpenDisputes<'a>,
) -> Making<'a> {
    Making {
        period: old.period,
        last_day: old.content.last_day,
        days,
        disputes,
        beside: None,
        corrects: Some((old, reason)),
    }
}

/// The content by now; what it is made of and the entries no version carries yet; what differs.
fn compose(
    tx: &mut Tx<'_>,
    making: &Making<'_>,
    old: &Statement,
) -> Result<(Content, (Material, Account), Vec<Change>)> {
    let number = &old.number;
    if old.superseded_by.is_some() {
        return Err(Text::new("statement-superseded").with("number", number).into());
    }
    let day_after = old.content.last_day.succ_opt().unwrap_or(old.content.last_day);
    if store::exists(tx, old.customer, day_after, old.currency)? {
        return Err(Text::new("statement-not-latest").with("number", number).into());
    }
    let versions = store::versions(tx, old.customer, old.currency, old.content.last_day)?;
    let unstated = ledger::unstated(tx, old.customer, old.currency, old.content.last_day)?;
    let mut entries = ledger::stated_on(tx, &versions)?;
    entries.extend(unstated.iter().cloned());
    entries.sort_by_key(|entry| entry.number);
    let mut account = Account { customer: old.customer, currency: old.currency, entries };
    let mut shelf = Shelf::default();
    let material = Material::read(tx, making, &mut shelf, std::slice::from_ref(&account))?;
    let number = corrected_number(old);
    let mut content = compose_account(tx, &shelf, &material, &account, number)?;
    keep_untouched(&mut content, &old.content, &unstated);
    let changes = compare(&old.content, &content);
    account.entries = unstated;
    Ok((content, (material, account), changes))
}

/// An accrual that nothing was booked on since says what it said then. The year it belongs to may
/// have gone on meanwhile; that is of the next statement, not of this one.
fn keep_untouched(content: &mut Content, old: &Content, unstated: &[Posted]) {
    let of_accruals = |entry: &&Posted| matches!(entry.cause, Cause::Accrual | Cause::Close);
    let touched: HashSet<&str> =
        unstated.iter().filter(of_accruals).map(|entry| entry.cause_id.as_str()).collect();
    for line in &mut content.accruals {
        let before = old.accruals.iter().find(|before| before.accrual == line.accrual);
        if let Some(before) = before.filter(|_| !touched.contains(line.accrual.as_str())) {
            line.clone_from(before);
        }
    }
    let is_touched = |line: &ExcludedLines| touched.contains(line.accrual.as_str());
    content.excluded.retain(is_touched);
    content.excluded.extend(old.excluded.iter().filter(|line| !is_touched(line)).cloned());
    content
        .excluded
        .sort_by(|a, b| (&a.policy, a.period, &a.reason).cmp(&(&b.policy, b.period, &b.reason)));
}

/// The versions of every statement, to be asked about each of them: for `openrebate verify`.
pub(super) struct Versions<'a> {
    all: HashMap<(Key, Currency, NaiveDate, i32), &'a Statement>,
}

impl<'a> Versions<'a> {
    pub fn of(all: &'a [Statement]) -> Self {
        let key = |one: &Statement| (one.customer, one.currency, one.content.last_day, one.version);
        Self { all: all.iter().map(|one| (key(one), one)).collect() }
    }

    /// What is wrong with the statement's place among its versions.
    pub fn flaw(&self, one: &Statement) -> Option<&'static str> {
        let version = |number: i32| {
            self.all.get(&(one.customer, one.currency, one.content.last_day, number)).copied()
        };
        let later = version(one.version + 1).map(|later| &later.id);
        if one.superseded_by.as_ref() != later {
            return Some("it doesn't name the version that took its place");
        }
        let corrects = one.content.correction.as_ref().map(|c| c.corrects.as_str());
        let before = version(one.version - 1).map(|before| before.number.as_str());
        (corrects != before).then_some("it doesn't name the version it corrects")
    }
}

/// All versions of the statement, the first one first.
pub fn versions(conn: &mut Conn, statement: &Statement) -> Result<Vec<Statement>> {
    let last_day = statement.content.last_day;
    store::versions(conn, statement.customer, statement.currency, last_day)?
        .iter()
        .map(|id| super::one(conn, id))
        .collect()
}
