//! What a dispute has to be judged by: the frozen facts with the clause that governed them, the
//! customer's balance, and how such cases went before.

use super::super::dispute_evidence;
use super::super::dispute_view::About;
use super::super::{Page, opens};
use crate::db::Conn;
use crate::disputes::{self, Dispute, FactTable, Outcome, Past, Queued, Reach, SubjectKind};
use crate::error::Result;
use crate::ledger::{self, Balance};
use crate::policies::{self, Version};
use crate::values::{Identity, Money};

/// Other disputes that are listed.
const SHOWN: i64 = 6;
/// The latest of the same kind, which are summed up.
const OF_KIND: i64 = 50;

/// As they were found, at one moment.
pub(super) struct Found {
    tables: Vec<FactTable>,
    clause: Option<Clause>,
    balance: Balance,
    pub held: i64,
    same: Vec<Dispute>,
    customers: Vec<Past>,
    kind: Vec<Past>,
}

/// The version of the policy whose terms the dispute froze.
struct Clause {
    version: Version,
    /// The number of the newest version, where that is another one.
    newer: Option<i32>,
}

pub(super) fn find(conn: &mut Conn, reach: &Reach, queued: &Queued) -> Result<Found> {
    let dispute = &queued.dispute;
    let (id, customer) = (&dispute.id, dispute.customer);
    let same = match dispute.subject.id.as_str() {
        "" => Vec::new(),
        subject => disputes::about(conn, customer, dispute.subject.kind, subject)?,
    };
    let same: Vec<_> = same.into_iter().filter(|other| other.id != *id).collect();
    let mut customers = disputes::past_of_customer(conn, dispute, SHOWN)?;
    customers.retain(|past| same.iter().all(|known| known.id != past.dispute.id));
    let held = ledger::reserves(conn, customer)?
        .into_iter()
        .filter(|reserve| reserve.cause_id == id.as_str())
        .map(|reserve| reserve.amount.minor)
        .sum();
    Ok(Found {
        tables: disputes::frozen_tables(conn, id)?,
        clause: clause(conn, dispute)?,
        balance: ledger::balance(conn, customer, dispute.currency)?,
        held,
        same,
        customers,
        kind: disputes::past_of_kind(conn, reach, dispute, OF_KIND)?,
    })
}

fn clause(conn: &mut Conn, dispute: &Dispute) -> Result<Option<Clause>> {
    let Some(version) = dispute_evidence::clause(conn, dispute)? else { return Ok(None) };
    let versions = policies::versions(conn, &version.policy_id)?;
    let published = versions.iter().filter(|version| version.published_at.is_some());
    let newest = published.map(|version| version.number).max();
    Ok(Some(Clause { newer: newest.filter(|newest| *newest > version.number), version }))
}

/// The same, to be read.
pub(super) struct FactsView {
    pub about: About,
    pub frozen_at: String,
    /// Where the thing can be seen as it stands now.
    pub live: Option<String>,
    pub clause: Option<ClauseView>,
    pub estimated: Money,
    pub available: Money,
    pub held: Money,
    pub same: Vec<PastRow>,
    pub customers: Vec<PastRow>,
    pub kind: Vec<PastRow>,
    /// How many of those of the kind were decided, how many upheld, and what was granted.
    pub kind_sum: Option<String>,
}

/// The clause in words.
pub(super) struct ClauseView {
    pub name: String,
    pub address: String,
    pub formula: String,
    pub summary: Vec<String>,
    /// That there is a newer version by now.
    pub newer: Option<String>,
}

/// Another dispute, and how it went.
pub(super) struct PastRow {
    pub id: String,
    pub number: String,
    pub what: String,
    pub state: String,
    pub outcome: Option<String>,
    pub granted: Option<Money>,
}

impl FactsView {
    pub(super) fn new(found: Found, dispute: &Dispute, page: &Page, who: &Identity) -> Self {
        let money = |minor| Money::new(minor, dispute.currency);
        let listed = usize::try_from(SHOWN).unwrap_or(0);
        let same = found.same.into_iter().map(|dispute| Past { dispute, decision: None });
        let rows = |past: Vec<Past>, page: &Page| past.into_iter().map(|p| row(p, page)).collect();
        Self {
            about: About::frozen(dispute, &found.tables, page),
            frozen_at: page.time(&dispute.filed_at),
            live: live(dispute, who),
            clause: found.clause.map(|clause| clause_view(&clause, page)),
            estimated: money(found.balance.estimated),
            available: money(found.balance.available()),
            held: money(found.held),
            same: rows(same.collect(), page),
            customers: rows(found.customers, page),
            kind_sum: kind_sum(&found.kind, dispute, page),
            kind: rows(found.kind.into_iter().take(listed).collect(), page),
        }
    }
}

fn clause_view(clause: &Clause, page: &Page) -> ClauseView {
    let (version, words) = (&clause.version, page.words);
    let number = page.t1("dispute-version", "version", version.number);
    let name = version.terms.name.in_language(page.language());
    ClauseView {
        name: format!("{} {name} · {number}", version.code),
        address: format!("/staff/policies/{}/versions/{}", version.policy_id, version.number),
        formula: policies::formula(&version.terms, words),
        summary: policies::summary(&version.terms, words),
        newer: clause.newer.map(|newer| page.t1("dispute-clause-newer", "version", newer)),
    }
}

fn row(past: Past, page: &Page) -> PastRow {
    let Past { dispute, decision } = past;
    PastRow {
        id: dispute.id.to_string(),
        number: dispute.number,
        what: dispute.subject.text,
        state: dispute.state.to_string(),
        granted: decision
            .as_ref()
            .filter(|decision| decision.outcome.has_money())
            .map(|decision| Money::new(decision.granted, dispute.currency)),
        outcome: decision.map(|d| page.code("dispute-outcome", d.outcome.as_str())),
    }
}

/// How the latest of the kind went, together; None where none was decided yet.
fn kind_sum(kind: &[Past], dispute: &Dispute, page: &Page) -> Option<String> {
    let decided: Vec<_> =
        kind.iter().filter_map(|past| Some((past, past.decision.as_ref()?))).collect();
    let upheld = decided.iter().filter(|(_, d)| d.outcome != Outcome::Rejected).count();
    let granted: i64 = decided
        .iter()
        .filter(|(past, _)| past.dispute.currency == dispute.currency)
        .map(|(_, decision)| decision.granted)
        .fold(0, i64::saturating_add);
    let args = [
        ("decided", decided.len().to_string()),
        ("upheld", upheld.to_string()),
        ("granted", Money::new(granted, dispute.currency).shown()),
    ];
    (!decided.is_empty()).then(|| page.words.with("dispute-kind-sum", args))
}

/// Where the thing can be seen as it stands now, by those who may.
fn live(dispute: &Dispute, who: &Identity) -> Option<String> {
    let pages = match dispute.subject.kind {
        SubjectKind::Accrual => "/staff/accruals",
        SubjectKind::Statement => "/staff/statements",
        SubjectKind::Payout => "/staff/payouts",
        SubjectKind::Programme => "/staff/policies",
        SubjectKind::StatementLine
        | SubjectKind::Line
        | SubjectKind::Balance
        | SubjectKind::MissingInvoice
        | SubjectKind::Free => return None,
    };
    opens(&format!("{pages}/{{id}}"), who).then(|| format!("{pages}/{}", dispute.subject.id))
}
