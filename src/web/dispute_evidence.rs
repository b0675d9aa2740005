//! A dispute as one paper: facts, clause, thread, files, decisions, entries, and where the audit
//! log stood; for whoever has to be shown later why a number was put right, or wasn't.

use super::Page;
use super::dispute_view::{
    About, DecisionRow, EventRow, FileRow, Joined, JoinedFound, RatingRow, decisions, events,
    files, find_joined,
};
use crate::accruals;
use crate::audit::{self, Checkpoint};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::disputes::{
    self, Decision, Dispute, Event, FactTable, Facts, File, Rating, State, SubjectKind,
};
use crate::error::Result;
use crate::ledger::{self, Cause, Posted};
use crate::policies::{self, Version};
use crate::values::{AccrualId, Fingerprint, Money, PolicyId};

/// As it was found, at one moment.
pub(super) struct Found {
    pub dispute: Dispute,
    customer: Customer,
    tables: Vec<FactTable>,
    clause: Option<Version>,
    into: Option<Dispute>,
    events: Vec<Event>,
    joined: Vec<JoinedFound>,
    files: Vec<File>,
    decisions: Vec<Decision>,
    rating: Option<Rating>,
    entries: Vec<Posted>,
    /// How many events the audit log has of it, and one fingerprint over theirs; for staff.
    trail: Option<(usize, String)>,
    checkpoint: Checkpoint,
}

/// Everything about the dispute; `internal` for staff, with what customers never see.
pub(super) fn find(conn: &mut Conn, dispute: Dispute, internal: bool) -> Result<Found> {
    let id = dispute.id.clone();
    let trail = match internal {
        true => Some(trail(conn, &dispute)?),
        false => None,
    };
    Ok(Found {
        customer: customers::by_id(conn, dispute.customer)?,
        tables: disputes::frozen_tables(conn, &id)?,
        clause: clause(conn, &dispute)?,
        into: match &dispute.merged_into {
            Some(into) => Some(disputes::of_customer_one(conn, dispute.customer, into)?),
            None => None,
        },
        events: match internal {
            true => disputes::events(conn, &id)?,
            false => disputes::public_events(conn, &id)?,
        },
        joined: find_joined(conn, &id, internal)?,
        files: disputes::files(conn, &id)?,
        decisions: match internal {
            true => disputes::decisions(conn, &id)?,
            false => disputes::public_decisions(conn, &id)?,
        },
        rating: disputes::rating(conn, &id)?,
        entries: ledger::of_cause(conn, Cause::Dispute, id.as_str())?,
        trail,
        checkpoint: audit::checkpoint(conn)?,
        dispute,
    })
}

fn trail(conn: &mut Conn, dispute: &Dispute) -> Result<(usize, String)> {
    let events = audit::of_object(conn, "dispute", dispute.id.as_str())?;
    let all = Fingerprint::new("openrebate dispute trail 1");
    let all = events.iter().fold(all, |all, event| all.field(&event.hash));
    Ok((events.len(), all.finish()))
}

/// The version of the policy whose terms the dispute froze.
pub(super) fn clause(conn: &mut Conn, dispute: &Dispute) -> Result<Option<Version>> {
    let frozen = Facts::of(&dispute.facts);
    let hash = frozen.rows.iter().find(|row| row.name == "terms-hash").map(|row| &row.en);
    let subject = dispute.subject.id.as_str();
    let policy = match dispute.subject.kind {
        SubjectKind::Accrual => accruals::one(conn, &AccrualId::from_text(subject))?.policy,
        SubjectKind::Programme => PolicyId::from_text(subject),
        _ => return Ok(None),
    };
    let versions = policies::versions(conn, &policy)?;
    Ok(versions.into_iter().find(|version| Some(&version.terms_hash) == hash))
}

