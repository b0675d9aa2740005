use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Period};
use crate::words::{Words, date};

/// To a customer's finance people and managers, a month and a week before something of their
/// available balance expires. No amounts: those are in the portal.
pub struct BalanceExpiring {
    /// It expires at the end of this day.
    pub due: NaiveDate,
    pub lines: Vec<ExpiringLine>,
    pub contact: Contact,
}

/// To the same, when it did.
pub struct BalanceExpired {
    pub lines: Vec<ExpiringLine>,
    pub contact: Contact,
}

/// What a programme made available for a period.
pub struct ExpiringLine {
    /// The programme's name.
    pub programme: String,
    pub period: Period,
    /// It expires at the end of this day.
    pub due: NaiveDate,
}

/// Lines of a letter; the portal has the others.
const MOST: usize = 30;

impl Letter for BalanceExpiring {
    const KIND: &'static str = "balance_expiring";

    fn write(&self, words: &Words) -> Content {
        let due = date(words.language, self.due);
        let content = Content::new(
            words.t1("mail-expiring-subject", "due", &due),
            words.t1("mail-expiring-purpose", "due", &due),
            words.t("mail-because-expiry"),
        )
        .fact(words.t("mail-fact-expires"), &due);
        let lines = self.lines.iter().take(MOST).map(|line| line.said(words)).collect();
        content
            .points(words.t("mail-expiring-of"), lines)
            .say(words.t("mail-expiring-next"))
            .button(words.t("mail-button-expiring"), "/balances#expiring".to_owned())
            .contact(&self.contact)
    }
}

impl Letter for BalanceExpired {
    const KIND: &'static str = "balance_expired";

    fn write(&self, words: &Words) -> Content {
        let content = Content::new(
            words.t("mail-expired-subject"),
            words.t("mail-expired-purpose"),
            words.t("mail-because-expiry"),
        );
        let fact = |content: Content, line: &ExpiringLine| {
            let due = date(words.language, line.due);
            content.fact(line.said(words), words.t1("mail-expired-line", "due", due))
        };
        self.lines
            .iter()
            .take(MOST)
            .fold(content, fact)
            .say(words.t("mail-expired-next"))
            .button(words.t("mail-button-expired"), "/balances#expired".to_owned())
            .contact(&self.contact)
    }
}

impl ExpiringLine {
    fn said(&self, words: &Words) -> String {
        let period = self.period.shown(words.language);
        words.t2("mail-expiring-line", "programme", &self.programme, "period", period)
    }
}
