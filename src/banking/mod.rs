//! The bank accounts customers are paid to, and how one takes another's place (DOMAIN §2, §5).
//!
//! Owns `bank_accounts` and `bank_account_steps`. Promises: the holder is the contracting legal
//! entity, letter by letter; a customer has at most one account in force and one change under way;
//! a change is checked by finance and then waits out a cool-down, and the old and the new contact
//! hear of it; nothing is paid by transfer meanwhile; which account it was is never rewritten; the
//! whole number is shown to finance alone, and each look leaves a trace in the audit log.
//! Deliberately absent: staff typing in another account for a customer.

mod letters;
mod rules;
mod store;
mod verify;

use std::collections::HashMap;

use chrono::{DateTime, TimeZone, Utc};

use crate::audit::{self, Event};
use crate::calendar;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{BankAccountId, Identity, Key, StaffRole, Text};

pub use letters::Outcome;
pub use rules::{AccountNumber, Action, Details, State, Typed, check_may, check_may_ask, next};
pub use verify::{hashes, verify};

/// An account, in force or on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankAccount {
    pub id: BankAccountId,
    pub customer: Key,
    pub details: Details,
    pub content_hash: String,
    pub state: State,
    pub requested_by: String,
    pub requested_by_name: String,
    pub requested_at: DateTime<Utc>,
    /// Who accepted or turned it down.
    pub checked_by: Option<String>,
    pub checked_by_name: Option<String>,
    /// When the cool-down ends; from the acceptance on.
    pub cools_until: Option<DateTime<Utc>>,
    pub effective_at: Option<DateTime<Utc>>,
}

impl BankAccount {
    /// 招商银行 **** 1234: as pages and letters name it.
    pub fn shown(&self) -> String {
        format!("{} {}", self.details.bank, self.details.number.masked())
    }
}

/// A step of an account's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub state: State,
    pub at: DateTime<Utc>,
    pub actor_name: String,
    pub note: String,
}

/// Longest reason or note, in characters.
const LONGEST: usize = 500;

/// Asks for payments to another account.
///
/// # Errors
/// The actor may not; something typed can't be right; a change is under way already, or it is the
/// account in force.
pub fn request(tx: &mut Tx<'_>, customer: Key, typed: &Typed) -> Result<BankAccount> {
    check_may_ask(tx.by(), customer)?;
    let name = customers::by_id(tx, customer)?.name;
    let details = rules::read(typed, &name).map_err(Error::Invalid)?;
    if open_change(tx, customer)?.is_some() {
        return Err(Error::refused("bank-change-open"));
    }
    let old = current(tx, customer)?;
    if old.as_ref().is_some_and(|old| old.details == details) {
        return Err(Error::invalid("number", Text::new("bank-same")));
    }
    let account = new(tx, customer, details, State::Requested);
    store::insert(tx, &account)?;
    tell(tx, &account, "bank_account.requested", "")?;
    letters::requested(tx, &account, old.as_ref())?;
    Ok(account)
}

/// Enters the account a customer was paid to before the portal knew any, as the accounting system
/// has it. Only whoever sits at the machine does so, and only once: from then on accounts change
/// by request.
///
/// # Errors
/// The actor is somebody else, something can't be right, or the customer has an account.
pub fn take_over(tx: &mut Tx<'_>, customer: Key, typed: &Typed) -> Result<BankAccount> {
    if tx.by().identity != Identity::Operator {
        return Err(Error::refused("bank-needs-finance"));
    }
    let name = customers::by_id(tx, customer)?.name;
    let details = rules::read(typed, &name).map_err(Error::Invalid)?;
    if current(tx, customer)?.is_some() || open_change(tx, customer)?.is_some() {
        return Err(Error::refused("bank-known-already"));
    }
    let account = BankAccount {
        checked_by: Some(tx.by().id().to_owned()),
        checked_by_name: Some(tx.by().name.clone()),
        effective_at: Some(tx.at()),
        ..new(tx, customer, details, State::Effective)
    };
    store::insert(tx, &account)?;
    tell(tx, &account, "bank_account.taken_over", "")?;
    letters::effective(tx, &account, None)?;
    Ok(account)
}

