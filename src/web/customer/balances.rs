use std::collections::HashMap;

use askama::Template;
use chrono::{Datelike, NaiveDate};

use super::super::expiry_view::{self, ExpiringRow};
use super::super::{Answer, App, CustomerUser, Page, reply};
use super::home::first_of_year;
use crate::customers;
use crate::db::Conn;
use crate::disputes;
use crate::error::{Error, Result};
use crate::expiry::{self, Standing, Today};
use crate::ledger::{self, Balance, Reserve};
use crate::payouts::{self, Payout, Source, State};
use crate::policies::{self, Version};
use crate::sales;
use crate::values::{Currency, CustomerRole, DisputeId, Key, Money, PolicyId, VersionId};

#[derive(Template)]
#[template(path = "customer/balances.html")]
struct BalancesPage {
    page: Page,
    year: i32,
    accounts: Vec<Account>,
    may_dispute: bool,
}

/// One currency's balances, each with what it is made of.
struct Account {
    currency: Currency,
    estimated: Money,
    available: Money,
    on_hold: Money,
    paid: Money,
    /// What is still estimated, by programme and period.
    estimates: Vec<Row>,
    /// What was earned so far, by cause.
    earned: Vec<Row>,
    earned_sum: Money,
    /// Payouts approved, sent or settled, taken off what was earned.
    taken_sum: Money,
    /// What expired of what was earned, and of which closings.
    expired_sum: Money,
    expired: Vec<ExpiringRow>,
    /// What is good for a time only, what expires first at first.
    expiring: Vec<ExpiringRow>,
    reserved_sum: Money,
    holds: Vec<Row>,
    arrived: Vec<Row>,
    /// Every list adds up to its balance.
    adds_up: bool,
}

pub(super) struct Row {
    pub text: String,
    about: String,
    pub path: Option<String>,
    amount: Money,
}

struct Found {
    balances: Vec<Balance>,
    sources: Vec<Source>,
    reserves: Vec<Held>,
    payouts: Vec<Payout>,
    names: HashMap<PolicyId, policies::Names>,
    standings: Vec<Standing>,
    versions: HashMap<VersionId, Version>,
    through: Option<NaiveDate>,
}

/// What holds something, and the number of the dispute if it is one.
pub(super) type Held = (Reserve, Option<String>);

/// More payouts than any customer gets.
const ALL: i64 = 100_000;

fn find(conn: &mut Conn, customer: Key, today: Today) -> Result<Found> {
    let person = customers::by_id(conn, customer)?;
    let mut balances = ledger::balances(conn, customer)?;
    if balances.is_empty() {
        balances.push(Balance::empty(person.currency));
    }
    let versions = policies::in_force(conn)?;
    let standings = expiry::of_customer(conn, customer, today)?;
    Ok(Found {
        versions: expiry_view::versions(conn, &standings)?,
        standings,
        balances,
        sources: payouts::payable_sources(conn, customer)?,
        reserves: reserves(conn, customer)?,
        payouts: payouts::of_customer(conn, customer, 0, ALL)?,
        names: versions.into_iter().map(|v| (v.policy_id, v.terms.name)).collect(),
        through: sales::data_through(conn, Some(customer))?,
    })
}

/// What holds a part of the customer's balances.
pub(super) fn reserves(conn: &mut Conn, customer: Key) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for reserve in ledger::reserves(conn, customer)? {
        let number = dispute_number(conn, customer, &reserve)?;
        held.push((reserve, number));
    }
    Ok(held)
}

