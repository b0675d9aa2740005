//! Addresses that take no mail, for whoever looks after them.

use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox::{self, Bounced};
use crate::values::{Key, StaffRole};

/// Addresses on the page; who has more has another problem.
const MOST: i64 = 500;

#[derive(Template)]
#[template(path = "staff/bounces.html")]
struct BouncesPage {
    page: Page,
    rows: Vec<Row>,
}

/// One of them, as this page and a customer's show it.
pub(super) struct Row {
    pub address: String,
    /// Name and code.
    pub customer: Option<(String, String)>,
    pub since: String,
    pub why: String,
    pub waiting: String,
    /// Whether the reader may say that it is mended.
    pub may: bool,
}

/// An address and what the page says of it.
pub(super) struct Found {
    bounced: Bounced,
    customer: Option<Customer>,
    waiting: i64,
}

impl Found {
    pub(super) fn row(&self, page: &Page, user: &StaffUser) -> Row {
        let customer = self.customer.as_ref().map(|one| (one.name.clone(), one.code.clone()));
        Row {
            address: self.bounced.address.clone(),
            customer,
            since: page.t1("bounce-flag", "at", page.time(&self.bounced.at)),
            why: self.bounced.why.clone(),
            waiting: page.count("bounce-waiting", self.waiting),
            may: may(user, &self.bounced),
        }
    }
}

/// Postmasters all, account managers those of customers in their reach.
fn may(user: &StaffUser, bounced: &Bounced) -> bool {
    user.holds(StaffRole::Finance)
        || user.holds(StaffRole::Admin)
        || (user.holds(StaffRole::AccountManager) && bounced.customer.is_some())
}

/// What there is to say of a bounce; None when it is out of the reader's reach.
fn look(conn: &mut Conn, reach: &Portfolio, bounced: Bounced) -> Result<Option<Found>> {
    let customer = match bounced.customer.map(|key| reach.by_id(conn, key)) {
        None if reach.manager.is_some() => return Ok(None),
        None => None,
        Some(Ok(customer)) => Some(customer),
        Some(Err(Error::NotFound)) => return Ok(None),
        Some(Err(other)) => return Err(other),
    };
    let waiting = mailbox::waiting_for(conn, &bounced.address)?;
    Ok(Some(Found { bounced, customer, waiting }))
}

/// The ones in reach.
pub(super) fn in_reach(conn: &mut Conn, reach: &Portfolio) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for bounced in mailbox::bounces(conn, MOST)? {
        found.extend(look(conn, reach, bounced)?);
    }
    Ok(found)
}

/// Those of one customer.
pub(super) fn of_customer(conn: &mut Conn, reach: &Portfolio, customer: Key) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for bounced in customers::bounced_of(conn, customer)? {
        found.extend(look(conn, reach, bounced)?);
    }
    Ok(found)
}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let reach = Portfolio::of(&user);
    let found = app.read(move |conn| in_reach(conn, &reach)).await?;
    let page = user.page("bounces-title");
    let rows = found.iter().map(|one| one.row(&page, &user)).collect();
    reply::page(&BouncesPage { page, rows })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Released {
    address: String,
}

pub(in crate::web) async fn release(app: App, user: StaffUser, form: Form<Released>) -> Answer {
    let (reach, address) = (Portfolio::of(&user), form.fields.address);
    let wanted = address.clone();
    let found = app
        .read(move |conn| match mailbox::bounce_of(conn, &wanted)? {
            Some(bounced) => look(conn, &reach, bounced),
            None => Ok(None),
        })
        .await?;
    let found = found.filter(|found| may(&user, &found.bounced)).ok_or(Fail::NOT_FOUND)?;
    let back = match &found.customer {
        Some(customer) => format!("/staff/customers/{}", reply::query_value(&customer.code)),
        None => "/staff/bounces".to_owned(),
    };
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        mailbox::release(tx, &address)?;
        teller.tell(tx, &teller.words().t1("bounce-released", "address", &address))?;
        Ok(back.clone())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
