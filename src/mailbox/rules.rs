//! When a letter is tried again, what a refusal by a mail server means, what a header may hold.

use chrono::{DateTime, TimeDelta, Utc};

use crate::values::{EmailAddress, fingerprint};

use crate::text_enum;

text_enum! {
    /// Where a letter stands.
    pub enum LetterState {
        Queued = "queued",
        Sent = "sent",
        /// Given up; somebody has to look.
        Failed = "failed",
        /// Its reader wants it in the portal alone.
        Shown = "shown",
    }
}

/// Why a letter didn't leave this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// May pass: try again later.
    Transient(String),
    /// Will not pass: don't try again.
    Permanent(String),
    /// Will not pass, and no other letter to the address will.
    Address(String),
    /// Will not pass as it is, for its size or its content: perhaps without what it encloses.
    Enclosure(String),
    /// Nothing left the house: the relay is away, or doesn't want us. Not the letter's fault.
    Relay(String),
}

/// How far the conversation with the relay had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Whom the letter is from.
    Sender,
    /// Whom it is to.
    Recipient,
    /// The letter itself, up to the answer to its final dot.
    Content,
}

impl Failure {
    /// By the code a mail server answered, and the finer one (RFC 3463) where it gave one. Refused
    /// credentials (53x) and TLS are ours to mend, and so is a sender the relay doesn't take.
    pub fn by_answer(stage: Stage, code: u16, why: String) -> Self {
        match (code, stage) {
            (530..=538, _) | (421, Stage::Sender) => Self::Relay(why),
            (552, Stage::Sender) => Self::Enclosure(why),
            (555, Stage::Sender) => Self::Permanent(why),
            (500.., Stage::Sender) => Self::Relay(why),
            (500.., _) if is_of_address(stage, code, &why) => Self::Address(why),
            (500.., Stage::Content) | (552, _) => Self::Enclosure(why),
            (500.., _) if is_of_size(&why) => Self::Enclosure(why),
            (500.., _) => Self::Permanent(why),
            _ => Self::Transient(why),
        }
    }

    pub fn why(&self) -> &str {
        match self {
            Self::Transient(why)
            | Self::Permanent(why)
            | Self::Address(why)
            | Self::Enclosure(why)
            | Self::Relay(why) => why,
        }
    }
}

/// Whether a refusal for good says that nobody has the address. A mailbox that is full has
/// somebody; a server that doesn't relay for us, or takes us for spam, says nothing of it.
fn is_of_address(stage: Stage, code: u16, why: &str) -> bool {
    match finer_code(why) {
        Some((subject, detail)) => is_gone(subject, detail),
        None => {
            let about_us = why.to_ascii_lowercase().contains("relay");
            stage == Stage::Recipient && [521, 550, 551, 553, 556].contains(&code) && !about_us
        }
    }
}

/// Whether a refusal for good says that the letter is too large: for its reader, or for the server.
fn is_of_size(why: &str) -> bool {
    matches!(finer_code(why), Some((2, 3) | (3, 4)))
}

/// Whether subject and detail of an enhanced status code say that the address takes no mail.
pub(super) fn is_gone(subject: u16, detail: u16) -> bool {
    // 1.7 and 1.8 are about the sender's address.
    (subject == 1 && ![7, 8].contains(&detail)) || (subject, detail) == (2, 1)
}

/// Subject and detail of the enhanced status code in an answer: of `5.1.1`, 1 and 1.
pub(super) fn finer_code(text: &str) -> Option<(u16, u16)> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        if !["4", "5"].contains(&class) || parts.next().is_some() {
            return None;
        }
        Some((subject.parse().ok()?, detail.parse().ok()?))
    })
}

/// Minutes to wait after each try: together just under the 72 hours that people may expect a
/// letter to be held up.
const WAITS: [i64; 8] = [1, 5, 30, 120, 300, 720, 1_440, 1_440];

/// When to try again after the given number of tries; None when it is time to give up. `spread`
/// puts up to a twentieth on top, so that letters held up together don't come back together.
pub fn next_try(tries: i32, at: DateTime<Utc>, spread: u8) -> Option<DateTime<Utc>> {
    let index = usize::try_from(tries).ok()?.checked_sub(1)?;
    let seconds = WAITS.get(index)? * 60;
    let extra = seconds * i64::from(spread) / (255 * 20);
    at.checked_add_signed(TimeDelta::seconds(seconds + extra))
}

/// How long the relay is left alone after it failed so often in a row: a minute at first, a
/// quarter of an hour at last.
pub fn relay_wait(failures: i32) -> TimeDelta {
    TimeDelta::minutes(match failures {
        ..=1 => 1,
        2 => 2,
        3 => 5,
        4 => 10,
        _ => 15,
    })
}

/// What stands after the @.
pub fn domain(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or_default()
}

/// One line without control characters: what may stand in a header or a log.
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line.chars().take(most).collect()
}

/// The letter's name in the world: the same at every try, so that a copy is known as one.
pub fn message_id(id: &str, base_url: &str) -> String {
    let authority = base_url.split("://").nth(1).unwrap_or_default();
    let host = authority.split(['/', ':']).next().unwrap_or_default();
    let named = host.contains('.') && host.chars().any(|c| c.is_ascii_alphabetic());
    format!("<{id}@{}>", if named { host } else { "openrebate.localdomain" })
}

