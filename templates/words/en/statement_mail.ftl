# Letters between a statement and its answer.
mail-fact-confirmed-by = Confirmed by
mail-fact-confirmed-on = Confirmed on
mail-fact-evidence = Audit event
mail-fact-hash = Checksum of the content (SHA-256)
mail-fact-agreement = Agreement
mail-statement-reminder-subject = Please answer your rebate statement for { $period }
mail-statement-reminder-purpose = Your company’s rebate statement for { $period } is still waiting for an answer.
mail-statement-reminder-next = Please sign in by { $until } and either confirm the statement or contest it. If you have already answered, please ignore this e-mail.
mail-statement-silence = Under { $agreement }, a statement that isn’t answered in time counts as confirmed.
mail-statement-confirmed-subject = Receipt: statement for { $period } confirmed
mail-statement-confirmed-purpose = The rebate statement for { $period } was confirmed; this is the receipt.
mail-statement-confirmed-next = Please keep this receipt: the audit event and the checksum prove what was confirmed.
mail-statement-deemed-subject = The statement for { $period } counts as confirmed
mail-statement-deemed-purpose = The rebate statement for { $period } wasn’t answered in time and counts as confirmed under the agreement.
mail-statement-deemed-next = If you still find something wrong, please contact your contact person: a mistake is corrected on the next statement, with its reason.
mail-statements-overdue-subject = { $count ->
    [one] { $count } statement past its deadline
   *[other] { $count } statements past their deadline
}
mail-statements-overdue-purpose = { $count ->
    [one] { $count } statement of a customer of yours wasn’t answered in time.
   *[other] { $count } statements of customers of yours weren’t answered in time.
}
mail-statements-overdue-line = { $customer }, due { $until }
mail-statements-overdue-more = There are more than fit here: { $count }. See the list of statements.
mail-statements-overdue-next = Please ask the customer what is holding up the answer, and to confirm or contest it in the Rebate Centre.
mail-fact-corrected-because = Reason for the correction
mail-statement-changes = What differs from the previous version:
mail-fact-corrects = Replaces
mail-statement-corrected-subject = Corrected rebate statement for { $period }: please answer again
mail-statement-corrected-purpose = A corrected version of your company’s rebate statement for { $period } replaces the previous one.
mail-statement-corrected-next = Please sign in by { $until }, look at the differences and answer it again. The previous version can still be read.
mail-statement-enclosed = The statement is attached as a PDF wherever mail servers accept it; the link below leads to the same statement and file.
