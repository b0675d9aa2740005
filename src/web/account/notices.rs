//! The reader's letters in the portal: what they would also find in their mail.

use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, User, reply};
use crate::customers;
use crate::mailbox::letters::Announcement;
use crate::mailbox::{self, Letter};
use crate::values::{Key, LetterId};

/// Letters on one page.
const PAGE: i64 = 30;

#[derive(Template)]
#[template(path = "account/notices.html")]
struct NoticesPage {
    page: Page,
    rows: Vec<Row>,
    newest: String,
    older: String,
    any_unread: bool,
}

struct Row {
    id: String,
    subject: String,
    /// What it is, where its subject is in somebody's own words.
    kind: Option<String>,
    /// Whom it is about, for staff.
    customer: Option<String>,
    at: String,
    read: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    before: String,
}

pub(in crate::web) async fn list(app: App, user: User, asked: Query<Asked>) -> Answer {
    let reader = user.person.notices();
    let before = (!asked.before.is_empty()).then(|| LetterId::from_text(&asked.before));
    let first = before.is_none();
    let (letters, customers) = app
        .read(move |conn| {
            let letters = mailbox::notices(conn, &reader, before.as_ref(), PAGE)?;
            // At a customer's, all of them are about that one.
            let about = letters.iter().filter_map(|letter| letter.customer);
            let about: Vec<Key> = about.filter(|_| reader.customer.is_none()).collect();
            Ok((letters, customers::by_ids(conn, &about)?))
        })
        .await?;
    let named = |key: Key| customers.iter().find(|customer| customer.id == key);
    let page = user.page("notices-title");
    let full = i64::try_from(letters.len()).unwrap_or(0) >= PAGE;
    let last = letters.last().filter(|_| full);
    reply::page(&NoticesPage {
        newest: if first { String::new() } else { "/notices".to_owned() },
        older: last.map_or_else(String::new, |last| format!("/notices?before={}", last.id)),
        any_unread: page.unread.is_some(),
        rows: letters
            .iter()
            .map(|letter| Row {
                id: letter.id.to_string(),
                subject: letter.subject_in(page.language()).to_owned(),
                kind: (letter.kind == Announcement::KIND)
                    .then(|| page.name("mail-kind", &letter.kind)),
                customer: letter.customer.and_then(named).map(|customer| customer.name.clone()),
                at: page.time(&letter.at),
                read: letter.read,
            })
            .collect(),
        page,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Opens one, which counts as reading it, and goes where its button leads.
pub(in crate::web) async fn open(
    app: App,
    user: User,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let (reader, id) = (user.person.notices(), LetterId::from_text(&id));
    app.post(user.actor(), form.key, move |tx| {
        let path = mailbox::open_notice(tx, &reader, &id)?;
        // Letters of old kept no address.
        Ok(if path.starts_with('/') { path } else { "/".to_owned() })
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}

pub(in crate::web) async fn read_all(app: App, user: User, form: Form<Nothing>) -> Answer {
    let reader = user.person.notices();
    app.post(user.actor(), form.key, move |tx| {
        mailbox::mark_all_read(tx, &reader)?;
        Ok("/notices".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
