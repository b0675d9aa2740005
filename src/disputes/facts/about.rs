//! What each kind of thing shows about itself.

use chrono::Datelike;

use super::{Contested, Fact, SubjectKind, behind, document, new};
use crate::accruals;
use crate::customers;
use crate::db::Conn;
use crate::disputes::Subject;
use crate::error::{Error, Result};
use crate::ledger::{self, Balance};
use crate::payouts;
use crate::policies::{self, CustomerFacts, Version};
use crate::sales;
use crate::statements;
use crate::values::{AccrualId, Currency, Key, Language, Money, PayoutId, PolicyId, StatementId};
use crate::words::{self, words};

/// `Q-5PCT 季度返利 · 第2版`
fn named(version: &Version, language: Language) -> String {
    let number = words(language).t1("dispute-version", "version", version.number);
    let name = version.terms.name.in_language(language);
    format!("{} {name} · {number}", version.code)
}

pub(super) fn accrual(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
    let accrual = accruals::of_customer_one(conn, customer, &AccrualId::from_text(id))?;
    let explained = accruals::explain(conn, accrual)?;
    let (accrual, version) = (&explained.accrual, &explained.version);
    let name = version.terms.name.in_language(language);
    let text = format!("{name} · {}", accrual.period.shown(language));
    let mut contested =
        new(SubjectKind::Accrual, id, text, accrual.currency, Some(accrual.rebate()));
    let facts = &mut contested.facts;
    let calculation = &accrual.calculation;
    facts.add_said("policy", |language| named(version, language));
    facts.add_said("clause", |language| policies::formula(&version.terms, words(language)));
    facts.add_said("period", |language| accrual.period.shown(language));
    facts.add_said("state", |language| {
        words(language).code("state-accrual", accrual.status.as_str())
    });
    facts.add_said("calculation", |language| words(language).say(&calculation.sentence()));
    for step in calculation.step_texts() {
        facts.add_said("step", |language| words(language).say(&step));
    }
    facts.add("lines", calculation.lines.counted);
    facts.add("rebate", accrual.rebate());
    facts.add_said("as-of", |language| words::date(language, accrual.as_of));
    facts.add("terms-hash", &version.terms_hash);
    facts.behind([
        behind::lines(&explained.lines),
        behind::terms(&version.terms),
        behind::bookings(&explained.entries, accrual.currency),
    ]);
    Ok(contested)
}

pub(super) fn statement(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
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
    facts.add_said("state", |language| {
        words(language).code("state-statement", statement.state.as_str())
    });
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
    facts.behind(behind::statement(&statement.content));
    Ok(contested)
}

pub(super) fn payout(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
    let payout = payouts::of_customer_one(conn, customer, &PayoutId::from_text(id))?;
    let text = words(language).t1("dispute-about-payout", "number", &payout.number);
    let shown = Some(payout.money());
    let mut contested = new(SubjectKind::Payout, id, text, payout.currency, shown);
    let lines = payouts::lines(conn, &payout.id)?;
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
    facts.behind([behind::payout(&lines, payout.currency)]);
    Ok(contested)
}

pub(super) fn line(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
    let key: Key = id.parse().map_err(|_| Error::NotFound)?;
    let line = sales::line(conn, customer, key)?;
    let text = words(language).t1("dispute-about-line", "document", &line.document_no);
    let mut contested = new(SubjectKind::Line, id, text, line.net.currency, Some(line.net));
    let person = customers::by_id(conn, customer)?;
    let versions = policies::in_force(conn)?;
    let products = sales::products_by_key(conn, &[line.product])?;
    let facts = &mut contested.facts;
    facts.add("document", &line.document_no);
    facts.add_said("date", |language| words::date(language, line.document_date));
    if let Some(product) = products.get(&line.product) {
        facts.add("product", format!("{} {}", product.code, product.name));
    }
    facts.add("quantity", line.quantity);
    facts.add("net", line.net);
    facts.add("line", format!("{} {}", line.source, line.line_id));
    for (name, day) in [("delivered-on", line.delivery_date), ("paid-on", line.paid_date)] {
        if let Some(day) = day {
            facts.add_said(name, |language| words::date(language, day));
        }
    }
    let own = CustomerFacts::from(&person);
    facts.behind([behind::counted(&line, &products, &versions, &own)]);
    Ok(contested)
}

