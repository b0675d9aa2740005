use std::collections::HashMap;

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::explanation_files::content_type;
use super::super::explanation_view::why;
use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::accruals::rules::{Disposition, Exclusion, Plan};
use crate::accruals::{self, Accrual};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, CustomerFacts, Version};
use crate::reports::{self, Format, Table};
use crate::sales::{self, LineFilter, LineKind, LinePage, Product, SalesLine};
use crate::values::parse_date;
use crate::values::{AccrualId, CustomerRole, Key, Money, Period, PolicyId, Problem, Text};

#[derive(Template)]
#[template(path = "customer/transactions.html")]
struct TransactionsPage {
    page: Page,
    asked: Asked,
    rows: Vec<Row>,
    /// Query of the filter, for the files.
    filter: String,
    newest: String,
    older: String,
    may_dispute: bool,
}

struct Row {
    key: Key,
    on: String,
    document: String,
    is_return: bool,
    product: String,
    product_code: String,
    quantity: String,
    net: Money,
    counts: Vec<Count>,
    /// Where it doesn't count: the programme, and why.
    others: Vec<Count>,
}

/// What one programme does with a line.
struct Count {
    programme: String,
    period: String,
    accrual: Option<AccrualId>,
    why: String,
}

/// The filter as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    from: String,
    to: String,
    q: String,
    kind: String,
    /// Cursor of the page before.
    after: String,
}

const ROWS: i64 = 50;
/// Lines in one file; who needs more asks for fewer days.
const MOST: i64 = 100_000;

impl Asked {
    fn filter(&self) -> Result<LineFilter, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut day = |field: &'static str, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                return None;
            }
            let day = parse_date(text).ok();
            if day.is_none() {
                let wrong = Text::new("transactions-no-day").with("found", text);
                problems.push(Problem::new(field, wrong));
            }
            day
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        if !problems.is_empty() {
            return Err(problems);
        }
        let search = self.q.trim();
        Ok(LineFilter {
            from,
            to,
            search: (!search.is_empty()).then(|| search.to_owned()),
            kind: LineKind::from_code(&self.kind),
        })
    }

    /// `from=2026-07-01&…`, without the cursor; empty when nothing is asked.
    fn query(&self) -> String {
        [("from", &self.from), ("to", &self.to), ("q", &self.q), ("kind", &self.kind)]
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| format!("{name}={}", reply::query_value(value.trim())))
            .collect::<Vec<_>>()
            .join("&")
    }
}

struct Found {
    lines: LinePage,
    products: HashMap<Key, Product>,
    versions: Vec<Version>,
    facts: CustomerFacts,
    accruals: HashMap<(PolicyId, Period), AccrualId>,
    through: Option<NaiveDate>,
}

fn find(conn: &mut Conn, customer: Key, filter: &LineFilter, after: &str) -> Result<Found> {
    let cursor = (!after.is_empty()).then_some(after);
    let lines = sales::lines_page(conn, customer, filter, cursor, ROWS)?;
    let person = customers::by_id(conn, customer)?;
    let by_period = |accrual: Accrual| ((accrual.policy, accrual.period), accrual.id);
    Ok(Found {
        products: products(conn, &lines.lines)?,
        lines,
        versions: policies::in_force(conn)?,
        facts: CustomerFacts::from(&person),
        accruals: accruals::of_customer(conn, customer)?.into_iter().map(by_period).collect(),
        through: sales::data_through(conn, Some(customer))?,
    })
}

fn products(conn: &mut Conn, lines: &[SalesLine]) -> Result<HashMap<Key, Product>> {
    let mut keys: Vec<Key> = lines.iter().map(|line| line.product).collect();
    keys.sort_unstable();
    keys.dedup();
    sales::products_by_key(conn, &keys)
}

