//! Policy files: what is refused, and by which key.

use std::path::Path;

use chrono::NaiveDate;
use openrebate::policies::{DateBasis, Form, Terms, TierReward, parse};
use openrebate::values::Language;
use openrebate::words::words;

/// A right file; the table below breaks it one key at a time.
const RIGHT: &str = r#"code = "Q-5PCT"
currency = "CNY"
period = "quarter"
from = 2026-01-01
to = 2026-12-31
form = "cash"
settle_within_days = 30
grace_days = 5
owner = "finance@example.com"
contract_ref = "HT-2026-018"
[name]
zh-CN = "季度达标返利"
en = "Quarterly threshold rebate"
[customers]
types = ["distributor"]
classes = ["vip", "key"]
regions = []
codes = []
except = []
min_tenure_months = 0
[products]
categories = []
brands = []
codes = []
except_categories = []
except_codes = ["POST"]
[measure]
kind = "amount"
window = "period"
scope = "customer"
no_baseline = "none"
growth_on = "whole"
date = "document_date"
[reward]
tier_mode = "all_units"
bound = "at_least"
rounding = "half_up"
cap = "50000"
minimum_payout = "100"
[[reward.tiers]]
from = "100000"
percent = "5"
[[reward.tiers]]
from = "200000"
percent = "6"
"#;

fn parsed(source: &str) -> Result<Terms, Vec<(String, usize, usize)>> {
    parse(source).map_err(|problems| {
        problems.into_iter().map(|p| (p.problem.field, p.line, p.column)).collect()
    })
}

#[test]
fn the_file_of_the_format_reads_as_it_says() {
    let terms = parsed(RIGHT).unwrap();
    assert_eq!((terms.code.as_str(), terms.form), ("Q-5PCT", Form::Cash));
    assert_eq!(terms.to, NaiveDate::from_ymd_opt(2026, 12, 31));
    assert_eq!(terms.measure.date, DateBasis::Document);
    assert_eq!(terms.settle_within_days, Some(30));
    assert_eq!(terms.products.except_codes, ["POST"]);
    assert_eq!(terms.qualifying_products, None);
    assert_eq!(terms.reward.tiers[1].reward, TierReward::Percent("6".parse().unwrap()));
    let again: Terms = serde_json::from_str(&serde_json::to_string(&terms).unwrap()).unwrap();
    assert_eq!(again, terms);
}

#[test]
fn what_may_be_left_out_may() {
    let least = "code = \"A\"\ncurrency = \"JPY\"\nperiod = \"year\"\nfrom = 2026-01-01\n\
        form = \"goods\"\nname.en = \"A\"\nmeasure.kind = \"quantity\"\n\
        [reward]\ntier_mode = \"marginal\"\ntiers = [{ from = \"0\", per_unit = \"0.5\" }]\n";
    let terms = parsed(least).unwrap();
    assert_eq!((terms.to, terms.settle_within_days, terms.grace_days), (None, None, 0));
    assert_eq!(terms.name.in_language(Language::ZhCn), "A");
    assert!(terms.customers.is_everyone() && terms.products.is_everything());
}

