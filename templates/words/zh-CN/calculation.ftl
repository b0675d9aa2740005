calc-base-money = 计提基数：{ $lines } 行参与返利的明细，净额合计 { $amount }
calc-base-units = 计提基数：{ $lines } 行参与返利的明细，数量合计 { $amount }
calc-measure-money = 考核口径：{ $lines } 行参与考核的明细，净额合计 { $amount }
calc-measure-units = 考核口径：{ $lines } 行参与考核的明细，数量合计 { $amount }
calc-not-eligible = 该客户在本期间不在政策适用范围内
calc-no-tier = 未达到第一级阶梯（{ $from }），还差 { $gap }
calc-tier = 达到第 { $tier } 级阶梯（起点 { $from }）
calc-whole = 第 { $tier } 级：{ $on } × { $rate } = { $amount }
calc-slab = 第 { $tier } 级，{ $from } 至 { $to } 的部分：{ $on } × { $rate } = { $amount }
calc-ceiling = 第 { $tier } 级按其上限计：{ $on } × { $rate } = { $amount }
calc-lump-sum = 第 { $tier } 级定额返利：{ $amount }
calc-sum = 合计 { $amount }
calc-floor = 计提基数为 { $base }，不大于零，返利为零
calc-guarantee = { $before } 低于保底金额，按保底 { $amount } 计
calc-cap = { $before } 超过封顶金额，按封顶 { $amount } 计
calc-round = 每期只舍入一次：{ $before } 舍入为 { $amount }
calc-gap-money = 再采购 { $gap } 可达第 { $tier } 级（{ $rate }）
calc-gap-money-each = 再采购 { $gap } 可达第 { $tier } 级（每件 { $rate }）
calc-gap-units-each = 再采购 { $gap } 件可达第 { $tier } 级（每件 { $rate }）
calc-gap-units = 再采购 { $gap } 件可达第 { $tier } 级（{ $rate }）
calc-reason-not-in-force = 政策在该期间未生效
calc-reason-not-eligible = 客户不在政策适用范围内
calc-reason-no-lines = 该期间没有参与返利的销售明细
calc-reason-no-earning-lines = 有参与考核的明细，但没有参与返利的明细
calc-reason-base-not-positive = 计提基数为 { $base }，不大于零
calc-reason-below-first-tier = 未达到第一级阶梯（{ $from }），还差 { $gap }
calc-reason-tier-pays-nothing = 所达阶梯在当前数额下不产生返利
calc-reason-rounds-to-zero = 金额不足最小货币单位，舍入为零
calc-reason-too-large = 数额过大，无法精确计算，请联系返利责任人
calc-sentence = { $period } 返利 = { $formula } = { $rebate }
calc-sentence-plain = { $period } 返利 = { $rebate }
calc-sentence-rounded = { $period } 返利 = { $formula } = { $before } ≈ { $rebate }
calc-sentence-capped = { $period } 返利 = { $formula }，得 { $before }，按封顶计 { $rebate }
calc-sentence-guaranteed = { $period } 返利 = { $formula }，得 { $before }，按保底计 { $rebate }
calc-sentence-guarantee-only = { $period } 返利：按阶梯得 { $before }，按保底计 { $rebate }
calc-zero-not-in-force = { $period } 返利为 { $rebate }：政策在该期间未生效
calc-zero-not-eligible = { $period } 返利为 { $rebate }：客户不在政策适用范围内
calc-zero-no-lines = { $period } 返利为 { $rebate }：该期间没有参与返利的销售明细
calc-zero-no-earning-lines = { $period } 返利为 { $rebate }：有参与考核的明细，但没有参与返利的明细
calc-zero-base-not-positive = { $period } 返利为 { $rebate }：计提基数为 { $base }，不大于零
calc-zero-below-first-tier = { $period } 返利为 { $rebate }：未达到第一级阶梯（{ $from }），还差 { $gap }
calc-zero-tier-pays-nothing = { $period } 返利为 { $rebate }：所达阶梯在当前数额下不产生返利
calc-zero-rounds-to-zero = { $period } 返利为 { $rebate }：金额不足最小货币单位，舍入为零
calc-zero-too-large = { $period } 返利未计算：数额过大，无法精确计算，请联系返利责任人
exclusion-other-currency = 币种与政策不同
exclusion-date-missing = 尚无政策规定的日期（交货或付款）
exclusion-outside-policy = 不在政策有效期内
exclusion-unknown-product = 产品未知
exclusion-category = 产品类别不在范围内
exclusion-brand = 品牌不在范围内
exclusion-code = 产品不在范围内
exclusion-except-category = 产品类别被排除
exclusion-except-brand = 品牌被排除
exclusion-except-code = 产品被排除
calc-group-measure = 集团 { $group } 中有明细的 { $customers } 家客户合计 { $amount }
calc-growth = 同比增长：{ $current } 对比基期 { $baseline }，增长率 { $percent }
calc-attainment = 达成率：{ $current } ÷ 目标 { $target } = { $percent }
calc-no-baseline = 没有基期或基期不大于零，不返利
calc-no-baseline-tier = 没有基期或基期不大于零，按条款视同达到第 { $tier } 级
calc-no-target = 本期没有约定目标，不返利
calc-excess = 第 { $tier } 级，超出基期的部分：{ $on } × { $rate } = { $amount }
calc-band = 第 { $tier } 级，增幅 { $from } 至 { $to } 的部分：{ $on } × { $rate } = { $amount }
calc-band-top = 第 { $tier } 级，增幅 { $from } 以上的部分：{ $on } × { $rate } = { $amount }
calc-to-date = 当年累计应得 { $earned }，此前各期已得 { $before }，差额为本期返利
calc-year-guarantee = 当年各期合计 { $earned }，低于全年保底 { $least }，本期补足，按 { $amount } 计
calc-cap-total = 政策累计封顶 { $most }，此前各期已得 { $earned }；本期应得 { $before }，按 { $amount } 计
calc-earned-by-parent = 集团 { $group } 的返利归上级客户，按集团全部采购计算
calc-lost = 与政策 { $policy } 互斥，以该政策为准；本政策原可得 { $amount }
calc-reason-no-baseline = 没有基期或基期不大于零
calc-reason-no-target = 本期没有约定目标
calc-reason-earned-by-parent = 返利归集团的上级客户
calc-reason-no-parent = 返利应归集团的上级客户，但没有客户使用该集团代码
calc-reason-earned-before = 累计应得返利已在当年此前各期计提
calc-reason-cap-total-used = 此前各期已达到累计封顶
calc-reason-lost-to-other = 与政策 { $policy } 互斥，以该政策为准
calc-zero-no-baseline = { $period } 返利为 { $rebate }：没有基期或基期不大于零
calc-zero-no-target = { $period } 返利为 { $rebate }：本期没有约定目标
calc-zero-earned-by-parent = { $period } 返利为 { $rebate }：返利归集团的上级客户
calc-zero-no-parent = { $period } 返利为 { $rebate }：返利应归集团的上级客户，但没有客户使用该集团代码
calc-zero-earned-before = { $period } 返利为 { $rebate }：累计应得返利已在当年此前各期计提
calc-zero-cap-total-used = { $period } 返利为 { $rebate }：此前各期已达到累计封顶
calc-zero-lost-to-other = { $period } 返利为 { $rebate }：与政策 { $policy } 互斥，以该政策为准
calc-baseline-lines = 基期取自上年同期（{ $first }至{ $last }）参与考核的 { $lines } 行明细
calc-baseline-imported = 基期为约定的基期值
calc-baseline-both = 基期由约定的基期值与上年同期（{ $first }至{ $last }）的 { $lines } 行明细合计而成
calc-sentence-year-guaranteed = { $period } 返利：当年各期合计 { $before }，低于全年保底 { $least }，本期补足为 { $rebate }
