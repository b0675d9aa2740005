use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Language, Money};
use crate::words::{Words, date, deadline};

/// To a customer's finance people and managers, once a week: what waits for them, what was paid,
/// and the days ahead.
pub struct CustomerDigest {
    /// The Monday it is written for.
    pub week: NaiveDate,
    /// Statements to answer.
    pub statements: i64,
    /// Questions in disputes to answer, and decisions to accept or to appeal against.
    pub questions: i64,
    pub decisions: i64,
    /// Programmes to sign.
    pub programmes: i64,
    /// What arrived last week: number, amount, day.
    pub paid: Vec<(String, Money, NaiveDate)>,
    /// What lies ahead, by day.
    pub dates: Vec<(NaiveDate, Ahead)>,
    pub contact: Contact,
}

/// Something with a day, by the number or the name of what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ahead {
    /// A statement has to be answered.
    Answer(String),
    /// An appeal can be made until then.
    Appeal(String),
    /// A payout should arrive.
    Payout(String),
    /// A programme's period ends: its name in both languages.
    PeriodEnd { zh: String, en: String },
}

impl CustomerDigest {
    /// Whether there is nothing to tell; the end of a period alone is no reason to write.
    pub fn is_empty(&self) -> bool {
        let waits = [self.statements, self.questions, self.decisions, self.programmes];
        let period_end = |(_, ahead): &(NaiveDate, Ahead)| matches!(ahead, Ahead::PeriodEnd { .. });
        waits.iter().all(|count| *count == 0)
            && self.paid.is_empty()
            && self.dates.iter().all(period_end)
    }
}

impl Letter for CustomerDigest {
    const KIND: &'static str = "customer_digest";

    fn write(&self, words: &Words) -> Content {
        let week = date(words.language, self.week);
        let content = Content::new(
            words.t1("mail-customer-digest-subject", "week", &week),
            words.t1("mail-customer-digest-purpose", "week", &week),
            words.t("mail-because-customer-digest"),
        );
        let facts = [
            ("mail-fact-waiting-statements", self.statements),
            ("mail-fact-waiting-questions", self.questions),
            ("mail-fact-waiting-decisions", self.decisions),
            ("mail-fact-waiting-programmes", self.programmes),
        ];
        let content = facts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .fold(content, |content, (label, count)| content.fact(words.t(label), count));
        let content = self.paid.iter().fold(content, |content, (number, amount, day)| {
            let day = date(words.language, *day);
            let paid = words.t2("mail-paid", "amount", amount.shown(), "day", day);
            content.fact(words.t1("mail-fact-paid", "number", number), paid)
        });
        let ahead = |(day, ahead): &(NaiveDate, Ahead)| {
            let (key, what) = match ahead {
                Ahead::Answer(number) => ("mail-ahead-answer", number),
                Ahead::Appeal(number) => ("mail-ahead-appeal", number),
                Ahead::Payout(number) => ("mail-ahead-payout", number),
                Ahead::PeriodEnd { zh, en } => {
                    let name = if words.language == Language::ZhCn { zh } else { en };
                    ("mail-ahead-period-end", name)
                }
            };
            words.t2(key, "day", deadline(words.language, *day), "what", what)
        };
        let content = match self.dates.is_empty() {
            true => content,
            false => {
                let dates = self.dates.iter().map(ahead).collect();
                content.points(words.t("mail-ahead"), dates)
            }
        };
        content
            .say(words.t("mail-customer-digest-next"))
            .button(words.t("mail-button-home"), "/home".to_owned())
            .contact(&self.contact)
    }
}
