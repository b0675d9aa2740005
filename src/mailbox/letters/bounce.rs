use crate::mailbox::letter::{Content, Letter};
use crate::words::Words;

/// To the account manager and the administrators: letters don't reach somebody.
pub struct AddressBounced {
    pub address: String,
    /// The customer it belongs to, by name and code; None for our own people.
    pub customer: Option<(String, String)>,
    /// What the mail server said.
    pub why: String,
}

impl Letter for AddressBounced {
    const KIND: &'static str = "address_bounced";

    fn write(&self, words: &Words) -> Content {
        let whose = match &self.customer {
            Some((name, _)) => name.clone(),
            None => words.t("mail-bounce-own"),
        };
        let content = Content::new(
            words.t1("mail-bounce-subject", "whose", &whose),
            words.t1("mail-bounce-purpose", "whose", &whose),
            words.t("mail-because-bounce"),
        )
        .fact(words.t("mail-fact-address"), &self.address)
        .fact(words.t("mail-fact-server-said"), &self.why)
        .say(words.t("mail-bounce-next"));
        match &self.customer {
            Some((_, code)) => {
                content.button(words.t("mail-button-customer"), format!("/staff/customers/{code}"))
            }
            None => content.button(words.t("mail-button-mailbox"), "/staff/mailbox".to_owned()),
        }
    }
}
