//! Decisions, their money, and appeals.

use chrono::NaiveDate;

use super::{
    Action, Decision, Dispute, EventKind, Outcome, RESERVE, State, SubjectKind, Terms, Verdict,
    admit, approvals, change, check_revision, clocks, hold, letters, rules, store, tell,
};
use crate::audit;
use crate::calendar;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Entry, Movement};
use crate::values::{DisputeId, EntryId, Key, Money, Period, PeriodKind, PersonId, PolicyId, Text};

/// Decides the dispute. With money, the adjustment is posted with it; above the limit the
/// decision waits for an approver instead, and nothing is posted.
///
/// # Errors
/// The state or the actor's rights say no (so for every action here); the dispute changed since
/// `revision`; the verdict can't be right, or grants more than is disputed and nobody confirmed
/// that.
pub fn decide(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    revision: i64,
    verdict: &Verdict,
    terms: &Terms,
) -> Result<State> {
    rules::check_verdict(verdict).map_err(Error::Invalid)?;
    let (dispute, decided) = admit(tx, id, Action::Decide)?;
    check_revision(&dispute, revision)?;
    propose(tx, &dispute, 1, decided, verdict, terms)
}

/// Decides the appeal, finally; what it grants comes on top of the first decision. Above the
/// limit it too waits for an approver.
///
/// # Errors
/// As for [`decide`]; the actor had a hand in the first decision, or didn't take the appeal.
pub fn decide_appeal(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    revision: i64,
    verdict: &Verdict,
    terms: &Terms,
) -> Result<State> {
    rules::check_verdict(verdict).map_err(Error::Invalid)?;
    let (dispute, decided) = admit(tx, id, Action::DecideAppeal)?;
    check_revision(&dispute, revision)?;
    propose(tx, &dispute, 2, decided, verdict, terms)
}

fn propose(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    round: i32,
    decided: State,
    verdict: &Verdict,
    terms: &Terms,
) -> Result<State> {
    let by = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let decision = Decision {
        round,
        outcome: verdict.outcome,
        granted: verdict.granted,
        reason: verdict.reason.trim().to_owned(),
        decided_by: by,
        decided_by_name: tx.by().name.clone(),
        decided_at: tx.at(),
        approved_by: None,
        approved_by_name: None,
        approved_at: None,
        entry: None,
    };
    check_beyond(tx, dispute, verdict)?;
    store::insert_decision(tx, &dispute.id, &decision)?;
    if rules::needs_approval(Money::new(decision.granted, dispute.currency), terms.limit) {
        let mut after =
            Dispute { state: State::AwaitingApproval, snoozed_until: None, ..dispute.clone() };
        clocks::restart(tx, &mut after)?;
        change(tx, dispute, &after)?;
        tell(tx, &after, EventKind::Proposed, &decision.reason)?;
        approvals::waiting(tx, dispute, &decision)?;
        return Ok(State::AwaitingApproval);
    }
    conclude(tx, dispute, decided, &decision, terms)
}

/// Granting more than is disputed, over both decisions, is often a slip of the pen: it takes a
/// confirmation of exactly the sum, and that it was given is on record.
fn check_beyond(tx: &mut Tx<'_>, dispute: &Dispute, verdict: &Verdict) -> Result<()> {
    let before = granted(tx, &dispute.id)?;
    let sum = before.saturating_add(verdict.granted);
    let Some(excess) = rules::beyond(dispute.disputed, sum).filter(|_| verdict.granted > 0) else {
        return Ok(());
    };
    let (sum_money, disputed) = (Money::new(sum, dispute.currency), dispute.disputed_money());
    if verdict.beyond != Some(sum) {
        let excess = Money::new(excess, dispute.currency);
        let text = Text::new("dispute-beyond").with("granted", sum_money.shown());
        let text = text.with("disputed", disputed.shown()).with("excess", excess.shown());
        return Err(Error::invalid("beyond", text));
    }
    audit::record(
        tx,
        audit::Event {
            action: "dispute.beyond_confirmed",
            object: ("dispute", dispute.id.as_str()),
            customer: Some(dispute.customer),
            reason: Some(&format!("{} > {}", sum_money.shown(), disputed.shown())),
            ..audit::Event::default()
        },
    )
}

