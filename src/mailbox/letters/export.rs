//! That a file somebody asked for is there.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date_time};

/// To whoever asked for an export. It names the file and never brings it.
pub struct ExportReady {
    /// What was exported, as its code.
    pub kind: &'static str,
    pub format: &'static str,
    pub rows: i64,
    /// Until when it can be fetched.
    pub until: DateTime<Utc>,
    pub zone: Tz,
    pub contact: Option<Contact>,
}

impl Letter for ExportReady {
    const KIND: &'static str = "export_ready";

    fn write(&self, words: &Words) -> Content {
        let kind = words.code("export-kind", self.kind);
        let until = date_time(words.language, self.zone, self.until);
        Content::new(
            words.t1("mail-export-ready-subject", "kind", &kind),
            words.t1("mail-export-ready-purpose", "until", &until),
            words.t("mail-because-requester"),
        )
        .fact(words.t("mail-fact-export"), &kind)
        .fact(words.t("mail-fact-export-format"), words.code("export-format", self.format))
        .fact(words.t("mail-fact-export-rows"), self.rows)
        .say(words.t("mail-export-ready-next"))
        .button(words.t("mail-button-downloads"), "/downloads".to_owned())
        .contact_if(self.contact.as_ref())
    }
}
