use std::collections::HashMap;

use askama::Template;
use chrono::{Datelike, Days, NaiveDate};

use super::super::expiry_view::{self, SOON_DAYS};
use super::super::programme_view::{Programme, ProgrammeView, versions_of};
use super::super::{Answer, App, CustomerUser, Page, reply};
use super::balances::{self, Held};
use crate::accruals;
use crate::audit::{self, Recorded};
use crate::banking;
use crate::customers;
use crate::db::Conn;
use crate::disputes::{self, Dispute};
use crate::error::Result;
use crate::expiry::{self, Next, Today};
use crate::ledger::{self, Balance};
use crate::mailbox::Bounced;
use crate::payouts::{self, Payout};
use crate::policies::{self, CustomerFacts};
use crate::sales;
use crate::statements::{self, Awaiting};
use crate::values::{Currency, CustomerRole, Key, Money, VersionId};

#[derive(Template)]
#[template(path = "customer/home.html")]
struct HomePage {
    page: Page,
    balances: Vec<BalanceView>,
    year: i32,
    todos: Vec<Todo>,
    programmes: Vec<ProgrammeView>,
    next: Option<NextPayout>,
    events: Vec<Event>,
    /// Addresses of the customer's that take no mail.
    bounced: Vec<String>,
}

/// One currency's three cards.
struct BalanceView {
    estimated: Money,
    available: Money,
    on_hold: Money,
    /// What holds it, the first few: in words, and where it stands.
    holds: Vec<(String, Option<String>)>,
    /// How much more holds it.
    more_holds: i64,
    paid: Money,
    /// What of the available balance expires soon, and when.
    expiring: Option<String>,
}

/// So many of what holds something are named; the balances' page has them all.
const HOLDS: usize = 3;

/// Something that waits for the customer.
struct Todo {
    text: String,
    until: Option<String>,
    late: bool,
    path: String,
    action: String,
}

struct NextPayout {
    id: String,
    number: String,
    amount: Money,
    form: String,
    state: &'static str,
    expected: Option<String>,
}

struct Event {
    at: String,
    text: String,
    path: Option<String>,
}

/// What customers are told about on their home page; nothing of it is internal.
const TOLD: &[&str] = &[
    "statement.issued",
    "statement.confirmed",
    "statement.contested",
    "payout.approved",
    "payout.sent",
    "payout.settled",
    "payout.returned",
    "dispute.filed",
    "dispute.asked",
    "dispute.replied",
    "dispute.answered",
    "dispute.decided",
    "dispute.accepted",
    "dispute.appealed",
    "dispute.appeal_decided",
    "dispute.withdrawn",
    "balance.expiry_told",
    "balance.expired",
    "policy.acknowledged",
    "bank_account.requested",
    "bank_account.effective",
    "bank_account.rejected",
    "bank_account.cancelled",
];

/// Everything the page shows, read at one moment.
struct Found {
    balances: Vec<Balance>,
    expiring: HashMap<(Key, Currency), Next>,
    paid: Vec<Payout>,
    reserves: Vec<Held>,
    under_way: Vec<Payout>,
    programmes: Vec<Programme>,
    signed: std::collections::HashSet<VersionId>,
    awaiting: Vec<Awaiting>,
    disputes: Vec<Dispute>,
    next: Option<Payout>,
    events: Vec<Recorded>,
    through: Option<NaiveDate>,
    bounced: Vec<Bounced>,
    /// Whether there is an account, or one on its way.
    has_account: bool,
}

fn find(conn: &mut Conn, customer: Key, clock: Today) -> Result<Found> {
    let today = clock.day;
    let person = customers::by_id(conn, customer)?;
    let facts = CustomerFacts::from(&person);
    let running = accruals::running(conn, customer, today)?;
    let mut programmes = Programme::all(conn, &facts, &running, today)?;
    programmes.retain(|programme| programme.is_running(today));
    let mut balances = ledger::balances(conn, customer)?;
    if balances.is_empty() {
        balances.push(Balance::empty(person.currency));
    }
    let soon = today + Days::new(SOON_DAYS);
    Ok(Found {
        expiring: expiry::next_of(conn, &[customer], clock, soon)?,
        balances,
        paid: payouts::settled_since(conn, customer, first_of_year(today))?,
        reserves: balances::reserves(conn, customer)?,
        under_way: payouts::under_way(conn, customer)?,
        signed: policies::acknowledged(conn, &versions_of(&programmes), customer)?,
        programmes,
        awaiting: statements::awaiting(conn, customer)?,
        disputes: disputes::waiting_for_customer(conn, customer, 10)?,
        next: payouts::next_expected(conn, customer)?,
        events: audit::of_customer(conn, customer, TOLD, 5)?,
        through: sales::data_through(conn, Some(customer))?,
        bounced: customers::bounced_of(conn, customer)?,
        has_account: banking::current(conn, customer)?.is_some()
            || banking::open_change(conn, customer)?.is_some(),
    })
}

