//! The outbox: letters are written in the transaction of what they tell, and leave afterwards.
//!
//! Owns `outbox`, `refused_enclosures`, `mail_rounds`, `mail_holds`, `bounced_addresses`, `unsubscribe_tokens`
//! and `letter_links`.
//! Promises: a letter is never lost and never posted twice for one cause and address; every try
//! carries the same Message-ID; one recipient each; what can't be delivered ends as failed, with
//! the reason, for people to see; an address that takes no mail is left in peace until it is
//! mended; what is slow holds up no other. Delivery is at least once: a connection that ends between
//! the final dot of a letter and the write that notes its answer, by a cut or a kill, sends a copy of
//! that letter and of no other, which the Message-ID gives away. A file a letter encloses is made when
//! it leaves; one that can't be made or isn't taken holds up no letter. Deliberately absent: files in
//! the outbox, and anything sent inside a transaction.

mod bounces;
mod deliver;
mod dkim;
mod domains;
mod drafts;
mod enclosures;
mod forget;
mod incoming;
mod kinds;
mod letter;
pub mod letters;
mod lines;
mod links;
mod notices;
mod noting;
mod report;
mod rules;
mod smtp;
mod store;
mod transport;
mod unsubscribe;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

pub use bounces::{Bounced, bounce_of, bounces, mark_told, release, untold_bounces, waiting_for};
pub use deliver::{Delivery, RelayAway, Tally, deliver_due, deliver_next, relay_away};
pub use dkim::Dkim;
pub use domains::{DomainMail, send_failed_again, unsent_by_domain};
pub use drafts::{Draft, post_drafts};
pub use enclosures::{
    Enclosure, Enclosures, LARGEST, LeftOut, left_out_of, mark_left_out_told, untold_left_out,
};
pub use forget::{forget_address, forget_letters, is_gone_to};
pub use incoming::{Incoming, LONGEST_HEAD, Reception, read_incoming, receive};
pub use kinds::{KINDS, Kind, Receiver, is_answer, is_optional};
pub use letter::{Content, Letter, Thread};
use letters::Preview;
pub use links::opened_by;
pub use notices::{Notice, NoticeReader, mark_all_read, notices, open_notice, unread};
pub use noting::{Noted, Turn};
pub use report::{Report, read_report};
pub use rules::{Failure, LetterState};
pub use smtp::{CONNECTIONS, PATIENCE, Relay, Security, Smtp};
pub use transport::{Folder, Outgoing, Sender, Transport, own_addresses};
pub use unsubscribe::{Unsubscribing, sweep_tokens, unsubscribing};

use crate::audit::{self, Event};
use crate::db::{Conn, House, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{EmailAddress, Key, Language, LetterId};

/// A letter as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub id: LetterId,
    pub kind: String,
    pub cause_id: String,
    pub to: String,
    pub customer: Option<Key>,
    pub language: Language,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
    pub state: LetterState,
    /// Tries so far.
    pub attempts: i32,
    pub next_try_at: DateTime<Utc>,
    pub last_error: Option<String>,
    /// What leaves with it, by the name its maker knows.
    pub encloses: Option<String>,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

impl Posted {
    /// Whether its address ends in a secret, made when it leaves and never kept.
    pub fn has_secret(&self) -> bool {
        self.text.contains(links::SECRET)
    }
}

/// How many letters stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    pub queued: i64,
    pub sent: i64,
    pub failed: i64,
    /// In the portal alone.
    pub shown: i64,
    /// When the queued letter that waits longest was written.
    pub oldest_queued: Option<DateTime<Utc>>,
}

/// Puts a letter into the outbox, in the transaction of its cause. A letter of the same kind for
/// the same cause and address stands already: nothing happens, and the answer is false.
pub fn post<L: Letter>(
    tx: &mut Tx<'_>,
    to: &EmailAddress,
    language: Language,
    customer: Option<Key>,
    cause_id: &str,
    letter: &L,
) -> Result<bool> {
    post_by(Channel::Mail, tx, to, language, customer, cause_id, letter)
}

/// How a letter reaches its reader; all are shown in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// By mail too.
    Mail,
    /// In the portal alone.
    Portal,
}

/// As [`post`], by the channel given.
pub fn post_by<L: Letter>(
    channel: Channel,
    tx: &mut Tx<'_>,
    to: &EmailAddress,
    language: Language,
    customer: Option<Key>,
    cause_id: &str,
    letter: &L,
) -> Result<bool> {
    if store::exists(tx, L::KIND, cause_id, to.as_str())? {
        return Ok(false);
    }
    let house = tx.house();
    let draft = Draft::by(channel, &house, to, language, customer, cause_id, letter)?;
    let row = draft.row(tx)?;
    store::insert(tx, vec![row])?;
    Ok(true)
}

