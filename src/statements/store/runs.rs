//! Runs, and what each of them has to do.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};

use crate::db::schema::{statement_run_items, statement_runs, statements};
use crate::db::{Conn, Tx, as_utc, in_chunks};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::statements::runs::{Item, ItemState, Progress, Run, RunState};
use crate::values::{Currency, Key, Period, StatementId, StatementRunId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = statement_runs, treat_none_as_default_value = false)]
struct Row {
    id: StatementRunId,
    period: String,
    last_day: NaiveDate,
    customer_id: Option<Key>,
    schedule: Option<String>,
    answer_days: i32,
    state: RunState,
    already: i64,
    started_by: String,
    started_by_name: String,
    started_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for Run {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            period: row.period.parse().map_err(Error::internal)?,
            last_day: row.last_day,
            customer: row.customer_id,
            schedule: row.schedule,
            answer_days: u32::try_from(row.answer_days).map_err(Error::internal)?,
            state: row.state,
            already: row.already,
            started_by: row.started_by_name,
            started_at: as_utc(row.started_at),
            finished_at: row.finished_at.map(as_utc),
        })
    }
}

#[derive(Clone, Insertable)]
#[diesel(table_name = statement_run_items)]
struct ItemRow {
    run_id: StatementRunId,
    customer_id: Key,
    currency: Currency,
    state: ItemState,
    letters: i64,
}

pub(in crate::statements) fn insert(
    tx: &mut Tx<'_>,
    run: &Run,
    items: &[(Key, Currency)],
) -> Result<()> {
    let row = Row {
        id: run.id.clone(),
        period: run.period.to_string(),
        last_day: run.last_day,
        customer_id: run.customer,
        schedule: run.schedule.clone(),
        answer_days: i32::try_from(run.answer_days).map_err(Error::internal)?,
        state: run.state,
        already: run.already,
        started_by: tx.by().id().to_owned(),
        started_by_name: run.started_by.clone(),
        started_at: tx.stamp(),
        finished_at: None,
    };
    diesel::insert_into(statement_runs::table).values(row).execute(&mut **tx)?;
    let rows: Vec<ItemRow> = items
        .iter()
        .map(|(customer, currency)| ItemRow {
            run_id: run.id.clone(),
            customer_id: *customer,
            currency: *currency,
            state: ItemState::Waiting,
            letters: 0,
        })
        .collect();
    for chunk in in_chunks(rows, 1_000) {
        on_backend!(&mut **tx, c =>
            diesel::insert_into(statement_run_items::table).values(chunk.clone()).execute(c))?;
    }
    Ok(())
}

pub(in crate::statements) fn one(conn: &mut Conn, id: &StatementRunId) -> Result<Option<Run>> {
    let row = statement_runs::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Run::try_from).transpose()
}

