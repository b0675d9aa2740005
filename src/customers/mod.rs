//! Customers: the legal entities that buy, who looks after them, and where their statements go.
//!
//! Owns `customers` and `statement_contacts`. Promises: a code names one customer for ever; the
//! people of a customer are the business of `people`. Deliberately absent: removing a customer
//! that anything refers to.

mod bounces;
mod contact;
mod groups;
mod store;

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use bounces::{any_bounce, any_left_out, bounced_of, tell_bounces, tell_left_out};
pub use contact::{contact, contacts, host};
pub use groups::{CustomerGroup, Groups, groups, in_groups};

use crate::audit;
use crate::db::{Conn, Tx, next_numbers};
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{Currency, EmailAddress, Fingerprint, Key, Language};

text_enum! {
    /// DOMAIN §1, `type` in files and policies.
    #[derive(Default)]
    pub enum CustomerKind {
        #[default]
        Customer = "customer",
        Distributor = "distributor",
    }
}

/// The class of a customer that no file says otherwise about.
pub const REGULAR: &str = "regular";

/// A customer as the portal knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: Key,
    /// How people and files know it.
    pub code: String,
    pub name: String,
    pub kind: CustomerKind,
    /// `regular`, `vip`, `key`, or a class of the company's own.
    pub class: String,
    pub region: String,
    pub currency: Currency,
    /// The code of the parent whose members may be measured together.
    pub group_code: Option<String>,
    pub since: Option<NaiveDate>,
    pub tax_id: Option<String>,
    /// E-mail of the account manager.
    pub account_manager: Option<String>,
    pub language: Language,
}

/// What a file or the demo says of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    pub code: String,
    pub name: String,
    pub kind: CustomerKind,
    pub class: String,
    pub region: String,
    pub currency: Currency,
    pub group_code: Option<String>,
    pub since: Option<NaiveDate>,
    pub tax_id: Option<String>,
    pub account_manager: Option<String>,
    pub language: Language,
    /// Where statements go; None leaves the known ones as they are.
    pub statement_emails: Option<Vec<EmailAddress>>,
}

impl NewCustomer {
    /// A regular customer of whom only the code and the currency are known.
    pub fn regular(code: &str, currency: Currency) -> Self {
        Self {
            code: code.to_owned(),
            name: code.to_owned(),
            kind: CustomerKind::Customer,
            class: REGULAR.to_owned(),
            region: String::new(),
            currency,
            group_code: None,
            since: None,
            tax_id: None,
            account_manager: None,
            language: Language::default(),
            statement_emails: None,
        }
    }

    /// Whether policies see no difference between the two: `policies::CustomerFacts`.
    fn counts_like(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.class == other.class
            && self.region == other.region
            && self.group_code == other.group_code
            && self.since == other.since
    }
}

impl From<Customer> for NewCustomer {
    fn from(known: Customer) -> Self {
        Self {
            code: known.code,
            name: known.name,
            kind: known.kind,
            class: known.class,
            region: known.region,
            currency: known.currency,
            group_code: known.group_code,
            since: known.since,
            tax_id: known.tax_id,
            account_manager: known.account_manager,
            language: known.language,
            statement_emails: None,
        }
    }
}

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    New(Key),
    /// `terms` when it is something policies go by, so that rebates may change with it.
    Changed {
        key: Key,
        terms: bool,
    },
    Same(Key),
}

impl Upserted {
    pub fn key(self) -> Key {
        match self {
            Self::New(key) | Self::Changed { key, .. } | Self::Same(key) => key,
        }
    }
}

/// Which customers a list shows; everything absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of the code or the name.
    pub search: Option<String>,
    /// The account manager's e-mail.
    pub manager: Option<String>,
    /// Those who name this account manager, or nobody.
    pub portfolio: Option<String>,
    pub class: Option<String>,
    pub region: Option<String>,
    pub kind: Option<CustomerKind>,
}

/// Some customers by code, and the code to go on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub customers: Vec<Customer>,
    pub next: Option<String>,
}

/// The customer with this key.
///
/// # Errors
/// `NotFound`.
pub fn by_id(conn: &mut Conn, id: Key) -> Result<Customer> {
    store::by_id(conn, id)?.ok_or(Error::NotFound)
}

/// The customer with this code; codes are case-sensitive.
///
/// # Errors
/// `NotFound`.
pub fn by_code(conn: &mut Conn, code: &str) -> Result<Customer> {
    store::by_code(conn, code)?.ok_or(Error::NotFound)
}

/// Every customer, by key.
pub fn all(conn: &mut Conn) -> Result<Vec<Customer>> {
    store::all(conn)
}

/// Those of the keys that exist, by key.
pub fn by_ids(conn: &mut Conn, ids: &[Key]) -> Result<Vec<Customer>> {
    store::by_ids(conn, ids)
}

/// Every customer's key, by code.
pub fn keys(conn: &mut Conn) -> Result<HashMap<String, Key>> {
    store::keys(conn)
}

/// One page of customers by code, after the given code.
pub fn list(conn: &mut Conn, filter: &Filter, after: Option<&str>, limit: i64) -> Result<Page> {
    let mut customers = store::list(conn, filter, after, limit + 1)?;
    let keep = usize::try_from(limit).unwrap_or(0);
    let more = customers.len() > keep;
    customers.truncate(keep);
    let next = if more { customers.last().map(|c| c.code.clone()) } else { None };
    Ok(Page { customers, next })
}

