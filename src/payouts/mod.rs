//! Payouts: settlements of available balance in one form (DOMAIN §5).
//!
//! Owns `payouts`, `payout_lines`, `payout_steps`. Promises: a payout's lines add up to its
//! amount; each step happens once, with its ledger entry, its audit event and its letter, in one
//! transaction; who prepared or submitted it doesn't approve it; an approval holds for exactly
//! what was shown; a transfer goes to the account it was approved for, and none is submitted or
//! approved while that account is about to change. Deliberately absent: a field for the payee. It
//! is always the contracting legal entity's own name, so a payout to anybody else can't be written
//! down.
//!
//! From preparing to approval the amount is reserved; with approval it moves to `in_payment`.

mod letters;
mod rules;
mod sources;
mod store;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit::{self, Event};
use crate::banking::{self, BankAccount};
use crate::db::{Conn, Tx, next_number};
use crate::error::{Error, Result};
use crate::ledger::{self, Account, Cause, Entry, Movement};
use crate::values::{
    BankAccountId, Currency, Key, Money, PayoutId, Period, PeriodKind, PersonId, Text,
};

pub use crate::policies::Form;
pub use rules::{Action, Exclusion, Line, Source, State, next};
pub use sources::payable_sources;
pub use verify::verify;

/// A payout to be prepared.
#[derive(Debug, Clone)]
pub struct NewPayout {
    pub customer: Key,
    pub currency: Currency,
    pub form: Form,
    /// Minor units; the whole available balance when None.
    pub amount: Option<i64>,
    pub note: Option<String>,
}

/// A payout as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    /// `FL-2026-09-000123`.
    pub number: String,
    pub customer: Key,
    pub currency: Currency,
    /// Minor units, above zero.
    pub amount: i64,
    pub form: Form,
    pub payee: String,
    pub state: State,
    pub content_hash: String,
    pub prepared_by: PersonId,
    pub prepared_by_name: String,
    pub prepared_at: DateTime<Utc>,
    pub approved_by_name: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub expected_on: Option<NaiveDate>,
    pub settled_on: Option<NaiveDate>,
    /// Of the bank's transfer, the credit note, the delivery.
    pub reference: Option<String>,
    pub note: Option<String>,
    /// Where a transfer goes. Those of before the portal knew accounts have none.
    pub account: Option<BankAccountId>,
}

impl Payout {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Whether nothing arrives any more.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Returned | State::Rejected)
    }

    /// Whether it was sent and should have arrived before the day.
    pub fn is_late(&self, day: NaiveDate) -> bool {
        self.state == State::Sent && self.expected_on.is_some_and(|expected| expected < day)
    }
}

/// A step of a payout's way: the state it led to, who, when, and what they noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub state: State,
    pub at: DateTime<Utc>,
    pub actor: PersonId,
    pub actor_name: String,
    pub note: String,
}

const RESERVE: &str = "payout";

/// Prepares a payout out of the available balance and reserves its amount.
///
/// # Errors
/// The actor isn't finance; nothing is available, or less than the amount; or it is a transfer, and
/// there is no account to send it to, or not for now.
pub fn prepare(tx: &mut Tx<'_>, new: NewPayout) -> Result<Payout> {
    rules::check_may_prepare(tx.by())?;
    let by = tx.by().person().cloned().ok_or_else(|| Error::refused("payout-needs-finance"))?;
    let payee = store::payee(tx, new.customer)?;
    let account = match new.form {
        Form::Cash => Some(banking::payable(tx, new.customer)?),
        _ => None,
    };
    let mut sources = payable_sources(tx, new.customer)?;
    sources.retain(|source| source.currency == new.currency);
    let amount = payable_amount(tx, &new, rules::waiting(&sources))?;
    let lines = rules::compose(&sources, amount).ok_or_else(|| {
        Error::internal(format!("the sources of customer {} don't reach {amount}", new.customer))
    })?;
    let payout = Payout {
        id: PayoutId::new(),
        number: number(tx)?,
        customer: new.customer,
        currency: new.currency,
        amount,
        form: new.form,
        content_hash: rules::content_hash(
            new.customer,
            new.currency,
            amount,
            new.form,
            &payee,
            account.as_ref().map(|account| &*account.content_hash),
            &lines,
        ),
        account: account.map(|account| account.id),
        payee,
        state: State::Draft,
        prepared_by: by,
        prepared_by_name: tx.by().name.clone(),
        prepared_at: tx.at(),
        approved_by_name: None,
        approved_at: None,
        expected_on: None,
        settled_on: None,
        reference: None,
        note: new.note,
    };
    store::insert(tx, &payout, &lines)?;
    ledger::reserve(tx, payout.customer, payout.money(), RESERVE, payout.id.as_str())?;
    let note = payout.note.clone().unwrap_or_default();
    tell(tx, &payout, "payout.prepared", &note)?;
    Ok(payout)
}

