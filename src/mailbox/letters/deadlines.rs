use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::DisputeId;
use crate::words::{Words, deadline};

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
        let lines = self.by_dispute();
        let late = lines.iter().filter(|lines| lines.iter().any(|(late, _)| *late)).count();
        let soon = lines.len().saturating_sub(late);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let counts = |key| words.counts(key, [("late", count(late)), ("soon", count(soon))]);
        let (subject, purpose) = match (late, soon) {
            (0, _) => ("mail-deadlines-soon-subject", "mail-deadlines-soon-purpose"),
            (_, 0) => ("mail-deadlines-late-subject", "mail-deadlines-late-purpose"),
            _ => ("mail-deadlines-subject", "mail-deadlines-purpose"),
        };
        let mut content =
            Content::new(counts(subject), counts(purpose), words.t("mail-because-deadlines"));
        for lines in lines.iter().take(MOST) {
            let Some((_, first)) = lines.first() else { continue };
            content = content.fact(first.number.clone(), first.said(words, lines));
        }
        let more = lines.len().saturating_sub(MOST);
        if more > 0 {
            content = content.say(words.count("mail-deadlines-more", count(more)));
        }
        let content = content.say(words.t("mail-deadlines-next"));
        match lines.as_slice() {
            [one] if !one.is_empty() => content.button(
                words.t("mail-button-dispute"),
                one.first().map(|(_, line)| line.page()).unwrap_or_default(),
            ),
            _ => content
                .button(words.t("mail-button-deadlines"), "/staff/disputes?view=breach".to_owned()),
        }
    }
}

impl DisputeDeadlines {
    /// The deadlines of each dispute together, what is late first.
    fn by_dispute(&self) -> Vec<Vec<(bool, &Deadline)>> {
        let mut disputes: Vec<Vec<(bool, &Deadline)>> = Vec::new();
        let late = self.late.iter().map(|line| (true, line));
        for line in late.chain(self.soon.iter().map(|line| (false, line))) {
            let same = |lines: &&mut Vec<(bool, &Deadline)>| {
                lines.iter().any(|(_, other)| other.dispute == line.1.dispute)
            };
            match disputes.iter_mut().find(same) {
                Some(lines) => lines.push(line),
                None => disputes.push(vec![line]),
            }
        }
        disputes
    }
}

impl Deadline {
    fn page(&self) -> String {
        format!("/staff/disputes/{}", self.dispute)
    }

    /// The customer, each deadline of the dispute, and who works on it.
    fn said(&self, words: &Words, deadlines: &[(bool, &Self)]) -> String {
        let due = |(late, line): &(bool, &Self)| {
            let key = match (line.answer, late) {
                (true, true) => "mail-deadline-answer-late",
                (true, false) => "mail-deadline-answer-soon",
                (false, true) => "mail-deadline-decision-late",
                (false, false) => "mail-deadline-decision-soon",
            };
            words.t1(key, "due", deadline(words.language, line.due))
        };
        let who = match &self.with {
            Some(who) => words.t1("mail-deadline-with", "who", who),
            None => words.t("mail-deadline-nobody"),
        };
        let due: Vec<_> = deadlines.iter().map(due).collect();
        let due = due.join(&words.t("mail-deadline-and"));
        words.with(
            "mail-deadline",
            [("customer", self.customer.clone()), ("due", due), ("who", who)],
        )
    }
}
