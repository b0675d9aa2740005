//! What is held of balances, and for what.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::ledger_reserves;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::ledger::{Held, Reserve};
use crate::values::{Currency, Key, Money, ReserveId};

pub(in crate::ledger) fn place_reserve(
    tx: &mut Tx<'_>,
    id: &ReserveId,
    customer: Key,
    amount: Money,
    cause: &str,
    cause_id: &str,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(ledger_reserves::table)
        .values((
            ledger_reserves::id.eq(id),
            ledger_reserves::customer_id.eq(customer),
            ledger_reserves::currency.eq(amount.currency),
            ledger_reserves::amount_minor.eq(amount.minor),
            ledger_reserves::cause.eq(cause),
            ledger_reserves::cause_id.eq(cause_id),
            ledger_reserves::placed_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::ledger) fn release_reserve(
    tx: &mut Tx<'_>,
    cause: &str,
    cause_id: &str,
) -> Result<()> {
    let at = tx.stamp();
    diesel::update(
        ledger_reserves::table
            .filter(ledger_reserves::cause.eq(cause))
            .filter(ledger_reserves::cause_id.eq(cause_id))
            .filter(ledger_reserves::released_at.is_null()),
    )
    .set(ledger_reserves::released_at.eq(Some(at)))
    .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::ledger) fn reserves(conn: &mut Conn, customer: Key) -> Result<Vec<Reserve>> {
    let rows = ledger_reserves::table
        .filter(ledger_reserves::customer_id.eq(customer))
        .filter(ledger_reserves::released_at.is_null())
        .order(ledger_reserves::placed_at)
        .select((
            ledger_reserves::amount_minor,
            ledger_reserves::currency,
            ledger_reserves::cause,
            ledger_reserves::cause_id,
            ledger_reserves::placed_at,
        ))
        .load::<(i64, Currency, String, String, NaiveDateTime)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(minor, currency, cause, cause_id, placed)| Reserve {
            amount: Money::new(minor, currency),
            cause,
            cause_id,
            placed_at: as_utc(placed),
        })
        .collect())
}

type HeldRow = (i64, i64, Currency, String, String, NaiveDateTime, Option<NaiveDateTime>);

pub(in crate::ledger) fn held(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<Held>>> {
    let mut found: HashMap<Key, Vec<Held>> = HashMap::new();
    for some in customers.chunks(500) {
        let rows = ledger_reserves::table
            .filter(ledger_reserves::customer_id.eq_any(some))
            .order((ledger_reserves::placed_at, ledger_reserves::id))
            .select((
                ledger_reserves::customer_id,
                ledger_reserves::amount_minor,
                ledger_reserves::currency,
                ledger_reserves::cause,
                ledger_reserves::cause_id,
                ledger_reserves::placed_at,
                ledger_reserves::released_at,
            ))
            .load::<HeldRow>(conn)?;
        for (customer, minor, currency, cause, cause_id, placed, released) in rows {
            let amount = Money::new(minor, currency);
            let reserve = Reserve { amount, cause, cause_id, placed_at: as_utc(placed) };
            let held = Held { reserve, released_at: released.map(as_utc) };
            found.entry(customer).or_default().push(held);
        }
    }
    Ok(found)
}

/// How much is held of each of these customers' accounts, minor units; one with nothing held isn't
/// in it.
pub(in crate::ledger) fn held_of(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<(Key, Currency), i64>> {
    let mut found = HashMap::new();
    for chunk in customers.chunks(500) {
        let rows = ledger_reserves::table
            .filter(ledger_reserves::customer_id.eq_any(chunk))
            .filter(ledger_reserves::released_at.is_null())
            .select((
                ledger_reserves::customer_id,
                ledger_reserves::currency,
                ledger_reserves::amount_minor,
            ))
            .load::<(Key, Currency, i64)>(conn)?;
        for (customer, currency, amount) in rows {
            *found.entry((customer, currency)).or_insert(0) += amount;
        }
    }
    Ok(found)
}