fn new(tx: &Tx<'_>, customer: Key, details: Details, state: State) -> BankAccount {
    BankAccount {
        id: BankAccountId::new(),
        customer,
        content_hash: rules::content_hash(customer, &details),
        details,
        state,
        requested_by: tx.by().id().to_owned(),
        requested_by_name: tx.by().name.clone(),
        requested_at: tx.at(),
        checked_by: None,
        checked_by_name: None,
        cools_until: None,
        effective_at: None,
    }
}

/// Finds the account right, in the words of how that was checked; it cools down for so many
/// business days, to the minute.
///
/// # Errors
/// As for every step; it isn't what was shown; nothing says how it was checked; or the customer
/// has another name by now.
pub fn accept(
    tx: &mut Tx<'_>,
    id: &BankAccountId,
    shown_hash: &str,
    verified: &str,
    days: u32,
) -> Result<()> {
    let verified = required("verified", verified, "bank-verified-missing")?;
    let account = step(tx, id, Action::Accept)?;
    if rules::content_hash(account.customer, &account.details) != shown_hash {
        return Err(Error::refused("bank-changed-since-shown"));
    }
    check_holder(tx, &account)?;
    let local = tx.at().with_timezone(&tx.house().zone);
    let day = calendar::add_business_days(tx, local.date_naive(), days)?;
    let until = tx.house().zone.from_local_datetime(&day.and_time(local.time())).earliest();
    let until = until.map_or_else(|| tx.at(), |until| until.with_timezone(&Utc));
    store::set_checked(tx, id, Some(until))?;
    tell(tx, &account, "bank_account.accepted", verified)
}

/// Turns the request down.
///
/// # Errors
/// As for every step, or there is no reason.
pub fn reject(tx: &mut Tx<'_>, id: &BankAccountId, reason: &str) -> Result<()> {
    let reason = required("reason", reason, "bank-reason-missing")?;
    let account = step(tx, id, Action::Reject)?;
    store::set_checked(tx, id, None)?;
    tell(tx, &account, "bank_account.rejected", reason)?;
    letters::over(tx, &account, Outcome::Rejected, reason)
}

/// Takes the change back before it takes effect: the customer's people, or finance on their word.
///
/// # Errors
/// As for every step, or staff gives no reason.
pub fn cancel(tx: &mut Tx<'_>, id: &BankAccountId, reason: &str) -> Result<()> {
    let known = store::by_id(tx, id)?;
    check_may(tx.by(), Action::Cancel, known.customer)?;
    let reason = match tx.by().customer() {
        Some(_) => reason.trim(),
        None => required("reason", reason, "bank-reason-missing")?,
    };
    let account = step(tx, id, Action::Cancel)?;
    tell(tx, &account, "bank_account.cancelled", reason)?;
    letters::over(tx, &account, Outcome::Cancelled, reason)
}

fn required<'a>(field: &'static str, text: &'a str, missing: &'static str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, Text::new(missing)));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::invalid(field, Text::new("bank-too-long").with("most", LONGEST)));
    }
    Ok(text)
}

/// Whether a cool-down is over.
pub fn any_due(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    Ok(!store::due(conn, now.naive_utc(), 1)?.is_empty())
}

/// Makes accounts effective whose cool-down is over, and puts those before out of force.
pub fn take_effect(tx: &mut Tx<'_>, at_once: i64) -> Result<()> {
    let now = tx.stamp();
    for due in store::due(tx, now, at_once)? {
        let old = current(tx, due.customer)?;
        if let Some(old) = &old {
            let old = step(tx, &old.id, Action::GiveWay)?;
            tell(tx, &old, "bank_account.superseded", "")?;
        }
        let account = step(tx, &due.id, Action::TakeEffect)?;
        store::set_effective(tx, &due.id)?;
        tell(tx, &account, "bank_account.effective", "")?;
        letters::effective(tx, &account, old.as_ref())?;
    }
    Ok(())
}

