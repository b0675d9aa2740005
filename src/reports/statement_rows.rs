//! A statement's rows as its files carry them, in code names: one kind of row after the other, for
//! people who reconcile by machine.

use chrono::NaiveDate;

use super::exports::Take;
use super::{Cell, Table, statement_changes};
use crate::db::Conn;
use crate::error::Result;
use crate::statements::{self, Statement};
use crate::values::{Currency, Key, Money, Quantity, capital_rmb};

/// Every row of the statement's CSV, with what it corrects.
pub fn statement_rows(statement: &Statement) -> Table {
    let mut table = statement_table(statement);
    table.rows.extend(statement_changes::rows(statement));
    table
}

/// The columns of many statements in one file: whose row it is, and the row.
pub const STATEMENT_ROWS: &[&str] = &[
    "statement",
    "row",
    "reference",
    "period",
    "version",
    "measure",
    "reward",
    "amount",
    "tier",
    "date",
    "note",
    "base",
    "voucher",
];

/// The rows of the customer's statements whose periods end in these days, oldest first, every
/// version of each.
///
/// # Errors
/// What `take` says, or that the database is away.
pub fn each_statement_row(
    conn: &mut Conn,
    customer: Key,
    (first, last): (NaiveDate, NaiveDate),
    take: Take<'_>,
) -> Result<()> {
    let mut all = statements::of_customer(conn, customer)?;
    all.retain(|statement| (first..=last).contains(&statement.content.last_day));
    all.sort_by(|a, b| (a.content.last_day, &a.number).cmp(&(b.content.last_day, &b.number)));
    for statement in &all {
        for row in statement_rows(statement).rows {
            let number = Cell::text(&statement.number);
            take(std::iter::once(number).chain(row).collect())?;
        }
    }
    Ok(())
}

const COLUMNS: [&str; 12] = [
    "row",
    "reference",
    "period",
    "version",
    "measure",
    "reward",
    "amount",
    "tier",
    "date",
    "note",
    "base",
    "voucher",
];

/// A row by the names of its columns; the others stay empty.
pub(super) fn row(kind: &str, cells: Vec<(&str, Cell)>) -> Vec<Cell> {
    let mut row: Vec<Cell> = COLUMNS.iter().map(|_| Cell::Empty).collect();
    let all = cells.into_iter().chain([("row", Cell::text(kind))]);
    for (name, cell) in all {
        let at = COLUMNS.iter().position(|column| *column == name);
        if let Some(place) = at.and_then(|at| row.get_mut(at)) {
            *place = cell;
        }
    }
    row
}

