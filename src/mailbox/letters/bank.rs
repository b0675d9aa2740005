use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date};

/// What letters about a customer's account have in common. Numbers are masked already.
pub struct AboutAccount {
    pub customer: String,
    /// The new one: 招商银行 **** 1234.
    pub account: String,
    /// The one in force before.
    pub before: Option<String>,
    /// Who asked for it.
    pub by: String,
    /// Whom to call at once who didn't ask for it.
    pub phone: Option<String>,
    pub contact: Contact,
}

impl AboutAccount {
    /// Of a change, or of the first account there is.
    fn purpose(&self, words: &Words, change: &str, first: &str) -> String {
        let key = if self.before.is_some() { change } else { first };
        words.t1(key, "customer", &self.customer)
    }

    fn write(&self, content: Content, words: &Words, before: &str) -> Content {
        let content = content
            .fact(words.t("mail-fact-customer"), &self.customer)
            .fact(words.t("mail-fact-account-new"), &self.account);
        let content = match &self.before {
            Some(account) => content.fact(words.t(before), account),
            None => content,
        };
        content.fact(words.t("mail-fact-account-by"), words.name("actor", &self.by))
    }

    /// For whoever didn't ask for it.
    fn not_you(&self, content: Content, words: &Words, key: [&str; 2]) -> Content {
        let [call, ask] = key;
        let said = match &self.phone {
            Some(phone) => words.t1(call, "phone", phone),
            None => words.t(ask),
        };
        content
            .say(said)
            .button(words.t("mail-button-company"), "/company".to_owned())
            .contact(&self.contact)
    }
}

/// To the contacts of both accounts and the customer's finance people and managers, when somebody
/// asks for payments to another account.
pub struct BankChangeRequested {
    pub about: AboutAccount,
}

/// When it has taken effect.
pub struct BankChangeEffective {
    pub about: AboutAccount,
    pub on: NaiveDate,
}

/// How a change ended that didn't take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankOutcome {
    Rejected,
    Cancelled,
}

/// When it won't take effect.
pub struct BankChangeRejected {
    pub about: AboutAccount,
    pub outcome: BankOutcome,
    /// Who turned it down or took it back.
    pub by: String,
    /// Empty when the customer took it back without one.
    pub reason: String,
}

impl Letter for BankChangeRequested {
    const KIND: &'static str = "bank_change_requested";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t("mail-bank-requested-subject"),
            self.about.purpose(words, "mail-bank-requested-purpose", "mail-bank-requested-first"),
            words.t("mail-because-bank"),
        );
        let content = self
            .about
            .write(content, words, "mail-fact-account-before")
            .say(words.t("mail-bank-requested-next"));
        self.about.not_you(content, words, ["mail-bank-not-you-call", "mail-bank-not-you-ask"])
    }
}

impl Letter for BankChangeEffective {
    const KIND: &'static str = "bank_change_effective";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t("mail-bank-effective-subject"),
            self.about.purpose(words, "mail-bank-effective-purpose", "mail-bank-effective-first"),
            words.t("mail-because-bank"),
        );
        let content = self
            .about
            .write(content, words, "mail-fact-account-former")
            .fact(words.t("mail-fact-account-since"), date(words.language, self.on))
            .say(words.t("mail-bank-effective-next"));
        self.about.not_you(content, words, ["mail-bank-stop-call", "mail-bank-stop-ask"])
    }
}

impl Letter for BankChangeRejected {
    const KIND: &'static str = "bank_change_rejected";

    fn write(&self, words: &Words) -> Content {
        let [subject, purpose, by] = match self.outcome {
            BankOutcome::Rejected => [
                "mail-bank-rejected-subject",
                "mail-bank-rejected-purpose",
                "mail-fact-account-rejected-by",
            ],
            BankOutcome::Cancelled => [
                "mail-bank-cancelled-subject",
                "mail-bank-cancelled-purpose",
                "mail-fact-account-cancelled-by",
            ],
        };
        let content = Content::new(
            words.t(subject),
            words.t1(purpose, "customer", &self.about.customer),
            words.t("mail-because-bank"),
        );
        let content = self
            .about
            .write(content, words, "mail-fact-account-before")
            .fact(words.t(by), words.name("actor", &self.by));
        let content = match self.reason.as_str() {
            "" => content,
            reason => content.fact(words.t("mail-fact-account-reason"), reason),
        };
        let next = match self.about.before {
            Some(_) => "mail-bank-over-next",
            None => "mail-bank-over-next-none",
        };
        let content = content.say(words.t(next));
        self.about.not_you(content, words, ["mail-bank-not-asked-call", "mail-bank-not-asked-ask"])
    }
}
