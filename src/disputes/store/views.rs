use diesel::prelude::*;

use crate::db::schema::dispute_views;
use crate::db::{Conn, Tx};
use crate::disputes::KeptView;
use crate::error::Result;
use crate::values::{DisputeViewId, PersonId};

pub(in crate::disputes) fn kept_views(conn: &mut Conn, person: &PersonId) -> Result<Vec<KeptView>> {
    let mut kept: Vec<KeptView> = dispute_views::table
        .filter(dispute_views::person_id.eq(person))
        .select((dispute_views::id, dispute_views::name, dispute_views::query))
        .load::<(DisputeViewId, String, String)>(conn)?
        .into_iter()
        .map(|(id, name, query)| KeptView { id, name, query })
        .collect();
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(kept)
}

pub(in crate::disputes) fn put_view(
    tx: &mut Tx<'_>,
    person: &PersonId,
    view: &KeptView,
) -> Result<()> {
    let at = tx.stamp();
    let changed = diesel::update(dispute_views::table.find(&view.id))
        .set((dispute_views::query.eq(&view.query), dispute_views::kept_at.eq(at)))
        .execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(dispute_views::table)
            .values((
                dispute_views::id.eq(&view.id),
                dispute_views::person_id.eq(person),
                dispute_views::name.eq(&view.name),
                dispute_views::query.eq(&view.query),
                dispute_views::kept_at.eq(at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::disputes) fn remove_view(tx: &mut Tx<'_>, id: &DisputeViewId) -> Result<()> {
    diesel::delete(dispute_views::table.find(id)).execute(&mut **tx)?;
    Ok(())
}
