use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::outbox;
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::mailbox::letter::Letter;
use crate::mailbox::letters::PortalOnly;
use crate::mailbox::{Notice, NoticeReader};
use crate::values::{Key, LetterId};

type Row = (LetterId, String, Option<Key>, String, String, NaiveDateTime, Option<NaiveDateTime>);

const COLUMNS: (
    outbox::id,
    outbox::kind,
    outbox::customer_id,
    outbox::subject,
    outbox::path,
    outbox::created_at,
    outbox::read_at,
) = (
    outbox::id,
    outbox::kind,
    outbox::customer_id,
    outbox::subject,
    outbox::path,
    outbox::created_at,
    outbox::read_at,
);

fn notice((id, kind, customer, subject, path, at, read): Row) -> Notice {
    Notice { id, kind, customer, subject, path, at: as_utc(at), read: read.is_some() }
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
    let rows: Vec<Row> = query.select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(notice).collect())
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
    let query = of_reader!(reader).filter(outbox::id.eq(id)).select(COLUMNS);
    Ok(query.first::<Row>(conn).optional()?.map(notice))
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
