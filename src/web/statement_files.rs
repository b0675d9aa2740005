//! A statement as CSV or workbook: the rows of the page, one kind of row after the other, in code
//! names, for people who reconcile by machine.

use super::explanation_files::content_type;
use super::{Answer, reply};
use crate::reports::{self, Cell, Format, Table};
use crate::statements::Statement;
use crate::values::Money;

pub(super) fn download(statement: &Statement, format: Format) -> Answer {
    let mut bytes = Vec::new();
    reports::write(&table(statement), format, &mut bytes)?;
    let kind = content_type(format);
    Ok(reply::download(&format!("{}.{format}", statement.number), kind, bytes))
}

fn table(statement: &Statement) -> Table {
    let content = &statement.content;
    let money = |minor| Cell::number(Money::new(minor, content.currency).plain());
    let mut rows = Vec::new();
    let figures = &content.figures;
    let mut figure = |name: &str, minor| {
        rows.push(vec![
            Cell::text(name),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            money(minor),
        ]);
    };
    for (name, minor) in [
        ("opening", figures.opening),
        ("accrued", figures.accrued),
        ("adjusted", figures.adjusted),
        ("paid", -figures.paid),
        ("expired", -figures.expired),
        ("closing", figures.closing),
        ("estimated", figures.estimated),
        ("available", figures.available),
        ("on_hold", figures.on_hold),
    ] {
        figure(name, minor);
    }
    rows.extend(content.accruals.iter().map(|line| {
        vec![
            Cell::text("accrual"),
            Cell::text(&line.policy),
            Cell::text(line.period),
            Cell::number(line.version),
            Cell::number(&line.measure),
            Cell::text(&line.reward),
            money(line.amount),
        ]
    }));
    rows.extend(content.adjustments.iter().map(|line| {
        vec![
            Cell::text("adjustment"),
            Cell::text(&line.reference),
            line.prior_period.as_ref().map_or(Cell::Empty, Cell::text),
            Cell::Empty,
            Cell::Empty,
            Cell::text(&line.reason),
            money(line.amount),
        ]
    }));
    rows.extend(content.payouts.iter().map(|line| {
        vec![
            Cell::text("payout"),
            Cell::text(&line.number),
            Cell::text(line.on),
            Cell::Empty,
            Cell::Empty,
            Cell::text(&line.form),
            money(-line.amount),
        ]
    }));
    Table {
        name: content.number.clone(),
        columns: vec!["row", "reference", "period", "version", "measure", "reward", "amount"],
        rows,
        notes: vec![
            ("number".to_owned(), content.number.clone()),
            ("customer".to_owned(), format!("{} {}", content.customer.code, content.customer.name)),
            ("period".to_owned(), content.period.to_string()),
            ("currency".to_owned(), content.currency.to_string()),
            ("sha256".to_owned(), statement.content_hash.clone()),
            (
                "checkpoint".to_owned(),
                format!("#{} {}", statement.checkpoint_seq, statement.checkpoint_hash),
            ),
        ],
    }
}