/// Checks and takes a step; the account as it stands after it.
fn step(tx: &mut Tx<'_>, id: &BankAccountId, action: Action) -> Result<BankAccount> {
    let account = store::by_id(tx, id)?;
    check_may(tx.by(), action, account.customer)?;
    let next = next(account.state, action).ok_or_else(|| account.state.sentence())?;
    store::move_on(tx, id, account.state, next)?;
    Ok(BankAccount { state: next, ..account })
}

/// The step on the timeline and in the audit log.
fn tell(tx: &mut Tx<'_>, account: &BankAccount, action: &'static str, note: &str) -> Result<()> {
    store::add_step(tx, &account.id, account.state, note)?;
    audit::record(
        tx,
        Event {
            action,
            object: ("bank_account", account.id.as_str()),
            customer: Some(account.customer),
            before: None,
            after: Some(account.content_hash.clone()),
            reason: Some(note).filter(|note| !note.is_empty()),
        },
    )
}

/// The whole number, for whoever makes the payment; the look is noted.
///
/// # Errors
/// The actor isn't finance, or there is no such account.
pub fn reveal(tx: &mut Tx<'_>, id: &BankAccountId) -> Result<BankAccount> {
    if !tx.by().holds(StaffRole::Finance) {
        return Err(Error::refused("bank-needs-finance"));
    }
    let account = store::by_id(tx, id)?;
    audit::record(
        tx,
        Event {
            action: "bank_account.number_read",
            object: ("bank_account", id.as_str()),
            customer: Some(account.customer),
            ..Event::default()
        },
    )?;
    Ok(account)
}

/// The account the customer is paid to now.
///
/// # Errors
/// There is none; a change is under way; or the customer's name isn't the holder's any more.
pub fn payable(conn: &mut Conn, customer: Key) -> Result<BankAccount> {
    match open_change(conn, customer)? {
        Some(open) if open.state == State::Cooling => {
            return Err(Error::refused("bank-pay-cooling"));
        }
        Some(_) => return Err(Error::refused("bank-pay-requested")),
        None => {}
    }
    let account = current(conn, customer)?.ok_or_else(|| Error::refused("bank-pay-none"))?;
    check_holder(conn, &account)?;
    Ok(account)
}

fn check_holder(conn: &mut Conn, account: &BankAccount) -> Result<()> {
    let name = customers::by_id(conn, account.customer)?.name;
    if name == account.details.holder {
        return Ok(());
    }
    Err(Text::new("bank-pay-other-holder").with("name", name).into())
}

/// The account in force.
pub fn current(conn: &mut Conn, customer: Key) -> Result<Option<BankAccount>> {
    store::in_state(conn, customer, &[State::Effective])
}

/// The change under way.
pub fn open_change(conn: &mut Conn, customer: Key) -> Result<Option<BankAccount>> {
    store::in_state(conn, customer, State::OPEN)
}

/// All accounts of a customer, the newest request first.
pub fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<BankAccount>> {
    store::of_customer(conn, customer)
}

/// One of a customer's accounts.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn of_customer_one(conn: &mut Conn, customer: Key, id: &BankAccountId) -> Result<BankAccount> {
    let account = store::by_id(conn, id)?;
    if account.customer == customer { Ok(account) } else { Err(Error::NotFound) }
}

/// One account, for staff.
///
/// # Errors
/// Not found.
pub fn by_id(conn: &mut Conn, id: &BankAccountId) -> Result<BankAccount> {
    store::by_id(conn, id)
}

/// Accounts in these states, of one customer or of all, the newest request first.
pub fn all(
    conn: &mut Conn,
    states: &[State],
    customer: Option<Key>,
    offset: i64,
    limit: i64,
) -> Result<Vec<BankAccount>> {
    store::all(conn, states, customer, offset, limit)
}

/// How many accounts are in these states.
pub fn count(conn: &mut Conn, states: &[State]) -> Result<i64> {
    store::count(conn, states)
}

/// The steps of these accounts, the oldest first.
pub fn steps(conn: &mut Conn, ids: &[BankAccountId]) -> Result<HashMap<BankAccountId, Vec<Step>>> {
    store::steps(conn, ids)
}
