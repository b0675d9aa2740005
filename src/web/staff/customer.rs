use std::collections::{HashMap, HashSet};

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;

use super::super::expiry_view::{self, ExpiringRow};
use super::super::programme_view::{Programme, ProgrammeView, versions_of};
use super::super::{Answer, App, Page, StaffUser, reply};
use super::bounces;
use super::portfolio::Portfolio;
use crate::accruals;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::disputes::{self, Dispute};
use crate::error::Result;
use crate::expiry::{self, Standing, Today};
use crate::ledger::{self, Balance};
use crate::mailbox::{self, Posted};
use crate::payouts::{self, Payout};
use crate::people::{self, Person, Side};
use crate::policies::{self, CustomerFacts, Version};
use crate::sales;
use crate::statements::{self, Statement};
use crate::values::{CustomerRole, EmailAddress, Money, StaffRole, VersionId};

/// The latest of each that the page shows.
const LATEST: i64 = 12;

/// All about one customer.
#[derive(Template)]
#[template(path = "staff/customer.html")]
struct CustomerPage {
    page: Page,
    c: Customer,
    manager_name: Option<String>,
    since: Option<String>,
    balances: Vec<BalanceRow>,
    expiring: Vec<ExpiringRow>,
    programmes: Vec<ProgrammeView>,
    statements: Vec<StatementRow>,
    payouts: Vec<PayoutRow>,
    disputes: Vec<DisputeRow>,
    people: Vec<PersonRow>,
    contacts: Vec<String>,
    /// Mail of statements brings the PDF.
    attached: bool,
    bounced: Vec<bounces::Row>,
    letters: Vec<LetterRow>,
    /// The reader may open payouts, and letters.
    sees_payouts: bool,
    sees_letters: bool,
    may_prepare: bool,
    /// The reader may say where statements go.
    may_address: bool,
    /// The customer has no manager, and the reader may invite one.
    may_invite: bool,
    code_in_links: String,
}

struct BalanceRow {
    estimated: Money,
    available: Money,
    on_hold: Money,
    paid: Money,
}

struct StatementRow {
    id: String,
    number: String,
    period: String,
    closing: Money,
    state: &'static str,
    respond_by: String,
}

struct PayoutRow {
    id: String,
    number: String,
    amount: Money,
    form: String,
    state: &'static str,
    prepared: String,
}

struct DisputeRow {
    id: String,
    number: String,
    subject: String,
    amount: Money,
    state: &'static str,
    filed: String,
}

struct PersonRow {
    name: String,
    role: String,
    email: String,
    phone: Option<String>,
    signed_in: Option<String>,
}

struct LetterRow {
    id: String,
    subject: String,
    to: String,
    state: &'static str,
    at: String,
    why: Option<String>,
}

struct Found {
    customer: Customer,
    balances: Vec<Balance>,
    standings: Vec<Standing>,
    /// By which the balance is good for a time only.
    versions: HashMap<VersionId, Version>,
    programmes: Vec<Programme>,
    signed: HashSet<VersionId>,
    statements: Vec<Statement>,
    payouts: Vec<Payout>,
    disputes: Vec<Dispute>,
    people: Vec<Person>,
    contacts: Vec<EmailAddress>,
    attached: bool,
    /// Of the people and contacts, those whose address takes no mail.
    bounced: Vec<bounces::Found>,
    letters: Vec<Posted>,
    manager: Option<Person>,
    data_through: Option<NaiveDate>,
}

fn find(conn: &mut Conn, reach: &Portfolio, code: &str, clock: Today) -> Result<Found> {
    let today = clock.day;
    let customer = reach.by_code(conn, code)?;
    let key = customer.id;
    let facts = CustomerFacts::from(&customer);
    let accruals = accruals::of_customer(conn, key)?;
    let mut programmes = Programme::all(conn, &facts, &accruals, today)?;
    programmes.retain(|programme| !programme.is_withdrawn());
    let signed = policies::acknowledged(conn, &versions_of(&programmes), key)?;
    let mut statements = statements::of_customer(conn, key)?;
    statements.truncate(usize::try_from(LATEST).unwrap_or_default());
    let manager =
        customer.account_manager.as_deref().and_then(|email| people::by_email(conn, email).ok());
    let standings = expiry::of_customer(conn, key, clock)?;
    Ok(Found {
        versions: expiry_view::versions(conn, &standings)?,
        standings,
        bounced: bounces::of_customer(conn, reach, key)?,
        balances: ledger::balances(conn, key)?,
        statements,
        payouts: payouts::all_of_customer(conn, key, LATEST)?,
        disputes: disputes::of_customer(conn, key, false, 0, LATEST)?,
        people: people::of_customer(conn, key)?,
        contacts: customers::statement_contacts(conn, key)?,
        attached: statements::terms_of(conn, key)?.is_some_and(|terms| terms.attach_pdf),
        letters: mailbox::of_customer(conn, key, LATEST)?,
        data_through: sales::data_through(conn, Some(key))?,
        customer,
        programmes,
        signed,
        manager,
    })
}

