use chrono::NaiveDate;

use crate::mailbox::letter::{Content, Letter};
use crate::values::{Contact, Period, PolicyId};
use crate::words::{Words, date};

/// To a customer's finance people and managers, once for each tier their running period reaches.
/// No amounts: those are in the portal.
pub struct TierReached {
    pub policy: PolicyId,
    pub name: String,
    pub period: Period,
    /// From 1.
    pub tier: u32,
    /// There is none above it.
    pub highest: bool,
    pub last_day: NaiveDate,
    /// Up to which day sales are known.
    pub through: Option<NaiveDate>,
    pub contact: Contact,
}

impl Letter for TierReached {
    const KIND: &'static str = "tier_reached";

    fn write(&self, words: &Words) -> Content {
        let day = |day| date(words.language, day);
        let content = Content::new(
            words.t2("mail-tier-reached-subject", "name", &self.name, "tier", self.tier),
            words.t2("mail-tier-reached-purpose", "name", &self.name, "tier", self.tier),
            words.t("mail-because-tier-reached"),
        )
        .fact(words.t("mail-fact-programme"), &self.name)
        .fact(words.t("mail-fact-this-period"), self.period.shown(words.language))
        .fact(
            words.t1("mail-fact-tier", "estimate", words.t("estimate")),
            words.t1("mail-tier", "tier", self.tier),
        )
        .fact(words.t("mail-fact-period-end"), day(self.last_day));
        let content = match self.through {
            Some(through) => content.fact(words.t("mail-fact-through"), day(through)),
            None => content,
        };
        let next = match self.highest {
            true => "mail-tier-reached-highest",
            false => "mail-tier-reached-more",
        };
        content
            .say(words.t(next))
            .say(words.t("mail-tier-reached-estimate"))
            .button(
                words.t("mail-button-progress"),
                format!("/programmes/{}/progress", self.policy),
            )
            .contact(&self.contact)
    }
}
