//! What a new version of a policy does to periods that are accrued already: it governs from its
//! first period on, open periods follow by a difference, closed ones by a prior-period adjustment,
//! and what came before stays as it was (DOMAIN §4, §5).

use openrebate::accruals;
use openrebate::ledger::{self, Account};
use openrebate::policies;
use openrebate::reports;
use openrebate::values::{Actor, Key, Period};

use crate::support::{POLICY, TestApp, a_customer, sell};

/// Each quarter of 2026 so far: 120,000.00 bought.
fn bought(app: &TestApp) -> Key {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    publish(app, POLICY);
    sell(
        app,
        "1,INV-1,2026-02-10,D-001,P-1,100,120000.00,CNY,invoice\n\
         2,INV-2,2026-05-10,D-001,P-1,100,120000.00,CNY,invoice\n\
         3,INV-3,2026-08-10,D-001,P-1,100,120000.00,CNY,invoice\n",
    );
    accrue(app);
    customer
}

fn publish(app: &TestApp, source: &str) {
    let terms = policies::parse(source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, source));
}

fn accrue(app: &TestApp) -> accruals::RunReport {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap()
}

fn close(app: &TestApp, period: &str) {
    accruals::close(&app.db, &Actor::operator(), period.parse().unwrap(), None).unwrap();
}

/// What each period earned, and by which version.
fn earned(app: &TestApp, customer: Key) -> Vec<String> {
    let mut found = app.read(|conn| accruals::of_customer(conn, customer));
    found.sort_by_key(|accrual| accrual.first_day);
    let said = |a: &accruals::Accrual| {
        format!("{} v{} {}", a.period, a.calculation.version, a.rebate().plain())
    };
    found.iter().map(said).collect()
}

/// Entries booked after the one with the number: the period, the prior one, and the amount.
fn booked_after(app: &TestApp, number: i64) -> Vec<String> {
    let entries = app.read(|conn| ledger::after(conn, number, 100));
    let said = |e: &ledger::Posted| {
        let prior = e.prior_period.as_deref().map(|p| format!(" for {p}")).unwrap_or_default();
        format!("{}{prior}: {}", e.period, e.moves_balance())
    };
    entries.iter().map(said).collect()
}

fn last_entry(app: &TestApp) -> i64 {
    app.read(|conn| ledger::after(conn, 0, 1000)).last().map_or(0, |e| e.number)
}

fn check_verified(app: &TestApp) {
    let found = app.read(reports::verify);
    assert_eq!((found.differences, found.waiting), (Vec::new(), 0));
}

fn payable(app: &TestApp) -> i64 {
    let entries = app.read(|conn| ledger::after(conn, 0, 1000));
    entries.iter().map(|entry| -entry.on(Account::Payable)).sum()
}

/// The policy with another rate, from another day.
fn amended(from: &str, percent: &str) -> String {
    POLICY
        .replace("from = 2026-01-01", &format!("from = {from}"))
        .replace("percent = \"5\"", &format!("percent = \"{percent}\""))
}

both! {
    fn it_governs_from_its_first_period_on(app: &TestApp) {
        let customer = bought(app);
        let before = last_entry(app);
        publish(app, &amended("2026-07-01", "6"));
        accrue(app);
        assert_eq!(
            earned(app, customer),
            ["2026-Q1 v1 6000.00", "2026-Q2 v1 6000.00", "2026-Q3 v2 7200.00"]
        );
        assert_eq!(booked_after(app, before), ["2026-Q3: 120000"]);
        let again = accrue(app);
        assert_eq!((again.periods, again.changed), (0, 0));
        check_verified(app);
    }

    fn late_lines_go_by_the_version_of_their_period(app: &TestApp) {
        let customer = bought(app);
        publish(app, &amended("2026-07-01", "6"));
        accrue(app);
        sell(
            app,
            "4,INV-4,2026-06-30,D-001,P-1,1,1000.00,CNY,invoice\n\
             5,INV-5,2026-07-01,D-001,P-1,1,1000.00,CNY,invoice\n",
        );
        let run = accrue(app);
        assert_eq!((run.customers, run.periods, run.changed), (1, 2, 2));
        assert_eq!(
            earned(app, customer),
            ["2026-Q1 v1 6000.00", "2026-Q2 v1 6050.00", "2026-Q3 v2 7260.00"]
        );
        check_verified(app);
    }

    /// Signed in the autumn, valid from January: the closed quarter stays closed and is corrected
    /// in today's, the open ones follow.
    fn a_retroactive_one_corrects_closed_periods_by_adjustments(app: &TestApp) {
        let customer = bought(app);
        close(app, "2026-Q1");
        let (before, was_payable) = (last_entry(app), payable(app));
        publish(app, &amended("2026-01-01", "4"));
        accrue(app);
        assert_eq!(
            earned(app, customer),
            ["2026-Q1 v2 4800.00", "2026-Q2 v2 4800.00", "2026-Q3 v2 4800.00"]
        );
        let today: Period = Period::containing(openrebate::values::PeriodKind::Quarter, app.db.today());
        assert_eq!(
            booked_after(app, before),
            [format!("{today} for 2026-Q1: -120000"), "2026-Q2: -120000".to_owned(), "2026-Q3: -120000".to_owned()]
        );
        assert_eq!(payable(app) - was_payable, -120_000);
        check_verified(app);
    }

    fn a_shorter_one_takes_back_what_lies_behind_its_last_day(app: &TestApp) {
        let customer = bought(app);
        let shorter = amended("2026-04-01", "5\" # \"").replace("5\" # \"", "5");
        publish(app, &shorter.replace("from = 2026-04-01", "from = 2026-04-01\nto = 2026-06-30"));
        accrue(app);
        assert_eq!(
            earned(app, customer),
            ["2026-Q1 v1 6000.00", "2026-Q2 v2 6000.00", "2026-Q3 v2 0.00"]
        );
        check_verified(app);
    }

    fn an_amendment_of_a_closed_year_loses_and_doubles_nothing(app: &TestApp) {
        let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
        publish(app, &POLICY.replace("2026-01-01", "2025-01-01"));
        sell(app, "1,INV-1,2025-02-10,D-001,P-1,100,120000.00,CNY,invoice\n\
                   2,INV-2,2025-11-10,D-001,P-1,100,100000.00,CNY,invoice\n");
        for quarter in ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"] {
            close(app, quarter);
        }
        assert_eq!(payable(app), 600_000 + 500_000);
        publish(app, &amended("2025-10-01", "6"));
        accrue(app);
        accrue(app);
        assert_eq!(earned(app, customer), ["2025-Q1 v1 6000.00", "2025-Q4 v2 6000.00"]);
        assert_eq!(payable(app), 600_000 + 600_000);
        check_verified(app);
    }
}
