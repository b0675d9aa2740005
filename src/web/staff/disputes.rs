use actix_web::web::Query;
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, reply};
use crate::calendar;
use crate::db::Conn;
use crate::disputes::{self, Dispute, QueueCounts, Queued, State, View};
use crate::error::Result;
use crate::values::Money;

const EACH_PAGE: i64 = 25;
/// A dispute due within so many business days is about to breach.
const SOON: u32 = 1;

#[derive(Template)]
#[template(path = "staff/disputes.html")]
struct QueuePage {
    page: Page,
    views: Vec<ViewLink>,
    view: String,
    q: String,
    rows: Vec<Row>,
    newest: String,
    next: String,
}

struct ViewLink {
    address: String,
    word: String,
    /// None for the view of all, which isn't counted.
    count: Option<i64>,
    current: bool,
}

struct Row {
    id: String,
    number: String,
    subject: String,
    state: String,
    customer: String,
    amount: Option<Money>,
    age: String,
    left: Left,
    last: String,
    assignee: Option<String>,
}

/// The time left until a dispute is due: the sentence, and how pressing it is.
pub(super) struct Left {
    pub text: String,
    /// A class of the style sheet.
    pub class: &'static str,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    view: String,
    q: String,
    after: String,
}

/// The view of that name; mine for any other.
fn view_of(name: &str, today: NaiveDate, soon: NaiveDate) -> (&'static str, View) {
    match name {
        "snoozed" => ("snoozed", View::Snoozed(today)),
        "unassigned" => ("unassigned", View::Unassigned),
        "breach" => ("breach", View::AboutToBreach(soon)),
        "waiting" => ("waiting", View::Waiting),
        "approvals" => ("approvals", View::Approvals),
        "appeals" => ("appeals", View::Appeals),
        "all" => ("all", View::All),
        _ => ("mine", View::Mine(today)),
    }
}

/// The queue of disputes: saved views as links, what is due first comes first.
pub(in crate::web) async fn queue(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let (actor, today, wanted) = (user.actor(), app.db.today(), asked.clone());
    let (name, counts, found) = app
        .read(move |conn| {
            let reach = disputes::reach(conn, &actor, today)?;
            let soon = calendar::add_business_days(conn, today, SOON)?;
            let (name, view) = view_of(&wanted.view, today, soon);
            let counts = disputes::queue_counts(conn, &reach, today, soon)?;
            let cursor = Some(wanted.after.as_str()).filter(|after| !after.is_empty());
            let q = Some(wanted.q.as_str());
            let found = disputes::queue(conn, &reach, view, q, cursor, EACH_PAGE)?;
            let mut items = Vec::new();
            for item in found.items {
                let days = business_days_left(conn, &item.dispute, today)?;
                items.push((item, days));
            }
            Ok((name, counts, (items, found.next)))
        })
        .await?;
    let page = user.page("nav-queue");
    let (items, next) = found;
    let now = app.db.now();
    let rows = items.into_iter().map(|(item, days)| row(item, days, now, &page)).collect();
    let address = |after: &str| {
        let q = reply::query_value(&asked.q);
        format!("/staff/disputes?view={name}&q={q}&after={after}")
    };
    reply::page(&QueuePage {
        views: views(name, &counts, &page),
        newest: if asked.after.is_empty() { String::new() } else { address("") },
        next: next.map_or_else(String::new, |cursor| address(&cursor)),
        view: name.to_owned(),
        q: asked.q,
        rows,
        page,
    })
}

fn views(current: &str, counts: &QueueCounts, page: &Page) -> Vec<ViewLink> {
    [
        ("mine", Some(counts.mine)),
        ("unassigned", Some(counts.unassigned)),
        ("breach", Some(counts.about_to_breach)),
        ("waiting", Some(counts.waiting)),
        ("approvals", Some(counts.approvals)),
        ("appeals", Some(counts.appeals)),
        ("snoozed", Some(counts.snoozed)),
        ("all", None),
    ]
    .into_iter()
    .map(|(name, count)| ViewLink {
        address: format!("/staff/disputes?view={name}"),
        word: page.code("dispute-view", name),
        count,
        current: name == current,
    })
    .collect()
}

fn row(item: Queued, days: i64, now: DateTime<Utc>, page: &Page) -> Row {
    let dispute = item.dispute;
    Row {
        id: dispute.id.to_string(),
        state: dispute.state.to_string(),
        customer: format!("{} {}", item.customer_code, item.customer_name),
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        age: page.count("dispute-age", (now - dispute.filed_at).num_days()),
        left: left(&dispute, days, page),
        last: page.time(&dispute.last_activity_at),
        assignee: dispute.assignee_name,
        subject: dispute.subject.text,
        number: dispute.number,
    }
}

/// The day the dispute is due: the first answer, then the decision.
fn due(dispute: &Dispute) -> NaiveDate {
    match dispute.answered_at {
        None => dispute.answer_due.min(dispute.decision_due),
        Some(_) => dispute.decision_due,
    }
}

/// Business days until it is due; negative once it is late.
pub(super) fn business_days_left(
    conn: &mut Conn,
    dispute: &Dispute,
    today: NaiveDate,
) -> Result<i64> {
    let due = due(dispute);
    if due >= today {
        calendar::business_days_between(conn, today, due)
    } else {
        // Late by a weekend is late all the same.
        Ok(-calendar::business_days_between(conn, due, today)?.max(1))
    }
}

/// How much time is left, in words.
pub(super) fn left(dispute: &Dispute, days: i64, page: &Page) -> Left {
    if dispute.state == State::WaitingCustomer {
        return Left { text: page.t("dispute-left-paused"), class: "quiet" };
    }
    if !dispute.state.is_open() {
        return Left { text: "—".to_owned(), class: "quiet" };
    }
    match days {
        ..0 => Left { text: page.count("dispute-left-late", -days), class: "late" },
        0 => Left { text: page.t("dispute-left-today"), class: "soon" },
        1 => Left { text: page.count("dispute-left-days", days), class: "soon" },
        _ => Left { text: page.count("dispute-left-days", days), class: "" },
    }
}
