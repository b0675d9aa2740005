//! Targets and baselines on their way in: row by row, again, changed, and what is refused.

use std::io::Write;

use openrebate::audit;
use openrebate::customers;
use openrebate::policies::{self, FigureKind};
use openrebate::sales::{self, Brought, ImportKind, Incoming, Options, Report, Watch};
use openrebate::values::{Actor, Currency, Language, StaffRole};
use openrebate::words::words;

use crate::support::{TestApp, a_customer, a_member};

const HEADER: &str = "policy,customer_code,period,value\n";

/// A policy of the measure with periods of the kind, drafted.
fn drafted(app: &TestApp, manager: &Actor, code: &str, measure: &str, period: &str) {
    let source = format!(
        "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = 2026-01-01\n\
         to = 2026-12-31\nform = \"cash\"\nname.en = \"{code}\"\nmeasure = {{ {measure} }}\n\
         [reward]\ntier_mode = \"all_units\"\ntiers = [{{ from = \"100\", percent = \"2\" }}]\n"
    );
    let terms = policies::parse(&source).unwrap();
    app.db.write(manager, |tx| policies::draft(tx, &terms, &source)).unwrap();
}

/// Two customers, and a policy for each kind of figure.
fn house(app: &TestApp) {
    a_customer(app, "D-001", "杭州恒通");
    a_customer(app, "D-002", "苏州盛达");
    let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
    drafted(app, &manager, "T", "kind = \"target\"", "quarter");
    drafted(app, &manager, "TQ", "kind = \"target\", of = \"quantity\"", "month");
    drafted(app, &manager, "G", "kind = \"growth\"", "year");
    drafted(app, &manager, "A", "kind = \"amount\"", "quarter");
    drafted(app, &manager, "TT", "kind = \"target\"", "term");
}

fn bring(app: &TestApp, kind: ImportKind, text: &str, options: &Options) -> Brought {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let incoming = Incoming { kind, path: file.path(), name: "figures.csv" };
    sales::bring_in(&app.db, &Actor::operator(), incoming, options, &mut Watch::default()).unwrap()
}

fn targets(app: &TestApp, rows: &str) -> Brought {
    bring(app, ImportKind::Targets, &format!("{HEADER}{rows}"), &Options::default())
}

fn baselines(app: &TestApp, rows: &str) -> Brought {
    bring(app, ImportKind::Baselines, &format!("{HEADER}{rows}"), &Options::default())
}

/// New, changed, known, conflicting and rejected rows.
fn counts(report: &Report) -> [u64; 5] {
    [report.new, report.changed, report.known, report.conflicting, report.rejected]
}

/// The figures of a policy, as `code period kind value`.
fn kept(app: &TestApp, policy: &str) -> Vec<String> {
    let people = app.read(customers::all);
    let keys: Vec<_> = people.iter().map(|customer| customer.id).collect();
    let taker = app.read(|conn| policies::figure_taker(conn, policy)).unwrap();
    let found = app.read(|conn| policies::figures(conn, &taker.policy, &keys));
    let code = |key| people.iter().find(|c| c.id == key).map(|c| c.code.clone()).unwrap();
    let said = |((customer, period, kind), value)| {
        let (customer, kind): (_, FigureKind) = (code(customer), kind);
        format!("{customer} {period} {kind} {value}")
    };
    found.into_iter().map(said).collect()
}

/// How often the log says that figures of a policy were set.
fn told(app: &TestApp) -> usize {
    let events = app.read(|conn| audit::latest(conn, None, 1000));
    events.iter().filter(|event| event.action == "policy.figures_set").count()
}

