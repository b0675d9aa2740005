//! Disputes: a customer's claim that a number is wrong, its answer, and the appeal (DOMAIN §5).
//!
//! Owns `disputes`, `dispute_events`, `dispute_files`, `dispute_decisions`, `dispute_links`,
//! `dispute_looks`, `dispute_ratings`, `dispute_timers`, `dispute_views`, `saved_replies`, and
//! `dispute_queue`, `dispute_search`, `dispute_words`, which are made of the others; the bytes of
//! files lie in a [`FileStore`]. Promises: a decision with money posts its adjustment in its own
//! transaction, exactly once; whoever decided, or approved a decision, doesn't decide the appeal;
//! who works on what somebody else changed meanwhile is refused and loses nothing; the customer
//! never reads internal notes or a decision that still waits for its approver. Deliberately
//! absent: editing what was written.
//!
//! While a dispute is open, the disputed amount is held as far as the available balance has it at
//! filing (and again at the appeal, less what was granted); the rest stays payable.

mod approvals;
mod clocks;
mod decisions;
mod drafts;
mod facts;
mod figures;
mod files;
mod letters;
mod link;
mod may;
mod merge;
mod model;
mod office;
mod past;
mod presence;
mod queue;
mod ratings;
mod rules;
mod saved;
mod scanner;
mod scans;
mod snooze;
mod store;
mod talk;
mod verify;
mod views;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::audit::{self, Event as AuditEvent};
use crate::calendar;
use crate::db::{Conn, Tx, next_number};
use crate::error::{Error, Result};
use crate::ledger;
use crate::people;
use crate::values::{
    Actor, DisputeId, FileId, Identity, Key, Money, Period, PeriodKind, StaffRole, Text,
};

pub use clocks::{TimerKind, any_deadline, tell_deadlines};
pub use decisions::{
    accept, any_lapsed, appeal, approve_decision, close_lapsed, decide, decide_appeal,
    return_decision, take_appeal, withdraw,
};
pub use drafts::{
    Draft, DraftFile, DraftText, Save, any_stale_draft, check_room, draft_of, drafts_of,
    file_draft, forget_person, remove_draft, save_draft, sweep_draft_files, sweep_drafts,
};
pub use facts::{Cell, Contested, Fact, FactRow, FactTable, Facts, contestable, contested};
pub use figures::{
    AGES, Cause, Figures, Granted, OpenIn, Pace, RatedCase, Span, causes, figures, percent,
};
pub use files::{Checked, FileStore, LARGEST, MOST, ScanState, check as check_file};
pub use link::{link, linked, unlink};
use may::admit;
pub use may::allowed;
pub use merge::{merge, mergeable, merged_into_it};
pub use model::{
    Category, Days, Decision, Dispute, Event, EventKind, File, Link, Look, Neighbours, NewDispute,
    Past, Queued, Reach, SavedReply, Side, Subject, SubjectKind, Terms,
};
pub use past::{past_of_customer, past_of_kind};
pub use presence::{look, lookers, sweep_looks};
pub use queue::{
    Assigned, COUNTED, Decided, Filter, Lane, Listed, Order, Place, QueueCounts, QueuePage, Ruling,
    Sort, View, assign_each, comparable, neighbours, queue, queue_counts,
};
pub use ratings::{Rating, SCORES, may_rate, rate, rating};
pub use rules::{Action, Outcome, State, TEXT_LIMIT, Verdict, beyond, next, text as check_text};
pub use saved::{
    Filling, KeptReply, PLACEHOLDERS, filled, filling, forget_reply, keep_reply, saved_replies,
    saved_reply, take_reply,
};
pub use scanner::{Clamd, Said, Scanner};
pub use scans::{Scanned, forget_infected, scan_next};
pub use snooze::{snooze, wake};
pub use talk::{answer, ask, assign, attach, note, reply};
pub use verify::verify;
pub use views::{KeptView, LONGEST_NAME, forget_view, keep_view, kept_views};

const RESERVE: &str = "dispute";

