//! Policies in words: every kind as customers read it, and two versions beside each other.

use std::collections::{BTreeMap, BTreeSet};

use openrebate::policies::{
    Beneficiary, Bound, DateBasis, Form, GrowthOn, MeasureKind, MeasureOf, MeasureScope,
    NoBaseline, OverlapRule, Rounding, Terms, Tier, TierMode, TierReward, Window, compare, formula,
    parse, summary,
};
use openrebate::values::{Language, PeriodKind};
use openrebate::words::words;

/// A policy with this measure and reward, and whatever else.
fn policy(measure: &str, reward: &str, more: &str) -> Terms {
    let source = format!(
        "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
         to = 2026-12-31\nform = \"offset\"\nsettle_within_days = 30\nname.en = \"Q\"\n{more}\n\
         [measure]\n{measure}\n[reward]\n{reward}\n"
    );
    parse(&source).unwrap_or_else(|problems| panic!("{problems:?}\n{source}"))
}

const ONE: &str = "tier_mode = \"all_units\"\ntiers = [{ from = \"100000\", percent = \"5\" }]";
const UNITS: &str = "tier_mode = \"marginal\"\nbound = \"more_than\"\ntiers = [\
    { from = \"1000\", per_unit = \"0.05\" }, { from = \"2000\", per_unit = \"0.08\" }]";
const GROWN: &str = "tier_mode = \"all_units\"\ntiers = [\
    { from = \"10\", percent = \"1\" }, { from = \"20.5\", percent = \"2\" }]";

fn said(terms: &Terms, language: Language) -> Vec<String> {
    summary(terms, words(language))
}

