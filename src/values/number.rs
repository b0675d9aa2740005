//! Numbers and dates as people and spreadsheets write them. Anything ambiguous is refused, not
//! guessed (FORMATS, CSV).

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Why a text is not a number or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    #[error("it is empty")]
    Empty,
    #[error("it is not a plain number such as 1234.56")]
    NotANumber,
    #[error("its commas do not stand between groups of three digits")]
    Grouping,
    #[error("it has more digits than can be kept exactly")]
    TooLong,
    #[error("it is not a date such as 2026-09-30")]
    NotADate,
}

/// Reads `1234.56`, `1,234.56`, `¥1,234.56`, `-¥5`; refuses exponents, brackets, blanks inside.
pub fn parse_decimal(text: &str) -> Result<Decimal, NumberProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NumberProblem::Empty);
    }
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix(['¥', '￥']).unwrap_or(rest);
    let (negative, rest) = match rest.strip_prefix('-') {
        Some(_) if negative => return Err(NumberProblem::NotANumber),
        Some(rest) => (true, rest),
        None => (negative, rest),
    };
    let (whole, fraction) = match rest.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (rest, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let plain_whole = if whole.contains(',') {
        ungrouped(whole)?
    } else if digits(whole) {
        whole.to_owned()
    } else {
        return Err(NumberProblem::NotANumber);
    };
    if fraction.is_some_and(|f| !digits(f)) {
        return Err(NumberProblem::NotANumber);
    }
    let plain = match fraction {
        Some(fraction) => format!("{plain_whole}.{fraction}"),
        None => plain_whole,
    };
    let value = Decimal::from_str_exact(&plain).map_err(|_| NumberProblem::TooLong)?;
    Ok(if negative { -value } else { value })
}

fn ungrouped(whole: &str) -> Result<String, NumberProblem> {
    let mut out = String::with_capacity(whole.len());
    for (index, group) in whole.split(',').enumerate() {
        if !group.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberProblem::NotANumber);
        }
        let right_size = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !right_size {
            return Err(NumberProblem::Grouping);
        }
        out.push_str(group);
    }
    Ok(out)
}

/// Reads `2026-09-30` and `2026/9/30`; the years 1900 to 2199 only.
pub fn parse_date(text: &str) -> Result<NaiveDate, NumberProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NumberProblem::Empty);
    }
    let separator = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(separator);
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NumberProblem::NotADate);
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let widths = if separator == '-' {
        year.len() == 4 && month.len() == 2 && day.len() == 2
    } else {
        year.len() == 4 && month.len() <= 2 && day.len() <= 2
    };
    if !widths || ![year, month, day].into_iter().all(all_digits) {
        return Err(NumberProblem::NotADate);
    }
    let number = |s: &str| s.parse::<u32>().map_err(|_| NumberProblem::NotADate);
    let year = i32::try_from(number(year)?).map_err(|_| NumberProblem::NotADate)?;
    if !(1900..=2199).contains(&year) {
        return Err(NumberProblem::NotADate);
    }
    NaiveDate::from_ymd_opt(year, number(month)?, number(day)?).ok_or(NumberProblem::NotADate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_spreadsheets_write_them() {
        for (text, value) in [
            ("1234.56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("¥1,234.56", "1234.56"),
            ("￥5", "5"),
            ("-¥5.10", "-5.10"),
            ("¥-5.10", "-5.10"),
            (" 7 ", "7"),
            ("0.001", "0.001"),
        ] {
            assert_eq!(parse_decimal(text), Ok(value.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_refused() {
        use NumberProblem::{Empty, Grouping, NotANumber, TooLong};
        for (text, problem) in [
            ("", Empty),
            ("  ", Empty),
            ("1,23", Grouping),
            ("1.234,56", NotANumber),
            ("12,34,567", Grouping),
            ("1e9", NotANumber),
            ("NaN", NotANumber),
            ("（1.00）", NotANumber),
            ("(1.00)", NotANumber),
            ("１２３４", NotANumber),
            ("1 234", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("--5", NotANumber),
            ("-¥-5", NotANumber),
            ("+5", NotANumber),
            ("99999999999999999999999999999999", TooLong),
        ] {
            assert_eq!(parse_decimal(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn dates_are_iso_or_with_slashes_and_nothing_else() {
        let day = NaiveDate::from_ymd_opt(2026, 9, 3).unwrap();
        for text in ["2026-09-03", "2026/9/3", "2026/09/03"] {
            assert_eq!(parse_date(text), Ok(day), "{text}");
        }
        for text in ["2026-02-30", "03/09/2026", "2026-9-3", "46000", "115-09-03", "2026.9.3"] {
            assert_eq!(parse_date(text), Err(NumberProblem::NotADate), "{text}");
        }
    }
}
