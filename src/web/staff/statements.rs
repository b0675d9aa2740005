use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::statement_view::{Contested, StatementView, VersionLink};
use super::super::{Answer, App, Form, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::audit;
use crate::disputes::{self, SubjectKind};
use crate::mailbox;
use crate::statements::{self, Evidence};
use crate::values::{StaffRole, StatementId};

#[derive(Template)]
#[template(path = "staff/statement.html")]
struct StatementPage {
    page: Page,
    s: StatementView,
    contested: Vec<Contested>,
    letters: Vec<Letter>,
    id: String,
    /// There is mail to send again, and the reader may.
    may_resend: bool,
    /// The reader may have it sent once more.
    may_copy: bool,
    evidence: Option<Evidence>,
    versions: Vec<VersionLink>,
    superseded: bool,
    may_correct: bool,
}

struct Letter {
    to: String,
    state: &'static str,
    at: String,
    /// Why it left without the PDF it was to bring.
    left_out: Option<String>,
}

/// One statement for staff; reading it leaves a trace in the audit log (DOMAIN §7).
pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = StatementId::from_text(&id);
    let reach = Portfolio::of(&user);
    let (statement, letters, left_out, contested, evidence, versions) = app
        .write(user.actor(), move |tx| {
            let statement = statements::one(tx, &id)?;
            reach.by_id(tx, statement.customer)?;
            let letters = statements::mail_of(tx, &statement)?;
            let mut left_out = Vec::new();
            for letter in &letters {
                left_out.push(mailbox::left_out_of(tx, &letter.id)?.map(|one| one.why));
            }
            let event = audit::Event {
                action: "statement.read",
                object: ("statement", id.as_str()),
                customer: Some(statement.customer),
                ..audit::Event::default()
            };
            audit::record(tx, event)?;
            let (customer, kind) = (statement.customer, SubjectKind::Statement);
            let contested = disputes::about(tx, customer, kind, id.as_str())?;
            let evidence = statements::evidence(tx, &statement)?;
            let versions = statements::versions(tx, &statement)?;
            Ok((statement, letters, left_out, contested, evidence, versions))
        })
        .await?;
    let title = user.words().t1("statement-title", "number", &statement.number);
    let page = user.visit.page(title).under("/staff/statements", user.words().t("nav-statements"));
    let failed = letters.iter().any(|letter| letter.state == mailbox::LetterState::Failed);
    let may_resend = user.holds(StaffRole::Finance) && (failed || letters.is_empty());
    let may_copy = (user.holds(StaffRole::Finance) || user.holds(StaffRole::AccountManager))
        && statement.superseded_by.is_none()
        && !letters.is_empty();
    let letters = letters
        .iter()
        .zip(left_out)
        .map(|(letter, left_out)| Letter {
            to: letter.to.clone(),
            state: letter.state.as_str(),
            at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
            left_out,
        })
        .collect();
    let (id, superseded) = (statement.id.to_string(), statement.superseded_by.is_some());
    let house = app.db.house().clone();
    let (s, page) = super::super::off_loop(move || {
        let s = StatementView::new(&statement, &page, &house)?;
        Ok((s, page))
    })
    .await?;
    let contested = contested.into_iter().map(Contested::from).collect();
    reply::page(&StatementPage {
        page,
        s,
        contested,
        letters,
        id,
        may_resend,
        may_copy,
        evidence,
        versions: versions.into_iter().map(VersionLink::from).collect(),
        superseded,
        may_correct: user.holds(StaffRole::Finance) && !superseded,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Sends the mail of a statement once more.
pub(in crate::web) async fn copy(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = StatementId::from_text(&id);
    let (reach, teller) = (Portfolio::of(&user), user.clone());
    let location = app
        .post(user.actor(), form.key, move |tx| {
            let statement = statements::one(tx, &id)?;
            reach.by_id(tx, statement.customer)?;
            let letters = statements::send_copy(tx, &statement)?;
            let letters = i64::try_from(letters).unwrap_or(i64::MAX);
            teller.tell(tx, &teller.words().count("statement-copied", letters))?;
            Ok(format!("/staff/statements/{id}"))
        })
        .await?;
    reply::see_other(location)
}
