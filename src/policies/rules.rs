//! Which step of a version's life follows which, and who may take it. Pure.

use super::VersionState;
use crate::text_enum;
use crate::values::{Actor, Identity, PersonId, StaffRole, Text};

text_enum! {
    /// What can be done to a version.
    pub enum Action {
        Edit = "edit",
        Submit = "submit",
        /// Back to the draft, to be edited; an approval is void with it.
        TakeBack = "take_back",
        Approve = "approve",
        /// An approver sends it back, with the reason.
        Return = "return",
        Publish = "publish",
        /// What publishing the next version does to the one before.
        Supersede = "supersede",
        End = "end",
        Withdraw = "withdraw",
    }
}

text_enum! {
    /// What was done to a version, as its history keeps it.
    pub enum StepKind {
        Drafted = "drafted",
        Edited = "edited",
        Submitted = "submitted",
        TakenBack = "taken_back",
        Approved = "approved",
        Returned = "returned",
        Published = "published",
        Superseded = "superseded",
        Ended = "ended",
        Withdrawn = "withdrawn",
    }
}

impl StepKind {
    /// The action this is the trace of; a version's first step, drafting, is none.
    pub fn action(self) -> Option<Action> {
        Some(match self {
            Self::Drafted => return None,
            Self::Edited => Action::Edit,
            Self::Submitted => Action::Submit,
            Self::TakenBack => Action::TakeBack,
            Self::Approved => Action::Approve,
            Self::Returned => Action::Return,
            Self::Published => Action::Publish,
            Self::Superseded => Action::Supersede,
            Self::Ended => Action::End,
            Self::Withdrawn => Action::Withdraw,
        })
    }

    /// Whether it says something about the terms: who did this doesn't approve them.
    pub fn shapes(self) -> bool {
        matches!(self, Self::Drafted | Self::Edited | Self::Submitted)
    }
}

impl VersionState {
    /// Not published yet, and perhaps never.
    pub const OPEN: &'static [Self] = &[Self::Draft, Self::Submitted, Self::Approved];
    /// What is promised now: an ended policy still holds until its last day.
    pub const PROMISED: &'static [Self] = &[Self::Published, Self::Ended];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether it is what is promised now.
    pub fn is_promised(self) -> bool {
        Self::PROMISED.contains(&self)
    }

    /// The sentence for whoever wanted a step this state doesn't allow.
    pub fn sentence(self) -> Text {
        Text::new(match self {
            Self::Draft => "policy-is-draft",
            Self::Submitted => "policy-is-submitted",
            Self::Approved => "policy-is-approved",
            Self::Published => "policy-is-published",
            Self::Superseded => "policy-is-superseded",
            Self::Ended => "policy-is-ended",
            Self::Withdrawn => "policy-is-withdrawn",
        })
    }
}

/// The state an action leads to; None where the state doesn't allow it (DOMAIN §5).
pub fn next(state: VersionState, action: Action) -> Option<VersionState> {
    use VersionState::{Approved, Draft, Ended, Published, Submitted, Superseded, Withdrawn};
    match (state, action) {
        (Draft, Action::Edit) => Some(Draft),
        (Draft, Action::Submit) => Some(Submitted),
        (Submitted | Approved, Action::TakeBack | Action::Return) => Some(Draft),
        (Submitted, Action::Approve) => Some(Approved),
        (Approved, Action::Publish) => Some(Published),
        (Published | Ended, Action::Supersede) => Some(Superseded),
        (Published, Action::End) => Some(Ended),
        (Draft | Published, Action::Withdraw) => Some(Withdrawn),
        _ => None,
    }
}

/// The state a version is in after these steps; None where they can't have followed one another.
/// A version of the command line begins as published.
pub fn replay(steps: impl IntoIterator<Item = StepKind>) -> Option<VersionState> {
    let mut state = None;
    for step in steps {
        state = Some(match (state, step.action()) {
            (None, None) => VersionState::Draft,
            (None, Some(Action::Publish)) => VersionState::Published,
            (Some(state), Some(action)) => next(state, action)?,
            _ => return None,
        });
    }
    state
}

/// Who may draft a policy or an amendment.
pub fn check_may_draft(actor: &Actor) -> Result<(), Text> {
    if actor.holds(StaffRole::AccountManager) {
        Ok(())
    } else {
        Err(Text::new("policy-needs-account-manager"))
    }
}

