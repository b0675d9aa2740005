//! Changing the address one signs in with: asked for with the password, and done by a link that goes
//! to the new address.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::step_up::Asked;
use super::super::{Answer, App, Fail, Form, Page, User, Visit, reply};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::{self, LinkState, Person};
use crate::values::{EmailAddress, Language, Problem, Text};

#[derive(Template)]
#[template(path = "account/email.html")]
struct EmailPage {
    page: Page,
    old: String,
    email: String,
    /// Customers have the reader as account manager, by this address.
    named: bool,
}

#[derive(Template)]
#[template(path = "account/email_change.html")]
struct ChangePage {
    page: Page,
    name: String,
    old: String,
    new: String,
    state: LinkState,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    email: String,
    current: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    recovery: String,
}

const ASKED: Asked =
    Asked { field: "current", missing: "email-password-missing", wrong: "email-password-wrong" };

/// Whether customers have the person as account manager: their master data names them by the
/// address, and would name nobody once it is another.
fn is_named(conn: &mut Conn, person: &Person) -> Result<bool> {
    let (_, managers) = customers::classes_and_managers(conn)?;
    Ok(person.customer().is_none()
        && managers.iter().any(|email| email.eq_ignore_ascii_case(&person.email)))
}

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    show(&app, &user, StatusCode::OK, String::new(), &[]).await
}

async fn show(
    app: &App,
    user: &User,
    status: StatusCode,
    email: String,
    problems: &[Problem],
) -> Answer {
    let person = user.person.clone();
    let named = app.read(move |conn| is_named(conn, &person)).await?;
    let page = user
        .page("account-address")
        .under("/account", user.words().t("account-title"))
        .with_problems(problems);
    reply::with_status(status, &EmailPage { page, old: user.person.email.clone(), email, named })
}

pub(in crate::web) async fn ask(app: App, user: User, form: Form<Typed>) -> Answer {
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(location);
    }
    let Typed { email: typed, current, code, recovery } = form.fields;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let again = |key: &'static str| {
        let problems = [Problem::new("email", Text::new(key))];
        let (app, user, typed) = (app.clone(), user.clone(), typed.clone());
        async move { show(&app, &user, wrong, typed, &problems).await }
    };
    let Some(email) = EmailAddress::parse(&typed) else {
        return again("forgotten-no-address").await;
    };
    let person = user.person.clone();
    if app.read(move |conn| is_named(conn, &person)).await? {
        return again("email-named").await;
    }
    let proven = match app.step_up(&user, &ASKED, current, [code, recovery]).await? {
        Ok(proven) => proven,
        Err((status, problems)) => return show(&app, &user, status, typed, &problems).await,
    };
    let (teller, language) = (user.clone(), user.words().language);
    let posted = app.post(user.actor(), key, move |tx| {
        people::ask_email_change(tx, &proven, &email, language)?;
        teller.tell(tx, &teller.words().t1("email-asked", "email", &email))?;
        Ok("/account".to_owned())
    });
    match posted.await {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => show(&app, &user, wrong, typed, &problems).await,
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Takes back what was asked for and isn't confirmed yet.
pub(in crate::web) async fn withdraw(app: App, user: User, form: Form<Nothing>) -> Answer {
    let teller = user.clone();
    let posted = app.post(user.actor(), form.key, move |tx| {
        people::withdraw_email_change(tx, &teller.person)?;
        teller.tell(tx, &teller.words().t("email-withdrawn"))?;
        Ok("/account".to_owned())
    });
    reply::see_other(posted.await?)
}

/// What the link of a letter to the new address is of.
struct Found {
    person: Person,
    new: String,
    state: LinkState,
}

async fn found(app: &App, token: String) -> Result<Found, Fail> {
    let now = app.db.now();
    let found = app.read(move |conn| {
        let Some((link, person, state)) = people::email_change_of(conn, &token, now)? else {
            return Ok(None);
        };
        let state = match state {
            LinkState::Valid if is_named(conn, &person)? => LinkState::Withdrawn,
            state => state,
        };
        Ok(Some(Found { person, new: link.about.unwrap_or_default(), state }))
    });
    found.await?.ok_or(Fail::NO_LINK)
}

/// Where that link leads: looking changes nothing.
pub(in crate::web) async fn landing(app: App, visit: Visit, token: Path<String>) -> Answer {
    let found = found(&app, token.into_inner()).await?;
    show_change(&visit, found)
}

fn show_change(visit: &Visit, Found { person, new, state }: Found) -> Answer {
    let (status, title) = match state {
        LinkState::Valid => (StatusCode::OK, "email-change-title"),
        _ => (StatusCode::GONE, "email-over-title"),
    };
    let page = visit.page(visit.words.t(title));
    let (name, old) = (person.name, person.email);
    reply::with_status(status, &ChangePage { page, name, old, new, state })
}

/// Takes the new address, whoever is signed in: the link is the right.
pub(in crate::web) async fn confirm(
    app: App,
    visit: Visit,
    token: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let token = token.into_inner();
    let found = found(&app, token.clone()).await?;
    let by = found.person.actor(Some(visit.request_id.clone()), Some(visit.address.clone()));
    if let Some(location) = app.posted(&by, &form.key).await? {
        return reply::see_other(location);
    }
    if found.state != LinkState::Valid {
        return show_change(&visit, found);
    }
    let posted = app.post(by, form.key, move |tx| {
        people::change_email(tx, &token, Language::default())?;
        Ok("/email-changed".to_owned())
    });
    match posted.await {
        Ok(location) => reply::see_other(location),
        Err(Error::Refused(Text { key: "link-over", .. })) => {
            // Somebody used it in this very moment.
            show_change(&visit, Found { state: LinkState::Used, ..found })
        }
        Err(other) => Err(other.into()),
    }
}

/// It is done.
pub(in crate::web) async fn done(visit: Visit) -> Answer {
    let page = visit.page(visit.words.t("email-changed-title"));
    reply::page(&DonePage { page })
}

#[derive(Template)]
#[template(path = "account/email_changed.html")]
struct DonePage {
    page: Page,
}
