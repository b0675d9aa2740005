//! Which step follows which, who may take it, and what a payout is made of. Pure.

use std::collections::HashMap;

use crate::policies::Form;
use crate::text_enum;
use crate::values::{Actor, Currency, Fingerprint, Key, PersonId, PolicyId, StaffRole, Text};

text_enum! {
    /// Where a payout stands (DOMAIN §5).
    pub enum State {
        Draft = "draft",
        Submitted = "submitted",
        Approved = "approved",
        Sent = "sent",
        Settled = "settled",
        Returned = "returned",
        Rejected = "rejected",
    }
}

impl State {
    /// What the customer may see: nothing before it is approved.
    pub const PUBLISHED: &'static [Self] =
        &[Self::Approved, Self::Sent, Self::Settled, Self::Returned];

    /// Whether the payout takes, or has taken, money out of the balance.
    pub fn takes_money(self) -> bool {
        !matches!(self, Self::Returned | Self::Rejected)
    }

    /// The sentence for whoever wanted a step this state doesn't allow.
    pub fn sentence(self) -> Text {
        Text::new(match self {
            Self::Draft => "payout-is-draft",
            Self::Submitted => "payout-is-submitted",
            Self::Approved => "payout-is-approved",
            Self::Sent => "payout-is-sent",
            Self::Settled => "payout-is-settled",
            Self::Returned => "payout-is-returned",
            Self::Rejected => "payout-is-rejected",
        })
    }
}

text_enum! {
    /// What can be done to a payout.
    pub enum Action {
        Submit = "submit",
        Approve = "approve",
        Reject = "reject",
        MarkSent = "mark_sent",
        Settle = "settle",
        Return = "return",
    }
}

/// The state an action leads to; None where the state doesn't allow it. A settled payout may
/// still come back: the bank or the customer sends the money again.
pub fn next(state: State, action: Action) -> Option<State> {
    match (state, action) {
        (State::Draft, Action::Submit) => Some(State::Submitted),
        (State::Submitted, Action::Approve) => Some(State::Approved),
        (State::Draft | State::Submitted, Action::Reject) => Some(State::Rejected),
        (State::Approved, Action::MarkSent) => Some(State::Sent),
        (State::Sent, Action::Settle) => Some(State::Settled),
        (State::Sent | State::Settled, Action::Return) => Some(State::Returned),
        _ => None,
    }
}

/// Who may prepare a payout.
pub fn check_may_prepare(actor: &Actor) -> Result<(), Text> {
    if actor.holds(StaffRole::Finance) { Ok(()) } else { Err(Text::new("payout-needs-finance")) }
}

/// Who may take the step. `hands` are the people who prepared or submitted the payout, `editor` who
/// let the account in that it goes to: none of them approves it, whatever roles they hold
/// (DOMAIN §2).
pub fn check_may(
    actor: &Actor,
    action: Action,
    hands: &[PersonId],
    editor: Option<&PersonId>,
) -> Result<(), Text> {
    match action {
        Action::Approve => {
            if !actor.holds(StaffRole::Approver) {
                return Err(Text::new("payout-needs-approver"));
            }
            let own = actor.person().is_none_or(|person| hands.contains(person));
            if own {
                Err(Text::new("payout-own-approval"))
            } else if actor.person() == editor {
                Err(Text::new("payout-own-account"))
            } else {
                Ok(())
            }
        }
        Action::Reject if actor.holds(StaffRole::Approver) => Ok(()),
        _ => check_may_prepare(actor),
    }
}

/// A cause that moved the payable balance, and how much of it payouts took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `accrual` or `dispute`.
    pub cause: String,
    pub cause_id: String,
    pub policy: Option<PolicyId>,
    pub period: String,
    pub currency: Currency,
    /// What people know it by: a policy code or a dispute number.
    pub reference: String,
    /// Not yet earned: accrued in a period still open.
    pub estimated: i64,
    /// Earned, all in all.
    pub earned: i64,
    /// What of it expired.
    pub expired: i64,
    /// In payouts that are under way or paid.
    pub taken: i64,
    /// Its policy pays from a minimum on, and doesn't owe that much yet.
    pub below_minimum: bool,
}

text_enum! {
    /// Why a source isn't paid now.
    pub enum Exclusion {
        /// Its period is still open.
        StillEstimated = "still_estimated",
        /// What wasn't used of it in its time expired.
        Expired = "expired",
        /// It is paid, or in a payout under way.
        InPayout = "in_payout",
        /// Negative: it is set off against the others.
        SetOff = "set_off",
        /// All its policy owes is below the least the policy pays out.
        BelowMinimum = "below_minimum",
    }
}

impl Source {
    /// Earned, not expired and in no payout; negative after a return.
    pub fn open(&self) -> i64 {
        self.earned - self.expired - self.taken
    }

