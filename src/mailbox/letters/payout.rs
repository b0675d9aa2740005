use chrono::NaiveDate;

use crate::mailbox::letter::{Contact, Content, Letter};
use crate::values::PayoutId;
use crate::words::{Words, date};

/// To a customer's finance people, when a payout is approved.
pub struct PayoutApproved {
    pub payout: PayoutId,
    pub number: String,
    pub expected_on: Option<NaiveDate>,
    pub contact: Contact,
}

/// When it has left.
pub struct PayoutSent {
    pub payout: PayoutId,
    pub number: String,
    /// The bank's or the credit note's number.
    pub reference: Option<String>,
    pub contact: Contact,
}

/// When it came back.
pub struct PayoutReturned {
    pub payout: PayoutId,
    pub number: String,
    pub reason: String,
    pub contact: Contact,
}

impl Letter for PayoutApproved {
    const KIND: &'static str = "payout_approved";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t1("mail-payout-approved-subject", "number", &self.number),
            words.t1("mail-payout-approved-purpose", "number", &self.number),
            words.t("mail-because-payout"),
        )
        .fact(words.t("mail-fact-payout"), &self.number);
        let content = match self.expected_on {
            Some(day) => content.fact(words.t("mail-fact-expected"), date(words.language, day)),
            None => content,
        };
        about_payout(content.say(words.t("mail-payout-approved-next")), words, &self.payout)
            .contact(&self.contact)
    }
}

impl Letter for PayoutSent {
    const KIND: &'static str = "payout_sent";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t1("mail-payout-sent-subject", "number", &self.number),
            words.t1("mail-payout-sent-purpose", "number", &self.number),
            words.t("mail-because-payout"),
        )
        .fact(words.t("mail-fact-payout"), &self.number);
        let content = match &self.reference {
            Some(reference) => content.fact(words.t("mail-fact-reference"), reference),
            None => content,
        };
        about_payout(content.say(words.t("mail-payout-sent-next")), words, &self.payout)
            .contact(&self.contact)
    }
}

impl Letter for PayoutReturned {
    const KIND: &'static str = "payout_returned";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t1("mail-payout-returned-subject", "number", &self.number),
            words.t1("mail-payout-returned-purpose", "number", &self.number),
            words.t("mail-because-payout"),
        )
        .fact(words.t("mail-fact-payout"), &self.number)
        .fact(words.t("mail-fact-reason"), &self.reason)
        .say(words.t("mail-payout-returned-next"));
        about_payout(content, words, &self.payout).contact(&self.contact)
    }
}

fn about_payout(content: Content, words: &Words, payout: &PayoutId) -> Content {
    content.button(words.t("mail-button-payout"), format!("/payouts/{payout}"))
}
