//! The second page of signing in, for who has a second factor: the code. Until it is right there is
//! no session; the browser's key says which sign-in goes on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::guard::{session_cookie, token_of};
use super::super::step_up::code_of;
use super::super::{Answer, App, Fail, Form, Page, Visit, fail, reply};
use super::sign_in;
use crate::people::{self, CodeAnswer, CodeTyped, SessionKey};
use crate::values::{Actor, Problem, Text};

#[derive(Template)]
#[template(path = "account/sign_in_code.html")]
struct CodePage {
    page: Page,
    email: String,
    next: String,
    /// A form that came without a session, to be offered again.
    carried: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    #[serde(default)]
    code: String,
    #[serde(default)]
    recovery: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    carried: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    next: String,
}

fn titled(visit: &Visit) -> Page {
    visit.page(visit.words.t("sign-in-code-title"))
}

/// The address of the page; a browser comes here from the first one.
fn path(next: &str) -> String {
    match next.is_empty() {
        true => "/sign-in/code".to_owned(),
        false => format!("/sign-in/code?next={}", reply::query_value(next)),
    }
}

/// What somebody gets whose password was right. A form they were writing goes along in the page
/// itself, everything else by address.
pub(super) fn ask(
    visit: &Visit,
    key: &SessionKey,
    email: String,
    next: String,
    carried: String,
) -> Answer {
    let mut answer: HttpResponse = if carried.is_empty() {
        reply::see_other(path(&next))?
    } else {
        let mut page = titled(visit);
        page.token = token_of(key);
        reply::page(&CodePage { page, email, next, carried })?
    };
    let _ = answer.add_cookie(&session_cookie(key));
    Ok(answer)
}

/// Whose sign-in the browser is in the middle of.
async fn whose(app: &App, visit: &Visit) -> Result<Option<String>, Fail> {
    let (key, now) = (visit.key().clone(), visit.now);
    let person = app.read(move |conn| people::halfway(conn, &key, now)).await?;
    Ok(person.map(|person| person.email))
}

pub(in crate::web) async fn page(
    app: App,
    visit: Visit,
    asked: actix_web::web::Query<Asked>,
) -> Answer {
    let next = asked.into_inner().next;
    if visit.person().is_some() {
        return reply::see_other(super::home_of(visit.person()));
    }
    match whose(&app, &visit).await? {
        Some(email) => {
            let (page, carried) = (titled(&visit), String::new());
            reply::page(&CodePage { page, email, next, carried })
        }
        None => reply::see_other("/sign-in"),
    }
}

pub(in crate::web) async fn submit(app: App, visit: Visit, form: Form<Typed>) -> Answer {
    let Typed { code, recovery, next, carried } = form.fields;
    let (field, code) = code_of([code, recovery]);
    let Some(email) = whose(&app, &visit).await? else {
        return sign_in::anew(&visit, next, carried);
    };
    let again = |text: Text, next: String, carried: String| {
        let page = titled(&visit).with_problems(&[Problem::new(field, text)]);
        let page = CodePage { page, email, next, carried };
        reply::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
    };
    if code.trim().is_empty() {
        return again(Text::new("factor-code-missing"), next, carried);
    }
    let typed = CodeTyped {
        key: visit.key().clone(),
        code,
        address: visit.address.clone(),
        agent: visit.agent.clone(),
        device: visit.device.clone(),
        request: Some(visit.request_id.clone()),
    };
    match app.answer_code(typed).await? {
        CodeAnswer::Welcome(welcome) => sign_in::enter(&visit, &welcome, &next, &carried),
        CodeAnswer::Wrong { left } => {
            let key = match field {
                "code" => "sign-in-code-wrong",
                _ => "sign-in-recovery-wrong",
            };
            again(Text::new(key).with("left", left), next, carried)
        }
        CodeAnswer::Unlike => {
            let key =
                if field == "code" { "factor-new-code-hint" } else { "factor-recovery-wrong" };
            again(Text::new(key), next, carried)
        }
        CodeAnswer::Over => sign_in::anew(&visit, next, carried),
        CodeAnswer::TooMany { until } => Ok(fail::render(&visit, &Fail::too_many(until))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Ends a sign-in that is halfway through.
pub(in crate::web) async fn cancel(app: App, visit: Visit, _form: Form<Nothing>) -> Answer {
    if visit.person().is_none() {
        let key = visit.key().clone();
        app.write(Actor::system("sign-in"), move |tx| people::abandon_sign_in(tx, &key)).await?;
    }
    reply::see_other("/sign-in")
}