/// Its name in the world, and the name of what it follows. The first letter of a thread to a
/// reader has the thread's own name, which all later ones name: they hang together whatever
/// happened to the letters between.
fn place(
    conn: &mut Conn,
    id: &LetterId,
    to: &EmailAddress,
    thread: Thread,
    base_url: &str,
) -> Result<(String, Option<String>)> {
    let own = rules::message_id(id.as_str(), base_url);
    Ok(match thread {
        Thread::Alone => (own, None),
        Thread::Answers(mail) => (own, Some(mail)),
        Thread::Of(name) => {
            let root = rules::message_id(&rules::thread_root(&name, to), base_url);
            if store::is_known(conn, &root)? { (own, Some(root)) } else { (root, None) }
        }
    })
}

/// Where people choose which optional letters they get.
pub const SWITCHES: &str = "/notifications";

/// Puts a failed letter back into the queue, with all its tries ahead. Whoever does so says that
/// the address takes mail.
///
/// # Errors
/// There is no such letter, or it didn't fail.
pub fn send_again(tx: &mut Tx<'_>, id: &LetterId) -> Result<()> {
    let letter = store::by_id(tx, id)?;
    if letter.state != LetterState::Failed {
        return Err(Error::refused("mail-not-failed"));
    }
    store::queue_again(tx, id)?;
    if bounce_of(tx, &letter.to)?.is_some() {
        release(tx, &letter.to)?;
    }
    audit::record(
        tx,
        Event {
            action: "letter.queued_again",
            object: ("letter", id.as_str()),
            customer: letter.customer,
            ..Event::default()
        },
    )
}

/// Whether the round of that day was finished.
pub fn round_is_done(conn: &mut Conn, kind: &str, round: NaiveDate) -> Result<bool> {
    store::round_is_done(conn, kind, round)
}

/// Notes that a round is finished, so that no process begins it again; false when one did so
/// before.
pub fn finish_round(tx: &mut Tx<'_>, kind: &str, round: NaiveDate, letters: i64) -> Result<bool> {
    if store::round_is_done(tx, kind, round)? {
        return Ok(false);
    }
    store::finish_round(tx, kind, round, letters)?;
    audit::record(
        tx,
        Event {
            action: "letters.round_finished",
            object: ("mail_round", &format!("{kind}/{round}")),
            reason: Some(&format!("letters: {letters}")),
            ..Event::default()
        },
    )?;
    Ok(true)
}

/// One letter.
pub fn by_id(conn: &mut Conn, id: &LetterId) -> Result<Posted> {
    store::by_id(conn, id)
}

/// Letters, newest first: those in the state, before the letter given.
pub fn latest(
    conn: &mut Conn,
    state: Option<LetterState>,
    before: Option<&LetterId>,
    limit: i64,
) -> Result<Vec<Posted>> {
    store::latest(conn, state, before, limit)
}

/// The letters of one kind that one cause posted, by address: the delivery state of a statement.
pub fn of_cause(conn: &mut Conn, kind: &str, cause_id: &str) -> Result<Vec<Posted>> {
    store::of_cause(conn, kind, cause_id)
}

/// Those of them to these addresses.
pub fn of_cause_to(
    conn: &mut Conn,
    kind: &str,
    cause_id: &str,
    addresses: &[&str],
) -> Result<Vec<Posted>> {
    store::of_cause_to(conn, kind, cause_id, addresses)
}

/// What became of the letters of one cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    pub queued: i64,
    pub sent: i64,
    pub failed: i64,
}

impl Delivered {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            queued: self.queued + other.queued,
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
        }
    }
}

/// What became of the letters of these kinds, for each of the causes that posted any.
pub fn delivered(
    conn: &mut Conn,
    kinds: &[&str],
    causes: &[&str],
) -> Result<HashMap<String, Delivered>> {
    store::delivered(conn, kinds, causes)
}

/// How many letters of one cause stand where.
pub fn standing(conn: &mut Conn, kind: &str, cause_id: &str) -> Result<HashMap<LetterState, i64>> {
    store::standing(conn, kind, cause_id)
}

/// Keeps letters of the kind to the address in the portal that haven't left by mail yet: their
/// reader does without.
pub fn keep_in_portal(tx: &mut Tx<'_>, kind: &str, address: &str) -> Result<()> {
    store::keep_in_portal(tx, kind, address)
}

/// A letter as its reader would get it, without writing one.
pub fn draft_of<L: Letter>(letter: &L, language: Language, house: &House) -> Result<Preview> {
    letters::drawn(letter, language, house)
}

/// Letters about a customer, newest first.
pub fn of_customer(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Posted>> {
    store::of_customer(conn, customer, limit)
}

/// Letters that have been due since before the moment although nothing holds them up: since when,
/// and how many; None when there are none.
pub fn backlog(conn: &mut Conn, moment: DateTime<Utc>) -> Result<Option<(DateTime<Utc>, i64)>> {
    let (letters, oldest) = store::backlog::due_before(conn, moment.naive_utc())?;
    Ok(oldest.map(|oldest| (as_utc(oldest), letters)))
}

/// How many letters stand where.
pub fn counts(conn: &mut Conn) -> Result<Counts> {
    store::counts(conn)
}
