//! Who is away, who stands in, who leads.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{absences, leads, people};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::people::Absence;
use crate::values::{AbsenceId, PersonId};

/// The member under whom the lead of everybody stands.
const TEAM: &str = "team";

#[derive(Queryable, Selectable)]
#[diesel(table_name = absences)]
struct Row {
    id: AbsenceId,
    person_id: PersonId,
    first_day: NaiveDate,
    last_day: NaiveDate,
    deputy_id: Option<PersonId>,
}

impl From<Row> for Absence {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            first: row.first_day,
            last: row.last_day,
            deputy: row.deputy_id,
        }
    }
}

pub(in crate::people) fn insert(tx: &mut Tx<'_>, absence: &Absence) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(absences::table)
        .values((
            absences::id.eq(&absence.id),
            absences::person_id.eq(&absence.person),
            absences::first_day.eq(absence.first),
            absences::last_day.eq(absence.last),
            absences::deputy_id.eq(absence.deputy.as_ref()),
            absences::set_by.eq(tx.by().id()),
            absences::set_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn remove(tx: &mut Tx<'_>, id: &AbsenceId) -> Result<()> {
    diesel::delete(absences::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::people) fn end_on(tx: &mut Tx<'_>, id: &AbsenceId, last: NaiveDate) -> Result<()> {
    diesel::update(absences::table.find(id)).set(absences::last_day.eq(last)).execute(&mut **tx)?;
    Ok(())
}

/// The absences of a person that aren't over on the day, in order.
pub(in crate::people) fn of(
    conn: &mut Conn,
    person: &PersonId,
    day: NaiveDate,
) -> Result<Vec<Absence>> {
    let rows = absences::table
        .filter(absences::person_id.eq(person))
        .filter(absences::last_day.ge(day))
        .order((absences::first_day, absences::id))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Absence::from).collect())
}

/// Everybody who is away on the day.
pub(in crate::people) fn on(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Absence>> {
    let rows = absences::table
        .filter(absences::last_day.ge(day))
        .filter(absences::first_day.le(day))
        .order((absences::first_day, absences::id))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Absence::from).collect())
}

pub(in crate::people) fn set_lead(
    tx: &mut Tx<'_>,
    member: Option<&PersonId>,
    lead: Option<&PersonId>,
) -> Result<()> {
    let member = member.map_or(TEAM, PersonId::as_str);
    diesel::delete(leads::table.find(member)).execute(&mut **tx)?;
    if let Some(lead) = lead {
        diesel::insert_into(leads::table)
            .values((leads::member_id.eq(member), leads::lead_id.eq(lead)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The lead of the member alone, or of everybody.
pub(in crate::people) fn lead(
    conn: &mut Conn,
    member: Option<&PersonId>,
) -> Result<Option<PersonId>> {
    let member = member.map_or(TEAM, PersonId::as_str);
    Ok(leads::table.find(member).select(leads::lead_id).first(conn).optional()?)
}

/// Those led by the person by name: ids and addresses.
pub(in crate::people) fn led_by(
    conn: &mut Conn,
    lead: &PersonId,
) -> Result<Vec<(PersonId, String)>> {
    Ok(leads::table
        .inner_join(people::table.on(people::id.eq(leads::member_id)))
        .filter(leads::lead_id.eq(lead))
        .order(people::id)
        .select((people::id, people::email))
        .load(conn)?)
}
