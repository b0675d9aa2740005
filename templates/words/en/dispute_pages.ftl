dispute-version = version { $version }
dispute-about-statement = Statement { $number } ({ $period })
dispute-about-payout = Payout { $number }
dispute-about-line = Purchase document { $document }
dispute-about-missing = Missing invoice { $document }
dispute-about-free = Something else about the rebate account

dispute-fact-policy = Programme
dispute-fact-period = Period
dispute-fact-calculation = Result
dispute-fact-step = Steps
dispute-fact-lines = Lines counted
dispute-fact-rebate = Rebate
dispute-fact-as-of = Calculated as of
dispute-fact-terms-hash = Fingerprint of the terms
dispute-fact-statement = Statement
dispute-fact-opening = Opening balance
dispute-fact-accrued = Accrued in the period
dispute-fact-adjusted = Adjustments
dispute-fact-paid = Paid
dispute-fact-expired = Expired
dispute-fact-closing = Closing balance
dispute-fact-content-hash = Fingerprint (SHA-256)
dispute-fact-payout = Payout
dispute-fact-amount = Amount
dispute-fact-form = Form
dispute-fact-state = State
dispute-fact-expected-on = Expected on
dispute-fact-settled-on = Received on
dispute-fact-reference = Reference
dispute-fact-document = Document number
dispute-fact-date = Document date
dispute-fact-product = Product
dispute-fact-quantity = Quantity
dispute-fact-net = Net amount
dispute-fact-line = Source and line
dispute-fact-estimated = Estimated rebate
dispute-fact-available = Available rebate
dispute-fact-paid-so-far = Paid to date
dispute-fact-data-through = Sales data through

dispute-document-missing = Enter the number of the invoice or document.
dispute-document-too-long = A document number has at most 60 characters, on one line.
dispute-category-missing = Choose what is wrong.
dispute-amount-unreadable = { $field ->
    [expected] Enter the amount you expected like 1250.00.
    [disputed] Enter the disputed amount like 1250.00.
   *[other] Enter the amount like 1250.00.
}
dispute-amount-decimals = { $field ->
    [expected] The amount you expected has at most two decimals.
    [disputed] The disputed amount has at most two decimals.
   *[other] An amount has at most two decimals.
}
dispute-file-gone = The file { $name } is no longer kept. Please add it again.
dispute-outcome-missing = Choose an outcome.

dispute-title = Dispute { $number }
dispute-number = Number
dispute-state = State
dispute-subject = About
dispute-kind = Kind
dispute-amount = Disputed amount
dispute-shown = Amount shown
dispute-filed = Filed
dispute-waits = What comes next
dispute-due = Due
dispute-until = due { $day }
dispute-waits-review = We review it
dispute-waits-answer = Please answer our question
dispute-waits-reaction = Please accept the decision or appeal
dispute-waits-appeal = Another reviewer looks at it
dispute-waits-end = The decision is final; you may accept it
dispute-waits-nobody = Nothing left to do

dispute-list-lead = Is a number wrong? File a dispute: at most the disputed amount is put on hold, the rest is paid as usual.
dispute-file = File a dispute
dispute-viewer-note = You can read disputes. Your finance users and managers file and answer them.
dispute-views = Views
dispute-show-all = All
dispute-show-open = Open
dispute-none = No disputes
dispute-none-next = If a number is wrong, open its explanation or choose “File a dispute”.

dispute-new-title = File a dispute
dispute-step-1 = Step 1 of 2
dispute-step-2 = Step 2 of 2
dispute-choose-lead = Choose the number that is wrong. You can also start from any rebate, statement or payout.
dispute-choose-what = Latest rebates, statements and payouts
dispute-choose-other = None of these?
dispute-choose-missing = An invoice wasn’t counted
dispute-choose-free = Something else
dispute-already = There is an open dispute about this already:
dispute-about-title = What it is about
dispute-about-frozen = When you file, this is kept exactly as it is now.
dispute-about-change = Choose something else
dispute-claim-title = Your claim
dispute-document = Invoice or document number
dispute-document-hint = As printed on the invoice
dispute-category = What is wrong
dispute-category-ask = What is wrong?
dispute-expected = The amount you expected
dispute-expected-hint = Optional, for example 7250.00
dispute-disputed = Disputed amount
dispute-disputed-hint = Optional; otherwise the difference between what you expected and what is shown
dispute-text = Explanation
dispute-text-hint = At most 2,000 characters
dispute-kept = Files added
dispute-drop = Remove { $name } ({ $size })
dispute-files = Files
dispute-files-none = No files
dispute-files-add = Add files
dispute-files-hint = Optional; at most { $most }, 10 MB each; PDF, images, Excel, Word, CSV or text
dispute-files-count = { $count ->
    [one] { $count } file
   *[other] { $count } files
}

dispute-check-title = Check and file
dispute-check-nothing-held = You stated no disputed amount, so nothing will be on hold.
dispute-check-note = Once filed, the disputed amount is on hold until it is decided, as far as it is available. Everything else is paid as usual.
dispute-submit = File the dispute
dispute-change = Change something

