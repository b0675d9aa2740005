//! What people are still writing.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{dispute_draft_files, dispute_drafts, dispute_files, disputes};
use crate::db::{Conn, Tx, as_utc};
use crate::disputes::{Checked, Draft, DraftFile, ScanState, SubjectKind};
use crate::error::Result;
use crate::values::{DraftId, FileId, Key, PersonId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = dispute_drafts)]
struct Row {
    id: DraftId,
    person_id: PersonId,
    customer_id: Key,
    subject: SubjectKind,
    subject_id: String,
    content: String,
    changed_at: NaiveDateTime,
}

fn with_files(conn: &mut Conn, row: Row) -> Result<Draft> {
    let files = dispute_draft_files::table
        .filter(dispute_draft_files::draft_id.eq(&row.id))
        .order((dispute_draft_files::position, dispute_draft_files::id))
        .select((
            dispute_draft_files::id,
            dispute_draft_files::name,
            dispute_draft_files::content_type,
            dispute_draft_files::bytes,
            dispute_draft_files::sha256,
        ))
        .load::<(FileId, String, String, i64, String)>(conn)?;
    Ok(Draft {
        id: row.id,
        person: row.person_id,
        customer: row.customer_id,
        kind: row.subject,
        subject: row.subject_id,
        text: serde_json::from_str(&row.content)?,
        files: files
            .into_iter()
            .map(|(id, name, content_type, bytes, sha256)| DraftFile {
                id,
                name,
                content_type,
                bytes,
                sha256,
            })
            .collect(),
        changed_at: as_utc(row.changed_at),
    })
}

pub(in crate::disputes) fn draft(conn: &mut Conn, id: &DraftId) -> Result<Option<Draft>> {
    let row = dispute_drafts::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| with_files(conn, row)).transpose()
}

/// A person's drafts for a customer, the latest first.
pub(in crate::disputes) fn drafts_of(
    conn: &mut Conn,
    person: &PersonId,
    customer: Key,
) -> Result<Vec<Draft>> {
    let rows = dispute_drafts::table
        .filter(dispute_drafts::person_id.eq(person))
        .filter(dispute_drafts::customer_id.eq(customer))
        .order((dispute_drafts::changed_at.desc(), dispute_drafts::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| with_files(conn, row)).collect()
}

/// Writes the draft as it is now, without its files.
pub(in crate::disputes) fn put_draft(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    let (at, content) = (tx.stamp(), serde_json::to_string(&draft.text)?);
    let changed = diesel::update(dispute_drafts::table.find(&draft.id))
        .set((
            dispute_drafts::subject.eq(draft.kind),
            dispute_drafts::subject_id.eq(&draft.subject),
            dispute_drafts::content.eq(&content),
            dispute_drafts::changed_at.eq(at),
        ))
        .execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(dispute_drafts::table)
            .values((
                dispute_drafts::id.eq(&draft.id),
                dispute_drafts::person_id.eq(&draft.person),
                dispute_drafts::customer_id.eq(draft.customer),
                dispute_drafts::subject.eq(draft.kind),
                dispute_drafts::subject_id.eq(&draft.subject),
                dispute_drafts::content.eq(&content),
                dispute_drafts::created_at.eq(at),
                dispute_drafts::changed_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::disputes) fn add_draft_file(
    tx: &mut Tx<'_>,
    id: &DraftId,
    position: i32,
    file: &Checked,
) -> Result<()> {
    diesel::insert_into(dispute_draft_files::table)
        .values((
            dispute_draft_files::id.eq(&file.id),
            dispute_draft_files::draft_id.eq(id),
            dispute_draft_files::position.eq(position),
            dispute_draft_files::name.eq(&file.name),
            dispute_draft_files::content_type.eq(file.content_type),
            dispute_draft_files::bytes.eq(file.bytes),
            dispute_draft_files::sha256.eq(&file.sha256),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn remove_draft_file(
    tx: &mut Tx<'_>,
    draft: &DraftId,
    id: &FileId,
) -> Result<()> {
    let own = dispute_draft_files::table.find(id);
    diesel::delete(own.filter(dispute_draft_files::draft_id.eq(draft))).execute(&mut **tx)?;
    Ok(())
}

pub(in crate::disputes) fn remove_draft(tx: &mut Tx<'_>, id: &DraftId) -> Result<()> {
    let files = dispute_draft_files::table.filter(dispute_draft_files::draft_id.eq(id));
    diesel::delete(files).execute(&mut **tx)?;
    diesel::delete(dispute_drafts::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

/// Drafts nobody touched since then.
pub(in crate::disputes) fn stale_drafts(
    conn: &mut Conn,
    before: NaiveDateTime,
    limit: i64,
) -> Result<Vec<DraftId>> {
    Ok(dispute_drafts::table
        .filter(dispute_drafts::changed_at.lt(before))
        .order((dispute_drafts::changed_at, dispute_drafts::id))
        .limit(limit)
        .select(dispute_drafts::id)
        .load(conn)?)
}

/// Of these files, those that a draft has.
pub(in crate::disputes) fn in_drafts(conn: &mut Conn, ids: &[FileId]) -> Result<Vec<FileId>> {
    Ok(dispute_draft_files::table
        .filter(dispute_draft_files::id.eq_any(ids.to_vec()))
        .select(dispute_draft_files::id)
        .load(conn)?)
}

/// How many bytes a customer's files take, in disputes and in drafts.
pub(in crate::disputes) fn bytes_of(conn: &mut Conn, customer: Key) -> Result<i64> {
    let sizes = dispute_files::table
        .inner_join(disputes::table)
        .filter(disputes::customer_id.eq(customer))
        .filter(dispute_files::scan.ne(ScanState::Infected))
        .select(dispute_files::bytes)
        .load::<i64>(conn)?;
    let waiting = dispute_draft_files::table
        .inner_join(dispute_drafts::table)
        .filter(dispute_drafts::customer_id.eq(customer))
        .select(dispute_draft_files::bytes)
        .load::<i64>(conn)?;
    Ok(sizes.into_iter().chain(waiting).fold(0, i64::saturating_add))
}
