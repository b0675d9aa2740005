use crate::mailbox::letter::{Content, Letter};
use crate::words::Words;

/// To the account manager and the administrators: letters left without what they were to enclose.
pub struct EnclosureLeftOut {
    pub lines: Vec<LeftOutLine>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct LeftOutLine {
    /// Whom the letter is to.
    pub address: String,
    /// The customer it is about, by name and code.
    pub customer: Option<(String, String)>,
    /// What the mail server said.
    pub why: String,
}

/// Lines of a letter; the customers' pages have the others.
const MOST: usize = 30;

impl Letter for EnclosureLeftOut {
    const KIND: &'static str = "enclosure_left_out";

    fn write(&self, words: &Words) -> Content {
        let count = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        let mut content = Content::new(
            words.count("mail-left-out-subject", count),
            words.count("mail-left-out-purpose", count),
            words.t("mail-because-bounce"),
        );
        for line in self.lines.iter().take(MOST) {
            let said = match &line.customer {
                Some((name, _)) => {
                    words.t2("mail-left-out-line", "customer", name, "why", &line.why)
                }
                None => line.why.clone(),
            };
            content = content.fact(line.address.clone(), said);
        }
        let more = self.lines.len().saturating_sub(MOST);
        if more > 0 {
            content = content.say(words.t1("mail-left-out-more", "count", more));
        }
        let of = |line: &LeftOutLine| line.customer.as_ref().map(|(_, code)| code.clone());
        let first = self.lines.first().and_then(of);
        let alone =
            first.filter(|code| self.lines.iter().all(|line| of(line).as_ref() == Some(code)));
        let content = content.say(words.t("mail-left-out-next"));
        match alone {
            Some(code) => {
                content.button(words.t("mail-button-customer"), format!("/staff/customers/{code}"))
            }
            None => content.button(words.t("mail-button-customers"), "/staff/customers".to_owned()),
        }
    }
}
