use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, PolicyId};
use crate::words::{Words, date, date_range};

/// To a customer's managers, when a programme that covers them is published or changed.
pub struct ProgrammePublished {
    pub policy: PolicyId,
    pub name: String,
    /// What changed, sentence by sentence, in the reader's language; None for a new programme.
    pub changes: Option<Vec<String>>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub contact: Contact,
}

/// To the same, when a programme ends before its terms say so.
pub struct ProgrammeEnded {
    pub policy: PolicyId,
    pub name: String,
    pub last_day: NaiveDate,
    pub reason: String,
    pub contact: Contact,
}

/// To the same, when a programme is taken away.
pub struct ProgrammeWithdrawn {
    pub name: String,
    pub reason: String,
    pub contact: Contact,
}

/// To a manager whose company hasn't signed yet.
pub struct ProgrammeUnsigned {
    pub policy: PolicyId,
    pub name: String,
    pub published_on: NaiveDate,
    pub contact: Contact,
}

impl Letter for ProgrammePublished {
    const KIND: &'static str = "programme_published";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) = if self.changes.is_some() {
            ("mail-programme-amended-subject", "mail-programme-amended-purpose")
        } else {
            ("mail-programme-published-subject", "mail-programme-published-purpose")
        };
        let first = date(words.language, self.valid_from);
        let validity = match self.valid_to {
            Some(last) => date_range(words.language, self.valid_from, last),
            None => words.t1("mail-validity-open", "first", &first),
        };
        let content = Content::new(
            words.t1(subject, "name", &self.name),
            words.t2(purpose, "name", &self.name, "first", &first),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-validity"), validity);
        let content = match self.changes.as_deref() {
            None | Some([]) => content,
            Some(changes) => {
                content.points(words.t1("mail-programme-changes", "first", first), changes.to_vec())
            }
        };
        content
            .say(words.t("mail-programme-next"))
            .button(words.t("mail-button-programme"), format!("/programmes/{}", self.policy))
            .contact(&self.contact)
    }
}

impl Letter for ProgrammeEnded {
    const KIND: &'static str = "programme_ended";

    fn write(&self, words: &Words) -> Content {
        let last = date(words.language, self.last_day);
        Content::new(
            words.t1("mail-programme-ended-subject", "name", &self.name),
            words.t2("mail-programme-ended-purpose", "name", &self.name, "last", &last),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-last-day"), &last)
        .fact(words.t("mail-fact-because"), &self.reason)
        .say(words.t("mail-programme-ended-next"))
        .button(words.t("mail-button-programme"), format!("/programmes/{}", self.policy))
        .contact(&self.contact)
    }
}

impl Letter for ProgrammeWithdrawn {
    const KIND: &'static str = "programme_withdrawn";

    fn write(&self, words: &Words) -> Content {
        Content::new(
            words.t1("mail-programme-withdrawn-subject", "name", &self.name),
            words.t1("mail-programme-withdrawn-purpose", "name", &self.name),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-because"), &self.reason)
        .say(words.t("mail-programme-withdrawn-next"))
        .button(words.t("mail-button-programmes"), "/programmes".to_owned())
        .contact(&self.contact)
    }
}

impl Letter for ProgrammeUnsigned {
    const KIND: &'static str = "programme_unsigned";

    fn write(&self, words: &Words) -> Content {
        Content::new(
            words.t1("mail-programme-unsigned-subject", "name", &self.name),
            words.t1("mail-programme-unsigned-purpose", "name", &self.name),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-published"), date(words.language, self.published_on))
        .say(words.t("mail-programme-unsigned-next"))
        .button(words.t("mail-button-programme"), format!("/programmes/{}", self.policy))
        .contact(&self.contact)
    }
}

/// To the managers of customers it covers, some days before its last one.
pub struct ProgrammeEnding {
    pub policy: PolicyId,
    pub name: String,
    pub last_day: NaiveDate,
    pub contact: Contact,
}

impl Letter for ProgrammeEnding {
    const KIND: &'static str = "programme_ending";

    fn write(&self, words: &Words) -> Content {
        let last = date(words.language, self.last_day);
        Content::new(
            words.t1("mail-programme-ending-subject", "name", &self.name),
            words.t2("mail-programme-ending-purpose", "name", &self.name, "last", &last),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-last-day"), &last)
        .say(words.t("mail-programme-ending-next"))
        .button(words.t("mail-button-programme"), format!("/programmes/{}", self.policy))
        .contact(&self.contact)
    }
}
