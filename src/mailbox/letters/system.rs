//! What the portal tells those who keep it running, and the mailbox that keeps its history's marks.

use chrono::{DateTime, NaiveDate, Utc};

use crate::mailbox::letter::{Content, Letter};
use crate::words::{Words, date, date_time};

/// Something that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The nightly recalculation found differences: how many, and the first of them.
    Differs { count: usize, first: Vec<String> },
    /// The check itself didn't come to its end.
    NotVerified { why: String },
    /// The mail server takes nothing.
    RelayAway { since: DateTime<Utc>, why: String },
    /// Letters that are due wait for so long that nobody can be at them.
    Backlog { since: DateTime<Utc>, letters: i64 },
}

/// To the administrators.
pub struct SystemAlert {
    pub trouble: Trouble,
    /// Of the times in it.
    pub zone: chrono_tz::Tz,
}

/// To the mailbox that keeps evidence outside the portal, once a day.
pub struct AuditCheckpoint {
    pub on: NaiveDate,
    /// How many events the log holds, and the last one's hash.
    pub events: i64,
    pub hash: String,
}

impl Letter for SystemAlert {
    const KIND: &'static str = "system_alert";

    fn write(&self, words: &Words) -> Content {
        let key = match &self.trouble {
            Trouble::Differs { .. } => "differs",
            Trouble::NotVerified { .. } => "not-verified",
            Trouble::RelayAway { .. } => "relay",
            Trouble::Backlog { .. } => "backlog",
        };
        let content = Content::new(
            words.t(&format!("mail-alert-{key}-subject")),
            words.t(&format!("mail-alert-{key}-purpose")),
            words.t("mail-because-operator"),
        );
        let at = |at: &DateTime<Utc>| date_time(words.language, self.zone, *at);
        let content = match &self.trouble {
            Trouble::Differs { count, first } => content
                .fact(words.t("mail-fact-differences"), count)
                .points(words.t("mail-alert-first"), first.clone()),
            Trouble::NotVerified { why } => content.fact(words.t("mail-fact-why"), why),
            Trouble::RelayAway { since, why } => content
                .fact(words.t("mail-fact-since"), at(since))
                .fact(words.t("mail-fact-server-said"), why),
            Trouble::Backlog { since, letters } => content
                .fact(words.t("mail-fact-since"), at(since))
                .fact(words.t("mail-fact-letters-waiting"), letters),
        };
        let content = content.say(words.t(&format!("mail-alert-{key}-next")));
        match &self.trouble {
            Trouble::Differs { .. } | Trouble::NotVerified { .. } => {
                content.button(words.t("mail-button-audit"), "/staff/audit".to_owned())
            }
            Trouble::RelayAway { .. } | Trouble::Backlog { .. } => {
                content.button(words.t("mail-button-mailbox"), "/staff/mailbox".to_owned())
            }
        }
    }
}

impl Letter for AuditCheckpoint {
    const KIND: &'static str = "audit_checkpoint";

    fn write(&self, words: &Words) -> Content {
        let on = date(words.language, self.on);
        Content::new(
            words.t1("mail-checkpoint-subject", "on", &on),
            words.t1("mail-checkpoint-purpose", "on", &on),
            words.t("mail-because-checkpoint"),
        )
        .fact(words.t("mail-fact-events"), self.events)
        .fact(words.t("mail-fact-last-hash"), &self.hash)
        .say(words.t("mail-checkpoint-next"))
        .button(words.t("mail-button-audit"), "/staff/audit".to_owned())
    }
}
