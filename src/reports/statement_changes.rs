//! What a corrected statement says otherwise than the one before it, in its files: a sheet of its
//! own in the workbook, and in CSV two rows for each thing, before and after.

use super::statement_rows::{base, row};
use super::{Cell, Table};
use crate::statements::{Change, Correction, Reckoning, Statement, Told};
use crate::values::{Currency, Money};

const COLUMNS: [&str; 13] = [
    "kind",
    "name",
    "period",
    "before",
    "after",
    "base_before",
    "base_after",
    "reward_before",
    "reward_after",
    "version_before",
    "version_after",
    "state_before",
    "state_after",
];

/// The sheet; None when the statement corrects nothing.
pub fn sheet(statement: &Statement) -> Option<Table> {
    let Correction { changes, .. } = statement.content.correction.as_ref()?;
    let currency = statement.content.currency;
    let rows = changes.iter().map(|change| {
        let mut cells =
            vec![Cell::text(change.kind.as_str()), Cell::text(&change.name), period(change)];
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        cells.extend([told(before, currency), told(after, currency)]);
        let (before, after) = (reckoning(before), reckoning(after));
        let parts: [fn(&Reckoning, Currency) -> Cell; 4] = [
            |r, currency| base((r.base_minor, r.base_micro), &r.reward, currency),
            |r, _| Cell::text(&r.reward),
            |r, _| Cell::number(r.version),
            |r, _| Cell::text(state(r)),
        ];
        for part in parts {
            let cell = |r: Option<&Reckoning>| r.map_or(Cell::Empty, |r| part(r, currency));
            cells.extend([cell(before), cell(after)]);
        }
        cells
    });
    let rows = rows.collect();
    Some(Table { name: "changes".to_owned(), columns: COLUMNS.to_vec(), rows, ..Table::default() })
}

/// The rows among those of the statement; none when it corrects nothing.
pub(super) fn rows(statement: &Statement) -> Vec<Vec<Cell>> {
    let currency = statement.content.currency;
    let changes = statement.content.correction.iter().flat_map(|correction| &correction.changes);
    let both = changes.flat_map(|change| {
        [("change_before", &change.before), ("change_after", &change.after)].map(|(kind, told)| {
            let mut cells =
                vec![("reference", Cell::text(&change.name)), ("period", period(change))];
            cells.extend(said(change, told.as_ref(), currency));
            row(kind, cells)
        })
    });
    both.collect()
}

fn said(change: &Change, told: Option<&Told>, currency: Currency) -> Vec<(&'static str, Cell)> {
    let money = |minor: &i64| ("amount", Cell::number(Money::new(*minor, currency).plain()));
    let kind = change.kind.as_str();
    match told {
        None => vec![("note", Cell::text(kind))],
        Some(Told::Money(minor)) => vec![money(minor), ("note", Cell::text(kind))],
        Some(Told::Lines(lines)) => {
            vec![("measure", Cell::number(lines)), ("note", Cell::text(kind))]
        }
        Some(Told::Text(text)) => vec![("note", Cell::text(format!("{kind} {text}")))],
        Some(Told::Reckoned(minor, r)) => vec![
            money(minor),
            ("version", Cell::number(r.version)),
            ("reward", Cell::text(&r.reward)),
            ("base", base((r.base_minor, r.base_micro), &r.reward, currency)),
            ("note", Cell::text(format!("{kind} {}", state(r)))),
        ],
    }
}

fn told(told: Option<&Told>, currency: Currency) -> Cell {
    match told {
        None => Cell::Empty,
        Some(Told::Money(minor) | Told::Reckoned(minor, _)) => {
            Cell::number(Money::new(*minor, currency).plain())
        }
        Some(Told::Text(text)) => Cell::text(text),
        Some(Told::Lines(lines)) => Cell::number(lines),
    }
}

fn reckoning(told: Option<&Told>) -> Option<&Reckoning> {
    match told {
        Some(Told::Reckoned(_, reckoning)) => Some(reckoning),
        _ => None,
    }
}

fn period(change: &Change) -> Cell {
    change.period.map_or(Cell::Empty, Cell::text)
}

fn state(reckoning: &Reckoning) -> &'static str {
    if reckoning.earned { "earned" } else { "estimated" }
}
