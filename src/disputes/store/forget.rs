//! Taking an erased person out of what only they used.

use diesel::prelude::*;

use crate::db::Tx;
use crate::db::schema::{
    dispute_draft_files, dispute_drafts, dispute_looks, dispute_views, saved_replies,
};
use crate::error::Result;
use crate::values::PersonId;

pub(in crate::disputes) fn person(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    let drafts = dispute_drafts::table
        .filter(dispute_drafts::person_id.eq(person))
        .select(dispute_drafts::id);
    diesel::delete(dispute_draft_files::table.filter(dispute_draft_files::draft_id.eq_any(drafts)))
        .execute(&mut **tx)?;
    diesel::delete(dispute_drafts::table.filter(dispute_drafts::person_id.eq(person)))
        .execute(&mut **tx)?;
    diesel::delete(dispute_looks::table.filter(dispute_looks::person_id.eq(person)))
        .execute(&mut **tx)?;
    diesel::delete(dispute_views::table.filter(dispute_views::person_id.eq(person)))
        .execute(&mut **tx)?;
    diesel::delete(saved_replies::table.filter(saved_replies::owner.eq(person)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The team's replies stay; who changed them last gets this name.
pub(in crate::disputes) fn rename(tx: &mut Tx<'_>, person: &PersonId, name: &str) -> Result<()> {
    diesel::update(saved_replies::table.filter(saved_replies::changed_by.eq(person)))
        .set(saved_replies::changed_by_name.eq(name))
        .execute(&mut **tx)?;
    Ok(())
}
