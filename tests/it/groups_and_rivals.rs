//! Policies whose numbers depend on other customers, other periods and other policies: a new line
//! changes all of them, and nothing else.

use std::io::Write;

use openrebate::accruals::{self, RunReport};
use openrebate::policies;
use openrebate::reports;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::Actor;

use crate::support::{POLICY, TestApp, a_customer, sell};

fn publish(app: &TestApp, source: &str) {
    let terms = policies::parse(source).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.write(|tx| policies::publish(tx, &terms, source));
}

/// A policy like the usual one, with another code, measure and reward.
fn policy(code: &str, measure: &str, reward: &str) -> String {
    POLICY
        .replace("\"Q-1\"", &format!("\"{code}\""))
        .replace("measure.kind = \"amount\"", &format!("[measure]\n{measure}"))
        .replace("tiers = [{ from = \"100000\", percent = \"5\" }]\n", reward)
}

fn bring(app: &TestApp, kind: ImportKind, text: &str) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let incoming = Incoming { kind, path: file.path(), name: "file.csv" };
    let actor = Actor::operator();
    let options = Options::default();
    let brought = sales::bring_in(&app.db, &actor, incoming, &options, &mut Watch::default());
    let report = brought.unwrap().report;
    assert_eq!(report.rejected, 0, "{:?}", report.problems);
}

fn run(app: &TestApp) -> RunReport {
    let report = accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    let found = app.read(reports::verify);
    assert_eq!((found.differences, found.waiting), (Vec::new(), 0));
    report
}

/// `policy customer period rebate`, with the reason of a zero.
fn accrued(app: &TestApp) -> Vec<String> {
    let all = app.read(|conn| accruals::page(conn, &accruals::Filter::default(), 0, 100));
    let said = |a: &accruals::Accrual| {
        let calculation = &a.calculation;
        let code = app.read(|conn| openrebate::customers::by_id(conn, a.customer)).code;
        let reason = calculation.reason.map(|r| format!(" {r}")).unwrap_or_default();
        let rebate = a.rebate().plain();
        format!("{} {code} {} {rebate}{reason}", calculation.policy, a.period)
    };
    all.iter().map(said).collect()
}

const TIERS: &str =
    "tiers = [{ from = \"100\", percent = \"1\" }, { from = \"300\", percent = \"2\" }]\n";

