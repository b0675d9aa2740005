//! Policies that can't be: each is refused with a sentence at the key that has to change.

use std::collections::BTreeSet;

use openrebate::policies::parse;
use openrebate::values::Language;
use openrebate::words::words;

/// What stands in the head, in `[measure]`, in `[reward]` and after it, besides what must.
#[derive(Clone, Copy)]
struct File {
    head: &'static str,
    measure: &'static str,
    reward: &'static str,
    tiers: &'static str,
    more: &'static str,
}

const PERCENT: &str = "{ from = \"100\", percent = \"5\" }, { from = \"200\", percent = \"6\" }";
const PER_UNIT: &str = "{ from = \"100\", per_unit = \"5\" }, { from = \"200\", per_unit = \"6\" }";
const LUMPS: &str =
    "{ from = \"100\", lump_sum = \"500\" }, { from = \"200\", lump_sum = \"600\" }";

const PLAIN: File =
    File { head: "", measure: "kind = \"amount\"", reward: "", tiers: PERCENT, more: "" };
const GROWTH: File = File { measure: "kind = \"growth\"", ..PLAIN };
const TARGET: File = File { measure: "kind = \"target\"", ..PLAIN };

impl File {
    fn source(self) -> String {
        let own = |text: &str, key: &str| text.lines().any(|line| line.starts_with(key));
        let or = |text: &str, key: &str, line: &str| {
            if own(text, key) { String::new() } else { format!("{line}\n") }
        };
        let head = [
            ("code ", "code = \"A\""),
            ("currency ", "currency = \"CNY\""),
            ("period ", "period = \"quarter\""),
            ("from ", "from = 2026-01-01"),
            ("form ", "form = \"cash\""),
            ("name", "name.en = \"A\""),
        ];
        let head: String = head.iter().map(|(key, line)| or(self.head, key, line)).collect();
        let mode = or(self.reward, "tier_mode ", "tier_mode = \"all_units\"");
        format!(
            "{head}{}\n[measure]\n{}\n[reward]\n{mode}{}\ntiers = [{}]\n{}\n",
            self.head, self.measure, self.reward, self.tiers, self.more
        )
    }
}

fn head(head: &'static str) -> File {
    File { head, ..PLAIN }
}

fn measure(measure: &'static str) -> File {
    File { measure, ..PLAIN }
}

fn reward(reward: &'static str) -> File {
    File { reward, ..PLAIN }
}

fn tiers(tiers: &'static str) -> File {
    File { tiers, ..PLAIN }
}

fn overlap(more: &'static str) -> File {
    File { more, ..PLAIN }
}

