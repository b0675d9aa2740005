use crate::mailbox::letter::{Content, Letter};
use crate::words::Words;

/// To an administrator who wants to see that mail works.
pub struct TestMessage {
    /// Who asked for it.
    pub by: String,
}

impl Letter for TestMessage {
    const KIND: &'static str = "test_message";

    fn write(&self, words: &Words) -> Content {
        Content::new(
            words.t("mail-test-subject"),
            words.t("mail-test-purpose"),
            words.t1("mail-because-test", "name", &self.by),
        )
        .say(words.t("mail-test-next"))
        .button(words.t("mail-button-mailbox"), "/staff/mailbox".to_owned())
    }
}
