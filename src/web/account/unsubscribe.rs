//! Where a letter's own address ends letters of its kind: a mail program posts here by itself (RFC
//! 8058), a person reads first and then presses the button. Looking changes nothing, because mail
//! servers look at every address in a letter.

use actix_web::web::Path;
use askama::Template;

use super::super::{Answer, App, Fail, Page, Visit, reply};
use crate::error::Error;
use crate::mailbox::{self, Unsubscribing};
use crate::people;
use crate::values::Actor;

#[derive(Template)]
#[template(path = "account/unsubscribe.html")]
struct UnsubscribePage {
    page: Page,
    /// What the letters are about.
    kind: String,
    /// Whether it is done.
    done: bool,
}

pub(in crate::web) async fn page(app: App, visit: Visit, token: Path<String>) -> Answer {
    let now = app.db.now();
    let found = app.read(move |conn| mailbox::unsubscribing(conn, &token, now)).await?;
    answer(&visit, found, false)
}

/// Takes whatever body comes: the address is the whole request.
pub(in crate::web) async fn submit(app: App, visit: Visit, token: Path<String>) -> Answer {
    let now = app.db.now();
    let token = token.into_inner();
    let by = Actor {
        request: Some(visit.request_id.clone()),
        address: Some(visit.address.clone()),
        ..Actor::system("unsubscribe")
    };
    let known = {
        let token = token.clone();
        app.read(move |conn| mailbox::unsubscribing(conn, &token, now)).await?
    };
    let Some(known) = known else { return answer(&visit, None, false) };
    let (to, kind) = (known.to.clone(), known.kind.clone());
    let done = app
        .write(by, move |tx| match people::by_email(tx, &to) {
            Ok(person) => people::set_mail(tx, &person, &kind, false).map(|()| true),
            Err(Error::NotFound) => Ok(false),
            Err(other) => Err(other),
        })
        .await?;
    answer(&visit, done.then_some(known), true)
}

/// A token nobody has any more, and one nobody ever had, get one answer.
fn answer(visit: &Visit, found: Option<Unsubscribing>, done: bool) -> Answer {
    let Some(found) = found else { return Err(Fail::OLD_LINK) };
    let page = visit.page(visit.words.t("unsubscribe-title"));
    let kind = page.code("mail-kind", &found.kind);
    reply::page(&UnsubscribePage { page, kind, done })
}
