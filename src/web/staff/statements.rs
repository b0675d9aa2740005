use actix_web::web::Path;
use askama::Template;

use super::super::statement_view::{Contested, StatementView, VersionLink};
use super::super::{Answer, App, Page, StaffUser, reply};
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
    evidence: Option<Evidence>,
    versions: Vec<VersionLink>,
    superseded: bool,
    may_correct: bool,
}

struct Letter {
    to: String,
    state: &'static str,
    at: String,
}

/// One statement for staff; reading it leaves a trace in the audit log (DOMAIN §7).
pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = StatementId::from_text(&id);
    let reach = Portfolio::of(&user);
    let (statement, letters, contested, evidence, versions) = app
        .write(user.actor(), move |tx| {
            let statement = statements::one(tx, &id)?;
            reach.by_id(tx, statement.customer)?;
            let letters = mailbox::of_cause(tx, statement.letter(), id.as_str())?;
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
            Ok((statement, letters, contested, evidence, versions))
        })
        .await?;
    let title = user.words().t1("statement-title", "number", &statement.number);
    let page = user.visit.page(title).under("/staff/statements", user.words().t("nav-statements"));
    let failed = letters.iter().any(|letter| letter.state == mailbox::LetterState::Failed);
    let may_resend = user.holds(StaffRole::Finance) && (failed || letters.is_empty());
    let letters = letters
        .iter()
        .map(|letter| Letter {
            to: letter.to.clone(),
            state: letter.state.as_str(),
            at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
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
        evidence,
        versions: versions.into_iter().map(VersionLink::from).collect(),
        superseded,
        may_correct: user.holds(StaffRole::Finance) && !superseded,
    })
}
