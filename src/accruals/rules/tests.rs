//! The rules as a finance colleague would check them: what was bought, what it earns, and why.

use std::collections::HashMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Calculation, Disposition, Exclusion, Line, Plan, ProductFacts, Reason};
use crate::policies::{CustomerFacts, Terms, parse};
use crate::values::{Currency, Key, Language, Period};
use crate::words::words;

const RETROACTIVE: &str = "tier_mode = \"all_units\"\n";
const FIVE_PERCENT: &str = "[[reward.tiers]]\nfrom = \"100000\"\npercent = \"5\"\n";
const THREE_TIERS: &str = "[[reward.tiers]]\nfrom = \"100\"\npercent = \"1\"\n\
    [[reward.tiers]]\nfrom = \"200\"\npercent = \"2\"\n\
    [[reward.tiers]]\nfrom = \"300\"\npercent = \"3\"\n";

/// A quarterly policy on net amounts with these lines under `[reward]`.
fn on_amount(reward: &str) -> Terms {
    policy("amount", "", reward)
}

fn policy(kind: &str, scopes: &str, reward: &str) -> Terms {
    let source = format!(
        "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
         to = 2026-12-20\nform = \"cash\"\n{scopes}\n[name]\nen = \"Q\"\n\
         [measure]\nkind = \"{kind}\"\n[reward]\n{reward}"
    );
    parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(net: &str) -> Line {
    line_of(net, "0", 1, "2026-08-15")
}

fn line_of(net: &str, quantity: &str, product: Key, date: &str) -> Line {
    let whole = |text: &str, decimals: u32| -> i64 {
        let mut value: Decimal = text.parse().unwrap();
        value.rescale(decimals);
        i64::try_from(value.mantissa()).unwrap()
    };
    Line {
        key: 1,
        product,
        document_date: day(date),
        delivery_date: None,
        paid_date: None,
        net_minor: whole(net, 2),
        quantity_micro: whole(quantity, 6),
        currency: Currency::CNY,
    }
}

fn customer() -> CustomerFacts {
    CustomerFacts {
        code: "C1".to_owned(),
        kind: "distributor".to_owned(),
        class: "vip".to_owned(),
        region: "华东".to_owned(),
        group_code: Some("G1".to_owned()),
        since: Some(day("2025-07-01")),
    }
}

fn products() -> HashMap<Key, ProductFacts> {
    let facts = |code: &str, category: &str, brand: &str| ProductFacts {
        code: code.to_owned(),
        category: category.to_owned(),
        brand: brand.to_owned(),
    };
    HashMap::from([
        (1, facts("TV-1", "电视", "Star")),
        (2, facts("TV-2", "电视", "Moon")),
        (3, facts("FR-1", "冰箱", "Star")),
        (4, facts("POST", "", "")),
    ])
}

const Q3: Period = Period::Quarter { year: 2026, quarter: 3 };

fn reckon(terms: &Terms, lines: &[Line]) -> Calculation {
    Plan::of_terms(terms, 1, &products()).calculate(&customer(), Q3, day("2026-12-31"), lines)
}

/// What was bought, line by line, and the rebate it earns.
fn check(terms: &Terms, table: &[(&[&str], &str)]) {
    for (nets, rebate) in table {
        let lines: Vec<Line> = nets.iter().map(|net| line(net)).collect();
        assert_eq!(reckon(terms, &lines).rebate().plain(), *rebate, "{nets:?}");
    }
}

#[test]
fn the_worked_example_of_the_domain() {
    let terms = on_amount(&format!("{RETROACTIVE}{FIVE_PERCENT}"));
    let reached = reckon(&terms, &[line("70000"), line("50000")]);
    assert_eq!((reached.rebate().plain(), reached.tier), ("6000.00".to_owned(), 1));
    let said = words(Language::ZhCn).say(&reached.sentence());
    assert_eq!(said, "2026年第3季度 返利 = ¥120,000.00 × 5% = ¥6,000.00");

    let short = reckon(&terms, &[line("99999.99")]);
    assert_eq!((short.rebate_minor, short.reason), (0, Some(Reason::BelowFirstTier)));
    let said = words(Language::En).say(&short.sentence());
    let expected = "Q3 2026 rebate is ¥0.00: below the first tier (¥100,000.00), ¥0.01 short";
    assert_eq!(said, expected);
}

#[test]
fn all_units_pays_the_reached_tier_on_everything() {
    let terms = on_amount(&format!("{RETROACTIVE}{THREE_TIERS}"));
    check(
        &terms,
        &[
            (&["99.99"], "0.00"),
            (&["100"], "1.00"),
            (&["199.99"], "2.00"),
            (&["200"], "4.00"),
            (&["250", "100"], "10.50"),
            (&["350", "-60"], "5.80"),
        ],
    );
}

#[test]
fn marginal_pays_each_slab_at_its_own_rate() {
    let terms = on_amount(&format!("tier_mode = \"marginal\"\n{THREE_TIERS}"));
    check(
        &terms,
        &[
            (&["99.99"], "0.00"),
            (&["100"], "0.00"),
            (&["150"], "0.50"),
            (&["200"], "1.00"),
            (&["250"], "2.00"),
            (&["350"], "4.50"),
        ],
    );
    let said: Vec<String> = reckon(&terms, &[line("250")])
        .step_texts()
        .iter()
        .map(|text| words(Language::En).say(text))
        .collect();
    assert_eq!(
        said,
        [
            "Base: net amount ¥250.00 (earning lines: 1)",
            "Measure: net amount ¥250.00 (qualifying lines: 1)",
            "Tier 2 reached (from ¥200.00)",
            "Tier 1, the part from ¥100.00 to ¥200.00: ¥100.00 × 1% = ¥1.00",
            "Tier 2, the part from ¥200.00 to ¥250.00: ¥50.00 × 2% = ¥1.00",
            "Total: ¥2.00",
        ]
    );
}

#[test]
fn rolling_pays_lower_tiers_at_their_ceiling_and_total_every_tier() {
    let rolling = on_amount(&format!("tier_mode = \"rolling\"\n{THREE_TIERS}"));
    // 350: 200 × 1 % + 300 × 2 % + 350 × 3 %.
    check(&rolling, &[(&["150"], "1.50"), (&["250"], "7.00"), (&["350"], "18.50")]);
    let total = on_amount(&format!("tier_mode = \"total\"\n{THREE_TIERS}"));
    check(&total, &[(&["150"], "1.50"), (&["250"], "7.50"), (&["350"], "21.00")]);
}

#[test]
fn lump_sums_are_paid_once_or_for_every_passed_tier() {
    let tiers = "[[reward.tiers]]\nfrom = \"100\"\nlump_sum = \"10\"\n\
        [[reward.tiers]]\nfrom = \"200\"\nlump_sum = \"25\"\n";
    let once = on_amount(&format!("{RETROACTIVE}{tiers}"));
    check(&once, &[(&["99"], "0.00"), (&["100"], "10.00"), (&["500"], "25.00")]);
    for mode in ["marginal", "rolling", "total"] {
        let each = on_amount(&format!("tier_mode = \"{mode}\"\n{tiers}"));
        check(&each, &[(&["100"], "10.00"), (&["500"], "35.00")]);
    }
}

#[test]
fn units_earn_money_per_unit() {
    let tiers = "[[reward.tiers]]\nfrom = \"1000\"\nper_unit = \"0.05\"\n\
        [[reward.tiers]]\nfrom = \"2000\"\nper_unit = \"0.08\"\n";
    for (mode, bought, rebate) in [
        ("all_units", ["999.5", "0.4"], "0.00"),
        ("all_units", ["1200", "54"], "62.70"),
        ("all_units", ["2500", "-500"], "160.00"),
        ("marginal", ["2000", "500"], "90.00"),
    ] {
        let terms = policy("quantity", "", &format!("tier_mode = \"{mode}\"\n{tiers}"));
        let lines = bought.map(|quantity| line_of("1", quantity, 1, "2026-07-01"));
        assert_eq!(reckon(&terms, &lines).rebate().plain(), rebate, "{mode} {bought:?}");
    }
    let terms = policy("quantity", "", &format!("{RETROACTIVE}{tiers}"));
    let result = reckon(&terms, &[line_of("1", "1254", 1, "2026-07-01")]);
    assert_eq!(
        (result.reward_text().as_str(), result.measure_text().as_str()),
        ("0.05/unit", "1254")
    );
    assert_eq!(result.next.unwrap().gap, super::Amount::Units(746_000_000));
    let gap = words(Language::En).say(&result.gap_text().unwrap());
    assert_eq!(gap, "746 more units reach tier 2 (¥0.08 per unit)");
}

#[test]
fn a_bound_belongs_to_the_tier_above_it_unless_the_policy_says_more_than() {
    let more = on_amount(&format!("{RETROACTIVE}bound = \"more_than\"\n{FIVE_PERCENT}"));
    check(&more, &[(&["100000"], "0.00"), (&["100000.01"], "5000.00")]);
    assert_eq!(reckon(&more, &[line("100000")]).next.unwrap().gap, super::Amount::Money(1));
}

#[test]
fn a_result_is_rounded_once_and_as_the_policy_says() {
    let tiers = "[[reward.tiers]]\nfrom = \"0\"\npercent = \"5\"\n";
    let up = on_amount(&format!("{RETROACTIVE}{tiers}"));
    let even = on_amount(&format!("{RETROACTIVE}rounding = \"half_even\"\n{tiers}"));
    check(&up, &[(&["0.10"], "0.01"), (&["0.05", "0.05"], "0.01"), (&["122.50"], "6.13")]);
    check(&even, &[(&["0.10"], "0.00"), (&["0.30"], "0.02"), (&["122.50"], "6.12")]);
    assert_eq!(reckon(&up, &[line("0.01")]).reason, Some(Reason::RoundsToZero));
    let said = words(Language::En).say(&reckon(&up, &[line("122.50")]).sentence());
    assert_eq!(said, "Q3 2026 rebate = ¥122.50 × 5% = ¥6.125 ≈ ¥6.13");
}

#[test]
fn floor_then_guarantee_then_cap() {
    let limits = "cap = \"6\"\nguarantee = \"2\"\n";
    let terms = on_amount(&format!("{RETROACTIVE}{limits}{THREE_TIERS}"));
    check(
        &terms,
        &[
            (&["-50"], "2.00"),
            (&["50"], "2.00"),
            (&["150"], "2.00"),
            (&["250"], "5.00"),
            (&["300"], "6.00"),
        ],
    );
    let capped = reckon(&terms, &[line("300")]);
    let said = words(Language::En).say(&capped.sentence());
    assert_eq!(said, "Q3 2026 rebate = ¥300.00 × 3%, which is ¥9.00, capped at ¥6.00");
    let floor =
        on_amount(&format!("{RETROACTIVE}[[reward.tiers]]\nfrom = \"0\"\nlump_sum = \"9\"\n"));
    check(&floor, &[(&["10", "-10"], "0.00"), (&["0.01"], "9.00")]);
    let none = reckon(&floor, &[line("-5")]);
    assert_eq!(none.reason, Some(Reason::BaseNotPositive));
}

#[test]
fn products_decide_what_earns_and_what_qualifies() {
    let scopes = "[products]\ncategories = [\"电视\"]\nexcept_codes = [\"TV-2\"]\n\
        [qualifying_products]\nbrands = [\"Star\"]\n";
    let terms = policy("amount", scopes, &format!("{RETROACTIVE}{THREE_TIERS}"));
    let plan = Plan::of_terms(&terms, 1, &HashMap::from_iter(products()));
    let of = |product| plan.disposition(&line_of("1", "1", product, "2026-08-01"));
    assert_eq!(of(1), Disposition::Earns);
    assert_eq!(of(2), Disposition::Excluded(Exclusion::ExceptCode));
    assert_eq!(of(3), Disposition::QualifiesOnly);
    assert_eq!(of(4), Disposition::Excluded(Exclusion::Category));
    assert_eq!(of(99), Disposition::Excluded(Exclusion::UnknownProduct));
    // The refrigerator lifts the tier to 2 %, only the television earns it.
    let at = |net, product| line_of(net, "1", product, "2026-08-01");
    let result = reckon(&terms, &[at("100", 1), at("500", 2), at("150", 3)]);
    assert_eq!((result.rebate().plain().as_str(), result.tier), ("2.00", 2));
    assert_eq!((result.lines.earning, result.lines.qualifying, result.lines.counted), (1, 2, 2));
    let none = reckon(&terms, &[at("500", 3)]);
    assert_eq!((none.reason, none.has_row()), (Some(Reason::NoEarningLines), true));
}

#[test]
fn only_lines_of_the_period_the_policy_and_the_currency_count() {
    let terms =
        on_amount(&format!("{RETROACTIVE}[[reward.tiers]]\nfrom = \"0\"\npercent = \"10\"\n"));
    let on = |date| line_of("100", "1", 1, date);
    let dollars = Line { currency: "USD".parse().unwrap(), ..on("2026-08-01") };
    let lines = [on("2026-06-30"), on("2026-07-01"), on("2026-09-30"), on("2026-10-01"), dollars];
    let q3 = reckon(&terms, &lines);
    assert_eq!((q3.rebate().plain().as_str(), q3.lines.counted), ("20.00", 2));

    let plan = Plan::of_terms(&terms, 1, &HashMap::new());
    assert_eq!(plan.disposition(&dollars), Disposition::Excluded(Exclusion::OtherCurrency));
    let q4 = Period::Quarter { year: 2026, quarter: 4 };
    assert_eq!(plan.days(q4), Some((day("2026-10-01"), day("2026-12-20"))));
    assert_eq!(plan.days(Period::Quarter { year: 2027, quarter: 1 }), None);
    assert_eq!(plan.days(Period::Month { year: 2026, month: 1 }), None);
    let asked = plan.periods(day("2020-01-01"), day("2030-01-01"));
    assert_eq!(asked.len(), 4);
    assert_eq!(plan.periods(day("2026-08-01"), day("2026-08-02")), [Q3]);
    let at = |date| plan.calculate(&customer(), q4, day("2026-12-31"), &[on(date)]).rebate_minor;
    assert_eq!((at("2026-12-20"), at("2026-12-21")), (1_000, 0));
    let before =
        plan.calculate(&customer(), Q3, day("2026-08-14"), &[on("2026-08-14"), on("2026-08-15")]);
    assert_eq!(before.rebate_minor, 1_000);
    let late = plan.calculate(
        &customer(),
        Period::Quarter { year: 2027, quarter: 1 },
        day("2027-03-31"),
        &lines,
    );
    assert_eq!((late.reason, late.has_row()), (Some(Reason::NotInForce), false));
}

#[test]
fn a_policy_may_go_by_the_day_of_payment() {
    let source = "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"term\"\nfrom = 2026-01-01\n\
        to = 2026-12-20\nform = \"cash\"\nname.en = \"Q\"\n\
        [measure]\nkind = \"amount\"\ndate = \"paid_date\"\n\
        [reward]\ntier_mode = \"all_units\"\ntiers = [{ from = \"0\", percent = \"10\" }]\n";
    let terms = parse(source).unwrap();
    let plan = Plan::of_terms(&terms, 1, &HashMap::new());
    let unpaid = line("100");
    let paid = Line { paid_date: Some(day("2026-12-20")), ..line("100") };
    let too_late = Line { paid_date: Some(day("2026-12-21")), ..line("100") };
    let result =
        plan.calculate(&customer(), Period::Term, day("2026-12-31"), &[unpaid, paid, too_late]);
    assert_eq!(result.rebate().plain(), "10.00");
    assert_eq!(plan.disposition(&unpaid), Disposition::Excluded(Exclusion::DateMissing));
    assert_eq!(plan.disposition(&too_late), Disposition::Excluded(Exclusion::OutsidePolicy));
    assert_eq!(plan.periods(day("2026-02-01"), day("2026-03-01")), [Period::Term]);
}

#[test]
fn customers_outside_the_scope_get_nothing_and_hear_why() {
    for (scope, covered) in [
        ("types = [\"distributor\"]", true),
        ("types = [\"customer\"]", false),
        ("classes = [\"key\", \"vip\"]", true),
        ("regions = [\"华北\"]", false),
        ("groups = [\"G1\"]", true),
        ("groups = [\"g1\"]", false),
        ("codes = [\"C1\"]\nclasses = [\"key\"]", false),
        ("except = [\"C1\"]", false),
        ("min_tenure_months = 12", true),
        ("min_tenure_months = 13", false),
    ] {
        let scope = format!("[customers]\n{scope}\n");
        let reward = format!("{RETROACTIVE}guarantee = \"1\"\n{THREE_TIERS}");
        let result = reckon(&policy("amount", &scope, &reward), &[line("100")]);
        let reason = (!covered).then_some(Reason::NotEligible);
        assert_eq!(result.reason, reason, "{scope}");
        assert_eq!(result.rebate_minor > 0, covered, "{scope}");
    }
}

#[test]
fn sums_too_large_to_be_exact_pay_nothing_and_say_so() {
    let terms = on_amount(&format!("{RETROACTIVE}{FIVE_PERCENT}"));
    let huge = Line { net_minor: i64::MAX, ..line("1") };
    assert_eq!(reckon(&terms, &[huge, huge]).reason, Some(Reason::TooLarge));
    let most = reckon(&terms, &[huge]);
    assert_eq!(most.rebate_minor, 461_168_601_842_738_790);
}

#[test]
fn a_calculation_survives_being_stored() {
    let terms = on_amount(&format!("tier_mode = \"marginal\"\ncap = \"1\"\n{THREE_TIERS}"));
    let dollars = Line { currency: "USD".parse().unwrap(), ..line("5") };
    let result = reckon(&terms, &[line("333.33"), dollars]);
    let json = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<Calculation>(&json).unwrap(), result, "{json}");
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let cents = prop_oneof![-20_000i64..20_000, 0i64..100_000];
    prop::collection::vec((cents, -50i64..100, 1i64..5), 0..12).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(net_minor, units, product)| Line {
                net_minor,
                quantity_micro: units * 500_000,
                product,
                ..line("0")
            })
            .collect()
    })
}

