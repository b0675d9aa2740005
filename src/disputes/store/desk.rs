//! What the workspace of a dispute puts around it: links, merged disputes, who looks.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::queue::{Found, queued, reachable};
use super::{Row, all};
use crate::db::schema::{customers, dispute_links, dispute_looks, dispute_queue, disputes};
use crate::db::{Conn, Tx, as_utc};
use crate::disputes::{Category, Dispute, Link, Look, Queued, Reach};
use crate::error::{Error, Result};
use crate::values::{DisputeId, PersonId, PolicyId};

pub(in crate::disputes) fn by_number(
    conn: &mut Conn,
    reach: &Reach,
    number: &str,
) -> Result<Queued> {
    let found = reachable(reach)
        .filter(disputes::number.eq(number.to_uppercase()))
        .select((Row::as_select(), customers::code, customers::name))
        .first::<Found>(conn)?;
    queued(found)
}

/// The disputes that went on in this one.
pub(in crate::disputes) fn absorbed(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Dispute>> {
    let rows = disputes::table
        .filter(disputes::merged_into.eq(Some(id)))
        .order(disputes::id)
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

/// The smaller id first.
fn ordered<'a>(one: &'a DisputeId, other: &'a DisputeId) -> (&'a DisputeId, &'a DisputeId) {
    if one < other { (one, other) } else { (other, one) }
}

/// False when they are linked already.
pub(in crate::disputes) fn insert_link(
    tx: &mut Tx<'_>,
    one: &DisputeId,
    other: &DisputeId,
    note: &str,
) -> Result<bool> {
    let pair = ordered(one, other);
    let there: i64 = dispute_links::table.find(pair).count().get_result(&mut **tx)?;
    if there > 0 {
        return Ok(false);
    }
    let at = tx.stamp();
    diesel::insert_into(dispute_links::table)
        .values((
            dispute_links::dispute_id.eq(pair.0),
            dispute_links::other_id.eq(pair.1),
            dispute_links::note.eq(note),
            dispute_links::linked_by.eq(tx.by().id()),
            dispute_links::linked_by_name.eq(tx.by().name.as_str()),
            dispute_links::linked_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(true)
}

/// Whether they were linked.
pub(in crate::disputes) fn remove_link(
    tx: &mut Tx<'_>,
    one: &DisputeId,
    other: &DisputeId,
) -> Result<bool> {
    let gone = diesel::delete(dispute_links::table.find(ordered(one, other))).execute(&mut **tx)?;
    Ok(gone > 0)
}

type LinkRow = (DisputeId, DisputeId, String, String, NaiveDateTime);

pub(in crate::disputes) fn links(
    conn: &mut Conn,
    reach: &Reach,
    id: &DisputeId,
) -> Result<Vec<Link>> {
    let rows = dispute_links::table
        .filter(dispute_links::dispute_id.eq(id).or(dispute_links::other_id.eq(id)))
        .select((
            dispute_links::dispute_id,
            dispute_links::other_id,
            dispute_links::note,
            dispute_links::linked_by_name,
            dispute_links::linked_at,
        ))
        .load::<LinkRow>(conn)?;
    let mut links = Vec::new();
    for (one, other, note, by, at) in rows {
        let other = if one == *id { other } else { one };
        match super::one(conn, reach, &other) {
            Ok(other) => links.push(Link { other, note, by, at: as_utc(at) }),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    links.sort_by(|a, b| a.other.dispute.number.cmp(&b.other.dispute.number));
    Ok(links)
}

/// Disputes of the category and about the policy, or about none; newest first.
pub(in crate::disputes) fn of_kind(
    conn: &mut Conn,
    reach: &Reach,
    category: Category,
    policy: Option<&PolicyId>,
    limit: i64,
) -> Result<Vec<Dispute>> {
    let mut query = dispute_queue::table
        .filter(dispute_queue::policy_id.eq(policy.map_or("", |policy| policy.as_str())))
        .filter(dispute_queue::category.eq(category))
        .into_boxed();
    if let Some(manager) = &reach.portfolio {
        let others = || reach.others.iter();
        let own = reach.person.iter().map(|person| person.as_str());
        let people: Vec<&str> = others().map(|(id, _)| id.as_str()).chain(own).collect();
        let managers: Vec<String> = others()
            .map(|(_, email)| email.to_lowercase())
            .chain([manager.to_lowercase(), String::new()])
            .collect();
        query = query.filter(
            dispute_queue::manager.eq_any(managers).or(dispute_queue::owner.eq_any(people)),
        );
    }
    let ids: Vec<DisputeId> = query
        .order(dispute_queue::seq.desc())
        .limit(limit)
        .select(dispute_queue::dispute_id)
        .load(conn)?;
    let rows = disputes::table
        .filter(disputes::id.eq_any(ids))
        .order((disputes::filed_at.desc(), disputes::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    all(rows)
}

pub(in crate::disputes) fn looks_since(
    conn: &mut Conn,
    id: &DisputeId,
    since: NaiveDateTime,
) -> Result<Vec<Look>> {
    let rows = dispute_looks::table
        .filter(dispute_looks::dispute_id.eq(id).and(dispute_looks::at.gt(since)))
        .order((dispute_looks::at.desc(), dispute_looks::person_id))
        .select((dispute_looks::person_id, dispute_looks::person_name, dispute_looks::at))
        .load::<(PersonId, String, NaiveDateTime)>(conn)?;
    let look = |(person, name, at)| Look { person, name, at: as_utc(at) };
    Ok(rows.into_iter().map(look).collect())
}

pub(in crate::disputes) fn set_look(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    person: &PersonId,
    name: &str,
) -> Result<()> {
    let at = tx.stamp();
    let known = diesel::update(dispute_looks::table.find((id, person)))
        .set((dispute_looks::at.eq(at), dispute_looks::person_name.eq(name)))
        .execute(&mut **tx)?;
    if known == 0 {
        diesel::insert_into(dispute_looks::table)
            .values((
                dispute_looks::dispute_id.eq(id),
                dispute_looks::person_id.eq(person),
                dispute_looks::person_name.eq(name),
                dispute_looks::at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::disputes) fn sweep_looks(tx: &mut Tx<'_>, before: NaiveDateTime) -> Result<()> {
    diesel::delete(dispute_looks::table.filter(dispute_looks::at.lt(before))).execute(&mut **tx)?;
    Ok(())
}
