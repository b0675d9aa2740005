//! Each kind of calculation as it is explained: its sentence, then its steps.

use std::collections::BTreeMap;

use super::kinds_tests::{alone, bought, customer, group_of, policy, reckon};
use super::{Calculation, Earned, Figure, Figures, Lines, Subject, settle_overlap};
use crate::values::Language;
use crate::words::words;

const TIERS: &str = "tier_mode = \"all_units\"\n\
    tiers = [{ from = \"10\", percent = \"1\" }, { from = \"25\", percent = \"2\" }]\n";

/// The sentence and the steps in a language.
fn told(calculation: &Calculation, language: Language) -> Vec<String> {
    let words = words(language);
    let steps = calculation.step_texts();
    [calculation.sentence()].iter().chain(&steps).map(|text| words.say(text)).collect()
}

#[track_caller]
fn check(calculation: &Calculation, zh: &[&str], en: &[&str]) {
    assert_eq!(told(calculation, Language::ZhCn), zh);
    assert_eq!(told(calculation, Language::En), en);
}

fn figures(period: &str, target: Option<i64>, baseline: Option<i64>) -> Figures {
    let figure = Figure { target: target.map(Into::into), baseline: baseline.map(Into::into) };
    BTreeMap::from([(period.parse().unwrap(), figure)])
}

fn grown() -> Lines {
    bought(&[("2025-08-15", "1000"), ("2026-08-15", "1300")])
}

#[test]
fn growth() {
    check(
        &alone(&policy("kind = \"growth\"", TIERS), &grown(), "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥1,300.00 × 2% = ¥26.00",
            "计提基数：1 行参与返利的明细，净额合计 ¥1,300.00",
            "考核口径：1 行参与考核的明细，净额合计 ¥1,300.00",
            "同比增长：¥1,300.00 对比基期 ¥1,000.00，增长率 30%",
            "基期取自上年同期（2025年7月1日至2025年9月30日）参与考核的 1 行明细",
            "达到第 2 级阶梯（起点 25%）",
            "第 2 级：¥1,300.00 × 2% = ¥26.00",
        ],
        &[
            "Q3 2026 rebate = ¥1,300.00 × 2% = ¥26.00",
            "Base: net amount ¥1,300.00 (earning lines: 1)",
            "Measure: net amount ¥1,300.00 (qualifying lines: 1)",
            "Growth: ¥1,300.00 over the baseline ¥1,000.00 = 30%",
            "The baseline comes from lines of 1 Jul 2025 to 30 Sep 2025 (qualifying lines: 1)",
            "Tier 2 reached (from 25%)",
            "Tier 2: ¥1,300.00 × 2% = ¥26.00",
        ],
    );
}

/// The steps after base and measure, in Chinese and in English.
#[track_caller]
fn check_rest(calculation: &Calculation, zh: &[&str], en: &[&str]) {
    for (language, expected) in [(Language::ZhCn, zh), (Language::En, en)] {
        let told = told(calculation, language);
        let rest: Vec<&str> = told
            .iter()
            .enumerate()
            .filter(|(at, _)| *at == 0 || *at > 2)
            .map(|(_, s)| s.as_str())
            .collect();
        assert_eq!(rest, expected);
    }
}

