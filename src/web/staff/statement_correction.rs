use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, off_loop, reply};
use crate::disputes;
use crate::error::Error;
use crate::statements::{self, ChangeRow};
use crate::values::{Problem, StatementId};

/// What a corrected version would say otherwise, before it is issued.
#[derive(Template)]
#[template(path = "staff/statement_correction.html")]
struct CorrectionPage {
    page: Page,
    id: String,
    changes: Vec<ChangeRow>,
    /// Why there can be none.
    refused: Option<String>,
    reason: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    reason: String,
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&render(&app, &user, &id, Typed::default(), &[]).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    id: &str,
    typed: Typed,
    problems: &[Problem],
) -> Result<CorrectionPage, Fail> {
    let (db, actor, days) = (app.db.clone(), user.actor(), app.config.limits.statement_days);
    let wanted = StatementId::from_text(id);
    let (statement, found) = off_loop(move || {
        let statement = db.read(|conn| statements::one(conn, &wanted))?;
        let open = disputes::open_on_statement;
        let found = db.rehearse(&actor, |tx| statements::what_changed(tx, &wanted, days, &open));
        match found {
            Ok(changes) => Ok((statement, Ok(changes))),
            Err(Error::Refused(text)) => Ok((statement, Err(text))),
            Err(other) => Err(other),
        }
    })
    .await?;
    let words = user.words();
    let page = user
        .page("statement-correct")
        .under("/staff/statements", words.t("nav-statements"))
        .under(format!("/staff/statements/{id}"), statement.number.clone())
        .with_problems(problems);
    let (changes, refused) = match found {
        Ok(changes) => (ChangeRow::all(&changes, page.words, statement.currency), None),
        Err(text) => (Vec::new(), Some(words.say(&text))),
    };
    Ok(CorrectionPage { page, id: id.to_owned(), changes, refused, reason: typed.reason })
}

/// Issues the corrected version.
pub(in crate::web) async fn correct(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (typed, days) = (form.fields, app.config.limits.statement_days);
    let (wanted, teller) = (StatementId::from_text(&id), user.clone());
    let reason = typed.reason.clone();
    let done = app
        .post(user.actor(), form.key, move |tx| {
            let open = disputes::open_on_statement;
            let new = statements::correct(tx, &wanted, &reason, days, &open)?;
            teller.tell(tx, &teller.words().t("statement-corrected-now"))?;
            Ok(format!("/staff/statements/{new}"))
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&render(&app, &user, &id, typed, &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}
