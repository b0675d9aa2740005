//! What a new house does first, on everybody's desk until it accrues rebates.

use super::super::{Page, StaffUser};
use crate::accruals;
use crate::customers::{self, Filter};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, VersionState};
use crate::sales;
use crate::values::StaffRole;

/// One of the steps, as the desk shows it.
pub(super) struct Step {
    pub text: String,
    /// Whose it is.
    pub role: String,
    /// Where it is done; None for whoever doesn't do it.
    pub path: Option<&'static str>,
    pub done: bool,
}

/// How far the house is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    customers: bool,
    drafts: bool,
    policies: bool,
    sales: bool,
}

/// None once there are accruals: the house is at work.
pub(super) fn begun(conn: &mut Conn) -> Result<Option<Begun>> {
    if !accruals::runs(conn, 1)?.is_empty() {
        return Ok(None);
    }
    let listed = customers::list(conn, &Filter::default(), None, 1)?;
    let mut of_state = |state| Ok::<_, crate::error::Error>(policies::count(conn, state)? > 0);
    let policies = of_state(VersionState::Published)?;
    let waiting = [VersionState::Draft, VersionState::Submitted, VersionState::Approved];
    let mut drafts = policies;
    for state in waiting {
        drafts = drafts || of_state(state)?;
    }
    let sales = sales::data_through(conn, None)?.is_some();
    Ok(Some(Begun { customers: !listed.customers.is_empty(), drafts, policies, sales }))
}

/// The steps everybody sees, and what the reader's own roles do besides.
pub(super) fn steps(begun: Begun, user: &StaffUser, page: &Page) -> Vec<Step> {
    use StaffRole::{AccountManager, Admin, AppealsReviewer, Approver, Auditor, Finance};
    let step = |key: &str, role: StaffRole, path: &'static str, done: bool| Step {
        text: page.t(key),
        role: page.code("role", role.as_str()),
        path: (user.holds(role) && !path.is_empty()).then_some(path),
        done,
    };
    let all = [
        step("first-customers", Finance, "/staff/imports", begun.customers),
        step("first-policy", AccountManager, "/staff/policies/new", begun.drafts),
        step("first-publish", Approver, "/staff/policies?state=submitted", begun.policies),
        step("first-sales", Finance, "/staff/imports", begun.sales),
        step("first-accruals", Finance, "/staff/accruals", false),
        step("first-statements", Finance, "/staff/statement-schedule", false),
    ];
    let own = [
        ("first-people", Admin, ""),
        ("first-mail", Admin, "/staff/mailbox"),
        ("first-replies", AccountManager, "/staff/saved-replies"),
        ("first-replies", AppealsReviewer, "/staff/saved-replies"),
        ("first-audit", Auditor, "/staff/audit"),
    ];
    let own = own.into_iter().filter(|(_, role, _)| user.holds(*role));
    all.into_iter().chain(own.map(|(key, role, path)| step(key, role, path, false))).collect()
}