/// The left side of a thread's own Message-ID: one for each reader, and it gives no address away.
pub fn thread_root(thread: &str, reader: &EmailAddress) -> String {
    let reader = fingerprint(reader.as_str().as_bytes());
    format!("{thread}.{}", reader.get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_within_three_days() {
        let start: DateTime<Utc> = "2026-10-15T02:00:00Z".parse().unwrap();
        for (tries, minutes) in
            [(1, 1), (2, 5), (3, 30), (4, 120), (5, 300), (6, 720), (7, 1_440), (8, 1_440)]
        {
            let next = next_try(tries, start, 0).unwrap();
            assert_eq!((next - start).num_minutes(), minutes, "after {tries}");
        }
        assert_eq!(next_try(9, start, 0), None);
        assert_eq!(next_try(0, start, 0), None);
        let last = (1..).map_while(|tries| next_try(tries, start, 255)).map(|at| at - start);
        assert!(last.sum::<TimeDelta>() <= TimeDelta::hours(72));
    }

    fn answer(stage: Stage, code: u16, text: &str) -> &'static str {
        match Failure::by_answer(stage, code, format!("permanent error ({code}): {text}")) {
            Failure::Transient(_) => "later",
            Failure::Permanent(_) => "never",
            Failure::Address(_) => "nobody",
            Failure::Enclosure(_) => "lighter",
            Failure::Relay(_) => "ours",
        }
    }

    #[test]
    fn a_refusal_is_for_now_or_for_good() {
        for code in
            [400, 401, 420, 422, 431, 432, 441, 442, 446, 447, 449, 450, 451, 452, 454, 455, 471]
        {
            for stage in [Stage::Sender, Stage::Recipient, Stage::Content] {
                assert_eq!(answer(stage, code, ""), "later", "{code} {stage:?}");
            }
        }
        for code in [500, 501, 502, 503, 504, 510, 511, 512, 523, 541, 552, 554, 555, 571] {
            let refused = if code == 552 { "lighter" } else { "never" };
            assert_eq!(answer(Stage::Recipient, code, ""), refused, "{code}");
            assert_eq!(answer(Stage::Content, code, ""), "lighter", "{code}");
        }
        for code in [521, 550, 551, 553, 556] {
            assert_eq!(answer(Stage::Recipient, code, ""), "nobody", "{code}");
            assert_eq!(answer(Stage::Content, code, ""), "lighter", "{code}");
        }
        for code in [530, 534, 535, 538] {
            for stage in [Stage::Sender, Stage::Recipient, Stage::Content] {
                assert_eq!(answer(stage, code, ""), "ours", "{code} {stage:?}");
            }
        }
    }

    #[test]
    fn only_an_address_that_nobody_has_is_held_against_it() {
        use Stage::{Content, Recipient, Sender};
        for (stage, code, text, expected) in [
            (Recipient, 550, "5.1.1 <a@b.cc>: user unknown in relay recipient table", "nobody"),
            (Recipient, 550, "5.2.1 The email account is disabled", "nobody"),
            (Recipient, 556, "5.1.10 RESOLVER.ADR.RecipientNotFound", "nobody"),
            (Content, 550, "5.1.1 no such mailbox", "nobody"),
            (Recipient, 550, "Mailbox not found or access denied", "nobody"),
            (Recipient, 552, "5.2.2 mailbox full", "lighter"),
            (Recipient, 550, "5.7.1 our policy", "never"),
            (Recipient, 550, "relay not permitted", "never"),
            (Recipient, 554, "5.7.1 <a@b.cc>: Relay access denied", "never"),
            (Recipient, 550, "5.1.8 sender address rejected: domain not found", "never"),
            (Recipient, 550, "5.2.3 message too large for it", "lighter"),
            (Content, 554, "5.7.1 looks like spam", "lighter"),
            (Content, 552, "5.3.4 too big", "lighter"),
            (Sender, 550, "5.1.8 we don't know you", "ours"),
            (Sender, 552, "5.3.4 too big", "lighter"),
            (Sender, 421, "4.3.2 closing", "ours"),
            (Content, 421, "4.3.2 closing", "later"),
        ] {
            assert_eq!(answer(stage, code, text), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn headers_hold_one_line() {
        for (text, line) in [
            ("对账单", "对账单"),
            ("a\r\nBcc: x@y.zz", "a Bcc: x@y.zz"),
            ("a\0b\u{85}c\u{2028}d\t e ", "a b c d e"),
            ("\r\n", ""),
        ] {
            assert_eq!(one_line(text, 200), line, "{text:?}");
        }
        assert_eq!(one_line("一二三四", 2), "一二");
    }

    #[test]
    fn letters_are_named_after_the_portal() {
        for (base_url, name) in [
            ("https://rebates.example.com", "<7@rebates.example.com>"),
            ("https://rebates.example.com:8443/x", "<7@rebates.example.com>"),
            ("http://127.0.0.1:8080", "<7@openrebate.localdomain>"),
            ("http://localhost:8080", "<7@openrebate.localdomain>"),
            ("http://[::1]:8080", "<7@openrebate.localdomain>"),
        ] {
            assert_eq!(message_id("7", base_url), name, "{base_url}");
        }
    }
}
