use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::customers::{self, Customer, Filter};
use crate::ledger::{self, Balance};
use crate::people;
use crate::values::Money;

/// Customers on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/customers.html")]
struct CustomersPage {
    page: Page,
    asked: Asked,
    classes: Vec<String>,
    /// Nothing to choose from for an account manager, who sees the own portfolio.
    /// Addresses, with names where the person is known.
    managers: Vec<(String, String)>,
    rows: Vec<Row>,
    newest: String,
    older: String,
    own: bool,
}

struct Row {
    path: String,
    code: String,
    name: String,
    class: String,
    region: String,
    manager: String,
    available: Money,
    estimated: Money,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    search: String,
    class: String,
    manager: String,
    after: String,
}

fn some(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let reach = Portfolio::of(&user);
    let own = reach.manager.is_some();
    let filter = Filter {
        search: some(&asked.search),
        class: some(&asked.class),
        manager: some(&asked.manager),
        portfolio: reach.manager,
        ..Filter::default()
    };
    let after = some(&asked.after);
    let (found, next, (classes, managers)) = app
        .read(move |conn| {
            let found = customers::list(conn, &filter, after.as_deref(), PAGE)?;
            let mut rows = Vec::with_capacity(found.customers.len());
            for customer in found.customers {
                let balance = ledger::balance(conn, customer.id, customer.currency)?;
                rows.push((customer, balance));
            }
            let (classes, managers) = customers::classes_and_managers(conn)?;
            let names = people::names(conn, managers.iter().map(String::as_str))?;
            let named = managers.into_iter().map(|email| {
                let name = names.get(&email).unwrap_or(&email).clone();
                (email, name)
            });
            Ok((rows, found.next, (classes, named.collect::<Vec<_>>())))
        })
        .await?;
    let page = user.page("nav-customers");
    let path = format!(
        "/staff/customers?search={}&class={}&manager={}",
        reply::query_value(&asked.search),
        reply::query_value(&asked.class),
        reply::query_value(&asked.manager),
    );
    let older =
        next.map_or_else(String::new, |code| format!("{path}&after={}", reply::query_value(&code)));
    let newest = if asked.after.is_empty() { String::new() } else { path };
    reply::page(&CustomersPage {
        page,
        asked,
        classes,
        rows: found.into_iter().map(|found| row(found, &managers)).collect(),
        managers: if own { Vec::new() } else { managers },
        newest,
        older,
        own,
    })
}

fn row((customer, balance): (Customer, Balance), managers: &[(String, String)]) -> Row {
    let money = |minor| Money::new(minor, balance.currency);
    Row {
        path: format!("/staff/customers/{}", reply::query_value(&customer.code)),
        available: money(balance.available()),
        estimated: money(balance.estimated),
        manager: customer.account_manager.map_or_else(
            || "—".to_owned(),
            |email| {
                let known = managers.iter().find(|(known, _)| *known == email);
                known.map_or(email, |(_, name)| name.clone())
            },
        ),
        code: customer.code,
        name: customer.name,
        class: customer.class,
        region: customer.region,
    }
}
