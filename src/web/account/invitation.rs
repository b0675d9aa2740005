//! Where an invitation leads: who invites, into what, until when; a password accepts. Looking changes
//! nothing, because mail servers look at every address in a letter, and accepting signs nobody in:
//! who has the letter can choose the password, who knows the password signs in.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{host_of, roles};
use super::super::{Answer, App, Fail, Form, FormKey, Page, Visit, reply};
use crate::error::Error;
use crate::people::{self, Host, LinkState, OneTimeLink, Person};
use crate::values::{Problem, Text};

const DONE: &str = "/sign-in?accepted=1";

#[derive(Template)]
#[template(path = "account/invitation.html")]
struct InvitationPage {
    page: Page,
    /// As [`LinkState`] names it.
    state: &'static str,
    by: String,
    host: String,
    roles: String,
    name: String,
    email: String,
    until: String,
    /// Somebody else is signed in on this device.
    signed_in: Option<String>,
    staff: bool,
}

struct Found {
    link: OneTimeLink,
    person: Person,
    host: Host,
    state: LinkState,
}

async fn find(app: &App, token: &str) -> Result<Found, Fail> {
    let (token, now, house) = (token.to_owned(), app.db.now(), app.db.house().clone());
    let found = app
        .read(move |conn| {
            let Some((link, person)) = people::invitation(conn, &token)? else { return Ok(None) };
            let host = host_of(conn, person.customer(), &house)?;
            Ok(Some(Found { state: link.state(now), link, person, host }))
        })
        .await?;
    found.ok_or(Fail::UNKNOWN_LINK)
}

fn show(visit: &Visit, found: &Found, problems: &[Problem]) -> Answer {
    let valid = found.state == LinkState::Valid;
    let title = match valid {
        true => visit.words.t("invitation-title"),
        false => visit.words.code("invitation-over", found.state.as_str()),
    };
    let page = visit.page(title).with_problems(problems);
    let status = match (valid, problems.is_empty()) {
        (true, true) => StatusCode::OK,
        (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, _) => StatusCode::GONE,
    };
    let template = InvitationPage {
        state: found.state.as_str(),
        by: page.who(&found.link.made_by),
        host: found.host.name.clone(),
        roles: roles(&page, &found.person.side),
        name: found.person.name.clone(),
        email: found.person.email.clone(),
        until: page.time(&found.link.expires_at),
        signed_in: visit.person().map(|person| person.name.clone()),
        staff: found.person.customer().is_none(),
        page,
    };
    reply::with_status(status, &template)
}

pub(in crate::web) async fn page(app: App, visit: Visit, token: Path<String>) -> Answer {
    show(&visit, &find(&app, &token).await?, &[])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    /// For programs that keep passwords; whose it is, the link says.
    #[serde(default, rename = "username")]
    _username: String,
    password: String,
    again: String,
}

impl Typed {
    fn check(&self, app: &App, found: &Found) -> crate::error::Result<()> {
        let known = [
            "openrebate",
            &app.config.company,
            &found.host.name,
            &found.person.email,
            &found.person.name,
        ];
        people::check_password(&self.password, &known)?;
        if self.password != self.again {
            return Err(Error::invalid("again", Text::new("password-differs")));
        }
        Ok(())
    }
}

pub(in crate::web) async fn accept(
    app: App,
    visit: Visit,
    token: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let token = token.into_inner();
    let found = find(&app, &token).await?;
    let by = found.person.actor(Some(visit.request_id.clone()), Some(visit.address.clone()));
    // What was posted has the password in it, of which no quick fingerprint is kept.
    let key = FormKey { content: found.link.id.to_string(), ..form.key };
    if let Some(location) = app.posted(&by, &key).await? {
        return reply::see_other(location);
    }
    if found.state != LinkState::Valid {
        return show(&visit, &found, &[]);
    }
    match form.fields.check(&app, &found) {
        Ok(()) => {}
        Err(Error::Invalid(problems)) => return show(&visit, &found, &problems),
        Err(other) => return Err(other.into()),
    }
    let hash = app.hash_password(form.fields.password).await?;
    let used = token.clone();
    let posted = app
        .post(by, key, move |tx| {
            people::accept_invitation(tx, &used, &hash)?;
            Ok(DONE.to_owned())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        // It ended while the password was being hashed.
        Err(Error::Refused(_)) => show(&visit, &find(&app, &token).await?, &[]),
        Err(other) => Err(other.into()),
    }
}
