//! Changing one's own password: the old one is asked again, and every other device signed out.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::step_up::Asked;
use super::super::{Answer, App, Form, Page, User, reply};
use crate::error::Error;
use crate::people;
use crate::values::{Problem, Text};

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    page: Page,
    email: String,
}

const ASKED: Asked =
    Asked { field: "current", missing: "password-current-missing", wrong: "password-wrong" };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    current: String,
    password: String,
    again: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    recovery: String,
}

pub(in crate::web) async fn page(user: User) -> Answer {
    show(&user, StatusCode::OK, &[])
}

/// What was typed isn't shown again: passwords don't go back over the wire.
fn show(user: &User, status: StatusCode, problems: &[Problem]) -> Answer {
    let page = user
        .page("account-password")
        .under("/account", user.words().t("account-title"))
        .with_problems(problems);
    reply::with_status(status, &PasswordPage { page, email: user.person.email.clone() })
}

pub(in crate::web) async fn change(app: App, user: User, form: Form<Typed>) -> Answer {
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(location);
    }
    let Typed { current, password, again, code, recovery } = form.fields;
    let customer = user.visit.customer_name.clone().unwrap_or_default();
    let (name, email) = (user.person.name.as_str(), user.person.email.as_str());
    let known = ["openrebate", &user.visit.company, &customer, name, email];
    if let Some(problem) = problem(&current, &password, &again, &known) {
        return show(&user, StatusCode::UNPROCESSABLE_ENTITY, &[problem]);
    }
    let proven = match app.step_up(&user, &ASKED, current, [code, recovery]).await? {
        Ok(proven) => proven,
        Err((status, problems)) => return show(&user, status, &problems),
    };
    let hash = app.hash_password(password).await?;
    let session = user.visit.session().ok_or(Error::NotFound)?.to_owned();
    let (teller, device) = (user.clone(), user.visit.device.clone());
    let posted = app.post(user.actor(), key, move |tx| {
        people::change_password(tx, &proven, &hash, &session, device.as_ref())?;
        teller.tell(tx, &teller.words().t("password-changed"))?;
        Ok("/account".to_owned())
    });
    reply::see_other(posted.await?)
}

/// What is wrong with the passwords, before the old one is looked at.
fn problem(current: &str, password: &str, again: &str, known: &[&str]) -> Option<Problem> {
    if current.is_empty() {
        return Some(Problem::new("current", Text::new("password-current-missing")));
    }
    if password == current {
        return Some(Problem::new("password", Text::new("password-same")));
    }
    super::new_password_problem(password, again, known)
}
