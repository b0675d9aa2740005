use crate::mailbox::letter::{Content, Letter};
use crate::values::{AnnouncementId, Contact};
use crate::words::Words;

/// News to a customer's finance people and managers, in the words of whoever wrote it.
pub struct Announcement {
    pub announcement: AnnouncementId,
    pub subject: String,
    /// What it is called in the other language, where it was written in both.
    pub other_subject: Option<String>,
    pub text: String,
    /// To its writer alone, to see how it looks.
    pub trial: bool,
    pub contact: Contact,
}

impl Announcement {
    fn called(&self, words: &Words, subject: &str) -> String {
        match self.trial {
            true => words.t1("mail-announcement-trial", "subject", subject),
            false => subject.to_owned(),
        }
    }
}

impl Letter for Announcement {
    const KIND: &'static str = "announcement";

    fn write(&self, words: &Words) -> Content {
        let because = match self.trial {
            true => words.t("mail-because-announcement-trial"),
            false => words.t("mail-because-announcement"),
        };
        let subject = self.called(words, &self.subject);
        let path = match self.trial {
            true => format!("/staff/announcements/{}", self.announcement),
            false => format!("/announcements/{}", self.announcement),
        };
        Content::new(subject, self.subject.clone(), because)
            .quote(&self.text)
            .button(words.t("mail-button-announcement"), path)
            .contact(&self.contact)
    }

    fn subject_elsewhere(&self, words: &Words) -> String {
        self.called(words, self.other_subject.as_ref().unwrap_or(&self.subject))
    }
}
