//! Business days: Monday to Friday, less public holidays, with the weekends worked instead (调休).
//!
//! Owns `calendar_days`, the days that differ. A year without any entry counts plain weeks;
//! [`covers`] says so, so that a page can warn before it matters.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::calendar_days;
use crate::error::Result;

/// The day, `count` business days after `from`; `from` itself for 0.
pub fn add_business_days(conn: &mut Conn, from: NaiveDate, count: u32) -> Result<NaiveDate> {
    // Twice the days and four weeks hold any run of holidays.
    let far = from.checked_add_days(Days::new(u64::from(count) * 2 + 28)).unwrap_or(NaiveDate::MAX);
    let special = special_days(conn, from, far)?;
    Ok(nth_after(&special, from, count))
}

/// The last business day before the day.
pub fn business_day_before(conn: &mut Conn, day: NaiveDate) -> Result<NaiveDate> {
    let far = day.checked_sub_days(Days::new(28)).unwrap_or(NaiveDate::MIN);
    let special = special_days(conn, far, day)?;
    let mut before = day;
    while let Some(earlier) = before.pred_opt() {
        before = earlier;
        if works(&special, before) {
            break;
        }
    }
    Ok(before)
}

pub fn is_business_day(conn: &mut Conn, day: NaiveDate) -> Result<bool> {
    Ok(works(&special_days(conn, day, day)?, day))
}

/// Business days after `from` up to and including `to`; negative when `to` lies before `from`.
pub fn business_days_between(conn: &mut Conn, from: NaiveDate, to: NaiveDate) -> Result<i64> {
    let special = special_days(conn, from.min(to), from.max(to))?;
    Ok(between(&special, from, to))
}

/// Whether the holidays of the year are known. They are published in the November before it.
pub fn covers(conn: &mut Conn, year: i32) -> Result<bool> {
    let (Some(first), Some(last)) =
        (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31))
    else {
        return Ok(false);
    };
    Ok(!special_days(conn, first, last)?.is_empty())
}

/// The days that differ from their weekday, and whether people work on them.
type Special = BTreeMap<NaiveDate, bool>;

fn special_days(conn: &mut Conn, first: NaiveDate, last: NaiveDate) -> Result<Special> {
    Ok(calendar_days::table
        .filter(calendar_days::day.between(first, last))
        .select((calendar_days::day, calendar_days::working))
        .load::<(NaiveDate, bool)>(conn)?
        .into_iter()
        .collect())
}

fn works(special: &Special, day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    special.get(&day).copied().unwrap_or(!weekend)
}

fn nth_after(special: &Special, from: NaiveDate, count: u32) -> NaiveDate {
    let mut left = count;
    let mut day = from;
    while left > 0 {
        let Some(next) = day.succ_opt() else { return day };
        day = next;
        if works(special, day) {
            left -= 1;
        }
    }
    day
}

fn between(special: &Special, from: NaiveDate, to: NaiveDate) -> i64 {
    let (early, late) = (from.min(to), from.max(to));
    let days = early.iter_days().skip(1).take_while(|day| *day <= late);
    let count = days.filter(|day| works(special, *day)).map(|_| 1).sum::<i64>();
    if to < from { -count } else { count }
}
