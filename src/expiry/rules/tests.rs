use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn lot(name: &str, amount: i64, available: &str, last: &str) -> Lot {
    Lot {
        entry: EntryId::from_text(name),
        accrual: AccrualId::from_text(name),
        policy: PolicyId::from_text("p"),
        version: VersionId::from_text("v"),
        customer: 1,
        currency: Currency::CNY,
        period: Period::Year { year: 2026 },
        amount,
        available_on: day(available),
        last_day: day(last),
    }
}

fn by(cause: Cause, id: &str, amount: i64) -> Use {
    let (cause_id, reference) = (id.to_owned(), id.to_owned());
    Use { cause, cause_id, reference, on: day("2026-06-01"), amount }
}

fn take(id: &str, amount: i64) -> Change {
    Change::Take(by(Cause::Payout, id, amount))
}

fn back(id: &str, amount: i64) -> Change {
    Change::Return { payout: id.to_owned(), amount }
}

fn down(id: &str, amount: i64) -> Change {
    Change::Take(by(Cause::Dispute, id, amount))
}

fn gone(lot: &str, amount: i64) -> Change {
    Change::Expired(EntryId::from_text(lot), by(Cause::Expiry, lot, amount))
}

/// Early expires before late, although it became available after it.
fn late() -> Change {
    Change::Lot(lot("late", 100, "2026-01-10", "2027-01-10"))
}

fn early() -> Change {
    Change::Lot(lot("early", 100, "2026-02-10", "2026-08-10"))
}

#[test]
fn months_end_where_the_month_does() {
    for (available, months, last) in [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-02-28", 12, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-10-15", 12, "2027-10-15"),
        ("2026-12-31", 120, "2036-12-31"),
    ] {
        assert_eq!(last_day(day(available), months), day(last), "{available} and {months}");
    }
}