/// Files a dispute: its clock starts, the disputed amount is held, its account manager has it.
///
/// # Errors
/// The actor isn't the customer's finance or manager; the subject isn't the customer's (not
/// found); the text or an amount can't be right.
pub fn file(tx: &mut Tx<'_>, new: NewDispute, terms: &Terms) -> Result<Dispute> {
    if !rules::is_customer_finance(tx.by()) || tx.by().customer() != Some(new.customer) {
        return Err(Error::refused("dispute-needs-customer-finance"));
    }
    let text = rules::text("text", &new.text).map_err(|p| Error::Invalid(vec![p]))?.to_owned();
    if new.disputed < 0 || new.expected.is_some_and(|expected| expected < 0) {
        return Err(Error::invalid(
            "disputed",
            Text::new("dispute-amount-negative").with("field", "disputed"),
        ));
    }
    store::check_subject(tx, new.customer, &new.subject)?;
    let by = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let manager = account_manager(tx, new.customer)?;
    let (today, days) = (tx.today(), terms.days(new.category));
    let (facts, tables, hash) = facts::split(new.facts);
    let dispute = Dispute {
        id: DisputeId::new(),
        number: number(tx)?,
        customer: new.customer,
        state: State::Submitted,
        category: new.category,
        subject: new.subject,
        currency: new.currency,
        disputed: new.disputed,
        expected: new.expected,
        text,
        facts,
        filed_by: by,
        filed_by_name: tx.by().name.clone(),
        filed_at: tx.at(),
        assignee: manager.as_ref().map(|person| person.id.clone()),
        assignee_name: manager.map(|person| person.name),
        answer_due: calendar::add_business_days(tx, today, days.answer)?,
        decision_due: calendar::add_business_days(tx, today, days.decision)?,
        answered_at: None,
        waiting_since: None,
        decided_at: None,
        appeal_until: None,
        closed_at: None,
        last_activity_at: tx.at(),
        revision: 1,
        snoozed_until: None,
        merged_into: None,
    };
    store::insert(tx, &dispute)?;
    store::insert_facts(tx, &dispute.id, &tables, &hash)?;
    clocks::set(tx, None, &dispute)?;
    let held = hold(tx, &dispute, dispute.disputed)?;
    let text = dispute.text.clone();
    tell(tx, &dispute, EventKind::Filed, &text)?;
    letters::filed(tx, &dispute, held)?;
    Ok(dispute)
}

fn number(tx: &mut Tx<'_>) -> Result<String> {
    let month = Period::containing(PeriodKind::Month, tx.today());
    let number = next_number(tx, &format!("dispute {month}"))?;
    Ok(format!("ZY-{month}-{number:06}"))
}

