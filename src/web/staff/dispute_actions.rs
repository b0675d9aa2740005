//! What staff do to a dispute: each a form of the workspace, done once; refused or stale, the
//! workspace comes back as it stands now, with the sentence, and with what was typed.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::super::customer::dispute_drafts::Kept;
use super::super::dispute_view::amount;
use super::super::{Answer, App, Fail, Form, FormKey, StaffUser, reply as answer};
use super::dispute::{Typed, read};
use crate::db::Tx;
use crate::disputes::{self, Action, Outcome, Terms, Verdict};
use crate::error::{Error, Result};
use crate::values::{DisputeId, PersonId, Problem, Text};

/// One kind of form: where a refusal is shown, what the room calls that field, what is told when
/// it is done.
pub(super) struct Deed {
    pub field: &'static str,
    pub room_field: &'static str,
    pub done: &'static str,
}

pub(in crate::web) async fn assign(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "assignee", room_field: "assignee", done: "dispute-assigned-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        check_seen(tx, id, typed, Action::Assign)?;
        match disputes::assign(tx, id, &PersonId::from_text(&typed.assignee)) {
            // Nobody of that id: the list has changed since.
            Err(Error::NotFound) => {
                Err(Error::invalid("assignee", Text::new("dispute-assignee-no-manager")))
            }
            other => other,
        }
    })
    .await
}

pub(in crate::web) async fn note(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "note", room_field: "text", done: "dispute-noted-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        check_seen(tx, id, typed, Action::Note)?;
        disputes::note(tx, id, &typed.note)
    })
    .await
}

pub(in crate::web) async fn decide(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "reason", room_field: "reason", done: "dispute-decided-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, terms| {
        let verdict = verdict(tx, id, typed)?;
        disputes::decide(tx, id, revision(typed), &verdict, terms).map(|_| ())
    })
    .await
}

pub(in crate::web) async fn approve(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "approval", room_field: "approval", done: "dispute-approved-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, terms| {
        disputes::approve_decision(tx, id, revision(typed), terms).map(|_| ())
    })
    .await
}

pub(in crate::web) async fn return_(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "return_reason", room_field: "reason", done: "dispute-returned-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, _| {
        disputes::return_decision(tx, id, revision(typed), &typed.return_reason).map(|_| ())
    })
    .await
}

pub(in crate::web) async fn take_appeal(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed =
        Deed { field: "take_appeal", room_field: "take_appeal", done: "dispute-appeal-taken-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, _, _| {
        disputes::take_appeal(tx, id)
    })
    .await
}

pub(in crate::web) async fn decide_appeal(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let deed = Deed { field: "reason", room_field: "reason", done: "dispute-decided-now" };
    act(app, user, &id, form.key, (form.fields, Vec::new()), deed, |tx, id, typed, terms| {
        let verdict = verdict(tx, id, typed)?;
        disputes::decide_appeal(tx, id, revision(typed), &verdict, terms).map(|_| ())
    })
    .await
}

/// What nobody's page carries is no revision there ever was.
pub(super) fn revision(typed: &Typed) -> i64 {
    typed.revision.parse().unwrap_or(0)
}

/// Refuses to act from a page that shows less than there is. Whoever may not act at all is told
/// that instead, by the action.
pub(super) fn check_seen(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    typed: &Typed,
    action: Action,
) -> Result<()> {
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = disputes::reach(tx, &by, today)?;
    let stale = disputes::one(tx, &reach, id)?.dispute.revision != revision(typed);
    if stale && disputes::allowed(tx, &by, id, today)?.contains(&action) {
        return Err(Error::refused("dispute-changed-meanwhile"));
    }
    Ok(())
}

fn verdict(tx: &mut Tx<'_>, id: &DisputeId, typed: &Typed) -> Result<Verdict> {
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = disputes::reach(tx, &by, today)?;
    let currency = disputes::one(tx, &reach, id)?.dispute.currency;
    let Some(outcome) = Outcome::from_code(&typed.outcome) else {
        return Err(Error::invalid("outcome", Text::new("dispute-outcome-missing")));
    };
    let granted = amount(&typed.granted, currency)
        .map_err(|key| Error::invalid("granted", Text::new(key).with("field", "granted")))?
        .map_or(0, |money| money.minor);
    // The tick carries the sum it stands beside: an amount changed afterwards isn't confirmed.
    let beyond = typed.beyond.parse().ok();
    Ok(Verdict { outcome, granted, reason: typed.reason.clone(), beyond })
}

/// Does it once and leads to the workspace; or shows the workspace as it stands now, with why not,
/// what was typed, and what happened meanwhile.
pub(super) async fn act(
    app: App,
    user: StaffUser,
    id: &str,
    key: FormKey,
    (typed, kept): (Typed, Vec<Kept>),
    deed: Deed,
    work: impl Fn(&mut Tx<'_>, &DisputeId, &Typed, &Terms) -> Result<()> + Send + 'static,
) -> Answer {
    let typed = normal(typed);
    match post(&app, &user, id, (key, deed.done), &typed, work).await {
        Ok(location) => answer::see_other(location),
        Err(error) => again(&app, &user, id, (typed, kept), error, &deed).await,
    }
}

/// The workspace after a form that wasn't accepted.
pub(super) async fn again(
    app: &App,
    user: &StaffUser,
    id: &str,
    (typed, kept): (Typed, Vec<Kept>),
    error: Error,
    deed: &Deed,
) -> Answer {
    let (status, problems) = match error {
        Error::Refused(text) => (StatusCode::CONFLICT, vec![Problem::new(deed.field, text)]),
        Error::Invalid(problems) => {
            let named = |problem: Problem| match problem.field == deed.room_field {
                true => problem.at(deed.field),
                false => problem,
            };
            (StatusCode::UNPROCESSABLE_ENTITY, problems.into_iter().map(named).collect())
        }
        other => return Err(other.into()),
    };
    let page = read(app, user, id, typed, kept, &problems).await.map_err(Fail::from)?;
    answer::with_status(status, &page)
}

async fn post(
    app: &App,
    user: &StaffUser,
    id: &str,
    (key, done): (FormKey, &'static str),
    typed: &Typed,
    work: impl Fn(&mut Tx<'_>, &DisputeId, &Typed, &Terms) -> Result<()> + Send + 'static,
) -> Result<String> {
    let (id, typed, teller) = (DisputeId::from_text(id), typed.clone(), user.clone());
    let (terms, actor) = (app.config.limits.disputes(), user.actor());
    app.post(user.actor(), key, move |tx| {
        // What is out of reach isn't there, before anything is said about it.
        let today = tx.today();
        let reach = disputes::reach(tx, &actor, today)?;
        disputes::one(tx, &reach, &id)?;
        work(tx, &id, &typed, &terms)?;
        teller.tell(tx, &teller.words().t(done))?;
        Ok(format!("/staff/disputes/{id}"))
    })
    .await
}

/// Browsers end lines with two characters; people count one.
pub(super) fn normal(typed: Typed) -> Typed {
    let line_ends = |text: String| text.replace("\r\n", "\n");
    Typed {
        reply: line_ends(typed.reply),
        note: line_ends(typed.note),
        reason: line_ends(typed.reason),
        return_reason: line_ends(typed.return_reason),
        snooze_reason: line_ends(typed.snooze_reason),
        link_note: line_ends(typed.link_note),
        ..typed
    }
}
