//! Counting business days. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

/// The days that differ from their weekday, and whether people work on them.
pub type Special = BTreeMap<NaiveDate, bool>;

pub fn works(special: &Special, day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    special.get(&day).copied().unwrap_or(!weekend)
}

pub fn nth_after(special: &Special, from: NaiveDate, count: u32) -> NaiveDate {
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

/// The last business day before the day.
pub fn before(special: &Special, day: NaiveDate) -> NaiveDate {
    let mut before = day;
    while let Some(earlier) = before.pred_opt() {
        before = earlier;
        if works(special, before) {
            break;
        }
    }
    before
}

pub fn between(special: &Special, from: NaiveDate, to: NaiveDate) -> i64 {
    let (early, late) = (from.min(to), from.max(to));
    let days = early.iter_days().skip(1).take_while(|day| *day <= late);
    let count = days.filter(|day| works(special, *day)).map(|_| 1).sum::<i64>();
    if to < from { -count } else { count }
}