pub(in crate::web) async fn page(app: App, user: StaffUser, code: Path<String>) -> Answer {
    let (reach, code, clock) = (Portfolio::of(&user), code.into_inner(), Today::of(&app.db));
    let today = clock.day;
    let found = app.read(move |conn| find(conn, &reach, &code, clock)).await?;
    let mut page = user
        .visit
        .page(found.customer.name.clone())
        .under("/staff/customers", user.words().t("nav-customers"))
        .with_data_through(found.data_through);
    if let Some(manager) = &found.manager {
        page = page.with_contact(manager);
    }
    let holds = |any: &[StaffRole]| any.iter().any(|role| user.holds(*role));
    let finance = user.holds(StaffRole::Finance);
    let programmes = found
        .programmes
        .into_iter()
        .map(|programme| ProgrammeView::new(programme, &found.signed, today, &page))
        .collect();
    reply::page(&CustomerPage {
        manager_name: found.manager.map(|manager| manager.name),
        since: found.customer.since.map(|day| page.date(&day)),
        balances: found.balances.iter().map(balance_row).collect(),
        expiring: expiry_view::expiring(&found.standings, &found.versions, &page),
        programmes,
        statements: found.statements.iter().map(|s| statement_row(&page, s)).collect(),
        payouts: found.payouts.iter().map(|p| payout_row(&page, p)).collect(),
        disputes: found.disputes.iter().map(|d| dispute_row(&page, d)).collect(),
        people: found.people.iter().map(|p| person_row(&page, p)).collect(),
        bounced: found.bounced.iter().map(|one| one.row(&page, &user)).collect(),
        contacts: found.contacts.iter().map(|email| email.as_str().to_owned()).collect(),
        attached: found.attached,
        letters: found.letters.iter().map(|l| letter_row(&page, l)).collect(),
        sees_payouts: holds(&[StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor]),
        sees_letters: holds(&[StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin]),
        may_prepare: finance,
        may_address: holds(&[StaffRole::AccountManager, StaffRole::Finance, StaffRole::Admin]),
        may_invite: holds(&[StaffRole::AccountManager, StaffRole::Admin])
            && !found.people.iter().any(manages),
        code_in_links: reply::query_value(&found.customer.code),
        c: found.customer,
        page,
    })
}

fn manages(person: &Person) -> bool {
    matches!(person.side, Side::Customer(_, CustomerRole::Manager))
}

fn balance_row(balance: &Balance) -> BalanceRow {
    let money = |minor| Money::new(minor, balance.currency);
    BalanceRow {
        estimated: money(balance.estimated),
        available: money(balance.available()),
        on_hold: money(balance.on_hold()),
        paid: money(balance.paid),
    }
}

fn statement_row(page: &Page, statement: &Statement) -> StatementRow {
    StatementRow {
        id: statement.id.to_string(),
        number: statement.number.clone(),
        period: page.period(&statement.period),
        closing: statement.closing(),
        state: statement.state.as_str(),
        respond_by: page.deadline(&statement.respond_by),
    }
}

fn payout_row(page: &Page, payout: &Payout) -> PayoutRow {
    PayoutRow {
        id: payout.id.to_string(),
        number: payout.number.clone(),
        amount: payout.money(),
        form: page.code("form", payout.form.as_str()),
        state: payout.state.as_str(),
        prepared: page.time(&payout.prepared_at),
    }
}

fn dispute_row(page: &Page, dispute: &Dispute) -> DisputeRow {
    DisputeRow {
        id: dispute.id.to_string(),
        number: dispute.number.clone(),
        subject: dispute.subject.text.clone(),
        amount: dispute.disputed_money(),
        state: dispute.state.as_str(),
        filed: page.time(&dispute.filed_at),
    }
}

fn person_row(page: &Page, person: &Person) -> PersonRow {
    PersonRow {
        name: person.name.clone(),
        role: match &person.side {
            Side::Customer(_, role) => page.code("role-customer", role.as_str()),
            Side::Staff(_) => String::new(),
        },
        email: person.email.clone(),
        phone: person.phone.clone(),
        signed_in: person.last_sign_in_at.map(|at| page.time(&at)),
    }
}

fn letter_row(page: &Page, letter: &Posted) -> LetterRow {
    LetterRow {
        id: letter.id.to_string(),
        subject: letter.subject.clone(),
        to: letter.to.clone(),
        state: letter.state.as_str(),
        at: page.time(&letter.sent_at.unwrap_or(letter.created_at)),
        why: letter.last_error.clone(),
    }
}
