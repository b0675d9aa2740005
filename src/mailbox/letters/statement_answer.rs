//! What is written between a statement and its answer.

use chrono::NaiveDate;

use super::Reader;
use super::statement::{paper, with_paper};
use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Period, StatementId};
use crate::words::{Words, deadline};

/// A statement as these letters name it.
#[derive(Debug, Clone)]
pub struct AboutStatement {
    pub statement: StatementId,
    pub number: String,
    /// The customer's name.
    pub customer: String,
    pub period: Period,
    pub respond_by: NaiveDate,
    pub reader: Reader,
    pub contact: Option<Contact>,
}

/// To the statement contacts, some business days before the deadline.
pub struct StatementReminder {
    pub about: AboutStatement,
    /// The agreement by which silence confirms, where there is one.
    pub agreement: Option<String>,
}

/// The receipt, to both sides.
pub struct StatementConfirmed {
    pub about: AboutStatement,
    /// Who confirmed.
    pub by: String,
    /// The day, in the company's zone.
    pub on: NaiveDate,
    /// The number of the audit event.
    pub evidence: i64,
    /// What was confirmed.
    pub hash: String,
}

/// To both sides, when silence confirmed.
pub struct StatementDeemed {
    pub about: AboutStatement,
    pub agreement: String,
    pub evidence: i64,
}

/// To the statement contacts, when a corrected version took a statement's place.
pub struct StatementCorrected {
    pub about: AboutStatement,
    /// The number of the version before.
    pub corrects: String,
    pub reason: String,
    /// What differs, in the reader's language and without amounts.
    pub changes: Vec<String>,
    /// The PDF comes with it.
    pub encloses: bool,
}

/// To whoever looks after customers that haven't answered.
pub struct StatementsOverdue {
    pub lines: Vec<OverdueStatement>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct OverdueStatement {
    pub statement: StatementId,
    pub number: String,
    /// The customer's name.
    pub customer: String,
    pub respond_by: NaiveDate,
}

/// Lines of a letter; the list has the others.
const MOST: usize = 30;

impl AboutStatement {
    /// The letter's head, with what it is about.
    fn begin(&self, words: &Words, subject: &str, purpose: &str) -> Content {
        let period = self.period.shown(words.language);
        let because = match self.reader {
            Reader::Customer => "mail-because-statement",
            Reader::Staff => "mail-because-staff",
        };
        let content = Content::new(
            words.t1(subject, "period", &period),
            words.t1(purpose, "period", &period),
            words.t(because),
        )
        .fact(words.t("mail-fact-statement"), &self.number);
        let content = match self.reader {
            Reader::Staff => content.fact(words.t("mail-fact-customer"), &self.customer),
            Reader::Customer => content,
        };
        content.fact(words.t("mail-fact-period"), &period)
    }

    fn end(&self, words: &Words, content: Content) -> Content {
        let path = match self.reader {
            Reader::Customer => format!("/statements/{}", self.statement),
            Reader::Staff => format!("/staff/statements/{}", self.statement),
        };
        content.button(words.t("mail-button-statement"), path).contact_if(self.contact.as_ref())
    }
}

impl Letter for StatementReminder {
    const KIND: &'static str = "statement_reminder";

    fn write(&self, words: &Words) -> Content {
        let until = deadline(words.language, self.about.respond_by);
        let (subject, purpose) =
            ("mail-statement-reminder-subject", "mail-statement-reminder-purpose");
        let content = self
            .about
            .begin(words, subject, purpose)
            .fact(words.t("mail-fact-respond-by"), &until)
            .say(words.t1("mail-statement-reminder-next", "until", &until));
        let content = match &self.agreement {
            Some(agreement) => {
                content.say(words.t1("mail-statement-silence", "agreement", agreement))
            }
            None => content,
        };
        self.about.end(words, content)
    }
}

impl Letter for StatementConfirmed {
    const KIND: &'static str = "statement_confirmed";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) =
            ("mail-statement-confirmed-subject", "mail-statement-confirmed-purpose");
        let content = self
            .about
            .begin(words, subject, purpose)
            .fact(words.t("mail-fact-confirmed-by"), &self.by)
            .fact(words.t("mail-fact-confirmed-on"), deadline(words.language, self.on))
            .fact(words.t("mail-fact-evidence"), format!("#{}", self.evidence))
            .fact(words.t("mail-fact-hash"), &self.hash)
            .say(words.t("mail-statement-confirmed-next"));
        self.about.end(words, content)
    }
}

impl Letter for StatementDeemed {
    const KIND: &'static str = "statement_deemed";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) = ("mail-statement-deemed-subject", "mail-statement-deemed-purpose");
        let content = self
            .about
            .begin(words, subject, purpose)
            .fact(words.t("mail-fact-was-due"), deadline(words.language, self.about.respond_by))
            .fact(words.t("mail-fact-agreement"), &self.agreement)
            .fact(words.t("mail-fact-evidence"), format!("#{}", self.evidence))
            .say(words.t("mail-statement-deemed-next"));
        self.about.end(words, content)
    }
}

impl Letter for StatementCorrected {
    const KIND: &'static str = "statement_corrected";

    fn write(&self, words: &Words) -> Content {
        let (subject, purpose) =
            ("mail-statement-corrected-subject", "mail-statement-corrected-purpose");
        let until = deadline(words.language, self.about.respond_by);
        let mut content = self
            .about
            .begin(words, subject, purpose)
            .fact(words.t("mail-fact-corrects"), &self.corrects)
            .fact(words.t("mail-fact-corrected-because"), &self.reason)
            .fact(words.t("mail-fact-respond-by"), &until);
        if !self.changes.is_empty() {
            let changes = self.changes.iter().take(MOST).cloned().collect();
            content = content.points(words.t("mail-statement-changes"), changes);
        }
        let content = content.say(words.t1("mail-statement-corrected-next", "until", &until));
        self.about.end(words, with_paper(content, self.encloses, words))
    }

    fn encloses(&self) -> Option<String> {
        self.encloses.then(|| paper(&self.about.statement))
    }
}

impl Letter for StatementsOverdue {
    const KIND: &'static str = "statements_overdue";

    fn write(&self, words: &Words) -> Content {
        let count = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        let mut content = Content::new(
            words.count("mail-statements-overdue-subject", count),
            words.count("mail-statements-overdue-purpose", count),
            words.t("mail-because-staff"),
        );
        for line in self.lines.iter().take(MOST) {
            let until = deadline(words.language, line.respond_by);
            let said = words.t2(
                "mail-statements-overdue-line",
                "customer",
                &line.customer,
                "until",
                until,
            );
            content = content.fact(line.number.clone(), said);
        }
        let more = self.lines.len().saturating_sub(MOST);
        if more > 0 {
            content = content.say(words.t1("mail-statements-overdue-more", "count", more));
        }
        let path = match self.lines.as_slice() {
            [one] => format!("/staff/statements/{}", one.statement),
            _ => "/staff/statements?state=overdue".to_owned(),
        };
        content
            .say(words.t("mail-statements-overdue-next"))
            .button(words.t("mail-button-statement"), path)
    }
}
