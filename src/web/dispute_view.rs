//! A dispute as pages print it, for the customer and for staff alike, and its files.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, X_CONTENT_TYPE_OPTIONS};

use super::dispute_tables::{TableView, tables};
use super::{App, Page, reply};
use crate::db::Conn;
use crate::disputes::{
    self, Contested, Decision, Dispute, Event, EventKind, FactTable, Facts, File, FileStore,
    Rating, SCORES, ScanState, Side,
};
use crate::error::{Error, Result};
use crate::values::{Currency, DisputeId, Money, parse_decimal};

/// A fact: its name in words, and its values; the steps of a calculation are one fact.
pub(super) struct FactRow {
    pub name: String,
    pub values: Vec<String>,
}

/// What the dispute is about, as it stood when it was filed or as it stands.
pub(super) struct About {
    pub kind: String,
    pub kind_word: String,
    pub text: String,
    pub shown: Option<Money>,
    pub facts: Vec<FactRow>,
    pub tables: Vec<TableView>,
}

impl About {
    pub(super) fn of(contested: &Contested, page: &Page) -> Self {
        let kind = contested.subject.kind.as_str();
        Self {
            kind: kind.to_owned(),
            kind_word: page.code("dispute-subject", kind),
            text: contested.subject.text.clone(),
            shown: contested.shown,
            facts: facts(&contested.facts, page),
            tables: tables(&contested.facts.tables, page),
        }
    }

    /// As it was frozen, with the tables behind it.
    pub(super) fn frozen(dispute: &Dispute, behind: &[FactTable], page: &Page) -> Self {
        let frozen = Facts::of(&dispute.facts);
        let kind = dispute.subject.kind.as_str();
        let amount = frozen.shown.as_deref().and_then(|text| text.parse().ok());
        Self {
            kind: kind.to_owned(),
            kind_word: page.code("dispute-subject", kind),
            text: dispute.subject.text.clone(),
            shown: amount.and_then(|amount| Money::exact(amount, dispute.currency)),
            facts: facts(&frozen, page),
            tables: tables(behind, page),
        }
    }

    /// The same with everything shown.
    pub(super) fn on_paper(dispute: &Dispute, behind: &[FactTable], page: &Page) -> Self {
        let mut about = Self::frozen(dispute, behind, page);
        for table in &mut about.tables {
            (table.open, table.rest) = (true, None);
        }
        about
    }
}

fn facts(facts: &Facts, page: &Page) -> Vec<FactRow> {
    let mut rows: Vec<FactRow> = Vec::new();
    for fact in &facts.rows {
        let name = page.code("dispute-fact", &fact.name);
        let value = fact.in_language(page.language()).to_owned();
        match rows.last_mut().filter(|row| row.name == name) {
            Some(row) => row.values.push(value),
            None => rows.push(FactRow { name, values: vec![value] }),
        }
    }
    rows
}

/// A step of the timeline.
pub(super) struct EventRow {
    pub title: String,
    pub actor: String,
    pub side: String,
    pub at: String,
    pub machine_at: String,
    pub text: String,
    pub internal: bool,
    pub from_customer: bool,
}

pub(super) fn events(events: Vec<Event>, page: &Page) -> Vec<EventRow> {
    events.into_iter().map(|event| event_row(event, page)).collect()
}

fn event_row(mut event: Event, page: &Page) -> EventRow {
    let mut title = page.code("dispute-event", event.kind.as_str());
    if event.kind == EventKind::Snoozed {
        let (day, reason) = event.text.split_once('\n').unwrap_or((&event.text, ""));
        if let Ok(day) = day.parse() {
            title = page.t1("dispute-snoozed-until", "day", page.deadline(&day));
            event.text = reason.to_owned();
        }
    }
    EventRow {
        title,
        side: page.code("dispute-side", event.side.as_str()),
        at: page.time(&event.at),
        machine_at: event.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        from_customer: event.side == Side::Customer,
        actor: event.actor_name,
        text: event.text,
        internal: event.internal,
    }
}

/// A dispute that goes on in another one, with all that was said and attached.
pub(super) struct JoinedFound {
    dispute: Dispute,
    events: Vec<Event>,
    files: Vec<File>,
}

/// The disputes that go on in this one, with internal steps or without.
pub(super) fn find_joined(
    conn: &mut Conn,
    id: &DisputeId,
    internal: bool,
) -> Result<Vec<JoinedFound>> {
    let mut found = Vec::new();
    for dispute in disputes::merged_into_it(conn, id)? {
        let events = match internal {
            true => disputes::events(conn, &dispute.id)?,
            false => disputes::public_events(conn, &dispute.id)?,
        };
        let files = disputes::files(conn, &dispute.id)?;
        found.push(JoinedFound { dispute, events, files });
    }
    Ok(found)
}

/// The same, to be read.
pub(super) struct Joined {
    pub id: String,
    pub number: String,
    pub subject: String,
    pub amount: Option<Money>,
    pub events: Vec<EventRow>,
    pub files: Vec<FileRow>,
}

impl JoinedFound {
    pub(super) fn shown(self, page: &Page) -> Joined {
        let dispute = self.dispute;
        Joined {
            id: dispute.id.to_string(),
            amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
            number: dispute.number,
            subject: dispute.subject.text,
            events: events(self.events, page),
            files: files(self.files, page),
        }
    }
}

/// A decision.
pub(super) struct DecisionRow {
    pub appeal: bool,
    pub outcome: String,
    pub granted: Option<Money>,
    pub reason: String,
    pub by: String,
    pub at: String,
    /// By whom, and when.
    pub approved: Option<(String, String)>,
}

