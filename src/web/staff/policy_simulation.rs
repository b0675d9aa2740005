//! Trying a policy out on past sales. Nothing is stored.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, explanation_files, reply};
use super::policy_editor::page_of;
use super::policy_simulated::{Shown, said_of_days, shown};
use super::portfolio::Portfolio;
use crate::accruals::{self, Simulation, Trial};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, Version};
use crate::reports::{self, Format};
use crate::sales;
use crate::values::{Key, Problem, Text, VersionId, parse_date};

#[derive(Template)]
#[template(path = "staff/policy_simulation.html")]
struct SimulationPage {
    page: Page,
    id: String,
    formula: String,
    asked: Asked,
    /// Code and name of the policies it can be compared with.
    others: Vec<(String, String)>,
    /// What the days, or the lack of sales, mean for it.
    notes: Vec<String>,
    shown: Option<Shown>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    pub(super) from: String,
    pub(super) to: String,
    /// A policy's code; `none`, or empty for the one in force with the same code.
    pub(super) against: String,
}

/// What was tried, and whom it concerns.
struct Tried {
    version: Version,
    others: Vec<Version>,
    /// The days it was tried on; None without any sales.
    days: Option<(NaiveDate, NaiveDate)>,
    simulation: Option<Simulation>,
    customers: HashMap<Key, Customer>,
}

pub(in crate::web) async fn page(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let (id, asked) = (VersionId::from_text(&id), asked.into_inner());
    let (wanted, looked) = (asked.clone(), id.clone());
    match app.read(move |conn| try_out(conn, &looked, &wanted)).await {
        Ok(tried) => reply::page(&made(&user, tried, asked, &[])),
        Err(Error::Invalid(problems)) => {
            let tried = app.read(move |conn| untried(conn, &id)).await?;
            reply::form_again(&made(&user, tried, asked, &problems))
        }
        Err(other) => Err(other.into()),
    }
}

/// Every customer and period as a file.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Answer {
    let (id, format) = path.into_inner();
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let (id, reach) = (VersionId::from_text(&id), Portfolio::of(&user));
    let bytes = app
        .read(move |conn| {
            let mut tried = try_out(conn, &id, &asked)?;
            tried.customers.retain(|_, customer| reach.holds(customer));
            let simulation = tried.simulation.ok_or(Error::NotFound)?;
            let table = reports::simulation_table(&tried.version, &simulation, &tried.customers);
            let mut bytes = Vec::new();
            reports::write(&table, format, &mut bytes)?;
            Ok((format!("{}-v{}", tried.version.code, tried.version.number), bytes))
        })
        .await;
    let (name, bytes) = bytes?;
    let kind = explanation_files::content_type(format);
    let response: HttpResponse =
        reply::download(&format!("{name}-simulation.{format}"), kind, bytes);
    Ok(response)
}

fn untried(conn: &mut Conn, id: &VersionId) -> Result<Tried> {
    let version = policies::version(conn, id)?;
    let currency = version.terms.currency;
    let mut others = policies::in_force(conn)?;
    others.retain(|other| other.id != version.id && other.terms.currency == currency);
    Ok(Tried { version, others, days: None, simulation: None, customers: HashMap::new() })
}

fn try_out(conn: &mut Conn, id: &VersionId, asked: &Asked) -> Result<Tried> {
    let mut tried = untried(conn, id)?;
    let of_code = |code: &str| tried.others.iter().find(|other| other.code == code).cloned();
    let mut problems = Vec::new();
    let against = match asked.against.as_str() {
        "none" => None,
        "" => of_code(&tried.version.code),
        code => {
            let found = of_code(code);
            if found.is_none() {
                let missing = Text::new("simulation-no-such-policy").with("code", code);
                problems.push(Problem::new("against", missing));
            }
            found
        }
    };
    let days = days(conn, asked, &mut problems)?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let Some(days) = days else { return Ok(tried) };
    let (first_day, last_day) = days;
    let trial = Trial { version: tried.version.clone(), first_day, last_day, against };
    tried.simulation = Some(accruals::simulate(conn, &trial)?);
    tried.customers = customers::all(conn)?.into_iter().map(|c| (c.id, c)).collect();
    tried.days = Some(days);
    Ok(tried)
}

/// The days asked for; by default the last full year. None without any sales.
fn days(
    conn: &mut Conn,
    asked: &Asked,
    found: &mut Vec<Problem>,
) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let Some((first, last)) = accruals::last_full_year(conn)? else { return Ok(None) };
    let mut problems = Vec::new();
    let mut day = |field: &str, text: &str, default| match parse_date(text.trim()) {
        _ if text.trim().is_empty() => default,
        Ok(day) => day,
        Err(_) => {
            let said = Text::new("typed-day-unreadable").with("found", text);
            problems.push(Problem::new(field, said));
            default
        }
    };
    let days = (day("from", &asked.from, first), day("to", &asked.to, last));
    let through = sales::data_through(conn, None)?;
    if problems.is_empty() && days.0 > days.1 {
        problems.push(Problem::new("to", Text::new("simulation-days-reversed")));
    } else if problems.is_empty() && (days.1 - days.0).num_days() > 366 * 3 {
        problems.push(Problem::new("to", Text::new("simulation-too-long")));
    } else if problems.is_empty() && through.is_some_and(|through| days.0 > through) {
        problems.push(Problem::new("from", Text::new("simulation-days-ahead")));
    }
    found.append(&mut problems);
    Ok(Some(days))
}

fn made(user: &StaffUser, tried: Tried, asked: Asked, problems: &[Problem]) -> SimulationPage {
    let words = user.words();
    let version = &tried.version;
    let title = words.t2("simulation-title", "code", &version.code, "version", version.number);
    let page = user
        .visit
        .page(title)
        .under("/staff/policies", words.t("nav-staff-policies"))
        .under(page_of(version), version.terms.name.in_language(words.language))
        .with_problems(problems);
    let asked = match tried.days {
        Some((first, last)) => Asked { from: first.to_string(), to: last.to_string(), ..asked },
        None => asked,
    };
    let others = tried
        .others
        .iter()
        .map(|other| {
            let name = other.terms.name.in_language(words.language);
            (other.code.clone(), format!("{} {name}", other.code))
        })
        .collect();
    let mut notes = Vec::new();
    if problems.is_empty() && tried.days.is_none() {
        notes.push(words.t("simulation-no-sales"));
    }
    if let Some(simulation) = &tried.simulation {
        notes.extend(said_of_days(&page, simulation));
        if asked.against.is_empty() && simulation.against.is_none() {
            notes.push(words.t1("simulation-nothing-to-compare", "code", &version.code));
        }
    }
    let reach = Portfolio::of(user);
    let shown = tried
        .simulation
        .as_ref()
        .filter(|simulation| !simulation.rows.is_empty())
        .map(|simulation| shown(&page, simulation, &tried.customers, &reach, &asked));
    SimulationPage {
        id: version.id.to_string(),
        formula: policies::formula(&version.terms, words),
        asked,
        others,
        notes,
        shown,
        page,
    }
}
