//! Who may go to an address of the portal.

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
