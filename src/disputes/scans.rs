//! What a virus scanner says of files, one by one, outside any transaction. A file that can't be
//! asked about waits and is asked about again; an infected one loses its bytes, and both sides
//! read that.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::scanner::{Said, Scanner};
use super::{EventKind, File, FileStore, ScanState, change, letters, store, tell};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::values::Actor;

/// Minutes until a scanner that didn't answer is asked again.
const WHEN_DOWN: [i64; 5] = [1, 2, 5, 15, 60];
/// Minutes until it is asked again about a file it refused.
const WHEN_REFUSED: [i64; 3] = [60, 240, 1_440];

/// What became of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// No file is to be scanned now.
    Nothing,
    One,
    /// The scanner doesn't answer.
    Down,
}

/// Has the next file scanned. Several processes may do so at once: what one of them notes first
/// stands.
///
/// # Errors
/// The database is away.
pub fn scan_next(db: &Db, files: &Path, scanner: &dyn Scanner) -> Result<Scanned> {
    let now = db.now().naive_utc();
    let Some((file, tries)) = db.read(|conn| store::next_scan(conn, now))? else {
        return Ok(Scanned::Nothing);
    };
    let keeper = FileStore::of_disputes(files);
    // A file that can't be read must not hold up those behind it.
    let said = match keeper.read(&file.id) {
        Ok(bytes) => scanner.scan(&mut bytes.as_slice()),
        Err(error) => Ok(Said::Refused(format!("the file can't be read: {error}"))),
    };
    let schedule = Actor::system("scanner");
    let noted = db.write(&schedule, |tx| note(tx, &file, tries, &said))?;
    if noted && matches!(said, Ok(Said::Infected(_))) {
        keeper.forget(&file.id);
    }
    Ok(if said.is_err() { Scanned::Down } else { Scanned::One })
}

/// Writes down what was said, unless somebody did so meanwhile; whether it did.
fn note(tx: &mut Tx<'_>, file: &File, tries: i32, said: &Result<Said, String>) -> Result<bool> {
    let (state, words, again) = match said {
        Ok(Said::Clean) => (ScanState::Clean, None, None),
        Ok(Said::Infected(name)) => (ScanState::Infected, Some(name), None),
        Ok(Said::Refused(why)) => {
            (ScanState::Failed, Some(why), Some(later(tx.at(), tries, &WHEN_REFUSED)))
        }
        Err(why) => {
            tracing::warn!(file = %file.id, why, "the scanner doesn't answer");
            (file.scan, None, Some(later(tx.at(), tries, &WHEN_DOWN)))
        }
    };
    let again = again.map(|at| at.naive_utc());
    if !store::note_scan(tx, &file.id, tries, state, words.map(String::as_str), again)? {
        return Ok(false);
    }
    if let Ok(Said::Infected(name)) = said {
        let dispute = store::by_id(tx, &file.dispute)?;
        change(tx, &dispute, &dispute.clone())?;
        let text = format!("{} ({name})", file.name);
        tell(tx, &dispute, EventKind::FileRemoved, &text)?;
        letters::file_removed(tx, &dispute, file)?;
    }
    Ok(true)
}

fn later(at: DateTime<Utc>, tries: i32, waits: &[i64]) -> DateTime<Utc> {
    let place = usize::try_from(tries).unwrap_or(0);
    let minutes = waits.get(place).or(waits.last()).copied().unwrap_or(60);
    at + TimeDelta::minutes(minutes)
}

/// Removes the bytes of infected files once more: a process may have died between noting and
/// removing.
///
/// # Errors
/// The database is away.
pub fn forget_infected(db: &Db, files: &Path) -> Result<()> {
    let keeper = FileStore::of_disputes(files);
    let since = (db.now() - TimeDelta::days(7)).naive_utc();
    for id in db.read(|conn| store::infected_since(conn, since))? {
        keeper.forget(&id);
    }
    Ok(())
}
