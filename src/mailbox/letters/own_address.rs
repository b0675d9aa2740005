//! What leaves because somebody forgot their password or moves to another address: two letters that
//! open something, and what the old address hears.

use chrono::{DateTime, Utc};

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date_time};

/// A link to choose a new password.
pub struct PasswordReset {
    pub until: DateTime<Utc>,
    /// Of the times in it.
    pub zone: chrono_tz::Tz,
    /// The network address it was asked from.
    pub address: String,
    /// The path before the secret.
    pub path: &'static str,
    pub contact: Contact,
}

/// To the new address: a link that takes it.
pub struct EmailChange {
    /// Whose address it is to be.
    pub name: String,
    pub old: String,
    pub until: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub path: &'static str,
    pub contact: Contact,
}

/// To the old address: another one is wanted.
pub struct EmailChangeRequested {
    pub new: String,
    pub at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub address: Option<String>,
    pub contact: Contact,
}

/// To the old address: it is another one now.
pub struct EmailChanged {
    pub new: String,
    pub at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub address: Option<String>,
    pub contact: Contact,
}

impl Letter for PasswordReset {
    const KIND: &'static str = "password_reset";

    fn write(&self, words: &Words) -> Content {
        Content::new(
            words.t("mail-password-reset-subject"),
            words.t("mail-password-reset-purpose"),
            words.t("mail-because-reset"),
        )
        .fact(words.t("mail-fact-link-until"), date_time(words.language, self.zone, self.until))
        .fact(words.t("mail-fact-asked-from"), &self.address)
        .say(words.t("mail-password-reset-next"))
        .say(words.t("mail-password-reset-not-you"))
        .one_time_button(
            words.t("mail-button-new-password"),
            self.path,
            "/forgotten-password".to_owned(),
        )
        .contact(&self.contact)
    }
}

impl Letter for EmailChange {
    const KIND: &'static str = "email_change";

    fn write(&self, words: &Words) -> Content {
        Content::new(
            words.t("mail-email-change-subject"),
            words.t1("mail-email-change-purpose", "name", &self.name),
            words.t("mail-because-email-change"),
        )
        .fact(words.t("mail-fact-old-address"), &self.old)
        .fact(words.t("mail-fact-link-until"), date_time(words.language, self.zone, self.until))
        .say(words.t("mail-email-change-next"))
        .say(words.t("mail-email-change-not-you"))
        .one_time_button(words.t("mail-button-email-change"), self.path, "/account".to_owned())
        .contact(&self.contact)
    }
}

impl Letter for EmailChangeRequested {
    const KIND: &'static str = "email_change_requested";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t("mail-email-requested-subject"),
            words.t("mail-email-requested-purpose"),
            words.t("mail-because-security"),
        );
        moved(content, words, &self.new, (self.at, self.zone), self.address.as_deref())
            .say(words.t("mail-email-requested-yours"))
            .say(words.t("mail-email-requested-next"))
            .button(words.t("mail-button-account"), "/account".to_owned())
            .contact(&self.contact)
    }
}

impl Letter for EmailChanged {
    const KIND: &'static str = "email_changed";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t("mail-email-changed-subject"),
            words.t("mail-email-changed-purpose"),
            words.t("mail-because-old-address"),
        );
        moved(content, words, &self.new, (self.at, self.zone), self.address.as_deref())
            .say(words.t("mail-security-yours"))
            .say(words.t("mail-email-changed-next"))
            .button(words.t("mail-button-sign-in"), "/sign-in".to_owned())
            .contact(&self.contact)
    }
}

/// The facts of both notices.
fn moved(
    content: Content,
    words: &Words,
    new: &str,
    (at, zone): (DateTime<Utc>, chrono_tz::Tz),
    address: Option<&str>,
) -> Content {
    let content = content
        .fact(words.t("mail-fact-new-address"), new)
        .fact(words.t("mail-fact-time"), date_time(words.language, zone, at));
    match address {
        Some(address) => content.fact(words.t("mail-fact-network"), address),
        None => content,
    }
}
