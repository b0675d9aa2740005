//! The six policies of the made-up company, of different kinds.

use chrono::{Datelike, NaiveDate};

/// The policy files, for sales from `first` on; the promotion runs in the quarter before `today`.
pub fn files(first: NaiveDate, today: NaiveDate) -> Vec<String> {
    let promotion = promotion_days(today);
    vec![
        quarterly(first),
        monthly_units(first),
        yearly(first),
        half_year(first),
        regular(first),
        term(promotion),
    ]
}

/// Two months that ended at least a month ago.
fn promotion_days(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let start = today
        .checked_sub_months(chrono::Months::new(4))
        .and_then(|d| d.with_day(1))
        .unwrap_or(today);
    let end = start
        .checked_add_months(chrono::Months::new(2))
        .and_then(|d| d.pred_opt())
        .unwrap_or(start);
    (start, end)
}

fn quarterly(from: NaiveDate) -> String {
    format!(
        r#"code = "Q-DIST"
currency = "CNY"
period = "quarter"
from = {from}
form = "credit_note"
settle_within_days = 30
grace_days = 5
owner = "finance@demo.example"
contract_ref = "HT-2024-018"

[name]
zh-CN = "经销商季度达标返利"
en = "Distributor quarterly rebate"

[customers]
types = ["distributor"]

[measure]
kind = "amount"

[reward]
tier_mode = "all_units"
bound = "at_least"
minimum_payout = "100"

[[reward.tiers]]
from = "150000"
percent = "1"

[[reward.tiers]]
from = "300000"
percent = "2"

[[reward.tiers]]
from = "600000"
percent = "3"
"#
    )
}

fn monthly_units(from: NaiveDate) -> String {
    format!(
        r#"code = "M-LIGHT"
currency = "CNY"
period = "month"
from = {from}
form = "offset"
settle_within_days = 15
grace_days = 3
owner = "finance@demo.example"

[name]
zh-CN = "照明月度走量返利"
en = "Lighting monthly volume rebate"

[products]
categories = ["照明"]

[measure]
kind = "quantity"

[reward]
tier_mode = "all_units"

[[reward.tiers]]
from = "200"
per_unit = "0.35"

[[reward.tiers]]
from = "600"
per_unit = "0.60"
"#
    )
}

fn yearly(from: NaiveDate) -> String {
    format!(
        r#"code = "Y-KEY"
currency = "CNY"
period = "year"
from = {from}
form = "cash"
settle_within_days = 60
grace_days = 15
owner = "finance@demo.example"
contract_ref = "HT-2024-KEY"

[name]
zh-CN = "大客户年度累进返利"
en = "Key account annual rebate"

[customers]
classes = ["key"]

[products]
except_codes = ["P10001"]

[measure]
kind = "amount"

[reward]
tier_mode = "marginal"
cap = "200000"

[[reward.tiers]]
from = "500000"
percent = "1.5"

[[reward.tiers]]
from = "1500000"
percent = "2.5"

[[reward.tiers]]
from = "3000000"
percent = "4"
"#
    )
}

fn half_year(from: NaiveDate) -> String {
    format!(
        r#"code = "H-SHELF"
currency = "CNY"
period = "half_year"
from = {from}
form = "goods"
settle_within_days = 45
grace_days = 10
owner = "finance@demo.example"

[name]
zh-CN = "半年度陈列奖励"
en = "Half-year display bonus"

[customers]
classes = ["vip", "key"]

[products]
brands = ["明湖"]

[measure]
kind = "amount"

[reward]
tier_mode = "all_units"

[[reward.tiers]]
from = "100000"
lump_sum = "2000"

[[reward.tiers]]
from = "250000"
lump_sum = "6000"
"#
    )
}

fn regular(from: NaiveDate) -> String {
    format!(
        r#"code = "Q-REG"
currency = "CNY"
period = "quarter"
from = {from}
form = "offset"
settle_within_days = 30
grace_days = 5
owner = "finance@demo.example"

[name]
zh-CN = "普通客户季度累进返利"
en = "Regular customer quarterly rebate"

[customers]
classes = ["regular"]

[measure]
kind = "amount"

[reward]
tier_mode = "marginal"

[[reward.tiers]]
from = "80000"
percent = "1.2"

[[reward.tiers]]
from = "200000"
percent = "2"
"#
    )
}

fn term((from, to): (NaiveDate, NaiveDate)) -> String {
    format!(
        r#"code = "T-KITCHEN"
currency = "CNY"
period = "term"
from = {from}
to = {to}
form = "voucher"
settle_within_days = 30
grace_days = 7
owner = "finance@demo.example"

[name]
zh-CN = "厨房电器专项促销"
en = "Kitchen appliance promotion"

[customers]
regions = ["华东", "华南"]

[products]
categories = ["厨房电器"]

[measure]
kind = "amount"

[reward]
tier_mode = "all_units"

[[reward.tiers]]
from = "60000"
percent = "2.5"
"#
    )
}
