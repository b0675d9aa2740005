//! Upkeep: backups of everything, and what is wrong with the machine.
//!
//! Owns `backups`, `troubles`. Promises: a backup is the database of one moment with the files it
//! names, taken while the portal serves, and stands under its name only when it is whole; what is
//! restored is what was kept, or nothing is; a trouble is told once a day and once when it is over.
//! Deliberately absent: what customers do, and keys (they are the configuration's).

mod archive;
mod backup;
mod disk;
mod manifest;
mod postgres;
mod restore;
mod store;
mod troubles;

use chrono::{DateTime, Utc};

pub use backup::{Made, Source, back_up};
pub use disk::{Room, room, rooms};
pub use manifest::{Engine, Manifest};
pub use restore::{Target, restore};
pub use troubles::{Limits, Open, alert, look, open};

use crate::audit::{self, Event};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::values::BackupId;

/// A try to make a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub id: BackupId,
    pub begun_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub file: String,
    pub bytes: i64,
    /// Why there is none.
    pub failure: Option<String>,
}

/// The latest try, and the latest that made one.
pub fn last(conn: &mut Conn) -> Result<(Option<Backup>, Option<Backup>)> {
    Ok((store::last(conn, false)?, store::last(conn, true)?))
}

/// Notes what became of a try.
pub fn note(tx: &mut Tx<'_>, backup: &Backup) -> Result<()> {
    store::insert(tx, backup)?;
    let action = match backup.failure {
        None => "backup.made",
        Some(_) => "backup.failed",
    };
    let said = match &backup.failure {
        None => format!("{}: {} bytes", backup.file, backup.bytes),
        Some(why) => format!("{}: {why}", backup.file),
    };
    record(tx, action, backup.id.as_str(), &said)
}

/// Notes that this database comes out of a backup.
pub fn note_restored(tx: &mut Tx<'_>, manifest: &Manifest) -> Result<()> {
    let said = format!("made {}, {} audit events", manifest.made_at, manifest.audit.count);
    record(tx, "backup.restored", &manifest.id, &said)
}

fn record(tx: &mut Tx<'_>, action: &'static str, id: &str, said: &str) -> Result<()> {
    let event = Event { action, object: ("backup", id), reason: Some(said), ..Event::default() };
    audit::record(tx, event)
}
