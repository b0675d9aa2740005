use chrono::NaiveDateTime;
use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{bounced_addresses, mail_holds, outbox};
use crate::error::Result;
use crate::mailbox::LetterState;

/// How many letters have been due since before the moment, and the oldest of them; those that wait
/// for an address to be mended, or for their domain's pace, aren't among them.
pub(in crate::mailbox) fn due_before(
    conn: &mut Conn,
    moment: NaiveDateTime,
) -> Result<(i64, Option<NaiveDateTime>)> {
    let gone = bounced_addresses::table.filter(bounced_addresses::address.eq(outbox::to_address));
    let paced = mail_holds::table.filter(mail_holds::place.eq(outbox::domain));
    Ok(outbox::table
        .filter(outbox::state.eq(LetterState::Queued))
        .filter(outbox::next_try_at.lt(moment))
        .filter(not(exists(gone)))
        .filter(not(exists(paced)))
        .select((count_star(), min(outbox::next_try_at)))
        .first(conn)?)
}
