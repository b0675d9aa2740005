//! Thirty-two clients at one dispute, each a process of its own: one of them ends the state, the
//! others are told so, what anybody wrote is there once or was refused, and money moves once.

use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;

use openrebate::db::Db;
use openrebate::disputes::Action;
use openrebate::mailbox;

use super::*;

const CLIENTS: usize = 32;

/// What became of one client.
#[derive(Debug)]
struct Ended {
    action: Action,
    /// What it wrote, or what it granted.
    text: String,
    granted: i64,
    /// The sentence of the refusal, if it was refused.
    refused: Option<&'static str>,
}

/// A process of its own on the story's database.
fn process(app: &TestApp) -> Db {
    Db::open_few(app.db.url(), app.db.house().clone(), app.db.clock().clone(), 1).unwrap()
}

impl Scene<'_> {
    /// All at once, the clients do these in turn, each with its own connection. Who is told that
    /// the dispute changed meanwhile looks again and tries anew, as a person would.
    fn race(&self, dispute: &Dispute, actions: &[Action]) -> Vec<Ended> {
        let barrier = Barrier::new(CLIENTS);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (barrier, action) = (&barrier, actions[client % actions.len()]);
                    scope.spawn(move || {
                        let db = process(self.app);
                        barrier.wait();
                        self.persist(&db, dispute, client, action)
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        })
    }

    fn persist(&self, db: &Db, dispute: &Dispute, client: usize, action: Action) -> Ended {
        let text = format!("{action} of client {client} in {}", dispute.state);
        let granted = 100 + i64::try_from(client).unwrap();
        for _ in 0..1_000 {
            let refused = match self.strike(db, dispute, action, &text, granted) {
                Ok(()) => None,
                Err(Error::Busy(_)) => continue,
                Err(Error::Refused(said)) if said.key == "dispute-changed-meanwhile" => continue,
                Err(Error::Refused(said)) => Some(said.key),
                Err(other) => panic!("client {client} at {action}: {other:?}"),
            };
            return Ended { action, text, granted, refused };
        }
        panic!("client {client} never got through")
    }

    /// Looks at the dispute and acts on what it saw, in two steps.
    fn strike(
        &self,
        db: &Db,
        dispute: &Dispute,
        action: Action,
        text: &str,
        granted: i64,
    ) -> Result<()> {
        let (id, customer) = (&dispute.id, self.customer);
        let reach = disputes::Reach::default();
        let revision = db.read(|conn| disputes::one(conn, &reach, id))?.dispute.revision;
        let accepted = Verdict { reason: text.to_owned(), ..verdict(Outcome::Partly, granted) };
        let (buyer, manager, terms) = (&self.buyer, &self.manager, &self.terms);
        let (reviewer, approver) = (&self.reviewer, &self.approver);
        match action {
            Action::Decide => db.write(manager, |tx| {
                disputes::decide(tx, id, revision, &accepted, terms).map(|_| ())
            }),
            Action::ApproveDecision => db.write(approver, |tx| {
                disputes::approve_decision(tx, id, revision, terms).map(|_| ())
            }),
            Action::ReturnDecision => db.write(approver, |tx| {
                disputes::return_decision(tx, id, revision, text).map(|_| ())
            }),
            Action::DecideAppeal => db.write(reviewer, |tx| {
                disputes::decide_appeal(tx, id, revision, &accepted, terms).map(|_| ())
            }),
            Action::Withdraw => db.write(buyer, |tx| disputes::withdraw(tx, customer, id)),
            Action::Accept => db.write(buyer, |tx| disputes::accept(tx, customer, id)),
            Action::Appeal => db.write(buyer, |tx| disputes::appeal(tx, customer, id, text, terms)),
            Action::TakeAppeal => db.write(reviewer, |tx| disputes::take_appeal(tx, id)),
            Action::Answer => db.write(buyer, |tx| disputes::answer(tx, id, text)),
            Action::Reply if dispute.state == State::AppealReview => {
                db.write(reviewer, |tx| disputes::reply(tx, id, text))
            }
            Action::Reply => db.write(manager, |tx| disputes::reply(tx, id, text)),
            Action::Ask => db.write(manager, |tx| disputes::ask(tx, id, text)),
            Action::Note => db.write(manager, |tx| disputes::note(tx, id, text)),
            Action::Assign => {
                let to = manager.person().unwrap();
                db.write(manager, |tx| disputes::assign(tx, id, to))
            }
            other => unreachable!("nobody races to {other}"),
        }
    }

    /// What holds after every race: who got through ended the state once, texts are there once or
    /// not at all, and the books are in order. The one client that ended the state.
    fn settle<'a>(&self, dispute: &Dispute, ended: &'a [Ended], endings: &[Action]) -> &'a Ended {
        let through = |e: &&Ended| e.refused.is_none();
        let winners: Vec<_> =
            ended.iter().filter(through).filter(|e| endings.contains(&e.action)).collect();
        let [winner] = winners.as_slice() else { panic!("not one ending: {winners:?}") };
        for loser in ended.iter().filter(|e| e.refused.is_some()) {
            let said = loser.refused.unwrap();
            assert!(said.starts_with("dispute-is-"), "{loser:?}");
            assert!(words::english().has(said), "{said}");
        }
        let events = self.app.read(|conn| disputes::events(conn, &dispute.id));
        for e in ended.iter().filter(|e| writes(e.action)) {
            let kept = events.iter().filter(|event| event.text == e.text).count();
            assert_eq!(kept, usize::from(e.refused.is_none()), "{e:?}");
        }
        assert!((1..).zip(&events).all(|(place, event)| event.position == place));
        let sound = self.app.read(|conn| {
            Ok((disputes::verify(conn)?, ledger::verify(conn)?.1, audit::verify(conn)?.1))
        });
        assert_eq!(sound, (Vec::new(), Vec::new(), None));
        winner
    }

    /// Everything granted for the dispute, as posted, and how many letters told of a decision.
    fn posted(&self, dispute: &Dispute) -> (Vec<i64>, usize) {
        let granted = self.entries(dispute).iter().map(ledger::Posted::moves_balance).collect();
        let told = ["dispute_decided", "appeal_decided"].map(|kind| {
            self.app.read(|conn| mailbox::of_cause(conn, kind, dispute.id.as_str())).len()
        });
        (granted, told.iter().sum())
    }
}

