//! Accruals: what each policy owes each customer for each period, kept up to date as sales come
//! in, booked as differences, closed, explained.
//!
//! Owns `accruals`, `accrual_runs`, `accrual_marks`, `accrual_closings`. Promises: a run posts
//! *total due so far* less what was posted before, so that running twice posts nothing and
//! history is never rewritten; it looks only at what new lines touched; what arrives after a
//! period was closed is posted in the open one, as a prior-period adjustment that names the old
//! one. What
//! a period came to before is the stored calculation; new lines are added to it where nothing else
//! matters (`fresh`), and all lines summed again where something does. `verify` recomputes
//! everything from the lines. Deliberately absent: totals of their own beside the calculations.

pub mod rules;

mod closing;
mod compute;
mod covered;
mod fresh;
mod explain;
mod near;
mod reached;
mod outlook;
mod ground;
mod left_out;
mod reading;
mod run;
mod simulate;
mod store;
mod verify;
mod work;

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{AccrualId, Currency, Key, Money, Period, PolicyId, VersionId};
use rules::Calculation;

pub use closing::{Closing, close, closed_periods};
pub use compute::facts_of;
pub use covered::earning_products;
pub use explain::{ExplainedLine, Explanation, explain, fact, find};
pub use left_out::{LeftOut, left_out};
pub use near::{NearStanding, near_tiers, tell_near_tiers};
pub use outlook::{governing, outlook};
pub use reached::tell_reached_tiers;
pub use run::{RunReport, run};
pub use simulate::{LESS, MORE, Placed, Simulated, Simulation, Trial, last_full_year, simulate};
pub use verify::verify;

text_enum! {
    /// Whether the number may still change without an adjustment.
    pub enum Status {
        /// The period is open.
        Estimated = "estimated",
        /// The period is closed.
        Earned = "earned",
    }
}

/// The rebate of one policy, customer and period, as computed last.
#[derive(Debug, Clone)]
pub struct Accrual {
    pub id: AccrualId,
    pub policy: PolicyId,
    pub version: VersionId,
    pub customer: Key,
    pub period: Period,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub currency: Currency,
    pub rebate_minor: i64,
    pub status: Status,
    pub calculation: Calculation,
    pub as_of: NaiveDate,
    pub computed_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
}

impl Accrual {
    pub fn rebate(&self) -> Money {
        Money::new(self.rebate_minor, self.currency)
    }

    /// A programme that doesn't cover the customer isn't theirs to read.
    fn is_published_to_customer(&self) -> bool {
        self.calculation.reason != Some(rules::Reason::NotEligible)
    }
}

/// A run as the list of runs shows it.
#[derive(Debug, Clone)]
pub struct PastRun {
    pub at: DateTime<Utc>,
    pub as_of: NaiveDate,
    pub actor_name: String,
    pub policies: i64,
    pub customers: i64,
    pub periods: i64,
    pub changed: i64,
    pub deltas: Vec<Money>,
}

/// A customer's accruals in the programmes that cover them, latest period first.
pub fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Accrual>> {
    let mut found = store::of_customer(conn, customer)?;
    found.retain(Accrual::is_published_to_customer);
    Ok(found)
}

/// Those of a customer's accruals whose last day is still to come or today.
pub fn running(conn: &mut Conn, customer: Key, today: NaiveDate) -> Result<Vec<Accrual>> {
    let mut found = store::running(conn, customer, today)?;
    found.retain(Accrual::is_published_to_customer);
    Ok(found)
}

/// One accrual of the customer; somebody else's is not found, nor is one in a programme that
/// doesn't cover them.
pub fn of_customer_one(conn: &mut Conn, customer: Key, id: &AccrualId) -> Result<Accrual> {
    store::of_customer_one(conn, customer, id)?
        .filter(Accrual::is_published_to_customer)
        .ok_or(Error::NotFound)
}

/// One accrual, for staff.
pub fn one(conn: &mut Conn, id: &AccrualId) -> Result<Accrual> {
    store::one(conn, id)?.ok_or(Error::NotFound)
}

/// Accruals for staff, in no order; those that don't exist are left out.
pub fn by_ids(conn: &mut Conn, ids: &[AccrualId]) -> Result<Vec<Accrual>> {
    store::by_ids(conn, ids)
}

/// All accruals in the order of the export: policy code, customer code, period; page by page.
pub fn page(conn: &mut Conn, filter: &Filter, offset: i64, limit: i64) -> Result<Vec<Accrual>> {
    store::page(conn, filter, offset, limit)
}

/// Of these policies and customers, in no order; of one period where one is given.
pub fn of_policies(
    conn: &mut Conn,
    policies: &[PolicyId],
    customers: &[Key],
    period: Option<&str>,
) -> Result<Vec<Accrual>> {
    store::of_policies(conn, policies, customers, period)
}

/// The policies, by code, with periods that ended by the day and aren't closed.
pub fn unclosed(conn: &mut Conn, up_to: NaiveDate) -> Result<Vec<(String, Period)>> {
    store::open::unclosed(conn, up_to)
}

/// Which accruals to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub period: Option<String>,
    pub policy: Option<PolicyId>,
}

/// The latest runs, newest first.
pub fn runs(conn: &mut Conn, limit: i64) -> Result<Vec<PastRun>> {
    store::runs(conn, limit)
}
