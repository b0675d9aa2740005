//! The letters of statements that their samples don't show: to staff, without an agreement.

use chrono::NaiveDate;
use openrebate::mailbox::Posted;
use openrebate::mailbox::letters::{
    AboutStatement, OverdueStatement, Reader, StatementConfirmed, StatementCorrected,
    StatementDeemed, StatementReady, StatementReminder, StatementsOverdue,
};
use openrebate::values::{Language, Period, StatementId};

use super::{contact, post};
use crate::support::TestApp;

type Write<'a> = &'a dyn Fn(&TestApp, &str, &str) -> Posted;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn about(reader: Reader) -> AboutStatement {
    AboutStatement {
        statement: StatementId::from_text("0190c1"),
        number: "DZ-2026-09-000123".to_owned(),
        customer: "杭州恒通贸易有限公司".to_owned(),
        period: Period::Quarter { year: 2026, quarter: 3 },
        respond_by: day("2026-10-29"),
        reader,
        contact: (reader == Reader::Customer).then(contact),
    }
}

/// Writes each by the name of its file.
pub fn add(language: Language, add: &mut dyn FnMut(&str, Write<'_>)) {
    macro_rules! letter {
        ($name:literal, $letter:expr) => {
            add($name, &|app, name, to| post(app, name, to, language, &$letter));
        };
    }
    let agreement = || "HT-2026-018 第 7.2 条".to_owned();
    letter!(
        "statement-ready",
        StatementReady {
            statement: StatementId::from_text("0190c1"),
            number: "DZ-2026-09-000123".to_owned(),
            period: Period::Month { year: 2026, month: 9 },
            respond_by: day("2026-10-29"),
            encloses: false,
            contact: contact(),
        }
    );
    letter!(
        "statement-reminder",
        StatementReminder { about: about(Reader::Customer), agreement: None }
    );
    letter!(
        "statement-confirmed-staff",
        StatementConfirmed {
            about: about(Reader::Staff),
            by: "李伟".to_owned(),
            on: day("2026-10-20"),
            evidence: 1204,
            hash: "5f2b9c04".repeat(8),
        }
    );
    letter!(
        "statement-deemed-staff",
        StatementDeemed { about: about(Reader::Staff), agreement: agreement(), evidence: 1204 }
    );
    letter!(
        "statement-corrected",
        StatementCorrected {
            about: AboutStatement {
                number: "DZ-2026-09-000123-V2".to_owned(),
                ..about(Reader::Customer)
            },
            corrects: "DZ-2026-09-000123".to_owned(),
            reason: "补录 9 月 28 日退货".to_owned(),
            changes: vec!["计提 Q-1 2026年第3季度".to_owned(), "期末余额".to_owned()],
            encloses: false,
        }
    );
    let overdue = |n: usize| OverdueStatement {
        statement: StatementId::from_text("0190c1"),
        number: format!("DZ-2026-09-{n:06}"),
        customer: "杭州恒通贸易有限公司".to_owned(),
        respond_by: day("2026-10-29"),
    };
    letter!("statements-overdue", StatementsOverdue { lines: (1..=32).map(overdue).collect() });
}
