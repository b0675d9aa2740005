//! Statements: the frozen account of one customer for one period (DOMAIN §6).
//!
//! Owns `statements`, `statement_entries`, `statement_runs`, `statement_run_items`,
//! `statement_schedule`, `statement_terms`, `statement_timers` and `statement_reads`. Promises:
//! opening is the previous statement's closing; opening and the entries listed add up to closing; every ledger entry stands on exactly one
//! statement; an issued statement never changes; a second run issues nothing. Deliberately
//! absent: any figure that isn't in the frozen content. Pages, prints and files all read that.

mod answer;
mod board;
mod changes;
mod check;
mod clocks;
mod content;
mod copies;
mod correct;
mod enclosed;
mod excluded;
mod issue;
mod letters;
mod material;
mod paper;
mod pdf;
mod plan;
mod rules;
mod runs;
mod store;
mod terms;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::Letter;
use crate::mailbox::letters::{StatementCorrected, StatementReady};
use crate::text_enum;
use crate::values::{Currency, Key, Money, Period, PersonId, StatementId};

use answer::deem;
pub use answer::{Evidence, confirm, contest, evidence};
pub use board::{Mark, Standing, latest_period, note_opened, standings, was_opened};
pub use changes::{Change, ChangeKind, Correction, Reckoning, Told};
pub use check::{Checked, Newer, check};
pub use clocks::{any_deadline, tell_deadlines};
pub use content::{
    AccrualLine, AdjustmentLine, Contact, Content, ExcludedLines, ExpiryLine, Figures, LeftOutLine,
    OpenDispute, Party, PayoutLine, Service,
};
pub use copies::{mail_of, send_copy};
pub use correct::{correct, versions, what_changed};
pub use enclosed::Papers;
pub use issue::OpenDisputes;
pub use paper::{AccountKind, AccountRow, CHECK, ChangeRow, Corrected, Paper, reward};
pub use pdf::pdf;
pub use plan::{Plan, PlanRow, Unsigned, plan, sample};
pub use rules::{LATEST_DAY, Rhythm, Schedule};
pub use runs::{
    IssueReport, Item, ItemState, Progress, Run, RunState, issue, items, latest_runs, progress,
    run, send_again, send_all_again, start, start_scheduled, work,
};
pub use terms::{
    CustomerTerms, HouseSchedule, NewTerms, all_terms, house_schedule, set_attachment,
    set_house_schedule, set_terms, terms_of,
};

text_enum! {
    /// Where a statement is in its life (DOMAIN §5).
    pub enum State {
        Issued = "issued",
        Confirmed = "confirmed",
        Disputed = "disputed",
        DeemedConfirmed = "deemed_confirmed",
    }
}

/// An issued statement.
#[derive(Debug, Clone)]
pub struct Statement {
    pub id: StatementId,
    /// What people call it on the phone.
    pub number: String,
    pub customer: Key,
    pub period: Period,
    pub currency: Currency,
    pub version: i32,
    pub closing_minor: i64,
    pub content: Content,
    /// SHA-256 of the frozen content; printed in the footer.
    pub content_hash: String,
    /// The audit chain's head when it was issued: evidence of history in the customer's hands.
    pub checkpoint_seq: i64,
    pub checkpoint_hash: String,
    pub issued_at: DateTime<Utc>,
    pub respond_by: NaiveDate,
    pub state: State,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_from: Option<String>,
    /// The agreement by which silence confirms it, as it stood when it was issued.
    pub agreement: Option<String>,
    /// The version that took its place.
    pub superseded_by: Option<StatementId>,
}

impl Statement {
    /// The kind of letter that tells its customer that it is there.
    pub fn letter(&self) -> &'static str {
        match self.content.correction {
            Some(_) => StatementCorrected::KIND,
            None => StatementReady::KIND,
        }
    }

    pub fn closing(&self) -> Money {
        Money::new(self.closing_minor, self.currency)
    }
}

/// A customer's statements, latest period first.
pub fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Statement>> {
    store::of_customer(conn, customer)
}

