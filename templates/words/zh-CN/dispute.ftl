
dispute-category-missing-invoice = 缺少发票
dispute-category-wrong-amount = 数量或金额有误
dispute-category-wrong-tier = 阶梯或比例有误
dispute-category-wrong-return = 退货计算有误
dispute-category-product-excluded = 产品被误排除
dispute-category-payout-not-received = 未收到兑付款
dispute-category-other = 其他

dispute-subject-accrual = 返利
dispute-subject-statement = 对账单
dispute-subject-statement-line = 对账单明细
dispute-subject-line = 采购明细
dispute-subject-payout = 兑付单
dispute-subject-missing-invoice = 缺少的发票
dispute-subject-free = 其他事项

dispute-outcome-accepted = 全部支持
dispute-outcome-partly = 部分支持
dispute-outcome-rejected = 不支持
dispute-outcome-accepted-without-money = 支持，无需调整金额

dispute-side-customer = 客户
dispute-side-customer-you = 贵公司
dispute-side-staff = 工作人员
dispute-side-system = 系统

dispute-event-filed = 提交争议
dispute-event-assigned = 分派
dispute-event-reply = 回复
dispute-event-note = 内部备注
dispute-event-question = 请客户补充
dispute-event-question-you = 请贵公司补充
dispute-event-answer = 客户留言
dispute-event-answer-you = 贵公司留言
dispute-event-file-added = 添加附件
dispute-event-proposed = 提出裁定
dispute-event-decision-approved = 裁定获批
dispute-event-decision-returned = 裁定被退回
dispute-event-decided = 作出裁定
dispute-event-accepted = 客户接受
dispute-event-accepted-you = 贵公司接受
dispute-event-lapsed = 逾期未申诉，自动关闭
dispute-event-appealed = 提出申诉
dispute-event-appeal-taken = 受理申诉
dispute-event-appeal-decided = 作出申诉裁定
dispute-event-withdrawn = 撤回

dispute-is-submitted = 该争议尚未受理，无法进行此操作，未作任何更改。
dispute-is-in-review = 该争议正在处理，无法进行此操作，未作任何更改。
dispute-is-waiting-customer = 该争议正在等待客户补充，无法进行此操作，未作任何更改。
dispute-is-awaiting-approval = 该争议的裁定正在等待审批，无法进行此操作，未作任何更改。
dispute-is-decided = 该争议已作出裁定，未作任何更改。
dispute-is-appealed = 该争议已提出申诉，无法进行此操作，未作任何更改。
dispute-is-appeal-review = 该申诉正在复核，无法进行此操作，未作任何更改。
dispute-is-appeal-decided = 该申诉已作出最终裁定，未作任何更改。
dispute-is-closed = 该争议已关闭，未作任何更改。
dispute-is-withdrawn = 该争议已撤回，未作任何更改。

dispute-changed-meanwhile = 该争议刚刚被他人更改，请重新核对；您填写的内容仍然保留。
dispute-needs-customer-finance = 只有客户的财务人员和管理员可以进行此操作。
dispute-needs-manager = 只有负责该争议的客户经理可以进行此操作。
dispute-needs-staff = 只有工作人员可以进行此操作。
dispute-needs-approver = 只有审批人可以进行此操作。
dispute-needs-reviewer = 只有受理该申诉的复核人员可以进行此操作。
dispute-needs-schedule = 此操作由系统自动进行。
dispute-own-approval = 该裁定由您提出，须由他人审批。
dispute-own-appeal = 您在申诉前参与过该争议的处理，须由他人复核。
dispute-appeal-too-late = 已超过申诉期限。
dispute-granted-missing = 请填写支持的金额，须大于零。
dispute-granted-without-acceptance = 选择此结果时不能填写支持金额。
dispute-beyond = 本次裁定后合计支持 { $granted }，比争议金额 { $disputed } 多 { $excess }。确属本意请勾选确认，否则请更正金额。
dispute-reason-missing = 请填写理由，客户将会看到。
dispute-text-missing = { $field ->
    [reply] 请填写写给客户的内容。
    [note] 请填写备注内容。
    [appeal] 请填写申诉理由。
    [reason] 请填写理由。
    [return_reason] 请填写退回原因。
   *[other] 请填写说明或留言。
}
dispute-text-too-long = 最多填写 2,000 个字。
dispute-amount-negative = { $field ->
    [expected] 您认为正确的金额不能为负数。
    [disputed] 争议金额不能为负数。
   *[other] 金额不能为负数。
}
dispute-assignee-no-manager = 请选择一位在职的客户经理。
dispute-too-many-files = 每件争议最多可附 { $most } 个文件。
dispute-file-empty = 文件 { $name } 是空的。
dispute-file-too-large = 文件 { $name } 超过 10 MB。
dispute-file-type = 不支持文件 { $name } 的类型。请上传 PDF、PNG、JPEG、WebP、Excel（.xlsx）、Word（.docx）、CSV 或文本文件。