/// `waiting` is what policies keep until they owe their minimum.
fn payable_amount(tx: &mut Tx<'_>, new: &NewPayout, waiting: i64) -> Result<i64> {
    let balance = ledger::balance(tx, new.customer, new.currency)?;
    let available = balance.available();
    if available <= 0 {
        let shown = |minor| Money::new(minor, new.currency).shown();
        let text = match balance.reserved {
            0 => Text::new("payout-nothing-available"),
            held => Text::new("payout-nothing-available-held").with("held", shown(held)),
        };
        return Err(text.with("available", shown(available)).into());
    }
    let most = available - waiting;
    let amount = new.amount.unwrap_or(most);
    if waiting > 0 && (most <= 0 || amount > most) {
        let shown = |minor| Money::new(minor, new.currency).shown();
        let text = Text::new("payout-minimum-waits").with("waiting", shown(waiting));
        return Err(text.with("most", shown(most.max(0))).into());
    }
    if amount <= 0 {
        return Err(Error::invalid("amount", Text::new("payout-amount-not-positive")));
    }
    ledger::check_covered(&balance, Money::new(amount, new.currency))?;
    Ok(amount)
}

fn number(tx: &mut Tx<'_>) -> Result<String> {
    let month = Period::containing(PeriodKind::Month, tx.today());
    let number = next_number(tx, &format!("payout {month}"))?;
    Ok(format!("FL-{month}-{number:06}"))
}

/// Hands the payout to an approver.
///
/// # Errors
/// It isn't a draft, or the actor isn't finance; nothing is changed. So for every step. A transfer
/// isn't submitted while its account is about to change, or after it did.
pub fn submit(tx: &mut Tx<'_>, id: &PayoutId) -> Result<()> {
    let payout = step(tx, id, Action::Submit)?;
    check_account(tx, &payout)?;
    tell(tx, &payout, "payout.submitted", "")
}

/// Approves exactly what was shown: `shown_hash` is the content hash of the page.
///
/// # Errors
/// As for every step; the actor had a hand in it or in the account it goes to; that account is
/// about to change, or did; or it is no longer what was shown.
pub fn approve(tx: &mut Tx<'_>, id: &PayoutId, shown_hash: &str) -> Result<()> {
    let payout = step(tx, id, Action::Approve)?;
    check_shown(tx, &payout, shown_hash)?;
    check_account(tx, &payout)?;
    store::set_approved(tx, id)?;
    ledger::release(tx, RESERVE, id.as_str())?;
    let balance = ledger::balance(tx, payout.customer, payout.currency)?;
    ledger::check_covered(&balance, payout.money())?;
    let today = tx.today();
    book(tx, &payout, Movement::Approve, today, "")?;
    tell(tx, &payout, "payout.approved", "")
}

/// What is in the database now, not what it says its hash is; and the payee is still the
/// customer's own name.
fn check_shown(tx: &mut Tx<'_>, payout: &Payout, shown_hash: &str) -> Result<()> {
    let lines = store::lines(tx, &payout.id)?;
    let payee = store::payee(tx, payout.customer)?;
    let account = account(tx, payout)?;
    let now = rules::content_hash(
        payout.customer,
        payout.currency,
        payout.amount,
        payout.form,
        &payee,
        account.as_ref().map(|account| &*account.content_hash),
        &lines,
    );
    if now == shown_hash { Ok(()) } else { Err(Error::refused("payout-changed-since-shown")) }
}

/// A transfer goes to the account in force, and to no account that is about to be another.
///
/// # Errors
/// Why it can't be submitted or approved now.
pub fn check_account(conn: &mut Conn, payout: &Payout) -> Result<()> {
    if payout.form != Form::Cash {
        return Ok(());
    }
    let now = banking::payable(conn, payout.customer)?;
    if payout.account == Some(now.id) {
        Ok(())
    } else {
        Err(Error::refused("payout-account-other"))
    }
}

