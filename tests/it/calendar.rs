//! Deadlines in business days, over the holidays of 2025 and 2026.

use chrono::NaiveDate;
use openrebate::calendar;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

both! {
    fn holidays_rest_and_their_weekends_work(app: &TestApp) {
        for (date, works) in [
            ("2026-09-18", true),  // an ordinary Friday
            ("2026-09-19", false), // an ordinary Saturday
            ("2026-09-20", true),  // a Sunday worked for 国庆节
            ("2026-09-25", false), // 中秋节, a Friday
            ("2026-09-30", true),
            ("2026-10-01", false),
            ("2026-10-07", false),
            ("2026-10-08", true),
            ("2026-10-10", true), // a Saturday worked for 国庆节
            ("2026-10-11", false),
            ("2026-02-14", true), // Saturdays worked for 春节
            ("2026-02-28", true),
            ("2026-02-23", false),
            ("2026-01-04", true), // a Sunday worked for 元旦
            ("2025-10-08", false),
            ("2027-10-01", true), // not published yet: a plain Friday
        ] {
            assert_eq!(app.read(|conn| calendar::is_business_day(conn, day(date))), works, "{date}");
        }
    }

    fn deadlines_step_over_holidays(app: &TestApp) {
        for (from, count, due) in [
            ("2026-10-15", 0, "2026-10-15"),
            ("2026-10-15", 1, "2026-10-16"),
            ("2026-10-16", 1, "2026-10-19"), // over a weekend
            ("2026-09-30", 1, "2026-10-08"), // over 国庆节
            ("2026-09-30", 2, "2026-10-09"),
            ("2026-09-30", 3, "2026-10-10"), // a worked Saturday
            ("2026-09-30", 4, "2026-10-12"),
            ("2026-10-03", 1, "2026-10-08"), // from a holiday
            ("2026-09-18", 1, "2026-09-20"), // a worked Sunday
            ("2026-02-13", 2, "2026-02-24"), // over 春节
            ("2026-12-31", 10, "2027-01-14"), // into a year without a table
        ] {
            let found = app.read(|conn| calendar::add_business_days(conn, day(from), count));
            assert_eq!(found, day(due), "{count} after {from}");
            let back = app.read(|conn| calendar::business_days_between(conn, day(from), found));
            assert_eq!(back, i64::from(count), "from {from} to {due}");
            let late = app.read(|conn| calendar::business_days_between(conn, found, day(from)));
            assert!((-i64::from(count) - 1..=0).contains(&late), "{late} from {due} back to {from}");
        }
    }

    fn a_year_without_a_table_says_so(app: &TestApp) {
        for (year, known) in [(2024, false), (2025, true), (2026, true), (2027, false)] {
            assert_eq!(app.read(|conn| calendar::covers(conn, year)), known, "{year}");
        }
    }
}
