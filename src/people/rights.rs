//! Who may do what and whether at all: roles given and taken, accounts disabled and enabled, sessions
//! ended. Nobody does any of it to themselves. One active administrator stays, and a customer's own
//! managers leave one of them; the company's administrators may end a customer's last one, because
//! they can invite another.

use std::collections::BTreeSet;

use super::invitations::{self, Host, tell};
use super::links::{Purpose, withdraw_link};
use super::{Person, PersonState, Side, by_id, store};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::text_enum;
use crate::values::{CustomerRole, Key, PersonId, Problem, StaffRole, Text};

text_enum! {
    /// Why two roles shouldn't be one person's (DOMAIN §2). The rules keep everybody from acting
    /// twice on one object; two people who can each do both halves could still trade favours.
    pub enum Conflict {
        /// Drafts policies and proposes adjustments, and approves them.
        DraftsAndApproves = "drafts_and_approves",
        /// Prepares payouts and approves them.
        PaysAndApproves = "pays_and_approves",
        /// Decides disputes and their appeals.
        DecidesAndReviews = "decides_and_reviews",
        /// Hands out rights and has some over money.
        GrantsAndPays = "grants_and_pays",
        /// Checks work of their own.
        ChecksOwnWork = "checks_own_work",
    }
}

/// What speaks against one person having all these roles.
pub fn conflicts(roles: &BTreeSet<StaffRole>) -> Vec<Conflict> {
    use StaffRole::{AccountManager, Admin, AppealsReviewer, Approver, Auditor, Finance};
    let both = |one, other| roles.contains(&one) && roles.contains(&other);
    [
        (both(AccountManager, Approver), Conflict::DraftsAndApproves),
        (both(Finance, Approver), Conflict::PaysAndApproves),
        (both(AccountManager, AppealsReviewer), Conflict::DecidesAndReviews),
        (both(Admin, Finance) || both(Admin, Approver), Conflict::GrantsAndPays),
        (roles.contains(&Auditor) && roles.len() > 1, Conflict::ChecksOwnWork),
    ]
    .into_iter()
    .filter_map(|(true_of_them, conflict)| true_of_them.then_some(conflict))
    .collect()
}

/// Whether somebody can be given these roles.
///
/// # Errors
/// None is named, or some conflict and nobody said `despite`.
pub(super) fn fit(roles: &BTreeSet<StaffRole>, despite: bool) -> Result<()> {
    if roles.is_empty() {
        return Err(Error::invalid("roles", Text::new("people-role-needed")));
    }
    if !despite && !conflicts(roles).is_empty() {
        return Err(Error::Invalid(vec![Problem::new("despite", Text::new("people-conflict"))]));
    }
    Ok(())
}

/// The roles as the audit log keeps them.
pub(super) fn of(side: &Side) -> String {
    match side {
        Side::Customer(_, role) => format!("customer_{role}"),
        Side::Staff(roles) => roles.iter().map(StaffRole::as_str).collect::<Vec<_>>().join(","),
    }
}

/// Somebody of the customer's, in whatever state.
///
/// # Errors
/// There is nobody of the id, or they are another's.
pub fn colleague(conn: &mut Conn, customer: Key, id: &PersonId) -> Result<Person> {
    let person = by_id(conn, id)?;
    if person.customer() == Some(customer) { Ok(person) } else { Err(Error::NotFound) }
}

/// Gives a member of staff these roles instead of those they have. The same roles again change
/// nothing.
///
/// # Errors
/// As [`fit`]; it is oneself; they are the last administrator.
pub fn set_staff_roles(
    tx: &mut Tx<'_>,
    id: &PersonId,
    roles: &BTreeSet<StaffRole>,
    despite: bool,
) -> Result<()> {
    let person = by_id(tx, id)?;
    let Side::Staff(before) = &person.side else { return Err(Error::NotFound) };
    if before == roles {
        return Ok(());
    }
    not_oneself(tx, id)?;
    fit(roles, despite)?;
    leave_one(tx, &person, Some(&Side::Staff(roles.clone())))?;
    store::set_roles(tx, id, roles)?;
    changed(tx, &person, &Side::Staff(roles.clone()))
}

/// Gives a customer's person this role. The same role again changes nothing.
///
/// # Errors
/// It is oneself; they are the customer's last manager.
pub fn set_customer_role(tx: &mut Tx<'_>, id: &PersonId, role: CustomerRole) -> Result<()> {
    let person = by_id(tx, id)?;
    let Side::Customer(customer, before) = person.side else { return Err(Error::NotFound) };
    if before == role {
        return Ok(());
    }
    not_oneself(tx, id)?;
    let side = Side::Customer(customer, role);
    leave_one(tx, &person, Some(&side))?;
    store::set_customer_role(tx, id, role)?;
    changed(tx, &person, &side)
}

fn changed(tx: &mut Tx<'_>, person: &Person, side: &Side) -> Result<()> {
    let reason = format!("{} -> {}", of(&person.side), of(side));
    tell(tx, person, "person.roles_set", Some(&reason))
}

