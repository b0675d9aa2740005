pub(super) mod runs;
pub(super) mod standings;
pub(super) mod terms;
pub(super) mod timers;

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::content::{Content, Figures};
use super::{Awaiting, State, Statement, Wanted};
use crate::audit::Checkpoint;
use crate::db::schema::{statement_entries, statements};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::insert_all;
use crate::ledger::Posted;
use crate::values::{Currency, EntryId, Key, Period, StatementId};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = statements, treat_none_as_default_value = false)]
struct Row {
    id: StatementId,
    number: String,
    customer_id: i64,
    period: String,
    last_day: NaiveDate,
    currency: Currency,
    version: i32,
    opening_minor: i64,
    closing_minor: i64,
    content: String,
    content_hash: String,
    checkpoint_seq: i64,
    checkpoint_hash: String,
    issued_at: NaiveDateTime,
    respond_by: NaiveDate,
    state: State,
    answered_by: Option<String>,
    answered_by_name: Option<String>,
    answered_at: Option<NaiveDateTime>,
    answered_from: Option<String>,
    agreement: Option<String>,
    superseded_by: Option<StatementId>,
}

impl TryFrom<Row> for Statement {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            period: row.period.parse().map_err(Error::internal)?,
            currency: row.currency,
            version: row.version,
            closing_minor: row.closing_minor,
            content: serde_json::from_str(&row.content)?,
            content_hash: row.content_hash,
            checkpoint_seq: row.checkpoint_seq,
            checkpoint_hash: row.checkpoint_hash,
            issued_at: as_utc(row.issued_at),
            respond_by: row.respond_by,
            state: row.state,
            answered_by: row.answered_by_name,
            answered_at: row.answered_at.map(as_utc),
            answered_from: row.answered_from,
            agreement: row.agreement,
            superseded_by: row.superseded_by,
        })
    }
}

/// A statement about to be stored.
pub(super) struct Frozen<'a> {
    pub id: StatementId,
    pub customer: Key,
    pub content: Content,
    pub serialised: String,
    pub hash: String,
    pub checkpoint: Checkpoint,
    /// The agreement by which silence confirms it.
    pub agreement: Option<String>,
    /// Those that no statement carries yet.
    pub entries: &'a [Posted],
}

/// Stores them and marks their entries.
pub(super) fn insert(tx: &mut Tx<'_>, frozen: Vec<Frozen<'_>>) -> Result<()> {
    let at = tx.stamp();
    let (mut rows, mut entries) = (Vec::with_capacity(frozen.len()), Vec::new());
    for one in frozen {
        entries.extend(
            one.entries
                .iter()
                .map(|entry| EntryRow { entry_id: entry.id.clone(), statement_id: one.id.clone() }),
        );
        rows.push(row(one, at));
    }
    insert_all!(tx, statements::table, rows, 200);
    insert_all!(tx, statement_entries::table, entries, 1_000);
    Ok(())
}

fn row(frozen: Frozen<'_>, at: NaiveDateTime) -> Row {
    let content = frozen.content;
    Row {
        id: frozen.id,
        number: content.number,
        customer_id: frozen.customer,
        period: content.period.to_string(),
        last_day: content.last_day,
        currency: content.currency,
        version: content.version,
        opening_minor: content.figures.opening,
        closing_minor: content.figures.closing,
        content: frozen.serialised,
        content_hash: frozen.hash,
        checkpoint_seq: frozen.checkpoint.count,
        checkpoint_hash: frozen.checkpoint.hash,
        issued_at: at,
        respond_by: content.respond_by,
        state: State::Issued,
        answered_by: None,
        answered_by_name: None,
        answered_at: None,
        answered_from: None,
        agreement: frozen.agreement,
        superseded_by: None,
    }
}

#[derive(Clone, Insertable)]
#[diesel(table_name = statement_entries, treat_none_as_default_value = false)]
struct EntryRow {
    entry_id: EntryId,
    statement_id: StatementId,
}

