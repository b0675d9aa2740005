//! Random policies of every kind over random lines: a run after every line comes to what one run
//! at the end does, on the real databases, and the books hold.

use std::io::Write;

use openrebate::accruals::{self, Filter};
use openrebate::policies;
use openrebate::reports;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::Actor;

use crate::support::{TestApp, a_customer};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn one_of<'a>(&mut self, these: &[&'a str]) -> &'a str {
        these[usize::try_from(self.roll(these.len() as u64)).unwrap()]
    }
}

/// Keys of `[measure]`, the modes that go with it, what tiers pay, and keys of `[reward]`.
const KINDS: &[(&str, &[&str], &str, &str)] = &[
    ("kind = \"amount\"", &["all_units", "marginal", "rolling", "total"], "percent", ""),
    ("kind = \"amount\"", &["all_units", "total"], "lump_sum", ""),
    ("kind = \"amount\"\ndate = \"delivery_date\"", &["all_units"], "percent", "cap = \"30\""),
    ("kind = \"quantity\"", &["all_units", "marginal", "rolling", "total"], "per_unit", ""),
    ("kind = \"amount\"\nwindow = \"year_to_date\"", &["all_units", "marginal"], "percent", ""),
    (
        "kind = \"quantity\"\nwindow = \"year_to_date\"",
        &["rolling", "total"],
        "per_unit",
        "cap_total = \"90\"",
    ),
    ("kind = \"growth\"", &["all_units", "total"], "percent", ""),
    ("kind = \"growth\"\nno_baseline = 1", &["all_units"], "lump_sum", ""),
    ("kind = \"growth\"\ngrowth_on = \"excess\"", &["all_units", "total"], "percent", ""),
    ("kind = \"growth\"\ngrowth_on = \"banded\"\nno_baseline = 2", &["marginal"], "percent", ""),
    (
        "kind = \"growth\"\nof = \"quantity\"\ngrowth_on = \"banded\"",
        &["all_units"],
        "per_unit",
        "",
    ),
    ("kind = \"growth\"\nwindow = \"year_to_date\"", &["all_units"], "percent", ""),
    ("kind = \"target\"", &["all_units", "total"], "percent", ""),
    (
        "kind = \"target\"\nof = \"quantity\"\nwindow = \"year_to_date\"",
        &["all_units"],
        "per_unit",
        "",
    ),
    ("kind = \"amount\"\nscope = \"group\"", &["all_units", "total"], "percent", ""),
    (
        "kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"",
        &["marginal", "rolling"],
        "percent",
        "",
    ),
    (
        "kind = \"growth\"\nscope = \"group\"\nbeneficiary = \"parent\"\ngrowth_on = \"excess\"",
        &["all_units"],
        "percent",
        "",
    ),
    (
        "kind = \"target\"\nscope = \"group\"\nwindow = \"year_to_date\"",
        &["all_units"],
        "percent",
        "",
    ),
    ("kind = \"amount\"", &["all_units"], "percent", "guarantee = \"2\"\ncap = \"20\""),
    (
        "kind = \"amount\"",
        &["all_units"],
        "percent",
        "guarantee_cumulative = \"40\"\ncap_total = \"70\"",
    ),
];

const FIGURES: &str = "policy,customer_code,period,value\n";

/// The policies' sources, and files of figures for those that take them.
fn policies(dice: &mut Dice) -> (Vec<String>, String, String) {
    let (mut sources, mut targets, mut baselines) =
        (Vec::new(), FIGURES.to_owned(), FIGURES.to_owned());
    for (index, (measure, modes, pays, limits)) in KINDS.iter().enumerate() {
        let code = format!("K-{index:02}");
        let period = dice.one_of(&["month", "quarter", "half_year"]);
        let (mode, bound) = (dice.one_of(modes), dice.one_of(&["at_least", "more_than"]));
        let rounding = dice.one_of(&["half_up", "half_even"]);
        let step = if measure.contains("quantity\"\n") || measure.ends_with("quantity\"") {
            20
        } else {
            300
        };
        let step = if measure.contains("growth") || measure.contains("target") { 30 } else { step };
        let (low, high) = (1 + dice.roll(step), step + 1 + dice.roll(step * 2));
        let (one, two) = (1 + dice.roll(300), 301 + dice.roll(400));
        let rate = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
        // Two pairs of rivals; they go by the same periods.
        let (period, rival) = match index {
            0 | 3 => {
                ("quarter", "[overlap]\nexclusive_group = \"best\"\nrule = \"best\"\n".to_owned())
            }
            6 | 14 => (
                "quarter",
                format!(
                    "[overlap]\nexclusive_group = \"first\"\nrule = \"first\"\npriority = {}\n",
                    20 - index
                ),
            ),
            _ => (period, String::new()),
        };
        sources.push(format!(
            "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = 2025-{:02}-01\n\
             form = \"cash\"\nname.en = \"{code}\"\n[measure]\n{measure}\n[reward]\n{limits}\n\
             tier_mode = \"{mode}\"\nbound = \"{bound}\"\nrounding = \"{rounding}\"\n\
             tiers = [{{ from = \"{low}\", {pays} = \"{}\" }}, {{ from = \"{high}\", {pays} = \"{}\" }}]\n{rival}",
            1 + dice.roll(8), rate(one), rate(two)
        ));
        for number in 1..=2 {
            let period = match period {
                "month" => format!("2026-{:02}", number + 3),
                "quarter" => format!("2026-Q{number}"),
                _ => format!("2026-H{number}"),
            };
            let figure =
                |customer: &str, value: u64| format!("{code},{customer},{period},{value}\n");
            let rows = figure("HQ", 100 + dice.roll(900)) + &figure("LONE", 50 + dice.roll(400));
            if measure.contains("target") {
                targets.push_str(&rows);
            } else if measure.contains("growth") && dice.roll(2) == 0 {
                baselines.push_str(&rows);
            }
        }
    }
    (sources, targets, baselines)
}

