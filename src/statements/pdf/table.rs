//! Tables that go on over pages: the head stands on each of them, a row is whole unless it is
//! longer than a page, and the total never stands alone.

use super::flow::{BODY, Flow, SMALL};
use super::ink::{Role, Shade, Style, Twips};

/// A column: its part of the width in thousandths, and whether its cells are numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub part: Twips,
    pub number: bool,
}

/// A table. Its cells are texts; which is the row's name, `named` says.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub columns: Vec<Column>,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The word for it and the sum, under the last column.
    pub total: Option<(String, String)>,
    pub named: usize,
}

const PAD: Twips = 60;
const INSET: Twips = 60;
const CELL: Style = Style::plain(165);
const HEAD: Style = Style::quiet(155);
const TOTAL: Style = Style::strong(165);

/// A cell's lines and where they stand.
struct Cell {
    lines: Vec<String>,
    x: Twips,
    width: Twips,
    number: bool,
    role: Role,
}

impl Flow {
    /// The heading and the table, which stay together.
    pub(super) fn table(&mut self, title: &str, table: &Table) {
        let head = self.cells(table, &table.head, HEAD, |_| Role::ColumnHead);
        let rows: Vec<Vec<Cell>> = table
            .rows
            .iter()
            .map(|row| {
                self.cells(table, row, CELL, |at| {
                    if at == table.named { Role::RowHead } else { Role::Cell }
                })
            })
            .collect();
        let total = table.total.as_ref().map(|(word, sum)| self.total(table, word, sum));
        let total_height = total.as_ref().map_or(0, |total| height(total, TOTAL));
        let head_height = height(&head, HEAD);
        let first = rows.first().map_or(0, |row| height(row, CELL).min(Self::whole() / 4));
        let only = if rows.len() == 1 { total_height } else { 0 };
        self.heading(2, title, Style::strong(210), head_height + first + only + 160);
        self.space(60);
        self.begin(Role::Table);
        self.begin(Role::Head);
        self.head(&head);
        self.end();
        self.begin(Role::Body);
        let last = rows.len().saturating_sub(1);
        for (at, row) in rows.iter().enumerate() {
            let with = if at == last { total_height } else { 0 };
            self.row(row, &head, with);
        }
        self.end();
        if let Some(total) = total {
            self.begin(Role::Foot);
            self.rule(self.left, self.y, self.width, 16, Shade::Black);
            self.draw(&total, 0, usize::MAX, TOTAL);
            self.end();
        }
        self.space(240);
    }

    fn cells(
        &mut self,
        table: &Table,
        texts: &[String],
        style: Style,
        role: impl Fn(usize) -> Role,
    ) -> Vec<Cell> {
        let mut x = self.left;
        let mut cells = Vec::with_capacity(texts.len());
        for (at, (column, text)) in table.columns.iter().zip(texts).enumerate() {
            let width = self.width * column.part / 1_000;
            let lines = self.lines(text, style, width - 2 * INSET);
            cells.push(Cell { lines, x, width, number: column.number, role: role(at) });
            x += width;
        }
        cells
    }

    /// The word under all columns but the last, the sum under the last.
    fn total(&mut self, table: &Table, word: &str, sum: &str) -> Vec<Cell> {
        let (left, half) = (self.left, self.width / 2);
        let over = u32::try_from(table.columns.len().saturating_sub(1)).unwrap_or(1);
        let ends =
            [(word, left, false, Role::RowHeadOver(over)), (sum, left + half, true, Role::Cell)];
        ends.into_iter()
            .map(|(text, x, number, role)| {
                let lines = self.lines(text, TOTAL, half - 2 * INSET);
                Cell { lines, x, width: half, number, role }
            })
            .collect()
    }

    /// The head again, on another page: it was read already, and helps only the eye.
    fn head_again(&mut self, head: &[Cell]) {
        self.page();
        self.silent = true;
        self.head(head);
        self.silent = false;
    }

    fn head(&mut self, head: &[Cell]) {
        let height = height(head, HEAD);
        self.ink(super::ink::Ink::Fill {
            area: [self.left, self.y, self.width, height],
            shade: Shade::Ground,
        });
        self.draw(head, 0, usize::MAX, HEAD);
    }

    /// A row, with so much to follow on the same page.
    fn row(&mut self, row: &[Cell], head: &[Cell], with: Twips) {
        let (mut from, lines) = (0, longest(row));
        if self.room() < height(row, CELL) + with {
            let splits = height(row, CELL) + with > Flow::whole() - height(head, HEAD);
            if !splits || self.room() < 6 * CELL.leading() {
                self.head_again(head);
            }
        }
        while from < lines {
            let room = (self.room() - with - 2 * PAD) / CELL.leading();
            let fits = usize::try_from(room).unwrap_or(0).clamp(1, lines - from);
            self.draw(row, from, fits, CELL);
            self.rule(self.left, self.y, self.width, 8, Shade::Line);
            from += fits;
            if from < lines {
                self.head_again(head);
            }
        }
    }

    /// These lines of a row, as a row of their own.
    fn draw(&mut self, cells: &[Cell], from: usize, most: usize, style: Style) {
        self.begin(Role::Row);
        let top = self.y + PAD;
        let mut lowest = top;
        for cell in cells {
            self.begin(cell.role.clone());
            let mut y = top;
            for line in cell.lines.iter().skip(from).take(most) {
                if cell.number {
                    let right = cell.x + cell.width - INSET;
                    self.line_end(line.clone(), style, right, y);
                } else {
                    self.line(line.clone(), style, cell.x + INSET, y);
                }
                y += style.leading();
            }
            lowest = lowest.max(y);
            self.end();
        }
        self.end();
        self.y = lowest + PAD;
    }

    /// A small note under something.
    pub(super) fn note(&mut self, text: &str) {
        self.paragraph(text, SMALL);
    }

    /// An ordinary paragraph with a little room after it.
    pub(super) fn says(&mut self, text: &str) {
        self.paragraph(text, BODY);
        self.space(50);
    }
}

fn longest(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0)
}

fn height(cells: &[Cell], style: Style) -> Twips {
    let lines = Twips::try_from(longest(cells)).unwrap_or(Twips::MAX / 1_000);
    lines * style.leading() + 2 * PAD
}