/// Who may take the step. `drafter` began the version; `hands` drafted, edited or submitted it at
/// any time: none of them approves it, ends it or takes it away, whatever roles they hold
/// (DOMAIN §2).
pub fn check_may(
    actor: &Actor,
    state: VersionState,
    action: Action,
    drafter: &PersonId,
    hands: &[PersonId],
) -> Result<(), Text> {
    let operator = actor.identity == Identity::Operator;
    let approver = actor.holds(StaffRole::Approver);
    let second = || {
        if !approver {
            return Err(Text::new("policy-needs-approver"));
        }
        let own = actor.person().is_none_or(|person| hands.contains(person));
        if own { Err(Text::new("policy-own-approval")) } else { Ok(()) }
    };
    match action {
        Action::Edit | Action::Submit | Action::TakeBack => check_may_draft(actor),
        Action::Approve => second(),
        Action::Return if approver => Ok(()),
        Action::Return => Err(Text::new("policy-needs-approver")),
        Action::Publish | Action::Supersede => match approver {
            true => Ok(()),
            false => check_may_draft(actor),
        },
        Action::End | Action::Withdraw if operator => Ok(()),
        // What never was published is its drafter's to drop; an approver clears up behind those
        // who left.
        Action::Withdraw if state.is_open() => {
            let own = actor.person() == Some(drafter);
            if own || approver { Ok(()) } else { Err(Text::new("policy-not-own-draft")) }
        }
        Action::End | Action::Withdraw => second(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::values::{
        CustomerRole,
        StaffRole::{AccountManager, Approver},
    };

    #[test]
    fn every_action_in_every_state() {
        let allowed = [
            ("draft", "edit", "draft"),
            ("draft", "submit", "submitted"),
            ("draft", "withdraw", "withdrawn"),
            ("submitted", "take_back", "draft"),
            ("submitted", "return", "draft"),
            ("submitted", "approve", "approved"),
            ("approved", "take_back", "draft"),
            ("approved", "return", "draft"),
            ("approved", "publish", "published"),
            ("published", "supersede", "superseded"),
            ("published", "end", "ended"),
            ("published", "withdraw", "withdrawn"),
            ("ended", "supersede", "superseded"),
        ];
        for state in VersionState::ALL {
            for action in Action::ALL {
                let expected = allowed
                    .iter()
                    .find(|(from, by, _)| *from == state.as_str() && *by == action.as_str())
                    .map(|(_, _, to)| *to);
                let found = next(*state, *action).map(|to| to.as_str());
                assert_eq!(found, expected, "{state} {action}");
            }
        }
    }

    #[test]
    fn only_a_draft_changes_and_only_what_was_approved_is_published() {
        for state in VersionState::ALL {
            assert_eq!(next(*state, Action::Edit).is_some(), *state == VersionState::Draft);
            let published = next(*state, Action::Publish).is_some();
            assert_eq!(published, *state == VersionState::Approved, "{state}");
        }
    }

    fn staff(person: &str, roles: &[StaffRole]) -> Actor {
        Actor {
            identity: Identity::Staff {
                person: PersonId::from_text(person),
                roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            },
            ..Actor::operator()
        }
    }

    /// Whether the actor may, on a version that `drafter` drafted and `editor` edited.
    fn may(actor: &Actor, state: VersionState, action: Action) -> Result<(), Text> {
        let person = PersonId::from_text;
        let hands = [person("drafter"), person("editor")];
        check_may(actor, state, action, &person("drafter"), &hands)
    }

    #[test]
    fn every_action_by_every_role() {
        for state in VersionState::ALL {
            for action in Action::ALL {
                for role in StaffRole::ALL {
                    let expected = match action {
                        Action::Edit | Action::Submit | Action::TakeBack => *role == AccountManager,
                        Action::Publish | Action::Supersede => {
                            [AccountManager, Approver].contains(role)
                        }
                        Action::Approve | Action::Return | Action::End | Action::Withdraw => {
                            *role == Approver
                        }
                    };
                    let found = may(&staff("other", &[*role]), *state, *action).is_ok();
                    assert_eq!(found, expected, "{action} of a {state} by {role}");
                }
                let operators = [Action::End, Action::Withdraw].contains(action);
                let operator = may(&Actor::operator(), *state, *action);
                assert_eq!(operator.is_ok(), operators, "{action} of a {state}");
                assert!(may(&Actor::system("job"), *state, *action).is_err(), "{action}");
                let customer = Actor {
                    identity: Identity::Customer {
                        person: PersonId::from_text("c"),
                        customer: 1,
                        role: CustomerRole::Manager,
                    },
                    ..Actor::operator()
                };
                assert!(may(&customer, *state, *action).is_err(), "{action}");
            }
        }
    }

    #[test]
    fn whose_hands_were_in_it_neither_approves_nor_ends_it_whatever_roles_they_hold() {
        let (submitted, published) = (VersionState::Submitted, VersionState::Published);
        for name in ["drafter", "editor"] {
            let all = staff(name, StaffRole::ALL);
            for (state, action) in [
                (submitted, Action::Approve),
                (published, Action::End),
                (published, Action::Withdraw),
            ] {
                assert_eq!(may(&all, state, action), Err(Text::new("policy-own-approval")));
            }
        }
    }

    #[test]
    fn a_draft_is_dropped_by_its_drafter_or_an_approver() {
        let drop = |actor: &Actor| may(actor, VersionState::Draft, Action::Withdraw).is_ok();
        assert!(drop(&staff("drafter", &[AccountManager])));
        assert!(!drop(&staff("editor", &[AccountManager])));
        assert!(drop(&staff("editor", &[Approver])));
    }

    #[test]
    fn a_history_is_a_way_through_the_table() {
        use StepKind::{
            Approved, Drafted, Edited, Ended, Published, Returned, Submitted, Superseded,
            TakenBack, Withdrawn,
        };
        for (steps, expected) in [
            (&[][..], None),
            (&[Drafted], Some(VersionState::Draft)),
            (&[Published], Some(VersionState::Published)),
            (&[Submitted], None),
            (&[Drafted, Edited, Submitted, Returned, Edited], Some(VersionState::Draft)),
            (&[Drafted, Submitted, Approved, TakenBack], Some(VersionState::Draft)),
            (&[Drafted, Submitted, Published], None),
            (&[Drafted, Submitted, Approved, Published, Ended], Some(VersionState::Ended)),
            (&[Published, Ended, Superseded], Some(VersionState::Superseded)),
            (&[Published, Withdrawn, Published], None),
            (&[Drafted, Drafted], None),
        ] {
            assert_eq!(replay(steps.iter().copied()), expected, "{steps:?}");
        }
    }
}
