use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use super::mailbox_queue::{self, Queue};
use crate::customers::{self, Customer};
use crate::mailbox::{self, LetterState, Posted};
use crate::values::{LetterId, StaffRole};

/// Letters on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/mailbox.html")]
struct MailboxPage {
    page: Page,
    views: Vec<View>,
    rows: Vec<Row>,
    newest: String,
    older: String,
    oldest: Option<String>,
    queue: Queue,
}

struct View {
    path: String,
    text: String,
    count: i64,
    current: bool,
}

struct Row {
    id: String,
    to: String,
    subject: String,
    kind: String,
    state: &'static str,
    attempts: i32,
    at: String,
    why: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    state: String,
    before: String,
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let state = LetterState::from_code(&asked.state);
    let before = (!asked.before.is_empty()).then(|| LetterId::from_text(&asked.before));
    let first = before.is_none();
    let now = app.db.now();
    let (counts, letters, found) = app
        .read(move |conn| {
            let letters = mailbox::latest(conn, state, before.as_ref(), PAGE)?;
            Ok((mailbox::counts(conn)?, letters, mailbox_queue::find(conn, now)?))
        })
        .await?;
    let page = user.page("nav-mailbox");
    let path = match state {
        Some(state) => format!("/staff/mailbox?state={state}"),
        None => "/staff/mailbox?state=".to_owned(),
    };
    let full = i64::try_from(letters.len()).unwrap_or(0) >= PAGE;
    let older = letters
        .last()
        .filter(|_| full)
        .map_or_else(String::new, |letter| format!("{path}&before={}", letter.id));
    let total = counts.queued + counts.sent + counts.failed + counts.shown;
    let views = [
        (None, total),
        (Some(LetterState::Queued), counts.queued),
        (Some(LetterState::Sent), counts.sent),
        (Some(LetterState::Failed), counts.failed),
        (Some(LetterState::Shown), counts.shown),
    ]
    .into_iter()
    .map(|(of, count)| View {
        path: of.map_or_else(
            || "/staff/mailbox".to_owned(),
            |state| format!("/staff/mailbox?state={state}"),
        ),
        text: of
            .map_or_else(|| page.t("desk-all"), |state| page.code("state-letter", state.as_str())),
        count,
        current: of == state,
    })
    .collect();
    reply::page(&MailboxPage {
        views,
        rows: letters.iter().map(|letter| row(&page, letter)).collect(),
        newest: if first { String::new() } else { path },
        older,
        oldest: counts.oldest_queued.map(|at| page.time(&at)),
        queue: mailbox_queue::queue(&page, &user, &app.config.mail, found),
        page,
    })
}

fn row(page: &Page, letter: &Posted) -> Row {
    Row {
        id: letter.id.to_string(),
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        kind: letter.kind.clone(),
        state: letter.state.as_str(),
        attempts: letter.attempts,
        at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
        why: letter.last_error.clone(),
    }
}

#[derive(Template)]
#[template(path = "staff/letter.html")]
struct LetterPage {
    page: Page,
    id: String,
    letter: Posted,
    /// Whom it is about.
    customer: Option<Customer>,
    state: &'static str,
    created: String,
    sent: Option<String>,
    next_try: Option<String>,
    /// Why it left without what it was to enclose.
    left_out: Option<String>,
    may_resend: bool,
}

pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = LetterId::from_text(&id);
    let (letter, left_out, customer) = app
        .read(move |conn| {
            let letter = mailbox::by_id(conn, &id)?;
            let customer = letter.customer.map(|key| customers::by_id(conn, key)).transpose()?;
            Ok((letter, mailbox::left_out_of(conn, &id)?, customer))
        })
        .await?;
    let page = user
        .visit
        .page(letter.subject.clone())
        .under("/staff/mailbox", user.words().t("nav-mailbox"));
    let may = user.holds(StaffRole::Finance) || user.holds(StaffRole::Admin);
    reply::page(&LetterPage {
        id: letter.id.to_string(),
        state: letter.state.as_str(),
        created: page.time(&letter.created_at),
        sent: letter.sent_at.map(|at| page.time(&at)),
        next_try: (letter.state == LetterState::Queued).then(|| page.time(&letter.next_try_at)),
        left_out: left_out.map(|one| one.why),
        may_resend: may && letter.state == LetterState::Failed,
        letter,
        customer,
        page,
    })
}

/// A mail program's view of a letter: its own styles, no script, nothing fetched, and an origin
/// of its own, so that nothing in a letter can act for whoever looks at it.
pub(super) const LETTER_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
                             img-src data:; frame-ancestors 'none'";

pub(in crate::web) async fn html(app: App, _: StaffUser, id: Path<String>) -> Answer {
    let id = LetterId::from_text(&id);
    let letter = app.read(move |conn| mailbox::by_id(conn, &id)).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, LETTER_POLICY))
        .body(letter.html))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

pub(in crate::web) async fn resend(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = LetterId::from_text(&id);
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        mailbox::send_again(tx, &id)?;
        teller.tell(tx, &teller.words().t("letters-queued-again"))?;
        Ok(format!("/staff/mailbox/{id}"))
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
