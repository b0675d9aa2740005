use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::explanation_files::content_type;
use super::super::statement_view::{Contested, StatementView};
use super::super::{Answer, App, Page, StaffUser, off_loop, reply};
use super::statement_runs::{Typed, field_of, last_month};
use crate::customers::{self, Customer};
use crate::disputes;
use crate::error::{Error, Result};
use crate::reports::{self, Cell, Format, Table};
use crate::statements::{self, Plan, PlanRow, Statement, Unsigned};
use crate::values::{Period, Problem, Text};

/// Customers of the plan on one page; the file has them all.
const ROWS: usize = 100;

/// What a run would do, before it does anything.
#[derive(Template)]
#[template(path = "staff/statement_plan.html")]
struct PlanPage {
    page: Page,
    period: String,
    customer: String,
    plan: Option<PlanView>,
    /// How the statements of the customer chosen would look.
    samples: Vec<StatementView>,
    sample: String,
    contested: Vec<Contested>,
}

struct PlanView {
    period: String,
    already: usize,
    statements: usize,
    letters: usize,
    /// Code and name.
    no_address: Vec<(String, String)>,
    otherwise: Vec<(String, String)>,
    unsigned: Vec<Unsigned>,
    /// Policy code and period, as written and as read.
    unclosed: Vec<(String, String, String)>,
    /// Id and file name.
    imports: Vec<(String, String)>,
    rows: Vec<PlanRow>,
    newer: String,
    older: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    /// Empty for the month that ended last.
    period: String,
    customer: String,
    /// The code of the customer to show a statement of.
    sample: String,
    /// From 1.
    page: usize,
}

impl Asked {
    fn typed(&self, app: &App) -> Typed {
        let period = self.period.trim();
        let period = if period.is_empty() { last_month(app) } else { period.to_owned() };
        Typed { period, customer: self.customer.clone() }
    }

    /// The same plan's address, with more after it.
    fn address(typed: &Typed, rest: &str) -> String {
        let (period, customer) =
            (reply::query_value(&typed.period), reply::query_value(&typed.customer));
        format!("/staff/statement-runs/new?period={period}&customer={customer}{rest}")
    }
}

/// The page without a plan: what is wrong stands at the fields.
pub(super) fn refused(
    user: &StaffUser,
    typed: Typed,
    problems: &[Problem],
) -> impl Template + use<> {
    empty(user, typed).with_problems(problems)
}

fn empty(user: &StaffUser, typed: Typed) -> PlanPage {
    let page = user
        .page("statement-run-title")
        .under("/staff/statements", user.words().t("nav-statements"))
        .under("/staff/statement-runs", user.words().t("statement-runs"));
    PlanPage {
        page,
        period: typed.period,
        customer: typed.customer,
        plan: None,
        samples: Vec::new(),
        sample: String::new(),
        contested: Vec::new(),
    }
}

impl PlanPage {
    fn with_problems(mut self, problems: &[Problem]) -> Self {
        self.page = self.page.with_problems(problems);
        self
    }
}

pub(in crate::web) async fn page(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let typed = asked.typed(&app);
    let period = match typed.period() {
        Ok(period) => period,
        Err(problem) => {
            // Nobody mends one field to be told of the other.
            let unknown = unknown_customer(&app, &typed).await?;
            let problems: Vec<Problem> = std::iter::once(problem).chain(unknown).collect();
            return reply::form_again(&refused(&user, typed, &problems));
        }
    };
    let found = find(&app, &user, period, &typed, asked.sample.trim()).await;
    let (plan, samples) = match found {
        Ok(found) => found,
        Err(Error::Refused(text)) => {
            let problems = [Problem::new(field_of(&text), text)];
            return reply::form_again(&refused(&user, typed, &problems));
        }
        Err(other) => return Err(other.into()),
    };
    let mut page = empty(&user, typed.clone());
    let sample = |one| StatementView::sample(one, &page.page, app.db.house());
    page.samples = samples.iter().map(sample).collect();
    page.sample = asked.sample.trim().to_owned();
    page.plan = Some(view(plan, &typed, asked.page.max(1), &page.page));
    reply::page(&page)
}

