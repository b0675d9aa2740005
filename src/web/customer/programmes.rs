use std::collections::HashSet;

use askama::Template;

use super::super::programme_view::{Programme, ProgrammeView, concerns};
use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::accruals;
use crate::customers;
use crate::policies::{self, CustomerFacts};
use crate::sales;
use crate::values::VersionId;

#[derive(Template)]
#[template(path = "customer/programmes.html")]
struct ProgrammesPage {
    page: Page,
    /// Running ones first, then those to come, then those that ended.
    programmes: Vec<ProgrammeView>,
}

pub(in crate::web) async fn list(app: App, user: CustomerUser) -> Answer {
    let customer = user.customer;
    let today = app.db.today();
    let (programmes, signed, contact, through) = app
        .read({
            let company = app.config.company.clone();
            move |conn| {
                let person = customers::by_id(conn, customer)?;
                let facts = CustomerFacts::from(&person);
                let accruals = accruals::of_customer(conn, customer)?;
                let programmes: Vec<Programme> = policies::in_force(conn)?
                    .into_iter()
                    .filter(|version| concerns(version, &facts, &accruals, today))
                    .map(|version| Programme::new(version, &facts, &accruals, today))
                    .collect();
                let versions: Vec<VersionId> =
                    programmes.iter().map(|p| p.version.id.clone()).collect();
                let signed: HashSet<VersionId> = policies::acknowledged(conn, &versions, customer)?;
                let contact = customers::contact(conn, &person, &company)?;
                Ok((programmes, signed, contact, sales::data_through(conn, Some(customer))?))
            }
        })
        .await?;
    let page = user.page("nav-policies").with_data_through(through).with_contact_of(&contact);
    let mut programmes: Vec<ProgrammeView> = programmes
        .into_iter()
        .map(|programme| ProgrammeView::new(programme, &signed, today, &page))
        .collect();
    programmes.sort_by_key(|programme| match programme.state {
        "active" => 0,
        "pending" => 1,
        _ => 2,
    });
    reply::page(&ProgrammesPage { page, programmes })
}
