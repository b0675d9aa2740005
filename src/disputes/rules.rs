//! Which action a dispute's state allows, who may take it, and what a decision must be. Pure.

use rust_decimal::Decimal;

use crate::text_enum;
use crate::values::{Actor, CustomerRole, Identity, Money, PersonId, Problem, StaffRole, Text};

text_enum! {
    /// Where a dispute stands (DOMAIN §5).
    pub enum State {
        Submitted = "submitted",
        InReview = "in_review",
        /// The customer was asked something; the clock stands.
        WaitingCustomer = "waiting_customer",
        /// A decision above the manager's limit waits for an approver. Internal, see
        /// `Dispute::state_for_customer`.
        AwaitingApproval = "awaiting_approval",
        Decided = "decided",
        Appealed = "appealed",
        AppealReview = "appeal_review",
        AppealDecided = "appeal_decided",
        Closed = "closed",
        Withdrawn = "withdrawn",
    }
}

impl State {
    /// What waits for somebody of the company.
    pub const OPEN: &'static [Self] = &[
        Self::Submitted,
        Self::InReview,
        Self::WaitingCustomer,
        Self::AwaitingApproval,
        Self::Appealed,
        Self::AppealReview,
    ];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// The sentence for whoever wanted what this state doesn't allow.
    pub fn sentence(self) -> Text {
        Text::new(match self {
            Self::Submitted => "dispute-is-submitted",
            Self::InReview => "dispute-is-in-review",
            Self::WaitingCustomer => "dispute-is-waiting-customer",
            Self::AwaitingApproval => "dispute-is-awaiting-approval",
            Self::Decided => "dispute-is-decided",
            Self::Appealed => "dispute-is-appealed",
            Self::AppealReview => "dispute-is-appeal-review",
            Self::AppealDecided => "dispute-is-appeal-decided",
            Self::Closed => "dispute-is-closed",
            Self::Withdrawn => "dispute-is-withdrawn",
        })
    }
}

text_enum! {
    /// What can be done to a dispute.
    pub enum Action {
        Assign = "assign",
        Reply = "reply",
        /// An internal note.
        Note = "note",
        Ask = "ask",
        /// The customer writes.
        Answer = "answer",
        Attach = "attach",
        Decide = "decide",
        ApproveDecision = "approve_decision",
        ReturnDecision = "return_decision",
        Accept = "accept",
        /// The appeal window passed.
        Lapse = "lapse",
        Appeal = "appeal",
        TakeAppeal = "take_appeal",
        DecideAppeal = "decide_appeal",
        Withdraw = "withdraw",
        /// Put aside until a day.
        Snooze = "snooze",
        /// The same claim was filed twice: it goes on in the other dispute.
        Merge = "merge",
        /// Held side by side with another dispute.
        Link = "link",
    }
}

/// The state an action leads to; None where the state doesn't allow it. `appeal` says that the
/// decision an approver looks at is the one on the appeal.
pub fn next(state: State, action: Action, appeal: bool) -> Option<State> {
    use State::{
        AppealDecided, AppealReview, Appealed, AwaitingApproval, Closed, Decided, InReview,
        Submitted, WaitingCustomer, Withdrawn,
    };
    match (action, state) {
        (Action::Assign | Action::Reply, Submitted) => Some(InReview),
        (Action::Assign, InReview | WaitingCustomer) => Some(state),
        (Action::Reply, InReview | WaitingCustomer | AppealReview) => Some(state),
        (Action::Note | Action::Link, _) => Some(state),
        (Action::Snooze, InReview | WaitingCustomer | AwaitingApproval | AppealReview) => {
            Some(state)
        }
        (Action::Merge, Submitted | InReview | WaitingCustomer) => Some(Closed),
        (Action::Ask, Submitted | InReview) => Some(WaitingCustomer),
        (Action::Answer, WaitingCustomer) => Some(InReview),
        (
            Action::Answer | Action::Attach,
            Submitted | InReview | WaitingCustomer | AwaitingApproval | Appealed | AppealReview,
        ) => Some(state),
        (Action::Decide, InReview | WaitingCustomer) => Some(Decided),
        (Action::ApproveDecision, AwaitingApproval) => {
            Some(if appeal { AppealDecided } else { Decided })
        }
        (Action::ReturnDecision, AwaitingApproval) => {
            Some(if appeal { AppealReview } else { InReview })
        }
        (Action::Accept | Action::Lapse, Decided | AppealDecided) => Some(Closed),
        (Action::Appeal, Decided) => Some(Appealed),
        // Once more by somebody else, where whoever took it is away.
        (Action::TakeAppeal, Appealed | AppealReview) => Some(AppealReview),
        (Action::DecideAppeal, AppealReview) => Some(AppealDecided),
        // After an appeal there is a decision already, which stands.
        (Action::Withdraw, AwaitingApproval) if appeal => None,
        (Action::Withdraw, Submitted | InReview | WaitingCustomer | AwaitingApproval) => {
            Some(Withdrawn)
        }
        _ => None,
    }
}

