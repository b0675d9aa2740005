use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::dispute_ratings;
use crate::db::{Conn, Tx, as_utc};
use crate::disputes::Rating;
use crate::error::Result;
use crate::values::DisputeId;

pub(in crate::disputes) fn rating(conn: &mut Conn, id: &DisputeId) -> Result<Option<Rating>> {
    let found = dispute_ratings::table
        .find(id)
        .select((
            dispute_ratings::score,
            dispute_ratings::text,
            dispute_ratings::rated_by_name,
            dispute_ratings::rated_at,
        ))
        .first::<(i32, String, String, NaiveDateTime)>(conn)
        .optional()?;
    Ok(found.map(|(score, text, by, at)| Rating { score, text, by, at: as_utc(at) }))
}

pub(in crate::disputes) fn add_rating(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    score: i32,
    text: &str,
) -> Result<()> {
    diesel::insert_into(dispute_ratings::table)
        .values((
            dispute_ratings::dispute_id.eq(id),
            dispute_ratings::score.eq(score),
            dispute_ratings::text.eq(text),
            dispute_ratings::rated_by.eq(tx.by().id()),
            dispute_ratings::rated_by_name.eq(tx.by().name.as_str()),
            dispute_ratings::rated_at.eq(tx.stamp()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