#[test]
fn growth_on_the_excess_and_band_by_band() {
    let measure = |on: &str| format!("kind = \"growth\"\ngrowth_on = \"{on}\"");
    let imported = figures("2026-Q3", None, Some(1000));
    let lines = grown();
    let who = customer("C1", None);
    let subject = Subject { figures: Some(&imported), ..Subject::alone(&who, &lines) };
    check_rest(
        &reckon(&policy(&measure("excess"), TIERS), &subject, "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥300.00 × 2% = ¥6.00",
            "同比增长：¥1,300.00 对比基期 ¥1,000.00，增长率 30%",
            "基期为约定的基期值",
            "达到第 2 级阶梯（起点 25%）",
            "第 2 级，超出基期的部分：¥300.00 × 2% = ¥6.00",
        ],
        &[
            "Q3 2026 rebate = ¥300.00 × 2% = ¥6.00",
            "Growth: ¥1,300.00 over the baseline ¥1,000.00 = 30%",
            "The baseline is the agreed figure",
            "Tier 2 reached (from 25%)",
            "Tier 2, on what exceeds the baseline: ¥300.00 × 2% = ¥6.00",
        ],
    );
    check_rest(
        &reckon(&policy(&measure("banded"), TIERS), &subject, "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥150.00 × 1% + ¥50.00 × 2% = ¥2.50",
            "同比增长：¥1,300.00 对比基期 ¥1,000.00，增长率 30%",
            "基期为约定的基期值",
            "达到第 2 级阶梯（起点 25%）",
            "第 1 级，增幅 10% 至 25% 的部分：¥150.00 × 1% = ¥1.50",
            "第 2 级，增幅 25% 以上的部分：¥50.00 × 2% = ¥1.00",
            "合计 ¥2.50",
        ],
        &[
            "Q3 2026 rebate = ¥150.00 × 1% + ¥50.00 × 2% = ¥2.50",
            "Growth: ¥1,300.00 over the baseline ¥1,000.00 = 30%",
            "The baseline is the agreed figure",
            "Tier 2 reached (from 25%)",
            "Tier 1, growth from 10% to 25%: ¥150.00 × 1% = ¥1.50",
            "Tier 2, growth above 25%: ¥50.00 × 2% = ¥1.00",
            "Total: ¥2.50",
        ],
    );
}

#[test]
fn no_baseline() {
    let lines = bought(&[("2026-08-15", "500")]);
    check_rest(
        &alone(&policy("kind = \"growth\"", TIERS), &lines, "2026-Q3"),
        &["2026年第3季度 返利为 ¥0.00：没有基期或基期不大于零", "没有基期或基期不大于零，不返利"],
        &[
            "Q3 2026 rebate is ¥0.00: there is no baseline above zero",
            "There is no baseline above zero, so no rebate",
        ],
    );
    check_rest(
        &alone(&policy("kind = \"growth\"\nno_baseline = 1", TIERS), &lines, "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥500.00 × 1% = ¥5.00",
            "没有基期或基期不大于零，按条款视同达到第 1 级",
            "第 1 级：¥500.00 × 1% = ¥5.00",
        ],
        &[
            "Q3 2026 rebate = ¥500.00 × 1% = ¥5.00",
            "There is no baseline above zero, so by the terms tier 1 counts as reached",
            "Tier 1: ¥500.00 × 1% = ¥5.00",
        ],
    );
}

#[test]
fn targets() {
    let terms = policy("kind = \"target\"", TIERS);
    let lines = bought(&[("2026-08-15", "240")]);
    check_rest(
        &alone(&terms, &lines, "2026-Q3"),
        &["2026年第3季度 返利为 ¥0.00：本期没有约定目标", "本期没有约定目标，不返利"],
        &[
            "Q3 2026 rebate is ¥0.00: no target is set for this period",
            "No target is set for this period, so no rebate",
        ],
    );
    let agreed = figures("2026-Q3", Some(1000), None);
    let who = customer("C1", None);
    let subject = Subject { figures: Some(&agreed), ..Subject::alone(&who, &lines) };
    let calculation = reckon(&terms, &subject, "2026-Q3");
    check_rest(
        &calculation,
        &[
            "2026年第3季度 返利 = ¥240.00 × 1% = ¥2.40",
            "达成率：¥240.00 ÷ 目标 ¥1,000.00 = 24%",
            "达到第 1 级阶梯（起点 10%）",
            "第 1 级：¥240.00 × 1% = ¥2.40",
        ],
        &[
            "Q3 2026 rebate = ¥240.00 × 1% = ¥2.40",
            "Attainment: ¥240.00 of the target ¥1,000.00 = 24%",
            "Tier 1 reached (from 10%)",
            "Tier 1: ¥240.00 × 1% = ¥2.40",
        ],
    );
    let gap = calculation.gap_text().unwrap();
    assert_eq!(words(Language::ZhCn).say(&gap), "再采购 ¥10.00 可达第 2 级（2%）");
}

