//! New recovery codes, and turning the second factor off: each behind the password and a code.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, User, reply};
use super::second_factor::{ASKED, PATH, codes_page, location, plain};
use crate::error::{Error, Result};
use crate::people;
use crate::values::Problem;

/// Which of both it is, with its words.
#[derive(Clone, Copy)]
struct Change {
    action: &'static str,
    title: &'static str,
    lead: &'static str,
    button: &'static str,
}

const NEW_CODES: Change = Change {
    action: "/account/second-factor/recovery-codes",
    title: "recovery-new-title",
    lead: "recovery-new-lead",
    button: "recovery-new-button",
};

const ENDING: Change = Change {
    action: "/account/second-factor/ending",
    title: "factor-end-title",
    lead: "factor-end-lead",
    button: "factor-end-button",
};

#[derive(Template)]
#[template(path = "account/second_factor_change.html")]
struct ChangePage {
    page: Page,
    change: Change,
}

/// Refuses what only makes sense with a second factor.
fn has_one(user: &User) -> Result<()> {
    match user.person.second_factor_since {
        Some(_) => Ok(()),
        None => Err(Error::refused("factor-none")),
    }
}

fn show(user: &User, change: Change, status: StatusCode, problems: &[Problem]) -> Answer {
    // Whoever has none sets one up first.
    if user.person.second_factor_since.is_none() {
        return reply::see_other(PATH);
    }
    let page =
        user.page(change.title).under(PATH, user.words().t("factor-title")).with_problems(problems);
    reply::with_status(status, &ChangePage { page, change })
}

pub(in crate::web) async fn new_codes_form(user: User) -> Answer {
    show(&user, NEW_CODES, StatusCode::OK, &[])
}

/// Whose role takes one can't turn it off.
pub(in crate::web) async fn ending_form(app: App, user: User) -> Answer {
    if app.config.security.requires(&user.person.side) {
        return reply::see_other(PATH);
    }
    show(&user, ENDING, StatusCode::OK, &[])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(in crate::web) struct Typed {
    password: String,
    code: String,
    recovery: String,
}

pub(in crate::web) async fn new_codes(app: App, user: User, form: Form<Typed>) -> Answer {
    has_one(&user)?;
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(plain(&location));
    }
    let Typed { password, code, recovery } = form.fields;
    let proven = match app.step_up(&user, &ASKED, password, [code, recovery]).await? {
        Ok(proven) => proven,
        Err((status, problems)) => return show(&user, NEW_CODES, status, &problems),
    };
    let codes = app.recovery_codes().await?;
    let (kept, done) = (codes.clone(), location());
    let ours = done.clone();
    let posted = app.post(user.actor(), key, move |tx| {
        people::new_recovery_codes(tx, &proven, &kept)?;
        Ok(done.clone())
    });
    match posted.await? {
        location if location == ours => codes_page(&user, false, &codes),
        location => reply::see_other(plain(&location)),
    }
}

pub(in crate::web) async fn end(app: App, user: User, form: Form<Typed>) -> Answer {
    if app.config.security.requires(&user.person.side) {
        return Err(Error::refused("factor-required").into());
    }
    let key = form.key.of_secrets();
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(location);
    }
    has_one(&user)?;
    let Typed { password, code, recovery } = form.fields;
    let proven = match app.step_up(&user, &ASKED, password, [code, recovery]).await? {
        Ok(proven) => proven,
        Err((status, problems)) => return show(&user, ENDING, status, &problems),
    };
    let teller = user.clone();
    let posted = app.post(user.actor(), key, move |tx| {
        people::turn_off_second_factor(tx, &proven)?;
        teller.tell(tx, &teller.words().t("factor-ended"))?;
        Ok("/account".to_owned())
    });
    reply::see_other(posted.await?)
}
