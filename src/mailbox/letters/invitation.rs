use chrono::{DateTime, Utc};

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date_time};

/// To somebody who may use the portal once they have chosen a password.
pub struct Invitation {
    /// Who invites.
    pub by: String,
    /// Into whose house.
    pub host: String,
    /// Each as the prefix of its word and its code.
    pub roles: Vec<(&'static str, &'static str)>,
    /// What they sign in with.
    pub email: String,
    /// When the link ends.
    pub until: DateTime<Utc>,
    /// Of the time in it.
    pub zone: chrono_tz::Tz,
    /// Of the page it leads to, before the secret.
    pub path: &'static str,
    pub contact: Contact,
}

impl Letter for Invitation {
    const KIND: &'static str = "invitation";

    fn write(&self, words: &Words) -> Content {
        let roles: Vec<_> =
            self.roles.iter().map(|(prefix, code)| words.code(prefix, code)).collect();
        Content::new(
            words.t("mail-invitation-subject"),
            words.t2("mail-invitation-purpose", "by", &self.by, "host", &self.host),
            words.t1("mail-because-invited", "by", &self.by),
        )
        .fact(words.t("mail-fact-company"), &self.host)
        .fact(words.t("mail-fact-roles"), roles.join(" · "))
        .fact(words.t("mail-fact-sign-in"), &self.email)
        .fact(words.t("mail-fact-until"), date_time(words.language, self.zone, self.until))
        .say(words.t("mail-invitation-next"))
        .say(words.t("mail-invitation-unexpected"))
        .one_time_button(words.t("mail-button-invitation"), self.path, "/sign-in".to_owned())
        .contact(&self.contact)
    }
}
