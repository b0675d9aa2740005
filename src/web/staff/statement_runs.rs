use std::collections::HashMap;

use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox::{self, Delivered, Letter, letters::StatementReady};
use crate::statements::{self, Item, ItemState, Progress, Run};
use crate::values::{Currency, Key, Period, PeriodKind, Problem, StaffRole, StatementId};
use crate::values::{StatementRunId, Text};

/// Runs on the list, customers on a run's page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "staff/statement_runs.html")]
struct RunsPage {
    page: Page,
    rows: Vec<RunRow>,
    may_run: bool,
    period: String,
}

struct RunRow {
    id: String,
    period: String,
    /// The customer it is for; empty for all.
    only: String,
    by_schedule: bool,
    by: String,
    at: String,
    state: &'static str,
    progress: Progress,
}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let found = app
        .read(|conn| {
            let mut found = Vec::new();
            for run in statements::latest_runs(conn, 50)? {
                let progress = statements::progress(conn, &run.id)?;
                let only = run.customer.map(|key| customers::by_id(conn, key)).transpose()?;
                found.push((run, progress, only));
            }
            Ok(found)
        })
        .await?;
    let page = user.page("statement-runs");
    let page = page.under("/staff/statements", user.words().t("nav-statements"));
    let rows = found
        .into_iter()
        .map(|(run, progress, only)| RunRow {
            id: run.id.to_string(),
            period: page.period(&run.period),
            only: only.map(|customer| customer.name).unwrap_or_default(),
            by_schedule: run.schedule.is_some(),
            by: run.started_by.clone(),
            at: page.time(&run.started_at),
            state: run.state.as_str(),
            progress,
        })
        .collect();
    let may_run = user.holds(StaffRole::Finance);
    reply::page(&RunsPage { page, rows, may_run, period: last_month(&app) })
}

/// The month that ended last, which is mostly what is wanted.
pub(super) fn last_month(app: &App) -> String {
    let month = Period::containing(PeriodKind::Month, app.db.today());
    month.previous().map_or_else(String::new, |period| period.to_string())
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    pub(super) period: String,
    #[serde(default)]
    pub(super) customer: String,
}

impl Typed {
    /// The period, or what is wrong with it.
    pub(super) fn period(&self) -> Result<Period, Problem> {
        let found = self.period.trim();
        let unreadable = || Text::new("statement-period-unreadable").with("found", &self.period);
        found.parse().map_err(|_| Problem::new("period", unreadable()))
    }

    pub(super) fn only(&self) -> Option<&str> {
        Some(self.customer.trim()).filter(|code| !code.is_empty())
    }
}

/// Begins a run; the worker makes its statements. The same run under way goes on instead.
pub(in crate::web) async fn start(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let period = match typed.period() {
        Ok(period) => period,
        Err(problem) => {
            let page = super::statement_plan::refused(&user, typed, &[problem]);
            return reply::form_again(&page);
        }
    };
    let (days, wanted) = (app.config.limits.statement_days, typed.clone());
    let started = app
        .post(user.actor(), form.key, move |tx| {
            let id = statements::start(tx, period, wanted.only(), days)?;
            Ok(format!("/staff/statement-runs/{id}"))
        })
        .await;
    match started {
        Ok(location) => reply::see_other(location),
        Err(Error::Refused(text)) => {
            let problems = [Problem::new(field_of(&text), text)];
            reply::form_again(&super::statement_plan::refused(&user, typed, &problems))
        }
        Err(other) => Err(other.into()),
    }
}

/// The field a refusal of a run belongs to.
pub(super) fn field_of(text: &Text) -> &'static str {
    if text.key == "accrual-no-such-customer" { "customer" } else { "period" }
}

#[derive(Template)]
#[template(path = "staff/statement_run.html")]
struct RunPage {
    page: Page,
    id: String,
    period: String,
    only: String,
    by_schedule: bool,
    by: String,
    started: String,
    finished: Option<String>,
    state: &'static str,
    progress: Progress,
    already: i64,
    /// Letters by what became of them, over all of the run.
    mail: Delivered,
    /// Statements nobody could be told of.
    without_address: usize,
    rows: Vec<Row>,
    trouble_only: bool,
    may_run: bool,
    newer: String,
    older: String,
}

struct Row {
    code: String,
    customer: String,
    currency: Currency,
    state: &'static str,
    statement: Option<(StatementId, String)>,
    failure: Option<String>,
    letters: Vec<LetterRow>,
    /// There is mail to send again.
    unsent: bool,
}

struct LetterRow {
    to: String,
    state: &'static str,
    why: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    /// `trouble` for those something is wrong with; empty for all.
    show: String,
    /// From 1.
    page: usize,
}

struct Found {
    run: Run,
    only: Option<Customer>,
    progress: Progress,
    mail: Delivered,
    without_address: usize,
    items: Vec<(Item, Vec<mailbox::Posted>)>,
    customers: HashMap<Key, Customer>,
    more: bool,
}

