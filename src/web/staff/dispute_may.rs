//! What whoever looks at a dispute may do now, so that its workspace offers nothing else.

use chrono::NaiveDate;

use crate::disputes::{Action, Dispute, State};
use crate::people::{self, Person};
use crate::values::StaffRole;

pub(super) struct May {
    pub assign: bool,
    /// Assigning it to oneself.
    pub take: Option<String>,
    pub reply: bool,
    pub ask: bool,
    pub attach: bool,
    pub note: bool,
    pub decide: bool,
    pub approve: bool,
    pub return_: bool,
    pub take_appeal: bool,
    pub decide_appeal: bool,
    pub snooze: bool,
    pub wake: bool,
    pub merge: bool,
    pub link: bool,
}

impl May {
    pub(super) fn of(
        allowed: &[Action],
        who: &Person,
        dispute: &Dispute,
        today: NaiveDate,
    ) -> Self {
        let may = |action| allowed.contains(&action);
        let manages = matches!(&who.side, people::Side::Staff(roles)
            if roles.contains(&StaffRole::AccountManager));
        let own = dispute.assignee.as_ref() == Some(&who.id);
        // Taking what is one's own already says that its review begins.
        let waits = dispute.state == State::Submitted;
        let take = may(Action::Assign) && manages && (waits || !own);
        let late = dispute.due().is_some_and(|due| due <= today);
        let sleeps = dispute.sleeps(today);
        Self {
            assign: may(Action::Assign),
            take: take.then(|| who.id.to_string()),
            reply: may(Action::Reply),
            ask: may(Action::Ask),
            attach: may(Action::Attach),
            note: may(Action::Note),
            decide: may(Action::Decide),
            approve: may(Action::ApproveDecision),
            return_: may(Action::ReturnDecision),
            take_appeal: may(Action::TakeAppeal),
            decide_appeal: may(Action::DecideAppeal),
            snooze: may(Action::Snooze) && own && !late && !sleeps,
            wake: may(Action::Snooze) && sleeps,
            merge: may(Action::Merge),
            link: may(Action::Link),
        }
    }

    /// Whom to assign it to when the reader takes it.
    pub(super) fn take_as(&self) -> &str {
        self.take.as_deref().unwrap_or_default()
    }

    /// Whether a step of the dispute itself waits for the reader.
    pub(super) fn anything(&self) -> bool {
        self.assign
            || self.decide
            || self.approve
            || self.return_
            || self.take_appeal
            || self.decide_appeal
    }
}
