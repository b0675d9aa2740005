//! Numbers and dates as cells carry them.

use chrono::format::{Fixed, Item, Numeric, StrftimeItems};
use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::Reason;
use crate::values::{NumberProblem, parse_date, parse_decimal};

/// A number, or None where nothing stands.
pub(super) fn decimal(text: &str) -> Result<Option<Decimal>, Reason> {
    match parse_decimal(text) {
        Ok(number) => Ok(Some(number)),
        Err(NumberProblem::Empty) => Ok(None),
        Err(NumberProblem::TooLong) => Err(Reason::OutOfRange),
        Err(_) => Err(Reason::BadNumber),
    }
}

/// The date a text gives in the format, with or without a time of day.
pub(super) fn dated(text: &str, format: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, format)
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, format).ok().map(|moment| moment.date()))?;
    // The same years as anywhere else.
    parse_date(&date.to_string()).ok()
}

/// Whether the format is one and names year, month and day.
pub(super) fn date_format_is_whole(format: &str) -> bool {
    let (mut year, mut month, mut day) = (false, false, false);
    for item in StrftimeItems::new(format) {
        match item {
            Item::Error => return false,
            Item::Numeric(Numeric::Year | Numeric::YearMod100, _) => year = true,
            Item::Numeric(Numeric::Month, _)
            | Item::Fixed(Fixed::ShortMonthName | Fixed::LongMonthName) => month = true,
            Item::Numeric(Numeric::Day, _) => day = true,
            _ => {}
        }
    }
    year && month && day
}
