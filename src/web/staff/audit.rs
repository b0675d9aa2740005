use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use crate::audit::{self, Checkpoint, Filter, Recorded};
use crate::reports::{self, Verification};

/// Events on one page.
const PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct AuditPage {
    page: Page,
    asked: Asked,
    /// What events are about: code and word.
    kinds: Vec<(&'static str, String)>,
    head: Checkpoint,
    rows: Vec<Row>,
    newest: String,
    older: String,
    verified: Option<Verified>,
}

struct Row {
    seq: i64,
    at: String,
    actor: String,
    actor_id: String,
    roles: String,
    action: String,
    kind: String,
    object: String,
    /// Where the object can be seen.
    path: Option<String>,
    reason: Option<String>,
    address: Option<String>,
    hash: String,
}

/// What checking everything against everything found, and when.
struct Verified {
    at: String,
    found: Verification,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    kind: String,
    object: String,
    actor: String,
    before: String,
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    reply::page(&render(&app, &user, asked.into_inner(), None).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    asked: Asked,
    verified: Option<Verified>,
) -> Result<AuditPage, Fail> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter =
        Filter { kind: some(&asked.kind), object: some(&asked.object), actor: some(&asked.actor) };
    let before = asked.before.parse().ok();
    let (head, events) = app
        .read(move |conn| {
            Ok((audit::checkpoint(conn)?, audit::search(conn, &filter, before, PAGE)?))
        })
        .await?;
    let page = user.page("nav-audit");
    let path = format!(
        "/staff/audit?kind={}&object={}&actor={}",
        reply::query_value(&asked.kind),
        reply::query_value(&asked.object),
        reply::query_value(&asked.actor),
    );
    let full = i64::try_from(events.len()).unwrap_or(0) >= PAGE;
    let older = events
        .last()
        .filter(|event| full && event.seq > 1)
        .map_or_else(String::new, |event| format!("{path}&before={}", event.seq));
    let newest = if before.is_none() { String::new() } else { path };
    let rows = events.into_iter().map(|event| row(&page, event)).collect();
    let kinds = audit::KINDS.iter().map(|kind| (*kind, page.code("audit-kind", kind))).collect();
    Ok(AuditPage { page, asked, kinds, head, rows, newest, older, verified })
}

fn row(page: &Page, event: Recorded) -> Row {
    Row {
        seq: event.seq,
        at: page.time(&event.at),
        path: path_of(&event.object_kind, &event.object_id),
        actor: event.actor_name,
        actor_id: event.actor,
        roles: roles(page, &event.role),
        action: event.action,
        kind: event.object_kind,
        object: event.object_id,
        reason: event.reason,
        address: event.address,
        hash: event.hash,
    }
}

/// The log keeps a member of staff's roles with commas between them.
fn roles(page: &Page, kept: &str) -> String {
    kept.split(',').map(|role| page.name("role", role)).collect::<Vec<_>>().join(" · ")
}

fn path_of(kind: &str, id: &str) -> Option<String> {
    let room = match kind {
        "payout" => "payouts",
        "statement" => "statements",
        "dispute" => "disputes",
        "import" => "imports",
        "letter" => "mailbox",
        "customer" => "customers",
        _ => return None,
    };
    Some(format!("/staff/{room}/{}", reply::query_value(id)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Checks everything against everything now. It changes nothing, so the answer is the page itself.
pub(in crate::web) async fn verify(app: App, user: StaffUser, _: Form<Nothing>) -> Answer {
    let found = app.read(reports::verify).await?;
    let verified = Verified { at: user.visit.time(app.db.now()), found };
    reply::page(&render(&app, &user, Asked::default(), Some(verified)).await?)
}