/// The paper.
pub(super) struct EvidenceView {
    pub state: String,
    pub customer: String,
    pub filed_by: String,
    pub filed_at: String,
    pub category: String,
    pub amount: Option<Money>,
    pub expected: Option<Money>,
    pub text: String,
    pub assignee: Option<String>,
    pub answer_due: String,
    pub decision_due: String,
    pub decided_at: Option<String>,
    pub appeal_until: Option<String>,
    pub closed_at: Option<String>,
    pub merged_into: Option<String>,
    pub about: About,
    pub clause: Option<Clause>,
    pub events: Vec<EventRow>,
    pub joined: Vec<Joined>,
    pub files: Vec<FileRow>,
    pub decisions: Vec<DecisionRow>,
    /// The last of them waits for its approver.
    pub proposed: Option<DecisionRow>,
    pub rating: Option<RatingRow>,
    pub entries: Vec<EntryView>,
    pub trail: Option<(usize, String)>,
    pub checkpoint: Checkpoint,
    pub printed_at: String,
}

pub(super) struct Clause {
    pub name: String,
    pub summary: Vec<String>,
    pub hash: String,
}

/// A ledger entry with its legs.
pub(super) struct EntryView {
    pub number: i64,
    pub posted_at: String,
    pub effective: String,
    pub period: String,
    pub reference: String,
    pub reason: String,
    pub by: String,
    pub legs: Vec<LegView>,
}

/// Debit or credit, the other one empty.
pub(super) struct LegView {
    pub account: String,
    pub debit: Option<Money>,
    pub credit: Option<Money>,
}

impl EvidenceView {
    pub(super) fn new(found: Found, page: &Page, now: chrono::DateTime<chrono::Utc>) -> Self {
        let dispute = found.dispute;
        let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| page.time(&at));
        let mut decided = decisions(found.decisions, dispute.currency, page);
        let waits = dispute.state == State::AwaitingApproval;
        let proposed = if waits { decided.pop() } else { None };
        Self {
            about: About::on_paper(&dispute, &found.tables, page),
            state: dispute.state.to_string(),
            customer: format!("{} {}", found.customer.code, found.customer.name),
            filed_at: page.time(&dispute.filed_at),
            category: page.code("dispute-category", dispute.category.as_str()),
            amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
            expected: dispute.expected.map(|minor| Money::new(minor, dispute.currency)),
            answer_due: page.deadline(&dispute.answer_due),
            decision_due: page.deadline(&dispute.decision_due),
            decided_at: at(dispute.decided_at),
            appeal_until: dispute.appeal_until.map(|day| page.deadline(&day)),
            closed_at: at(dispute.closed_at),
            merged_into: found.into.map(|into| into.number),
            clause: found.clause.map(|version| clause_view(&version, page)),
            events: events(found.events, page),
            joined: found.joined.into_iter().map(|joined| joined.shown(page)).collect(),
            files: files(found.files, page),
            decisions: decided,
            proposed,
            rating: found.rating.map(|rating| RatingRow::new(rating, page)),
            entries: found.entries.into_iter().map(|entry| entry_view(entry, page)).collect(),
            trail: found.trail,
            checkpoint: found.checkpoint,
            printed_at: page.time(&now),
            filed_by: dispute.filed_by_name,
            text: dispute.text,
            assignee: dispute.assignee_name,
        }
    }
}

fn clause_view(version: &Version, page: &Page) -> Clause {
    let number = page.t1("dispute-version", "version", version.number);
    let name = version.terms.name.in_language(page.language());
    Clause {
        name: format!("{} {name} · {number}", version.code),
        summary: policies::summary(&version.terms, page.words),
        hash: version.terms_hash.clone(),
    }
}

fn entry_view(entry: Posted, page: &Page) -> EntryView {
    let leg = |leg: &ledger::Leg| {
        let amount = |minor: i64| Some(Money::new(minor, entry.currency)).filter(|_| minor > 0);
        LegView {
            account: page.name("evidence-account", leg.account.as_str()),
            debit: amount(leg.amount),
            credit: amount(leg.amount.saturating_neg()),
        }
    };
    EntryView {
        number: entry.number,
        posted_at: page.time(&entry.posted_at),
        effective: page.date(&entry.effective),
        legs: entry.legs.iter().map(leg).collect(),
        period: entry.period.parse().map_or(entry.period, |period| page.period(&period)),
        reference: entry.reference,
        reason: entry.reason,
        by: page.who(&entry.actor_name),
    }
}
