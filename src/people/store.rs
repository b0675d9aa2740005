pub(super) mod absences;
pub(super) mod directory;
pub(super) mod devices;
pub(super) mod links;
pub(super) mod erase;
mod failures;
pub(super) mod halfway;
pub(super) mod preferences;
pub(super) mod refused_codes;
pub(super) mod resets;
pub(super) mod second_factor;

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

pub(super) use failures::{
    delete_failure, delete_failures_before, failures_of_address, failures_of_email, insert_failure,
};

use super::{NewPerson, PasswordHash, Person, PersonState, Session, Side};
use crate::db::schema::{people, person_roles, sessions};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{CustomerRole, Key, Language, PersonId, StaffRole};

#[derive(Queryable, Selectable)]
#[diesel(table_name = people)]
struct Row {
    id: PersonId,
    email: String,
    name: String,
    customer_id: Option<Key>,
    customer_role: Option<CustomerRole>,
    state: PersonState,
    language: Option<Language>,
    phone: Option<String>,
    last_sign_in_at: Option<NaiveDateTime>,
    invited: bool,
    second_factor_since: Option<NaiveDateTime>,
}

fn person(conn: &mut Conn, row: Row) -> Result<Person> {
    let side = match (row.customer_id, row.customer_role) {
        (Some(customer), Some(role)) => Side::Customer(customer, role),
        (None, None) => Side::Staff(roles(conn, &row.id)?),
        _ => return Err(Error::internal(format!("person {} is on neither side", row.id))),
    };
    Ok(Person {
        id: row.id,
        email: row.email,
        name: row.name,
        side,
        state: if row.invited { PersonState::Invited } else { row.state },
        language: row.language,
        phone: row.phone,
        last_sign_in_at: row.last_sign_in_at.map(as_utc),
        second_factor_since: row.second_factor_since.map(as_utc),
    })
}

fn roles(conn: &mut Conn, id: &PersonId) -> Result<BTreeSet<StaffRole>> {
    let roles = person_roles::table
        .filter(person_roles::person_id.eq(id))
        .select(person_roles::role)
        .load::<StaffRole>(conn)?;
    Ok(roles.into_iter().collect())
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: &PersonId,
    name: &str,
    new: &NewPerson,
    side: &Side,
    state: PersonState,
) -> Result<()> {
    let (customer, role) = match side {
        Side::Customer(customer, role) => (Some(*customer), Some(*role)),
        Side::Staff(_) => (None, None),
    };
    let at = tx.stamp();
    diesel::insert_into(people::table)
        .values((
            people::id.eq(id),
            people::email.eq(new.email.as_str()),
            people::name.eq(name),
            people::password_hash.eq(new.password.as_ref().map(PasswordHash::as_str)),
            people::customer_id.eq(customer),
            people::customer_role.eq(role),
            people::state.eq(kept(state)),
            people::invited.eq(state == PersonState::Invited),
            people::language.eq(new.language),
            people::phone.eq(new.phone.as_deref()),
            people::created_at.eq(at),
        ))
        .execute(&mut **tx)?;
    match side {
        Side::Staff(roles) => set_roles(tx, id, roles),
        Side::Customer(..) => Ok(()),
    }
}

/// Who was invited counts as disabled for whoever asks for nothing else.
fn kept(state: PersonState) -> PersonState {
    match state {
        PersonState::Active => PersonState::Active,
        PersonState::Invited | PersonState::Disabled => PersonState::Disabled,
    }
}

/// These roles, and no others.
pub(super) fn set_roles(tx: &mut Tx<'_>, id: &PersonId, roles: &BTreeSet<StaffRole>) -> Result<()> {
    diesel::delete(person_roles::table.filter(person_roles::person_id.eq(id)))
        .execute(&mut **tx)?;
    for role in roles {
        diesel::insert_into(person_roles::table)
            .values((person_roles::person_id.eq(id), person_roles::role.eq(role)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn set_customer_role(tx: &mut Tx<'_>, id: &PersonId, role: CustomerRole) -> Result<()> {
    diesel::update(people::table.find(id))
        .set(people::customer_role.eq(role))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn by_id(conn: &mut Conn, id: &PersonId) -> Result<Option<Person>> {
    let row = people::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| person(conn, row)).transpose()
}

pub(super) fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Person>> {
    let row = people::table
        .filter(people::email.eq(email))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| person(conn, row)).transpose()
}

pub(super) fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Person>> {
    let rows = people::table
        .filter(people::customer_id.eq(customer))
        .filter(people::state.eq(PersonState::Active))
        .order((people::name, people::id))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| person(conn, row)).collect()
}

pub(super) fn of_customers(conn: &mut Conn, customers: &[Key]) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    for chunk in customers.chunks(500) {
        let rows = people::table
            .filter(people::customer_id.eq_any(chunk))
            .filter(people::state.eq(PersonState::Active))
            .order((people::name, people::id))
            .select(Row::as_select())
            .load(conn)?;
        for row in rows {
            found.push(person(conn, row)?);
        }
    }
    Ok(found)
}

pub(super) fn with_customer_role(conn: &mut Conn, role: CustomerRole) -> Result<Vec<Person>> {
    let rows = people::table
        .filter(people::customer_role.eq(role))
        .filter(people::state.eq(PersonState::Active))
        .order((people::customer_id, people::id))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| person(conn, row)).collect()
}

