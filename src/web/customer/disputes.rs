use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::disputes::{self, Dispute, Draft, State};
use crate::values::{CustomerRole, Money};

const EACH_PAGE: i64 = 25;

#[derive(Template)]
#[template(path = "customer/disputes.html")]
struct DisputesPage {
    page: Page,
    rows: Vec<Row>,
    only_open: bool,
    open: i64,
    may_file: bool,
    newer: String,
    older: String,
    drafts: Vec<DraftRow>,
}

/// A dispute the reader is still writing.
struct DraftRow {
    id: String,
    title: String,
    at: String,
    files: Option<String>,
}

struct Row {
    id: String,
    number: String,
    subject: String,
    state: String,
    amount: Option<Money>,
    waits: String,
    due: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    show: String,
    /// From 1.
    page: Option<i64>,
}

/// The customer's disputes, newest first.
pub(in crate::web) async fn list(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let only_open = asked.show == "open";
    let number = asked.page.unwrap_or(1).clamp(1, 10_000);
    let (customer, person) = (user.customer, user.person.id.clone());
    let (mut found, open, drafts) = app
        .read(move |conn| {
            let offset = (number - 1) * EACH_PAGE;
            let found = disputes::of_customer(conn, customer, only_open, offset, EACH_PAGE + 1)?;
            let drafts = disputes::drafts_of(conn, &person, customer)?;
            Ok((found, disputes::open_count(conn, customer)?, drafts))
        })
        .await?;
    let more = found.len() > usize::try_from(EACH_PAGE).unwrap_or_default();
    found.truncate(usize::try_from(EACH_PAGE).unwrap_or_default());
    let page = user.page("nav-disputes");
    let show = if only_open { "show=open&" } else { "" };
    let address = |number: i64| format!("/disputes?{show}page={number}");
    let rows = found.into_iter().map(|dispute| row(dispute, &page)).collect();
    reply::page(&DisputesPage {
        drafts: drafts.iter().map(|draft| draft_row(draft, &page)).collect(),
        rows,
        only_open,
        open,
        may_file: user.role >= CustomerRole::Finance,
        newer: if number > 1 { address(number - 1) } else { String::new() },
        older: if more { address(number + 1) } else { String::new() },
        page,
    })
}

/// Named by what it is about and how its text begins.
fn draft_row(draft: &Draft, page: &Page) -> DraftRow {
    const BEGINNING: usize = 30;
    let text = draft.text.text.lines().next().unwrap_or_default().trim();
    let mut title = page.code("dispute-subject", draft.kind.as_str());
    if !text.is_empty() {
        title.push_str(" · ");
        title.extend(text.chars().take(BEGINNING));
        if text.chars().count() > BEGINNING {
            title.push('…');
        }
    }
    DraftRow {
        id: draft.id.to_string(),
        title,
        at: page.time(&draft.changed_at),
        files: (!draft.files.is_empty())
            .then(|| page.count("dispute-files-count", draft.files.len())),
    }
}

fn row(dispute: Dispute, page: &Page) -> Row {
    Row {
        id: dispute.id.to_string(),
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        waits: page.t(waits_for(dispute.state)),
        due: due(&dispute, page),
        state: dispute.state.to_string(),
        subject: dispute.subject.text,
        number: dispute.number,
    }
}

/// Who has to do something, in the customer's words.
pub(super) fn waits_for(state: State) -> &'static str {
    match state {
        State::Submitted | State::InReview | State::AwaitingApproval => "dispute-waits-review",
        State::WaitingCustomer => "dispute-waits-answer",
        State::Decided => "dispute-waits-reaction",
        State::Appealed | State::AppealReview => "dispute-waits-appeal",
        State::AppealDecided => "dispute-waits-end",
        State::Closed | State::Withdrawn => "dispute-waits-nobody",
    }
}

/// By when.
pub(super) fn due(dispute: &Dispute, page: &Page) -> Option<String> {
    match dispute.state {
        State::Submitted
        | State::InReview
        | State::AwaitingApproval
        | State::Appealed
        | State::AppealReview => Some(page.deadline(&dispute.decision_due)),
        State::Decided => dispute.appeal_until.map(|day| page.deadline(&day)),
        State::WaitingCustomer | State::AppealDecided | State::Closed | State::Withdrawn => None,
    }
}
