//! What a version says otherwise than the one before it, in words.

use super::say::{basis, reward};
use crate::statements::changes::{Change, Correction, Told};
use crate::values::{Currency, Money, Quantity};
use crate::words::Words;

/// Why a version was made, and what differs in it.
#[derive(Debug, Clone)]
pub struct Corrected {
    /// Which version it corrects.
    pub says: String,
    pub because: String,
    pub rows: Vec<ChangeRow>,
}

/// One thing that differs; — stands for nothing.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub what: String,
    pub before: String,
    pub after: String,
}

impl Corrected {
    pub(super) fn of(correction: &Correction, words: &Words, currency: Currency) -> Self {
        Self {
            says: words.t1("statement-corrects", "number", &correction.corrects),
            because: words.t1("statement-correction-because", "reason", &correction.reason),
            rows: ChangeRow::all(&correction.changes, words, currency),
        }
    }
}

impl ChangeRow {
    pub fn all(changes: &[Change], words: &Words, currency: Currency) -> Vec<Self> {
        let told = |told: &Option<Told>| match told {
            None => "—".to_owned(),
            Some(Told::Money(minor)) => Money::new(*minor, currency).shown(),
            Some(Told::Text(text)) => text.clone(),
            Some(Told::Reckoned(minor, r)) => {
                let state = if r.earned { "earned" } else { "estimated" };
                [
                    Money::new(*minor, currency).shown(),
                    basis(words, (r.base_minor, r.base_micro), &r.reward, currency),
                    reward(words, &r.reward, currency),
                    words.code("state-accrual", state),
                ]
                .join(" · ")
            }
            Some(Told::Lines(lines)) => {
                let lines = i64::try_from(*lines).unwrap_or(i64::MAX);
                Quantity::from_micro(lines.saturating_mul(1_000_000)).to_string()
            }
        };
        let row = |change: &Change| Self {
            what: change.said(words),
            before: told(&change.before),
            after: told(&change.after),
        };
        changes.iter().map(row).collect()
    }
}
