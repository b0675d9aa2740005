//! What a run would do, before anything is issued: who gets what at which address, what is
//! missing, and how a statement would look.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::issue::{Making, OpenDisputes};
use super::runs::{customer_of_code, due, ended};
use super::{Statement, letters, store};
use crate::accruals;
use crate::customers::{self, Customer};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::policies::{self, Shelf};
use crate::sales::{self, Import};
use crate::values::{Actor, Currency, EmailAddress, Key, Period, PolicyId};

/// What a run would do.
#[derive(Debug)]
pub struct Plan {
    pub period: Period,
    pub last_day: NaiveDate,
    /// Who would get a statement, in the order of their codes.
    pub rows: Vec<PlanRow>,
    /// Statements of the period that are there already.
    pub already: usize,
    /// Customers with something to state who get theirs in another rhythm.
    pub otherwise: Vec<Customer>,
    /// Published versions that some of them haven't signed.
    pub unsigned: Vec<Unsigned>,
    /// Policies and their ended periods that aren't closed: those accruals are stated as
    /// estimates.
    pub unclosed: Vec<(String, Period)>,
    /// Imports that were begun and neither booked nor discarded.
    pub imports: Vec<Import>,
}

/// A statement to be made, and where its mail would go.
#[derive(Debug)]
pub struct PlanRow {
    pub customer: Customer,
    pub currency: Currency,
    pub recipients: Vec<EmailAddress>,
}

/// A version and those of the plan who haven't signed it.
#[derive(Debug)]
pub struct Unsigned {
    pub policy: PolicyId,
    pub code: String,
    pub number: i32,
    /// Codes of the customers.
    pub customers: Vec<String>,
}

/// What a run of the period would do by today.
///
/// # Errors
/// The period hasn't ended or is a term; the customer doesn't exist.
pub fn plan(conn: &mut Conn, period: Period, only: Option<&str>, today: NaiveDate) -> Result<Plan> {
    let last_day = ended(period, today)?;
    let customer = only.map(|code| customer_of_code(conn, code)).transpose()?;
    let found = due(conn, period, last_day, customer)?;
    let mut rows = Vec::with_capacity(found.due.len());
    let keys: Vec<Key> = found.due.iter().map(|one| one.0).collect();
    let customers = customers::by_ids(conn, &keys)?;
    let addresses = letters::recipients_of(conn, &customers)?;
    for (key, currency) in found.due {
        // They come in the order of their keys.
        let Ok(place) = customers.binary_search_by_key(&key, |c| c.id) else { continue };
        let Some(customer) = customers.get(place).cloned() else { continue };
        let recipients = addresses.get(&key).cloned().unwrap_or_default();
        rows.push(PlanRow { customer, currency, recipients });
    }
    rows.sort_by(|a, b| (&a.customer.code, a.currency).cmp(&(&b.customer.code, b.currency)));
    Ok(Plan {
        period,
        last_day,
        already: store::count(conn, period, customer)?,
        otherwise: customers::by_ids(conn, &found.otherwise)?,
        unsigned: unsigned(conn, &customers, today)?,
        unclosed: accruals::unclosed(conn, last_day)?,
        imports: sales::undecided(conn)?,
        rows,
    })
}

fn unsigned(conn: &mut Conn, planned: &[Customer], today: NaiveDate) -> Result<Vec<Unsigned>> {
    let mut found = Vec::new();
    for version in policies::in_force(conn)? {
        let signed: HashSet<Key> = policies::acknowledgements(conn, &version.id)?
            .into_iter()
            .map(|given| given.customer)
            .collect();
        let mut customers: Vec<String> = policies::covered(&version.terms, planned, today)
            .into_iter()
            .filter(|customer| !signed.contains(&customer.id))
            .map(|customer| customer.code.clone())
            .collect();
        if customers.is_empty() {
            continue;
        }
        customers.sort();
        let (policy, code, number) = (version.policy_id, version.code, version.number);
        found.push(Unsigned { policy, code, number, customers });
    }
    Ok(found)
}

/// The statements the customer would get, made by the very code of a run and taken back again.
///
/// # Errors
/// As for [`plan`].
pub fn sample(
    db: &Db,
    actor: &Actor,
    period: Period,
    code: &str,
    days: u32,
    disputes: OpenDisputes<'_>,
) -> Result<Vec<Statement>> {
    db.rehearse(actor, |tx| {
        let last_day = ended(period, tx.today())?;
        let customer = customer_of_code(tx, code)?;
        let mut statements = Vec::new();
        let due = due(tx, period, last_day, Some(customer))?.due;
        let making = Making { period, last_day, days, disputes, beside: None, corrects: None };
        for made in making.issue(tx, &mut Shelf::default(), &due)?.into_iter().flatten() {
            statements.push(super::one(tx, &made.id)?);
        }
        Ok(statements)
    })
}
