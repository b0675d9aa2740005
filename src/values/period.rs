//! Rebate periods: calendar months to years, or the whole term of a promotion. Written `2026-09`,
//! `2026-Q3`, `2026-H2`, `2026`, `term` (FORMATS).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Language;
use crate::text_enum;

text_enum! {
    /// How long the periods of a policy are.
    pub enum PeriodKind {
        Month = "month",
        Quarter = "quarter",
        HalfYear = "half_year",
        Year = "year",
        Term = "term",
    }
}

/// The first day any table keeps: files with earlier dates are refused.
pub const FIRST_DAY: NaiveDate = day(1900, 1, 1);

/// The last day any table keeps.
pub const LAST_DAY: NaiveDate = day(2199, 12, 31);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// One period. Ordered by its first day within a kind; `Term` has no dates of its own, its policy
/// does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    Month { year: i32, month: u32 },
    Quarter { year: i32, quarter: u32 },
    HalfYear { year: i32, half: u32 },
    Year { year: i32 },
    Term,
}

/// A text that isn't a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a period; write 2026-09, 2026-Q3, 2026-H2, 2026 or term")]
pub struct PeriodProblem(pub String);

impl Period {
    /// The period of that kind in which the day lies.
    pub fn containing(kind: PeriodKind, day: NaiveDate) -> Self {
        let (year, month) = (day.year(), day.month());
        match kind {
            PeriodKind::Month => Self::Month { year, month },
            PeriodKind::Quarter => Self::Quarter { year, quarter: (month - 1) / 3 + 1 },
            PeriodKind::HalfYear => Self::HalfYear { year, half: (month - 1) / 6 + 1 },
            PeriodKind::Year => Self::Year { year },
            PeriodKind::Term => Self::Term,
        }
    }

    pub fn kind(self) -> PeriodKind {
        match self {
            Self::Month { .. } => PeriodKind::Month,
            Self::Quarter { .. } => PeriodKind::Quarter,
            Self::HalfYear { .. } => PeriodKind::HalfYear,
            Self::Year { .. } => PeriodKind::Year,
            Self::Term => PeriodKind::Term,
        }
    }

    /// First and last day, both inclusive; None for a term.
    pub fn days(self) -> Option<(NaiveDate, NaiveDate)> {
        let (year, month, months) = match self {
            Self::Month { year, month } => (year, month, 1),
            Self::Quarter { year, quarter } => (year, quarter * 3 - 2, 3),
            Self::HalfYear { year, half } => (year, half * 6 - 5, 6),
            Self::Year { year } => (year, 1, 12),
            Self::Term => return None,
        };
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = first.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))?;
        Some((first, last))
    }

    pub fn contains(self, day: NaiveDate) -> bool {
        self.days().is_none_or(|(first, last)| first <= day && day <= last)
    }

    /// The period after this one; a term has none.
    pub fn next(self) -> Option<Self> {
        let (_, last) = self.days()?;
        Some(Self::containing(self.kind(), last.checked_add_days(Days::new(1))?))
    }

    /// The period before this one; a term has none.
    pub fn previous(self) -> Option<Self> {
        let (first, _) = self.days()?;
        Some(Self::containing(self.kind(), first.checked_sub_days(Days::new(1))?))
    }

    /// The same period one year earlier, the baseline of growth.
    pub fn year_earlier(self) -> Option<Self> {
        let (first, _) = self.days()?;
        Some(Self::containing(self.kind(), first.checked_sub_months(Months::new(12))?))
    }

    /// `2026年第3季度` or `Q3 2026`.
    pub fn shown(self, language: Language) -> String {
        match (language, self) {
            (Language::ZhCn, Self::Month { year, month }) => format!("{year}年{month}月"),
            (Language::ZhCn, Self::Quarter { year, quarter }) => format!("{year}年第{quarter}季度"),
            (Language::ZhCn, Self::HalfYear { year, half: 1 }) => format!("{year}年上半年"),
            (Language::ZhCn, Self::HalfYear { year, .. }) => format!("{year}年下半年"),
            (Language::ZhCn, Self::Year { year }) => format!("{year}年"),
            (Language::ZhCn, Self::Term) => "整个活动期".to_owned(),
            (Language::En, Self::Month { year, month }) => NaiveDate::from_ymd_opt(year, month, 1)
                .map_or_else(String::new, |d| d.format("%B %Y").to_string()),
            (Language::En, Self::Quarter { year, quarter }) => format!("Q{quarter} {year}"),
            (Language::En, Self::HalfYear { year, half }) => format!("H{half} {year}"),
            (Language::En, Self::Year { year }) => year.to_string(),
            (Language::En, Self::Term) => "Whole term".to_owned(),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Quarter { year, quarter } => write!(f, "{year:04}-Q{quarter}"),
            Self::HalfYear { year, half } => write!(f, "{year:04}-H{half}"),
            Self::Year { year } => write!(f, "{year:04}"),
            Self::Term => f.write_str("term"),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodProblem;

    fn from_str(text: &str) -> Result<Self, PeriodProblem> {
        parse(text).ok_or_else(|| PeriodProblem(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Period> {
    if text == "term" {
        return Some(Period::Term);
    }
    let (year, rest) = match text.split_once('-') {
        Some((year, rest)) => (year, Some(rest)),
        None => (text, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let year: i32 = (year.len() == 4 && digits(year)).then(|| year.parse().ok()).flatten()?;
    if !(1900..=2199).contains(&year) {
        return None;
    }
    let within = |part: &str, most: u32| {
        part.parse::<u32>().ok().filter(|n| digits(part) && (1..=most).contains(n))
    };
    match rest {
        None => Some(Period::Year { year }),
        Some(rest) => {
            if let Some(quarter) = rest.strip_prefix('Q') {
                (quarter.len() == 1)
                    .then(|| within(quarter, 4))
                    .flatten()
                    .map(|quarter| Period::Quarter { year, quarter })
            } else if let Some(half) = rest.strip_prefix('H') {
                (half.len() == 1)
                    .then(|| within(half, 2))
                    .flatten()
                    .map(|half| Period::HalfYear { year, half })
            } else {
                (rest.len() == 2)
                    .then(|| within(rest, 12))
                    .flatten()
                    .map(|month| Period::Month { year, month })
            }
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodProblem;
    fn try_from(text: String) -> Result<Self, PeriodProblem> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_written_and_read_alike() {
        for (text, first, last) in [
            ("2026-09", "2026-09-01", "2026-09-30"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-Q3", "2026-07-01", "2026-09-30"),
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2026-H1", "2026-01-01", "2026-06-30"),
            ("2026-H2", "2026-07-01", "2026-12-31"),
            ("2026", "2026-01-01", "2026-12-31"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.days(), Some((day(first), day(last))));
            assert_eq!(Period::containing(period.kind(), day(last)), period);
            assert_eq!(period.next().and_then(Period::previous), Some(period));
        }
        assert_eq!("term".parse(), Ok(Period::Term));
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "2026-13", "2026-00", "2026-Q5", "2026-Q", "2026-H3", "26-Q1", "2026-9", "",
            "2026-Q+1", "quarter",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn growth_looks_at_the_same_period_a_year_before() {
        let period: Period = "2011-Q1".parse().unwrap();
        assert_eq!(period.year_earlier().unwrap().to_string(), "2010-Q1");
        let leap: Period = "2024-02".parse().unwrap();
        assert_eq!(leap.year_earlier().unwrap().to_string(), "2023-02");
    }
}
