use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::outbox;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::mailbox::NoticeReader;
use crate::mailbox::letter::Letter;
use crate::mailbox::letters::PortalOnly;
use crate::mailbox::notices::Notice;
use crate::values::{Key, Language, LetterId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct Row {
    id: LetterId,
    kind: String,
    customer_id: Option<Key>,
    language: Language,
    subject: String,
    other_subject: Option<String>,
    path: String,
    created_at: NaiveDateTime,
    read_at: Option<NaiveDateTime>,
}

impl From<Row> for Notice {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            customer: row.customer_id,
            subject: row.subject,
            other_subject: row.other_subject,
            language: row.language,
            path: row.path,
            at: as_utc(row.created_at),
            read: row.read_at.is_some(),
        }
    }
}

/// What is for the reader: at a customer's, nothing about another one. Answers to mail that came
/// are no letters of the portal's own.
macro_rules! of_reader {
    ($reader:expr) => {{
        let mut query = outbox::table
            .filter(outbox::to_address.eq(&$reader.address))
            .filter(outbox::kind.ne(PortalOnly::KIND))
            .into_boxed();
        if let Some(customer) = $reader.customer {
            query =
                query.filter(outbox::customer_id.is_null().or(outbox::customer_id.eq(customer)));
        }
        query
    }};
}

pub(in crate::mailbox) fn list(
    conn: &mut Conn,
    reader: &NoticeReader,
    before: Option<&LetterId>,
    limit: i64,
) -> Result<Vec<Notice>> {
    let mut query = of_reader!(reader).order(outbox::id.desc()).limit(limit);
    if let Some(before) = before {
        query = query.filter(outbox::id.lt(before));
    }
    let rows = query.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Notice::from).collect())
}

pub(in crate::mailbox) fn unread(conn: &mut Conn, reader: &NoticeReader) -> Result<i64> {
    let open = of_reader!(reader).filter(outbox::read_at.is_null());
    Ok(open.count().get_result(conn)?)
}

pub(in crate::mailbox) fn one(
    conn: &mut Conn,
    reader: &NoticeReader,
    id: &LetterId,
) -> Result<Option<Notice>> {
    let query = of_reader!(reader).filter(outbox::id.eq(id)).select(Row::as_select());
    Ok(query.first(conn).optional()?.map(Notice::from))
}

/// One of them, or all.
pub(in crate::mailbox) fn mark_read(
    tx: &mut Tx<'_>,
    reader: &NoticeReader,
    id: Option<&LetterId>,
) -> Result<()> {
    let at = tx.stamp();
    let mut open = of_reader!(reader).filter(outbox::read_at.is_null());
    if let Some(id) = id {
        open = open.filter(outbox::id.eq(id));
    }
    let ids: Vec<LetterId> = open.select(outbox::id).load(&mut **tx)?;
    for some in ids.chunks(500) {
        diesel::update(outbox::table.filter(outbox::id.eq_any(some)))
            .set(outbox::read_at.eq(at))
            .execute(&mut **tx)?;
    }
    Ok(())
}
