use std::collections::{HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::announcements::Fate;
use crate::db::schema::{announcement_reads, announcement_receivers};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::insert_all;
use crate::values::{AnnouncementId, Key, PersonId};

/// Somebody it goes to.
#[derive(Queryable, Selectable)]
#[diesel(table_name = announcement_receivers)]
pub(in crate::announcements) struct Row {
    #[diesel(column_name = person_id)]
    pub person: PersonId,
    #[diesel(column_name = customer_id)]
    pub customer: Key,
    pub fate: Fate,
}

#[derive(Insertable)]
#[diesel(table_name = announcement_receivers, treat_none_as_default_value = false)]
struct NewRow {
    announcement_id: AnnouncementId,
    person_id: PersonId,
    customer_id: Key,
    fate: Fate,
}

pub(in crate::announcements) fn insert(
    tx: &mut Tx<'_>,
    id: &AnnouncementId,
    receivers: Vec<(PersonId, Key)>,
) -> Result<()> {
    let row = |(person, customer)| NewRow {
        announcement_id: id.clone(),
        person_id: person,
        customer_id: customer,
        fate: Fate::Waiting,
    };
    let rows: Vec<NewRow> = receivers.into_iter().map(row).collect();
    insert_all!(tx, announcement_receivers::table, rows, 500);
    Ok(())
}

/// The next whose turn it is, customer by customer.
pub(in crate::announcements) fn waiting(
    conn: &mut Conn,
    id: &AnnouncementId,
    most: i64,
) -> Result<Vec<Row>> {
    Ok(announcement_receivers::table
        .filter(announcement_receivers::announcement_id.eq(id))
        .filter(announcement_receivers::fate.eq(Fate::Waiting))
        .order((announcement_receivers::customer_id, announcement_receivers::person_id))
        .limit(most)
        .select(Row::as_select())
        .load(conn)?)
}

/// By customer; `left_out_only` those who get no mail.
pub(in crate::announcements) fn some(
    conn: &mut Conn,
    id: &AnnouncementId,
    left_out_only: bool,
    after: i64,
    most: i64,
) -> Result<Vec<Row>> {
    let mut query = announcement_receivers::table
        .filter(announcement_receivers::announcement_id.eq(id))
        .order((announcement_receivers::customer_id, announcement_receivers::person_id))
        .offset(after)
        .limit(most)
        .into_boxed();
    if left_out_only {
        let mail = [Fate::Waiting, Fate::Mailed];
        query = query.filter(announcement_receivers::fate.ne_all(mail));
    }
    Ok(query.select(Row::as_select()).load(conn)?)
}

pub(in crate::announcements) fn settle(
    tx: &mut Tx<'_>,
    id: &AnnouncementId,
    person: &PersonId,
    fate: Fate,
) -> Result<()> {
    diesel::update(announcement_receivers::table.find((id, person)))
        .set(announcement_receivers::fate.eq(fate))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::announcements) fn fates(
    conn: &mut Conn,
    id: &AnnouncementId,
) -> Result<HashMap<Fate, i64>> {
    let counts = announcement_receivers::table
        .filter(announcement_receivers::announcement_id.eq(id))
        .group_by(announcement_receivers::fate)
        .select((announcement_receivers::fate, count_star()))
        .load::<(Fate, i64)>(conn)?;
    Ok(counts.into_iter().collect())
}

/// Whether somebody of the customer's got it.
pub(in crate::announcements) fn went_to(
    conn: &mut Conn,
    id: &AnnouncementId,
    customer: Key,
) -> Result<bool> {
    let theirs = announcement_receivers::table
        .filter(announcement_receivers::announcement_id.eq(id))
        .filter(announcement_receivers::customer_id.eq(customer))
        .filter(announcement_receivers::fate.ne(Fate::Waiting))
        .filter(announcement_receivers::fate.ne(Fate::Gone));
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(conn)?)
}

pub(in crate::announcements) fn was_opened(
    conn: &mut Conn,
    id: &AnnouncementId,
    person: &PersonId,
) -> Result<bool> {
    let theirs = announcement_reads::table.find((id, person));
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(conn)?)
}

/// How many of those it went to have opened it; colleagues of theirs may, too.
pub(in crate::announcements) fn opened(conn: &mut Conn, id: &AnnouncementId) -> Result<i64> {
    let receivers = announcement_receivers::table
        .filter(announcement_receivers::announcement_id.eq(id))
        .select(announcement_receivers::person_id);
    Ok(announcement_reads::table
        .filter(announcement_reads::announcement_id.eq(id))
        .filter(announcement_reads::person_id.eq_any(receivers))
        .count()
        .get_result(conn)?)
}

pub(in crate::announcements) fn opened_by(
    conn: &mut Conn,
    id: &AnnouncementId,
    people: &[PersonId],
) -> Result<HashSet<PersonId>> {
    let people = announcement_reads::table
        .filter(announcement_reads::announcement_id.eq(id))
        .filter(announcement_reads::person_id.eq_any(people))
        .select(announcement_reads::person_id)
        .load::<PersonId>(conn)?;
    Ok(people.into_iter().collect())
}

pub(in crate::announcements) fn note_opened(
    tx: &mut Tx<'_>,
    id: &AnnouncementId,
    person: &PersonId,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(announcement_reads::table)
        .values((
            announcement_reads::announcement_id.eq(id),
            announcement_reads::person_id.eq(person),
            announcement_reads::at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
