use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, User, reply};
use crate::people;

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage {
    page: Page,
    sessions: Vec<Row>,
}

struct Row {
    id: String,
    device: String,
    address: String,
    since: String,
    seen: String,
    current: bool,
}

pub(in crate::web) async fn list(app: App, user: User) -> Answer {
    let person = user.person.clone();
    let now = user.visit.now;
    let sessions = app.read(move |conn| people::sessions_of(conn, &person, now)).await?;
    let page = user.page("sessions-title").under("/account", user.words().t("account-title"));
    let current = user.visit.session().unwrap_or_default();
    let sessions = sessions
        .into_iter()
        .map(|session| Row {
            device: people::device_name(&session.agent)
                .unwrap_or_else(|| page.t("sessions-unknown-device")),
            since: page.time(&session.created_at),
            seen: page.time(&session.seen_at),
            current: session.key_hash == current,
            address: session.address,
            id: session.key_hash,
        })
        .collect();
    reply::page(&SessionsPage { page, sessions })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Revocation {
    session: String,
}

pub(in crate::web) async fn revoke(app: App, user: User, form: Form<Revocation>) -> Answer {
    let session = form.fields.session;
    let own = user.visit.session() == Some(session.as_str());
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        people::revoke_session(tx, &session)?;
        if !own {
            teller.tell(tx, &teller.words().t("sessions-revoked"))?;
        }
        Ok("/sessions".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
