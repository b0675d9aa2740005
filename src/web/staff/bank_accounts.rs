use std::collections::HashMap;

use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, reply};
use super::typed;
use crate::banking::{self, BankAccount, State};
use crate::customers::{self, Customer};
use crate::values::Key;

/// Accounts on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/bank_accounts.html")]
struct AccountsPage {
    page: Page,
    views: Vec<View>,
    /// The customer whose accounts they are, when only one's are listed.
    customer: Option<String>,
    rows: Vec<Row>,
    newer: String,
    older: String,
}

struct View {
    path: String,
    text: String,
    count: i64,
    current: bool,
}

struct Row {
    id: String,
    code: String,
    customer: String,
    bank: String,
    number: String,
    state: &'static str,
    requested: String,
    by: String,
    until: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    view: String,
    customer: String,
    from: String,
}

const VIEWS: [(&str, &[State]); 3] =
    [("open", State::OPEN), ("effective", &[State::Effective]), ("all", State::ALL)];

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let one = !asked.customer.is_empty();
    let wanted = VIEWS.iter().find(|(name, _)| *name == asked.view);
    let (name, states) = wanted.copied().unwrap_or(if one { VIEWS[2] } else { VIEWS[0] });
    let (skip, code) = (typed::skip(&asked.from), asked.customer.clone());
    let (customer, counts, found, customers) = app
        .read(move |conn| {
            let customer = match code.as_str() {
                "" => None,
                code => Some(customers::by_code(conn, code)?),
            };
            let mut counts = Vec::new();
            for (name, states) in VIEWS {
                counts.push((name, banking::count(conn, states)?));
            }
            let key = customer.as_ref().map(|customer| customer.id);
            let found = banking::all(conn, states, key, skip, PAGE)?;
            let keys: Vec<Key> = found.iter().map(|account| account.customer).collect();
            Ok((customer, counts, found, customers::by_ids(conn, &keys)?))
        })
        .await?;
    let page = user.page("bank-accounts").under("/staff/payouts", user.words().t("nav-payouts"));
    let path = match &customer {
        Some(one) => {
            format!("/staff/bank-accounts?customer={}&", reply::query_value(&one.code))
        }
        None => format!("/staff/bank-accounts?view={name}&"),
    };
    let (newer, older) = typed::pages(&path, skip, found.len(), PAGE);
    let customers: HashMap<Key, Customer> = customers.into_iter().map(|c| (c.id, c)).collect();
    let rows = found.into_iter().map(|account| row(&page, account, &customers)).collect();
    let view = |(of, count): (&'static str, i64)| View {
        path: format!("/staff/bank-accounts?view={of}"),
        text: page.code("bank-view", of),
        count,
        current: customer.is_none() && of == name,
    };
    let views = counts.into_iter().map(view).collect();
    let customer = customer.map(|customer| customer.name);
    reply::page(&AccountsPage { views, customer, rows, newer, older, page })
}

fn row(page: &Page, account: BankAccount, customers: &HashMap<Key, Customer>) -> Row {
    let customer = customers.get(&account.customer);
    Row {
        id: account.id.to_string(),
        code: customer.map(|c| c.code.clone()).unwrap_or_default(),
        customer: customer.map(|c| c.name.clone()).unwrap_or_default(),
        number: account.details.number.masked(),
        bank: account.details.bank,
        state: account.state.as_str(),
        requested: page.time(&account.requested_at),
        by: page.who(&account.requested_by_name),
        until: account
            .cools_until
            .filter(|_| account.state == State::Cooling)
            .map_or_else(|| "—".to_owned(), |at| page.time(&at)),
    }
}
