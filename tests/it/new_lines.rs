//! New lines are added to what a period came to before: each once, whatever happens in between, and
//! only where they count.

use std::io::Write;

use openrebate::accruals::{self, RunReport};
use openrebate::ledger;
use openrebate::policies;
use openrebate::reports;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::{Actor, Currency, Key};

use crate::support::{Engine, POLICY, TestApp, books, sell};

fn run(app: &TestApp, as_of: &str) -> RunReport {
    accruals::run(&app.db, &Actor::operator(), as_of.parse().unwrap(), None).unwrap()
}

fn bring(app: &TestApp, kind: ImportKind, text: &str) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let incoming = Incoming { kind, path: file.path(), name: "file.csv" };
    let (options, actor) = (Options::default(), Actor::operator());
    let brought = sales::bring_in(&app.db, &actor, incoming, &options, &mut Watch::default());
    assert_eq!(brought.unwrap().report.rejected, 0);
}

fn line(id: &str, day: &str, customer: &str, product: &str, net: &str) -> String {
    let (sign, kind) = if net.starts_with('-') { ("-", "return") } else { ("", "invoice") };
    format!("{id},INV-{id},{day},{customer},{product},{sign}1,{net},CNY,{kind}\n")
}

/// What the customer's accruals come to, in fen.
#[track_caller]
fn check(app: &TestApp, customer: Key, expected: i64) {
    let balance = app.read(|conn| ledger::balance(conn, customer, Currency::CNY));
    assert_eq!(balance.estimated, expected);
}

#[track_caller]
fn check_verified(app: &TestApp) {
    assert_eq!(app.read(reports::verify).differences, Vec::<String>::new());
}

/// Runs from here on die before their end, once everything but their last write is booked.
fn runs_die(app: &TestApp) -> &'static str {
    let (refuse, allow) = match app.engine {
        Engine::Sqlite => (
            "CREATE TRIGGER dies BEFORE INSERT ON accrual_runs \
             BEGIN SELECT RAISE(ABORT, 'killed'); END",
            "DROP TRIGGER dies",
        ),
        Engine::Postgres => (
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'killed'; END $$; CREATE TRIGGER dies BEFORE INSERT ON \
             accrual_runs FOR EACH ROW EXECUTE FUNCTION die()",
            "DROP TRIGGER dies ON accrual_runs",
        ),
    };
    app.sql(refuse).unwrap();
    allow
}

