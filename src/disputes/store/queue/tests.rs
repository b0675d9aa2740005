//! SQLite finds each view in its index, in every order: it reads no row that isn't shown.

use diesel::sql_types::Integer;

use super::*;
use crate::db::{Clock, Db, House};
use crate::values::PersonId;

type Step = (i32, i32, i32, String);

fn explained(conn: &mut Conn, sql: Sql) -> Vec<String> {
    let asking =
        Sql::new("EXPLAIN QUERY PLAN ").add(sql).asking::<(Integer, Integer, Integer, Text)>();
    let steps = on_backend!(conn, c => asking.load::<Step>(c).unwrap());
    steps.into_iter().map(|(_, _, _, what)| what).collect()
}

/// What is wrong with the way to a page: rows are read that aren't shown, or ranges are sorted. What
/// the ranges bring, a page each, is sorted where there are several.
fn wrong(steps: &[String], ranges: usize, open: bool) -> Option<String> {
    let reads = |step: &str| step.contains(" dispute_queue") || step.contains(" q ");
    let sorts = |step: &str| step.contains("TEMP B-TREE");
    // Of what is open, an index that has nothing else.
    let other = if open { "INDEX dispute_queue_" } else { "SCAN dispute_queue " };
    let listed = |step: &str| {
        step.contains(" INDEX dispute_") && !step.contains(other) || step.contains("(seq=?)")
    };
    let unindexed = steps.iter().find(|step| reads(step) && !listed(step));
    let sorted = steps
        .windows(2)
        .find(|pair| matches!(pair, [read, sort] if sorts(sort) && (reads(read) || ranges == 1)));
    unindexed.cloned().or(sorted.map(|pair| pair.join(", ")))
}

#[test]
fn every_view_is_a_range_of_an_index_in_every_order() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("t.db").display()).parse().unwrap();
    let db = Db::open(&url, House::default(), Clock::Machine).unwrap();
    db.migrate().unwrap();
    let me = PersonId::from_text("me");
    let all = Reach { person: Some(me), ..Reach::default() };
    let own = Reach { portfolio: Some("me@example.com".to_owned()), ..all.clone() };
    let today = "2026-10-15".parse().unwrap();
    let mut found = Vec::new();
    for (reach, view, by) in [&all, &own]
        .into_iter()
        .flat_map(|reach| View::ALL.iter().map(move |view| (reach, *view)))
        .flat_map(|(reach, view)| Sort::ALL.iter().map(move |by| (reach, view, *by)))
    {
        for falling in [false, true] {
            let filter = Filter::of(view, today, today);
            let order = Order { by, descending: falling };
            let plan = db.read(|conn| Plan::of(conn, reach, &filter, order)).unwrap();
            if !plan.is_ranges() {
                // Looked up by another index, and sorted.
                continue;
            }
            let value = match by {
                Sort::Due => Value::Day(today),
                Sort::Filed | Sort::Last => Value::Moment(today.and_time(chrono::NaiveTime::MIN)),
                Sort::Amount => Value::Whole(1),
            };
            for from in [None, Some(Key { value, seq: 1 })] {
                let way = Way { by, falling, from };
                let sql = along_sql(&plan, &way, 25);
                let steps = db.read(|conn| Ok(explained(conn, sql))).unwrap();
                let ranges = plan.ranges().len();
                if let Some(step) = wrong(&steps, ranges, view != View::All) {
                    found.push(format!("{view} by {by} of {ranges}: {step}\n  {steps:?}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