/// The file, the key that is named, and why.
fn impossible() -> Vec<(File, &'static str, &'static str)> {
    let mut cases = vec![
        // Dates and days.
        (head("from = 2026-01-01\nto = 2025-12-31"), "to", "policy-to-before-from"),
        (head("period = \"term\""), "to", "policy-term-needs-to"),
        (
            head("settle_within_days = 10\ngrace_days = 30"),
            "settle_within_days",
            "policy-settled-before-closed",
        ),
        (head("grace_days = -1"), "grace_days", "policy-want-count"),
        (head("expires_after_months = 0"), "expires_after_months", "policy-want-months"),
        (head("expires_after_months = 121"), "expires_after_months", "policy-want-months"),
        (head("expires_after_months = \"12\""), "expires_after_months", "policy-want-months"),
        (head("expires_after_months = -1"), "expires_after_months", "policy-want-months"),
        (head("expires_after_months = 1.5"), "expires_after_months", "policy-want-months"),
        (head("from = \"2026-02-30\""), "from", "policy-want-date"),
        // Names nobody knows.
        (head("currency = \"RMB\""), "currency", "policy-want-currency"),
        (head("period = \"week\""), "period", "policy-want-one-of"),
        (head("form = \"gold\""), "form", "policy-want-one-of"),
        (head("code = \"a b\""), "code", "policy-want-code"),
        (head("owner = \"nobody\""), "owner", "policy-want-email"),
        (head("cap = \"5\""), "cap", "policy-unknown-key"),
        (head("customers = { types = [\"dealer\"] }"), "customers.types[0]", "policy-want-one-of"),
        // Lists that take out what they put in.
        (
            head("customers = { codes = [\"C1\"], except = [\"C1\"] }"),
            "customers.except",
            "policy-in-both",
        ),
        (
            head("products = { categories = [\"电视\"], except_categories = [\"电视\"] }"),
            "products.except_categories",
            "policy-in-both",
        ),
        (
            head("products = { brands = [\"X\"], except_brands = [\"X\"] }"),
            "products.except_brands",
            "policy-in-both",
        ),
        (
            head("qualifying_products = { codes = [\"P\"], except_codes = [\"P\"] }"),
            "qualifying_products.except_codes",
            "policy-in-both",
        ),
        (
            head("customers = { classes = [\"vip\", \"vip\"] }"),
            "customers.classes[1]",
            "policy-twice",
        ),
        // Keys of another measure.
        (measure("kind = \"profit\""), "measure.kind", "policy-want-one-of"),
        (
            measure("kind = \"amount\"\nno_baseline = 1"),
            "measure.no_baseline",
            "policy-growth-only",
        ),
        (
            measure("kind = \"quantity\"\ngrowth_on = \"excess\""),
            "measure.growth_on",
            "policy-growth-only",
        ),
        (
            measure("kind = \"target\"\ngrowth_on = \"banded\""),
            "measure.growth_on",
            "policy-growth-only",
        ),
        (measure("kind = \"amount\"\nof = \"quantity\""), "measure.of", "policy-percent-only"),
        (
            measure("kind = \"amount\"\nbeneficiary = \"parent\""),
            "measure.beneficiary",
            "policy-group-only",
        ),
        (
            measure("kind = \"growth\"\nno_baseline = 3"),
            "measure.no_baseline",
            "policy-no-such-tier",
        ),
        (
            measure("kind = \"growth\"\nno_baseline = 0"),
            "measure.no_baseline",
            "policy-want-no-baseline",
        ),
        // The year to date, and minimums of the year.
        (
            File {
                head: "period = \"term\"\nto = 2026-12-31",
                ..measure("kind = \"amount\"\nwindow = \"year_to_date\"")
            },
            "measure.window",
            "policy-term-to-date",
        ),
        (
            File {
                head: "period = \"year\"",
                ..measure("kind = \"amount\"\nwindow = \"year_to_date\"")
            },
            "measure.window",
            "policy-year-to-date",
        ),
        (
            File {
                head: "period = \"term\"\nto = 2026-12-31",
                ..reward("guarantee_cumulative = \"100\"")
            },
            "reward.guarantee_cumulative",
            "policy-term-guarantee",
        ),
        (
            File { head: "period = \"year\"", ..reward("guarantee_cumulative = \"100\"") },
            "reward.guarantee_cumulative",
            "policy-year-guarantee",
        ),
        // Limits that can't all be kept.
        (
            reward("cap = \"100\"\nguarantee = \"100.01\""),
            "reward.cap",
            "policy-cap-below-guarantee",
        ),
        (
            reward("cap = \"100\"\ncap_total = \"99\""),
            "reward.cap_total",
            "policy-cap-total-below-cap",
        ),
        (
            reward("guarantee = \"100\"\ncap_total = \"99\""),
            "reward.cap_total",
            "policy-cap-total-below-guarantee",
        ),
        (
            reward("guarantee_cumulative = \"100\"\ncap_total = \"99\""),
            "reward.cap_total",
            "policy-cap-total-below-year",
        ),
        (
            reward("guarantee = \"100\"\nguarantee_cumulative = \"99\""),
            "reward.guarantee_cumulative",
            "policy-year-below-guarantee",
        ),
        (
            reward("cap = \"100\"\nguarantee_cumulative = \"400.01\""),
            "reward.guarantee_cumulative",
            "policy-year-above-caps",
        ),
        (
            reward("cap_total = \"100\"\nminimum_payout = \"101\""),
            "reward.minimum_payout",
            "policy-minimum-above-total",
        ),
        (
            File {
                head: "period = \"term\"\nto = 2026-12-31",
                ..reward("cap = \"100\"\nminimum_payout = \"101\"")
            },
            "reward.minimum_payout",
            "policy-minimum-above-cap",
        ),
        (
            File { reward: "cap = \"550\"", tiers: LUMPS, ..PLAIN },
            "reward.tiers[1].lump_sum",
            "policy-lump-above-cap",
        ),
        (reward("cap = \"0\""), "reward.cap", "policy-want-positive"),
        (reward("guarantee = \"-1\""), "reward.guarantee", "policy-want-positive"),
        (reward("cap_total = \"0.001\""), "reward.cap_total", "policy-too-fine"),
        (reward("minimum_payout = \"1,000\""), "reward.minimum_payout", "policy-want-decimal"),
        (reward("minimum_payout = 1000"), "reward.minimum_payout", "policy-want-decimal"),
        // Tiers.
        (tiers(""), "reward.tiers", "policy-tier-count"),
        (
            tiers("{ from = \"200\", percent = \"5\" }, { from = \"200\", percent = \"6\" }"),
            "reward.tiers[1].from",
            "policy-tiers-rise",
        ),
        (tiers("{ from = \"1\" }"), "reward.tiers[0]", "policy-one-reward"),
        (
            tiers("{ from = \"1\", percent = \"1\", lump_sum = \"1\" }"),
            "reward.tiers[0]",
            "policy-one-reward",
        ),
        (tiers("{ percent = \"1\" }"), "reward.tiers[0].from", "policy-missing"),
        (
            tiers("{ from = \"-1\", percent = \"1\" }"),
            "reward.tiers[0].from",
            "policy-want-not-negative",
        ),
        (tiers("{ from = \"0.001\", percent = \"1\" }"), "reward.tiers[0].from", "policy-too-fine"),
        (
            File {
                measure: "kind = \"quantity\"",
                ..tiers("{ from = \"0.0000001\", percent = \"1\" }")
            },
            "reward.tiers[0].from",
            "policy-quantity-too-fine",
        ),
        (
            tiers("{ from = \"1\", percent = \"100.01\" }"),
            "reward.tiers[0].percent",
            "policy-percent-over-100",
        ),
        (
            tiers("{ from = \"1\", percent = \"-5\" }"),
            "reward.tiers[0].percent",
            "policy-want-not-negative",
        ),
        (
            tiers("{ from = \"1\", percent = \"0.0000001\" }"),
            "reward.tiers[0].percent",
            "policy-rate-too-fine",
        ),
        (
            tiers("{ from = \"1\", per_unit = \"1000001\" }"),
            "reward.tiers[0].per_unit",
            "policy-rate-too-large",
        ),
        (
            tiers("{ from = \"1\", lump_sum = \"0.001\" }"),
            "reward.tiers[0].lump_sum",
            "policy-too-fine",
        ),
        (
            tiers("{ from = \"1\", percent = \"1\" }, { from = \"2\", per_unit = \"1\" }"),
            "reward.tiers[1]",
            "policy-mixed-rewards",
        ),
        (
            File { tiers: "{ from = \"1000000.5\", percent = \"1\" }", ..GROWTH },
            "reward.tiers[0].from",
            "policy-percent-bound",
        ),
        (
            File {
                tiers: "{ from = \"20\", percent = \"1\" }, { from = \"10\", percent = \"2\" }",
                ..GROWTH
            },
            "reward.tiers[1].from",
            "policy-tiers-rise",
        ),
        // Modes that pay on slabs of what isn't measured.
        (reward("tier_mode = \"retroactive\""), "reward.tier_mode", "policy-want-one-of"),
        (
            File { tiers: PER_UNIT, ..reward("tier_mode = \"marginal\"") },
            "reward.tier_mode",
            "policy-mode-misfit",
        ),
        (
            File { measure: "kind = \"quantity\"", ..reward("tier_mode = \"rolling\"") },
            "reward.tier_mode",
            "policy-mode-misfit",
        ),
        (
            File {
                head: "qualifying_products = { brands = [\"X\"] }",
                ..reward("tier_mode = \"marginal\"")
            },
            "qualifying_products",
            "policy-mode-needs-own-measure",
        ),
        (
            File {
                measure: "kind = \"amount\"\nscope = \"group\"",
                ..reward("tier_mode = \"marginal\"")
            },
            "reward.tier_mode",
            "policy-mode-needs-parent",
        ),
        (
            File { reward: "tier_mode = \"marginal\"", ..GROWTH },
            "reward.tier_mode",
            "policy-mode-of-growth",
        ),
        (
            File { reward: "tier_mode = \"rolling\"", ..TARGET },
            "reward.tier_mode",
            "policy-mode-of-target",
        ),
        (
            File {
                measure: "kind = \"growth\"\ngrowth_on = \"banded\"",
                ..reward("tier_mode = \"total\"")
            },
            "reward.tier_mode",
            "policy-banded-mode",
        ),
        // What exceeds a baseline.
        (
            File { measure: "kind = \"growth\"\ngrowth_on = \"banded\"", ..tiers(LUMPS) },
            "measure.growth_on",
            "policy-excess-misfit",
        ),
        (
            File {
                measure: "kind = \"growth\"\nof = \"quantity\"\ngrowth_on = \"excess\"",
                ..PLAIN
            },
            "measure.growth_on",
            "policy-excess-misfit",
        ),
        (
            measure("kind = \"growth\"\ngrowth_on = \"excess\"\nscope = \"group\""),
            "measure.growth_on",
            "policy-excess-needs-parent",
        ),
        (
            File {
                head: "qualifying_products = { brands = [\"X\"] }",
                measure: "kind = \"growth\"\ngrowth_on = \"excess\"",
                ..PLAIN
            },
            "qualifying_products",
            "policy-excess-needs-own-measure",
        ),
        // Exclusive groups.
        (overlap("[overlap]\nrule = \"best\""), "overlap.exclusive_group", "policy-missing"),
        (overlap("[overlap]\nexclusive_group = \"a\""), "overlap.rule", "policy-missing"),
        (
            overlap("[overlap]\nexclusive_group = \"a\"\nrule = \"first\""),
            "overlap.priority",
            "policy-first-needs-priority",
        ),
        (
            overlap("[overlap]\nexclusive_group = \"a\"\nrule = \"worst\""),
            "overlap.rule",
            "policy-want-one-of",
        ),
        (
            overlap("[overlap]\nexclusive_group = \"a\"\nrule = \"first\"\npriority = -1"),
            "overlap.priority",
            "policy-want-count",
        ),
    ];
    for (key, value) in [
        ("window", "month"),
        ("scope", "family"),
        ("beneficiary", "nobody"),
        ("growth_on", "all"),
        ("of", "profit"),
        ("date", "invoice_date"),
    ] {
        let line: &'static str = format!("kind = \"growth\"\n{key} = \"{value}\"").leak();
        let field: &'static str = format!("measure.{key}").leak();
        cases.push((measure(line), field, "policy-want-one-of"));
    }
    cases
}