async fn unknown_customer(app: &App, typed: &Typed) -> Result<Option<Problem>> {
    let Some(code) = typed.only().map(str::to_owned) else { return Ok(None) };
    let wanted = code.clone();
    let known = app.read(move |conn| customers::known(conn, &wanted)).await?;
    let text = || Text::new("accrual-no-such-customer").with("code", &code);
    Ok(known.is_none().then(|| Problem::new("customer", text())))
}

async fn find(
    app: &App,
    user: &StaffUser,
    period: Period,
    typed: &Typed,
    sample: &str,
) -> Result<(Plan, Vec<Statement>)> {
    let (today, days) = (app.db.today(), app.config.limits.statement_days);
    let (db, actor, sample) = (app.db.clone(), user.actor(), sample.to_owned());
    let only = typed.only().map(str::to_owned);
    off_loop(move || {
        let plan = db.read(|conn| statements::plan(conn, period, only.as_deref(), today))?;
        let samples = match sample.as_str() {
            "" => Vec::new(),
            code => {
                let open = disputes::open_on_statement;
                statements::sample(&db, &actor, period, code, days, &open)?
            }
        };
        Ok((plan, samples))
    })
    .await
}

fn view(plan: Plan, typed: &Typed, number: usize, page: &Page) -> PlanView {
    let named = |customer: &Customer| (customer.code.clone(), customer.name.clone());
    let statements = plan.rows.len();
    let begin = (number - 1).saturating_mul(ROWS);
    let at = |number: usize| Asked::address(typed, &format!("&page={number}"));
    PlanView {
        period: page.period(&plan.period),
        already: plan.already,
        statements,
        letters: plan.rows.iter().map(|row| row.recipients.len()).sum(),
        no_address: plan
            .rows
            .iter()
            .filter(|row| row.recipients.is_empty())
            .map(|row| named(&row.customer))
            .collect(),
        otherwise: plan.otherwise.iter().map(named).collect(),
        unsigned: plan.unsigned,
        unclosed: plan
            .unclosed
            .into_iter()
            .map(|(code, period)| (code, period.to_string(), page.period(&period)))
            .collect(),
        imports: plan
            .imports
            .into_iter()
            .map(|import| (import.id.to_string(), import.file_name))
            .collect(),
        rows: plan.rows.into_iter().skip(begin).take(ROWS).collect(),
        newer: if number > 1 { at(number - 1) } else { String::new() },
        older: if statements > begin.saturating_add(ROWS) { at(number + 1) } else { String::new() },
    }
}

/// Who gets what, as a file.
pub(in crate::web) async fn file(app: App, format: Path<String>, asked: Query<Asked>) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let typed = asked.typed(&app);
    let period = typed.period().map_err(|problem| Error::Invalid(vec![problem]))?;
    let (today, only) = (app.db.today(), typed.only().map(str::to_owned));
    let plan = app.read(move |conn| statements::plan(conn, period, only.as_deref(), today)).await?;
    let rows: Vec<Vec<Cell>> = plan
        .rows
        .iter()
        .map(|row| {
            let to: Vec<&str> = row.recipients.iter().map(|to| to.as_str()).collect();
            vec![
                Cell::text(&row.customer.code),
                Cell::text(&row.customer.name),
                Cell::text(row.currency),
                Cell::text(row.customer.language),
                Cell::text(to.join(";")),
            ]
        })
        .collect();
    let table = Table {
        name: "send_plan".to_owned(),
        columns: vec!["customer_code", "customer_name", "currency", "language", "recipients"],
        notes: vec![
            ("period".to_owned(), period.to_string()),
            ("as_of".to_owned(), today.to_string()),
            ("rows".to_owned(), rows.len().to_string()),
        ],
        rows,
    };
    let mut bytes = Vec::new();
    reports::write(&table, format, &mut bytes)?;
    Ok(reply::download(&format!("send_plan-{period}.{format}"), content_type(format), bytes))
}
