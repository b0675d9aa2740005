use actix_web::web::{Path, Query};
use askama::Template;

use super::super::explanation_view::{Asked, ExplanationView};
use super::super::{Answer, App, Page, StaffUser, explanation_files, reply};
use super::portfolio::Portfolio;
use crate::accruals;
use crate::error::Error;
use crate::reports::Format;
use crate::sales;
use crate::values::AccrualId;

#[derive(Template)]
#[template(path = "staff/accrual.html")]
struct AccrualPage {
    page: Page,
    e: ExplanationView,
    customer: String,
    customer_name: String,
}

/// Where a customer's number comes from, as that customer sees it.
pub(in crate::web) async fn page(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let id = AccrualId::from_text(&id);
    let reach = Portfolio::of(&user);
    let (explained, customer, through) = app
        .read(move |conn| {
            let accrual = accruals::one(conn, &id)?;
            let customer = reach.by_id(conn, accrual.customer)?;
            let through = sales::data_through(conn, Some(customer.id))?;
            Ok((accruals::explain(conn, accrual)?, customer, through))
        })
        .await?;
    let page = user.page("explain-title").with_data_through(through);
    let above = page.t("nav-customers");
    let here = format!("/staff/customers/{}", reply::query_value(&customer.code));
    let page = page.under("/staff/customers", above).under(here, customer.name.clone());
    let e = ExplanationView::new(&explained, asked.into_inner(), &page);
    let (customer, customer_name) = (reply::query_value(&customer.code), customer.name);
    reply::page(&AccrualPage { page, e, customer, customer_name })
}

/// Its lines as a file.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
) -> Answer {
    let (id, format) = path.into_inner();
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let reach = Portfolio::of(&user);
    let explained = app
        .read(move |conn| {
            let accrual = accruals::one(conn, &AccrualId::from_text(&id))?;
            reach.by_id(conn, accrual.customer)?;
            accruals::explain(conn, accrual)
        })
        .await?;
    explanation_files::download(&explained, format)
}
