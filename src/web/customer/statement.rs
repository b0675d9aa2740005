use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::statement_view::{Contested, StatementView, VersionLink};
use super::super::{Answer, App, CustomerUser, Form, Page, reply, statement_files};
use crate::disputes::{self, SubjectKind};
use crate::statements::{self, Evidence, State};
use crate::values::{CustomerRole, StatementId};

#[derive(Template)]
#[template(path = "customer/statement.html")]
struct StatementPage {
    page: Page,
    id: String,
    s: StatementView,
    contested: Vec<Contested>,
    /// The reader may confirm or contest, and it is still open.
    may_answer: bool,
    /// The reader may say that something in it is wrong.
    may_dispute: bool,
    /// Open, and the reader's role only reads.
    waits_for_finance: bool,
    deadline: String,
    /// The agreement by which silence confirms.
    agreement: Option<String>,
    evidence: Option<Evidence>,
    versions: Vec<VersionLink>,
    superseded: bool,
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = StatementId::from_text(&id);
    let customer = user.customer;
    let wanted = id.clone();
    let (actor, seen) = (user.actor(), id.clone());
    let (statement, contested, evidence, versions, opened) = app
        .read(move |conn| {
            let statement = statements::of_customer_one(conn, customer, &wanted)?;
            let evidence = statements::evidence(conn, &statement)?;
            let versions = statements::versions(conn, &statement)?;
            let opened = statements::was_opened(conn, &wanted, &actor)?;
            let about = disputes::about(conn, customer, SubjectKind::Statement, wanted.as_str())?;
            Ok((statement, about, evidence, versions, opened))
        })
        .await?;
    if !opened {
        app.write(user.actor(), move |tx| statements::note_opened(tx, &seen)).await?;
    }
    let open = statement.state == State::Issued && statement.superseded_by.is_none();
    let may = user.role >= CustomerRole::Finance;
    let title = user.words().t1("statement-title", "number", &statement.number);
    let page = user
        .visit
        .page(title)
        .under("/statements", user.words().t("nav-statements"))
        .with_data_through(statement.content.data_through);
    let superseded = statement.superseded_by.is_some();
    let agreement = statement.agreement.clone();
    let deadline = page.deadline(&statement.respond_by);
    let house = app.db.house().clone();
    let (s, page) = super::super::off_loop(move || {
        let s = StatementView::new(&statement, &page, &house)?;
        Ok((s, page))
    })
    .await?;
    reply::page(&StatementPage {
        page,
        id: id.to_string(),
        s,
        contested: contested.into_iter().map(Contested::from).collect(),
        may_answer: open && may,
        may_dispute: may && !superseded,
        waits_for_finance: open && !may,
        deadline,
        agreement,
        evidence,
        versions: versions.into_iter().map(VersionLink::from).collect(),
        superseded,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// 确认无误
pub(in crate::web) async fn confirm(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = StatementId::from_text(&id);
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        statements::confirm(tx, teller.customer, &id)?;
        teller.tell(tx, &teller.words().t("statement-confirmed-now"))?;
        Ok(format!("/statements/{id}"))
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}

/// The statement as a file, with the numbers of the page.
pub(in crate::web) async fn file(
    app: App,
    user: CustomerUser,
    path: Path<(String, String)>,
) -> Answer {
    let (id, format) = path.into_inner();
    let customer = user.customer;
    let statement = app
        .read(move |conn| statements::of_customer_one(conn, customer, &StatementId::from_text(&id)))
        .await?;
    let (house, language) = (app.db.house().clone(), user.words().language);
    statement_files::download(&statement, &house, language, &format)
}