    /// Why none of it is paid now; None when it is eligible.
    pub fn exclusion(&self) -> Option<Exclusion> {
        match self.open() {
            open if open > 0 && self.below_minimum => Some(Exclusion::BelowMinimum),
            open if open > 0 => None,
            0 if self.estimated != 0 => Some(Exclusion::StillEstimated),
            0 if self.expired != 0 => Some(Exclusion::Expired),
            0 => Some(Exclusion::InPayout),
            _ => Some(Exclusion::SetOff),
        }
    }
}

/// Marks the sources of policies that owe less than they pay out: `minimum` says each policy's, in
/// minor units. They wait until more has come together (FORMATS, `minimum_payout`).
pub fn hold_below_minimum(sources: &mut [Source], minimum: impl Fn(&PolicyId) -> Option<i64>) {
    let mut owed: HashMap<(PolicyId, Currency), i64> = HashMap::new();
    for source in sources.iter() {
        if let Some(policy) = &source.policy {
            *owed.entry((policy.clone(), source.currency)).or_default() += source.open();
        }
    }
    for source in sources {
        let Some(policy) = &source.policy else { continue };
        let owed = owed.get(&(policy.clone(), source.currency)).copied().unwrap_or_default();
        source.below_minimum = minimum(policy).is_some_and(|least| owed < least);
    }
}

/// What waits for its policy's minimum.
pub fn waiting(sources: &[Source]) -> i64 {
    let waits = |source: &&Source| source.exclusion() == Some(Exclusion::BelowMinimum);
    sources.iter().filter(waits).map(Source::open).sum()
}

/// One line of a payout: which source, how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub cause: String,
    pub cause_id: String,
    pub policy: Option<PolicyId>,
    pub period: Option<String>,
    pub text: String,
    /// Negative where something is set off.
    pub amount: i64,
}

/// Makes the amount out of the sources, oldest first: what is owed back is set off in full, then
/// what is owed is taken until the amount is reached. None when the sources don't reach it.
pub fn compose(sources: &[Source], amount: i64) -> Option<Vec<Line>> {
    let owed_back: i64 = sources.iter().map(Source::open).filter(|open| *open < 0).sum();
    let mut left = amount - owed_back;
    let mut lines = Vec::new();
    for source in sources {
        let take = source.open().min(left);
        if source.exclusion() == Some(Exclusion::BelowMinimum)
            || take == 0
            || (source.open() > 0 && left == 0)
        {
            continue;
        }
        if take > 0 {
            left -= take;
        }
        lines.push(Line {
            cause: source.cause.clone(),
            cause_id: source.cause_id.clone(),
            policy: source.policy.clone(),
            period: Some(source.period.clone()),
            text: source.reference.clone(),
            amount: take,
        });
    }
    (left == 0).then_some(lines)
}

