//! The tables behind the facts of each kind of thing.

use std::collections::HashMap;

use super::{Cell, FactTable};
use crate::accruals::rules::{Disposition, Exclusion, Plan};
use crate::accruals::{self, Accrual, ExplainedLine};
use crate::db::Conn;
use crate::error::Result;
use crate::ledger::{self, Posted};
use crate::payouts::{self, Line};
use crate::policies::{self, CustomerFacts, Terms, Version};
use crate::sales::{self, LineFilter, Product, SalesLine};
use crate::statements::Content;
use crate::values::{Currency, Key, Language, Money, Period};
use crate::words::words;

/// What the policy does with a line, in a word.
fn counts(disposition: Disposition) -> Cell {
    Cell::said(|language| {
        let words = words(language);
        match disposition {
            Disposition::Earns => words.t("dispute-line-counts"),
            Disposition::EarnsOnly => words.t("explain-earns-only"),
            Disposition::QualifiesOnly => words.t("explain-qualifies-only"),
            Disposition::Excluded(reason) => words.code("exclusion", reason.as_str()),
        }
    })
}

fn period(text: &str) -> Cell {
    match text.parse::<Period>() {
        Ok(period) => Cell::said(|language| period.shown(language)),
        Err(_) => Cell::text(text),
    }
}

fn product(product: Option<&Product>) -> Cell {
    Cell::Text(product.map(|p| format!("{} {}", p.code, p.name)).unwrap_or_default())
}

/// The lines of a calculation, counted or not.
pub(super) fn lines(explained: &[ExplainedLine]) -> FactTable {
    let columns = ["date", "document", "product", "quantity", "net", "counts"];
    let mut table = FactTable::new("lines", &columns);
    for one in explained {
        let line = &one.line;
        let document = match &one.customer {
            Some(customer) => format!("{customer} · {}", line.document_no),
            None => line.document_no.clone(),
        };
        table.offer(
            format!("line/{}", line.key),
            [
                Cell::Day(line.document_date),
                Cell::Text(document),
                product(one.product.as_ref()),
                Cell::number(line.quantity),
                line.net.into(),
                counts(one.disposition),
            ],
        );
    }
    table
}

/// The terms, sentence by sentence.
pub(super) fn terms(terms: &Terms) -> FactTable {
    let mut table = FactTable::new("terms", &["clause"]);
    let chinese = policies::summary(terms, words(Language::ZhCn));
    let english = policies::summary(terms, words(Language::En));
    for (zh, en) in chinese.into_iter().zip(english) {
        table.add([Cell::Said(zh, en)]);
    }
    table
}

/// What was booked for an accrual.
pub(super) fn bookings(entries: &[Posted], currency: Currency) -> FactTable {
    let mut table = FactTable::new("bookings", &["entry", "date", "period", "cause", "amount"]);
    for entry in entries {
        table.add([
            Cell::number(entry.number),
            Cell::Day(entry.effective),
            period(&entry.period),
            Cell::said(|language| words(language).code("dispute-cause", entry.cause.as_str())),
            Money::new(entry.moves_balance(), currency).into(),
        ]);
    }
    table
}

/// The lines of a statement, each to be chosen.
pub(super) fn statement(content: &Content) -> [FactTable; 4] {
    let money = |minor| Cell::from(Money::new(minor, content.currency));
    let columns = ["policy", "version", "period", "tier", "amount"];
    let mut accruals = FactTable::new("statement-accruals", &columns);
    for (place, line) in content.accruals.iter().enumerate() {
        accruals.offer(
            format!("accrual/{place}"),
            [
                Cell::Said(line.policy_zh.clone(), line.policy_en.clone()),
                Cell::number(line.version),
                Cell::said(|language| line.period.shown(language)),
                Cell::number(line.tier),
                money(line.amount),
            ],
        );
    }
    let mut adjustments =
        FactTable::new("statement-adjustments", &["date", "reference", "reason", "amount"]);
    for (place, line) in content.adjustments.iter().enumerate() {
        adjustments.offer(
            format!("adjustment/{place}"),
            [
                Cell::Day(line.on),
                Cell::text(&line.reference),
                Cell::text(&line.reason),
                money(line.amount),
            ],
        );
    }
    let mut paid = FactTable::new("statement-payouts", &["date", "number", "form", "amount"]);
    for (place, line) in content.payouts.iter().enumerate() {
        paid.offer(
            format!("payout/{place}"),
            [
                Cell::Day(line.on),
                Cell::text(&line.number),
                Cell::said(|language| words(language).code("form", &line.form)),
                money(line.amount),
            ],
        );
    }
    let columns = ["policy", "period", "date", "amount"];
    let mut expired = FactTable::new("statement-expiries", &columns);
    for (place, line) in content.expiries.iter().enumerate() {
        expired.offer(
            format!("expiry/{place}"),
            [
                Cell::Said(line.policy_zh.clone(), line.policy_en.clone()),
                Cell::said(|language| line.period.shown(language)),
                Cell::Day(line.on),
                money(line.amount),
            ],
        );
    }
    [accruals, adjustments, paid, expired]
}

/// What a payout is made of.
pub(super) fn payout(lines: &[Line], currency: Currency) -> FactTable {
    let mut table = FactTable::new("payout-lines", &["text", "period", "amount"]);
    for (place, line) in lines.iter().enumerate() {
        table.offer(
            format!("line/{place}"),
            [
                Cell::text(&line.text),
                period(line.period.as_deref().unwrap_or_default()),
                Money::new(line.amount, currency).into(),
            ],
        );
    }
    table
}