/// The active person whom the customer names as its manager, if they have an account.
fn manager_of(conn: &mut Conn, customer: Key) -> Result<Option<people::Person>> {
    let Some(email) = store::manager_of(conn, customer)? else { return Ok(None) };
    match people::by_email(conn, &email) {
        Ok(person) if is_active_staff(&person) => Ok(Some(person)),
        Ok(_) | Err(Error::NotFound | Error::Invalid(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Who looks after the customer today: somebody else while its manager is away.
fn account_manager(tx: &mut Tx<'_>, customer: Key) -> Result<Option<people::Person>> {
    let Some(manager) = manager_of(tx, customer)? else { return Ok(None) };
    let today = tx.today();
    Ok(people::in_charge(tx, &manager.id, today)?.or(Some(manager)))
}

fn is_active_staff(person: &people::Person) -> bool {
    person.state == people::PersonState::Active && matches!(person.side, people::Side::Staff(_))
}

/// Holds what is disputed, as far as it is available; how much that is.
fn hold(tx: &mut Tx<'_>, dispute: &Dispute, disputed: i64) -> Result<Money> {
    let available = ledger::balance(tx, dispute.customer, dispute.currency)?.available();
    let amount = Money::new(rules::held(disputed, available), dispute.currency);
    ledger::reserve(tx, dispute.customer, amount, RESERVE, dispute.id.as_str())?;
    Ok(amount)
}

/// Writes what changed, if nobody else did since `before` was read, and sets the clocks anew.
fn change(tx: &mut Tx<'_>, before: &Dispute, after: &Dispute) -> Result<()> {
    store::replace(tx, before, after)?;
    clocks::set(tx, Some(before), after)
}

/// Refuses who looked at an older revision than the one that stands.
fn check_revision(dispute: &Dispute, revision: i64) -> Result<()> {
    if dispute.revision == revision {
        Ok(())
    } else {
        Err(Error::refused("dispute-changed-meanwhile"))
    }
}

/// The event on the timeline and in the audit log.
fn tell(tx: &mut Tx<'_>, dispute: &Dispute, kind: EventKind, text: &str) -> Result<()> {
    use EventKind::{
        DecisionApproved, DecisionReturned, Linked, Note, Proposed, Snoozed, Unlinked, Woken,
    };
    let internal = matches!(
        kind,
        Note | Proposed | DecisionApproved | DecisionReturned | Snoozed | Woken | Linked | Unlinked
    );
    let side = match tx.by().identity {
        Identity::Customer { .. } => Side::Customer,
        Identity::Staff { .. } => Side::Staff,
        Identity::System | Identity::Operator => Side::System,
    };
    store::add_event(tx, &dispute.id, kind, side, internal, text)?;
    audit::record(
        tx,
        AuditEvent {
            action: audit_action(kind),
            object: ("dispute", dispute.id.as_str()),
            customer: Some(dispute.customer),
            before: None,
            after: None,
            reason: Some(text).filter(|text| !text.is_empty()),
        },
    )
}

fn audit_action(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Filed => "dispute.filed",
        EventKind::Assigned => "dispute.assigned",
        EventKind::Reply => "dispute.replied",
        EventKind::Note => "dispute.noted",
        EventKind::Question => "dispute.asked",
        EventKind::Answer => "dispute.answered",
        EventKind::FileAdded => "dispute.file_added",
        EventKind::FileRemoved => "dispute.file_removed",
        EventKind::Proposed => "dispute.decision_proposed",
        EventKind::DecisionApproved => "dispute.decision_approved",
        EventKind::DecisionReturned => "dispute.decision_returned",
        EventKind::Decided => "dispute.decided",
        EventKind::Accepted => "dispute.accepted",
        EventKind::Lapsed => "dispute.lapsed",
        EventKind::Appealed => "dispute.appealed",
        EventKind::AppealTaken => "dispute.appeal_taken",
        EventKind::AppealDecided => "dispute.appeal_decided",
        EventKind::Withdrawn => "dispute.withdrawn",
        EventKind::Snoozed => "dispute.snoozed",
        EventKind::Woken => "dispute.woken",
        EventKind::Merged => "dispute.merged",
        EventKind::Absorbed => "dispute.absorbed",
        EventKind::Linked => "dispute.linked",
        EventKind::Unlinked => "dispute.unlinked",
    }
}

/// What the actor gets to see on the day. Whoever holds a role besides account manager sees all,
/// and so does the lead of everybody.
pub fn reach(conn: &mut Conn, actor: &Actor, today: NaiveDate) -> Result<Reach> {
    let person = actor.person().cloned();
    let only_manager = match &actor.identity {
        Identity::Staff { roles, .. } => {
            roles.iter().all(|role| *role == StaffRole::AccountManager)
        }
        _ => false,
    };
    let Some(id) = person.as_ref().filter(|_| only_manager) else {
        return Ok(Reach { person, ..Reach::default() });
    };
    let charge = people::charge_of(conn, id, today)?;
    if charge.everybody {
        return Ok(Reach { person, ..Reach::default() });
    }
    let portfolio = Some(people::by_id(conn, id)?.email);
    Ok(Reach { person, portfolio, others: charge.others })
}

/// A customer's disputes, newest first; only the open ones if wished. States are the customer's:
/// see [`Dispute::state_for_customer`].
pub fn of_customer(
    conn: &mut Conn,
    customer: Key,
    only_open: bool,
    offset: i64,
    limit: i64,
) -> Result<Vec<Dispute>> {
    let found = store::of_customer(conn, customer, only_open, offset, limit)?;
    Ok(found.into_iter().map(as_customer_sees).collect())
}

/// A customer's disputes that wait for them: a question to answer, or a decision to accept or to
/// appeal against; oldest first.
pub fn waiting_for_customer(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Dispute>> {
    store::waiting_for_customer(conn, customer, limit)
}

/// One of a customer's disputes.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn of_customer_one(conn: &mut Conn, customer: Key, id: &DisputeId) -> Result<Dispute> {
    let dispute = store::by_id(conn, id)?;
    if dispute.customer == customer { Ok(as_customer_sees(dispute)) } else { Err(Error::NotFound) }
}

fn as_customer_sees(dispute: Dispute) -> Dispute {
    Dispute { state: dispute.state_for_customer(), ..dispute }
}

/// A dispute, for staff.
///
/// # Errors
/// Not found, which is also the answer for what is out of reach.
pub fn one(conn: &mut Conn, reach: &Reach, id: &DisputeId) -> Result<Queued> {
    store::one(conn, reach, id)
}

/// The dispute of this number, for staff.
///
/// # Errors
/// Not found, which is also the answer for what is out of reach.
pub fn by_number(conn: &mut Conn, reach: &Reach, number: &str) -> Result<Queued> {
    store::by_number(conn, reach, number)
}

/// The tables behind the facts of a dispute, as they were frozen; none for one filed before they
/// were kept.
pub fn frozen_tables(conn: &mut Conn, id: &DisputeId) -> Result<Vec<FactTable>> {
    let kept = store::facts(conn, id)?;
    Ok(kept.and_then(|(tables, _)| serde_json::from_str(&tables).ok()).unwrap_or_default())
}

/// How many of a customer's disputes are open.
pub fn open_count(conn: &mut Conn, customer: Key) -> Result<i64> {
    store::open_count(conn, customer)
}

/// The timeline with internal notes, for staff, oldest first.
pub fn events(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Event>> {
    store::events(conn, id, true)
}

/// The timeline as the customer reads it.
pub fn public_events(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Event>> {
    store::events(conn, id, false)
}

/// The decisions, for staff; while the dispute awaits approval the last is only proposed.
pub fn decisions(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Decision>> {
    store::decisions(conn, id)
}

/// The decisions that hold, as the customer reads them.
pub fn public_decisions(conn: &mut Conn, id: &DisputeId) -> Result<Vec<Decision>> {
    let waiting = store::by_id(conn, id)?.state == State::AwaitingApproval;
    let mut decisions = store::decisions(conn, id)?;
    if waiting {
        decisions.pop();
    }
    Ok(decisions)
}

/// The files of a dispute, in order.
pub fn files(conn: &mut Conn, id: &DisputeId) -> Result<Vec<File>> {
    store::files(conn, id)
}

/// A file, for staff.
///
/// # Errors
/// Not found.
pub fn file_by_id(conn: &mut Conn, reach: &Reach, id: &FileId) -> Result<File> {
    let file = store::file(conn, id)?;
    store::one(conn, reach, &file.dispute)?;
    Ok(file)
}

/// A file of one of the customer's disputes.
///
/// # Errors
/// Not found, which is also the answer for another customer's.
pub fn file_of_customer(conn: &mut Conn, customer: Key, id: &FileId) -> Result<File> {
    let file = store::file(conn, id)?;
    of_customer_one(conn, customer, &file.dispute)?;
    Ok(file)
}

/// A customer's disputes about one thing, newest first.
pub fn about(
    conn: &mut Conn,
    customer: Key,
    kind: SubjectKind,
    subject_id: &str,
) -> Result<Vec<Dispute>> {
    let found = store::about(conn, customer, kind, subject_id)?;
    Ok(found.into_iter().map(as_customer_sees).collect())
}

/// The open disputes of customers as their statements list them, oldest number first; a customer
/// without any isn't in it.
pub fn open_on_statement(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<crate::statements::OpenDispute>>> {
    let with_any = store::with_open(conn, customers)?;
    with_any.into_iter().map(|key| Ok((key, open_of_one(conn, key)?))).collect()
}

fn open_of_one(conn: &mut Conn, customer: Key) -> Result<Vec<crate::statements::OpenDispute>> {
    const MOST: i64 = 100;
    let mut open: Vec<_> = of_customer(conn, customer, true, 0, MOST)?
        .into_iter()
        .map(|dispute| crate::statements::OpenDispute {
            number: dispute.number,
            subject: dispute.subject.text,
            amount: dispute.disputed,
        })
        .collect();
    open.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(open)
}
