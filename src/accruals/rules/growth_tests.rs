//! Growth over the year before and attainment of a target, as a finance colleague would check them.

use std::collections::HashMap;

use super::kinds_tests::{
    ONE_AND_TWO, alone, bought, customer, day, line, policy, policy_by, reckon, said,
};
use super::{Figure, Figures, Lines, Plan, Subject};
use crate::values::Currency;

#[test]
fn growth_is_measured_against_the_same_quarter_a_year_before() {
    let terms = policy("kind = \"growth\"", &format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}"));
    for (before, now, rebate, measure) in [
        ("1000", "1099.99", "0.00 below_first_tier", "9.999"),
        ("1000", "1100", "11.00", "10"),
        ("1000", "1249.99", "12.50", "24.999"),
        ("1000", "1250", "25.00", "25"),
        ("300", "330", "3.30", "10"),
        ("1000", "-5", "0.00 base_not_positive", "-100.5"),
        ("0", "500", "0.00 no_baseline", ""),
        ("-10", "500", "0.00 no_baseline", ""),
    ] {
        let lines = bought(&[("2025-08-15", before), ("2026-08-15", now)]);
        let found = alone(&terms, &lines, "2026-Q3");
        assert_eq!((said(&found).as_str(), found.measure_text().as_str()), (rebate, measure));
    }
    let nothing_before = alone(&terms, &bought(&[("2026-08-15", "500")]), "2026-Q3");
    assert_eq!(said(&nothing_before), "0.00 no_baseline");
}

/// 10 % of 333.33 is 33.333: a penny is short of it, and no division hides that.
#[test]
fn a_percentage_is_never_rounded_before_it_is_compared() {
    let reward = format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}");
    let terms = policy("kind = \"growth\"", &reward);
    for (now, rebate) in [("366.66", "0.00 below_first_tier"), ("366.67", "3.67")] {
        let lines = bought(&[("2025-08-15", "333.33"), ("2026-08-15", now)]);
        assert_eq!(said(&alone(&terms, &lines, "2026-Q3")), rebate, "{now}");
    }
    let lines = bought(&[("2025-08-15", "333.33"), ("2026-08-15", "366.66")]);
    let gap = alone(&terms, &lines, "2026-Q3").next.unwrap().gap;
    assert_eq!(gap.plain(Currency::CNY), "0.01");
    let more_than = policy("kind = \"growth\"", &format!("bound = \"more_than\"\n{reward}"));
    for (now, rebate) in [("1100", "0.00 below_first_tier"), ("1100.01", "11.00")] {
        let lines = bought(&[("2025-08-15", "1000"), ("2026-08-15", now)]);
        assert_eq!(said(&alone(&more_than, &lines, "2026-Q3")), rebate, "{now}");
    }
}

/// From 1,000 to 1,500: half as much again.
#[test]
fn growth_pays_on_the_whole_on_the_excess_or_band_by_band() {
    for (growth_on, mode, rebate) in [
        ("whole", "all_units", "30.00"),
        // Both tiers on all of it.
        ("whole", "total", "45.00"),
        ("excess", "all_units", "10.00"),
        ("excess", "total", "15.00"),
        // 150 between 10 and 25 percent at 1 %, 250 above at 2 %.
        ("banded", "marginal", "6.50"),
        ("banded", "all_units", "6.50"),
    ] {
        let measure = format!("kind = \"growth\"\ngrowth_on = \"{growth_on}\"");
        let terms = policy(&measure, &format!("tier_mode = \"{mode}\"\n{ONE_AND_TWO}"));
        let lines = bought(&[("2025-08-15", "1000"), ("2026-08-15", "1500")]);
        assert_eq!(said(&alone(&terms, &lines, "2026-Q3")), rebate, "{growth_on} {mode}");
    }
    let sums = "tier_mode = \"marginal\"\ntiers = [{ from = \"10\", lump_sum = \"50\" }, \
                { from = \"25\", lump_sum = \"80\" }]\n";
    let lines = bought(&[("2025-08-15", "1000"), ("2026-08-15", "1500")]);
    assert_eq!(said(&alone(&policy("kind = \"growth\"", sums), &lines, "2026-Q3")), "130.00");
}

/// Bands of 333.33 begin between two pennies.
#[test]
fn bands_are_cut_exactly_and_rounded_once() {
    let measure = "kind = \"growth\"\ngrowth_on = \"banded\"";
    let terms = policy(measure, &format!("tier_mode = \"marginal\"\n{ONE_AND_TWO}"));
    let lines = bought(&[("2025-08-15", "333.33"), ("2026-08-15", "999.99")]);
    // 49.9995 × 1 % + 583.3275 × 2 % = 12.166545
    let found = alone(&terms, &lines, "2026-Q3");
    assert_eq!(
        (said(&found).as_str(), found.unrounded.to_string().as_str()),
        ("12.17", "12.166545")
    );
}

