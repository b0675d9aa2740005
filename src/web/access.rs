//! Who may go to an address of the portal, and the names the sitemap has for it.

use crate::values::{CustomerRole, Identity, StaffRole};

/// Who may go to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// People of a customer with at least this role.
    Customer(CustomerRole),
    /// Staff holding one of these roles; all staff when none is named.
    Staff(&'static [StaffRole]),
}

impl Access {
    /// Whether this one may go there; `None` is a visitor.
    pub fn admits(self, who: Option<&Identity>) -> bool {
        match (self, who) {
            (Self::Public, _) | (Self::SignedIn, Some(_)) => true,
            (Self::Customer(least), Some(Identity::Customer { role, .. })) => *role >= least,
            (Self::Staff(any), Some(Identity::Staff { roles, .. })) => {
                any.is_empty() || any.iter().any(|role| roles.contains(role))
            }
            _ => false,
        }
    }
}

pub(super) const VIEWER: Access = Access::Customer(CustomerRole::Viewer);
pub(super) const CUSTOMER_FINANCE: Access = Access::Customer(CustomerRole::Finance);
pub(super) const CUSTOMER_MANAGER: Access = Access::Customer(CustomerRole::Manager);
pub(super) const STAFF: Access = Access::Staff(&[]);
pub(super) const FINANCE: Access = Access::Staff(&[StaffRole::Finance]);
pub(super) const FINANCE_READERS: Access =
    Access::Staff(&[StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin]);
pub(super) const APPROVER: Access = Access::Staff(&[StaffRole::Approver]);
pub(super) const ACCOUNT_MANAGER: Access = Access::Staff(&[StaffRole::AccountManager]);
pub(super) const PUBLISHERS: Access =
    Access::Staff(&[StaffRole::AccountManager, StaffRole::Approver]);
pub(super) const PAYERS: Access = Access::Staff(&[StaffRole::Finance, StaffRole::Approver]);
/// Whoever looks into the books of all customers.
pub(super) const BOOKS: Access =
    Access::Staff(&[StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor]);

/// Whoever drafts what the company promises.
pub(super) const DRAFTERS: Access = Access::Staff(&[StaffRole::AccountManager]);
/// Whoever weighs what a promise would cost.
pub(super) const SIMULATORS: Access = Access::Staff(&[
    StaffRole::AccountManager,
    StaffRole::Finance,
    StaffRole::Approver,
    StaffRole::Auditor,
]);

/// Whoever gives disputes to account managers; which, the rules say.
pub(super) const ASSIGNERS: Access = Access::Staff(&[StaffRole::AccountManager, StaffRole::Admin]);

/// Whoever works on disputes for customers: they may be away, and keep saved replies.
pub(super) const HANDLERS: Access =
    Access::Staff(&[StaffRole::AccountManager, StaffRole::AppealsReviewer]);

pub(super) const MAIL_READERS: Access =
    Access::Staff(&[StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin]);
pub(super) const POSTMASTERS: Access = Access::Staff(&[StaffRole::Finance, StaffRole::Admin]);
/// Whoever sees to it that letters arrive: says where they go, and which addresses take mail.
pub(super) const RELEASERS: Access =
    Access::Staff(&[StaffRole::AccountManager, StaffRole::Finance, StaffRole::Admin]);
/// Who may have the mail of a statement sent once more.
pub(super) const KEEPERS: Access = Access::Staff(&[StaffRole::AccountManager, StaffRole::Finance]);
/// Whoever writes news to customers; account managers to their own (see `announcements`).
pub(super) const NEWS_WRITERS: Access =
    Access::Staff(&[StaffRole::AccountManager, StaffRole::Finance, StaffRole::Admin]);
pub(super) const NEWS_READERS: Access = Access::Staff(&[
    StaffRole::AccountManager,
    StaffRole::Finance,
    StaffRole::Auditor,
    StaffRole::Admin,
]);
pub(super) const ADMIN: Access = Access::Staff(&[StaffRole::Admin]);
/// Who may invite a customer's first manager.
pub(super) const INVITERS: Access = Access::Staff(&[StaffRole::AccountManager, StaffRole::Admin]);
pub(super) const AUDIT: Access = Access::Staff(&[StaffRole::Auditor, StaffRole::Admin]);
