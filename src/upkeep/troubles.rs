//! What is wrong with the machine: told to the administrators when it begins, each day it lasts,
//! and when it is over.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::store::{self, TroubleRow};
use super::{Room, last};
use crate::db::{Conn, Db, Tx, as_utc};
use crate::error::Result;
use crate::mailbox::letters::{SystemAlert, Trouble, TroubleKind};
use crate::people;
use crate::values::{Actor, Language, StaffRole};

/// Percent of a disk that should be free.
const FREE: u64 = 10;
/// So much has to be free before it is over, so that it doesn't begin and end by the hour.
const FREE_AGAIN: u64 = 12;

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// How old the last backup may be; None doesn't ask.
    pub max_age: Option<TimeDelta>,
    /// The disks, by what lies on them.
    pub rooms: Vec<(TroubleKind, Room)>,
}

/// A trouble that isn't over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub kind: TroubleKind,
    pub since: DateTime<Utc>,
    /// What is known of it, in figures or in a machine's words.
    pub detail: String,
}

/// What is wrong at the moment, as far as it was looked at.
pub fn open(conn: &mut Conn) -> Result<Vec<Open>> {
    let rows = store::troubles(conn)?.into_iter();
    Ok(rows
        .filter_map(|row| {
            let kind = TroubleKind::from_code(&row.kind)?;
            Some(Open { kind, since: as_utc(row.since), detail: row.detail })
        })
        .collect())
}

/// Whether there is anything to tell.
fn any_to_tell(
    conn: &mut Conn,
    limits: &Limits,
    at: DateTime<Utc>,
    today: NaiveDate,
) -> Result<bool> {
    let known = store::troubles(conn)?;
    let found = found(conn, limits, at, &known)?;
    let told = |kind: TroubleKind| {
        known.iter().any(|row| row.kind == kind.as_str() && row.told_on >= today)
    };
    let over = known.iter().any(|row| !found.iter().any(|(kind, _)| kind.as_str() == row.kind));
    Ok(over || found.iter().any(|(kind, _)| !told(*kind)))
}

/// Looks, and tells what begins, lasts since yesterday, or is over.
///
/// # Errors
/// The database is away.
pub fn look(db: &Db, actor: &Actor, limits: &Limits) -> Result<()> {
    let (at, today) = (db.now(), db.today());
    if !db.read(|conn| any_to_tell(conn, limits, at, today))? {
        return Ok(());
    }
    db.write(actor, |tx| tell(tx, limits))
}

fn tell(tx: &mut Tx<'_>, limits: &Limits) -> Result<()> {
    let (at, today) = (tx.at(), tx.today());
    let known = store::troubles(tx)?;
    let found = found(tx, limits, at, &known)?;
    for (kind, trouble) in &found {
        let detail = trouble.detail();
        let row = known.iter().find(|row| row.kind == kind.as_str());
        let since = row.map_or(tx.stamp(), |row| row.since);
        match row {
            Some(row) if row.told_on >= today => continue,
            Some(_) => store::go_on(tx, kind.as_str(), today, &detail)?,
            None => {
                let kind = kind.as_str().to_owned();
                store::begin_trouble(tx, &TroubleRow { kind, since, told_on: today, detail })?;
            }
        }
        tracing::error!(kind = kind.as_str(), ?trouble, "something is wrong with the machine");
        alert(tx, &format!("{kind}/{}/{today}", as_utc(since).to_rfc3339()), trouble)?;
    }
    for row in known {
        let Some(kind) = TroubleKind::from_code(&row.kind) else { continue };
        if found.iter().any(|(found, _)| *found == kind) {
            continue;
        }
        store::end_trouble(tx, &row.kind)?;
        let since = as_utc(row.since);
        let over = Trouble::Over { kind, since };
        alert(tx, &format!("{kind}/{}/over", since.to_rfc3339()), &over)?;
    }
    Ok(())
}

fn found(
    conn: &mut Conn,
    limits: &Limits,
    at: DateTime<Utc>,
    known: &[TroubleRow],
) -> Result<Vec<(TroubleKind, Trouble)>> {
    let mut found = Vec::new();
    let (tried, made) = last(conn)?;
    if let Some(failed) = tried
        && let Some(why) = failed.failure
    {
        let trouble = Trouble::BackupFailed { at: failed.ended_at, file: failed.file, why };
        found.push((TroubleKind::BackupFailed, trouble));
    }
    let made = made.map(|made| made.ended_at);
    if let Some(max_age) = limits.max_age
        && made.is_none_or(|made| at - made > max_age)
    {
        let hours = max_age.num_hours();
        found.push((TroubleKind::BackupOld, Trouble::BackupOld { last: made, hours }));
    }
    for (kind, room) in &limits.rooms {
        let is_known = known.iter().any(|row| row.kind == kind.as_str());
        let least = if is_known { FREE_AGAIN } else { FREE };
        if room.percent() < least {
            let trouble = Trouble::DiskFull {
                kind: *kind,
                percent: room.percent(),
                megabytes: room.free / (1024 * 1024),
            };
            found.push((*kind, trouble));
        }
    }
    Ok(found)
}

/// Tells every administrator; how many letters that makes.
pub fn alert(tx: &mut Tx<'_>, cause: &str, trouble: &Trouble) -> Result<i64> {
    let zone = tx.house().zone;
    let mut letters = 0;
    for admin in people::staff_with_role(tx, StaffRole::Admin)? {
        let letter = SystemAlert { trouble: trouble.clone(), zone };
        let written = people::write_to(tx, &admin, Language::default(), None, cause, &letter)?;
        letters += i64::from(written);
    }
    Ok(letters)
}
