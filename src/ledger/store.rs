mod causes;
mod reserves;
mod unstated;

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Account, Balance, Cause, Entry, Flaw, Leg, Posted, rules};
use crate::db::schema::{ledger_entries, ledger_postings, ledger_reserves, statement_entries};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::insert_all;
use crate::values::{Currency, EntryId, Fingerprint, Key, PolicyId, StatementId};

pub(super) use causes::{moved_by, open_reserves, payable_moves, written_off};
pub(super) use reserves::{held, held_of, place_reserve, release_reserve, reserves};
pub(super) use unstated::unstated_of;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_entries, treat_none_as_default_value = false)]
struct EntryRow {
    id: EntryId,
    number: i64,
    posted_at: NaiveDateTime,
    effective: NaiveDate,
    period: String,
    prior_period: Option<String>,
    cause: Cause,
    cause_id: String,
    policy_id: Option<PolicyId>,
    customer_id: Option<i64>,
    currency: Currency,
    reference: String,
    reason: String,
    actor: String,
    actor_name: String,
    hash: String,
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_postings, treat_none_as_default_value = false)]
struct PostingRow {
    entry_id: EntryId,
    leg: i32,
    account: Account,
    customer_id: Option<i64>,
    currency: Currency,
    amount_minor: i64,
}

/// Rows of one INSERT: sixteen columns stay far below the bind limits of both databases.
const CHUNK: usize = 500;

pub(super) fn insert(tx: &mut Tx<'_>, first: i64, entries: Vec<Entry>) -> Result<Vec<EntryId>> {
    let mut ids = Vec::with_capacity(entries.len());
    let mut rows = Vec::with_capacity(entries.len());
    let mut postings = Vec::with_capacity(entries.len() * 2);
    for (number, entry) in (first..).zip(entries) {
        let mut row = EntryRow {
            id: EntryId::new(),
            number,
            posted_at: tx.stamp(),
            effective: entry.effective,
            period: entry.period,
            prior_period: entry.prior_period,
            cause: entry.cause,
            cause_id: entry.cause_id,
            policy_id: entry.policy,
            customer_id: Some(entry.customer),
            currency: entry.currency,
            reference: entry.reference,
            reason: entry.reason,
            actor: tx.by().id().to_owned(),
            actor_name: tx.by().name.clone(),
            hash: String::new(),
        };
        row.hash = entry_hash(&row, &entry.legs);
        for (leg, posting) in (1..).zip(&entry.legs) {
            postings.push(PostingRow {
                entry_id: row.id.clone(),
                leg,
                account: posting.account,
                customer_id: posting.customer,
                currency: entry.currency,
                amount_minor: posting.amount,
            });
        }
        ids.push(row.id.clone());
        rows.push(row);
    }
    insert_all!(tx, ledger_entries::table, rows, CHUNK);
    insert_all!(tx, ledger_postings::table, postings, CHUNK);
    Ok(ids)
}

fn entry_hash(row: &EntryRow, legs: &[Leg]) -> String {
    let head = Fingerprint::new("openrebate ledger entry 1")
        .field(row.number.to_string())
        .field(as_utc(row.posted_at).to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
        .field(row.effective.to_string())
        .field(&row.period)
        .field(row.prior_period.as_deref().unwrap_or("-"))
        .field(row.cause.as_str())
        .field(&row.cause_id)
        .field(row.policy_id.as_ref().map_or("-", PolicyId::as_str))
        .field(row.customer_id.map_or_else(|| "-".to_owned(), |c| c.to_string()))
        .field(row.currency.as_str())
        .field(&row.reference)
        .field(&row.reason)
        .field(&row.actor);
    legs.iter()
        .fold(head, |hash, leg| {
            hash.field(leg.account.as_str())
                .field(leg.customer.map_or_else(|| "-".to_owned(), |c| c.to_string()))
                .field(leg.amount.to_string())
        })
        .finish()
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    customer_id: i64,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Text)]
    account: Account,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

