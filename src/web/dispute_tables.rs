//! The tables behind a dispute's facts, as pages print them: frozen, or as they stand.

use super::Page;
use crate::disputes::{Cell, FactRow, FactTable};
use crate::values::{Language, Money};

/// Columns whose cells are lined up at the right.
const NUMBERS: [&str; 10] = [
    "quantity",
    "net",
    "amount",
    "tier",
    "version",
    "entry",
    "estimated",
    "earned",
    "taken",
    "lines",
];

pub(super) struct TableView {
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<RowView>,
    /// That there are more rows than are kept.
    pub more: Option<String>,
    /// Whether the rows are shown at once: those of which some were chosen, and on paper all.
    pub open: bool,
    /// How many rows there are, all in all.
    pub count: String,
    /// Where only chosen rows are shown at once: how many others there are.
    pub rest: Option<String>,
}

pub(super) struct Column {
    pub name: String,
    pub is_number: bool,
}

pub(super) struct RowView {
    pub code: Option<String>,
    pub chosen: bool,
    pub cells: Vec<CellView>,
    /// All cells in one line, for a label.
    pub line: String,
}

pub(super) struct CellView {
    pub column: String,
    pub is_number: bool,
    pub text: String,
    pub money: Option<Money>,
}

pub(super) fn tables(tables: &[FactTable], page: &Page) -> Vec<TableView> {
    tables.iter().map(|table| TableView::new(table, page)).collect()
}

impl TableView {
    fn new(table: &FactTable, page: &Page) -> Self {
        let columns: Vec<Column> = table
            .columns
            .iter()
            .map(|column| Column {
                name: page.code("dispute-column", column),
                is_number: NUMBERS.contains(&column.as_str()),
            })
            .collect();
        let rows: Vec<RowView> =
            table.rows.iter().map(|row| RowView::new(row, &columns, page)).collect();
        let chosen = rows.iter().filter(|row| row.chosen).count();
        let others = rows.len() - chosen;
        Self {
            rest: (chosen > 0 && others > 0).then(|| page.count("dispute-table-rest", others)),
            title: page.code("dispute-table", &table.name),
            count: page.number(table.rows.len() + table.left_out),
            more: (table.left_out > 0)
                .then(|| page.t1("dispute-table-more", "count", page.number(table.left_out))),
            open: chosen > 0,
            columns,
            rows,
        }
    }
}

impl RowView {
    fn new(row: &FactRow, columns: &[Column], page: &Page) -> Self {
        let cells: Vec<CellView> = row
            .cells
            .iter()
            .zip(columns)
            .map(|(cell, column)| {
                let (text, money) = shown(cell, page);
                CellView { column: column.name.clone(), is_number: column.is_number, text, money }
            })
            .collect();
        let line = cells.iter().filter_map(CellView::said).collect::<Vec<_>>().join(" · ");
        Self { code: row.code.clone(), chosen: row.chosen, cells, line }
    }
}

impl CellView {
    /// In a line without headings: numbers say what they are. None of nothing.
    fn said(&self) -> Option<String> {
        let said = match self.is_number {
            true => format!("{} {}", self.column, self.text),
            false => self.text.clone(),
        };
        (!self.text.is_empty()).then_some(said)
    }
}

fn shown(cell: &Cell, page: &Page) -> (String, Option<Money>) {
    match cell {
        Cell::Text(text) | Cell::Number(text) => (text.clone(), None),
        Cell::Said(zh, en) => {
            let said = if page.language() == Language::ZhCn { zh } else { en };
            (said.clone(), None)
        }
        Cell::Day(day) => (page.date(day), None),
        Cell::Money(minor, currency) => {
            let money = Money::new(*minor, *currency);
            (money.shown(), Some(money))
        }
    }
}
