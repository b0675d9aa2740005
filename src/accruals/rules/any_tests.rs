//! What holds for every kind of policy, whatever was bought.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::kinds_tests::{customer, group_of, line, policy, reckon};
use super::{Calculation, Earned, Figure, Figures, Line, Lines, Subject};
use crate::policies::Terms;

const MONEY: &str = "tiers = [{ from = \"10\", percent = \"1.3\" }, \
                     { from = \"40\", percent = \"2.7\" }, { from = \"90\", percent = \"4\" }]";
const UNITS: &str = "tiers = [{ from = \"10\", per_unit = \"0.07\" }, \
                     { from = \"40\", per_unit = \"0.333\" }, { from = \"90\", per_unit = \"1\" }]";
const LUMPS: &str =
    "tiers = [{ from = \"10\", lump_sum = \"5\" }, { from = \"40\", lump_sum = \"8\" }]";

/// One of each kind.
fn every_kind() -> Vec<Terms> {
    [
        ("kind = \"amount\"", "marginal", MONEY, ""),
        ("kind = \"amount\"", "total", LUMPS, "guarantee = \"6\""),
        ("kind = \"quantity\"", "rolling", UNITS, "cap = \"50\""),
        ("kind = \"amount\"\nwindow = \"year_to_date\"", "all_units", MONEY, ""),
        ("kind = \"quantity\"\nwindow = \"year_to_date\"", "marginal", UNITS, "cap_total = \"40\""),
        ("kind = \"growth\"", "all_units", MONEY, "bound = \"more_than\""),
        ("kind = \"growth\"\nno_baseline = 2", "total", LUMPS, ""),
        ("kind = \"growth\"\ngrowth_on = \"excess\"", "all_units", MONEY, ""),
        ("kind = \"growth\"\ngrowth_on = \"banded\"\nof = \"quantity\"", "marginal", UNITS, ""),
        ("kind = \"growth\"\nwindow = \"year_to_date\"", "all_units", MONEY, ""),
        ("kind = \"target\"", "all_units", MONEY, "rounding = \"half_even\""),
        ("kind = \"target\"\nof = \"quantity\"\nwindow = \"year_to_date\"", "total", UNITS, ""),
        ("kind = \"amount\"\nscope = \"group\"", "all_units", MONEY, ""),
        ("kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"", "marginal", MONEY, ""),
        ("kind = \"growth\"\nscope = \"group\"", "total", MONEY, ""),
        ("kind = \"amount\"", "all_units", MONEY, "guarantee_cumulative = \"100\""),
    ]
    .into_iter()
    .map(|(measure, mode, tiers, more)| {
        policy(measure, &format!("tier_mode = \"{mode}\"\n{more}\n{tiers}\n"))
    })
    .collect()
}

const LAST_YEAR: &str = "2025-11-15";
const EARLIER: &str = "2026-02-15";
const NOW: &str = "2026-11-15";

fn a_line(on: &str, net_minor: i64, quantity_micro: i64) -> Line {
    Line { net_minor, quantity_micro, ..line(on, "0", 0) }
}

/// Lines of the period, of the year before it and of the year before that.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    let day = prop_oneof![1 => Just(LAST_YEAR), 1 => Just(EARLIER), 2 => Just(NOW)];
    let cents = prop_oneof![1 => -3_000i64..0, 2 => 0i64..15_000];
    prop::collection::vec((day, cents, -20i64..90), 0..10).prop_map(|parts| {
        parts.into_iter().map(|(on, net, units)| a_line(on, net, units * 500_000)).collect()
    })
}

/// What the last quarter comes to for the parent of a group, with a target for some periods and
/// something earned before.
fn of(terms: &Terms, own: &[Line]) -> Calculation {
    let own = Lines::new(own.to_vec());
    let other =
        Lines::new(vec![a_line(LAST_YEAR, 4_000, 3_000_000), a_line(NOW, 7_000, 9_000_000)]);
    let group = group_of(&[("HQ", &own), ("EAST", &other)]);
    let target = Figure { target: Some(200.into()), baseline: None };
    let figures: Figures = ["2026-Q1", "2026-Q4"]
        .iter()
        .map(|p| (p.parse().unwrap(), target))
        .collect::<BTreeMap<_, _>>();
    let who = customer("HQ", None);
    let earned = Earned { year_minor: 150, life_minor: 900, year_has_lines: true };
    let subject = Subject {
        before: None,
        group: terms_measure_group(terms).then_some(&group),
        figures: Some(&figures),
        earned,
        ..Subject::alone(&who, &own)
    };
    reckon(terms, &subject, "2026-Q4")
}

