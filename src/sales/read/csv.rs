//! Rows of delimited text, in bounded memory. Quotes as in RFC 4180; a quote inside an unquoted
//! cell is an ordinary character.

use std::io;

use super::bytes::Stream;
use super::wrong;
use crate::error::Result;
use crate::values::Text;

const BLOCK: usize = 64 << 10;
/// No cell is larger; a quote that never closes is noticed here.
const MOST_CELL: usize = 64 << 10;
const MOST_ROW: usize = 1 << 20;
const MOST_COLUMNS: usize = 1_000;

/// One row: its cells behind one another.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// The line of the file it begins on, from 1.
    pub line: u64,
    /// Which data row it is, from 1.
    pub number: u64,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// The cell, as it stands; empty when the row is shorter.
    pub fn cell(&self, index: usize) -> &str {
        let Some(end) = self.ends.get(index).copied() else { return "" };
        let start = match index {
            0 => 0,
            _ => self.ends.get(index - 1).copied().unwrap_or(0),
        };
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.cell(index))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: its end, or half of a doubled one.
    Quote,
}

/// Cuts a stream of UTF-8 into rows.
pub(super) struct Rows {
    name: String,
    source: Stream,
    block: Vec<u8>,
    at: usize,
    end: usize,
    delimiter: u8,
    line: u64,
    spare: Vec<u8>,
}

impl Rows {
    pub(super) fn new(source: Stream, name: &str) -> Result<Self> {
        let mut rows = Self {
            name: name.to_owned(),
            source,
            block: vec![0; BLOCK],
            at: 0,
            end: 0,
            delimiter: b',',
            line: 1,
            spare: Vec::new(),
        };
        rows.fill()?;
        rows.delimiter = delimiter(rows.block.get(..rows.end).unwrap_or_default());
        Ok(rows)
    }

    /// Reads the next row into `row`; false at the end. Blank rows come too.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool> {
        row.line = self.line;
        row.ends.clear();
        let mut out = std::mem::take(&mut self.spare);
        out.clear();
        let mut state = At::CellStart;
        let mut cell_start = 0;
        loop {
            if self.at == self.end && !self.fill()? {
                if state == At::Quoted {
                    let text = Text::new("import-file-open-quote").with("line", row.line);
                    return Err(wrong(&self.name, text));
                }
                if out.is_empty() && row.ends.is_empty() && state == At::CellStart {
                    self.spare = out;
                    return Ok(false);
                }
                row.ends.push(out.len());
                self.finish(out, row)?;
                return Ok(true);
            }
            let rest = self.block.get(self.at..self.end).unwrap_or_default();
            let Some(first) = rest.first().copied() else { continue };
            match state {
                At::CellStart if first == b'"' => {
                    self.at += 1;
                    state = At::Quoted;
                }
                At::CellStart | At::Plain => {
                    let stop = memchr::memchr3(self.delimiter, b'\n', b'\r', rest);
                    let run = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
                    out.extend_from_slice(run);
                    self.at += run.len();
                    state = At::Plain;
                    if let Some(stop) = stop {
                        let sign = rest.get(stop).copied().unwrap_or_default();
                        self.at += 1;
                        if sign == self.delimiter {
                            row.ends.push(out.len());
                            cell_start = out.len();
                            state = At::CellStart;
                        } else {
                            self.end_of_line(sign)?;
                            row.ends.push(out.len());
                            self.bound(&out, cell_start, row)?;
                            self.finish(out, row)?;
                            return Ok(true);
                        }
                    }
                }
                At::Quoted => {
                    let stop = memchr::memchr2(b'"', b'\n', rest);
                    let run = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
                    out.extend_from_slice(run);
                    self.at += run.len();
                    if let Some(stop) = stop {
                        self.at += 1;
                        if rest.get(stop) == Some(&b'\n') {
                            self.line += 1;
                            out.push(b'\n');
                        } else {
                            state = At::Quote;
                        }
                    }
                }
                At::Quote if first == b'"' => {
                    self.at += 1;
                    out.push(b'"');
                    state = At::Quoted;
                }
                At::Quote => state = At::Plain,
            }
            self.bound(&out, cell_start, row)?;
        }
    }

    /// Counts the line; takes the line feed that follows a carriage return.
    fn end_of_line(&mut self, sign: u8) -> Result<()> {
        self.line += 1;
        if sign == b'\r' {
            if self.at == self.end {
                self.fill()?;
            }
            if self.at < self.end && self.block.get(self.at) == Some(&b'\n') {
                self.at += 1;
            }
        }
        Ok(())
    }

    fn bound(&self, out: &[u8], cell_start: usize, row: &Row) -> Result<()> {
        let key = if out.len() > MOST_ROW {
            "import-file-long-row"
        } else if out.len() - cell_start.min(out.len()) > MOST_CELL {
            "import-file-long-cell"
        } else if row.ends.len() > MOST_COLUMNS {
            "import-file-many-columns"
        } else {
            return Ok(());
        };
        let text =
            Text::new(key).with("line", row.line).with("column", (row.ends.len() + 1).to_string());
        Err(wrong(&self.name, text))
    }

    fn finish(&mut self, out: Vec<u8>, row: &mut Row) -> Result<()> {
        let name = &self.name;
        let text = String::from_utf8(out).map_err(|_| not_text(name, row.line))?;
        self.spare = std::mem::replace(&mut row.text, text).into_bytes();
        Ok(())
    }

    fn fill(&mut self) -> Result<bool> {
        self.at = 0;
        self.end = 0;
        match self.source.read(&mut self.block) {
            Ok(count) => {
                self.end = count;
                Ok(count > 0)
            }
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                Err(not_text(&self.name, self.line))
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => self.fill(),
            Err(e) => Err(wrong(
                &self.name,
                Text::new("import-file-unreadable").with("why", e.to_string()),
            )),
        }
    }
}

