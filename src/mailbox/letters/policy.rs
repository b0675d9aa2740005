use crate::mailbox::letter::{Content, Letter};
use crate::values::PolicyId;
use crate::words::Words;

/// To the approvers, when a version of a policy waits for them. Nothing is approved by mail.
pub struct PolicyWaiting {
    pub policy: PolicyId,
    pub code: String,
    pub name: String,
    pub number: i32,
    /// Who submitted it.
    pub by: String,
}

/// To whoever drafted and submitted it.
pub struct PolicyApproved {
    pub policy: PolicyId,
    pub code: String,
    pub name: String,
    pub number: i32,
    /// Who approved it.
    pub by: String,
}

/// To whoever drafted and submitted it, with the reason.
pub struct PolicyReturned {
    pub policy: PolicyId,
    pub code: String,
    pub name: String,
    pub number: i32,
    /// Who sent it back.
    pub by: String,
    pub reason: String,
}

/// What every letter about a version has.
struct About<'a> {
    policy: &'a PolicyId,
    code: &'a str,
    name: &'a str,
    number: i32,
}

impl About<'_> {
    fn letter(
        &self,
        words: &Words,
        [subject, purpose, because]: [&'static str; 3],
        by: (&'static str, &str),
    ) -> Content {
        let number = self.number;
        Content::new(
            words.t2(subject, "name", self.name, "number", number),
            words.t2(purpose, "name", self.name, "number", number),
            words.t(because),
        )
        .fact(words.t("mail-fact-policy"), format!("{} · {}", self.name, self.code))
        .fact(words.t("mail-fact-version"), number)
        .fact(words.t(by.0), by.1)
        .button(
            words.t("mail-button-programme"),
            format!("/staff/policies/{}?version={number}", self.policy),
        )
    }
}

impl Letter for PolicyWaiting {
    const KIND: &'static str = "policy_waiting";

    fn write(&self, words: &Words) -> Content {
        let keys =
            ["mail-policy-waiting-subject", "mail-policy-waiting-purpose", "mail-because-approver"];
        about(&self.policy, &self.code, &self.name, self.number)
            .letter(words, keys, ("mail-fact-submitted-by", &self.by))
            .say(words.t("mail-policy-waiting-next"))
    }
}

impl Letter for PolicyApproved {
    const KIND: &'static str = "policy_approved";

    fn write(&self, words: &Words) -> Content {
        let keys = [
            "mail-policy-approved-subject",
            "mail-policy-approved-purpose",
            "mail-because-drafter",
        ];
        about(&self.policy, &self.code, &self.name, self.number)
            .letter(words, keys, ("mail-fact-approved-by", &self.by))
            .say(words.t("mail-policy-approved-next"))
    }
}

impl Letter for PolicyReturned {
    const KIND: &'static str = "policy_returned";

    fn write(&self, words: &Words) -> Content {
        let keys = [
            "mail-policy-returned-subject",
            "mail-policy-returned-purpose",
            "mail-because-drafter",
        ];
        about(&self.policy, &self.code, &self.name, self.number)
            .letter(words, keys, ("mail-fact-returned-by", &self.by))
            .fact(words.t("mail-fact-returned-because"), &self.reason)
            .say(words.t("mail-policy-returned-next"))
    }
}

fn about<'a>(policy: &'a PolicyId, code: &'a str, name: &'a str, number: i32) -> About<'a> {
    About { policy, code, name, number }
}
