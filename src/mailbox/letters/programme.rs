use chrono::NaiveDate;

use crate::mailbox::letter::{Contact, Content, Letter};
use crate::values::PolicyId;
use crate::words::{Words, date};

/// To a customer's managers, when a programme that covers them is published or changed.
pub struct ProgrammePublished {
    pub policy: PolicyId,
    pub name: String,
    /// A later version of a programme they know.
    pub amended: bool,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub contact: Contact,
}

impl Letter for ProgrammePublished {
    const KIND: &'static str = "programme_published";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) = if self.amended {
            ("mail-programme-amended-subject", "mail-programme-amended-purpose")
        } else {
            ("mail-programme-published-subject", "mail-programme-published-purpose")
        };
        let first = date(words.language, self.valid_from);
        let validity = match self.valid_to {
            Some(last) => {
                let last = date(words.language, last);
                words.t2("mail-validity", "first", first, "last", last)
            }
            None => words.t1("mail-validity-open", "first", first),
        };
        Content::new(
            words.t1(subject, "name", &self.name),
            words.t1(purpose, "name", &self.name),
            words.t("mail-because-manager"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-validity"), validity)
        .say(words.t("mail-programme-next"))
        .button(words.t("mail-button-programme"), format!("/programmes/{}", self.policy))
        .contact(&self.contact)
    }
}
