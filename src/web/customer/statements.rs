use askama::Template;

use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::sales;
use crate::statements;
use crate::values::Money;

#[derive(Template)]
#[template(path = "customer/statements.html")]
struct StatementsPage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    number: String,
    period: String,
    opening: Money,
    closing: Money,
    state: &'static str,
    respond_by: Option<String>,
}

pub(in crate::web) async fn list(app: App, user: CustomerUser) -> Answer {
    let customer = user.customer;
    let (all, through) = app
        .read(move |conn| {
            let all = statements::of_customer(conn, customer)?;
            Ok((all, sales::data_through(conn, Some(customer))?))
        })
        .await?;
    let page = user.page("nav-statements").with_data_through(through);
    let rows = all
        .into_iter()
        .map(|statement| Row {
            id: statement.id.to_string(),
            period: page.period(&statement.period),
            opening: Money::new(statement.content.figures.opening, statement.currency),
            closing: statement.closing(),
            state: statement.state.as_str(),
            respond_by: (statement.state == statements::State::Issued)
                .then(|| page.deadline(&statement.respond_by)),
            number: statement.number,
        })
        .collect();
    reply::page(&StatementsPage { page, rows })
}
