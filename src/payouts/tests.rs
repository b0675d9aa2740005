use std::collections::BTreeSet;
use std::sync::Barrier;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::*;
use crate::db::schema::customers;
use crate::db::{Clock, DatabaseUrl, Db, House};
use crate::ledger::Balance;
use crate::values::{Actor, Identity, StaffRole};

const CNY: Currency = Currency::CNY;

struct Scene {
    db: Db,
    _folder: tempfile::TempDir,
}

fn staff(person: &str, roles: &[StaffRole]) -> Actor {
    let identity = Identity::Staff {
        person: PersonId::from_text(person),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
    };
    Actor { identity, name: person.to_owned(), ..Actor::operator() }
}

fn finance() -> Actor {
    staff("finance", &[StaffRole::Finance])
}

fn approver() -> Actor {
    staff("approver", &[StaffRole::Approver])
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Two customers; the first has earned 1,000.00 and then 500.00, and 70.00 are still estimated.
fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payouts.db");
    let url: DatabaseUrl = format!("sqlite://{}", path.display()).parse().unwrap();
    let now: DateTime<Utc> = "2026-09-15T04:00:00Z".parse().unwrap();
    let db = Db::open(&url, House::default(), Clock::standing_at(now)).unwrap();
    db.migrate().unwrap();
    db.write(&Actor::system("test"), |tx| {
        for (key, name) in [(1, "甲商贸有限公司"), (2, "乙商贸有限公司")] {
            let at = tx.stamp();
            diesel::insert_into(customers::table)
                .values((
                    customers::id.eq(key),
                    customers::code.eq(format!("C{key}")),
                    customers::name.eq(name),
                    customers::kind.eq("distributor"),
                    customers::class.eq("regular"),
                    customers::region.eq("华东"),
                    customers::currency.eq(CNY),
                    customers::language.eq("zh-CN"),
                    customers::created_at.eq(at),
                    customers::updated_at.eq(at),
                ))
                .execute(&mut **tx)?;
        }
        earn(tx, "q1", Movement::Accrue, 100_000)?;
        earn(tx, "q1", Movement::Close, 100_000)?;
        earn(tx, "q2", Movement::Adjust, 50_000)?;
        earn(tx, "q3", Movement::Accrue, 7_000)
    })
    .unwrap();
    Scene { db, _folder: folder }
}

fn earn(tx: &mut Tx<'_>, accrual: &str, movement: Movement, amount: i64) -> Result<()> {
    let cause = if movement == Movement::Close { Cause::Close } else { Cause::Accrual };
    let entry = Entry {
        cause,
        cause_id: accrual.to_owned(),
        policy: None,
        customer: 1,
        currency: CNY,
        effective: tx.today(),
        period: format!("2026-{}", accrual.to_uppercase()),
        prior_period: None,
        reference: "P-1".to_owned(),
        reason: String::new(),
        legs: movement.legs(1, amount),
    };
    ledger::post(tx, entry).map(|_| ())
}

impl Scene {
    fn prepare(&self, amount: Option<i64>) -> Result<Payout> {
        let new = NewPayout { customer: 1, currency: CNY, form: Form::Cash, amount, note: None };
        self.db.write(&finance(), |tx| prepare(tx, new.clone()))
    }

    fn submitted(&self, amount: Option<i64>) -> Payout {
        let payout = self.prepare(amount).unwrap();
        self.db.write(&finance(), |tx| submit(tx, &payout.id)).unwrap();
        payout
    }

    fn approved(&self, amount: Option<i64>) -> Payout {
        let payout = self.submitted(amount);
        self.db.write(&approver(), |tx| approve(tx, &payout.id, &payout.content_hash)).unwrap();
        payout
    }

    fn sent(&self, amount: Option<i64>) -> Payout {
        let payout = self.approved(amount);
        self.db
            .write(&finance(), |tx| mark_sent(tx, &payout.id, day("2026-09-18"), Some("B-7")))
            .unwrap();
        payout
    }

    fn settled(&self, amount: Option<i64>) -> Payout {
        let payout = self.sent(amount);
        let on = day("2026-09-15");
        self.db.write(&finance(), |tx| settle(tx, &payout.id, on, None)).unwrap();
        payout
    }

    fn balance(&self) -> Balance {
        self.db.read(|conn| ledger::balance(conn, 1, CNY)).unwrap()
    }

    /// Available, reserved, in payment, paid.
    #[track_caller]
    fn check(&self, expected: [i64; 4]) {
        let b = self.balance();
        assert_eq!([b.available(), b.reserved, b.in_payment, b.paid], expected);
        assert_eq!(b.estimated, 7_000);
    }

    fn entries(&self, payout: &Payout) -> usize {
        let id = payout.id.as_str();
        self.db.read(|conn| ledger::of_cause(conn, Cause::Payout, id)).unwrap().len()
    }
}

