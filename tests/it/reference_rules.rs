//! The pure rules against the reference answers of the real sales lines (data/README.md): every
//! customer and period of P1, P2, P3 and P1X, row for row, to the penny.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::NaiveDate;
use flate2::read::GzDecoder;
use openrebate::accruals::rules::{Line, Plan, ProductFacts, Reason};
use openrebate::policies::{CustomerFacts, Terms, TierReward, parse};
use openrebate::values::{Currency, Key, Period};
use rust_decimal::Decimal;

use crate::support::data;

struct Data {
    /// Each customer's lines in the order of their dates.
    lines: BTreeMap<String, Vec<Line>>,
    products: HashMap<Key, ProductFacts>,
}

#[test]
fn the_sample_gets_the_reference_rebates() {
    let Some(folder) = data() else { return };
    let file = File::open(folder.join("sample/online_retail_sample.csv")).unwrap();
    let lines = load(file);
    for policy in ["P1", "P2", "P3", "P1X"] {
        check(&folder.join("expected/sample"), policy, &lines, None);
    }
}

#[test]
fn all_real_sales_get_the_reference_rebates() {
    let Some(folder) = data() else { return };
    let file = File::open(folder.join("online_retail/lines_clean.csv.gz")).unwrap();
    let lines = load(GzDecoder::new(file));
    // Totals in pence.
    for (policy, total) in
        [("P1", 6_996_665), ("P2", 3_666_665), ("P3", 22_152_425), ("P1X", 7_205_174)]
    {
        check(&folder.join("expected/online_retail"), policy, &lines, Some(total));
    }
}

fn load(file: impl Read) -> Data {
    let mut reader = csv::Reader::from_reader(file);
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (date, customer, product) = (at("document_date"), at("customer_code"), at("product_code"));
    let (quantity, net, currency) = (at("quantity"), at("net_amount"), at("currency"));
    let mut keys: HashMap<String, Key> = HashMap::new();
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut dates: HashMap<String, NaiveDate> = HashMap::new();
    let mut currencies: HashMap<String, Currency> = HashMap::new();
    let mut record = csv::StringRecord::new();
    let mut key = 0;
    while reader.read_record(&mut record).unwrap() {
        key += 1;
        let new_product = i64::try_from(keys.len()).unwrap() + 1;
        let product = match keys.get(&record[product]) {
            Some(key) => *key,
            None => *keys.entry(record[product].to_owned()).or_insert(new_product),
        };
        let document_date = match dates.get(&record[date]) {
            Some(day) => *day,
            None => *dates.entry(record[date].to_owned()).or_insert(record[date].parse().unwrap()),
        };
        let currency = *currencies
            .entry(record[currency].to_owned())
            .or_insert_with_key(|code| code.parse().unwrap());
        let line = Line {
            key,
            product,
            document_date,
            delivery_date: None,
            paid_date: None,
            net_minor: fixed(&record[net], 2),
            quantity_micro: fixed(&record[quantity], 6),
            currency,
        };
        match lines.get_mut(&record[customer]) {
            Some(list) => list.push(line),
            None => drop(lines.insert(record[customer].to_owned(), vec![line])),
        }
    }
    lines.values_mut().for_each(|list| list.sort_by_key(|line| line.document_date));
    let facts =
        |(code, key)| (key, ProductFacts { code, category: String::new(), brand: String::new() });
    Data { lines, products: keys.into_iter().map(facts).collect() }
}

/// `-83.4` as a whole number of its smallest unit.
fn fixed(text: &str, decimals: usize) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= decimals, "{text} has more than {decimals} decimals");
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}

fn terms(policy: &str) -> Terms {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/policies/{policy}.toml"));
    parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check(expected: &Path, policy: &str, data: &Data, total: Option<i64>) {
    let terms = terms(policy);
    let plan = Plan::of_terms(&terms, 1, &data.products);
    let (computed, sum) = compute(&plan, data);
    let text = std::fs::read_to_string(expected.join(format!("{policy}.csv"))).unwrap();
    let mut rows: Vec<&str> = text.trim_start_matches('\u{feff}').lines().skip(1).collect();
    rows.sort_unstable();
    for (ours, theirs) in computed.iter().zip(&rows) {
        assert_eq!(ours, theirs, "{policy}");
    }
    assert_eq!(computed.len(), rows.len(), "{policy}");
    if let Some(total) = total {
        assert_eq!(sum, total, "{policy}");
    }
}

/// Rows as the reference writes them: `tier` is the threshold reached, `rate` the fraction or the
/// money per unit it pays.
fn compute(plan: &Plan<'_>, data: &Data) -> (Vec<String>, i64) {
    let terms = plan.terms();
    let as_of = NaiveDate::from_ymd_opt(2011, 12, 31).unwrap();
    let (mut rows, mut sum) = (Vec::new(), 0);
    for (code, lines) in &data.lines {
        let customer = CustomerFacts {
            code: code.clone(),
            kind: "customer".to_owned(),
            class: "regular".to_owned(),
            region: String::new(),
            group_code: None,
            since: None,
        };
        let period = |line: &Line| Period::containing(terms.period, line.document_date);
        for lines in lines.chunk_by(|a, b| period(a) == period(b)) {
            let period = period(&lines[0]);
            let calculation = plan.calculate(&customer, period, as_of, lines);
            // The reference has a row wherever there is a line, our exports wherever one counts.
            assert_eq!(calculation.has_row(), calculation.reason != Some(Reason::NoLines));
            let index = usize::try_from(calculation.tier).unwrap();
            let tier = index.checked_sub(1).map(|index| &terms.reward.tiers[index]);
            let rate = match tier.map(|tier| tier.reward) {
                Some(TierReward::Percent(rate)) => (rate * Decimal::new(1, 2)).to_string(),
                Some(TierReward::PerUnit(rate)) => rate.to_string(),
                _ => "0".to_owned(),
            };
            sum += calculation.rebate_minor;
            rows.push(format!(
                "{},{code},{period},{},{},{rate},{}",
                terms.code,
                calculation.base.plain(calculation.currency),
                tier.map_or_else(|| "0".to_owned(), |tier| tier.from.to_string()),
                calculation.rebate().plain(),
            ));
        }
    }
    rows.sort_unstable();
    (rows, sum)
}
