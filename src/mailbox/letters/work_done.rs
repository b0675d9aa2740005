//! What became of long work, for whoever began it or has to look at what it left.

use crate::mailbox::letter::{Content, Letter};
use crate::values::{ImportId, Period, StatementRunId};
use crate::words::Words;

/// To whoever brought a file in, when rows of it were left out.
pub struct ImportFinished {
    pub import: ImportId,
    /// The file's name.
    pub file: String,
    /// Rows that came in, that were known already, and that were left out.
    pub new: u64,
    pub known: u64,
    pub left: u64,
}

/// To finance, when a run that nobody waited for is through, or one left customers out.
pub struct StatementRunFinished {
    pub run: StatementRunId,
    pub period: Period,
    /// A schedule began it.
    pub scheduled: bool,
    pub made: i64,
    /// Statements that couldn't be made.
    pub failed: i64,
    /// Statements with nobody to write to.
    pub without_address: i64,
}

impl Letter for ImportFinished {
    const KIND: &'static str = "import_finished";

    fn write(&self, words: &Words) -> Content {
        let left = i64::try_from(self.left).unwrap_or(i64::MAX);
        Content::new(
            words.count("mail-import-finished-subject", left),
            words.count("mail-import-finished-purpose", left),
            words.t("mail-because-import"),
        )
        .fact(words.t("mail-fact-import-file"), &self.file)
        .fact(words.t("mail-fact-rows-new"), self.new)
        .fact(words.t("mail-fact-rows-known"), self.known)
        .fact(words.t("mail-fact-rows-left"), self.left)
        .say(words.t("mail-import-finished-next"))
        .button(words.t("mail-button-import"), format!("/staff/imports/{}", self.import))
    }
}

impl Letter for StatementRunFinished {
    const KIND: &'static str = "statement_run_finished";

    fn write(&self, words: &Words) -> Content {
        let period = self.period.shown(words.language);
        let trouble = self.failed > 0 || self.without_address > 0;
        let (subject, next) = match trouble {
            true => ("mail-run-finished-trouble-subject", "mail-run-finished-trouble-next"),
            false => ("mail-run-finished-subject", "mail-run-finished-next"),
        };
        let because = match self.scheduled {
            true => "mail-run-finished-scheduled",
            false => "mail-run-finished-by-hand",
        };
        Content::new(
            words.t1(subject, "period", &period),
            words.t1(because, "period", &period),
            words.t("mail-because-finance-team"),
        )
        .fact(words.t("mail-fact-period"), &period)
        .fact(words.t("mail-fact-made"), self.made)
        .fact(words.t("mail-fact-not-made"), self.failed)
        .fact(words.t("mail-fact-without-address"), self.without_address)
        .say(words.t(next))
        .button(words.t("mail-button-run"), format!("/staff/statement-runs/{}", self.run))
    }
}
