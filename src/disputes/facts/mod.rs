//! What the portal shows about the thing a dispute is about, frozen when it is filed: in both
//! languages, because whoever decides may read another one than whoever filed. A few rows that
//! every page about the dispute shows, and the tables behind them: the lines, the terms of the
//! version that governed, what a balance was made of.

mod about;
mod behind;
mod table;

use serde::{Deserialize, Serialize};

use super::{Subject, SubjectKind};
use crate::accruals;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::payouts;
use crate::policies;
use crate::statements;
use crate::values::{Currency, Fingerprint, Key, Language, Money, Text};
use crate::words::words;

pub use table::{Cell, FactRow, FactTable};

/// Longest number of a document the portal doesn't know, in characters.
const LONGEST_DOCUMENT: usize = 60;

/// Facts as a dispute freezes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The amount shown, in major units, e.g. `1250.00`.
    pub shown: Option<String>,
    pub rows: Vec<Fact>,
    /// Kept beside the dispute, because queues don't want them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<FactTable>,
}

/// One of them; the word for its name has the key `dispute-fact-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    pub en: String,
}

impl Fact {
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::ZhCn => &self.zh_cn,
            Language::En => &self.en,
        }
    }
}

impl Facts {
    /// Reads what a dispute froze; empty where it froze something of another shape.
    pub fn of(frozen: &serde_json::Value) -> Self {
        serde_json::from_value(frozen.clone()).unwrap_or_default()
    }

    /// As a dispute is filed with them.
    pub fn frozen(&self) -> Result<serde_json::Value> {
        let mut kept = self.clone();
        kept.tables.iter_mut().for_each(FactTable::trim);
        Ok(serde_json::to_value(kept)?)
    }

    fn add(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        self.add_said(name, |_| value.clone());
    }

    fn add_said(&mut self, name: &str, say: impl Fn(Language) -> String) {
        self.rows.push(Fact {
            name: name.to_owned(),
            zh_cn: say(Language::ZhCn),
            en: say(Language::En),
        });
    }

    /// The tables that have a row.
    fn behind(&mut self, tables: impl IntoIterator<Item = FactTable>) {
        self.tables.extend(tables.into_iter().filter(|table| !table.rows.is_empty()));
    }
}

/// Takes the tables out of frozen facts: what goes beside the dispute, and the hash over both.
pub(super) fn split(mut facts: serde_json::Value) -> (serde_json::Value, String, String) {
    let tables = facts
        .as_object_mut()
        .and_then(|facts| facts.remove("tables"))
        .unwrap_or_else(|| serde_json::Value::Array(Vec::new()))
        .to_string();
    let hash = hash(&facts, &tables);
    (facts, tables, hash)
}

/// The hash over what a dispute froze.
pub(super) fn hash(facts: &serde_json::Value, tables: &str) -> String {
    Fingerprint::new("openrebate dispute facts 1").field(facts.to_string()).field(tables).finish()
}

/// What somebody is about to contest, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    pub subject: Subject,
    pub currency: Currency,
    /// The amount in question, where it is about one.
    pub shown: Option<Money>,
    pub facts: Facts,
}

impl Contested {
    /// Marks the rows with these codes as those that are wrong.
    ///
    /// # Errors
    /// There is no such row.
    pub fn choose(&mut self, codes: &[String]) -> Result<()> {
        let mut rows: Vec<&mut FactRow> =
            self.facts.tables.iter_mut().flat_map(|table| &mut table.rows).collect();
        for code in codes {
            let row = rows.iter_mut().find(|row| row.code.as_ref() == Some(code));
            row.ok_or(Error::NotFound)?.chosen = true;
        }
        Ok(())
    }

    /// Changes with anything that a dispute filed now would freeze.
    pub fn fingerprint(&self) -> Result<String> {
        let (facts, tables, _) = split(self.facts.frozen()?);
        Ok(hash(&facts, &format!("{}{tables}", self.subject.text)))
    }
}

/// Looks up what a customer wants to contest; the subject's text is in the language.
///
/// # Errors
/// Not found, which is also the answer for another customer's; the number of a missing document
/// is empty or too long.
pub fn contested(
    conn: &mut Conn,
    customer: Key,
    kind: SubjectKind,
    id: &str,
    language: Language,
) -> Result<Contested> {
    match kind {
        SubjectKind::Accrual => about::accrual(conn, customer, id, language),
        SubjectKind::Statement => about::statement(conn, customer, id, language),
        SubjectKind::Payout => about::payout(conn, customer, id, language),
        SubjectKind::Line => about::line(conn, customer, id, language),
        SubjectKind::Balance => about::balance(conn, customer, id, language),
        SubjectKind::Programme => about::programme(conn, customer, id, language),
        SubjectKind::MissingInvoice => about::missing_invoice(conn, customer, id, language),
        SubjectKind::Free => about::account(conn, customer, language),
        // Lines are chosen within their statement.
        SubjectKind::StatementLine => Err(Error::NotFound),
    }
}

fn new(
    kind: SubjectKind,
    id: &str,
    text: String,
    currency: Currency,
    shown: Option<Money>,
) -> Contested {
    let facts = Facts { shown: shown.map(Money::plain), ..Facts::default() };
    let subject = Subject { kind, id: id.to_owned(), text };
    Contested { subject, currency, shown, facts }
}

/// The number of a document as somebody typed it, to be looked for.
fn document(typed: &str) -> Result<&str> {
    let document = typed.trim();
    let wrong = |key| Err(Error::invalid("document", Text::new(key)));
    if document.is_empty() {
        return wrong("dispute-document-missing");
    }
    if document.chars().count() > LONGEST_DOCUMENT || document.contains(['\n', '\r', '\t']) {
        return wrong("dispute-document-too-long");
    }
    Ok(document)
}

/// What a customer may want to contest, newest first: a few of each kind, to choose from.
pub fn contestable(
    conn: &mut Conn,
    customer: Key,
    language: Language,
) -> Result<Vec<(Subject, Money)>> {
    const EACH: usize = 4;
    let mut found = Vec::new();
    let mut add = |kind, id: &str, text: String, money| {
        found.push((Subject { kind, id: id.to_owned(), text }, money));
    };
    for statement in statements::of_customer(conn, customer)?.into_iter().take(EACH) {
        let text = words(language).t2(
            "dispute-about-statement",
            "number",
            &statement.number,
            "period",
            statement.period.shown(language),
        );
        add(SubjectKind::Statement, statement.id.as_str(), text, statement.closing());
    }
    for accrual in accruals::of_customer(conn, customer)?.into_iter().take(EACH) {
        let version = policies::version(conn, &accrual.version)?;
        let name = version.terms.name.in_language(language);
        let text = format!("{name} · {}", accrual.period.shown(language));
        add(SubjectKind::Accrual, accrual.id.as_str(), text, accrual.rebate());
    }
    for payout in payouts::of_customer(conn, customer, 0, 4)? {
        let text = words(language).t1("dispute-about-payout", "number", &payout.number);
        add(SubjectKind::Payout, payout.id.as_str(), text, payout.money());
    }
    Ok(found)
}
