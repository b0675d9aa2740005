//! The first sheet of an XLSX, as CSV in a temporary file: then it streams like any other, and
//! line numbers are the sheet's own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};
use rust_decimal::Decimal;

use super::bytes::Stream;
use super::wrong;
use crate::error::{Error, Result};
use crate::values::Text;

/// An XLSX is read through an index of all its texts, so what it unpacks to is bounded.
const MOST_UNPACKED: u64 = 256 << 20;
const MOST_PARTS: usize = 5_000;
const MOST_COLUMNS: u32 = 1_000;

pub(super) fn as_csv(file: File, name: &str) -> Result<Stream> {
    // A made-up file may bring the reader of workbooks to panic; that is an unreadable file.
    catch_unwind(AssertUnwindSafe(|| convert(file, name)))
        .unwrap_or_else(|_| Err(wrong(name, Text::new("import-file-sheet"))))
}

fn convert(mut file: File, name: &str) -> Result<Stream> {
    let broken = || wrong(name, Text::new("import-file-sheet"));
    bound(&mut file, name)?;
    file.rewind()?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|_| broken())?;
    let first = book.sheet_names().first().cloned().ok_or_else(broken)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(|_| broken())?;
    let mut out = Out { file: io::BufWriter::new(tempfile::tempfile()?), row: 0, column: 0 };
    while let Some(cell) = cells.next_cell().map_err(|_| broken())? {
        let (row, column) = cell.get_position();
        if column >= MOST_COLUMNS {
            let text = Text::new("import-file-many-columns")
                .with("line", row + 1)
                .with("column", column + 1);
            return Err(wrong(name, text));
        }
        let text = shown(cell.get_value());
        if !text.is_empty() && !out.put(row, column, &text)? {
            return Err(broken());
        }
    }
    let mut written = out.file.into_inner().map_err(Error::internal)?;
    written.rewind()?;
    Ok(Box::new(BufReader::new(written)))
}

/// Unpacks every part into nothing, so that a small file can't become a huge one later.
fn bound(file: &mut File, name: &str) -> Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file))
        .map_err(|_| wrong(name, Text::new("import-file-sheet")))?;
    let too_large = || wrong(name, Text::new("import-file-too-large"));
    if archive.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let part =
            archive.by_index(index).map_err(|_| wrong(name, Text::new("import-file-sheet")))?;
        let size = io::copy(&mut part.take(left + 1), &mut io::sink())
            .map_err(|_| wrong(name, Text::new("import-file-sheet")))?;
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

struct Out {
    file: io::BufWriter<File>,
    row: u32,
    column: u32,
}

impl Out {
    /// Writes a cell at its place; false when it lies before the last one.
    fn put(&mut self, row: u32, column: u32, text: &str) -> io::Result<bool> {
        if row < self.row || (row == self.row && column < self.column) {
            return Ok(false);
        }
        while self.row < row {
            self.file.write_all(b"\n")?;
            self.row += 1;
            self.column = 0;
        }
        while self.column < column {
            self.file.write_all(b",")?;
            self.column += 1;
        }
        self.file.write_all(b"\"")?;
        // One line of the temporary file is one row of the sheet.
        for part in text.split('"').enumerate() {
            if part.0 > 0 {
                self.file.write_all(b"\"\"")?;
            }
            self.file.write_all(part.1.replace(['\r', '\n', '\0'], " ").as_bytes())?;
        }
        self.file.write_all(b"\"")?;
        Ok(true)
    }
}

/// The cell as a CSV would write it.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => fifteen_digits(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTime(at) => fifteen_digits(at.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number as spreadsheets show it: they keep binary floats and print fifteen digits.
fn fifteen_digits(number: f64) -> String {
    let text = format!("{number:.14e}");
    Decimal::from_scientific(&text).map_or(text, |decimal| decimal.normalize().to_string())
}
