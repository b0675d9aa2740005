//! What if, how far, where to: the answers a customer checks with a pocket calculator.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Amount, Earned, Figure, Line, NoForecast, Outlook, Planned, ProductFacts, Reason, Stake,
};
use crate::policies::{CustomerFacts, Governing, Version, VersionState, parse};
use crate::values::{Currency, Period, PersonId, PolicyId, VersionId};

const THREE_TIERS: &str = "tier_mode = \"all_units\"\n\
    tiers = [{ from = \"100\", percent = \"1\" }, { from = \"200\", percent = \"2\" }, \
    { from = \"300\", percent = \"3\" }]\n";
const PER_UNIT: &str = "tier_mode = \"marginal\"\n\
    tiers = [{ from = \"10\", per_unit = \"0.5\" }, { from = \"20\", per_unit = \"1\" }]\n";

fn day(text: &str) -> NaiveDate {
    format!("2026-{text}").parse().unwrap()
}

/// Net amount and units, on a day, of product 1 (television) or 2 (delivery).
fn line(net: &str, units: i64, product: i64, on: &str) -> Line {
    let mut net: Decimal = net.parse().unwrap();
    net.rescale(2);
    Line {
        key: 1,
        product,
        document_date: day(on),
        delivery_date: None,
        paid_date: None,
        net_minor: i64::try_from(net.mantissa()).unwrap(),
        quantity_micro: units * 1_000_000,
        currency: Currency::CNY,
    }
}

/// The fourth quarter of a policy that leaves product 2 out, on the 20th of November, with all
/// sales known up to the 15th.
fn outlook(kind: &str, reward: &str, lines: &[Line]) -> Outlook {
    outlook_of(kind, "", reward, lines)
}

/// The same with more about the measure.
fn outlook_of(kind: &str, more: &str, reward: &str, lines: &[Line]) -> Outlook {
    let source = format!(
        "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
         form = \"cash\"\nname.en = \"Q\"\nproducts.except_codes = [\"POST\"]\n\
         measure = {{ kind = \"{kind}\"{more} }}\n[reward]\n{reward}"
    );
    let facts = |code: &str| ProductFacts {
        code: code.to_owned(),
        category: String::new(),
        brand: String::new(),
    };
    Outlook {
        own: stake(&source, 1),
        rivals: Vec::new(),
        facts: CustomerFacts {
            code: "C1".to_owned(),
            kind: "distributor".to_owned(),
            class: "vip".to_owned(),
            region: String::new(),
            group_code: None,
            since: None,
        },
        period: Period::Quarter { year: 2026, quarter: 4 },
        today: day("11-20"),
        through: Some(day("11-15")),
        products: HashMap::from([(1, facts("TV")), (2, facts("POST"))]),
        group: None,
        lines: BTreeMap::from([("C1".to_owned(), lines.to_vec())]),
    }
}

fn stake(source: &str, number: i32) -> Stake {
    let terms = parse(source).unwrap_or_else(|problems| panic!("{problems:?}"));
    let version = Version {
        id: VersionId::new(),
        policy_id: PolicyId::from_text("p"),
        code: terms.code.clone(),
        number,
        state: VersionState::Published,
        terms_hash: terms.hash(),
        terms,
        source: source.to_owned(),
        revision: 0,
        drafted_by: PersonId::from_text("a"),
        drafted_by_name: String::new(),
        drafted_at: chrono::DateTime::UNIX_EPOCH,
        submitted: None,
        approved: None,
        published_by_name: None,
        published_at: None,
        ended_on: None,
    };
    Stake {
        governing: Governing { version, until: None },
        figures: None,
        earned: Earned::default(),
    }
}

fn money(net: &str, month: &str) -> Planned {
    Planned {
        month: Some(day(month)),
        net_minor: line(net, 0, 1, month).net_minor,
        ..Planned::default()
    }
}

