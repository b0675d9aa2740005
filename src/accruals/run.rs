//! An accrual run: finds what new lines touched, computes it, books the differences.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::compute::{self, BATCH, Work};
use super::rules::Calculation;
use super::store::{self, Computed, Mark, Row};
use super::{Status, closed_periods};
use crate::audit;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Entry, Movement};
use crate::policies::{self, Version};
use crate::sales;
use crate::values::{
    AccrualId, Actor, Currency, FIRST_DAY, Fingerprint, Key, Money, Period, RunId, Text,
};

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReport {
    pub as_of: NaiveDate,
    /// Policies in force that were looked at.
    pub policies: i64,
    /// Customers and periods that were computed again.
    pub customers: i64,
    pub periods: i64,
    /// Accruals whose rebate changed.
    pub changed: i64,
    /// The sum of the differences booked, for each currency.
    pub deltas: Vec<Money>,
}

/// Brings accruals up to date with the lines dated up to `as_of`, for one policy or all. Books in
/// writes of a few hundred customers each: a run that is killed goes on where it stopped, because
/// what is booked already differs by nothing. A run never takes back what a later one saw: as of
/// an earlier day it only adds lines that came in since, up to the later day.
///
/// # Errors
/// There is no such policy, the day lies ahead, or the database is away.
pub fn run(db: &Db, actor: &Actor, as_of: NaiveDate, only: Option<&str>) -> Result<RunReport> {
    let today = db.today();
    if as_of > today {
        let text = Text::new("accrual-as-of-ahead").with("as_of", as_of).with("today", today);
        return Err(text.into());
    }
    let (versions, products, head) = db.read(|conn| {
        Ok((versions(conn, only)?, compute::products(conn)?, sales::touched_head(conn)?))
    })?;
    let work = db.read(|conn| {
        let mut all = Vec::with_capacity(versions.len());
        for version in &versions {
            let mark = store::mark(conn, &version.id)?;
            let as_of = mark.map_or(as_of, |mark| mark.as_of.max(as_of));
            let mut work = Work::new(version, &products, as_of);
            find_due(conn, &mut work, mark)?;
            all.push(work);
        }
        Ok(all)
    })?;
    let run_id = RunId::new();
    let mut report = RunReport {
        as_of,
        policies: i64::try_from(versions.len()).map_err(Error::internal)?,
        customers: 0,
        periods: 0,
        changed: 0,
        deltas: Vec::new(),
    };
    let mut deltas = BTreeMap::new();
    for batch in compute::customers_due(&work).chunks(BATCH) {
        let booked = db.write(actor, |tx| book(tx, &work, batch, &run_id))?;
        report.customers += i64::try_from(batch.len()).map_err(Error::internal)?;
        report.periods += booked.periods;
        report.changed += booked.changed;
        for (currency, delta) in booked.deltas {
            *deltas.entry(currency).or_insert(0) += delta;
        }
    }
    report.deltas = deltas.into_iter().map(|(c, minor)| Money::new(minor, c)).collect();
    db.write(actor, |tx| finish(tx, &run_id, &report, &work, head))?;
    Ok(report)
}

fn versions(conn: &mut Conn, only: Option<&str>) -> Result<Vec<Version>> {
    let mut versions = policies::in_force(conn)?;
    if let Some(code) = only {
        versions.retain(|version| version.code == code);
        if versions.is_empty() {
            return Err(Text::new("accrual-no-such-policy").with("code", code).into());
        }
    }
    Ok(versions)
}

/// What new lines, or the days since the last run, touched; for a version that never ran, all.
fn find_due(conn: &mut Conn, work: &mut Work<'_>, mark: Option<Mark>) -> Result<()> {
    let touched = match mark {
        Some(mark) => sales::touched_since(conn, mark.seq, mark.as_of, work.as_of)?,
        None => {
            // A new version may end what an older one granted.
            for customer in store::customers_with_rows(conn, &work.version.policy_id)? {
                let rows = store::existing(conn, &work.version.policy_id, &[customer])?;
                for (_, period) in rows.into_keys() {
                    if work.plan.days(period).is_some() {
                        work.due.add(customer, period);
                    }
                }
            }
            sales::touched_since(conn, 0, FIRST_DAY, work.as_of)?
        }
    };
    for (customer, month) in touched {
        work.touch(customer, month);
    }
    Ok(())
}

#[derive(Default)]
struct Booked {
    periods: i64,
    changed: i64,
    deltas: BTreeMap<Currency, i64>,
}

