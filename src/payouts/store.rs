mod every;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::rules::{Line, Source, State};
use super::{Form, Payout, Step};
use crate::db::schema::{customers, payout_lines, payout_steps, payouts};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{BankAccountId, Currency, Key, PayoutId, PersonId, PolicyId};

pub(super) use every::{every_line, last_steps};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payouts)]
struct PayoutRow {
    id: PayoutId,
    number: String,
    customer_id: i64,
    currency: Currency,
    amount_minor: i64,
    form: Form,
    payee: String,
    state: State,
    content_hash: String,
    prepared_by: String,
    prepared_by_name: String,
    prepared_at: NaiveDateTime,
    approved_by: Option<String>,
    approved_by_name: Option<String>,
    approved_at: Option<NaiveDateTime>,
    expected_on: Option<NaiveDate>,
    settled_on: Option<NaiveDate>,
    reference: Option<String>,
    note: Option<String>,
    bank_account_id: Option<BankAccountId>,
}

impl From<PayoutRow> for Payout {
    fn from(row: PayoutRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            currency: row.currency,
            amount: row.amount_minor,
            form: row.form,
            payee: row.payee,
            state: row.state,
            content_hash: row.content_hash,
            prepared_by: PersonId::from_text(&row.prepared_by),
            prepared_by_name: row.prepared_by_name,
            prepared_at: as_utc(row.prepared_at),
            approved_by_name: row.approved_by_name,
            approved_at: row.approved_at.map(as_utc),
            expected_on: row.expected_on,
            settled_on: row.settled_on,
            reference: row.reference,
            note: row.note,
            account: row.bank_account_id,
        }
    }
}

