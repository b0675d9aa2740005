use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::people::Side;
use crate::values::{CustomerRole, StaffRole};

/// How people show who they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Safety {
    /// Roles whose people must have a second factor: those of staff by their names, those of
    /// customers as `customer_viewer`, `customer_finance` and `customer_manager`.
    pub second_factor_for: Vec<String>,
}

/// A customer's role, as the configuration and the audit log name it.
fn of_customer(role: CustomerRole) -> String {
    format!("customer_{role}")
}

impl Safety {
    /// Whether somebody with these rights must have a second factor.
    pub fn requires(&self, side: &Side) -> bool {
        let named = |role: &str| self.second_factor_for.iter().any(|one| one == role);
        match side {
            Side::Staff(roles) => roles.iter().any(|role| named(role.as_str())),
            Side::Customer(_, role) => named(&of_customer(*role)),
        }
    }

    /// Roles that there are.
    pub(super) fn check(&self) -> Result<()> {
        let staff = StaffRole::ALL.iter().map(ToString::to_string);
        let known: Vec<String> =
            staff.chain(CustomerRole::ALL.iter().map(|role| of_customer(*role))).collect();
        match self.second_factor_for.iter().find(|role| !known.contains(role)) {
            Some(role) => Err(Error::internal(format!(
                "configuration: security.second_factor_for: {role:?} is none of {}",
                known.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Key;

    fn for_roles(roles: &[&str]) -> Safety {
        Safety { second_factor_for: roles.iter().map(|role| (*role).to_owned()).collect() }
    }

    #[test]
    fn roles_are_required_by_name_and_each_side_has_its_own() {
        let staff = |roles: &[StaffRole]| Side::Staff(roles.iter().copied().collect());
        let customers = |role| Side::Customer(Key::default(), role);
        let both = staff(&[StaffRole::Auditor, StaffRole::Finance]);
        for (roles, side, expected) in [
            (&[][..], &both, false),
            (&["admin"], &both, false),
            (&["admin", "finance"], &both, true),
            (&["finance"], &customers(CustomerRole::Finance), false),
            (&["customer_finance"], &customers(CustomerRole::Finance), true),
            (&["customer_finance"], &customers(CustomerRole::Manager), false),
            (&["customer_finance"], &both, false),
        ] {
            assert_eq!(for_roles(roles).requires(side), expected, "{roles:?} {side:?}");
        }
        assert!(for_roles(&["admin", "customer_viewer"]).check().is_ok());
        let wrong = for_roles(&["admins"]).check().unwrap_err().to_string();
        assert!(wrong.contains("\"admins\" is none of account_manager, finance"), "{wrong}");
    }
}
