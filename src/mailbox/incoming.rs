//! Mail that comes back. The portal doesn't read it: whoever writes is told, once a day, to write
//! in the portal, and automatic mail is told nothing (RFC 3834). Of a mail only its head is looked
//! at, and nothing of it is kept but the fact that it came; but of a mail server's report (RFC
//! 3464) what it says of which letter. Pure but for [`receive`].

use mail_parser::{HeaderName, HeaderValue, Message, MessageParser};

use super::letters::PortalOnly;
use super::report::{Report, read_report};
use super::{bounces, post};
use crate::audit::{self, Event};
use crate::db::Tx;
use crate::error::Result;
use crate::values::{EmailAddress, Language};

/// Bytes of a mail's head that are looked at.
pub const LONGEST_HEAD: usize = 256 * 1024;

/// What is known of a mail that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Whom an answer would go to.
    pub sender: Option<EmailAddress>,
    /// Its name in the world, where it has one that can stand in a header.
    pub message_id: Option<String>,
    /// The sign that no person waits for an answer.
    pub automatic: Option<String>,
    /// What a mail server reports of a letter of ours.
    pub report: Option<Report>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    Answered,
    /// The sender was answered today already.
    AnsweredToday,
    /// A letter of ours was given up by a mail server, and that is noted.
    Reported,
    /// It is automatic, or nobody can be answered.
    Silent,
}

/// Reads the head of a mail.
///
/// # Errors
/// It isn't one; the sentence says why, in English, for a mail server's log.
pub fn read_incoming(mail: &[u8]) -> Result<Incoming, &'static str> {
    let head = head(mail)?;
    let message = MessageParser::new()
        .with_mime_headers()
        .with_address_headers()
        .with_message_ids()
        .header_text(HeaderName::ReturnPath)
        .default_header_text()
        .parse_headers(head)
        .ok_or("it has no header")?;
    let from = message.from().and_then(|from| from.first()).and_then(|from| from.address());
    let automatic = automatic(&message);
    if automatic.is_none() && from.is_none() {
        return Err("it doesn't say whom it is from");
    }
    let back = text(&message, HeaderName::ReturnPath);
    let back = back.map(|back| back.trim().trim_matches(['<', '>']).to_owned());
    let sender = back.as_deref().or(from).and_then(EmailAddress::parse);
    Ok(Incoming {
        automatic: automatic.or_else(|| sender.as_ref().and_then(machine)),
        message_id: message.message_id().and_then(speakable),
        report: read_report(mail),
        sender,
    })
}

/// Everything before the first empty line.
fn head(mail: &[u8]) -> Result<&[u8], &'static str> {
    let end = |gap: &[u8]| mail.windows(gap.len()).position(|bytes| bytes == gap);
    let end = match (end(b"\n\n"), end(b"\r\n\r\n")) {
        (Some(a), Some(b)) => a.min(b) + 2,
        (Some(a), None) => a + 2,
        (None, Some(b)) => b + 4,
        (None, None) if mail.len() > LONGEST_HEAD => return Err("its head is too long"),
        (None, None) => mail.len(),
    };
    if end > LONGEST_HEAD {
        return Err("its head is too long");
    }
    let head = mail.get(..end).unwrap_or(mail);
    // A mail server may put a line of its own before the head.
    let from_line = head.starts_with(b"From ");
    let begin =
        if from_line { head.iter().position(|b| *b == b'\n').map_or(0, |n| n + 1) } else { 0 };
    let head = head.get(begin..).unwrap_or_default();
    let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let name = first.split(|b| *b == b':').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    if !is_name || name.len() == first.len() || head.contains(&0) {
        return Err("it doesn't begin with a header");
    }
    Ok(head)
}

fn text<'x>(message: &Message<'x>, name: impl Into<HeaderName<'x>>) -> Option<String> {
    match message.header(name)? {
        HeaderValue::Text(text) => Some(text.to_string()),
        HeaderValue::TextList(texts) => texts.last().map(ToString::to_string),
        HeaderValue::Empty => Some(String::new()),
        _ => None,
    }
}

