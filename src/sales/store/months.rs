use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::touched_months;
use crate::error::Result;
use crate::values::Key;

pub(in crate::sales) fn touched_since(
    conn: &mut Conn,
    seq: i64,
    after: NaiveDate,
    as_of: NaiveDate,
) -> Result<Vec<(Key, NaiveDate)>> {
    Ok(touched_months::table
        .filter(
            touched_months::seq
                .gt(seq)
                .or(touched_months::last_day.gt(after).and(touched_months::month.le(as_of))),
        )
        .order((touched_months::customer_id, touched_months::month))
        .select((touched_months::customer_id, touched_months::month))
        .load(conn)?)
}

pub(in crate::sales) fn head(conn: &mut Conn) -> Result<i64> {
    let head: Option<i64> =
        touched_months::table.select(diesel::dsl::max(touched_months::seq)).first(conn)?;
    Ok(head.unwrap_or(0))
}
