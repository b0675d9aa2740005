use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Period, StatementId};
use crate::words::{Words, deadline};

/// To the statement contacts, when a statement is issued.
pub struct StatementReady {
    pub statement: StatementId,
    pub number: String,
    pub period: Period,
    pub respond_by: NaiveDate,
    /// The PDF comes with it.
    pub encloses: bool,
    pub contact: Contact,
}

impl Letter for StatementReady {
    const KIND: &'static str = "statement_ready";

    fn write(&self, words: &Words) -> Content {
        let period = self.period.shown(words.language);
        let until = deadline(words.language, self.respond_by);
        let content = Content::new(
            words.t1("mail-statement-ready-subject", "period", &period),
            words.t1("mail-statement-ready-purpose", "period", &period),
            words.t("mail-because-statement"),
        )
        .fact(words.t("mail-fact-statement"), &self.number)
        .fact(words.t("mail-fact-period"), &period)
        .fact(words.t("mail-fact-respond-by"), &until)
        .say(words.t1("mail-statement-ready-next", "until", &until));
        with_paper(content, self.encloses, words)
            .button(words.t("mail-button-statement"), format!("/statements/{}", self.statement))
            .contact(&self.contact)
    }

    fn encloses(&self) -> Option<String> {
        self.encloses.then(|| paper(&self.statement))
    }
}

/// What letters call the statement they enclose.
pub(super) fn paper(statement: &StatementId) -> String {
    format!("statement/{statement}")
}

/// Says that the PDF comes with the letter, in words that hold where it had to be left out, too.
pub(super) fn with_paper(content: Content, encloses: bool, words: &Words) -> Content {
    match encloses {
        true => content.say(words.t("mail-statement-enclosed")),
        false => content,
    }
}