#[test]
fn the_year_to_date() {
    let terms = policy("kind = \"amount\"\nwindow = \"year_to_date\"", TIERS);
    let lines = bought(&[("2026-02-15", "20"), ("2026-08-15", "30")]);
    let earned = Earned { year_minor: 20, life_minor: 20, year_has_lines: true };
    let who = customer("C1", None);
    let subject = Subject { earned, ..Subject::alone(&who, &lines) };
    check_rest(
        &reckon(&terms, &subject, "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥50.00 × 2% − ¥0.20 = ¥0.80",
            "达到第 2 级阶梯（起点 ¥25.00）",
            "第 2 级：¥50.00 × 2% = ¥1.00",
            "当年累计应得 ¥1.00，此前各期已得 ¥0.20，差额为本期返利",
        ],
        &[
            "Q3 2026 rebate = ¥50.00 × 2% − ¥0.20 = ¥0.80",
            "Tier 2 reached (from ¥25.00)",
            "Tier 2: ¥50.00 × 2% = ¥1.00",
            "The year to date earns ¥1.00, earlier periods of the year earned ¥0.20; the difference is this period’s",
        ],
    );
}

#[test]
fn a_group_with_members_or_the_parent_earning() {
    let (own, other) = (bought(&[("2026-08-15", "10")]), bought(&[("2026-08-15", "20")]));
    let group = group_of(&[("HQ", &own), ("EAST", &other)]);
    let (parent, member) = (customer("HQ", None), customer("EAST", Some("HQ")));
    let scope = "kind = \"amount\"\nscope = \"group\"";
    let of_member = Subject { group: Some(&group), ..Subject::alone(&member, &other) };
    let of_parent = Subject { group: Some(&group), ..Subject::alone(&parent, &own) };
    check_rest(
        &reckon(&policy(scope, TIERS), &of_member, "2026-Q3"),
        &[
            "2026年第3季度 返利 = ¥20.00 × 2% = ¥0.40",
            "集团 HQ 中有明细的 2 家客户合计 ¥30.00",
            "达到第 2 级阶梯（起点 ¥25.00）",
            "第 2 级：¥20.00 × 2% = ¥0.40",
        ],
        &[
            "Q3 2026 rebate = ¥20.00 × 2% = ¥0.40",
            "Group HQ: its customers with lines (2) come to ¥30.00 together",
            "Tier 2 reached (from ¥25.00)",
            "Tier 2: ¥20.00 × 2% = ¥0.40",
        ],
    );
    let pays_parent = policy(&format!("{scope}\nbeneficiary = \"parent\""), TIERS);
    let paid = reckon(&pays_parent, &of_parent, "2026-Q3");
    assert_eq!(told(&paid, Language::ZhCn)[0], "2026年第3季度 返利 = ¥30.00 × 2% = ¥0.60");
    let nothing = reckon(&pays_parent, &of_member, "2026-Q3");
    assert_eq!(
        told(&nothing, Language::ZhCn)[0],
        "2026年第3季度 返利为 ¥0.00：返利归集团的上级客户"
    );
    assert_eq!(
        told(&nothing, Language::En)[0],
        "Q3 2026 rebate is ¥0.00: the rebate belongs to the parent company of the group"
    );
    let last = |language| told(&nothing, language).pop().unwrap();
    assert_eq!(last(Language::ZhCn), "集团 HQ 的返利归上级客户，按集团全部采购计算");
    assert_eq!(
        last(Language::En),
        "The parent of group HQ earns on the purchases of all its customers"
    );
}

