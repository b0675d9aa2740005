//! What somebody who files a dispute has typed, read against what it is about.

use super::super::dispute_view::amount as amount_of;
use crate::db::Conn;
use crate::disputes::{self, Category, Contested, DraftText, NewDispute, Subject, SubjectKind};
use crate::error::{Error, Result};
use crate::values::{Key, Language, Money, Problem, Text};

/// A claim that can be filed.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub category: Category,
    pub expected: Option<Money>,
    pub disputed: Money,
}

/// What it is about as it stands, with the chosen rows; where a typed document number is wrong,
/// the account as a whole stands in, with what is wrong.
pub(super) fn look(
    conn: &mut Conn,
    customer: Key,
    (kind, id): (SubjectKind, &str),
    typed: &DraftText,
    language: Language,
) -> Result<(Contested, Vec<Problem>)> {
    let about = if kind == SubjectKind::MissingInvoice { typed.document.as_str() } else { id };
    let (mut contested, problems) = match disputes::contested(conn, customer, kind, about, language)
    {
        Err(Error::Invalid(problems)) => {
            let account = disputes::contested(conn, customer, SubjectKind::Free, "", language)?;
            let text = crate::words::words(language).t("dispute-subject-missing-invoice");
            let subject = Subject { kind, id: String::new(), text };
            (Contested { subject, ..account }, problems)
        }
        other => (other?, Vec::new()),
    };
    choose(&mut contested, &typed.lines)?;
    Ok((contested, problems))
}

/// What a balance is made of, or which lines carry a document's number, changes: a row chosen
/// before that is gone by now is left out. What was never there is nobody's.
fn choose(contested: &mut Contested, lines: &[String]) -> Result<()> {
    let moves = matches!(
        contested.subject.kind,
        SubjectKind::Balance | SubjectKind::MissingInvoice | SubjectKind::Free
    );
    for line in lines {
        match contested.choose(std::slice::from_ref(line)) {
            Err(Error::NotFound) if moves => {}
            other => other?,
        }
    }
    Ok(())
}

/// Reads what was typed.
///
/// # Errors
/// What is wrong, each at its field.
pub(super) fn read(typed: &DraftText, contested: &Contested) -> Result<Claim, Vec<Problem>> {
    let currency = contested.currency;
    let mut problems = Vec::new();
    let category = Category::from_code(&typed.category);
    if category.is_none() {
        problems.push(Problem::new("category", Text::new("dispute-category-missing")));
    }
    let mut amount = |field: &str, text: &str| match amount_of(text, currency) {
        Ok(amount) => amount,
        Err(key) => {
            problems.push(Problem::new(field, Text::new(key).with("field", field)));
            None
        }
    };
    let expected = amount("expected", &typed.expected);
    let disputed = amount("disputed", &typed.disputed);
    if let Err(problem) = disputes::check_text("text", &typed.text) {
        problems.push(problem);
    }
    let difference = expected.zip(contested.shown).map(|(expected, shown)| {
        Money::new(expected.minor.saturating_sub(shown.minor).saturating_abs(), currency)
    });
    match category {
        Some(category) if problems.is_empty() => Ok(Claim {
            category,
            expected,
            disputed: disputed.or(difference).unwrap_or(Money::zero(currency)),
        }),
        _ => Err(problems),
    }
}

impl Claim {
    /// The dispute it becomes.
    pub(super) fn filed(
        self,
        customer: Key,
        contested: Contested,
        text: &str,
    ) -> Result<NewDispute> {
        Ok(NewDispute {
            customer,
            category: self.category,
            facts: contested.facts.frozen()?,
            subject: contested.subject,
            currency: contested.currency,
            disputed: self.disputed.minor,
            expected: self.expected.map(|money| money.minor),
            text: text.to_owned(),
        })
    }
}
