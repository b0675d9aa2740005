//! What causes moved and hold, all at once, for `openrebate verify`.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::db::schema::{ledger_entries, ledger_postings, ledger_reserves};
use crate::db::{Conn, as_utc};
use crate::error::Result;
use crate::ledger::{Account, Cause, Moves, PayableMove, Reserve};
use crate::values::{Currency, EntryId, Key, Money};

#[derive(QueryableByName)]
struct MovedRow {
    #[diesel(sql_type = Text)]
    cause_id: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    customer_id: Option<i64>,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Text)]
    account: Account,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

pub(in crate::ledger) fn moved_by(conn: &mut Conn, cause: Cause) -> Result<HashMap<String, Moves>> {
    const MOVED: &str = "SELECT e.cause_id, p.customer_id, p.currency, p.account, \
         CAST(SUM(p.amount_minor) AS BIGINT) AS amount \
         FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = e.id WHERE e.cause = $1 \
         GROUP BY e.cause_id, p.customer_id, p.currency, p.account \
         HAVING SUM(p.amount_minor) <> 0";
    let rows: Vec<MovedRow> =
        diesel::sql_query(MOVED).bind::<Text, _>(cause.as_str()).load(conn)?;
    let mut moved: HashMap<String, Moves> = HashMap::new();
    for row in rows {
        let place = (row.customer_id, row.currency, row.account);
        moved.entry(row.cause_id).or_default().insert(place, row.amount);
    }
    Ok(moved)
}

pub(in crate::ledger) fn written_off(
    conn: &mut Conn,
    accruals: &[String],
) -> Result<HashMap<String, i64>> {
    let mut found = HashMap::new();
    for some in accruals.chunks(500) {
        let rows = ledger_entries::table
            .inner_join(ledger_postings::table)
            .filter(ledger_entries::cause.eq_any([Cause::Accrual, Cause::Expiry]))
            .filter(ledger_entries::cause_id.eq_any(some))
            .filter(ledger_postings::account.eq(Account::WriteOff))
            .select((ledger_entries::cause_id, ledger_postings::amount_minor))
            .load::<(String, i64)>(conn)?;
        for (accrual, minor) in rows {
            *found.entry(accrual).or_insert(0) -= minor;
        }
    }
    Ok(found)
}

pub(in crate::ledger) fn open_reserves(
    conn: &mut Conn,
    cause: &str,
) -> Result<Vec<(Key, Reserve)>> {
    let rows = ledger_reserves::table
        .filter(ledger_reserves::cause.eq(cause))
        .filter(ledger_reserves::released_at.is_null())
        .order((ledger_reserves::placed_at, ledger_reserves::id))
        .select((
            ledger_reserves::customer_id,
            ledger_reserves::amount_minor,
            ledger_reserves::currency,
            ledger_reserves::cause,
            ledger_reserves::cause_id,
            ledger_reserves::placed_at,
        ))
        .load::<(i64, i64, Currency, String, String, NaiveDateTime)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(customer, minor, currency, cause, cause_id, placed)| {
            let amount = Money::new(minor, currency);
            (customer, Reserve { amount, cause, cause_id, placed_at: as_utc(placed) })
        })
        .collect())
}

/// The numbers of entries with a leg in another currency than their own, which no hash covers.
pub(super) fn of_mixed_currencies(conn: &mut Conn) -> Result<Vec<i64>> {
    Ok(ledger_postings::table
        .inner_join(ledger_entries::table)
        .filter(ledger_postings::currency.ne(ledger_entries::currency))
        .select(ledger_entries::number)
        .distinct()
        .order(ledger_entries::number)
        .load(conn)?)
}

type PayableRow = (EntryId, Option<i64>, Currency, NaiveDateTime, Cause, String, String, i64);

pub(in crate::ledger) fn payable_moves(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<PayableMove>>> {
    let mut found: HashMap<Key, Vec<PayableMove>> = HashMap::new();
    for some in customers.chunks(500) {
        let rows = ledger_postings::table
            .inner_join(ledger_entries::table)
            .filter(ledger_postings::customer_id.eq_any(some))
            .filter(ledger_postings::account.eq(Account::Payable))
            .order((ledger_entries::number, ledger_postings::leg))
            .select((
                ledger_entries::id,
                ledger_postings::customer_id,
                ledger_entries::currency,
                ledger_entries::posted_at,
                ledger_entries::cause,
                ledger_entries::cause_id,
                ledger_entries::reference,
                ledger_postings::amount_minor,
            ))
            .load::<PayableRow>(conn)?;
        for (entry, customer, currency, posted, cause, cause_id, reference, minor) in rows {
            let Some(customer) = customer else { continue };
            let (posted_at, amount) = (as_utc(posted), -minor);
            let moves = found.entry(customer).or_default();
            moves.push(PayableMove {
                entry,
                customer,
                currency,
                posted_at,
                cause,
                cause_id,
                reference,
                amount,
            });
        }
    }
    Ok(found)
}