#[test]
fn the_formula_says_what_is_measured_the_tiers_and_what_they_pay_on() {
    let mode = |name: &str| ONE.replace("all_units", name);
    let grown = |name: &str| GROWN.replace("all_units", name);
    let cases = [
        (
            "kind = \"amount\"",
            ONE.to_owned(),
            "每季度采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对全部采购计算返利（全额）。",
            "Each quarter, net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to all purchases (all units).",
        ),
        (
            "kind = \"quantity\"",
            UNITS.to_owned(),
            "每季度采购数量超过 1,000 件返每件 ¥0.05，超过 2,000 件返每件 ¥0.08；每一段只按本段的标准计算返利（超额累进）。",
            "Each quarter, quantities of more than 1,000 units earn ¥0.05 per unit, more than 2,000 units earn ¥0.08 per unit; each slab earns at its own rate (marginal).",
        ),
        (
            "kind = \"amount\"",
            mode("rolling"),
            "每季度采购净额达到 ¥100,000.00 返 5%；已超过的各级按其上限计算，所达一级按全部采购计算，逐级相加。",
            "Each quarter, net purchases of at least ¥100,000.00 earn 5%; tiers already passed pay up to their ceiling, the tier reached pays on all purchases, added together.",
        ),
        (
            "kind = \"amount\"",
            mode("total"),
            "每季度采购净额达到 ¥100,000.00 返 5%；所达的每一级都按全部采购计算，逐级相加。",
            "Each quarter, net purchases of at least ¥100,000.00 earn 5%; every tier reached pays on all purchases, added together.",
        ),
        (
            "kind = \"amount\"\nwindow = \"year_to_date\"",
            ONE.to_owned(),
            "每季度当年累计采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对当年全部累计采购计算返利（全额），减去当年此前各期已得的返利。",
            "Each quarter, year-to-date net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to all purchases of the year to date (all units), less what earlier periods of the year earned.",
        ),
        (
            "kind = \"amount\"\nscope = \"group\"",
            ONE.to_owned(),
            "每季度集团合计采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对各成员自己的全部采购计算返利（全额）。",
            "Each quarter, the group’s net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to each member’s own purchases (all units).",
        ),
        (
            "kind = \"quantity\"\nscope = \"group\"\nbeneficiary = \"parent\"",
            ONE.to_owned(),
            "每季度集团合计采购数量达到 100,000 件返 5%；达到哪一级，就按该级对集团全部采购计算返利（全额）。",
            "Each quarter, the group’s quantities of at least 100,000 units earn 5%; the tier reached applies to all purchases of the group (all units).",
        ),
        (
            "kind = \"amount\"\nscope = \"group\"\nwindow = \"year_to_date\"",
            ONE.to_owned(),
            "每季度集团合计当年累计采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对各成员自己当年的全部累计采购计算返利（全额），减去当年此前各期已得的返利。",
            "Each quarter, the group’s year-to-date net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to each member’s own purchases of the year to date (all units), less what earlier periods of the year earned.",
        ),
        (
            "kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"\nwindow = \"year_to_date\"",
            mode("total"),
            "每季度集团合计当年累计采购净额达到 ¥100,000.00 返 5%；所达的每一级都按集团当年的全部累计采购计算，逐级相加，减去当年此前各期已得的返利。",
            "Each quarter, the group’s year-to-date net purchases of at least ¥100,000.00 earn 5%; every tier reached pays on all purchases of the group in the year to date, added together, less what earlier periods of the year earned.",
        ),
        (
            "kind = \"growth\"",
            GROWN.to_owned(),
            "每季度采购净额同比增长达到 10% 返 1%，达到 20.5% 返 2%；达到哪一级，就按该级对全部采购计算返利（全额）。",
            "Each quarter, net purchases growing year on year by at least 10% earn 1%, at least 20.5% earn 2%; the tier reached applies to all purchases (all units).",
        ),
        (
            "kind = \"growth\"\ngrowth_on = \"excess\"",
            GROWN.to_owned(),
            "每季度采购净额同比增长达到 10% 返 1%，达到 20.5% 返 2%；达到哪一级，就按该级对超出基期的部分计算返利（只计增量）。",
            "Each quarter, net purchases growing year on year by at least 10% earn 1%, at least 20.5% earn 2%; the tier reached applies to what exceeds the baseline.",
        ),
        (
            "kind = \"growth\"\ngrowth_on = \"excess\"",
            grown("total"),
            "每季度采购净额同比增长达到 10% 返 1%，达到 20.5% 返 2%；所达的每一级都按超出基期的部分计算，逐级相加。",
            "Each quarter, net purchases growing year on year by at least 10% earn 1%, at least 20.5% earn 2%; every tier reached pays on what exceeds the baseline, added together.",
        ),
        (
            "kind = \"growth\"\ngrowth_on = \"banded\"",
            grown("marginal"),
            "每季度采购净额同比增长达到 10% 返 1%，达到 20.5% 返 2%；超出基期的部分按增幅分段，每一段只按本段的标准计算返利（增量累进）。",
            "Each quarter, net purchases growing year on year by at least 10% earn 1%, at least 20.5% earn 2%; what exceeds the baseline is split into bands of growth, and each band earns at its own rate.",
        ),
        (
            "kind = \"growth\"\nof = \"quantity\"\nscope = \"group\"\nbeneficiary = \"parent\"",
            GROWN.replace("percent", "per_unit"),
            "每季度集团合计采购数量同比增长达到 10% 返每件 ¥1.00，达到 20.5% 返每件 ¥2.00；达到哪一级，就按该级对集团全部采购计算返利（全额）。",
            "Each quarter, the group’s quantities growing year on year by at least 10% earn ¥1.00 per unit, at least 20.5% earn ¥2.00 per unit; the tier reached applies to all purchases of the group (all units).",
        ),
        (
            "kind = \"target\"",
            GROWN.replace("20.5", "100"),
            "每季度采购净额目标达成率达到 10% 返 1%，达到 100% 返 2%；达到哪一级，就按该级对全部采购计算返利（全额）。",
            "Each quarter, net purchases of at least 10% of the target earn 1%, at least 100% of the target earn 2%; the tier reached applies to all purchases (all units).",
        ),
        (
            "kind = \"target\"\nof = \"quantity\"",
            "tier_mode = \"all_units\"\nbound = \"more_than\"\ntiers = [{ from = \"100\", lump_sum = \"20000\" }]".to_owned(),
            "每季度采购数量目标达成率超过 100% 返 ¥20,000.00；每期只按所达的最高一级支付一次定额。",
            "Each quarter, quantities of more than 100% of the target earn ¥20,000.00; the highest tier reached pays its sum once per period.",
        ),
    ];
    for (measure, reward, zh, en) in cases {
        let terms = policy(measure, &reward, "");
        assert_eq!(formula(&terms, words(Language::ZhCn)), zh);
        assert_eq!(formula(&terms, words(Language::En)), en);
    }
}

