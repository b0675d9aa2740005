# Being away, and who leads: people::absences, /absence.
absence-title = Absence and deputy
absence-lead = While you are away, new disputes and deadline reminders go to your deputy; if the deputy is away too, to your lead. What is assigned to you stays yours, and your deputy can work on it.
absence-your-lead = Your lead: { $name }
absence-no-lead = You have no lead yet. Ask the operator to name one with openrebate user lead, so that somebody follows up what nobody works on.
absence-planned-title = Absences
absence-none = No absence is planned
absence-none-next = Enter it below before you leave, so that no customer waits for an answer.
absence-now = away now
absence-by = { $name } is deputising
absence-by-lead = no deputy; your lead is deputising
absence-end-now = I am back
absence-remove = Remove
absence-new = Plan an absence
absence-first = First day
absence-first-hint = The first day you are away, such as 2026-10-01
absence-last = Last day
absence-last-hint = The last day you are away; the deputy still works on that day
absence-deputy = Deputy
absence-deputy-hint = Optional; if left open, your lead deputises
absence-deputy-none = Nobody in particular
absence-deputy-gone = somebody who has left
absence-save = Save
absence-planned = Your absence has been saved.
absence-ended = The absence was removed or ended.
absence-no-day = “{ $found }” can’t be read as a day: write it like 2026-10-01.
absence-backwards = The last day can’t lie before the first, { $first }.
absence-over = The last day has passed already: enter today or a later day.
absence-too-long = An absence has 366 days at most: choose fewer.
absence-overlaps = It overlaps an absence already entered ({ $first } to { $last }): remove that one first, or change the days.
absence-not-staff = Only members of staff can be noted as away.
absence-deputy-self = You can’t be your own deputy: choose a colleague.
absence-deputy-cannot = This colleague can’t deputise: it must be an active colleague with the same role.
absence-until = { $name } (away until { $until })
absence-until-by = { $name } (away until { $until }; deputy: { $deputy })
lead-no-manager = A lead is an active account manager.
lead-self = Nobody leads themselves.
notifications-absence = Who receives your e-mails while you are away? Enter your absence and a deputy

# Deadlines of disputes: mailbox::letters::deadlines. No amounts in subjects.
mail-deadlines-subject = Deadlines of disputes: { $late } missed, { $soon } near
mail-deadlines-late-subject = Deadlines of disputes: { $late } missed
mail-deadlines-soon-subject = Deadlines of disputes: { $soon } near
mail-deadlines-purpose = Of the disputes you work on or lead, { $late ->
    [one] one has missed a deadline
   *[other] { $late } have missed a deadline
 } and { $soon ->
    [one] one is due on the next business day
   *[other] { $soon } are due on the next business day
 }.
mail-deadlines-late-purpose = Of the disputes you work on or lead, { $late ->
    [one] one has missed a deadline
   *[other] { $late } have missed a deadline
 }.
mail-deadlines-soon-purpose = Of the disputes you work on or lead, { $soon ->
    [one] one is due on the next business day
   *[other] { $soon } are due on the next business day
 }.
mail-deadlines-more = { $count ->
    [one] One more doesn’t fit here: see the list of disputes.
   *[other] { $count } more don’t fit here: see the list of disputes.
 }
mail-deadlines-next = Please answer the customer or decide soon. The clock is stopped while we wait for the customer.
mail-because-deadlines = You are receiving this e-mail because you work on disputes, or lead or deputise for somebody who does.
mail-button-deadlines = See disputes due soon or late
mail-deadline-answer-late = the first answer is late, it was due by { $due }
mail-deadline-answer-soon = the first answer is due by { $due }
mail-deadline-decision-late = the decision is late, it was due by { $due }
mail-deadline-decision-soon = the decision is due by { $due }
mail-deadline = { $customer }: { $due }; { $who }
mail-deadline-and = ;{" "}
mail-deadline-with = with { $who }
mail-deadline-nobody = not assigned yet
mail-kind-dispute-deadlines = Disputes about to miss a deadline, or late (one e-mail each morning)
mail-to-handlers = Who works on disputes, and their lead

# The calendar's file: calendar::parse, `openrebate calendar import`.
calendar-empty = The file has no days: the first line is day,working,name, and each further line a day.
calendar-no-text = The file is no text: save it as CSV in UTF-8 or GB18030.
calendar-no-column = There is no column { $column }: the first line is day,working,name.
calendar-no-day = Found “{ $found }”, which is no day: write it like 2026-10-01.
calendar-no-working = Found “{ $found }”: write true for a day that is worked, false for a holiday.
calendar-no-name = “{ $found }” is no name: write 1 to 50 characters, such as National Day.
calendar-twice = This day stands twice: keep one line.
calendar-missing = The holidays of { $year } aren’t loaded: deadlines that reach into it count Monday to Friday. Load them with openrebate calendar import once they are published.
