//! What is kept about the reader and why, a copy of it, requests about it, and, for customers, who of
//! the staff read their statements.

use std::io::Seek;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::{Method, StatusCode};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, User, reply};
use super::downloads::pieces;
use crate::error::{Error, Result};
use crate::privacy::rules::{self, RETENTION};
use crate::privacy::{self, Request, RequestKind, RequestState};
use crate::statements;
use crate::values::{Problem, StatementId};

#[derive(Template)]
#[template(path = "account/my_data.html")]
struct MyDataPage {
    page: Page,
    name: String,
    email: String,
    phone: Option<String>,
    kept: Vec<Kept>,
    requests: Vec<Row>,
    /// What can be asked: code and word, the chosen one marked.
    kinds: Vec<(&'static str, String, bool)>,
    typed: Typed,
    days: u32,
    /// None for staff.
    accesses: Option<Vec<Access>>,
}

/// A row of the retention table.
struct Kept {
    code: &'static str,
    erased: bool,
    confirmed: bool,
}

struct Row {
    kind: String,
    text: String,
    state: &'static str,
    received: String,
    due: String,
    waits: bool,
    answer: Option<String>,
    answered: Option<String>,
}

struct Access {
    at: String,
    who: String,
    roles: String,
    action: String,
    /// Id and number.
    statement: Option<(String, String)>,
}

/// A request as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    kind: String,
    text: String,
}

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    reply::page(&show(&app, &user, Typed::default(), &[]).await?)
}

async fn show(app: &App, user: &User, typed: Typed, problems: &[Problem]) -> Result<MyDataPage> {
    const ACCESSES: i64 = 50;
    let (person, customer) = (user.person.id.clone(), user.person.customer());
    let (requests, accesses) = app
        .read(move |conn| {
            let requests = privacy::of_person(conn, &person)?;
            let Some(customer) = customer else { return Ok((requests, None)) };
            let mut rows = Vec::new();
            for access in privacy::accesses(conn, customer, ACCESSES)? {
                let id = StatementId::from_text(&access.statement);
                let statement = match statements::of_customer_one(conn, customer, &id) {
                    Ok(statement) => Some((statement.id.to_string(), statement.number)),
                    Err(Error::NotFound) => None,
                    Err(other) => return Err(other),
                };
                rows.push((access, statement));
            }
            Ok((requests, Some(rows)))
        })
        .await?;
    let page = user.page("privacy-title").with_problems(problems);
    let accesses = accesses.map(|rows| {
        let row = |(access, statement): (privacy::Access, _)| Access {
            at: page.time(&access.at),
            who: page.who(&access.who),
            roles: roles(&page, &access.roles),
            action: page.name("audit-did", access.action.replace('.', "-")),
            statement,
        };
        rows.into_iter().map(row).collect()
    });
    Ok(MyDataPage {
        name: user.person.name.clone(),
        email: user.person.email.clone(),
        phone: user.person.phone.clone(),
        kept: RETENTION
            .iter()
            .map(|kept| Kept { code: kept.code, erased: kept.erased, confirmed: kept.confirmed })
            .collect(),
        requests: requests.iter().map(|request| row(request, &page)).collect(),
        kinds: RequestKind::ALL
            .iter()
            .map(|kind| {
                let word = page.code("privacy-request", kind.as_str());
                (kind.as_str(), word, typed.kind == kind.as_str())
            })
            .collect(),
        typed,
        days: app.config.limits.data_request_days,
        accesses,
        page,
    })
}

/// `finance,approver` in words.
pub(in crate::web) fn roles(page: &Page, codes: &str) -> String {
    let words: Vec<String> = codes.split(',').map(|code| page.name("role", code)).collect();
    words.join(" · ")
}

fn row(request: &Request, page: &Page) -> Row {
    Row {
        kind: page.code("privacy-request", request.kind.as_str()),
        text: request.text.clone(),
        state: request.state.as_str(),
        received: page.time(&request.received_at),
        due: page.deadline(&request.due_on),
        waits: request.state == RequestState::Received,
        answer: request.answer.clone().filter(|answer| !answer.is_empty()),
        answered: request.answered_at.map(|at| page.time(&at)),
    }
}

pub(in crate::web) async fn ask(app: App, user: User, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let (wanted, teller) = (typed.clone(), user.clone());
    let days = app.config.limits.data_request_days;
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let (kind, text) = rules::read(&wanted.kind, &wanted.text).map_err(Error::Invalid)?;
            privacy::ask(tx, &teller.person, kind, &text, days)?;
            teller.tell(tx, &teller.words().t("privacy-asked"))?;
            Ok("/my-data".to_owned())
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

/// Everything kept about the reader as JSON. It is written to a file that has no name, because it
/// may be long. Asking only for its head takes nothing.
pub(in crate::web) async fn file(app: App, user: User, method: Method) -> Answer {
    if method == Method::HEAD {
        return Ok(HttpResponse::Ok().finish());
    }
    let (person, at) = (user.person.clone(), app.db.now());
    let file = app
        .read(move |conn| {
            let mut out = std::io::BufWriter::new(tempfile::tempfile()?);
            privacy::copy(conn, &person, at, &mut out)?;
            let mut file = out.into_inner().map_err(|e| Error::internal(e.error()))?;
            file.rewind()?;
            Ok(file)
        })
        .await?;
    let person = user.person.clone();
    app.write(user.actor(), move |tx| privacy::note_copy(tx, &person)).await?;
    let bytes = file.metadata().map_err(Error::from)?.len();
    let response = reply::download("my-data.json", "application/json", Vec::new());
    Ok(response.map_body(|_, _| BoxBody::new(SizedStream::new(bytes, pieces(file)))))
}
