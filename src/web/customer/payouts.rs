use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::payouts::{self, Payout};
use crate::sales;
use crate::values::Money;

#[derive(Template)]
#[template(path = "customer/payouts.html")]
struct PayoutsPage {
    page: Page,
    rows: Vec<Row>,
    newer: String,
    older: String,
}

struct Row {
    id: String,
    number: String,
    approved: String,
    form: String,
    amount: Money,
    state: &'static str,
    arrives: String,
    reference: String,
}

/// Which page, from 1.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    page: u32,
}

const ROWS: u32 = 50;

pub(in crate::web) async fn list(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let (customer, number) = (user.customer, asked.page.max(1));
    let offset = i64::from(number - 1) * i64::from(ROWS);
    let (mut found, through) = app
        .read(move |conn| {
            let found = payouts::of_customer(conn, customer, offset, i64::from(ROWS) + 1)?;
            Ok((found, sales::data_through(conn, Some(customer))?))
        })
        .await?;
    let keep = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = found.len() > keep;
    found.truncate(keep);
    let page = user.page("nav-payouts").with_data_through(through);
    let rows = found.into_iter().map(|payout| row(payout, &page)).collect();
    let to = |wanted: bool, number: u32| {
        if wanted { format!("/payouts?page={number}") } else { String::new() }
    };
    let (newer, older) = (to(number > 1, number - 1), to(more, number.saturating_add(1)));
    reply::page(&PayoutsPage { page, rows, newer, older })
}

fn row(payout: Payout, page: &Page) -> Row {
    Row {
        id: payout.id.to_string(),
        approved: payout.approved_at.map_or_else(|| "—".to_owned(), |at| page.time(&at)),
        form: page.code("form", payout.form.as_str()),
        amount: payout.money(),
        state: payout.state.as_str(),
        arrives: match (payout.settled_on, payout.expected_on) {
            (Some(on), _) => page.date(&on),
            (None, Some(day)) => page.t1("settlement-expected", "day", page.date(&day)),
            (None, None) => "—".to_owned(),
        },
        reference: payout.reference.unwrap_or_else(|| "—".to_owned()),
        number: payout.number,
    }
}
