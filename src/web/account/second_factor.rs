//! One's own second factor: how it stands, and setting it up with an authenticator app. Step by step:
//! what is needed, the key as a QR code and to be typed, a first code with the password, the recovery
//! codes, which are shown this once.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::step_up::Asked;
use super::super::{Answer, App, Fail, Form, Page, User, reply};
use crate::error::{Error, Result};
use crate::people::{self, FactorState, RecoveryCode, TotpKey};
use crate::values::{Problem, Squares, Text};

pub(in crate::web) const PATH: &str = "/account/second-factor";

/// How all forms here ask for the password.
pub(super) const ASKED: Asked =
    Asked { field: "password", missing: "email-password-missing", wrong: "email-password-wrong" };

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct FactorPage {
    page: Page,
    state: Option<FactorState>,
    since: String,
    /// The reader's role takes one.
    required: bool,
    /// What is shown to be set up.
    shown: Option<Shown>,
}

struct Shown {
    squares: Option<Squares>,
    groups: Vec<String>,
    account: String,
}

/// The codes, the only time they can be seen.
#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    page: Page,
    /// They came with a new second factor, not alone.
    set_up: bool,
    codes: Vec<String>,
    on: &'static str,
}

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    reply::page(&show(&app, &user, &[]).await?)
}

fn shown(user: &User, key: &TotpKey) -> Shown {
    let account = user.person.email.clone();
    let squares = Squares::of(&key.address(&user.visit.company, &account));
    Shown { squares, groups: key.groups().into_iter().map(str::to_owned).collect(), account }
}

async fn show(app: &App, user: &User, problems: &[Problem]) -> Result<FactorPage, Fail> {
    let (id, now, session) = (user.person.id.clone(), user.visit.now, session(user)?);
    let (state, key) = app
        .read(move |conn| {
            let state = people::second_factor_of(conn, &id)?;
            Ok((state, people::pending_key(conn, &id, &session, now)?))
        })
        .await?;
    let page = user
        .page("factor-title")
        .under("/account", user.words().t("account-title"))
        .with_problems(problems);
    Ok(FactorPage {
        since: state.map(|state| page.time(&state.since)).unwrap_or_default(),
        required: app.config.security.requires(&user.person.side),
        shown: key.map(|key| shown(user, &key)),
        state,
        page,
    })
}

/// The session the reader is in.
fn session(user: &User) -> Result<String> {
    user.visit.session().map(str::to_owned).ok_or(Error::NotFound)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Makes the key that the page then shows.
pub(in crate::web) async fn begin(app: App, user: User, form: Form<Nothing>) -> Answer {
    let session = session(&user)?;
    let posted = app.post(user.actor(), form.key, move |tx| {
        people::begin_second_factor(tx, &session)?;
        Ok(PATH.to_owned())
    });
    reply::see_other(posted.await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(in crate::web) struct Typed {
    new_code: String,
    password: String,
    code: String,
    recovery: String,
}

pub(in crate::web) async fn confirm(app: App, user: User, form: Form<Typed>) -> Answer {
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(plain(&location));
    }
    let Typed { new_code, password, code, recovery } = form.fields;
    let (id, typed, now) = (user.person.id.clone(), new_code.clone(), user.visit.now);
    let session = session(&user)?;
    let shown_in = session.clone();
    let fits = app
        .read(move |conn| people::fits_setup(conn, &id, &shown_in, &typed, now).map(|_| ()))
        .await;
    match fits {
        Ok(()) => {}
        Err(Error::Invalid(mut problems)) => {
            if password.is_empty() {
                problems.push(Problem::new(ASKED.field, Text::new(ASKED.missing)));
            }
            return reply::form_again(&show(&app, &user, &problems).await?);
        }
        // What was shown can't be used any more: it begins anew.
        Err(Error::Refused(text)) => {
            let problems = [Problem::new("begin", text)];
            return reply::refused_again(&show(&app, &user, &problems).await?);
        }
        Err(other) => return Err(other.into()),
    }
    let proven = match app.step_up(&user, &ASKED, password, [code, recovery]).await? {
        Ok(proven) => proven,
        Err((status, problems)) => {
            return reply::with_status(status, &show(&app, &user, &problems).await?);
        }
    };
    let recovery = app.recovery_codes().await?;
    let (kept, done) = (recovery.clone(), location());
    let ours = done.clone();
    let posted = app
        .post(user.actor(), key, move |tx| {
            people::set_up_second_factor(tx, &proven, &new_code, &kept, &session)?;
            Ok(done.clone())
        })
        .await;
    match posted {
        Ok(location) if location == ours => codes_page(&user, true, &recovery),
        Ok(location) => reply::see_other(plain(&location)),
        Err(Error::Invalid(problems)) => reply::form_again(&show(&app, &user, &problems).await?),
        Err(other) => Err(other.into()),
    }
}

/// Where the result can be seen, told apart from that of the same form in another post: only the one
/// that made the codes can show them.
pub(super) fn location() -> String {
    format!("{PATH}#{}", uuid::Uuid::new_v4().simple())
}

pub(super) fn plain(location: &str) -> &str {
    location.split('#').next().unwrap_or(PATH)
}

pub(super) fn codes_page(user: &User, set_up: bool, codes: &[RecoveryCode]) -> Answer {
    let page = user.page("recovery-title").under(PATH, user.words().t("factor-title"));
    let codes = codes.iter().map(RecoveryCode::shown).collect();
    let on = super::home_of(Some(&user.person));
    reply::with_status(StatusCode::OK, &CodesPage { page, set_up, codes, on })
}