/// What people call the dispute that holds the money; None when something else does.
fn dispute_number(conn: &mut Conn, customer: Key, reserve: &Reserve) -> Result<Option<String>> {
    if reserve.cause != "dispute" {
        return Ok(None);
    }
    let id = DisputeId::from_text(&reserve.cause_id);
    match disputes::of_customer_one(conn, customer, &id) {
        Ok(dispute) => Ok(Some(dispute.number)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

pub(in crate::web) async fn page(app: App, user: CustomerUser) -> Answer {
    let customer = user.customer;
    let clock = Today::of(&app.db);
    let today = clock.day;
    let found = app.read(move |conn| find(conn, customer, clock)).await?;
    let page = user.page("balances-title").with_data_through(found.through);
    let accounts =
        found.balances.iter().map(|balance| account(balance, &found, today, &page)).collect();
    let may_dispute = user.role >= CustomerRole::Finance;
    reply::page(&BalancesPage { page, year: today.year(), accounts, may_dispute })
}

fn account(balance: &Balance, found: &Found, today: NaiveDate, page: &Page) -> Account {
    let currency = balance.currency;
    let money = |minor| Money::new(minor, currency);
    let sum = |rows: &[Row]| rows.iter().map(|row| row.amount.minor).sum::<i64>();
    let mut sources: Vec<&Source> =
        found.sources.iter().filter(|source| source.currency == currency).collect();
    sources.reverse();
    let list = |amount: fn(&Source) -> i64| -> Vec<Row> {
        let some = sources.iter().filter(|source| amount(source) != 0);
        some.map(|source| source_row(source, amount(source), found, page)).collect()
    };
    let estimates = list(|source| source.estimated);
    let earned = list(|source| source.earned);
    let own: Vec<&Payout> = found.payouts.iter().filter(|p| p.currency == currency).collect();
    let taken: i64 = own.iter().filter(|p| p.state.takes_money()).map(|p| p.amount).sum();
    let (mut holds, under_way) = holds(&found.reserves, &found.payouts, currency, page);
    let reserved = sum(&holds);
    let standings: Vec<Standing> =
        found.standings.iter().filter(|one| one.lot.currency == currency).cloned().collect();
    let expired = expiry_view::expired(&standings, &found.versions, page);
    let gone: i64 = sources.iter().map(|source| source.expired).sum();
    holds.extend(under_way);
    let since = first_of_year(today);
    let arrived: Vec<Row> = own
        .iter()
        .filter(|p| p.state == State::Settled && p.settled_on.is_some_and(|on| on >= since))
        .map(|payout| payout_row(payout, page))
        .collect();
    Account {
        currency,
        estimated: money(balance.estimated),
        available: money(balance.available()),
        on_hold: money(balance.on_hold()),
        paid: money(sum(&arrived)),
        adds_up: sum(&estimates) == balance.estimated
            && sum(&earned) - gone - taken - reserved == balance.available()
            && expired.iter().map(|row| row.amount.minor).sum::<i64>() == gone
            && sum(&holds) == balance.on_hold(),
        earned_sum: money(sum(&earned)),
        taken_sum: money(-taken),
        expired_sum: money(-gone),
        expired,
        expiring: expiry_view::expiring(&standings, &found.versions, page),
        reserved_sum: money(-reserved),
        estimates,
        earned,
        holds,
        arrived,
    }
}

/// What holds a part of the balance: what is reserved, and payouts on their way.
pub(super) fn holds(
    reserves: &[Held],
    payouts: &[Payout],
    currency: Currency,
    page: &Page,
) -> (Vec<Row>, Vec<Row>) {
    let reserved = reserves.iter().filter(|(reserve, _)| reserve.amount.currency == currency);
    let under_way = payouts
        .iter()
        .filter(|p| p.currency == currency && matches!(p.state, State::Approved | State::Sent));
    (
        reserved.map(|(reserve, number)| hold_row(reserve, number.as_deref(), page)).collect(),
        under_way.map(|payout| payout_row(payout, page)).collect(),
    )
}

fn source_row(source: &Source, minor: i64, found: &Found, page: &Page) -> Row {
    let of_dispute = source.cause == "dispute";
    let name = source.policy.as_ref().and_then(|policy| found.names.get(policy));
    let name = name.map_or(source.reference.as_str(), |name| name.in_language(page.language()));
    let period = source.period.parse().map_or_else(|_| source.period.clone(), |p| page.period(&p));
    Row {
        text: if of_dispute {
            page.t1("balances-dispute", "number", &source.reference)
        } else {
            name.to_owned()
        },
        about: period,
        path: Some(if of_dispute {
            format!("/disputes/{}", source.cause_id)
        } else {
            format!("/accruals/{}", source.cause_id)
        }),
        amount: Money::new(minor, source.currency),
    }
}

fn hold_row(reserve: &Reserve, number: Option<&str>, page: &Page) -> Row {
    Row {
        text: match number {
            Some(number) => page.t1("balances-held-dispute", "number", number),
            None => page.t("balances-held-payout"),
        },
        about: page.t1("balances-since", "at", page.time(&reserve.placed_at)),
        path: number.map(|_| format!("/disputes/{}", reserve.cause_id)),
        amount: reserve.amount,
    }
}

fn payout_row(payout: &Payout, page: &Page) -> Row {
    let day = payout.settled_on.or(payout.expected_on);
    let about = match (payout.settled_on, day) {
        (Some(on), _) => page.t1("balances-arrived", "day", page.date(&on)),
        (None, Some(day)) => page.t1("home-next-expected", "day", page.date(&day)),
        (None, None) => page.t("home-next-soon"),
    };
    Row {
        text: page.t2(
            "balances-payout",
            "number",
            &payout.number,
            "form",
            page.code("form", payout.form.as_str()),
        ),
        about,
        path: Some(format!("/payouts/{}", payout.id)),
        amount: payout.money(),
    }
}
