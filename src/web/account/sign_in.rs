use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::carry::Carried;
use super::super::guard::{device_cookie, session_cookie, token_of};
use super::super::{Answer, App, Fail, Form, Page, User, Visit, fail, reply};
use super::sign_in_code;
use crate::people::{self, Credentials, SessionKey, SignIn, Welcome};
use crate::values::{Problem, Text};

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    page: Page,
    email: String,
    next: String,
    note: Option<String>,
    /// A form that came without a session, to be offered again.
    carried: String,
}

#[derive(Template)]
#[template(path = "account/resume.html")]
struct ResumePage<'a> {
    page: Page,
    carried: &'a Carried,
    written: Vec<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    signed_out: Option<String>,
    /// An invitation was accepted.
    #[serde(default)]
    accepted: Option<String>,
    #[serde(default)]
    password_set: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    carried: String,
}

pub(in crate::web) async fn form(visit: Visit, asked: Query<Asked>) -> Answer {
    if visit.person().is_some() {
        return reply::see_other(super::home_of(visit.person()));
    }
    let asked = asked.into_inner();
    let note = match (asked.accepted, asked.password_set, asked.signed_out) {
        (Some(_), _, _) => Some(visit.words.t("invitation-accepted")),
        (None, Some(_), _) => Some(visit.words.t("reset-done")),
        (None, None, Some(_)) => Some(visit.words.t("sign-out-done")),
        (None, None, None) => None,
    };
    let (page, email, carried) = (page(&visit), String::new(), String::new());
    reply::page(&SignInPage { page, email, next: asked.next, note, carried })
}

/// The page for somebody whose form came without a session: 401, and nothing is lost.
pub(in crate::web) fn carrying(visit: &Visit, carried: String) -> Answer {
    let note = Some(visit.words.t("sign-in-carried"));
    let (page, email, next) = (page(visit), String::new(), String::new());
    let page = SignInPage { page, email, next, note, carried };
    reply::with_status(StatusCode::UNAUTHORIZED, &page)
}

fn page(visit: &Visit) -> Page {
    visit.page(visit.words.t("sign-in-title"))
}

pub(in crate::web) async fn submit(app: App, visit: Visit, form: Form<Typed>) -> Answer {
    let Typed { email, password, next, carried } = form.fields;
    if email.trim().is_empty() || password.is_empty() {
        return again(&visit, email, (next, carried), "sign-in-empty");
    }
    let credentials = Credentials {
        email: email.clone(),
        password: password.chars().take(200).collect(),
        address: visit.address.clone(),
        agent: visit.agent.clone(),
        device: visit.device.clone(),
        request: Some(visit.request_id.clone()),
    };
    match app.sign_in(credentials).await? {
        SignIn::No => again(&visit, email, (next, carried), "sign-in-wrong"),
        SignIn::TooMany { until } => Ok(fail::render(&visit, &Fail::too_many(until))),
        SignIn::Code { key } => sign_in_code::ask(&visit, &key, email, next, carried),
        SignIn::Welcome(welcome) => enter(&visit, &welcome, &next, &carried),
    }
}

/// Lets somebody in who showed all that is asked of them: to where they wanted, or to what they were
/// writing when their session ended.
pub(super) fn enter(visit: &Visit, welcome: &Welcome, next: &str, carried: &str) -> Answer {
    let Welcome { person, key, device } = welcome;
    let to = if next.is_empty() { super::home_of(Some(person)) } else { reply::local(next) };
    let mut answer = match Carried::read(carried) {
        Some(carried) => resume(visit, key, &carried)?,
        None => reply::see_other(to)?,
    };
    let _ = answer.add_cookie(&session_cookie(key));
    let _ = answer.add_cookie(&device_cookie(device));
    Ok(answer)
}

/// The page again, for somebody whose code wasn't typed in time or too often wrong: nothing but the
/// sign-in is lost.
pub(super) fn anew(visit: &Visit, next: String, carried: String) -> Answer {
    let problem = Problem::new("email", Text::new("sign-in-code-over"));
    let page = page(visit).with_problems(&[problem]);
    let page = SignInPage { page, email: String::new(), next, note: None, carried };
    reply::with_status(StatusCode::UNAUTHORIZED, &page)
}

/// What was written before the session ended, with a button that sends it on.
fn resume(visit: &Visit, key: &SessionKey, carried: &Carried) -> Answer {
    let mut page = visit.page(visit.words.t("resume-title"));
    page.token = token_of(key);
    reply::page(&ResumePage { page, carried, written: carried.written() })
}

fn again(
    visit: &Visit,
    email: String,
    (next, carried): (String, String),
    sentence: &'static str,
) -> Answer {
    let problem = Problem::new("email", Text::new(sentence));
    let page = page(visit).with_problems(&[problem]);
    reply::form_again(&SignInPage { page, email, next, note: None, carried })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

pub(in crate::web) async fn out(app: App, user: User, _form: Form<Nothing>) -> Answer {
    let Some(session) = user.visit.session().map(str::to_owned) else {
        return reply::see_other("/sign-in");
    };
    app.write(user.actor(), move |tx| people::end_session(tx, &session)).await?;
    let mut answer: HttpResponse = reply::see_other("/sign-in?signed_out=1")?;
    answer.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    // A new key instead of none: the next form's token is made of it.
    let _ = answer.add_cookie(&session_cookie(&SessionKey::random()));
    Ok(answer)
}
