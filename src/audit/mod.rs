//! The audit log: who did what to which object, when and why, as a hash chain (DOMAIN §7).
//!
//! Owns `audit_events`. Every change of state writes its event in its own transaction. Promises:
//! sequence numbers without gaps; each event's hash covers its fields and the hash before it.
//! Deliberately absent: any way to change or remove an event.

mod store;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::{Actor, Fingerprint, Key};

/// Something that happened, as the room that did it tells it.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    /// A verb in the past tense with its noun before it: `dispute.decided`.
    pub action: &'static str,
    /// What kind of thing and which one: `("dispute", id)`.
    pub object: (&'static str, &'a str),
    pub customer: Option<Key>,
    /// Fingerprints of the object before and after, where it has content that can be compared.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<&'a str>,
}

/// Every kind of object that events are about.
pub const KINDS: &[&str] = &[
    "accrual_run",
    "address",
    "announcement",
    "backup",
    "bank_account",
    "calendar",
    "customer",
    "data_request",
    "dispute",
    "dispute_draft",
    "erp_difference",
    "erp_import",
    "expiry",
    "export",
    "import",
    "letter",
    "mail",
    "mail_round",
    "payout",
    "period",
    "person",
    "policy",
    "policy_version",
    "report",
    "saved_reply",
    "statement",
    "statement_run",
    "statement_schedule",
];

/// An event as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_name: String,
    pub role: String,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub customer: Option<Key>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub request: Option<String>,
    pub address: Option<String>,
    pub previous: String,
    pub hash: String,
}

/// The chain's head: how many events, and the last one's hash. Printed on statements, so that
/// customers hold evidence of history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub count: i64,
    pub hash: String,
}

/// The first event that doesn't fit the chain, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub seq: i64,
    pub why: &'static str,
}

/// Adds the event to the chain, in the transaction of what happened.
pub fn record(tx: &mut Tx<'_>, event: Event<'_>) -> Result<()> {
    record_all(tx, std::iter::once(event))
}

/// Adds the events to the chain, in order.
pub fn record_all<'a>(tx: &mut Tx<'_>, events: impl Iterator<Item = Event<'a>>) -> Result<()> {
    record_each(tx, events).map(|_| ())
}

/// The same; what the chain's head was before each.
pub fn record_each<'a>(
    tx: &mut Tx<'_>,
    events: impl Iterator<Item = Event<'a>>,
) -> Result<Vec<Checkpoint>> {
    let mut head = checkpoint(tx)?;
    let (by, at) = (tx.by(), tx.at());
    let (mut recorded, mut heads) = (Vec::new(), Vec::new());
    for event in events {
        let next = follow(head.clone(), by, at, event);
        heads.push(head);
        head = Checkpoint { count: next.seq, hash: next.hash.clone() };
        recorded.push(next);
    }
    store::insert(tx, recorded)?;
    Ok(heads)
}

/// The event as the chain's next.
fn follow(head: Checkpoint, by: &Actor, at: DateTime<Utc>, event: Event<'_>) -> Recorded {
    let mut recorded = Recorded {
        seq: head.count + 1,
        at,
        actor: by.id().to_owned(),
        actor_name: by.name.clone(),
        role: by.roles(),
        action: event.action.to_owned(),
        object_kind: event.object.0.to_owned(),
        object_id: event.object.1.to_owned(),
        customer: event.customer,
        before: event.before,
        after: event.after,
        reason: event.reason.map(str::to_owned),
        request: by.request.clone(),
        address: by.address.clone(),
        previous: head.hash,
        hash: String::new(),
    };
    recorded.hash = chain_hash(&recorded);
    recorded
}

/// The chain's head.
pub fn checkpoint(conn: &mut Conn) -> Result<Checkpoint> {
    Ok(store::last(conn)?.unwrap_or_else(|| Checkpoint { count: 0, hash: "0".repeat(64) }))
}

/// Events, newest first, before the given sequence number.
pub fn latest(conn: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<Recorded>> {
    store::latest(conn, before, limit)
}

/// A customer's events of these actions, newest first.
pub fn of_customer(
    conn: &mut Conn,
    customer: Key,
    actions: &[&str],
    limit: i64,
) -> Result<Vec<Recorded>> {
    store::of_customer(conn, customer, actions, limit)
}

/// Which events to list; everything absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// `payout`, `dispute`, …
    pub kind: Option<String>,
    /// The object's id.
    pub object: Option<String>,
    /// The id or the name of who did it.
    pub actor: Option<String>,
}

/// Events that pass the filter, newest first, before the given sequence number.
pub fn search(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Recorded>> {
    store::search(conn, filter, before, limit)
}

/// Events of one object, oldest first.
pub fn of_object(conn: &mut Conn, kind: &str, id: &str) -> Result<Vec<Recorded>> {
    store::of_object(conn, kind, id)
}

/// Walks the whole chain; says how many events it holds and where it breaks first.
pub fn verify(conn: &mut Conn) -> Result<(i64, Option<Broken>)> {
    const PAGE: i64 = 5_000;
    let mut previous = "0".repeat(64);
    let mut last = 0;
    loop {
        let events = store::after(conn, last, PAGE)?;
        if events.is_empty() {
            return Ok((last, None));
        }
        for event in events {
            let why = if event.seq != last + 1 {
                Some("an event before it is missing")
            } else if event.previous != previous {
                Some("it doesn't follow from the event before it")
            } else if event.hash != chain_hash(&event) {
                Some("its content doesn't match its hash")
            } else {
                None
            };
            if let Some(why) = why {
                return Ok((last, Some(Broken { seq: event.seq, why })));
            }
            last = event.seq;
            previous = event.hash;
        }
    }
}

/// The hashes of the events with these sequence numbers, as far as the log holds them. Number 0 is
/// the beginning, from which the first event follows.
pub fn hashes(conn: &mut Conn, seqs: &[i64]) -> Result<HashMap<i64, String>> {
    let mut found = store::hashes(conn, seqs)?;
    found.insert(0, "0".repeat(64));
    Ok(found)
}

/// SHA-256 over the length-prefixed fields and the previous hash. An absent field differs from an
/// empty one.
fn chain_hash(event: &Recorded) -> String {
    let optional = |value: &Option<String>| match value {
        Some(text) => format!("+{text}"),
        None => "-".to_owned(),
    };
    Fingerprint::new("openrebate audit event 1")
        .field(event.seq.to_string())
        .field(event.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
        .field(&event.actor)
        .field(&event.actor_name)
        .field(&event.role)
        .field(&event.action)
        .field(&event.object_kind)
        .field(&event.object_id)
        .field(optional(&event.customer.map(|c| c.to_string())))
        .field(optional(&event.before))
        .field(optional(&event.after))
        .field(optional(&event.reason))
        .field(optional(&event.request))
        .field(optional(&event.address))
        .field(&event.previous)
        .finish()
}