pub(in crate::statements) fn latest(conn: &mut Conn, limit: i64) -> Result<Vec<Run>> {
    let rows = statement_runs::table
        .order((statement_runs::started_at.desc(), statement_runs::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Run::try_from).collect()
}

/// Whether a run of this name was made already.
pub(in crate::statements) fn is_made(conn: &mut Conn, schedule: &str) -> Result<bool> {
    let found = statement_runs::table
        .filter(statement_runs::schedule.eq(schedule))
        .count()
        .get_result::<i64>(conn)?;
    Ok(found > 0)
}

/// The run by hand of the same period and customer that is under way.
pub(in crate::statements) fn same_under_way(
    conn: &mut Conn,
    period: Period,
    customer: Option<Key>,
) -> Result<Option<StatementRunId>> {
    let mut query = statement_runs::table
        .filter(statement_runs::state.eq(RunState::Running))
        .filter(statement_runs::schedule.is_null())
        .filter(statement_runs::period.eq(period.to_string()))
        .select(statement_runs::id)
        .into_boxed();
    query = match customer {
        Some(customer) => query.filter(statement_runs::customer_id.eq(customer)),
        None => query.filter(statement_runs::customer_id.is_null()),
    };
    Ok(query.first(conn).optional()?)
}

/// The run that has been under way longest.
pub(in crate::statements) fn under_way(conn: &mut Conn) -> Result<Option<Run>> {
    let row = statement_runs::table
        .filter(statement_runs::state.eq(RunState::Running))
        .order((statement_runs::started_at, statement_runs::id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Run::try_from).transpose()
}

/// What the run has still to do, some of it.
pub(in crate::statements) fn waiting(
    conn: &mut Conn,
    run: &StatementRunId,
    limit: i64,
) -> Result<Vec<(Key, Currency)>> {
    Ok(statement_run_items::table
        .filter(statement_run_items::run_id.eq(run))
        .filter(statement_run_items::state.eq(ItemState::Waiting))
        .order((statement_run_items::customer_id, statement_run_items::currency))
        .limit(limit)
        .select((statement_run_items::customer_id, statement_run_items::currency))
        .load(conn)?)
}

/// Those of them that wait, in their order.
pub(in crate::statements) fn waiting_of(
    conn: &mut Conn,
    run: &StatementRunId,
    few: &[(Key, Currency)],
) -> Result<Vec<(Key, Currency)>> {
    let mut keys: Vec<Key> = few.iter().map(|place| place.0).collect();
    keys.dedup();
    let waiting = statement_run_items::table
        .filter(statement_run_items::run_id.eq(run))
        .filter(statement_run_items::customer_id.eq_any(keys))
        .filter(statement_run_items::state.eq(ItemState::Waiting))
        .select((statement_run_items::customer_id, statement_run_items::currency))
        .load::<(Key, Currency)>(conn)?;
    let waiting: HashSet<(Key, Currency)> = waiting.into_iter().collect();
    Ok(few.iter().filter(|place| waiting.contains(place)).copied().collect())
}

/// What became of one of a run's accounts.
pub(in crate::statements) struct Became {
    pub place: (Key, Currency),
    pub state: ItemState,
    pub statement: Option<StatementId>,
    pub letters: usize,
}

const SETTLE_ALL: &str = "UPDATE statement_run_items SET state = n.state, \
    statement_id = n.statement_id, letters = n.letters, failure = NULL, done_at = $2 \
    FROM unnest($3, $4, $5, $6, $7) AS n (customer_id, currency, state, statement_id, letters) \
    WHERE run_id = $1 AND statement_run_items.customer_id = n.customer_id \
    AND statement_run_items.currency = n.currency AND statement_run_items.state = 'waiting'";

/// The same as [`settle`] for many: in one statement where each takes its way to the server.
pub(in crate::statements) fn settle_all(
    tx: &mut Tx<'_>,
    run: &StatementRunId,
    became: &[Became],
) -> Result<()> {
    let at = tx.stamp();
    if let Conn::Postgres(conn) = &mut **tx {
        fn all<'b, T>(became: &'b [Became], of: impl Fn(&'b Became) -> T) -> Vec<T> {
            became.iter().map(of).collect()
        }
        let letters = became.iter().map(|one| i64::try_from(one.letters));
        let letters: Vec<i64> = letters.collect::<Result<_, _>>().map_err(Error::internal)?;
        diesel::sql_query(SETTLE_ALL)
            .bind::<Text, _>(run)
            .bind::<Timestamp, _>(at)
            .bind::<Array<BigInt>, _>(all(became, |one| one.place.0))
            .bind::<Array<Text>, _>(all(became, |one| one.place.1))
            .bind::<Array<Text>, _>(all(became, |one| one.state))
            .bind::<Array<Nullable<Text>>, _>(all(became, |one| one.statement.as_ref()))
            .bind::<Array<BigInt>, _>(letters)
            .execute(conn)?;
        return Ok(());
    }
    for one in became {
        settle(tx, run, one.place, one.state, one.statement.as_ref(), one.letters, None)?;
    }
    Ok(())
}

/// What became of one; false when it waits no more.
pub(in crate::statements) fn settle(
    tx: &mut Tx<'_>,
    run: &StatementRunId,
    (customer, currency): (Key, Currency),
    state: ItemState,
    statement: Option<&StatementId>,
    letters: usize,
    failure: Option<&str>,
) -> Result<bool> {
    let at = tx.stamp();
    let letters = i64::try_from(letters).map_err(Error::internal)?;
    let item = statement_run_items::table.find((run, customer, currency));
    let changed = diesel::update(item.filter(statement_run_items::state.eq(ItemState::Waiting)))
        .set((
            statement_run_items::state.eq(state),
            statement_run_items::statement_id.eq(statement),
            statement_run_items::letters.eq(letters),
            statement_run_items::failure.eq(failure),
            statement_run_items::done_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Ends the run; false when it has ended, or something of it waits.
pub(in crate::statements) fn finish(tx: &mut Tx<'_>, run: &StatementRunId) -> Result<bool> {
    if !waiting(tx, run, 1)?.is_empty() {
        return Ok(false);
    }
    let at = tx.stamp();
    let open = statement_runs::table.find(run).filter(statement_runs::state.eq(RunState::Running));
    let changed = diesel::update(open)
        .set((
            statement_runs::state.eq(RunState::Finished),
            statement_runs::finished_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

pub(in crate::statements) fn progress(conn: &mut Conn, run: &StatementRunId) -> Result<Progress> {
    let counts = statement_run_items::table
        .filter(statement_run_items::run_id.eq(run))
        .group_by(statement_run_items::state)
        .select((statement_run_items::state, diesel::dsl::count_star()))
        .load::<(ItemState, i64)>(conn)?;
    let of = |state| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
    Ok(Progress {
        waiting: of(ItemState::Waiting),
        issued: of(ItemState::Issued),
        already: of(ItemState::Already),
        failed: of(ItemState::Failed),
    })
}

type ItemParts =
    (Key, Currency, ItemState, Option<StatementId>, Option<String>, i64, Option<String>);

/// What the run has to do and did, in the order of customers.
pub(in crate::statements) fn items(
    conn: &mut Conn,
    run: &StatementRunId,
    offset: i64,
    limit: i64,
) -> Result<Vec<Item>> {
    let rows = statement_run_items::table
        .left_join(statements::table)
        .filter(statement_run_items::run_id.eq(run))
        .order((statement_run_items::customer_id, statement_run_items::currency))
        .offset(offset)
        .limit(limit)
        .select((
            statement_run_items::customer_id,
            statement_run_items::currency,
            statement_run_items::state,
            statement_run_items::statement_id,
            statements::number.nullable(),
            statement_run_items::letters,
            statement_run_items::failure,
        ))
        .load::<ItemParts>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(customer, currency, state, statement, number, letters, failure)| Item {
            customer,
            currency,
            state,
            statement: statement.zip(number),
            letters,
            failure,
        })
        .collect())
}
