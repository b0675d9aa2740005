//! One account of a customer's: what finance checks before money goes there.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::bank_view::{Journey, journeys};
use super::super::form::FormKey;
use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use crate::banking::{self, BankAccount, State};
use crate::customers::{self, Customer};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people;
use crate::values::{BankAccountId, Problem, StaffRole};

#[derive(Template)]
#[template(path = "staff/bank_account.html")]
struct AccountPage {
    page: Page,
    id: String,
    customer: Customer,
    account: BankAccount,
    state: &'static str,
    /// The number: masked, or whole for finance who asked for it.
    number: String,
    is_whole: bool,
    requested: String,
    /// The address of who asked, when it is somebody with an account.
    asked_from: Option<String>,
    until: Option<String>,
    /// The holder is the customer, letter by letter.
    same_holder: bool,
    /// The account in force, where this one isn't it.
    current: Option<CurrentView>,
    journeys: Vec<Journey>,
    days: u32,
    may: May,
    typed: Typed,
}

/// What to compare with, and whom to call.
struct CurrentView {
    id: String,
    shown: String,
    email: String,
    phone: String,
}

/// Which forms the reader gets.
struct May {
    check: bool,
    cancel: bool,
    reveal: bool,
}

#[derive(Clone, Default)]
struct Typed {
    verified: String,
    reason: String,
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = BankAccountId::from_text(&id);
    reply::page(&render(&app, &user, &id, Typed::default(), &[], None).await?)
}

/// The page with the whole number; the look is noted in the audit log.
pub(in crate::web) async fn number(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = BankAccountId::from_text(&id);
    let wanted = id.clone();
    let whole = app
        .write(user.actor(), move |tx| Ok(banking::reveal(tx, &wanted)?.details.number.grouped()))
        .await?;
    reply::page(&render(&app, &user, &id, Typed::default(), &[], Some(whole)).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    id: &BankAccountId,
    typed: Typed,
    problems: &[Problem],
    whole: Option<String>,
) -> Result<AccountPage, Fail> {
    let wanted = id.clone();
    let (account, customer, current, asked_from, all, steps) = app
        .read(move |conn| {
            let account = banking::by_id(conn, &wanted)?;
            let customer = customers::by_id(conn, account.customer)?;
            let current = banking::current(conn, account.customer)?;
            let by = crate::values::PersonId::from_text(&account.requested_by);
            let asked_from = match people::by_id(conn, &by) {
                Ok(person) => Some(person.email),
                Err(Error::NotFound) => None,
                Err(other) => return Err(other),
            };
            let all = banking::of_customer(conn, account.customer)?;
            let ids: Vec<BankAccountId> = all.iter().map(|one| one.id.clone()).collect();
            let steps = banking::steps(conn, &ids)?;
            Ok((account, customer, current, asked_from, all, steps))
        })
        .await?;
    let title = user.words().t1("bank-account-of", "customer", &customer.name);
    let page = user
        .visit
        .page(title)
        .under("/staff/payouts", user.words().t("nav-payouts"))
        .under("/staff/bank-accounts", user.words().t("bank-accounts"))
        .with_problems(problems);
    let finance = user.holds(StaffRole::Finance);
    let may = May {
        check: finance && account.state == State::Requested,
        cancel: finance && account.state == State::Cooling,
        reveal: finance && whole.is_none(),
    };
    let current = current.filter(|current| current.id != account.id).map(|current| CurrentView {
        id: current.id.to_string(),
        shown: current.shown(),
        email: current.details.email.to_string(),
        phone: current.details.phone,
    });
    Ok(AccountPage {
        id: id.to_string(),
        state: account.state.as_str(),
        is_whole: whole.is_some(),
        number: whole.unwrap_or_else(|| account.details.number.masked()),
        requested: page.time(&account.requested_at),
        asked_from,
        until: account.cools_until.map(|at| page.time(&at)),
        same_holder: customer.name == account.details.holder,
        current,
        journeys: journeys(&all, steps, &page, true),
        days: app.config.limits.bank_days,
        may,
        typed,
        customer,
        account,
        page,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Acceptance {
    /// The content hash of the page.
    shown: String,
    #[serde(default)]
    verified: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Reason {
    #[serde(default)]
    reason: String,
}

/// Takes a step and tells it; one that is refused shows the account as it stands now.
async fn step(
    app: App,
    user: StaffUser,
    id: BankAccountId,
    key: FormKey,
    typed: Typed,
    told: &'static str,
    mut act: impl FnMut(&mut Tx<'_>, &BankAccountId) -> Result<()> + Send + 'static,
) -> Answer {
    let (teller, wanted) = (user.clone(), id.clone());
    let done = app
        .post(user.actor(), key, move |tx| {
            act(tx, &wanted)?;
            teller.tell(tx, &teller.words().t(told))?;
            Ok(format!("/staff/bank-accounts/{wanted}"))
        })
        .await;
    let (status, problems) = match done {
        Ok(location) => return reply::see_other(location),
        Err(Error::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Err(Error::Refused(text)) => (StatusCode::CONFLICT, vec![Problem::new("actions", text)]),
        Err(other) => return Err(other.into()),
    };
    reply::with_status(status, &render(&app, &user, &id, typed, &problems, None).await?)
}

pub(in crate::web) async fn accept(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Acceptance>,
) -> Answer {
    let (id, Acceptance { shown, verified }) = (BankAccountId::from_text(&id), form.fields);
    let typed = Typed { verified: verified.clone(), ..Typed::default() };
    let days = app.config.limits.bank_days;
    let act =
        move |tx: &mut Tx<'_>, id: &BankAccountId| banking::accept(tx, id, &shown, &verified, days);
    step(app, user, id, form.key, typed, "bank-accepted-now", act).await
}

pub(in crate::web) async fn reject(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let (id, reason) = (BankAccountId::from_text(&id), form.fields.reason);
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &BankAccountId| banking::reject(tx, id, &reason);
    step(app, user, id, form.key, typed, "bank-rejected-now", act).await
}

pub(in crate::web) async fn cancel(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let (id, reason) = (BankAccountId::from_text(&id), form.fields.reason);
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &BankAccountId| banking::cancel(tx, id, &reason);
    step(app, user, id, form.key, typed, "bank-stopped-now", act).await
}
