//! What the portal shows about the thing a dispute is about, frozen when it is filed: in both
//! languages, because whoever decides may read another one than whoever filed.

use serde::{Deserialize, Serialize};

use super::{Subject, SubjectKind};
use crate::accruals;
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::ledger;
use crate::payouts;
use crate::policies;
use crate::sales;
use crate::statements;
use crate::values::{
    AccrualId, Currency, Key, Language, Money, PayoutId, Period, StatementId, Text,
};
use crate::words::{self, words};

/// Longest number of a document the portal doesn't know, in characters.
const LONGEST_DOCUMENT: usize = 60;

/// Facts as a dispute freezes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The amount shown, in major units, e.g. `1250.00`.
    pub shown: Option<String>,
    pub rows: Vec<Fact>,
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

    pub fn frozen(&self) -> Result<serde_json::Value> {
        Ok(serde_json::to_value(self)?)
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
        SubjectKind::Accrual => accrual(conn, customer, id, language),
        SubjectKind::Statement => statement(conn, customer, id, language),
        SubjectKind::Payout => payout(conn, customer, id, language),
        SubjectKind::Line => line(conn, customer, id, language),
        SubjectKind::MissingInvoice => missing_invoice(conn, customer, id, language),
        SubjectKind::Free => account(conn, customer, language),
        // A line of a statement is an accrual, a payout or a dispute, and contested as that.
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
    let facts = Facts { shown: shown.map(Money::plain), rows: Vec::new() };
    let subject = Subject { kind, id: id.to_owned(), text };
    Contested { subject, currency, shown, facts }
}

fn accrual(conn: &mut Conn, customer: Key, id: &str, language: Language) -> Result<Contested> {
    let accrual = accruals::of_customer_one(conn, customer, &AccrualId::from_text(id))?;
    let version = policies::version(conn, &accrual.version)?;
    let name = |language| version.terms.name.in_language(language).to_owned();
    let text = format!("{} · {}", name(language), accrual.period.shown(language));
    let mut contested =
        new(SubjectKind::Accrual, id, text, accrual.currency, Some(accrual.rebate()));
    let facts = &mut contested.facts;
    let calculation = &accrual.calculation;
    facts.add_said("policy", |language| {
        let number = words(language).t1("dispute-version", "version", version.number);
        format!("{} {} · {number}", version.code, name(language))
    });
    facts.add_said("period", |language| accrual.period.shown(language));
    facts.add_said("calculation", |language| words(language).say(&calculation.sentence()));
    for step in calculation.step_texts() {
        facts.add_said("step", |language| words(language).say(&step));
    }
    facts.add("lines", calculation.lines.counted);
    facts.add("rebate", accrual.rebate());
    facts.add_said("as-of", |language| words::date(language, accrual.as_of));
    facts.add("terms-hash", &version.terms_hash);
    Ok(contested)
}

fn statement(conn: &mut Conn, customer: Key, id: &str, language: Language) -> Result<Contested> {
    let statement = statements::of_customer_one(conn, customer, &StatementId::from_text(id))?;
    let text = words(language).t2(
        "dispute-about-statement",
        "number",
        &statement.number,
        "period",
        statement.period.shown(language),
    );
    let closing = Some(statement.closing());
    let mut contested = new(SubjectKind::Statement, id, text, statement.currency, closing);
    let facts = &mut contested.facts;
    facts.add_said("statement", |language| {
        let version = words(language).t1("dispute-version", "version", statement.version);
        format!("{} · {version}", statement.number)
    });
    facts.add_said("period", |language| statement.period.shown(language));
    let figures = &statement.content.figures;
    for (name, minor) in [
        ("opening", figures.opening),
        ("accrued", figures.accrued),
        ("adjusted", figures.adjusted),
        ("paid", -figures.paid),
        ("expired", -figures.expired),
        ("closing", figures.closing),
    ] {
        facts.add(name, Money::new(minor, statement.currency));
    }
    facts.add("content-hash", &statement.content_hash);
    Ok(contested)
}

