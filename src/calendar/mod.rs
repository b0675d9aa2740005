//! Business days: Monday to Friday, less public holidays, with the weekends worked instead (调休).
//!
//! Owns `calendar_days`, the days that differ. A year without any entry counts plain weeks;
//! [`covers`] says so, and [`missing_year`] before it matters. The holidays are published each
//! November and come as a file, see [`import`]. Days promised before stay as they were promised.

mod file;
mod rules;
mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use rules::Special;

pub use file::parse;

/// A day that differs from its weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDay {
    pub day: NaiveDate,
    pub working: bool,
    /// 国庆节, 调休.
    pub name: String,
}

/// What the import of a year changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedYear {
    pub year: i32,
    pub days: usize,
    /// How many of them are weekends that are worked.
    pub worked: usize,
    /// How many days the year had before.
    pub before: usize,
}

/// The day, `count` business days after `from`; `from` itself for 0.
pub fn add_business_days(conn: &mut Conn, from: NaiveDate, count: u32) -> Result<NaiveDate> {
    // Twice the days and four weeks hold any run of holidays.
    let far = from.checked_add_days(Days::new(u64::from(count) * 2 + 28)).unwrap_or(NaiveDate::MAX);
    let special = store::special(conn, from, far)?;
    Ok(rules::nth_after(&special, from, count))
}

/// The day, so many business days before; the day itself for 0.
pub fn business_days_before(conn: &mut Conn, day: NaiveDate, count: u32) -> Result<NaiveDate> {
    // Twice the days and four weeks hold any run of holidays.
    let far = day.checked_sub_days(Days::new(u64::from(count) * 2 + 28)).unwrap_or(NaiveDate::MIN);
    let special = store::special(conn, far, day)?;
    Ok((0..count).fold(day, |day, _| rules::before(&special, day)))
}

/// Half past eight on the day, before people look at their mail.
pub fn morning(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let at = day.and_time(NaiveTime::from_hms_opt(8, 30, 0).unwrap_or_default());
    let local = at.and_local_timezone(zone).earliest();
    // A zone that skips this half hour has its morning at that time of UTC.
    local.map_or(at.and_utc(), |local| local.with_timezone(&Utc))
}

/// The last business day before the day.
pub fn business_day_before(conn: &mut Conn, day: NaiveDate) -> Result<NaiveDate> {
    let far = day.checked_sub_days(Days::new(28)).unwrap_or(NaiveDate::MIN);
    let special = store::special(conn, far, day)?;
    Ok(rules::before(&special, day))
}

pub fn is_business_day(conn: &mut Conn, day: NaiveDate) -> Result<bool> {
    Ok(rules::works(&store::special(conn, day, day)?, day))
}

/// Business days after `from` up to and including `to`; negative when `to` lies before `from`.
pub fn business_days_between(conn: &mut Conn, from: NaiveDate, to: NaiveDate) -> Result<i64> {
    let special = store::special(conn, from.min(to), from.max(to))?;
    Ok(rules::between(&special, from, to))
}

/// Some years of the calendar, read once for many questions.
#[derive(Debug, Default)]
pub struct Calendar {
    special: Special,
}

/// The calendar from one day to another; what lies outside counts plain weeks.
pub fn calendar(conn: &mut Conn, first: NaiveDate, last: NaiveDate) -> Result<Calendar> {
    Ok(Calendar { special: store::special(conn, first, last)? })
}

impl Calendar {
    /// As [`business_days_between`].
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        rules::between(&self.special, from, to)
    }
}

/// Whether the holidays of the year are known. They are published in the November before it.
pub fn covers(conn: &mut Conn, year: i32) -> Result<bool> {
    Ok(!of_year(conn, year)?.is_empty())
}

/// The year whose holidays should be known by now and aren't: this one, and from December on the
/// next.
pub fn missing_year(conn: &mut Conn, today: NaiveDate) -> Result<Option<i32>> {
    if !covers(conn, today.year())? {
        return Ok(Some(today.year()));
    }
    let next = today.year() + 1;
    Ok(if today.month() == 12 && !covers(conn, next)? { Some(next) } else { None })
}

fn of_year(conn: &mut Conn, year: i32) -> Result<Special> {
    match bounds(year) {
        Some((first, last)) => store::special(conn, first, last),
        None => Ok(Special::new()),
    }
}

fn bounds(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31))
}

/// Brings in the days of whole years: each year that the days name is replaced.
pub fn import(tx: &mut Tx<'_>, days: &[CalendarDay]) -> Result<Vec<ImportedYear>> {
    let mut years: BTreeMap<i32, Vec<&CalendarDay>> = BTreeMap::new();
    for day in days {
        years.entry(day.day.year()).or_default().push(day);
    }
    let mut imported = Vec::new();
    for (year, days) in years {
        let (first, last) = bounds(year).ok_or_else(|| Error::internal("no such year"))?;
        let before = store::put(tx, first, last, &days)?;
        let worked = days.iter().filter(|day| day.working).count();
        let year = ImportedYear { year, days: days.len(), worked, before };
        audit::record(
            tx,
            audit::Event {
                action: "calendar.imported",
                object: ("calendar", &year.year.to_string()),
                reason: Some(&format!("{} days, {} worked", year.days, year.worked)),
                ..audit::Event::default()
            },
        )?;
        imported.push(year);
    }
    Ok(imported)
}