/// What an approver approves: this hash covers everything their page shows (DOMAIN §2), `account`
/// being the hash of the bank account it goes to, if it goes to one.
pub fn content_hash(
    customer: Key,
    currency: Currency,
    amount: i64,
    form: Form,
    payee: &str,
    account: Option<&str>,
    lines: &[Line],
) -> String {
    // What was prepared before the portal knew accounts keeps the hash it has.
    let head = match account {
        Some(account) => Fingerprint::new("openrebate payout 2").field(account),
        None => Fingerprint::new("openrebate payout 1"),
    };
    let head = head
        .field(customer.to_string())
        .field(currency.as_str())
        .field(amount.to_string())
        .field(form.as_str())
        .field(payee);
    lines
        .iter()
        .fold(head, |hash, line| {
            hash.field(&line.cause)
                .field(&line.cause_id)
                .field(line.policy.as_ref().map_or("-", |policy| policy.as_str()))
                .field(line.period.as_deref().unwrap_or("-"))
                .field(&line.text)
                .field(line.amount.to_string())
        })
        .finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::values::Identity;

    #[test]
    fn every_action_in_every_state() {
        let allowed = [
            ("draft", "submit", "submitted"),
            ("draft", "reject", "rejected"),
            ("submitted", "approve", "approved"),
            ("submitted", "reject", "rejected"),
            ("approved", "mark_sent", "sent"),
            ("sent", "settle", "settled"),
            ("sent", "return", "returned"),
            ("settled", "return", "returned"),
        ];
        for state in State::ALL {
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

    fn staff(person: &str, roles: &[StaffRole]) -> Actor {
        Actor {
            identity: Identity::Staff {
                person: PersonId::from_text(person),
                roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            },
            ..Actor::operator()
        }
    }

    #[test]
    fn every_action_by_every_role() {
        use StaffRole::{AccountManager, Admin, AppealsReviewer, Approver, Auditor, Finance};
        let hands = [PersonId::from_text("preparer")];
        for action in Action::ALL {
            for role in [AccountManager, Admin, AppealsReviewer, Approver, Auditor, Finance] {
                let expected = match action {
                    Action::Approve => role == Approver,
                    Action::Reject => role == Approver || role == Finance,
                    _ => role == Finance,
                };
                let found = check_may(&staff("other", &[role]), *action, &hands, None).is_ok();
                assert_eq!(found, expected, "{action} by {role}");
            }
            assert!(check_may(&Actor::operator(), *action, &hands, None).is_err(), "{action}");
            assert!(check_may(&Actor::system("job"), *action, &hands, None).is_err(), "{action}");
        }
    }

    #[test]
    fn who_prepared_it_does_not_approve_it_whatever_roles_they_hold() {
        let both = staff("preparer", StaffRole::ALL);
        let refused = check_may(&both, Action::Approve, &[PersonId::from_text("preparer")], None);
        assert_eq!(refused, Err(Text::new("payout-own-approval")));
        let editor = PersonId::from_text("preparer");
        let refused = check_may(&both, Action::Approve, &[], Some(&editor));
        assert_eq!(refused, Err(Text::new("payout-own-account")));
        let other = PersonId::from_text("other");
        assert_eq!(check_may(&both, Action::Approve, &[], Some(&other)), Ok(()));
    }

    fn source(id: &str, earned: i64, taken: i64) -> Source {
        Source {
            cause: "accrual".to_owned(),
            cause_id: id.to_owned(),
            policy: None,
            period: "2026-Q3".to_owned(),
            currency: Currency::CNY,
            reference: id.to_owned(),
            estimated: 0,
            earned,
            expired: 0,
            taken,
            below_minimum: false,
        }
    }

    #[test]
    fn the_oldest_is_paid_first_and_what_is_owed_back_is_set_off() {
        type Amounts<'a> = &'a [(&'a str, i64)];
        let check = |sources: &[(&str, i64, i64)], amount: i64, expected: Option<Amounts<'_>>| {
            let sources: Vec<_> = sources.iter().map(|(i, e, t)| source(i, *e, *t)).collect();
            let lines = compose(&sources, amount);
            let found = lines
                .as_ref()
                .map(|l| l.iter().map(|l| (l.text.as_str(), l.amount)).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected);
        };
        let three = [("a", 100, 0), ("b", 50, 50), ("c", 70, 0)];
        check(&three, 170, Some(&[("a", 100), ("c", 70)]));
        check(&three, 100, Some(&[("a", 100)]));
        check(&three, 120, Some(&[("a", 100), ("c", 20)]));
        check(&three, 171, None);
        let owing = [("a", 100, 0), ("b", 20, 50), ("c", 70, 0)];
        check(&owing, 140, Some(&[("a", 100), ("b", -30), ("c", 70)]));
        check(&owing, 60, Some(&[("a", 90), ("b", -30)]));
        check(&owing, 70, Some(&[("a", 100), ("b", -30)]));
        check(&owing, 141, None);
    }

    #[test]
    fn the_hash_covers_all_that_is_shown() {
        let lines = compose(&[source("a", 100, 0)], 100).unwrap();
        let of = |customer, amount, form, payee: &str, account, lines: &[Line]| {
            content_hash(customer, Currency::CNY, amount, form, payee, account, lines)
        };
        let hash = |customer, amount, form, payee: &str, lines: &[Line]| {
            of(customer, amount, form, payee, None, lines)
        };
        let shown = hash(1, 100, Form::Cash, "A", &lines);
        assert_eq!(shown, hash(1, 100, Form::Cash, "A", &lines));
        let mut other = lines.clone();
        other[0].cause_id = "b".to_owned();
        for changed in [
            hash(2, 100, Form::Cash, "A", &lines),
            hash(1, 101, Form::Cash, "A", &lines),
            hash(1, 100, Form::Offset, "A", &lines),
            hash(1, 100, Form::Cash, "B", &lines),
            hash(1, 100, Form::Cash, "A", &other),
            of(1, 100, Form::Cash, "A", Some("x"), &lines),
        ] {
            assert_ne!(shown, changed);
        }
        let to = |account| of(1, 100, Form::Cash, "A", Some(account), &lines);
        assert_ne!(to("x"), to("y"));
    }

    #[test]
    fn what_a_policy_owes_waits_for_its_minimum() {
        let of = |policy: &str, id: &str, earned: i64| Source {
            policy: Some(PolicyId::from_text(policy)),
            ..source(id, earned, 0)
        };
        let hundred = |policy: &PolicyId| (policy.as_str() != "free").then_some(10_000);
        for (sources, held, left) in [
            (vec![of("a", "1", 9_999), of("free", "2", 5)], 9_999, 5),
            // Two periods together reach it.
            (vec![of("a", "1", 6_000), of("a", "2", 4_000)], 0, 10_000),
            // What was paid too much is taken off first.
            (vec![of("a", "1", 12_000), of("a", "2", -3_000)], 12_000, -3_000),
            (vec![source("dispute", 5, 0), of("a", "1", 1)], 1, 5),
        ] {
            let mut sources = sources;
            hold_below_minimum(&mut sources, hundred);
            assert_eq!(waiting(&sources), held);
            if left > 0 {
                let lines = compose(&sources, left).unwrap();
                assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), left);
                assert_eq!(compose(&sources, left + 1), None);
            }
        }
    }
}