/// Ends a person's access: no sign-in any more, every session dies at once, and no link they were
/// sent opens anything.
///
/// # Errors
/// There is no such person, or the person is disabled already; it is oneself; they are the last
/// administrator, or the last manager of the customer whose manager does it.
pub fn disable(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    let person = by_id(tx, id)?;
    not_oneself(tx, id)?;
    if person.state == PersonState::Disabled {
        return Err(Error::refused("people-already-disabled"));
    }
    leave_one(tx, &person, None)?;
    store::set_state(tx, id, PersonState::Disabled)?;
    store::delete_sessions_of(tx, id)?;
    for purpose in Purpose::ALL {
        withdraw_link(tx, *purpose, id)?;
    }
    tell(tx, &person, "person.disabled", None)
}

/// Gives a disabled person their access back, with the password they had; who never chose one is
/// invited again.
///
/// # Errors
/// They aren't disabled.
pub fn enable(tx: &mut Tx<'_>, id: &PersonId, host: &Host) -> Result<()> {
    let person = by_id(tx, id)?;
    if person.state != PersonState::Disabled {
        return Err(Error::refused("people-not-disabled"));
    }
    if store::password(tx, id)?.is_some() {
        store::set_state(tx, id, PersonState::Active)?;
    } else {
        store::set_state(tx, id, PersonState::Invited)?;
        invitations::send(tx, &person, host)?;
    }
    tell(tx, &person, "person.enabled", None)
}

/// Ends every session of a person, who can sign in again.
pub fn end_sessions(tx: &mut Tx<'_>, id: &PersonId) -> Result<()> {
    let person = by_id(tx, id)?;
    store::delete_sessions_of(tx, id)?;
    tell(tx, &person, "person.sessions_ended", None)
}

pub(super) fn not_oneself(tx: &Tx<'_>, id: &PersonId) -> Result<()> {
    if tx.by().person() == Some(id) {
        return Err(Error::refused("people-not-oneself"));
    }
    Ok(())
}

/// Whether somebody who can go on managing remains when the person is what is said, or nothing.
fn leave_one(tx: &mut Tx<'_>, person: &Person, after: Option<&Side>) -> Result<()> {
    if person.state != PersonState::Active {
        return Ok(());
    }
    let others = |people: Vec<Person>| people.iter().any(|other| other.id != person.id);
    let admin = |side: &Side| matches!(side, Side::Staff(r) if r.contains(&StaffRole::Admin));
    if admin(&person.side) && !after.is_some_and(admin) {
        let left = others(store::staff_with_role(tx, StaffRole::Admin)?);
        return if left { Ok(()) } else { Err(Error::refused("people-last-admin")) };
    }
    let manages = |side: &Side| matches!(side, Side::Customer(_, CustomerRole::Manager));
    match (person.customer(), tx.by().customer()) {
        (Some(customer), Some(_)) if manages(&person.side) && !after.is_some_and(manages) => {
            let left = others(super::managers_of(tx, customer)?);
            if left { Ok(()) } else { Err(Error::refused("people-last-manager")) }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_prepares_and_approves_is_said_of_each_such_pair() {
        use StaffRole::{AccountManager, Admin, AppealsReviewer, Approver, Auditor, Finance};
        let cases: [(&[StaffRole], &[Conflict]); 12] = [
            (&[], &[]),
            (&[Finance], &[]),
            (&[Finance, AccountManager], &[]),
            (&[Approver, AppealsReviewer], &[]),
            (&[Admin, AccountManager], &[]),
            (&[AccountManager, Approver], &[Conflict::DraftsAndApproves]),
            (&[Finance, Approver], &[Conflict::PaysAndApproves]),
            (&[AccountManager, AppealsReviewer], &[Conflict::DecidesAndReviews]),
            (&[Admin, Finance], &[Conflict::GrantsAndPays]),
            (&[Admin, Approver], &[Conflict::GrantsAndPays]),
            (&[Auditor, Admin], &[Conflict::ChecksOwnWork]),
            (&[AccountManager, Finance, Approver, AppealsReviewer, Auditor, Admin], Conflict::ALL),
        ];
        for (roles, expected) in cases {
            let roles: BTreeSet<_> = roles.iter().copied().collect();
            assert_eq!(conflicts(&roles), expected, "{roles:?}");
        }
    }

    #[test]
    fn conflicting_roles_are_given_only_when_somebody_says_so() {
        let field =
            |roles: &[StaffRole], despite| match fit(&roles.iter().copied().collect(), despite) {
                Ok(()) => String::new(),
                Err(Error::Invalid(problems)) => problems[0].field.clone(),
                Err(other) => panic!("{other}"),
            };
        let both = [StaffRole::Finance, StaffRole::Approver];
        for (roles, despite, expected) in [
            (&[][..], true, "roles"),
            (&both[..1], false, ""),
            (&both, false, "despite"),
            (&both, true, ""),
        ] {
            assert_eq!(field(roles, despite), expected, "{roles:?} {despite}");
        }
    }
}
