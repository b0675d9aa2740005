//! What a dispute, its timeline, its decisions and the queue are made of.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::files::ScanState;
use super::rules::{Outcome, State};
use crate::text_enum;
use crate::values::{Currency, DisputeId, EntryId, FileId, Key, Money, PersonId, SavedReplyId};

text_enum! {
    /// What is wrong, in the customer's words.
    pub enum Category {
        MissingInvoice = "missing_invoice",
        WrongAmount = "wrong_amount",
        WrongTier = "wrong_tier",
        WrongReturn = "wrong_return",
        ProductExcluded = "product_excluded",
        PayoutNotReceived = "payout_not_received",
        Other = "other",
    }
}

text_enum! {
    /// What kind of thing is contested.
    pub enum SubjectKind {
        Accrual = "accrual",
        Statement = "statement",
        /// Its id is the statement's, a slash, and the line's.
        StatementLine = "statement_line",
        /// A sales line.
        Line = "line",
        Payout = "payout",
        /// A part of the balance and its currency: `available/CNY`.
        Balance = "balance",
        /// A policy as it concerns the customer.
        Programme = "programme",
        /// A document the portal doesn't know; the id is its number.
        MissingInvoice = "missing_invoice",
        Free = "free",
    }
}

/// What is contested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
    /// As people read it, frozen when the dispute was filed.
    pub text: String,
}

text_enum! {
    /// On whose side the author of an event is.
    pub enum Side {
        Customer = "customer",
        Staff = "staff",
        System = "system",
    }
}

text_enum! {
    /// What happened on a dispute's timeline.
    pub enum EventKind {
        Filed = "filed",
        Assigned = "assigned",
        Reply = "reply",
        Note = "note",
        Question = "question",
        Answer = "answer",
        FileAdded = "file_added",
        /// It was infected.
        FileRemoved = "file_removed",
        Proposed = "proposed",
        DecisionApproved = "decision_approved",
        DecisionReturned = "decision_returned",
        Decided = "decided",
        Accepted = "accepted",
        Lapsed = "lapsed",
        Appealed = "appealed",
        AppealTaken = "appeal_taken",
        AppealDecided = "appeal_decided",
        Withdrawn = "withdrawn",
        /// Put aside; its text begins with the day on a line of its own.
        Snoozed = "snoozed",
        Woken = "woken",
        /// It goes on in the dispute whose number is its text.
        Merged = "merged",
        /// The dispute whose number is its text goes on here.
        Absorbed = "absorbed",
        Linked = "linked",
        Unlinked = "unlinked",
    }
}

/// Limits and deadlines, from the configuration.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Grants above this many major units wait for an approver.
    pub limit: Decimal,
    /// Business days until the first answer, the decision, the end of the appeal window.
    pub answer_days: u32,
    pub decision_days: u32,
    pub appeal_days: u32,
    /// Categories whose answer and decision have days of their own.
    pub categories: BTreeMap<Category, Days>,
}

/// Business days until the first answer and the decision of a category's disputes are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    pub answer: u32,
    pub decision: u32,
}

impl Terms {
    /// The days of disputes of the category.
    pub fn days(&self, category: Category) -> Days {
        let own = self.categories.get(&category).copied();
        own.unwrap_or(Days { answer: self.answer_days, decision: self.decision_days })
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            limit: Decimal::new(5_000, 0),
            answer_days: 2,
            decision_days: 7,
            appeal_days: 15,
            categories: BTreeMap::new(),
        }
    }
}

/// A dispute to be filed.
#[derive(Debug, Clone)]
pub struct NewDispute {
    pub customer: Key,
    pub category: Category,
    pub subject: Subject,
    pub currency: Currency,
    /// Minor units; 0 when the customer can't say.
    pub disputed: i64,
    pub expected: Option<i64>,
    pub text: String,
    /// What the portal showed when it was filed, frozen.
    pub facts: serde_json::Value,
}