/// What each policy that was in force does with a line.
pub(super) fn counted(
    line: &SalesLine,
    products: &HashMap<Key, Product>,
    versions: &[Version],
    customer: &CustomerFacts,
) -> FactTable {
    let mut table = FactTable::new("programmes", &["policy", "version", "period", "counts"]);
    let known = accruals::facts_of(products);
    let fact = accruals::fact(line);
    for version in versions {
        let plan = Plan::new(version, &known);
        let disposition = plan.disposition(&fact);
        if disposition == Disposition::Excluded(Exclusion::OutsidePolicy) {
            continue;
        }
        let period = plan.decides(&fact).map(|day| Period::containing(version.terms.period, day));
        let days = period.and_then(|period| plan.days(period));
        let first = days.map_or(line.document_date, |(first, _)| first);
        if !policies::covers(&version.terms, customer, first) {
            continue;
        }
        let name = &version.terms.name;
        table.add([
            Cell::said(|language| format!("{} {}", version.code, name.in_language(language))),
            Cell::number(version.number),
            period.map_or_else(
                || Cell::text("—"),
                |period| Cell::said(|language| period.shown(language)),
            ),
            counts(disposition),
        ]);
    }
    table
}

/// What accrued in a policy, period by period.
pub(super) fn accruals(conn: &mut Conn, accrued: &[Accrual]) -> Result<FactTable> {
    let columns = ["period", "version", "state", "tier", "amount"];
    let mut table = FactTable::new("accruals", &columns);
    for accrual in accrued {
        let version = policies::version(conn, &accrual.version)?.number;
        table.offer(
            format!("accrual/{}", accrual.id),
            [
                Cell::said(|language| accrual.period.shown(language)),
                Cell::number(version),
                Cell::said(|language| {
                    words(language).code("state-accrual", accrual.status.as_str())
                }),
                Cell::number(accrual.calculation.tier),
                accrual.rebate().into(),
            ],
        );
    }
    Ok(table)
}

/// The customer's lines that carry the number of a document.
pub(super) fn document(conn: &mut Conn, customer: Key, number: &str) -> Result<FactTable> {
    const MOST: i64 = 200;
    let filter = LineFilter { search: Some(number.to_owned()), ..LineFilter::default() };
    let mut found = sales::lines_page(conn, customer, &filter, None, MOST)?.lines;
    found.retain(|line| line.document_no.eq_ignore_ascii_case(number));
    let mut keys: Vec<Key> = found.iter().map(|line| line.product).collect();
    keys.sort_unstable();
    keys.dedup();
    let products = sales::products_by_key(conn, &keys)?;
    let columns = ["date", "document", "product", "quantity", "net"];
    let mut table = FactTable::new("lines", &columns);
    for line in found {
        table.offer(
            format!("line/{}", line.key),
            [
                Cell::Day(line.document_date),
                Cell::text(&line.document_no),
                product(products.get(&line.product)),
                Cell::number(line.quantity),
                line.net.into(),
            ],
        );
    }
    Ok(table)
}

/// What the balances in a currency are made of: what earned them, what holds them, what was paid.
pub(super) fn balance(
    conn: &mut Conn,
    customer: Key,
    currency: Currency,
) -> Result<[FactTable; 4]> {
    let money = |minor| Cell::from(Money::new(minor, currency));
    let names: HashMap<_, _> =
        policies::in_force(conn)?.into_iter().map(|v| (v.policy_id, v.terms.name)).collect();
    let columns = ["source", "period", "estimated", "earned", "taken"];
    let mut sources = FactTable::new("sources", &columns);
    let mut expired = FactTable::new("expired", &["source", "period", "amount"]);
    for source in payouts::payable_sources(conn, customer)? {
        if source.currency != currency {
            continue;
        }
        let name = source.policy.as_ref().and_then(|policy| names.get(policy));
        let name = name.filter(|_| source.cause == "accrual");
        let named = || match name {
            Some(name) => Cell::said(|language| name.in_language(language).to_owned()),
            None => Cell::text(&source.reference),
        };
        if source.expired != 0 {
            expired.offer(
                format!("expired/{}", source.cause_id),
                [named(), period(&source.period), money(source.expired)],
            );
        }
        sources.offer(
            format!("{}/{}", source.cause, source.cause_id),
            [
                named(),
                period(&source.period),
                money(source.estimated),
                money(source.earned),
                money(source.taken),
            ],
        );
    }
    let mut holds = FactTable::new("holds", &["source", "amount"]);
    for reserve in ledger::reserves(conn, customer)? {
        if reserve.amount.currency == currency {
            holds.offer(
                format!("hold/{}", reserve.cause_id),
                [
                    Cell::said(|language| words(language).code("dispute-cause", &reserve.cause)),
                    reserve.amount.into(),
                ],
            );
        }
    }
    let mut paid = FactTable::new("payouts", &["number", "state", "date", "amount"]);
    for payout in payouts::of_customer(conn, customer, 0, i64::MAX)? {
        if payout.currency == currency {
            paid.offer(
                format!("payout/{}", payout.id),
                [
                    Cell::text(&payout.number),
                    Cell::said(|language| {
                        words(language).code("state-payout", payout.state.as_str())
                    }),
                    Cell::day(payout.settled_on.or(payout.expected_on)),
                    payout.money().into(),
                ],
            );
        }
    }
    Ok([sources, expired, holds, paid])
}
