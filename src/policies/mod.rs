//! Policies: what is promised to whom, in numbered versions whose terms never change once
//! published (DOMAIN §5).
//!
//! Owns `policies`, `policy_versions`, `policy_acknowledgements`. Promises: terms that reach the
//! store can be computed; a published version stays as it is, and the next one supersedes it.
//! Deliberately absent: anything about amounts (accruals compute, this room only says the rule).

mod check;
mod parse;
mod read;
pub mod terms;

pub use parse::parse;
pub use terms::{
    Bound, CustomerFacts, CustomerScope, DateBasis, Form, Measure, MeasureKind, Names,
    ProductScope, Reward, Rounding, Terms, Tier, TierMode, TierReward, covers,
};

use chrono::{DateTime, Utc};

use crate::text_enum;
use crate::values::{PolicyId, Problem, VersionId};

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
    pub drafted_by_name: String,
    pub drafted_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
}