#[test]
fn planned_purchases_count_as_if_they_were_bought() {
    let so_far =
        [line("150", 0, 1, "10-10"), line("-30", 0, 1, "11-03"), line("99", 0, 2, "10-11")];
    let outlook = outlook("amount", THREE_TIERS, &so_far);
    for (plan, tier, rebate) in [
        (vec![], 1, "1.20"),
        (vec![money("79.99", "11-01")], 1, "2.00"),
        (vec![money("80", "11-01")], 2, "4.00"),
        (vec![money("80", "11-01"), money("100", "12-01")], 3, "9.00"),
        // What the policy leaves out adds nothing.
        (vec![Planned { product: Some(2), ..money("500", "12-01") }], 1, "1.20"),
        // Months outside the period are taken to its edge, never lost.
        (vec![money("80", "09-01")], 2, "4.00"),
    ] {
        let then = outlook.with(&plan);
        assert_eq!((then.tier, then.rebate().plain().as_str()), (tier, rebate), "{plan:?}");
    }
    assert_eq!(outlook.now().rebate().plain(), "1.20");
    assert_eq!(outlook.without_returns().rebate().plain(), "1.50");
    assert_eq!(outlook.months_ahead(), [day("11-01"), day("12-01")]);
    assert_eq!((outlook.asks_money(), outlook.asks_units()), (true, false));
}

#[test]
fn months_add_up_to_the_measure_with_returns_apart() {
    let lines = [
        line("150", 0, 1, "10-10"),
        line("20", 0, 1, "10-31"),
        line("-30", 0, 1, "11-03"),
        line("99", 0, 2, "11-11"),
        line("500", 0, 1, "09-30"),
    ];
    let outlook = outlook("amount", THREE_TIERS, &lines);
    let months: Vec<_> = outlook
        .months()
        .iter()
        .map(|m| (m.month, m.bought.value(), m.returned.value(), m.net.value()))
        .collect();
    assert_eq!(
        months,
        [
            (day("10-01"), 17_000, 0, 17_000),
            (day("11-01"), 0, -3_000, -3_000),
            (day("12-01"), 0, 0, 0)
        ]
    );
    assert_eq!(outlook.now().measure, Amount::Money(14_000));
}

#[test]
fn each_tier_says_what_it_takes_and_pays() {
    let outlook = outlook("amount", THREE_TIERS, &[line("150", 0, 1, "10-10")]);
    let steps = |planned: &[Planned]| -> Vec<(Option<i64>, Option<i64>)> {
        let steps = outlook.steps(planned);
        steps.iter().map(|s| (s.gap.map(Amount::value), s.rebate_minor)).collect()
    };
    let now = [(None, Some(150)), (Some(5_000), Some(400)), (Some(15_000), Some(900))];
    assert_eq!(steps(&[]), now);
    let planned = [(None, None), (None, Some(500)), (Some(5_000), Some(900))];
    assert_eq!(steps(&[money("100", "12-01")]), planned);
}

#[test]
fn units_earn_per_unit_and_money_follows_from_the_price_so_far() {
    let units_of = |reward: &str| outlook("quantity", reward, &[line("60", 6, 1, "10-10")]);
    let units = units_of(PER_UNIT);
    assert_eq!((units.asks_money(), units.asks_units()), (false, true));
    let steps = units.steps(&[]);
    assert_eq!(steps[0].gap, Some(Amount::Units(4_000_000)));
    assert_eq!((steps[0].rebate_minor, steps[1].rebate_minor), (Some(0), Some(500)));

    // Ten units at ten each come to a hundred, of which one percent.
    let percent = "tier_mode = \"all_units\"\ntiers = [{ from = \"10\", percent = \"1\" }]\n";
    let mixed = units_of(percent);
    assert_eq!((mixed.asks_money(), mixed.asks_units()), (true, true));
    assert_eq!(mixed.steps(&[])[0].rebate_minor, Some(100));
    let unpriced = outlook("quantity", percent, &[]);
    assert_eq!(unpriced.steps(&[])[0].gap, Some(Amount::Units(10_000_000)));
    assert_eq!(unpriced.steps(&[])[0].rebate_minor, None, "no price is known");

    let lump = "tier_mode = \"all_units\"\ntiers = [{ from = \"10\", lump_sum = \"88\" }]\n";
    let lump = outlook("quantity", lump, &[]);
    assert_eq!((lump.asks_money(), lump.asks_units()), (false, true));
    assert_eq!(lump.steps(&[])[0].rebate_minor, Some(8_800));
}

