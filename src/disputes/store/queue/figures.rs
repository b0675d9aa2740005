//! What the figures are made of: narrow rows of what happened between two moments.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Text, Timestamp};

use super::ask::{Sql, Value};
use super::plan::seen;
use crate::db::{Conn, as_utc};
use crate::disputes::figures::{Answered, Decided, RatedCase};
use crate::disputes::{Category, Outcome, Reach, State};
use crate::error::Result;
use crate::on_backend;
use crate::values::{Currency, DisputeId, Money, PersonId, PolicyId};

/// From a moment, up to but without another.
pub(in crate::disputes) type Moments = (DateTime<Utc>, DateTime<Utc>);

/// What lies within the moments.
fn during(column: &'static str, between: Moments) -> Sql {
    let moment = |at: DateTime<Utc>| Value::Moment(at.naive_utc());
    Sql::new(format!("{column} >= "))
        .bind(moment(between.0))
        .then(format!(" AND {column} < "))
        .bind(moment(between.1))
}

/// Rows whose column lies within the moments, of what is in reach.
fn within(sql: Sql, column: &'static str, between: Moments, reach: &Reach) -> Sql {
    in_reach(sql.then(" WHERE ").add(during(column, between)), reach)
}

fn in_reach(sql: Sql, reach: &Reach) -> Sql {
    match seen(reach) {
        Some(seen) => sql.then(" AND ").add(seen),
        None => sql,
    }
}

/// How many were filed for which reason.
pub(in crate::disputes) fn filed(
    conn: &mut Conn,
    reach: &Reach,
    between: Moments,
) -> Result<Vec<(Category, i64)>> {
    let sql = Sql::new("SELECT category, COUNT(*) FROM dispute_queue");
    let sql = within(sql, "filed_at", between, reach).then(" GROUP BY category");
    let asking = sql.asking::<(Text, BigInt)>();
    Ok(on_backend!(conn, c => asking.load::<(Category, i64)>(c)?))
}

/// How many ended in which state, and how many of them because they go on in another one.
pub(in crate::disputes) fn ended(
    conn: &mut Conn,
    reach: &Reach,
    between: Moments,
) -> Result<Vec<(State, i64, i64)>> {
    let sql = Sql::new(
        "SELECT d.state, COUNT(*), COUNT(d.merged_into) FROM disputes d \
         JOIN dispute_queue q ON q.dispute_id = d.id",
    );
    let sql = within(sql, "d.closed_at", between, reach).then(" GROUP BY d.state");
    let asking = sql.asking::<(Text, BigInt, BigInt)>();
    Ok(on_backend!(conn, c => asking.load::<(State, i64, i64)>(c)?))
}

/// How many are open in which state, by age: 0 for what was filed since the first of the moments,
/// 1 since the next one, and so on.
pub(in crate::disputes) fn open(
    conn: &mut Conn,
    reach: &Reach,
    since: &[DateTime<Utc>],
) -> Result<Vec<(State, i64, i64)>> {
    let younger = since.iter().zip(0_i64..).map(|(since, age)| {
        Sql::compare(" WHEN filed_at >= ", Value::Moment(since.naive_utc()))
            .then(format!(" THEN {age}"))
    });
    let sql = Sql::new("SELECT state, age, COUNT(*) FROM (SELECT state, CAST(CASE")
        .add(Sql::joined(younger, ""))
        .then(format!(" ELSE {} END AS BIGINT) AS age", since.len()))
        .then(" FROM dispute_queue WHERE lane <> 'done'");
    let sql = in_reach(sql, reach).then(") AS aged GROUP BY state, age");
    let asking = sql.asking::<(Text, BigInt, BigInt)>();
    Ok(on_backend!(conn, c => asking.load::<(State, i64, i64)>(c)?))
}

/// How many are open and were due before the day.
pub(in crate::disputes) fn overdue(
    conn: &mut Conn,
    reach: &Reach,
    today: NaiveDate,
) -> Result<i64> {
    let sql = Sql::new("SELECT COUNT(*) FROM dispute_queue WHERE lane <> 'done' AND due < ")
        .bind(Value::Day(today));
    let asking = in_reach(sql, reach).asking::<BigInt>();
    Ok(on_backend!(conn, c => asking.get_result::<i64>(c)?))
}

/// What staff first wrote to the customer of.
pub(in crate::disputes) fn answered(
    conn: &mut Conn,
    reach: &Reach,
    between: Moments,
) -> Result<Vec<Answered>> {
    let sql = Sql::new("SELECT filed_at, answered_at, answer_due FROM dispute_queue");
    let sql = within(sql, "answered_at", between, reach);
    let asking = sql.asking::<(Timestamp, Timestamp, Date)>();
    let rows = on_backend!(conn, c => asking.load::<(NaiveDateTime, NaiveDateTime, _)>(c)?);
    let answered =
        |(filed_at, at, due)| Answered { filed_at: as_utc(filed_at), at: as_utc(at), due };
    Ok(rows.into_iter().map(answered).collect())
}

