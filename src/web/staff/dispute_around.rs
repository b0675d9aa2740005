//! What staff do around a dispute: put it aside, merge it, link it; and who else looks at it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use chrono::NaiveDate;

use super::super::{Answer, App, Form, Page, StaffUser};
use super::dispute::Typed;
use super::dispute_actions::{Deed, act, revision};
use crate::disputes::{self, Link, Look};
use crate::error::{Error, Result};
use crate::values::{DisputeId, StaffRole, Text};

/// A linked dispute.
pub(super) struct LinkRow {
    pub id: String,
    pub number: String,
    pub customer: String,
    pub state: String,
    pub note: String,
    pub by: String,
}

impl LinkRow {
    pub(super) fn new(link: Link, page: &Page) -> Self {
        let dispute = link.other.dispute;
        Self {
            id: dispute.id.to_string(),
            number: dispute.number,
            customer: link.other.customer_name,
            state: dispute.state.to_string(),
            note: link.note,
            by: page.t2("dispute-decided-by", "who", link.by, "at", page.time(&link.at)),
        }
    }
}

pub(in crate::web) async fn snooze(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed =
        Deed { field: "snooze_until", room_field: "snooze_until", done: "dispute-snoozed-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        let until = day(&typed.snooze_until)?;
        disputes::snooze(tx, id, revision(typed), until, &typed.snooze_reason)
    })
    .await
}

fn day(typed: &str) -> Result<NaiveDate> {
    let typed = typed.trim();
    let wrong = |text| Err(Error::invalid("snooze_until", text));
    if typed.is_empty() {
        return wrong(Text::new("typed-day-missing"));
    }
    typed.parse().or_else(|_| wrong(Text::new("typed-day-unreadable").with("found", typed)))
}

pub(in crate::web) async fn wake(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "wake", room_field: "wake", done: "dispute-woken-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, _, _| {
        disputes::wake(tx, id)
    })
    .await
}

pub(in crate::web) async fn merge(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "merge_into", room_field: "merge_into", done: "dispute-merged-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        disputes::merge(tx, id, revision(typed), &typed.merge_into).map(|_| ())
    })
    .await
}

pub(in crate::web) async fn link(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "link_to", room_field: "link_to", done: "dispute-linked-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        disputes::link(tx, id, &typed.link_to, &typed.link_note)
    })
    .await
}

pub(in crate::web) async fn unlink(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "link_to", room_field: "link_to", done: "dispute-unlinked-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        disputes::unlink(tx, id, &DisputeId::from_text(&typed.other))
    })
    .await
}

/// Who else looks, for the page that stays open: the sentence, or nothing.
pub(in crate::web) async fn who_looks(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = DisputeId::from_text(&id);
    let looks = presence(&app, &user, &id).await?;
    let sentence = presence_in_words(&looks, &user.visit.page(""));
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(sentence))
}

/// Who else looks; the reader's own look is written down, once a minute at most. Auditors read
/// without leaving anything but their trace in the audit log.
pub(super) async fn presence(app: &App, user: &StaffUser, id: &DisputeId) -> Result<Vec<Look>> {
    let (actor, today, now) = (user.actor(), app.db.today(), app.db.now());
    let (reader, wanted) = (user.person.id.clone(), id.clone());
    let (looks, due) = app
        .read(move |conn| {
            let reach = disputes::reach(conn, &actor, today)?;
            disputes::one(conn, &reach, &wanted)?;
            disputes::lookers(conn, &wanted, &reader, now)
        })
        .await?;
    let acts = StaffRole::ALL.iter().any(|role| *role != StaffRole::Auditor && user.holds(*role));
    if due && acts {
        let id = id.clone();
        app.write(user.actor(), move |tx| disputes::look(tx, &id)).await?;
    }
    Ok(looks)
}

/// Empty when nobody else does.
pub(super) fn presence_in_words(looks: &[Look], page: &Page) -> String {
    if looks.is_empty() {
        return String::new();
    }
    let names: Vec<_> = looks
        .iter()
        .map(|look| page.t2("dispute-looks", "who", &look.name, "at", page.clock(&look.at)))
        .collect();
    page.t1("dispute-presence", "names", names.join(&page.t("list-comma")))
}
