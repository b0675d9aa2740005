//! What the portal watches over itself: its figures by night, its mail by the hour, and the audit
//! log's mark of the day, kept in a mailbox outside.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};

use super::verify;
use crate::audit;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mailbox::letters::{AuditCheckpoint, SystemAlert, Trouble};
use crate::mailbox::{self, Letter};
use crate::upkeep::alert;
use crate::values::{Actor, EmailAddress, Language};

/// Hours of the local night in which everything is verified, once.
const NIGHT: Range<u32> = 1..6;
/// From this hour on the day's mark is sent.
const MORNING: u32 = 6;
/// Longer than this nothing should be held up unseen.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// Differences that a letter names; `openrebate verify` names all.
const MOST: usize = 10;

/// Looks at everything that is due to be looked at, and tells the administrators what is wrong.
///
/// # Errors
/// The database is away.
pub fn watch(db: &Db, actor: &Actor, checkpoints: Option<&EmailAddress>) -> Result<()> {
    verify_by_night(db, actor)?;
    look_at_mail(db, actor)?;
    match checkpoints {
        Some(to) => send_checkpoint(db, actor, to),
        None => Ok(()),
    }
}

const VERIFICATION: &str = "verification";

fn verify_by_night(db: &Db, actor: &Actor) -> Result<()> {
    let (day, hour) = local(db);
    if !NIGHT.contains(&hour) || db.read(|conn| mailbox::round_is_done(conn, VERIFICATION, day))? {
        return Ok(());
    }
    let trouble = match db.read(verify) {
        Ok(found) if found.holds() => None,
        Ok(found) => Some(Trouble::Differs {
            count: found.differences.len(),
            first: found.differences.into_iter().take(MOST).collect(),
        }),
        Err(Error::Busy(why)) => return Err(Error::Busy(why)),
        Err(error) => Some(Trouble::NotVerified { why: error.to_string() }),
    };
    if let Some(trouble) = &trouble {
        tracing::error!(?trouble, "the nightly verification");
    }
    db.write(actor, |tx| {
        let letters = match &trouble {
            Some(trouble) => alert(tx, &format!("{VERIFICATION}/{day}"), trouble)?,
            None => 0,
        };
        mailbox::finish_round(tx, VERIFICATION, day, letters).map(|_| ())
    })
}

fn look_at_mail(db: &Db, actor: &Actor) -> Result<()> {
    let now = db.now();
    let (day, _) = local(db);
    let found = db.read(|conn| {
        let Some(away) = mailbox::relay_away(conn)? else {
            let backlog = mailbox::backlog(conn, now - PATIENCE)?;
            let named =
                |(since, letters)| (format!("backlog/{day}"), Trouble::Backlog { since, letters });
            return Ok(backlog.map(named));
        };
        let late = now - away.since > PATIENCE;
        let cause = format!("relay/{}", away.since.to_rfc3339());
        Ok(late.then_some((cause, Trouble::RelayAway { since: away.since, why: away.why })))
    })?;
    let Some((cause, trouble)) = found else { return Ok(()) };
    if !db.read(|conn| mailbox::of_cause(conn, SystemAlert::KIND, &cause))?.is_empty() {
        return Ok(());
    }
    db.write(actor, |tx| alert(tx, &cause, &trouble).map(|_| ()))
}

fn send_checkpoint(db: &Db, actor: &Actor, to: &EmailAddress) -> Result<()> {
    let (day, hour) = local(db);
    let kind = AuditCheckpoint::KIND;
    if hour < MORNING || db.read(|conn| mailbox::round_is_done(conn, kind, day))? {
        return Ok(());
    }
    db.write(actor, |tx| {
        if mailbox::round_is_done(tx, kind, day)? {
            return Ok(());
        }
        let head = audit::checkpoint(tx)?;
        let letter = AuditCheckpoint { on: day, events: head.count, hash: head.hash };
        mailbox::post(tx, to, Language::default(), None, &format!("{kind}/{day}"), &letter)?;
        mailbox::finish_round(tx, kind, day, 1).map(|_| ())
    })
}

/// The company's day and hour.
fn local(db: &Db) -> (NaiveDate, u32) {
    let at: DateTime<Utc> = db.now();
    let local = at.with_timezone(&db.house().zone);
    (local.date_naive(), local.hour())
}
