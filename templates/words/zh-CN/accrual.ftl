accrual-no-such-policy = 没有已发布的返利政策 { $code }。
accrual-no-such-customer = 没有客户 { $code }。
accrual-nothing-computed = 政策 { $policy }、客户 { $customer }、期间 { $period } 尚无计提：该客户在此期间没有计入的明细，或尚未运行计提。
accrual-close-too-early = 政策 { $policy } 的 { $period } 须待期间结束且宽限期满后，自 { $from } 起方可关账。
accrual-close-no-policy = 没有期间为 { $period } 的已发布政策。
accrual-as-of-ahead = 计提截止日{ $as_of }晚于今天{ $today }，请选择今天或之前的日期。
