use std::collections::HashMap;

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::explanation_files::content_type;
use super::super::{Answer, App, Fail, Page, StaffUser, opens, reply};
use super::portfolio::Portfolio;
use super::statement_runs::last_month;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox::Delivered;
use crate::people;
use crate::reports::{self, Cell, Format, Table};
use crate::statements::{self, Mark, Standing, Wanted};
use crate::values::{Key, Money, Period, StaffRole};

/// Statements on one page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "staff/statements.html")]
struct StatementsPage {
    page: Page,
    rows: Vec<Row>,
    found: usize,
    may_run: bool,
    sees_runs: bool,
    /// The month that ended last.
    period: String,
    asked: Asked,
    marks: &'static [Mark],
    managers: Vec<(String, String)>,
    query: String,
    newer: String,
    older: String,
}

struct Row {
    id: String,
    number: String,
    customer: String,
    code: String,
    period: String,
    closing: Money,
    state: &'static str,
    respond_by: String,
    /// The deadline is over, and nobody has answered.
    late: bool,
    mail: Delivered,
    opened: bool,
}

/// What the list and the board are narrowed to, in their addresses.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    period: String,
    /// A [`Mark`]; empty for all.
    state: String,
    /// The account manager's address, or `none`; empty for all.
    manager: String,
    /// From 1.
    page: usize,
}

impl Asked {
    /// The same narrowing in an address.
    fn query(&self) -> String {
        let value = |text: &str| reply::query_value(text);
        let (period, state) = (value(&self.period), value(&self.state));
        format!("period={period}&state={state}&manager={}", value(&self.manager))
    }

    /// Another page of the same list.
    fn at(&self, number: usize) -> String {
        format!("/staff/statements?{}&page={number}", self.query())
    }

    fn period(&self) -> Option<Period> {
        self.period.trim().parse().ok()
    }
}

/// Nobody, where an account manager is asked for.
const NOBODY: &str = "none";

/// What the page shows, and whose it is.
struct Found {
    standings: Vec<Standing>,
    customers: HashMap<Key, Customer>,
    /// Address and name of the managers whose customers have statements.
    managers: Vec<(String, String)>,
}

/// The statements in reach that fit, newest first.
fn find(conn: &mut Conn, reach: &Portfolio, asked: &Asked, today: NaiveDate) -> Result<Found> {
    let wanted =
        Wanted { period: asked.period(), customers: reach.keys(conn)?, ..Wanted::default() };
    // A period nobody could mean has no statements.
    let unreadable = !asked.period.trim().is_empty() && wanted.period.is_none();
    let mut standings = if unreadable { Vec::new() } else { statements::standings(conn, &wanted)? };
    let keys: Vec<Key> = standings.iter().map(|one| one.customer).collect();
    let customers: HashMap<Key, Customer> =
        customers::by_ids(conn, &keys)?.into_iter().map(|one| (one.id, one)).collect();
    let manager = |one: &Standing| manager_of(customers.get(&one.customer));
    let mut addresses: Vec<String> = standings.iter().map(manager).collect();
    addresses.sort();
    addresses.dedup();
    let mut managers = Vec::new();
    for address in addresses.into_iter().filter(|address| address != NOBODY) {
        let name = match people::by_email(conn, &address) {
            Ok(person) => person.name,
            Err(Error::NotFound) => address.clone(),
            Err(other) => return Err(other),
        };
        managers.push((address, name));
    }
    let mark = Mark::from_code(&asked.state);
    standings.retain(|one| {
        mark.is_none_or(|mark| one.is(mark, today))
            && (asked.manager.is_empty() || manager(one) == asked.manager)
    });
    Ok(Found { standings, customers, managers })
}

fn manager_of(customer: Option<&Customer>) -> String {
    let manager = customer.and_then(|customer| customer.account_manager.as_deref());
    manager.map_or_else(|| NOBODY.to_owned(), str::to_lowercase)
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let (reach, today, wanted) = (Portfolio::of(&user), app.db.today(), asked.clone());
    let found = app.read(move |conn| find(conn, &reach, &wanted, today)).await?;
    let page = user.page("nav-statements");
    let number = asked.page.max(1);
    let begin = (number - 1).saturating_mul(ROWS);
    let count = found.standings.len();
    let rows = found
        .standings
        .iter()
        .skip(begin)
        .take(ROWS)
        .filter_map(|one| row(one, found.customers.get(&one.customer)?, today, &page))
        .collect();
    let more = count > begin.saturating_add(ROWS);
    reply::page(&StatementsPage {
        rows,
        found: count,
        may_run: user.holds(StaffRole::Finance),
        sees_runs: opens("/staff/statement-runs", &user.person.identity()),
        period: last_month(&app),
        marks: Mark::ALL,
        managers: found.managers,
        query: asked.query(),
        newer: if number > 1 { asked.at(number - 1) } else { String::new() },
        older: if more { asked.at(number + 1) } else { String::new() },
        asked,
        page,
    })
}

fn row(one: &Standing, customer: &Customer, today: NaiveDate, page: &Page) -> Option<Row> {
    Some(Row {
        id: one.id.to_string(),
        number: one.number.clone(),
        customer: customer.name.clone(),
        code: customer.code.clone(),
        period: page.period(&one.period),
        closing: one.closing(),
        state: one.state.as_str(),
        late: one.is(Mark::Overdue, today),
        respond_by: page.deadline(&one.respond_by),
        mail: one.mail,
        opened: one.is(Mark::Opened, today),
    })
}

