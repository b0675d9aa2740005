unsubscribe-title = Optional e-mails
unsubscribe-lead = You are about to stop these e-mails to the address this link was sent to:
unsubscribe-others = All other e-mails continue. You can switch these on again at any time under Notification settings.
unsubscribe-button = Stop these e-mails
unsubscribe-done = Done. These e-mails will no longer be sent to the address this link was sent to:
unsubscribe-back = Changed your mind? Sign in and switch them on again under Notification settings.
unsubscribe-all = All notification settings
fail-old-link-title = This link no longer works
fail-old-link-text = It is older than half a year, incomplete, or was never one of ours. Nothing was changed.
fail-old-link-next = Sign in and choose your e-mails under Notification settings, or use the link in a more recent e-mail.

mail-kind-address-bounced = E-mails can’t be delivered to an address
mail-to-manager-and-admins = Account managers, for their own customers, and administrators
mail-because-bounce = You are receiving this e-mail because you look after the customer or the e-mail of the Rebate Centre.
mail-bounce-own = your own team
mail-bounce-subject = E-mails can’t be delivered to an address of { $whose }
mail-bounce-purpose = E-mail to an address of { $whose } was permanently rejected.
mail-bounce-next = Please ask for the right address and have it corrected, or confirm that this one works again. Until then e-mails to it are kept waiting; nothing is lost.
mail-fact-address = Address
mail-fact-server-said = What the mail server said
mail-button-customer = See the customer
mail-button-mailbox = See outgoing e-mail

bounce-flag = Undeliverable since { $at }
bounce-waiting = { $count ->
    [0] No e-mail waits.
    [one] One e-mail waits.
   *[other] { $count } e-mails wait.
}
bounce-release = It works again
bounce-released = E-mails to { $address } are being sent again.
desk-bounces = Undeliverable addresses
audit-did-address-bounced = Address noted as undeliverable
audit-did-address-released = Address noted as deliverable again
audit-did-letter-bounced = E-mail rejected by a mail server
bounces-title = Undeliverable addresses
bounces-lead = Mail servers have permanently rejected e-mails to these addresses. E-mails to them wait until the address is corrected or works again; nothing is lost.
bounces-none = All addresses are deliverable
bounces-none-text = When a mail server permanently rejects one, it appears here and whoever looks after the customer is notified.
bounces-customer = Customer
bounces-own = Our own team
nav-notices = Messages
notices-title = Messages
notices-unread = unread:
notices-lead = Everything the Rebate Centre has sent you, whether or not it was also sent by e-mail.
notices-read-all = Mark all as read
notices-none = No messages yet
notices-none-text = What the Rebate Centre sends you appears here.
notices-subject = Message
notices-new = New
notices-choose = Choose what is also sent by e-mail
notifications-language = Language
notifications-language-same = As pages
notifications-portal = All of them are also shown in the Rebate Centre:{" "}
state-letter-shown = In the Rebate Centre only
audit-did-person-mail-language-set = Language of e-mails changed
mail-kind-test-message = A test message
mail-to-admins = Administrators
mail-must-admins = You request it yourself.
mail-test-subject = Test message from the Rebate Centre
mail-test-purpose = This is a test: e-mail from the Rebate Centre reaches you.
mail-because-test = You are receiving this e-mail because { $name } asked for a test message.
mail-test-next = There is nothing to do. If it was delivered to your junk folder, have SPF, DKIM and DMARC of the sender’s domain checked.
previews-title = E-mail samples
previews-lead = Every e-mail with made-up data, as customers and colleagues receive it, in both languages.
previews-made-up = The data is made up; the links lead nowhere.
previews-choice = Sent
previews-optional = Unless switched off
previews-see = See it
previews-test = Send me a test message
previews-tested = A test message to { $email } is on its way; here you can see whether it is sent.
audit-did-letter-tested = Test message requested
mail-relay-away = The mail server has accepted no e-mail since { $since }; the next attempt is at { $until }. All e-mails are waiting, none is lost.
mail-settings = E-mail settings
mail-setting-from = From
mail-setting-out = Mail server
mail-setting-folder = Nothing is sent; e-mails are written to { $folder }
mail-only-written = E-mails are written to the folder { $folder } and go nowhere: “Sent” below means written there.
mail-setting-tls = Encryption
mail-setting-dkim = Signature (DKIM)
mail-setting-unsigned = E-mails are not signed
mail-domains = Not yet sent, by domain
mail-domain = Domain
mail-waiting = Waiting
mail-failed = Failed
mail-oldest = Oldest waiting
mail-held = rate-limited
letters-resend-all = Send all failed ones again
letters-queued-again-many = { $count ->
    [one] One e-mail is in the queue again.
   *[other] { $count } e-mails are in the queue again.
}
recipients-title = Statement recipients
recipients-lead = Statements are sent to each of these addresses, one e-mail each. Recipients need no account to receive them, but sign in to confirm.
recipients-addresses = Addresses
recipients-hint = One per line, at most 20.
recipients-save = Save
recipients-saved = The addresses are saved.
recipients-change = Change the addresses
recipients-wrong = Line { $line }: “{ $found }” is not an e-mail address. Write one like finance@example.com.
recipients-too-many = { $found } addresses are too many. Leave at most { $most }.
home-bounced = E-mail to { $address } is being returned. Please tell your contact the right address; until then e-mails to it wait, and you find them under Messages.
mail-letters = E-mails

mail-kind-enclosure-left-out = Statements sent without their PDF
mail-left-out-subject = { $count ->
    [one] A statement left without its PDF
   *[other] { $count } statements left without their PDF
}
mail-left-out-purpose = { $count ->
    [one] One e-mail with a statement was not taken with its attachment, and left again with the link alone.
   *[other] { $count } e-mails with statements were not taken with their attachments, and left again with the link alone.
}
mail-left-out-line = { $customer } ({ $why })
mail-left-out-more = There are more than fit here: { $count }. The customers’ pages list their mail.
mail-left-out-next = The customer can read and save the statement through the link in the e-mail. If this happens again, please ask whether their mail server accepts attachments, or choose the link only under Statement recipients.
mail-button-customers = See the customers
letter-left-out = without the PDF: { $why }
letters-encloses = Attached
letters-encloses-paper = The statement as PDF
letters-enclosure-left-out = Left out: { $why }
recipients-attach = Attach the statement as PDF
recipients-attach-hint = E-mails with new and corrected statements include the PDF, unencrypted; the link stays, and reminders contain the link only.
recipients-attached = Statement e-mails include the PDF.
recipients-not-attached = Statement e-mails contain the link only, no PDF.
notifications-attached = The e-mail includes the statement as PDF
audit-did-letter-enclosure-left-out = E-mail sent again without its attachment
audit-did-statement-mail-changed = Whether e-mails include the statement’s PDF changed
previews-encloses = Customers who want the PDF receive it with this e-mail; for the others it has no attachment, nor the paragraph about it.