/// Not of a decision that waits for its approver.
pub(super) const HOLDS: &str = " AND NOT (q.state = 'awaiting_approval' \
     AND x.round = CASE WHEN q.appealed THEN 2 ELSE 1 END)";

type DecidedRow = (
    (i32, Outcome, i64, Currency),
    (PersonId, String),
    (Category, String),
    (NaiveDateTime, NaiveDateTime, NaiveDate, bool),
);
type DecidedSql =
    ((Integer, Text, BigInt, Text), (Text, Text), (Text, Text), (Timestamp, Timestamp, Date, Bool));

/// The decisions that began to hold.
pub(in crate::disputes) fn decided(
    conn: &mut Conn,
    reach: &Reach,
    between: Moments,
) -> Result<Vec<Decided>> {
    // A decision holds from its approval on, if it needed one.
    let sql = Sql::new(
        "SELECT x.round, x.outcome, x.granted_minor, q.currency, x.decided_by, x.decided_by_name, \
         q.category, q.policy_id, q.filed_at, COALESCE(x.approved_at, x.decided_at), \
         q.decided_due, q.appealed \
         FROM dispute_decisions x JOIN dispute_queue q ON q.dispute_id = x.dispute_id \
         WHERE ((x.approved_at IS NULL AND ",
    )
    .add(during("x.decided_at", between))
    .then(") OR (")
    .add(during("x.approved_at", between))
    .then("))")
    .then(HOLDS);
    let sql = in_reach(sql, reach);
    let asking = sql.asking::<DecidedSql>();
    let rows = on_backend!(conn, c => asking.load::<DecidedRow>(c)?);
    Ok(rows.into_iter().map(decision).collect())
}

fn decision(row: DecidedRow) -> Decided {
    let ((round, outcome, granted, currency), by, (category, policy), times) = row;
    let (filed_at, at, due, appealed) = times;
    Decided {
        appeal: round > 1,
        outcome,
        granted: Money::new(granted, currency),
        by,
        category,
        policy: (!policy.is_empty()).then(|| PolicyId::from_text(&policy)),
        filed_at: as_utc(filed_at),
        at: as_utc(at),
        due,
        appealed,
    }
}

/// What customers said, latest first.
pub(in crate::disputes) fn rated(
    conn: &mut Conn,
    reach: &Reach,
    between: Moments,
) -> Result<Vec<RatedCase>> {
    let sql = Sql::new(
        "SELECT q.dispute_id, q.number, r.score, r.text FROM dispute_ratings r \
         JOIN dispute_queue q ON q.dispute_id = r.dispute_id",
    );
    let sql =
        within(sql, "r.rated_at", between, reach).then(" ORDER BY r.rated_at DESC, q.seq DESC");
    let asking = sql.asking::<(Text, Text, Integer, Text)>();
    let rows = on_backend!(conn, c => asking.load::<(DisputeId, String, i32, String)>(c)?);
    let case = |(id, number, score, text)| RatedCase { id, number, score, text };
    Ok(rows.into_iter().map(case).collect())
}

/// The commonest reasons of a policy's disputes, with how many there are.
pub(in crate::disputes) fn reasons(
    conn: &mut Conn,
    reach: &Reach,
    policy: &PolicyId,
    most: usize,
) -> Result<Vec<(Category, i64)>> {
    let sql = Sql::new("SELECT category, COUNT(*) FROM dispute_queue WHERE policy_id = ")
        .bind(Value::Words(policy.to_string()));
    let sql = in_reach(sql, reach)
        .then(format!(" GROUP BY category ORDER BY COUNT(*) DESC, category LIMIT {most}"));
    let asking = sql.asking::<(Text, BigInt)>();
    Ok(on_backend!(conn, c => asking.load::<(Category, i64)>(c)?))
}

/// What decisions that hold granted of a policy's disputes, by reason and currency.
pub(in crate::disputes) fn granted_of(
    conn: &mut Conn,
    reach: &Reach,
    policy: &PolicyId,
) -> Result<Vec<(Category, Money)>> {
    let sql = Sql::new(
        "SELECT q.category, q.currency, CAST(SUM(x.granted_minor) AS BIGINT) \
         FROM dispute_queue q JOIN dispute_decisions x ON x.dispute_id = q.dispute_id \
         WHERE x.granted_minor > 0 AND q.policy_id = ",
    );
    let sql = sql.bind(Value::Words(policy.to_string())).then(HOLDS);
    let sql = in_reach(sql, reach).then(" GROUP BY q.category, q.currency ORDER BY q.currency");
    let asking = sql.asking::<(Text, Text, BigInt)>();
    let rows = on_backend!(conn, c => asking.load::<(Category, Currency, i64)>(c)?);
    let granted = |(category, currency, sum)| (category, Money::new(sum, currency));
    Ok(rows.into_iter().map(granted).collect())
}
