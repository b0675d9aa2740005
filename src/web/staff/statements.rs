use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::statement_view::{Contested, StatementView};
use super::super::{Answer, App, Form, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::audit;
use crate::disputes::{self, SubjectKind};
use crate::mailbox;
use crate::statements::{self, Wanted};
use crate::values::{Money, Period, Problem, StaffRole, StatementId, Text};

#[derive(Template)]
#[template(path = "staff/statements.html")]
struct StatementsPage {
    page: Page,
    rows: Vec<Row>,
    may_run: bool,
    period: String,
    customer: String,
    asked: Asked,
    newer: String,
    older: String,
}

struct Row {
    id: String,
    number: String,
    customer: String,
    code: String,
    period: String,
    closing: Money,
    state: &'static str,
    respond_by: String,
    /// The deadline is over, and nobody has answered.
    late: bool,
    mail: Vec<&'static str>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    period: String,
    /// `open` or `overdue`; empty for all.
    state: String,
    /// From 1.
    page: u32,
}

/// Statements on one page.
const ROWS: i64 = 100;

impl Asked {
    /// Another page of the same list.
    fn at(&self, number: u32) -> String {
        let (period, state) = (reply::query_value(&self.period), reply::query_value(&self.state));
        format!("/staff/statements?period={period}&state={state}&page={number}")
    }
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let page = user.page("nav-statements");
    let last_month =
        Period::containing(crate::values::PeriodKind::Month, app.db.today()).previous();
    let typed = Typed {
        period: last_month.map_or_else(String::new, |p| p.to_string()),
        customer: String::new(),
    };
    let page = render(app, user, page, typed, asked.into_inner()).await?;
    reply::page(&page)
}

async fn render(
    app: App,
    user: StaffUser,
    page: Page,
    typed: Typed,
    asked: Asked,
) -> Result<StatementsPage, super::super::Fail> {
    let (reach, today, number) = (Portfolio::of(&user), app.db.today(), asked.page.max(1));
    let wanted = Wanted {
        period: asked.period.trim().parse().ok(),
        unanswered: asked.state == "open",
        due_before: (asked.state == "overdue").then_some(today),
        customers: None,
    };
    let mut found = app
        .read(move |conn| {
            let mut found = Vec::new();
            let wanted = Wanted { customers: reach.keys(conn)?, ..wanted };
            let offset = i64::from(number - 1).saturating_mul(ROWS);
            for statement in statements::latest(conn, &wanted, offset, ROWS + 1)? {
                let customer = reach.by_id(conn, statement.customer)?;
                let letters = mailbox::of_cause(conn, "statement_ready", statement.id.as_str())?;
                found.push((statement, customer, letters));
            }
            Ok(found)
        })
        .await?;
    let keep = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = found.len() > keep;
    found.truncate(keep);
    let rows = found
        .into_iter()
        .map(|(statement, customer, letters)| Row {
            id: statement.id.to_string(),
            customer: customer.name,
            code: customer.code,
            period: page.period(&statement.period),
            closing: statement.closing(),
            state: statement.state.as_str(),
            late: statement.state == statements::State::Issued && statement.respond_by < today,
            respond_by: page.deadline(&statement.respond_by),
            mail: letters.iter().map(|letter| letter.state.as_str()).collect(),
            number: statement.number,
        })
        .collect();
    Ok(StatementsPage {
        page,
        rows,
        may_run: user.holds(StaffRole::Finance),
        period: typed.period,
        customer: typed.customer,
        newer: if number > 1 { asked.at(number - 1) } else { String::new() },
        older: if more { asked.at(number.saturating_add(1)) } else { String::new() },
        asked,
    })
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    period: String,
    #[serde(default)]
    customer: String,
}

/// A statement run. Doing it twice issues nothing twice, so the form needs no key of its own.
pub(in crate::web) async fn issue(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let Ok(period) = typed.period.trim().parse::<Period>() else {
        let problem = Problem::new(
            "period",
            Text::new("statement-period-unreadable").with("found", &typed.period),
        );
        let page = user.page("nav-statements").with_problems(&[problem]);
        let page = render(app, user, page, typed, Asked::default()).await?;
        return reply::form_again(&page);
    };
    let days = app.config.limits.statement_days;
    let (db, actor, only) = (app.db.clone(), user.actor(), typed.customer.trim().to_owned());
    let outcome = actix_web::web::block(move || {
        let only = (!only.is_empty()).then_some(only.as_str());
        statements::issue(&db, &actor, period, only, days, &disputes::open_on_statement)
    })
    .await
    .map_err(super::super::Fail::internal)?;
    let report = match outcome {
        Ok(report) => report,
        Err(crate::error::Error::Refused(text)) => {
            let page = user.page("nav-statements").with_problems(&[Problem::new("period", text)]);
            let page = render(app, user, page, typed, Asked::default()).await?;
            return reply::form_again(&page);
        }
        Err(other) => return Err(other.into()),
    };
    let words = user.words();
    let mut told = words.with(
        "statement-run-done",
        [
            ("issued", report.issued.len().to_string()),
            ("letters", report.letters.to_string()),
            ("already", report.already.to_string()),
        ],
    );
    if !report.without_address.is_empty() {
        told.push(' ');
        told.push_str(&words.t1(
            "statement-run-without-address",
            "codes",
            report.without_address.join(", "),
        ));
    }
    let teller = user.clone();
    app.write(user.actor(), move |tx| teller.tell(tx, &told)).await?;
    reply::see_other(format!("/staff/statements?period={period}"))
}

#[derive(Template)]
#[template(path = "staff/statement.html")]
struct StatementPage {
    page: Page,
    s: StatementView,
    contested: Vec<Contested>,
    letters: Vec<Letter>,
}

struct Letter {
    to: String,
    state: &'static str,
    at: String,
}

/// One statement for staff; reading it leaves a trace in the audit log (DOMAIN §7).
pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = StatementId::from_text(&id);
    let reach = Portfolio::of(&user);
    let (statement, letters, contested) = app
        .write(user.actor(), move |tx| {
            let statement = statements::one(tx, &id)?;
            reach.by_id(tx, statement.customer)?;
            let letters = mailbox::of_cause(tx, "statement_ready", id.as_str())?;
            let event = audit::Event {
                action: "statement.read",
                object: ("statement", id.as_str()),
                customer: Some(statement.customer),
                ..audit::Event::default()
            };
            audit::record(tx, event)?;
            let (customer, kind) = (statement.customer, SubjectKind::Statement);
            let contested = disputes::about(tx, customer, kind, id.as_str())?;
            Ok((statement, letters, contested))
        })
        .await?;
    let title = user.words().t1("statement-title", "number", &statement.number);
    let page = user.visit.page(title).under("/staff/statements", user.words().t("nav-statements"));
    let letters = letters
        .iter()
        .map(|letter| Letter {
            to: letter.to.clone(),
            state: letter.state.as_str(),
            at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
        })
        .collect();
    let house = app.db.house().clone();
    let (s, page) = super::super::off_loop(move || {
        let s = StatementView::new(&statement, &page, &house)?;
        Ok((s, page))
    })
    .await?;
    let contested = contested.into_iter().map(Contested::from).collect();
    reply::page(&StatementPage { page, s, contested, letters })
}
