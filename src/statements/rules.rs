//! When the house makes a customer's statement by itself. Pure.

use chrono::{Days, NaiveDate};

use crate::text_enum;
use crate::values::{Period, PeriodKind};

text_enum! {
    /// How often statements are made by themselves.
    pub enum Rhythm {
        Month = "month",
        Quarter = "quarter",
        /// Only when somebody starts a run.
        ByHand = "by_hand",
    }
}

impl Rhythm {
    /// The periods it makes statements of.
    pub fn kind(self) -> Option<PeriodKind> {
        match self {
            Self::Month => Some(PeriodKind::Month),
            Self::Quarter => Some(PeriodKind::Quarter),
            Self::ByHand => None,
        }
    }
}

/// Latest day of a month every month has.
pub const LATEST_DAY: u32 = 28;

/// A rhythm and the day of the month after the period on which its run begins, from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    pub rhythm: Rhythm,
    pub day: u32,
    /// The day somebody set it: what should have begun before isn't made up for.
    pub since: NaiveDate,
}

impl Schedule {
    /// The period whose run has begun last, by today; None when none has since it was set. A run
    /// that was missed because the portal was down is found as long as no later one is due.
    pub fn due(&self, today: NaiveDate) -> Option<Period> {
        let mut period = Period::containing(self.rhythm.kind()?, today).previous()?;
        loop {
            let begins = self.begins(period)?;
            if begins <= today {
                return (begins >= self.since).then_some(period);
            }
            period = period.previous()?;
        }
    }

    /// The day the run of the period begins.
    pub fn begins(&self, period: Period) -> Option<NaiveDate> {
        let (_, last) = period.days()?;
        last.checked_add_days(Days::new(u64::from(self.day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_due_from_its_day_on_and_never_for_a_day_before_it_was_set() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (rhythm, on, since, today, expected) in [
            (Rhythm::Month, 5, "2026-01-01", "2026-10-04", Some("2026-08")),
            (Rhythm::Month, 5, "2026-01-01", "2026-10-05", Some("2026-09")),
            (Rhythm::Month, 5, "2026-01-01", "2026-11-04", Some("2026-09")),
            // Set in the middle of October: the run of the 5th was not asked for.
            (Rhythm::Month, 5, "2026-10-15", "2026-10-15", None),
            (Rhythm::Month, 15, "2026-10-15", "2026-10-15", Some("2026-09")),
            (Rhythm::Month, 28, "2026-01-01", "2027-02-27", Some("2026-12")),
            (Rhythm::Month, 28, "2026-01-01", "2027-02-28", Some("2027-01")),
            (Rhythm::Quarter, 10, "2026-01-01", "2026-10-09", Some("2026-Q2")),
            (Rhythm::Quarter, 10, "2026-01-01", "2026-12-31", Some("2026-Q3")),
            (Rhythm::ByHand, 1, "2026-01-01", "2026-10-05", None),
        ] {
            let schedule = Schedule { rhythm, day: on, since: day(since) };
            let due = schedule.due(day(today)).map(|period| period.to_string());
            assert_eq!(due.as_deref(), expected, "{rhythm} {on} since {since} on {today}");
        }
    }
}
