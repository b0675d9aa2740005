statement-no-term = 对账单按月、季度、半年或年度出具，{ $period } 不属于其中。
statement-too-early = { $period } 于 { $last } 结束，次日起方可出具对账单。
statement-answered-already = 对账单 { $number } 已答复，不能再次更改。
