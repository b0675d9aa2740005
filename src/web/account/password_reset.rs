//! Where the link of a forgotten password leads. Looking changes nothing, because mail servers look
//! at every address in a letter; the new password comes by a post, and signs nobody in.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::guard::device_cookie;
use super::super::{Answer, App, Fail, Form, Page, Visit, reply};
use crate::error::Error;
use crate::people::{self, DeviceKey, LinkState, Person};
use crate::values::{Problem, Text};

#[derive(Template)]
#[template(path = "account/password_reset.html")]
struct ResetPage {
    page: Page,
    email: String,
    state: LinkState,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    password: String,
    again: String,
}

async fn found(app: &App, token: String) -> Result<(Person, LinkState), Fail> {
    let now = app.db.now();
    let found = app.read(move |conn| people::reset_of(conn, &token, now)).await?;
    found.map(|(_, person, state)| (person, state)).ok_or(Fail::NO_LINK)
}

fn show(visit: &Visit, person: &Person, state: LinkState, problems: &[Problem]) -> Answer {
    let (status, title) = match state {
        LinkState::Valid if problems.is_empty() => (StatusCode::OK, "reset-title"),
        LinkState::Valid => (StatusCode::UNPROCESSABLE_ENTITY, "reset-title"),
        _ => (StatusCode::GONE, "reset-over-title"),
    };
    let page = visit.page(visit.words.t(title)).with_problems(problems);
    // Whose it is is told to nobody whose link is over.
    let email = if state == LinkState::Valid { person.email.clone() } else { String::new() };
    reply::with_status(status, &ResetPage { page, email, state })
}

pub(in crate::web) async fn page(app: App, visit: Visit, token: Path<String>) -> Answer {
    let (person, state) = found(&app, token.into_inner()).await?;
    show(&visit, &person, state, &[])
}

pub(in crate::web) async fn set(
    app: App,
    visit: Visit,
    token: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let token = token.into_inner();
    let (person, state) = found(&app, token.clone()).await?;
    let by = person.actor(Some(visit.request_id.clone()), Some(visit.address.clone()));
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&by, &key).await? {
        return reply::see_other(location);
    }
    if state != LinkState::Valid {
        return show(&visit, &person, state, &[]);
    }
    let Typed { password, again } = form.fields;
    let known = ["openrebate", &visit.company, &person.name, &person.email];
    if let Some(problem) = super::new_password_problem(&password, &again, &known) {
        return show(&visit, &person, state, &[problem]);
    }
    let hash = app.hash_password(password).await?;
    let device = DeviceKey::random();
    let given = device.clone();
    let posted = app.post(by, key, move |tx| {
        people::reset_password(tx, &token, &hash, &given)?;
        Ok("/sign-in?password_set=1".to_owned())
    });
    match posted.await {
        Ok(location) => {
            let mut answer = reply::see_other(location)?;
            let _ = answer.add_cookie(&device_cookie(&device));
            Ok(answer)
        }
        // Somebody else used it in this very moment.
        Err(Error::Refused(Text { key: "link-over", .. })) => {
            show(&visit, &person, LinkState::Used, &[])
        }
        Err(other) => Err(other.into()),
    }
}
