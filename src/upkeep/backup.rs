//! Making a backup: the database as of one moment first, then the files, so that every file a row
//! names is there. It is written under a name of its own beside the one wanted, and takes that one
//! when it is whole and on the disk; what a killed try left is written over by the next.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::archive::{self, Writing, at};
use super::manifest::{DATABASE, Engine, FORMAT, Figures, Manifest};
use super::{postgres, store};
use crate::db::{DatabaseUrl, Db, read_copy};
use crate::error::{Error, Result};
use crate::values::BackupId;

/// What is kept.
pub struct Source<'a> {
    pub db: &'a Db,
    /// The folder of uploaded files.
    pub files: &'a Path,
    /// A folder in it that isn't: letters written as files.
    pub but: &'a Path,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub manifest: Manifest,
    pub bytes: u64,
}

/// Writes a backup into the file, while others go on reading and writing.
///
/// # Errors
/// There is no room, another one is being written there, the file is something else than a backup,
/// or PostgreSQL's tools are missing.
pub fn back_up(source: &Source<'_>, into: &Path) -> Result<Made> {
    if into.exists() && !archive::looks_like_one(into) {
        return Err(Error::internal(format!(
            "{} is there and no backup: choose another name",
            into.display()
        )));
    }
    let part = beside(into, "part");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&part)
        .map_err(|error| at(&part, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::internal(format!(
                "another backup is writing {}: wait until it is done",
                into.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(at(&part, &error)),
    }
    if !is_at(&file, &part) {
        // The other one ended while we came.
        return Err(Error::internal(format!("another backup wrote {} just now", into.display())));
    }
    file.set_len(0)?;
    private(&file)?;
    // Locked until it has its name.
    let _locked = file.try_clone()?;
    let copy = beside(into, "part.database");
    let made = write(source, file, &copy);
    let _ = fs::remove_file(&copy);
    match made {
        Ok(made) => {
            fs::rename(&part, into).map_err(|error| at(into, &error))?;
            sync_folder(into)?;
            Ok(made)
        }
        Err(error) => {
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

fn write(source: &Source<'_>, file: File, copy: &Path) -> Result<Made> {
    let made_at = source.db.now().to_rfc3339();
    let (engine, figures) = copy_database(source.db, copy)?;
    let mut writing = Writing::new(file);
    let database = writing.add(DATABASE, copy)?;
    let database = database.ok_or_else(|| Error::internal("the copy of the database is gone"))?;
    let mut files = Vec::new();
    for (name, path) in archive::files(source.files, source.but)? {
        files.extend(writing.add(&name, &path)?);
    }
    let manifest = Manifest {
        format: FORMAT,
        id: BackupId::new().to_string(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        engine,
        figures,
        database,
        files,
    };
    let bytes = writing.finish(&manifest)?;
    Ok(Made { manifest, bytes })
}

/// The database of one moment, and its figures of the same moment.
fn copy_database(db: &Db, copy: &Path) -> Result<(Engine, Figures)> {
    private(&File::create(copy).map_err(|error| at(copy, &error))?)?;
    match db.url() {
        DatabaseUrl::Sqlite(_) => {
            db.copy_into(copy)?;
            Ok((Engine::Sqlite, read_copy(copy, store::figures)?))
        }
        DatabaseUrl::Postgres { .. } => {
            let figures = db.read_shared(|conn, moment| {
                let figures = store::figures(conn)?;
                postgres::dump(db.url(), moment, copy)?;
                Ok(figures)
            })?;
            Ok((Engine::Postgres, figures))
        }
    }
}

/// Whether the file is still the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (own, there) = (file.metadata(), fs::metadata(path));
    own.is_ok_and(|own| {
        there.is_ok_and(|there| (own.dev(), own.ino()) == (there.dev(), there.ino()))
    })
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// `openrebate.backup` and `part` give `openrebate.backup.part`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// For nobody else's eyes: it holds everything.
#[cfg(unix)]
fn private(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn private(_: &File) -> Result<()> {
    Ok(())
}

/// That a name is there is the folder's to remember.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
}
