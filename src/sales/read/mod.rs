//! Reading files as people have them: CSV in UTF-8 or GB18030, with commas, semicolons or tabs,
//! packed with gzip or not, and the first sheet of an XLSX. Rows stream: no file is ever held
//! whole, and no line, field or archive can make it be.

mod bytes;
mod csv;
mod sheet;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::values::Text;

pub use csv::Row;
use csv::Rows;

/// A file as a header and rows.
pub struct Table {
    name: String,
    header: Vec<String>,
    rows: Rows,
    number: u64,
    taken: Arc<AtomicU64>,
    /// Bytes of the file, for progress.
    pub bytes: u64,
    /// It is a sheet: its rows end with their last cell that holds anything.
    pub is_sheet: bool,
}

impl Table {
    /// Opens the file and reads its header. `name` is what messages call it.
    ///
    /// # Errors
    /// It isn't a table, or not one in an encoding people use; the message says what to do.
    pub fn open(path: &Path, name: &str) -> Result<Self> {
        let unreadable = |e: std::io::Error| {
            wrong(name, Text::new("import-file-unreadable").with("why", e.to_string()))
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut magic = [0_u8; 4];
        let count = file.read(&mut magic).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        let taken = Arc::new(AtomicU64::new(0));
        let is_sheet = magic == *b"PK\x03\x04";
        let stream = match magic.get(..count).unwrap_or_default() {
            [] => return Err(wrong(name, Text::new("import-file-empty"))),
            [b'P', b'K', 3, 4] => sheet::as_csv(file, name)?,
            [0xd0, 0xcf, 0x11, 0xe0] => {
                return Err(wrong(name, Text::new("import-file-old-excel")));
            }
            _ => bytes::text(path, name, &taken)?,
        };
        let mut rows = Rows::new(stream, name)?;
        let header = header(&mut rows, name)?;
        Ok(Self { name: name.to_owned(), header, rows, number: 0, taken, bytes, is_sheet })
    }

    /// The columns' names, in the order of the file.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the next row that isn't blank; false at the end.
    pub fn next(&mut self, row: &mut Row) -> Result<bool> {
        loop {
            if !self.rows.next(row)? {
                return Ok(false);
            }
            if !row.is_blank() {
                self.number += 1;
                row.number = self.number;
                return Ok(true);
            }
        }
    }

    /// How much of the file has been read, in bytes.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

fn header(rows: &mut Rows, name: &str) -> Result<Vec<String>> {
    let mut row = Row::default();
    loop {
        if !rows.next(&mut row)? {
            return Err(wrong(name, Text::new("import-file-empty")));
        }
        if !row.is_blank() {
            break;
        }
    }
    let header: Vec<String> = row.cells().map(|cell| cell.trim().to_owned()).collect();
    for (index, column) in header.iter().enumerate() {
        if !column.is_empty() && header.iter().take(index).any(|other| other == column) {
            let text =
                Text::new("import-file-column-twice").with("line", row.line).with("column", column);
            return Err(wrong(name, text));
        }
    }
    Ok(header)
}

/// A file that can't be read at all.
pub fn wrong(name: &str, text: Text) -> Error {
    Error::invalid(name, text)
}
