use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter, Thread};
use crate::values::{Contact, DisputeId};
use crate::words::{Words, deadline};

/// To whoever filed: it arrived, what happens next, by when.
pub struct DisputeReceived {
    pub dispute: DisputeId,
    pub number: String,
    /// What is contested, as the dispute's page names it.
    pub about: String,
    pub answer_due: NaiveDate,
    /// Whether some of the available balance is on hold for it.
    pub held: bool,
    pub contact: Contact,
}

/// To whoever filed: the account manager asks something.
pub struct DisputeQuestion {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    pub contact: Contact,
}

/// To the other side: somebody wrote. The message itself stays in the portal.
pub struct DisputeReply {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    /// Who wrote.
    pub from: String,
    pub reader: Reader,
    /// For a customer: whom to ask.
    pub contact: Option<Contact>,
}

/// To whoever filed: the decision, and how to appeal until when.
pub struct DisputeDecided {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    pub verdict: Verdict,
    pub appeal_until: NaiveDate,
    pub contact: Contact,
}

/// To whoever filed: it was filed twice, and goes on in the other dispute.
pub struct DisputeMerged {
    /// The one in which it goes on.
    pub dispute: DisputeId,
    /// The closed one's.
    pub number: String,
    pub into: String,
    pub about: String,
    pub contact: Contact,
}

/// To whoever filed: somebody else looks at it again.
pub struct AppealReceived {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    pub decision_due: NaiveDate,
    pub contact: Contact,
}

/// To whoever filed: the final decision, and who made it.
pub struct AppealDecided {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    pub verdict: Verdict,
    pub decided_by: String,
    pub contact: Contact,
}

/// To whoever has the case on either side: a file was infected and is gone.
pub struct DisputeFileRemoved {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    /// As whoever sent it named it.
    pub file: String,
    pub reader: Reader,
    /// For a customer: whom to ask.
    pub contact: Option<Contact>,
}

/// To the account manager: a customer contests something.
pub struct StaffNewDispute {
    pub dispute: DisputeId,
    pub number: String,
    pub about: String,
    /// The customer's name.
    pub customer: String,
    pub answer_due: NaiveDate,
}

/// Letters about one dispute to one reader are one conversation.
fn thread(dispute: &DisputeId) -> Thread {
    Thread::Of(format!("dispute-{dispute}"))
}

/// Whose page a letter leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Customer,
    Staff,
}

/// How a dispute was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    PartlyAccepted,
    Rejected,
}

impl Verdict {
    fn shown(self, words: &Words) -> String {
        words.t(match self {
            Self::Accepted => "mail-verdict-accepted",
            Self::PartlyAccepted => "mail-verdict-partly-accepted",
            Self::Rejected => "mail-verdict-rejected",
        })
    }
}

/// What every letter about a dispute has: subject and purpose of its own, the number, the page.
struct Dispute<'a> {
    id: &'a DisputeId,
    number: &'a str,
    about: &'a str,
    reader: Reader,
}

impl Dispute<'_> {
    fn letter(&self, words: &Words, subject: &'static str, purpose: &'static str) -> Content {
        let (because, path) = match self.reader {
            Reader::Customer => ("mail-because-filer", format!("/disputes/{}", self.id)),
            Reader::Staff => ("mail-because-staff", format!("/staff/disputes/{}", self.id)),
        };
        Content::new(
            words.t1(subject, "number", self.number),
            words.t1(purpose, "number", self.number),
            words.t(because),
        )
        .fact(words.t("mail-fact-dispute"), self.number)
        .fact(words.t("mail-fact-about"), self.about)
        .button(words.t("mail-button-dispute"), path)
    }
}

impl Letter for DisputeReceived {
    const KIND: &'static str = "dispute_received";