fn terms_measure_group(terms: &Terms) -> bool {
    terms.measure.scope == crate::policies::MeasureScope::Group
}

proptest! {
    #[test]
    fn the_order_of_lines_never_matters(lines in lines(), seed in 0usize..10) {
        for terms in every_kind() {
            let mut other = lines.clone();
            other.reverse();
            let middle = seed.min(other.len());
            other.rotate_left(middle);
            prop_assert_eq!(of(&terms, &other), of(&terms, &lines));
        }
    }

    #[test]
    fn splitting_a_line_never_matters(lines in lines(), cents in -5_000i64..5_000) {
        for terms in every_kind() {
            let mut split = lines.clone();
            if let Some(first) = split.first_mut() {
                first.net_minor -= cents;
                first.quantity_micro -= cents;
                let rest = Line { net_minor: cents, quantity_micro: cents, ..*first };
                split.push(rest);
            }
            let (whole, parts) = (of(&terms, &lines), of(&terms, &split));
            prop_assert_eq!(parts.unrounded, whole.unrounded);
            prop_assert_eq!((parts.rebate_minor, parts.tier), (whole.rebate_minor, whole.tier));
        }
    }

    /// Whenever it was sold: a return of the same day leaves what would be there without the sale.
    #[test]
    fn a_return_is_a_sale_less(
        lines in lines(),
        net_minor in 1i64..50_000,
        on in prop_oneof![Just(LAST_YEAR), Just(EARLIER), Just(NOW)],
    ) {
        // Something has to count with and without it, or the reason for zero differs.
        let lines: Vec<Line> =
            lines.into_iter().chain([LAST_YEAR, EARLIER, NOW].map(|on| a_line(on, 100, 100_000))).collect();
        for terms in every_kind() {
            let sale = a_line(on, net_minor, net_minor * 10_000);
            let back = Line { net_minor: -net_minor, quantity_micro: -sale.quantity_micro, ..sale };
            let with: Vec<Line> = lines.iter().copied().chain([sale, back]).collect();
            let (before, after) = (of(&terms, &lines), of(&terms, &with));
            prop_assert_eq!(after.rebate_minor, before.rebate_minor);
            prop_assert_eq!((after.base, after.measure, after.tier), (before.base, before.measure, before.tier));
        }
    }

    #[test]
    fn slabs_and_bands_never_pay_more_than_the_tier_on_everything(lines in lines()) {
        let paid = |measure: &str, mode: &str, tiers: &str| {
            of(&policy(measure, &format!("tier_mode = \"{mode}\"\n{tiers}\n")), &lines).unrounded
        };
        for (measure, tiers) in [
            ("kind = \"amount\"", MONEY),
            ("kind = \"quantity\"", UNITS),
            ("kind = \"amount\"\nwindow = \"year_to_date\"", MONEY),
            ("kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"", MONEY),
        ] {
            prop_assert!(paid(measure, "marginal", tiers) <= paid(measure, "all_units", tiers));
        }
        let growth = |on: &str, mode: &str| paid(&format!("kind = \"growth\"\ngrowth_on = \"{on}\""), mode, MONEY);
        prop_assert!(growth("banded", "marginal") <= growth("excess", "all_units"));
        prop_assert!(growth("excess", "all_units") <= growth("whole", "all_units"));
    }

    #[test]
    fn the_gap_is_exactly_what_is_missing(lines in lines()) {
        for terms in every_kind() {
            let now = of(&terms, &lines);
            let Some(next) = now.next else { continue };
            let with = |more: i64| {
                let top_up = a_line(NOW, more, more);
                of(&terms, &lines.iter().copied().chain([top_up]).collect::<Vec<_>>()).tier
            };
            prop_assert_eq!(with(next.gap.value()), next.tier);
            prop_assert_eq!(with(next.gap.value() - 1), now.tier);
        }
    }
}
