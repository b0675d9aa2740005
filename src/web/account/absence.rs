//! Being away: from when until when, and who stands in. New disputes and reminders of deadlines
//! then go to the deputy.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::{self, Absence, Person};
use crate::values::{AbsenceId, PersonId, Problem, StaffRole, Text, parse_date};
use crate::words;

#[derive(Template)]
#[template(path = "account/absence.html")]
struct AbsencePage {
    page: Page,
    rows: Vec<Row>,
    deputies: Vec<(String, String)>,
    lead: Option<String>,
    typed: Typed,
}

struct Row {
    id: String,
    days: String,
    deputy: Option<String>,
    now: bool,
}

/// A new absence as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    first: String,
    last: String,
    #[serde(default)]
    deputy: String,
}

struct Found {
    absences: Vec<Absence>,
    deputies: Vec<Person>,
    lead: Option<Person>,
}

fn find(conn: &mut Conn, person: &Person, today: NaiveDate) -> Result<Found> {
    let mut deputies = Vec::new();
    for role in [StaffRole::AccountManager, StaffRole::AppealsReviewer] {
        for other in people::staff_with_role(conn, role)? {
            let new = deputies.iter().all(|known: &Person| known.id != other.id);
            if new && people::can_stand_in(person, &other) {
                deputies.push(other);
            }
        }
    }
    Ok(Found {
        absences: people::absences_of(conn, &person.id, today)?,
        deputies,
        lead: people::lead_of(conn, Some(&person.id))?,
    })
}

pub(in crate::web) async fn page(app: App, user: StaffUser) -> Answer {
    reply::page(&show(&app, &user, Typed::default(), &[]).await?)
}

async fn show(
    app: &App,
    user: &StaffUser,
    typed: Typed,
    problems: &[Problem],
) -> Result<AbsencePage> {
    let (person, today) = (user.person.clone(), app.db.today());
    let found = app.read(move |conn| find(conn, &person, today)).await?;
    let page = user
        .page("absence-title")
        .under("/notifications", user.words().t("notifications-title"))
        .with_problems(problems);
    let name = |id: &PersonId| {
        let known = found.deputies.iter().find(|person| person.id == *id);
        known.map_or_else(|| page.t("absence-deputy-gone"), |person| person.name.clone())
    };
    let row = |absence: Absence| Row {
        id: absence.id.to_string(),
        days: days(&absence, &page),
        deputy: absence.deputy.as_ref().map(name),
        now: absence.first <= today,
    };
    Ok(AbsencePage {
        rows: found.absences.into_iter().map(row).collect(),
        deputies: found
            .deputies
            .iter()
            .map(|person| (person.id.to_string(), person.name.clone()))
            .collect(),
        lead: found.lead.map(|lead| lead.name),
        typed,
        page,
    })
}

fn days(absence: &Absence, page: &Page) -> String {
    if absence.first == absence.last {
        return page.deadline(&absence.first);
    }
    words::date_range(page.language(), absence.first, absence.last)
}

pub(in crate::web) async fn plan(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let planned = typed.clone();
    let teller = user.clone();
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let (first, last) = read(&planned).map_err(Error::Invalid)?;
            let deputy = Some(planned.deputy.as_str()).filter(|id| !id.is_empty());
            let deputy = deputy.map(PersonId::from_text);
            people::plan_absence(tx, &teller.person.id, first, last, deputy.as_ref())?;
            teller.tell(tx, &teller.words().t("absence-planned"))?;
            Ok("/absence".to_owned())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, typed, &problems).await?;
            reply::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}

fn read(typed: &Typed) -> Result<(NaiveDate, NaiveDate), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut day = |field: &'static str, text: &str| {
        let day = parse_date(text.trim()).ok();
        if day.is_none() {
            let wrong = match text.trim() {
                "" => Text::new("typed-day-missing"),
                found => Text::new("absence-no-day").with("found", found),
            };
            problems.push(Problem::new(field, wrong));
        }
        day
    };
    let (first, last) = (day("first", &typed.first), day("last", &typed.last));
    first.zip(last).ok_or(problems)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Ended {
    absence: String,
}

pub(in crate::web) async fn end(app: App, user: StaffUser, form: Form<Ended>) -> Answer {
    let id = AbsenceId::from_text(&form.fields.absence);
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        people::end_absence(tx, &teller.person.id, &id)?;
        teller.tell(tx, &teller.words().t("absence-ended"))?;
        Ok("/absence".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
