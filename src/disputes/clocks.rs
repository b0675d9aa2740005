//! The clocks of disputes: when the first answer and the decision are due, and who hears of it in
//! time. A schedule, `dispute_timers`, has a row for every letter to come: set anew with each
//! change of a dispute, told once, in the transaction that writes the letters.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::store::{self, Timer};
use super::{Dispute, State, letters};
use crate::audit::{self, Event};
use crate::calendar;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::letters::{Deadline, DisputeDeadlines};
use crate::people::{self, Person};
use crate::text_enum;
use crate::values::{PersonId, StaffRole};

text_enum! {
    /// What a timer tells.
    pub enum TimerKind {
        AnswerWarning = "answer_warning",
        AnswerBreach = "answer_breach",
        DecisionWarning = "decision_warning",
        DecisionBreach = "decision_breach",
    }
}

impl TimerKind {
    fn is_breach(self) -> bool {
        matches!(self, Self::AnswerBreach | Self::DecisionBreach)
    }

    /// The breach that makes this warning idle.
    fn breach(self) -> Self {
        match self {
            Self::AnswerWarning | Self::AnswerBreach => Self::AnswerBreach,
            Self::DecisionWarning | Self::DecisionBreach => Self::DecisionBreach,
        }
    }
}

/// Sets the clocks of a dispute anew. `before` is how it stood; None when it was just filed. Unless
/// a clock moved or went on, a warning whose time has passed already isn't given: whoever works on
/// the dispute just heard of it.
pub(super) fn set(tx: &mut Tx<'_>, before: Option<&Dispute>, dispute: &Dispute) -> Result<()> {
    let now = tx.at();
    let mut wanted = timers(tx, dispute)?;
    let clock = |d: &Dispute| (d.answer_due, d.decision_due, d.waiting_since);
    if before.is_none_or(|before| clock(before) == clock(dispute)) {
        wanted.retain(|(kind, at)| kind.is_breach() || *at > now);
    }
    store::set_timers(tx, &dispute.id, &wanted)
}