/// What an actor has to do with a dispute.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// It is assigned to them, or its customer is in their portfolio.
    pub own: bool,
    /// They proposed a decision over the limit.
    pub proposed: bool,
    /// They had a hand in it before the appeal.
    pub involved: bool,
    /// They took the appeal.
    pub took_appeal: bool,
    /// Whoever has it is away today, or gone.
    pub vacant: bool,
}

/// Who may do it (DOMAIN §2). Nobody acts twice: who proposed a decision doesn't approve it, and
/// who had a hand in the first look doesn't take the second.
pub fn check_may(actor: &Actor, action: Action, state: State, who: Standing) -> Result<(), Text> {
    let need = |ok: bool, key: &'static str| if ok { Ok(()) } else { Err(Text::new(key)) };
    let manager = actor.holds(StaffRole::AccountManager);
    let reviewer = actor.holds(StaffRole::AppealsReviewer);
    match action {
        Action::Answer | Action::Accept | Action::Appeal | Action::Withdraw => {
            need(is_customer_finance(actor), "dispute-needs-customer-finance")
        }
        Action::Attach => need(
            is_customer_finance(actor) || (manager && who.own) || (reviewer && who.took_appeal),
            "dispute-needs-customer-finance",
        ),
        Action::Note | Action::Link => need(may_write_notes(actor), "dispute-needs-staff"),
        Action::Snooze => {
            need((manager && who.own) || (reviewer && who.took_appeal), "dispute-needs-manager")
        }
        Action::Merge => need(manager && who.own, "dispute-needs-manager"),
        Action::Assign => {
            need((manager && who.own) || actor.holds(StaffRole::Admin), "dispute-needs-manager")
        }
        // Whoever took the appeal writes while it is reviewed, and is told so afterwards.
        Action::Reply if state == State::AppealReview || (reviewer && who.took_appeal) => {
            need(reviewer && who.took_appeal, "dispute-needs-reviewer")
        }
        Action::Reply | Action::Ask | Action::Decide => {
            need(manager && who.own, "dispute-needs-manager")
        }
        Action::ApproveDecision | Action::ReturnDecision => {
            need(actor.holds(StaffRole::Approver), "dispute-needs-approver")?;
            need(!who.proposed, "dispute-own-approval")?;
            need(!who.involved, "dispute-own-appeal")
        }
        Action::TakeAppeal => {
            need(reviewer, "dispute-needs-reviewer")?;
            need(!who.involved, "dispute-own-appeal")?;
            let free = state != State::AppealReview || (who.vacant && !who.took_appeal);
            if free { Ok(()) } else { Err(state.sentence()) }
        }
        Action::DecideAppeal => {
            need(reviewer && who.took_appeal, "dispute-needs-reviewer")?;
            need(!who.involved, "dispute-own-appeal")
        }
        Action::Lapse => need(
            matches!(actor.identity, Identity::System | Identity::Operator),
            "dispute-needs-schedule",
        ),
    }
}

/// Whether the actor is a customer's person who may file and answer.
pub fn is_customer_finance(actor: &Actor) -> bool {
    matches!(
        actor.identity,
        Identity::Customer { role: CustomerRole::Finance | CustomerRole::Manager, .. }
    )
}

/// All staff but those who only look.
fn may_write_notes(actor: &Actor) -> bool {
    match &actor.identity {
        Identity::Staff { roles, .. } => roles.iter().any(|role| *role != StaffRole::Auditor),
        _ => false,
    }
}

text_enum! {
    /// How a dispute was decided.
    pub enum Outcome {
        Accepted = "accepted",
        Partly = "partly",
        Rejected = "rejected",
        /// The claim is right and is put right without money of its own: a missing invoice will
        /// be imported and accrue by itself, an explanation was what was asked for.
        AcceptedWithoutMoney = "accepted_without_money",
    }
}

/// A decision as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Minor units of the dispute's currency.
    pub granted: i64,
    /// Read by the customer.
    pub reason: String,
    /// What the decisions grant in all, where that is more than is disputed and somebody confirmed
    /// exactly that.
    pub beyond: Option<i64>,
}

