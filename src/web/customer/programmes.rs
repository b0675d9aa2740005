use std::collections::{BTreeSet, HashSet};

use actix_web::web::Query;
use askama::Template;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::super::programme_view::{Programme, ProgrammeView, versions_of};
use super::super::{Answer, App, CustomerUser, Fail, Page, reply};
use crate::accruals::{self, Accrual};
use crate::customers;
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, CustomerFacts};
use crate::sales;
use crate::values::{Key, VersionId};

#[derive(Template)]
#[template(path = "customer/programmes.html")]
struct ProgrammesPage {
    page: Page,
    /// Years to choose from, newest first.
    years: Vec<i32>,
    year: Option<i32>,
    /// Running ones first, then those to come, those that ended, those that were withdrawn.
    programmes: Vec<ProgrammeView>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    year: String,
}

struct Found {
    years: Vec<i32>,
    programmes: Vec<Programme>,
    signed: HashSet<VersionId>,
    through: Option<NaiveDate>,
}

fn find(conn: &mut Conn, customer: Key, today: NaiveDate, year: Option<i32>) -> Result<Found> {
    let person = customers::by_id(conn, customer)?;
    let facts = CustomerFacts::from(&person);
    let accruals = accruals::of_customer(conn, customer)?;
    let day = year.map_or(today, |year| day_in(year, today));
    let mut programmes = Programme::all(conn, &facts, &accruals, day)?;
    if let Some(year) = year {
        programmes.retain(|programme| shares(programme, year));
    }
    Ok(Found {
        years: years(&accruals, &programmes, today),
        signed: policies::acknowledged(conn, &versions_of(&programmes), customer)?,
        programmes,
        through: sales::data_through(conn, Some(customer))?,
    })
}

/// Today in this year; the last day of a past one, the first of one to come.
fn day_in(year: i32, today: NaiveDate) -> NaiveDate {
    let day = match year - today.year() {
        0 => Some(today),
        past if past < 0 => NaiveDate::from_ymd_opt(year, 12, 31),
        _ => NaiveDate::from_ymd_opt(year, 1, 1),
    };
    day.unwrap_or(today)
}

/// Whether the programme was in force on some day of the year.
fn shares(programme: &Programme, year: i32) -> bool {
    let last = programme.newest.last_day();
    programme.from.year() <= year && last.is_none_or(|last| year <= last.year())
}

/// The years in which something accrued or begins, and this one.
fn years(accruals: &[Accrual], programmes: &[Programme], today: NaiveDate) -> Vec<i32> {
    let accrued = accruals.iter().map(|accrual| accrual.last_day.year());
    let begin = programmes.iter().map(|p| p.from.year()).filter(|year| *year > today.year());
    let all: BTreeSet<i32> = accrued.chain(begin).chain([today.year()]).collect();
    all.into_iter().rev().collect()
}

pub(in crate::web) async fn list(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let year = match asked.year.trim() {
        "" => None,
        text => {
            let year = text.parse().ok().filter(|year| (1900..=2199).contains(year));
            Some(year.ok_or_else(|| Fail::malformed("year"))?)
        }
    };
    let (customer, today) = (user.customer, app.db.today());
    let found = app.read(move |conn| find(conn, customer, today, year)).await?;
    let page = user.page("nav-policies").with_data_through(found.through);
    let mut programmes: Vec<ProgrammeView> = found
        .programmes
        .into_iter()
        .map(|programme| ProgrammeView::new(programme, &found.signed, today, &page))
        .collect();
    programmes.sort_by_key(|programme| match programme.state {
        "active" => 0,
        "pending" => 1,
        "ended" => 2,
        _ => 3,
    });
    reply::page(&ProgrammesPage { page, years: found.years, year, programmes })
}