pub(super) fn insert(tx: &mut Tx<'_>, payout: &Payout, lines: &[Line]) -> Result<()> {
    let row = PayoutRow {
        id: payout.id.clone(),
        number: payout.number.clone(),
        customer_id: payout.customer,
        currency: payout.currency,
        amount_minor: payout.amount,
        form: payout.form,
        payee: payout.payee.clone(),
        state: payout.state,
        content_hash: payout.content_hash.clone(),
        prepared_by: payout.prepared_by.as_str().to_owned(),
        prepared_by_name: payout.prepared_by_name.clone(),
        prepared_at: payout.prepared_at.naive_utc(),
        approved_by: None,
        approved_by_name: None,
        approved_at: None,
        expected_on: None,
        settled_on: None,
        reference: None,
        note: payout.note.clone(),
        bank_account_id: payout.account.clone(),
    };
    diesel::insert_into(payouts::table).values(row).execute(&mut **tx)?;
    for (position, line) in (1..).zip(lines) {
        diesel::insert_into(payout_lines::table)
            .values((
                payout_lines::payout_id.eq(&payout.id),
                payout_lines::position.eq(position),
                payout_lines::cause.eq(&line.cause),
                payout_lines::cause_id.eq(&line.cause_id),
                payout_lines::policy_id.eq(&line.policy),
                payout_lines::period.eq(&line.period),
                payout_lines::text.eq(&line.text),
                payout_lines::amount_minor.eq(line.amount),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Moves the payout on if it is still in the state it was read in.
pub(super) fn move_on(tx: &mut Tx<'_>, id: &PayoutId, from: State, to: State) -> Result<()> {
    let moved = diesel::update(payouts::table.find(id).filter(payouts::state.eq(from)))
        .set(payouts::state.eq(to))
        .execute(&mut **tx)?;
    if moved == 1 { Ok(()) } else { Err(Error::Duplicate) }
}

pub(super) fn set_approved(tx: &mut Tx<'_>, id: &PayoutId) -> Result<()> {
    diesel::update(payouts::table.find(id))
        .set((
            payouts::approved_by.eq(Some(tx.by().id())),
            payouts::approved_by_name.eq(Some(tx.by().name.as_str())),
            payouts::approved_at.eq(Some(tx.stamp())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_sent(
    tx: &mut Tx<'_>,
    id: &PayoutId,
    expected_on: NaiveDate,
    reference: Option<&str>,
) -> Result<()> {
    diesel::update(payouts::table.find(id))
        .set((payouts::expected_on.eq(Some(expected_on)), payouts::reference.eq(reference)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_settled(
    tx: &mut Tx<'_>,
    id: &PayoutId,
    on: NaiveDate,
    reference: Option<&str>,
) -> Result<()> {
    diesel::update(payouts::table.find(id))
        .set((payouts::settled_on.eq(Some(on)), payouts::reference.eq(reference)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn add_step(tx: &mut Tx<'_>, id: &PayoutId, state: State, note: &str) -> Result<()> {
    let last = payout_steps::table
        .filter(payout_steps::payout_id.eq(id))
        .select(diesel::dsl::max(payout_steps::position))
        .first::<Option<i32>>(&mut **tx)?;
    diesel::insert_into(payout_steps::table)
        .values((
            payout_steps::payout_id.eq(id),
            payout_steps::position.eq(last.unwrap_or(0) + 1),
            payout_steps::state.eq(state),
            payout_steps::at.eq(tx.stamp()),
            payout_steps::actor.eq(tx.by().id()),
            payout_steps::actor_name.eq(tx.by().name.as_str()),
            payout_steps::note.eq(note),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn steps(conn: &mut Conn, id: &PayoutId) -> Result<Vec<Step>> {
    let rows = payout_steps::table
        .filter(payout_steps::payout_id.eq(id))
        .order(payout_steps::position)
        .select((
            payout_steps::state,
            payout_steps::at,
            payout_steps::actor,
            payout_steps::actor_name,
            payout_steps::note,
        ))
        .load::<(State, NaiveDateTime, String, String, String)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(state, at, actor, actor_name, note)| Step {
            state,
            at: as_utc(at),
            actor: PersonId::from_text(&actor),
            actor_name,
            note,
        })
        .collect())
}

pub(super) fn lines(conn: &mut Conn, id: &PayoutId) -> Result<Vec<Line>> {
    let rows = payout_lines::table
        .filter(payout_lines::payout_id.eq(id))
        .order(payout_lines::position)
        .select((
            payout_lines::cause,
            payout_lines::cause_id,
            payout_lines::policy_id,
            payout_lines::period,
            payout_lines::text,
            payout_lines::amount_minor,
        ))
        .load::<(String, String, Option<PolicyId>, Option<String>, String, i64)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(cause, cause_id, policy, period, text, amount)| Line {
            cause,
            cause_id,
            policy,
            period,
            text,
            amount,
        })
        .collect())
}

pub(super) fn by_id(conn: &mut Conn, id: &PayoutId) -> Result<Payout> {
    Ok(payouts::table.find(id).select(PayoutRow::as_select()).first(conn)?.into())
}

pub(super) fn published_one(conn: &mut Conn, customer: Key, id: &PayoutId) -> Result<Payout> {
    let row = payouts::table
        .find(id)
        .filter(payouts::customer_id.eq(customer))
        .filter(payouts::state.eq_any(State::PUBLISHED.to_vec()))
        .select(PayoutRow::as_select())
        .first(conn)?;
    Ok(row.into())
}

pub(super) fn published(
    conn: &mut Conn,
    customer: Key,
    offset: i64,
    limit: i64,
) -> Result<Vec<Payout>> {
    let rows = payouts::table
        .filter(payouts::customer_id.eq(customer))
        .filter(payouts::state.eq_any(State::PUBLISHED.to_vec()))
        .order((payouts::prepared_at.desc(), payouts::id.desc()))
        .offset(offset)
        .limit(limit)
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

pub(super) fn settled_since(conn: &mut Conn, customer: Key, day: NaiveDate) -> Result<Vec<Payout>> {
    let rows = payouts::table
        .filter(payouts::customer_id.eq(customer))
        .filter(payouts::state.eq(State::Settled))
        .filter(payouts::settled_on.ge(day))
        .order((payouts::prepared_at.desc(), payouts::id.desc()))
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

pub(super) fn all(
    conn: &mut Conn,
    state: Option<State>,
    offset: i64,
    limit: i64,
) -> Result<Vec<Payout>> {
    let mut query = payouts::table.into_boxed();
    if let Some(state) = state {
        query = query.filter(payouts::state.eq(state));
    }
    let rows = query
        .order((payouts::prepared_at.desc(), payouts::id.desc()))
        .offset(offset)
        .limit(limit)
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

pub(super) fn after_number(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Payout>> {
    let rows = payouts::table
        .filter(payouts::number.gt(after))
        .order(payouts::number)
        .limit(limit)
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

pub(super) fn all_of_customer(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Payout>> {
    let rows = payouts::table
        .filter(payouts::customer_id.eq(customer))
        .order((payouts::prepared_at.desc(), payouts::id.desc()))
        .limit(limit)
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

pub(super) fn count(conn: &mut Conn, state: Option<State>) -> Result<i64> {
    let mut query = payouts::table.into_boxed();
    if let Some(state) = state {
        query = query.filter(payouts::state.eq(state));
    }
    Ok(query.count().get_result(conn)?)
}

pub(super) fn under_way(conn: &mut Conn, customer: Key) -> Result<Vec<Payout>> {
    let rows = payouts::table
        .filter(payouts::customer_id.eq(customer))
        .filter(payouts::state.eq_any(vec![State::Approved, State::Sent]))
        .order((payouts::prepared_at, payouts::id))
        .select(PayoutRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Payout::from).collect())
}

/// The contracting legal entity's own name: the only payee there is.
pub(super) fn payee(conn: &mut Conn, customer: Key) -> Result<String> {
    Ok(customers::table.find(customer).select(customers::name).first(conn)?)
}

#[derive(QueryableByName)]
struct SourceRow {
    #[diesel(sql_type = Text)]
    cause: String,
    #[diesel(sql_type = Text)]
    cause_id: String,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Nullable<Text>)]
    policy_id: Option<PolicyId>,
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = BigInt)]
    estimated: i64,
    #[diesel(sql_type = BigInt)]
    earned: i64,
    #[diesel(sql_type = BigInt)]
    expired: i64,
    #[diesel(sql_type = BigInt)]
    taken: i64,
}

/// What moved the payable and accrued balances besides payouts, by cause, oldest first. What is
/// in payouts that were neither rejected nor returned counts as taken.
pub(super) fn sources(conn: &mut Conn, customer: Key) -> Result<Vec<Source>> {
    const SOURCES: &str = "\
        SELECT s.cause, s.cause_id, s.currency, s.policy_id, s.period, s.reference, \
          s.estimated, s.earned, s.expired, CAST(COALESCE(t.taken, 0) AS BIGINT) AS taken \
        FROM (SELECT CASE WHEN e.cause IN ('close', 'expiry') THEN 'accrual' ELSE e.cause END \
              AS cause, \
            e.cause_id AS cause_id, e.currency AS currency, MIN(e.policy_id) AS policy_id, \
            MIN(COALESCE(e.prior_period, e.period)) AS period, \
            MIN(CASE WHEN e.cause <> 'expiry' THEN e.reference END) AS reference, \
            MIN(e.number) AS first_number, \
            CAST(-SUM(CASE WHEN p.account = 'accrued' THEN p.amount_minor ELSE 0 END) AS BIGINT) \
              AS estimated, \
            CAST(-SUM(CASE WHEN p.account = 'payable' AND e.cause <> 'expiry' \
              THEN p.amount_minor ELSE 0 END) AS BIGINT) AS earned, \
            CAST(SUM(CASE WHEN p.account = 'payable' AND e.cause = 'expiry' \
              THEN p.amount_minor ELSE 0 END) AS BIGINT) AS expired \
          FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = e.id \
          WHERE e.customer_id = $1 AND e.cause <> 'payout' \
          GROUP BY 1, e.cause_id, e.currency) s \
        LEFT JOIN (SELECT l.cause AS cause, l.cause_id AS cause_id, y.currency AS currency, \
            SUM(l.amount_minor) AS taken \
          FROM payout_lines l JOIN payouts y ON y.id = l.payout_id \
          WHERE y.customer_id = $1 AND y.state NOT IN ('rejected', 'returned') \
          GROUP BY l.cause, l.cause_id, y.currency) t \
        ON t.cause = s.cause AND t.cause_id = s.cause_id AND t.currency = s.currency \
        ORDER BY s.first_number";
    let rows: Vec<SourceRow> = diesel::sql_query(SOURCES).bind::<BigInt, _>(customer).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Source {
            cause: row.cause,
            cause_id: row.cause_id,
            policy: row.policy_id,
            period: row.period,
            currency: row.currency,
            reference: row.reference,
            estimated: row.estimated,
            earned: row.earned,
            expired: row.expired,
            taken: row.taken,
            below_minimum: false,
        })
        .filter(|source| source.estimated != 0 || source.earned != 0 || source.taken != 0)
        .collect())
}