/// Whether what a client writes stands on the timeline.
fn writes(action: Action) -> bool {
    use Action::{Answer, Appeal, Ask, Decide, DecideAppeal, Note, Reply, ReturnDecision};
    [Answer, Appeal, Ask, Decide, DecideAppeal, Note, Reply, ReturnDecision].contains(&action)
}

both! {
    fn deciding_withdrawing_asking_and_editing_end_a_review_once(app: &TestApp) {
        use Action::{Answer, Assign, Decide, Note, Reply, Withdraw};
        let scene = scene(app);
        for _ in 0..3 {
            let dispute = scene.in_review(10_000);
            let before = app.read(|conn| ledger::balance(conn, scene.customer, CNY));
            let race = [Decide, Withdraw, Note, Reply, Answer, Assign, Decide, Note];
            let ended = scene.race(&dispute, &race);
            let winner = scene.settle(&dispute, &ended, &[Decide, Withdraw]);
            if winner.action == Decide {
                scene.check(&dispute, (State::Decided, before.payable + winner.granted, 0));
                assert_eq!(scene.posted(&dispute), (vec![winner.granted], 1));
            } else {
                scene.check(&dispute, (State::Withdrawn, before.payable, 0));
                assert_eq!(scene.posted(&dispute), (vec![], 0));
            }
            // Notes are written whatever became of it; everybody else was in time or was told.
            let noted = ended.iter().filter(|e| e.action == Note);
            assert!(noted.clone().count() == 8 && noted.into_iter().all(|e| e.refused.is_none()));
        }
    }

    fn approving_returning_and_withdrawing_end_a_proposal_once(app: &TestApp) {
        use Action::{Answer, ApproveDecision, Note, ReturnDecision, Withdraw};
        let scene = scene(app);
        for _ in 0..3 {
            let dispute = scene.in_review(10_000);
            scene.decide(&dispute, &verdict(Outcome::Accepted, 500_001)).unwrap();
            let before = app.read(|conn| ledger::balance(conn, scene.customer, CNY));
            let race = [ApproveDecision, ReturnDecision, Withdraw, Note, Answer, ApproveDecision];
            let ended = scene.race(&scene.now(&dispute), &race);
            let endings: Vec<_> = ended
                .iter()
                .filter(|e| e.refused.is_none() && [ApproveDecision, ReturnDecision].contains(&e.action))
                .collect();
            // What was returned is in review, where it can be withdrawn as well.
            assert!(endings.len() <= 1, "{endings:?}");
            let granted = match endings.first() {
                Some(e) if e.action == ApproveDecision => {
                    scene.settle(&dispute, &ended, &[ApproveDecision, Withdraw]);
                    vec![500_001]
                }
                _ => {
                    scene.settle(&dispute, &ended, &[Withdraw]);
                    vec![]
                }
            };
            let told = granted.len();
            let sum: i64 = granted.iter().sum();
            let state = if told == 1 { State::Decided } else { State::Withdrawn };
            scene.check(&dispute, (state, before.payable + sum, 0));
            assert_eq!(scene.posted(&dispute), (granted, told));
        }
    }

    fn accepting_and_appealing_end_a_decision_once_and_an_appeal_is_decided_once(app: &TestApp) {
        use Action::{Accept, Answer, Appeal, DecideAppeal, Note, Reply, TakeAppeal, Withdraw};
        let scene = scene(app);
        for _ in 0..3 {
            let dispute = scene.in_review(10_000);
            scene.decide(&dispute, &verdict(Outcome::Partly, 1_000)).unwrap();
            let decided = scene.now(&dispute);
            let before = app.read(|conn| ledger::balance(conn, scene.customer, CNY));
            let race = [Accept, Appeal, Note, Withdraw];
            let ended = scene.race(&decided, &race);
            if scene.settle(&decided, &ended, &[Accept, Appeal]).action == Accept {
                scene.check(&dispute, (State::Closed, before.payable, 0));
                assert_eq!(scene.posted(&dispute), (vec![1_000], 1));
                continue;
            }
            scene.check(&dispute, (State::Appealed, before.payable - 9_000, 9_000));
            let ended = scene.race(&scene.now(&dispute), &[TakeAppeal, Note]);
            scene.settle(&dispute, &ended, &[TakeAppeal]);
            let race = [DecideAppeal, Note, Reply, Answer, DecideAppeal, Withdraw];
            let ended = scene.race(&scene.now(&dispute), &race);
            let winner = scene.settle(&dispute, &ended, &[DecideAppeal]);
            scene.check(&dispute, (State::AppealDecided, before.payable + winner.granted, 0));
            assert_eq!(scene.posted(&dispute), (vec![1_000, winner.granted], 2));
        }
    }

    fn who_reads_before_another_commits_decides_nothing(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(10_000);
        let (id, customer) = (&dispute.id, scene.customer);
        // The page is read, the withdrawal is committed, then the decision is sent.
        let seen = scene.now(&dispute).revision;
        let other = process(app);
        other.write(&scene.buyer, |tx| disputes::withdraw(tx, customer, id)).unwrap();
        let late = scene.by(&scene.manager, |tx| {
            disputes::decide(tx, id, seen, &verdict(Outcome::Accepted, 10_000), &scene.terms)
        });
        assert_eq!(refusal(late), "dispute-is-withdrawn");
        assert_eq!(scene.posted(&dispute), (vec![], 0));
    }

    fn a_withdrawal_waits_for_the_decision_that_began_before_it(app: &TestApp) {
        let scene = &scene(app);
        for decide_first in [true, false] {
            let dispute = &scene.in_review(10_000);
            let before = app.read(|conn| ledger::balance(conn, scene.customer, CNY)).payable;
            let revision = dispute.revision;
            let decide = move |tx: &mut Tx<'_>| {
                let accepted = verdict(Outcome::Accepted, 10_000);
                disputes::decide(tx, &dispute.id, revision, &accepted, &scene.terms).map(|_| ())
            };
            let withdraw =
                move |tx: &mut Tx<'_>| disputes::withdraw(tx, scene.customer, &dispute.id);
            let (told, hear) = mpsc::channel();
            let (knock, door) = mpsc::channel();
            let (first, second) = thread::scope(|scope| {
                // It has done its work and not committed when the other begins.
                let first = scope.spawn(move || {
                    let db = process(app);
                    let by = if decide_first { &scene.manager } else { &scene.buyer };
                    db.write(by, |tx| {
                        let done = if decide_first { decide(tx) } else { withdraw(tx) };
                        told.send(()).unwrap();
                        door.recv().unwrap();
                        done
                    })
                });
                hear.recv().unwrap();
                let (by, db) = (if decide_first { &scene.buyer } else { &scene.manager }, process(app));
                knock.send(()).unwrap();
                let second = db.write(by, |tx| {
                    if decide_first { withdraw(tx) } else { decide(tx) }
                });
                (first.join().unwrap(), second)
            });
            first.unwrap();
            if decide_first {
                assert_eq!(refusal(second), "dispute-is-decided");
                scene.check(dispute, (State::Decided, before + 10_000, 0));
                assert_eq!(scene.posted(dispute), (vec![10_000], 1));
            } else {
                assert_eq!(refusal(second), "dispute-is-withdrawn");
                scene.check(dispute, (State::Withdrawn, before, 0));
                assert_eq!(scene.posted(dispute), (vec![], 0));
            }
        }
    }

    fn a_decision_that_fails_at_the_end_leaves_nothing_and_the_next_one_holds(app: &TestApp) {
        let scene = scene(app);
        let dispute = scene.in_review(10_000);
        let (id, revision) = (&dispute.id, dispute.revision);
        let before = crate::support::contents(app);
        let accepted = verdict(Outcome::Accepted, 10_000);
        let broken: Result<()> = scene.by(&scene.manager, |tx| {
            disputes::decide(tx, id, revision, &accepted, &scene.terms)?;
            Err(Error::internal("the machine fails before it commits"))
        });
        assert!(matches!(broken, Err(Error::Internal(_))));
        assert_eq!(crate::support::contents(app), before);
        scene.decide(&dispute, &accepted).unwrap();
        assert_eq!(scene.posted(&dispute), (vec![10_000], 1));
    }
}