fn find(conn: &mut Conn, id: &StatementRunId, trouble: bool, page: usize) -> Result<Found> {
    let run = statements::run(conn, id)?;
    let only = run.customer.map(|key| customers::by_id(conn, key)).transpose()?;
    let mut items = statements::items(conn, id, 0, i64::MAX)?;
    let ids: Vec<&str> = items.iter().filter_map(statement_id).collect();
    let delivered = mailbox::delivered(conn, &[StatementReady::KIND], &ids)?;
    let mail = delivered.values().fold(Delivered::default(), |sum, one| sum.and(*one));
    let of = |item: &Item| statement_id(item).and_then(|id| delivered.get(id)).copied();
    let silent = |item: &Item| item.statement.is_some() && of(item).is_none();
    let without_address = items.iter().filter(|item| silent(item)).count();
    if trouble {
        items.retain(|item| {
            let failed = of(item).is_some_and(|mail| mail.failed > 0);
            failed || silent(item) || item.state == ItemState::Failed
        });
    }
    let mut items: Vec<Item> = items.into_iter().skip((page - 1) * ROWS).collect();
    let more = items.len() > ROWS;
    items.truncate(ROWS);
    let keys: Vec<Key> = items.iter().map(|item| item.customer).collect();
    let customers = customers::by_ids(conn, &keys)?.into_iter().map(|c| (c.id, c)).collect();
    let progress = statements::progress(conn, id)?;
    let mut with_letters = Vec::with_capacity(items.len());
    for item in items {
        let letters = match statement_id(&item) {
            Some(id) => mailbox::of_cause(conn, StatementReady::KIND, id)?,
            None => Vec::new(),
        };
        with_letters.push((item, letters));
    }
    Ok(Found { run, only, progress, mail, without_address, items: with_letters, customers, more })
}

fn statement_id(item: &Item) -> Option<&str> {
    item.statement.as_ref().map(|(id, _)| id.as_str())
}

/// How far a run is, and what became of its mail.
pub(in crate::web) async fn one(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let id = StatementRunId::from_text(&id);
    let (trouble, number) = (asked.show == "trouble", asked.page.max(1));
    let wanted = id.clone();
    let found = app.read(move |conn| find(conn, &wanted, trouble, number)).await?;
    let at = |number: usize| {
        let show = if trouble { "trouble" } else { "" };
        format!("/staff/statement-runs/{id}?show={show}&page={number}")
    };
    let words = user.words();
    let title = words.t1("statement-run-of", "period", found.run.period.shown(words.language));
    let page = user
        .visit
        .page(title)
        .under("/staff/statements", words.t("nav-statements"))
        .under("/staff/statement-runs", words.t("statement-runs"));
    let may_run = user.holds(StaffRole::Finance);
    reply::page(&RunPage {
        id: id.to_string(),
        period: page.period(&found.run.period),
        only: found.only.map(|customer| customer.name).unwrap_or_default(),
        by_schedule: found.run.schedule.is_some(),
        by: found.run.started_by.clone(),
        started: page.time(&found.run.started_at),
        finished: found.run.finished_at.map(|at| page.time(&at)),
        state: found.run.state.as_str(),
        progress: found.progress,
        already: found.run.already,
        mail: found.mail,
        without_address: found.without_address,
        rows: found.items.iter().filter_map(|one| row(one, &found.customers)).collect(),
        trouble_only: trouble,
        may_run,
        newer: if number > 1 { at(number - 1) } else { String::new() },
        older: if found.more { at(number + 1) } else { String::new() },
        page,
    })
}

fn row(
    (item, letters): &(Item, Vec<mailbox::Posted>),
    customers: &HashMap<Key, Customer>,
) -> Option<Row> {
    let customer = customers.get(&item.customer)?;
    let failed = letters.iter().any(|letter| letter.state == mailbox::LetterState::Failed);
    Some(Row {
        code: customer.code.clone(),
        customer: customer.name.clone(),
        currency: item.currency,
        state: item.state.as_str(),
        statement: item.statement.clone(),
        failure: item.failure.clone(),
        letters: letters
            .iter()
            .map(|letter| LetterRow {
                to: letter.to.clone(),
                state: letter.state.as_str(),
                why: letter.last_error.clone(),
            })
            .collect(),
        unsent: item.statement.is_some() && (failed || letters.is_empty()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Again {
    /// The run whose page asked; empty when the statement's did.
    #[serde(default)]
    run: String,
}

/// Sends the mail of one statement again where it failed or nobody was told.
pub(in crate::web) async fn send_again(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Again>,
) -> Answer {
    let id = StatementId::from_text(&id);
    let (teller, run) = (user.clone(), form.fields.run);
    let location = app
        .post(user.actor(), form.key, move |tx| {
            let statement = statements::one(tx, &id)?;
            let letters = statements::send_again(tx, &statement)?;
            teller.tell(tx, &teller.words().count("statement-sent-again", count(letters)))?;
            if run.is_empty() {
                return Ok(format!("/staff/statements/{id}"));
            }
            let run = statements::run(tx, &StatementRunId::from_text(&run))?.id;
            Ok(format!("/staff/statement-runs/{run}"))
        })
        .await?;
    reply::see_other(location)
}

fn count(letters: usize) -> i64 {
    i64::try_from(letters).unwrap_or(i64::MAX)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Does so for all of a run.
pub(in crate::web) async fn send_all_again(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = StatementRunId::from_text(&id);
    let teller = user.clone();
    let location = app
        .post(user.actor(), form.key, move |tx| {
            let run = statements::run(tx, &id)?.id;
            let letters = statements::send_all_again(tx, &run)?;
            teller.tell(tx, &teller.words().count("statement-sent-again", count(letters)))?;
            Ok(format!("/staff/statement-runs/{run}"))
        })
        .await?;
    reply::see_other(location)
}
