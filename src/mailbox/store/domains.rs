use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use super::holds;
use crate::db::schema::{bounced_addresses, outbox};
use crate::db::{Conn, as_utc};
use crate::error::Result;
use crate::mailbox::{DomainMail, LetterState};
use crate::values::LetterId;

/// Waiting and failed letters by domain, those with most of them first.
pub(in crate::mailbox) fn unsent(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<DomainMail>> {
    let rows: Vec<(String, LetterState, i64, Option<NaiveDateTime>)> = outbox::table
        .filter(outbox::state.eq_any([LetterState::Queued, LetterState::Failed]))
        .group_by((outbox::domain, outbox::state))
        .select((outbox::domain, outbox::state, count_star(), min(outbox::created_at)))
        .load(conn)?;
    let held = holds::at(conn, now)?;
    let mut domains: BTreeMap<String, DomainMail> = BTreeMap::new();
    for (domain, state, count, oldest) in rows {
        let row = domains.entry(domain.clone()).or_insert_with(|| DomainMail {
            held: held.contains(&domain),
            domain,
            waiting: 0,
            failed: 0,
            oldest: None,
        });
        match state {
            LetterState::Queued => (row.waiting, row.oldest) = (count, oldest.map(as_utc)),
            _ => row.failed = count,
        }
    }
    let mut rows: Vec<DomainMail> = domains.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.failed + row.waiting, row.failed)));
    Ok(rows)
}

/// Failed letters to addresses that take mail, oldest first: of one domain, or all.
pub(in crate::mailbox) fn failed(
    conn: &mut Conn,
    domain: Option<&str>,
    limit: i64,
) -> Result<Vec<LetterId>> {
    let gone = bounced_addresses::table.filter(bounced_addresses::address.eq(outbox::to_address));
    let mut query = outbox::table
        .filter(outbox::state.eq(LetterState::Failed))
        .filter(diesel::dsl::not(diesel::dsl::exists(gone)))
        .order(outbox::id)
        .limit(limit)
        .select(outbox::id)
        .into_boxed();
    if let Some(domain) = domain {
        query = query.filter(outbox::domain.eq(domain.to_owned()));
    }
    Ok(query.load(conn)?)
}
