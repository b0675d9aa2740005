//! Where the files lie: each under its export's id and the claim under which it was made, so that
//! two processes never write to the same one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::values::ExportId;

/// The folder of exports in the portal's folder of files.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn of(files: &Path) -> Self {
        Self(files.join("exports"))
    }

    /// Where the file of this export and claim lies.
    pub fn path(&self, id: &ExportId, claim: &str) -> Result<PathBuf> {
        let opaque = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
        match opaque(id.as_str()) && opaque(claim) {
            true => Ok(self.0.join(format!("{id}-{claim}"))),
            false => Err(Error::NotFound),
        }
    }

    pub fn create(&self, id: &ExportId, claim: &str) -> Result<File> {
        std::fs::create_dir_all(&self.0)?;
        Ok(File::create(self.path(id, claim)?)?)
    }

    pub fn open(&self, id: &ExportId, claim: &str) -> Result<File> {
        match File::open(self.path(id, claim)?) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::NotFound),
            other => Ok(other?),
        }
    }

    /// Removes the file; that it isn't there is fine.
    pub fn forget(&self, id: &ExportId, claim: &str) {
        if let Ok(path) = self.path(id, claim) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// The exports and claims whose files lie here.
    pub fn all(&self) -> Result<Vec<(ExportId, String)>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let named = entries.flatten().filter_map(|entry| {
            let name = entry.file_name();
            let (id, claim) = name.to_str()?.split_once('-')?;
            Some((ExportId::from_text(id), claim.to_owned()))
        });
        Ok(named.collect())
    }
}

/// Bytes and SHA-256 of the file.
pub(super) fn weigh(path: &Path) -> Result<(i64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0i64, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes = bytes.saturating_add(i64::try_from(read).map_err(Error::internal)?);
    }
    Ok((bytes, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}
