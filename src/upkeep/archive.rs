//! The one file of a backup: a tar with the database, the files, and at its end what it holds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::manifest::{Manifest, NAME, Part, is_entry};
use crate::error::{Error, Result};

/// Largest manifest that is read.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Passes bytes on and hashes them on the way.
struct Hashing<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    fn part(self, name: &str) -> Part {
        let hash = self.hasher.finalize();
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Part { name: name.to_owned(), bytes: self.bytes, sha256 }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.bytes += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}

/// A backup that is being written.
pub(super) struct Writing {
    tar: tar::Builder<BufWriter<File>>,
}

impl Writing {
    pub(super) fn new(file: File) -> Self {
        Self { tar: tar::Builder::new(BufWriter::with_capacity(1 << 20, file)) }
    }

    /// Adds the file under the name; None when it is gone meanwhile.
    pub(super) fn add(&mut self, name: &str, path: &Path) -> Result<Option<Part>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(path, &error)),
        };
        let size = file.metadata()?.len();
        // What is being written to at the moment is kept as far as it went.
        let mut reader = Hashing::new(file.take(size));
        self.append(name, size, &mut reader)?;
        if reader.bytes != size {
            return Err(Error::internal(format!("{} shrank while it was read", path.display())));
        }
        Ok(Some(reader.part(name)))
    }

    fn append(&mut self, name: &str, size: u64, reader: impl Read) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        Ok(self.tar.append_data(&mut header, name, reader)?)
    }

    /// Ends it with the manifest, and sees to it that it is on the disk; how many bytes it has.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Result<u64> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let size = u64::try_from(text.len()).map_err(Error::internal)?;
        self.append(NAME, size, text.as_slice())?;
        let mut writer = self.tar.into_inner()?;
        writer.flush()?;
        let file = writer.into_inner().map_err(|e| Error::internal(e.error()))?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

/// Lays what the backup holds into the folder, and compares each file with what the manifest says.
///
/// # Errors
/// It is no backup, is cut off, or something in it was altered; the message says what.
pub(super) fn unpack(backup: &Path, folder: &Path) -> Result<Manifest> {
    let file = File::open(backup).map_err(|error| at(backup, &error))?;
    let mut tar = tar::Archive::new(BufReader::with_capacity(1 << 20, file));
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    let mut manifest = None;
    let broken = |error: io::Error| {
        Error::internal(format!("{} is cut off or no backup: {error}", backup.display()))
    };
    for entry in tar.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.to_str().unwrap_or_default().to_owned();
        if !is_entry(&name) || entry.header().entry_type() != tar::EntryType::Regular {
            return Err(wrong(backup, &format!("it holds {name:?}, which no backup has")));
        }
        if manifest.is_some() || parts.contains_key(&name) {
            return Err(wrong(backup, &format!("{name} stands where nothing may")));
        }
        if name == NAME {
            let (mut text, size) = (Vec::new(), entry.size());
            entry.take(LARGEST).read_to_end(&mut text).map_err(broken)?;
            if u64::try_from(text.len()) != Ok(size) {
                return Err(wrong(backup, &format!("it is cut off within {NAME}")));
            }
            let read: Manifest = serde_json::from_slice(&text)
                .map_err(|error| wrong(backup, &format!("its {NAME} can't be read: {error}")))?;
            manifest = Some(read);
            continue;
        }
        let size = entry.size();
        let mut reader = Hashing::new(entry);
        write(&folder.join(&name), &mut reader).map_err(broken)?;
        if reader.bytes != size {
            return Err(wrong(backup, &format!("it is cut off within {name}")));
        }
        let part = reader.part(&name);
        parts.insert(name, part);
    }
    let Some(manifest) = manifest else {
        return Err(wrong(backup, &format!("it is cut off: it has no {NAME}")));
    };
    compare(backup, &manifest, parts)?;
    Ok(manifest)
}

fn compare(backup: &Path, manifest: &Manifest, mut parts: BTreeMap<String, Part>) -> Result<()> {
    for kept in std::iter::once(&manifest.database).chain(&manifest.files) {
        match parts.remove(&kept.name) {
            None => return Err(wrong(backup, &format!("{} is missing", kept.name))),
            Some(found) if found != *kept => {
                return Err(wrong(
                    backup,
                    &format!(
                        "{} was altered: it had {} bytes with SHA-256 {}, and has {} with {}",
                        kept.name, kept.bytes, kept.sha256, found.bytes, found.sha256
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    match parts.into_keys().next() {
        Some(name) => Err(wrong(backup, &format!("its manifest doesn't know {name}"))),
        None => Ok(()),
    }
}

fn write(path: &Path, reader: &mut impl Read) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    io::copy(reader, &mut file)?;
    file.sync_all()
}

/// Whether the file begins as a backup does: nothing else is written over.
pub(super) fn looks_like_one(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut tar = tar::Archive::new(file);
    let Ok(mut entries) = tar.entries() else { return false };
    let first = entries.next().and_then(io::Result::ok);
    first.is_some_and(|entry| {
        entry.path().is_ok_and(|name| name.to_str() == Some(super::manifest::DATABASE))
    })
}

/// Every file below the folder by its name in a backup, in order; but not the folder left out, and
/// nothing hidden.
pub(super) fn files(folder: &Path, but: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::from(super::manifest::FILES), folder.to_owned())];
    while let Some((name, folder)) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&folder, &error)),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(own) = entry.file_name().into_string() else { continue };
            if own.starts_with('.') || entry.path() == *but {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push((format!("{name}{own}/"), entry.path()));
            } else if kind.is_file() {
                found.push((format!("{name}{own}"), entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn at(path: &Path, error: &io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

fn wrong(backup: &Path, why: &str) -> Error {
    Error::internal(format!("{} isn't restored: {why}", backup.display()))
}
