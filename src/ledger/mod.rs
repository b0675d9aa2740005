//! The ledger: double-entry, append-only (DOMAIN §4).
//!
//! Owns `ledger_entries`, `ledger_postings`, `ledger_reserves`. Promises: every entry balances in
//! one currency, has at least two legs, names its cause, actor and reason; balances are sums of
//! postings and nothing else. Deliberately absent: stored balances, and any way to change an
//! entry. A mistake is undone by a further entry.

mod rules;
mod store;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::{Conn, Tx, next_numbers};
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{Currency, EntryId, Key, Money, PolicyId, ReserveId, StatementId, Text};

pub use rules::{Account, Balance, Leg, Movement, Unbalanced, taken_back};

text_enum! {
    /// What makes an entry.
    pub enum Cause {
        /// An accrual run found a difference; `cause_id` is the accrual.
        Accrual = "accrual",
        /// A period was closed: estimated becomes earned; `cause_id` is the accrual.
        Close = "close",
        /// A dispute was decided with money; `cause_id` is the dispute.
        Dispute = "dispute",
        /// A payout went a step; `cause_id` is the payout.
        Payout = "payout",
        /// What a closing made available for a time expired; `cause_id` is the accrual.
        Expiry = "expiry",
    }
}

/// An entry to be posted.
#[derive(Debug, Clone)]
pub struct Entry {
    pub cause: Cause,
    pub cause_id: String,
    pub policy: Option<PolicyId>,
    pub customer: Key,
    pub currency: Currency,
    /// The day it counts for: statements gather entries by it.
    pub effective: NaiveDate,
    /// The period it is posted in, as exports print it.
    pub period: String,
    /// For an adjustment of a closed period: that period.
    pub prior_period: Option<String>,
    /// What people know the cause by: a policy code, a payout or dispute number.
    pub reference: String,
    pub reason: String,
    pub legs: Vec<Leg>,
}

/// An entry as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub id: EntryId,
    pub number: i64,
    pub posted_at: DateTime<Utc>,
    pub effective: NaiveDate,
    pub period: String,
    pub prior_period: Option<String>,
    pub cause: Cause,
    pub cause_id: String,
    pub policy: Option<PolicyId>,
    pub customer: Option<Key>,
    pub currency: Currency,
    pub reference: String,
    pub reason: String,
    pub actor_name: String,
    pub legs: Vec<Leg>,
}

impl Posted {
    /// What this entry adds to the customer's balance over all their accounts but the paid ones:
    /// the line a statement prints.
    pub fn moves_balance(&self) -> i64 {
        rules::moves_balance(&self.legs)
    }

    /// The sum of the legs on the account; debits positive.
    pub fn on(&self, account: Account) -> i64 {
        self.legs.iter().filter(|leg| leg.account == account).map(|leg| leg.amount).sum()
    }
}

/// Money held back for a dispute or a payout under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserve {
    pub amount: Money,
    pub cause: String,
    pub cause_id: String,
    pub placed_at: DateTime<Utc>,
}

/// Something held back for a customer, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub reserve: Reserve,
    /// None while it is held.
    pub released_at: Option<DateTime<Utc>>,
}

/// What an entry did to a customer's payable balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayableMove {
    pub entry: EntryId,
    pub customer: Key,
    pub currency: Currency,
    pub posted_at: DateTime<Utc>,
    pub cause: Cause,
    pub cause_id: String,
    pub reference: String,
    /// Minor units; what it added is positive.
    pub amount: i64,
}

/// What is wrong with an entry, for `openrebate verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub number: i64,
    pub why: String,
}

/// Posts one entry.
///
/// # Errors
/// It doesn't balance: a defect of the caller.
pub fn post(tx: &mut Tx<'_>, entry: Entry) -> Result<EntryId> {
    let mut ids = post_all(tx, vec![entry])?;
    ids.pop().ok_or_else(|| Error::internal("an entry was posted without an id"))
}

/// Posts many entries, in order.
///
/// # Errors
/// One doesn't balance; none is posted.
pub fn post_all(tx: &mut Tx<'_>, entries: Vec<Entry>) -> Result<Vec<EntryId>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    for entry in &entries {
        rules::check_balanced(&entry.legs).map_err(|unbalanced| {
            Error::internal(format!("ledger entry for {}: {unbalanced}", entry.reference))
        })?;
    }
    let count = i64::try_from(entries.len()).map_err(Error::internal)?;
    let first = next_numbers(tx, "ledger_entry", count)?;
    store::insert(tx, first, entries)
}

/// The balances of a customer, one for each currency that ever moved.
pub fn balances(conn: &mut Conn, customer: Key) -> Result<Vec<Balance>> {
    store::balances(conn, Some(customer)).map(|all| all.into_iter().map(|(_, b)| b).collect())
}

/// The balance of a customer in one currency.
pub fn balance(conn: &mut Conn, customer: Key, currency: Currency) -> Result<Balance> {
    let found = balances(conn, customer)?.into_iter().find(|b| b.currency == currency);
    Ok(found.unwrap_or_else(|| Balance::empty(currency)))
}

/// The balances of all customers, by customer key and currency.
pub fn all_balances(conn: &mut Conn) -> Result<Vec<(Key, Balance)>> {
    store::balances(conn, None)
}

