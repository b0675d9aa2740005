//! What customers and staff attach: checked by content, kept outside the database under opaque
//! names. A file is kept before the row that names it, so that a row never names a file that
//! isn't there; one without a row is merely space.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::values::{FileId, PersonId, Text, fingerprint};

/// Bytes of one file.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// Files of one dispute.
pub const MOST: usize = 5;

/// A file that passed the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub id: FileId,
    /// As the person named it: shown, never used as a path.
    pub name: String,
    pub content_type: &'static str,
    pub bytes: i64,
    pub sha256: String,
}

/// Checks what was uploaded: its size, and its type by content. What the sender calls it decides
/// only between kinds of plain text.
///
/// # Errors
/// It is empty, too large, or of a type not on the list.
pub fn check(name: &str, bytes: &[u8]) -> Result<Checked> {
    let invalid = |key| Error::invalid("files", Text::new(key).with("name", short(name)));
    if bytes.is_empty() {
        return Err(invalid("dispute-file-empty"));
    }
    if bytes.len() > LARGEST {
        return Err(invalid("dispute-file-too-large"));
    }
    let content_type = content_type(name, bytes).ok_or_else(|| invalid("dispute-file-type"))?;
    Ok(Checked {
        id: FileId::new(),
        name: short(name),
        content_type,
        bytes: i64::try_from(bytes.len()).map_err(Error::internal)?,
        sha256: fingerprint(bytes),
    })
}

/// The last part of a path, without control characters, at most 200 characters.
fn short(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.trim().is_empty() { "file".to_owned() } else { clean }
}

fn content_type(name: &str, bytes: &[u8]) -> Option<&'static str> {
    const ALLOWED: &[&str] = &[
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/webp",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ];
    if let Some(kind) = infer::get(bytes) {
        return ALLOWED.iter().copied().find(|allowed| *allowed == kind.mime_type());
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let text = match ending.as_deref() {
        Some("csv") => "text/csv",
        Some("txt") => "text/plain",
        _ => return None,
    };
    is_text(bytes).then_some(text)
}

/// UTF-8, or else GB18030, without control characters other than white space.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
            if broken {
                return false;
            }
            text
        }
    };
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The folder that holds the files.
#[derive(Debug, Clone)]
pub struct FileStore {
    root: PathBuf,
}

impl FileStore {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The files of disputes, in the portal's folder of files.
    pub fn of_disputes(files: &Path) -> Self {
        Self::new(files.join("disputes"))
    }

    /// What a person attached to a dispute they haven't filed yet. Each has a folder of their
    /// own, so that nobody files somebody else's.
    pub fn drafts(files: &Path, person: &PersonId) -> Self {
        Self::new(files.join("drafts").join(person.as_str()))
    }

    /// Keeps the bytes under the id: written aside, then put in place whole.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn keep(&self, id: &FileId, bytes: &[u8]) -> Result<()> {
        use std::io::Write;
        let path = self.path(id)?;
        std::fs::create_dir_all(&self.root)?;
        let mut aside = tempfile::NamedTempFile::new_in(&self.root)?;
        aside.write_all(bytes)?;
        aside.as_file().sync_all()?;
        aside.persist(path).map_err(Error::internal)?;
        Ok(())
    }

    /// The bytes kept under the id.
    ///
    /// # Errors
    /// There are none.
    pub fn read(&self, id: &FileId) -> Result<Vec<u8>> {
        match std::fs::read(self.path(id)?) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::NotFound),
            other => Ok(other?),
        }
    }

    /// How many bytes are kept under the id; None when there is no such file.
    pub fn size(&self, id: &FileId) -> Option<u64> {
        std::fs::metadata(self.path(id).ok()?).ok().map(|meta| meta.len())
    }

    /// Removes the file; that it isn't there is fine.
    pub fn forget(&self, id: &FileId) {
        if let Ok(path) = self.path(id) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Removes what has lain here longer than the age.
    pub fn sweep(&self, age: Duration) {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return };
        for entry in entries.flatten() {
            let written = entry.metadata().and_then(|meta| meta.modified());
            let lay = written.ok().and_then(|written| written.elapsed().ok());
            if lay.is_some_and(|lay| lay > age) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Ids are hex digits; anything else could lead out of the folder.
    fn path(&self, id: &FileId) -> Result<PathBuf> {
        let opaque = !id.as_str().is_empty() && id.as_str().bytes().all(|b| b.is_ascii_hexdigit());
        if opaque { Ok(self.root.join(id.as_str())) } else { Err(Error::NotFound) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_what_a_file_is() {
        let expect = |name: &str, bytes: &[u8], expected: Option<&str>| {
            assert_eq!(content_type(name, bytes), expected, "{name}");
        };
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        expect("invoice.pdf", b"%PDF-1.7\n%", Some("application/pdf"));
        expect("invoice.pdf", png, Some("image/png"));
        expect("lines.csv", "订单,金额\n1,2\n".as_bytes(), Some("text/csv"));
        expect("lines.csv", b"\xb6\xa9\xb5\xa5,1\n", Some("text/csv"));
        expect("notes.TXT", b"hello", Some("text/plain"));
        expect("notes.txt", b"he\0llo", None);
        expect("page.html", b"<!DOCTYPE html><html>", None);
        expect("lines.csv", b"<!DOCTYPE html><html>", None);
        expect("tool.exe", b"MZ\x90\0\x03\0\0\0", None);
        expect("tool.csv", b"MZ\x90\0\x03\0\0\0", None);
        expect("plain", b"hello", None);
    }

    #[test]
    fn what_is_kept_is_read_back_and_no_id_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("files"));
        let checked = check("../发票\r\n.txt", "内容".as_bytes()).unwrap();
        assert_eq!((checked.name.as_str(), checked.bytes), ("发票.txt", 6));
        store.keep(&checked.id, "内容".as_bytes()).unwrap();
        assert_eq!(store.read(&checked.id).unwrap(), "内容".as_bytes());
        for id in ["../secret", "", "a/b"] {
            assert!(matches!(store.read(&FileId::from_text(id)), Err(Error::NotFound)), "{id}");
        }
    }

    #[test]
    fn drafts_are_each_persons_own_and_go_when_they_are_old() {
        let folder = tempfile::tempdir().unwrap();
        let (own, others) = (PersonId::new(), PersonId::new());
        let drafts = FileStore::drafts(folder.path(), &own);
        let id = FileId::new();
        drafts.keep(&id, b"abc").unwrap();
        assert_eq!(drafts.size(&id), Some(3));
        assert_eq!(FileStore::drafts(folder.path(), &others).size(&id), None);
        drafts.sweep(Duration::from_secs(3_600));
        assert_eq!(drafts.size(&id), Some(3));
        drafts.sweep(Duration::ZERO);
        assert_eq!(drafts.size(&id), None);
        drafts.forget(&id);
    }

    #[test]
    fn too_large_and_empty_are_refused() {
        assert!(check("a.txt", b"").is_err());
        assert!(check("a.txt", &vec![b'a'; LARGEST]).is_ok());
        assert!(check("a.txt", &vec![b'a'; LARGEST + 1]).is_err());
    }
}
