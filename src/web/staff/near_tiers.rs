use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;

use super::super::explanation_files::content_type;
use super::super::{Answer, App, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::accruals::rules::NearRule;
use crate::accruals::{self, NearStanding};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, Version, reward_shown};
use crate::reports::{self, Cell, Format, Table};
use crate::sales;
use crate::values::{AccrualId, Key, Money, VersionId};

#[derive(Template)]
#[template(path = "staff/near_tiers.html")]
struct NearTiersPage {
    page: Page,
    percent: String,
    /// Only the reader's own customers.
    own: bool,
    rows: Vec<Row>,
}

struct Row {
    accrual: AccrualId,
    code: String,
    customer: String,
    programme: String,
    programme_code: String,
    period: String,
    measure: String,
    tier: u32,
    from: String,
    reward: String,
    gap: String,
    attained: i64,
    rebate: Money,
    days: i64,
}

/// What the list shows, soonest end first, and nearest first among those.
struct Found {
    standings: Vec<NearStanding>,
    customers: HashMap<Key, Customer>,
    versions: HashMap<VersionId, Version>,
    through: Option<NaiveDate>,
}

fn find(
    conn: &mut Conn,
    portfolio: &Portfolio,
    rule: &NearRule,
    today: NaiveDate,
) -> Result<Found> {
    let mut standings = accruals::near_tiers(conn, today, rule)?;
    let mut keys: Vec<Key> = standings.iter().map(|s| s.accrual.customer).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut customers: HashMap<Key, Customer> =
        customers::by_ids(conn, &keys)?.into_iter().map(|c| (c.id, c)).collect();
    customers.retain(|_, customer| portfolio.holds(customer));
    standings.retain(|standing| customers.contains_key(&standing.accrual.customer));
    let mut versions = HashMap::new();
    for standing in &standings {
        let id = &standing.accrual.version;
        if !versions.contains_key(id) {
            versions.insert(id.clone(), policies::version(conn, id)?);
        }
    }
    standings.sort_by_key(|s| (s.accrual.last_day, -s.near.attained));
    Ok(Found { standings, customers, versions, through: sales::known_through(conn, today)? })
}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let (portfolio, rule, today) =
        (Portfolio::of(&user), app.config.near_tiers.rule(), app.db.today());
    let own = portfolio.manager.is_some();
    let found = app.read(move |conn| find(conn, &portfolio, &rule, today)).await?;
    let page = user.page("near-title").with_data_through(found.through);
    let row = |standing: &NearStanding| row(standing, &found, today, &page);
    let rows = found.standings.iter().filter_map(row).collect();
    let percent = rule.percent.normalize().to_string();
    reply::page(&NearTiersPage { percent, own, rows, page })
}

fn row(standing: &NearStanding, found: &Found, today: NaiveDate, page: &Page) -> Option<Row> {
    let NearStanding { accrual, near } = standing;
    let customer = found.customers.get(&accrual.customer)?;
    let terms = &found.versions.get(&accrual.version)?.terms;
    let next = accrual.calculation.next?;
    Some(Row {
        accrual: accrual.id.clone(),
        code: customer.code.clone(),
        customer: customer.name.clone(),
        programme: terms.name.in_language(page.language()).to_owned(),
        programme_code: terms.code.clone(),
        period: page.period(&accrual.period),
        measure: page.amount(accrual.calculation.measure, accrual.currency),
        tier: near.tier,
        from: page.amount(next.from, accrual.currency),
        reward: reward_shown(terms, next.reward, page.words),
        gap: page.amount(near.gap, accrual.currency),
        attained: near.attained,
        rebate: accrual.rebate(),
        days: (accrual.last_day - today).num_days(),
    })
}

pub(in crate::web) async fn file(app: App, user: StaffUser, format: Path<String>) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let (portfolio, rule, today) =
        (Portfolio::of(&user), app.config.near_tiers.rule(), app.db.today());
    let found = app.read(move |conn| find(conn, &portfolio, &rule, today)).await?;
    let mut bytes = Vec::new();
    reports::write(&table(&found, &rule, today), format, &mut bytes)?;
    Ok(reply::download(&format!("near_tiers-{today}.{format}"), content_type(format), bytes))
}

fn table(found: &Found, rule: &NearRule, today: NaiveDate) -> Table {
    let note = |name: &str, value: String| (name.to_owned(), value);
    let rows: Vec<Vec<Cell>> =
        found.standings.iter().filter_map(|standing| cells(standing, found, today)).collect();
    Table {
        name: "near_tiers".to_owned(),
        columns: vec![
            "customer_code",
            "customer_name",
            "account_manager",
            "policy",
            "version",
            "period",
            "currency",
            "measure",
            "tier",
            "next_tier",
            "next_from",
            "gap",
            "attained_percent",
            "rebate_estimated",
            "last_day",
            "days_left",
        ],
        notes: vec![
            note("as_of", today.to_string()),
            note("within_percent", rule.percent.normalize().to_string()),
            note("data_through", found.through.map(|day| day.to_string()).unwrap_or_default()),
            note("rows", rows.len().to_string()),
        ],
        rows,
    }
}

fn cells(standing: &NearStanding, found: &Found, today: NaiveDate) -> Option<Vec<Cell>> {
    let NearStanding { accrual, near } = standing;
    let customer = found.customers.get(&accrual.customer)?;
    let calculation = &accrual.calculation;
    let next = calculation.next?;
    Some(vec![
        Cell::text(&customer.code),
        Cell::text(&customer.name),
        customer.account_manager.as_ref().map_or(Cell::Empty, Cell::text),
        Cell::text(&calculation.policy),
        Cell::number(calculation.version),
        Cell::text(accrual.period),
        Cell::text(accrual.currency),
        Cell::number(calculation.measure_text()),
        Cell::number(calculation.tier),
        Cell::number(near.tier),
        Cell::number(next.from.plain(accrual.currency)),
        Cell::number(near.gap.plain(accrual.currency)),
        Cell::number(near.attained),
        Cell::number(accrual.rebate().plain()),
        Cell::text(accrual.last_day),
        Cell::number((accrual.last_day - today).num_days()),
    ])
}
