use diesel::prelude::*;

use super::Tx;
use super::schema::counters;
use crate::error::Result;

/// The next number of a sequence, from 1, without gaps: taken in the writing transaction.
pub fn next_number(tx: &mut Tx<'_>, name: &str) -> Result<i64> {
    next_numbers(tx, name, 1)
}

/// Takes `count` numbers at once; returns the first.
pub fn next_numbers(tx: &mut Tx<'_>, name: &str, count: i64) -> Result<i64> {
    let row = counters::table.find(name);
    let last = row.select(counters::value).first::<i64>(&mut **tx).optional()?;
    match last {
        Some(last) => {
            diesel::update(row).set(counters::value.eq(last + count)).execute(&mut **tx)?;
            Ok(last + 1)
        }
        None => {
            diesel::insert_into(counters::table)
                .values((counters::name.eq(name), counters::value.eq(count)))
                .execute(&mut **tx)?;
            Ok(1)
        }
    }
}
