use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::statement_view::{Contested, StatementView, VersionLink};
use super::super::{Answer, App, Page, StaffUser, opens, reply};
use super::portfolio::Portfolio;
use crate::audit;
use crate::disputes::{self, SubjectKind};
use crate::mailbox;
use crate::statements::{self, Evidence, Wanted};
use crate::values::{Money, StaffRole, StatementId};

#[derive(Template)]
#[template(path = "staff/statements.html")]
struct StatementsPage {
    page: Page,
    rows: Vec<Row>,
    may_run: bool,
    sees_runs: bool,
    /// The month that ended last.
    period: String,
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
    let page = render(app, user, page, asked.into_inner()).await?;
    reply::page(&page)
}

async fn render(
    app: App,
    user: StaffUser,
    page: Page,
    asked: Asked,
) -> Result<StatementsPage, super::super::Fail> {
    let (reach, today, number) = (Portfolio::of(&user), app.db.today(), asked.page.max(1));
    let for_month = app.clone();
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
        sees_runs: opens("/staff/statement-runs", &user.person.identity()),
        period: super::statement_runs::last_month(&for_month),
        newer: if number > 1 { asked.at(number - 1) } else { String::new() },
        older: if more { asked.at(number.saturating_add(1)) } else { String::new() },
        asked,
    })
}

#[derive(Template)]
#[template(path = "staff/statement.html")]
struct StatementPage {
    page: Page,
    s: StatementView,
    contested: Vec<Contested>,
    /// The portal's address, for the paper.
    portal: String,
    letters: Vec<Letter>,
    id: String,
    /// There is mail to send again, and the reader may.
    may_resend: bool,
    evidence: Option<Evidence>,
    versions: Vec<VersionLink>,
    superseded: bool,
    may_correct: bool,
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
    let portal = app.config.base_url.clone();
    let (statement, letters, contested, evidence, versions) = app
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
            let evidence = statements::evidence(tx, &statement)?;
            let versions = statements::versions(tx, &statement)?;
            Ok((statement, letters, contested, evidence, versions))
        })
        .await?;
    let title = user.words().t1("statement-title", "number", &statement.number);
    let page = user.visit.page(title).under("/staff/statements", user.words().t("nav-statements"));
    let failed = letters.iter().any(|letter| letter.state == mailbox::LetterState::Failed);
    let may_resend = user.holds(StaffRole::Finance) && (failed || letters.is_empty());
    let letters = letters
        .iter()
        .map(|letter| Letter {
            to: letter.to.clone(),
            state: letter.state.as_str(),
            at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
        })
        .collect();
    let (id, superseded) = (statement.id.to_string(), statement.superseded_by.is_some());
    let s = StatementView::new(statement, &page);
    let contested = contested.into_iter().map(Contested::from).collect();
    reply::page(&StatementPage {
        page,
        s,
        contested,
        portal,
        letters,
        id,
        may_resend,
        evidence,
        versions: versions.into_iter().map(VersionLink::from).collect(),
        superseded,
        may_correct: user.holds(StaffRole::Finance) && !superseded,
    })
}
