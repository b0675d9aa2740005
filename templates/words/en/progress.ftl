progress-title = This period
progress-lead = { $name }, { $period }. Calculated from the sales lines received so far: an estimate until the period is closed.
progress-lead-earned = { $name }, { $period }. The period is closed and its rebate earned.
progress-link = Progress and forecast
progress-booked = { $amount } is booked so far; lines received since are booked with the next run.
progress-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
progress-days-left = The period ends on { $day }; { $left } to go.
progress-forecast-title = At the period’s end
progress-forecast = At the present pace, about { $measure } by the end: { $tier }.
progress-forecast-how = A straight-line projection of the { $gone } of { $all } days known so far; seasons and large orders aren’t considered. Not a promise.
progress-forecast-not-begun = The period begins on { $day }; there is nothing to project from yet.
progress-forecast-early = Too few days are known for a forecast. There will be one from { $day }.
progress-forecast-over = All days of the period are known; there is nothing left to forecast.
progress-forecast-nothing = Nothing that counts has been bought in this period yet, or more was returned than bought, so there is no forecast.
progress-returns-title = What returns cost
progress-returns-none = No returns count in this period.
progress-returns-effect = Without these returns: { $tier }, and { $amount } more rebate.
progress-returns-same = These returns don’t change the rebate of this period.
progress-returns-how = A return counts in the period of its own document date.
progress-months = Month by month
progress-months-none = The period hasn’t begun.
progress-months-none-next = Once it has begun, the purchases and returns that count are listed here by month.
progress-month = Month
progress-bought = Purchases
progress-returned = Returns
progress-net = Counts
progress-running = Running total
progress-total = Total
progress-what-counts = What counts
progress-lines = Lines of this period
estimate = Estimate
progress-forecast-no-rebate = Purchases alone don’t decide it, so there is no forecast; see the reason above.
progress-points = { $points } percentage points below the next tier’s { $from }.
progress-group = Measured together with the group { $group }; your company’s share is { $own }.