#[test]
fn a_forecast_is_a_straight_line_with_the_real_arithmetic() {
    // 46 of 92 days are known: as much again is to come.
    let lines = [line("110", 0, 1, "10-10"), line("-10", 0, 1, "11-01"), line("70", 0, 2, "11-11")];
    let (pace, then) = outlook("amount", THREE_TIERS, &lines).forecast().unwrap();
    assert_eq!((pace.days_gone, pace.days_all), (46, 92));
    assert_eq!((then.measure, then.tier), (Amount::Money(20_000), 2));
    assert_eq!(then.rebate().plain(), "4.00");

    let none = |lines: &[Line]| outlook("amount", THREE_TIERS, lines).forecast().unwrap_err();
    assert_eq!(none(&[]), NoForecast::NothingBought);
    assert_eq!(none(&[line("-5", 0, 1, "10-10")]), NoForecast::NothingBought);
    assert_eq!(none(&[line("70", 0, 2, "10-10")]), NoForecast::NothingBought);
    let mut early = outlook("amount", THREE_TIERS, &lines);
    early.through = Some(day("10-05"));
    assert_eq!(early.forecast().unwrap_err(), NoForecast::TooEarly(day("10-10")));
}

const GROWTH: &str = "tier_mode = \"all_units\"\n\
    tiers = [{ from = \"5\", percent = \"1\" }, { from = \"10\", percent = \"2\" }]\n";

/// What each tier lacks, in money, and pays at its bound.
fn steps(outlook: &Outlook) -> Vec<(Option<i64>, Option<i64>)> {
    let steps = outlook.steps(&[]);
    steps.iter().map(|s| (s.gap.map(Amount::value), s.rebate_minor)).collect()
}

#[test]
fn growth_says_what_is_missing_in_money() {
    let mut before = line("200", 0, 1, "10-10");
    before.document_date = "2025-10-10".parse().unwrap();
    let lines = [before, line("104", 0, 1, "10-10")];
    let outlook = outlook("growth", GROWTH, &lines);
    assert_eq!(outlook.now().measure, Amount::Percent(-48_000_000));
    // 5 % over 200 is 210, of which 104 are there; 1 % of 210.
    assert_eq!(steps(&outlook), [(Some(10_600), Some(210)), (Some(11_600), Some(440))]);
    assert_eq!(outlook.with(&[money("106", "12-01")]).rebate().plain(), "2.10");
    // Half of the days are known, so 208 by the end: no tier, and no more than 104 to date.
    let (_, then) = outlook.forecast().unwrap();
    assert_eq!((then.measure, then.tier), (Amount::Percent(4_000_000), 0));
    // Last year's months aren't this year's.
    assert_eq!(outlook.months().iter().map(|m| m.net.value()).sum::<i64>(), 10_400);

    let without = outlook_of("growth", "", GROWTH, &[line("104", 0, 1, "10-10")]);
    assert_eq!(without.now().reason, Some(Reason::NoBaseline));
    assert_eq!(without.forecast().unwrap_err(), NoForecast::NothingToReckon);
    assert_eq!(steps(&without), [(None, None), (None, None)]);
}

