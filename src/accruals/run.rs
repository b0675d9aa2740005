//! An accrual run: finds what new lines touched, computes it, books the differences.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::compute::{self, Known};
use super::fresh::{AllKept, Kept};
use super::ground::Ground;
use super::rules::Calculation;
use super::store::{self, Computed, Mark, Row, Update};
use super::work::{Work, batches, customers_due};
use super::{Status, closed_periods};
use crate::audit;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Account, Cause, Entry, Movement};
use crate::sales;
use crate::values::{AccrualId, Actor, Currency, Fingerprint, Key, Money, Period, RunId, Text};

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

/// Brings accruals up to date with the lines dated up to `as_of`, for one policy (and those it
/// competes with) or all. Books in writes of a few thousand customers and periods each: a run that is killed
/// goes on where it stopped, because what is booked already differs by nothing. A run never takes
/// back what a later one saw: as of an earlier day it only adds lines that came in since, up to
/// the later day. A policy published meanwhile makes it begin again with the new terms.
///
/// # Errors
/// There is no such policy, the day lies ahead, or the database is away.
pub fn run(db: &Db, actor: &Actor, as_of: NaiveDate, only: Option<&str>) -> Result<RunReport> {
    not_ahead(as_of, db.today())?;
    let mut running = Running::begin(as_of);
    loop {
        let ground = db.read(|conn| Ground::read(conn, only))?;
        let work = db.read(|conn| ground.work(conn, as_of))?;
        let customers = customers_due(&work);
        let stale = running.book_all(db, actor, &ground, &work, &customers)?;
        if !stale {
            return Ok(running.report);
        }
    }
}

fn not_ahead(as_of: NaiveDate, today: NaiveDate) -> Result<()> {
    if as_of > today {
        let text = Text::new("accrual-as-of-ahead").with("as_of", as_of).with("today", today);
        return Err(text.into());
    }
    Ok(())
}

/// A run under way.
struct Running {
    id: RunId,
    report: RunReport,
    deltas: BTreeMap<Currency, i64>,
}

impl Running {
    fn begin(as_of: NaiveDate) -> Self {
        let report = RunReport {
            as_of,
            policies: 0,
            customers: 0,
            periods: 0,
            changed: 0,
            deltas: Vec::new(),
        };
        Self { id: RunId::new(), report, deltas: BTreeMap::new() }
    }