pub(super) fn first_of_year(today: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today)
}

pub(in crate::web) async fn page(app: App, user: CustomerUser) -> Answer {
    let customer = user.customer;
    let today = app.db.today();
    let clock = Today::of(&app.db);
    let found = app.read(move |conn| find(conn, customer, clock)).await?;
    let page = user.page("nav-home").with_data_through(found.through);
    let todos = todos(&found, &user, today, &page);
    let balances = found.balances.iter().map(|one| cards(one, customer, &found, &page)).collect();
    let events = found.events.iter().map(|event| told(event, &page)).collect();
    let next = found.next.map(|payout| NextPayout {
        amount: payout.money(),
        form: page.code("form", payout.form.as_str()),
        state: payout.state.as_str(),
        expected: payout.expected_on.map(|day| page.date(&day)),
        id: payout.id.to_string(),
        number: payout.number,
    });
    let programmes = found
        .programmes
        .into_iter()
        .map(|programme| ProgrammeView::new(programme, &found.signed, today, &page))
        .collect();
    let year = today.year();
    reply::page(&HomePage {
        bounced: found.bounced.into_iter().map(|bounced| bounced.address).collect(),
        page,
        balances,
        year,
        todos,
        programmes,
        next,
        events,
    })
}

fn cards(balance: &Balance, customer: Key, found: &Found, page: &Page) -> BalanceView {
    let money = |minor| Money::new(minor, balance.currency);
    let (reserved, paid_out) =
        balances::holds(&found.reserves, &found.under_way, balance.currency, page);
    let mut holds: Vec<_> =
        reserved.into_iter().chain(paid_out).map(|row| (row.text, row.path)).collect();
    let more_holds = i64::try_from(holds.len().saturating_sub(HOLDS)).unwrap_or(i64::MAX);
    holds.truncate(HOLDS);
    let own = found.paid.iter().filter(|payout| payout.currency == balance.currency);
    BalanceView {
        estimated: money(balance.estimated),
        available: money(balance.available()),
        on_hold: money(balance.on_hold()),
        holds,
        more_holds,
        paid: money(own.map(|payout| payout.amount).sum()),
        expiring: found
            .expiring
            .get(&(customer, balance.currency))
            .map(|next| expiry_view::said(next, page)),
    }
}

fn todos(found: &Found, user: &CustomerUser, today: NaiveDate, page: &Page) -> Vec<Todo> {
    let statements = found.awaiting.iter().map(|statement| Todo {
        text: page.t2(
            "home-todo-statement",
            "number",
            &statement.number,
            "period",
            page.period(&statement.period),
        ),
        until: Some(page.deadline(&statement.respond_by)),
        late: statement.respond_by < today,
        path: format!("/statements/{}", statement.id),
        action: page.t("home-do-statement"),
    });
    let disputes = found.disputes.iter().map(|dispute| {
        let decided = dispute.state == disputes::State::Decided;
        let key = if decided { "home-todo-decision" } else { "home-todo-question" };
        let until = if decided { dispute.appeal_until } else { None };
        Todo {
            text: page.t1(key, "number", &dispute.number),
            until: until.map(|day| page.deadline(&day)),
            late: until.is_some_and(|day| day < today),
            path: format!("/disputes/{}", dispute.id),
            action: page.t(if decided { "home-do-decision" } else { "home-do-question" }),
        }
    });
    let unsigned = found.programmes.iter().filter(|p| !found.signed.contains(&p.newest.id));
    let manager = user.role >= CustomerRole::Manager;
    let programmes = unsigned.map(|programme| Todo {
        text: page.t1(
            if manager { "home-todo-sign" } else { "home-todo-signature" },
            "name",
            programme.version.terms.name.in_language(page.language()),
        ),
        until: None,
        late: false,
        path: format!("/programmes/{}", programme.version.policy_id),
        action: page.t(if manager { "home-do-sign" } else { "home-do-read" }),
    });
    let unregistered = !found.has_account && user.role >= CustomerRole::Finance;
    let account = unregistered.then(|| Todo {
        text: page.t("home-todo-bank"),
        until: None,
        late: false,
        path: "/company".to_owned(),
        action: page.t("home-do-bank"),
    });
    disputes.chain(statements).chain(programmes).chain(account).collect()
}

fn told(event: &Recorded, page: &Page) -> Event {
    let id = &event.object_id;
    Event {
        at: page.time(&event.at),
        text: page.code("home-event", event.action.replace('.', "-")),
        path: match event.object_kind.as_str() {
            "statement" => Some(format!("/statements/{id}")),
            "payout" => Some(format!("/payouts/{id}")),
            "dispute" => Some(format!("/disputes/{id}")),
            "bank_account" => Some("/company".to_owned()),
            "expiry" => Some("/balances#expiring".to_owned()),
            _ => None,
        },
    }
}