both! {
    fn a_line_is_added_once_though_a_run_was_killed_in_between(app: &TestApp) {
        let books = books(app);
        // More customers than one write takes, so that a run that dies has booked some.
        let many = 1_100;
        let of_all = |round: &str, net: &str| -> String {
            let one = |n| line(&format!("{round}{n}"), "2026-08-03", &format!("M-{n:04}"), "P-1", net);
            (1..=many).map(one).collect()
        };
        sell(app, &of_all("a", "100000.00"));
        let first = run(app, "2026-10-15");
        assert_eq!(first.changed, many + 2);
        sell(app, &(of_all("b", "1000.00") + &line("x1", "2026-08-05", "D-001", "P-1", "2000.00")));
        let allow = runs_die(app);
        let died = accruals::run(&app.db, &Actor::operator(), app.db.today(), None);
        assert!(died.is_err());
        // D-001 comes first, and is booked: 5 % of 122,000.00.
        check(app, books.first, 610_000);
        sell(app, &(of_all("c", "10.00") + &line("x2", "2026-08-05", "D-001", "P-1", "-500.00")));
        assert!(accruals::run(&app.db, &Actor::operator(), app.db.today(), None).is_err());
        check(app, books.first, 607_500);
        app.sql(allow).unwrap();
        run(app, "2026-10-15");
        check(app, books.first, 607_500);
        check(app, books.second, 500_000);
        let codes: Vec<i64> = app.read(|conn| {
            let all = openrebate::customers::keys(conn)?;
            let mine = all.iter().filter(|(code, _)| code.starts_with("M-"));
            mine.map(|(_, key)| Ok(ledger::balance(conn, *key, Currency::CNY)?.estimated)).collect()
        });
        // 5 % of 100,000.00, of 1,000.00 and of 10.00.
        assert_eq!(codes, vec![505_050; 1_100]);
        check_verified(app);
        let again = run(app, "2026-10-15");
        assert_eq!((again.periods, again.changed), (0, 0));
    }

    fn a_line_touches_only_the_policies_that_count_it(app: &TestApp) {
        let books = books(app);
        for (code, category) in [("TV", "tv"), ("AC", "ac")] {
            let scope = format!("products.categories = [\"{category}\"]\n[reward]");
            let source = POLICY.replace("Q-1", code).replace("[reward]", &scope);
            let terms = policies::parse(&source).unwrap();
            app.write(|tx| policies::publish(tx, &terms, &source));
        }
        bring(app, ImportKind::Products, "product_code,category\nT-1,tv\nA-1,ac\nO-1,\n");
        sell(app, &line("t", "2026-07-01", "D-001", "T-1", "100000.00"));
        sell(app, &line("a", "2026-07-01", "D-001", "A-1", "100000.00"));
        run(app, "2026-10-15");
        // 5 % of 320,000.00 and twice of 100,000.00.
        check(app, books.first, 1_600_000 + 500_000 + 500_000);
        sell(app, &line("t2", "2026-07-02", "D-001", "T-1", "100.00"));
        let report = run(app, "2026-10-15");
        assert_eq!((report.periods, report.changed), (2, 2), "the general one and that of TVs");
        check(app, books.first, 1_600_500 + 500_500 + 500_000);
        sell(app, &line("o", "2026-07-02", "D-001", "O-1", "100.00"));
        let report = run(app, "2026-10-15");
        assert_eq!((report.periods, report.changed), (1, 1), "the general one");
        check_verified(app);
        // What was left out counts as soon as the catalogue says so.
        bring(app, ImportKind::Products, "product_code,category\nO-1,ac\n");
        run(app, "2026-10-15");
        check(app, books.first, 1_601_000 + 500_500 + 500_500);
        check_verified(app);
    }

    fn a_line_dated_ahead_is_added_when_its_day_comes(app: &TestApp) {
        let books = books(app);
        run(app, "2026-09-10");
        check(app, books.first, 600_000);
        sell(app, &(line("n", "2026-09-11", "D-001", "P-1", "100.00")
            + &line("o", "2026-09-09", "D-001", "P-1", "10.00")));
        run(app, "2026-09-10");
        check(app, books.first, 600_050);
        sell(app, &line("p", "2026-09-10", "D-001", "P-1", "1.00"));
        run(app, "2026-09-10");
        check(app, books.first, 600_055);
        run(app, "2026-09-11");
        check(app, books.first, 600_555);
        check_verified(app);
    }

    fn lines_and_a_customer_who_moves_class_at_once_are_both_seen(app: &TestApp) {
        let books = books(app);
        let source = POLICY.replace("Q-1", "KEY").replace("[reward]", "customers.classes = [\"key\"]\n[reward]");
        let terms = policies::parse(&source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, &source));
        run(app, "2026-10-15");
        check(app, books.first, 600_000);
        sell(app, &line("n", "2026-07-01", "D-001", "P-1", "100.00"));
        bring(app, ImportKind::Customers, "customer_code,name,class\nD-001,杭州恒通贸易有限公司,key\n");
        sell(app, &line("m", "2026-07-01", "D-001", "P-1", "10.00"));
        run(app, "2026-10-15");
        // 5 % of 120,110.00, twice.
        check(app, books.first, 600_550 * 2);
        check_verified(app);
        sell(app, &line("k", "2026-07-01", "D-001", "P-1", "1.00"));
        run(app, "2026-10-15");
        check(app, books.first, 600_555 * 2);
        check_verified(app);
    }

    fn a_line_of_a_closed_period_is_added_as_a_prior_period_adjustment(app: &TestApp) {
        let books = books(app);
        run(app, "2026-10-15");
        accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
        sell(app, &line("late", "2026-09-30", "D-001", "P-1", "1000.00"));
        run(app, "2026-10-15");
        let balance = app.read(|conn| ledger::balance(conn, books.first, Currency::CNY));
        assert_eq!((balance.estimated, balance.payable), (0, 605_000));
        check_verified(app);
    }
}
