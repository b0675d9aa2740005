//! Deadlines in business days, over the holidays of 2025 and 2026.

use chrono::NaiveDate;
use openrebate::calendar;
use openrebate::values::StaffRole;

use crate::support::{PASSWORD, Site, a_member, moment};

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

both! {
    fn a_year_is_replaced_whole_and_its_absence_told_from_december(app: &TestApp) {
        let days = calendar::parse("day,working,name\n2027-10-01,0,国庆节\n2027-10-09,1,调休\n".as_bytes());
        let missing = |today: &str| app.read(|conn| calendar::missing_year(conn, day(today)));
        assert_eq!(missing("2026-11-30"), None);
        assert_eq!(missing("2026-12-01"), Some(2027));
        assert_eq!(missing("2027-01-04"), Some(2027));
        let imported = app.write(|tx| calendar::import(tx, days.as_ref().unwrap()));
        assert_eq!(imported.len(), 1);
        let year = imported[0];
        assert_eq!((year.year, year.days, year.worked, year.before), (2027, 2, 1, 0));
        assert_eq!(missing("2026-12-01"), None);
        let due = |from: &str| app.read(|conn| calendar::add_business_days(conn, day(from), 1));
        assert_eq!(due("2027-09-30"), day("2027-10-04"));
        assert_eq!(due("2027-10-08"), day("2027-10-09"));
        let again = calendar::parse(b"day,working,name\n2027-10-04,0,x\n").unwrap();
        let imported = app.write(|tx| calendar::import(tx, &again));
        assert_eq!((imported[0].days, imported[0].before), (1, 2));
        assert_eq!(due("2027-09-30"), day("2027-10-01"));
        assert_eq!(due("2026-09-30"), day("2026-10-08"), "another year stays");
        let events = app.read(|conn| openrebate::audit::of_object(conn, "calendar", "2027"));
        assert_eq!(events.len(), 2);
    }

    fn whoever_counts_days_by_before_and_after(app: &TestApp) {
        for (of, expected) in [
            ("2026-10-16", "2026-10-15"),
            ("2026-10-19", "2026-10-16"),
            ("2026-10-08", "2026-09-30"),
            ("2026-10-12", "2026-10-10"),
            ("2026-09-21", "2026-09-20"),
        ] {
            let found = app.read(|conn| calendar::business_day_before(conn, day(of)));
            assert_eq!(found, day(expected), "before {of}");
        }
    }

    fn the_staff_read_that_a_calendar_is_missing(app: &TestApp) {
        a_member(app, "auditor", &[StaffRole::Auditor]);
        app.db.clock().set(moment("2026-12-01T01:00:00Z"));
        let site = Site::of(app);
        let page = site.visitor("zh-CN").sign_in("auditor@example.com", PASSWORD);
        page.assert_has("2027 年的节假日日历尚未导入");
    }
}

#[test]
fn the_shell_imports_a_calendar_or_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str| {
        std::fs::write(folder.path().join("2027.csv"), text).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_openrebate"))
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .args(["calendar", "import", "2027.csv"])
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run("day,working,name\n2027-01-01,false,元旦\n2027-01-03,true,调休\n");
    assert_eq!((code, out.as_str()), (0, "2027: 2 days, 1 of them worked; 0 before\n"), "{err}");
    let (code, _, err) = run("day,working,name\n2027-01-01,false,元旦\n1.1.27,vielleicht,\n");
    assert_eq!(code, 1);
    for line in [
        "2027.csv:3: day: Found “1.1.27”, which is no day: write it like 2026-10-01.",
        "2027.csv:3: working: Found “vielleicht”: write true for a day that is worked",
        "error: 2027.csv was not imported",
    ] {
        assert!(err.contains(line), "{err}");
    }
}
