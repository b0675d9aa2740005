//! Decisions against the ledger, and what is held against the disputes it is held for.

use std::collections::HashMap;

use super::{Decision, RESERVE, State, facts, store};
use crate::db::Conn;
use crate::error::Result;
use crate::ledger::{self, Account, Cause, Moves};
use crate::values::{Currency, DisputeId, Key};

/// What of a dispute money depends on.
pub(super) struct Stake {
    pub id: DisputeId,
    pub number: String,
    pub customer: Key,
    pub state: State,
    pub currency: Currency,
    pub disputed: i64,
    pub merged_into: Option<DisputeId>,
}

/// A sentence for everything about disputes that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let stakes = store::stakes(conn)?;
    let owners: HashMap<_, _> = stakes.iter().map(|s| (&s.id, s.customer)).collect();
    let mut decisions = store::every_decision(conn)?;
    let mut moved = ledger::moved_by(conn, Cause::Dispute)?;
    for stake in &stakes {
        let mut decided = decisions.remove(&stake.id).unwrap_or_default();
        let proposed = if stake.state == State::AwaitingApproval { decided.pop() } else { None };
        let into = stake.merged_into.as_ref();
        let mut wrong = |why: &str| said.push(format!("dispute {}: {why}", stake.number));
        if proposed.is_some_and(|decision| decision.entry.is_some()) {
            wrong("a decision that waits for approval has a ledger entry");
        }
        if into.is_some() && (stake.state != State::Closed || !decided.is_empty()) {
            wrong("it goes on in another dispute, and isn't closed or has a decision");
        }
        if into.is_some_and(|into| owners.get(into) != Some(&stake.customer)) {
            wrong("it goes on in another customer's dispute");
        }
        if moved.remove(stake.id.as_str()).unwrap_or_default() != moves(stake, &decided) {
            wrong("the ledger doesn't hold what its decisions granted");
        }
        for decision in &decided {
            if !is_posted(conn, stake, decision)? {
                wrong(&format!("decision {} and its ledger entry differ", decision.round));
            }
        }
    }
    said.extend(changed_facts(conn)?);
    said.extend(misheld(conn, &stakes)?);
    for number in store::out_of_step(conn)? {
        said.push(format!("dispute {number}: the queue shows it otherwise than it is"));
    }
    let mut strays: Vec<_> = moved
        .into_keys()
        .map(|id| format!("dispute {id}: the ledger grants money, and there is no such dispute"))
        .collect();
    strays.sort();
    said.append(&mut strays);
    Ok(said)
}

/// What was frozen must still have the hash it was frozen with.
fn changed_facts(conn: &mut Conn) -> Result<Vec<String>> {
    const PAGE: i64 = 200;
    let (mut said, mut after) = (Vec::new(), String::new());
    loop {
        let page = store::facts_after(conn, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(said) };
        after = last.id.to_string();
        for frozen in &page {
            let facts: serde_json::Value = serde_json::from_str(&frozen.facts)?;
            if facts::hash(&facts, &frozen.tables) != frozen.hash {
                let number = &frozen.number;
                said.push(format!("dispute {number}: what it froze when it was filed was changed"));
            }
        }
    }
}

/// What the ledger must hold for the dispute, all its entries together.
fn moves(stake: &Stake, decided: &[Decision]) -> Moves {
    let granted = decided.iter().fold(0_i64, |sum, d| sum.saturating_add(d.granted));
    if granted == 0 {
        return Moves::new();
    }
    Moves::from([
        ((None, stake.currency, Account::RebateExpense), granted),
        ((Some(stake.customer), stake.currency, Account::Payable), granted.saturating_neg()),
    ])
}

/// Whether a decision that grants money names the entry of its dispute that credits as much, and
/// one that grants none names no entry.
fn is_posted(conn: &mut Conn, stake: &Stake, decision: &Decision) -> Result<bool> {
    let Some(entry) = &decision.entry else { return Ok(decision.granted == 0) };
    let posted = ledger::of_cause(conn, Cause::Dispute, stake.id.as_str())?;
    let named = posted.iter().find(|posted| posted.id == *entry);
    Ok(decision.granted > 0
        && named.is_some_and(|p| p.on(Account::Payable) == decision.granted.saturating_neg()))
}

/// Something is held only while a dispute is open, for its customer, and never more than is
/// disputed. Nothing held is no fault: there may have been nothing available.
fn misheld(conn: &mut Conn, stakes: &[Stake]) -> Result<Vec<String>> {
    let by_id: HashMap<&str, &Stake> = stakes.iter().map(|s| (s.id.as_str(), s)).collect();
    let held = ledger::open_reserves(conn, RESERVE)?;
    Ok(held
        .iter()
        .filter_map(|(customer, held)| {
            let Some(stake) = by_id.get(held.cause_id.as_str()) else {
                let id = &held.cause_id;
                return Some(format!("dispute {id}: an amount is held for it, and there is none"));
            };
            let number = &stake.number;
            if !stake.state.is_open() {
                let state = stake.state;
                return Some(format!("dispute {number}: an amount is held, and it is {state}"));
            }
            let fits = *customer == stake.customer
                && held.amount.currency == stake.currency
                && held.amount.minor <= stake.disputed;
            (!fits).then(|| format!("dispute {number}: what is held isn't what is disputed"))
        })
        .collect())
}
