//! The queue as staff ask for it: views, filters, orders and pages.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Category, Dispute, EventKind, Neighbours, Outcome, Reach, Side, State, check_revision, store,
    talk,
};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::people;
use crate::text_enum;
use crate::values::{Currency, DisputeId, Key, Money, PersonId, PolicyId, Text};

text_enum! {
    /// The views everybody has.
    pub enum View {
        /// Open and assigned to whoever looks, and not put aside.
        Mine = "mine",
        /// Theirs too, and put aside.
        Snoozed = "snoozed",
        /// Open and assigned to nobody.
        Unassigned = "unassigned",
        /// Due soon or late, and the clock runs.
        AboutToBreach = "breach",
        Waiting = "waiting",
        /// Decisions over the limit.
        Approvals = "approvals",
        Appeals = "appeals",
        All = "all",
    }
}

text_enum! {
    /// What a page is sorted by.
    pub enum Sort {
        Due = "due",
        Filed = "filed",
        /// As the number reads, whatever the currency.
        Amount = "amount",
        /// The last message.
        Last = "last",
    }
}

text_enum! {
    /// Where a dispute stands in the queue.
    pub enum Lane {
        Work = "work",
        /// For the customer.
        Waiting = "waiting",
        Approval = "approval",
        Appeal = "appeal",
        Done = "done",
    }
}

impl Lane {
    pub fn of(state: State) -> Self {
        match state {
            State::Submitted | State::InReview => Self::Work,
            State::WaitingCustomer => Self::Waiting,
            State::AwaitingApproval => Self::Approval,
            State::Appealed | State::AppealReview => Self::Appeal,
            State::Decided | State::AppealDecided | State::Closed | State::Withdrawn => Self::Done,
        }
    }
}

text_enum! {
    /// Which decision of a dispute.
    pub enum Ruling {
        First = "first",
        /// The first one, where there was an appeal against it.
        Appealed = "appealed",
        /// The one on the appeal.
        Appeal = "appeal",
    }
}

/// Disputes of which some decision that holds is like this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    pub which: Option<Ruling>,
    /// Any of these; all, when none is named.
    pub outcomes: Vec<Outcome>,
    pub by: Option<PersonId>,
    /// Since when it holds: from a moment, up to but without another.
    pub at: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

/// What of the queue somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub view: View,
    pub today: NaiveDate,
    /// The last day that counts as about to breach.
    pub soon: NaiveDate,
    pub state: Option<State>,
    pub category: Option<Category>,
    pub customer: Option<Key>,
    pub owner: Option<PersonId>,
    pub policy: Option<PolicyId>,
    /// Ten-thousandths of the major unit, both ends included.
    pub amount: (Option<i64>, Option<i64>),
    /// From a moment, up to but without another.
    pub filed: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// None for those without a decision, too.
    pub decided: Option<Decided>,
    /// Only what was due before today.
    pub overdue: bool,
    /// A part of the number, the subject, the text, or the customer's name or code.
    pub search: String,
}

impl Filter {
    /// The whole view.
    pub fn of(view: View, today: NaiveDate, soon: NaiveDate) -> Self {
        Self {
            view,
            today,
            soon,
            state: None,
            category: None,
            customer: None,
            owner: None,
            policy: None,
            amount: (None, None),
            filed: (None, None),
            decided: None,
            overdue: false,
            search: String::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub by: Sort,
    pub descending: bool,
}

/// Which page; cursors are those of a [`QueuePage`] in the same order. What this queue never wrote
/// starts from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Start,
    After(String),
    Before(String),
}

/// A line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: DisputeId,
    pub number: String,
    pub state: State,
    pub category: Category,
    pub policy: Option<PolicyId>,
    pub subject: String,
    pub customer_code: String,
    pub customer_name: String,
    pub disputed: Money,
    pub filed_at: DateTime<Utc>,
    /// As [`Dispute::due`].
    pub due: Option<NaiveDate>,
    pub last_at: DateTime<Utc>,
    pub last_side: Side,
    pub owner: Option<PersonId>,
    pub owner_name: String,
    pub revision: i64,
}