both! {
    fn figures_come_in_once_and_another_value_replaces_them(app: &TestApp) {
        house(app);
        let rows = "T,D-001,2026-Q3,\"¥200,000.00\"\nT,D-002,2026-Q3,150000.5\nTQ,D-001,2026-09,1200.5\n";
        let first = targets(app, rows);
        assert!(first.import.is_some());
        assert_eq!(counts(&first.report), [3, 0, 0, 0, 0]);
        assert_eq!(kept(app, "T"), ["D-001 2026-Q3 target 200000", "D-002 2026-Q3 target 150000.5"]);
        assert_eq!(kept(app, "TQ"), ["D-001 2026-09 target 1200.5"]);
        let total = first.report.totals[&Currency::CNY];
        assert_eq!((total.lines, total.net_minor, total.quantity_micro), (3, 35_000_050, 1_200_500_000));
        assert_eq!(told(app), 2, "one event for each policy");
        let head = app.read(sales::touched_head);
        // The same again says nothing new, however it is written.
        let again = targets(app, "T,D-001,2026-Q3,200000\nT,D-002,2026-Q3,150000.50\nT,D-002,2026-Q3,150000.5\n");
        assert_eq!(counts(&again.report), [0, 0, 3, 0, 0]);
        assert_eq!((told(app), app.read(sales::touched_head)), (2, head));
        // Another value replaces it.
        let other = targets(app, "T,D-001,2026-Q3,250000\nT,D-002,2026-Q4,1\n");
        assert_eq!(counts(&other.report), [1, 1, 0, 0, 0]);
        assert_eq!(kept(app, "T"), [
            "D-001 2026-Q3 target 250000", "D-002 2026-Q3 target 150000.5", "D-002 2026-Q4 target 1",
        ]);
        assert_eq!((told(app), app.read(sales::touched_head)), (3, head + 1));
        let audited = app.read(audit::verify);
        assert_eq!(audited.1, None);
    }

    fn the_months_a_figure_is_about_wait_for_a_run(app: &TestApp) {
        house(app);
        let touched = |seq| app.read(|conn| {
            let (after, as_of) = ("2026-10-15".parse().unwrap(), "2026-10-15".parse().unwrap());
            sales::touched_since(conn, seq, after, as_of)
        });
        let months = |seq| touched(seq).into_iter().map(|(_, month)| month.to_string()).collect::<Vec<_>>();
        targets(app, "T,D-001,2026-Q3,200000\n");
        assert_eq!(months(0), ["2026-07-01", "2026-08-01", "2026-09-01"]);
        // October has begun, November hasn't: nothing of it can have been computed.
        let head = app.read(sales::touched_head);
        targets(app, "T,D-002,2026-Q4,200000\nT,D-001,2026-Q3,200000\n");
        assert_eq!(months(head), ["2026-10-01"]);
        let head = app.read(sales::touched_head);
        baselines(app, "G,D-001,2026,1\n");
        assert_eq!(months(head).len(), 10);
        let head = app.read(sales::touched_head);
        targets(app, "TT,D-002,term,5\n");
        assert_eq!(months(head).len(), 10);
        assert_eq!(app.read(sales::touched_head), head + 1);
    }

    fn a_baseline_may_be_nothing_and_a_target_may_not(app: &TestApp) {
        house(app);
        let report = baselines(app, "G,D-001,2026,0\nG,D-002,2026,-5.25\n").report;
        assert_eq!(counts(&report), [2, 0, 0, 0, 0]);
        assert_eq!(kept(app, "G"), ["D-001 2026 baseline 0", "D-002 2026 baseline -5.25"]);
    }

    fn each_row_that_stays_out_says_where_and_why(app: &TestApp) {
        house(app);
        for (kind, row, column, zh, en) in [
            (ImportKind::Targets, "X,D-001,2026-Q3,1", "policy", "系统中没有政策 X", "policy X is not known"),
            (ImportKind::Targets, "t,D-001,2026-Q3,1", "policy", "系统中没有政策 t", "policy t is not known"),
            (ImportKind::Targets, "T,D-009,2026-Q3,1", "customer_code", "系统中没有客户 D-009", "customer D-009 is not known"),
            (ImportKind::Targets, "T,,2026-Q3,1", "customer_code", "没有客户", "no customer"),
            (ImportKind::Targets, ",D-001,2026-Q3,1", "policy", "policy 列为空", "column policy is empty"),
            (ImportKind::Targets, "T,D-001,,1", "period", "period 列为空", "column period is empty"),
            (ImportKind::Targets, "T,D-001,2026-Q3,", "value", "value 列为空", "column value is empty"),
            (
                ImportKind::Targets, "A,D-001,2026-Q3,1", "policy",
                "政策 A 不按目标达成率考核，不需要目标值", "policy A does not measure attainment, so it takes no targets",
            ),
            (
                ImportKind::Targets, "G,D-001,2026,1", "policy",
                "政策 G 不按目标达成率考核，不需要目标值", "policy G does not measure attainment, so it takes no targets",
            ),
            (
                ImportKind::Baselines, "T,D-001,2026-Q3,1", "policy",
                "政策 T 不按同比增长考核，不需要基期值", "policy T does not measure growth, so it takes no baselines",
            ),
            (
                ImportKind::Targets, "T,D-001,2026Q3,1", "period",
                "period 列：“2026Q3”不是 2026-09、2026-Q3、2026-H2、2026 或 term 这样的期间",
                "column period: “2026Q3” is not a period such as 2026-09, 2026-Q3, 2026-H2, 2026 or term",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-09,1", "period",
                "period 列：“2026-09”与该政策的返利期间类型不同", "column period: “2026-09” is another kind of period than the policy’s",
            ),
            (
                ImportKind::Targets, "T,D-001,term,1", "period",
                "period 列：“term”与该政策的返利期间类型不同", "column period: “term” is another kind of period than the policy’s",
            ),
            (
                ImportKind::Targets, "T,D-001,2027-Q1,1", "period",
                "period 列：“2027-Q1”不在该政策的有效期内", "column period: “2027-Q1” lies outside the policy’s validity",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,0", "value",
                "value 列：目标值必须大于零，实际为“0”", "column value: a target must be above zero, not “0”",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,-1", "value",
                "value 列：目标值必须大于零，实际为“-1”", "column value: a target must be above zero, not “-1”",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,lots", "value",
                "value 列：“lots”不是 1234.56 这样的数字", "column value: “lots” is not a plain number such as 1234.56",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,0.001", "value",
                "value 列：“0.001”的小数位过多", "column value: “0.001” has more decimals than can be kept",
            ),
            (
                ImportKind::Targets, "TQ,D-001,2026-09,0.0000001", "value",
                "value 列：“0.0000001”的小数位过多", "column value: “0.0000001” has more decimals than can be kept",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,10000000000000", "value",
                "value 列：“10000000000000”数值过大", "column value: “10000000000000” is too large",
            ),
            (
                ImportKind::Targets, "T,D-001,2026-Q3,1,2", "",
                "本行有 5 个单元格，与表头列数不一致", "this row has 5 cells, the header another number",
            ),
        ] {
            let brought = bring(app, kind, &format!("{HEADER}{row}\n"), &Options::default());
            assert_eq!(brought.import, None, "{row}");
            assert_eq!(counts(&brought.report), [0, 0, 0, 0, 1], "{row}");
            let [rejected] = brought.report.problems.as_slice() else { panic!("{row}") };
            assert_eq!((rejected.place.line, rejected.place.column.as_str()), (2, column), "{row}");
            assert_eq!(words(Language::ZhCn).say(&rejected.text()), zh);
            if !column.is_empty() {
                assert_eq!(words(Language::En).say(&rejected.text()), en);
            }
        }
        assert_eq!(kept(app, "T"), [] as [String; 0]);
        let twice = targets(app, "T,D-001,2026-Q3,1\nT,D-001,2026-Q3,2\n");
        assert_eq!((twice.import, counts(&twice.report)), (None, [1, 0, 0, 1, 0]));
        assert!(twice.report.reasons.contains_key("repeated"));
    }

    fn good_rows_alone_come_in_when_that_is_accepted(app: &TestApp) {
        house(app);
        let text = format!("{HEADER}T,D-001,2026-Q3,1\nT,D-009,2026-Q3,1\n");
        let options = Options { accept_good_rows: true, ..Options::default() };
        let brought = bring(app, ImportKind::Targets, &text, &options);
        assert!(brought.import.is_some());
        assert_eq!(counts(&brought.report), [1, 0, 0, 0, 1]);
        assert_eq!(kept(app, "T"), ["D-001 2026-Q3 target 1"]);
    }

    fn a_foreign_layout_is_mapped_and_a_dry_run_changes_nothing(app: &TestApp) {
        house(app);
        let mapping = "[columns]\npolicy = { value = \"TQ\" }\ncustomer_code = \"客户\"\n\
                       period = \"月份\"\nvalue = { multiply = [\"箱\", \"每箱\"] }\n";
        let text = "客户,月份,箱,每箱,备注\nD-001,2026-09,100,12,x\n";
        let options = Options { mapping: mapping.to_owned(), ..Options::default() };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let incoming = Incoming { kind: ImportKind::Targets, path: file.path(), name: "f.csv" };
        let checked =
            sales::check(&app.db, &Actor::operator(), incoming, &options, &mut Watch::default()).unwrap();
        assert_eq!((checked.new, checked.unknown_columns), (1, vec!["备注".to_owned()]));
        assert_eq!(kept(app, "TQ"), [] as [String; 0]);
        assert_eq!(app.read(sales::touched_head), 0);
        bring(app, ImportKind::Targets, text, &options);
        assert_eq!(kept(app, "TQ"), ["D-001 2026-09 target 1200"]);
    }
}