dispute-receipt-title = Dispute { $number } is filed
dispute-next-title = What happens next
dispute-next-answer = You will receive a first answer by { $day }.
dispute-next-decision = We will decide by { $day }; time spent waiting for you isn’t counted.
dispute-next-appeal = If you disagree with the decision you can appeal, and somebody else will review it.
dispute-next-held = The disputed amount is on hold meanwhile, as far as it is available; the rest is paid as usual.
dispute-next-told = You are notified of each step by e-mail.
dispute-open = Open the dispute
dispute-to-list = Back to your disputes

dispute-question-title = Please answer this
dispute-decision = Decision
dispute-decision-appeal = Decision on the appeal (final)
dispute-granted = Granted
dispute-decided-by = by { $who } on { $at }
dispute-approved-by = approved by { $who }, { $at }
dispute-react-title = Do you agree?
dispute-final-title = This decision is final
dispute-accept-about = Accepting closes the dispute.
dispute-accept = Accept the decision
dispute-appeal-about = You can appeal until { $until }. Somebody not involved so far will decide.
dispute-appeal-text = Why you appeal
dispute-appeal = Appeal
dispute-timeline = What happened
dispute-internal = internal
dispute-answer-title = Your answer
dispute-write-title = Add something
dispute-message = Message
dispute-send = Send
dispute-kept-text = What you wrote
dispute-frozen-at = As it stood when the dispute was filed, { $at }.
dispute-withdraw-title = Withdraw the dispute
dispute-withdraw-about = If it is resolved you can withdraw it. The amount on hold becomes available again at once.
dispute-withdraw = Withdraw
dispute-written-now = Sent.
dispute-accepted-now = You accepted the decision. The dispute is closed.
dispute-appealed-now = Your appeal is filed. Somebody else will review it.
dispute-withdrawn-now = The dispute is withdrawn.

dispute-view-mine = Mine
dispute-view-unassigned = Unassigned
dispute-view-breach = Due soon or late
dispute-view-waiting = Waiting for customer
dispute-view-approvals = Approvals
dispute-view-appeals = Appeals
dispute-view-snoozed = Snoozed
dispute-view-all = All
dispute-customer = Customer
dispute-age-head = Age
dispute-age = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
dispute-left = Time left
dispute-left-paused = waiting for the customer, clock stopped
dispute-left-late = { $count ->
    [one] late by { $count } business day
   *[other] late by { $count } business days
}
dispute-left-today = due today
dispute-left-days = { $count ->
    [one] { $count } business day left
   *[other] { $count } business days left
}
dispute-assignee = Assignee
dispute-pager-next = Next page

dispute-claim-of-customer = The customer’s claim
dispute-expected-by-customer = Amount the customer expected
dispute-live = See the calculation and its lines as they are now
dispute-filed-by = Filed by
dispute-answer-due = First answer due
dispute-decision-due = Decision due
dispute-customer-now = The customer now
dispute-held = Held for this dispute
dispute-same = Other disputes about the same item
dispute-history = Other disputes of the customer
dispute-history-none = No others
dispute-to-customer = To the customer
dispute-to-customer-text = What the customer will read
dispute-to-customer-hint = Visible to the customer, who is notified by e-mail; a question stops the clock
dispute-reply = Reply
dispute-ask = Ask the customer
dispute-note-text = Note
dispute-note = Save the note
dispute-proposed = Decision waiting for approval
dispute-proposed-by = proposed by { $who } on { $at }
dispute-approval-moves-free = Once approved, the granted amount becomes available to the customer (debit rebate expense, credit rebates payable).
dispute-approval-moves = Once approved, the granted amount becomes available to the customer (debit rebate expense, credit rebates payable), and the { $held } on hold for this dispute is released.
dispute-approval-waits = An approver other than the proposer must approve it first.
dispute-approve = Approve the decision
dispute-return-reason = Why it goes back
dispute-return = Send back
dispute-assign-title = Assignee
dispute-take = Take it
dispute-assign-to = Assign to
dispute-assign = Assign
dispute-appeal-take-title = Take the appeal
dispute-appeal-take-about = An appeal is for somebody not involved in the first decision. If you take it, you make the final decision.
dispute-appeal-take = Take the appeal
dispute-decide-title = Decide
dispute-decide-appeal-title = Decide the appeal
dispute-decide-moves-free = Once the decision takes effect, the granted amount becomes available to the customer (debit rebate expense, credit rebates payable).
dispute-decide-moves = Once the decision takes effect, the granted amount becomes available to the customer (debit rebate expense, credit rebates payable), and the { $held } on hold for this dispute is released.
dispute-decide-limit = Above { $limit } granted, an approver must approve first.
dispute-outcome = Outcome
dispute-granted-hint = When you accept fully or partly, for example 1250.00
dispute-beyond-tick = Yes, a total of { $granted } is intended, although { $disputed } is in dispute
dispute-beyond-proposed = This brings the total granted to { $granted }: { $excess } more than the { $disputed } in dispute. The proposer confirmed that.
dispute-reason = Reason
dispute-reason-hint = Visible to the customer; at most 2,000 characters
dispute-decide = Submit the decision
dispute-nothing-to-do = There is nothing for you to do here now.
dispute-assigned-now = Assigned.
dispute-replied-now = Your reply is sent.
dispute-asked-now = Your question is sent; the clock is stopped until the customer answers.
dispute-noted-now = The note is saved.
dispute-decided-now = The decision is submitted.
dispute-approved-now = The decision is approved and in effect.
dispute-returned-now = The decision is sent back.
dispute-appeal-taken-now = The appeal is yours.
dispute-nobody = unassigned