/// What the decisions so far grant, minor units.
fn granted(conn: &mut Conn, id: &DisputeId) -> Result<i64> {
    Ok(store::decisions(conn, id)?.iter().map(|decision| decision.granted).sum())
}

/// An approver agrees with the decision that waits: now it holds, and its money is posted.
///
/// # Errors
/// As for [`decide`]; the actor proposed it.
pub fn approve_decision(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    revision: i64,
    terms: &Terms,
) -> Result<State> {
    let (dispute, decided) = admit(tx, id, Action::ApproveDecision)?;
    check_revision(&dispute, revision)?;
    let decision = waiting_decision(tx, id)?;
    store::set_approved(tx, id, decision.round)?;
    tell(tx, &dispute, EventKind::DecisionApproved, "")?;
    approvals::given(tx, &dispute, &decision)?;
    conclude(tx, &dispute, decided, &decision, terms)
}

/// An approver sends the decision that waits back to whoever proposed it.
///
/// # Errors
/// As for [`approve_decision`], or there is no reason.
pub fn return_decision(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    revision: i64,
    reason: &str,
) -> Result<State> {
    let reason = rules::text("reason", reason).map_err(|p| Error::Invalid(vec![p]))?;
    let (dispute, state) = admit(tx, id, Action::ReturnDecision)?;
    check_revision(&dispute, revision)?;
    let decision = waiting_decision(tx, id)?;
    store::remove_decision(tx, id, decision.round)?;
    let after = Dispute { state, snoozed_until: None, ..dispute.clone() };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::DecisionReturned, reason)?;
    approvals::refused(tx, &dispute, &decision, reason)?;
    Ok(state)
}

fn waiting_decision(tx: &mut Tx<'_>, id: &DisputeId) -> Result<Decision> {
    let last = store::decisions(tx, id)?.pop();
    last.ok_or_else(|| Error::internal(format!("dispute {id} awaits approval of no decision")))
}

/// The decision holds: its state, its money, the end of the hold, the timeline.
fn conclude(
    tx: &mut Tx<'_>,
    dispute: &Dispute,
    decided: State,
    decision: &Decision,
    terms: &Terms,
) -> Result<State> {
    let today = tx.today();
    let first = decision.round == 1;
    let appeal_until = if first {
        Some(calendar::add_business_days(tx, today, terms.appeal_days)?)
    } else {
        dispute.appeal_until
    };
    let after = Dispute {
        state: decided,
        waiting_since: None,
        snoozed_until: None,
        answered_at: dispute.answered_at.or_else(|| Some(tx.at())),
        decided_at: Some(tx.at()),
        appeal_until,
        ..dispute.clone()
    };
    change(tx, dispute, &after)?;
    ledger::release(tx, RESERVE, dispute.id.as_str())?;
    if decision.granted > 0 {
        let entry = post(tx, dispute, decision)?;
        store::set_entry(tx, &dispute.id, decision.round, &entry)?;
    }
    let kind = if first { EventKind::Decided } else { EventKind::AppealDecided };
    tell(tx, &after, kind, &decision.reason)?;
    letters::decided(tx, &after, decision)?;
    Ok(decided)
}

/// The adjustment: expense to payable, under the dispute's number. A dispute about an accrual
/// counts for its policy and period, one about a policy for it and the month of the decision, any
/// other for the month alone.
fn post(tx: &mut Tx<'_>, dispute: &Dispute, decision: &Decision) -> Result<EntryId> {
    let today = tx.today();
    let accrual = match dispute.subject.kind {
        SubjectKind::Accrual => store::accrual_of(tx, dispute.customer, &dispute.subject.id)?,
        _ => None,
    };
    let programme = (dispute.subject.kind == SubjectKind::Programme)
        .then(|| PolicyId::from_text(&dispute.subject.id));
    let (policy, period) = match accrual {
        Some((policy, period)) => (Some(policy), period),
        None => (programme, Period::containing(PeriodKind::Month, today).to_string()),
    };
    ledger::post(
        tx,
        Entry {
            cause: Cause::Dispute,
            cause_id: dispute.id.as_str().to_owned(),
            policy,
            customer: dispute.customer,
            currency: dispute.currency,
            effective: today,
            period,
            prior_period: None,
            reference: dispute.number.clone(),
            reason: decision.reason.clone(),
            legs: Movement::Adjust.legs(dispute.customer, decision.granted),
        },
    )
}

