//! Who approves hears what waits, and whoever proposed it hears what became of it. Nothing is
//! approved by mail.

use crate::mailbox::letter::{Content, Letter};
use crate::values::{DisputeId, PayoutId};
use crate::words::Words;

/// What is to be approved.
#[derive(Debug, Clone)]
pub enum Matter {
    Payout(PayoutId),
    /// What a dispute's decision grants, above the limit.
    Decision(DisputeId),
}

/// A matter as these letters name it; no amounts.
#[derive(Debug, Clone)]
pub struct AboutMatter {
    pub matter: Matter,
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// Who submitted, approved or turned it down.
    pub by: String,
}

/// To the approvers who had no hand in it.
pub struct ApprovalWaiting {
    pub about: AboutMatter,
}

/// To whoever proposed it.
pub struct ApprovalGiven {
    pub about: AboutMatter,
}

/// To whoever proposed it, with the reason.
pub struct ApprovalRefused {
    pub about: AboutMatter,
    pub reason: String,
}

impl AboutMatter {
    fn letter(&self, words: &Words, key: &str, because: &str, by: &str) -> Content {
        let (name, number, button, path) = match &self.matter {
            Matter::Payout(id) => (
                "mail-matter-payout",
                "mail-fact-payout",
                "mail-button-payout",
                format!("/staff/payouts/{id}"),
            ),
            Matter::Decision(id) => (
                "mail-matter-decision",
                "mail-fact-dispute",
                "mail-button-dispute",
                format!("/staff/disputes/{id}"),
            ),
        };
        let matter = words.t1(name, "number", &self.number);
        Content::new(
            words.t1(&format!("mail-approval-{key}-subject"), "matter", &matter),
            words.t1(&format!("mail-approval-{key}-purpose"), "matter", &matter),
            words.t(because),
        )
        .fact(words.t(number), &self.number)
        .fact(words.t("mail-fact-customer"), &self.customer)
        .fact(words.t(by), &self.by)
        .button(words.t(button), path)
    }
}

impl Letter for ApprovalWaiting {
    const KIND: &'static str = "approval_waiting";

    fn write(&self, words: &Words) -> Content {
        self.about
            .letter(words, "waiting", "mail-because-approves", "mail-fact-submitted-by")
            .say(words.t("mail-approval-waiting-next"))
    }
}

impl Letter for ApprovalGiven {
    const KIND: &'static str = "approval_given";

    fn write(&self, words: &Words) -> Content {
        self.about
            .letter(words, "given", "mail-because-proposer", "mail-fact-approved-by")
            .say(words.t("mail-approval-given-next"))
    }
}

impl Letter for ApprovalRefused {
    const KIND: &'static str = "approval_refused";

    fn write(&self, words: &Words) -> Content {
        self.about
            .letter(words, "refused", "mail-because-proposer", "mail-fact-returned-by")
            .fact(words.t("mail-fact-returned-because"), &self.reason)
            .say(words.t("mail-approval-refused-next"))
    }
}