/// The sentences that a key or two add to the plainest policy, and that it doesn't have without.
#[test]
fn the_summary_says_all_that_decides() {
    let plain: Vec<(Language, Vec<String>)> = Language::ALL
        .iter()
        .map(|language| (*language, said(&policy("kind = \"amount\"", ONE, ""), *language)))
        .collect();
    let limit = |key: &str| format!("{key} = \"50000\"\n{ONE}");
    let growth = |more: &str| format!("kind = \"growth\"\n{more}");
    for (measure, reward, more, zh, en) in [
        (
            "kind = \"amount\"\nwindow = \"year_to_date\"".to_owned(),
            ONE.to_owned(),
            "",
            "考核自当年1月1日（政策当年开始的，自开始之日）起累计至本期期末；本期返利等于累计应得返利减去当年此前各期已得返利，因退货等原因可能为负。",
            "The year to date runs from 1 January, or from the programme’s first day in its first year, to the end of the period; a period earns what the year to date earns less what its earlier periods earned, which can be negative after returns.",
        ),
        (
            "kind = \"amount\"\nscope = \"group\"".to_owned(),
            ONE.to_owned(),
            "",
            "上级客户及其集团成员的采购合并考核；所达阶梯适用于本政策覆盖的每个成员，各成员按自己的采购计算返利。",
            "The purchases of the parent company and of all members of its group are measured together; the tier they reach applies to each member the programme covers, and each earns on its own purchases.",
        ),
        (
            "kind = \"amount\"\nscope = \"group\"\nbeneficiary = \"parent\"".to_owned(),
            ONE.to_owned(),
            "",
            "上级客户及其集团成员的采购合并考核、合并计算，返利全部归上级客户。",
            "The purchases of the parent company and of all members of its group are measured and earn together; the whole rebate belongs to the parent company.",
        ),
        (
            growth(""),
            GROWN.to_owned(),
            "",
            "基期为上年同期的采购净额；另行约定基期值的，以约定值为准。|没有基期或基期不大于零的，不返利。",
            "The baseline is net purchases of the same days a year earlier, or the agreed figure where there is one.|Without a baseline above zero there is no rebate.",
        ),
        (
            growth("of = \"quantity\"\nno_baseline = 2"),
            GROWN.to_owned(),
            "",
            "基期为上年同期的采购数量；另行约定基期值的，以约定值为准。|没有基期或基期不大于零的，视同达到第 2 级。",
            "The baseline is quantities of the same days a year earlier, or the agreed figure where there is one.|Without a baseline above zero, tier 2 counts as reached.",
        ),
        (
            growth("growth_on = \"banded\"\nno_baseline = 1"),
            GROWN.to_owned(),
            "",
            "基期为上年同期的采购净额；另行约定基期值的，以约定值为准。|没有基期或基期不大于零的，视同达到第 1 级，并按全部采购计算返利。",
            "The baseline is net purchases of the same days a year earlier, or the agreed figure where there is one.|Without a baseline above zero, tier 1 counts as reached and applies to all purchases.",
        ),
        (
            growth("scope = \"group\""),
            GROWN.to_owned(),
            "",
            "上级客户及其集团成员的采购合并考核；所达阶梯适用于本政策覆盖的每个成员，各成员按自己的采购计算返利。|基期为上年同期的集团合计采购净额；另行约定基期值的，以约定值为准。|没有基期或基期不大于零的，不返利。",
            "The purchases of the parent company and of all members of its group are measured together; the tier they reach applies to each member the programme covers, and each earns on its own purchases.|The baseline is the group’s net purchases of the same days a year earlier, or the agreed figure where there is one.|Without a baseline above zero there is no rebate.",
        ),
        (
            "kind = \"target\"".to_owned(),
            GROWN.to_owned(),
            "",
            "目标为与客户约定的当期目标值；没有约定目标的，不返利。",
            "The target is the figure agreed with the customer for the period; without one there is no rebate.",
        ),
        (
            "kind = \"target\"\nscope = \"group\"\nbeneficiary = \"parent\"".to_owned(),
            GROWN.to_owned(),
            "",
            "上级客户及其集团成员的采购合并考核、合并计算，返利全部归上级客户。|目标为与集团约定的当期目标值；没有约定目标的，不返利。",
            "The purchases of the parent company and of all members of its group are measured and earn together; the whole rebate belongs to the parent company.|The target is the figure agreed with the group for the period; without one there is no rebate.",
        ),
        (
            "kind = \"amount\"\ndate = \"delivery_date\"".to_owned(),
            ONE.to_owned(),
            "",
            "明细按交货日期归入期间，尚未交货的不计入；退货同样按其日期冲减。",
            "Lines count by the date of delivery, and not before they are delivered; returns are deducted in the same way.",
        ),
        (
            "kind = \"amount\"\ndate = \"paid_date\"".to_owned(),
            ONE.to_owned(),
            "",
            "明细按付款日期归入期间，尚未付款的不计入；退货同样按其日期冲减。",
            "Lines count by the date of payment, and not before they are paid; returns are deducted in the same way.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            limit("guarantee"),
            "",
            "每期保底 ¥50,000.00。",
            "At least ¥50,000.00 per period.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            limit("guarantee_cumulative"),
            "",
            "当年各期合计保底 ¥50,000.00，不足部分在当年最后一期补足。",
            "At least ¥50,000.00 for all periods of a calendar year together; its last period makes up what is missing.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            limit("cap"),
            "",
            "每期封顶 ¥50,000.00。",
            "At most ¥50,000.00 per period.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            limit("cap_total"),
            "",
            "政策有效期内各期累计封顶 ¥50,000.00。",
            "At most ¥50,000.00 over all periods of the programme together.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            limit("minimum_payout"),
            "",
            "不足 ¥50,000.00 的余额并入下次兑付。",
            "A balance below ¥50,000.00 waits for the next payout.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            ONE.to_owned(),
            "overlap = { exclusive_group = \"年度\", rule = \"best\" }",
            "与互斥组“年度”中的其他政策不叠加，只计其中返利最高的一项；金额相同的，计政策代码排在前面的一项。",
            "It doesn’t add up with other programmes of the exclusive group “年度”: only the highest rebate among them counts, and of equal ones the first by programme code.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            ONE.to_owned(),
            "overlap = { exclusive_group = \"annual\", rule = \"first\", priority = 10 }",
            "与互斥组“annual”中的其他政策不叠加，只计适用政策中优先级数字最小的一项；本政策的优先级为 10。",
            "It doesn’t add up with other programmes of the exclusive group “annual”: only the applicable one with the lowest priority number counts; the number of this one is 10.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            ONE.to_owned(),
            "customers = { classes = [\"vip\", \"key\"], groups = [\"G1\"], min_tenure_months = 1 }",
            "适用客户：等级为VIP、大客户；所属集团为 G1。|期初合作须满 1 个月。",
            "For customers: of class VIP, key account; of group G1.|At least 1 month of business at the start of the period.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            ONE.to_owned(),
            "products = { categories = [\"电视\", \"冰箱\"], except_codes = [\"POST\"] }\nqualifying_products = { brands = [\"X\"] }",
            "参与返利的产品：产品类别为电视、冰箱；不含产品 POST。|参与考核的产品：品牌为X。",
            "Earning products: category 电视, 冰箱; without product POST.|Products that count towards the tier: brand X.",
        ),
        (
            "kind = \"amount\"".to_owned(),
            format!("rounding = \"half_even\"\n{ONE}"),
            "",
            "每期只舍入一次，按“四舍六入五成双”舍入到最小货币单位。",
            "Rounded once per period to the smallest unit of money, halves to even.",
        ),
    ] {
        let terms = policy(&measure, &reward, more);
        for (language, plain) in &plain {
            let said = said(&terms, *language);
            let rule = formula(&terms, words(*language));
            let new: Vec<&str> = said
                .iter()
                .filter(|sentence| **sentence != rule && !plain.contains(sentence))
                .map(String::as_str)
                .collect();
            let expected = if *language == Language::ZhCn { zh } else { en };
            assert_eq!(new.join("|"), expected, "{measure} {reward} {more}");
        }
    }
}