    /// Books batch by batch, the last one together with the end of the run; whether the policies
    /// changed meanwhile.
    fn book_all(
        &mut self,
        db: &Db,
        actor: &Actor,
        ground: &Ground,
        work: &[Work<'_>],
        customers: &[Key],
    ) -> Result<bool> {
        let batches = batches(work, customers);
        let Some((last, before)) = batches.split_last() else { return Ok(false) };
        for batch in before {
            db.relearn()?;
            match db.write(actor, |tx| book(db, tx, ground, work, batch, &self.id))? {
                Some(booked) => self.add(batch.len(), booked)?,
                None => return Ok(true),
            }
        }
        let (id, done, deltas) = (self.id.clone(), self.report.clone(), self.deltas.clone());
        let ended = db.write(actor, |tx| {
            // A write may be tried again: it begins where the batches before it ended.
            let mut end = Self { id: id.clone(), report: done.clone(), deltas: deltas.clone() };
            let Some(booked) = book(db, tx, ground, work, last, &id)? else { return Ok(None) };
            end.add(last.len(), booked)?;
            Ok((!end.finish(tx, ground, work)?).then_some(end))
        })?;
        match ended {
            Some(end) => {
                *self = end;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    fn add(&mut self, customers: usize, booked: Booked) -> Result<()> {
        self.report.customers += i64::try_from(customers).map_err(Error::internal)?;
        self.report.periods += booked.periods;
        self.report.changed += booked.changed;
        for (currency, delta) in booked.deltas {
            *self.deltas.entry(currency).or_insert(0) += delta;
        }
        Ok(())
    }

    /// Notes how far the work is done, unless the policies changed meanwhile; whether they did.
    fn finish(&mut self, tx: &mut Tx<'_>, ground: &Ground, work: &[Work<'_>]) -> Result<bool> {
        if ground.is_stale(tx, work)? {
            return Ok(true);
        }
        for work in work {
            let Some(newest) = work.chain.newest() else { continue };
            let governs = work.chain.validity();
            let mark = Mark { seq: ground.head, as_of: work.as_of, governs };
            store::set_mark(tx, &newest.id, &mark)?;
        }
        self.report.policies = i64::try_from(work.len()).map_err(Error::internal)?;
        let deltas = self.deltas.iter().map(|(currency, minor)| Money::new(*minor, *currency));
        self.report.deltas = deltas.collect();
        store::insert_run(tx, &self.id, &self.report)?;
        audit::record(
            tx,
            audit::Event {
                action: "accruals.run",
                object: ("accrual_run", self.id.as_str()),
                ..audit::Event::default()
            },
        )?;
        Ok(false)
    }
}

#[derive(Debug, Default)]
struct Booked {
    periods: i64,
    changed: i64,
    deltas: BTreeMap<Currency, i64>,
}

/// Computes a batch of customers and books the differences, in one write; None when the policies
/// aren't what the work was made from any more.
fn book(
    db: &Db,
    tx: &mut Tx<'_>,
    ground: &Ground,
    work: &[Work<'_>],
    batch: &[Key],
    run: &RunId,
) -> Result<Option<Booked>> {
    if ground.is_stale(tx, work)? {
        return Ok(None);
    }
    // What is summed again is summed from all that is there.
    let head = sales::touched_head(tx)?;
    let mut books = Vec::with_capacity(work.len());
    let (mut known, mut kept) = (Known::new(), AllKept::new());
    for (index, one) in work.iter().enumerate() {
        let existing = if one.is_chained() {
            store::existing(tx, &one.chain.policy, batch)?
        } else {
            store::existing_of(tx, &one.chain.policy, one.due_of(batch))?
        };
        if one.is_chained() {
            for ((customer, period), row) in &existing {
                let outcome = (row.rebate_minor, row.lines > 0);
                known.entry((index, *customer)).or_default().insert(*period, outcome);
            }
        }
        keep(index, one, batch, &existing, &mut kept)?;
        let closed = closed_periods(tx, &one.chain.policy)?;
        books.push(Book { work: one, existing, closed });
    }
    let computed = compute::batch_in_two(db, tx, work, batch, &ground.groups, known, &kept)?;
    let mut booked = Booked {
        periods: i64::try_from(computed.len()).map_err(Error::internal)?,
        ..Booked::default()
    };
    let (mut inserts, mut updates) = (Vec::new(), Vec::new());
    let mut entries = Vec::new();
    let mut trace = Fingerprint::new("openrebate accruals booked 1");
    for (index, customer, calculation) in computed {
        let Some(book) = books.get_mut(index) else { continue };
        let added = kept.contains_key(&(index, customer, calculation.period));
        let Some(step) = book.step(tx, run, customer, &calculation, (!added).then_some(head))?
        else {
            continue;
        };
        if step.delta != 0 {
            booked.changed += 1;
            *booked.deltas.entry(calculation.currency).or_insert(0) += step.delta;
            entries.push(book.entry(tx, &step, &calculation));
        }
        trace = trace.field(step.row.id.as_str()).field(step.row.rebate_minor.to_string());
        match step.before {
            Some(before) => updates.push(Update { row: step.row, before }),
            None => inserts.push(step.row),
        }
    }
    store::insert(tx, inserts)?;
    store::update(tx, &updates)?;
    if !entries.is_empty() {
        spare_expired(tx, &mut entries)?;
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
    Ok(Some(booked))
}

/// What a closed period comes to no more isn't taken from the customer where it expired before:
/// they never had it.
fn spare_expired(tx: &mut Tx<'_>, entries: &mut [Entry]) -> Result<()> {
    let taken = |entry: &Entry| {
        let payable = entry.legs.iter().find(|leg| leg.account == Account::Payable);
        let minor = payable.map(|leg| leg.amount).filter(|minor| *minor > 0);
        minor.filter(|_| entry.prior_period.is_some())
    };
    let ids: Vec<String> =
        entries.iter().filter(|e| taken(e).is_some()).map(|e| e.cause_id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let expired = ledger::written_off(tx, &ids)?;
    for entry in entries {
        let Some(amount) = taken(entry) else { continue };
        if let Some(minor) = expired.get(&entry.cause_id) {
            entry.legs = ledger::taken_back(entry.customer, amount, *minor);
        }
    }
    Ok(())
}

/// What the periods came to before to which new lines can be added.
fn keep(
    index: usize,
    work: &Work<'_>,
    batch: &[Key],
    existing: &HashMap<(Key, Period), Row>,
    kept: &mut AllKept,
) -> Result<()> {
    let Some(fresh) = &work.fresh else { return Ok(()) };
    for customer in batch {
        for period in work.due.added(*customer) {
            let governing = work.governing(period);
            let Some((plan, version)) = governing.filter(|(plan, _)| plan.adds_up()) else {
                continue;
            };
            let row = existing.get(&(*customer, period));
            if let Some(one) = Kept::of(plan, &version.id, *customer, fresh, row)? {
                kept.insert((index, *customer, period), one);
            }
        }
    }
    Ok(())
}

/// What is in the books of one policy for a batch of customers.
struct Book<'w, 'v> {
    work: &'w Work<'v>,
    existing: HashMap<(Key, Period), Row>,
    closed: HashMap<Period, NaiveDateTime>,
}

/// One accrual that has to be written.
struct Step {
    row: Row,
    /// The days of the row there was before.
    before: Option<store::Days>,
    delta: i64,
}

impl Book<'_, '_> {
    /// What the calculation changes; None when nothing does. `anew` is up to where it knows lines
    /// when it was summed from them all, None when new ones were added.
    fn step(
        &mut self,
        tx: &Tx<'_>,
        run: &RunId,
        customer: Key,
        calculation: &Calculation,
        anew: Option<i64>,
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
            through: match (anew, &self.work.fresh) {
                (Some(head), _) => head,
                (None, Some(fresh)) => fresh.through(before.as_ref()),
                (None, None) => 0,
            },
        };
        let id = before.as_ref().map_or_else(AccrualId::new, |row| row.id.clone());
        let Some((_, version)) = self.work.governing(calculation.period) else {
            return Ok(None);
        };
        let row = Row::of(id, customer, &version.policy_id, &version.id, calculation, computed)?;
        let Some(before) = before else {
            let delta = row.rebate_minor;
            return Ok(Some(Step { row, before: None, delta }));
        };
        if before.version_id == row.version_id && before.says_the_same(calculation)? {
            return Ok(None);
        }
        let delta = row.rebate_minor - before.rebate_minor;
        Ok(Some(Step { row, before: Some(before.days()), delta }))
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
            reference: self.work.chain.code.clone(),
            reason: if prior {
                format!("prior-period adjustment of {period}, as of {}", self.work.as_of)
            } else {
                format!("accrued as of {}", self.work.as_of)
            },
            legs: movement.legs(step.row.customer_id, step.delta),
        }
    }
}
