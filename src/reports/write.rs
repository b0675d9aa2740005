//! Tables as CSV, XLSX and JSON. CSV opens right in Excel: a byte order mark, and no cell that a
//! spreadsheet would run as a formula.

use std::io::Write;

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::{Cell, Format, Table};
use crate::error::{Error, Result};

/// Writes the table in the format.
///
/// # Errors
/// The output can't be written.
pub fn write(table: &Table, format: Format, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Csv => write_csv(table, out),
        Format::Json => write_json(table, out),
        Format::Xlsx => write_workbook(table, &[], out),
    }
}

/// Writes the table as a workbook, with further tables on sheets of their own.
///
/// # Errors
/// The output can't be written.
pub fn write_workbook(table: &Table, further: &[Table], out: &mut dyn Write) -> Result<()> {
    let bytes = workbook(table, further).map_err(Error::internal)?;
    Ok(out.write_all(&bytes)?)
}

/// The text with an apostrophe before it where a spreadsheet would take it for a formula.
pub fn neutralised(text: &str) -> std::borrow::Cow<'_, str> {
    const STARTS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(STARTS) { format!("'{text}").into() } else { text.into() }
}

fn write_csv(table: &Table, out: &mut dyn Write) -> Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(&table.columns).map_err(Error::internal)?;
    for row in &table.rows {
        csv_row(&mut csv, row)?;
    }
    csv.flush()?;
    Ok(())
}

pub(super) fn csv_row<W: Write>(csv: &mut csv::Writer<W>, row: &[Cell]) -> Result<()> {
    let cells = row.iter().map(|cell| match cell {
        Cell::Text(text) => neutralised(text),
        Cell::Number(number) => number.into(),
        Cell::Empty => "".into(),
    });
    csv.write_record(cells.map(|cell| cell.into_owned())).map_err(Error::internal)
}

fn write_json(table: &Table, out: &mut dyn Write) -> Result<()> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = table
        .rows
        .iter()
        .map(|row| {
            table
                .columns
                .iter()
                .zip(row)
                .map(|(column, cell)| {
                    let value = match cell {
                        Cell::Text(text) | Cell::Number(text) => text.as_str().into(),
                        Cell::Empty => serde_json::Value::Null,
                    };
                    ((*column).to_owned(), value)
                })
                .collect()
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    Ok(writeln!(out)?)
}

fn workbook(table: &Table, further: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = CellFormat::new().set_bold();
    add_sheet(&mut book, &bold, table)?;
    add_notes(&mut book, &bold, &table.notes)?;
    further.iter().try_for_each(|table| add_sheet(&mut book, &bold, table))?;
    book.save_to_buffer()
}

/// The sheet that says what the workbook holds.
pub(super) fn add_notes(
    book: &mut Workbook,
    bold: &CellFormat,
    notes: &[(String, String)],
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name("说明")?;
    for (row, (name, value)) in (0..).zip(notes) {
        sheet.write_string_with_format(row, 0, name, bold)?;
        sheet.write_string(row, 1, value)?;
    }
    sheet.autofit();
    Ok(())
}

fn add_sheet(book: &mut Workbook, bold: &CellFormat, table: &Table) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(&table.name)?;
    for (column, name) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, *name, bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (1..).zip(&table.rows) {
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, row, column, cell)?;
        }
    }
    sheet.autofit();
    Ok(())
}

pub(super) fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string(row, column, text)?,
        Cell::Number(number) => match number.parse::<f64>() {
            // A spreadsheet keeps fifteen digits; what is longer stays exact as text.
            Ok(value) if number.bytes().filter(u8::is_ascii_digit).count() <= 15 => {
                let decimals = number.split_once('.').map_or(0, |(_, d)| d.len());
                let format = CellFormat::new().set_num_format(match decimals {
                    0 => "#,##0".to_owned(),
                    n => format!("#,##0.{}", "0".repeat(n)),
                });
                sheet.write_number_with_format(row, column, value, &format)?
            }
            _ => sheet.write_string(row, column, number)?,
        },
        Cell::Empty => sheet,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_as_a_formula_and_numbers_stay_numbers() {
        let table = Table {
            columns: vec!["name", "amount"],
            rows: vec![
                vec![Cell::text("=HYPERLINK(\"x\")"), Cell::number("-5.00")],
                vec![Cell::text("＠SUM(1)"), Cell::Empty],
                vec![Cell::text("苏州, 经销"), Cell::number("1.50")],
            ],
            ..Table::default()
        };
        let mut out = Vec::new();
        write(&table, Format::Csv, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{feff}name,amount\r\n\"'=HYPERLINK(\"\"x\"\")\",-5.00\r\n'＠SUM(1),\r\n\"苏州, 经销\",1.50\r\n"
        );
    }
}
