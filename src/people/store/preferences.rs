use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::{Row, person};
use crate::db::schema::{mail_preferences, page_preferences, people};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::people::{MailChoice, Person, PersonState};
use crate::values::{Key, Language, PersonId};

pub(in crate::people) fn unwanted(conn: &mut Conn, person: &PersonId) -> Result<BTreeSet<String>> {
    let kinds = mail_preferences::table
        .filter(mail_preferences::person_id.eq(person))
        .filter(mail_preferences::wanted.eq(false))
        .select(mail_preferences::kind)
        .load::<String>(conn)?;
    Ok(kinds.into_iter().collect())
}

pub(in crate::people) fn choices(
    conn: &mut Conn,
    person: &PersonId,
) -> Result<BTreeMap<String, MailChoice>> {
    let rows = mail_preferences::table
        .filter(mail_preferences::person_id.eq(person))
        .select((mail_preferences::kind, mail_preferences::wanted, mail_preferences::language))
        .load::<(String, bool, Option<Language>)>(conn)?;
    let choice = |(kind, wanted, language)| (kind, MailChoice { wanted, language });
    Ok(rows.into_iter().map(choice).collect())
}

pub(in crate::people) fn of_kind(
    conn: &mut Conn,
    kind: &str,
) -> Result<HashMap<PersonId, MailChoice>> {
    let rows = mail_preferences::table
        .filter(mail_preferences::kind.eq(kind))
        .select((mail_preferences::person_id, mail_preferences::wanted, mail_preferences::language))
        .load::<(PersonId, bool, Option<Language>)>(conn)?;
    let choice = |(person, wanted, language)| (person, MailChoice { wanted, language });
    Ok(rows.into_iter().map(choice).collect())
}

pub(in crate::people) fn set_language(
    tx: &mut Tx<'_>,
    person: &PersonId,
    kind: &str,
    language: Option<Language>,
) -> Result<()> {
    let at = tx.stamp();
    let chosen = (mail_preferences::language.eq(language), mail_preferences::changed_at.eq(at));
    let known = diesel::update(mail_preferences::table.find((person, kind)))
        .set(chosen)
        .execute(&mut **tx)?;
    if known == 0 {
        diesel::insert_into(mail_preferences::table)
            .values((
                mail_preferences::person_id.eq(person),
                mail_preferences::kind.eq(kind),
                mail_preferences::wanted.eq(true),
                mail_preferences::language.eq(language),
                mail_preferences::changed_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::people) fn set(
    tx: &mut Tx<'_>,
    person: &PersonId,
    kind: &str,
    wanted: bool,
) -> Result<()> {
    let at = tx.stamp();
    let changed = diesel::update(mail_preferences::table.find((person, kind)))
        .set((mail_preferences::wanted.eq(wanted), mail_preferences::changed_at.eq(at)))
        .execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(mail_preferences::table)
            .values((
                mail_preferences::person_id.eq(person),
                mail_preferences::kind.eq(kind),
                mail_preferences::wanted.eq(wanted),
                mail_preferences::changed_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::people) fn of_pages(
    conn: &mut Conn,
    person: &PersonId,
    name: &str,
) -> Result<Option<String>> {
    let row = page_preferences::table.find((person, name)).select(page_preferences::value);
    Ok(row.first(conn).optional()?)
}

pub(in crate::people) fn set_of_pages(
    tx: &mut Tx<'_>,
    person: &PersonId,
    name: &str,
    value: &str,
) -> Result<()> {
    let at = tx.stamp();
    let changed = diesel::update(page_preferences::table.find((person, name)))
        .set((page_preferences::value.eq(value), page_preferences::changed_at.eq(at)))
        .execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(page_preferences::table)
            .values((
                page_preferences::person_id.eq(person),
                page_preferences::name.eq(name),
                page_preferences::value.eq(value),
                page_preferences::changed_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The active people of these customers, in a stable order.
pub(in crate::people) fn of_customers(conn: &mut Conn, customers: &[Key]) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    for chunk in customers.chunks(500) {
        let customers: Vec<Option<Key>> = chunk.iter().copied().map(Some).collect();
        let rows = people::table
            .filter(people::customer_id.eq_any(customers))
            .filter(people::state.eq(PersonState::Active))
            .order((people::customer_id, people::id))
            .select(Row::as_select())
            .load(conn)?;
        for row in rows {
            found.push(person(conn, row)?);
        }
    }
    Ok(found)
}
