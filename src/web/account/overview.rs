//! One's own account: who one is here, and what keeps it safe.

use askama::Template;

use super::super::{Answer, App, Page, User, opens, reply};
use crate::people;

#[derive(Template)]
#[template(path = "account/overview.html")]
struct OverviewPage {
    page: Page,
    name: String,
    email: String,
    /// Whom one works for, and as what.
    house: String,
    roles: String,
    phone: Option<String>,
    /// The address that waits to be confirmed, and until when it can be.
    pending: Option<(String, String)>,
    /// Since when a code is asked for besides the password.
    second_factor: Option<String>,
    /// How many devices are signed in.
    devices: usize,
    /// Whether the reader can note being away.
    handles: bool,
}

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    let (person, now) = (user.person.clone(), user.visit.now);
    let (devices, pending) = app
        .read(move |conn| {
            let devices = people::sessions_of(conn, &person, now)?.len();
            Ok((devices, people::pending_email(conn, &person.id, now)?))
        })
        .await?;
    let page = user.page("account-title");
    let (house, roles) = match &page.reader {
        Some(reader) => (reader.house.clone(), reader.roles.clone()),
        None => Default::default(),
    };
    let pending = pending.and_then(|link| Some((link.about?, page.time(&link.expires_at))));
    let people::Person { name, email, phone, second_factor_since, .. } = user.person.clone();
    let second_factor = second_factor_since.map(|at| page.time(&at));
    let handles = opens("/absence", &user.person.identity());
    reply::page(&OverviewPage {
        page,
        name,
        email,
        house,
        roles,
        phone,
        pending,
        second_factor,
        devices,
        handles,
    })
}
