//! The days whose figures are asked for, and the spans to choose from.

use chrono::NaiveDate;
use serde::Deserialize;

use super::super::Page;
use super::typed;
use crate::disputes::Span;
use crate::error::{Error, Result};
use crate::values::{Period, PeriodKind, Text};

/// The days, as typed; none of them for this quarter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    pub(super) from: String,
    pub(super) to: String,
}

/// The longest span, which bounds what a page may cost: two years.
const LONGEST: i64 = 731;

impl Asked {
    /// The days asked for.
    ///
    /// # Errors
    /// What is wrong, each at its field.
    pub(super) fn span(&self, today: NaiveDate) -> Result<Span> {
        if self.from.is_empty() && self.to.is_empty() {
            return quarter(today).ok_or_else(|| Error::internal("no quarter today"));
        }
        let (first, last) = (typed::day("from", &self.from)?, typed::day("to", &self.to)?);
        if last < first {
            return Err(Error::invalid("to", Text::new("figures-backwards")));
        }
        if (last - first).num_days() >= LONGEST {
            return Err(Error::invalid("to", Text::new("figures-too-long").with("days", LONGEST)));
        }
        Ok(Span { first, last })
    }
}

fn quarter(today: NaiveDate) -> Option<Span> {
    span_of(Some(Period::containing(PeriodKind::Quarter, today)))
}

fn span_of(period: Option<Period>) -> Option<Span> {
    period?.days().map(|(first, last)| Span { first, last })
}

/// This quarter and the one before, this year and the one before.
pub(super) fn spans(shown: Span, today: NaiveDate, page: &Page) -> Vec<(String, String, bool)> {
    let choice = |key: &str, period: Option<Period>| {
        let span = span_of(period)?;
        let address = format!("/staff/dispute-figures?from={}&to={}", span.first, span.last);
        Some((address, page.t(key), span == shown))
    };
    let (quarter, year) = (PeriodKind::Quarter, PeriodKind::Year);
    let (quarter, year) = (Period::containing(quarter, today), Period::containing(year, today));
    [
        choice("figures-this-quarter", Some(quarter)),
        choice("figures-last-quarter", quarter.previous()),
        choice("figures-this-year", Some(year)),
        choice("figures-last-year", year.previous()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_this_quarter_or_two_days_in_order() {
        let today = NaiveDate::from_ymd_opt(2026, 10, 15).unwrap();
        let check = |from: &str, to: &str, expected: Result<(&str, &str), &str>| {
            let asked = Asked { from: from.to_owned(), to: to.to_owned() };
            let found = match asked.span(today) {
                Ok(span) => Ok((span.first.to_string(), span.last.to_string())),
                Err(Error::Invalid(problems)) => Err(problems[0].text.key),
                Err(other) => panic!("{other}"),
            };
            let expected = expected.map(|(first, last)| (first.to_owned(), last.to_owned()));
            assert_eq!(found, expected, "{from}..{to}");
        };
        check("", "", Ok(("2026-10-01", "2026-12-31")));
        check("2026-02-01", "2026-02-01", Ok(("2026-02-01", "2026-02-01")));
        check("2026-02-01", "", Err("typed-day-missing"));
        check("", "2026-02-01", Err("typed-day-missing"));
        check("2026-02-30", "2026-03-01", Err("typed-day-unreadable"));
        check("2026-02-02", "2026-02-01", Err("figures-backwards"));
        check("2024-01-01", "2025-12-31", Ok(("2024-01-01", "2025-12-31")));
        check("2024-01-01", "2026-01-01", Err("figures-too-long"));
    }
}