/// The classes and the account managers that customers have, in order: what a list is filtered by.
pub fn classes_and_managers(conn: &mut Conn) -> Result<(Vec<String>, Vec<String>)> {
    store::classes_and_managers(conn)
}

/// What customers are filed under, each list in order and without empty ones: what the terms of a
/// policy may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InUse {
    pub classes: Vec<String>,
    pub regions: Vec<String>,
    pub groups: Vec<String>,
    pub currencies: Vec<String>,
}

/// What customers are filed under.
pub fn in_use(conn: &mut Conn) -> Result<InUse> {
    store::in_use(conn)
}

/// Where a customer's statements go.
pub fn statement_contacts(conn: &mut Conn, customer: Key) -> Result<Vec<EmailAddress>> {
    let mut found = store::contacts_of(conn, &[customer])?;
    Ok(found.remove(&customer).unwrap_or_default())
}

/// Where the statements of many customers go; one without an address isn't in it.
pub fn statement_contacts_of(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<EmailAddress>>> {
    store::contacts_of(conn, customers)
}

/// Says where a customer's statements go.
///
/// # Errors
/// There is no such customer.
pub fn set_statement_contacts(
    tx: &mut Tx<'_>,
    customer: Key,
    emails: Vec<EmailAddress>,
) -> Result<()> {
    let known = NewCustomer::from(by_id(tx, customer)?);
    upsert(tx, &NewCustomer { statement_emails: Some(emails), ..known }).map(|_| ())
}

/// The first of the customers whose account manager has the address, in whatever case.
pub fn looked_after_by(conn: &mut Conn, email: &str) -> Result<Option<Customer>> {
    store::of_manager(conn, email)
}

/// Takes the address from wherever statements go to it.
pub fn forget_contact(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    for customer in store::with_contact(tx, email)? {
        let mut emails = statement_contacts(tx, customer)?;
        emails.retain(|one| !one.as_str().eq_ignore_ascii_case(email));
        set_statement_contacts(tx, customer, emails)?;
    }
    Ok(())
}

/// The customer with this code, if there is one.
pub fn known(conn: &mut Conn, code: &str) -> Result<Option<Customer>> {
    store::by_code(conn, code)
}

/// Adds the customer, or brings the one with its code up to date. Where `terms` changed, the caller
/// sees to it that accruals look at the customer again, as imports do.
pub fn upsert(tx: &mut Tx<'_>, new: &NewCustomer) -> Result<Upserted> {
    let Some(known) = store::by_code(tx, &new.code)? else {
        let id = next_numbers(tx, "customers", 1)?;
        store::insert(tx, id, std::slice::from_ref(new))?;
        tell(tx, "customer.added", id, None, new)?;
        return Ok(Upserted::New(id));
    };
    let contacts = statement_contacts(tx, known.id)?;
    let id = known.id;
    let before = NewCustomer { statement_emails: Some(contacts), ..known.into() };
    let mut after = new.clone();
    match &mut after.statement_emails {
        Some(emails) => {
            emails.sort();
            emails.dedup();
        }
        None => after.statement_emails.clone_from(&before.statement_emails),
    }
    if after == before {
        return Ok(Upserted::Same(id));
    }
    store::update(tx, id, &after)?;
    tell(tx, "customer.changed", id, Some(fingerprint(&before)), &after)?;
    Ok(Upserted::Changed { key: id, terms: !after.counts_like(&before) })
}

/// Adds customers whose codes are new, at once, and returns the first of their keys, which run on
/// in order. The caller's own audit event covers them: an import may add many thousands.
pub fn add_many(tx: &mut Tx<'_>, new: &[NewCustomer]) -> Result<Key> {
    let count = i64::try_from(new.len()).map_err(Error::internal)?;
    let first = next_numbers(tx, "customers", count)?;
    store::insert(tx, first, new)?;
    Ok(first)
}

/// Takes back those of the customers that [`add_many`] added which nothing refers to by now; the
/// caller, who knows the lines, passes none that has any. The caller's audit event covers it.
pub fn take_back(tx: &mut Tx<'_>, keys: &[Key]) -> Result<()> {
    store::remove(tx, keys)
}

fn tell(
    tx: &mut Tx<'_>,
    action: &'static str,
    id: Key,
    before: Option<String>,
    after: &NewCustomer,
) -> Result<()> {
    let event = audit::Event {
        action,
        object: ("customer", &after.code),
        customer: Some(id),
        before,
        after: Some(fingerprint(after)),
        reason: None,
    };
    audit::record(tx, event)
}

fn fingerprint(customer: &NewCustomer) -> String {
    let optional =
        |text: &Option<String>| text.as_ref().map_or_else(String::new, |t| format!("+{t}"));
    let mut print = Fingerprint::new("openrebate customer 1")
        .field(&customer.code)
        .field(&customer.name)
        .field(customer.kind.as_str())
        .field(&customer.class)
        .field(&customer.region)
        .field(customer.currency.as_str())
        .field(optional(&customer.group_code))
        .field(customer.since.map_or_else(String::new, |day| day.to_string()))
        .field(optional(&customer.tax_id))
        .field(optional(&customer.account_manager))
        .field(customer.language.as_str());
    for email in customer.statement_emails.iter().flatten() {
        print = print.field(email.as_str());
    }
    print.finish()
}