#[test]
fn the_plainest_policy_says_this() {
    let terms = policy("kind = \"amount\"", ONE, "");
    assert_eq!(
        said(&terms, Language::ZhCn),
        [
            "2026年1月1日–12月31日有效。",
            "每季度采购净额达到 ¥100,000.00 返 5%；达到哪一级，就按该级对全部采购计算返利（全额）。",
            "明细按单据日期归入期间，退货在其单据日期所在期间冲减。",
            "全部产品均参与返利。",
            "以抵货款兑付，期间结束后 30 天内完成。",
            "每期只舍入一次，四舍五入到最小货币单位。",
        ]
    );
    assert_eq!(
        said(&terms, Language::En),
        [
            "Valid 1 Jan – 31 Dec 2026.",
            "Each quarter, net purchases of at least ¥100,000.00 earn 5%; the tier reached applies to all purchases (all units).",
            "Lines count by the date of the document; returns are deducted in the period of their own document.",
            "Every product earns.",
            "Settlement: Set off against purchases, within 30 days after the period ends.",
            "Rounded once per period to the smallest unit of money, halves up.",
        ]
    );
}

/// Terms in which nothing has its default, so that each of their fields stands in their JSON.
fn full() -> Terms {
    let mut terms = policy(
        "kind = \"growth\"\nof = \"quantity\"\nwindow = \"year_to_date\"\nscope = \"group\"\n\
         beneficiary = \"parent\"\nno_baseline = 1\ngrowth_on = \"excess\"\ndate = \"delivery_date\"",
        "tier_mode = \"all_units\"\nbound = \"more_than\"\nrounding = \"half_even\"\n\
         cap = \"5000\"\ncap_total = \"50000\"\nguarantee = \"10\"\nguarantee_cumulative = \"100\"\n\
         minimum_payout = \"50\"\n\
         tiers = [{ from = \"5\", per_unit = \"1\" }, { from = \"10\", per_unit = \"2\" }]",
        "grace_days = 5\nowner = \"a@example.com\"\ncontract_ref = \"HT-1\"\n\
         customers = { types = [\"distributor\"], classes = [\"vip\", \"key\"], regions = [\"华东\"], \
         codes = [\"C1\", \"C2\"], groups = [\"G1\"], except = [\"C9\"], min_tenure_months = 12 }\n\
         products = { categories = [\"电视\"], brands = [\"X\"], codes = [\"P1\"], \
         except_categories = [\"A\"], except_brands = [\"B\"], except_codes = [\"C\"] }\n\
         overlap = { exclusive_group = \"annual\", rule = \"first\", priority = 10 }",
    );
    terms.qualifying_products = Some(terms.products.clone());
    terms
}