fn every_policy() -> Vec<Terms> {
    let units = "[[reward.tiers]]\nfrom = \"5\"\nper_unit = \"0.333\"\n\
        [[reward.tiers]]\nfrom = \"20.5\"\nper_unit = \"1\"\n";
    let scopes = "[products]\nexcept_codes = [\"POST\"]\n";
    ["all_units", "marginal", "rolling", "total"]
        .into_iter()
        .flat_map(|mode| {
            let mode = format!("tier_mode = \"{mode}\"\n");
            [
                policy("amount", "", &format!("{mode}{THREE_TIERS}")),
                policy("amount", scopes, &format!("{mode}cap = \"20\"\n{THREE_TIERS}")),
                policy("quantity", scopes, &format!("{mode}rounding = \"half_even\"\n{units}")),
            ]
        })
        .collect()
}

proptest! {
    #[test]
    fn the_order_of_lines_never_matters(lines in lines(), seed in 0usize..12) {
        for terms in every_policy() {
            let mut other = lines.clone();
            other.reverse();
            let middle = seed.min(other.len());
            other.rotate_left(middle);
            prop_assert_eq!(reckon(&terms, &other), reckon(&terms, &lines));
        }
    }

    #[test]
    fn splitting_a_line_never_matters(lines in lines(), cents in -5_000i64..5_000) {
        for terms in every_policy() {
            let mut split = lines.clone();
            if let Some(first) = split.first_mut() {
                first.net_minor -= cents;
                first.quantity_micro -= cents;
                let rest = Line { net_minor: cents, quantity_micro: cents, ..*first };
                split.push(rest);
            }
            let (whole, parts) = (reckon(&terms, &lines), reckon(&terms, &split));
            prop_assert_eq!(parts.unrounded, whole.unrounded);
            prop_assert_eq!(parts.rebate_minor, whole.rebate_minor);
        }
    }

    #[test]
    fn a_return_undoes_its_sale(lines in lines(), net_minor in 1i64..50_000) {
        for terms in every_policy() {
            let sale = Line { net_minor, quantity_micro: net_minor * 10_000, ..line("0") };
            let back = Line {
                net_minor: -sale.net_minor,
                quantity_micro: -sale.quantity_micro,
                ..sale
            };
            let with: Vec<Line> = lines.iter().copied().chain([sale, back]).collect();
            let (before, after) = (reckon(&terms, &lines), reckon(&terms, &with));
            prop_assert_eq!(after.rebate_minor, before.rebate_minor);
            prop_assert_eq!((after.base, after.tier), (before.base, before.tier));
        }
    }

    #[test]
    fn slabs_never_pay_more_than_the_top_rate_on_everything(lines in lines()) {
        let slabs = on_amount(&format!("tier_mode = \"marginal\"\n{THREE_TIERS}"));
        let whole = on_amount(&format!("{RETROACTIVE}{THREE_TIERS}"));
        let rolling = on_amount(&format!("tier_mode = \"rolling\"\n{THREE_TIERS}"));
        let paid = |terms| reckon(terms, &lines).unrounded;
        prop_assert!(paid(&slabs) <= paid(&whole));
        prop_assert!(paid(&whole) <= paid(&rolling));
    }

    #[test]
    fn the_gap_is_exactly_what_is_missing(lines in lines()) {
        for terms in every_policy() {
            let now = reckon(&terms, &lines);
            let Some(next) = now.next else { continue };
            let with = |more: i64| {
                let top_up = Line { net_minor: more, quantity_micro: more, ..line("0") };
                let all: Vec<Line> = lines.iter().copied().chain([top_up]).collect();
                reckon(&terms, &all).tier
            };
            prop_assert_eq!(with(next.gap.value()), next.tier);
            prop_assert_eq!(with(next.gap.value() - 1), now.tier);
        }
    }
}