/// The account a transfer goes to.
pub fn account(conn: &mut Conn, payout: &Payout) -> Result<Option<BankAccount>> {
    payout.account.as_ref().map(|id| banking::by_id(conn, id)).transpose()
}

/// Who let the account in that the payout goes to.
pub fn editor(account: &BankAccount) -> Option<PersonId> {
    account.checked_by.as_deref().map(PersonId::from_text)
}

/// Turns the payout down and lets its reserve go.
///
/// # Errors
/// As for every step, or there is no reason.
pub fn reject(tx: &mut Tx<'_>, id: &PayoutId, reason: &str) -> Result<()> {
    let reason = required(reason)?;
    let payout = step(tx, id, Action::Reject)?;
    ledger::release(tx, RESERVE, id.as_str())?;
    tell(tx, &payout, "payout.rejected", reason)
}

/// The order is with the bank, or the goods are on their way.
///
/// # Errors
/// As for every step.
pub fn mark_sent(
    tx: &mut Tx<'_>,
    id: &PayoutId,
    expected_on: NaiveDate,
    reference: Option<&str>,
) -> Result<()> {
    let payout = step(tx, id, Action::MarkSent)?;
    store::set_sent(tx, id, expected_on, reference)?;
    let payout = Payout {
        expected_on: Some(expected_on),
        reference: reference.map(str::to_owned),
        ..payout
    };
    tell(tx, &payout, "payout.sent", reference.unwrap_or_default())
}

/// It arrived on the day; a reference given now replaces the one given when it was sent.
///
/// # Errors
/// As for every step, or the day lies ahead or before the approval.
pub fn settle(
    tx: &mut Tx<'_>,
    id: &PayoutId,
    on: NaiveDate,
    reference: Option<&str>,
) -> Result<()> {
    let payout = step(tx, id, Action::Settle)?;
    check_settled_on(tx, &payout, on)?;
    let reference = reference.or(payout.reference.as_deref()).map(str::to_owned);
    store::set_settled(tx, id, on, reference.as_deref())?;
    let note = reference.clone().unwrap_or_default();
    book(tx, &payout, Movement::Settle(settled_account(payout.form)?), on, &note)?;
    let payout = Payout { settled_on: Some(on), reference, ..payout };
    tell(tx, &payout, "payout.settled", &note)
}

fn check_settled_on(tx: &Tx<'_>, payout: &Payout, on: NaiveDate) -> Result<()> {
    let zone = tx.house().zone;
    let approved = payout.approved_at.map(|at| at.with_timezone(&zone).date_naive());
    if on > tx.today() || approved.is_some_and(|approved| on < approved) {
        return Err(Error::invalid("settled_on", Text::new("payout-settled-on-impossible")));
    }
    Ok(())
}

/// It came back: the amount is available again, and its sources can be paid anew.
///
/// # Errors
/// As for every step, or there is no reason.
pub fn return_(tx: &mut Tx<'_>, id: &PayoutId, reason: &str) -> Result<()> {
    let reason = required(reason)?;
    let before = store::by_id(tx, id)?.state;
    let payout = step(tx, id, Action::Return)?;
    let movement = match before {
        State::Settled => Movement::ReturnSettled(settled_account(payout.form)?),
        _ => Movement::Return,
    };
    let today = tx.today();
    book(tx, &payout, movement, today, reason)?;
    tell(tx, &payout, "payout.returned", reason)
}

fn required(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", Text::new("payout-reason-missing")));
    }
    Ok(reason)
}

fn settled_account(form: Form) -> Result<Account> {
    Account::settled(form.as_str())
        .ok_or_else(|| Error::internal(format!("no account settles payouts by {form}")))
}

/// Checks and takes a step; the payout as it stands after it.
fn step(tx: &mut Tx<'_>, id: &PayoutId, action: Action) -> Result<Payout> {
    let payout = store::by_id(tx, id)?;
    let hands = hands(tx, &payout)?;
    let editor = account(tx, &payout)?.as_ref().and_then(editor);
    rules::check_may(tx.by(), action, &hands, editor.as_ref())?;
    let next = next(payout.state, action).ok_or_else(|| payout.state.sentence())?;
    store::move_on(tx, id, payout.state, next)?;
    Ok(Payout { state: next, ..payout })
}

