//! The year to date, groups, competing policies and the limits over several periods: what was
//! bought, what it earns, as a finance colleague would check it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Calculation, Earned, Figure, Figures, Group, Line, Lines, Plan, Reason, Subject, settle_overlap,
};
use crate::policies::{CustomerFacts, Terms, parse};
use crate::values::{Currency, Period};

pub(super) const ONE_AND_TWO: &str = "tiers = [{ from = \"10\", percent = \"1\" }, \
                           { from = \"25\", percent = \"2\" }]\n";

/// A quarterly policy from 2026 on, with these keys in its measure and its reward.
pub(super) fn policy(measure: &str, reward: &str) -> Terms {
    policy_by("quarter", measure, reward)
}

pub(super) fn policy_by(period: &str, measure: &str, reward: &str) -> Terms {
    let source = format!(
        "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = 2026-01-01\n\
         form = \"cash\"\nname.en = \"Q\"\n[measure]\n{measure}\n[reward]\n{reward}"
    );
    parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Net amount and units, on a day.
pub(super) fn line(on: &str, net: &str, units: i64) -> Line {
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

pub(super) fn bought(lines: &[(&str, &str)]) -> Lines {
    Lines::new(lines.iter().map(|(on, net)| line(on, net, 1)).collect())
}

pub(super) fn customer(code: &str, group: Option<&str>) -> CustomerFacts {
    CustomerFacts {
        code: code.to_owned(),
        kind: "distributor".to_owned(),
        class: "vip".to_owned(),
        region: String::new(),
        group_code: group.map(str::to_owned),
        since: None,
    }
}

pub(super) fn reckon(terms: &Terms, subject: &Subject<'_>, period: &str) -> Calculation {
    let plan = Plan::of_terms(terms, 1, &HashMap::new());
    plan.reckon(subject, period.parse().unwrap(), day("2027-12-31"))
}

/// One customer by itself.
pub(super) fn alone(terms: &Terms, lines: &Lines, period: &str) -> Calculation {
    reckon(terms, &Subject::alone(&customer("C1", None), lines), period)
}

/// The rebate; with the reason when it is zero.
pub(super) fn said(calculation: &Calculation) -> String {
    let rebate = calculation.rebate().plain();
    match calculation.reason {
        Some(reason) => format!("{rebate} {reason}"),
        None => rebate,
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
pub(super) fn group_of<'l>(members: &[(&str, &'l Lines)]) -> Group<'l> {
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
