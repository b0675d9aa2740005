//! New lines, added to what a period came to before: a run then costs what is new, not what the
//! customers ever bought. Where anything but lines came in, or more than a line's own period and
//! customer matters, all lines of the period are summed again (`reading`). That both come to the
//! same is what `verify` recomputes.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::rules::{Amount, Counts, Line, Lines, Plan, Sums};
use super::store::Row;
use crate::db::Conn;
use crate::error::Result;
use crate::sales::{self, LineFacts};
use crate::values::{Key, Period, VersionId};

/// With more, nearly everything is touched, and there is no point in keeping them in memory.
const MOST: i64 = 200_000;

/// The lines that came to count after one run and up to another.
#[derive(Debug)]
pub(super) struct Fresh {
    /// The number up to which the earlier run knew lines, and the last of these.
    since: i64,
    head: i64,
    /// By customer, in the order they came, with the number under which they did.
    lines: HashMap<Key, Vec<(i64, Line)>>,
}

impl Fresh {
    /// None when they can't be told apart, or are too many.
    pub(super) fn read(conn: &mut Conn, since: i64, head: i64) -> Result<Option<Arc<Self>>> {
        let Some(found) = sales::new_lines(conn, since, head, MOST)? else { return Ok(None) };
        let mut lines: HashMap<Key, Vec<(i64, Line)>> = HashMap::new();
        for (seq, facts) in found {
            lines.entry(facts.customer).or_default().push((seq, Line::from(&facts)));
        }
        Ok(Some(Arc::new(Self { since, head, lines })))
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (Key, &Line)> {
        self.lines.iter().flat_map(|(customer, all)| all.iter().map(|(_, line)| (*customer, line)))
    }

    /// Those of a customer that came after the number.
    fn of(&self, customer: Key, after: i64) -> Lines {
        let all = self.lines.get(&customer).into_iter().flatten();
        Lines::new(all.filter(|(seq, _)| *seq > after).map(|(_, line)| *line).collect())
    }
}

/// What a period's lines came to before, and those that came since.
#[derive(Debug)]
pub(super) struct Kept {
    pub before: Sums,
    pub new: Lines,
}

/// What is known of periods that needn't be summed again: by work (its index), customer, period.
pub(super) type AllKept = HashMap<(usize, Key, Period), Kept>;

/// Of a stored calculation what can be added to.
#[derive(Deserialize)]
struct Stored {
    lines: Counts,
    measure: Amount,
}

impl Kept {
    /// None when the period has to be summed again: it was computed under other terms, or came to
    /// more than a number holds.
    pub(super) fn of(
        plan: &Plan<'_>,
        version: &VersionId,
        customer: Key,
        fresh: &Fresh,
        row: Option<&Row>,
    ) -> Result<Option<Self>> {
        let Some(row) = row else {
            // Nothing counted: there would be a row.
            let new = fresh.of(customer, fresh.since);
            return Ok(Some(Self { before: Sums::default(), new }));
        };
        if row.version_id != *version {
            return Ok(None);
        }
        let stored: Stored = serde_json::from_str(&row.calculation)?;
        let base = (row.base_minor, row.base_micro);
        let is_cut = |sum: i64| sum == i64::MAX || sum == i64::MIN;
        if [base.0, base.1, stored.measure.value()].into_iter().any(is_cut) {
            return Ok(None);
        }
        // A run that was killed, or one beside this, may have added some already.
        let new = fresh.of(customer, row.through.max(fresh.since));
        Ok(Some(Self { before: plan.sums_of(stored.lines, base, stored.measure), new }))
    }
}

impl Fresh {
    /// Up to which number a row's lines are summed once these were added to it.
    pub(super) fn through(&self, row: Option<&Row>) -> i64 {
        row.map_or(self.head, |row| row.through.max(self.head))
    }
}

impl From<&LineFacts> for Line {
    fn from(line: &LineFacts) -> Self {
        Self {
            key: line.key,
            product: line.product,
            document_date: line.document_date,
            delivery_date: line.delivery_date,
            paid_date: line.paid_date,
            net_minor: line.net_minor,
            quantity_micro: line.quantity_micro,
            currency: line.currency,
        }
    }
}
