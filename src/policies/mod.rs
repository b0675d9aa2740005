//! Policies: what is promised to whom, in numbered versions whose terms never change once
//! published (DOMAIN §5).
//!
//! Owns `policies`, `policy_versions`, `policy_steps`, `policy_acknowledgements`. Promises: terms
//! that are published can be computed, and were approved by somebody who had no hand in them; a
//! version that is no draft stays as it is, and the next one supersedes it; one version of a policy
//! is under way at a time.
//! Deliberately absent: anything about amounts (accruals compute, this room only says the rule).

mod announce;
mod chain;
mod check;
mod combine;
mod compare;
mod covered;
mod endings;
mod figures;
mod follow;
mod letters;
mod life;
mod limits;
mod meet;
mod parse;
mod read;
mod reminders;
mod rules;
mod sentence;
mod shelf;
mod standing;
mod store;
mod summary;
pub mod terms;
mod verify;
mod write;

pub use chain::{Chain, Governing, chains};
pub use compare::compare;
pub use covered::covered;
pub use endings::{any_ending, tell_endings};
pub use figures::{
    Figure, FigureKey, FigureKind, FigureProblem, FigureSet, FigureTaker, FigureValue,
    figure_taker, figures, set_figures,
};
pub use life::{
    AnyClosed, approve, draft, edit, end, publish, publish_approved, return_, submit, take_back,
    withdraw,
};
pub use meet::{Overlapping, exclusive_group_problems, overlapping};
pub use parse::parse;
pub use reminders::{Reminders, any_reminder, remind};
pub use rules::{Action, StepKind, next};
pub use sentence::{bound_shown, formula, reward_shown};
pub use shelf::Shelf;
pub use standing::{Standing, Standings};
pub use summary::summary;
pub use terms::{
    Beneficiary, Bound, CustomerFacts, CustomerScope, DateBasis, Form, GrowthOn, Measure,
    MeasureKind, MeasureOf, MeasureScope, Names, NoBaseline, Overlap, OverlapRule, ProductScope,
    Reward, Rounding, Terms, Tier, TierMode, TierReward, Window, covers, in_scope,
};
pub use verify::verify;
pub use write::{FileText, write_toml};

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit::{self, Event};
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{Actor, CustomerRole, Identity, Key, PersonId, PolicyId, Problem, VersionId};

/// A policy file is a page of text; more than this is another kind of file.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Something wrong in a policy file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The field is the path of the key, `reward.tiers[1].from`; `file` when the file as a whole
    /// can't be read.
    pub problem: Problem,
}

text_enum! {
    /// Where a version is in its life (DOMAIN §5).
    pub enum VersionState {
        Draft = "draft",
        Submitted = "submitted",
        Approved = "approved",
        Published = "published",
        Superseded = "superseded",
        Ended = "ended",
        Withdrawn = "withdrawn",
    }
}

/// One numbered version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: VersionId,
    pub policy_id: PolicyId,
    pub code: String,
    /// From 1.
    pub number: i32,
    pub state: VersionState,
    pub terms: Terms,
    pub terms_hash: String,
    /// The file it was published from, as it was written.
    pub source: String,
    /// Counts the edits of a draft, so that nobody writes over what they haven't seen.
    pub revision: i64,
    pub drafted_by: PersonId,
    pub drafted_by_name: String,
    pub drafted_at: DateTime<Utc>,
    pub submitted: Option<Hand>,
    pub approved: Option<Hand>,
    pub published_by_name: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    /// Its last day, when it was ended before its terms say so.
    pub ended_on: Option<NaiveDate>,
}

impl Version {
    /// Whether it holds on the day.
    pub fn in_force_on(&self, day: NaiveDate) -> bool {
        self.terms.from <= day && self.last_day().is_none_or(|last| day <= last)
    }
}

/// Who signed something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    pub id: PersonId,
    pub name: String,
    pub at: DateTime<Utc>,
}

/// A step of a version's way: what was done, by whom, when, and what they noted. The note of an
/// approval is the hash of the terms that were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub action: StepKind,
    pub at: DateTime<Utc>,
    pub actor: PersonId,
    pub actor_name: String,
    pub note: String,
}

/// That a customer has read and taken note of a version's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub version: VersionId,
    pub customer: Key,
    pub person: PersonId,
    pub person_name: String,
    /// The hash of the terms that were shown.
    pub terms_hash: String,
    pub at: DateTime<Utc>,
}

impl From<&Customer> for CustomerFacts {
    fn from(customer: &Customer) -> Self {
        Self {
            code: customer.code.clone(),
            kind: customer.kind.to_string(),
            class: customer.class.clone(),
            region: customer.region.clone(),
            group_code: customer.group_code.clone(),
            since: customer.since,
        }
    }
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The first or the next version.
    New(Version),
    /// The same terms are in force already; nothing changed.
    Same(Version),
}

