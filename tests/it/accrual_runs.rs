//! Runs and closings at the edges: days in the past and ahead, runs that died, versions and
//! periods that don't fit.

use chrono::NaiveDate;
use openrebate::accruals::{self, RunReport};
use openrebate::db::Db;
use openrebate::error::Result;
use openrebate::ledger;
use openrebate::policies;
use openrebate::reports;
use openrebate::values::{Actor, Currency, Key, Money};

use crate::support::{POLICY, TestApp, books, refusal, sell};

fn run(db: &Db, as_of: &str) -> Result<RunReport> {
    accruals::run(db, &Actor::operator(), as_of.parse::<NaiveDate>().unwrap(), None)
}

fn close(app: &TestApp, period: &str) -> Result<Vec<accruals::Closing>> {
    accruals::close(&app.db, &Actor::operator(), period.parse().unwrap(), None)
}

/// Estimated and payable, in fen.
#[track_caller]
fn check(app: &TestApp, customer: Key, expected: (i64, i64)) {
    let balance = app.read(|conn| ledger::balance(conn, customer, Currency::CNY));
    assert_eq!((balance.estimated, balance.payable), expected);
}

#[track_caller]
fn check_verified(app: &TestApp) {
    assert_eq!(app.read(reports::verify).differences, Vec::<String>::new());
}

both! {
    fn a_run_as_of_an_earlier_day_takes_nothing_back(app: &TestApp) {
        let books = books(app);
        run(&app.db, "2026-10-15").unwrap();
        close(app, "2026-Q3").unwrap();
        check(app, books.first, (0, 600_000));
        let report = run(&app.db, "2026-08-01").unwrap();
        assert_eq!((report.changed, report.deltas.len()), (0, 0));
        check(app, books.first, (0, 600_000));
        // What came in since is seen all the same.
        sell(app, "9,INV-9,2026-10-03,D-001,P-1,100,100000.00,CNY,invoice\n");
        run(&app.db, "2026-08-01").unwrap();
        check(app, books.first, (500_000, 600_000));
        check_verified(app);
    }

    fn a_run_over_many_customers_needs_no_second_connection(app: &TestApp) {
        books(app);
        let customers = 40;
        let rows: String = (1..=customers)
            .map(|n| format!("M{n},INV-M{n},2026-07-20,M-{n:03},P-1,1,{n}00000.00,CNY,invoice\n"))
            .collect();
        sell(app, &rows);
        let (url, house, clock) = (app.db.url(), app.db.house(), app.db.clock());
        let alone = Db::open_few(url, house.clone(), clock.clone(), 1).unwrap();
        let report = run(&alone, "2026-10-15").unwrap();
        // 5 % of 100,000.00 for each of 1 + 2 + … + 40, beside 6,000.00 and 5,000.00 of the two.
        let expected = 500_000 * (customers * (customers + 1) / 2) + 600_000 + 500_000;
        assert_eq!(report.deltas, [Money::new(expected, Currency::CNY)]);
        assert_eq!(report.changed, customers + 2);
        // With connections to spare it comes to the same.
        let again = run(&app.db, "2026-10-15").unwrap();
        assert_eq!((again.changed, again.deltas.len()), (0, 0));
        check_verified(app);
    }

    fn a_run_as_of_a_day_in_the_past_sees_the_lines_up_to_it(app: &TestApp) {
        let books = books(app);
        run(&app.db, "2026-08-19").unwrap();
        check(app, books.first, (0, 0));
        // The second invoice, of the next day, reaches the tier.
        run(&app.db, "2026-08-20").unwrap();
        check(app, books.first, (600_000, 0));
        check_verified(app);
    }

    fn a_day_ahead_is_refused(app: &TestApp) {
        books(app);
        assert_eq!(refusal(run(&app.db, "2026-10-16")), "accrual-as-of-ahead");
        assert_eq!(refusal(run(&app.db, "9999-12-31")), "accrual-as-of-ahead");
    }

    fn a_run_that_died_before_its_end_is_made_good_by_the_next(app: &TestApp) {
        let books = books(app);
        let (refuse, allow) = match app.engine {
            crate::support::Engine::Sqlite => (
                "CREATE TRIGGER dies BEFORE INSERT ON accrual_runs \
                 BEGIN SELECT RAISE(ABORT, 'killed'); END",
                "DROP TRIGGER dies",
            ),
            crate::support::Engine::Postgres => (
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'killed'; END $$; CREATE TRIGGER dies BEFORE INSERT ON \
                 accrual_runs FOR EACH ROW EXECUTE FUNCTION die()",
                "DROP TRIGGER dies ON accrual_runs",
            ),
        };
        app.sql(refuse).unwrap();
        assert!(run(&app.db, "2026-10-15").is_err());
        app.sql(allow).unwrap();
        run(&app.db, "2026-10-15").unwrap();
        check(app, books.first, (600_000, 0));
        let again = run(&app.db, "2026-10-15").unwrap();
        assert_eq!((again.periods, again.changed), (0, 0));
        check_verified(app);
    }

    fn an_amendment_within_a_period_is_refused(app: &TestApp) {
        books(app);
        let yearly = POLICY.replace("kind = \"amount\"", "kind = \"amount\"\nmeasure.window = \"year_to_date\"");
        for (source, from, key) in [
            (POLICY, "2026-11-15", "policy-from-boundary"),
            (&yearly, "2026-10-01", "policy-from-new-year"),
        ] {
            let source = source.replace("from = 2026-01-01", &format!("from = {from}"));
            let terms = policies::parse(&source).unwrap();
            let published = app.db.write(&Actor::operator(), |tx| {
                policies::publish(tx, &terms, &source).map(|_| ())
            });
            assert_eq!(refusal(published), key);
        }
    }

    fn a_period_the_policy_never_had_is_not_closed(app: &TestApp) {
        books(app);
        assert_eq!(refusal(close(app, "1999-Q1")), "accrual-close-no-policy");
        assert_eq!(refusal(close(app, "2026-09")), "accrual-close-no-policy");
        assert_eq!(refusal(close(app, "2026-Q4")), "accrual-close-too-early");
    }
}
