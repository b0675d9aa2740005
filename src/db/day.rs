use chrono::NaiveDate;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::Date;
use diesel::sqlite::Sqlite;

/// A day of a row of which millions are read: SQLite keeps days as text, and chrono's general
/// parser takes longer over one than SQLite over finding the row.
#[derive(FromSqlRow)]
pub struct Day(NaiveDate);

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl FromSql<Date, Sqlite> for Day {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match written(value.read_text()) {
            Some(day) => Ok(Self(day)),
            None => <NaiveDate as FromSql<Date, Sqlite>>::from_sql(value).map(Self),
        }
    }
}

impl FromSql<Date, Pg> for Day {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDate as FromSql<Date, Pg>>::from_sql(value).map(Self)
    }
}

/// 2026-09-30, and nothing else.
fn written(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let two = |tens: &u8, ones: &u8| Some(digit(tens)? * 10 + digit(ones)?);
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two(m1, m2)?, two(d1, d2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_the_general_parser_reads_them() {
        for text in ["2026-09-30", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(written(text), Some(text.parse().unwrap()), "{text}");
        }
        let unusual = ["", "2026-9-30", "2026-02-30", "2026-13-01", "2026/09/30", "+2026-09-30"];
        for text in unusual.into_iter().chain(["２026-09", "2026-09-30 00:00:00", "a026-09-30"]) {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