/// Sets the answer once; false when it was answered before.
pub(super) fn answer(tx: &mut Tx<'_>, id: &StatementId, state: State) -> Result<bool> {
    let at = tx.stamp();
    let by = tx.by();
    let changed = diesel::update(
        statements::table.filter(statements::id.eq(id)).filter(statements::state.eq(State::Issued)),
    )
    .set((
        statements::state.eq(state),
        statements::answered_by.eq(Some(by.id())),
        statements::answered_by_name.eq(Some(&by.name)),
        statements::answered_at.eq(Some(at)),
        statements::answered_from.eq(by.address.as_deref()),
    ))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// How many statements of the period there are, of all customers or of one.
pub(super) fn count(conn: &mut Conn, period: Period, customer: Option<Key>) -> Result<usize> {
    let mut query =
        statements::table.filter(statements::period.eq(period.to_string())).count().into_boxed();
    query = query.filter(statements::superseded_by.is_null());
    if let Some(customer) = customer {
        query = query.filter(statements::customer_id.eq(customer));
    }
    Ok(usize::try_from(query.get_result::<i64>(conn)?).unwrap_or(usize::MAX))
}

/// All versions of one account's statement, by their numbers.
pub(super) fn versions(
    conn: &mut Conn,
    customer: Key,
    currency: Currency,
    last_day: NaiveDate,
) -> Result<Vec<StatementId>> {
    Ok(statements::table
        .filter(statements::customer_id.eq(customer))
        .filter(statements::currency.eq(currency))
        .filter(statements::last_day.eq(last_day))
        .order(statements::version)
        .select(statements::id)
        .load(conn)?)
}

/// Puts the later version in the place of the earlier; false when another is there.
pub(super) fn supersede(tx: &mut Tx<'_>, old: &StatementId, new: &StatementId) -> Result<bool> {
    let open = statements::table.find(old).filter(statements::superseded_by.is_null());
    let changed =
        diesel::update(open).set(statements::superseded_by.eq(Some(new))).execute(&mut **tx)?;
    Ok(changed == 1)
}

/// The accounts with a statement that reaches to this day or beyond.
pub(super) fn reaching(conn: &mut Conn, last_day: NaiveDate) -> Result<Vec<(Key, Currency)>> {
    Ok(statements::table
        .filter(statements::last_day.ge(last_day))
        .select((statements::customer_id, statements::currency))
        .distinct()
        .load(conn)?)
}

/// Whether the customer has a statement that reaches to this day or beyond: the account only
/// goes forward.
pub(super) fn exists(
    conn: &mut Conn,
    customer: Key,
    last_day: NaiveDate,
    currency: Currency,
) -> Result<bool> {
    let found = statements::table
        .filter(statements::customer_id.eq(customer))
        .filter(statements::currency.eq(currency))
        .filter(statements::last_day.ge(last_day))
        .select(statements::id)
        .first::<StatementId>(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Those of these customers' accounts.
pub(super) fn reaching_of(
    conn: &mut Conn,
    customers: &[Key],
    last_day: NaiveDate,
) -> Result<HashSet<(Key, Currency)>> {
    let mut found = HashSet::new();
    for chunk in customers.chunks(500) {
        let rows = statements::table
            .filter(statements::customer_id.eq_any(chunk))
            .filter(statements::last_day.ge(last_day))
            .select((statements::customer_id, statements::currency))
            .load::<(Key, Currency)>(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// What a statement's content says of the account.
#[derive(serde::Deserialize)]
struct Account {
    figures: Figures,
}

/// The figures of these customers' latest statements before the day.
pub(super) fn carried(
    conn: &mut Conn,
    customers: &[Key],
    before: NaiveDate,
) -> Result<HashMap<(Key, Currency), Figures>> {
    let mut latest: HashMap<(Key, Currency), StatementId> = HashMap::new();
    for chunk in customers.chunks(500) {
        let rows = statements::table
            .filter(statements::customer_id.eq_any(chunk))
            .filter(statements::last_day.lt(before))
            .order((statements::last_day, statements::version))
            .select((statements::customer_id, statements::currency, statements::id))
            .load::<(Key, Currency, StatementId)>(conn)?;
        latest.extend(rows.into_iter().map(|(customer, currency, id)| ((customer, currency), id)));
    }
    let ids: Vec<&StatementId> = latest.values().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows = statements::table
            .filter(statements::id.eq_any(chunk.to_vec()))
            .select((statements::customer_id, statements::currency, statements::content))
            .load::<(Key, Currency, String)>(conn)?;
        for (customer, currency, content) in rows {
            let account: Account = serde_json::from_str(&content)?;
            found.insert((customer, currency), account.figures);
        }
    }
    Ok(found)
}

/// Customers whose latest statement before the day didn't close at zero.
pub(super) fn with_closing(conn: &mut Conn, before: NaiveDate) -> Result<Vec<(Key, Currency)>> {
    let rows = statements::table
        .filter(statements::last_day.lt(before))
        .order((statements::last_day, statements::version))
        .select((statements::customer_id, statements::currency, statements::closing_minor))
        .load::<(i64, Currency, i64)>(conn)?;
    let mut closings = std::collections::BTreeMap::new();
    for (customer, currency, closing) in rows {
        closings.insert((customer, currency), closing);
    }
    Ok(closings.into_iter().filter(|(_, closing)| *closing != 0).map(|(key, _)| key).collect())
}

pub(super) fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Statement>> {
    let rows = statements::table
        .filter(statements::customer_id.eq(customer))
        .order((statements::last_day.desc(), statements::currency, statements::version.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Statement::try_from).collect()
}

/// Without the content, which may be long.
pub(super) fn awaiting(conn: &mut Conn, customer: Key) -> Result<Vec<Awaiting>> {
    let rows = statements::table
        .filter(statements::customer_id.eq(customer))
        .filter(statements::state.eq(State::Issued))
        .filter(statements::superseded_by.is_null())
        .order((statements::respond_by, statements::number))
        .select((statements::id, statements::number, statements::period, statements::respond_by))
        .load::<(StatementId, String, String, NaiveDate)>(conn)?;
    rows.into_iter()
        .map(|(id, number, period, respond_by)| {
            let period = period.parse().map_err(Error::internal)?;
            Ok(Awaiting { id, number, period, respond_by })
        })
        .collect()
}

pub(super) fn of_customer_one(
    conn: &mut Conn,
    customer: Key,
    id: &StatementId,
) -> Result<Option<Statement>> {
    let row = statements::table
        .filter(statements::id.eq(id).and(statements::customer_id.eq(customer)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Statement::try_from).transpose()
}

pub(super) fn one(conn: &mut Conn, id: &StatementId) -> Result<Option<Statement>> {
    let row = statements::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Statement::try_from).transpose()
}

/// The statements with the number: its versions, should they share it.
pub(super) fn of_number(conn: &mut Conn, number: &str) -> Result<Vec<Statement>> {
    let rows = statements::table
        .filter(statements::number.eq(number))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Statement::try_from).collect()
}

/// The latest version of the same account after this one.
pub(super) fn later_version(conn: &mut Conn, than: &Statement) -> Result<Option<Statement>> {
    let row = statements::table
        .filter(statements::customer_id.eq(than.customer))
        .filter(statements::period.eq(than.period.to_string()))
        .filter(statements::currency.eq(than.currency))
        .filter(statements::version.gt(than.version))
        .order(statements::version.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Statement::try_from).transpose()
}

/// Narrows a boxed query to what is wanted.
macro_rules! narrowed {
    ($query:expr, $wanted:expr) => {{
        let mut query = $query;
        if let Some(period) = $wanted.period {
            query = query.filter(statements::period.eq(period.to_string()));
        }
        if $wanted.unanswered || $wanted.due_before.is_some() {
            query = query.filter(statements::state.eq(State::Issued));
            query = query.filter(statements::superseded_by.is_null());
        }
        if let Some(day) = $wanted.due_before {
            query = query.filter(statements::respond_by.lt(day));
        }
        if let Some(customers) = &$wanted.customers {
            query = query.filter(statements::customer_id.eq_any(customers.clone()));
        }
        query
    }};
}

pub(super) fn latest(
    conn: &mut Conn,
    wanted: &Wanted,
    offset: i64,
    limit: i64,
) -> Result<Vec<Statement>> {
    let all = statements::table
        .order((statements::last_day.desc(), statements::number.desc()))
        .offset(offset)
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    narrowed!(all, wanted).load(conn)?.into_iter().map(Statement::try_from).collect()
}

pub(super) fn count_wanted(conn: &mut Conn, wanted: &Wanted) -> Result<i64> {
    let all = statements::table.count().into_boxed();
    Ok(narrowed!(all, wanted).get_result(conn)?)
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<Statement>> {
    let rows = statements::table.order(statements::number).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Statement::try_from).collect()
}

/// Those of the period, or all, in the order of their numbers, after the one given.
pub(super) fn after_number(
    conn: &mut Conn,
    period: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<Statement>> {
    let mut query = statements::table
        .filter(statements::number.gt(after))
        .order(statements::number)
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(period) = period {
        query = query.filter(statements::period.eq(period.to_owned()));
    }
    query.load(conn)?.into_iter().map(Statement::try_from).collect()
}

/// All statements, oldest first within each account.
pub(super) fn all_in_order(conn: &mut Conn) -> Result<Vec<Statement>> {
    let rows = statements::table
        .order((statements::last_day, statements::version))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Statement::try_from).collect()
}
