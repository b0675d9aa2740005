//! Sessions: a 256-bit key in the browser's cookie, its SHA-256 in the table.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Person, PersonState, rules, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{PersonId, fingerprint};

/// The secret a browser holds. Printed nowhere but in its cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// A fresh one, 256 bits.
    pub fn random() -> Self {
        use std::fmt::Write;
        let bytes: [u8; 32] = rand::random();
        Self(bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        }))
    }

    /// What a cookie carried; None when it can't be a key.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 64 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What the table keeps.
    pub fn hash(&self) -> String {
        fingerprint(self.0.as_bytes())
    }
}

/// One sign-in of one person on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names the session on pages too: the key can't be had from it.
    pub key_hash: String,
    pub person: PersonId,
    /// What the next page tells, as the door that told it wrote it; empty when nothing.
    pub flash: String,
    pub address: String,
    pub agent: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A person and the session they came with.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub person: Person,
    pub session: Session,
    /// The last use on record is more than a minute ago: [`touch_session`] is due.
    pub touch_due: bool,
}

/// Opens a session. The caller has verified the person.
pub(super) fn open(
    tx: &mut Tx<'_>,
    person: &Person,
    key: &SessionKey,
    address: &str,
    agent: &str,
) -> Result<()> {
    let now = tx.at();
    let long_gone = (now - TimeDelta::days(30)).naive_utc();
    store::delete_expired_sessions(tx, long_gone)?;
    let session = Session {
        key_hash: key.hash(),
        person: person.id.clone(),
        flash: String::new(),
        address: address.to_owned(),
        agent: agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        created_at: now,
        seen_at: now,
        expires_at: now + rules::lifetimes(&person.side).absolute,
    };
    store::insert_session(tx, &session)
}

/// Who comes with this key, if the session and the person still stand.
pub fn load_session(
    conn: &mut Conn,
    key: &SessionKey,
    now: DateTime<Utc>,
) -> Result<Option<SignedIn>> {
    let Some(session) = store::session_by_hash(conn, &key.hash())? else { return Ok(None) };
    let Some(person) = store::by_id(conn, &session.person)? else { return Ok(None) };
    let alive = person.state == PersonState::Active
        && rules::alive(&person.side, session.seen_at, session.expires_at, now);
    let touch_due = now - session.seen_at >= TimeDelta::minutes(1);
    Ok(alive.then_some(SignedIn { person, session, touch_due }))
}

/// Records that the session was used.
///
/// # Errors
/// It was ended meanwhile.
pub fn touch_session(tx: &mut Tx<'_>, key_hash: &str) -> Result<()> {
    store::set_seen(tx, key_hash)
}

/// Leaves something for the next page of this session to tell.
///
/// # Errors
/// The session was ended meanwhile.
pub fn flash(tx: &mut Tx<'_>, key_hash: &str, message: &str) -> Result<()> {
    store::set_session_state(tx, key_hash, message)
}

/// Takes what was left to tell, so that it is told once.
///
/// # Errors
/// The session was ended meanwhile.
pub fn take_flash(tx: &mut Tx<'_>, key_hash: &str) -> Result<String> {
    let session = store::session_by_hash(tx, key_hash)?.ok_or(Error::NotFound)?;
    store::set_session_state(tx, key_hash, "")?;
    Ok(session.flash)
}

/// Signs out: the session of the person who writes.
pub fn end_session(tx: &mut Tx<'_>, key_hash: &str) -> Result<()> {
    end(tx, key_hash, "session.signed_out")
}

/// Ends another session of the person who writes.
///
/// # Errors
/// It isn't theirs, or is gone.
pub fn revoke_session(tx: &mut Tx<'_>, key_hash: &str) -> Result<()> {
    end(tx, key_hash, "session.revoked")
}

fn end(tx: &mut Tx<'_>, key_hash: &str, action: &'static str) -> Result<()> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    if !store::delete_session(tx, &person, key_hash)? {
        return Err(Error::NotFound);
    }
    let customer = tx.by().customer();
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.as_str()),
            customer,
            ..Default::default()
        },
    )
}

/// The sessions of a person that still stand, the latest used first.
pub fn sessions_of(conn: &mut Conn, person: &Person, now: DateTime<Utc>) -> Result<Vec<Session>> {
    let mut sessions = store::sessions_of(conn, &person.id)?;
    sessions.retain(|s| rules::alive(&person.side, s.seen_at, s.expires_at, now));
    Ok(sessions)
}