#[test]
fn what_expires_first_is_used_first() {
    type Row<'a> = (&'a str, Vec<Change>, &'a [(&'a str, i64)], i64);
    let table: Vec<Row<'_>> = vec![
        ("nothing used", vec![late(), early()], &[("early", 100), ("late", 100)], 200),
        ("by day", vec![late(), early(), take("a", 130)], &[("early", 0), ("late", 70)], 70),
        // What wasn't there yet can't have been used.
        ("in time", vec![late(), take("a", 30), early()], &[("early", 100), ("late", 70)], 170),
        (
            "the same day: what became available first",
            vec![
                Change::Lot(lot("second", 100, "2026-03-01", "2026-08-10")),
                early(),
                take("a", 60),
            ],
            &[("early", 40), ("second", 100)],
            140,
        ),
        (
            "for good comes last",
            vec![Change::Free(50), early(), take("a", 120)],
            &[("early", 0)],
            30,
        ),
        ("taken back", vec![late(), early(), down("d", 40)], &[("early", 60), ("late", 100)], 160),
        (
            "came back to where it was",
            vec![late(), take("a", 30), early(), take("b", 10), back("a", 30)],
            &[("early", 90), ("late", 100)],
            190,
        ),
        (
            "came back in part",
            vec![early(), late(), take("a", 130), back("a", 50)],
            &[("early", 20), ("late", 100)],
            120,
        ),
        ("owed before", vec![down("d", 30), early()], &[("early", 70)], 70),
        ("owed on", vec![early(), down("d", 130)], &[("early", 0)], -30),
        (
            "owed, and a payout comes back",
            vec![early(), take("a", 100), down("d", 40), back("a", 100)],
            &[("early", 60)],
            60,
        ),
        ("expired", vec![early(), late(), gone("early", 100)], &[("early", 0), ("late", 100)], 100),
        (
            "expired from its own lot only",
            vec![early(), late(), gone("late", 60), take("a", 10)],
            &[("early", 90), ("late", 40)],
            130,
        ),
    ];
    for (why, changes, expected, payable) in table {
        let replay = Replay::of(changes);
        assert_eq!(replay.payable(), payable, "{why}");
        assert!(replay.overdrawn().is_empty(), "{why}");
        let found: Vec<(String, i64)> =
            replay.into_lots().map(|(lot, left, _)| (lot.entry.to_string(), left)).collect();
        let expected: Vec<(String, i64)> =
            expected.iter().map(|(name, left)| ((*name).to_owned(), *left)).collect();
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn more_than_was_left_cannot_have_expired() {
    let replay = Replay::of([early(), take("a", 60), gone("early", 41)]);
    assert_eq!(replay.overdrawn(), [EntryId::from_text("early")]);
    let stray = Replay::of([gone("nothing", 1)]);
    assert_eq!(stray.overdrawn(), [EntryId::from_text("nothing")]);
}

#[test]
fn each_lot_says_what_used_it() {
    let replay = Replay::of([
        early(),
        late(),
        take("a", 70),
        down("d", 50),
        take("b", 10),
        back("b", 10),
        gone("late", 20),
    ]);
    let said: Vec<Vec<(String, i64)>> = replay
        .into_lots()
        .map(|(_, _, uses)| uses.into_iter().map(|one| (one.cause_id, one.amount)).collect())
        .collect();
    let list = |some: &[(&str, i64)]| -> Vec<(String, i64)> {
        some.iter().map(|(id, amount)| ((*id).to_owned(), *amount)).collect()
    };
    assert_eq!(said, [list(&[("a", 70), ("d", 30)]), list(&[("d", 20), ("late", 20)])]);
}

fn held(amount: i64) -> Hold {
    Hold { amount, until: None }
}

fn freed(amount: i64, until: &str) -> Hold {
    Hold { amount, until: Some(day(until)) }
}

/// The parts on 11 August, the day after early's last one.
fn parts(changes: Vec<Change>, holds: &[Hold], said: &[(&str, &str)]) -> Vec<(i64, String)> {
    let said = said.iter().map(|(base, due)| (day(base), day(due))).collect();
    let found = standing(Replay::of(changes), holds, &said, day("2026-08-11"));
    let part = |part: &Part| (part.amount, part.due.to_string());
    found.iter().flat_map(|one| one.parts.iter().map(part)).collect()
}

#[test]
fn what_is_held_does_not_expire_and_has_a_week_once_it_is_let_go() {
    let told = [("2026-08-10", "2026-08-10"), ("2027-01-10", "2027-01-10")];
    let (due, later) = ("2026-08-10".to_owned(), "2027-01-10".to_owned());
    let both = || vec![early(), late()];
    assert_eq!(parts(both(), &[], &told), [(100, due.clone()), (100, later.clone())]);
    // What is held keeps what expires first.
    assert_eq!(parts(both(), &[held(30)], &told), [(70, due.clone()), (100, later.clone())]);
    assert_eq!(parts(both(), &[held(130)], &told), [(70, later.clone())]);
    assert_eq!(parts(both(), &[held(500)], &told), []);
    // Let go on 9 August: a week, and nobody was told of that day yet.
    let week = "2026-08-18".to_owned();
    let found = parts(both(), &[freed(30, "2026-08-16")], &told);
    assert_eq!(found, [(70, due.clone()), (30, week), (100, later.clone())]);
    // Told of it, it stays as told.
    let mut all = told.to_vec();
    all.push(("2026-08-16", "2026-08-17"));
    let found = parts(both(), &[freed(30, "2026-08-16")], &all);
    assert_eq!(found, [(70, due.clone()), (30, "2026-08-17".to_owned()), (100, later.clone())]);
    // What was let go long before doesn't matter.
    let found = parts(both(), &[freed(30, "2026-08-01")], &told);
    assert_eq!(found, [(100, due), (100, later)]);
}

#[test]
fn nothing_expires_that_was_not_told_a_week_before() {
    let found = parts(vec![early()], &[], &[]);
    assert_eq!(found, [(100, "2026-08-18".to_owned())]);
    let found = parts(vec![early()], &[], &[("2026-08-10", "2026-08-15")]);
    assert_eq!(found, [(100, "2026-08-15".to_owned())]);
}

#[test]
fn what_is_let_go_is_good_for_a_week_after_its_customer_is_told() {
    assert_eq!(good_until(day("2026-08-09")), day("2026-08-17"));
    assert_eq!(notice(day("2026-08-10")), day("2026-08-17"));
}

#[test]
fn a_month_and_a_week_before() {
    for (left, expected) in [
        (31, None),
        (30, Some(30)),
        (15, Some(30)),
        (14, None),
        (8, None),
        (7, Some(7)),
        (0, Some(7)),
    ] {
        assert_eq!(mark(left), expected, "{left}");
    }
}

/// Movements as a ledger may hold them: payouts only of what there is, each returned once at most.
fn movements() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((0..6u8, 1..500i64, 0..400u64), 0..40).prop_map(|raw| {
        let first = day("2026-01-01");
        let mut changes: Vec<Change> = Vec::new();
        let mut paid: Vec<(String, i64)> = Vec::new();
        for (nth, (kind, amount, days)) in raw.into_iter().enumerate() {
            let available = first + Days::new(u64::try_from(nth).unwrap());
            let payable = Replay::of(changes.clone()).payable();
            let id = format!("{nth}");
            match kind {
                0 | 1 => changes.push(Change::Lot(Lot {
                    available_on: available,
                    last_day: available + Days::new(days),
                    ..lot(&id, amount, "2026-01-01", "2026-01-01")
                })),
                2 => changes.push(Change::Free(amount)),
                3 if payable > 0 => {
                    let amount = amount.min(payable);
                    paid.push((id.clone(), amount));
                    changes.push(take(&id, amount));
                }
                4 => changes.push(down(&id, amount)),
                5 => {
                    if let Some((id, amount)) = paid.pop() {
                        changes.push(back(&id, amount));
                    }
                }
                _ => {}
            }
        }
        changes
    })
}

