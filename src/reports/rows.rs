//! Tables too long for memory: each row goes to the file as it comes, and is forgotten. The bytes of
//! a CSV are those that [`super::write`] makes of the whole table.

use std::fs::File;
use std::io::{BufWriter, Write};

use rust_xlsxwriter::{Format as CellFormat, Workbook, XlsxError};

use super::write::{add_notes, csv_row, write_cell};
use super::{Cell, Format};
use crate::error::{Error, Result};

/// Rows that one sheet of a workbook takes, its head among them.
const SHEET_ROWS: u32 = 1_048_576;

/// A file under way.
pub struct RowFile {
    kind: Kind,
    rows: u32,
}

enum Kind {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Xlsx(Box<Workbook>, File),
}

impl RowFile {
    /// Begins a file with the names of its columns; `name` is the sheet's.
    ///
    /// # Errors
    /// It can't be written, or there is no such format for long tables.
    pub fn begin(format: Format, name: &str, columns: &[&str], mut file: File) -> Result<Self> {
        let kind = match format {
            Format::Csv => {
                file.write_all("\u{feff}".as_bytes())?;
                let mut csv = csv::WriterBuilder::new()
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(BufWriter::new(file));
                csv.write_record(columns).map_err(Error::internal)?;
                Kind::Csv(Box::new(csv))
            }
            Format::Xlsx => {
                let book = begin_sheet(name, columns).map_err(Error::internal)?;
                Kind::Xlsx(Box::new(book), file)
            }
            Format::Json => return Err(Error::internal("no format for long tables")),
        };
        Ok(Self { kind, rows: 0 })
    }

    /// Writes one more row.
    ///
    /// # Errors
    /// It can't be written, or a sheet takes no more.
    pub fn add(&mut self, row: &[Cell]) -> Result<()> {
        self.rows = self.rows.saturating_add(1);
        match &mut self.kind {
            Kind::Csv(csv) => csv_row(csv.as_mut(), row),
            Kind::Xlsx(..) if self.rows >= SHEET_ROWS => {
                Err(Error::refused("export-failed-too-long"))
            }
            Kind::Xlsx(book, _) => {
                let sheet = book.worksheet_from_index(0).map_err(Error::internal)?;
                let mut cells = (0..).zip(row);
                cells
                    .try_for_each(|(column, cell)| write_cell(sheet, self.rows, column, cell))
                    .map_err(Error::internal)
            }
        }
    }

    /// Rows so far, without the head.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Ends the file; a workbook says on a sheet of its own what it holds.
    ///
    /// # Errors
    /// It can't be written.
    pub fn finish(self, notes: &[(String, String)]) -> Result<()> {
        let file = match self.kind {
            Kind::Csv(csv) => {
                let out = csv.into_inner().map_err(|e| Error::internal(e.error()))?;
                out.into_inner().map_err(|e| Error::internal(e.error()))?
            }
            Kind::Xlsx(mut book, file) => {
                let bold = CellFormat::new().set_bold();
                add_notes(&mut book, &bold, notes).map_err(Error::internal)?;
                book.save_to_writer(&file).map_err(Error::internal)?;
                file
            }
        };
        Ok(file.sync_all()?)
    }
}

/// The sheet keeps one row in memory; what comes before it lies in a temporary file.
fn begin_sheet(name: &str, columns: &[&str]) -> Result<Workbook, XlsxError> {
    const WIDTH: f64 = 18.0;
    let mut book = Workbook::new();
    let bold = CellFormat::new().set_bold();
    let sheet = book.add_worksheet_with_constant_memory()?.set_name(name)?;
    for (column, name) in (0..).zip(columns) {
        // What the rows hold isn't known yet.
        sheet.set_column_width(column, WIDTH)?;
        sheet.write_string_with_format(0, column, *name, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(book)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::{Table, write};
    use calamine::Reader;

    fn table() -> Table {
        Table {
            name: "lines".to_owned(),
            columns: vec!["name", "amount"],
            rows: vec![
                vec![Cell::text("=HYPERLINK(\"x\")"), Cell::number("-5.00")],
                vec![Cell::text("＠SUM(1)"), Cell::Empty],
                vec![Cell::text("苏州, 经销"), Cell::number("1.50")],
            ],
            notes: vec![("rows".to_owned(), "3".to_owned())],
        }
    }

    fn streamed(format: Format) -> Vec<u8> {
        let (table, file) = (table(), tempfile::NamedTempFile::new().unwrap());
        let out = file.reopen().unwrap();
        let mut rows = RowFile::begin(format, &table.name, &table.columns, out).unwrap();
        table.rows.iter().for_each(|row| rows.add(row).unwrap());
        assert_eq!(rows.rows(), 3);
        rows.finish(&table.notes).unwrap();
        std::fs::read(file.path()).unwrap()
    }

    #[test]
    fn a_csv_row_by_row_is_the_csv_at_once() {
        let mut whole = Vec::new();
        write(&table(), Format::Csv, &mut whole).unwrap();
        assert_eq!(streamed(Format::Csv), whole);
    }

    #[test]
    fn a_workbook_row_by_row_keeps_text_as_text_and_numbers_as_numbers() {
        use calamine::Data;
        let bytes = std::io::Cursor::new(streamed(Format::Xlsx));
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
        let sheet = book.worksheet_range("lines").unwrap();
        assert_eq!(sheet.get((1, 0)), Some(&Data::String("=HYPERLINK(\"x\")".to_owned())));
        assert_eq!(sheet.get((1, 1)), Some(&Data::Float(-5.0)));
        assert_eq!(sheet.get((3, 0)), Some(&Data::String("苏州, 经销".to_owned())));
        assert_eq!(book.worksheet_formula("lines").unwrap().used_cells().count(), 0);
        let notes = book.worksheet_range("说明").unwrap();
        assert_eq!(notes.get((0, 1)), Some(&Data::String("3".to_owned())));
    }
}
