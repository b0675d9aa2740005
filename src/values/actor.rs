use std::collections::BTreeSet;

use super::{Key, PersonId};
use crate::text_enum;

text_enum! {
    /// What a customer's person may do (DOMAIN §2). Each includes the ones before it.
    pub enum CustomerRole {
        Viewer = "viewer",
        Finance = "finance",
        Manager = "manager",
    }
}

text_enum! {
    /// What a staff member may do (DOMAIN §2). A person may hold several.
    pub enum StaffRole {
        AccountManager = "account_manager",
        Finance = "finance",
        Approver = "approver",
        AppealsReviewer = "appeals_reviewer",
        Auditor = "auditor",
        Admin = "admin",
    }
}

/// Who somebody is, as far as rights go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A scheduled duty of the portal itself.
    System,
    /// Whoever sits at the shell of the machine.
    Operator,
    Customer {
        person: PersonId,
        customer: Key,
        role: CustomerRole,
    },
    Staff {
        person: PersonId,
        roles: BTreeSet<StaffRole>,
    },
}

/// Who does something, and where the wish came from; every change and its audit event carry one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub identity: Identity,
    /// As the audit log and timelines print it.
    pub name: String,
    /// The request's id, to find the log lines of an audit event.
    pub request: Option<String>,
    /// The network address it came from.
    pub address: Option<String>,
}

impl Actor {
    /// A duty of the schedule, by its name.
    pub fn system(duty: &str) -> Self {
        Self { identity: Identity::System, name: duty.to_owned(), request: None, address: None }
    }

    pub fn operator() -> Self {
        Self {
            identity: Identity::Operator,
            name: "operator".to_owned(),
            request: None,
            address: None,
        }
    }

    pub fn person(&self) -> Option<&PersonId> {
        match &self.identity {
            Identity::Customer { person, .. } | Identity::Staff { person, .. } => Some(person),
            Identity::System | Identity::Operator => None,
        }
    }

    /// What the audit log stores as the actor: the person's id, or `system`, or `operator`.
    pub fn id(&self) -> &str {
        match &self.identity {
            Identity::System => "system",
            Identity::Operator => "operator",
            Identity::Customer { person, .. } | Identity::Staff { person, .. } => person.as_str(),
        }
    }

    /// The roles held, as the audit log stores them.
    pub fn roles(&self) -> String {
        match &self.identity {
            Identity::System => "system".to_owned(),
            Identity::Operator => "operator".to_owned(),
            Identity::Customer { role, .. } => format!("customer_{role}"),
            Identity::Staff { roles, .. } => {
                roles.iter().map(StaffRole::as_str).collect::<Vec<_>>().join(",")
            }
        }
    }

    /// Whether a staff member holds the role. Nobody else does, the operator included: a rule
    /// that lets the operator do something says so.
    pub fn holds(&self, role: StaffRole) -> bool {
        matches!(&self.identity, Identity::Staff { roles, .. } if roles.contains(&role))
    }

    /// The customer this person belongs to, when they do.
    pub fn customer(&self) -> Option<Key> {
        match self.identity {
            Identity::Customer { customer, .. } => Some(customer),
            _ => None,
        }
    }
}
