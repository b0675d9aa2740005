use crate::mailbox::letter::{Content, Letter, Thread};
use crate::values::Language;
use crate::words::{Words, words};

/// To whoever answers a letter by mail: nobody reads that, please write in the portal.
pub struct PortalOnly {
    /// The Message-ID of what they wrote.
    pub answers: Option<String>,
    /// In both languages, to somebody who isn't known.
    pub both: bool,
}

impl Letter for PortalOnly {
    const KIND: &'static str = "portal_only";

    fn write(&self, own: &Words) -> Content {
        let other = words(match own.language {
            Language::ZhCn => Language::En,
            Language::En => Language::ZhCn,
        });
        let say = |key: &str| match self.both {
            true => format!("{} / {}", own.t(key), other.t(key)),
            false => own.t(key),
        };
        let content = Content::new(
            say("mail-portal-only-subject"),
            say("mail-portal-only-purpose"),
            say("mail-because-wrote"),
        )
        .button(say("mail-button-portal"), "/".to_owned());
        let content = content.say(own.t("mail-portal-only-next"));
        if self.both { content.say(other.t("mail-portal-only-next")) } else { content }
    }

    fn thread(&self) -> Thread {
        self.answers.clone().map_or(Thread::Alone, Thread::Answers)
    }
}