/// One of the balances on the page that explains them: `available/CNY`, and of what was paid the
/// year, as there: `paid/CNY/2026`.
pub(super) fn balance(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
    let mut parts = id.split('/');
    let part = parts.next().unwrap_or_default();
    let currency: Currency =
        parts.next().and_then(|code| code.parse().ok()).ok_or(Error::NotFound)?;
    let year = parts.next().and_then(|year| year.parse::<i32>().ok());
    let own = customers::by_id(conn, customer)?.currency;
    let known = ledger::balances(conn, customer)?.into_iter().find(|b| b.currency == currency);
    let balance = match known {
        Some(balance) => balance,
        None if currency == own => Balance::empty(currency),
        None => return Err(Error::NotFound),
    };
    let (key, minor) = match (part, year) {
        ("estimated", None) => ("dispute-about-estimated", balance.estimated),
        ("available", None) => ("dispute-about-available", balance.available()),
        ("on_hold", None) => ("dispute-about-on-hold", balance.on_hold()),
        ("paid", Some(year)) => ("dispute-about-paid", paid_in(conn, customer, currency, year)?),
        _ => return Err(Error::NotFound),
    };
    let shown = Money::new(minor, currency);
    let year = year.unwrap_or_default();
    let text = words(language).t2(key, "currency", currency, "year", year);
    let mut contested = new(SubjectKind::Balance, id, text, currency, Some(shown));
    figures(conn, customer, &balance, &mut contested)?;
    Ok(contested)
}

fn paid_in(conn: &mut Conn, customer: Key, currency: Currency, year: i32) -> Result<i64> {
    let payouts = payouts::of_customer(conn, customer, 0, i64::MAX)?;
    let arrived = payouts.iter().filter(|payout| {
        payout.currency == currency && payout.settled_on.is_some_and(|day| day.year() == year)
    });
    Ok(arrived.map(|payout| payout.amount).sum())
}

/// A policy as it concerns the customer: the version in force, and what accrued.
pub(super) fn programme(
    conn: &mut Conn,
    customer: Key,
    id: &str,
    language: Language,
) -> Result<Contested> {
    let policy = PolicyId::from_text(id);
    let version = policies::in_force(conn)?.into_iter().find(|v| v.policy_id == policy);
    let mut accrued = accruals::of_customer(conn, customer)?;
    accrued.retain(|accrual| accrual.policy == policy);
    let version = match (version, accrued.first()) {
        (Some(version), _) => version,
        (None, Some(accrual)) => policies::version(conn, &accrual.version)?,
        (None, None) => return Err(Error::NotFound),
    };
    let person = customers::by_id(conn, customer)?;
    let begins = version.terms.from;
    if accrued.is_empty()
        && !policies::covers(&version.terms, &CustomerFacts::from(&person), begins)
    {
        return Err(Error::NotFound);
    }
    let name = version.terms.name.in_language(language);
    let text = words(language).t1("dispute-about-programme", "name", name);
    let mut contested = new(SubjectKind::Programme, id, text, version.terms.currency, None);
    let facts = &mut contested.facts;
    facts.add_said("policy", |language| named(&version, language));
    facts.add_said("clause", |language| policies::formula(&version.terms, words(language)));
    facts.add("terms-hash", &version.terms_hash);
    facts.behind([behind::terms(&version.terms), behind::accruals(conn, &accrued)?]);
    Ok(contested)
}

pub(super) fn missing_invoice(
    conn: &mut Conn,
    customer: Key,
    typed: &str,
    language: Language,
) -> Result<Contested> {
    let document = document(typed)?;
    let text = words(language).t1("dispute-about-missing", "document", document);
    let mut contested = account(conn, customer, language)?;
    contested.subject =
        Subject { kind: SubjectKind::MissingInvoice, id: document.to_owned(), text };
    let known = behind::document(conn, customer, document)?;
    let facts = &mut contested.facts;
    let count = known.rows.len();
    let row =
        |name: &str, value: String| Fact { name: name.to_owned(), zh_cn: value.clone(), en: value };
    facts.rows.insert(0, row("lines-found", count.to_string()));
    facts.rows.insert(0, row("document", document.to_owned()));
    facts.tables.insert(0, known);
    facts.tables.retain(|table| !table.rows.is_empty());
    Ok(contested)
}

/// The account as a whole: balances, and until when the sales data reach.
pub(super) fn account(conn: &mut Conn, customer: Key, language: Language) -> Result<Contested> {
    let currency = customers::by_id(conn, customer)?.currency;
    let balance = ledger::balance(conn, customer, currency)?;
    let text = words(language).t("dispute-about-free");
    let mut contested = new(SubjectKind::Free, "", text, currency, None);
    figures(conn, customer, &balance, &mut contested)?;
    Ok(contested)
}

/// The four balances, until when the data reach, and what the balances are made of.
fn figures(
    conn: &mut Conn,
    customer: Key,
    balance: &Balance,
    contested: &mut Contested,
) -> Result<()> {
    let money = |minor| Money::new(minor, balance.currency);
    let facts = &mut contested.facts;
    facts.add("estimated", money(balance.estimated));
    facts.add("available", money(balance.available()));
    facts.add("on-hold", money(balance.on_hold()));
    facts.add("paid-so-far", money(balance.paid));
    if let Some(day) = sales::data_through(conn, Some(customer))? {
        facts.add_said("data-through", |language| words::date(language, day));
    }
    let tables = behind::balance(conn, customer, balance.currency)?;
    facts.behind(tables);
    Ok(())
}
