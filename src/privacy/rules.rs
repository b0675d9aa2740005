//! What people may ask about their own data, and how long what is kept.

use crate::text_enum;
use crate::values::{Problem, Text};

/// Characters of a wish, and of its answer.
pub const LONGEST: usize = 1_000;

text_enum! {
    /// What somebody asks.
    pub enum RequestKind {
        /// Something kept about me is wrong.
        Correction = "correction",
        /// Delete what may be deleted, and end my access.
        Deletion = "deletion",
        /// Keep it, and do nothing else with it; my access ends.
        Restriction = "restriction",
    }
}

text_enum! {
    pub enum RequestState {
        Received = "received",
        Done = "done",
        /// With the reason.
        Declined = "declined",
    }
}

/// A kind of personal data: why it is kept and how long. The words say both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retained {
    /// As the inventory names it.
    pub code: &'static str,
    /// Whether deletion takes it away; otherwise the law or the evidence keeps it.
    pub erased: bool,
    /// Whether how long is settled; the page says where it isn't.
    pub confirmed: bool,
}

const fn erased(code: &'static str) -> Retained {
    Retained { code, erased: true, confirmed: true }
}

/// The retention table.
pub static RETENTION: &[Retained] = &[
    erased("account"),
    erased("security"),
    erased("settings"),
    erased("letters"),
    erased("exports"),
    Retained { code: "requests", erased: false, confirmed: false },
    Retained { code: "books", erased: false, confirmed: false },
    Retained { code: "audit", erased: false, confirmed: false },
];

/// Reads a wish as it was typed.
///
/// # Errors
/// Each problem names its field.
pub fn read(kind: &str, text: &str) -> Result<(RequestKind, String), Vec<Problem>> {
    let mut problems = Vec::new();
    let kind = RequestKind::from_code(kind);
    if kind.is_none() {
        problems.push(Problem::new("kind", Text::new("privacy-no-kind")));
    }
    let text = text.trim();
    if text.chars().count() > LONGEST {
        problems.push(Problem::new("text", Text::new("privacy-text-long").with("most", LONGEST)));
    } else if text.is_empty() && kind == Some(RequestKind::Correction) {
        problems.push(Problem::new("text", Text::new("privacy-text-missing")));
    }
    match kind {
        Some(kind) if problems.is_empty() => Ok((kind, text.to_owned())),
        _ => Err(problems),
    }
}

/// Reads an answer as it was typed.
///
/// # Errors
/// Each problem names its field.
pub fn read_answer(outcome: &str, answer: &str) -> Result<(RequestState, String), Vec<Problem>> {
    let mut problems = Vec::new();
    let outcome = RequestState::from_code(outcome).filter(|o| *o != RequestState::Received);
    if outcome.is_none() {
        problems.push(Problem::new("outcome", Text::new("privacy-no-outcome")));
    }
    let answer = answer.trim();
    if answer.chars().count() > LONGEST {
        let text = Text::new("privacy-text-long").with("most", LONGEST);
        problems.push(Problem::new("answer", text));
    } else if answer.is_empty() && outcome == Some(RequestState::Declined) {
        problems.push(Problem::new("answer", Text::new("privacy-reason-missing")));
    }
    match outcome {
        Some(outcome) if problems.is_empty() => Ok((outcome, answer.to_owned())),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<T>(read: Result<T, Vec<Problem>>) -> String {
        let problems = read.err().unwrap_or_default();
        problems.iter().map(|p| format!("{} {}", p.field, p.text.key)).collect()
    }

    #[test]
    fn a_wish_says_what_and_a_correction_which() {
        let long = "长".repeat(LONGEST + 1);
        for (kind, text, expected) in [
            ("deletion", "", ""),
            ("restriction", " x ", ""),
            ("correction", "电话换了", ""),
            ("correction", "  ", "text privacy-text-missing"),
            ("", "x", "kind privacy-no-kind"),
            ("deletion", &long, "text privacy-text-long"),
        ] {
            assert_eq!(fields(read(kind, text)), expected, "{kind} {}", text.len());
        }
        assert_eq!(read("deletion", " x "), Ok((RequestKind::Deletion, "x".to_owned())));
    }

    #[test]
    fn declining_takes_a_reason() {
        for (outcome, answer, expected) in [
            ("done", "", ""),
            ("declined", "法定保存期未满", ""),
            ("declined", " ", "answer privacy-reason-missing"),
            ("received", "x", "outcome privacy-no-outcome"),
        ] {
            assert_eq!(fields(read_answer(outcome, answer)), expected, "{outcome}");
        }
    }
}
