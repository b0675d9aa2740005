use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Period, PolicyId};
use crate::words::{Words, date};

/// To a customer's finance people and managers, once a week while the next tier is near. No
/// amounts: those are in the portal.
pub struct NearTier {
    pub policy: PolicyId,
    pub name: String,
    pub period: Period,
    /// The tier that is near, from 1.
    pub tier: u32,
    /// How much of what it takes is there, in whole percent, rounded down.
    pub attained: i64,
    pub last_day: NaiveDate,
    /// Up to which day sales are known.
    pub through: Option<NaiveDate>,
    pub contact: Contact,
}

impl Letter for NearTier {
    const KIND: &'static str = "near_tier";

    fn write(&self, words: &Words) -> Content {
        let day = |day| date(words.language, day);
        let content = Content::new(
            words.t2("mail-near-tier-subject", "name", &self.name, "tier", self.tier),
            words.t2("mail-near-tier-purpose", "name", &self.name, "tier", self.tier),
            words.t("mail-because-near-tier"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-this-period"), self.period.shown(words.language))
        .fact(
            words.t2("mail-fact-attained", "tier", self.tier, "estimate", words.t("estimate")),
            words.t1("mail-attained", "percent", self.attained),
        )
        .fact(words.t("mail-fact-period-end"), day(self.last_day));
        let content = match self.through {
            Some(through) => content.fact(words.t("mail-fact-through"), day(through)),
            None => content,
        };
        content
            .say(words.t("mail-near-tier-next"))
            .button(
                words.t("mail-button-progress"),
                format!("/programmes/{}/progress", self.policy),
            )
            .contact(&self.contact)
    }
}
