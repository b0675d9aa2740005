//! What policies left out, on the statement: how many lines for which reason, and the largest.

use super::content::{ExcludedLines, LeftOutLine};
use crate::accruals::{self, Accrual};
use crate::db::Conn;
use crate::error::Result;
use crate::values::Currency;

/// Lines named on a statement; the others stand on the explanation.
const MOST: usize = 10;

/// How many lines, by policy, period and reason.
pub(super) fn counted(accruals: &[Accrual]) -> Vec<ExcludedLines> {
    let mut lines = Vec::new();
    for accrual in accruals {
        for (reason, count) in &accrual.calculation.lines.excluded {
            lines.push(ExcludedLines {
                accrual: accrual.id.clone(),
                policy: accrual.calculation.policy.clone(),
                period: accrual.period,
                reason: reason.to_string(),
                lines: *count,
            });
        }
    }
    lines.sort_by(|a, b| (&a.policy, a.period, &a.reason).cmp(&(&b.policy, b.period, &b.reason)));
    lines
}

/// The largest lines of all, by their amount. A line in another currency can't be compared and is
/// only counted.
pub(super) fn largest(
    conn: &mut Conn,
    accruals: &[Accrual],
    currency: Currency,
) -> Result<Vec<LeftOutLine>> {
    let mut found = Vec::new();
    for accrual in accruals {
        let lines = accruals::left_out(conn, accrual)?;
        let own = lines.into_iter().filter(|(line, _, _)| line.net.currency == currency);
        found.extend(own.take(MOST).map(|(line, product, why)| LeftOutLine {
            accrual: accrual.id.clone(),
            policy: accrual.calculation.policy.clone(),
            document_no: line.document_no,
            on: line.document_date,
            product: product.map_or_else(String::new, |product| product.name),
            reason: why.to_string(),
            amount: line.net.minor,
        }));
    }
    found.sort_by(|a, b| {
        let of = |line: &LeftOutLine| (line.policy.clone(), line.on, line.document_no.clone());
        b.amount.abs().cmp(&a.amount.abs()).then_with(|| of(a).cmp(&of(b)))
    });
    found.truncate(MOST);
    Ok(found)
}