/// The rows without what a corrected statement changes, which a workbook has on a sheet of its own.
pub fn statement_table(statement: &Statement) -> Table {
    let content = &statement.content;
    let mut rows: Vec<Vec<Cell>> = facts(statement)
        .into_iter()
        .map(|(name, value)| {
            row("fact", vec![("reference", Cell::text(name)), ("note", Cell::text(value))])
        })
        .collect();
    let money = |minor| ("amount", Cell::number(Money::new(minor, content.currency).plain()));
    let figures = &content.figures;
    rows.extend(
        [
            ("opening", figures.opening),
            ("accrued", figures.accrued),
            ("adjusted", figures.adjusted),
            ("paid", -figures.paid),
            ("expired", -figures.expired),
            ("closing", figures.closing),
            ("estimated", figures.estimated),
            ("available", figures.available),
            ("on_hold", figures.on_hold),
        ]
        .map(|(name, minor)| row(name, vec![money(minor)])),
    );
    rows.extend(moves(statement));
    rows.extend(content.excluded.iter().map(|line| {
        row(
            "excluded",
            vec![
                ("reference", Cell::text(&line.policy)),
                ("period", Cell::text(line.period)),
                ("measure", Cell::number(line.lines)),
                ("note", Cell::text(&line.reason)),
            ],
        )
    }));
    rows.extend(content.left_out.iter().map(|line| {
        let note = format!("{} {} {}", line.policy, line.reason, line.product);
        row(
            "excluded_line",
            vec![
                ("reference", Cell::text(&line.document_no)),
                ("date", Cell::text(line.on)),
                money(line.amount),
                ("note", Cell::text(note.trim())),
            ],
        )
    }));
    rows.extend(content.disputes.iter().map(|dispute| {
        row(
            "open_dispute",
            vec![
                ("reference", Cell::text(&dispute.number)),
                money(dispute.amount),
                ("note", Cell::text(&dispute.subject)),
            ],
        )
    }));
    Table {
        name: content.number.clone(),
        columns: COLUMNS.to_vec(),
        rows,
        notes: facts(statement).into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// Accruals, adjustments, payouts and what expired.
fn moves(statement: &Statement) -> Vec<Vec<Cell>> {
    let content = &statement.content;
    let money = |minor| ("amount", Cell::number(Money::new(minor, content.currency).plain()));
    let accruals = content.accruals.iter().map(|line| {
        let state = if line.earned { "earned" } else { "estimated" };
        row(
            "accrual",
            vec![
                ("reference", Cell::text(&line.policy)),
                ("period", Cell::text(line.period)),
                ("version", Cell::number(line.version)),
                ("measure", Cell::number(&line.measure)),
                ("reward", Cell::text(&line.reward)),
                money(line.amount),
                ("tier", Cell::number(line.tier)),
                ("note", Cell::text(state)),
                ("base", base((line.base_minor, line.base_micro), &line.reward, content.currency)),
            ],
        )
    });
    let adjustments = content.adjustments.iter().map(|line| {
        let period = line.prior_period.as_ref().map_or(Cell::Empty, Cell::text);
        row(
            "adjustment",
            vec![
                ("reference", Cell::text(&line.reference)),
                ("period", period),
                money(line.amount),
                ("date", Cell::text(line.on)),
                ("note", Cell::text(&line.reason)),
            ],
        )
    });
    let payouts = content.payouts.iter().map(|line| {
        row(
            "payout",
            vec![
                ("reference", Cell::text(&line.number)),
                money(-line.amount),
                ("date", Cell::text(line.on)),
                ("note", Cell::text(&line.form)),
                ("voucher", line.reference.as_ref().map_or(Cell::Empty, Cell::text)),
            ],
        )
    });
    let expiries = content.expiries.iter().map(|line| {
        row(
            "expiry",
            vec![
                ("reference", Cell::text(&line.policy)),
                ("period", Cell::text(line.period)),
                money(-line.amount),
                ("date", Cell::text(line.on)),
                ("note", Cell::text(format!("available from {}", line.available_on))),
            ],
        )
    });
    accruals.chain(adjustments).chain(payouts).chain(expiries).collect()
}

/// What the reward is reckoned on: units where it pays per unit, the net amount otherwise.
pub(super) fn base((minor, micro): (i64, i64), reward: &str, currency: Currency) -> Cell {
    if reward.ends_with("/unit") {
        Cell::number(Quantity::from_micro(micro))
    } else {
        Cell::number(Money::new(minor, currency).plain())
    }
}

/// What the head and the foot of the paper say.
fn facts(statement: &Statement) -> Vec<(&'static str, String)> {
    let content = &statement.content;
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let closing = Money::new(content.figures.closing, content.currency);
    let mut facts = vec![
        ("number", content.number.clone()),
        ("version", content.version.to_string()),
        ("company", content.company.clone()),
        ("company_tax_id", optional(&content.issuer_tax_id)),
        ("customer", format!("{} {}", content.customer.code, content.customer.name)),
        ("customer_tax_id", optional(&content.customer.tax_id)),
        ("period", content.period.to_string()),
        ("first_day", content.first_day.to_string()),
        ("last_day", content.last_day.to_string()),
        ("issued_on", content.issued_on.to_string()),
        ("data_through", content.data_through.map_or_else(String::new, |day| day.to_string())),
        ("currency", content.currency.to_string()),
        ("closing_in_words", capital_rmb(closing).unwrap_or_default()),
        ("respond_by", content.respond_by.to_string()),
        ("contact", content.contact.name.clone()),
        ("contact_phone", optional(&content.contact.phone)),
        ("contact_hours", optional(&content.contact.hours)),
        ("contact_email", optional(&content.contact.email)),
    ];
    if let Some(service) = content.service {
        facts.push(("answer_days", service.answer_days.to_string()));
        facts.push(("decision_days", service.decision_days.to_string()));
        facts.push(("appeal_days", service.appeal_days.to_string()));
    }
    if let Some(correction) = &content.correction {
        facts.push(("corrects", correction.corrects.clone()));
        facts.push(("correction_reason", correction.reason.clone()));
    }
    let (seq, hash) = (statement.checkpoint_seq, &statement.checkpoint_hash);
    facts.push(("generated_at", statement.issued_at.to_rfc3339()));
    facts.push(("sha256", statement.content_hash.clone()));
    facts.push(("checkpoint", format!("#{seq} {hash}")));
    facts
}
