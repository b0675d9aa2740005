//! The days that matter in a programme, as a file for people's calendars (RFC 5545).

use actix_web::web::Path;
use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use super::super::programme_view::Programme;
use super::super::{Answer, App, CustomerUser, reply};
use super::programme::find;
use crate::error::Error;
use crate::policies::Terms;
use crate::values::{Period, PolicyId};
use crate::words::Words;

/// One whole day with its name.
struct Event {
    /// The same for the same day of the same period, so that a calendar knows it again.
    id: String,
    day: NaiveDate,
    title: String,
}

pub(in crate::web) async fn file(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = PolicyId::from_text(&id);
    let customer = user.customer;
    let today = app.db.today();
    let found = app.read(move |conn| find(conn, customer, &id, today)).await?;
    let programme = &found.programme;
    if programme.is_withdrawn() {
        return Err(Error::NotFound.into());
    }
    let host = app.config.base_url.split("://").nth(1).unwrap_or_default();
    let address = format!("{}/programmes/{}", app.config.base_url, programme.newest.policy_id);
    let made = programme.newest.published_at.unwrap_or(programme.newest.drafted_at);
    let text = calendar(&events(programme, today, user.words()), made, host, &address);
    let name = format!("{}.ics", programme.newest.code);
    Ok(reply::download(&name, "text/calendar; charset=utf-8", text.into_bytes()))
}

/// The periods from the running one on, for a year.
fn events(programme: &Programme, today: NaiveDate, words: &Words) -> Vec<Event> {
    let horizon = today.checked_add_months(Months::new(12)).unwrap_or(today);
    let end = programme.newest.last_day();
    let begins = |p: &Period| p.days().map(|(first, _)| first);
    let periods = std::iter::successors(Some(programme.period), |p| p.next()).take_while(|p| {
        let soon = |first: NaiveDate| first <= horizon && end.is_none_or(|end| first <= end);
        *p == programme.period || begins(p).is_some_and(soon)
    });
    let mut all = Vec::new();
    for period in periods {
        let newest = &programme.newest;
        let later = begins(&period).is_some_and(|first| first >= newest.boundary());
        let terms = if later { &newest.terms } else { &programme.version.terms };
        let last = match (period.days().map(|(_, last)| last), end) {
            (Some(last), Some(end)) => Some(last.min(end)),
            (last, end) => last.or(end),
        };
        all.extend(last.into_iter().flat_map(|last| of_period(terms, period, last, words)));
    }
    all
}

fn of_period(terms: &Terms, period: Period, last: NaiveDate, words: &Words) -> Vec<Event> {
    let after = |days: u32| last.checked_add_days(Days::new(u64::from(days)));
    let name = terms.name.in_language(words.language);
    [
        ("end", "programme-event-end", Some(last)),
        ("settled", "programme-event-settled", terms.settle_within_days.and_then(after)),
    ]
    .into_iter()
    .filter_map(|(kind, key, day)| {
        Some(Event {
            id: format!("{}-{period}-{kind}", terms.code),
            day: day?,
            title: words.t2(key, "name", name, "period", period.shown(words.language)),
        })
    })
    .collect()
}

fn calendar(events: &[Event], made: DateTime<Utc>, host: &str, address: &str) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Openrebate//Programme dates//EN".to_owned(),
    ];
    for event in events {
        lines.push("BEGIN:VEVENT".to_owned());
        lines.push(format!("UID:{}@{host}", escaped(&event.id)));
        lines.push(format!("DTSTAMP:{}", made.format("%Y%m%dT%H%M%SZ")));
        lines.push(format!("DTSTART;VALUE=DATE:{}", event.day.format("%Y%m%d")));
        lines.push(format!("SUMMARY:{}", escaped(&event.title)));
        lines.push(format!("URL:{address}"));
        lines.push("TRANSP:TRANSPARENT".to_owned());
        lines.push("END:VEVENT".to_owned());
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ',' | ';' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line of at most 75 bytes, going on in lines that begin with a blank.
fn folded(line: &str) -> String {
    const MOST: usize = 75;
    let (mut out, mut used) = (String::with_capacity(line.len() + 8), 0);
    for c in line.chars() {
        if used + c.len_utf8() > MOST {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_nothing_breaks_out_of_its_field() {
        let event = Event {
            id: "Q-1-2026-Q4-end".to_owned(),
            day: "2026-12-31".parse().unwrap(),
            title: format!("{}，a;b,c\\d\nBEGIN:VEVENT", "返利".repeat(30)),
        };
        let made = "2026-01-02T03:04:05Z".parse().unwrap();
        let text = calendar(&[event], made, "r.example", "https://r.example/programmes/1");
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "{} bytes: {line}", line.len());
        }
        let whole = text.replace("\r\n ", "");
        assert!(whole.contains("a\\;b\\,c\\\\d\\nBEGIN:VEVENT\r\n"), "{whole}");
        assert!(whole.contains("UID:Q-1-2026-Q4-end@r.example\r\nDTSTAMP:20260102T030405Z\r\n"));
        assert!(whole.contains("DTSTART;VALUE=DATE:20261231\r\n"));
        assert_eq!(whole.matches("\r\nBEGIN:VEVENT").count(), 1);
        assert!(whole.ends_with("END:VCALENDAR\r\n"));
    }
}
