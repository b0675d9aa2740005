//! Bringing a backup back, into a database and a folder that are empty: everything in it is laid
//! aside and compared with its manifest before anything takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{self, at};
use super::backup::{beside, sync_folder};
use super::manifest::{DATABASE, Engine, FORMAT, Manifest};
use super::{postgres, store};
use crate::db::{Clock, DatabaseUrl, Db, House, read_copy};
use crate::error::{Error, Result};

/// Where it is brought.
pub struct Target<'a> {
    pub url: &'a DatabaseUrl,
    pub house: House,
    /// The folder of uploaded files.
    pub files: &'a Path,
}

/// Restores the backup; what it was of.
///
/// # Errors
/// The database or the folder isn't empty, or the backup is torn, altered, of the other kind of
/// database or of a newer program; the message says which, and nothing is changed. When PostgreSQL
/// was loaded and then differs, the message says so.
pub fn restore(backup: &Path, target: &Target<'_>) -> Result<Manifest> {
    refuse_what_is_there(target)?;
    let aside = beside(target.files, "restoring");
    if aside.exists() {
        // Of a try that was killed.
        fs::remove_dir_all(&aside).map_err(|error| at(&aside, &error))?;
    }
    fs::create_dir_all(&aside).map_err(|error| at(&aside, &error))?;
    let restored = bring(backup, target, &aside);
    let _ = fs::remove_dir_all(&aside);
    restored
}

fn bring(backup: &Path, target: &Target<'_>, aside: &Path) -> Result<Manifest> {
    let manifest = archive::unpack(backup, aside)?;
    let wrong =
        |why: String| Err(Error::internal(format!("{} isn't restored: {why}", backup.display())));
    if manifest.format != FORMAT {
        return wrong(format!(
            "its format is {}, and this program reads {FORMAT}",
            manifest.format
        ));
    }
    let engine = if target.url.is_postgres() { Engine::Postgres } else { Engine::Sqlite };
    if manifest.engine != engine {
        return wrong(format!("it is of {}, and {} is {engine}", manifest.engine, target.url));
    }
    if let Some(newer) = Db::newer_than_known(engine == Engine::Postgres, &manifest.migrations)? {
        return wrong(format!(
            "openrebate {} made it, which is newer (it has {newer}): use that version",
            manifest.made_by
        ));
    }
    let database = aside.join(DATABASE);
    match target.url {
        DatabaseUrl::Sqlite(path) => {
            let found = read_copy(&database, store::figures)?;
            if let Some(why) = manifest.figures.differs(&found) {
                return wrong(why);
            }
            place_files(aside, target.files)?;
            place(&database, Path::new(path))?;
        }
        DatabaseUrl::Postgres { .. } => {
            postgres::load(target.url, &database)?;
            let db = Db::open_few(target.url, target.house.clone(), Clock::Machine, 1)?;
            let found = db.read(store::figures)?;
            if let Some(why) = manifest.figures.differs(&found) {
                return wrong(format!("{why}; the database was loaded: drop it and try again"));
            }
            place_files(aside, target.files)?;
        }
    }
    Ok(manifest)
}

/// Nothing is written over.
fn refuse_what_is_there(target: &Target<'_>) -> Result<()> {
    let tables = match target.url {
        DatabaseUrl::Sqlite(path) => {
            let path = Path::new(path);
            let leftovers =
                ["-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", path.display())));
            if let Some(other) = leftovers.iter().find(|other| other.exists()) {
                return Err(Error::internal(format!(
                    "{} is there, of a database that is in use or was cut off: restore into \
                     another place",
                    other.display()
                )));
            }
            match fs::metadata(path) {
                Ok(found) if found.len() > 0 => read_copy(path, store::tables)?,
                _ => Vec::new(),
            }
        }
        DatabaseUrl::Postgres { .. } => {
            let db = Db::open_few(target.url, target.house.clone(), Clock::Machine, 1)?;
            db.read(store::tables)?
        }
    };
    if let Some(table) = tables.first() {
        return Err(Error::internal(format!(
            "{} isn't empty (it has the table {table}): restore into an empty database",
            target.url
        )));
    }
    let mut entries = fs::read_dir(target.files).into_iter().flatten().flatten();
    if let Some(entry) = entries.next() {
        return Err(Error::internal(format!(
            "the folder {} isn't empty (it has {}): set files to an empty one, or to none that is \
             there",
            target.files.display(),
            entry.file_name().display()
        )));
    }
    Ok(())
}

fn place_files(aside: &Path, files: &Path) -> Result<()> {
    let kept = aside.join("files");
    fs::create_dir_all(&kept)?;
    if files.exists() {
        fs::remove_dir(files).map_err(|error| at(files, &error))?;
    }
    fs::rename(&kept, files).map_err(|error| at(files, &error))?;
    sync_folder(files)
}

/// Moves the file; across file systems by way of a copy beside.
fn place(from: &Path, to: &Path) -> Result<()> {
    if fs::rename(from, to).is_err() {
        let near = beside(to, "restoring");
        fs::copy(from, &near).map_err(|error| at(&near, &error))?;
        fs::File::open(&near)?.sync_all()?;
        fs::rename(&near, to).map_err(|error| at(to, &error))?;
    }
    sync_folder(to)
}
