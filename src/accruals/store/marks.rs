//! What is closed, how far runs came, and the runs themselves.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::accruals::{PastRun, RunReport, Status};
use crate::db::schema::{accrual_closings, accrual_marks, accrual_runs, accruals, policy_versions};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{Money, Period, PolicyId, RunId, VersionId};

pub(in crate::accruals) fn mark_closed(
    tx: &mut Tx<'_>,
    policy: &PolicyId,
    period: Period,
) -> Result<()> {
    let at = tx.stamp();
    let by = tx.by().id().to_owned();
    let name = tx.by().name.clone();
    diesel::update(
        accruals::table
            .filter(accruals::policy_id.eq(policy))
            .filter(accruals::period.eq(period.to_string()))
            .filter(accruals::status.eq(Status::Estimated)),
    )
    .set((
        accruals::status.eq(Status::Earned),
        accruals::closed_at.eq(Some(at)),
        accruals::closed_by.eq(Some(by.clone())),
    ))
    .execute(&mut **tx)?;
    diesel::insert_into(accrual_closings::table)
        .values((
            accrual_closings::policy_id.eq(policy),
            accrual_closings::period.eq(period.to_string()),
            accrual_closings::closed_at.eq(at),
            accrual_closings::closed_by.eq(by),
            accrual_closings::closed_by_name.eq(name),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::accruals) fn closed_periods(
    conn: &mut Conn,
    policy: &PolicyId,
) -> Result<HashMap<Period, NaiveDateTime>> {
    let rows = accrual_closings::table
        .filter(accrual_closings::policy_id.eq(policy))
        .select((accrual_closings::period, accrual_closings::closed_at))
        .load::<(String, NaiveDateTime)>(conn)?;
    rows.into_iter()
        .map(|(period, at)| Ok((period.parse().map_err(Error::internal)?, at)))
        .collect()
}

/// Up to which import and which day a version's accruals are done, and over which days it
/// governed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::accruals) struct Mark {
    pub seq: i64,
    pub as_of: NaiveDate,
    pub governs: String,
}

pub(in crate::accruals) fn mark(conn: &mut Conn, version: &VersionId) -> Result<Option<Mark>> {
    Ok(accrual_marks::table
        .find(version)
        .select((accrual_marks::seq, accrual_marks::as_of, accrual_marks::governs))
        .first::<(i64, NaiveDate, String)>(conn)
        .optional()?
        .map(|(seq, as_of, governs)| Mark { seq, as_of, governs }))
}

/// The latest day any of the policy's versions was brought up to.
pub(in crate::accruals) fn last_seen(
    conn: &mut Conn,
    policy: &PolicyId,
) -> Result<Option<NaiveDate>> {
    Ok(accrual_marks::table
        .inner_join(policy_versions::table)
        .filter(policy_versions::policy_id.eq(policy))
        .select(diesel::dsl::max(accrual_marks::as_of))
        .first(conn)?)
}

pub(in crate::accruals) fn set_mark(
    tx: &mut Tx<'_>,
    version: &VersionId,
    mark: &Mark,
) -> Result<()> {
    let set = (
        accrual_marks::seq.eq(mark.seq),
        accrual_marks::as_of.eq(mark.as_of),
        accrual_marks::governs.eq(&mark.governs),
    );
    let changed = diesel::update(accrual_marks::table.find(version)).set(set).execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(accrual_marks::table)
            .values((accrual_marks::version_id.eq(version), set))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::accruals) fn insert_run(tx: &mut Tx<'_>, id: &RunId, run: &RunReport) -> Result<()> {
    let deltas = serde_json::to_string(&run.deltas)?;
    let at = tx.stamp();
    let by = tx.by();
    diesel::insert_into(accrual_runs::table)
        .values((
            accrual_runs::id.eq(id),
            accrual_runs::at.eq(at),
            accrual_runs::as_of.eq(run.as_of),
            accrual_runs::actor.eq(by.id()),
            accrual_runs::actor_name.eq(&by.name),
            accrual_runs::policies.eq(run.policies),
            accrual_runs::customers.eq(run.customers),
            accrual_runs::periods.eq(run.periods),
            accrual_runs::changed.eq(run.changed),
            accrual_runs::deltas.eq(deltas),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::accruals) fn runs(conn: &mut Conn, limit: i64) -> Result<Vec<PastRun>> {
    type Found = (NaiveDateTime, NaiveDate, String, i64, i64, i64, i64, String);
    let rows = accrual_runs::table
        .order((accrual_runs::at.desc(), accrual_runs::id.desc()))
        .limit(limit)
        .select((
            accrual_runs::at,
            accrual_runs::as_of,
            accrual_runs::actor_name,
            accrual_runs::policies,
            accrual_runs::customers,
            accrual_runs::periods,
            accrual_runs::changed,
            accrual_runs::deltas,
        ))
        .load::<Found>(conn)?;
    rows.into_iter()
        .map(|(at, as_of, actor_name, policies, customers, periods, changed, deltas)| {
            let deltas: Vec<Money> = serde_json::from_str(&deltas)?;
            let at = as_utc(at);
            Ok(PastRun { at, as_of, actor_name, policies, customers, periods, changed, deltas })
        })
        .collect()
}
