//! Everything against everything: lines against control totals, accruals against lines, ledger
//! against accruals, payouts and disputes against the ledger, each policy version, entry, payout,
//! statement and audit event against its hash.

use serde::Serialize;

use crate::accruals;
use crate::audit;
use crate::banking;
use crate::db::Conn;
use crate::disputes;
use crate::error::Result;
use crate::expiry;
use crate::ledger;
use crate::payouts;
use crate::policies;
use crate::sales;
use crate::statements;

/// What was checked, and what differs. Nothing differing means that nothing was changed by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub accruals: usize,
    /// Customers and months with new lines that wait for an accrual run.
    pub waiting: usize,
    pub entries: i64,
    pub statements: usize,
    pub audit_events: i64,
    /// The audit chain's head, to compare with the one a statement prints.
    pub checkpoint: String,
    pub differences: Vec<String>,
}

impl Verification {
    pub fn holds(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Recomputes it all.
pub fn verify(conn: &mut Conn) -> Result<Verification> {
    let mut found = Verification::default();
    for difference in sales::verify_imports(conn)? {
        found.differences.push(format!(
            "import {} of {}: its control totals say {:?}, its lines add up to {:?} {}",
            difference.import,
            difference.file_name,
            difference.said,
            difference.found,
            difference.currency
        ));
    }
    let accruals = accruals::verify(conn)?;
    found.accruals = accruals.accruals;
    found.waiting = accruals.waiting;
    found.differences.extend(accruals.differences);
    let (entries, flaws) = ledger::verify(conn)?;
    found.entries = entries;
    found
        .differences
        .extend(flaws.iter().map(|flaw| format!("ledger entry {}: {}", flaw.number, flaw.why)));
    found.differences.extend(policies::verify(conn)?);
    found.differences.extend(banking::verify(conn)?);
    found.differences.extend(expiry::verify(conn)?);
    found.differences.extend(payouts::verify(conn)?);
    found.differences.extend(disputes::verify(conn)?);
    let (events, broken) = audit::verify(conn)?;
    found.audit_events = events;
    if let Some(broken) = broken {
        found.differences.push(format!("audit event {}: {}", broken.seq, broken.why));
    }
    let (statements, flaws) = statements::verify(conn)?;
    found.statements = statements;
    found.differences.extend(flaws);
    found.checkpoint = audit::checkpoint(conn)?.hash;
    Ok(found)
}
