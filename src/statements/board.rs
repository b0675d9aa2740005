//! How the statements of a period stand with their customers: sent, opened, confirmed, contested,
//! overdue. What the board counts and the list shows is decided here, once.

use chrono::{DateTime, NaiveDate, Utc};

use super::store::standings as store;
use super::{State, Wanted};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::letters::{StatementCorrected, StatementReady};
use crate::mailbox::{self, Delivered, Letter};
use crate::text_enum;
use crate::values::{Actor, Currency, Key, Money, Period, StatementId};

/// A statement as the board counts it: the latest version, without its content.
#[derive(Debug, Clone)]
pub struct Standing {
    pub id: StatementId,
    pub number: String,
    pub customer: Key,
    pub period: Period,
    pub currency: Currency,
    pub version: i32,
    pub closing_minor: i64,
    pub issued_at: DateTime<Utc>,
    pub respond_by: NaiveDate,
    pub state: State,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    /// When somebody of the customer's first opened it in the portal.
    pub opened_at: Option<DateTime<Utc>>,
    /// What became of its mail.
    pub mail: Delivered,
}

text_enum! {
    /// What a statement is counted as; it may be several at once.
    pub enum Mark {
        /// All of its mail has left.
        Sent = "sent",
        /// Some of its mail has not, or there is nobody to write to.
        Unsent = "unsent",
        Opened = "opened",
        Unopened = "unopened",
        /// It waits for its customer's answer.
        Open = "open",
        /// It waits, and the deadline is over.
        Overdue = "overdue",
        Confirmed = "confirmed",
        /// By silence.
        Deemed = "deemed",
        Contested = "contested",
    }
}

impl Standing {
    pub fn closing(&self) -> Money {
        Money::new(self.closing_minor, self.currency)
    }

    /// Whether it counts as that on the day.
    pub fn is(&self, mark: Mark, today: NaiveDate) -> bool {
        let sent = self.mail.sent > 0 && self.mail.queued == 0 && self.mail.failed == 0;
        match mark {
            Mark::Sent => sent,
            Mark::Unsent => !sent,
            Mark::Opened => self.opened_at.is_some(),
            Mark::Unopened => self.opened_at.is_none(),
            Mark::Open => self.state == State::Issued,
            Mark::Overdue => self.state == State::Issued && self.respond_by < today,
            Mark::Confirmed => self.state == State::Confirmed,
            Mark::Deemed => self.state == State::DeemedConfirmed,
            Mark::Contested => self.state == State::Disputed,
        }
    }
}

/// How statements stand, newest first; of each only the latest version. Of what is wanted, the
/// period and the customers count.
pub fn standings(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<Standing>> {
    let mut found = store::all(conn, wanted)?;
    let ids: Vec<String> = found.iter().map(|one| one.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let kinds = [StatementReady::KIND, StatementCorrected::KIND];
    let delivered = mailbox::delivered(conn, &kinds, &ids)?;
    for one in &mut found {
        one.mail = delivered.get(one.id.as_str()).copied().unwrap_or_default();
    }
    Ok(found)
}

/// The period of the statement that reaches furthest.
pub fn latest_period(conn: &mut Conn) -> Result<Option<Period>> {
    store::latest_period(conn)
}

/// Whether this person has opened the statement before.
pub fn was_opened(conn: &mut Conn, id: &StatementId, actor: &Actor) -> Result<bool> {
    store::was_opened(conn, id, actor.id())
}

/// Notes that somebody of the customer's opened the statement in the portal, the first time they
/// do. That is of the board and no part of what the statement says, so the audit log has nothing
/// of it.
pub fn note_opened(tx: &mut Tx<'_>, id: &StatementId) -> Result<()> {
    let person = tx.by().id().to_owned();
    if store::was_opened(tx, id, &person)? {
        return Ok(());
    }
    store::note_opened(tx, id, &person)
}
