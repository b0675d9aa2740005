//! What a mail server reports of a letter it took and couldn't deliver (RFC 3464). Pure.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::rules::{finer_code, is_gone};

/// A report about one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The letter's name in the world, in angle brackets.
    pub message_id: String,
    /// Whom it didn't reach: as we wrote the address, and as the last server knew it.
    pub recipients: Vec<String>,
    /// It was given up, not only held up.
    pub failed: bool,
    /// The address takes no mail at all.
    pub gone: bool,
    pub why: String,
}

/// Reads a report; None when the mail is none, or names no letter.
pub fn read_report(mail: &[u8]) -> Option<Report> {
    let message = MessageParser::default().parse(mail)?;
    let kind = message.content_type()?;
    if !kind.ctype().eq_ignore_ascii_case("multipart")
        || !kind.subtype()?.eq_ignore_ascii_case("report")
    {
        return None;
    }
    let status = message.parts.iter().find(|part| {
        part.content_type().is_some_and(|kind| {
            kind.ctype().eq_ignore_ascii_case("message")
                && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("delivery-status"))
        })
    })?;
    let status = match &status.body {
        PartType::Message(inner) => String::from_utf8_lossy(inner.raw_message()).into_owned(),
        _ => String::from_utf8_lossy(status.contents()).into_owned(),
    };
    let message_id = message.parts.iter().find_map(original)?;
    // Folded lines belong to what stands before them.
    let status = status.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let of = |name: &str| {
        status.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let address = |value: String| {
        let address = value.rsplit(';').next().unwrap_or_default();
        address.trim().trim_matches(['<', '>']).to_owned()
    };
    let recipients = ["Original-Recipient", "Final-Recipient"].into_iter().filter_map(of);
    let code = of("Status").unwrap_or_default();
    let said = of("Diagnostic-Code").unwrap_or_default();
    let finer = finer_code(&said).or_else(|| finer_code(&code));
    Some(Report {
        message_id: format!("<{message_id}>"),
        recipients: recipients.map(address).collect(),
        failed: of("Action").is_some_and(|action| action.eq_ignore_ascii_case("failed")),
        // Some servers, Exim among them, say no more than that it is for good.
        gone: code.starts_with('5')
            && finer.is_some_and(|finer| finer == (0, 0) || is_gone(finer.0, finer.1)),
        why: format!("{code} {said}").trim().to_owned(),
    })
}

/// The Message-ID of what came back: the letter itself, or its head alone.
fn original(part: &mail_parser::MessagePart<'_>) -> Option<String> {
    let id = |message: &Message<'_>| message.message_id().map(str::to_owned);
    if let PartType::Message(inner) = &part.body {
        return id(inner);
    }
    let kind = part.content_type()?;
    if !kind.subtype()?.eq_ignore_ascii_case("rfc822-headers") {
        return None;
    }
    id(&MessageParser::default().parse_headers(part.contents())?)
}
