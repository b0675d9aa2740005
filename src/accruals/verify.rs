//! Recomputes every accrual from the lines and compares with what is stored and what is booked.

use std::collections::{HashMap, HashSet};

use super::Status;
use super::compute::{self, BATCH, Known};
use super::fresh::AllKept;
use super::ground::Ground;
use super::rules::Calculation;
use super::store::{self, Mark, Row};
use super::work::{Look, Work, customers_due, spread};
use crate::customers;
use crate::db::Conn;
use crate::error::Result;
use crate::ledger;
use crate::sales;
use crate::values::{AccrualId, Key, Money, Period};

/// What was compared, and every difference as a sentence for the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub accruals: usize,
    /// Customers and months with lines that no run has looked at yet: not a difference.
    pub waiting: usize,
    pub differences: Vec<String>,
}

/// Recomputes all accruals of every policy a run brought up to date.
pub fn verify(conn: &mut Conn) -> Result<Verified> {
    let mut verified = Verified::default();
    let booked = ledger::posted_by_accrual(conn)?;
    let ground = Ground::read(conn, None)?;
    let (mut work, marks): (Vec<Work<'_>>, Vec<Mark>) = ground.whole(conn)?.into_iter().unzip();
    spread(&mut work, &ground.groups);
    let mut waiting = Vec::with_capacity(work.len());
    let mut closed = Vec::with_capacity(work.len());
    for (one, mark) in work.iter().zip(&marks) {
        let mut later = Work::new(one.chain, &ground.products, mark.as_of);
        let touched = sales::touched_since(conn, mark.seq, mark.as_of, mark.as_of)?;
        verified.waiting += touched.len();
        later.touch_all(&touched, Look::Anew);
        waiting.push(later);
        closed.push(store::closed_periods(conn, &one.chain.policy)?);
    }
    spread(&mut waiting, &ground.groups);
    let mut seen = HashSet::new();
    let nothing = AllKept::new();
    for batch in customers_due(&work).chunks(BATCH) {
        let mut rows = Vec::with_capacity(work.len());
        for one in &work {
            rows.push(store::existing(conn, &one.chain.policy, batch)?);
        }
        for (index, customer, calculation) in
            compute::batch(conn, &work, batch, &ground.groups, Known::new(), &nothing)?
        {
            let (Some(rows), Some(one), Some(closed)) =
                (rows.get_mut(index), work.get(index), closed.get(index))
            else {
                continue;
            };
            let row = rows.remove(&(customer, calculation.period));
            if let Some(row) = &row {
                seen.insert(row.id.to_string());
            }
            let waits =
                waiting.get(index).is_some_and(|w| w.due.contains(customer, calculation.period));
            if waits {
                continue;
            }
            verified.accruals += 1;
            let found = Found { row: row.as_ref(), booked: &booked, closed };
            if let Some(why) = found.difference(&calculation)? {
                let (policy, code) = (&one.chain.code, code_of(conn, customer)?);
                let period = calculation.period;
                verified.differences.push(format!("accrual {policy} {code} {period}: {why}"));
            }
        }
    }
    for (accrual, minor) in booked {
        if minor != 0
            && !seen.contains(&accrual)
            && store::one(conn, &AccrualId::from_text(&accrual))?.is_none()
        {
            verified.differences.push(format!(
                "the ledger books {minor} for accrual {accrual}, which doesn't exist"
            ));
        }
    }
    Ok(verified)
}

fn code_of(conn: &mut Conn, customer: Key) -> Result<String> {
    Ok(customers::by_id(conn, customer)?.code)
}

struct Found<'a> {
    row: Option<&'a Row>,
    booked: &'a HashMap<String, i64>,
    closed: &'a HashMap<Period, chrono::NaiveDateTime>,
}

impl Found<'_> {
    /// In what the stored row or the ledger differs from the lines.
    fn difference(&self, calculation: &Calculation) -> Result<Option<String>> {
        let shown = |minor: i64| Money::new(minor, calculation.currency).plain();
        let Some(row) = self.row else {
            return Ok(calculation.has_row().then(|| {
                format!("the lines give {}, nothing is stored", shown(calculation.rebate_minor))
            }));
        };
        if row.rebate_minor != calculation.rebate_minor {
            return Ok(Some(format!(
                "stored {}, the lines give {}",
                shown(row.rebate_minor),
                shown(calculation.rebate_minor)
            )));
        }
        if !row.says_the_same(calculation)? {
            return Ok(Some("the stored calculation differs from the lines".to_owned()));
        }
        if !row.shows(calculation)? {
            return Ok(Some("its figures differ from its calculation".to_owned()));
        }
        if (row.status == Status::Earned) != self.closed.contains_key(&calculation.period) {
            return Ok(Some("its status differs from the closing of its period".to_owned()));
        }
        let booked = self.booked.get(row.id.as_str()).copied().unwrap_or_default();
        if booked != row.rebate_minor {
            return Ok(Some(format!(
                "stored {}, the ledger holds {}",
                shown(row.rebate_minor),
                shown(booked)
            )));
        }
        Ok(None)
    }
}