impl Published {
    pub fn version(&self) -> &Version {
        match self {
            Self::New(version) | Self::Same(version) => version,
        }
    }
}

/// The version of every policy that is promised now, published or ended, by code: what pages list.
/// Accruals go by [`chains`], where each version has its own periods.
pub fn in_force(conn: &mut Conn) -> Result<Vec<Version>> {
    store::in_force(conn)
}

/// The version promised now of the policy with this code.
///
/// # Errors
/// Not found.
pub fn by_code(conn: &mut Conn, code: &str) -> Result<Version> {
    store::promised_of_code(conn, code)?.ok_or(Error::NotFound)
}

/// The version promised now of the policy.
///
/// # Errors
/// Not found.
pub fn by_id(conn: &mut Conn, policy: &PolicyId) -> Result<Version> {
    store::promised_of(conn, policy)?.ok_or(Error::NotFound)
}

/// One version, whatever its state.
///
/// # Errors
/// Not found.
pub fn version(conn: &mut Conn, id: &VersionId) -> Result<Version> {
    store::version(conn, id)
}

/// Every version of the policy, newest first.
pub fn versions(conn: &mut Conn, policy: &PolicyId) -> Result<Vec<Version>> {
    store::versions(conn, policy)
}

/// Every version of every policy, by code, newest first.
pub fn all(conn: &mut Conn) -> Result<Vec<Version>> {
    store::every(conn)
}

/// How many versions are in the state.
pub fn count(conn: &mut Conn, state: VersionState) -> Result<i64> {
    store::count(conn, state)
}

/// The version of the policy with the code that is under way: a draft, submitted or approved.
pub fn open_of(conn: &mut Conn, policy: &PolicyId) -> Result<Option<Version>> {
    store::open_of(conn, policy)
}

/// The steps a version took, oldest first.
pub fn steps(conn: &mut Conn, version: &VersionId) -> Result<Vec<Step>> {
    store::steps(conn, version)
}

/// Whether the actor could take the step now: what a page offers.
pub fn may(conn: &mut Conn, actor: &Actor, version: &Version, action: Action) -> Result<bool> {
    let hands = life::hands(conn, version)?;
    let may = rules::check_may(actor, version.state, action, &version.drafted_by, &hands).is_ok();
    Ok(may && next(version.state, action).is_some())
}

/// A manager of the customer takes note of a published version. Doing it again changes nothing
/// and returns the first one.
///
/// # Errors
/// Not found when the version doesn't cover the customer, isn't published, or the actor belongs to
/// another customer; refused when the actor isn't a manager.
pub fn acknowledge(tx: &mut Tx<'_>, version: &VersionId, customer: Key) -> Result<Acknowledgement> {
    let (person, role) = match &tx.by().identity {
        Identity::Customer { person, customer: own, role } if *own == customer => {
            (person.clone(), *role)
        }
        _ => return Err(Error::NotFound),
    };
    let facts = CustomerFacts::from(&customers::by_id(tx, customer)?);
    let version = store::version(tx, version)?;
    let covered = covers(&version.terms, &facts, tx.today().max(version.terms.from));
    if !version.state.is_promised() || !covered {
        return Err(Error::NotFound);
    }
    if role != CustomerRole::Manager {
        return Err(Error::refused("policy-only-managers-acknowledge"));
    }
    if let Some(given) = store::acknowledgement(tx, &version.id, customer)? {
        return Ok(given);
    }
    let given = Acknowledgement {
        version: version.id.clone(),
        customer,
        person,
        person_name: tx.by().name.clone(),
        terms_hash: version.terms_hash.clone(),
        at: tx.at(),
    };
    store::insert_acknowledgement(tx, &given)?;
    audit::record(
        tx,
        Event {
            action: "policy.acknowledged",
            object: ("policy_version", version.id.as_str()),
            customer: Some(customer),
            after: Some(version.terms_hash),
            ..Event::default()
        },
    )?;
    Ok(given)
}

/// The customer's acknowledgement of the version, when there is one.
pub fn acknowledgement(
    conn: &mut Conn,
    version: &VersionId,
    customer: Key,
) -> Result<Option<Acknowledgement>> {
    store::acknowledgement(conn, version, customer)
}

/// Which of the versions the customer has acknowledged.
pub fn acknowledged(
    conn: &mut Conn,
    versions: &[VersionId],
    customer: Key,
) -> Result<HashSet<VersionId>> {
    store::acknowledged(conn, versions, customer)
}

/// Who has taken note of the version, by customer.
pub fn acknowledgements(conn: &mut Conn, version: &VersionId) -> Result<Vec<Acknowledgement>> {
    store::acknowledgements(conn, version)
}