fn key_of<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(text)) => text.key,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_money_follows_each_step() {
    let scene = scene();
    scene.check([150_000, 0, 0, 0]);
    let payout = scene.prepare(Some(120_000)).unwrap();
    assert_eq!(payout.number, "FL-2026-09-000001");
    assert_eq!(payout.payee, "甲商贸有限公司");
    scene.check([30_000, 120_000, 0, 0]);
    scene.db.write(&finance(), |tx| submit(tx, &payout.id)).unwrap();
    scene.check([30_000, 120_000, 0, 0]);
    scene.db.write(&approver(), |tx| approve(tx, &payout.id, &payout.content_hash)).unwrap();
    scene.check([30_000, 0, 120_000, 0]);
    let sent_on = day("2026-09-18");
    scene.db.write(&finance(), |tx| mark_sent(tx, &payout.id, sent_on, Some("B-7"))).unwrap();
    scene.check([30_000, 0, 120_000, 0]);
    scene.db.clock().advance(TimeDelta::days(3));
    scene.db.write(&finance(), |tx| settle(tx, &payout.id, sent_on, None)).unwrap();
    scene.check([30_000, 0, 0, 120_000]);

    let (found, lines, steps) = scene
        .db
        .read(|conn| {
            let found = of_customer_one(conn, 1, &payout.id)?;
            Ok((found, lines(conn, &payout.id)?, steps(conn, &payout.id)?))
        })
        .unwrap();
    assert_eq!((found.state, found.settled_on), (State::Settled, Some(sent_on)));
    assert_eq!(found.reference.as_deref(), Some("B-7"));
    let made_of: Vec<_> = lines.iter().map(|l| (l.cause_id.as_str(), l.amount)).collect();
    assert_eq!(made_of, [("q1", 100_000), ("q2", 20_000)]);
    let states: Vec<_> = steps.iter().map(|s| s.state.as_str()).collect();
    assert_eq!(states, ["draft", "submitted", "approved", "sent", "settled"]);
    let audited = scene.db.read(|conn| audit::of_object(conn, "payout", payout.id.as_str()));
    assert_eq!(audited.unwrap().len(), 5);
}

#[test]
fn the_whole_balance_is_the_default_and_what_is_not_there_is_not_paid() {
    let scene = scene();
    assert_eq!(key_of(scene.prepare(Some(150_001))), "ledger-not-covered");
    assert!(matches!(scene.prepare(Some(0)), Err(Error::Invalid(_))));
    assert_eq!(scene.prepare(None).unwrap().amount, 150_000);
    assert_eq!(key_of(scene.prepare(None)), "payout-nothing-available");
    scene.check([0, 150_000, 0, 0]);
}

#[test]
fn what_is_paid_is_not_paid_again_and_what_is_owed_back_is_set_off() {
    let scene = scene();
    scene.settled(Some(100_000));
    let adjust = |accrual: &'static str, amount| {
        let actor = Actor::system("test");
        scene.db.write(&actor, |tx| earn(tx, accrual, Movement::Adjust, amount)).unwrap();
    };
    adjust("q1", -20_000);
    let next = scene.prepare(None).unwrap();
    assert_eq!(next.amount, 30_000);
    let lines = scene.db.read(|conn| lines(conn, &next.id)).unwrap();
    let made_of: Vec<_> = lines.iter().map(|l| (l.cause_id.as_str(), l.amount)).collect();
    assert_eq!(made_of, [("q1", -20_000), ("q2", 50_000)]);
    let sources = scene.db.read(|conn| payable_sources(conn, 1)).unwrap();
    let why: Vec<_> =
        sources.iter().map(|s| (s.cause_id.as_str(), s.open(), s.exclusion())).collect();
    let (paid, open) = (Some(Exclusion::InPayout), Some(Exclusion::StillEstimated));
    assert_eq!(why, [("q1", 0, paid), ("q2", 0, paid), ("q3", 0, open)]);
    adjust("q2", -40_000);
    scene.db.write(&finance(), |tx| reject(tx, &next.id, "追回")).unwrap();
    scene.check([-10_000, 0, 0, 100_000]);
    assert_eq!(key_of(scene.prepare(None)), "payout-nothing-available");
}

#[test]
fn a_clawback_between_preparing_and_approving_stops_the_approval() {
    let scene = scene();
    let payout = scene.submitted(None);
    let actor = Actor::system("test");
    scene.db.write(&actor, |tx| earn(tx, "q2", Movement::Adjust, -1)).unwrap();
    let refused = scene.db.write(&approver(), |tx| approve(tx, &payout.id, &payout.content_hash));
    assert_eq!(key_of(refused), "ledger-not-covered");
    scene.check([-1, 150_000, 0, 0]);
    assert_eq!(scene.entries(&payout), 0);
}

