use std::collections::HashMap;

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::explanation_files::content_type;
use super::super::{Answer, App, Fail, Page, StaffUser, off_loop, reply};
use super::super::{Upload, UploadForm, UploadLimits};
use crate::config::Config;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::erp::{self, Difference, Imported, State};
use crate::error::{Error, Result};
use crate::reports::{self, Cell, Format, Table};
use crate::values::{Key, Money, Period, Problem, StaffRole, Text};

/// Differences on one page; the file has them all.
const ROWS: usize = 100;
/// A file of totals is a few hundred thousand lines at most.
const MOST_MEGABYTES: u64 = 50;

/// What the accounting system says, and where it and our ledger differ.
#[derive(Template)]
#[template(path = "staff/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    asked: Asked,
    states: &'static [State],
    rows: Vec<Row>,
    found: usize,
    imports: Vec<ImportRow>,
    may_work: bool,
    most_megabytes: u64,
    query: String,
    newer: String,
    older: String,
}

/// A difference in one line.
pub(super) struct Row {
    pub id: String,
    pub customer: String,
    pub code: String,
    pub period: String,
    pub figure: &'static str,
    pub ours: Money,
    pub theirs: Money,
    pub difference: Money,
    pub state: &'static str,
}

struct ImportRow {
    file: String,
    lines: String,
    agreed: String,
    differing: String,
    by: String,
    at: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    period: String,
    /// A [`State`], or `all`; empty for what is open.
    state: String,
    /// From 1.
    page: usize,
}

impl Asked {
    fn query(&self) -> String {
        let (period, state) = (reply::query_value(&self.period), reply::query_value(&self.state));
        format!("period={period}&state={state}")
    }

    fn at(&self, number: usize) -> String {
        format!("/staff/reconciliation?{}&page={number}", self.query())
    }
}

struct Found {
    differences: Vec<Difference>,
    customers: HashMap<Key, Customer>,
    imports: Vec<Imported>,
}

fn find(conn: &mut Conn, asked: &Asked) -> Result<Found> {
    let state = match asked.state.as_str() {
        "" => Some(State::Open),
        code => State::from_code(code),
    };
    let period: Option<Period> = asked.period.trim().parse().ok();
    // A period nobody could mean has no differences.
    let unreadable = !asked.period.trim().is_empty() && period.is_none();
    let differences = if unreadable { Vec::new() } else { erp::differences(conn, period, state)? };
    let keys: Vec<Key> = differences.iter().map(|one| one.subject.customer).collect();
    let customers = customers::by_ids(conn, &keys)?.into_iter().map(|one| (one.id, one)).collect();
    Ok(Found { differences, customers, imports: erp::imports(conn, 10)? })
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    reply::page(&render(&app, &user, asked.into_inner(), &[]).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    asked: Asked,
    problems: &[Problem],
) -> Result<ReconciliationPage, Fail> {
    let wanted = asked.clone();
    let found = app.read(move |conn| find(conn, &wanted)).await?;
    let page = user.page("erp-title").with_problems(problems);
    let number = asked.page.max(1);
    let begin = (number - 1).saturating_mul(ROWS);
    let count = found.differences.len();
    let rows = found
        .differences
        .iter()
        .skip(begin)
        .take(ROWS)
        .filter_map(|one| Some(row(one, found.customers.get(&one.subject.customer)?, &page)))
        .collect();
    let imports = found
        .imports
        .into_iter()
        .map(|import| ImportRow {
            file: import.file_name,
            lines: page.number(import.lines),
            agreed: page.number(import.agreed),
            differing: page.number(import.differing),
            by: import.by,
            at: page.time(&import.at),
        })
        .collect();
    let more = count > begin.saturating_add(ROWS);
    Ok(ReconciliationPage {
        states: State::ALL,
        rows,
        found: count,
        imports,
        may_work: user.holds(StaffRole::Finance),
        most_megabytes: MOST_MEGABYTES,
        query: asked.query(),
        newer: if number > 1 { asked.at(number - 1) } else { String::new() },
        older: if more { asked.at(number + 1) } else { String::new() },
        asked,
        page,
    })
}

pub(super) fn row(one: &Difference, customer: &Customer, page: &Page) -> Row {
    Row {
        id: one.id.to_string(),
        customer: customer.name.clone(),
        code: customer.code.clone(),
        period: page.period(&one.subject.period),
        figure: one.subject.figure.as_str(),
        ours: one.money(one.ours),
        theirs: one.money(one.theirs),
        difference: one.money(one.difference()),
        state: one.state.as_str(),
    }
}

/// The list, all of it, as a file.
pub(in crate::web) async fn file(app: App, format: Path<String>, asked: Query<Asked>) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let (asked, today) = (asked.into_inner(), app.db.today());
    let wanted = asked.clone();
    let found = app.read(move |conn| find(conn, &wanted)).await?;
    let rows: Vec<Vec<Cell>> = found
        .differences
        .iter()
        .filter_map(|one| Some(cells(one, found.customers.get(&one.subject.customer)?)))
        .collect();
    let table = Table {
        name: "differences".to_owned(),
        columns: vec![
            "customer_code",
            "customer_name",
            "period",
            "currency",
            "figure",
            "ours",
            "theirs",
            "difference",
            "state",
            "note",
            "closed_by",
        ],
        notes: vec![
            ("as_of".to_owned(), today.to_string()),
            ("period".to_owned(), asked.period),
            ("state".to_owned(), asked.state),
            ("rows".to_owned(), rows.len().to_string()),
        ],
        rows,
    };
    let mut bytes = Vec::new();
    reports::write(&table, format, &mut bytes)?;
    Ok(reply::download(&format!("differences-{today}.{format}"), content_type(format), bytes))
}

