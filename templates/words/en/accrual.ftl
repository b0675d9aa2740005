accrual-no-such-policy = There is no published policy { $code }.
accrual-no-such-customer = There is no customer { $code }.
accrual-nothing-computed = Nothing was computed for policy { $policy }, customer { $customer }, period { $period }: no line of that customer counts there yet, or no accrual run has looked at it.
accrual-close-too-early = { $period } of policy { $policy } may be closed from { $from }, after its end and its days of grace.
accrual-close-no-policy = No published policy has the period { $period }.
accrual-as-of-ahead = { $as_of } is in the future: today is { $today }. Choose today or an earlier day.