/// What there is to tell of a dispute as it stands, and when. The clocks stand while the customer
/// is waited for, and once the dispute is decided.
fn timers(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<Vec<(TimerKind, DateTime<Utc>)>> {
    use TimerKind::{AnswerBreach, AnswerWarning, DecisionBreach, DecisionWarning};
    let mut timers = Vec::new();
    if !dispute.state.is_open() || dispute.waiting_since.is_some() {
        return Ok(timers);
    }
    let appealed = matches!(dispute.state, State::Appealed | State::AppealReview);
    let mut clocks = vec![(DecisionWarning, DecisionBreach, dispute.decision_due)];
    if dispute.answered_at.is_none() && !appealed {
        clocks.push((AnswerWarning, AnswerBreach, dispute.answer_due));
    }
    let zone = tx.house().zone;
    for (warning, breach, due) in clocks {
        let before = calendar::business_day_before(tx, due)?;
        let after = calendar::add_business_days(tx, due, 1)?;
        timers.push((warning, calendar::morning(before, zone)));
        timers.push((breach, calendar::morning(after, zone)));
    }
    Ok(timers)
}

/// Whether a timer has run down, or an open dispute has none.
pub fn any_deadline(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    Ok(!store::due_timers(conn, now.naive_utc(), 1)?.is_empty()
        || !store::without_timers(conn, 1)?.is_empty())
}

/// Tells of deadlines that are near or missed, at most so many; how many timers it did. Everybody
/// gets one letter for all of it.
pub fn tell_deadlines(tx: &mut Tx<'_>, limit: i64) -> Result<usize> {
    // Disputes of before there were clocks.
    let unset = store::without_timers(tx, limit)?;
    for dispute in &unset {
        let wanted = timers(tx, dispute)?;
        store::set_timers(tx, &dispute.id, &wanted)?;
    }
    let now = tx.stamp();
    let due = store::due_timers(tx, now, limit)?;
    let mut told: BTreeMap<PersonId, (Person, Vec<Told>)> = BTreeMap::new();
    for (timer, dispute) in &due {
        if !store::claim_timer(tx, timer)? {
            continue;
        }
        let breach = timer.kind.breach();
        let same = |other: &Timer| other.dispute == timer.dispute && other.kind == breach;
        if !timer.kind.is_breach() && due.iter().any(|(other, _)| same(other)) {
            continue;
        }
        note(tx, timer, dispute)?;
        for person in listeners(tx, dispute)? {
            let told = told.entry(person.id.clone()).or_insert_with(|| (person, Vec::new()));
            told.1.push(Told { timer: timer.clone(), dispute: dispute.clone() });
        }
    }
    for (person, told) in told.into_values() {
        write(tx, &person, told)?;
    }
    Ok(due.len() + unset.len())
}

/// A deadline somebody is told of.
struct Told {
    timer: Timer,
    dispute: Dispute,
}

/// Whoever works on the dispute today and their lead; with nobody on it, the lead of whoever
/// looks after the customer. Is there no lead, all who could take it.
fn listeners(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<Vec<Person>> {
    let today = tx.today();
    let mut found = Vec::new();
    if let Some(assignee) = &dispute.assignee {
        found.extend(people::in_charge(tx, assignee, today)?);
    }
    let manager = match &dispute.assignee {
        Some(assignee) => Some(assignee.clone()),
        None => super::manager_of(tx, dispute.customer)?.map(|manager| manager.id),
    };
    if let Some(lead) = people::lead_of(tx, manager.as_ref())? {
        found.extend(people::in_charge(tx, &lead.id, today)?);
    }
    if found.is_empty() {
        let appealed = matches!(dispute.state, State::Appealed | State::AppealReview);
        let role = if appealed { StaffRole::AppealsReviewer } else { StaffRole::AccountManager };
        found = people::staff_with_role(tx, role)?;
    }
    let mut once: Vec<Person> = Vec::new();
    for person in found {
        if once.iter().all(|known| known.id != person.id) {
            once.push(person);
        }
    }
    Ok(once)
}

fn note(tx: &mut Tx<'_>, timer: &Timer, dispute: &Dispute) -> Result<()> {
    let action = match timer.kind.is_breach() {
        true => "dispute.deadline_missed",
        false => "dispute.deadline_near",
    };
    audit::record(
        tx,
        Event {
            action,
            object: ("dispute", dispute.id.as_str()),
            customer: Some(dispute.customer),
            reason: Some(timer.kind.as_str()),
            ..Event::default()
        },
    )
}

fn write(tx: &mut Tx<'_>, person: &Person, told: Vec<Told>) -> Result<()> {
    // The first timer of a letter stands in no other.
    let Some(first) = told.first() else { return Ok(()) };
    let cause = format!("{}/{}/{}", first.timer.dispute, first.timer.kind, first.timer.at);
    let (mut late, mut soon) = (Vec::new(), Vec::new());
    for Told { timer, dispute } in told {
        let answer = timer.kind.breach() == TimerKind::AnswerBreach;
        let customer = crate::customers::by_id(tx, dispute.customer)?.name;
        let line = Deadline {
            dispute: dispute.id,
            number: dispute.number,
            customer,
            answer,
            due: if answer { dispute.answer_due } else { dispute.decision_due },
            with: dispute.assignee_name,
        };
        if timer.kind.is_breach() { late.push(line) } else { soon.push(line) }
    }
    for lines in [&mut late, &mut soon] {
        lines.sort_by(|a, b| (a.due, &a.number).cmp(&(b.due, &b.number)));
    }
    letters::deadlines(tx, person, &cause, &DisputeDeadlines { late, soon })
}

/// Moves what is due by the business days the customer was waited for.
pub(super) fn restart(tx: &mut Tx<'_>, dispute: &mut Dispute) -> Result<()> {
    let Some(since) = dispute.waiting_since.take() else { return Ok(()) };
    let zone = tx.house().zone;
    let (since, today) = (since.with_timezone(&zone).date_naive(), tx.today());
    let waited = calendar::business_days_between(tx, since, today)?;
    let waited = u32::try_from(waited.max(0)).unwrap_or(0);
    dispute.decision_due = calendar::add_business_days(tx, dispute.decision_due, waited)?;
    Ok(())
}
