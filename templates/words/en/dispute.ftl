
dispute-category-missing-invoice = An invoice is missing
dispute-category-wrong-amount = Quantity or amount is wrong
dispute-category-wrong-tier = Tier or rate is wrong
dispute-category-wrong-return = A return was counted wrongly
dispute-category-product-excluded = A product was excluded wrongly
dispute-category-payout-not-received = A payout wasn’t received
dispute-category-other = Something else

dispute-subject-accrual = Rebate
dispute-subject-statement = Statement
dispute-subject-statement-line = Line of a statement
dispute-subject-line = Purchase line
dispute-subject-payout = Payout
dispute-subject-missing-invoice = Missing invoice
dispute-subject-free = Other

dispute-outcome-accepted = Accepted
dispute-outcome-partly = Partly accepted
dispute-outcome-rejected = Rejected
dispute-outcome-accepted-without-money = Accepted, no adjustment needed

dispute-side-customer = Customer
dispute-side-customer-you = Your company
dispute-side-staff = Staff
dispute-side-system = System

dispute-event-filed = Filed
dispute-event-assigned = Assigned
dispute-event-reply = Reply
dispute-event-note = Internal note
dispute-event-question = Question to the customer
dispute-event-question-you = Question to you
dispute-event-answer = Message from the customer
dispute-event-answer-you = Message from your company
dispute-event-file-added = File added
dispute-event-proposed = Decision proposed
dispute-event-decision-approved = Decision approved
dispute-event-decision-returned = Decision sent back
dispute-event-decided = Decided
dispute-event-accepted = Accepted by the customer
dispute-event-accepted-you = Accepted by your company
dispute-event-lapsed = Closed: nobody appealed in time
dispute-event-appealed = Appealed
dispute-event-appeal-taken = Appeal taken up
dispute-event-appeal-decided = Appeal decided
dispute-event-withdrawn = Withdrawn

dispute-is-submitted = This dispute has not been taken up yet, so this can’t be done. Nothing was changed.
dispute-is-in-review = This dispute is in review, so this can’t be done. Nothing was changed.
dispute-is-waiting-customer = This dispute is waiting for the customer’s answer, so this can’t be done. Nothing was changed.
dispute-is-awaiting-approval = The decision on this dispute is waiting for approval, so this can’t be done. Nothing was changed.
dispute-is-decided = This dispute is already decided. Nothing was changed.
dispute-is-appealed = This dispute has been appealed, so this can’t be done. Nothing was changed.
dispute-is-appeal-review = The appeal is in review, so this can’t be done. Nothing was changed.
dispute-is-appeal-decided = The appeal is decided, and that decision is final. Nothing was changed.
dispute-is-closed = This dispute is closed. Nothing was changed.
dispute-is-withdrawn = This dispute was withdrawn. Nothing was changed.

dispute-changed-meanwhile = Somebody changed this dispute in the meantime. Look at it again; what you wrote is still here.
dispute-needs-customer-finance = Only the finance staff and managers of the customer may do this.
dispute-needs-manager = Only the account manager who looks after this dispute may do this.
dispute-needs-staff = Only staff may do this.
dispute-needs-approver = Only an approver may do this.
dispute-needs-reviewer = Only the appeals reviewer who took this appeal may do this.
dispute-needs-schedule = The Rebate Centre does this automatically.
dispute-own-approval = You proposed this decision, so somebody else has to approve it.
dispute-own-appeal = You were involved in this dispute before the appeal, so somebody else has to review it.
dispute-appeal-too-late = The time to appeal has passed.
dispute-granted-missing = Enter the amount you grant: it is above zero when a dispute is accepted.
dispute-granted-without-acceptance = No amount can be granted with this outcome.
dispute-beyond = This brings the total granted to { $granted }: { $excess } more than the { $disputed } in dispute. If that is intended, tick the confirmation; otherwise correct the amount.
dispute-reason-missing = Give a reason; the customer reads it.
dispute-text-missing = { $field ->
    [reply] Write what the customer is to read.
    [note] Write the note.
    [appeal] Say why you appeal.
    [reason] Give the reason.
    [return_reason] Say why it goes back.
   *[other] Write the explanation or message.
}
dispute-text-too-long = Write at most 2,000 characters.
dispute-amount-negative = { $field ->
    [expected] The amount you expected can’t be negative.
    [disputed] The disputed amount can’t be negative.
   *[other] The amount can’t be negative.
}
dispute-assignee-no-manager = Choose an active account manager.
dispute-too-many-files = A dispute can have at most { $most } files.
dispute-file-empty = { $name } is empty.
dispute-file-too-large = { $name } is larger than 10 MB.
dispute-file-type = { $name } is of a type that isn’t accepted. Send PDF, PNG, JPEG, WebP, Excel (.xlsx), Word (.docx), CSV or text.