fn cells(one: &Difference, customer: &Customer) -> Vec<Cell> {
    let optional = |text: &Option<String>| text.as_ref().map_or(Cell::Empty, Cell::text);
    vec![
        Cell::text(&customer.code),
        Cell::text(&customer.name),
        Cell::text(one.subject.period),
        Cell::text(one.subject.currency),
        Cell::text(one.subject.figure),
        Cell::number(one.money(one.ours).plain()),
        Cell::number(one.money(one.theirs).plain()),
        Cell::number(one.money(one.difference()).plain()),
        Cell::text(one.state),
        optional(&one.note),
        optional(&one.closed_by),
    ]
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct TypedFile {
    #[serde(default)]
    complete: Option<String>,
}

impl UploadForm for TypedFile {
    fn limits(_: &Config) -> UploadLimits {
        UploadLimits { files: 1, bytes: MOST_MEGABYTES << 20, text: UploadLimits::TEXT }
    }
}

/// Takes a file of totals, and compares.
pub(in crate::web) async fn receive(
    app: App,
    user: StaffUser,
    upload: Result<Upload<TypedFile>, Fail>,
) -> Answer {
    let upload = match upload {
        Err(fail) if fail.status_code() == StatusCode::PAYLOAD_TOO_LARGE => {
            let text = Text::new("imports-too-large").with("most", MOST_MEGABYTES);
            let problems = [Problem::new("file", text)];
            let page = render(&app, &user, Asked::default(), &problems).await?;
            return reply::with_status(StatusCode::PAYLOAD_TOO_LARGE, &page);
        }
        other => other?,
    };
    let Some(file) = upload.files.first().filter(|file| file.bytes > 0) else {
        let problems = [Problem::new("file", Text::new("imports-choose-file"))];
        return reply::form_again(&render(&app, &user, Asked::default(), &problems).await?);
    };
    let name = if file.name.is_empty() { "file".to_owned() } else { file.name.clone() };
    let (key, complete, called) =
        (upload.key.clone(), upload.fields.complete.is_some(), name.clone());
    let read = off_loop(move || {
        let file = upload.files.first().ok_or(Error::NotFound)?;
        erp::read(file.path(), &called)
    })
    .await;
    let teller = user.clone();
    let done = match read {
        Err(error) => Err(error),
        Ok(lines) => {
            let location = app.post(user.actor(), key, move |tx| {
                let import = erp::bring_in(tx, &name, &lines, complete)?;
                let told = [
                    ("lines", import.lines.to_string()),
                    ("agreed", import.agreed.to_string()),
                    ("differing", import.differing.to_string()),
                ];
                teller.tell(tx, &teller.words().with("erp-imported", told))?;
                Ok("/staff/reconciliation".to_owned())
            });
            location.await
        }
    };
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let words = user.words();
            let at_file = |problem: Problem| {
                let text = Text::new("imports-problem-at")
                    .with("place", erp::said_place(&problem.field, words))
                    .with("what", words.say(&problem.text));
                Problem::new("file", text)
            };
            let problems: Vec<Problem> = problems.into_iter().map(at_file).collect();
            reply::form_again(&render(&app, &user, Asked::default(), &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}
