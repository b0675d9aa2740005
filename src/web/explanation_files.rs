//! The lines behind a number as CSV or workbook, for people who check them by machine: what
//! counts first, then what doesn't and why, in code names.

use super::{Answer, reply};
use crate::accruals::{ExplainedLine, Explanation};
use crate::reports::{self, Cell, Format, Table};
use crate::values::{Money, Quantity};
use crate::words;

pub(super) fn download(explained: &Explanation, format: Format) -> Answer {
    let mut bytes = Vec::new();
    reports::write(&table(explained), format, &mut bytes)?;
    let name = format!("{}-{}.{format}", explained.version.code, explained.accrual.period);
    Ok(reply::download(&name, content_type(format), bytes))
}

pub(super) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json => "application/json",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

fn table(explained: &Explanation) -> Table {
    let accrual = &explained.accrual;
    let calculation = &accrual.calculation;
    let (earning, others): (Vec<_>, Vec<_>) =
        explained.lines.iter().partition(|line| line.disposition.earns());
    let money = |minor| Money::new(minor, accrual.currency).plain();
    let note = |name: &str, value: String| (name.to_owned(), value);
    Table {
        name: "lines".to_owned(),
        columns: vec![
            "document_no",
            "document_date",
            "product_code",
            "product_name",
            "quantity",
            "net_amount",
            "currency",
            "counts",
            "line_id",
            "source",
        ],
        rows: earning.into_iter().chain(others).map(row).collect(),
        notes: vec![
            note("policy", format!("{} v{}", calculation.policy, calculation.version)),
            note("period", accrual.period.to_string()),
            note("as_of", accrual.as_of.to_string()),
            note("sentence", words::english().say(&calculation.sentence())),
            note("base_amount", money(calculation.base_minor)),
            note("base_quantity", Quantity::from_micro(calculation.base_micro).plain()),
            note("lines_amount", money(explained.lines_sum_minor)),
            note("rebate", accrual.rebate().plain()),
            note("booked", money(explained.booked_minor)),
            note("currency", accrual.currency.to_string()),
        ],
    }
}

fn row(explained: &ExplainedLine) -> Vec<Cell> {
    let line = &explained.line;
    let product = explained.product.as_ref();
    vec![
        Cell::text(&line.document_no),
        Cell::text(line.document_date),
        product.map_or(Cell::Empty, |p| Cell::text(&p.code)),
        product.map_or(Cell::Empty, |p| Cell::text(&p.name)),
        Cell::number(line.quantity.plain()),
        Cell::number(line.net.plain()),
        Cell::text(line.net.currency),
        Cell::text(explained.disposition),
        Cell::text(&line.line_id),
        Cell::text(&line.source),
    ]
}
