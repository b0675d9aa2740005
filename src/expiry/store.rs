use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date};

use super::rules::{Lot, NOTICE_DAYS};
use crate::db::schema::{expiry_bookings, expiry_lots, expiry_warnings};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::insert_all;
use crate::values::{AccrualId, Currency, EntryId, Key, PolicyId, VersionId};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = expiry_lots, treat_none_as_default_value = false)]
struct LotRow {
    entry_id: EntryId,
    accrual_id: AccrualId,
    policy_id: PolicyId,
    version_id: VersionId,
    customer_id: Key,
    currency: Currency,
    period: String,
    amount_minor: i64,
    available_on: NaiveDate,
    last_day: NaiveDate,
}

impl TryFrom<LotRow> for Lot {
    type Error = Error;

    fn try_from(row: LotRow) -> Result<Self> {
        Ok(Self {
            entry: row.entry_id,
            accrual: row.accrual_id,
            policy: row.policy_id,
            version: row.version_id,
            customer: row.customer_id,
            currency: row.currency,
            period: row.period.parse().map_err(Error::internal)?,
            amount: row.amount_minor,
            available_on: row.available_on,
            last_day: row.last_day,
        })
    }
}

/// Customers of one query, and rows of one INSERT.
const CHUNK: usize = 500;

pub(super) fn insert_lots(tx: &mut Tx<'_>, lots: Vec<Lot>) -> Result<()> {
    let row = |lot: Lot| LotRow {
        entry_id: lot.entry,
        accrual_id: lot.accrual,
        policy_id: lot.policy,
        version_id: lot.version,
        customer_id: lot.customer,
        currency: lot.currency,
        period: lot.period.to_string(),
        amount_minor: lot.amount,
        available_on: lot.available_on,
        last_day: lot.last_day,
    };
    let rows: Vec<LotRow> = lots.into_iter().map(row).collect();
    if !rows.is_empty() {
        insert_all!(tx, expiry_lots::table, rows, CHUNK);
    }
    Ok(())
}

pub(super) fn lots_of(conn: &mut Conn, customers: &[Key]) -> Result<Vec<Lot>> {
    let mut lots = Vec::new();
    for some in customers.chunks(CHUNK) {
        let rows = expiry_lots::table
            .filter(expiry_lots::customer_id.eq_any(some))
            .order((expiry_lots::last_day, expiry_lots::available_on, expiry_lots::entry_id))
            .select(LotRow::as_select())
            .load(conn)?;
        for row in rows {
            lots.push(Lot::try_from(row)?);
        }
    }
    Ok(lots)
}

/// Those of the customers with lots good through this day at most.
pub(super) fn with_lots_until(
    conn: &mut Conn,
    customers: &[Key],
    by: NaiveDate,
) -> Result<Vec<Key>> {
    let mut found = Vec::new();
    for some in customers.chunks(CHUNK) {
        let with: Vec<Key> = expiry_lots::table
            .filter(expiry_lots::customer_id.eq_any(some))
            .filter(expiry_lots::last_day.le(by))
            .select(expiry_lots::customer_id)
            .distinct()
            .load(conn)?;
        found.extend(with);
    }
    Ok(found)
}

pub(super) fn every_lot(conn: &mut Conn) -> Result<Vec<Lot>> {
    let rows =
        expiry_lots::table.order(expiry_lots::entry_id).select(LotRow::as_select()).load(conn)?;
    rows.into_iter().map(Lot::try_from).collect()
}

pub(super) fn any_lot(conn: &mut Conn) -> Result<bool> {
    let found = expiry_lots::table.select(expiry_lots::entry_id).first::<EntryId>(conn);
    Ok(found.optional()?.is_some())
}

#[derive(QueryableByName)]
struct CustomerRow {
    #[diesel(sql_type = BigInt)]
    customer_id: i64,
}

/// Customers with lots good through this day at most, and with a balance: some, after the one given.
pub(super) fn candidates(
    conn: &mut Conn,
    by: NaiveDate,
    after: Key,
    limit: i64,
) -> Result<Vec<Key>> {
    const CANDIDATES: &str = "SELECT DISTINCT l.customer_id AS customer_id FROM expiry_lots l \
         WHERE l.last_day <= $1 AND l.customer_id > $2 AND \
         (SELECT SUM(p.amount_minor) FROM ledger_postings p WHERE p.customer_id = l.customer_id \
          AND p.currency = l.currency AND p.account = 'payable') < 0 \
         ORDER BY customer_id LIMIT $3";
    let rows: Vec<CustomerRow> = diesel::sql_query(CANDIDATES)
        .bind::<Date, _>(by)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.customer_id).collect())
}

