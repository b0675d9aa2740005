//! Granting more than is disputed, at once or over both decisions, takes a confirmation of exactly
//! that sum.

use super::*;

impl Scene<'_> {
    /// Decides, or decides the appeal, with so much granted and this confirmed; None when done,
    /// else the sentence.
    fn granting(&self, dispute: &Dispute, granted: i64, beyond: Option<i64>) -> Option<String> {
        let now = self.now(dispute);
        let outcome = if granted > 0 { Outcome::Accepted } else { Outcome::Rejected };
        let verdict = Verdict { beyond, ..verdict(outcome, granted) };
        let appeal = now.state == State::AppealReview;
        let by = if appeal { &self.reviewer } else { &self.manager };
        let done = self.by(by, |tx| {
            let decide = if appeal { disputes::decide_appeal } else { disputes::decide };
            decide(tx, &now.id, now.revision, &verdict, &self.terms)
        });
        match done {
            Ok(_) => None,
            Err(Error::Invalid(problems)) => {
                let [problem] = problems.as_slice() else { panic!("{problems:?}") };
                assert_eq!(
                    (problem.field.as_str(), problem.text.key),
                    ("beyond", "dispute-beyond")
                );
                assert_eq!(self.now(dispute), now, "nothing changed");
                Some(words::english().say(&problem.text))
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// What was confirmed, as the audit log has it.
    fn confirmed(&self, dispute: &Dispute) -> Vec<String> {
        let events = self.app.read(|conn| audit::of_object(conn, "dispute", dispute.id.as_str()));
        let confirmed = events.into_iter().filter(|e| e.action == "dispute.beyond_confirmed");
        confirmed.map(|event| event.reason.unwrap_or_default()).collect()
    }
}

both! {
    fn more_than_is_disputed_takes_a_confirmation_of_that_sum(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(200_000);
        let said = scene.granting(&dispute, 200_001, None).unwrap();
        assert!(said.starts_with(
            "This brings the total granted to ¥2,000.01: ¥0.01 more than the ¥2,000.00 in dispute."
        ), "{said}");
        // What was confirmed beside another amount confirms nothing.
        assert!(scene.granting(&dispute, 300_000, Some(200_001)).is_some());
        scene.check(&dispute, (State::InReview, 800_000, 200_000));
        assert_eq!(scene.confirmed(&dispute), [""; 0]);
        assert_eq!(scene.granting(&dispute, 200_001, Some(200_001)), None);
        scene.check(&dispute, (State::Decided, 1_200_001, 0));
        assert_eq!(scene.confirmed(&dispute), ["¥2,000.01 > ¥2,000.00"]);
    }

    fn what_was_granted_at_first_counts_on_appeal(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(100_000);
        assert_eq!(scene.granting(&dispute, 60_000, None), None);
        scene.appealed(&dispute).unwrap();
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, &dispute.id)).unwrap();
        // Alone it would be within; with the first decision it isn't.
        let said = scene.granting(&dispute, 40_001, None).unwrap();
        assert!(said.contains("the total granted to ¥1,000.01: ¥0.01 more than the ¥1,000.00"), "{said}");
        assert!(scene.granting(&dispute, 40_001, Some(40_001)).is_some(), "the sum, not the part");
        scene.check(&dispute, (State::AppealReview, 1_020_000, 40_000));
        assert_eq!(scene.granting(&dispute, 40_001, Some(100_001)), None);
        scene.check(&dispute, (State::AppealDecided, 1_100_001, 0));
        assert_eq!(scene.confirmed(&dispute), ["¥1,000.01 > ¥1,000.00"]);
    }

    fn all_that_is_disputed_nothing_more_and_unsaid_amounts_are_asked_nothing(app: &TestApp) {
        let scene = scene(app);
        let whole = scene.in_review(200_000);
        assert_eq!(scene.granting(&whole, 200_000, None), None);
        // The customer couldn't say how much is in dispute.
        let unsaid = scene.in_review(0);
        assert_eq!(scene.granting(&unsaid, 200_000, None), None);
        // What was confirmed once isn't asked again where nothing is added.
        let rejected = scene.in_review(100);
        assert_eq!(scene.granting(&rejected, 101, Some(101)), None);
        scene.appealed(&rejected).unwrap();
        scene.by(&scene.reviewer, |tx| disputes::take_appeal(tx, &rejected.id)).unwrap();
        assert_eq!(scene.granting(&rejected, 0, None), None);
        assert_eq!(scene.confirmed(&rejected).len(), 1);
    }

    fn a_proposal_over_the_limit_is_confirmed_by_whoever_proposes_it(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(100);
        assert!(scene.granting(&dispute, 500_001, None).is_some());
        assert_eq!(scene.granting(&dispute, 500_001, Some(500_001)), None);
        assert_eq!(scene.now(&dispute).state, State::AwaitingApproval);
        assert_eq!(scene.confirmed(&dispute), ["¥5,000.01 > ¥1.00"]);
    }
}