/// A statement the customer has yet to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    pub id: StatementId,
    pub number: String,
    pub period: Period,
    pub respond_by: NaiveDate,
}

/// What a customer has yet to answer, most urgent first.
pub fn awaiting(conn: &mut Conn, customer: Key) -> Result<Vec<Awaiting>> {
    store::awaiting(conn, customer)
}

/// One statement of the customer; somebody else's is not found.
pub fn of_customer_one(conn: &mut Conn, customer: Key, id: &StatementId) -> Result<Statement> {
    store::of_customer_one(conn, customer, id)?.ok_or(Error::NotFound)
}

/// One statement, for staff.
pub fn one(conn: &mut Conn, id: &StatementId) -> Result<Statement> {
    store::one(conn, id)?.ok_or(Error::NotFound)
}

/// Which statements staff look for; by default all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub period: Option<Period>,
    /// Only those that wait for their customer's answer.
    pub unanswered: bool,
    /// Only those that should have been answered before the day.
    pub due_before: Option<NaiveDate>,
    /// Only those of these customers.
    pub customers: Option<Vec<Key>>,
}

/// Statements of all customers, newest first, for staff.
pub fn latest(conn: &mut Conn, wanted: &Wanted, offset: i64, limit: i64) -> Result<Vec<Statement>> {
    store::latest(conn, wanted, offset, limit)
}

/// How many there are.
pub fn count_wanted(conn: &mut Conn, wanted: &Wanted) -> Result<i64> {
    store::count_wanted(conn, wanted)
}

/// All statements in the order of their numbers.
pub fn all(conn: &mut Conn) -> Result<Vec<Statement>> {
    store::all(conn)
}

/// Puts another name on what an erased person opened.
pub fn forget_reader(tx: &mut Tx<'_>, person: &PersonId, name: &str) -> Result<()> {
    store::standings::rename_reader(tx, person, name)
}

/// Some in the order of their numbers, after the one given: those of the period, or all.
pub fn after_number(
    conn: &mut Conn,
    period: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<Statement>> {
    store::after_number(conn, period, after, limit)
}

/// Every statement whose frozen content no longer matches its hash or doesn't add up, and every
/// one that doesn't begin where the one before it ended. And every one whose checkpoint the audit
/// log no longer holds: then its tail was cut off, or it was written anew.
pub fn verify(conn: &mut Conn) -> Result<(usize, Vec<String>)> {
    let mut differences = Vec::new();
    let mut accounts: HashMap<(Key, Currency), (NaiveDate, i64, i64)> = HashMap::new();
    let all = store::all_in_order(conn)?;
    let versions = correct::Versions::of(&all);
    let printed: Vec<i64> = all.iter().map(|statement| statement.checkpoint_seq).collect();
    let kept = audit::hashes(conn, &printed)?;
    for statement in &all {
        let number = &statement.number;
        let seq = statement.checkpoint_seq;
        if kept.get(&seq) != Some(&statement.checkpoint_hash) {
            differences.push(format!(
                "statement {number}: the audit log holds no event {seq} with the hash it prints"
            ));
        }
        if content::hash(&statement.content)? != statement.content_hash {
            differences.push(format!("statement {number}: its content doesn't match its hash"));
        }
        let figures = &statement.content.figures;
        if !figures.add_up() || figures.closing != statement.closing_minor {
            differences.push(format!("statement {number}: it doesn't add up"));
        }
        let key = (statement.customer, statement.currency);
        // Versions of one statement all begin where the statement before them ended.
        let before = match accounts.get(&key) {
            Some((last_day, before, _)) if *last_day == statement.content.last_day => *before,
            Some((_, _, closing)) => *closing,
            None => 0,
        };
        accounts.insert(key, (statement.content.last_day, before, statement.closing_minor));
        if figures.opening != before {
            differences.push(format!(
                "statement {number}: it doesn't begin where the one before it ended"
            ));
        }
        if let Some(wrong) = versions.flaw(statement) {
            differences.push(format!("statement {number}: {wrong}"));
        }
    }
    Ok((all.len(), differences))
}