fn not_text(name: &str, line: u64) -> crate::error::Error {
    wrong(name, Text::new("import-file-encoding").with("line", line))
}

/// The sign that stands most often in the header, outside quotes.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(sign, _)| sign == byte).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let stream = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut rows = Rows::new(stream, "x.csv").unwrap();
        let mut row = Row::default();
        let mut all = Vec::new();
        while rows.next(&mut row).unwrap() {
            all.push((row.line, row.cells().map(str::to_owned).collect()));
        }
        all
    }

    fn check(text: &str, expected: &[(u64, &[&str])]) {
        let expected: Vec<(u64, Vec<String>)> = expected
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(|c| (*c).to_owned()).collect()))
            .collect();
        assert_eq!(rows(text), expected, "{text:?}");
    }

    #[test]
    fn rows_are_cut_as_spreadsheets_write_them() {
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a,b\r\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a\rb\r", &[(1, &["a"]), (2, &["b"])]);
        check("a;b\n1,5;2\n", &[(1, &["a", "b"]), (2, &["1,5", "2"])]);
        check("a\tb\n1,5\t2\n", &[(1, &["a", "b"]), (2, &["1,5", "2"])]);
        check("\"a,b\",c\n", &[(1, &["a,b", "c"])]);
        check("\"a \"\"x\"\"\",c\n", &[(1, &["a \"x\"", "c"])]);
        check("\"a\nb\",c\nd,e\n", &[(1, &["a\nb", "c"]), (3, &["d", "e"])]);
        check("a,b\n\n1,2\n", &[(1, &["a", "b"]), (2, &[""]), (3, &["1", "2"])]);
        check("5\" pipe,b\n", &[(1, &["5\" pipe", "b"])]);
        check(",\n", &[(1, &["", ""])]);
        check("a,b\n1,", &[(1, &["a", "b"]), (2, &["1", ""])]);
        check("\"\",\"\"\n", &[(1, &["", ""])]);
        check("", &[]);
    }

    #[test]
    fn a_line_without_end_stops_early() {
        struct Endless(u64);
        impl io::Read for Endless {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                assert!(self.0 < 100, "it read on");
                into.fill(b'x');
                Ok(into.len())
            }
        }
        let mut rows = Rows::new(Box::new(Endless(0)), "x.csv").unwrap();
        let error = rows.next(&mut Row::default()).unwrap_err();
        assert!(matches!(error, crate::error::Error::Invalid(_)), "{error}");
    }
}
