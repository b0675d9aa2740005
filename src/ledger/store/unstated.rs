//! Entries that no statement carries yet, for many customers at once.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{EntryRow, PostingRow, posted};
use crate::db::Conn;
use crate::db::schema::{ledger_entries, ledger_postings, statement_entries};
use crate::error::Result;
use crate::ledger::{Leg, Posted};
use crate::values::{Currency, EntryId, Key};

/// Customers of one query.
const CHUNK: usize = 500;

/// By customer and currency, oldest first; an account without any isn't in it. The legs are asked
/// for by the same customers: the names of their entries would be far more to say.
pub(in crate::ledger) fn unstated_of(
    conn: &mut Conn,
    customers: &[Key],
    up_to: NaiveDate,
) -> Result<HashMap<(Key, Currency), Vec<Posted>>> {
    let mut found: HashMap<(Key, Currency), Vec<Posted>> = HashMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows = ledger_entries::table
            .left_join(statement_entries::table)
            .filter(ledger_entries::customer_id.eq_any(chunk))
            .filter(ledger_entries::effective.le(up_to))
            .filter(statement_entries::entry_id.nullable().is_null())
            .order(ledger_entries::number)
            .select(EntryRow::as_select())
            .load(conn)?;
        let mut legs = legs_of(conn, chunk, up_to)?;
        for row in rows {
            let legs = legs.remove(&row.id).unwrap_or_default();
            let entry = posted(row, legs);
            if let Some(customer) = entry.customer {
                found.entry((customer, entry.currency)).or_default().push(entry);
            }
        }
    }
    Ok(found)
}

fn legs_of(
    conn: &mut Conn,
    customers: &[Key],
    up_to: NaiveDate,
) -> Result<HashMap<EntryId, Vec<Leg>>> {
    let rows = ledger_postings::table
        .inner_join(ledger_entries::table.left_join(statement_entries::table))
        .filter(ledger_entries::customer_id.eq_any(customers))
        .filter(ledger_entries::effective.le(up_to))
        .filter(statement_entries::entry_id.nullable().is_null())
        .order((ledger_postings::entry_id, ledger_postings::leg))
        .select(PostingRow::as_select())
        .load(conn)?;
    let mut legs: HashMap<EntryId, Vec<Leg>> = HashMap::with_capacity(rows.len() / 2);
    for row in rows {
        let leg = Leg { account: row.account, customer: row.customer_id, amount: row.amount_minor };
        legs.entry(row.entry_id).or_default().push(leg);
    }
    Ok(legs)
}
