use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Row, accruals_of};
use crate::accruals::{Accrual, Status};
use crate::db::Conn;
use crate::db::schema::{accruals, policies};
use crate::error::{Error, Result};
use crate::values::{AccrualId, Period};

/// Rows of open periods that the day lies in, page by page.
pub(in crate::accruals) fn on(
    conn: &mut Conn,
    day: NaiveDate,
    after: Option<&AccrualId>,
    limit: i64,
) -> Result<Vec<Accrual>> {
    let mut query = accruals::table
        .filter(accruals::status.eq(Status::Estimated))
        .filter(accruals::first_day.le(day).and(accruals::last_day.ge(day)))
        .order(accruals::id)
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(accruals::id.gt(after.clone()));
    }
    accruals_of(query.load(conn)?)
}

/// The codes of policies with periods up to the day that aren't closed, and the periods.
pub(in crate::accruals) fn unclosed(
    conn: &mut Conn,
    up_to: NaiveDate,
) -> Result<Vec<(String, Period)>> {
    let rows = accruals::table
        .inner_join(policies::table)
        .filter(accruals::status.eq(Status::Estimated))
        .filter(accruals::last_day.le(up_to))
        .select((policies::code, accruals::period))
        .distinct()
        .load::<(String, String)>(conn)?;
    let mut found = rows
        .into_iter()
        .map(|(code, period)| Ok((code, period.parse().map_err(Error::internal)?)))
        .collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}