/// Paths of the values of terms as JSON; a list is one value, the list of tiers isn't.
fn leaves(value: &serde_json::Value, path: &str, found: &mut BTreeMap<String, String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{path}.{name}"), found);
            }
        }
        serde_json::Value::Array(tiers) if path == ".reward.tiers" => {
            for (index, tier) in tiers.iter().enumerate() {
                leaves(tier, &format!("{path}[{index}]"), found);
            }
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}

fn values(terms: &Terms) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    leaves(&serde_json::to_value(terms).unwrap(), "", &mut found);
    found
}

fn list(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

type Change = fn(&mut Terms);

/// What is changed in [`full`], and the one sentence that says so.
const CHANGES: &[(Change, &str, &str)] = &[
    (|t| t.code = "R".into(), "政策代码：Q → R", "Programme code: Q → R"),
    (|t| t.currency = "USD".parse().unwrap(), "币种：CNY → USD", "Currency: CNY → USD"),
    (|t| t.period = PeriodKind::Month, "返利期间：按季度 → 按月", "Period: quarterly → monthly"),
    (
        |t| t.from = "2026-04-01".parse().unwrap(),
        "开始日期：2026年1月1日 → 2026年4月1日",
        "First day: 1 Jan 2026 → 1 Apr 2026",
    ),
    (|t| t.to = None, "结束日期：2026年12月31日 → 长期有效", "Last day: 31 Dec 2026 → open-ended"),
    (
        |t| t.form = Form::Cash,
        "兑付方式：抵货款 → 现金转账",
        "Settled by: Set off against purchases → Bank transfer",
    ),
    (
        |t| t.settle_within_days = Some(1),
        "期间结束后的兑付期限：30 天 → 1 天",
        "Settled after the period’s end within: 30 days → 1 day",
    ),
    (
        |t| t.settle_within_days = None,
        "期间结束后的兑付期限：30 天 → 无",
        "Settled after the period’s end within: 30 days → none",
    ),
    (
        |t| t.grace_days = 10,
        "关账宽限期：5 天 → 10 天",
        "Days before a period may be closed: 5 days → 10 days",
    ),
    (
        |t| t.expires_after_months = Some(12),
        "转为可用后的有效期：不到期 → 12 个月",
        "Expires after it became available: never → 12 months",
    ),
    (
        |t| t.owner = Some("b@example.com".into()),
        "返利责任人：a@example.com → b@example.com",
        "Owner: a@example.com → b@example.com",
    ),
    (|t| t.contract_ref = None, "合同编号：HT-1 → 无", "Contract: HT-1 → none"),
    (|t| t.name.zh_cn = "年度返利".into(), "中文名称：Q → 年度返利", "Chinese name: Q → 年度返利"),
    (|t| t.name.en = "Annual".into(), "英文名称：Q → Annual", "English name: Q → Annual"),
    (
        |t| t.customers.types = list(&[]),
        "适用客户类型：经销商 → 不限",
        "Customer types: distributor → any",
    ),
    (
        |t| t.customers.classes = list(&["regular", "vip"]),
        "适用客户等级：增加 普通；去掉 大客户",
        "Customer classes: adds regular; drops key account",
    ),
    (
        |t| t.customers.regions = list(&["华东", "华南", "华北"]),
        "适用区域：增加 华南、华北",
        "Regions: adds 华南, 华北",
    ),
    (
        |t| t.customers.codes = (1..=25).map(|n| format!("C{n}")).collect(),
        "指定客户：增加 C3、C4、C5、C6、C7、C8、C9、C10、C11、C12、C13、C14、C15、C16、C17、C18、C19、C20、C21、C22等，另有 3 项",
        "Named customers: adds C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17, C18, C19, C20, C21, C22 and 3 more",
    ),
    (|t| t.customers.groups = list(&[]), "适用集团：G1 → 不限", "Groups: G1 → any"),
    (|t| t.customers.except = list(&[]), "排除客户：C9 → 无", "Customers left out: C9 → none"),
    (
        |t| t.customers.min_tenure_months = 1,
        "期初须满的合作时间：12 个月 → 1 个月",
        "Business required at the start of a period: 12 months → 1 month",
    ),
    (
        |t| t.customers.min_tenure_months = 0,
        "期初须满的合作时间：12 个月 → 无",
        "Business required at the start of a period: 12 months → none",
    ),
    (
        |t| t.products.categories = list(&["电视", "冰箱"]),
        "返利产品的类别：增加 冰箱",
        "Earning products, categories: adds 冰箱",
    ),
    (
        |t| t.products.brands = list(&[]),
        "返利产品的品牌：X → 不限",
        "Earning products, brands: X → any",
    ),
    (
        |t| t.products.codes = list(&["P2"]),
        "返利产品的代码：增加 P2；去掉 P1",
        "Earning products, codes: adds P2; drops P1",
    ),
    (
        |t| t.products.except_categories = list(&[]),
        "返利产品的排除类别：A → 无",
        "Earning products, categories left out: A → none",
    ),
    (
        |t| t.products.except_brands = list(&["B", "D"]),
        "返利产品的排除品牌：增加 D",
        "Earning products, brands left out: adds D",
    ),
    (
        |t| t.products.except_codes = list(&["D"]),
        "返利产品的排除代码：增加 D；去掉 C",
        "Earning products, codes left out: adds D; drops C",
    ),
    (
        |t| t.qualifying_products = None,
        "考核产品：产品类别为电视；品牌为X；指定产品 P1；不含类别A；不含品牌B；不含产品 C → 与返利产品相同",
        "Products that count towards the tier: category 电视; brand X; product P1; without category A; without brand B; without product C → those that earn",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().categories = list(&[]),
        "考核产品的类别：电视 → 不限",
        "Products that count towards the tier, categories: 电视 → any",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().brands = list(&["Y"]),
        "考核产品的品牌：增加 Y；去掉 X",
        "Products that count towards the tier, brands: adds Y; drops X",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().codes = list(&[]),
        "考核产品的代码：P1 → 不限",
        "Products that count towards the tier, codes: P1 → any",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().except_categories = list(&[]),
        "考核产品的排除类别：A → 无",
        "Products that count towards the tier, categories left out: A → none",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().except_brands = list(&[]),
        "考核产品的排除品牌：B → 无",
        "Products that count towards the tier, brands left out: B → none",
    ),
    (
        |t| t.qualifying_products.as_mut().unwrap().except_codes = list(&[]),
        "考核产品的排除代码：C → 无",
        "Products that count towards the tier, codes left out: C → none",
    ),
    (
        |t| t.measure.kind = MeasureKind::Target,
        "考核口径：同比增长率 → 目标达成率",
        "Measure: growth year on year → attainment of the target",
    ),
    (
        |t| t.measure.of = MeasureOf::Amount,
        "增长率和达成率的依据：数量 → 净额",
        "Growth and attainment are of: quantities → net purchases",
    ),
    (
        |t| t.measure.window = Window::Period,
        "考核区间：当年累计 → 单个返利期间",
        "Measured over: the year to date → the period",
    ),
    (
        |t| t.measure.scope = MeasureScope::Customer,
        "考核范围：集团合计 → 客户自身",
        "Whose purchases are measured: the whole group’s → the customer’s own",
    ),
    (
        |t| t.measure.beneficiary = Beneficiary::Member,
        "返利归属：上级客户 → 各成员客户",
        "Who earns: the parent company → each member of the group",
    ),
    (
        |t| t.measure.no_baseline = NoBaseline::None,
        "没有基期时：第 1 级 → 不返利",
        "Without a baseline: tier 1 → no rebate",
    ),
    (
        |t| t.measure.growth_on = GrowthOn::Banded,
        "增长返利的计算对象：超出基期的部分 → 超出基期的部分，按增幅分段",
        "Growth earns on: what exceeds the baseline → what exceeds the baseline, band by band",
    ),
    (
        |t| t.measure.date = DateBasis::Paid,
        "归属期间的日期：交货日期 → 付款日期",
        "Lines count by: delivery date → payment date",
    ),
    (
        |t| t.reward.tier_mode = TierMode::Total,
        "阶梯算法：全额 → 逐级叠加",
        "How tiers pay: all units → total",
    ),
    (
        |t| t.reward.bound = Bound::AtLeast,
        "阶梯起点：超过才计（不含起点） → 达到即计（含起点）",
        "A tier is reached with: more than its bound → its bound or more",
    ),
    (
        |t| t.reward.rounding = Rounding::HalfUp,
        "舍入方式：四舍六入五成双 → 四舍五入",
        "Halves round: to even → up",
    ),
    (
        |t| t.reward.guarantee = None,
        "每期保底：¥10.00 → 无",
        "Guaranteed per period: ¥10.00 → none",
    ),
    (
        |t| t.reward.guarantee_cumulative = Some(200.into()),
        "全年累计保底：¥100.00 → ¥200.00",
        "Guaranteed per year: ¥100.00 → ¥200.00",
    ),
    (
        |t| t.reward.cap = Some(6_000.into()),
        "每期封顶：¥5,000.00 → ¥6,000.00",
        "Cap per period: ¥5,000.00 → ¥6,000.00",
    ),
    (
        |t| t.reward.cap_total = None,
        "政策期内累计封顶：¥50,000.00 → 无",
        "Cap over the whole programme: ¥50,000.00 → none",
    ),
    (
        |t| t.reward.minimum_payout = Some(1.into()),
        "最低兑付额：¥50.00 → ¥1.00",
        "Minimum payout: ¥50.00 → ¥1.00",
    ),
    (|t| t.reward.tiers[0].from = 4.into(), "第 1 级门槛：5% → 4%", "Threshold of tier 1: 5% → 4%"),
    (
        |t| t.reward.tiers[0].reward = TierReward::PerUnit(3.into()),
        "第 1 级返利：每件 ¥1.00 → 每件 ¥3.00",
        "Rebate of tier 1: ¥1.00 per unit → ¥3.00 per unit",
    ),
    (
        |t| t.reward.tiers[1].from = 12.into(),
        "第 2 级门槛：10% → 12%",
        "Threshold of tier 2: 10% → 12%",
    ),
    (
        |t| t.reward.tiers[1].reward = TierReward::LumpSum(3.into()),
        "第 2 级返利：每件 ¥2.00 → ¥3.00",
        "Rebate of tier 2: ¥2.00 per unit → ¥3.00",
    ),
    (
        |t| {
            let tier = Tier { from: 20.into(), reward: TierReward::PerUnit(3.into()) };
            t.reward.tiers.push(tier);
        },
        "新增第 3 级：超过 20% 返每件 ¥3.00",
        "New tier 3: more than 20% earn ¥3.00 per unit",
    ),
    (
        |t| {
            t.reward.tiers.remove(0);
        },
        "取消原第 1 级：超过 5% 返每件 ¥1.00",
        "Former tier 1 is dropped: more than 5% earn ¥1.00 per unit",
    ),
    (
        |t| t.overlap = None,
        "与其他政策的关系：互斥组“annual”内取优先级数字最小的一项 → 叠加计算",
        "Beside other programmes: competes in the exclusive group “annual”, the lowest priority number counts → adds up",
    ),
    (
        |t| t.overlap.as_mut().unwrap().exclusive_group = "b".into(),
        "互斥组：annual → b",
        "Exclusive group: annual → b",
    ),
    (
        |t| t.overlap.as_mut().unwrap().rule = OverlapRule::Best,
        "互斥规则：取优先级数字最小的一项 → 取返利最高的一项",
        "Rule of the exclusive group: the lowest priority number counts → the highest rebate counts",
    ),
    (|t| t.overlap.as_mut().unwrap().priority = Some(5), "优先级：10 → 5", "Priority: 10 → 5"),
];

#[test]
fn each_change_of_terms_is_one_sentence() {
    let old = full();
    let mut changed = BTreeSet::new();
    for (change, zh, en) in CHANGES {
        let mut new = old.clone();
        change(&mut new);
        assert_eq!(compare(&old, &new, words(Language::ZhCn)), [*zh]);
        assert_eq!(compare(&old, &new, words(Language::En)), [*en]);
        let (before, after) = (values(&old), values(&new));
        changed.extend(
            before.iter().filter(|(at, was)| after.get(*at) != Some(was)).map(|(at, _)| at.clone()),
        );
    }
    // Every field of the terms was changed by one of them.
    let all: BTreeSet<String> = values(&old).into_keys().collect();
    assert_eq!(changed, all);
}

#[test]
fn the_same_terms_differ_in_nothing_and_many_changes_are_said_one_by_one() {
    let old = full();
    for language in Language::ALL {
        assert_eq!(compare(&old, &old, words(*language)), [] as [String; 0]);
        let mut other_order = old.clone();
        other_order.customers.classes.reverse();
        assert_eq!(compare(&old, &other_order, words(*language)), [] as [String; 0]);
    }
    let old = policy("kind = \"amount\"", ONE, "");
    let tiers = "cap = \"5000\"\ntier_mode = \"all_units\"\ntiers = [{ from = \"40000\", percent = \"3\" }, \
                 { from = \"100000\", percent = \"5.5\" }]";
    let new = policy("kind = \"amount\"", tiers, "");
    assert_eq!(
        compare(&old, &new, words(Language::En)),
        [
            "Cap per period: none → ¥5,000.00",
            "New tier 1: at least ¥40,000.00 earn 3%",
            "Rebate of tier 2: 5% → 5.5%",
        ]
    );
}
