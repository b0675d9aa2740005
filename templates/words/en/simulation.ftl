# Trying a policy out on past sales: src/web/staff/policy_simulation.rs
simulation-title = { $code }, version { $version }: tried on past sales
simulation-from = First day
simulation-to = Last day
simulation-compare-with = Compared with
simulation-compare-same = The version in force
simulation-compare-nothing = Nothing
simulation-run = Try it out
simulation-counted = Sales dated { $days } count. Nothing is stored.
simulation-moved = These terms apply to other days, so they were moved to { $days }. Nothing is stored.
simulation-against-moved = was moved in the same way, to { $days }.
simulation-nothing-to-compare = There is no other version of { $code } in force to compare with, so no difference is shown. Choose another policy under “Compared with”.
simulation-no-sales = There are no sales to try it on yet. Import some first.
simulation-nothing-counted = No sales in this period count under these terms.
simulation-without-target = { $count ->
    [one] One customer’s period has no target, and so no rebate.
   *[other] { $count } customers’ periods have no target, and so no rebate.
 }
simulation-without-baseline = { $count ->
    [one] One customer’s period has no baseline above zero.
   *[other] { $count } customers’ periods have no baseline above zero.
 }
simulation-half-known = Sales are known from { $month } on, so the baseline of { $periods } is only partly known: growth and rebate come out too high there.
simulation-days-reversed = The last day lies before the first.
simulation-too-long = At most three years at once.
simulation-days-ahead = There are no sales from that day on.
simulation-no-such-policy = There is no policy { $code } in force in this currency.
simulation-estimate = What it would have cost; an estimate
simulation-compared = Version { $version } of { $code }
simulation-cost = Rebate
simulation-difference = Difference
simulation-less = Rebate with 10% less bought
simulation-more = Rebate with 10% more bought
simulation-total = Total
simulation-earning = Rebates above zero
simulation-by-period = By period
simulation-by-class = By customer class
simulation-winners-and-losers = Who gains and who loses
simulation-gainers = Customers who would get more: { $winners }; less: { $losers }.
simulation-winners = Biggest gains
simulation-losers = Biggest losses
simulation-near = Just below a tier
simulation-near-about = Customers who lacked at most 10% of the next tier.
simulation-measured = Measured
simulation-nobody-near = Nobody.
simulation-more-near = { $count ->
    [one] One more isn’t named here.
   *[other] { $count } more aren’t named here.
 }
simulation-next-tier = Next tier from
simulation-gap = To go
simulation-share = To go, in percent
simulation-partly-named = Sums are over all customers; lists and files name your own.
simulation-xlsx = Every customer and period (XLSX)
simulation-csv = Every customer and period (CSV)