#[test]
fn who_prepared_or_submitted_it_does_not_approve_it_even_with_every_role() {
    let scene = scene();
    let payout = scene.prepare(None).unwrap();
    let second = staff("second", StaffRole::ALL);
    scene.db.write(&second, |tx| submit(tx, &payout.id)).unwrap();
    for person in ["finance", "second"] {
        let all_roles = staff(person, StaffRole::ALL);
        let refused =
            scene.db.write(&all_roles, |tx| approve(tx, &payout.id, &payout.content_hash));
        assert_eq!(key_of(refused), "payout-own-approval");
    }
    scene.check([0, 150_000, 0, 0]);
}

#[test]
fn an_approval_is_for_what_was_shown() {
    let scene = scene();
    let payout = scene.submitted(None);
    let other = scene.db.write(&approver(), |tx| approve(tx, &payout.id, "0000"));
    assert_eq!(key_of(other), "payout-changed-since-shown");
    scene
        .db
        .write(&Actor::system("test"), |tx| {
            let row = customers::table.find(1);
            diesel::update(row).set(customers::name.eq("丙")).execute(&mut **tx)?;
            Ok(())
        })
        .unwrap();
    let renamed = scene.db.write(&approver(), |tx| approve(tx, &payout.id, &payout.content_hash));
    assert_eq!(key_of(renamed), "payout-changed-since-shown");
    scene.check([0, 150_000, 0, 0]);
}

#[test]
fn what_came_back_is_available_again_and_can_be_paid_anew() {
    let scene = scene();
    let sent = scene.sent(Some(110_000));
    scene.db.write(&finance(), |tx| return_(tx, &sent.id, "账号已注销")).unwrap();
    scene.check([150_000, 0, 0, 0]);
    let settled = scene.settled(None);
    scene.check([0, 0, 0, 150_000]);
    scene.db.write(&finance(), |tx| return_(tx, &settled.id, "银行退票")).unwrap();
    scene.check([150_000, 0, 0, 0]);
    let again = scene.db.write(&finance(), |tx| return_(tx, &settled.id, "银行退票"));
    assert_eq!(key_of(again), "payout-is-returned");
    assert_eq!(scene.prepare(None).unwrap().amount, 150_000);
}

#[test]
fn a_customer_sees_their_own_approved_payouts_only() {
    let scene = scene();
    let approved = scene.approved(Some(10_000));
    let draft = scene.prepare(Some(10_000)).unwrap();
    scene
        .db
        .read(|conn| {
            assert_eq!(of_customer(conn, 1, 0, 10)?.len(), 1);
            assert!(of_customer(conn, 2, 0, 10)?.is_empty());
            assert!(matches!(of_customer_one(conn, 2, &approved.id), Err(Error::NotFound)));
            assert!(matches!(of_customer_one(conn, 1, &draft.id), Err(Error::NotFound)));
            assert_eq!(all(conn, Some(State::Draft), 0, 10)?.len(), 1);
            assert_eq!(count(conn, None)?, 2);
            assert_eq!(next_expected(conn, 1)?.map(|p| p.id), Some(approved.id.clone()));
            Ok(())
        })
        .unwrap();
}

#[test]
fn eight_clicks_at_once_are_one_step() {
    let scene = scene();
    let payout = scene.submitted(Some(120_000));
    let race = |work: &(dyn Fn() -> Result<()> + Sync)| {
        let barrier = Barrier::new(8);
        let done = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        work().is_ok()
                    })
                })
                .collect();
            racers.into_iter().map(|r| r.join().unwrap()).filter(|ok| *ok).count()
        });
        assert_eq!(done, 1);
    };
    let (db, id, hash) = (&scene.db, &payout.id, &payout.content_hash);
    race(&|| db.write(&approver(), |tx| approve(tx, id, hash)));
    scene.check([30_000, 0, 120_000, 0]);
    race(&|| db.write(&finance(), |tx| mark_sent(tx, id, day("2026-09-18"), None)));
    race(&|| db.write(&finance(), |tx| settle(tx, id, day("2026-09-15"), None)));
    scene.check([30_000, 0, 0, 120_000]);
    race(&|| db.write(&finance(), |tx| return_(tx, id, "退回")));
    scene.check([150_000, 0, 0, 0]);
    assert_eq!(scene.entries(&payout), 3);
}

#[test]
fn the_sentences_exist() {
    let words = crate::words::english();
    for state in State::ALL {
        assert!(words.has(state.sentence().key));
        assert!(!words.code("payout-state", state.as_str()).starts_with('['));
    }
    for form in Form::ALL {
        assert!(!words.code("payout-form", form.as_str()).starts_with('['));
        assert!(settled_account(*form).is_ok());
    }
}
