//! Dates as pages print them: 2026年9月30日, 30 Sep 2026 (DOMAIN §8).

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::values::Language;

pub fn date(language: Language, day: NaiveDate) -> String {
    match language {
        Language::ZhCn => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::En => day.format("%-d %b %Y").to_string(),
    }
}

/// With its weekday, for deadlines: 2026年9月30日（周三）, Wed 30 Sep 2026.
pub fn deadline(language: Language, day: NaiveDate) -> String {
    let (date, weekday) = (date(language, day), weekday(language, day));
    match language {
        Language::ZhCn => format!("{date}（{weekday}）"),
        Language::En => format!("{weekday} {date}"),
    }
}

/// 周三 or Wed.
fn weekday(language: Language, day: NaiveDate) -> String {
    match language {
        Language::ZhCn => {
            let name = match day.weekday() {
                chrono::Weekday::Mon => "周一",
                chrono::Weekday::Tue => "周二",
                chrono::Weekday::Wed => "周三",
                chrono::Weekday::Thu => "周四",
                chrono::Weekday::Fri => "周五",
                chrono::Weekday::Sat => "周六",
                chrono::Weekday::Sun => "周日",
            };
            name.to_owned()
        }
        Language::En => day.format("%a").to_string(),
    }
}

/// 2026年7月1日–9月30日; the year once when both days share it.
pub fn date_range(language: Language, first: NaiveDate, last: NaiveDate) -> String {
    match language {
        Language::ZhCn if first.year() == last.year() => {
            format!("{}–{}月{}日", date(language, first), last.month(), last.day())
        }
        Language::En if first.year() == last.year() => {
            format!("{} – {}", first.format("%-d %b"), date(language, last))
        }
        _ => format!("{} – {}", date(language, first), date(language, last)),
    }
}

/// The day and minute in the company's time zone.
pub fn date_time(language: Language, zone: Tz, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone);
    format!("{} {}", date(language, local.date_naive()), local.format("%H:%M"))
}
