//! What a customer says to a statement, and the evidence of it: who, when, from where, and which
//! content.

use chrono::{DateTime, Utc};

use super::store::{self, terms, timers};
use super::{State, Statement, letters, of_customer_one};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::{Key, StatementId, Text};

/// What proves how a statement was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The number of the audit event, and its hash in the chain.
    pub number: i64,
    pub hash: String,
    pub who: String,
    pub at: DateTime<Utc>,
    /// The network address it came from.
    pub address: Option<String>,
    /// SHA-256 of the content that was answered.
    pub content: String,
    /// The agreement by which silence confirmed.
    pub agreement: Option<String>,
}

/// The audit actions that answer a statement.
const ANSWERS: [&str; 3] =
    ["statement.confirmed", "statement.contested", "statement.deemed_confirmed"];

/// The evidence of the statement's answer; None while there is none.
pub fn evidence(conn: &mut Conn, statement: &Statement) -> Result<Option<Evidence>> {
    if statement.state == State::Issued {
        return Ok(None);
    }
    let events = audit::of_object(conn, "statement", statement.id.as_str())?;
    let answer = events.into_iter().find(|event| ANSWERS.contains(&event.action.as_str()));
    Ok(answer.map(|event| Evidence {
        number: event.seq,
        hash: event.hash,
        who: event.actor_name,
        at: event.at,
        address: event.address,
        content: event.after.unwrap_or_default(),
        agreement: event.reason,
    }))
}

/// The customer agrees with the statement: 确认无误. Both sides get a receipt, and nobody is
/// reminded any more.
///
/// # Errors
/// It isn't the customer's, was answered before, or a corrected version took its place.
pub fn confirm(tx: &mut Tx<'_>, customer: Key, id: &StatementId) -> Result<()> {
    let statement = of_customer_one(tx, customer, id)?;
    let number = answer(tx, &statement, State::Confirmed, "statement.confirmed", None)?;
    letters::confirmed(tx, &statement, number)
}

/// The customer contests the statement; the dispute itself is the disputes room's.
///
/// # Errors
/// It isn't the customer's, was confirmed before, or a corrected version took its place.
pub fn contest(tx: &mut Tx<'_>, customer: Key, id: &StatementId) -> Result<()> {
    let statement = of_customer_one(tx, customer, id)?;
    if statement.state == State::Disputed && statement.superseded_by.is_none() {
        return Ok(());
    }
    answer(tx, &statement, State::Disputed, "statement.contested", None).map(|_| ())
}

/// Silence confirms, where the customer's agreement said so when the statement was issued and
/// still does; false elsewhere.
pub(super) fn deem(tx: &mut Tx<'_>, statement: &Statement) -> Result<bool> {
    let Some(agreement) = &statement.agreement else { return Ok(false) };
    let still = terms::of(tx, statement.customer)?.is_some_and(|terms| terms.agreement.is_some());
    if !still {
        return Ok(false);
    }
    let (state, action) = (State::DeemedConfirmed, "statement.deemed_confirmed");
    let number = answer(tx, statement, state, action, Some(agreement))?;
    letters::deemed(tx, statement, agreement, number)?;
    Ok(true)
}

/// Sets the answer, once; the number of its audit event.
fn answer(
    tx: &mut Tx<'_>,
    statement: &Statement,
    state: State,
    action: &'static str,
    reason: Option<&str>,
) -> Result<i64> {
    let number = &statement.number;
    if statement.superseded_by.is_some() {
        return Err(Text::new("statement-superseded").with("number", number).into());
    }
    if statement.state != State::Issued || !store::answer(tx, &statement.id, state)? {
        return Err(Text::new("statement-answered-already").with("number", number).into());
    }
    timers::stop(tx, &statement.id)?;
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("statement", statement.id.as_str()),
            customer: Some(statement.customer),
            after: Some(statement.content_hash.clone()),
            reason,
            ..audit::Event::default()
        },
    )?;
    Ok(audit::checkpoint(tx)?.count)
}
