//! What policies left out, on the statement: how many lines for which reason, and the largest.

use std::collections::BTreeMap;

use super::content::{ExcludedLines, LeftOutLine};
use crate::accruals::{self, Accrual, LeftOut};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::Shelf;
use crate::values::Currency;

/// Lines named on a statement; the others stand on the explanation.
const MOST: usize = 10;

/// How many lines by policy, period and reason, and the customer's largest of all, by their amount.
/// A line in another currency can't be compared and is only counted.
pub(super) fn read(
    conn: &mut Conn,
    accruals: &[Accrual],
    currency: Currency,
    shelf: &Shelf,
) -> Result<(Vec<ExcludedLines>, Vec<LeftOutLine>)> {
    let found = accruals::left_out(conn, accruals, shelf)?;
    let (mut counts, mut largest) = (Vec::new(), Vec::new());
    for (accrual, lines) in accruals.iter().zip(found) {
        counts.extend(counted(accrual, &lines));
        let own = lines
            .into_iter()
            .filter(|one| one.line.customer == accrual.customer)
            .filter(|one| one.line.net.currency == currency);
        largest.extend(own.take(MOST).map(|one| LeftOutLine {
            accrual: accrual.id.clone(),
            policy: accrual.calculation.policy.clone(),
            document_no: one.line.document_no,
            on: one.line.document_date,
            product: one.product.map_or_else(String::new, |product| product.name),
            reason: one.why.to_string(),
            amount: one.line.net.minor,
        }));
    }
    counts.sort_by(|a, b| (&a.policy, a.period, &a.reason).cmp(&(&b.policy, b.period, &b.reason)));
    largest.sort_by(|a, b| {
        let of = |line: &LeftOutLine| (line.policy.clone(), line.on, line.document_no.clone());
        b.amount.abs().cmp(&a.amount.abs()).then_with(|| of(a).cmp(&of(b)))
    });
    largest.truncate(MOST);
    Ok((counts, largest))
}

fn counted(accrual: &Accrual, lines: &[LeftOut]) -> Vec<ExcludedLines> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for one in lines.iter().filter(|one| accrual.first_day <= one.day) {
        *reasons.entry(one.why.to_string()).or_default() += 1;
    }
    let counted = |(reason, lines)| ExcludedLines {
        accrual: accrual.id.clone(),
        policy: accrual.calculation.policy.clone(),
        period: accrual.period,
        reason,
        lines,
    };
    reasons.into_iter().map(counted).collect()
}
