use chrono::NaiveDate;
use diesel::prelude::*;

use super::{CalendarDay, rules::Special};
use crate::db::schema::calendar_days;
use crate::db::{Conn, Tx};
use crate::error::Result;

pub(super) fn special(conn: &mut Conn, first: NaiveDate, last: NaiveDate) -> Result<Special> {
    Ok(calendar_days::table
        .filter(calendar_days::day.between(first, last))
        .select((calendar_days::day, calendar_days::working))
        .load::<(NaiveDate, bool)>(conn)?
        .into_iter()
        .collect())
}

/// Puts these days in the place of all from the first to the last; how many there were.
pub(super) fn put(
    tx: &mut Tx<'_>,
    first: NaiveDate,
    last: NaiveDate,
    days: &[&CalendarDay],
) -> Result<usize> {
    let known = calendar_days::table.filter(calendar_days::day.between(first, last));
    let gone = diesel::delete(known).execute(&mut **tx)?;
    for day in days {
        diesel::insert_into(calendar_days::table)
            .values((
                calendar_days::day.eq(day.day),
                calendar_days::working.eq(day.working),
                calendar_days::name.eq(&day.name),
            ))
            .execute(&mut **tx)?;
    }
    Ok(gone)
}