pub(super) fn staff_with_role(conn: &mut Conn, role: StaffRole) -> Result<Vec<Person>> {
    let rows = people::table
        .inner_join(person_roles::table)
        .filter(person_roles::role.eq(role))
        .filter(people::state.eq(PersonState::Active))
        .order((people::name, people::id))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| person(conn, row)).collect()
}

pub(super) fn password(conn: &mut Conn, id: &PersonId) -> Result<Option<String>> {
    Ok(people::table.find(id).select(people::password_hash).first(conn)?)
}

pub(super) fn set_password(tx: &mut Tx<'_>, id: &PersonId, hash: &PasswordHash) -> Result<()> {
    diesel::update(people::table.find(id))
        .set(people::password_hash.eq(hash.as_str()))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_email(tx: &mut Tx<'_>, id: &PersonId, email: &str) -> Result<()> {
    diesel::update(people::table.find(id)).set(people::email.eq(email)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_state(tx: &mut Tx<'_>, id: &PersonId, state: PersonState) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((people::state.eq(kept(state)), people::invited.eq(state == PersonState::Invited)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_language(tx: &mut Tx<'_>, id: &PersonId, language: Language) -> Result<()> {
    diesel::update(people::table.find(id)).set(people::language.eq(language)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn signed_in_now(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    let at = tx.stamp();
    diesel::update(people::table.find(id))
        .set(people::last_sign_in_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}

// sessions

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    key_hash: String,
    person_id: Option<PersonId>,
    state: String,
    address: String,
    agent: String,
    created_at: NaiveDateTime,
    seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
}

fn session(row: SessionRow) -> Option<Session> {
    Some(Session {
        key_hash: row.key_hash,
        person: row.person_id?,
        flash: row.state,
        address: row.address,
        agent: row.agent,
        created_at: as_utc(row.created_at),
        seen_at: as_utc(row.seen_at),
        expires_at: as_utc(row.expires_at),
    })
}

pub(super) fn insert_session(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::key_hash.eq(&session.key_hash),
            sessions::person_id.eq(&session.person),
            sessions::state.eq(&session.flash),
            sessions::address.eq(&session.address),
            sessions::agent.eq(&session.agent),
            sessions::created_at.eq(session.created_at.naive_utc()),
            sessions::seen_at.eq(session.seen_at.naive_utc()),
            sessions::expires_at.eq(session.expires_at.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn session_by_hash(conn: &mut Conn, key_hash: &str) -> Result<Option<Session>> {
    let row = sessions::table.find(key_hash).select(SessionRow::as_select()).first(conn);
    Ok(row.optional()?.and_then(session))
}

pub(super) fn sessions_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<Session>> {
    let rows = sessions::table
        .filter(sessions::person_id.eq(person))
        .order((sessions::seen_at.desc(), sessions::key_hash))
        .select(SessionRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(session).collect())
}

/// Changes a session that must still be there: one that was ended meanwhile stays ended.
pub(super) fn set_session_state(tx: &mut Tx<'_>, key_hash: &str, state: &str) -> Result<()> {
    let changed = diesel::update(sessions::table.find(key_hash))
        .set(sessions::state.eq(state))
        .execute(&mut **tx)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// As [`set_session_state`], for the moment of last use.
pub(super) fn set_seen(tx: &mut Tx<'_>, key_hash: &str) -> Result<()> {
    let at = tx.stamp();
    let changed = diesel::update(sessions::table.find(key_hash))
        .set(sessions::seen_at.eq(at))
        .execute(&mut **tx)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub(super) fn delete_session(tx: &mut Tx<'_>, person: &PersonId, key_hash: &str) -> Result<bool> {
    let gone = diesel::delete(
        sessions::table
            .filter(sessions::key_hash.eq(key_hash))
            .filter(sessions::person_id.eq(person)),
    )
    .execute(&mut **tx)?;
    Ok(gone > 0)
}

/// All of the person's but this one, and the sign-ins they are halfway through.
pub(super) fn delete_other_sessions(tx: &mut Tx<'_>, person: &PersonId, kept: &str) -> Result<()> {
    halfway::delete_of(tx, person)?;
    diesel::delete(
        sessions::table.filter(sessions::person_id.eq(person)).filter(sessions::key_hash.ne(kept)),
    )
    .execute(&mut **tx)?;
    Ok(())
}

/// All of the person's, and the sign-ins they are halfway through.
pub(super) fn delete_sessions_of(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    halfway::delete_of(tx, person)?;
    diesel::delete(sessions::table.filter(sessions::person_id.eq(person))).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn delete_expired_sessions(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(&mut **tx)?;
    Ok(())
}
