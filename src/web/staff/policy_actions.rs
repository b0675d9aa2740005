//! The steps of a policy's version, taken from its page.

use actix_web::web::Path;
use serde::Deserialize;

use super::super::form::FormKey;
use super::super::{Answer, App, Fail, Form, StaffUser, reply};
use super::policy::{Typed, render};
use super::typed;
use crate::accruals;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::policies::{self, Version};
use crate::values::{PolicyId, Problem, VersionId};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Revision {
    /// The edit that the page shows.
    revision: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Shown {
    /// The hash of the terms on the page.
    shown: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Reason {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Ending {
    #[serde(default)]
    last_day: String,
    #[serde(default)]
    reason: String,
}

/// Takes a step and tells it; a step that is refused shows the version as it stands now, with the
/// sentence and what was typed.
async fn step(
    app: App,
    user: StaffUser,
    id: &str,
    key: FormKey,
    typed: Typed,
    told: &'static str,
    mut act: impl FnMut(&mut Tx<'_>, &VersionId) -> Result<()> + Send + 'static,
) -> Answer {
    let id = VersionId::from_text(id);
    let wanted = id.clone();
    let version: Version = app.read(move |conn| policies::version(conn, &wanted)).await?;
    let (policy, number) = (version.policy_id, version.number);
    let (teller, path) = (user.clone(), format!("/staff/policies/{policy}?version={number}"));
    let done = app
        .post(user.actor(), key, move |tx| {
            act(tx, &id)?;
            teller.tell(tx, &teller.words().t(told))?;
            Ok(path.clone())
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let again = render(&app, &user, &policy, Some(number), typed, &problems).await?;
            reply::form_again(&again)
        }
        Err(Error::Refused(text)) => {
            let problems = [Problem::new("actions", text)];
            let again = render(&app, &user, &policy, Some(number), typed, &problems).await?;
            reply::refused_again(&again)
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) async fn submit(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Revision>,
) -> Answer {
    let revision: i64 = form.fields.revision.parse().map_err(Fail::malformed)?;
    let act = move |tx: &mut Tx<'_>, id: &VersionId| policies::submit(tx, id, revision);
    step(app, user, &id, form.key, Typed::default(), "rules-submitted-now", act).await
}

pub(in crate::web) async fn take_back(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let act = |tx: &mut Tx<'_>, id: &VersionId| policies::take_back(tx, id);
    step(app, user, &id, form.key, Typed::default(), "rules-taken-back-now", act).await
}

pub(in crate::web) async fn approve(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Shown>,
) -> Answer {
    let shown = form.fields.shown;
    let act = move |tx: &mut Tx<'_>, id: &VersionId| policies::approve(tx, id, &shown);
    step(app, user, &id, form.key, Typed::default(), "rules-approved-now", act).await
}

pub(in crate::web) async fn give_back(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let reason = form.fields.reason;
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &VersionId| {
        policies::return_(tx, id, &typed::text("reason", &reason, LONGEST_REASON)?)
    };
    step(app, user, &id, form.key, typed, "rules-returned-now", act).await
}

pub(in crate::web) async fn publish(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let act = |tx: &mut Tx<'_>, id: &VersionId| policies::publish_approved(tx, id).map(|_| ());
    step(app, user, &id, form.key, Typed::default(), "rules-published-now", act).await
}

pub(in crate::web) async fn end(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Ending>,
) -> Answer {
    let Ending { last_day, reason } = form.fields;
    let typed = Typed { last_day: last_day.clone(), reason: reason.clone() };
    let act = move |tx: &mut Tx<'_>, id: &VersionId| {
        let day = typed::day("last_day", &last_day)?;
        policies::end(tx, id, day, &typed::text("reason", &reason, LONGEST_REASON)?)
    };
    step(app, user, &id, form.key, typed, "rules-ended-now", act).await
}

pub(in crate::web) async fn withdraw(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let reason = form.fields.reason;
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &VersionId| {
        let reason = typed::text("reason", &reason, LONGEST_REASON)?;
        policies::withdraw(tx, id, &reason, &any_closed)
    };
    step(app, user, &id, form.key, typed, "rules-withdrawn-now", act).await
}

fn any_closed(conn: &mut Conn, policy: &PolicyId) -> Result<bool> {
    Ok(!accruals::closed_periods(conn, policy)?.is_empty())
}
