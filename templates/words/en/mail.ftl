unsubscribe-title = Letters you can do without
unsubscribe-lead = You are about to stop these letters to the address this link was sent to:
unsubscribe-others = All other letters keep coming. You can switch these on again at any time under Notifications.
unsubscribe-button = Stop these letters
unsubscribe-done = Done. These letters will no longer come to the address this link was sent to:
unsubscribe-back = Changed your mind? Sign in and switch them on again under Notifications.
unsubscribe-all = All notifications
fail-old-link-title = This link no longer works
fail-old-link-text = It is older than half a year, incomplete, or was never one of ours. Nothing was changed.
fail-old-link-next = Sign in and choose your letters under Notifications, or use the link in a newer letter.

mail-kind-address-bounced = Letters don’t reach somebody
mail-to-manager-and-admins = Account managers, for their own customers, and administrators
letter-kind-address-bounced = Address takes no mail
mail-because-bounce = You get this because you look after the customer or the mail of the Rebate Centre.
mail-bounce-own = your own team
mail-bounce-subject = Letters don’t reach an address of { $whose }
mail-bounce-purpose = Mail to an address of { $whose } came back for good.
mail-bounce-next = Please ask for the right address and have it corrected, or confirm that this one works again. Until then letters to it wait; nothing is lost.
mail-fact-address = Address
mail-fact-server-said = What the mail server said
mail-button-customer = See the customer
mail-button-mailbox = See the outgoing mail

bounce-flag = Takes no mail since { $at }
bounce-waiting = { $count ->
    [0] No letter waits.
    [one] One letter waits.
   *[other] { $count } letters wait.
}
bounce-release = It works again
bounce-released = Letters to { $address } leave again.
desk-bounces = Addresses that take no mail
audit-did-address-bounced = Noted that an address takes no mail
audit-did-address-released = Noted that an address takes mail again
audit-did-letter-bounced = A mail server gave a letter up
bounces-title = Addresses that take no mail
bounces-lead = Mail servers refused letters to these addresses for good. Letters to them wait until the address is corrected or works again; nothing is lost.
bounces-none = Every address takes mail
bounces-none-text = When a mail server refuses one for good, it shows here and whoever looks after the customer gets a letter.
bounces-customer = Customer
bounces-own = Our own team
