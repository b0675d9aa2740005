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
nav-notices = Messages
notices-title = Messages
notices-unread = unread:
notices-lead = Everything the Rebate Centre has written to you, whether or not it also came by mail.
notices-read-all = Mark all as read
notices-none = No messages yet
notices-none-text = What the Rebate Centre writes to you shows here.
notices-subject = Message
notices-new = New
notices-choose = Choose what also comes by mail
notifications-language = Language
notifications-language-same = As pages
notifications-portal = All of them are also in the Rebate Centre:{" "}
state-letter-shown = In the Rebate Centre only
audit-did-person-mail-language-set = Language of letters changed
mail-kind-test-message = A test message
mail-to-admins = Administrators
mail-must-admins = You ask for it yourself.
mail-test-subject = Test message from the Rebate Centre
mail-test-purpose = This is a test: mail from the Rebate Centre reaches you.
mail-because-test = You get this because { $name } asked for a test message.
mail-test-next = There is nothing to do. If it landed among junk mail, have SPF, DKIM and DMARC of the sender’s domain checked.
previews-title = Letters the Rebate Centre writes
previews-lead = Every letter with made-up data, as customers and colleagues get it, in both languages.
previews-made-up = The data is made up; the links lead nowhere.
previews-choice = Sent
previews-optional = Unless switched off
previews-see = See it
previews-test = Send me a test message
previews-tested = A test message to { $email } is on its way; here you see whether it leaves.
audit-did-letter-tested = Test message asked for
mail-relay-away = The mail server has taken no letter since { $since }; it is asked again at { $until }. All letters wait, none is lost.
mail-settings = How letters leave
mail-setting-from = From
mail-setting-out = To the mail server
mail-setting-folder = Nothing is sent; letters are written to { $folder }
mail-setting-tls = Encryption
mail-setting-dkim = Signature (DKIM)
mail-setting-unsigned = Letters are not signed
mail-domains = Not yet sent, by domain
mail-domain = Domain
mail-waiting = Waiting
mail-failed = Failed
mail-oldest = Oldest waiting
mail-held = by its pace
letters-resend-all = Send all failed ones again
letters-queued-again-many = { $count ->
    [one] One letter is in the queue again.
   *[other] { $count } letters are in the queue again.
}
recipients-title = Where statements go
recipients-lead = Statements go to each of these addresses, one letter each. Whoever reads there needs no account, but signs in to confirm.
recipients-addresses = Addresses
recipients-hint = One a line, at most 20.
recipients-save = Save
recipients-saved = The addresses are saved.
recipients-change = Change the addresses
recipients-wrong = Line { $line }: “{ $found }” is not an e-mail address. Write one like finance@example.com.
recipients-too-many = { $found } addresses are too many. Leave at most { $most }.
home-bounced = Mail to { $address } comes back. Please tell your contact the right address; until then its letters wait, and are here under Messages.
mail-letters = Letters

mail-kind-enclosure-left-out = Letters left without their PDF
mail-left-out-subject = { $count ->
    [one] A statement left without its PDF
   *[other] { $count } statements left without their PDF
}
mail-left-out-purpose = { $count ->
    [one] One letter with a statement was not taken with its attachment, and left again with the link alone.
   *[other] { $count } letters with statements were not taken with their attachments, and left again with the link alone.
}
mail-left-out-line = { $customer } ({ $why })
mail-left-out-more = There are more than fit here: { $count }. The customers’ pages list their mail.
mail-left-out-next = The customer can read and save the statement through the letter’s link. If this happens again, please ask whether their mail takes attachments, or choose the link alone where their statements go.
mail-button-customers = See the customers
letter-left-out = without the PDF: { $why }
letters-encloses = Attached
letters-encloses-paper = The statement as PDF
letters-enclosure-left-out = Left out: { $why }
recipients-attach = Attach the statement as PDF
recipients-attach-hint = Mail of new and corrected statements brings the PDF, not encrypted; the link stays, and reminders have the link alone.
recipients-attached = Mail of statements brings the PDF.
recipients-not-attached = Mail of statements has the link alone, no PDF.
notifications-attached = The mail brings the statement as PDF
audit-did-letter-enclosure-left-out = Letter sent again without its attachment
audit-did-statement-mail-changed = Whether mail brings the statement’s PDF changed
previews-encloses = Customers who want the PDF with their mail get it with this letter; for the others it has no attachment, nor the paragraph about it.
