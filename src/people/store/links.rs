use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::one_time_links;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::people::links::{LinkEnding, OneTimeLink, Purpose};
use crate::values::{LinkId, PersonId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_links)]
struct Row {
    id: LinkId,
    purpose: Purpose,
    person_id: PersonId,
    about: Option<String>,
    made_by_name: String,
    made_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    ending: Option<LinkEnding>,
}

impl From<Row> for OneTimeLink {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            purpose: row.purpose,
            person: row.person_id,
            about: row.about,
            made_by: row.made_by_name,
            made_at: as_utc(row.made_at),
            expires_at: as_utc(row.expires_at),
            ending: row.ending,
        }
    }
}

pub(in crate::people) fn insert(tx: &mut Tx<'_>, link: &OneTimeLink) -> Result<()> {
    diesel::insert_into(one_time_links::table)
        .values((
            one_time_links::id.eq(&link.id),
            one_time_links::purpose.eq(link.purpose),
            one_time_links::person_id.eq(&link.person),
            one_time_links::about.eq(&link.about),
            one_time_links::made_by_name.eq(&link.made_by),
            one_time_links::made_at.eq(link.made_at.naive_utc()),
            one_time_links::expires_at.eq(link.expires_at.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends the open one, if there is one.
pub(in crate::people) fn end(
    tx: &mut Tx<'_>,
    purpose: Purpose,
    person: &PersonId,
    ending: LinkEnding,
) -> Result<()> {
    let at = tx.stamp();
    let open = one_time_links::table
        .filter(one_time_links::person_id.eq(person))
        .filter(one_time_links::purpose.eq(purpose))
        .filter(one_time_links::ended_at.is_null());
    diesel::update(open)
        .set((one_time_links::ended_at.eq(at), one_time_links::ending.eq(ending)))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many of the purpose the person was sent since then, and when the first of them was made.
pub(in crate::people) fn made_since(
    conn: &mut Conn,
    purpose: Purpose,
    person: &PersonId,
    since: NaiveDateTime,
) -> Result<(i64, Option<NaiveDateTime>)> {
    let moments = one_time_links::table
        .filter(one_time_links::person_id.eq(person))
        .filter(one_time_links::purpose.eq(purpose))
        .filter(one_time_links::made_at.gt(since))
        .order(one_time_links::made_at)
        .select(one_time_links::made_at)
        .load(conn)?;
    Ok(super::failures::counted(moments))
}

pub(in crate::people) fn by_id(conn: &mut Conn, id: &LinkId) -> Result<Option<OneTimeLink>> {
    let row = one_time_links::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(OneTimeLink::from))
}

pub(in crate::people) fn latest(
    conn: &mut Conn,
    purpose: Purpose,
    person: &PersonId,
) -> Result<Option<OneTimeLink>> {
    let row = one_time_links::table
        .filter(one_time_links::person_id.eq(person))
        .filter(one_time_links::purpose.eq(purpose))
        .order((one_time_links::made_at.desc(), one_time_links::id.desc()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(OneTimeLink::from))
}
