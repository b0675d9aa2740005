pub(super) mod backlog;
pub(super) mod bounces;
pub(super) mod domains;
pub(super) mod enclosures;
pub(super) mod forget;
pub(super) mod holds;
pub(super) mod links;
pub(super) mod notices;
pub(super) mod unsubscribe;

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use super::kinds::is_answer;
use super::rules::LetterState;
use super::{Counts, Delivered, Outgoing, Posted};
use crate::db::schema::{bounced_addresses, mail_rounds, outbox};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::insert_all;
use crate::values::{Key, Language, LetterId};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: LetterId,
    pub message_id: String,
    pub kind: String,
    pub cause_id: String,
    pub to_address: String,
    pub customer_id: Option<Key>,
    pub language: Language,
    pub subject: String,
    pub text_body: String,
    pub html_body: String,
    pub state: LetterState,
    pub attempts: i32,
    pub next_try_at: NaiveDateTime,
    pub claimed_until: Option<NaiveDateTime>,
    pub last_error: Option<String>,
    pub created_at: NaiveDateTime,
    pub sent_at: Option<NaiveDateTime>,
    pub follows: Option<String>,
    pub domain: String,
    pub path: String,
    pub read_at: Option<NaiveDateTime>,
    pub encloses: Option<String>,
    pub other_subject: Option<String>,
}

impl Row {
    pub(super) fn outgoing(&self) -> Outgoing {
        Outgoing {
            id: self.id.to_string(),
            message_id: self.message_id.clone(),
            follows: self.follows.clone(),
            answers: is_answer(&self.kind),
            to: self.to_address.clone(),
            subject: self.subject.clone(),
            text: self.text_body.clone(),
            html: self.html_body.clone(),
            created_at: as_utc(self.created_at),
            unsubscribe: None,
            enclosure: None,
        }
    }
}

impl From<Row> for Posted {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            cause_id: row.cause_id,
            to: row.to_address,
            customer: row.customer_id,
            language: row.language,
            subject: row.subject,
            text: row.text_body,
            html: row.html_body,
            message_id: row.message_id,
            state: row.state,
            attempts: row.attempts,
            next_try_at: as_utc(row.next_try_at),
            last_error: row.last_error,
            encloses: row.encloses,
            created_at: as_utc(row.created_at),
            sent_at: row.sent_at.map(as_utc),
        }
    }
}

