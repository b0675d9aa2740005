//! Requests about people's own data, for administrators: what waits and by when, and answering.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::{self, Person};
use crate::privacy::rules::read_answer;
use crate::privacy::{self, Request, RequestKind, RequestState};
use crate::values::{DataRequestId, Problem};

#[derive(Template)]
#[template(path = "staff/data_requests.html")]
struct ListPage {
    page: Page,
    waiting: Vec<Row>,
    answered: Vec<Row>,
}

struct Row {
    id: String,
    who: String,
    house: String,
    kind: String,
    state: &'static str,
    received: String,
    due: String,
    late: bool,
}

/// A request, whose it is, and the customer's name.
struct Found {
    request: Request,
    person: Person,
    customer: Option<String>,
}

fn found(conn: &mut Conn, request: Request) -> Result<Found> {
    let person = people::by_id(conn, &request.person)?;
    let customer = match request.customer {
        Some(customer) => Some(customers::by_id(conn, customer)?.name),
        None => None,
    };
    Ok(Found { request, person, customer })
}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    const ANSWERED: i64 = 50;
    let (waiting, answered) = app
        .read(|conn| {
            let waiting = privacy::waiting(conn)?;
            let answered = privacy::answered(conn, ANSWERED)?;
            let mut all = |some: Vec<Request>| -> Result<Vec<Found>> {
                some.into_iter().map(|request| found(conn, request)).collect()
            };
            Ok((all(waiting)?, all(answered)?))
        })
        .await?;
    let page = user.page("data-requests-title");
    let today = app.db.today();
    let row = |found: &Found| Row {
        id: found.request.id.to_string(),
        who: found.person.name.clone(),
        house: found.customer.clone().unwrap_or_else(|| page.company.clone()),
        kind: page.code("privacy-request", found.request.kind.as_str()),
        state: found.request.state.as_str(),
        received: page.time(&found.request.received_at),
        due: page.deadline(&found.request.due_on),
        late: found.request.state == RequestState::Received && found.request.due_on < today,
    };
    let waiting = waiting.iter().map(row).collect();
    let answered = answered.iter().map(row).collect();
    reply::page(&ListPage { waiting, answered, page })
}

#[derive(Template)]
#[template(path = "staff/data_request.html")]
struct OnePage {
    page: Page,
    row: Row,
    email: String,
    phone: Option<String>,
    text: String,
    corrects: bool,
    /// Granting it can't be taken back.
    erases: bool,
    ends: bool,
    answered: Option<(String, String, String)>,
    typed: Typed,
}

/// An answer as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    outcome: String,
    answer: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
}

pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&show(&app, &user, &DataRequestId::from_text(&id), None, &[]).await?)
}

async fn show(
    app: &App,
    user: &StaffUser,
    id: &DataRequestId,
    typed: Option<Typed>,
    problems: &[Problem],
) -> Result<OnePage> {
    let wanted = id.clone();
    let found = app
        .read(move |conn| {
            let request = privacy::one(conn, &wanted)?;
            found(conn, request)
        })
        .await?;
    let Found { request, person, customer } = found;
    let kind = user.words().code("privacy-request", request.kind.as_str());
    let title = user.words().t2("data-request-title", "kind", kind, "name", &person.name);
    let page = user
        .visit
        .page(title)
        .under("/staff/data-requests", user.words().t("data-requests-title"))
        .with_problems(problems);
    let typed = typed.unwrap_or_else(|| Typed {
        name: person.name.clone(),
        phone: person.phone.clone().unwrap_or_default(),
        ..Typed::default()
    });
    let answered = request.answered_at.map(|at| {
        let by = request.answered_by.clone().unwrap_or_default();
        (page.time(&at), page.who(by), request.answer.clone().unwrap_or_default())
    });
    Ok(OnePage {
        row: Row {
            id: request.id.to_string(),
            house: customer.unwrap_or_else(|| page.company.clone()),
            who: person.name,
            kind: page.code("privacy-request", request.kind.as_str()),
            state: request.state.as_str(),
            received: page.time(&request.received_at),
            due: page.deadline(&request.due_on),
            late: answered.is_none() && request.due_on < app.db.today(),
        },
        email: person.email,
        phone: person.phone,
        text: request.text,
        corrects: request.kind == RequestKind::Correction,
        erases: request.kind == RequestKind::Deletion,
        ends: request.kind != RequestKind::Correction,
        answered,
        typed,
        page,
    })
}

pub(in crate::web) async fn answer(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let id = DataRequestId::from_text(&id);
    let typed = form.fields;
    let (said, teller, wanted) = (typed.clone(), user.clone(), id.clone());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let request = privacy::one(tx, &wanted)?;
            let (outcome, text) =
                read_answer(&said.outcome, &said.answer).map_err(Error::Invalid)?;
            let corrected = (request.kind == RequestKind::Correction)
                .then(|| (said.name.clone(), Some(said.phone.clone())));
            let answer = privacy::Answer { outcome, text, corrected };
            privacy::answer(tx, &wanted, &answer)?;
            teller.tell(tx, &teller.words().t("data-request-answered"))?;
            Ok("/staff/data-requests".to_owned())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, &id, Some(typed), &problems).await?;
            reply::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}
