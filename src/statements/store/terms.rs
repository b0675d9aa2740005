//! Schedules and what is agreed with customers.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::db::schema::{statement_schedule, statement_terms};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::statements::rules::{Rhythm, Schedule};
use crate::statements::{CustomerTerms, HouseSchedule};
use crate::values::Key;

/// The one row of the house.
const HOUSE: i32 = 1;

pub(in crate::statements) fn house(conn: &mut Conn) -> Result<Option<HouseSchedule>> {
    let row = statement_schedule::table
        .find(HOUSE)
        .select((
            statement_schedule::rhythm,
            statement_schedule::day,
            statement_schedule::since,
            statement_schedule::changed_by_name,
            statement_schedule::changed_at,
        ))
        .first::<(Rhythm, i32, NaiveDate, String, NaiveDateTime)>(conn)
        .optional()?;
    row.map(|(rhythm, day, since, changed_by, at)| {
        let day = u32::try_from(day).map_err(Error::internal)?;
        let schedule = Schedule { rhythm, day, since };
        Ok(HouseSchedule { schedule, changed_by, changed_at: as_utc(at) })
    })
    .transpose()
}

pub(in crate::statements) fn set_house(tx: &mut Tx<'_>, schedule: Schedule) -> Result<()> {
    let (name, at) = (tx.by().name.clone(), tx.stamp());
    let day = i32::try_from(schedule.day).map_err(Error::internal)?;
    diesel::delete(statement_schedule::table.find(HOUSE)).execute(&mut **tx)?;
    diesel::insert_into(statement_schedule::table)
        .values((
            statement_schedule::id.eq(HOUSE),
            statement_schedule::rhythm.eq(schedule.rhythm),
            statement_schedule::day.eq(day),
            statement_schedule::since.eq(schedule.since),
            statement_schedule::changed_by_name.eq(name),
            statement_schedule::changed_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = statement_terms)]
struct Row {
    customer_id: Key,
    rhythm: Option<Rhythm>,
    day: Option<i32>,
    since: NaiveDate,
    agreement: Option<String>,
    changed_by_name: String,
    changed_at: NaiveDateTime,
    attach_pdf: bool,
}

impl TryFrom<Row> for CustomerTerms {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let day = row.day.map(u32::try_from).transpose().map_err(Error::internal)?;
        let schedule =
            row.rhythm.zip(day).map(|(rhythm, day)| Schedule { rhythm, day, since: row.since });
        Ok(Self {
            customer: row.customer_id,
            schedule,
            agreement: row.agreement,
            attach_pdf: row.attach_pdf,
            changed_by: row.changed_by_name,
            changed_at: as_utc(row.changed_at),
        })
    }
}

pub(in crate::statements) fn of(conn: &mut Conn, customer: Key) -> Result<Option<CustomerTerms>> {
    let row = statement_terms::table.find(customer).select(Row::as_select()).first(conn);
    row.optional()?.map(CustomerTerms::try_from).transpose()
}

pub(in crate::statements) fn of_customers(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, CustomerTerms>> {
    let mut found = HashMap::new();
    for chunk in customers.chunks(500) {
        let rows = statement_terms::table
            .filter(statement_terms::customer_id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        for row in rows {
            found.insert(row.customer_id, CustomerTerms::try_from(row)?);
        }
    }
    Ok(found)
}

pub(in crate::statements) fn all(conn: &mut Conn) -> Result<Vec<CustomerTerms>> {
    let rows = statement_terms::table
        .order(statement_terms::customer_id)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(CustomerTerms::try_from).collect()
}

pub(in crate::statements) fn set(
    tx: &mut Tx<'_>,
    customer: Key,
    schedule: Option<Schedule>,
    agreement: Option<&str>,
    attach_pdf: bool,
) -> Result<()> {
    let row = Row {
        customer_id: customer,
        rhythm: schedule.map(|s| s.rhythm),
        day: schedule.map(|s| i32::try_from(s.day)).transpose().map_err(Error::internal)?,
        since: schedule.map_or_else(|| tx.today(), |s| s.since),
        agreement: agreement.map(str::to_owned),
        changed_by_name: tx.by().name.clone(),
        changed_at: tx.stamp(),
        attach_pdf,
    };
    diesel::delete(statement_terms::table.find(customer)).execute(&mut **tx)?;
    diesel::insert_into(statement_terms::table).values(row).execute(&mut **tx)?;
    Ok(())
}
