//! Rows that a run changes, as each database likes it best.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamp};

use super::{Row, Update};
use crate::db::schema::accruals;
use crate::error::Result;
use crate::values::{Currency, RunId, VersionId};

/// What a run changes in a row; the rest keeps as it was inserted. Columns that don't change stay
/// out, because SQLite would write their indexes again.
#[derive(AsChangeset)]
#[diesel(table_name = accruals, treat_none_as_null = true)]
struct Change<'a> {
    version_id: &'a VersionId,
    currency: Currency,
    lines: i64,
    base_minor: i64,
    base_micro: i64,
    measure: &'a str,
    tier: i32,
    reward: &'a str,
    rebate_minor: i64,
    reason: Option<&'a str>,
    calculation: &'a str,
    run_id: &'a RunId,
    as_of: NaiveDate,
    computed_at: NaiveDateTime,
    through: i64,
}

pub(super) fn one(conn: &mut SqliteConnection, update: &Update) -> Result<()> {
    let row = &update.row;
    let change = Change {
        version_id: &row.version_id,
        currency: row.currency,
        lines: row.lines,
        base_minor: row.base_minor,
        base_micro: row.base_micro,
        measure: &row.measure,
        tier: row.tier,
        reward: &row.reward,
        rebate_minor: row.rebate_minor,
        reason: row.reason.as_deref(),
        calculation: &row.calculation,
        run_id: &row.run_id,
        as_of: row.as_of,
        computed_at: row.computed_at,
        through: row.through,
    };
    diesel::update(accruals::table.find(&row.id)).set(change).execute(conn)?;
    if update.before != row.days() {
        let days = (accruals::first_day.eq(row.first_day), accruals::last_day.eq(row.last_day));
        diesel::update(accruals::table.find(&row.id)).set(days).execute(conn)?;
    }
    Ok(())
}

/// All in one statement: rows of values would be a parameter for each value, and take far longer
/// to plan than to do.
const UPDATE_ALL: &str = "UPDATE accruals SET version_id = n.version_id, \
    first_day = n.first_day, last_day = n.last_day, currency = n.currency, lines = n.lines, \
    base_minor = n.base_minor, base_micro = n.base_micro, measure = n.measure, tier = n.tier, \
    reward = n.reward, rebate_minor = n.rebate_minor, reason = n.reason, \
    calculation = n.calculation, run_id = n.run_id, as_of = n.as_of, \
    computed_at = n.computed_at, through = n.through \
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
    AS n (id, version_id, first_day, last_day, currency, lines, base_minor, base_micro, measure, \
    tier, reward, rebate_minor, reason, calculation, run_id, as_of, computed_at, through) \
    WHERE accruals.id = n.id";

pub(super) fn many(conn: &mut PgConnection, updates: &[Update]) -> Result<()> {
    fn all<'u, T>(updates: &'u [Update], of: impl Fn(&'u Row) -> T) -> Vec<T> {
        updates.iter().map(|update| of(&update.row)).collect()
    }
    type Texts = Array<Text>;
    type Days = Array<Date>;
    type Numbers = Array<BigInt>;
    diesel::sql_query(UPDATE_ALL)
        .bind::<Texts, _>(all(updates, |row| row.id.as_str()))
        .bind::<Texts, _>(all(updates, |row| row.version_id.as_str()))
        .bind::<Days, _>(all(updates, |row| row.first_day))
        .bind::<Days, _>(all(updates, |row| row.last_day))
        .bind::<Texts, _>(all(updates, |row| row.currency))
        .bind::<Numbers, _>(all(updates, |row| row.lines))
        .bind::<Numbers, _>(all(updates, |row| row.base_minor))
        .bind::<Numbers, _>(all(updates, |row| row.base_micro))
        .bind::<Texts, _>(all(updates, |row| row.measure.as_str()))
        .bind::<Array<Integer>, _>(all(updates, |row| row.tier))
        .bind::<Texts, _>(all(updates, |row| row.reward.as_str()))
        .bind::<Numbers, _>(all(updates, |row| row.rebate_minor))
        .bind::<Array<Nullable<Text>>, _>(all(updates, |row| row.reason.as_deref()))
        .bind::<Texts, _>(all(updates, |row| row.calculation.as_str()))
        .bind::<Texts, _>(all(updates, |row| row.run_id.as_str()))
        .bind::<Days, _>(all(updates, |row| row.as_of))
        .bind::<Array<Timestamp>, _>(all(updates, |row| row.computed_at))
        .bind::<Numbers, _>(all(updates, |row| row.through))
        .execute(conn)?;
    Ok(())
}