/// What the changes come to, added up without any order.
fn sum(changes: &[Change]) -> i64 {
    changes
        .iter()
        .map(|change| match change {
            Change::Lot(lot) => lot.amount,
            Change::Free(amount) | Change::Return { amount, .. } => *amount,
            Change::Take(taken) | Change::Expired(_, taken) => -taken.amount,
        })
        .sum()
}

proptest! {
    #[test]
    fn the_parts_are_the_balance(changes in movements()) {
        prop_assert_eq!(Replay::of(changes.clone()).payable(), sum(&changes));
    }

    /// To the last fen: a lot is what is left and what used it; never below zero; and what expires
    /// is never more than is available, however much is held.
    #[test]
    fn no_more_expires_than_is_available(
        changes in movements(),
        reserved in 0..600i64,
        released in 0..600i64,
        ahead in 0..500u64,
    ) {
        let today = day("2026-01-20") + Days::new(ahead);
        let holds = [held(reserved), Hold { amount: released, until: Some(notice(today)) }];
        // Everything was told when it should have been.
        let said = (0..1000).map(|n| day("2026-01-01") + Days::new(n)).map(|d| (d, d)).collect();
        let found = standing(Replay::of(changes.clone()), &holds, &said, today);
        let mut expires = 0;
        for one in &found {
            let used: i64 = one.uses.iter().map(|one| one.amount).sum();
            prop_assert_eq!(one.left + used, one.lot.amount);
            prop_assert!(one.left >= 0 && one.held >= 0);
            let parts: i64 = one.parts.iter().map(|part| part.amount).sum();
            prop_assert_eq!(one.held + parts, one.left);
            for part in &one.parts {
                prop_assert!(part.amount > 0 && part.due >= one.lot.last_day);
                if part.due < today {
                    expires += part.amount;
                }
            }
        }
        let available = sum(&changes) - reserved;
        prop_assert!(expires <= available.max(0), "{expires} of {available}");
        // Booking it leaves nothing to book.
        let mut after = changes;
        for one in &found {
            let due: i64 = one.parts.iter().filter(|p| p.due < today).map(|p| p.amount).sum();
            if due > 0 {
                after.push(gone(one.lot.entry.as_str(), due));
            }
        }
        let replay = Replay::of(after);
        prop_assert!(replay.overdrawn().is_empty());
        let again = standing(replay, &holds, &said, today);
        prop_assert!(again.iter().flat_map(|one| &one.parts).all(|part| part.due >= today));
    }

    /// Whatever is used later, what expires later is left longer.
    #[test]
    fn the_first_to_expire_is_used_first(changes in movements(), amount in 1..500i64) {
        let before: Vec<i64> = Replay::of(changes.clone()).into_lots().map(|l| l.1).collect();
        let mut after = changes;
        after.push(take("last", amount));
        let after: Vec<i64> = Replay::of(after).into_lots().map(|l| l.1).collect();
        let touched: Vec<usize> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
        if let Some(last) = touched.last() {
            prop_assert!(after[..*last].iter().all(|left| *left == 0));
        }
    }
}
