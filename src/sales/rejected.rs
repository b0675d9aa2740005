//! The rejected rows of a file: its own columns, then the line and the reason, to be mended and
//! brought in again.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::read::Row;
use super::rules::RejectedRow;
use crate::error::{Error, Result};
use crate::values::{Language, parse_decimal};
use crate::words::words;

/// Begun with the first rejected row, so that a good file leaves none; and one that turns out to be
/// unreadable leaves none either.
pub(super) struct RejectedFile {
    path: PathBuf,
    language: Language,
    header: Vec<String>,
    out: Option<BufWriter<File>>,
}

impl RejectedFile {
    pub(super) fn new(path: PathBuf, language: Language, header: &[String]) -> Self {
        Self { path, language, header: header.to_vec(), out: None }
    }

    pub(super) fn add(&mut self, row: &Row, rejected: &RejectedRow) -> Result<()> {
        let reason = words(self.language).say(&rejected.text());
        let line = rejected.place.line.to_string();
        let extra = [line.as_str(), reason.as_str()];
        let width = self.header.len();
        let cells = (0..width).map(|index| row.cell(index)).chain(extra);
        self.put(cells).map_err(|e| self.unwritable(&e))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let flushed = self.out.take().map_or(Ok(()), |mut out| out.flush());
        flushed.map_err(|e| self.unwritable(&e))
    }

    fn unwritable(&self, why: &io::Error) -> Error {
        Error::internal(format!("cannot write the rejected rows to {}: {why}", self.path.display()))
    }

    fn put<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let out = match &mut self.out {
            Some(out) => out,
            empty => {
                let mut out = BufWriter::new(File::create(&self.path)?);
                // Excel takes a CSV for UTF-8 by its byte order mark.
                out.write_all("\u{feff}".as_bytes())?;
                let names = self.header.iter().map(String::as_str);
                write_row(&mut out, names.chain(["line", "reason"]))?;
                empty.insert(out)
            }
        };
        write_row(out, cells)
    }
}

impl Drop for RejectedFile {
    fn drop(&mut self) {
        if self.out.take().is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn write_row<'a>(out: &mut impl Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let cell = harmless(cell);
        if cell.contains(['"', ',', '\n', '\r', ';', '\t']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe before it; numbers don't.
fn harmless(cell: &str) -> String {
    let risky =
        cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
            || cell.starts_with(['\t', '\r', '\n']);
    if risky && parse_decimal(cell).is_err() { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_becomes_a_formula() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+A1", "'+A1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            (" =1", "' =1"),
            ("-12.50", "-12.50"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }
}
