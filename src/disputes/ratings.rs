//! What customers say of how their disputes were handled: once each, when it is closed. Once,
//! because a word that can be taken back is one that somebody can be asked to take back.

use chrono::{DateTime, Utc};

use super::{Dispute, State, rules, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Actor, DisputeId, Key, Text};

/// From 1, badly, to 5, well.
pub const SCORES: std::ops::RangeInclusive<i32> = 1..=5;

/// What the customer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    pub score: i32,
    pub text: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What the customer said of the dispute, if anything yet.
pub fn rating(conn: &mut Conn, id: &DisputeId) -> Result<Option<Rating>> {
    store::rating(conn, id)
}

/// Whether the dispute can be rated as it stands, if it wasn't yet: one that went on in another is
/// rated there.
fn ratable(dispute: &Dispute) -> bool {
    dispute.state == State::Closed && dispute.merged_into.is_none()
}

/// Whether the actor may rate one of their own disputes, if it wasn't rated yet.
pub fn may_rate(dispute: &Dispute, by: &Actor) -> bool {
    rules::is_customer_finance(by) && by.customer() == Some(dispute.customer) && ratable(dispute)
}

/// The customer says how a closed dispute was handled.
///
/// # Errors
/// Not found for another customer's; the actor isn't the customer's finance or manager; it isn't
/// closed, or was rated before; the score or the text can't be right.
pub fn rate(tx: &mut Tx<'_>, customer: Key, id: &DisputeId, score: i32, text: &str) -> Result<()> {
    let dispute = store::by_id(tx, id)?;
    if dispute.customer != customer || tx.by().customer() != Some(customer) {
        return Err(Error::NotFound);
    }
    if !rules::is_customer_finance(tx.by()) {
        return Err(Error::refused("dispute-needs-customer-finance"));
    }
    if !ratable(&dispute) {
        return Err(Error::refused("rating-not-closed"));
    }
    if store::rating(tx, id)?.is_some() {
        return Err(Error::refused("rating-given"));
    }
    if !SCORES.contains(&score) {
        return Err(Error::invalid("score", Text::new("rating-score-missing")));
    }
    let text = text.trim();
    if text.chars().count() > rules::TEXT_LIMIT {
        return Err(Error::invalid("rating", Text::new("dispute-text-too-long")));
    }
    store::add_rating(tx, id, score, text)?;
    audit::record(
        tx,
        audit::Event {
            action: "dispute.rated",
            object: ("dispute", id.as_str()),
            customer: Some(customer),
            reason: Some(&format!("{score}/5 {text}")),
            ..audit::Event::default()
        },
    )
}
