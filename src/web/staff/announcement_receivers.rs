//! Who gets an announcement, or got it, and who is left out and why.

use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, reply};
use super::announcement::{Found, count, find, settled};
use super::announcements::{LIST, TITLE};
use crate::announcements::{self, Fate, Plan, Receiver, Sent};
use crate::customers::Customer;
use crate::values::Language;

/// Receivers on a page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "staff/announcement_receivers.html")]
struct ReceiversPage {
    page: Page,
    id: String,
    settled: bool,
    left_out_only: bool,
    rows: Vec<ReceiverRow>,
    newer: String,
    older: String,
}

struct ReceiverRow {
    code: String,
    customer: String,
    /// Empty where the customer has nobody.
    name: String,
    email: String,
    language: Option<Language>,
    fate: &'static str,
    /// Its letter, where it leaves by mail: the state, and why it failed.
    letter: Option<(&'static str, Option<String>)>,
    opened: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    /// `left_out` for those who get no mail; empty for all.
    show: String,
    /// From 1.
    page: usize,
}

pub(in crate::web) async fn receivers(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let (only, number) = (asked.show == "left_out", asked.page.max(1));
    let Found { known, plan, .. } = find(&app, &user, &id).await?;
    let skipped = (number - 1).saturating_mul(ROWS);
    let mut rows: Vec<ReceiverRow> = match plan {
        Some(plan) => planned(plan, only).into_iter().skip(skipped).take(ROWS + 1).collect(),
        None => {
            let id = known.id.clone();
            let (after, most) = (count(skipped), count(ROWS + 1));
            let sent = app
                .read(move |conn| announcements::receivers(conn, &id, only, after, most))
                .await?;
            sent.into_iter().map(settled_row).collect()
        }
    };
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let show = if only { "left_out" } else { "" };
    let at = |number: usize| format!("{LIST}/{}/receivers?show={show}&page={number}", known.id);
    let words = user.words();
    let page = user
        .page("news-receivers")
        .under(LIST, words.t(TITLE))
        .under(format!("{LIST}/{}", known.id), known.subject(words.language));
    reply::page(&ReceiversPage {
        id: known.id.to_string(),
        settled: settled(known.state),
        left_out_only: only,
        rows,
        newer: if number > 1 { at(number - 1) } else { String::new() },
        older: if more { at(number + 1) } else { String::new() },
        page,
    })
}

/// Who would get it, and the customers with nobody who could.
fn planned(plan: Plan, left_out_only: bool) -> Vec<ReceiverRow> {
    let one = |one: Receiver| ReceiverRow {
        code: one.customer.code,
        customer: one.customer.name,
        name: one.person.name,
        email: one.person.email,
        language: Some(one.gets),
        fate: one.fate.as_str(),
        letter: None,
        opened: false,
    };
    let nobody = |customer: Customer| ReceiverRow {
        code: customer.code,
        customer: customer.name,
        name: String::new(),
        email: String::new(),
        language: None,
        fate: "nobody",
        letter: None,
        opened: false,
    };
    let receivers = plan.receivers.into_iter();
    let receivers = receivers.filter(|one| !left_out_only || one.fate != Fate::Mailed).map(one);
    receivers.chain(plan.nobody.into_iter().map(nobody)).collect()
}

fn settled_row(one: Sent) -> ReceiverRow {
    let letter = one.letter.as_ref();
    ReceiverRow {
        code: one.customer.code,
        customer: one.customer.name,
        name: one.person.name,
        email: one.person.email,
        language: letter.map(|letter| letter.language),
        fate: one.fate.as_str(),
        letter: letter.map(|letter| (letter.state.as_str(), letter.last_error.clone())),
        opened: one.opened,
    }
}