/// Sales and returns of four customers, in the order in which they come in.
fn lines(dice: &mut Dice, count: u64) -> Vec<String> {
    let line = |id| {
        let customer = dice.one_of(&["HQ", "EAST", "WEST", "LONE"]);
        let year = 2025 + dice.roll(2);
        let day = format!(
            "{year}-{:02}-{:02}",
            1 + dice.roll(if year == 2025 { 12 } else { 10 }),
            1 + dice.roll(14)
        );
        let back = dice.roll(5) == 0;
        let (sign, kind) = if back { ("-", "return") } else { ("", "invoice") };
        let (units, cents) = (1 + dice.roll(40), 1 + dice.roll(60_000));
        let delivered = if dice.roll(3) == 0 { String::new() } else { day.clone() };
        let product = dice.one_of(&["P-1", "P-2"]);
        format!(
            "{id},D{id},{day},{customer},{product},{sign}{units},{sign}{}.{:02},CNY,{kind},{delivered}\n",
            cents / 100,
            cents % 100
        )
    };
    (0..count).map(line).collect()
}

fn bring(app: &TestApp, kind: ImportKind, text: &str) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let incoming = Incoming { kind, path: file.path(), name: "file.csv" };
    let options = Options { create_missing: true, ..Options::default() };
    let actor = Actor::operator();
    let brought = sales::bring_in(&app.db, &actor, incoming, &options, &mut Watch::default());
    let report = brought.unwrap().report;
    assert_eq!(report.rejected, 0, "{:?}", report.problems);
}

fn sell_rows(app: &TestApp, rows: &str) {
    let header = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                  net_amount,currency,kind,delivery_date\n";
    bring(app, ImportKind::Sales, &format!("{header}{rows}"));
}

fn run(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn settle(app: &TestApp, sources: &[String]) {
    for code in ["HQ", "EAST", "WEST", "LONE"] {
        a_customer(app, code, code);
    }
    bring(app, ImportKind::Customers, "customer_code,name,group_code\nEAST,E,HQ\nWEST,W,HQ\n");
    for source in sources {
        let terms = policies::parse(source).unwrap_or_else(|p| panic!("{p:?}\n{source}"));
        app.write(|tx| policies::publish(tx, &terms, source));
    }
}

/// Every accrual with its whole calculation.
fn accrued(app: &TestApp) -> Vec<String> {
    let all = app.read(|conn| accruals::page(conn, &Filter::default(), 0, 10_000));
    let verified = app.read(reports::verify);
    assert_eq!((verified.differences, verified.waiting), (Vec::new(), 0));
    let said = |accrual: &accruals::Accrual| {
        let calculation = serde_json::to_string(&accrual.calculation).unwrap();
        format!("{} {calculation}", accrual.customer)
    };
    // What came to something in between and came to nothing in the end stays as a row of zero.
    let stands = |a: &&accruals::Accrual| a.calculation.lines.counted > 0 || a.rebate_minor != 0;
    let mut said: Vec<String> = all.iter().filter(stands).map(said).collect();
    said.sort();
    said
}

both! {
    fn a_run_after_every_line_equals_one_run_at_the_end(app: &TestApp) {
        for seed in (1..=5u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
            let mut dice = Dice(seed);
            let (sources, targets, baselines) = policies(&mut dice);
            let rows = lines(&mut dice, 24);
            let (one_by_one, at_once) = (TestApp::on(app.engine), TestApp::on(app.engine));
            settle(&one_by_one, &sources);
            for (index, row) in rows.iter().enumerate() {
                sell_rows(&one_by_one, row);
                match index {
                    9 => bring(&one_by_one, ImportKind::Targets, &targets),
                    15 => bring(&one_by_one, ImportKind::Baselines, &baselines),
                    _ => {}
                }
                run(&one_by_one);
            }
            settle(&at_once, &sources);
            sell_rows(&at_once, &rows.concat());
            bring(&at_once, ImportKind::Baselines, &baselines);
            bring(&at_once, ImportKind::Targets, &targets);
            run(&at_once);
            let (slowly, quickly) = (accrued(&one_by_one), accrued(&at_once));
            assert!(quickly.len() > 100, "{} accruals", quickly.len());
            for (slow, quick) in slowly.iter().zip(&quickly) {
                assert_eq!(slow, quick, "seed {seed:x}");
            }
            assert_eq!(slowly.len(), quickly.len(), "seed {seed:x}");
            let paid = quickly.iter().filter(|said| !said.contains("\"rebate_minor\":0,")).count();
            assert!(paid > 20, "{paid} pay something");
        }
    }
}