/// Holds back part of the payable balance until the cause is settled; a cause holds at most one.
pub fn reserve(
    tx: &mut Tx<'_>,
    customer: Key,
    amount: Money,
    cause: &str,
    cause_id: &str,
) -> Result<()> {
    if amount.minor <= 0 {
        return Ok(());
    }
    store::place_reserve(tx, &ReserveId::new(), customer, amount, cause, cause_id)
}

/// Lets go what the cause holds, if anything.
pub fn release(tx: &mut Tx<'_>, cause: &str, cause_id: &str) -> Result<()> {
    store::release_reserve(tx, cause, cause_id)
}

/// What is held back for a customer now.
pub fn reserves(conn: &mut Conn, customer: Key) -> Result<Vec<Reserve>> {
    store::reserves(conn, customer)
}

/// What is held back for these customers, and what ever was, by customer.
pub fn held(conn: &mut Conn, customers: &[Key]) -> Result<HashMap<Key, Vec<Held>>> {
    store::held(conn, customers)
}

/// What moved the payable balances of these customers, oldest first, by customer.
pub fn payable_moves(conn: &mut Conn, customers: &[Key]) -> Result<HashMap<Key, Vec<PayableMove>>> {
    store::payable_moves(conn, customers)
}

/// How much is held back of each of these customers' accounts, minor units; an account with nothing
/// held back isn't in it.
pub fn held_of(conn: &mut Conn, customers: &[Key]) -> Result<HashMap<(Key, Currency), i64>> {
    store::held_of(conn, customers)
}

/// What of these accruals expired and wasn't taken back, minor units; none of which nothing did.
pub fn written_off(conn: &mut Conn, accruals: &[String]) -> Result<HashMap<String, i64>> {
    store::written_off(conn, accruals)
}

/// The entries of a cause, oldest first.
pub fn of_cause(conn: &mut Conn, cause: Cause, cause_id: &str) -> Result<Vec<Posted>> {
    store::of_cause(conn, cause, cause_id)
}

/// A customer's entries, newest first, before the given number.
pub fn of_customer(
    conn: &mut Conn,
    customer: Key,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Posted>> {
    store::of_customer(conn, customer, before, limit)
}

/// All entries of these customers, newest first; customers without any aren't in it.
pub fn of_customers(conn: &mut Conn, customers: &[Key]) -> Result<HashMap<Key, Vec<Posted>>> {
    store::of_customers(conn, customers)
}

/// A customer's entries of one currency that no statement carries yet and that count for days up
/// to the given one, oldest first.
pub fn unstated(
    conn: &mut Conn,
    customer: Key,
    currency: Currency,
    up_to: NaiveDate,
) -> Result<Vec<Posted>> {
    store::unstated(conn, customer, currency, up_to)
}

/// The same for many customers, by customer and currency; an account without any isn't in it.
pub fn unstated_of(
    conn: &mut Conn,
    customers: &[Key],
    up_to: NaiveDate,
) -> Result<HashMap<(Key, Currency), Vec<Posted>>> {
    store::unstated_of(conn, customers, up_to)
}

/// The entries that these statements carry, oldest first.
pub fn stated_on(conn: &mut Conn, statements: &[StatementId]) -> Result<Vec<Posted>> {
    store::stated_on(conn, statements)
}

/// Which customers and currencies have entries that no statement carries yet.
pub fn customers_with_unstated(conn: &mut Conn, up_to: NaiveDate) -> Result<Vec<(Key, Currency)>> {
    store::customers_with_unstated(conn, up_to)
}

/// All entries in order, page by page: after the given number.
pub fn after(conn: &mut Conn, number: i64, limit: i64) -> Result<Vec<Posted>> {
    store::after(conn, number, limit)
}

/// What postings say each accrual owes: accrual id to minor units, over accruals and closings.
pub fn posted_by_accrual(conn: &mut Conn) -> Result<HashMap<String, i64>> {
    store::posted_by_accrual(conn)
}

/// What entries moved, all together: customer, currency and account to minor units, debits
/// positive; what comes to nothing is left out.
pub type Moves = BTreeMap<(Option<Key>, Currency, Account), i64>;

/// What the entries of each cause of the kind moved, by the cause's id.
pub fn moved_by(conn: &mut Conn, cause: Cause) -> Result<HashMap<String, Moves>> {
    store::moved_by(conn, cause)
}

/// What is held back now for causes of the kind, oldest first.
pub fn open_reserves(conn: &mut Conn, cause: &str) -> Result<Vec<(Key, Reserve)>> {
    store::open_reserves(conn, cause)
}

/// Checks every entry: that it balances and that its content matches its hash.
pub fn verify(conn: &mut Conn) -> Result<(i64, Vec<Flaw>)> {
    store::verify(conn)
}

/// Refuses a payment that the available balance doesn't cover (DOMAIN §4: nothing is paid while
/// the balance is negative), and says what is on hold beside it.
///
/// # Errors
/// The balance doesn't cover it.
pub fn check_covered(balance: &Balance, amount: Money) -> Result<()> {
    if balance.available() < amount.minor {
        let available = Money::new(balance.available(), amount.currency);
        let text = match balance.reserved {
            0 => Text::new("ledger-not-covered"),
            held => Text::new("ledger-not-covered-held")
                .with("held", Money::new(held, amount.currency).shown()),
        };
        return Err(text
            .with("amount", amount.shown())
            .with("available", available.shown())
            .into());
    }
    Ok(())
}
