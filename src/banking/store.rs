use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::rules::{AccountNumber, State};
use super::{BankAccount, Details, Step};
use crate::db::schema::{bank_account_steps, bank_accounts};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{BankAccountId, EmailAddress, Key};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = bank_accounts)]
struct Row {
    id: BankAccountId,
    customer_id: Key,
    holder: String,
    bank: String,
    branch: String,
    account_number: String,
    contact_email: String,
    contact_phone: String,
    content_hash: String,
    state: State,
    requested_by: String,
    requested_by_name: String,
    requested_at: NaiveDateTime,
    checked_by: Option<String>,
    checked_by_name: Option<String>,
    cools_until: Option<NaiveDateTime>,
    effective_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for BankAccount {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let email = EmailAddress::parse(&row.contact_email)
            .ok_or_else(|| Error::internal(format!("bank account {}: its contact", row.id)))?;
        Ok(Self {
            id: row.id,
            customer: row.customer_id,
            details: Details {
                holder: row.holder,
                bank: row.bank,
                branch: row.branch,
                number: AccountNumber::stored(&row.account_number),
                email,
                phone: row.contact_phone,
            },
            content_hash: row.content_hash,
            state: row.state,
            requested_by: row.requested_by,
            requested_by_name: row.requested_by_name,
            requested_at: as_utc(row.requested_at),
            checked_by: row.checked_by,
            checked_by_name: row.checked_by_name,
            cools_until: row.cools_until.map(as_utc),
            effective_at: row.effective_at.map(as_utc),
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<BankAccount>> {
    rows.into_iter().map(BankAccount::try_from).collect()
}

pub(super) fn insert(tx: &mut Tx<'_>, account: &BankAccount) -> Result<()> {
    let details = &account.details;
    let row = Row {
        id: account.id.clone(),
        customer_id: account.customer,
        holder: details.holder.clone(),
        bank: details.bank.clone(),
        branch: details.branch.clone(),
        account_number: details.number.in_full().to_owned(),
        contact_email: details.email.as_str().to_owned(),
        contact_phone: details.phone.clone(),
        content_hash: account.content_hash.clone(),
        state: account.state,
        requested_by: account.requested_by.clone(),
        requested_by_name: account.requested_by_name.clone(),
        requested_at: account.requested_at.naive_utc(),
        checked_by: account.checked_by.clone(),
        checked_by_name: account.checked_by_name.clone(),
        cools_until: account.cools_until.map(|at| at.naive_utc()),
        effective_at: account.effective_at.map(|at| at.naive_utc()),
    };
    diesel::insert_into(bank_accounts::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Moves the account on if it is still in the state it was read in.
pub(super) fn move_on(tx: &mut Tx<'_>, id: &BankAccountId, from: State, to: State) -> Result<()> {
    let moved = diesel::update(bank_accounts::table.find(id).filter(bank_accounts::state.eq(from)))
        .set(bank_accounts::state.eq(to))
        .execute(&mut **tx)?;
    if moved == 1 { Ok(()) } else { Err(Error::Duplicate) }
}

pub(super) fn set_checked(
    tx: &mut Tx<'_>,
    id: &BankAccountId,
    cools_until: Option<DateTime<Utc>>,
) -> Result<()> {
    diesel::update(bank_accounts::table.find(id))
        .set((
            bank_accounts::checked_by.eq(Some(tx.by().id())),
            bank_accounts::checked_by_name.eq(Some(tx.by().name.as_str())),
            bank_accounts::cools_until.eq(cools_until.map(|at| at.naive_utc())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_effective(tx: &mut Tx<'_>, id: &BankAccountId) -> Result<()> {
    diesel::update(bank_accounts::table.find(id))
        .set(bank_accounts::effective_at.eq(Some(tx.stamp())))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn add_step(
    tx: &mut Tx<'_>,
    id: &BankAccountId,
    state: State,
    note: &str,
) -> Result<()> {
    let last = bank_account_steps::table
        .filter(bank_account_steps::account_id.eq(id))
        .select(diesel::dsl::max(bank_account_steps::position))
        .first::<Option<i32>>(&mut **tx)?;
    diesel::insert_into(bank_account_steps::table)
        .values((
            bank_account_steps::account_id.eq(id),
            bank_account_steps::position.eq(last.unwrap_or(0) + 1),
            bank_account_steps::state.eq(state),
            bank_account_steps::at.eq(tx.stamp()),
            bank_account_steps::actor.eq(tx.by().id()),
            bank_account_steps::actor_name.eq(tx.by().name.as_str()),
            bank_account_steps::note.eq(note),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn steps(
    conn: &mut Conn,
    ids: &[BankAccountId],
) -> Result<HashMap<BankAccountId, Vec<Step>>> {
    let rows = bank_account_steps::table
        .filter(bank_account_steps::account_id.eq_any(ids))
        .order((bank_account_steps::account_id, bank_account_steps::position))
        .select((
            bank_account_steps::account_id,
            bank_account_steps::state,
            bank_account_steps::at,
            bank_account_steps::actor_name,
            bank_account_steps::note,
        ))
        .load::<(BankAccountId, State, NaiveDateTime, String, String)>(conn)?;
    let mut steps: HashMap<BankAccountId, Vec<Step>> = HashMap::new();
    for (account, state, at, actor_name, note) in rows {
        steps.entry(account).or_default().push(Step { state, at: as_utc(at), actor_name, note });
    }
    Ok(steps)
}

/// The last step of each account.
pub(super) fn last_steps(conn: &mut Conn) -> Result<HashMap<BankAccountId, State>> {
    // The last of each account's steps is the one that stays in the map.
    Ok(bank_account_steps::table
        .order((bank_account_steps::account_id, bank_account_steps::position))
        .select((bank_account_steps::account_id, bank_account_steps::state))
        .load::<(BankAccountId, State)>(conn)?
        .into_iter()
        .collect())
}

pub(super) fn by_id(conn: &mut Conn, id: &BankAccountId) -> Result<BankAccount> {
    bank_accounts::table.find(id).select(Row::as_select()).first(conn)?.try_into()
}

/// The newest first.
pub(super) fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<BankAccount>> {
    read(
        bank_accounts::table
            .filter(bank_accounts::customer_id.eq(customer))
            .order((bank_accounts::requested_at.desc(), bank_accounts::id.desc()))
            .select(Row::as_select())
            .load(conn)?,
    )
}

pub(super) fn in_state(
    conn: &mut Conn,
    customer: Key,
    states: &[State],
) -> Result<Option<BankAccount>> {
    bank_accounts::table
        .filter(bank_accounts::customer_id.eq(customer))
        .filter(bank_accounts::state.eq_any(states.to_vec()))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(BankAccount::try_from)
        .transpose()
}

/// The newest first; of one customer, or of all.
pub(super) fn all(
    conn: &mut Conn,
    states: &[State],
    customer: Option<Key>,
    offset: i64,
    limit: i64,
) -> Result<Vec<BankAccount>> {
    let mut query = bank_accounts::table.into_boxed();
    if let Some(customer) = customer {
        query = query.filter(bank_accounts::customer_id.eq(customer));
    }
    read(
        query
            .filter(bank_accounts::state.eq_any(states.to_vec()))
            .order((bank_accounts::requested_at.desc(), bank_accounts::id.desc()))
            .offset(offset)
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?,
    )
}

pub(super) fn count(conn: &mut Conn, states: &[State]) -> Result<i64> {
    Ok(bank_accounts::table
        .filter(bank_accounts::state.eq_any(states.to_vec()))
        .count()
        .get_result(conn)?)
}

/// Those whose cool-down is over.
pub(super) fn due(conn: &mut Conn, now: NaiveDateTime, limit: i64) -> Result<Vec<BankAccount>> {
    read(
        bank_accounts::table
            .filter(bank_accounts::state.eq(State::Cooling))
            .filter(bank_accounts::cools_until.le(now))
            .order((bank_accounts::cools_until, bank_accounts::id))
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?,
    )
}
