use chrono::NaiveDate;

use crate::values::{Currency, Key};

/// One line of an invoice or a return, as far as rebates go. Returns are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub key: i64,
    pub product: Key,
    pub document_date: NaiveDate,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
    pub net_minor: i64,
    pub quantity_micro: i64,
    pub currency: Currency,
}

/// One customer's lines, kept by document date so that a window of days is found without looking
/// at the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<Line>);

impl Lines {
    pub fn new(mut lines: Vec<Line>) -> Self {
        lines.sort_by_key(|line| line.document_date);
        Self(lines)
    }

    /// The lines with a document date from the first to the last day, both inclusive.
    pub fn between(&self, first: NaiveDate, last: NaiveDate) -> &[Line] {
        let start = self.0.partition_point(|line| line.document_date < first);
        let end = self.0.partition_point(|line| line.document_date <= last);
        self.0.get(start..end).unwrap_or_default()
    }

    pub fn all(&self) -> &[Line] {
        &self.0
    }
}

impl From<&[Line]> for Lines {
    fn from(lines: &[Line]) -> Self {
        Self::new(lines.to_vec())
    }
}
