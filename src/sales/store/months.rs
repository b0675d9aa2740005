use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::CHUNK;
use crate::db::schema::touched_months;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::values::Key;

pub(in crate::sales) fn touched_since(
    conn: &mut Conn,
    seq: i64,
    after: NaiveDate,
    as_of: NaiveDate,
) -> Result<Vec<(Key, NaiveDate)>> {
    // Two questions, because one with an OR would look at every month there ever was.
    let place = (touched_months::customer_id, touched_months::month);
    let mut touched: BTreeSet<(Key, NaiveDate)> = touched_months::table
        .filter(touched_months::seq.gt(seq))
        .select(place)
        .load(conn)?
        .into_iter()
        .collect();
    touched.extend(begun_since(conn, after, as_of)?);
    Ok(touched.into_iter().collect())
}

/// The months begun by `as_of` with lines dated after `after`.
pub(in crate::sales) fn begun_since(
    conn: &mut Conn,
    after: NaiveDate,
    as_of: NaiveDate,
) -> Result<BTreeSet<(Key, NaiveDate)>> {
    if after >= as_of {
        return Ok(BTreeSet::new());
    }
    Ok(touched_months::table
        .filter(touched_months::last_day.gt(after))
        .filter(touched_months::month.le(as_of))
        .select((touched_months::customer_id, touched_months::month))
        .load::<(Key, NaiveDate)>(conn)?
        .into_iter()
        .collect())
}

pub(in crate::sales) fn head(conn: &mut Conn) -> Result<i64> {
    let head: Option<i64> =
        touched_months::table.select(diesel::dsl::max(touched_months::seq)).first(conn)?;
    Ok(head.unwrap_or(0))
}

/// The latest day that carries lines, of the months begun by then.
pub(in crate::sales) fn through(conn: &mut Conn, by: NaiveDate) -> Result<Option<NaiveDate>> {
    Ok(touched_months::table
        .filter(touched_months::month.le(by))
        .order(touched_months::last_day.desc())
        .select(touched_months::last_day)
        .first(conn)
        .optional()?)
}

/// Notes all months of the customers under a new number.
pub(in crate::sales) fn touch_all(tx: &mut Tx<'_>, customers: &[Key], seq: i64) -> Result<()> {
    for chunk in customers.chunks(CHUNK) {
        diesel::update(touched_months::table.filter(touched_months::customer_id.eq_any(chunk)))
            .set(touched_months::seq.eq(seq))
            .execute(&mut **tx)?;
    }
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = touched_months)]
struct Row {
    customer_id: Key,
    month: NaiveDate,
    last_day: NaiveDate,
    seq: i64,
}

/// Notes the months, with the latest day that carries lines, under a new number.
pub(in crate::sales) fn touch(
    tx: &mut Tx<'_>,
    months: &BTreeMap<(Key, NaiveDate), NaiveDate>,
    seq: i64,
) -> Result<()> {
    let mut customers: Vec<Key> = months.keys().map(|(customer, _)| *customer).collect();
    customers.dedup();
    for chunk in customers.chunks(CHUNK) {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { continue };
        let mut merged: BTreeMap<(Key, NaiveDate), (NaiveDate, i64)> = months
            .range((*first, NaiveDate::MIN)..=(*last, NaiveDate::MAX))
            .map(|(place, day)| (*place, (*day, seq)))
            .collect();
        let known = touched_months::table
            .filter(touched_months::customer_id.eq_any(chunk))
            .select(Row::as_select())
            .load(&mut **tx)?;
        for row in known {
            let noted =
                merged.entry((row.customer_id, row.month)).or_insert((row.last_day, row.seq));
            noted.0 = noted.0.max(row.last_day);
        }
        diesel::delete(touched_months::table.filter(touched_months::customer_id.eq_any(chunk)))
            .execute(&mut **tx)?;
        let rows: Vec<Row> = merged
            .into_iter()
            .map(|((customer_id, month), (last_day, seq))| Row {
                customer_id,
                month,
                last_day,
                seq,
            })
            .collect();
        for part in rows.chunks(CHUNK) {
            on_backend!(&mut **tx, conn => {
                diesel::insert_into(touched_months::table).values(part).execute(conn)
            })?;
        }
    }
    Ok(())
}
