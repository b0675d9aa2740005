//! What people type into fields, read: every mistake is a sentence at its field.

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::values::{Currency, Money, Text, parse_date, parse_decimal};

/// A day; `2026-09-30` is what browsers send.
pub(super) fn day(field: &'static str, text: &str) -> Result<NaiveDate> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, Text::new("typed-day-missing")));
    }
    parse_date(text.trim())
        .map_err(|_| Error::invalid(field, Text::new("typed-day-unreadable").with("found", text)))
}

/// An amount in minor units; None when the field was left empty.
pub(super) fn amount(field: &'static str, text: &str, currency: Currency) -> Result<Option<i64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = parse_decimal(text).ok().and_then(|amount| Money::exact(amount, currency));
    match read {
        Some(money) => Ok(Some(money.minor)),
        None => Err(Error::invalid(
            field,
            Text::new("typed-amount-unreadable").with("found", text).with("currency", currency),
        )),
    }
}

/// One line of at most so many characters; None when the field was left empty.
pub(super) fn line(field: &'static str, text: &str, most: usize) -> Result<Option<String>> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, Text::new("typed-line-too-long").with("most", most)));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A text of at most so many characters.
pub(super) fn text(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Error::invalid(field, Text::new("typed-text-too-long").with("most", most)));
    }
    Ok(text.to_owned())
}

/// A query's number of records to skip.
pub(super) fn skip(text: &str) -> i64 {
    text.parse().ok().filter(|skip| (0..=1_000_000).contains(skip)).unwrap_or(0)
}

/// The addresses of the pages before and after one that shows `shown` records after `skip`, where
/// `path` ends in `?` or `&`.
pub(super) fn pages(path: &str, skip: i64, shown: usize, most: i64) -> (String, String) {
    let newer =
        if skip > 0 { format!("{path}from={}", (skip - most).max(0)) } else { String::new() };
    let full = i64::try_from(shown).unwrap_or(0) >= most;
    let older = if full { format!("{path}from={}", skip + most) } else { String::new() };
    (newer, older)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, expected) in [
            ("", Some(None)),
            ("1,234.56", Some(Some(123_456))),
            (" ¥500 ", Some(Some(50_000))),
            ("-1", Some(Some(-100))),
            ("1.005", None),
            ("abc", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(amount("amount", text, Currency::CNY).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_page_leads_to_its_neighbours() {
        let both = pages("/x?", 50, 50, 50);
        assert_eq!(both, ("/x?from=0".to_owned(), "/x?from=100".to_owned()));
        assert_eq!(pages("/x?", 0, 3, 50), (String::new(), String::new()));
    }
}