/// The customer is content: the dispute is closed.
///
/// # Errors
/// As for every action; not found for another customer's.
pub fn accept(tx: &mut Tx<'_>, customer: Key, id: &DisputeId) -> Result<()> {
    let (dispute, state) = of(tx, customer, id, Action::Accept)?;
    close(tx, &dispute, state, EventKind::Accepted)
}

/// The customer takes the dispute back before a decision.
///
/// # Errors
/// As for [`accept`].
pub fn withdraw(tx: &mut Tx<'_>, customer: Key, id: &DisputeId) -> Result<()> {
    let (dispute, state) = of(tx, customer, id, Action::Withdraw)?;
    if dispute.state == State::AwaitingApproval {
        let waiting = waiting_decision(tx, id)?;
        store::remove_decision(tx, id, waiting.round)?;
    }
    ledger::release(tx, RESERVE, id.as_str())?;
    close(tx, &dispute, state, EventKind::Withdrawn)
}

fn close(tx: &mut Tx<'_>, dispute: &Dispute, state: State, kind: EventKind) -> Result<()> {
    let after = Dispute {
        state,
        waiting_since: None,
        snoozed_until: None,
        closed_at: Some(tx.at()),
        ..dispute.clone()
    };
    change(tx, dispute, &after)?;
    tell(tx, &after, kind, "")
}

/// Closes what was decided, on appeal or not, and whose appeal window has passed; returns how
/// many. A duty of the schedule; at most `limit` at once.
///
/// # Errors
/// The actor is neither the schedule nor the operator.
pub fn close_lapsed(tx: &mut Tx<'_>, limit: i64) -> Result<usize> {
    let (today, mut closed) = (tx.today(), 0);
    for dispute in store::lapsable(tx, today, limit)? {
        let (dispute, state) = admit(tx, &dispute.id, Action::Lapse)?;
        close(tx, &dispute, state, EventKind::Lapsed)?;
        closed += 1;
    }
    Ok(closed)
}

/// Whether there is anything to close.
pub fn any_lapsed(conn: &mut Conn, today: NaiveDate) -> Result<bool> {
    Ok(!store::lapsable(conn, today, 1)?.is_empty())
}

/// The customer asks for a second look, by somebody else; what is still disputed is held again.
///
/// # Errors
/// As for [`accept`], or the appeal window has passed.
pub fn appeal(tx: &mut Tx<'_>, customer: Key, id: &DisputeId, text: &str, t: &Terms) -> Result<()> {
    let text = rules::text("text", text).map_err(|p| Error::Invalid(vec![p]))?;
    let (dispute, state) = of(tx, customer, id, Action::Appeal)?;
    let today = tx.today();
    if dispute.appeal_until.is_some_and(|last| today > last) {
        return Err(Error::refused("dispute-appeal-too-late"));
    }
    let after = Dispute {
        state,
        assignee: None,
        assignee_name: None,
        decision_due: calendar::add_business_days(tx, today, t.days(dispute.category).decision)?,
        ..dispute.clone()
    };
    change(tx, &dispute, &after)?;
    let granted = granted(tx, id)?;
    hold(tx, &after, dispute.disputed - granted)?;
    tell(tx, &after, EventKind::Appealed, text)?;
    letters::appealed(tx, &after)
}

/// An appeals reviewer who had no hand in it so far takes the appeal.
///
/// # Errors
/// As for every action; the actor had a hand in it before the appeal.
pub fn take_appeal(tx: &mut Tx<'_>, id: &DisputeId) -> Result<()> {
    let (dispute, state) = admit(tx, id, Action::TakeAppeal)?;
    let person: Option<PersonId> = tx.by().person().cloned();
    let after = Dispute {
        state,
        assignee: person,
        assignee_name: Some(tx.by().name.clone()),
        ..dispute.clone()
    };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::AppealTaken, "")
}

/// Admits a customer's action on that customer's dispute only.
fn of(tx: &mut Tx<'_>, customer: Key, id: &DisputeId, action: Action) -> Result<(Dispute, State)> {
    let (dispute, state) = admit(tx, id, action)?;
    if dispute.customer == customer { Ok((dispute, state)) } else { Err(Error::NotFound) }
}

/// Whether an outcome puts money into the balance.
impl Outcome {
    pub fn has_money(self) -> bool {
        matches!(self, Self::Accepted | Self::Partly)
    }
}
