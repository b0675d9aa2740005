//! Payouts against their lines, their hashes, their steps, the ledger and what is held for them.

use std::collections::HashMap;

use super::{Payout, RESERVE, State, rules, settled_account, store};
use crate::banking;
use crate::db::Conn;
use crate::error::Result;
use crate::ledger::{self, Account, Cause, Moves, Reserve};
use crate::values::Key;

/// A sentence for everything about payouts that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let payouts = store::all(conn, None, 0, i64::MAX)?;
    let mut lines = store::every_line(conn)?;
    let mut steps = store::last_steps(conn)?;
    let mut moved = ledger::moved_by(conn, Cause::Payout)?;
    let accounts = banking::hashes(conn)?;
    let held = ledger::open_reserves(conn, RESERVE)?;
    let mut held: HashMap<String, (Key, Reserve)> =
        held.into_iter().map(|held| (held.1.cause_id.clone(), held)).collect();
    for payout in &payouts {
        let mut wrong = |why: String| said.push(format!("payout {}: {why}", payout.number));
        let lines = lines.remove(&payout.id).unwrap_or_default();
        let sum: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        if sum != i128::from(payout.amount) {
            wrong(format!("its lines add up to {sum} minor units, not to {}", payout.amount));
        }
        // With the payee it was approved with: the customer's name may have changed since.
        let hash = rules::content_hash(
            payout.customer,
            payout.currency,
            payout.amount,
            payout.form,
            &payout.payee,
            payout.account.as_ref().and_then(|account| accounts.get(account)).map(String::as_str),
            &lines,
        );
        if hash != payout.content_hash {
            wrong("its content doesn't match its hash".to_owned());
        }
        match steps.remove(&payout.id) {
            Some(last) if last == payout.state => {}
            Some(last) => wrong(format!("it is {}, its last step made it {last}", payout.state)),
            None => wrong("it has no steps".to_owned()),
        }
        if moved.remove(payout.id.as_str()).unwrap_or_default() != moves(payout)? {
            wrong(format!("the ledger doesn't hold what a payout moves that is {}", payout.state));
        }
        if let Some(why) = misheld(payout, held.remove(payout.id.as_str())) {
            wrong(why);
        }
    }
    let mut strays: Vec<String> = moved
        .into_keys()
        .map(|id| {
            format!("payout {id}: the ledger moves money for it, and there is no such payout")
        })
        .chain(held.into_keys().map(|id| {
            format!("payout {id}: an amount is held for it, and there is no such payout")
        }))
        .collect();
    strays.sort();
    said.append(&mut strays);
    Ok(said)
}

/// What the ledger must hold for the payout, all its entries together.
fn moves(payout: &Payout) -> Result<Moves> {
    let to = match payout.state {
        State::Approved | State::Sent => Account::InPayment,
        State::Settled => settled_account(payout.form)?,
        State::Draft | State::Submitted | State::Returned | State::Rejected => {
            return Ok(Moves::new());
        }
    };
    let place = |account| (Some(payout.customer), payout.currency, account);
    Ok(Moves::from([
        (place(Account::Payable), payout.amount),
        (place(to), payout.amount.saturating_neg()),
    ]))
}

/// Until it is approved, and only until then, exactly its amount is held.
fn misheld(payout: &Payout, held: Option<(Key, Reserve)>) -> Option<String> {
    let waits = matches!(payout.state, State::Draft | State::Submitted);
    match held {
        None => waits.then(|| "nothing is held for it".to_owned()),
        Some(_) if !waits => Some(format!("an amount is held for it, and it is {}", payout.state)),
        Some((customer, held)) => {
            let same = customer == payout.customer && held.amount == payout.money();
            (!same).then(|| "what is held for it isn't its amount".to_owned())
        }
    }
}
