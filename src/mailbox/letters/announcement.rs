use crate::mailbox::letter::{Content, Letter};
use crate::values::{AnnouncementId, Contact};
use crate::words::Words;

/// News to a customer's finance people and managers, in the words of whoever wrote it.
pub struct Announcement {
    pub announcement: AnnouncementId,
    pub subject: String,
    pub text: String,
    /// To its writer alone, to see how it looks.
    pub trial: bool,
    pub contact: Contact,
}

impl Letter for Announcement {
    const KIND: &'static str = "announcement";

    fn write(&self, words: &Words) -> Content {
        let (subject, because) = match self.trial {
            true => (
                words.t1("mail-announcement-trial", "subject", &self.subject),
                words.t("mail-because-announcement-trial"),
            ),
            false => (self.subject.clone(), words.t("mail-because-announcement")),
        };
        let path = match self.trial {
            true => format!("/staff/announcements/{}", self.announcement),
            false => format!("/announcements/{}", self.announcement),
        };
        Content::new(subject, self.subject.clone(), because)
            .quote(&self.text)
            .button(words.t("mail-button-announcement"), path)
            .contact(&self.contact)
    }
}
