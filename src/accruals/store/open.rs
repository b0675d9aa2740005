use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Row, accruals_of};
use crate::accruals::{Accrual, Status};
use crate::db::Conn;
use crate::db::schema::accruals;
use crate::error::Result;
use crate::values::AccrualId;

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
