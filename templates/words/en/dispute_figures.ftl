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
figures-lead = { $days }: what happened then, whenever the dispute was filed.
figures-everybodys = Disputes of all customers are counted.
figures-own = Only disputes that you can see are counted.
figures-as-of = As of { $at }; what is “now” stands as at this moment.
figures-none = Nothing happened in this span
figures-none-next = See all disputes
figures-filed = Filed
figures-ended = Ended
figures-ended-how = { $closed } closed · { $withdrawn } withdrawn · { $merged } merged
figures-open = Open now
figures-overdue = Overdue now
figures-pace = How fast
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
figures-pace-about = Business days from the day after filing, including those on which the customer was waited for; late is what missed its due date as it was put off.
figures-outcomes = How first decisions went
figures-share = Share
figures-upheld = For the customer (the first three)
figures-appealed = Appealed afterwards
figures-appeals = How appeals went
figures-appeal-changed = Changed the first decision
figures-appeal-stood = The first decision stands
figures-decided-about = Numbers of decisions lead to the disputes; one that was decided twice is listed once.
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
help-wrong-ways = You can also choose the lines that are wrong on a statement, say under “Disputes” which invoice is missing, or write about anything else. What you write is kept as a draft, also when you have to sign in again; you check it once more before you file. The calculation, the lines and the version of the policy are frozen as they stand at that moment: the decision goes by them.
help-wrong-rating = Once a dispute is closed, your finance people and managers can rate how it was handled, once for each.
help-desk-queue = The list of disputes has eight views. Filters, search and order are in the page's address: send it to a colleague, or keep it as a view of your own. Choose several to assign them at once. Keys: j and k go down and up, o opens, e assigns to you, s chooses, / searches, ? shows them; they can be switched off.
help-desk-clocks = The first answer and the decision are due after so many business days, by category; the clock stands while the customer is asked, and the dates are put off by as much. Before each date and after it, one letter goes to whoever works on the dispute and their lead, to the lead where nobody does, to the deputy of who is away.
help-desk-figures = “Dispute figures” counts the days you choose: how many, how fast, how late, how decisions and appeals went, what was granted, what customers say; with files for Excel and CSV. Account managers count the disputes they can see, a lead also those of the people they lead, everybody else all. A policy's page lists the three commonest reasons for which it is disputed.
