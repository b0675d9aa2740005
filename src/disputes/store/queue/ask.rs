//! Statements put together from pieces, for both databases. What diesel builds can't be united,
//! and what it takes as raw text it prepares anew each time; these it keeps by their text.

use std::borrow::Cow;
use std::marker::PhantomData;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Date, HasSqlType, Text, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

/// A value that takes the place of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Words(String),
    Whole(i64),
    Day(NaiveDate),
    Moment(NaiveDateTime),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Sql(Cow<'static, str>),
    Value(Value),
}

/// A statement, or a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sql(Vec<Piece>);

impl Sql {
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Piece::Sql(text.into())])
    }

    #[must_use]
    pub fn then(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Piece::Sql(text.into()));
        self
    }

    #[must_use]
    pub fn bind(mut self, value: Value) -> Self {
        self.0.push(Piece::Value(value));
        self
    }

    #[must_use]
    pub fn add(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// `column` and an operator before a value.
    pub fn compare(column_and_operator: impl Into<Cow<'static, str>>, value: Value) -> Self {
        Self::new(column_and_operator).bind(value)
    }

    /// The parts with a word between them; none without parts.
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        parts.into_iter().fold(Self::default(), |all, part| {
            if all.0.is_empty() { part } else { all.then(between).add(part) }
        })
    }

    /// Asks for rows of these SQL types.
    pub fn asking<T>(self) -> Asking<T> {
        Asking { sql: self, answer: PhantomData }
    }
}

/// A statement that answers with rows of these SQL types.
pub(super) struct Asking<T> {
    sql: Sql,
    answer: PhantomData<T>,
}

impl<T> Query for Asking<T> {
    type SqlType = T;
}

impl<T> QueryId for Asking<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, C> RunQueryDsl<C> for Asking<T> {}

impl<T, DB> QueryFragment<DB> for Asking<T>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt> + HasSqlType<Date> + HasSqlType<Timestamp>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    NaiveDate: ToSql<Date, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for piece in &self.sql.0 {
            match piece {
                Piece::Sql(text) => out.push_sql(text),
                Piece::Value(Value::Words(text)) => out.push_bind_param::<Text, _>(text)?,
                Piece::Value(Value::Whole(number)) => out.push_bind_param::<BigInt, _>(number)?,
                Piece::Value(Value::Day(day)) => out.push_bind_param::<Date, _>(day)?,
                Piece::Value(Value::Moment(at)) => out.push_bind_param::<Timestamp, _>(at)?,
            }
        }
        Ok(())
    }
}
