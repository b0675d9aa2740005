//! What goes out: every kind of letter with made-up data, in both languages, and a test message.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::mailbox::LETTER_POLICY;
use crate::mailbox::letters::{TestMessage, preview};
use crate::mailbox::{KINDS, Letter};
use crate::people;
use crate::values::{Language, LetterId, StaffRole};

#[derive(Template)]
#[template(path = "staff/letter_previews.html")]
struct PreviewsPage {
    page: Page,
    rows: Vec<Row>,
    /// The reader may have a test message sent.
    may_test: bool,
}

struct Row {
    code: &'static str,
    name: String,
    to: String,
    must: bool,
}

pub(in crate::web) async fn list(user: StaffUser) -> Answer {
    let page = user.page("previews-title").under("/staff", user.words().t("nav-staff"));
    let rows = KINDS
        .iter()
        .map(|kind| Row {
            code: kind.code,
            name: page.code("mail-kind", kind.code),
            to: page.code("mail-to", kind.to.as_str()),
            must: !kind.optional,
        })
        .collect();
    reply::page(&PreviewsPage { page, rows, may_test: user.holds(StaffRole::Admin) })
}

#[derive(Template)]
#[template(path = "staff/letter_preview.html")]
struct PreviewPage {
    page: Page,
    code: String,
    language: &'static str,
    subject: String,
    text: String,
    /// A file comes with it.
    encloses: bool,
    /// Its address ends in a secret.
    has_secret: bool,
}

fn language(code: &str) -> Result<Language, Fail> {
    Language::from_code(code).ok_or(Fail::NOT_FOUND)
}

pub(in crate::web) async fn one(app: App, user: StaffUser, of: Path<(String, String)>) -> Answer {
    let (kind, code) = of.into_inner();
    let language = language(&code)?;
    let found = preview(&kind, language, app.db.house())?.ok_or(Fail::NOT_FOUND)?;
    let title = user.visit.words.t("previews-title");
    let page = user.visit.page(found.subject.clone()).under("/staff/letter-previews", title);
    reply::page(&PreviewPage {
        page,
        code: kind,
        language: language.as_str(),
        subject: found.subject,
        text: found.text,
        encloses: found.encloses,
        has_secret: found.has_secret,
    })
}

pub(in crate::web) async fn html(app: App, _: StaffUser, of: Path<(String, String)>) -> Answer {
    let (kind, code) = of.into_inner();
    let found = preview(&kind, language(&code)?, app.db.house())?.ok_or(Fail::NOT_FOUND)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, LETTER_POLICY))
        .body(found.html))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Writes a test message to whoever presses the button.
pub(in crate::web) async fn test(app: App, user: StaffUser, form: Form<Nothing>) -> Answer {
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        let letter = TestMessage { by: teller.person.name.clone() };
        let cause = LetterId::new();
        let house = teller.words().language;
        people::write_to(tx, &teller.person, house, None, cause.as_str(), &letter)?;
        crate::audit::record(
            tx,
            crate::audit::Event {
                action: "letter.tested",
                object: ("letter", TestMessage::KIND),
                ..Default::default()
            },
        )?;
        let told = teller.words().t1("previews-tested", "email", &teller.person.email);
        teller.tell(tx, &told)?;
        Ok("/staff/mailbox".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