pub(super) fn decisions(
    decisions: Vec<Decision>,
    currency: Currency,
    page: &Page,
) -> Vec<DecisionRow> {
    decisions
        .into_iter()
        .map(|decision| DecisionRow {
            appeal: decision.round > 1,
            outcome: page.code("dispute-outcome", decision.outcome.as_str()),
            granted: decision.outcome.has_money().then(|| Money::new(decision.granted, currency)),
            reason: decision.reason,
            by: decision.decided_by_name,
            at: page.time(&decision.decided_at),
            approved: decision
                .approved_by_name
                .map(|who| (who, decision.approved_at.map_or(String::new(), |at| page.time(&at)))),
        })
        .collect()
}

/// What the customer said of how it was handled.
pub(super) struct RatingRow {
    /// `4/5 · satisfied`.
    pub score: String,
    pub text: String,
    pub by: String,
    pub at: String,
}

impl RatingRow {
    pub(super) fn new(rating: Rating, page: &Page) -> Self {
        let word = page.code("rating-score", rating.score.to_string());
        Self {
            score: format!("{}/{} · {word}", rating.score, SCORES.end()),
            text: rating.text,
            by: rating.by,
            at: page.time(&rating.at),
        }
    }
}

/// A file, with its size in words.
pub(super) struct FileRow {
    pub id: String,
    pub name: String,
    pub size: String,
    pub at: String,
    pub bytes: i64,
    pub sha256: String,
    /// What the scanner said: a code, and the word.
    pub scan: &'static str,
    pub scan_word: String,
    /// Whether it is handed out.
    pub open: bool,
}

pub(super) fn files(files: Vec<File>, page: &Page) -> Vec<FileRow> {
    files
        .into_iter()
        .map(|file| FileRow {
            scan: scan_state(file.scan, page.scans),
            scan_word: page.code("dispute-scan", scan_state(file.scan, page.scans)),
            open: is_handed_out(file.scan, page.scans),
            id: file.id.to_string(),
            name: file.name,
            bytes: file.bytes,
            sha256: file.sha256,
            size: size(u64::try_from(file.bytes).unwrap_or_default()),
            at: page.time(&file.uploaded_at),
        })
        .collect()
}

/// What pages say of a file; one that nobody asked about waits, where there is a scanner.
fn scan_state(scan: ScanState, scans: bool) -> &'static str {
    match scan {
        ScanState::Unscanned if scans => "waiting",
        ScanState::Unscanned => "unscanned",
        ScanState::Clean => "clean",
        ScanState::Infected => "infected",
        ScanState::Failed => "failed",
    }
}

/// Where there is a scanner, only what it found clean; without one all but what one found.
fn is_handed_out(scan: ScanState, scans: bool) -> bool {
    if scans { scan == ScanState::Clean } else { scan != ScanState::Infected }
}

/// `12 KB`, `3.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    if bytes >= MB {
        let tenths = bytes.saturating_mul(10) / MB;
        format!("{}.{} MB", tenths / 10, tenths % 10)
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

/// An amount somebody typed, or left out; the sentence's key when it can't be read.
pub(super) fn amount(text: &str, currency: Currency) -> Result<Option<Money>, &'static str> {
    // A hundred billion: more than any rebate, and far from where sums would overflow.
    const LARGEST: i64 = 10_000_000_000_000;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let amount = parse_decimal(text).map_err(|_| "dispute-amount-unreadable")?.normalize();
    if amount.scale() > currency.decimals() {
        return Err("dispute-amount-decimals");
    }
    let amount = Money::exact(amount, currency).ok_or("dispute-amount-unreadable")?;
    if amount.is_negative() {
        return Err("dispute-amount-negative");
    }
    if amount.minor > LARGEST { Err("dispute-amount-unreadable") } else { Ok(Some(amount)) }
}

/// A file to keep; should a browser open it after all, it may do nothing there.
pub(super) fn download(file: &File, bytes: Vec<u8>) -> HttpResponse {
    // What it was checked to be is one of a few kinds; browsers aren't asked to show any of them.
    let mut response = reply::download(&file.name, "application/octet-stream", bytes);
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

/// The bytes of a file that was looked up.
///
/// # Errors
/// It isn't handed out: it waits for the scanner, couldn't be scanned or is infected.
pub(super) fn bytes(app: &App, file: &File) -> Result<Vec<u8>> {
    let scans = app.config.scanner.is_on();
    if !is_handed_out(file.scan, scans) {
        return Err(Error::refused(match file.scan {
            ScanState::Infected => "dispute-file-infected",
            ScanState::Failed => "dispute-file-unscannable",
            ScanState::Unscanned | ScanState::Clean => "dispute-file-waits",
        }));
    }
    FileStore::of_disputes(&app.config.files).read(&file.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("", Ok(None)),
            (" ", Ok(None)),
            ("0", Ok(Some(0))),
            ("1250", Ok(Some(125_000))),
            ("1,250.50", Ok(Some(125_050))),
            ("￥1250.500", Ok(Some(125_050))),
            ("1250.505", Err("dispute-amount-decimals")),
            ("-1", Err("dispute-amount-negative")),
            ("1e3", Err("dispute-amount-unreadable")),
            ("12,50", Err("dispute-amount-unreadable")),
            ("100000000000", Ok(Some(10_000_000_000_000))),
            ("100000000000.01", Err("dispute-amount-unreadable")),
            ("99999999999999999999", Err("dispute-amount-unreadable")),
        ] {
            let found = amount(text, Currency::CNY).map(|money| money.map(|money| money.minor));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn sizes_are_said_shortly() {
        for (bytes, expected) in [
            (0, "0 KB"),
            (1, "1 KB"),
            (1024, "1 KB"),
            (1025, "2 KB"),
            (1024 * 1024, "1.0 MB"),
            (3_565_159, "3.4 MB"),
            (10 * 1024 * 1024, "10.0 MB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
