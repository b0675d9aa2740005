mod marks;
mod updates;
mod wanted;

pub(super) mod open;
pub(super) mod reached;

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::rules::Calculation;
use super::{Accrual, Filter, Status};
use crate::db::schema::{accruals, customers, policies};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::insert_all;
use crate::values::{AccrualId, Currency, Key, Period, PolicyId, RunId, VersionId};

#[derive(Clone, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = accruals, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: AccrualId,
    pub policy_id: PolicyId,
    pub version_id: VersionId,
    pub customer_id: i64,
    pub period: String,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub currency: Currency,
    pub lines: i64,
    pub base_minor: i64,
    pub base_micro: i64,
    pub measure: String,
    pub tier: i32,
    pub reward: String,
    pub rebate_minor: i64,
    pub status: Status,
    pub reason: Option<String>,
    pub calculation: String,
    pub run_id: RunId,
    pub as_of: NaiveDate,
    pub computed_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
    pub closed_by: Option<String>,
    /// Up to which number (`imports.touched`) lines are in the sums.
    pub through: i64,
}

impl TryFrom<Row> for Accrual {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            policy: row.policy_id,
            version: row.version_id,
            customer: row.customer_id,
            period: row.period.parse().map_err(Error::internal)?,
            first_day: row.first_day,
            last_day: row.last_day,
            currency: row.currency,
            rebate_minor: row.rebate_minor,
            status: row.status,
            calculation: serde_json::from_str(&row.calculation)?,
            as_of: row.as_of,
            computed_at: as_utc(row.computed_at),
            closed_at: row.closed_at.map(as_utc),
        })
    }
}

fn accruals_of(rows: Vec<Row>) -> Result<Vec<Accrual>> {
    rows.into_iter().map(Accrual::try_from).collect()
}

pub(super) use marks::{
    Mark, closed_periods, insert_run, last_seen, mark, mark_closed, runs, set_mark,
};

/// Rows of one INSERT: 24 columns, far below the bind limits.
const CHUNK: usize = 500;

pub(super) fn insert(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<()> {
    insert_all!(tx, accruals::table, rows, CHUNK);
    Ok(())
}

/// A row that a run came to again.
pub(super) struct Update {
    pub row: Row,
    /// The days of the row there was before.
    pub before: Days,
}

/// Stores what a run came to in place of what another came to before.
pub(super) fn update(tx: &mut Tx<'_>, updates: &[Update]) -> Result<()> {
    match &mut **tx {
        Conn::Sqlite(conn) => {
            for update in updates {
                updates::one(conn, update)?;
            }
        }
        Conn::Postgres(conn) => updates::many(conn, updates)?,
    }
    Ok(())
}

/// First and last day of a row's period, as far as its policy is in force.
pub(super) type Days = (NaiveDate, NaiveDate);

/// The rows of a policy for these customers, by customer and period.
pub(super) fn existing(
    conn: &mut Conn,
    policy: &PolicyId,
    customers: &[Key],
) -> Result<HashMap<(Key, Period), Row>> {
    let mut found = HashMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows = accruals::table
            .filter(accruals::policy_id.eq(policy))
            .filter(accruals::customer_id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        keep(rows, &mut found)?;
    }
    Ok(found)
}

pub(super) use wanted::existing_of;

fn keep(rows: Vec<Row>, found: &mut HashMap<(Key, Period), Row>) -> Result<()> {
    for row in rows {
        let period = row.period.parse().map_err(Error::internal)?;
        found.insert((row.customer_id, period), row);
    }
    Ok(())
}

/// Whom and which periods the policy has accruals for: what a new version concerns.
pub(super) fn rows_of(conn: &mut Conn, policy: &PolicyId) -> Result<Vec<(Key, Period)>> {
    let rows = accruals::table
        .filter(accruals::policy_id.eq(policy))
        .select((accruals::customer_id, accruals::period))
        .load::<(Key, String)>(conn)?;
    rows.into_iter()
        .map(|(customer, period)| Ok((customer, period.parse().map_err(Error::internal)?)))
        .collect()
}

pub(super) fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Accrual>> {
    let rows = accruals::table
        .filter(accruals::customer_id.eq(customer))
        .order((accruals::last_day.desc(), accruals::policy_id))
        .select(Row::as_select())
        .load(conn)?;
    accruals_of(rows)
}

pub(super) fn running(conn: &mut Conn, customer: Key, today: NaiveDate) -> Result<Vec<Accrual>> {
    let rows = accruals::table
        .filter(accruals::customer_id.eq(customer))
        .filter(accruals::last_day.ge(today))
        .select(Row::as_select())
        .load(conn)?;
    accruals_of(rows)
}

pub(super) fn of_customer_one(
    conn: &mut Conn,
    customer: Key,
    id: &AccrualId,
) -> Result<Option<Accrual>> {
    let row = accruals::table
        .filter(accruals::id.eq(id).and(accruals::customer_id.eq(customer)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Accrual::try_from).transpose()
}

pub(super) fn one(conn: &mut Conn, id: &AccrualId) -> Result<Option<Accrual>> {
    let row = accruals::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Accrual::try_from).transpose()
}

pub(super) fn by_ids(conn: &mut Conn, ids: &[AccrualId]) -> Result<Vec<Accrual>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows = accruals::table
            .filter(accruals::id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        found.extend(accruals_of(rows)?);
    }
    Ok(found)
}

