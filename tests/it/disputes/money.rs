//! While a dispute is open the disputed amount is held and the rest is paid; with its end the hold
//! ends.

use openrebate::payouts::{self, Form, NewPayout, Payout};

use super::*;

impl Scene<'_> {
    fn pay(&self, finance: &Actor, amount: Option<i64>) -> Result<Payout> {
        let customer = self.customer;
        an_account(self.app, customer);
        let new = NewPayout { customer, currency: CNY, form: Form::Cash, amount, note: None };
        self.by(finance, |tx| payouts::prepare(tx, new.clone()))
    }

    fn approve(&self, finance: &Actor, payout: &Payout) -> Result<()> {
        self.by(finance, |tx| payouts::submit(tx, &payout.id))?;
        self.by(&self.approver, |tx| payouts::approve(tx, &payout.id, &payout.content_hash))
    }
}

/// The sentence of a refusal, in both languages.
#[track_caller]
fn sentences(result: Result<Payout>) -> [String; 2] {
    let Err(Error::Refused(text)) = result else { panic!("not refused: {result:?}") };
    [words::words(openrebate::values::Language::ZhCn).say(&text), words::english().say(&text)]
}

both! {
    fn the_rest_is_payable_while_the_disputed_amount_is_held(app: &TestApp) {
        let scene = scene(app);
        let finance = a_member(app, "finance", &[StaffRole::Finance]);
        let dispute = scene.in_review(200_000);
        assert_eq!(
            sentences(scene.pay(&finance, Some(800_001))),
            [
                "可用返利为 ¥8,000.00，不足以支付 ¥8,000.01；另有 ¥2,000.00 因争议或办理中的兑付冻结。",
                "The available balance is ¥8,000.00; ¥8,000.01 can’t be paid from it. A further \
                 ¥2,000.00 is on hold for disputes or payouts under way.",
            ]
        );
        scene.check(&dispute, (State::InReview, 800_000, 200_000));
        let rest = scene.pay(&finance, None).unwrap();
        assert_eq!(rest.amount, 800_000);
        scene.approve(&finance, &rest).unwrap();
        scene.check(&dispute, (State::InReview, 0, 200_000));
        assert_eq!(
            sentences(scene.pay(&finance, None)),
            [
                "可用返利为 ¥0.00，没有可兑付的金额；另有 ¥2,000.00 因争议或办理中的兑付冻结。",
                "The available balance is ¥0.00, so there is nothing to pay. ¥2,000.00 is on hold \
                 for disputes or payouts under way.",
            ]
        );
        // With the decision the hold ends, and what was granted is there.
        scene.decide(&dispute, &verdict(Outcome::Partly, 50_000)).unwrap();
        scene.check(&dispute, (State::Decided, 250_000, 0));
        // The appeal holds what is still disputed; its end lets it go.
        scene.appealed(&dispute).unwrap();
        scene.check(&dispute, (State::Appealed, 100_000, 150_000));
        assert_eq!(scene.pay(&finance, None).unwrap().amount, 100_000);
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, &dispute.id)).unwrap();
        let revision = scene.now(&dispute).revision;
        scene.by(&scene.reviewer, |tx| {
            let rejected = verdict(Outcome::Rejected, 0);
            disputes::decide_appeal(tx, &dispute.id, revision, &rejected, &scene.terms)
        })
        .unwrap();
        assert_eq!(scene.pay(&finance, None).unwrap().amount, 150_000);
        // Nothing is left, and all that is reserved is reserved for payouts.
        scene.check(&dispute, (State::AppealDecided, 0, 250_000));
    }

    fn what_is_taken_back_is_no_longer_held(app: &TestApp) {
        let scene = scene(app);
        let finance = a_member(app, "finance", &[StaffRole::Finance]);
        let dispute = scene.in_review(1_000_000);
        scene.check(&dispute, (State::InReview, 0, 1_000_000));
        assert_eq!(refusal(scene.pay(&finance, None)), "payout-nothing-available-held");
        scene.by(&scene.buyer, |tx| disputes::withdraw(tx, scene.customer, &dispute.id)).unwrap();
        scene.check(&dispute, (State::Withdrawn, 1_000_000, 0));
        assert_eq!(scene.pay(&finance, None).unwrap().amount, 1_000_000);
    }

    fn a_payout_under_way_is_not_held_a_second_time(app: &TestApp) {
        let scene = scene(app);
        let finance = a_member(app, "finance", &[StaffRole::Finance]);
        let payout = scene.pay(&finance, Some(900_000)).unwrap();
        let dispute = scene.in_review(200_000);
        scene.check(&dispute, (State::InReview, 0, 1_000_000));
        // It was prepared before, and is covered still.
        scene.approve(&finance, &payout).unwrap();
        scene.check(&dispute, (State::InReview, 0, 100_000));
        scene.by(&scene.buyer, |tx| disputes::withdraw(tx, scene.customer, &dispute.id)).unwrap();
        scene.check(&dispute, (State::Withdrawn, 100_000, 0));
    }

    fn a_decision_above_the_limit_is_told_to_approvers_and_its_end_to_whoever_proposed_it(app: &TestApp) {
        let scene = scene(app);
        let told = |kind: &str| {
            let mut letters = app.read(|conn| openrebate::mailbox::latest(conn, None, None, 200));
            letters.retain(|letter| letter.kind == kind);
            letters.into_iter().map(|letter| letter.to).collect::<Vec<_>>()
        };
        let dispute = scene.in_review(800_000);
        assert_eq!(scene.decide(&dispute, &verdict(Outcome::Partly, 600_000)).unwrap(), State::AwaitingApproval);
        assert_eq!(told("approval_waiting"), ["approver@example.com"]);
        let now = scene.now(&dispute);
        scene.by(&scene.approver, |tx| disputes::return_decision(tx, &dispute.id, now.revision, "请补充发票")).unwrap();
        assert_eq!(told("approval_refused"), ["manager@example.com"]);
        // Proposed again it waits again.
        scene.decide(&scene.now(&dispute), &verdict(Outcome::Partly, 600_000)).unwrap();
        assert_eq!(told("approval_waiting").len(), 2);
        let now = scene.now(&dispute);
        scene.by(&scene.approver, |tx| disputes::approve_decision(tx, &dispute.id, now.revision, &scene.terms)).unwrap();
        assert_eq!(told("approval_given"), ["manager@example.com"]);
        // Below the limit nobody is asked.
        let small = scene.in_review(100_000);
        scene.decide(&small, &verdict(Outcome::Accepted, 100_000)).unwrap();
        assert_eq!(told("approval_waiting").len(), 2);
    }
}
