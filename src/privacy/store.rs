use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Request;
use super::inventory::{Column, How};
use super::rules::{RequestKind, RequestState};
use crate::db::schema::data_requests;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::on_backend;
use crate::values::{DataRequestId, Key, PersonId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = data_requests)]
struct Row {
    id: DataRequestId,
    person_id: PersonId,
    customer_id: Option<Key>,
    kind: RequestKind,
    text: String,
    state: RequestState,
    received_at: NaiveDateTime,
    due_on: NaiveDate,
    answer: Option<String>,
    answered_by_name: Option<String>,
    answered_at: Option<NaiveDateTime>,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            customer: row.customer_id,
            kind: row.kind,
            text: row.text,
            state: row.state,
            received_at: as_utc(row.received_at),
            due_on: row.due_on,
            answer: row.answer,
            answered_by: row.answered_by_name,
            answered_at: row.answered_at.map(as_utc),
        }
    }
}

pub(super) fn insert(tx: &mut Tx<'_>, request: &Request) -> Result<()> {
    diesel::insert_into(data_requests::table)
        .values((
            data_requests::id.eq(&request.id),
            data_requests::person_id.eq(&request.person),
            data_requests::customer_id.eq(request.customer),
            data_requests::kind.eq(request.kind),
            data_requests::text.eq(&request.text),
            data_requests::state.eq(request.state),
            data_requests::received_at.eq(request.received_at.naive_utc()),
            data_requests::due_on.eq(request.due_on),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn one(conn: &mut Conn, id: &DataRequestId) -> Result<Option<Request>> {
    let row = data_requests::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(Request::from))
}

/// The person's, newest first.
pub(super) fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Request>> {
    let rows = data_requests::table
        .filter(data_requests::person_id.eq(person))
        .order((data_requests::received_at.desc(), data_requests::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Request::from).collect())
}

/// Those that wait, the first due first; or the latest answered.
pub(super) fn list(conn: &mut Conn, waiting: bool, limit: i64) -> Result<Vec<Request>> {
    let all = data_requests::table.select(Row::as_select()).limit(limit).into_boxed();
    let rows = match waiting {
        true => all
            .filter(data_requests::state.eq(RequestState::Received))
            .order((data_requests::due_on, data_requests::id))
            .load(conn)?,
        false => all
            .filter(data_requests::state.ne(RequestState::Received))
            .order(data_requests::id.desc())
            .load(conn)?,
    };
    Ok(rows.into_iter().map(Request::from).collect())
}

pub(super) fn count_waiting(conn: &mut Conn) -> Result<i64> {
    Ok(data_requests::table
        .filter(data_requests::state.eq(RequestState::Received))
        .count()
        .get_result(conn)?)
}

/// False when it was answered before.
pub(super) fn answer(
    tx: &mut Tx<'_>,
    id: &DataRequestId,
    state: RequestState,
    answer: &str,
) -> Result<bool> {
    let (by, name, at) = (tx.by().id().to_owned(), tx.by().name.clone(), tx.stamp());
    let waiting =
        data_requests::table.find(id).filter(data_requests::state.eq(RequestState::Received));
    let changed = diesel::update(waiting)
        .set((
            data_requests::state.eq(state),
            data_requests::answer.eq(answer),
            data_requests::answered_by.eq(by),
            data_requests::answered_by_name.eq(name),
            data_requests::answered_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

#[derive(QueryableByName)]
struct Json {
    #[diesel(sql_type = Text)]
    json: String,
}

/// The rows that a column ties to somebody, each as JSON text with these columns. The names come
/// from the inventory, what is looked for is bound.
pub(super) fn tied(
    conn: &mut Conn,
    table: &str,
    (column, how): (&str, &How),
    wanted: &str,
    columns: &[Column],
) -> Result<Vec<String>> {
    let object = match conn {
        Conn::Sqlite(_) => "json_object",
        Conn::Postgres(_) => "json_build_object",
    };
    let pairs: Vec<String> = columns
        .iter()
        .map(|Column { name, is_bool }| match is_bool {
            true => format!("'{name}', CASE WHEN {name} THEN 'yes' ELSE 'no' END"),
            false => format!("'{name}', CAST({name} AS TEXT)"),
        })
        .collect();
    let condition = match how {
        How::Id | How::Name => format!("{column} = $1"),
        How::Email => format!("LOWER({column}) = LOWER($1)"),
        How::Through(other) => {
            format!("{column} IN (SELECT id FROM {other} WHERE person_id = $1)")
        }
    };
    let query = format!(
        "SELECT CAST({object}({}) AS TEXT) AS json FROM {table} WHERE {condition}",
        pairs.join(", ")
    );
    let rows = on_backend!(conn, c => {
        diesel::sql_query(query).bind::<Text, _>(wanted).load::<Json>(c)
    })?;
    Ok(rows.into_iter().map(|row| row.json).collect())
}
