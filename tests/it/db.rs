//! The one write: atomic, rehearsable, serialised; and the chain of the audit log.

use std::thread;

use openrebate::audit::{self, Event};
use openrebate::db::{Db, next_number};
use openrebate::error::{Error, Result};
use openrebate::values::Actor;

use crate::support::{Engine, TestApp, moment};

fn happen(db: &Db, id: &str) -> Result<i64> {
    db.write(&Actor::system("story"), |tx| {
        let number = next_number(tx, "story")?;
        let event = Event { action: "story.told", object: ("story", id), ..Event::default() };
        audit::record(tx, event)?;
        Ok(number)
    })
}

fn events(app: &TestApp) -> i64 {
    app.read(audit::checkpoint).count
}

both! {
    fn a_write_is_all_or_nothing(app: &TestApp) {
        let refused: Result<()> = app.db.write(&Actor::operator(), |tx| {
            next_number(tx, "story")?;
            audit::record(tx, Event { action: "story.told", ..Event::default() })?;
            Err(Error::NotFound)
        });
        assert!(matches!(refused, Err(Error::NotFound)));
        assert_eq!(events(app), 0);
        assert_eq!(happen(&app.db, "a").unwrap(), 1, "the number was given back");
    }

    fn a_panic_in_a_write_leaves_nothing_and_the_next_one_works(app: &TestApp) {
        let db = app.db.clone();
        let outcome = thread::spawn(move || {
            db.write(&Actor::operator(), |tx| -> Result<()> {
                next_number(tx, "story")?;
                panic!("on purpose")
            })
        })
        .join();
        assert!(outcome.is_err());
        assert_eq!(happen(&app.db, "a").unwrap(), 1);
    }

    fn a_rehearsal_sees_its_own_changes_and_leaves_none(app: &TestApp) {
        let seen = app
            .db
            .rehearse(&Actor::operator(), |tx| {
                next_number(tx, "story")?;
                next_number(tx, "story")
            })
            .unwrap();
        assert_eq!(seen, 2);
        assert_eq!(happen(&app.db, "a").unwrap(), 1);
    }

    fn a_read_cannot_write(app: &TestApp) {
        let before = events(app);
        let _ = app.db.read(|conn| {
            use diesel::RunQueryDsl;
            Ok(diesel::sql_query("INSERT INTO counters (name, value) VALUES ('x', 1)").execute(conn)?)
        });
        let number = app.write(|tx| next_number(tx, "x"));
        assert_eq!((number, events(app)), (1, before));
    }

    fn sixteen_threads_lose_nothing(app: &TestApp) {
        const EACH: usize = 10;
        let mut numbers: Vec<i64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|who| {
                    scope.spawn(move || {
                        (0..EACH)
                            .map(|n| happen(&app.db, &format!("{who}/{n}")).unwrap())
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=160).collect::<Vec<_>>());
        assert_eq!(app.read(audit::verify), (160, None));
    }

    fn two_processes_lose_nothing(app: &TestApp) {
        // A second pool has its own lane, as a second process would.
        let other =
            Db::open(app.db.url(), app.db.house().clone(), app.db.clock().clone()).unwrap();
        thread::scope(|scope| {
            for db in [&app.db, &other] {
                for _ in 0..3 {
                    scope.spawn(move || (0..10).for_each(|n| {
                        happen(db, &n.to_string()).unwrap();
                    }));
                }
            }
        });
        assert_eq!(app.read(audit::verify), (60, None));
    }

    fn a_changed_event_is_found(app: &TestApp) {
        for (tampering, bad, why) in [
            ("UPDATE audit_events SET reason = 'x' WHERE seq = 3", 3, "content"),
            ("UPDATE audit_events SET at = '2026-10-15 02:00:01' WHERE seq = 3", 3, "content"),
            ("UPDATE audit_events SET hash = previous WHERE seq = 3", 3, "content"),
            ("DELETE FROM audit_events WHERE seq = 3", 4, "missing"),
            ("DELETE FROM audit_events WHERE seq = 1", 2, "missing"),
            ("UPDATE audit_events SET previous = hash WHERE seq = 5", 5, "follow"),
        ] {
            let app = TestApp::on(app.engine);
            app.will_tamper();
            (0..6).for_each(|n| {
                happen(&app.db, &n.to_string()).unwrap();
            });
            app.sql(match app.engine {
                Engine::Sqlite => "DROP TRIGGER audit_events_no_update; DROP TRIGGER audit_events_no_delete",
                Engine::Postgres => "DROP TRIGGER audit_events_append_only ON audit_events",
            })
            .unwrap();
            app.sql(tampering).unwrap();
            let (_, broken) = app.read(audit::verify);
            let broken = broken.unwrap_or_else(|| panic!("{tampering} wasn't found"));
            assert_eq!(broken.seq, bad, "{tampering}: {}", broken.why);
            assert!(broken.why.contains(why), "{tampering}: {}", broken.why);
        }
    }

    fn time_is_the_set_clock_to_the_microsecond(app: &TestApp) {
        app.db.clock().set(moment("2026-12-31T15:59:59.123456789Z"));
        happen(&app.db, "a").unwrap();
        let event = app.read(|conn| audit::latest(conn, None, 1)).remove(0);
        assert_eq!(event.at, moment("2026-12-31T15:59:59.123456Z"));
        assert_eq!(app.db.today().to_string(), "2026-12-31");
        app.wait(chrono::TimeDelta::seconds(1));
        assert_eq!(app.db.today().to_string(), "2027-01-01", "midnight in Shanghai");
    }

    fn an_empty_database_says_what_it_lacks_and_gets_it_once(app: &TestApp) {
        let empty = TestApp::unmigrated(app.engine);
        let before = empty.db.migration_status().unwrap();
        assert_eq!(before.applied, Vec::<String>::new());
        assert_eq!(empty.db.migrate().unwrap(), before.pending);
        let after = empty.db.migration_status().unwrap();
        assert_eq!((after.applied, after.pending), (before.pending, Vec::new()));
    }

    fn migrating_twice_does_nothing_and_a_newer_schema_is_refused(app: &TestApp) {
        assert_eq!(app.db.migrate().unwrap(), Vec::<String>::new());
        app.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").unwrap();
        let error = app.db.migrate().unwrap_err().to_string();
        assert!(error.contains("newer openrebate"), "{error}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    use openrebate::db::{Clock, Db, House};
    let folder = tempfile::tempdir().unwrap();
    let not_one = folder.path().join("notes.txt");
    std::fs::write(&not_one, "this is no database, only a long enough text to look at").unwrap();
    for path in [folder.path().join("missing/x.db"), not_one] {
        let url = format!("sqlite://{}", path.display()).parse().unwrap();
        let opened = Db::open(&url, House::default(), Clock::Machine);
        let said = opened.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains(&path.display().to_string()), "{said:?}");
    }
}

#[derive(diesel::QueryableByName)]
struct Believed {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// What PostgreSQL believes of the table's size.
fn believed(app: &TestApp) -> i64 {
    use diesel::RunQueryDsl;
    let asked = "SELECT reltuples::bigint AS rows FROM pg_class WHERE relname = 'audit_events'";
    app.read(|conn| Ok(diesel::sql_query(asked).get_result::<Believed>(conn)?.rows))
}

#[test]
fn postgres_learns_of_tables_that_grew_between_the_writes_of_a_long_run() {
    let app = TestApp::on(Engine::Postgres);
    app.sql("ANALYZE audit_events").unwrap();
    app.db.relearn().unwrap();
    assert!(believed(&app) <= 1, "it was empty when it was looked at");
    for number in 0..400 {
        happen(&app.db, &format!("a story with a rather long name, {number}")).unwrap();
    }
    app.db.relearn().unwrap();
    assert_eq!(believed(&app), 400);
    // A little more is no reason to look again.
    happen(&app.db, "one more").unwrap();
    app.db.relearn().unwrap();
    assert_eq!(believed(&app), 400);
}