/// A verdict has a reason; accepting, fully or partly, has money; the others have none.
pub fn check_verdict(verdict: &Verdict) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, key| problems.push(Problem::new(field, Text::new(key)));
    let with_money = matches!(verdict.outcome, Outcome::Accepted | Outcome::Partly);
    if with_money && verdict.granted <= 0 {
        wrong("granted", "dispute-granted-missing");
    }
    if !with_money && verdict.granted != 0 {
        wrong("granted", "dispute-granted-without-acceptance");
    }
    if verdict.reason.trim().is_empty() {
        wrong("reason", "dispute-reason-missing");
    }
    if verdict.reason.chars().count() > TEXT_LIMIT {
        wrong("reason", "dispute-text-too-long");
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// By how much all that is granted exceeds what is disputed. A customer who couldn't say how much
/// is in dispute disputes no amount to be exceeded.
pub fn beyond(disputed: i64, granted: i64) -> Option<i64> {
    (disputed > 0 && granted > disputed).then(|| granted.saturating_sub(disputed))
}

/// Whether a grant waits for an approver: above the limit, in major units.
pub fn needs_approval(granted: Money, limit: Decimal) -> bool {
    granted.decimal() > limit
}

/// Characters of a text that people write.
pub const TEXT_LIMIT: usize = 2_000;

/// A text people wrote, without blanks around it.
pub fn text<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Problem> {
    let text = text.trim();
    let key = match text.chars().count() {
        0 => "dispute-text-missing",
        n if n > TEXT_LIMIT => "dispute-text-too-long",
        _ => return Ok(text),
    };
    Err(Problem::new(field, Text::new(key).with("field", field)))
}

/// How much of a disputed amount is held: what is there, and no more. A claim for money that
/// isn't in the balance holds nothing, because nothing of what is there is in doubt.
pub fn held(disputed: i64, available: i64) -> i64 {
    disputed.min(available).max(0)
}

/// Whether the person is among those named.
pub fn among(person: Option<&PersonId>, others: &[PersonId]) -> bool {
    person.is_some_and(|person| others.contains(person))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::values::Currency;

    #[test]
    fn every_action_in_every_state() {
        // One row per action: the states that allow it, and where it leads (= stays).
        let allowed = [
            ("assign", "submitted>in_review in_review= waiting_customer="),
            ("reply", "submitted>in_review in_review= waiting_customer= appeal_review="),
            (
                "note",
                "submitted= in_review= waiting_customer= awaiting_approval= decided= appealed= \
                 appeal_review= appeal_decided= closed= withdrawn=",
            ),
            ("ask", "submitted>waiting_customer in_review>waiting_customer"),
            (
                "answer",
                "submitted= in_review= waiting_customer>in_review awaiting_approval= appealed= \
                 appeal_review=",
            ),
            (
                "attach",
                "submitted= in_review= waiting_customer= awaiting_approval= appealed= \
                 appeal_review=",
            ),
            ("decide", "in_review>decided waiting_customer>decided"),
            ("approve_decision", "awaiting_approval>decided"),
            ("return_decision", "awaiting_approval>in_review"),
            ("accept", "decided>closed appeal_decided>closed"),
            ("lapse", "decided>closed appeal_decided>closed"),
            ("appeal", "decided>appealed"),
            ("take_appeal", "appealed>appeal_review appeal_review="),
            ("decide_appeal", "appeal_review>appeal_decided"),
            (
                "withdraw",
                "submitted>withdrawn in_review>withdrawn waiting_customer>withdrawn \
                 awaiting_approval>withdrawn",
            ),
            ("snooze", "in_review= waiting_customer= awaiting_approval= appeal_review="),
            ("merge", "submitted>closed in_review>closed waiting_customer>closed"),
            (
                "link",
                "submitted= in_review= waiting_customer= awaiting_approval= decided= appealed= \
                 appeal_review= appeal_decided= closed= withdrawn=",
            ),
        ];
        assert_eq!(allowed.len(), Action::ALL.len());
        for (action, cells) in allowed {
            let action = Action::from_code(action).unwrap();
            for state in State::ALL {
                let expected = cells.split_whitespace().find_map(|cell| {
                    let stays = format!("{state}=");
                    let (from, to) = cell.split_once('>').unwrap_or((cell, ""));
                    if cell == stays {
                        Some(*state)
                    } else if from == state.as_str() {
                        State::from_code(to)
                    } else {
                        None
                    }
                });
                assert_eq!(next(*state, action, false), expected, "{action} in {state}");
            }
        }
        let waiting = State::AwaitingApproval;
        assert_eq!(next(waiting, Action::ApproveDecision, true), Some(State::AppealDecided));
        assert_eq!(next(waiting, Action::ReturnDecision, true), Some(State::AppealReview));
        assert_eq!(next(waiting, Action::Withdraw, true), None);
    }

    fn staff(role: StaffRole) -> Actor {
        let identity = Identity::Staff {
            person: PersonId::from_text("somebody"),
            roles: BTreeSet::from([role]),
        };
        Actor { identity, ..Actor::operator() }
    }

    fn customer(role: CustomerRole) -> Actor {
        let person = PersonId::from_text("buyer");
        Actor { identity: Identity::Customer { person, customer: 1, role }, ..Actor::operator() }
    }

    #[test]
    fn every_action_by_every_role() {
        let who = Standing { own: true, took_appeal: true, ..Standing::default() };
        let rows = [
            (customer(CustomerRole::Viewer), ""),
            (customer(CustomerRole::Finance), "answer attach accept appeal withdraw"),
            (customer(CustomerRole::Manager), "answer attach accept appeal withdraw"),
            (
                staff(StaffRole::AccountManager),
                "assign reply note link ask attach decide snooze merge",
            ),
            (staff(StaffRole::Finance), "note link"),
            (staff(StaffRole::Approver), "note link approve_decision return_decision"),
            (
                staff(StaffRole::AppealsReviewer),
                "reply note link snooze attach take_appeal decide_appeal",
            ),
            (staff(StaffRole::Auditor), ""),
            (staff(StaffRole::Admin), "assign note link"),
            (Actor::system("duty"), "lapse"),
            (Actor::operator(), "lapse"),
        ];
        for (actor, may) in rows {
            for action in Action::ALL {
                let found = check_may(&actor, *action, State::InReview, who).is_ok();
                let expected = may.split(' ').any(|a| a == action.as_str());
                assert_eq!(found, expected, "{action} by {}", actor.roles());
            }
        }
    }

    #[test]
    fn nobody_acts_twice_and_nobody_acts_on_what_is_not_theirs() {
        let refusal = |role, action, who| {
            check_may(&staff(role), action, State::AppealReview, who).unwrap_err().key
        };
        let none = Standing::default();
        let (approver, reviewer) = (StaffRole::Approver, StaffRole::AppealsReviewer);
        let proposed = Standing { proposed: true, ..none };
        assert_eq!(refusal(approver, Action::ApproveDecision, proposed), "dispute-own-approval");
        let decided_first = Standing { involved: true, ..Standing::default() };
        assert_eq!(refusal(approver, Action::ApproveDecision, decided_first), "dispute-own-appeal");
        let involved = Standing { involved: true, took_appeal: true, ..none };
        assert_eq!(refusal(reviewer, Action::TakeAppeal, involved), "dispute-own-appeal");
        assert_eq!(refusal(reviewer, Action::DecideAppeal, involved), "dispute-own-appeal");
        assert_eq!(refusal(reviewer, Action::DecideAppeal, none), "dispute-needs-reviewer");
        let manager = StaffRole::AccountManager;
        assert_eq!(refusal(manager, Action::Decide, none), "dispute-needs-manager");
    }

    #[test]
    fn a_verdict_has_money_where_it_accepts_and_always_a_reason() {
        let check = |outcome, granted, reason: &str, expected: &[&str]| {
            let verdict = Verdict { outcome, granted, reason: reason.to_owned(), beyond: None };
            let problems = check_verdict(&verdict).err().unwrap_or_default();
            let keys: Vec<_> = problems.iter().map(|p| p.text.key).collect();
            assert_eq!(keys, expected);
        };
        check(Outcome::Accepted, 1, "r", &[]);
        check(Outcome::Partly, 1, "r", &[]);
        check(Outcome::Rejected, 0, "r", &[]);
        check(Outcome::AcceptedWithoutMoney, 0, "r", &[]);
        check(Outcome::Accepted, 0, "r", &["dispute-granted-missing"]);
        check(Outcome::Partly, -1, "r", &["dispute-granted-missing"]);
        check(Outcome::Rejected, 1, "r", &["dispute-granted-without-acceptance"]);
        check(Outcome::AcceptedWithoutMoney, 1, "r", &["dispute-granted-without-acceptance"]);
        check(Outcome::Rejected, 0, " ", &["dispute-reason-missing"]);
        check(Outcome::Rejected, 0, &"长".repeat(2_001), &["dispute-text-too-long"]);
    }

    #[test]
    fn only_above_the_limit_a_second_person_is_needed() {
        let check = |minor, expected| {
            let granted = Money::new(minor, Currency::CNY);
            assert_eq!(needs_approval(granted, Decimal::new(5_000, 0)), expected);
        };
        check(499_999, false);
        check(500_000, false);
        check(500_001, true);
    }

    #[test]
    fn beyond_is_what_exceeds_the_amount_in_dispute_if_there_is_one() {
        for (disputed, granted, expected) in [
            (100, 100, None),
            (100, 101, Some(1)),
            (0, 101, None),
            (1, i64::MAX, Some(i64::MAX - 1)),
        ] {
            assert_eq!(beyond(disputed, granted), expected);
        }
    }

    #[test]
    fn no_more_is_held_than_there_is() {
        for (disputed, available, expected) in
            [(100, 500, 100), (500, 100, 100), (100, 0, 0), (100, -50, 0), (0, 100, 0)]
        {
            assert_eq!(held(disputed, available), expected);
        }
    }
}
