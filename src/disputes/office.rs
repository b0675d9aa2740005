//! A look at the outside of an Office document, which is a ZIP: the names of its parts and the
//! list of their types. Nothing else is unpacked, so a bomb stays packed.

use std::io::{Cursor, Read};

/// Parts of a document at most; people's have a few dozen.
const MOST_PARTS: u16 = 2_000;
/// Bytes of the list of types that are read.
const MOST_TYPES: u64 = 256 * 1024;

/// What a ZIP is, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Document,
    Sheet,
    /// Either of them, and it brings a program.
    Macros,
    /// It isn't whole, or it can't be looked into.
    Broken,
    /// Another archive.
    Other,
}

pub fn look(bytes: &[u8]) -> Look {
    if parts(bytes).is_none_or(|parts| parts > MOST_PARTS) {
        return Look::Broken;
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Look::Broken };
    let names: Vec<String> =
        archive.file_names().filter_map(|name| Some(name.ok()?.to_ascii_lowercase())).collect();
    let has = |part: &str| names.iter().any(|name| name == part);
    if !has("[content_types].xml") {
        return Look::Other;
    }
    if names.iter().any(|name| is_program(name)) {
        return Look::Macros;
    }
    let mut types = Vec::new();
    let read = match archive.by_name("[Content_Types].xml") {
        Ok(list) => list.take(MOST_TYPES).read_to_end(&mut types).is_ok(),
        Err(_) => false,
    };
    let types = String::from_utf8_lossy(&types).to_ascii_lowercase();
    if !read {
        Look::Broken
    } else if types.contains("macroenabled") || types.contains("vbaproject") {
        Look::Macros
    } else if has("word/document.xml") {
        Look::Document
    } else if has("xl/workbook.xml") {
        Look::Sheet
    } else {
        Look::Other
    }
}

/// By a name in small letters.
fn is_program(name: &str) -> bool {
    name.contains("vbaproject") || name.contains("vbadata") || name.contains("macrosheets/")
}

/// How many parts the end of the ZIP says there are.
fn parts(bytes: &[u8]) -> Option<u16> {
    let end = bytes.len().saturating_sub(66_000);
    let tail = bytes.get(end..)?;
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count: [u8; 2] = tail.get(at + 10..at + 12)?.try_into().ok()?;
    Some(u16::from_le_bytes(count))
}