pub(super) fn exists(conn: &mut Conn, kind: &str, cause_id: &str, to: &str) -> Result<bool> {
    let same = outbox::table.filter(
        outbox::kind.eq(kind).and(outbox::cause_id.eq(cause_id)).and(outbox::to_address.eq(to)),
    );
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// Whether a letter of this Message-ID was written.
pub(super) fn is_known(conn: &mut Conn, message_id: &str) -> Result<bool> {
    let same = outbox::table.filter(outbox::message_id.eq(message_id));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// The causes and addresses of letters of the kind that stand for these causes.
pub(super) fn standing_of(
    conn: &mut Conn,
    kind: &str,
    causes: &[&str],
) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for chunk in causes.chunks(500) {
        let rows = outbox::table
            .filter(outbox::kind.eq(kind).and(outbox::cause_id.eq_any(chunk)))
            .select((outbox::cause_id, outbox::to_address))
            .load::<(String, String)>(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// One by one where there are few: such a statement is prepared once for all.
pub(super) fn insert(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<()> {
    const FEW: usize = 4;
    if rows.len() > FEW {
        insert_all!(tx, outbox::table, rows, 200);
        return Ok(());
    }
    for row in rows {
        diesel::insert_into(outbox::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn round_is_done(conn: &mut Conn, kind: &str, round: NaiveDate) -> Result<bool> {
    let same = mail_rounds::table.find((kind, round));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

pub(super) fn finish_round(
    tx: &mut Tx<'_>,
    kind: &str,
    round: NaiveDate,
    letters: i64,
) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(mail_rounds::table)
        .values((
            mail_rounds::kind.eq(kind),
            mail_rounds::round.eq(round),
            mail_rounds::letters.eq(letters),
            mail_rounds::finished_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Letters that may leave now, as a boxed query: queued, due, nobody's, and held up by nothing.
macro_rules! due {
    ($now:expr, $held:expr) => {{
        let gone =
            bounced_addresses::table.filter(bounced_addresses::address.eq(outbox::to_address));
        outbox::table
            .filter(outbox::state.eq(LetterState::Queued))
            .filter(outbox::next_try_at.le($now))
            .filter(outbox::claimed_until.is_null().or(outbox::claimed_until.lt($now)))
            .filter(outbox::domain.ne_all($held))
            .filter(diesel::dsl::not(diesel::dsl::exists(gone)))
    }};
}

/// Those that have waited longest, but none for the places held.
pub(super) fn due(
    conn: &mut Conn,
    now: NaiveDateTime,
    held: &[String],
    most: usize,
) -> Result<Vec<Row>> {
    Ok(due!(now, held)
        .order((outbox::next_try_at, outbox::id))
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .select(Row::as_select())
        .load(conn)?)
}

/// Whether any letter may leave now, but for the domains named.
pub(super) fn any_due(conn: &mut Conn, now: NaiveDateTime, but: &[String]) -> Result<bool> {
    let mut held = holds::at(conn, now)?;
    if held.iter().any(|place| place == holds::RELAY) {
        return Ok(false);
    }
    held.extend_from_slice(but);
    let first = due!(now, held).select(outbox::id).first::<LetterId>(conn).optional()?;
    Ok(first.is_some())
}

/// Keeps the letters from others for a while.
pub(super) fn claim(tx: &mut Tx<'_>, ids: &[&LetterId], until: NaiveDateTime) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids)))
        .set(outbox::claimed_until.eq(until))
        .execute(&mut **tx)?;
    Ok(())
}

/// Counts the try and ends the claim.
pub(super) fn mark_sent(tx: &mut Tx<'_>, ids: &[&LetterId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let at = tx.stamp();
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids)))
        .set((
            outbox::state.eq(LetterState::Sent),
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::sent_at.eq(at),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
            outbox::last_error.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Counts a try that failed.
pub(super) fn count_try(tx: &mut Tx<'_>, id: &LetterId) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set(outbox::attempts.eq(outbox::attempts + 1))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn mark_delayed(
    tx: &mut Tx<'_>,
    id: &LetterId,
    until: NaiveDateTime,
    why: &str,
) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((
            outbox::next_try_at.eq(until),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
            outbox::last_error.eq(why),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Lets the letters wait where they stood, as if they hadn't been taken; the reason stays where none
/// is given.
pub(super) fn give_back(tx: &mut Tx<'_>, ids: &[&LetterId], why: Option<&str>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let claim = outbox::claimed_until.eq(None::<NaiveDateTime>);
    let letters = diesel::update(outbox::table.filter(outbox::id.eq_any(ids)));
    match why {
        Some(why) => letters.set((claim, outbox::last_error.eq(why))).execute(&mut **tx)?,
        None => letters.set(claim).execute(&mut **tx)?,
    };
    Ok(())
}

pub(super) fn mark_failed(tx: &mut Tx<'_>, id: &LetterId, why: &str) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((
            outbox::state.eq(LetterState::Failed),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
            outbox::last_error.eq(why),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn queue_again(tx: &mut Tx<'_>, id: &LetterId) -> Result<()> {
    let at = tx.stamp();
    diesel::update(outbox::table.find(id))
        .set((
            outbox::state.eq(LetterState::Queued),
            outbox::attempts.eq(0),
            outbox::next_try_at.eq(at),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn by_id(conn: &mut Conn, id: &LetterId) -> Result<Posted> {
    Ok(outbox::table.find(id).select(Row::as_select()).first(conn).map(Posted::from)?)
}

pub(super) fn by_message_id(conn: &mut Conn, message_id: &str) -> Result<Option<Posted>> {
    let row = outbox::table.filter(outbox::message_id.eq(message_id)).select(Row::as_select());
    Ok(row.first(conn).optional()?.map(Posted::from))
}

pub(super) fn latest(
    conn: &mut Conn,
    state: Option<LetterState>,
    before: Option<&LetterId>,
    limit: i64,
) -> Result<Vec<Posted>> {
    let mut query = outbox::table.order(outbox::id.desc()).limit(limit).into_boxed();
    if let Some(state) = state {
        query = query.filter(outbox::state.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(outbox::id.lt(before));
    }
    let rows = query.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Posted::from).collect())
}

pub(super) fn of_cause(conn: &mut Conn, kind: &str, cause_id: &str) -> Result<Vec<Posted>> {
    let rows = outbox::table
        .filter(outbox::kind.eq(kind).and(outbox::cause_id.eq(cause_id)))
        .order(outbox::to_address)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Posted::from).collect())
}

/// For few addresses: those of a page.
pub(super) fn of_cause_to(
    conn: &mut Conn,
    kind: &str,
    cause_id: &str,
    addresses: &[&str],
) -> Result<Vec<Posted>> {
    let rows = outbox::table
        .filter(outbox::kind.eq(kind).and(outbox::cause_id.eq(cause_id)))
        .filter(outbox::to_address.eq_any(addresses))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Posted::from).collect())
}

pub(super) fn delivered(
    conn: &mut Conn,
    kinds: &[&str],
    causes: &[&str],
) -> Result<HashMap<String, Delivered>> {
    let mut found: HashMap<String, Delivered> = HashMap::new();
    for chunk in causes.chunks(500) {
        let counts = outbox::table
            .filter(outbox::kind.eq_any(kinds).and(outbox::cause_id.eq_any(chunk)))
            .group_by((outbox::cause_id, outbox::state))
            .select((outbox::cause_id, outbox::state, count_star()))
            .load::<(String, LetterState, i64)>(conn)?;
        for (cause, state, count) in counts {
            let one = found.entry(cause).or_default();
            match state {
                LetterState::Queued => one.queued += count,
                // In the portal it is where its reader wants it.
                LetterState::Sent | LetterState::Shown => one.sent += count,
                LetterState::Failed => one.failed += count,
            }
        }
    }
    Ok(found)
}

pub(super) fn standing(
    conn: &mut Conn,
    kind: &str,
    cause_id: &str,
) -> Result<HashMap<LetterState, i64>> {
    let counts = outbox::table
        .filter(outbox::kind.eq(kind).and(outbox::cause_id.eq(cause_id)))
        .group_by(outbox::state)
        .select((outbox::state, count_star()))
        .load::<(LetterState, i64)>(conn)?;
    Ok(counts.into_iter().collect())
}

/// Those that wait and are in nobody's hands.
pub(super) fn keep_in_portal(tx: &mut Tx<'_>, kind: &str, address: &str) -> Result<()> {
    let now = tx.stamp();
    let waiting = outbox::table
        .filter(outbox::kind.eq(kind).and(outbox::to_address.eq(address)))
        .filter(outbox::state.eq(LetterState::Queued))
        .filter(outbox::claimed_until.is_null().or(outbox::claimed_until.lt(now)));
    diesel::update(waiting).set(outbox::state.eq(LetterState::Shown)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn of_customer(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Posted>> {
    let rows = outbox::table
        .filter(outbox::customer_id.eq(customer))
        .order(outbox::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Posted::from).collect())
}

pub(super) fn counts(conn: &mut Conn) -> Result<Counts> {
    let rows: Vec<(LetterState, i64)> =
        outbox::table.group_by(outbox::state).select((outbox::state, count_star())).load(conn)?;
    let oldest: Option<NaiveDateTime> = outbox::table
        .filter(outbox::state.eq(LetterState::Queued))
        .select(min(outbox::created_at))
        .first(conn)?;
    let of = |state| rows.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
    Ok(Counts {
        queued: of(LetterState::Queued),
        sent: of(LetterState::Sent),
        failed: of(LetterState::Failed),
        shown: of(LetterState::Shown),
        oldest_queued: oldest.map(as_utc),
    })
}