/// Who prepared or submitted it.
fn hands(tx: &mut Tx<'_>, payout: &Payout) -> Result<Vec<PersonId>> {
    let steps = store::steps(tx, &payout.id)?;
    let own = steps.into_iter().filter(|s| matches!(s.state, State::Draft | State::Submitted));
    Ok(own.map(|step| step.actor).chain([payout.prepared_by.clone()]).collect())
}

fn book(
    tx: &mut Tx<'_>,
    payout: &Payout,
    movement: Movement,
    on: NaiveDate,
    reason: &str,
) -> Result<()> {
    ledger::post(
        tx,
        Entry {
            cause: Cause::Payout,
            cause_id: payout.id.as_str().to_owned(),
            policy: None,
            customer: payout.customer,
            currency: payout.currency,
            effective: on,
            period: Period::containing(PeriodKind::Month, on).to_string(),
            prior_period: None,
            reference: payout.number.clone(),
            reason: reason.to_owned(),
            legs: movement.legs(payout.customer, payout.amount),
        },
    )
    .map(|_| ())
}

/// The step on the payout's timeline, in the audit log and by mail.
fn tell(tx: &mut Tx<'_>, payout: &Payout, action: &'static str, note: &str) -> Result<()> {
    store::add_step(tx, &payout.id, payout.state, note)?;
    letters::post(tx, payout, note)?;
    audit::record(
        tx,
        Event {
            action,
            object: ("payout", payout.id.as_str()),
            customer: Some(payout.customer),
            before: None,
            after: Some(payout.content_hash.clone()),
            reason: Some(note).filter(|note| !note.is_empty()),
        },
    )
}

/// A customer's approved payouts, newest first.
pub fn of_customer(conn: &mut Conn, customer: Key, offset: i64, limit: i64) -> Result<Vec<Payout>> {
    store::published(conn, customer, offset, limit)
}

/// What reached a customer from the day on, newest first, and wasn't returned since.
pub fn settled_since(conn: &mut Conn, customer: Key, day: NaiveDate) -> Result<Vec<Payout>> {
    store::settled_since(conn, customer, day)
}

/// One of a customer's approved payouts.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn of_customer_one(conn: &mut Conn, customer: Key, id: &PayoutId) -> Result<Payout> {
    store::published_one(conn, customer, id)
}

/// All payouts, newest first, of one state or of all.
pub fn all(conn: &mut Conn, state: Option<State>, offset: i64, limit: i64) -> Result<Vec<Payout>> {
    store::all(conn, state, offset, limit)
}

/// Some in the order of their numbers, after the one given.
pub fn after_number(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Payout>> {
    store::after_number(conn, after, limit)
}

/// A customer's payouts in every state, newest first, for staff.
pub fn all_of_customer(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Payout>> {
    store::all_of_customer(conn, customer, limit)
}

/// How many payouts are in the state, or at all.
pub fn count(conn: &mut Conn, state: Option<State>) -> Result<i64> {
    store::count(conn, state)
}

/// A payout, for staff.
///
/// # Errors
/// Not found.
pub fn by_id(conn: &mut Conn, id: &PayoutId) -> Result<Payout> {
    store::by_id(conn, id)
}

/// What a payout is made of; adds up to its amount.
pub fn lines(conn: &mut Conn, id: &PayoutId) -> Result<Vec<Line>> {
    store::lines(conn, id)
}

/// The steps a payout took, oldest first.
pub fn steps(conn: &mut Conn, id: &PayoutId) -> Result<Vec<Step>> {
    store::steps(conn, id)
}

/// Approved and sent payouts, the oldest first.
pub fn under_way(conn: &mut Conn, customer: Key) -> Result<Vec<Payout>> {
    store::under_way(conn, customer)
}

/// The approved or sent payout that should arrive next: the earliest expected day, then those
/// without one.
pub fn next_expected(conn: &mut Conn, customer: Key) -> Result<Option<Payout>> {
    let under_way = store::under_way(conn, customer)?;
    Ok(under_way.into_iter().min_by_key(|payout| payout.expected_on.unwrap_or(NaiveDate::MAX)))
}