/// Part of a lot that expired.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = expiry_bookings)]
pub(super) struct Booking {
    pub lot_id: EntryId,
    pub booked_on: NaiveDate,
    pub entry_id: EntryId,
    pub due_on: NaiveDate,
    pub amount_minor: i64,
}

pub(super) fn insert_booking(tx: &mut Tx<'_>, booking: &Booking) -> Result<()> {
    diesel::insert_into(expiry_bookings::table).values(booking.clone()).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn every_booking(conn: &mut Conn) -> Result<Vec<Booking>> {
    Ok(expiry_bookings::table
        .order(expiry_bookings::entry_id)
        .select(Booking::as_select())
        .load(conn)?)
}

/// Which lot each expiry of these customers is of, and the day at whose end it was.
pub(super) fn lots_of_expiries(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<EntryId, (EntryId, NaiveDate)>> {
    let mut found = HashMap::new();
    for some in customers.chunks(CHUNK) {
        let rows = expiry_bookings::table
            .inner_join(expiry_lots::table)
            .filter(expiry_lots::customer_id.eq_any(some))
            .select((expiry_bookings::entry_id, (expiry_bookings::lot_id, expiry_bookings::due_on)))
            .load::<(EntryId, (EntryId, NaiveDate))>(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

pub(super) fn of_entries(
    conn: &mut Conn,
    entries: &[EntryId],
) -> Result<HashMap<EntryId, (Lot, NaiveDate)>> {
    let mut found = HashMap::new();
    for some in entries.chunks(CHUNK) {
        let rows = expiry_bookings::table
            .inner_join(expiry_lots::table)
            .filter(expiry_bookings::entry_id.eq_any(some))
            .select((expiry_bookings::entry_id, expiry_bookings::due_on, LotRow::as_select()))
            .load::<(EntryId, NaiveDate, LotRow)>(conn)?;
        for (entry, due, lot) in rows {
            found.insert(entry, (Lot::try_from(lot)?, due));
        }
    }
    Ok(found)
}

/// The days customers were told for the last time, by customer and by the day of the terms.
pub(super) fn said(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, BTreeMap<NaiveDate, NaiveDate>>> {
    let last = i32::try_from(NOTICE_DAYS).map_err(Error::internal)?;
    let mut said: HashMap<Key, BTreeMap<NaiveDate, NaiveDate>> = HashMap::new();
    for some in customers.chunks(CHUNK) {
        let rows = expiry_warnings::table
            .filter(expiry_warnings::customer_id.eq_any(some))
            .filter(expiry_warnings::mark.eq(last))
            .select((
                expiry_warnings::customer_id,
                expiry_warnings::last_day,
                expiry_warnings::said_day,
            ))
            .load::<(Key, NaiveDate, NaiveDate)>(conn)?;
        for (customer, base, day) in rows {
            said.entry(customer).or_default().insert(base, day);
        }
    }
    Ok(said)
}

/// The days of the terms a customer was told of, with how many days before.
pub(super) fn told(conn: &mut Conn, customer: Key) -> Result<HashSet<(NaiveDate, i64)>> {
    let rows = expiry_warnings::table
        .filter(expiry_warnings::customer_id.eq(customer))
        .select((expiry_warnings::last_day, expiry_warnings::mark))
        .load::<(NaiveDate, i32)>(conn)?;
    Ok(rows.into_iter().map(|(day, mark)| (day, i64::from(mark))).collect())
}

pub(super) fn insert_warning(
    tx: &mut Tx<'_>,
    customer: Key,
    base: NaiveDate,
    mark: i64,
    said: NaiveDate,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(expiry_warnings::table)
        .values((
            expiry_warnings::customer_id.eq(customer),
            expiry_warnings::last_day.eq(base),
            expiry_warnings::mark.eq(i32::try_from(mark).map_err(Error::internal)?),
            expiry_warnings::said_day.eq(said),
            expiry_warnings::told_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
