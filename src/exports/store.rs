use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::rules::{Kind, Scope, State, Wish};
use super::{Export, Made};
use crate::db::schema::exports;
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::reports::Format;
use crate::values::{ExportId, Key, PersonId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = exports)]
struct Row {
    id: ExportId,
    person_id: PersonId,
    customer_id: Option<Key>,
    kind: Kind,
    format: Format,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    period: Option<String>,
    state: State,
    tries: i32,
    claim: Option<String>,
    lines: Option<i64>,
    bytes: Option<i64>,
    sha256: Option<String>,
    failure: Option<String>,
    asked_at: NaiveDateTime,
    made_at: Option<NaiveDateTime>,
    expires_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for Export {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let scope = match (row.first_day.zip(row.last_day), row.period) {
            (Some((first, last)), _) => Scope::Days(first, last),
            (None, Some(period)) => Scope::Period(period.parse().map_err(Error::internal)?),
            (None, None) => Scope::All,
        };
        let made = row.lines.zip(row.bytes).zip(row.sha256).zip(row.made_at).zip(row.expires_at);
        Ok(Self {
            id: row.id,
            person: row.person_id,
            customer: row.customer_id,
            wish: Wish { kind: row.kind, format: row.format, scope },
            state: row.state,
            tries: row.tries,
            claim: row.claim,
            made: made.map(|((((lines, bytes), sha256), made), expires)| Made {
                lines,
                bytes,
                sha256,
                at: as_utc(made),
                expires: as_utc(expires),
            }),
            failure: row.failure,
            asked_at: as_utc(row.asked_at),
        })
    }
}

/// The export, as long as it is being made under this claim.
macro_rules! held {
    ($id:expr, $claim:expr) => {
        exports::table.filter(
            exports::id
                .eq($id)
                .and(exports::state.eq(State::Making))
                .and(exports::claim.assume_not_null().eq($claim)),
        )
    };
}

pub(super) fn insert(tx: &mut Tx<'_>, export: &Export) -> Result<()> {
    let (days, period) = match export.wish.scope {
        Scope::Days(first, last) => (Some((first, last)), None),
        Scope::Period(period) => (None, Some(period.to_string())),
        Scope::All => (None, None),
    };
    diesel::insert_into(exports::table)
        .values((
            exports::id.eq(&export.id),
            exports::person_id.eq(&export.person),
            exports::customer_id.eq(export.customer),
            exports::kind.eq(export.wish.kind),
            exports::format.eq(export.wish.format),
            exports::first_day.eq(days.map(|days| days.0)),
            exports::last_day.eq(days.map(|days| days.1)),
            exports::period.eq(period),
            exports::state.eq(State::Waiting),
            exports::tries.eq(0),
            exports::asked_at.eq(export.asked_at.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn one(conn: &mut Conn, id: &ExportId) -> Result<Option<Export>> {
    let row = exports::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Export::try_from).transpose()
}

/// The person's, newest first.
pub(super) fn of_person(conn: &mut Conn, person: &PersonId, limit: i64) -> Result<Vec<Export>> {
    let rows = exports::table
        .filter(exports::person_id.eq(person))
        .order((exports::asked_at.desc(), exports::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Export::try_from).collect()
}

/// How many of the person's are in one of the states, asked for since then.
pub(super) fn count(
    conn: &mut Conn,
    person: &PersonId,
    states: &[State],
    since: Option<NaiveDateTime>,
) -> Result<i64> {
    let mut query = exports::table
        .filter(exports::person_id.eq(person))
        .filter(exports::state.eq_any(states.to_vec()))
        .count()
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(exports::asked_at.gt(since));
    }
    Ok(query.get_result(conn)?)
}

/// The one to be made next: the oldest that waits, or that nobody has said anything about lately.
pub(super) fn due(conn: &mut Conn, now: NaiveDateTime) -> Result<Option<Export>> {
    let silent = exports::state.eq(State::Making).and(exports::claimed_until.lt(now));
    let row = exports::table
        .filter(exports::state.eq(State::Waiting).or(silent.assume_not_null()))
        .order((exports::asked_at, exports::id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Export::try_from).transpose()
}

pub(super) fn claim(
    tx: &mut Tx<'_>,
    id: &ExportId,
    claim: &str,
    until: NaiveDateTime,
) -> Result<()> {
    diesel::update(exports::table.find(id))
        .set((
            exports::state.eq(State::Making),
            exports::tries.eq(exports::tries + 1),
            exports::claim.eq(claim),
            exports::claimed_until.eq(until),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// False when the claim isn't ours any more.
pub(super) fn hold(
    tx: &mut Tx<'_>,
    id: &ExportId,
    claim: &str,
    until: NaiveDateTime,
) -> Result<bool> {
    let changed = diesel::update(held!(id, claim))
        .set(exports::claimed_until.eq(until))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

/// Gives it back, to be begun anew as if it hadn't been begun.
pub(super) fn give_back(tx: &mut Tx<'_>, id: &ExportId, claim: &str) -> Result<bool> {
    let changed = diesel::update(held!(id, claim))
        .set((exports::state.eq(State::Waiting), exports::tries.eq(exports::tries - 1)))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

pub(super) fn ready(tx: &mut Tx<'_>, id: &ExportId, claim: &str, made: &Made) -> Result<bool> {
    let changed = diesel::update(held!(id, claim))
        .set((
            exports::state.eq(State::Ready),
            exports::lines.eq(made.lines),
            exports::bytes.eq(made.bytes),
            exports::sha256.eq(&made.sha256),
            exports::made_at.eq(made.at.naive_utc()),
            exports::expires_at.eq(made.expires.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

pub(super) fn failed(tx: &mut Tx<'_>, id: &ExportId, claim: &str, why: &str) -> Result<bool> {
    let changed = diesel::update(held!(id, claim))
        .set((exports::state.eq(State::Failed), exports::failure.eq(why)))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

/// Those whose files have had their days.
pub(super) fn lapsed(conn: &mut Conn, now: NaiveDateTime, limit: i64) -> Result<Vec<Export>> {
    let rows = exports::table
        .filter(exports::state.eq(State::Ready))
        .filter(exports::expires_at.le(now))
        .order((exports::expires_at, exports::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Export::try_from).collect()
}

pub(super) fn expire(tx: &mut Tx<'_>, id: &ExportId) -> Result<bool> {
    let changed = diesel::update(exports::table.find(id).filter(exports::state.eq(State::Ready)))
        .set(exports::state.eq(State::Expired))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

/// Whatever the person asked for is over.
pub(super) fn expire_all(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    diesel::update(exports::table.filter(exports::person_id.eq(person)))
        .set(exports::state.eq(State::Expired))
        .execute(&mut **tx)?;
    Ok(())
}

/// Forgets what was over before then.
pub(super) fn forget(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(
        exports::table
            .filter(exports::state.eq_any(vec![State::Expired, State::Failed]))
            .filter(exports::asked_at.lt(before)),
    )
    .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn any_to_forget(conn: &mut Conn, before: NaiveDateTime) -> Result<bool> {
    let old = exports::table
        .filter(exports::state.eq_any(vec![State::Expired, State::Failed]))
        .filter(exports::asked_at.lt(before));
    Ok(diesel::select(diesel::dsl::exists(old)).get_result(conn)?)
}