#[test]
fn units_grow_as_money_does() {
    let measure = "kind = \"growth\"\nof = \"quantity\"\ngrowth_on = \"excess\"";
    let reward = "tier_mode = \"all_units\"\ntiers = [{ from = \"20\", per_unit = \"0.5\" }]\n";
    let terms = policy(measure, reward);
    for (units, rebate) in [(119, "0.00 below_first_tier"), (120, "10.00"), (150, "25.00")] {
        let lines = Lines::new(vec![line("2025-07-01", "9", 100), line("2026-07-01", "1", units)]);
        assert_eq!(said(&alone(&terms, &lines, "2026-Q3")), rebate, "{units}");
    }
}

#[test]
fn without_a_baseline_the_terms_may_name_a_tier() {
    for growth_on in ["whole", "excess", "banded"] {
        let measure = format!("kind = \"growth\"\nno_baseline = 1\ngrowth_on = \"{growth_on}\"");
        let terms = policy(&measure, &format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}"));
        let found = alone(&terms, &bought(&[("2026-08-15", "500")]), "2026-Q3");
        assert_eq!((said(&found).as_str(), found.tier), ("5.00", 1), "{growth_on}");
    }
}

#[test]
fn an_imported_baseline_wins_over_the_lines() {
    let terms = policy("kind = \"growth\"", &format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}"));
    let lines = bought(&[("2025-08-15", "1000"), ("2026-08-15", "1100")]);
    for (imported, rebate) in [
        (None, "11.00"),
        (Some("800"), "22.00"),
        (Some("1050"), "0.00 below_first_tier"),
        (Some("0"), "0.00 no_baseline"),
    ] {
        let baseline = imported.map(|value| value.parse().unwrap());
        let figure = Figure { baseline, target: None };
        let figures = Figures::from([("2026-Q3".parse().unwrap(), figure)]);
        let facts = customer("C1", None);
        let subject = Subject { figures: Some(&figures), ..Subject::alone(&facts, &lines) };
        assert_eq!(said(&reckon(&terms, &subject, "2026-Q3")), rebate, "{imported:?}");
    }
}

#[test]
fn the_baseline_of_a_cut_period_is_cut_alike() {
    let mut terms =
        policy("kind = \"growth\"", &format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}"));
    terms.from = day("2026-08-01");
    // July of the year before is outside, as July of this year is.
    let lines = bought(&[
        ("2025-07-31", "5000"),
        ("2025-08-01", "1000"),
        ("2026-07-31", "9999"),
        ("2026-08-01", "1100"),
    ]);
    assert_eq!(said(&alone(&terms, &lines, "2026-Q3")), "11.00");
    // A leap day has its year before on the 28th, and the 28th's on both.
    let mut february = policy_by(
        "month",
        "kind = \"growth\"",
        &format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}"),
    );
    february.from = day("2024-01-01");
    let lines = bought(&[("2023-02-28", "100"), ("2024-02-29", "110"), ("2025-02-28", "121")]);
    let plan = Plan::of_terms(&february, 1, &HashMap::new());
    for (period, rebate) in [("2024-02", "1.10"), ("2025-02", "1.21")] {
        let subject_facts = customer("C1", None);
        let found = plan.reckon(
            &Subject::alone(&subject_facts, &lines),
            period.parse().unwrap(),
            day("2026-01-01"),
        );
        assert_eq!(said(&found), rebate, "{period}");
    }
}

#[test]
fn attainment_is_the_part_of_an_imported_target() {
    let tiers =
        "tiers = [{ from = \"80\", percent = \"1\" }, { from = \"100\", percent = \"2\" }]\n";
    let terms = policy("kind = \"target\"", &format!("tier_mode = \"all_units\"\n{tiers}"));
    for (target, now, rebate, measure) in [
        (Some("1000"), "799.99", "0.00 below_first_tier", "79.999"),
        (Some("1000"), "800", "8.00", "80"),
        (Some("1000"), "999.99", "10.00", "99.999"),
        (Some("1000"), "1000", "20.00", "100"),
        (Some("3000"), "2400", "24.00", "80"),
        (None, "1000", "0.00 no_target", ""),
    ] {
        let figure = Figure { target: target.map(|t| t.parse().unwrap()), baseline: None };
        let figures = Figures::from([("2026-Q3".parse().unwrap(), figure)]);
        let (facts, lines) = (customer("C1", None), bought(&[("2026-08-15", now)]));
        let subject = Subject { figures: Some(&figures), ..Subject::alone(&facts, &lines) };
        let found = reckon(&terms, &subject, "2026-Q3");
        assert_eq!((said(&found).as_str(), found.measure_text().as_str()), (rebate, measure));
    }
}
