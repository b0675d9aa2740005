//! How fast, each figure beside its floor in the same run: `cargo bench`. Only the ratio of a row
//! means anything, and only on a quiet machine. Nothing here fails because it was slow.
//!
//! `OPENREBATE_BENCH_LINES` says how many sales lines to make (200,000), `OPENREBATE_BENCH_CASES` in
//! queues of how many disputes (10000,1000000); `cargo bench -- import` runs only the rows whose
//! names contain the word. `OPENREBATE_BENCH_STATEMENTS` says how many statements are made and sent
//! as mail (1,000).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::float_arithmetic, reason = "it measures time")]

mod docket;
mod floor_postgres;
mod floor_sqlite;
mod made;
mod mail;
mod page;
mod paper;
#[allow(clippy::expect_used, dead_code)]
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;
mod queue;
mod sink;

use std::time::{Duration, Instant};

use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::Actor;

use made::{AS_OF, House, Touched};

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let lines = std::env::var("OPENREBATE_BENCH_LINES").ok().and_then(|n| n.parse().ok());
    let lines = lines.unwrap_or(200_000);
    if cfg!(debug_assertions) {
        println!("built for debugging: the figures say nothing");
    }
    if wanted("queue") {
        queue::rows();
    }
    if wanted("paper") {
        papers();
    }
    if wanted("mail") {
        mail::rows();
    }
    if matches!(only.as_deref(), Some("queue" | "paper" | "mail")) {
        return;
    }
    println!("{lines} sales lines, SQLite, durable\n");
    let house = House::on_sqlite(lines);
    bring(&house, ImportKind::Products, "products.csv");
    let import = timed(|| bring(&house, ImportKind::Sales, "sales.csv"));
    if wanted("import") {
        let floor = timed(|| floor_sqlite::insert_all(&house));
        row("import, checked and deduplicated", import, "read and insert, one statement", floor);
    }
    let floor = Floor {
        settle: |_| (),
        group_by: floor_sqlite::group_by,
        group_one: floor_sqlite::group_one,
        add: floor_sqlite::add,
        sum: floor_sqlite::sum,
        prepare: floor_sqlite::prepare,
        copy: floor_sqlite::copy,
    };
    accruals(&house, &wanted, &floor);
    if wanted("page") {
        let (ours, floor, bytes) = page::rates(&house);
        let name = format!("signed-in home page of {bytes} bytes");
        rate_row(&name, ours, "the same bytes from memory", floor);
    }
    if wanted("accrual") || wanted("incremental") {
        println!("{lines} sales lines, a PostgreSQL of its own, nothing flushed\n");
        let house = House::on_postgres(lines);
        bring(&house, ImportKind::Products, "products.csv");
        bring(&house, ImportKind::Sales, "sales.csv");
        let floor = Floor {
            settle: floor_postgres::analyze,
            group_by: floor_postgres::group_by,
            group_one: floor_postgres::group_one,
            add: floor_postgres::add,
            sum: floor_postgres::sum,
            prepare: floor_postgres::prepare,
            copy: floor_postgres::copy,
        };
        accruals(&house, &wanted, &floor);
    }
}

/// Nothing but the writing: what of a run no code of ours could spare.
const COPIED: &str = "the rows it writes, copied by the database";

/// What the database itself needs for the same.
struct Floor {
    settle: fn(&House),
    group_by: fn(&House),
    group_one: fn(&House),
    add: fn(&House, &Touched),
    sum: fn(&House, &Touched),
    prepare: fn(&House),
    copy: fn(&House),
}

fn accruals(house: &House, wanted: &impl Fn(&str) -> bool, floor: &Floor) {
    house.publish();
    (floor.settle)(house);
    let accrued = timed(|| accrue(house));
    let grouped = timed(|| (floor.group_by)(house));
    (floor.prepare)(house);
    let copied = timed(|| (floor.copy)(house));
    if wanted("accrual") {
        let name = "full accrual, twenty policies, booked";
        row(name, accrued, "GROUP BY, results stored", grouped);
        row(name, accrued, COPIED, copied);
    }
    (floor.settle)(house);
    for new in [1, 1_000] {
        if !wanted("incremental") {
            continue;
        }
        let (mut ours, mut added, mut summed, mut copied) = (vec![], vec![], vec![], vec![]);
        for round in 0..ROUNDS {
            let (file, touched) = house.more(new, round);
            bring(house, ImportKind::Sales, &file);
            ours.push(timed(|| accrue(house)));
            added.push(timed(|| (floor.add)(house, &touched)));
            summed.push(timed(|| (floor.sum)(house, &touched)));
            copied.push(timed(|| (floor.copy)(house)));
        }
        let name = format!("incremental accrual after {new} new lines");
        let ours = median(ours);
        row(&name, ours, "added to the results, stored", median(added));
        row(&name, ours, "sums of what they touch, stored", median(summed));
        row(&name, ours, COPIED, median(copied));
    }
    if wanted("accrual") {
        house.publish_for_everything();
        let accrued = timed(|| accrue(house));
        let grouped = timed(|| (floor.group_one)(house));
        row("a new policy over all history, booked", accrued, "GROUP BY, results stored", grouped);
        let copied = timed(|| (floor.copy)(house));
        row("a new policy over all history, booked", accrued, COPIED, copied);
    }
}

fn papers() {
    let paper::Measured { ours, floor, memory: [before, after] } = paper::measure();
    for (language, time, bytes) in ours {
        let name = format!("statement of 20 lines as PDF, {language}, {} kB", bytes / 1_000);
        row(&name, time, "the library with each letter once", floor);
    }
    println!("memory after the first paper {before} MB, after two thousand {after} MB\n");
}

/// How often the short rows are measured.
const ROUNDS: u64 = 7;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn row(name: &str, ours: Duration, floor_name: &str, floor: Duration) {
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    println!("{name:<48}{:>10.1} ms", ours.as_secs_f64() * 1e3);
    println!(
        "  {floor_name:<46}{:>10.1} ms   {ratio:>6.2} times as long\n",
        floor.as_secs_f64() * 1e3
    );
}

fn rate_row(name: &str, ours: f64, floor_name: &str, floor: f64) {
    println!("{name:<48}{ours:>10.0} /s");
    println!("  {floor_name:<46}{floor:>10.0} /s   {:>6.2} of it\n", ours / floor);
}

fn bring(house: &House, kind: ImportKind, name: &str) {
    let path = house.folder().join(name);
    let file = Incoming { kind, path: &path, name };
    let options = Options { create_missing: true, ..Options::default() };
    let actor = Actor::operator();
    let brought = sales::bring_in(&house.db, &actor, file, &options, &mut Watch::default());
    assert!(brought.unwrap().import.is_some());
}

fn accrue(house: &House) {
    openrebate::accruals::run(&house.db, &Actor::operator(), AS_OF, None).unwrap();
}

/// Megabytes this process holds; 0 where the system doesn't say.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
