

payout-exclusion-still-estimated = 返利期间尚未关闭
payout-exclusion-expired = 已到期失效
payout-exclusion-in-payout = 已兑付或已列入兑付单
payout-exclusion-set-off = 为负数，与其他返利抵扣
payout-exclusion-below-minimum = 未达到政策的最低兑付金额
payout-minimum-waits = { $waiting } 尚未达到政策的最低兑付金额，暂不兑付；现在最多可兑付 { $most }

payout-cause-accrual = 返利
payout-cause-dispute = 争议调整

payout-is-draft = 该兑付单仍为草稿，未作任何更改。
payout-is-submitted = 该兑付单正在等待审批，未作任何更改。
payout-is-approved = 该兑付单已批准，未作任何更改。
payout-is-sent = 该兑付单已付出，未作任何更改。
payout-is-settled = 该兑付单已到账，未作任何更改。
payout-is-returned = 该兑付单已被退回，未作任何更改；如需兑付，请另建兑付单。
payout-is-rejected = 该兑付单已被驳回，未作任何更改；如需兑付，请另建兑付单。
payout-needs-finance = 只有财务人员可以进行此操作。
payout-needs-approver = 只有审批人可以进行此操作。
payout-own-approval = 该兑付单由您编制或提交，须由他人审批。
payout-changed-since-shown = 该兑付单与页面显示的内容已不一致，请重新核对后再批准。
payout-nothing-available = 可用返利为 { $available }，没有可兑付的金额。
payout-nothing-available-held = 可用返利为 { $available }，没有可兑付的金额；另有 { $held } 因争议或办理中的兑付冻结。
payout-amount-not-positive = 请填写大于零的金额。
payout-reason-missing = 请填写原因。
payout-settled-on-impossible = 到账日期不能晚于今天，也不能早于批准日期。
