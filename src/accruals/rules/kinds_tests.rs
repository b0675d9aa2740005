//! Growth, targets, the year to date, groups, competing policies and the limits over several
//! periods: what was bought, what it earns, as a finance colleague would check it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Calculation, Earned, Figure, Figures, Group, Line, Lines, Plan, Reason, Subject, settle_overlap,
};
use crate::policies::{CustomerFacts, Terms, parse};
use crate::values::{Currency, Period};

const ONE_AND_TWO: &str = "tiers = [{ from = \"10\", percent = \"1\" }, \
                           { from = \"25\", percent = \"2\" }]\n";

/// A quarterly policy from 2026 on, with these keys in its measure and its reward.
fn policy(measure: &str, reward: &str) -> Terms {
    policy_by("quarter", measure, reward)
}

fn policy_by(period: &str, measure: &str, reward: &str) -> Terms {
    let source = format!(
        "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = 2026-01-01\n\
         form = \"cash\"\nname.en = \"Q\"\n[measure]\n{measure}\n[reward]\n{reward}"
    );
    parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Net amount and units, on a day.
fn line(on: &str, net: &str, units: i64) -> Line {
    let mut net: Decimal = net.parse().unwrap();
    net.rescale(2);
    Line {
        key: 1,
        product: 1,
        document_date: day(on),
        delivery_date: None,
        paid_date: None,
        net_minor: i64::try_from(net.mantissa()).unwrap(),
        quantity_micro: units * 1_000_000,
        currency: Currency::CNY,
    }
}

fn bought(lines: &[(&str, &str)]) -> Lines {
    Lines::new(lines.iter().map(|(on, net)| line(on, net, 1)).collect())
}

fn customer(code: &str, group: Option<&str>) -> CustomerFacts {
    CustomerFacts {
        code: code.to_owned(),
        kind: "distributor".to_owned(),
        class: "vip".to_owned(),
        region: String::new(),
        group_code: group.map(str::to_owned),
        since: None,
    }
}

fn reckon(terms: &Terms, subject: &Subject<'_>, period: &str) -> Calculation {
    let plan = Plan::of_terms(terms, 1, &HashMap::new());
    plan.reckon(subject, period.parse().unwrap(), day("2027-12-31"))
}

/// One customer by itself.
fn alone(terms: &Terms, lines: &Lines, period: &str) -> Calculation {
    reckon(terms, &Subject::alone(&customer("C1", None), lines), period)
}

/// The rebate; with the reason when it is zero.
fn said(calculation: &Calculation) -> String {
    let rebate = calculation.rebate().plain();
    match calculation.reason {
        Some(reason) => format!("{rebate} {reason}"),
        None => rebate,
    }
}

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

/// Reckons period after period, each with what the earlier ones came to.
fn year(terms: &Terms, lines: &Lines, periods: &[&str]) -> Vec<String> {
    let facts = customer("C1", None);
    let mut earned = Earned::default();
    let mut all = Vec::new();
    for period in periods {
        let subject = Subject { earned, ..Subject::alone(&facts, lines) };
        let found = reckon(terms, &subject, period);
        earned.year_minor += found.rebate_minor;
        earned.life_minor += found.rebate_minor;
        earned.year_has_lines |= found.lines.counted > 0;
        all.push(said(&found));
    }
    all
}

const QUARTERS: [&str; 4] = ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"];

#[test]
fn the_year_to_date_earns_what_its_earlier_periods_have_not() {
    let reward = "tier_mode = \"all_units\"\ntiers = [{ from = \"100\", percent = \"1\" }, \
                  { from = \"300\", percent = \"2\" }]\n";
    let terms = policy("kind = \"amount\"\nwindow = \"year_to_date\"", reward);
    let lines = bought(&[
        ("2026-02-10", "90"),
        ("2026-05-10", "60"),
        ("2026-08-10", "150"),
        ("2026-11-10", "-100"),
    ]);
    // 90; 150 at 1 %; 300 at 2 %; back to 200 at 1 %: 4.00 of the 6.00 are taken back.
    assert_eq!(year(&terms, &lines, &QUARTERS), ["0.00 below_first_tier", "1.50", "4.50", "-4.00"]);
    let marginal = policy(
        "kind = \"amount\"\nwindow = \"year_to_date\"",
        &reward.replace("all_units", "marginal"),
    );
    assert_eq!(
        year(&marginal, &lines, &QUARTERS),
        ["0.00 below_first_tier", "0.50", "1.50", "-1.00"]
    );
}

#[test]
fn a_period_without_its_own_lines_adds_nothing_to_the_year() {
    let reward = "tier_mode = \"all_units\"\ntiers = [{ from = \"100\", percent = \"1\" }]\n";
    let terms = policy("kind = \"amount\"\nwindow = \"year_to_date\"", reward);
    let lines = bought(&[("2026-02-10", "150"), ("2026-08-10", "50")]);
    assert_eq!(
        year(&terms, &lines, &QUARTERS),
        ["1.50", "0.00 earned_before", "0.50", "0.00 earned_before"]
    );
}

#[test]
fn growth_and_attainment_of_the_year_to_date() {
    let window = "window = \"year_to_date\"";
    let reward = format!("tier_mode = \"all_units\"\n{ONE_AND_TWO}");
    let growth = policy(&format!("kind = \"growth\"\n{window}"), &reward);
    let lines = bought(&[
        ("2025-02-10", "100"),
        ("2025-05-10", "100"),
        ("2026-02-10", "130"),
        ("2026-05-10", "95"),
    ]);
    // +30 % of 130 at 2 %; then +12.5 % of 225 at 1 %, of which 2.60 was earned.
    assert_eq!(year(&growth, &lines, &["2026-Q1", "2026-Q2"]), ["2.60", "-0.35"]);

    let target = policy(
        &format!("kind = \"target\"\n{window}"),
        "tier_mode = \"all_units\"\ntiers = [{ from = \"100\", percent = \"1\" }]\n",
    );
    let quarter = |period: &str, target: &str| {
        let figure = Figure { target: Some(target.parse().unwrap()), baseline: None };
        (period.parse::<Period>().unwrap(), figure)
    };
    let figures = Figures::from([quarter("2026-Q1", "150"), quarter("2026-Q2", "60")]);
    let facts = customer("C1", None);
    for (period, rebate) in
        [("2026-Q1", "0.00 below_first_tier"), ("2026-Q2", "2.25"), ("2026-Q3", "0.00 no_target")]
    {
        let subject = Subject { figures: Some(&figures), ..Subject::alone(&facts, &lines) };
        assert_eq!(said(&reckon(&target, &subject, period)), rebate, "{period}");
    }
}

#[test]
fn a_policy_pays_so_much_in_all_and_no_more() {
    let reward = "tier_mode = \"all_units\"\ncap_total = \"5\"\n\
                  tiers = [{ from = \"100\", percent = \"1\" }]\n";
    let terms = policy("kind = \"amount\"", reward);
    let lines = bought(&[
        ("2026-02-10", "300"),
        ("2026-05-10", "150"),
        ("2026-08-10", "200"),
        ("2026-11-10", "200"),
    ]);
    assert_eq!(year(&terms, &lines, &QUARTERS), ["3.00", "1.50", "0.50", "0.00 cap_total_used"]);
}

#[test]
fn the_last_period_makes_up_what_the_year_is_guaranteed() {
    let reward = "tier_mode = \"all_units\"\nguarantee_cumulative = \"10\"\n\
                  tiers = [{ from = \"100\", percent = \"1\" }]\n";
    let terms = policy("kind = \"amount\"", reward);
    let some = bought(&[("2026-02-10", "300"), ("2026-11-10", "150")]);
    assert_eq!(year(&terms, &some, &QUARTERS), ["3.00", "0.00 no_lines", "0.00 no_lines", "7.00"]);
    // Also when nothing was bought in it.
    let early = bought(&[("2026-02-10", "300")]);
    assert_eq!(year(&terms, &early, &QUARTERS), ["3.00", "0.00 no_lines", "0.00 no_lines", "7.00"]);
    let much = bought(&[("2026-02-10", "900"), ("2026-11-10", "150")]);
    assert_eq!(year(&terms, &much, &QUARTERS), ["9.00", "0.00 no_lines", "0.00 no_lines", "1.50"]);
    // Who bought nothing all year is guaranteed nothing.
    assert_eq!(year(&terms, &Lines::default(), &QUARTERS), ["0.00 no_lines"; 4]);
}

/// HQ is the parent; EAST and WEST name it; NORTH has bought nothing.
fn group_of<'l>(members: &[(&str, &'l Lines)]) -> Group<'l> {
    Group {
        code: "HQ".to_owned(),
        has_parent: true,
        members: members.iter().map(|(c, lines)| ((*c).to_owned(), *lines)).collect(),
    }
}

