dispute-event-snoozed = 暂缓处理
dispute-event-woken = 提前恢复处理
dispute-event-merged = 与另一件争议合并
dispute-event-absorbed = 另一件争议并入
dispute-event-linked = 关联争议
dispute-event-unlinked = 取消关联

dispute-snooze-not-yours = 只有该争议的负责人可以暂缓处理。请先将争议分派给自己。
dispute-snooze-past = 请选择今天以后的日期。
dispute-snooze-overdue = 该争议的期限为 { $due }，须先处理，不能暂缓。
dispute-snooze-beyond-due = 该争议的期限为 { $due }，暂缓期间照常计时，最晚可暂缓至当日。
dispute-snooze-too-far = 最多可暂缓 { $days } 天，即最晚至 { $last }。
dispute-not-snoozed = 该争议并未暂缓。
dispute-merge-decided = 该争议已有裁定，不能再与其他争议合并。
dispute-merge-unknown = 没有找到该客户编号为“{ $number }”的争议。
dispute-merge-itself = 不能将争议并入其自身。
dispute-merge-into-decided = 争议 { $number } 已有裁定或已办结，不能再并入。请选择尚未裁定的争议。
dispute-link-unknown = 没有找到编号为“{ $number }”的争议。
dispute-link-itself = 不能将争议与其自身关联。
dispute-link-there = 与争议 { $number } 已经关联。

saved-brace-open = 有一个左大括号“{ "{" }”没有对应的右大括号。
saved-placeholder-unknown = 没有名为“{ $name }”的占位符。可用：{ "{" }客户{ "}" }、{ "{" }编号{ "}" }、{ "{" }事项{ "}" }、{ "{" }期限{ "}" }、{ "{" }负责人{ "}" }。
saved-title-missing = 请填写标题。
saved-title-too-long = 标题最多 { $most } 个字。
saved-needs-writer = 只有客户经理和申诉复核人员可以使用常用回复。
saved-changed-meanwhile = 该常用回复刚刚被他人更改，请核对后再保存；您填写的内容仍然保留。

audit-did-dispute-snoozed = 暂缓处理争议
audit-did-dispute-woken = 提前恢复处理争议
audit-did-dispute-merged = 合并争议
audit-did-dispute-absorbed = 并入另一件争议
audit-did-dispute-linked = 关联争议
audit-did-dispute-unlinked = 取消关联争议
audit-did-saved-reply-added = 新增常用回复
audit-did-saved-reply-changed = 修改常用回复
audit-did-saved-reply-removed = 删除常用回复
audit-did-saved-reply-taken = 使用常用回复
audit-kind-saved-reply = 常用回复

letter-kind-dispute-merged = 争议已合并
mail-kind-dispute-merged = 争议与另一件合并
mail-fact-merged-into = 继续处理的争议
mail-dispute-merged-subject = 争议 {$number} 已与另一件合并
mail-dispute-merged-purpose = 争议 {$number} 已与另一件合并处理。
mail-dispute-merged-next = 两件争议涉及同一事项，今后统一在争议 {$into} 中处理。您已提交的说明和附件均已保留，无需重新提交。
