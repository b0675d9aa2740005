use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter, deadline};
use crate::values::DisputeId;
use crate::words::Words;

/// To whoever works on disputes and their lead: what is late and what soon will be, in one letter.
pub struct DisputeDeadlines {
    pub late: Vec<Deadline>,
    pub soon: Vec<Deadline>,
}

/// One of them.
pub struct Deadline {
    pub dispute: DisputeId,
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// The first answer is due; otherwise the decision.
    pub answer: bool,
    pub due: NaiveDate,
    /// Who works on it; None when nobody does.
    pub with: Option<String>,
}

/// Lines of a letter; the queue has the others.
const MOST: usize = 30;

impl Letter for DisputeDeadlines {
    const KIND: &'static str = "dispute_deadlines";

    fn write(&self, words: &Words) -> Content {
        let (late, soon) = (self.late.len(), self.soon.len());
        let counts = |key| words.t2(key, "late", late, "soon", soon);
        let (subject, purpose) = match (late, soon) {
            (0, _) => ("mail-deadlines-soon-subject", "mail-deadlines-soon-purpose"),
            (_, 0) => ("mail-deadlines-late-subject", "mail-deadlines-late-purpose"),
            _ => ("mail-deadlines-subject", "mail-deadlines-purpose"),
        };
        let mut content =
            Content::new(counts(subject), counts(purpose), words.t("mail-because-deadlines"));
        let late = self.late.iter().map(|line| (true, line));
        for (late, line) in late.chain(self.soon.iter().map(|line| (false, line))).take(MOST) {
            content = content.fact(line.number.clone(), line.said(words, late));
        }
        let more = (self.late.len() + self.soon.len()).saturating_sub(MOST);
        if more > 0 {
            content = content.say(words.t1("mail-deadlines-more", "count", more));
        }
        let content = content.say(words.t("mail-deadlines-next"));
        match (self.late.as_slice(), self.soon.as_slice()) {
            ([one], []) | ([], [one]) => content
                .button(words.t("mail-button-dispute"), format!("/staff/disputes/{}", one.dispute)),
            _ => content
                .button(words.t("mail-button-deadlines"), "/staff/disputes?view=breach".to_owned()),
        }
    }
}

impl Deadline {
    fn said(&self, words: &Words, late: bool) -> String {
        let key = match (self.answer, late) {
            (true, true) => "mail-deadline-answer-late",
            (true, false) => "mail-deadline-answer-soon",
            (false, true) => "mail-deadline-decision-late",
            (false, false) => "mail-deadline-decision-soon",
        };
        let nobody = || words.t("mail-deadline-nobody");
        words.with(
            key,
            [
                ("customer", self.customer.clone()),
                ("due", deadline(words, self.due)),
                ("who", self.with.clone().unwrap_or_else(nobody)),
            ],
        )
    }
}