/// One page of the queue, and where its neighbours are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePage {
    pub items: Vec<Listed>,
    pub previous: Option<Place>,
    /// A page may have fewer lines than asked for, or none, and still have a next one: see
    /// [`queue`].
    pub next: Option<Place>,
}

/// Counts stop here: one more says that there are more.
pub const COUNTED: i64 = 1_000;

/// How many disputes each view holds, up to one more than [`COUNTED`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub mine: i64,
    pub snoozed: i64,
    pub unassigned: i64,
    pub about_to_breach: i64,
    pub waiting: i64,
    pub approvals: i64,
    pub appeals: i64,
}

/// A page of the queue. It costs about the same whatever is asked, however many disputes there
/// are: views are ranges of an index, filters that leave little are sorted, and of filters that
/// leave much only so many lines are looked at for a page, which may then be short.
///
/// # Errors
/// The database is away.
pub fn queue(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    order: Order,
    place: &Place,
    limit: usize,
) -> Result<QueuePage> {
    store::queue(conn, reach, filter, order, place, limit)
}

/// How many disputes each view holds; `soon` is the last day that counts as about to breach.
pub fn queue_counts(
    conn: &mut Conn,
    reach: &Reach,
    today: NaiveDate,
    soon: NaiveDate,
) -> Result<QueueCounts> {
    store::counts(conn, reach, today, soon)
}

/// The disputes before and after this one in the reader's own list.
pub fn neighbours(
    conn: &mut Conn,
    reach: &Reach,
    today: NaiveDate,
    dispute: &Dispute,
) -> Result<Neighbours> {
    store::neighbours(conn, reach, today, dispute)
}

/// What became of one of several disputes that were to be assigned at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    Done,
    /// Somebody else changed it since it was shown.
    ChangedMeanwhile,
    /// A rule says no.
    Refused(Text),
}

/// Assigns several disputes, each at the revision at which it was shown; tells for each by its
/// number what became of it. One that can't be assigned keeps no other from it.
///
/// # Errors
/// Not found for a dispute out of reach: nobody was shown it. Whoever is to have them is no active
/// account manager.
pub fn assign_each(
    tx: &mut Tx<'_>,
    chosen: &[(DisputeId, i64)],
    to: &PersonId,
) -> Result<Vec<(String, Assigned)>> {
    let nobody = || Error::invalid("assignee", Text::new("dispute-assignee-no-manager"));
    people::by_id(tx, to).map_err(|error| match error {
        Error::NotFound => nobody(),
        other => other,
    })?;
    let (by, today) = (tx.by().clone(), tx.today());
    let reach = super::reach(tx, &by, today)?;
    let mut told = Vec::with_capacity(chosen.len());
    for (id, revision) in chosen {
        let dispute = store::one(tx, &reach, id)?.dispute;
        let done = match check_revision(&dispute, *revision) {
            Err(_) => Assigned::ChangedMeanwhile,
            Ok(()) => match talk::assign(tx, id, to) {
                Ok(()) => Assigned::Done,
                // Refusals come before anything is written.
                Err(Error::Refused(text)) => Assigned::Refused(text),
                Err(other) => return Err(other),
            },
        };
        told.push((dispute.number, done));
    }
    Ok(told)
}

/// Whether one side says something to the other by it.
pub(super) fn is_message(kind: EventKind) -> bool {
    use EventKind::{Answer, AppealDecided, Appealed, Decided, FileAdded, Filed, Question, Reply};
    matches!(
        kind,
        Filed | Reply | Question | Answer | FileAdded | Decided | Appealed | AppealDecided
    )
}

/// Ten-thousandths of the major unit, in which amounts of all currencies compare as they read.
pub fn comparable(money: Money) -> i64 {
    money.minor.saturating_mul(fineness(money.currency))
}

pub(super) fn from_comparable(amount: i64, currency: Currency) -> Money {
    Money::new(amount / fineness(currency), currency)
}

/// Ten-thousandths of the major unit in one minor unit.
fn fineness(currency: Currency) -> i64 {
    match currency.decimals() {
        0 => 10_000,
        1 => 1_000,
        2 => 100,
        3 => 10,
        _ => 1,
    }
}