/// What the list shows, all of it, as a file.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    format: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let asked = asked.into_inner();
    let (reach, today, wanted) = (Portfolio::of(&user), app.db.today(), asked.clone());
    let found = app.read(move |conn| find(conn, &reach, &wanted, today)).await?;
    let rows: Vec<Vec<Cell>> = found
        .standings
        .iter()
        .filter_map(|one| Some(cells(one, found.customers.get(&one.customer)?, today)))
        .collect();
    let note = |name: &str, value: String| (name.to_owned(), value);
    let table = Table {
        name: "reconciliation".to_owned(),
        columns: vec![
            "number",
            "version",
            "customer_code",
            "customer_name",
            "account_manager",
            "period",
            "currency",
            "closing",
            "issued_at",
            "mail_sent",
            "mail_queued",
            "mail_failed",
            "opened_at",
            "respond_by",
            "state",
            "overdue",
            "answered_by",
            "answered_at",
        ],
        notes: vec![
            note("as_of", today.to_string()),
            note("period", asked.period.clone()),
            note("state", asked.state.clone()),
            note("account_manager", asked.manager.clone()),
            note("rows", rows.len().to_string()),
        ],
        rows,
    };
    let mut bytes = Vec::new();
    reports::write(&table, format, &mut bytes)?;
    Ok(reply::download(&format!("reconciliation-{today}.{format}"), content_type(format), bytes))
}

fn cells(one: &Standing, customer: &Customer, today: NaiveDate) -> Vec<Cell> {
    let moment = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or(Cell::Empty, |at| Cell::text(at.format("%Y-%m-%dT%H:%M:%SZ")))
    };
    vec![
        Cell::text(&one.number),
        Cell::number(one.version),
        Cell::text(&customer.code),
        Cell::text(&customer.name),
        customer.account_manager.as_ref().map_or(Cell::Empty, Cell::text),
        Cell::text(one.period),
        Cell::text(one.currency),
        Cell::number(one.closing().plain()),
        moment(Some(one.issued_at)),
        Cell::number(one.mail.sent),
        Cell::number(one.mail.queued),
        Cell::number(one.mail.failed),
        moment(one.opened_at),
        Cell::text(one.respond_by),
        Cell::text(one.state),
        Cell::text(one.is(Mark::Overdue, today)),
        one.answered_by.as_ref().map_or(Cell::Empty, Cell::text),
        moment(one.answered_at),
    ]
}

/// The reconciliation board: how a period's statements stand, by account manager.
#[derive(Template)]
#[template(path = "staff/statement_board.html")]
struct BoardPage {
    page: Page,
    asked: Asked,
    columns: &'static [Mark],
    rows: Vec<BoardRow>,
    query: String,
}

/// One manager's numbers, or those of all.
struct BoardRow {
    manager: String,
    cells: Vec<BoardCell>,
}

/// A number, and the list it counts.
struct BoardCell {
    count: usize,
    path: String,
    heading: String,
    late: bool,
}

/// What the board counts, in this order; before them stands how many there are.
const COLUMNS: &[Mark] = &[
    Mark::Sent,
    Mark::Unsent,
    Mark::Opened,
    Mark::Confirmed,
    Mark::Deemed,
    Mark::Contested,
    Mark::Open,
    Mark::Overdue,
];

pub(in crate::web) async fn board(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let mut asked = asked.into_inner();
    asked.state = String::new();
    let (reach, today, mut wanted) = (Portfolio::of(&user), app.db.today(), asked.clone());
    let (found, period) = app
        .read(move |conn| {
            if wanted.period.trim().is_empty() {
                let latest = statements::latest_period(conn)?;
                wanted.period = latest.map_or_else(String::new, |period| period.to_string());
            }
            Ok((find(conn, &reach, &wanted, today)?, wanted.period))
        })
        .await?;
    asked.period = period;
    let page = user.page("statement-board");
    let page = page.under("/staff/statements", user.words().t("nav-statements"));
    let rows = board_rows(&found, &asked, today, &page)?;
    reply::page(&BoardPage { query: asked.query(), asked, columns: COLUMNS, rows, page })
}

fn board_rows(
    found: &Found,
    asked: &Asked,
    today: NaiveDate,
    page: &Page,
) -> Result<Vec<BoardRow>, Fail> {
    let owned = |one: &Standing| manager_of(found.customers.get(&one.customer));
    let row = |manager: String, address: &str, theirs: &[&Standing]| {
        let cell = |mark: Option<Mark>| {
            let count = theirs.iter().filter(|s| mark.is_none_or(|mark| s.is(mark, today))).count();
            let state = mark.map(|mark| mark.to_string()).unwrap_or_default();
            let list = Asked { state, manager: address.to_owned(), ..asked.clone() };
            BoardCell {
                count,
                path: format!("/staff/statements?{}", list.query()),
                heading: mark.map_or_else(
                    || page.t("statement-board-all"),
                    |mark| page.code("statement-mark", mark.as_str()),
                ),
                late: count > 0 && matches!(mark, Some(Mark::Overdue | Mark::Unsent)),
            }
        };
        let marks = COLUMNS.iter().map(|mark| Some(*mark));
        BoardRow { manager, cells: std::iter::once(None).chain(marks).map(cell).collect() }
    };
    let all: Vec<&Standing> = found.standings.iter().collect();
    let nobody = (NOBODY.to_owned(), page.t("statement-board-nobody"));
    let mut rows = Vec::new();
    for (address, name) in found.managers.iter().chain(std::iter::once(&nobody)) {
        let theirs: Vec<&Standing> =
            all.iter().filter(|one| owned(one) == *address).copied().collect();
        if !theirs.is_empty() {
            rows.push(row(name.clone(), address, &theirs));
        }
    }
    if !all.is_empty() {
        rows.push(row(page.t("statement-total"), &asked.manager, &all));
    }
    Ok(rows)
}
