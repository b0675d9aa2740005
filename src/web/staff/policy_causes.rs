//! Why disputes about a policy are filed, for its page: what is asked most is what its words, its
//! terms or the data should say better.

use super::super::Page;
use super::dispute_filter::Asked;
use crate::disputes::{Cause, View};
use crate::values::Money;

/// The commonest reasons, so many of them.
pub(super) const MOST: usize = 3;

pub(super) struct CauseRow {
    pub word: String,
    /// How many disputes, and their list.
    pub count: String,
    pub address: String,
    pub granted: Vec<Money>,
}

/// All disputes of the policy, for the queue.
pub(super) fn list(code: &str) -> Asked {
    Asked { view: View::All.to_string(), policy: code.to_owned(), ..Asked::default() }
}

pub(super) fn rows(causes: Vec<Cause>, code: &str, page: &Page) -> Vec<CauseRow> {
    let row = |cause: Cause| CauseRow {
        word: page.code("dispute-category", cause.category.as_str()),
        count: page.number(cause.disputes),
        address: Asked { category: cause.category.to_string(), ..list(code) }.address(),
        granted: cause.granted,
    };
    causes.into_iter().map(row).collect()
}
