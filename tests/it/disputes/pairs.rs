//! Every action on a dispute in every state, through the room's own doors: what the state allows
//! leads where it should, anything else is refused and changes nothing at all.

use openrebate::disputes::Action;

use super::*;
use crate::support::contents;

/// A state, and whether an appeal's decision is what awaits approval.
type Stage = (State, bool);

const STAGES: [Stage; 11] = [
    (State::Submitted, false),
    (State::InReview, false),
    (State::WaitingCustomer, false),
    (State::AwaitingApproval, false),
    (State::Decided, false),
    (State::Appealed, false),
    (State::AppealReview, false),
    (State::AwaitingApproval, true),
    (State::AppealDecided, false),
    (State::Closed, false),
    (State::Withdrawn, false),
];

/// Where DOMAIN §5 says that the action leads, in words of its own; None where it is refused.
fn leads(stage: Stage, action: Action) -> Option<State> {
    use Action::*;
    use State::*;
    let (state, appeal) = stage;
    let allowed: &[Action] = match state {
        Submitted => &[Assign, Reply, Ask, Answer, Attach, Withdraw, Merge],
        InReview => &[Assign, Reply, Ask, Answer, Attach, Decide, Withdraw, Snooze, Merge],
        WaitingCustomer => &[Assign, Reply, Answer, Attach, Decide, Withdraw, Snooze, Merge],
        AwaitingApproval if appeal => &[Answer, Attach, ApproveDecision, ReturnDecision, Snooze],
        AwaitingApproval => &[Answer, Attach, ApproveDecision, ReturnDecision, Withdraw, Snooze],
        Decided => &[Accept, Lapse, Appeal],
        Appealed => &[Answer, Attach, TakeAppeal],
        // Whoever took the appeal is here, so nobody else takes it.
        AppealReview => &[Reply, Answer, Attach, DecideAppeal, Snooze],
        AppealDecided => &[Accept, Lapse],
        Closed | Withdrawn => &[],
    };
    let anywhere = matches!(action, Note | Link);
    if !allowed.contains(&action) && !anywhere {
        return None;
    }
    Some(match (action, state) {
        (Assign | Reply, Submitted) => InReview,
        (Ask, _) => WaitingCustomer,
        (Answer, WaitingCustomer) => InReview,
        (Decide, _) => Decided,
        (ApproveDecision, _) if appeal => AppealDecided,
        (ApproveDecision, _) => Decided,
        (ReturnDecision, _) if appeal => AppealReview,
        (ReturnDecision, _) => InReview,
        (Accept | Lapse | Merge, _) => Closed,
        (Appeal, _) => Appealed,
        (TakeAppeal, _) => AppealReview,
        (DecideAppeal, _) => AppealDecided,
        (Withdraw, _) => Withdrawn,
        _ => state,
    })
}

impl Scene<'_> {
    /// A dispute over 10.00 that came to this stage.
    fn brought_to(&self, stage: Stage) -> Dispute {
        use Action::{Accept, Appeal, Ask, Assign, Decide, DecideAppeal, TakeAppeal, Withdraw};
        let dispute = self.filed(1_000);
        let steps: &[Action] = match stage {
            (State::Submitted, _) => &[],
            (State::InReview, _) | (State::AwaitingApproval, false) => &[Assign],
            (State::WaitingCustomer, _) => &[Ask],
            (State::Decided, _) => &[Assign, Decide],
            (State::Appealed, _) => &[Assign, Decide, Appeal],
            (State::AppealReview, _) | (State::AwaitingApproval, true) => {
                &[Assign, Decide, Appeal, TakeAppeal]
            }
            (State::AppealDecided, _) => &[Assign, Decide, Appeal, TakeAppeal, DecideAppeal],
            (State::Closed, _) => &[Assign, Decide, Accept],
            (State::Withdrawn, _) => &[Withdraw],
        };
        for step in steps {
            let done = self.try_out(&dispute, *step);
            done.unwrap_or_else(|e| panic!("{step} on the way to {stage:?}: {e}"));
        }
        if stage.0 == State::AwaitingApproval {
            self.propose(&dispute, stage.1).unwrap();
        }
        let now = self.now(&dispute);
        assert_eq!(now.state, stage.0);
        now
    }

    /// Decides over the limit.
    fn propose(&self, dispute: &Dispute, appeal: bool) -> Result<()> {
        let (id, revision) = (&dispute.id, self.now(dispute).revision);
        let mut large = verdict(Outcome::Accepted, 500_001);
        if appeal {
            // With what the first decision granted.
            large.beyond = Some(500_301);
            self.by(&self.reviewer, |tx| {
                disputes::decide_appeal(tx, id, revision, &large, &self.terms).map(|_| ())
            })
        } else {
            self.by(&self.manager, |tx| {
                disputes::decide(tx, id, revision, &large, &self.terms).map(|_| ())
            })
        }
    }

    /// Does it, as somebody who may as far as roles go, from a page that shows what there is.
    fn try_out(&self, dispute: &Dispute, action: Action) -> Result<()> {
        let now = self.now(dispute);
        let (id, revision, customer) = (&now.id, now.revision, self.customer);
        let (buyer, manager, reviewer) = (&self.buyer, &self.manager, &self.reviewer);
        let theirs = if now.state == State::AppealReview { reviewer } else { manager };
        let granted = verdict(Outcome::Partly, 300);
        match action {
            Action::Assign => {
                let to = manager.person().unwrap();
                self.by(manager, |tx| disputes::assign(tx, id, to))
            }
            Action::Reply => self.by(theirs, |tx| disputes::reply(tx, id, "已收到")),
            Action::Note => self.by(manager, |tx| disputes::note(tx, id, "内部备注")),
            Action::Ask => self.by(manager, |tx| disputes::ask(tx, id, "请提供发票")),
            Action::Answer => self.by(buyer, |tx| disputes::answer(tx, id, "见附件")),
            Action::Attach => {
                let file = disputes::check_file("发票.pdf", b"%PDF-1.7").unwrap();
                self.by(buyer, |tx| disputes::attach(tx, id, &file))
            }
            Action::Decide => self.by(manager, |tx| {
                disputes::decide(tx, id, revision, &granted, &self.terms).map(|_| ())
            }),
            Action::ApproveDecision => self.by(&self.approver, |tx| {
                disputes::approve_decision(tx, id, revision, &self.terms).map(|_| ())
            }),
            Action::ReturnDecision => self.by(&self.approver, |tx| {
                disputes::return_decision(tx, id, revision, "依据不足").map(|_| ())
            }),
            Action::Accept => self.by(buyer, |tx| disputes::accept(tx, customer, id)),
            Action::Lapse => unreachable!("the schedule takes all that are due at once"),
            Action::Appeal => self.appealed(&now),
            Action::TakeAppeal => {
                let taken = now.state == State::AppealReview;
                let who = if taken { &self.other_reviewer() } else { reviewer };
                self.by(who, |tx| disputes::take_appeal(tx, id))
            }
            Action::DecideAppeal => self.by(reviewer, |tx| {
                disputes::decide_appeal(tx, id, revision, &granted, &self.terms).map(|_| ())
            }),
            Action::Withdraw => self.by(buyer, |tx| disputes::withdraw(tx, customer, id)),
            Action::Snooze => {
                let (by, until) = match now.assignee.as_ref() == reviewer.person() {
                    true => (reviewer, self.app.db.today() + TimeDelta::days(1)),
                    false => (manager, self.app.db.today() + TimeDelta::days(1)),
                };
                self.by(by, |tx| disputes::snooze(tx, id, revision, until, ""))
            }
            Action::Merge => {
                let into = self.target();
                self.by(manager, |tx| disputes::merge(tx, id, revision, &into).map(|_| ()))
            }
            Action::Link => {
                let to = self.target();
                self.by(manager, |tx| disputes::link(tx, id, &to, ""))
            }
        }
    }

    fn other_reviewer(&self) -> Actor {
        let found = self.app.read(|conn| openrebate::people::by_email(conn, "second@example.com"));
        found.actor(None, None)
    }

    /// The number of the first dispute of the story, which nobody touched.
    fn target(&self) -> String {
        "ZY-2026-10-000001".to_owned()
    }

    /// What the portal's own schedule does.
    fn lapse(&self) -> usize {
        self.app.write(|tx| disputes::close_lapsed(tx, 100))
    }
}

