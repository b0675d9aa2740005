//! The company as the portal knows it: the legal entity, the account it is paid to, and how that
//! changed.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::bank_view::{Journey, journeys};
use super::super::{Answer, App, CustomerUser, Fail, Form, Page, reply};
use crate::banking::{self, BankAccount, State};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people;
use crate::values::{BankAccountId, CustomerRole, Key, Problem};

#[derive(Template)]
#[template(path = "customer/company.html")]
struct CompanyPage {
    page: Page,
    customer: Customer,
    current: Option<AccountView>,
    change: Option<ChangeView>,
    journeys: Vec<Journey>,
    may_ask: bool,
    reason: String,
}

/// The account that is paid to.
struct AccountView {
    holder: String,
    bank: String,
    branch: String,
    number: String,
    email: String,
    phone: String,
    since: Option<String>,
}

/// The change under way.
struct ChangeView {
    id: String,
    shown: String,
    state: &'static str,
    /// When it takes effect.
    until: Option<String>,
}

impl AccountView {
    fn new(account: BankAccount, page: &Page) -> Self {
        let details = account.details;
        Self {
            number: details.number.masked(),
            holder: details.holder,
            bank: details.bank,
            branch: details.branch,
            email: details.email.to_string(),
            phone: details.phone,
            since: account.effective_at.map(|at| page.time(&at)),
        }
    }
}

pub(in crate::web) async fn page(app: App, user: CustomerUser) -> Answer {
    reply::page(&render(&app, &user, String::new(), &[]).await?)
}

fn find(conn: &mut Conn, key: Key) -> Result<Found> {
    let customer = customers::by_id(conn, key)?;
    let accounts = banking::of_customer(conn, key)?;
    let ids: Vec<BankAccountId> = accounts.iter().map(|account| account.id.clone()).collect();
    let steps = banking::steps(conn, &ids)?;
    let manager = match &customer.account_manager {
        Some(email) => match people::by_email(conn, email) {
            Err(Error::NotFound) => None,
            found => Some(found?),
        },
        None => None,
    };
    Ok((customer, accounts, steps, manager))
}

type Found = (
    Customer,
    Vec<BankAccount>,
    std::collections::HashMap<BankAccountId, Vec<banking::Step>>,
    Option<people::Person>,
);

async fn render(
    app: &App,
    user: &CustomerUser,
    reason: String,
    problems: &[Problem],
) -> Result<CompanyPage, Fail> {
    let key = user.customer;
    let (customer, accounts, steps, manager) = app.read(move |conn| find(conn, key)).await?;
    let page = user.page("nav-company").with_problems(problems);
    let page = match &manager {
        Some(person) => page.with_own_contact(person),
        None => page,
    };
    let current = accounts.iter().find(|account| account.state == State::Effective).cloned();
    let change = accounts.iter().find(|account| account.state.is_open()).map(|open| ChangeView {
        id: open.id.to_string(),
        shown: open.shown(),
        state: open.state.as_str(),
        until: open.cools_until.map(|at| page.time(&at)),
    });
    Ok(CompanyPage {
        current: current.map(|account| AccountView::new(account, &page)),
        change,
        journeys: journeys(&accounts, steps, &page, false),
        may_ask: user.role >= CustomerRole::Finance,
        customer,
        reason,
        page,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Reason {
    #[serde(default)]
    reason: String,
}

/// Takes the change back.
pub(in crate::web) async fn cancel(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let (id, customer) = (BankAccountId::from_text(&id), user.customer);
    let (reason, teller) = (form.fields.reason, user.clone());
    let text = reason.clone();
    let done = app
        .post(user.actor(), form.key, move |tx| {
            banking::of_customer_one(tx, customer, &id)?;
            banking::cancel(tx, &id, &text)?;
            teller.tell(tx, &teller.words().t("bank-cancelled-now"))?;
            Ok("/company".to_owned())
        })
        .await;
    let (status, problems) = match done {
        Ok(location) => return reply::see_other(location),
        Err(Error::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Err(Error::Refused(text)) => (StatusCode::CONFLICT, vec![Problem::new("change", text)]),
        Err(other) => return Err(other.into()),
    };
    reply::with_status(status, &render(&app, &user, reason, &problems).await?)
}