both! {
    fn one_members_line_lifts_the_whole_group(app: &TestApp) {
        for code in ["HQ", "EAST", "WEST", "LONE"] {
            a_customer(app, code, code);
        }
        bring(app, ImportKind::Customers, "customer_code,name,group_code\nEAST,E,HQ\nWEST,W,HQ\n");
        let scope = "kind = \"amount\"\nscope = \"group\"";
        publish(app, &policy("G", scope, TIERS));
        publish(app, &policy("H", &format!("{scope}\nbeneficiary = \"parent\""), TIERS));
        sell(
            app,
            "1,A,2026-07-20,EAST,P,1,150.00,CNY,invoice\n2,B,2026-08-20,WEST,P,1,100.00,CNY,invoice\n\
             3,C,2026-08-20,LONE,P,1,200.00,CNY,invoice\n",
        );
        run(app);
        assert_eq!(
            accrued(app),
            [
                "G EAST 2026-Q3 1.50",
                "G LONE 2026-Q3 2.00",
                "G WEST 2026-Q3 1.00",
                "H EAST 2026-Q3 0.00 earned_by_parent",
                "H HQ 2026-Q3 2.50",
                "H LONE 2026-Q3 2.00",
                "H WEST 2026-Q3 0.00 earned_by_parent",
            ]
        );
        sell(app, "4,D,2026-09-20,WEST,P,1,50.00,CNY,invoice\n");
        let touched = run(app);
        assert_eq!((touched.customers, touched.changed), (3, 3), "HQ, EAST and WEST; not LONE");
        assert_eq!(accrued(app)[0], "G EAST 2026-Q3 3.00");
        assert_eq!(accrued(app)[4], "H HQ 2026-Q3 6.00");
        // WEST leaves: the group it left changes as well.
        bring(app, ImportKind::Customers, "customer_code,name,group_code\nWEST,W,LONE\n");
        run(app);
        assert_eq!(
            accrued(app),
            [
                "G EAST 2026-Q3 1.50",
                "G LONE 2026-Q3 4.00",
                "G WEST 2026-Q3 3.00",
                "H EAST 2026-Q3 0.00 earned_by_parent",
                "H HQ 2026-Q3 1.50",
                "H LONE 2026-Q3 7.00",
                "H WEST 2026-Q3 0.00 earned_by_parent",
            ]
        );
    }

    fn of_rivals_one_counts_and_a_new_line_may_turn_it(app: &TestApp) {
        a_customer(app, "C1", "C1");
        let overlap = "[overlap]\nexclusive_group = \"g\"\nrule = \"best\"\n";
        publish(app, &policy("A", "kind = \"amount\"", &format!(
            "tiers = [{{ from = \"100\", percent = \"1\" }}]\n{overlap}")));
        publish(app, &policy("B", "kind = \"amount\"", &format!(
            "tiers = [{{ from = \"300\", percent = \"5\" }}]\n{overlap}")));
        sell(app, "1,A,2026-07-20,C1,P,1,200.00,CNY,invoice\n");
        run(app);
        assert_eq!(accrued(app), ["A C1 2026-Q3 2.00", "B C1 2026-Q3 0.00 below_first_tier"]);
        sell(app, "2,B,2026-07-21,C1,P,1,100.00,CNY,invoice\n");
        // Asked for one of them, a run settles both.
        accruals::run(&app.db, &Actor::operator(), app.db.today(), Some("A")).unwrap();
        assert_eq!(accrued(app), ["A C1 2026-Q3 0.00 lost_to_other", "B C1 2026-Q3 15.00"]);
        assert_eq!(run(app).changed, 0);
    }

    fn a_late_line_runs_through_the_rest_of_the_year(app: &TestApp) {
        a_customer(app, "C1", "C1");
        publish(app, &policy("Y", "kind = \"amount\"\nwindow = \"year_to_date\"", TIERS));
        publish(app, &policy("T", "kind = \"amount\"", &format!("cap_total = \"4\"\n{TIERS}")));
        sell(
            app,
            "1,A,2026-02-20,C1,P,1,150.00,CNY,invoice\n2,B,2026-08-20,C1,P,1,100.00,CNY,invoice\n",
        );
        run(app);
        assert_eq!(
            accrued(app),
            ["T C1 2026-Q1 1.50", "T C1 2026-Q3 1.00", "Y C1 2026-Q1 1.50", "Y C1 2026-Q3 1.00"]
        );
        sell(app, "3,C,2026-03-20,C1,P,1,150.00,CNY,invoice\n");
        run(app);
        assert_eq!(
            accrued(app),
            [
                "T C1 2026-Q1 4.00",
                "T C1 2026-Q3 0.00 cap_total_used",
                "Y C1 2026-Q1 6.00",
                "Y C1 2026-Q3 2.00",
            ]
        );
    }

    fn a_new_target_is_reckoned_with_at_the_next_run(app: &TestApp) {
        a_customer(app, "C1", "C1");
        publish(app, &policy("T", "kind = \"target\"", "tiers = [{ from = \"100\", percent = \"2\" }]\n"));
        sell(app, "1,A,2026-07-20,C1,P,1,500.00,CNY,invoice\n");
        run(app);
        assert_eq!(accrued(app), ["T C1 2026-Q3 0.00 no_target"]);
        let target = |value: &str| format!("policy,customer_code,period,value\nT,C1,2026-Q3,{value}\n");
        bring(app, ImportKind::Targets, &target("500"));
        run(app);
        assert_eq!(accrued(app), ["T C1 2026-Q3 10.00"]);
        bring(app, ImportKind::Targets, &target("500.01"));
        run(app);
        assert_eq!(accrued(app), ["T C1 2026-Q3 0.00 below_first_tier"]);
    }
}