/// A dispute as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub id: DisputeId,
    /// `ZY-2026-09-000123`.
    pub number: String,
    pub customer: Key,
    pub state: State,
    pub category: Category,
    pub subject: Subject,
    pub currency: Currency,
    pub disputed: i64,
    pub expected: Option<i64>,
    pub text: String,
    pub facts: serde_json::Value,
    pub filed_by: PersonId,
    pub filed_by_name: String,
    pub filed_at: DateTime<Utc>,
    pub assignee: Option<PersonId>,
    pub assignee_name: Option<String>,
    pub answer_due: NaiveDate,
    pub decision_due: NaiveDate,
    /// When staff first wrote to the customer.
    pub answered_at: Option<DateTime<Utc>>,
    /// Since when the customer is to answer; the clock stands.
    pub waiting_since: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The last day of the appeal window.
    pub appeal_until: Option<NaiveDate>,
    pub closed_at: Option<DateTime<Utc>>,
    pub last_activity_at: DateTime<Utc>,
    /// Rises with each change; a form sends it back, so that it can't act on what it didn't show.
    pub revision: i64,
    /// The day on which it comes back to whoever put it aside.
    pub snoozed_until: Option<NaiveDate>,
    /// The dispute in which this one goes on: both were one claim.
    pub merged_into: Option<DisputeId>,
}

impl Dispute {
    pub fn disputed_money(&self) -> Money {
        Money::new(self.disputed, self.currency)
    }

    /// The state as the customer reads it: that a decision waits for its approver stays inside,
    /// and so does that there is one.
    pub fn state_for_customer(&self) -> State {
        match self.state {
            State::AwaitingApproval if self.decided_at.is_some() => State::AppealReview,
            State::AwaitingApproval => State::InReview,
            other => other,
        }
    }

    /// The day by which staff have to do something: answer first, then decide. None while the
    /// customer is waited for, and when there is nothing left to do.
    pub fn due(&self) -> Option<NaiveDate> {
        if !self.state.is_open() || self.state == State::WaitingCustomer {
            return None;
        }
        Some(match self.answered_at {
            None => self.answer_due.min(self.decision_due),
            Some(_) => self.decision_due,
        })
    }

    /// Whether it is put aside on the day.
    pub fn sleeps(&self, today: NaiveDate) -> bool {
        self.snoozed_until.is_some_and(|until| until > today)
    }
}

/// Something on a dispute's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub position: i32,
    pub kind: EventKind,
    pub at: DateTime<Utc>,
    pub actor: PersonId,
    pub actor_name: String,
    pub side: Side,
    pub internal: bool,
    pub text: String,
}

/// A decision: round 1, or round 2 on the appeal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub round: i32,
    pub outcome: Outcome,
    pub granted: i64,
    pub reason: String,
    pub decided_by: PersonId,
    pub decided_by_name: String,
    pub decided_at: DateTime<Utc>,
    pub approved_by: Option<PersonId>,
    pub approved_by_name: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub entry: Option<EntryId>,
}

/// A file of a dispute; its bytes are in the [`super::FileStore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: FileId,
    pub dispute: DisputeId,
    pub name: String,
    pub content_type: String,
    pub bytes: i64,
    pub sha256: String,
    pub uploaded_at: DateTime<Utc>,
    pub scan: ScanState,
}

/// A dispute as something to go by: with the last decision that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub dispute: Dispute,
    pub decision: Option<Decision>,
}

/// The disputes before and after one in the reader's own list: id and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    pub before: Option<(DisputeId, String)>,
    pub after: Option<(DisputeId, String)>,
}

/// Another dispute held side by side with this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub other: Queued,
    pub note: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Somebody who has a dispute's page open, or had a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub person: PersonId,
    pub name: String,
    pub at: DateTime<Utc>,
}

/// A text written once for many disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedReply {
    pub id: SavedReplyId,
    /// None when it is the whole team's.
    pub owner: Option<PersonId>,
    pub title: String,
    /// With its placeholders.
    pub text: String,
    /// How often it was taken.
    pub uses: i64,
    pub changed_by_name: String,
    pub changed_at: DateTime<Utc>,
    pub revision: i64,
}

/// Which disputes a member of staff gets to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    pub person: Option<PersonId>,
    /// An account manager without a further role sees the disputes of the customers that name
    /// this address, or no manager at all, and what is assigned to them.
    pub portfolio: Option<String>,
    /// For whom they act too: those they lead, and those away whose deputy they are. What is
    /// theirs is seen as one's own.
    pub others: Vec<(PersonId, String)>,
}

impl Reach {
    /// Whether the customers that name this manager, or nobody, are in reach.
    pub fn manages(&self, manager: Option<&str>) -> bool {
        let (Some(own), Some(manager)) = (&self.portfolio, manager) else { return true };
        let mut emails = self.others.iter().map(|(_, email)| email).chain([own]);
        emails.any(|email| email.eq_ignore_ascii_case(manager))
    }
}

/// A dispute, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    pub dispute: Dispute,
    pub customer_code: String,
    pub customer_name: String,
}