both! {
    fn every_action_in_every_state_moves_or_is_refused_and_changes_nothing(app: &TestApp) {
        let scene = scene(app);
        a_member(app, "second", &[StaffRole::AppealsReviewer]);
        scene.filed(0);
        let mut moved = 0;
        for stage in STAGES {
            let standing = scene.brought_to(stage);
            let before = contents(app);
            for action in refused_in(stage) {
                let said = refusal(scene.try_out(&standing, action));
                assert_eq!(said, sentence(stage, action), "{action} in {stage:?}");
                assert_eq!(contents(app), before, "{action} in {stage:?}");
            }
            for (action, to) in allowed_in(stage) {
                let fresh = scene.brought_to(stage);
                let done = scene.try_out(&fresh, action);
                assert!(done.is_ok(), "{action} in {stage:?}: {done:?}");
                assert_eq!(scene.now(&fresh).state, to, "{action} in {stage:?}");
                moved += 1;
            }
        }
        assert_eq!(moved, 68);
    }

    fn the_schedule_closes_what_was_decided_and_nothing_else(app: &TestApp) {
        let scene = scene(app);
        let staged: Vec<_> = STAGES.map(|stage| (stage, scene.brought_to(stage))).into();
        let before = contents(app);
        assert_eq!(scene.lapse(), 0, "no window has passed yet");
        assert_eq!(contents(app), before);
        app.wait(TimeDelta::days(90));
        assert_eq!(scene.lapse(), 2);
        for (stage, dispute) in &staged {
            let closed = leads(*stage, Action::Lapse).unwrap_or(stage.0);
            assert_eq!(scene.now(dispute).state, closed, "{stage:?}");
        }
        let after = contents(app);
        assert_eq!(scene.lapse(), 0);
        assert_eq!(contents(app), after);
    }
}

/// What people do; the schedule has a story of its own.
fn deeds() -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied().filter(|action| *action != Action::Lapse)
}

fn allowed_in(stage: Stage) -> impl Iterator<Item = (Action, State)> {
    deeds().filter_map(move |action| leads(stage, action).map(|to| (action, to)))
}

fn refused_in(stage: Stage) -> impl Iterator<Item = Action> {
    deeds().filter(move |action| leads(stage, *action).is_none())
}

/// The sentence of a refusal: of the state, as whoever asks reads it; unless nobody took the
/// appeal that somebody wants to decide.
fn sentence(stage: Stage, action: Action) -> &'static str {
    let (state, appeal) = stage;
    let by_customer = matches!(
        action,
        Action::Answer | Action::Attach | Action::Accept | Action::Appeal | Action::Withdraw
    );
    let taken = appeal || matches!(state, State::AppealReview | State::AppealDecided);
    let shown = match state {
        State::AwaitingApproval if by_customer && appeal => State::AppealReview,
        State::AwaitingApproval if by_customer => State::InReview,
        state => state,
    };
    match action {
        Action::DecideAppeal if !taken => "dispute-needs-reviewer",
        _ => shown.sentence().key,
    }
}
