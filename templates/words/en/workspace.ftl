dispute-event-snoozed = Put aside
dispute-event-woken = Taken back before its day
dispute-event-merged = Merged with another dispute
dispute-event-absorbed = Another dispute goes on here
dispute-event-linked = Linked with a dispute
dispute-event-unlinked = Link removed

dispute-snooze-not-yours = Only whoever has this dispute can put it aside. Assign it to yourself first.
dispute-snooze-past = Choose a day after today.
dispute-snooze-overdue = This dispute is due on { $due }: it needs doing first and can't be put aside.
dispute-snooze-beyond-due = This dispute is due on { $due }, and its clock goes on while it is put aside: that day is the latest you can choose.
dispute-snooze-too-far = At most { $days } days, that is until { $last }.
dispute-not-snoozed = This dispute isn't put aside.
dispute-merge-decided = This dispute has a decision and can't be merged any more.
dispute-merge-unknown = This customer has no dispute with the number “{ $number }”.
dispute-merge-itself = A dispute can't be merged into itself.
dispute-merge-into-decided = Dispute { $number } is decided or closed. Choose one without a decision.
dispute-link-unknown = There is no dispute with the number “{ $number }”.
dispute-link-itself = A dispute can't be linked with itself.
dispute-link-there = It is linked with dispute { $number } already.

saved-brace-open = An opening brace “{ "{" }” has no closing one.
saved-placeholder-unknown = There is no placeholder “{ $name }”. These can be used: { "{" }customer{ "}" }, { "{" }number{ "}" }, { "{" }subject{ "}" }, { "{" }deadline{ "}" }, { "{" }manager{ "}" }.
saved-title-missing = Give it a title.
saved-title-too-long = A title has at most { $most } characters.
saved-needs-writer = Saved replies are for account managers and appeals reviewers.
saved-changed-meanwhile = Somebody changed this saved reply meanwhile. Look at it again before you save; what you typed is kept.

audit-did-dispute-snoozed = Dispute put aside
audit-did-dispute-woken = Dispute taken back before its day
audit-did-dispute-merged = Dispute merged
audit-did-dispute-absorbed = Another dispute goes on here
audit-did-dispute-linked = Disputes linked
audit-did-dispute-unlinked = Link between disputes removed
audit-did-saved-reply-added = Saved reply added
audit-did-saved-reply-changed = Saved reply changed
audit-did-saved-reply-removed = Saved reply removed
audit-did-saved-reply-taken = Saved reply used
audit-kind-saved-reply = Saved reply

letter-kind-dispute-merged = Dispute merged
mail-kind-dispute-merged = Dispute merged with another
mail-fact-merged-into = Goes on in
mail-dispute-merged-subject = Dispute {$number} is merged with another
mail-dispute-merged-purpose = Dispute {$number} is merged with another.
mail-dispute-merged-next = Both disputes are about the same thing, so both go on as dispute {$into}. What you wrote and attached is kept; you needn't send it again.
