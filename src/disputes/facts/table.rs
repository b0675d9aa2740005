//! The tables behind a fact: which lines, which terms, what a balance is made of. Frozen with the
//! dispute, in full up to a bound that no reader misses.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::values::{Currency, Language, Money};

/// Rows a table keeps; chosen ones are kept beyond.
const MOST_ROWS: usize = 1_000;

/// One of them; the words for its name and columns have the keys `dispute-table-NAME` and
/// `dispute-column-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactTable {
    pub name: String,
    pub columns: Vec<String>,
    pub rows: Vec<FactRow>,
    /// Rows that didn't fit.
    #[serde(default)]
    pub left_out: usize,
}

/// A row; one with a code can be chosen as what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
    pub cells: Vec<Cell>,
}

/// A cell, kept as what it is and not as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    #[serde(rename = "t")]
    Text(String),
    /// In Chinese and English.
    #[serde(rename = "s")]
    Said(String, String),
    #[serde(rename = "d")]
    Day(NaiveDate),
    #[serde(rename = "m")]
    Money(i64, Currency),
    /// As people read it: a quantity, a count, a rate.
    #[serde(rename = "n")]
    Number(String),
}

impl Cell {
    pub fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    pub fn said(say: impl Fn(Language) -> String) -> Self {
        let (zh, en) = (say(Language::ZhCn), say(Language::En));
        if zh == en { Self::Text(zh) } else { Self::Said(zh, en) }
    }

    pub fn day(day: Option<NaiveDate>) -> Self {
        day.map_or_else(|| Self::text("—"), Self::Day)
    }
}

impl From<Money> for Cell {
    fn from(money: Money) -> Self {
        Self::Money(money.minor, money.currency)
    }
}

impl FactTable {
    pub(super) fn new(name: &str, columns: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Vec::new(),
            left_out: 0,
        }
    }

    pub(super) fn add(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(FactRow { cells: cells.into_iter().collect(), ..FactRow::default() });
    }

    /// A row that can be chosen.
    pub(super) fn offer(&mut self, code: impl ToString, cells: impl IntoIterator<Item = Cell>) {
        let code = Some(code.to_string());
        self.rows.push(FactRow { code, chosen: false, cells: cells.into_iter().collect() });
    }

    /// Leaves out what doesn't fit, but nothing that was chosen.
    pub(super) fn trim(&mut self) {
        let all = self.rows.len();
        let mut place = 0;
        self.rows.retain(|row| {
            place += 1;
            place <= MOST_ROWS || row.chosen
        });
        self.left_out += all - self.rows.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_what_fits_and_everything_chosen() {
        let mut table = FactTable::new("lines", &["document"]);
        for n in 0..MOST_ROWS + 10 {
            table.offer(n, [Cell::number(n)]);
        }
        for place in [3, MOST_ROWS + 5] {
            table.rows.get_mut(place).unwrap().chosen = true;
        }
        table.trim();
        assert_eq!((table.rows.len(), table.left_out), (MOST_ROWS + 1, 9));
        assert_eq!(table.rows.iter().filter(|row| row.chosen).count(), 2);
    }

    #[test]
    fn cells_are_kept_shortly_and_read_back() {
        let cells = vec![
            Cell::text("INV-1"),
            Cell::said(|language| language.to_string()),
            Cell::Day("2026-09-30".parse().unwrap()),
            Cell::Money(-5, Currency::CNY),
            Cell::number("1,000.5"),
        ];
        let kept = serde_json::to_string(&cells).unwrap();
        let expected = r#"[{"t":"INV-1"},{"s":["zh-CN","en"]},{"d":"2026-09-30"},{"m":[-5,"CNY"]},{"n":"1,000.5"}]"#;
        assert_eq!(kept, expected);
        assert_eq!(serde_json::from_str::<Vec<Cell>>(&kept).unwrap(), cells);
    }
}
