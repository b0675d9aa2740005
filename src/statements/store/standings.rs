//! How statements stand, without their content; and who opened them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::min;
use diesel::prelude::*;

use crate::db::schema::{statement_reads, statements};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::mailbox::Delivered;
use crate::statements::board::Standing;
use crate::statements::{State, Wanted};
use crate::values::{Currency, Key, Period, PersonId, StatementId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = statements)]
struct Row {
    id: StatementId,
    number: String,
    customer_id: Key,
    period: String,
    currency: Currency,
    version: i32,
    closing_minor: i64,
    issued_at: NaiveDateTime,
    respond_by: NaiveDate,
    state: State,
    answered_by_name: Option<String>,
    answered_at: Option<NaiveDateTime>,
}

/// Those that no version took the place of, newest first.
pub(in crate::statements) fn all(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<Standing>> {
    let mut query = statements::table
        .filter(statements::superseded_by.is_null())
        .order((statements::last_day.desc(), statements::number.desc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(period) = wanted.period {
        query = query.filter(statements::period.eq(period.to_string()));
    }
    if let Some(customers) = &wanted.customers {
        query = query.filter(statements::customer_id.eq_any(customers.clone()));
    }
    let opened: HashMap<StatementId, Option<NaiveDateTime>> = statement_reads::table
        .group_by(statement_reads::statement_id)
        .select((statement_reads::statement_id, min(statement_reads::at)))
        .load::<(StatementId, Option<NaiveDateTime>)>(conn)?
        .into_iter()
        .collect();
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(|row| {
            let opened_at: Option<DateTime<Utc>> =
                opened.get(&row.id).copied().flatten().map(as_utc);
            Ok(Standing {
                number: row.number,
                customer: row.customer_id,
                period: row.period.parse().map_err(Error::internal)?,
                currency: row.currency,
                version: row.version,
                closing_minor: row.closing_minor,
                issued_at: as_utc(row.issued_at),
                respond_by: row.respond_by,
                state: row.state,
                answered_by: row.answered_by_name,
                answered_at: row.answered_at.map(as_utc),
                opened_at,
                mail: Delivered::default(),
                id: row.id,
            })
        })
        .collect()
}

/// The period of the statement that reaches furthest.
pub(in crate::statements) fn latest_period(conn: &mut Conn) -> Result<Option<Period>> {
    let found = statements::table
        .order((statements::last_day.desc(), statements::issued_at.desc()))
        .select(statements::period)
        .first::<String>(conn)
        .optional()?;
    found.map(|period| period.parse().map_err(Error::internal)).transpose()
}

pub(in crate::statements) fn was_opened(
    conn: &mut Conn,
    id: &StatementId,
    person: &str,
) -> Result<bool> {
    let found = statement_reads::table.find((id, person)).count().get_result::<i64>(conn)?;
    Ok(found > 0)
}

pub(in crate::statements) fn note_opened(
    tx: &mut Tx<'_>,
    id: &StatementId,
    person: &str,
) -> Result<()> {
    let (name, at) = (tx.by().name.clone(), tx.stamp());
    diesel::insert_into(statement_reads::table)
        .values((
            statement_reads::statement_id.eq(id),
            statement_reads::person_id.eq(person),
            statement_reads::person_name.eq(name),
            statement_reads::at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// What the person opened was opened by this name.
pub(in crate::statements) fn rename_reader(
    tx: &mut Tx<'_>,
    person: &PersonId,
    name: &str,
) -> Result<()> {
    diesel::update(statement_reads::table.filter(statement_reads::person_id.eq(person)))
        .set(statement_reads::person_name.eq(name))
        .execute(&mut **tx)?;
    Ok(())
}