#[test]
fn caps_over_all_periods_and_guarantees_of_the_year() {
    let lines = bought(&[("2026-11-15", "1000")]);
    let who = customer("C1", None);
    let earned = |minor| Earned { year_minor: minor, life_minor: minor, year_has_lines: true };
    let with = |minor| Subject { earned: earned(minor), ..Subject::alone(&who, &lines) };
    let capped = policy("kind = \"amount\"", &format!("cap_total = \"50\"\n{TIERS}"));
    check_rest(
        &reckon(&capped, &with(3_500), "2026-Q4"),
        &[
            "2026年第4季度 返利 = ¥1,000.00 × 2%，得 ¥20.00，按封顶计 ¥15.00",
            "达到第 2 级阶梯（起点 ¥25.00）",
            "第 2 级：¥1,000.00 × 2% = ¥20.00",
            "政策累计封顶 ¥50.00，此前各期已得 ¥35.00；本期应得 ¥20.00，按 ¥15.00 计",
        ],
        &[
            "Q4 2026 rebate = ¥1,000.00 × 2%, which is ¥20.00, capped at ¥15.00",
            "Tier 2 reached (from ¥25.00)",
            "Tier 2: ¥1,000.00 × 2% = ¥20.00",
            "The programme pays at most ¥50.00 in total and has paid ¥35.00 before; of ¥20.00, ¥15.00 remains",
        ],
    );
    let used = reckon(&capped, &with(5_000), "2026-Q4");
    assert_eq!(
        told(&used, Language::ZhCn)[0],
        "2026年第4季度 返利为 ¥0.00：此前各期已达到累计封顶"
    );
    let sure = policy("kind = \"amount\"", &format!("guarantee_cumulative = \"100\"\n{TIERS}"));
    check_rest(
        &reckon(&sure, &with(3_500), "2026-Q4"),
        &[
            "2026年第4季度 返利：当年各期合计 ¥55.00，低于全年保底 ¥100.00，本期补足为 ¥65.00",
            "达到第 2 级阶梯（起点 ¥25.00）",
            "第 2 级：¥1,000.00 × 2% = ¥20.00",
            "当年各期合计 ¥55.00，低于全年保底 ¥100.00，本期补足，按 ¥65.00 计",
        ],
        &[
            "Q4 2026 rebate: the periods of the year come to ¥55.00, below the guaranteed ¥100.00; this period makes it up with ¥65.00",
            "Tier 2 reached (from ¥25.00)",
            "Tier 2: ¥1,000.00 × 2% = ¥20.00",
            "The periods of the year come to ¥55.00, below the guaranteed ¥100.00; this period makes it up with ¥65.00",
        ],
    );
}

#[test]
fn lost_to_another_policy() {
    let best = |rate: &str| {
        let mut terms = policy("kind = \"amount\"", &TIERS.replace("\"2\"", rate));
        let group = "annual".to_owned();
        let rule = crate::policies::OverlapRule::Best;
        terms.overlap =
            Some(crate::policies::Overlap { exclusive_group: group, rule, priority: None });
        terms
    };
    let lines = bought(&[("2026-08-15", "1000")]);
    let (low, high) = (best("\"2\""), best("\"3\""));
    let (mut loser, mut winner) = (alone(&low, &lines, "2026-Q3"), alone(&high, &lines, "2026-Q3"));
    winner.policy = "WIN".to_owned();
    let rule = low.overlap.as_ref().unwrap();
    settle_overlap(&mut [(rule, &mut loser), (rule, &mut winner)]);
    assert_eq!(winner.rebate().plain(), "30.00");
    assert_eq!(
        told(&loser, Language::ZhCn)[0],
        "2026年第3季度 返利为 ¥0.00：与政策 WIN 互斥，以该政策为准"
    );
    let last = |language| told(&loser, language).pop().unwrap();
    assert_eq!(last(Language::ZhCn), "与政策 WIN 互斥，以该政策为准；本政策原可得 ¥20.00");
    assert_eq!(
        last(Language::En),
        "Programme WIN counts instead, as the two exclude each other; this one would have paid ¥20.00"
    );
}
