

payout-exclusion-still-estimated = Its period is still open
payout-exclusion-expired = Expired
payout-exclusion-in-payout = Paid, or in a payout in progress
payout-exclusion-set-off = Negative: set off against the others
payout-exclusion-below-minimum = Below the policy’s minimum payout
payout-minimum-waits = { $waiting } is held back because of a policy’s minimum payout; at most { $most } can be paid now

payout-cause-accrual = Rebate
payout-cause-dispute = Dispute

payout-is-draft = This payout is still a draft. Nothing was changed.
payout-is-submitted = This payout is waiting for approval. Nothing was changed.
payout-is-approved = This payout is already approved. Nothing was changed.
payout-is-sent = This payout is already sent. Nothing was changed.
payout-is-settled = This payout is already settled. Nothing was changed.
payout-is-returned = This payout was returned. Nothing was changed; prepare a new one.
payout-is-rejected = This payout was rejected. Nothing was changed; prepare a new one.
payout-needs-finance = Only finance staff may do this.
payout-needs-approver = Only an approver may do this.
payout-own-approval = You prepared or submitted this payout, so somebody else has to approve it.
payout-changed-since-shown = This payout is no longer what the page showed you. Look at it again before you approve it.
payout-nothing-available = The available balance is { $available }, so there is nothing to pay.
payout-nothing-available-held = The available balance is { $available }, so there is nothing to pay. { $held } is on hold for disputes or payouts under way.
payout-amount-not-positive = Enter an amount above zero.
payout-reason-missing = Give a reason.
payout-settled-on-impossible = The date must not be in the future, nor before the payout was approved.
