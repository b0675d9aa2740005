//! The keys of the queue: what they do, and the switch that turns them off (WCAG 2.1.4).

use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use crate::db::Conn;
use crate::error::Result;
use crate::people;
use crate::values::PersonId;

const NAME: &str = "shortcuts";
const OFF: &str = "off";

/// Key and the key of its sentence.
pub(super) const KEYS: [(&str, &str); 7] = [
    ("j", "shortcut-next"),
    ("k", "shortcut-previous"),
    ("o", "shortcut-open"),
    ("e", "shortcut-take"),
    ("s", "shortcut-select"),
    ("/", "shortcut-search"),
    ("?", "shortcut-help"),
];

/// Whether the reader's pages listen to keys; they do until told otherwise.
pub(super) fn are_on(conn: &mut Conn, person: &PersonId) -> Result<bool> {
    Ok(people::preference(conn, person, NAME)?.as_deref() != Some(OFF))
}

#[derive(Template)]
#[template(path = "staff/shortcuts.html")]
struct ShortcutsPage {
    page: Page,
    keys: Vec<(&'static str, String)>,
    on: bool,
}

pub(in crate::web) async fn page(app: App, user: StaffUser) -> Answer {
    let person = user.person.id.clone();
    let on = app.read(move |conn| are_on(conn, &person)).await?;
    let page = user.page("shortcut-title").under("/staff/disputes", user.words().t("nav-queue"));
    let keys = KEYS.iter().map(|(key, what)| (*key, page.t(what))).collect();
    reply::page(&ShortcutsPage { page, keys, on })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Switch {
    shortcuts: String,
}

pub(in crate::web) async fn save(app: App, user: StaffUser, form: Form<Switch>) -> Answer {
    let wanted = form.fields.shortcuts;
    if !["on", OFF].contains(&wanted.as_str()) {
        return Err(Fail::malformed("neither on nor off"));
    }
    let teller = user.clone();
    let location = app
        .post(user.actor(), form.key, move |tx| {
            people::set_preference(tx, &teller.person, NAME, &wanted)?;
            let told = if wanted == OFF { "shortcut-now-off" } else { "shortcut-now-on" };
            teller.tell(tx, &teller.words().t(told))?;
            Ok("/staff/shortcuts".to_owned())
        })
        .await?;
    reply::see_other(location)
}
