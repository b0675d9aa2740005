//! How much room there is.

use std::path::Path;

use crate::db::DatabaseUrl;
use crate::error::{Error, Result};
use crate::mailbox::letters::TroubleKind;

/// Bytes that a disk has, and those that we may still write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
}

impl Room {
    /// Whole percent, rounded down.
    pub fn percent(self) -> u64 {
        self.free.saturating_mul(100).checked_div(self.total).unwrap_or(100)
    }
}

/// Of the disk on which the path lies, or would.
///
/// # Errors
/// The disk doesn't answer.
pub fn room(path: &Path) -> Result<Room> {
    let nearest = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let found = rustix::fs::statvfs(nearest).map_err(Error::internal)?;
    Ok(Room {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// The disks of the database, where it is a file here, and of the files. One that doesn't answer is
/// logged and left out.
pub fn rooms(url: &DatabaseUrl, files: &Path) -> Vec<(TroubleKind, Room)> {
    let database = match url {
        DatabaseUrl::Sqlite(path) => Some((TroubleKind::DiskDatabase, Path::new(path))),
        DatabaseUrl::Postgres { .. } => None,
    };
    let places = database.into_iter().chain([(TroubleKind::DiskFiles, files)]);
    let mut found = Vec::new();
    for (kind, path) in places {
        match room(path) {
            Ok(room) => found.push((kind, room)),
            Err(error) => tracing::warn!(path = %path.display(), %error, "a disk doesn't answer"),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_down_and_no_disk_is_no_trouble() {
        for (free, total, percent) in
            [(9_999, 100_000, 9), (10_000, 100_000, 10), (0, 5, 0), (0, 0, 100)]
        {
            assert_eq!(Room { free, total }.percent(), percent, "{free} of {total}");
        }
    }

    #[test]
    fn a_folder_that_isnt_there_yet_lies_where_it_would() {
        let there = room(Path::new("/")).unwrap();
        assert!(there.total > 0);
        assert_eq!(room(Path::new("/nowhere/at/all")).unwrap().total, there.total);
    }
}