fn payout(conn: &mut Conn, customer: Key, id: &str, language: Language) -> Result<Contested> {
    let payout = payouts::of_customer_one(conn, customer, &PayoutId::from_text(id))?;
    let text = words(language).t1("dispute-about-payout", "number", &payout.number);
    let shown = Some(payout.money());
    let mut contested = new(SubjectKind::Payout, id, text, payout.currency, shown);
    let facts = &mut contested.facts;
    facts.add("payout", &payout.number);
    facts.add("amount", payout.money());
    facts.add_said("form", |language| words(language).code("form", payout.form.as_str()));
    facts.add_said("state", |language| words(language).code("state-payout", payout.state.as_str()));
    if let Some(day) = payout.expected_on {
        facts.add_said("expected-on", |language| words::date(language, day));
    }
    if let Some(day) = payout.settled_on {
        facts.add_said("settled-on", |language| words::date(language, day));
    }
    if let Some(reference) = &payout.reference {
        facts.add("reference", reference);
    }
    facts.add("content-hash", &payout.content_hash);
    Ok(contested)
}

fn line(conn: &mut Conn, customer: Key, id: &str, language: Language) -> Result<Contested> {
    let key: Key = id.parse().map_err(|_| Error::NotFound)?;
    let line = sales::line(conn, customer, key)?;
    let text = words(language).t1("dispute-about-line", "document", &line.document_no);
    let mut contested = new(SubjectKind::Line, id, text, line.net.currency, Some(line.net));
    let product = sales::products(conn)?.remove(&line.product);
    let facts = &mut contested.facts;
    facts.add("document", &line.document_no);
    facts.add_said("date", |language| words::date(language, line.document_date));
    if let Some(product) = product {
        facts.add("product", format!("{} {}", product.code, product.name));
    }
    facts.add("quantity", line.quantity);
    facts.add("net", line.net);
    facts.add("line", format!("{} {}", line.source, line.line_id));
    Ok(contested)
}

fn missing_invoice(
    conn: &mut Conn,
    customer: Key,
    document: &str,
    language: Language,
) -> Result<Contested> {
    let document = document.trim();
    let wrong = |key| Err(Error::invalid("document", Text::new(key)));
    if document.is_empty() {
        return wrong("dispute-document-missing");
    }
    if document.chars().count() > LONGEST_DOCUMENT || document.contains(['\n', '\r', '\t']) {
        return wrong("dispute-document-too-long");
    }
    let text = words(language).t1("dispute-about-missing", "document", document);
    let mut contested = account(conn, customer, language)?;
    contested.subject =
        Subject { kind: SubjectKind::MissingInvoice, id: document.to_owned(), text };
    let fact =
        Fact { name: "document".to_owned(), zh_cn: document.to_owned(), en: document.to_owned() };
    contested.facts.rows.insert(0, fact);
    Ok(contested)
}

/// The account as a whole: balances, and until when the sales data reach.
fn account(conn: &mut Conn, customer: Key, language: Language) -> Result<Contested> {
    let currency = customers::by_id(conn, customer)?.currency;
    let balance = ledger::balance(conn, customer, currency)?;
    let text = words(language).t("dispute-about-free");
    let mut contested = new(SubjectKind::Free, "", text, currency, None);
    let facts = &mut contested.facts;
    facts.add("estimated", Money::new(balance.estimated, currency));
    facts.add("available", Money::new(balance.available(), currency));
    facts.add("paid-so-far", Money::new(balance.paid, currency));
    if let Some(day) = sales::data_through(conn, Some(customer))? {
        facts.add_said("data-through", |language| words::date(language, day));
    }
    Ok(contested)
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
        let period: Period = accrual.period;
        let name = version.terms.name.in_language(language);
        let text = format!("{name} · {}", period.shown(language));
        add(SubjectKind::Accrual, accrual.id.as_str(), text, accrual.rebate());
    }
    for payout in payouts::of_customer(conn, customer, 0, 4)? {
        let text = words(language).t1("dispute-about-payout", "number", &payout.number);
        add(SubjectKind::Payout, payout.id.as_str(), text, payout.money());
    }
    Ok(found)
}
