//! What the portal tells those who keep it running, and the mailbox that keeps its history's marks.

use chrono::{DateTime, NaiveDate, Utc};

use crate::mailbox::letter::{Content, Letter};
use crate::text_enum;
use crate::words::{Words, date, date_time};

text_enum! {
    /// What may be wrong with the machine, and lasts.
    pub enum TroubleKind {
        BackupFailed = "backup_failed",
        BackupOld = "backup_old",
        /// The disk with the database is nearly full.
        DiskDatabase = "disk_database",
        /// The disk with the files.
        DiskFiles = "disk_files",
    }
}

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
    /// The last try made none.
    BackupFailed { at: DateTime<Utc>, file: String, why: String },
    /// None is as young as it should be: when the last was made, and how many hours old it may be.
    BackupOld { last: Option<DateTime<Utc>>, hours: i64 },
    /// The disk of this kind has little room left.
    DiskFull { kind: TroubleKind, percent: u64, megabytes: u64 },
    /// What was told isn't so any more.
    Over { kind: TroubleKind, since: DateTime<Utc> },
}

impl Trouble {
    /// What is known of it, in figures or in a machine's words.
    pub fn detail(&self) -> String {
        match self {
            Self::Differs { first, .. } => first.first().cloned().unwrap_or_default(),
            Self::NotVerified { why } | Self::RelayAway { why, .. } => why.clone(),
            Self::Backlog { letters, .. } => letters.to_string(),
            Self::BackupFailed { file, why, .. } => format!("{file}: {why}"),
            Self::BackupOld { last, .. } => {
                last.map_or_else(|| "—".to_owned(), |last| last.to_rfc3339())
            }
            Self::DiskFull { percent, megabytes, .. } => format!("{percent} % · {megabytes} MB"),
            Self::Over { .. } => String::new(),
        }
    }
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
            Trouble::BackupFailed { .. } => "backup-failed",
            Trouble::BackupOld { .. } => "backup-old",
            Trouble::DiskFull { .. } => "disk",
            Trouble::Over { .. } => "over",
        };
        let what = match &self.trouble {
            Trouble::DiskFull { kind, .. } | Trouble::Over { kind, .. } => {
                words.code("trouble", kind.as_str())
            }
            _ => String::new(),
        };
        let content = Content::new(
            words.t1(&format!("mail-alert-{key}-subject"), "what", &what),
            words.t1(&format!("mail-alert-{key}-purpose"), "what", &what),
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
            Trouble::BackupFailed { at: tried, file, why } => content
                .fact(words.t("mail-fact-tried"), at(tried))
                .fact(words.t("mail-fact-backup"), file)
                .fact(words.t("mail-fact-why"), why),
            Trouble::BackupOld { last, hours } => content
                .fact(
                    words.t("mail-fact-last-backup"),
                    last.as_ref().map_or_else(|| words.t("mail-no-backup"), at),
                )
                .fact(words.t("mail-fact-max-age"), words.count("mail-hours", *hours)),
            Trouble::DiskFull { percent, megabytes, .. } => content
                .fact(words.t("mail-fact-free"), format!("{percent} %"))
                .fact(words.t("mail-fact-free-room"), format!("{megabytes} MB")),
            Trouble::Over { since, .. } => content.fact(words.t("mail-fact-since"), at(since)),
        };
        let content = content.say(words.t(&format!("mail-alert-{key}-next")));
        match &self.trouble {
            Trouble::Differs { .. } | Trouble::NotVerified { .. } => {
                content.button(words.t("mail-button-audit"), "/staff/audit".to_owned())
            }
            _ => content.button(words.t("mail-button-mailbox"), "/staff/mailbox".to_owned()),
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
