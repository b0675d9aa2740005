//! What customers and staff attach: checked by content, kept outside the database under opaque
//! names. A file is kept before the row that names it, so that a row never names a file that
//! isn't there; one without a row is merely space. They are kept byte for byte, what a camera wrote
//! into a picture included: it is evidence, and its hash stands on the case's paper.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::office;
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{FileId, PersonId, Text, fingerprint};

/// Bytes of one file.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// Files of one dispute.
pub const MOST: usize = 5;

text_enum! {
    /// What a virus scanner said of a file.
    pub enum ScanState {
        /// Nobody asked it, or not yet.
        Unscanned = "unscanned",
        Clean = "clean",
        /// The bytes are gone.
        Infected = "infected",
        /// It couldn't say; it is asked again, ever more seldom.
        Failed = "failed",
    }
}

/// A file that passed the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub id: FileId,
    /// As the person named it, with the ending of what it is: shown, never used as a path.
    pub name: String,
    pub content_type: &'static str,
    pub bytes: i64,
    pub sha256: String,
}

const DOCUMENT: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The types people may attach, each with the endings its files may have; the first is given to
/// those that have another.
const TYPES: &[(&str, &[&str])] = &[
    ("application/pdf", &["pdf"]),
    ("image/png", &["png"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/webp", &["webp"]),
    (SHEET, &["xlsx"]),
    (DOCUMENT, &["docx"]),
    ("text/csv", &["csv"]),
    ("text/plain", &["txt"]),
];

/// The type as we know it, if it is one of ours.
pub(super) fn known_type(content_type: &str) -> Option<&'static str> {
    TYPES.iter().map(|(known, _)| *known).find(|known| *known == content_type)
}

/// Checks what was uploaded: its size, and its type by content. What the sender calls it decides
/// only between kinds of plain text. Nothing in it is unpacked or opened.
///
/// # Errors
/// It is empty, too large, of a type not on the list, or carries macros.
pub fn check(name: &str, bytes: &[u8]) -> Result<Checked> {
    let called = clean(name);
    let invalid = |key| Error::invalid("files", Text::new(key).with("name", &called));
    if bytes.is_empty() {
        return Err(invalid("dispute-file-empty"));
    }
    if bytes.len() > LARGEST {
        return Err(invalid("dispute-file-too-large"));
    }
    let content_type = content_type(&called, bytes).map_err(invalid)?;
    Ok(Checked {
        id: FileId::new(),
        name: with_ending(called, content_type),
        content_type,
        bytes: i64::try_from(bytes.len()).map_err(Error::internal)?,
        sha256: fingerprint(bytes),
    })
}

/// The last part of a path, without what makes a name look like another one or what a file system
/// stumbles over, at most 120 characters.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_deceptive(*c))
        .map(|c| if "<>:\"|?*".contains(c) { '_' } else { c })
        .collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    match kept.chars().count() {
        0 => "file".to_owned(),
        1..=120 => kept.to_owned(),
        // The ending says what it is, so the middle goes.
        count => kept.chars().take(100).chain(kept.chars().skip(count - 20)).collect(),
    }
}

/// Marks that turn the reading direction or take no room.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
        | '\u{061C}' | '\u{FEFF}' | '\u{FFFD}' | '\u{2028}' | '\u{2029}')
}

/// The name with an ending of the type: what isn't a program isn't called one.
fn with_ending(name: String, content_type: &str) -> String {
    let endings = TYPES.iter().find(|(known, _)| *known == content_type).map(|(_, all)| *all);
    let Some(endings) = endings else { return name };
    let own = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match (own, endings.first()) {
        (Some(own), _) if endings.contains(&own.as_str()) => name,
        (_, Some(first)) => format!("{name}.{first}"),
        (_, None) => name,
    }
}

/// The type, or the sentence that says why there is none of ours.
fn content_type(name: &str, bytes: &[u8]) -> Result<&'static str, &'static str> {
    const NONE: &str = "dispute-file-type";
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if bytes.starts_with(b"PK\x03\x04") {
        return match office::look(bytes) {
            office::Look::Document => Ok(DOCUMENT),
            office::Look::Sheet => Ok(SHEET),
            office::Look::Macros => Err("dispute-file-macros"),
            office::Look::Broken if matches!(ending.as_deref(), Some("docx" | "xlsx")) => {
                Err("dispute-file-broken")
            }
            office::Look::Broken | office::Look::Other => Err(NONE),
        };
    }
    if let Some(kind) = infer::get(bytes) {
        // Some readers look for a PDF further on, where anything may stand before it.
        let whole = kind.mime_type() != "application/pdf" || bytes.starts_with(b"%PDF-");
        return known_type(kind.mime_type()).filter(|_| whole).ok_or(NONE);
    }
    match ending.as_deref() {
        Some("csv") if is_text(bytes) => Ok("text/csv"),
        Some("txt") if is_text(bytes) => Ok("text/plain"),
        _ => Err(NONE),
    }
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
        self.older_than(age).iter().for_each(|id| self.forget(id));
    }

    /// What has lain here longer than the age.
    pub fn older_than(&self, age: Duration) -> Vec<FileId> {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return Vec::new() };
        let mut old = Vec::new();
        for entry in entries.flatten() {
            let written = entry.metadata().and_then(|meta| meta.modified());
            let lay = written.ok().and_then(|written| written.elapsed().ok());
            if lay.is_some_and(|lay| lay > age) {
                old.push(FileId::from_text(&entry.file_name().to_string_lossy()));
            }
        }
        old
    }

    /// The folders of everybody's drafts.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn all_drafts(files: &Path) -> Result<Vec<Self>> {
        match std::fs::read_dir(files.join("drafts")) {
            Ok(entries) => Ok(entries.flatten().map(|entry| Self::new(entry.path())).collect()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(other) => Err(other.into()),
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
            assert_eq!(content_type(name, bytes).ok(), expected, "{name}");
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
