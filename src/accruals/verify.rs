//! Recomputes every accrual from the lines and compares with what is stored and what is booked.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::Status;
use super::compute::{self, BATCH, Work};
use super::rules::Calculation;
use super::store::{self, Row};
use crate::customers;
use crate::db::Conn;
use crate::error::Result;
use crate::ledger;
use crate::policies;
use crate::sales;
use crate::values::{AccrualId, FIRST_DAY, Key, Money, Period};

/// What was compared, and every difference as a sentence for the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub accruals: usize,
    /// Customers and months with lines that no run has looked at yet: not a difference.
    pub waiting: usize,
    pub differences: Vec<String>,
}

/// Recomputes all accruals of the policies in force.
pub fn verify(conn: &mut Conn) -> Result<Verified> {
    let mut verified = Verified::default();
    let products = compute::products(conn)?;
    let booked = ledger::posted_by_accrual(conn)?;
    let versions = policies::in_force(conn)?;
    let mut seen = HashSet::new();
    for version in &versions {
        let Some(mark) = store::mark(conn, &version.id)? else { continue };
        let closed = store::closed_periods(conn, &version.policy_id)?;
        let waiting: HashSet<(Key, NaiveDate)> =
            sales::touched_since(conn, mark.seq, mark.as_of, mark.as_of)?.into_iter().collect();
        verified.waiting += waiting.len();
        let mut work = Work::new(version, &products, mark.as_of);
        for (customer, month) in sales::touched_since(conn, 0, FIRST_DAY, mark.as_of)? {
            work.touch(customer, month);
        }
        for customer in store::customers_with_rows(conn, &version.policy_id)? {
            for (_, period) in store::existing(conn, &version.policy_id, &[customer])?.into_keys() {
                if work.plan.days(period).is_some() {
                    work.due.add(customer, period);
                }
            }
        }
        let still_waiting = |customer: Key, period: Period| {
            waiting.iter().any(|(c, month)| *c == customer && period.contains(*month))
        };
        let work = [work];
        for batch in compute::customers_due(&work).chunks(BATCH) {
            let mut rows = store::existing(conn, &version.policy_id, batch)?;
            for (_, customer, calculation) in compute::batch(conn, &work, batch)? {
                let row = rows.remove(&(customer, calculation.period));
                if let Some(row) = &row {
                    seen.insert(row.id.to_string());
                }
                if still_waiting(customer, calculation.period) {
                    continue;
                }
                verified.accruals += 1;
                let found = Found { row: row.as_ref(), booked: &booked, closed: &closed };
                if let Some(why) = found.difference(&calculation)? {
                    let code = code_of(conn, customer)?;
                    verified.differences.push(format!(
                        "accrual {} {code} {}: {why}",
                        version.code, calculation.period
                    ));
                }
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
