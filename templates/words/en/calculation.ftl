calc-base-money = Base: net amount { $amount } (earning lines: { $lines })
calc-base-units = Base: quantity { $amount } (earning lines: { $lines })
calc-measure-money = Measure: net amount { $amount } (qualifying lines: { $lines })
calc-measure-units = Measure: quantity { $amount } (qualifying lines: { $lines })
calc-not-eligible = The programme does not cover this customer in this period
calc-no-tier = Below the first tier ({ $from }), { $gap } short
calc-tier = Tier { $tier } reached (from { $from })
calc-whole = Tier { $tier }: { $on } × { $rate } = { $amount }
calc-slab = Tier { $tier }, the part from { $from } to { $to }: { $on } × { $rate } = { $amount }
calc-ceiling = Tier { $tier } at its ceiling: { $on } × { $rate } = { $amount }
calc-lump-sum = Tier { $tier }, lump sum: { $amount }
calc-sum = Total: { $amount }
calc-floor = The base is { $base }, not above zero, so the rebate is zero
calc-guarantee = { $before } is below the guarantee, so { $amount } is paid
calc-cap = { $before } is above the cap, so { $amount } is paid
calc-round = Rounded once per period: { $before } becomes { $amount }
calc-gap-money = { $gap } more reaches tier { $tier } ({ $rate })
calc-gap-money-each = { $gap } more reaches tier { $tier } ({ $rate } per unit)
calc-gap-units = { $gap } more units reach tier { $tier } ({ $rate })
calc-gap-units-each = { $gap } more units reach tier { $tier } ({ $rate } per unit)
calc-reason-not-in-force = The programme is not in force in this period
calc-reason-not-eligible = The programme does not cover this customer
calc-reason-no-lines = No sales line of this period earns or qualifies
calc-reason-no-earning-lines = Lines qualify, but none of them earns
calc-reason-base-not-positive = The base is { $base }, not above zero
calc-reason-below-first-tier = Below the first tier ({ $from }), { $gap } short
calc-reason-tier-pays-nothing = The reached tier pays nothing on the amount so far
calc-reason-rounds-to-zero = Less than half of the smallest unit of money
calc-reason-too-large = The amounts are too large to compute exactly; please contact the owner of the programme
calc-sentence = { $period } rebate = { $formula } = { $rebate }
calc-sentence-plain = { $period } rebate = { $rebate }
calc-sentence-rounded = { $period } rebate = { $formula } = { $before } ≈ { $rebate }
calc-sentence-capped = { $period } rebate = { $formula }, which is { $before }, capped at { $rebate }
calc-sentence-guaranteed = { $period } rebate = { $formula }, which is { $before }, raised to the guaranteed { $rebate }
calc-sentence-guarantee-only = { $period } rebate: the tiers pay { $before }, raised to the guaranteed { $rebate }
calc-zero-not-in-force = { $period } rebate is { $rebate }: the programme is not in force in this period
calc-zero-not-eligible = { $period } rebate is { $rebate }: the programme does not cover this customer
calc-zero-no-lines = { $period } rebate is { $rebate }: no sales line of this period earns or qualifies
calc-zero-no-earning-lines = { $period } rebate is { $rebate }: lines qualify, but none of them earns
calc-zero-base-not-positive = { $period } rebate is { $rebate }: the base is { $base }, not above zero
calc-zero-below-first-tier = { $period } rebate is { $rebate }: below the first tier ({ $from }), { $gap } short
calc-zero-tier-pays-nothing = { $period } rebate is { $rebate }: the reached tier pays nothing on the amount so far
calc-zero-rounds-to-zero = { $period } rebate is { $rebate }: less than half of the smallest unit of money
calc-zero-too-large = { $period } rebate not computed: the amounts are too large to compute exactly; please contact the owner of the programme
exclusion-other-currency = not in the programme’s currency
exclusion-date-missing = the date that decides (delivery or payment) is not known yet
exclusion-outside-policy = outside the programme’s validity
exclusion-unknown-product = unknown product
exclusion-category = category not included
exclusion-brand = brand not included
exclusion-code = product not included
exclusion-except-category = category excluded
exclusion-except-brand = brand excluded
exclusion-except-code = product excluded
calc-group-measure = Group { $group }: its customers with lines ({ $customers }) come to { $amount } together
calc-growth = Growth: { $current } over the baseline { $baseline } = { $percent }
calc-attainment = Attainment: { $current } of the target { $target } = { $percent }
calc-no-baseline = There is no baseline above zero, so no rebate
calc-no-baseline-tier = There is no baseline above zero, so by the terms tier { $tier } counts as reached
calc-no-target = No target is set for this period, so no rebate
calc-excess = Tier { $tier }, on what exceeds the baseline: { $on } × { $rate } = { $amount }
calc-band = Tier { $tier }, growth from { $from } to { $to }: { $on } × { $rate } = { $amount }
calc-band-top = Tier { $tier }, growth above { $from }: { $on } × { $rate } = { $amount }
calc-to-date = The year to date earns { $earned }, earlier periods of the year earned { $before }; the difference is this period’s
calc-year-guarantee = The periods of the year come to { $earned }, below the guaranteed { $least }; this period makes it up with { $amount }
calc-cap-total = The programme pays at most { $most } in total and has paid { $earned } before; of { $before }, { $amount } remains
calc-earned-by-parent = The parent of group { $group } earns on the purchases of all its customers
calc-lost = Programme { $policy } counts instead, as the two exclude each other; this one would have paid { $amount }
calc-reason-no-baseline = There is no baseline above zero
calc-reason-no-target = No target is set for this period
calc-reason-earned-by-parent = The rebate belongs to the parent company of the group
calc-reason-no-parent = The rebate would belong to the parent company of the group, and no customer has the group’s code
calc-reason-earned-before = Earlier periods of the year have earned it already
calc-reason-cap-total-used = Earlier periods have used up what the programme pays in total
calc-reason-lost-to-other = Programme { $policy } counts instead, as the two exclude each other
calc-zero-no-baseline = { $period } rebate is { $rebate }: there is no baseline above zero
calc-zero-no-target = { $period } rebate is { $rebate }: no target is set for this period
calc-zero-earned-by-parent = { $period } rebate is { $rebate }: the rebate belongs to the parent company of the group
calc-zero-no-parent = { $period } rebate is { $rebate }: the rebate would belong to the parent company of the group, and no customer has the group’s code
calc-zero-earned-before = { $period } rebate is { $rebate }: earlier periods of the year have earned it already
calc-zero-cap-total-used = { $period } rebate is { $rebate }: earlier periods have used up what the programme pays in total
calc-zero-lost-to-other = { $period } rebate is { $rebate }: programme { $policy } counts instead, as the two exclude each other
calc-baseline-lines = The baseline comes from lines of { $first } to { $last } (qualifying lines: { $lines })
calc-baseline-imported = The baseline is the agreed figure
calc-baseline-both = The baseline comes from agreed figures and from lines of { $first } to { $last } (qualifying lines: { $lines })
calc-sentence-year-guaranteed = { $period } rebate: the periods of the year come to { $before }, below the guaranteed { $least }; this period makes it up with { $rebate }
