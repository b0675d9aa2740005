//! A look at the outside of an Office document, which is a ZIP: the names of its parts and the
//! list of their types. Nothing else is unpacked, so a bomb stays packed.

use std::io::{Cursor, Read};

/// Parts of a document at most; people's have a few dozen.
const MOST_PARTS: u16 = 2_000;
/// Bytes of the list of types that are read.
const MOST_TYPES: u64 = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Plain,
    /// It brings a program.
    Macros,
    /// It isn't what it begins like.
    Broken,
}

pub fn look(bytes: &[u8]) -> Look {
    if parts(bytes).is_none_or(|parts| parts > MOST_PARTS) {
        return Look::Broken;
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Look::Broken };
    if archive.file_names().any(|name| name.is_ok_and(|name| is_program(&name))) {
        return Look::Macros;
    }
    let mut types = Vec::new();
    let read = match archive.by_name("[Content_Types].xml") {
        Ok(list) => list.take(MOST_TYPES).read_to_end(&mut types).is_ok(),
        Err(_) => false,
    };
    if !read {
        return Look::Broken;
    }
    let types = String::from_utf8_lossy(&types).to_ascii_lowercase();
    if types.contains("macroenabled") || types.contains("vbaproject") {
        Look::Macros
    } else {
        Look::Plain
    }
}

fn is_program(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
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