/// What is written instead of what, and the key that is named for it.
const WRONG: &[(&str, &str, &str)] = &[
    ("code = \"Q-5PCT\"\n", "", "code"),
    ("\"Q-5PCT\"", "\"\"", "code"),
    ("\"Q-5PCT\"", "\"-5\"", "code"),
    ("\"Q-5PCT\"", "\"a b\"", "code"),
    ("\"Q-5PCT\"", "5", "code"),
    ("\"Q-5PCT\"", "\"../x\"", "code"),
    ("\"CNY\"", "\"cny\"", "currency"),
    ("\"CNY\"", "\"XXQ\"", "currency"),
    ("\"quarter\"", "\"week\"", "period"),
    ("\"quarter\"", "[\"quarter\"]", "period"),
    ("from = 2026-01-01", "from = \"1.1.2026\"", "from"),
    ("from = 2026-01-01", "from = 2026-01-01T00:00:00Z", "from"),
    ("from = 2026-01-01\n", "", "from"),
    ("to = 2026-12-31", "to = 2025-12-31", "to"),
    ("\"quarter\"\nfrom = 2026-01-01\nto = 2026-12-31", "\"term\"\nfrom = 2026-01-01", "to"),
    ("\"cash\"", "\"gold\"", "form"),
    ("settle_within_days = 30", "settle_within_days = -1", "settle_within_days"),
    ("grace_days = 5", "grace_days = 5.5", "grace_days"),
    ("grace_days = 5", "grace_days = \"5\"", "grace_days"),
    ("grace_days = 5", "grace_days = 99999999999999999999", "grace_days"),
    ("finance@example.com", "finance", "owner"),
    ("contract_ref", "contract_reference", "contract_reference"),
    ("zh-CN = \"季度达标返利\"\nen = \"Quarterly threshold rebate\"", "", "name.zh-CN"),
    ("en = \"Q", "de = \"Q", "name.de"),
    ("en = \"Quarterly", "en = \"Quarterly\\u0007", "name.en"),
    ("[\"distributor\"]", "[\"dealer\"]", "customers.types[0]"),
    ("[\"distributor\"]", "\"distributor\"", "customers.types"),
    ("[\"vip\", \"key\"]", "[\"vip\", \"vip\"]", "customers.classes[1]"),
    ("[\"vip\", \"key\"]", "[\"vip\", 7]", "customers.classes[1]"),
    ("min_tenure_months = 0", "min_tenure_months = 9999", "customers.min_tenure_months"),
    ("brands = []", "brand = []", "products.brand"),
    ("categories = []\nbrands", "categories = [\" A\"]\nbrands", "products.categories[0]"),
    (
        "codes = []\nexcept_categories",
        "codes = [\"POST\"]\nexcept_categories",
        "products.except_codes",
    ),
    ("[measure]\nkind = \"amount\"\n", "[measure]\n", "measure.kind"),
    ("kind = \"amount\"", "kind = \"profit\"", "measure.kind"),
    ("no_baseline = \"none\"", "no_baseline = 1", "measure.no_baseline"),
    ("growth_on = \"whole\"", "growth_on = \"excess\"", "measure.growth_on"),
    ("\"document_date\"", "\"invoice_date\"", "measure.date"),
    ("tier_mode = \"all_units\"\n", "", "reward.tier_mode"),
    ("\"all_units\"", "\"retroactive\"", "reward.tier_mode"),
    ("\"at_least\"", "\"above\"", "reward.bound"),
    ("\"half_up\"", "\"down\"", "reward.rounding"),
    ("cap = \"50000\"", "cap = \"0\"", "reward.cap"),
    ("cap = \"50000\"", "cap = 50000", "reward.cap"),
    ("cap = \"50000\"", "cap = \"50,000\"", "reward.cap"),
    ("cap = \"50000\"", "cap = \"50000.001\"", "reward.cap"),
    ("cap = \"50000\"", "cap = \"1e5\"", "reward.cap"),
    ("cap = \"50000\"", "cap = \"99999999999999999999\"", "reward.cap"),
    ("cap = \"50000\"", "cap = \"100\"\nguarantee = \"100.01\"", "reward.cap"),
    ("cap = \"50000\"", "guarantee = \"-1\"", "reward.guarantee"),
    ("minimum_payout = \"100\"", "minimum_payout = \"-100\"", "reward.minimum_payout"),
    ("from = \"100000\"", "from = \"-1\"", "reward.tiers[0].from"),
    ("from = \"100000\"", "from = 100000", "reward.tiers[0].from"),
    ("from = \"100000\"", "from = \"0.001\"", "reward.tiers[0].from"),
    ("from = \"100000\"\n", "", "reward.tiers[0].from"),
    ("from = \"200000\"", "from = \"100000.00\"", "reward.tiers[1].from"),
    ("from = \"200000\"", "from = \"99999.99\"", "reward.tiers[1].from"),
    ("percent = \"5\"", "percent = \"5\"\nlump_sum = \"1\"", "reward.tiers[0]"),
    ("percent = \"5\"", "", "reward.tiers[0]"),
    ("percent = \"5\"", "percent = \"100.01\"", "reward.tiers[0].percent"),
    ("percent = \"5\"", "percent = \"-5\"", "reward.tiers[0].percent"),
    ("percent = \"5\"", "percent = 5.0", "reward.tiers[0].percent"),
    ("percent = \"5\"", "percent = \"5%\"", "reward.tiers[0].percent"),
    ("percent = \"5\"", "percent = \"0.0000001\"", "reward.tiers[0].percent"),
    ("percent = \"5\"", "lump_sum = \"0.001\"", "reward.tiers[0].lump_sum"),
    ("percent = \"5\"", "per_unit = \"1000001\"", "reward.tiers[0].per_unit"),
    ("percent = \"6\"", "per_unit = \"6\"", "reward.tiers[1]"),
    ("percent = \"6\"", "percentage = \"6\"", "reward.tiers[1].percentage"),
    (
        "percent = \"6\"\n",
        "percent = \"6\"\n[overlap]\nexclusive_group = \"a\"\nrule = \"first\"\n",
        "overlap.priority",
    ),
    ("percent = \"6\"\n", "percent = \"6\"\n[overlap]\npriority = 10\n", "overlap.rule"),
    ("percent = \"6\"\n", "percent = \"6\"\n[rewards]\n", "rewards"),
    ("[name]", "name = 5\n[names]", "name"),
    ("[name]", "[name", "file"),
    ("grace_days = 5\n", "grace_days = 5\ngrace_days = 6\n", "file"),
];

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (right, wrong, key) in WRONG {
        assert!(RIGHT.contains(right), "{right:?} is not in the file");
        let source = RIGHT.replacen(right, wrong, 1);
        let problems = parsed(&source).expect_err(&format!("{wrong:?} passed"));
        let keys: Vec<&str> = problems.iter().map(|(key, ..)| key.as_str()).collect();
        assert!(keys.contains(key), "{wrong:?} should name {key}, names {keys:?}");
    }
    assert!(WRONG.len() >= 30);
}

