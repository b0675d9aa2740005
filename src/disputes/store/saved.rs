//! Saved replies.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::saved_replies;
use crate::db::{Conn, Tx, as_utc};
use crate::disputes::SavedReply;
use crate::error::Result;
use crate::values::{PersonId, SavedReplyId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = saved_replies)]
struct SavedRow {
    id: SavedReplyId,
    owner: Option<PersonId>,
    title: String,
    text: String,
    uses: i64,
    changed_by_name: String,
    changed_at: NaiveDateTime,
    revision: i64,
}

impl From<SavedRow> for SavedReply {
    fn from(row: SavedRow) -> Self {
        Self {
            id: row.id,
            owner: row.owner,
            title: row.title,
            text: row.text,
            uses: row.uses,
            changed_by_name: row.changed_by_name,
            changed_at: as_utc(row.changed_at),
            revision: row.revision,
        }
    }
}

pub(in crate::disputes) fn saved_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<SavedReply>> {
    let rows = saved_replies::table
        .filter(
            saved_replies::owner.is_null().or(saved_replies::owner.assume_not_null().eq(person)),
        )
        .order(saved_replies::id)
        .select(SavedRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(SavedReply::from).collect())
}

pub(in crate::disputes) fn saved_by_id(conn: &mut Conn, id: &SavedReplyId) -> Result<SavedReply> {
    Ok(saved_replies::table.find(id).select(SavedRow::as_select()).first(conn)?.into())
}

pub(in crate::disputes) fn insert_saved(
    tx: &mut Tx<'_>,
    owner: Option<&PersonId>,
    title: &str,
    text: &str,
) -> Result<SavedReplyId> {
    let (id, at) = (SavedReplyId::new(), tx.stamp());
    diesel::insert_into(saved_replies::table)
        .values((
            saved_replies::id.eq(&id),
            saved_replies::owner.eq(owner),
            saved_replies::title.eq(title),
            saved_replies::text.eq(text),
            saved_replies::uses.eq(0),
            saved_replies::changed_by.eq(tx.by().id()),
            saved_replies::changed_by_name.eq(tx.by().name.as_str()),
            saved_replies::changed_at.eq(at),
            saved_replies::revision.eq(1),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Whether it still had the revision.
pub(in crate::disputes) fn change_saved(
    tx: &mut Tx<'_>,
    id: &SavedReplyId,
    revision: i64,
    owner: Option<&PersonId>,
    title: &str,
    text: &str,
) -> Result<bool> {
    let at = tx.stamp();
    let changed =
        diesel::update(saved_replies::table.find(id).filter(saved_replies::revision.eq(revision)))
            .set((
                saved_replies::owner.eq(owner),
                saved_replies::title.eq(title),
                saved_replies::text.eq(text),
                saved_replies::changed_by.eq(tx.by().id()),
                saved_replies::changed_by_name.eq(tx.by().name.as_str()),
                saved_replies::changed_at.eq(at),
                saved_replies::revision.eq(revision.saturating_add(1)),
            ))
            .execute(&mut **tx)?;
    Ok(changed == 1)
}

pub(in crate::disputes) fn count_use(tx: &mut Tx<'_>, id: &SavedReplyId) -> Result<()> {
    diesel::update(saved_replies::table.find(id))
        .set(saved_replies::uses.eq(saved_replies::uses + 1))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn remove_saved(tx: &mut Tx<'_>, id: &SavedReplyId) -> Result<()> {
    diesel::delete(saved_replies::table.find(id)).execute(&mut **tx)?;
    Ok(())
}