pub(super) fn by_key(
    conn: &mut Conn,
    policy: &PolicyId,
    customer: Key,
    period: Period,
) -> Result<Option<Accrual>> {
    let row = accruals::table
        .filter(accruals::policy_id.eq(policy))
        .filter(accruals::customer_id.eq(customer))
        .filter(accruals::period.eq(period.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Accrual::try_from).transpose()
}

pub(super) fn page(
    conn: &mut Conn,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Accrual>> {
    let mut query = accruals::table
        .inner_join(policies::table)
        .inner_join(customers::table)
        .order((policies::code, customers::code, accruals::period))
        .select(Row::as_select())
        .offset(offset)
        .limit(limit)
        .into_boxed();
    if let Some(period) = &filter.period {
        query = query.filter(accruals::period.eq(period.clone()));
    }
    if let Some(policy) = &filter.policy {
        query = query.filter(accruals::policy_id.eq(policy.clone()));
    }
    accruals_of(query.load(conn)?)
}

/// Of these policies and customers, in no order; of one period where one is given.
pub(super) fn of_policies(
    conn: &mut Conn,
    policies: &[PolicyId],
    customers: &[Key],
    period: Option<&str>,
) -> Result<Vec<Accrual>> {
    let mut query = accruals::table
        .filter(accruals::policy_id.eq_any(policies.to_vec()))
        .filter(accruals::customer_id.eq_any(customers.to_vec()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(period) = period {
        query = query.filter(accruals::period.eq(period.to_owned()));
    }
    accruals_of(query.load(conn)?)
}

/// Rows of an open period, in a stable order.
pub(super) fn open_rows(conn: &mut Conn, policy: &PolicyId, period: Period) -> Result<Vec<Row>> {
    Ok(accruals::table
        .filter(accruals::policy_id.eq(policy))
        .filter(accruals::period.eq(period.to_string()))
        .filter(accruals::status.eq(Status::Estimated))
        .order(accruals::customer_id)
        .select(Row::as_select())
        .load(conn)?)
}

impl Row {
    pub(super) fn days(&self) -> Days {
        (self.first_day, self.last_day)
    }

    /// Whether the columns that lists and exports read say what the calculation says.
    pub(super) fn shows(&self, calculation: &Calculation) -> Result<bool> {
        let computed = Computed {
            run: &self.run_id,
            as_of: self.as_of,
            at: self.computed_at,
            status: self.status,
            closed_at: self.closed_at,
            through: self.through,
        };
        let (policy, version) = (&self.policy_id, &self.version_id);
        let other =
            Self::of(self.id.clone(), self.customer_id, policy, version, calculation, computed)?;
        Ok((self.lines, self.base_minor, self.base_micro, &self.measure, self.tier)
            == (other.lines, other.base_minor, other.base_micro, &other.measure, other.tier)
            && (&self.reward, &self.reason, self.first_day, self.last_day, self.currency)
                == (&other.reward, &other.reason, other.first_day, other.last_day, other.currency))
    }

    /// Whether the stored calculation is this one. A row that nothing touched keeps the day of the
    /// run that computed it.
    pub(super) fn says_the_same(&self, calculation: &Calculation) -> Result<bool> {
        // Most that differ differ here, and needn't be read.
        let same_base = (self.base_minor, self.base_micro, self.rebate_minor)
            == (calculation.base_minor, calculation.base_micro, calculation.rebate_minor);
        if !same_base {
            return Ok(false);
        }
        let mut stored: Calculation = serde_json::from_str(&self.calculation)?;
        stored.as_of = calculation.as_of;
        Ok(stored == *calculation)
    }

    /// The row of a calculation; ids and closing are the caller's.
    pub(super) fn of(
        id: AccrualId,
        customer: Key,
        policy: &PolicyId,
        version: &VersionId,
        calculation: &Calculation,
        computed: Computed<'_>,
    ) -> Result<Self> {
        Ok(Self {
            id,
            policy_id: policy.clone(),
            version_id: version.clone(),
            customer_id: customer,
            period: calculation.period.to_string(),
            first_day: calculation.first_day,
            last_day: calculation.last_day,
            currency: calculation.currency,
            lines: i64::try_from(calculation.lines.counted).map_err(Error::internal)?,
            base_minor: calculation.base_minor,
            base_micro: calculation.base_micro,
            measure: calculation.measure_text(),
            tier: i32::try_from(calculation.tier).map_err(Error::internal)?,
            reward: calculation.reward_text(),
            rebate_minor: calculation.rebate_minor,
            status: computed.status,
            reason: calculation.reason.map(|r| r.as_str().to_owned()),
            calculation: serde_json::to_string(calculation)?,
            run_id: computed.run.clone(),
            as_of: computed.as_of,
            computed_at: computed.at,
            closed_at: computed.closed_at,
            closed_by: None,
            through: computed.through,
        })
    }
}

/// When and by which run a row was computed.
#[derive(Clone, Copy)]
pub(super) struct Computed<'a> {
    pub run: &'a RunId,
    pub as_of: NaiveDate,
    pub at: NaiveDateTime,
    pub status: Status,
    pub closed_at: Option<NaiveDateTime>,
    pub through: i64,
}
