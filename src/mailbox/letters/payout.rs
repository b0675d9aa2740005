use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, PayoutId};
use crate::words::{Words, date};

/// To a customer's finance people, when a payout is approved.
pub struct PayoutApproved {
    pub payout: PayoutId,
    pub number: String,
    /// Where a transfer goes, masked: 招商银行 **** 1234.
    pub account: Option<String>,
    pub contact: Contact,
}

/// When it has left.
pub struct PayoutSent {
    pub payout: PayoutId,
    pub number: String,
    pub form: SettledBy,
    pub account: Option<String>,
    pub expected_on: Option<NaiveDate>,
    /// The bank's or the credit note's number.
    pub reference: Option<String>,
    pub contact: Contact,
}

/// When it came back.
pub struct PayoutReturned {
    pub payout: PayoutId,
    pub number: String,
    pub form: SettledBy,
    pub account: Option<String>,
    pub reason: String,
    pub contact: Contact,
}

/// What a payout moves: what there is to look out for differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettledBy {
    Transfer,
    CreditNote,
    Offset,
    Goods,
    Points,
    Voucher,
}

impl SettledBy {
    /// Purpose, what to do, and what the day is called, of a letter that says it has left.
    fn sent(self) -> [&'static str; 3] {
        let (arrives, done) = ("mail-fact-expected", "mail-fact-expected-done");
        let delivered = "mail-fact-expected-goods";
        match self {
            Self::Transfer => ["mail-sent-transfer-purpose", "mail-sent-transfer-next", arrives],
            Self::CreditNote => ["mail-sent-note-purpose", "mail-sent-note-next", done],
            Self::Offset => ["mail-sent-offset-purpose", "mail-sent-offset-next", done],
            Self::Goods => ["mail-sent-goods-purpose", "mail-sent-goods-next", delivered],
            Self::Points => ["mail-sent-points-purpose", "mail-sent-points-next", done],
            Self::Voucher => ["mail-sent-voucher-purpose", "mail-sent-voucher-next", delivered],
        }
    }
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
        let content = to_account(content, words, self.account.as_deref());
        about_payout(content.say(words.t("mail-payout-approved-next")), words, &self.payout)
            .contact(&self.contact)
    }
}

impl Letter for PayoutSent {
    const KIND: &'static str = "payout_sent";

    fn write(&self, words: &Words) -> Content {
        let [purpose, next, day] = self.form.sent();
        let content = Content::new(
            words.t1("mail-payout-sent-subject", "number", &self.number),
            words.t1(purpose, "number", &self.number),
            words.t("mail-because-payout"),
        )
        .fact(words.t("mail-fact-payout"), &self.number);
        let content = to_account(content, words, self.account.as_deref());
        let content = match self.expected_on {
            Some(expected) => content.fact(words.t(day), date(words.language, expected)),
            None => content,
        };
        let content = match &self.reference {
            Some(reference) => content.fact(words.t("mail-fact-reference"), reference),
            None => content,
        };
        about_payout(content.say(words.t(next)), words, &self.payout).contact(&self.contact)
    }
}

impl Letter for PayoutReturned {
    const KIND: &'static str = "payout_returned";

    fn write(&self, words: &Words) -> Content {
        let next = match self.form {
            SettledBy::Transfer => "mail-payout-returned-next",
            _ => "mail-payout-returned-other-next",
        };
        let content = Content::new(
            words.t1("mail-payout-returned-subject", "number", &self.number),
            words.t1("mail-payout-returned-purpose", "number", &self.number),
            words.t("mail-because-payout"),
        )
        .fact(words.t("mail-fact-payout"), &self.number);
        let content = to_account(content, words, self.account.as_deref())
            .fact(words.t("mail-fact-reason"), &self.reason)
            .say(words.t(next));
        about_payout(content, words, &self.payout).contact(&self.contact)
    }
}

fn to_account(content: Content, words: &Words, account: Option<&str>) -> Content {
    match account {
        Some(account) => content.fact(words.t("mail-fact-account"), account),
        None => content,
    }
}

fn about_payout(content: Content, words: &Words, payout: &PayoutId) -> Content {
    content.button(words.t("mail-button-payout"), format!("/payouts/{payout}"))
}