#[test]
fn a_group_picks_the_tier_together_and_members_or_the_parent_earn() {
    let [hq, east, west] = ["50", "120", "130"].map(|net| bought(&[("2026-08-10", net)]));
    let nothing = Lines::default();
    let group = group_of(&[("HQ", &hq), ("EAST", &east), ("WEST", &west), ("NORTH", &nothing)]);
    let reward = "tier_mode = \"all_units\"\ntiers = [{ from = \"100\", percent = \"1\" }, \
                  { from = \"300\", percent = \"2\" }]\n";
    let member = policy("kind = \"amount\"\nscope = \"group\"", reward);
    let parent = policy("kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"", reward);
    for (code, own, as_member, as_parent) in [
        ("HQ", &hq, "1.00", "6.00"),
        ("EAST", &east, "2.40", "0.00 earned_by_parent"),
        ("WEST", &west, "2.60", "0.00 earned_by_parent"),
        ("NORTH", &nothing, "0.00 no_lines", "0.00 no_lines"),
    ] {
        let facts = customer(code, (code != "HQ").then_some("HQ"));
        let subject = Subject { group: Some(&group), ..Subject::alone(&facts, own) };
        assert_eq!(said(&reckon(&member, &subject, "2026-Q3")), as_member, "{code}");
        let found = reckon(&parent, &subject, "2026-Q3");
        assert_eq!(said(&found), as_parent, "{code}");
        let parts: Vec<_> = found.group.unwrap().parts.into_iter().map(|p| p.customer).collect();
        assert_eq!(parts, ["EAST", "HQ", "WEST"]);
    }
    let orphans = Group { has_parent: false, ..group.clone() };
    let facts = customer("EAST", Some("HQ"));
    let subject = Subject { group: Some(&orphans), ..Subject::alone(&facts, &east) };
    assert_eq!(said(&reckon(&parent, &subject, "2026-Q3")), "0.00 no_parent");
    assert_eq!(said(&reckon(&member, &subject, "2026-Q3")), "2.40");
}

#[test]
fn a_customer_without_a_group_is_one_by_itself() {
    let reward = "tier_mode = \"all_units\"\ntiers = [{ from = \"100\", percent = \"1\" }]\n";
    for beneficiary in ["member", "parent"] {
        let measure =
            format!("kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"{beneficiary}\"");
        let found = alone(&policy(&measure, reward), &bought(&[("2026-08-10", "150")]), "2026-Q3");
        assert_eq!(said(&found), "1.50", "{beneficiary}");
    }
}

/// Three policies in one exclusive group, with their priorities and what they pay.
fn compete(rule: &str, policies: &[(&str, u32, &str)]) -> BTreeMap<String, String> {
    let lines = bought(&[("2026-08-10", "100")]);
    let terms: Vec<Terms> = policies
        .iter()
        .map(|(code, priority, percent)| {
            let reward = format!(
                "tier_mode = \"all_units\"\ntiers = [{{ from = \"50\", percent = \"{percent}\" }}]\n\
                 [overlap]\nexclusive_group = \"g\"\nrule = \"{rule}\"\npriority = {priority}\n"
            );
            let mut terms = policy("kind = \"amount\"", &reward);
            terms.code = (*code).to_owned();
            terms
        })
        .collect();
    let mut found: Vec<Calculation> =
        terms.iter().map(|terms| alone(terms, &lines, "2026-Q3")).collect();
    let overlaps = terms.iter().map(|terms| terms.overlap.as_ref().unwrap());
    let mut competing: Vec<_> = overlaps.zip(&mut found).collect();
    settle_overlap(&mut competing);
    let told = |c: &Calculation| match &c.lost_to {
        Some(winner) => format!("{} to {winner}", said(c)),
        None => said(c),
    };
    found.iter().map(|c| (c.policy.clone(), told(c))).collect()
}

#[test]
fn of_competing_policies_one_counts() {
    for (rule, policies, expected) in [
        (
            "best",
            [("A", 1, "1"), ("B", 2, "3"), ("C", 3, "2")],
            ["0.00 lost_to_other to B", "3.00", "0.00 lost_to_other to B"],
        ),
        // A tie goes to the lower code.
        (
            "best",
            [("C", 1, "2"), ("B", 2, "2"), ("A", 3, "2")],
            ["2.00", "0.00 lost_to_other to A", "0.00 lost_to_other to A"],
        ),
        (
            "first",
            [("A", 30, "3"), ("B", 10, "1"), ("C", 20, "2")],
            ["0.00 lost_to_other to B", "1.00", "0.00 lost_to_other to B"],
        ),
        // The first one counts also when it pays nothing: that is what was agreed.
        (
            "first",
            [("A", 1, "0"), ("B", 2, "1"), ("C", 3, "2")],
            ["0.00 tier_pays_nothing", "0.00 lost_to_other to A", "0.00 lost_to_other to A"],
        ),
    ] {
        let found: Vec<String> = compete(rule, &policies).into_values().collect();
        assert_eq!(found, expected, "{rule} {policies:?}");
    }
}

#[test]
fn a_policy_that_does_not_cover_the_customer_wins_nothing() {
    let lines = bought(&[("2026-08-10", "100")]);
    let reward = |priority: u32| {
        format!(
            "tier_mode = \"all_units\"\ntiers = [{{ from = \"50\", percent = \"1\" }}]\n\
             [overlap]\nexclusive_group = \"g\"\nrule = \"first\"\npriority = {priority}\n"
        )
    };
    let (mut others, mut ours) =
        (policy("kind = \"amount\"", &reward(1)), policy("kind = \"amount\"", &reward(2)));
    (others.code, ours.code) = ("A".to_owned(), "B".to_owned());
    others.customers.classes = vec!["key".to_owned()];
    let (mut first, mut second) =
        (alone(&others, &lines, "2026-Q3"), alone(&ours, &lines, "2026-Q3"));
    settle_overlap(&mut [
        (others.overlap.as_ref().unwrap(), &mut first),
        (ours.overlap.as_ref().unwrap(), &mut second),
    ]);
    assert_eq!(first.reason, Some(Reason::NotEligible));
    assert_eq!(said(&second), "1.00");
}
