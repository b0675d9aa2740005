explain-title = Explain this number
explain-programme = Programme
explain-version = version { $version }
explain-period = Period
explain-state = State
explain-closed-at = closed { $at }
explain-rebate = Rebate
explain-sentence = Where this number comes from
explain-estimated = The period is still open: this is an estimate from lines up to { $day }. Further purchases and returns will change it.
explain-checks = Does it add up?
explain-lines-agree = Counted lines { $sum } = base { $base }
explain-lines-differ = Counted lines now come to { $sum }, the base was { $base }: lines came in since the last calculation and count in the next one
explain-ledger-agrees = Booked { $booked } = rebate { $rebate }
explain-ledger-differs = Booked { $booked }, but the rebate is { $rebate }: please tell your contact
explain-rule = The rule
explain-rule-full = The rule in full
explain-steps = Step by step
explain-computed = Computed { $at } from lines up to { $day }
explain-counted = Lines that count
explain-counted-none = No line counts in this period.
explain-others = Lines that earn nothing
explain-others-none = Every line of this period counts.
explain-line-count = { $count ->
    [one] { $count } line
   *[other] { $count } lines
 }
explain-shown = lines { $first } to { $last } on this page
explain-lines-before = Previous lines
explain-lines-after = Further lines
explain-date = Document date
explain-document = Document
explain-product = Product
explain-quantity = Quantity
explain-net = Net amount
explain-reason = Reason
explain-return = Return
explain-total = Total (all lines)
explain-earns-only = earns, but doesn't count towards the tier
explain-qualifies-only = counts towards the tier only
explain-xlsx = Export lines to Excel (XLSX)
explain-csv = Export lines as CSV
explain-booked = What was booked
explain-booked-none = Nothing has been booked yet.
explain-booked-on = Date
explain-booked-what = What
explain-booked-in = Booked in
explain-amount = Amount
explain-booked-accrual = Accrual changed
explain-booked-prior = Prior-period adjustment
explain-booked-closing = Period closed: estimated becomes earned
explain-prior-period = of { $period }
explain-booked-total = Booked in all (closing only moves it between accounts)
explain-wrong-title = Something wrong?
explain-wrong-lead = If an invoice is missing, or the tier, a return or an amount is wrong, tell us. We check it together with what this page shows and answer in writing.
explain-wrong = This is wrong
explain-wrong-role = To contest a number you need a finance or manager account of your company.