pub(super) fn balances(conn: &mut Conn, customer: Option<Key>) -> Result<Vec<(Key, Balance)>> {
    const SUMS: &str = "SELECT customer_id, currency, account, \
         CAST(SUM(amount_minor) AS BIGINT) AS amount \
         FROM ledger_postings WHERE customer_id = $1 GROUP BY customer_id, currency, account";
    const ALL_SUMS: &str = "SELECT customer_id, currency, account, \
         CAST(SUM(amount_minor) AS BIGINT) AS amount \
         FROM ledger_postings WHERE customer_id IS NOT NULL \
         GROUP BY customer_id, currency, account";
    let rows: Vec<SumRow> = match customer {
        Some(customer) => diesel::sql_query(SUMS).bind::<BigInt, _>(customer).load(conn)?,
        None => diesel::sql_query(ALL_SUMS).load(conn)?,
    };
    let mut found: BTreeMap<(Key, Currency), Balance> = BTreeMap::new();
    for row in rows {
        found
            .entry((row.customer_id, row.currency))
            .or_insert_with(|| Balance::empty(row.currency))
            .add(row.account, row.amount);
    }
    let mut held = ledger_reserves::table
        .filter(ledger_reserves::released_at.is_null())
        .select((
            ledger_reserves::customer_id,
            ledger_reserves::currency,
            ledger_reserves::amount_minor,
        ))
        .into_boxed();
    if let Some(customer) = customer {
        held = held.filter(ledger_reserves::customer_id.eq(customer));
    }
    for (customer, currency, amount) in held.load::<(i64, Currency, i64)>(conn)? {
        found.entry((customer, currency)).or_insert_with(|| Balance::empty(currency)).reserved +=
            amount;
    }
    Ok(found.into_iter().map(|((customer, _), balance)| (customer, balance)).collect())
}

pub(super) fn of_cause(conn: &mut Conn, cause: Cause, cause_id: &str) -> Result<Vec<Posted>> {
    let rows = ledger_entries::table
        .filter(ledger_entries::cause.eq(cause))
        .filter(ledger_entries::cause_id.eq(cause_id))
        .order(ledger_entries::number)
        .select(EntryRow::as_select())
        .load(conn)?;
    with_legs(conn, rows)
}

pub(super) fn of_customer(
    conn: &mut Conn,
    customer: Key,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Posted>> {
    let rows = ledger_entries::table
        .filter(ledger_entries::customer_id.eq(customer))
        .filter(ledger_entries::number.lt(before.unwrap_or(i64::MAX)))
        .order(ledger_entries::number.desc())
        .limit(limit)
        .select(EntryRow::as_select())
        .load(conn)?;
    with_legs(conn, rows)
}

pub(super) fn of_customers(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<Posted>>> {
    let mut found: HashMap<Key, Vec<Posted>> = HashMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows = ledger_entries::table
            .filter(ledger_entries::customer_id.eq_any(chunk))
            .order(ledger_entries::number.desc())
            .select(EntryRow::as_select())
            .load(conn)?;
        for entry in with_legs(conn, rows)? {
            if let Some(customer) = entry.customer {
                found.entry(customer).or_default().push(entry);
            }
        }
    }
    Ok(found)
}

pub(super) fn unstated(
    conn: &mut Conn,
    customer: Key,
    currency: Currency,
    up_to: NaiveDate,
) -> Result<Vec<Posted>> {
    let rows = ledger_entries::table
        .left_join(statement_entries::table)
        .filter(ledger_entries::customer_id.eq(customer))
        .filter(ledger_entries::currency.eq(currency))
        .filter(ledger_entries::effective.le(up_to))
        .filter(statement_entries::entry_id.nullable().is_null())
        .order(ledger_entries::number)
        .select(EntryRow::as_select())
        .load(conn)?;
    with_legs(conn, rows)
}

pub(super) fn stated_on(conn: &mut Conn, statements: &[StatementId]) -> Result<Vec<Posted>> {
    let rows = ledger_entries::table
        .inner_join(statement_entries::table)
        .filter(statement_entries::statement_id.eq_any(statements))
        .order(ledger_entries::number)
        .select(EntryRow::as_select())
        .load(conn)?;
    with_legs(conn, rows)
}

pub(super) fn customers_with_unstated(
    conn: &mut Conn,
    up_to: NaiveDate,
) -> Result<Vec<(Key, Currency)>> {
    let rows = ledger_entries::table
        .left_join(statement_entries::table)
        .filter(ledger_entries::effective.le(up_to))
        .filter(ledger_entries::customer_id.is_not_null())
        .filter(statement_entries::entry_id.nullable().is_null())
        .select((ledger_entries::customer_id.assume_not_null(), ledger_entries::currency))
        .distinct()
        .load::<(i64, Currency)>(conn)?;
    let mut rows = rows;
    rows.sort();
    Ok(rows)
}

pub(super) fn after(conn: &mut Conn, number: i64, limit: i64) -> Result<Vec<Posted>> {
    let rows = rows_after(conn, number, limit)?;
    with_legs(conn, rows)
}

fn rows_after(conn: &mut Conn, number: i64, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(ledger_entries::table
        .filter(ledger_entries::number.gt(number))
        .order(ledger_entries::number)
        .limit(limit)
        .select(EntryRow::as_select())
        .load(conn)?)
}

fn with_legs(conn: &mut Conn, rows: Vec<EntryRow>) -> Result<Vec<Posted>> {
    let mut legs = legs_of(conn, &rows)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let legs = legs.remove(&row.id).unwrap_or_default();
            posted(row, legs)
        })
        .collect())
}