/// The header that says that no person wrote, or that a list did.
fn automatic(message: &Message<'_>) -> Option<String> {
    let own =
        |name: &'static str| text(message, name).map(|value| value.trim().to_ascii_lowercase());
    let word = |value: String| value.split([';', ' ']).next().unwrap_or_default().to_owned();
    let said = |name: &'static str, value: &str| Some(format!("{name}: {value}"));
    if let Some(value) = own("Auto-Submitted").map(word).filter(|value| value != "no") {
        return said("Auto-Submitted", &value);
    }
    if let Some(value) =
        own("Precedence").filter(|v| ["bulk", "list", "junk"].contains(&v.as_str()))
    {
        return said("Precedence", &value);
    }
    if let Some(value) = own("X-Auto-Response-Suppress").filter(|value| value != "none") {
        return said("X-Auto-Response-Suppress", &value);
    }
    for name in [HeaderName::ListId, HeaderName::ListUnsubscribe, HeaderName::ListPost] {
        if message.header(name.clone()).is_some() {
            return Some(name.as_str().to_owned());
        }
    }
    let back = text(message, HeaderName::ReturnPath);
    if back.is_some_and(|back| back.trim().trim_matches(['<', '>']).is_empty()) {
        return Some("Return-Path: <>".to_owned());
    }
    let report = message.header(HeaderName::ContentType).and_then(HeaderValue::as_content_type);
    let report = report.filter(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("report"))
    });
    report.map(|_| "Content-Type: multipart/report".to_owned())
}

/// Why an address is nobody's to be answered.
fn machine(address: &EmailAddress) -> Option<String> {
    const NAMES: [&str; 8] = [
        "mailer-daemon",
        "postmaster",
        "noreply",
        "no-reply",
        "do-not-reply",
        "donotreply",
        "bounce",
        "bounces",
    ];
    let local = address.as_str().split('@').next().unwrap_or_default();
    let name = local.split('+').next().unwrap_or_default();
    let list = name.starts_with("owner-")
        || ["-request", "-bounces", "-owner"].iter().any(|end| name.ends_with(end));
    (NAMES.contains(&name) || list).then(|| format!("the sender {name}"))
}

/// An id that can stand in a header as it is.
fn speakable(id: &str) -> Option<String> {
    let good = !id.is_empty()
        && id.len() <= 250
        && id.contains('@')
        && id.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    good.then(|| format!("<{id}>"))
}

/// Answers a mail that came, in the language of the sender when they are known, else in both.
/// `own` are the portal's own addresses: it doesn't talk to itself.
pub fn receive(
    tx: &mut Tx<'_>,
    mail: &Incoming,
    language: Option<Language>,
    own: &[EmailAddress],
) -> Result<Reception> {
    let sender = mail.sender.as_ref();
    let reason = match (&mail.automatic, sender) {
        (Some(sign), _) => Some(sign.clone()),
        (None, Some(sender)) if own.contains(sender) => Some("the portal's own address".to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some("no address to answer".to_owned()),
    };
    let noted = match &mail.report {
        Some(report) => bounces::reported(tx, report)?,
        None => false,
    };
    let reception = match (reason.as_ref(), sender) {
        _ if noted => Reception::Reported,
        (None, Some(sender)) => {
            let (today, both) = (tx.today().to_string(), language.is_none());
            let letter = PortalOnly { answers: mail.message_id.clone(), both };
            match post(tx, sender, language.unwrap_or(Language::ZhCn), None, &today, &letter)? {
                true => Reception::Answered,
                false => Reception::AnsweredToday,
            }
        }
        _ => Reception::Silent,
    };
    let said = match reception {
        Reception::Answered => "answered".to_owned(),
        Reception::AnsweredToday => "answered today already".to_owned(),
        Reception::Reported => "a report of what wasn't delivered".to_owned(),
        Reception::Silent => format!("not answered: {}", reason.unwrap_or_default()),
    };
    audit::record(
        tx,
        Event {
            action: "mail.received",
            object: ("mail", sender.map_or("", EmailAddress::as_str)),
            reason: Some(&said),
            ..Event::default()
        },
    )?;
    Ok(reception)
}
