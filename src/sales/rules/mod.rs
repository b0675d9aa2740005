//! What sales are, and what may become of an import. Pure.

mod cells;
pub(super) mod fields;
pub(super) mod mapping;
pub(super) mod parse;
mod report;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::text_enum;
use crate::values::{Currency, ImportId, Key, Money, Quantity};

pub use report::{ControlTotal, FilePlace, Reason, RejectedRow, Report};

text_enum! {
    /// What a line is; returns carry negative quantity and amount.
    pub enum LineKind {
        Invoice = "invoice",
        Return = "return",
    }
}

text_enum! {
    /// What a file brings.
    pub enum ImportKind {
        Customers = "customers",
        Products = "products",
        Sales = "sales",
        Targets = "targets",
        Baselines = "baselines",
    }
}

text_enum! {
    /// Where an import stands (DOMAIN §5). `Writing` and `Discarding` are the moments between,
    /// which only a killed program leaves behind.
    pub enum ImportState {
        Uploaded = "uploaded",
        Checked = "checked",
        Writing = "writing",
        Committed = "committed",
        Discarding = "discarding",
        Discarded = "discarded",
    }
}

/// One line of an invoice or a return, as the ERP knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesLine {
    pub key: Key,
    /// The system it comes from, and its id there.
    pub source: String,
    pub line_id: String,
    pub import: ImportId,
    pub document_no: String,
    pub document_date: NaiveDate,
    pub customer: Key,
    pub product: Key,
    pub quantity: Quantity,
    pub net: Money,
    pub kind: LineKind,
    pub unit_price: Option<String>,
    /// The line a return takes back.
    pub original_line_id: Option<String>,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
}

/// A line about to be added; its key is handed out when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    pub source: String,
    pub line_id: String,
    pub document_no: String,
    pub document_date: NaiveDate,
    pub customer: Key,
    pub product: Key,
    pub quantity: Quantity,
    pub net: Money,
    pub kind: LineKind,
    pub unit_price: Option<String>,
    pub original_line_id: Option<String>,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
}

impl NewLine {
    /// Whether the known line says the same in everything it stores.
    pub fn is_same_as(&self, known: &SalesLine) -> bool {
        self.source == known.source
            && self.line_id == known.line_id
            && self.document_no == known.document_no
            && self.document_date == known.document_date
            && self.customer == known.customer
            && self.product == known.product
            && self.quantity == known.quantity
            && self.net == known.net
            && self.kind == known.kind
            && self.unit_price == known.unit_price
            && self.original_line_id == known.original_line_id
            && self.delivery_date == known.delivery_date
            && self.paid_date == known.paid_date
    }

    /// The days on which the line may count, by the dates policies go by.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        [Some(self.document_date), self.delivery_date, self.paid_date].into_iter().flatten()
    }
}

/// What a calculation needs of a line, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFacts {
    pub key: Key,
    pub customer: Key,
    pub product: Key,
    pub document_date: NaiveDate,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
    pub net_minor: i64,
    pub quantity_micro: i64,
    pub currency: Currency,
}

/// What is sold. `category` and `brand` are empty when nobody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: Key,
    pub code: String,
    pub name: String,
    pub category: String,
    pub brand: String,
    pub unit: String,
}

impl Product {
    /// A quantity of it as people read it, in its unit where one is known: 12 台.
    pub fn measured(&self, quantity: Quantity) -> String {
        match self.unit.as_str() {
            "" => quantity.to_string(),
            unit => format!("{quantity} {unit}"),
        }
    }
}

/// Which lines a page shows; everything absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineFilter {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Part of the document number, the product's code or its name.
    pub search: Option<String>,
    pub kind: Option<LineKind>,
}

/// Some lines, newest first, and the cursor to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePage {
    pub lines: Vec<SalesLine>,
    pub next: Option<String>,
}

/// A file on its way in, or in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: ImportId,
    pub kind: ImportKind,
    pub state: ImportState,
    /// As the uploader called it.
    pub file_name: String,
    /// SHA-256 of the file.
    pub file_hash: String,
    pub options: Options,
    pub report: Report,
    pub rows_written: i64,
    /// The keys of its lines lie between these two.
    pub lines: Option<(Key, Key)>,
    pub actor: String,
    pub actor_name: String,
    pub created_at: DateTime<Utc>,
    pub committed_at: Option<DateTime<Utc>>,
}

/// Some imports, newest first, and the one to go on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPage {
    pub imports: Vec<Import>,
    pub next: Option<ImportId>,
}

/// How a file is to be read and what may be done with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The text of the mapping file; empty when the file has the portal's own columns.
    pub mapping: String,
    /// The source of lines that don't name one; empty means `csv`.
    pub source: String,
    /// Customers and products that lines name and the portal doesn't know are made.
    pub create_missing: bool,
    /// Good rows count even when others are rejected.
    pub accept_good_rows: bool,
}

impl Options {
    /// The source of lines that don't name one.
    pub fn default_source(&self) -> &str {
        if self.source.is_empty() { "csv" } else { &self.source }
    }
}

/// Reads a cursor; None, which means the first page, when nobody here made it.
pub(super) fn cursor(text: &str) -> Option<(NaiveDate, Key)> {
    let (date, key) = text.split_once('_')?;
    Some((date.parse().ok()?, key.parse().ok()?))
}

pub(super) fn cursor_after(line: &SalesLine) -> String {
    format!("{}_{}", line.document_date, line.key)
}