fn posted(row: EntryRow, legs: Vec<Leg>) -> Posted {
    Posted {
        id: row.id,
        number: row.number,
        posted_at: as_utc(row.posted_at),
        effective: row.effective,
        period: row.period,
        prior_period: row.prior_period,
        cause: row.cause,
        cause_id: row.cause_id,
        policy: row.policy_id,
        customer: row.customer_id,
        currency: row.currency,
        reference: row.reference,
        reason: row.reason,
        actor_name: row.actor_name,
        legs,
    }
}

fn legs_of(conn: &mut Conn, rows: &[EntryRow]) -> Result<HashMap<EntryId, Vec<Leg>>> {
    let mut legs: HashMap<EntryId, Vec<Leg>> = HashMap::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let ids: Vec<&EntryId> = chunk.iter().map(|row| &row.id).collect();
        let found = ledger_postings::table
            .filter(ledger_postings::entry_id.eq_any(ids))
            .order((ledger_postings::entry_id, ledger_postings::leg))
            .select(PostingRow::as_select())
            .load(conn)?;
        for row in found {
            legs.entry(row.entry_id).or_default().push(Leg {
                account: row.account,
                customer: row.customer_id,
                amount: row.amount_minor,
            });
        }
    }
    Ok(legs)
}

#[derive(QueryableByName)]
struct AccrualSum {
    #[diesel(sql_type = Text)]
    cause_id: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

pub(super) fn posted_by_accrual(conn: &mut Conn) -> Result<HashMap<String, i64>> {
    let rows: Vec<AccrualSum> = diesel::sql_query(
        "SELECT e.cause_id, CAST(-SUM(p.amount_minor) AS BIGINT) AS amount \
         FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = e.id \
         WHERE e.cause IN ('accrual', 'close') AND p.account IN ('accrued', 'payable', 'write_off') \
         GROUP BY e.cause_id",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.cause_id, row.amount)).collect())
}

#[derive(QueryableByName)]
struct Orphans {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Text>)]
    entry: Option<String>,
}

pub(super) fn verify(conn: &mut Conn) -> Result<(i64, Vec<Flaw>)> {
    const PAGE: i64 = 5_000;
    let mut flaws = Vec::new();
    let mut last = 0;
    loop {
        let rows = rows_after(conn, last, PAGE)?;
        if rows.is_empty() {
            break;
        }
        let mut legs = legs_of(conn, &rows)?;
        for row in rows {
            let flaw = |why: String| Flaw { number: row.number, why };
            if row.number != last + 1 {
                flaws.push(flaw("an entry before it is missing".to_owned()));
            }
            let legs = legs.remove(&row.id).unwrap_or_default();
            if let Err(unbalanced) = rules::check_balanced(&legs) {
                flaws.push(flaw(unbalanced.to_string()));
            }
            if entry_hash(&row, &legs) != row.hash {
                flaws.push(flaw("its content doesn't match its hash".to_owned()));
            }
            last = row.number;
        }
    }
    for number in causes::of_mixed_currencies(conn)? {
        flaws.push(Flaw { number, why: "a leg is in another currency".to_owned() });
    }
    let orphans: Orphans = diesel::sql_query(
        "SELECT COUNT(*) AS count, MIN(p.entry_id) AS entry FROM ledger_postings p \
         WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.id = p.entry_id)",
    )
    .get_result(conn)?;
    if orphans.count > 0 {
        let entry = orphans.entry.unwrap_or_default();
        flaws.push(Flaw { number: last, why: format!("postings without their entry {entry}") });
    }
    Ok((last, flaws))
}
