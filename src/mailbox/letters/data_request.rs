//! What became of somebody's request about their own data.

use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date, deadline};

/// Which request it is.
pub struct AboutDataRequest {
    /// What was asked, as its code.
    pub kind: &'static str,
    pub received: NaiveDate,
    pub contact: Option<Contact>,
}

/// To the person, as soon as they asked.
pub struct DataRequestReceived {
    pub about: AboutDataRequest,
    /// By when it is answered.
    pub due_on: NaiveDate,
}

/// To the person, when it was answered.
pub struct DataRequestDone {
    pub about: AboutDataRequest,
    pub granted: bool,
    /// Their access ended with it.
    pub ends: bool,
    /// What whoever answered said.
    pub answer: Option<String>,
}

impl AboutDataRequest {
    fn content(&self, words: &Words, subject: &str, purpose: &str) -> Content {
        let kind = words.code("privacy-request", self.kind);
        let received = date(words.language, self.received);
        Content::new(
            words.t(subject),
            words.t1(purpose, "kind", &kind),
            words.t("mail-because-requester"),
        )
        .fact(words.t("mail-fact-data-request"), &kind)
        .fact(words.t("mail-fact-data-received"), received)
        .contact_if(self.contact.as_ref())
    }
}

impl Letter for DataRequestReceived {
    const KIND: &'static str = "data_request_received";

    fn write(&self, words: &Words) -> Content {
        let due = deadline(words.language, self.due_on);
        let (subject, purpose) = ("mail-data-received-subject", "mail-data-received-purpose");
        self.about
            .content(words, subject, purpose)
            .fact(words.t("mail-fact-data-due"), &due)
            .say(words.t1("mail-data-received-next", "due", &due))
            .button(words.t("mail-button-my-data"), "/my-data".to_owned())
    }
}

impl Letter for DataRequestDone {
    const KIND: &'static str = "data_request_done";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) = match self.granted {
            true => ("mail-data-done-subject", "mail-data-done-purpose"),
            false => ("mail-data-declined-subject", "mail-data-declined-purpose"),
        };
        let mut content = self.about.content(words, subject, purpose);
        if let Some(answer) = &self.answer {
            content = content.fact(words.t("mail-fact-data-answer"), answer);
        }
        let next = match (self.granted, self.ends) {
            (true, true) => "mail-data-done-ended",
            (true, false) => "mail-data-done-next",
            (false, _) => "mail-data-declined-next",
        };
        // Who can't sign in any more has no page of their own.
        let (button, path) = match self.granted && self.ends {
            true => ("mail-button-portal", "/"),
            false => ("mail-button-my-data", "/my-data"),
        };
        content.say(words.t(next)).button(words.t(button), path.to_owned())
    }
}
