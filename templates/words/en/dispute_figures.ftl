figures-title = Dispute figures
figures-spans = Spans of time
figures-this-quarter = This quarter
figures-last-quarter = Last quarter
figures-this-year = This year
figures-last-year = Last year
figures-from = From
figures-to = To
figures-show = Show
figures-backwards = The last day lies before the first one. Change one of them.
figures-too-long = At most { $days } days can be shown at once. Choose a shorter span.
figures-lead = { $days }: what happened in this period, whenever the dispute was filed.
figures-everybodys = Includes disputes of all customers.
figures-own = Includes only disputes that you can see.
figures-as-of = As of { $at }; what is “now” stands as at this moment.
figures-none = Nothing happened in this period
figures-none-next = See all disputes
figures-filed = Filed
figures-ended = Ended
figures-ended-how = { $closed } closed · { $withdrawn } withdrawn · { $merged } merged
figures-open = Open now
figures-overdue = Overdue now
figures-pace = Turnaround
figures-step = Step
figures-first-answer = First answer
figures-first-decision = First decision
figures-count = Count
figures-half = Half within
figures-most = Nine of ten within
figures-late = Late
figures-late-share = Late, share
figures-days = { $count ->
    [one] 1 business day
   *[other] { $count } business days
}
figures-pace-about = Business days from the day after filing, including time spent waiting for the customer; late means past the due date as extended.
figures-outcomes = How first decisions went
figures-share = Share
figures-upheld = For the customer (the first three)
figures-appealed = Later appealed
figures-appeals = How appeals went
figures-appeal-changed = Changed the first decision
figures-appeal-stood = The first decision stands
figures-decided-about = The numbers of decisions link to the disputes; a dispute decided twice is listed once.
figures-reasons = By reason
figures-decided = Decisions
figures-granted = Granted
figures-all = All
figures-policies = By policy
figures-no-policy = Not about one policy
figures-deciders = By who decided
figures-decider = Decided by
figures-open-title = Open now, by days since filing
figures-age = { $from }–{ $to } days
figures-older = more than { $days } days
figures-satisfaction = Satisfaction
figures-rated = { $count ->
    [one] 1 rating
   *[other] { $count } ratings
}
figures-mean = { $mean } of 5 on average
figures-more-ratings = { $count ->
    [one] One earlier rating is in the files.
   *[other] { $count } earlier ratings are in the files.
}
figures-not-rated = No customer rated in this span.
figures-xlsx = Download the figures (Excel)
figures-csv = Download the figures (CSV)
rules-causes = Why it is disputed most
rules-causes-none = Nobody has disputed this policy yet.
rules-causes-all = See all disputes about this policy
help-wrong-ways = You can also select the wrong lines on a statement, report a missing invoice under “Disputes”, or write about anything else. What you write is kept as a draft, even if you have to sign in again; you check it once more before filing. The calculation, the lines and the policy version are frozen as they stand at that moment, and the decision is based on them.
help-wrong-rating = Once a dispute is closed, your finance users and managers can rate how it was handled, once per dispute.
help-desk-queue = The list of disputes has eight views. Filters, search and sort order are in the page’s address: send it to a colleague, or save it as a view of your own. Select several disputes to assign them at once. Keys: j and k go down and up, o opens, e assigns to you, s selects, / searches, ? shows them; they can be switched off.
help-desk-clocks = The first answer and the decision are due after a number of business days, by category; the clock is stopped while the customer is asked, and the dates are extended accordingly. Before and after each date, one e-mail goes to the person working on the dispute and their lead; to the lead if nobody is; to the deputy if they are away.
help-desk-figures = “Dispute figures” covers the days you choose: how many, how fast, how late, how decisions and appeals went, what was granted and what customers say, with files for Excel and CSV. Account managers see the disputes they can see, a lead also those of the people they lead, everybody else all. A policy’s page lists the three most common reasons for disputing it.
