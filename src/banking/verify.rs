//! Accounts against their hashes and their steps.

use std::collections::HashMap;

use super::{State, rules, store};
use crate::db::Conn;
use crate::error::Result;
use crate::values::BankAccountId;

/// What each account's content comes to now, whatever is stored as its hash.
pub fn hashes(conn: &mut Conn) -> Result<HashMap<BankAccountId, String>> {
    let accounts = store::all(conn, State::ALL, None, 0, i64::MAX)?;
    let hash = |a: super::BankAccount| (a.id, rules::content_hash(a.customer, &a.details));
    Ok(accounts.into_iter().map(hash).collect())
}

/// A sentence for everything about accounts that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let mut steps = store::last_steps(conn)?;
    for account in store::all(conn, State::ALL, None, 0, i64::MAX)? {
        let mut wrong = |why: String| said.push(format!("bank account {}: {why}", account.id));
        if rules::content_hash(account.customer, &account.details) != account.content_hash {
            wrong("its content doesn't match its hash".to_owned());
        }
        match steps.remove(&account.id) {
            Some(last) if last == account.state => {}
            Some(last) => wrong(format!("it is {}, its last step made it {last}", account.state)),
            None => wrong("it has no steps".to_owned()),
        }
    }
    Ok(said)
}
