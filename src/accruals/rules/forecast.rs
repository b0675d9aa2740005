//! Where a period is heading when it goes on as it went so far: a straight line over its days. An
//! estimate, and always shown as one.

use chrono::{Days, NaiveDate};

/// Fewest days that say anything about the rest.
const FEWEST: i64 = 7;

/// How much of a period lies behind, by the sales that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub days_gone: i64,
    pub days_all: i64,
}

/// Why nothing is said about a period's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoForecast {
    /// The period begins on the day.
    NotBegun(NaiveDate),
    /// Too few of its days are known; from that day on there are enough.
    TooEarly(NaiveDate),
    /// All its days are known.
    Over,
    /// Nothing was bought, or more was sent back than bought.
    NothingBought,
    /// Purchases alone decide nothing, and the calculation says why.
    NothingToReckon,
}

impl Pace {
    /// The pace of a period of which the sales up to the day are known: at least a tenth of its
    /// days, and seven.
    ///
    /// # Errors
    /// Too early, or too late.
    pub fn of(
        first: NaiveDate,
        last: NaiveDate,
        through: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<Self, NoForecast> {
        if today < first {
            return Err(NoForecast::NotBegun(first));
        }
        let through = through.map_or(first, |day| day.min(today));
        if today > last || through >= last {
            return Err(NoForecast::Over);
        }
        let days_all = (last - first).num_days() + 1;
        let days_gone = (through - first).num_days() + 1;
        let fewest = FEWEST.max((days_all + 9) / 10);
        if days_gone < fewest {
            let wait = Days::new(u64::try_from(fewest - 1).unwrap_or_default());
            return Err(NoForecast::TooEarly(first.checked_add_days(wait).unwrap_or(last)));
        }
        Ok(Self { days_gone, days_all })
    }

    /// What the days to come add to a sum when they are like those gone, the fraction left out;
    /// None when it is too large to keep.
    pub fn rest(self, so_far: i128) -> Option<i64> {
        let days_left = i128::from(self.days_all - self.days_gone);
        let whole = so_far.checked_mul(days_left)? / i128::from(self.days_gone.max(1));
        i64::try_from(whole).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_tenth_of_the_days_and_a_week_have_to_be_known() {
        use NoForecast::{NotBegun, Over, TooEarly};
        for (first, last, through, today, expected) in [
            ("10-01", "12-31", Some("10-31"), "11-02", Ok((31, 92))),
            // A quarter has 92 days, so ten of them.
            ("10-01", "12-31", Some("10-10"), "10-20", Ok((10, 92))),
            ("10-01", "12-31", Some("10-09"), "10-20", Err(TooEarly(day("2026-10-10")))),
            ("11-01", "11-30", Some("11-07"), "11-07", Ok((7, 30))),
            ("11-01", "11-30", Some("11-06"), "11-06", Err(TooEarly(day("2026-11-07")))),
            ("01-01", "12-31", Some("02-05"), "02-05", Err(TooEarly(day("2026-02-06")))),
            // What lies ahead of today isn't known, whatever files say.
            ("11-01", "11-30", Some("11-29"), "11-08", Ok((8, 30))),
            ("10-01", "12-31", None, "11-02", Err(TooEarly(day("2026-10-10")))),
            ("10-01", "12-31", Some("09-30"), "10-02", Err(TooEarly(day("2026-10-10")))),
            ("10-01", "12-31", Some("09-30"), "09-30", Err(NotBegun(day("2026-10-01")))),
            ("10-01", "12-31", Some("12-31"), "12-31", Err(Over)),
            ("10-01", "12-31", Some("12-20"), "01-04", Err(NotBegun(day("2026-10-01")))),
        ] {
            let on = |text: &str| day(&format!("2026-{text}"));
            let pace = Pace::of(on(first), on(last), through.map(on), on(today));
            let found = pace.map(|pace| (pace.days_gone, pace.days_all));
            assert_eq!(found, expected, "{first} {last} {through:?} {today}");
        }
        let over = Pace::of(day("2026-10-01"), day("2026-12-31"), None, day("2027-01-04"));
        assert_eq!(over, Err(Over));
    }

    #[test]
    fn the_rest_goes_on_in_a_straight_line_and_leaves_fractions_out() {
        let pace = |days_gone, days_all| Pace { days_gone, days_all };
        for (pace, so_far, rest) in [
            (pace(31, 92), 310_000, Some(610_000)),
            (pace(10, 92), 1, Some(8)),
            (pace(30, 92), 1, Some(2)),
            (pace(91, 92), 90, Some(0)),
            (pace(46, 92), -500, Some(-500)),
            (pace(7, 30), 0, Some(0)),
            (pace(7, 366), i128::from(i64::MAX), None),
        ] {
            assert_eq!(pace.rest(so_far), rest, "{pace:?} {so_far}");
        }
    }
}
