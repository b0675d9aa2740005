//! How it went before: what whoever decides goes by, so that like cases are decided alike.

use super::{Dispute, Past, Reach, State, SubjectKind, store};
use crate::db::Conn;
use crate::error::Result;

/// The customer's other disputes, newest first.
pub fn past_of_customer(conn: &mut Conn, dispute: &Dispute, limit: i64) -> Result<Vec<Past>> {
    let found = store::of_customer(conn, dispute.customer, false, 0, limit.saturating_add(1))?;
    others(conn, dispute, found, limit)
}

/// Disputes in reach of the same category, about the same policy where this one is about a
/// rebate; newest first.
pub fn past_of_kind(
    conn: &mut Conn,
    reach: &Reach,
    dispute: &Dispute,
    limit: i64,
) -> Result<Vec<Past>> {
    let accrual = match dispute.subject.kind {
        SubjectKind::Accrual => store::accrual_of(conn, dispute.customer, &dispute.subject.id)?,
        _ => None,
    };
    let policy = accrual.map(|(policy, _)| policy);
    let more = limit.saturating_add(1);
    let found = store::of_kind(conn, reach, dispute.category, policy.as_ref(), more)?;
    others(conn, dispute, found, limit)
}

fn others(conn: &mut Conn, own: &Dispute, found: Vec<Dispute>, limit: i64) -> Result<Vec<Past>> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let others: Vec<_> = found.into_iter().filter(|other| other.id != own.id).take(limit).collect();
    let ids: Vec<_> = others.iter().map(|other| other.id.clone()).collect();
    let mut decisions = store::decisions_of(conn, &ids)?;
    let past = |dispute: Dispute| {
        let mut decided = decisions.remove(&dispute.id).unwrap_or_default();
        // What is only proposed holds for nobody.
        if dispute.state == State::AwaitingApproval {
            decided.pop();
        }
        Past { decision: decided.pop(), dispute }
    };
    Ok(others.into_iter().map(past).collect())
}