#[test]
fn a_target_says_what_is_missing_in_money() {
    let tiers = "tier_mode = \"all_units\"\ntiers = [{ from = \"80\", percent = \"1\" }, \
        { from = \"100\", percent = \"2\" }]\n";
    let mut outlook = outlook("target", tiers, &[line("170", 0, 1, "10-10")]);
    assert_eq!(outlook.now().reason, Some(Reason::NoTarget));
    assert_eq!(outlook.forecast().unwrap_err(), NoForecast::NothingToReckon);
    let figure = Figure { target: Some(200.into()), baseline: None };
    outlook.own.figures = Some(BTreeMap::from([(outlook.period, figure)]));
    assert_eq!(outlook.now().measure, Amount::Percent(85_000_000));
    assert_eq!(steps(&outlook), [(None, Some(170)), (Some(3_000), Some(400))]);
}

#[test]
fn the_year_to_date_counts_what_the_year_earned_before() {
    let lines = [line("150", 0, 1, "03-10"), line("40", 0, 1, "10-10")];
    let mut outlook = outlook_of("amount", ", window = \"year_to_date\"", THREE_TIERS, &lines);
    outlook.own.earned = Earned { year_minor: 150, life_minor: 150, year_has_lines: true };
    // 190 so far earn 1.90, of which 1.50 are earned.
    assert_eq!(outlook.now().rebate().plain(), "0.40");
    assert_eq!(steps(&outlook)[1], (Some(1_000), Some(250)));
    let months = outlook.months();
    assert_eq!((months.len(), months[0].month), (12, day("01-01")));
    assert_eq!(months.iter().map(|m| m.net.value()).sum::<i64>(), 19_000);
    // Only the period goes on in a straight line: 150 and twice 40.
    let (_, then) = outlook.forecast().unwrap();
    assert_eq!(then.measure, Amount::Money(23_000));
}

#[test]
fn a_group_reaches_a_tier_together_and_goes_on_together() {
    let mut outlook =
        outlook_of("amount", ", scope = \"group\"", THREE_TIERS, &[line("60", 0, 1, "10-10")]);
    outlook.facts.group_code = Some("G".to_owned());
    outlook.group = Some(("G".to_owned(), false));
    outlook.lines.insert("C2".to_owned(), vec![line("130", 0, 1, "10-11")]);
    let now = outlook.now();
    assert_eq!((now.measure, now.tier, now.rebate_minor), (Amount::Money(19_000), 1, 60));
    assert_eq!(steps(&outlook)[1], (Some(1_000), Some(140)));
    assert_eq!(outlook.months()[0].net, Amount::Money(19_000));
    let (_, then) = outlook.forecast().unwrap();
    assert_eq!((then.measure, then.tier), (Amount::Money(38_000), 3));
    assert_eq!(then.base, Amount::Money(12_000));
}

#[test]
fn of_competing_policies_the_better_one_counts_also_in_a_plan() {
    let source = |code: &str, tiers: &str| {
        format!(
            "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
             from = 2026-01-01\nform = \"cash\"\nname.en = \"Q\"\nmeasure.kind = \"amount\"\n\
             overlap = {{ exclusive_group = \"X\", rule = \"best\" }}\n[reward]\n\
             tier_mode = \"all_units\"\ntiers = [{tiers}]\n"
        )
    };
    let mut outlook = outlook("amount", THREE_TIERS, &[line("150", 0, 1, "10-10")]);
    outlook.own = stake(&source("A", "{ from = \"200\", percent = \"5\" }"), 1);
    outlook.rivals = vec![stake(&source("B", "{ from = \"100\", percent = \"2\" }"), 1)];
    assert_eq!(outlook.now().reason, Some(Reason::BelowFirstTier));
    assert_eq!(outlook.with(&[money("50", "12-01")]).rebate().plain(), "10.00");
    outlook.own = stake(&source("A", "{ from = \"200\", percent = \"1\" }"), 1);
    let then = outlook.with(&[money("50", "12-01")]);
    assert_eq!((then.rebate_minor, then.reason), (0, Some(Reason::LostToOther)));
    assert_eq!(then.lost_to.as_deref(), Some("B"));
}
