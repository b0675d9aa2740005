//! The six policies of the made-up company, of different kinds, and what is drafted to follow.

use chrono::{Datelike, NaiveDate};

const Q_DIST: &str = include_str!("policies/q_dist.toml");
const M_LIGHT: &str = include_str!("policies/m_light.toml");
const Y_KEY: &str = include_str!("policies/y_key.toml");
const H_SHELF: &str = include_str!("policies/h_shelf.toml");
const Q_REG: &str = include_str!("policies/q_reg.toml");
const T_KITCHEN: &str = include_str!("policies/t_kitchen.toml");
const N_START: &str = include_str!("policies/n_start.toml");
const G_YOY: &str = include_str!("policies/g_yoy.toml");

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

/// From the month on: fewer pieces for the first tier, more money on the second.
pub fn light_amended(from: NaiveDate) -> String {
    let file = M_LIGHT.replace(FROM, &from.to_string());
    file.replace("\"200\"", "\"180\"").replace("\"0.60\"", "\"0.65\"")
}

/// From the year on: a higher cap, and a lower first tier.
pub fn key_amended(from: NaiveDate) -> String {
    let file = Y_KEY.replace(FROM, &from.to_string());
    file.replace("cap = \"200000\"", "cap = \"250000\"").replace("\"500000\"", "\"450000\"")
}

/// From the quarter on: a lower first tier, and a third one.
pub fn regular_amended(from: NaiveDate) -> String {
    let file = Q_REG.replace(FROM, &from.to_string()).replace("\"80000\"", "\"70000\"");
    format!("{file}\n[[reward.tiers]]\nfrom = \"400000\"\npercent = \"2.6\"\n")
}

/// New ones, from the day on.
pub fn starter(from: NaiveDate) -> String {
    N_START.replace(FROM, &from.to_string())
}

pub fn growth(from: NaiveDate) -> String {
    G_YOY.replace(FROM, &from.to_string())
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
