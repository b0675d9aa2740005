//! The six policies of the made-up company, of different kinds.

use chrono::{Datelike, NaiveDate};

const Q_DIST: &str = include_str!("policies/q_dist.toml");
const M_LIGHT: &str = include_str!("policies/m_light.toml");
const Y_KEY: &str = include_str!("policies/y_key.toml");
const H_SHELF: &str = include_str!("policies/h_shelf.toml");
const Q_REG: &str = include_str!("policies/q_reg.toml");
const T_KITCHEN: &str = include_str!("policies/t_kitchen.toml");

/// The dates the files carry until the play's own are put in.
const FROM: &str = "2000-01-01";
const TO: &str = "2000-12-31";

/// The policy files, for sales from `first` on; the promotion ran for two months before `today`.
pub fn files(first: NaiveDate, today: NaiveDate) -> Vec<String> {
    let (start, end) = promotion_days(today);
    let mut files: Vec<String> = [Q_DIST, M_LIGHT, Y_KEY, H_SHELF, Q_REG]
        .map(|file| file.replace(FROM, &first.to_string()))
        .into();
    files.push(T_KITCHEN.replace(FROM, &start.to_string()).replace(TO, &end.to_string()));
    files
}

/// Two months that ended at least a month ago.
fn promotion_days(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let start = today
        .checked_sub_months(chrono::Months::new(4))
        .and_then(|d| d.with_day(1))
        .unwrap_or(today);
    let end = start
        .checked_add_months(chrono::Months::new(2))
        .and_then(|d| d.pred_opt())
        .unwrap_or(start);
    (start, end)
}
