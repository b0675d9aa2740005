use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::words::{Words, date};

/// To account managers, once a week: what of their customers' waits, and what is late.
pub struct WeeklyDigest {
    /// The Monday it is written for.
    pub week: NaiveDate,
    /// Disputes that wait for the reader, and those of them about to miss a deadline.
    pub disputes: i64,
    pub disputes_due: i64,
    /// Disputes that wait for the customer.
    pub disputes_asked: i64,
    /// Statements without an answer, and those of them past their deadline.
    pub statements: i64,
    pub statements_overdue: i64,
    /// Addresses that take no mail.
    pub addresses: i64,
}

impl WeeklyDigest {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        let counts = [
            self.disputes,
            self.disputes_due,
            self.disputes_asked,
            self.statements,
            self.addresses,
        ];
        counts.iter().all(|count| *count == 0)
    }
}

impl Letter for WeeklyDigest {
    const KIND: &'static str = "weekly_digest";

    fn write(&self, words: &Words) -> Content {
        let week = date(words.language, self.week);
        let content = Content::new(
            words.t1("mail-digest-subject", "week", &week),
            words.t1("mail-digest-purpose", "week", &week),
            words.t("mail-because-digest"),
        );
        let facts = [
            ("mail-fact-disputes-mine", self.disputes),
            ("mail-fact-disputes-due", self.disputes_due),
            ("mail-fact-disputes-asked", self.disputes_asked),
            ("mail-fact-statements-open", self.statements),
            ("mail-fact-statements-overdue", self.statements_overdue),
            ("mail-fact-addresses-bounced", self.addresses),
        ];
        facts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .fold(content, |content, (label, count)| content.fact(words.t(label), count))
            .say(words.t("mail-digest-next"))
            .button(words.t("mail-button-desk"), "/staff".to_owned())
    }
}