    fn write(&self, words: &Words) -> Content {
        let due = deadline(words.language, self.answer_due);
        let money =
            if self.held { "mail-dispute-received-held" } else { "mail-dispute-received-free" };
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-dispute-received-subject", "mail-dispute-received-purpose")
            .fact(words.t("mail-fact-answer-due"), &due)
            .say(words.t1("mail-dispute-received-next", "due", &due))
            .say(words.t(money))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for DisputeQuestion {
    const KIND: &'static str = "dispute_question";

    fn write(&self, words: &Words) -> Content {
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-dispute-question-subject", "mail-dispute-question-purpose")
            .say(words.t("mail-dispute-question-next"))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for DisputeReply {
    const KIND: &'static str = "dispute_reply";

    fn write(&self, words: &Words) -> Content {
        let dispute = Dispute {
            id: &self.dispute,
            number: &self.number,
            about: &self.about,
            reader: self.reader,
        };
        dispute
            .letter(words, "mail-dispute-reply-subject", "mail-dispute-reply-purpose")
            .fact(words.t("mail-fact-from"), &self.from)
            .say(words.t("mail-dispute-reply-next"))
            .contact_if(self.contact.as_ref())
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for DisputeDecided {
    const KIND: &'static str = "dispute_decided";

    fn write(&self, words: &Words) -> Content {
        let until = deadline(words.language, self.appeal_until);
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-dispute-decided-subject", "mail-dispute-decided-purpose")
            .fact(words.t("mail-fact-verdict"), self.verdict.shown(words))
            .fact(words.t("mail-fact-appeal-until"), &until)
            .say(words.t1("mail-dispute-decided-next", "until", &until))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for DisputeMerged {
    const KIND: &'static str = "dispute_merged";

    fn write(&self, words: &Words) -> Content {
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-dispute-merged-subject", "mail-dispute-merged-purpose")
            .fact(words.t("mail-fact-merged-into"), &self.into)
            .say(words.t1("mail-dispute-merged-next", "into", &self.into))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for AppealReceived {
    const KIND: &'static str = "appeal_received";

    fn write(&self, words: &Words) -> Content {
        let due = deadline(words.language, self.decision_due);
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-appeal-received-subject", "mail-appeal-received-purpose")
            .fact(words.t("mail-fact-decision-due"), &due)
            .say(words.t1("mail-appeal-received-next", "due", &due))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for AppealDecided {
    const KIND: &'static str = "appeal_decided";

    fn write(&self, words: &Words) -> Content {
        to_customer(&self.dispute, &self.number, &self.about)
            .letter(words, "mail-appeal-decided-subject", "mail-appeal-decided-purpose")
            .fact(words.t("mail-fact-verdict"), self.verdict.shown(words))
            .fact(words.t("mail-fact-decided-by"), &self.decided_by)
            .say(words.t("mail-appeal-decided-next"))
            .contact(&self.contact)
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

impl Letter for DisputeFileRemoved {
    const KIND: &'static str = "dispute_file_removed";

    fn write(&self, words: &Words) -> Content {
        let dispute = Dispute {
            id: &self.dispute,
            number: &self.number,
            about: &self.about,
            reader: self.reader,
        };
        dispute
            .letter(words, "mail-file-removed-subject", "mail-file-removed-purpose")
            .fact(words.t("mail-fact-file"), &self.file)
            .say(words.t("mail-file-removed-next"))
            .contact_if(self.contact.as_ref())
    }
}

impl Letter for StaffNewDispute {
    const KIND: &'static str = "staff_new_dispute";

    fn write(&self, words: &Words) -> Content {
        let due = deadline(words.language, self.answer_due);
        let dispute = Dispute {
            id: &self.dispute,
            number: &self.number,
            about: &self.about,
            reader: Reader::Staff,
        };
        dispute
            .letter(words, "mail-staff-new-dispute-subject", "mail-staff-new-dispute-purpose")
            .fact(words.t("mail-fact-customer"), &self.customer)
            .fact(words.t("mail-fact-answer-due"), &due)
            .say(words.t1("mail-staff-new-dispute-next", "due", &due))
    }

    fn thread(&self) -> Thread {
        thread(&self.dispute)
    }
}

fn to_customer<'a>(id: &'a DisputeId, number: &'a str, about: &'a str) -> Dispute<'a> {
    Dispute { id, number, about, reader: Reader::Customer }
}