/// A path without the numbers of its list items.
fn place(field: &str) -> String {
    field.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

#[test]
fn what_they_are_made_of_is_possible() {
    let growth =
        File { measure: "kind = \"growth\"\ngrowth_on = \"banded\"\nno_baseline = 2", ..GROWTH };
    let group =
        "kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"\nwindow = \"year_to_date\"";
    let limits = "cap = \"600\"\ncap_total = \"2400\"\nguarantee = \"10\"\nguarantee_cumulative = \"2400\"\n\
                  minimum_payout = \"700\"";
    for file in [
        PLAIN,
        GROWTH,
        TARGET,
        growth,
        measure(group),
        File { tiers: LUMPS, ..reward(limits) },
        File { reward: "tier_mode = \"marginal\"", ..growth },
        File { reward: "tier_mode = \"marginal\"", ..measure(group) },
        tiers("{ from = \"1\", percent = \"0\" }, { from = \"2\", percent = \"1\" }"),
        File { tiers: "{ from = \"0\", percent = \"0\" }", ..reward("guarantee = \"1\"") },
        overlap("[overlap]\nexclusive_group = \"a\"\nrule = \"best\"\npriority = 10"),
    ] {
        let source = file.source();
        parse(&source).unwrap_or_else(|problems| panic!("{problems:?}\n{source}"));
    }
}

#[test]
fn what_cannot_be_is_refused_at_the_key_that_has_to_change() {
    let mut kinds = BTreeSet::new();
    for (file, field, key) in impossible() {
        let source = file.source();
        let problems = parse(&source).expect_err(&source);
        let found: Vec<_> =
            problems.iter().map(|p| (p.problem.field.as_str(), p.problem.text.key)).collect();
        assert_eq!(found, [(field, key)], "{source}");
        let line = source.lines().nth(problems[0].line - 1).unwrap_or_default();
        let last = place(field).rsplit('.').next().unwrap_or_default().to_owned();
        assert!(
            line.contains(&last) || key == "policy-missing" || last == "to" || last == "priority",
            "{field} is said to stand in {line:?}"
        );
        kinds.insert((place(field), key));
    }
    assert!(kinds.len() >= 40, "{} kinds", kinds.len());
    let reasons: BTreeSet<_> = kinds.iter().map(|(_, key)| *key).collect();
    assert!(reasons.len() >= 40, "{} reasons", reasons.len());
}

#[test]
fn each_refusal_says_in_both_languages_what_stands_there_or_what_would_be_right() {
    let mut said = BTreeSet::new();
    for (file, _, key) in impossible() {
        for problem in parse(&file.source()).unwrap_err() {
            for language in Language::ALL {
                let sentence = words(*language).say(&problem.problem.text);
                assert!(!sentence.contains("[policy") && !sentence.contains("{$"), "{sentence}");
                assert!(sentence.chars().count() > 6, "{key}: {sentence}");
                said.insert(sentence);
            }
        }
    }
    for sentence in [
        "每期封顶 100 低于每期保底 100.01：请提高封顶或降低保底",
        "全年保底 400.01 高于各期封顶之和 400，无法兑现：请降低保底或提高封顶",
        "增长率是百分数，不能按 marginal 分段返利：请使用 all_units 或 total，或以 growth_on = \"banded\" 按增幅分段",
        "期间结束后 10 天内兑付，而期间要满 30 天（grace_days）才能关账：兑付期限不能早于关账",
        "the cap over all periods 99 is below the cap per period 100; raise the one or lower the other",
        "the sum 600 is above the cap 550 and would never be paid in full; raise the cap or lower the sum",
        "attainment is a percentage, of which rolling has no slabs to pay on; use all_units or total",
        "a policy by years has one period a year; use guarantee",
    ] {
        assert!(said.contains(sentence), "{sentence}\nis not among\n{said:#?}");
    }
}
