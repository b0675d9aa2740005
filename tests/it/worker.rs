//! The duties: they come round by themselves, fail alone and stop when told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openrebate::db::{FormResult, form_result, remember_form};
use openrebate::error::Error;
use openrebate::mailbox::{self, Failure, Outgoing, Transport};
use openrebate::values::PersonId;
use openrebate::worker::{self, DUTIES, Duty, Left, Workshop};

use crate::mailbox::post;
use crate::support::TestApp;

struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: &Outgoing) -> Result<(), Failure> {
        Ok(())
    }
}

pub fn workshop(app: &TestApp) -> Workshop {
    Workshop {
        db: app.db.clone(),
        near_tiers: app.config.near_tiers.rule(),
        transport: Arc::new(Nowhere),
        limits: app.config.limits.clone(),
        files: app.config.files.clone(),
        max_backup_age: None,
        checkpoints: None,
        scanner: None,
        signal: Arc::default(),
    }
}

fn within(seconds: u64, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !done() {
        assert!(Instant::now() < end, "not within {seconds} s");
        thread::sleep(Duration::from_millis(10));
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

both! {
    fn letters_leave_by_themselves_and_no_later_than_told_to_stop(app: &TestApp) {
        for n in 0..5 {
            post(app, "s1", &format!("c{n}@customer.example"));
        }
        let duties = worker::start_duties(DUTIES, &workshop(app)).unwrap();
        within(20, || app.read(mailbox::counts).sent == 5);
        assert!(duties.stop(PATIENCE));
        post(app, "s2", "late@customer.example");
        thread::sleep(Duration::from_millis(100));
        assert_eq!(app.read(mailbox::counts).queued, 1);
    }

    fn forms_are_forgotten_after_a_month(app: &TestApp) {
        let person = PersonId::from_text("p");
        app.write(|tx| remember_form(tx, "old", &person, "h", "/there"));
        app.wait(chrono::TimeDelta::days(29));
        app.write(|tx| remember_form(tx, "new", &person, "h", "/there"));
        app.wait(chrono::TimeDelta::days(2));
        let duties = worker::start_duties(DUTIES, &workshop(app)).unwrap();
        let known = |key: &str| app.read(|conn| form_result(conn, key, &person, "h"));
        within(20, || known("old") == FormResult::New);
        assert_eq!(known("new"), FormResult::Done("/there".to_owned()));
        assert!(duties.stop(PATIENCE));
    }
}

static ROUNDS: AtomicU32 = AtomicU32::new(0);

static UNRELIABLE: &[Duty] = &[
    Duty { name: "panics", every: Duration::from_millis(1), work: |_| panic!("on purpose") },
    Duty {
        name: "fails",
        every: Duration::from_millis(1),
        work: |_| Err(Error::internal("on purpose")),
    },
    Duty {
        name: "works",
        every: Duration::from_secs(3_600),
        work: |_| {
            let round = ROUNDS.fetch_add(1, Ordering::Relaxed);
            Ok(if round < 9 { Left::Something } else { Left::Nothing })
        },
    },
];

#[test]
fn a_duty_fails_alone_and_a_resting_one_stops_at_once() {
    let app = TestApp::on(crate::support::Engine::Sqlite);
    let duties = worker::start_duties(UNRELIABLE, &workshop(&app)).unwrap();
    within(20, || ROUNDS.load(Ordering::Relaxed) == 10);
    let start = Instant::now();
    assert!(duties.stop(PATIENCE));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(ROUNDS.load(Ordering::Relaxed), 10);
}
