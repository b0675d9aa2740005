//! A line of the queue as the databases give it, and where it stands in an order.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::ask::Value;
use super::keep::NEVER;
use crate::db::as_utc;
use crate::disputes::queue::{Listed, Sort, from_comparable};
use crate::disputes::{Category, Side, State};
use crate::values::{Currency, DisputeId, PersonId, PolicyId};

pub(super) type LineSql = (
    (BigInt, Text, Text, Text, Text, Text, Text, Text, BigInt, Date),
    (Timestamp, Timestamp, Text, Text, Text, BigInt, Text, Text),
);
pub(super) const LINE: &str = "q.seq, q.dispute_id, q.number, q.state, q.category, q.policy_id, q.subject, \
                    q.currency, q.amount, q.due, q.filed_at, q.last_at, q.last_side, q.owner, \
                    q.owner_name, q.revision, c.code, c.name";

#[derive(Queryable)]
pub(super) struct What {
    seq: i64,
    pub id: DisputeId,
    pub number: String,
    state: State,
    category: Category,
    policy: String,
    subject: String,
    currency: Currency,
    amount: i64,
    due: NaiveDate,
}

#[derive(Queryable)]
pub(super) struct When {
    filed_at: Stamp,
    last_at: Stamp,
    last_side: Side,
    owner: String,
    owner_name: String,
    revision: i64,
    customer_code: String,
    customer_name: String,
}

pub(super) type Line = (What, When);

pub(super) fn listed((what, when): Line) -> Listed {
    Listed {
        id: what.id,
        number: what.number,
        state: what.state,
        category: what.category,
        policy: (!what.policy.is_empty()).then(|| PolicyId::from_text(&what.policy)),
        subject: what.subject,
        customer_code: when.customer_code,
        customer_name: when.customer_name,
        disputed: from_comparable(what.amount, what.currency),
        filed_at: as_utc(when.filed_at.0),
        due: (what.due != NEVER).then_some(what.due),
        last_at: as_utc(when.last_at.0),
        last_side: when.last_side,
        owner: (!when.owner.is_empty()).then(|| PersonId::from_text(&when.owner)),
        owner_name: when.owner_name,
        revision: when.revision,
    }
}

/// Where a row stands in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub value: Value,
    pub seq: i64,
}

impl Key {
    pub fn of((what, when): &Line, by: Sort) -> Self {
        let value = match by {
            Sort::Due => Value::Day(what.due),
            Sort::Filed => Value::Moment(when.filed_at.0),
            Sort::Amount => Value::Whole(what.amount),
            Sort::Last => Value::Moment(when.last_at.0),
        };
        Self { value, seq: what.seq }
    }

    pub fn write(&self) -> String {
        let value = match &self.value {
            Value::Day(day) => day.to_string(),
            Value::Moment(at) => at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            Value::Whole(number) => number.to_string(),
            Value::Words(text) => text.clone(),
        };
        format!("{value}_{}", self.seq)
    }

    /// None for what this queue never wrote in this order.
    pub fn parse(text: &str, by: Sort) -> Option<Self> {
        let (value, seq) = text.rsplit_once('_')?;
        let value = match by {
            Sort::Due => Value::Day(value.parse().ok()?),
            Sort::Filed | Sort::Last => Value::Moment(value.parse().ok()?),
            Sort::Amount => Value::Whole(value.parse().ok()?),
        };
        Some(Self { value, seq: seq.parse().ok()? })
    }
}

pub(super) fn column(by: Sort) -> &'static str {
    match by {
        Sort::Due => "due",
        Sort::Filed => "filed_at",
        Sort::Amount => "amount",
        Sort::Last => "last_at",
    }
}

/// A moment, read without trying a dozen formats: on SQLite that takes longer than finding the row.
#[derive(Debug, Clone, Copy, FromSqlRow)]
pub(super) struct Stamp(NaiveDateTime);

impl FromSql<Timestamp, Pg> for Stamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(
        value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        let stamp = plain(&text).ok_or_else(|| format!("{text:?} is no moment"))?;
        Ok(Self(stamp))
    }
}

/// `2026-09-30 14:05:00`, perhaps with a fraction: what the portal writes.
fn plain(text: &str) -> Option<NaiveDateTime> {
    let number = |from: usize, to: usize| -> Option<u32> { text.get(from..to)?.parse().ok() };
    let year = text.get(0..4)?.parse().ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let nanos = match text.get(19..)?.strip_prefix('.') {
        None => 0,
        Some(fraction) => {
            let shift = 10_u32.checked_pow(9_u32.checked_sub(fraction.len().try_into().ok()?)?)?;
            fraction.parse::<u32>().ok()?.checked_mul(shift)?
        }
    };
    day.and_hms_nano_opt(hour, minute, second, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (text, expected) in [
            ("2026-09-30 14:05:00", Some("2026-09-30T14:05:00")),
            ("2026-09-30 14:05:00.5", Some("2026-09-30T14:05:00.500")),
            ("2026-09-30 14:05:00.000123", Some("2026-09-30T14:05:00.000123")),
            ("2026-09-31 14:05:00", None),
            ("2026-09-30", None),
            ("2026-09-30 14:05:00.1234567890", None),
        ] {
            assert_eq!(plain(text), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_key_is_read_back_as_it_was_written() {
        for (by, value) in [
            (Sort::Due, Value::Day("2026-10-15".parse().unwrap())),
            (Sort::Last, Value::Moment("2026-10-15T02:03:04.000005".parse().unwrap())),
            (Sort::Amount, Value::Whole(-12)),
        ] {
            let key = Key { value, seq: 7 };
            assert_eq!(Key::parse(&key.write(), by), Some(key));
        }
        for text in ["", "_", "x_1", "2026-10-15_", "2026-10-15"] {
            assert_eq!(Key::parse(text, Sort::Due), None, "{text:?}");
        }
    }
}
