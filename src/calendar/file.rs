//! The yearly calendar as a file: `day,working,name`, CSV in UTF-8 or GB18030.

use std::collections::BTreeMap;

use super::CalendarDay;
use crate::values::{Problem, Text, parse_date};

/// Longest name of a day, in characters.
const LONGEST_NAME: usize = 50;
const COLUMNS: [&str; 3] = ["day", "working", "name"];

/// Reads the days of a file.
///
/// # Errors
/// What can't be right, each with its line: `3 working`.
pub fn parse(bytes: &[u8]) -> Result<Vec<CalendarDay>, Vec<Problem>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').into(),
        Err(_) => match encoding_rs::GB18030.decode(bytes) {
            (_, _, true) => return Err(vec![problem(1, "file", "calendar-no-text")]),
            (text, _, false) => text,
        },
    };
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = rows.records();
    let places = match rows.next() {
        Some(Ok(head)) => places(&head)?,
        Some(Err(_)) | None => return Err(vec![problem(1, "file", "calendar-empty")]),
    };
    let (mut days, mut problems) = (BTreeMap::new(), Vec::new());
    for row in rows {
        let Ok(row) = row else {
            problems.push(problem(0, "file", "calendar-no-text"));
            continue;
        };
        let line = row.position().map_or(0, csv::Position::line);
        match read(&row, places, line) {
            Ok(day) if days.contains_key(&day.day) => {
                problems.push(problem(line, "day", "calendar-twice"));
            }
            Ok(day) => {
                days.insert(day.day, day);
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    if days.is_empty() && problems.is_empty() {
        problems.push(problem(1, "file", "calendar-empty"));
    }
    if problems.is_empty() { Ok(days.into_values().collect()) } else { Err(problems) }
}

fn problem(line: u64, column: &str, key: &'static str) -> Problem {
    Problem::new(format!("{line} {column}"), Text::new(key))
}

/// Where the columns are, whatever their order.
fn places(head: &csv::StringRecord) -> Result<[usize; 3], Vec<Problem>> {
    let place = |name: &str| head.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let found = COLUMNS.map(place);
    let missing: Vec<Problem> = COLUMNS
        .into_iter()
        .zip(found)
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| {
            let text = Text::new("calendar-no-column").with("column", name);
            Problem::new(format!("1 {name}"), text)
        })
        .collect();
    match found {
        [Some(day), Some(working), Some(name)] => Ok([day, working, name]),
        _ => Err(missing),
    }
}

fn read(
    row: &csv::StringRecord,
    [day, working, name]: [usize; 3],
    line: u64,
) -> Result<CalendarDay, Vec<Problem>> {
    let cell = |place: usize| row.get(place).unwrap_or_default().trim();
    let mut problems = Vec::new();
    let mut wrong = |column: &str, key, found: &str| {
        let text = Text::new(key).with("found", found);
        problems.push(Problem::new(format!("{line} {column}"), text));
    };
    let date = parse_date(cell(day));
    if date.is_err() {
        wrong("day", "calendar-no-day", cell(day));
    }
    let works = match cell(working).to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "是" | "班" | "上班" => Some(true),
        "false" | "0" | "no" | "否" | "休" | "放假" => Some(false),
        _ => None,
    };
    if works.is_none() {
        wrong("working", "calendar-no-working", cell(working));
    }
    let name = cell(name);
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        wrong("name", "calendar-no-name", name);
    }
    match (date, works) {
        (Ok(day), Some(working)) if problems.is_empty() => {
            Ok(CalendarDay { day, working, name: name.to_owned() })
        }
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `2027-01-01 休 元旦`, or `3 working key`, one a line.
    fn read_all(bytes: &[u8]) -> Vec<String> {
        match parse(bytes) {
            Ok(days) => days
                .iter()
                .map(|d| format!("{} {} {}", d.day, if d.working { "班" } else { "休" }, d.name))
                .collect(),
            Err(problems) => {
                problems.iter().map(|p| format!("{} {}", p.field, p.text.key)).collect()
            }
        }
    }

    #[test]
    fn a_calendar_is_read_as_people_write_it() {
        for (text, expected) in [
            ("day,working,name\n2027-01-01,false,元旦\n", &["2027-01-01 休 元旦"][..]),
            (
                "\u{feff}Name,Day,Note,Working\r\n调休,2027/1/3,x,1\r\n元旦,2027-01-01,,否\r\n",
                &["2027-01-01 休 元旦", "2027-01-03 班 调休"],
            ),
            ("", &["1 file calendar-empty"]),
            ("day,working,name\n", &["1 file calendar-empty"]),
            (
                "date,working\n2027-01-01,0\n",
                &["1 day calendar-no-column", "1 name calendar-no-column"],
            ),
            (
                "day,working,name\n2027-02-30,maybe,\n2027-01-01,no,元旦\n2027-01-01,yes,元旦\n",
                &[
                    "2 day calendar-no-day",
                    "2 working calendar-no-working",
                    "2 name calendar-no-name",
                    "4 day calendar-twice",
                ],
            ),
        ] {
            assert_eq!(read_all(text.as_bytes()), expected, "{text:?}");
        }
        let (gb, _, _) = encoding_rs::GB18030.encode("day,working,name\n2027-10-01,休,国庆节\n");
        assert_eq!(read_all(&gb), ["2027-10-01 休 国庆节"]);
        assert_eq!(read_all(b"\xff\xfe\x00"), ["1 file calendar-no-text"]);
    }
}
