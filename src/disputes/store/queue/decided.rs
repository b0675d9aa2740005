//! Disputes by their decisions: what holds of such a row, and the statement that finds them.

use chrono::{DateTime, Utc};

use super::ask::{Sql, Value};
use super::figures::HOLDS;
use crate::disputes::queue::{Decided, Ruling};

/// What holds of a row `q` of the queue.
pub(super) fn holds(decided: &Decided) -> Sql {
    Sql::new("EXISTS (SELECT 1 FROM dispute_decisions x WHERE x.dispute_id = q.dispute_id AND ")
        .add(like(decided))
        .then(")")
}

/// Finds them by the decision, up to so many.
pub(super) fn probe(decided: &Decided, limit: usize) -> Sql {
    Sql::new(
        "SELECT q.seq FROM dispute_decisions x JOIN dispute_queue q \
         ON q.dispute_id = x.dispute_id WHERE ",
    )
    .add(like(decided))
    .then(format!(" LIMIT {limit}"))
}

/// What holds of a decision `x` of the row `q`.
fn like(decided: &Decided) -> Sql {
    let mut parts = Vec::new();
    if let Some(which) = decided.which {
        parts.push(Sql::new(match which {
            Ruling::First => "x.round = 1",
            Ruling::Appealed => "x.round = 1 AND q.appealed",
            Ruling::Appeal => "x.round > 1",
        }));
    }
    let dated = decided.at != (None, None);
    if !decided.outcomes.is_empty() {
        // Days tell more than an outcome does, and SQLite would look by the outcome first.
        let column = if dated { "x.outcome || ''" } else { "x.outcome" };
        let all = decided.outcomes.iter().map(|outcome| format!("'{outcome}'"));
        let all = all.collect::<Vec<_>>().join(", ");
        parts.push(Sql::new(format!("{column} IN ({all})")));
    }
    if let Some(by) = &decided.by {
        parts.push(Sql::compare("x.decided_by = ", Value::Words(by.to_string())));
    }
    if dated {
        let within = |column: &'static str| {
            let end = |sign: &'static str, at: Option<DateTime<Utc>>| {
                let at = Value::Moment(at?.naive_utc());
                Some(Sql::compare(format!("{column} {sign} "), at))
            };
            let (from, before) = decided.at;
            Sql::joined([end(">=", from), end("<", before)].into_iter().flatten(), " AND ")
        };
        // A decision holds from its approval on, if it needed one.
        parts.push(
            Sql::new("((x.approved_at IS NULL AND ")
                .add(within("x.decided_at"))
                .then(") OR (x.approved_at IS NOT NULL AND ")
                .add(within("x.approved_at"))
                .then("))"),
        );
    }
    let parts = if parts.is_empty() { vec![Sql::new("TRUE")] } else { parts };
    Sql::joined(parts, " AND ").then(HOLDS)
}