#[test]
fn slabs_need_a_measure_and_a_reward_of_one_kind() {
    let with = |kind: &str, mode: &str, reward: &str, more: &str| {
        format!(
            "code = \"A\"\ncurrency = \"CNY\"\nperiod = \"year\"\nfrom = 2026-01-01\nform = \"cash\"\n\
             name.en = \"A\"\nmeasure.kind = \"{kind}\"\n{more}\n[reward]\ntier_mode = \"{mode}\"\n\
             tiers = [{{ from = \"1\", {reward} = \"1\" }}]\n"
        )
    };
    for (kind, mode, reward, right) in [
        ("amount", "marginal", "percent", true),
        ("amount", "marginal", "per_unit", false),
        ("quantity", "marginal", "per_unit", true),
        ("quantity", "marginal", "percent", false),
        ("quantity", "rolling", "percent", false),
        ("quantity", "marginal", "lump_sum", true),
        ("quantity", "all_units", "percent", true),
        ("amount", "total", "per_unit", true),
    ] {
        let fields: Vec<String> = match parsed(&with(kind, mode, reward, "")) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|(field, ..)| field).collect(),
        };
        let expected: &[&str] = if right { &[] } else { &["reward.tier_mode"] };
        assert_eq!(fields, expected, "{kind} {mode} {reward}");
    }
    let other = "qualifying_products = { brands = [\"X\"] }";
    let problems = parsed(&with("amount", "marginal", "percent", other)).unwrap_err();
    assert_eq!(problems[0].0, "qualifying_products");
    assert!(parsed(&with("amount", "all_units", "percent", other)).is_ok());
}

#[test]
fn tiers_there_must_be() {
    let head = &RIGHT[..RIGHT.find("[[reward.tiers]]").unwrap()];
    assert_eq!(parsed(head).unwrap_err()[0].0, "reward.tiers");
    assert_eq!(parsed(&format!("{head}tiers = []")).unwrap_err()[0].0, "reward.tiers");
    assert_eq!(parsed(&format!("{head}tiers = 5")).unwrap_err()[0].0, "reward.tiers");
}

#[test]
fn everything_wrong_is_said_at_once_with_its_place() {
    let source = RIGHT
        .replace("\"CNY\"", "\"cny\"")
        .replace("en = \"Q", "de = \"Q")
        .replace("from = \"200000\"", "from = \"5\"")
        .replace("percent = \"5\"", "percent = \"500\"");
    let problems = parsed(&source).unwrap_err();
    let expected = [
        ("currency", 2, 12),
        ("name.de", 13, 1),
        ("reward.tiers[0].percent", 42, 11),
        ("reward.tiers[1].from", 44, 8),
    ];
    let found: Vec<_> = problems.iter().map(|(f, l, c)| (f.as_str(), *l, *c)).collect();
    assert_eq!(found, expected);
    assert_eq!(parsed("code = \"A\"\ncurrency = ").unwrap_err()[0].1, 2);
}

/// Random bytes, huge and nested files: refused, never a panic.
#[test]
fn what_is_no_policy_file_is_refused_quietly() {
    let deep = format!("a = {}", "[".repeat(100_000));
    let long = format!("code = \"{}\"", "x".repeat(2_000_000));
    for source in
        ["", "\u{0}", "[[[", "a.b.c = 1\n", "\u{feff}", &deep, &long, "code,currency\n1,2\n"]
    {
        assert!(parse(source).is_err());
    }
    let bom = format!("\u{feff}{RIGHT}");
    assert!(parse(&bom).is_ok());
}

#[test]
fn every_refusal_is_a_sentence_in_both_languages() {
    for (right, wrong, _) in WRONG {
        for problem in parse(&RIGHT.replacen(right, wrong, 1)).unwrap_err() {
            for language in Language::ALL {
                let said = words(*language).say(&problem.problem.text);
                let whole = !said.starts_with("[policy") && !said.contains("{$");
                assert!(whole, "{said:?} in {language}");
            }
        }
    }
}

#[test]
fn the_reference_policies_read() {
    for code in ["P1", "P2", "P3", "P4", "P1X"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/policies/{code}.toml"));
        let terms = parsed(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(terms.code, code);
    }
}