pub(in crate::web) async fn list(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let customer = user.customer;
    let (filter, problems) = match asked.filter() {
        Ok(filter) => (filter, Vec::new()),
        Err(problems) => (LineFilter::default(), problems),
    };
    let after = asked.after.clone();
    let found = app.read(move |conn| find(conn, customer, &filter, &after)).await?;
    let page =
        user.page("nav-transactions").with_data_through(found.through).with_problems(&problems);
    let filter = asked.query();
    let to = |query: String| format!("/transactions?{filter}{query}");
    let view = TransactionsPage {
        rows: rows(&found, &page),
        newest: if asked.after.is_empty() { String::new() } else { to(String::new()) },
        older: found.lines.next.as_ref().map_or_else(String::new, |next| {
            to(format!("{}after={next}", if filter.is_empty() { "" } else { "&" }))
        }),
        may_dispute: user.role >= CustomerRole::Finance,
        filter: if filter.is_empty() { String::new() } else { format!("?{filter}") },
        asked,
        page,
    };
    if problems.is_empty() { reply::page(&view) } else { reply::form_again(&view) }
}

fn rows(found: &Found, page: &Page) -> Vec<Row> {
    let facts = accruals::facts_of(&found.products);
    let plans: Vec<(&Version, Plan<'_>)> =
        found.versions.iter().map(|version| (version, Plan::new(version, &facts))).collect();
    found.lines.lines.iter().map(|line| row(line, found, &plans, page)).collect()
}

fn row(line: &SalesLine, found: &Found, plans: &[(&Version, Plan<'_>)], page: &Page) -> Row {
    let product = found.products.get(&line.product);
    let (mut counts, mut others) = (Vec::new(), Vec::new());
    for (version, plan) in plans {
        let Some((disposition, count)) = counted(line, version, plan, found, page) else {
            continue;
        };
        match disposition {
            Disposition::Excluded(_) => others.push(count),
            _ => counts.push(count),
        }
    }
    Row {
        key: line.key,
        on: page.date(&line.document_date),
        document: line.document_no.clone(),
        is_return: line.kind == LineKind::Return,
        product: product.map(|p| p.name.clone()).unwrap_or_default(),
        product_code: product.map(|p| p.code.clone()).unwrap_or_default(),
        quantity: product
            .map_or_else(|| line.quantity.to_string(), |product| product.measured(line.quantity)),
        net: line.net,
        counts,
        others,
    }
}

/// What the programme does with the line; None when it wasn't running, or isn't the customer's.
fn counted(
    line: &SalesLine,
    version: &Version,
    plan: &Plan<'_>,
    found: &Found,
    page: &Page,
) -> Option<(Disposition, Count)> {
    let fact = accruals::fact(line);
    let disposition = plan.disposition(&fact);
    if disposition == Disposition::Excluded(Exclusion::OutsidePolicy) {
        return None;
    }
    // A line without the date that decides belongs to no period yet.
    let period = plan.decides(&fact).map(|day| Period::containing(version.terms.period, day));
    let first = period.and_then(|p| plan.days(p)).map_or(line.document_date, |(first, _)| first);
    if !policies::covers(&version.terms, &found.facts, first) {
        return None;
    }
    let accrual = period.and_then(|p| found.accruals.get(&(version.policy_id.clone(), p)).cloned());
    let count = Count {
        programme: version.terms.name.in_language(page.language()).to_owned(),
        period: period.map(|p| page.period(&p)).unwrap_or_default(),
        accrual,
        why: why(disposition, page),
    };
    Some((disposition, count))
}

/// The lines of the filter as a file.
pub(in crate::web) async fn file(
    app: App,
    user: CustomerUser,
    format: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let filter = asked.filter().map_err(Error::Invalid)?;
    let customer = user.customer;
    let said = asked.query();
    let table = app
        .read(move |conn| {
            let lines = sales::lines_page(conn, customer, &filter, None, MOST)?;
            let products = products(conn, &lines.lines)?;
            Ok(table(&lines.lines, &products, said))
        })
        .await?;
    let mut bytes = Vec::new();
    reports::write(&table, format, &mut bytes)?;
    Ok(reply::download(&format!("transactions.{format}"), content_type(format), bytes))
}

fn table(lines: &[SalesLine], products: &HashMap<Key, Product>, filter: String) -> Table {
    Table {
        name: "transactions".to_owned(),
        columns: reports::LINES.to_vec(),
        rows: lines.iter().map(|line| reports::line_row(line, products)).collect(),
        notes: vec![("filter".to_owned(), filter), ("rows".to_owned(), lines.len().to_string())],
    }
}
