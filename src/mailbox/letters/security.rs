//! What a person has to know about their own account, in case it wasn't them.

use chrono::{DateTime, Utc};

use crate::mailbox::letter::{Content, Letter};
use crate::values::Contact;
use crate::words::{Words, date_time};

/// Somebody signed in with a browser that was never seen.
pub struct NewSignIn {
    pub at: DateTime<Utc>,
    /// Of the times in it.
    pub zone: chrono_tz::Tz,
    /// The network address it came from.
    pub address: String,
    /// What people call the browser, where it says so.
    pub device: Option<String>,
    pub contact: Contact,
}

/// So many wrong passwords that sign-in was paused, or so many wrong codes that it was ended.
pub struct WrongPasswords {
    /// It was codes, tried by somebody who has the password.
    pub codes: bool,
    pub at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub address: String,
    pub contact: Contact,
}

/// By whom a password was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordBy {
    /// Somebody signed in as the person, who knew the old one.
    Person,
    /// Somebody who holds the link of a letter.
    Link,
    /// Whoever keeps the portal running.
    Operator,
}

/// There is a new password.
pub struct PasswordChanged {
    pub by: PasswordBy,
    pub at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    /// The network address it came from; None from the shell.
    pub address: Option<String>,
    pub contact: Contact,
}

/// What became of a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorChange {
    SetUp,
    TurnedOff,
    /// New recovery codes take the place of the old ones.
    NewCodes,
    /// A recovery code was taken instead of one of the app; so many are left.
    CodeUsed {
        left: i64,
    },
    /// By an administrator, or whoever keeps the portal running.
    Reset,
}

/// A second factor changed, or was done without.
pub struct SecondFactorChanged {
    pub change: FactorChange,
    pub at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    /// The network address it came from, where it was the person's own doing.
    pub address: Option<String>,
    pub contact: Contact,
}

impl Letter for NewSignIn {
    const KIND: &'static str = "new_sign_in";

    fn write(&self, words: &Words) -> Content {
        let device = self.device.clone().unwrap_or_else(|| words.t("sessions-unknown-device"));
        Content::new(
            words.t("mail-new-sign-in-subject"),
            words.t("mail-new-sign-in-purpose"),
            words.t("mail-because-security"),
        )
        .fact(words.t("mail-fact-time"), date_time(words.language, self.zone, self.at))
        .fact(words.t("mail-fact-device"), device)
        .fact(words.t("mail-fact-network"), &self.address)
        .say(words.t("mail-security-yours"))
        .say(words.t("mail-new-sign-in-next"))
        .button(words.t("mail-button-sessions"), "/sessions".to_owned())
        .contact(&self.contact)
    }
}

impl Letter for WrongPasswords {
    const KIND: &'static str = "wrong_passwords";

    fn write(&self, words: &Words) -> Content {
        let [subject, purpose, yours, next] = match self.codes {
            false => [
                "mail-wrong-passwords-subject",
                "mail-wrong-passwords-purpose",
                "mail-wrong-passwords-yours",
                "mail-wrong-passwords-next",
            ],
            true => [
                "mail-wrong-codes-subject",
                "mail-wrong-codes-purpose",
                "mail-wrong-codes-yours",
                "mail-wrong-codes-next",
            ],
        };
        Content::new(words.t(subject), words.t(purpose), words.t("mail-because-security"))
            .fact(words.t("mail-fact-last-try"), date_time(words.language, self.zone, self.at))
            .fact(words.t("mail-fact-network"), &self.address)
            .say(words.t(yours))
            .say(words.t(next))
            .button(words.t("mail-button-account"), "/account".to_owned())
            .contact(&self.contact)
    }
}

impl Letter for PasswordChanged {
    const KIND: &'static str = "password_changed";

    fn write(&self, words: &Words) -> Content {
        let purpose = match self.by {
            PasswordBy::Person => "mail-password-changed-purpose",
            PasswordBy::Link => "mail-password-changed-link",
            PasswordBy::Operator => "mail-password-changed-operator",
        };
        let content = Content::new(
            words.t("mail-password-changed-subject"),
            words.t(purpose),
            words.t("mail-because-security"),
        )
        .fact(words.t("mail-fact-time"), date_time(words.language, self.zone, self.at));
        let content = match &self.address {
            Some(address) => content.fact(words.t("mail-fact-network"), address),
            None => content,
        };
        content
            .say(words.t("mail-security-yours"))
            .say(words.t("mail-password-changed-next"))
            .button(words.t("mail-button-forgotten"), "/forgotten-password".to_owned())
            .contact(&self.contact)
    }
}

impl Letter for SecondFactorChanged {
    const KIND: &'static str = "second_factor_changed";

    fn write(&self, words: &Words) -> Content {
        let [subject, purpose, next] = match self.change {
            FactorChange::SetUp => {
                ["mail-factor-set-up", "mail-factor-set-up-purpose", "mail-factor-set-up-next"]
            }
            FactorChange::TurnedOff => {
                ["mail-factor-off", "mail-factor-off-purpose", "mail-factor-off-next"]
            }
            FactorChange::NewCodes => {
                ["mail-factor-codes", "mail-factor-codes-purpose", "mail-factor-codes-next"]
            }
            FactorChange::CodeUsed { .. } => {
                ["mail-factor-used", "mail-factor-used-purpose", "mail-factor-used-next"]
            }
            FactorChange::Reset => {
                ["mail-factor-reset", "mail-factor-reset-purpose", "mail-factor-reset-next"]
            }
        };
        let because = words.t("mail-because-security");
        let mut content = Content::new(words.t(subject), words.t(purpose), because)
            .fact(words.t("mail-fact-time"), date_time(words.language, self.zone, self.at));
        if let Some(address) = &self.address {
            content = content.fact(words.t("mail-fact-network"), address);
        }
        if let FactorChange::CodeUsed { left } = self.change {
            content = content.fact(words.t("mail-fact-codes-left"), left.to_string());
        }
        let yours = match self.change {
            FactorChange::Reset => "mail-factor-asked",
            _ => "mail-security-yours",
        };
        content
            .say(words.t(yours))
            .say(words.t(next))
            .button(words.t("mail-button-account"), "/account".to_owned())
            .contact(&self.contact)
    }
}