/// Computes a batch of customers and books the differences, in one write.
fn book(tx: &mut Tx<'_>, work: &[Work<'_>], batch: &[Key], run: &RunId) -> Result<Booked> {
    let computed = compute::batch(tx, work, batch)?;
    let mut booked = Booked {
        periods: i64::try_from(computed.len()).map_err(Error::internal)?,
        ..Booked::default()
    };
    let mut books = Vec::with_capacity(work.len());
    for one in work {
        books.push(Book {
            work: one,
            existing: store::existing(tx, &one.version.policy_id, batch)?,
            closed: closed_periods(tx, &one.version.policy_id)?,
        });
    }
    let mut inserts = Vec::new();
    let mut entries = Vec::new();
    let mut trace = Fingerprint::new("openrebate accruals booked 1");
    for (index, customer, calculation) in computed {
        let Some(book) = books.get_mut(index) else { continue };
        let Some(step) = book.step(tx, run, customer, &calculation)? else { continue };
        if step.delta != 0 {
            booked.changed += 1;
            *booked.deltas.entry(calculation.currency).or_insert(0) += step.delta;
            entries.push(book.entry(tx, &step, &calculation));
        }
        trace = trace.field(step.row.id.as_str()).field(step.row.rebate_minor.to_string());
        if step.is_new {
            inserts.push(step.row);
        } else {
            store::update(tx, &step.row)?;
        }
    }
    store::insert(tx, &inserts)?;
    if !entries.is_empty() {
        ledger::post_all(tx, entries)?;
        audit::record(
            tx,
            audit::Event {
                action: "accruals.booked",
                object: ("accrual_run", run.as_str()),
                after: Some(trace.finish()),
                ..audit::Event::default()
            },
        )?;
    }
    Ok(booked)
}

/// What is in the books of one policy for a batch of customers.
struct Book<'w, 'v> {
    work: &'w Work<'v>,
    existing: std::collections::HashMap<(Key, Period), Row>,
    closed: std::collections::HashMap<Period, NaiveDateTime>,
}

/// One accrual that has to be written.
struct Step {
    row: Row,
    is_new: bool,
    delta: i64,
}

impl Book<'_, '_> {
    /// What the calculation changes; None when nothing does.
    fn step(
        &mut self,
        tx: &Tx<'_>,
        run: &RunId,
        customer: Key,
        calculation: &Calculation,
    ) -> Result<Option<Step>> {
        let before = self.existing.remove(&(customer, calculation.period));
        if before.is_none() && !calculation.has_row() {
            return Ok(None);
        }
        let closed_at = match &before {
            Some(row) => row.closed_at,
            None => self.closed.get(&calculation.period).copied(),
        };
        let computed = Computed {
            run,
            as_of: self.work.as_of,
            at: tx.stamp(),
            status: if closed_at.is_some() { Status::Earned } else { Status::Estimated },
            closed_at,
        };
        let id = before.as_ref().map_or_else(AccrualId::new, |row| row.id.clone());
        let version = self.work.version;
        let mut row =
            Row::of(id, customer, &version.policy_id, &version.id, calculation, computed)?;
        let Some(before) = before else {
            let delta = row.rebate_minor;
            return Ok(Some(Step { row, is_new: true, delta }));
        };
        if before.version_id == row.version_id && before.says_the_same(calculation)? {
            return Ok(None);
        }
        row.closed_by = before.closed_by;
        let delta = row.rebate_minor - before.rebate_minor;
        Ok(Some(Step { row, is_new: false, delta }))
    }

    /// The difference as an entry: in the period itself while it is open, in today's period as a
    /// prior-period adjustment once it is closed (DOMAIN §4).
    fn entry(&self, tx: &Tx<'_>, step: &Step, calculation: &Calculation) -> Entry {
        let period = calculation.period;
        let prior = step.row.status == Status::Earned;
        let (movement, effective, posted_in) = if prior {
            let today = Period::containing(period.kind(), tx.today());
            (Movement::Adjust, tx.today(), today)
        } else {
            (Movement::Accrue, step.row.last_day.min(self.work.as_of), period)
        };
        Entry {
            cause: Cause::Accrual,
            cause_id: step.row.id.to_string(),
            policy: Some(step.row.policy_id.clone()),
            customer: step.row.customer_id,
            currency: step.row.currency,
            effective,
            period: posted_in.to_string(),
            prior_period: prior.then(|| period.to_string()),
            reference: self.work.version.code.clone(),
            reason: if prior {
                format!("prior-period adjustment of {period}, as of {}", self.work.as_of)
            } else {
                format!("accrued as of {}", self.work.as_of)
            },
            legs: movement.legs(step.row.customer_id, step.delta),
        }
    }
}

fn finish(
    tx: &mut Tx<'_>,
    run: &RunId,
    report: &RunReport,
    work: &[Work<'_>],
    seq: i64,
) -> Result<()> {
    for work in work {
        store::set_mark(tx, &work.version.id, Mark { seq, as_of: work.as_of })?;
    }
    store::insert_run(tx, run, report)?;
    audit::record(
        tx,
        audit::Event {
            action: "accruals.run",
            object: ("accrual_run", run.as_str()),
            ..audit::Event::default()
        },
    )
}
