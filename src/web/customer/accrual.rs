use actix_web::web::{Path, Query};
use askama::Template;

use super::super::explanation_view::{Asked, ExplanationView};
use super::super::{Answer, App, CustomerUser, Page, explanation_files, reply};
use crate::accruals::{self, Explanation};
use crate::disputes::{self, SubjectKind};
use crate::error::{Error, Result};
use crate::reports::Format;
use crate::sales;
use crate::values::{AccrualId, CustomerRole};

#[derive(Template)]
#[template(path = "customer/accrual.html")]
struct AccrualPage {
    page: Page,
    e: ExplanationView,
    /// The reader may say that the number is wrong.
    may_dispute: bool,
    disputes: Vec<Dispute>,
}

/// What was said about this number before.
struct Dispute {
    id: String,
    number: String,
    state: &'static str,
}

/// Where a number comes from.
pub(in crate::web) async fn page(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let id = AccrualId::from_text(&id);
    let customer = user.customer;
    let (explained, about, through) = app
        .read(move |conn| {
            let accrual = accruals::of_customer_one(conn, customer, &id)?;
            let about = disputes::about(conn, customer, SubjectKind::Accrual, id.as_str())?;
            let through = sales::data_through(conn, Some(customer))?;
            Ok((accruals::explain(conn, accrual)?, about, through))
        })
        .await?;
    let words = user.words();
    let page = user
        .visit
        .page(words.t("explain-title"))
        .under("/programmes", words.t("nav-policies"))
        .with_data_through(through);
    let e = ExplanationView::new(&explained, asked.into_inner(), &page);
    let page = page.under(format!("/programmes/{}", e.policy_id), e.policy.clone());
    reply::page(&AccrualPage {
        page,
        e,
        may_dispute: user.role >= CustomerRole::Finance,
        disputes: about
            .into_iter()
            .map(|d| Dispute { id: d.id.to_string(), number: d.number, state: d.state.as_str() })
            .collect(),
    })
}

/// Its lines as a file.
pub(in crate::web) async fn file(
    app: App,
    user: CustomerUser,
    path: Path<(String, String)>,
) -> Answer {
    let (id, format) = path.into_inner();
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let customer = user.customer;
    let explained = app
        .read(move |conn| -> Result<Explanation> {
            let id = AccrualId::from_text(&id);
            let accrual = accruals::of_customer_one(conn, customer, &id)?;
            accruals::explain(conn, accrual)
        })
        .await?;
    explanation_files::download(&explained, format)
}
