pub(super) mod receivers;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Announcement, Reach, Said, Segment, State, Writing};
use crate::db::schema::announcements;
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{AnnouncementId, PersonId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = announcements, treat_none_as_default_value = false)]
struct Row {
    id: AnnouncementId,
    state: State,
    portfolio: Option<String>,
    segment: String,
    subject_zh: String,
    text_zh: String,
    subject_en: String,
    text_en: String,
    revision: i64,
    written_by: PersonId,
    written_by_name: String,
    changed_by_name: String,
    changed_at: NaiveDateTime,
    send_at: Option<NaiveDateTime>,
    begun_at: Option<NaiveDateTime>,
    ended_at: Option<NaiveDateTime>,
}

impl TryFrom<Row> for Announcement {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let segment: Segment = serde_json::from_str(&row.segment)?;
        Ok(Self {
            id: row.id,
            state: row.state,
            reach: row.portfolio.map_or(Reach::All, Reach::Portfolio),
            writing: Writing {
                zh: Said { subject: row.subject_zh, text: row.text_zh },
                en: Said { subject: row.subject_en, text: row.text_en },
                segment,
            },
            revision: row.revision,
            written_by: row.written_by,
            written_by_name: row.written_by_name,
            changed_by_name: row.changed_by_name,
            changed_at: as_utc(row.changed_at),
            send_at: row.send_at.map(as_utc),
            begun_at: row.begun_at.map(as_utc),
            ended_at: row.ended_at.map(as_utc),
        })
    }
}

pub(super) fn insert(tx: &mut Tx<'_>, new: &Announcement) -> Result<()> {
    let new = new.clone();
    let row = Row {
        id: new.id,
        state: new.state,
        portfolio: match new.reach {
            Reach::All => None,
            Reach::Portfolio(manager) => Some(manager),
        },
        segment: serde_json::to_string(&new.writing.segment)?,
        subject_zh: new.writing.zh.subject,
        text_zh: new.writing.zh.text,
        subject_en: new.writing.en.subject,
        text_en: new.writing.en.text,
        revision: new.revision,
        written_by: new.written_by,
        written_by_name: new.written_by_name,
        changed_by_name: new.changed_by_name,
        changed_at: new.changed_at.naive_utc(),
        send_at: None,
        begun_at: None,
        ended_at: None,
    };
    diesel::insert_into(announcements::table).values(row).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn one(conn: &mut Conn, id: &AnnouncementId) -> Result<Announcement> {
    announcements::table.find(id).select(Row::as_select()).first(conn)?.try_into()
}

pub(super) fn latest(conn: &mut Conn, reach: &Reach, limit: i64) -> Result<Vec<Announcement>> {
    let mut query = announcements::table.order(announcements::id.desc()).limit(limit).into_boxed();
    if let Reach::Portfolio(manager) = reach {
        query = query.filter(announcements::portfolio.eq(manager));
    }
    query.select(Row::as_select()).load(conn)?.into_iter().map(Announcement::try_from).collect()
}

/// One under way, or else the one whose time came first.
pub(super) fn due(conn: &mut Conn, now: NaiveDateTime) -> Result<Option<Announcement>> {
    let sending = announcements::table
        .filter(announcements::state.eq(State::Sending))
        .order((announcements::send_at, announcements::id))
        .select(Row::as_select());
    if let Some(row) = sending.first(conn).optional()? {
        return Ok(Some(row.try_into()?));
    }
    let scheduled = announcements::table
        .filter(announcements::state.eq(State::Scheduled).and(announcements::send_at.le(now)))
        .order((announcements::send_at, announcements::id))
        .select(Row::as_select());
    scheduled.first(conn).optional()?.map(Announcement::try_from).transpose()
}

/// Writes over the draft.
pub(super) fn rewrite(tx: &mut Tx<'_>, known: &Announcement, writing: &Writing) -> Result<()> {
    let (name, at) = (tx.by().name.clone(), tx.stamp());
    diesel::update(announcements::table.find(&known.id))
        .set((
            announcements::segment.eq(serde_json::to_string(&writing.segment)?),
            announcements::subject_zh.eq(&writing.zh.subject),
            announcements::text_zh.eq(&writing.zh.text),
            announcements::subject_en.eq(&writing.en.subject),
            announcements::text_en.eq(&writing.en.text),
            announcements::revision.eq(known.revision + 1),
            announcements::changed_by_name.eq(name),
            announcements::changed_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Moves it on, or back.
pub(super) fn schedule(
    tx: &mut Tx<'_>,
    known: &Announcement,
    state: State,
    send_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<()> {
    let (name, at) = (tx.by().name.clone(), tx.stamp());
    diesel::update(announcements::table.find(&known.id))
        .set((
            announcements::state.eq(state),
            announcements::send_at.eq(send_at.map(|at| at.naive_utc())),
            announcements::revision.eq(known.revision + 1),
            announcements::changed_by_name.eq(name),
            announcements::changed_at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn begin(tx: &mut Tx<'_>, known: &Announcement) -> Result<()> {
    let at = tx.stamp();
    diesel::update(announcements::table.find(&known.id))
        .set((announcements::state.eq(State::Sending), announcements::begun_at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn end(tx: &mut Tx<'_>, known: &Announcement) -> Result<()> {
    let at = tx.stamp();
    diesel::update(announcements::table.find(&known.id))
        .set((announcements::state.eq(State::Sent), announcements::ended_at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}
