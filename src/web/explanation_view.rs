//! "Explain this number" as pages print it, for the customer and for staff alike: the sentence,
//! the rule, every step, every line, every booking, and whether they add up.

use serde::Deserialize;

use super::Page;
use crate::accruals::rules::{Amount, Calculation, Disposition, GroupMeasure, Part};
use crate::accruals::{ExplainedLine, Explanation};
use crate::ledger::{Account, Cause, Posted};
use crate::policies;
use crate::sales::Product;
use crate::values::{Currency, Money, Quantity};
use crate::words::date_range;

/// Lines on one page of a table; the totals are over all of them.
const LINES: usize = 100;

/// Which pages of the two tables to show, from 1.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// Of the lines that earn.
    pub page: usize,
    /// Of those that don't.
    pub others: usize,
}

/// An explanation in the reader's language; dates and amounts are ready to print.
pub(super) struct ExplanationView {
    pub id: String,
    pub policy: String,
    pub policy_id: String,
    pub policy_code: String,
    pub version: i32,
    pub period: String,
    pub days: String,
    /// Lines up to this day are in it.
    pub as_of: String,
    pub computed_at: String,
    pub closed_at: Option<String>,
    pub state: &'static str,
    pub rebate: Money,
    pub sentence: String,
    /// The rule in one sentence, and in full.
    pub formula: String,
    pub summary: Vec<String>,
    pub steps: Vec<String>,
    /// What each customer of a measured group brings; for the parent and for staff.
    pub parts: Vec<PartRow>,
    pub gap: Option<String>,
    /// The lines that earn, by date.
    pub counted: Lines,
    /// The others, each with why.
    pub others: Lines,
    pub bookings: Vec<Booking>,
    pub booked: Money,
    /// What the counted lines add up to, and the base: in money or in units.
    pub lines_sum: String,
    pub base: String,
    pub lines_agree: bool,
    pub ledger_agrees: bool,
}

/// One customer of a group.
pub(super) struct PartRow {
    pub customer: String,
    pub lines: String,
    pub measure: String,
    pub base: String,
}

/// One page of lines.
pub(super) struct Lines {
    pub rows: Vec<LineRow>,
    /// How many there are on all pages, and which of them are here when that isn't all.
    pub count: String,
    /// Over all pages.
    pub net: Money,
    pub quantity: String,
    /// Query of the page before and after; empty when there is none.
    pub before: String,
    pub after: String,
}

pub(super) struct LineRow {
    /// As a dispute names the line.
    pub code: String,
    pub document: String,
    pub on: String,
    pub product_code: String,
    pub product: String,
    pub quantity: String,
    pub net: Money,
    pub is_return: bool,
    /// What is special about it: why it doesn't earn, or counts towards no tier.
    pub why: String,
}

/// A ledger entry about the accrual.
pub(super) struct Booking {
    pub number: i64,
    pub on: String,
    pub what: String,
    pub period: String,
    /// Set when it corrects a period that was closed.
    pub prior_period: Option<String>,
    pub amount: Money,
    /// Moves from estimated to available without changing what is owed.
    pub is_closing: bool,
}

impl ExplanationView {
    pub(super) fn new(explained: &Explanation, asked: Asked, page: &Page) -> Self {
        let accrual = &explained.accrual;
        let calculation = &accrual.calculation;
        let terms = &explained.version.terms;
        let words = page.words;
        let currency = accrual.currency;
        let lines_sum = match calculation.base {
            Amount::Money(_) => Amount::Money(explained.lines_sum_minor),
            Amount::Units(_) | Amount::Percent(_) => Amount::Units(explained.lines_sum_micro),
        };
        let (earning, others): (Vec<_>, Vec<_>) =
            explained.lines.iter().partition(|line| line.disposition.earns());
        Self {
            id: accrual.id.to_string(),
            policy: terms.name.in_language(page.language()).to_owned(),
            policy_id: accrual.policy.to_string(),
            policy_code: explained.version.code.clone(),
            version: explained.version.number,
            period: page.period(&accrual.period),
            days: date_range(page.language(), accrual.first_day, accrual.last_day),
            as_of: page.date(&accrual.as_of),
            computed_at: page.time(&accrual.computed_at),
            closed_at: accrual.closed_at.map(|at| page.time(&at)),
            state: accrual.status.as_str(),
            rebate: accrual.rebate(),
            sentence: words.say(&calculation.sentence()),
            formula: policies::formula(terms, words),
            summary: policies::summary(terms, words),
            steps: calculation.step_texts().iter().map(|step| words.say(step)).collect(),
            parts: parts(calculation, page),
            gap: calculation
                .gap_text()
                .filter(|_| accrual.as_of < accrual.last_day)
                .map(|gap| words.say(&gap)),
            counted: Lines::new(&earning, asked, Table::Counted, currency, page),
            others: Lines::new(&others, asked, Table::Others, currency, page),
            bookings: explained.entries.iter().map(|entry| Booking::new(entry, page)).collect(),
            booked: Money::new(explained.booked_minor, currency),
            lines_sum: page.amount(lines_sum, currency),
            base: page.amount(calculation.base, currency),
            lines_agree: lines_sum == calculation.base,
            ledger_agrees: explained.booked_minor == accrual.rebate_minor,
        }
    }
}

/// Members see the group's sum only: the others are companies of their own.
fn parts(calculation: &Calculation, page: &Page) -> Vec<PartRow> {
    let shown = |group: &&GroupMeasure| group.earns_whole || page.reads_as_staff();
    let Some(group) = calculation.group.as_ref().filter(shown) else { return Vec::new() };
    let row = |part: &Part| PartRow {
        customer: part.customer.clone(),
        lines: page.number(part.lines),
        measure: page.amount(part.measure, calculation.currency),
        base: page.amount(part.base, calculation.currency),
    };
    group.parts.iter().map(row).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Counted,
    Others,
}

impl Lines {
    fn new(
        all: &[&ExplainedLine],
        asked: Asked,
        table: Table,
        currency: Currency,
        page: &Page,
    ) -> Self {
        let pages = all.len().div_ceil(LINES).max(1);
        let wanted = if table == Table::Counted { asked.page } else { asked.others };
        let current = wanted.clamp(1, pages);
        let skipped = (current - 1) * LINES;
        let rows: Vec<LineRow> =
            all.iter().skip(skipped).take(LINES).map(|line| LineRow::new(line, page)).collect();
        let query = |number: usize| match table {
            Table::Counted => format!("?page={number}&others={}#counted", asked.others.max(1)),
            Table::Others => format!("?page={}&others={number}#others", asked.page.max(1)),
        };
        let net = all.iter().filter(|line| line.line.net.currency == currency);
        let micro = all.iter().map(|line| line.line.quantity.micro).sum();
        let mut count = page.count("explain-line-count", all.len());
        if pages > 1 {
            let (first, last) = (skipped + 1, skipped + rows.len());
            count.push_str(" · ");
            count.push_str(&page.t2("explain-shown", "first", first, "last", last));
        }
        Self {
            rows,
            count,
            net: Money::new(net.map(|line| line.line.net.minor).sum(), currency),
            quantity: measured(all, Quantity::from_micro(micro)),
            before: if current > 1 { query(current - 1) } else { String::new() },
            after: if current < pages { query(current + 1) } else { String::new() },
        }
    }
}

/// A sum in the unit of its lines, where all have the same.
fn measured(lines: &[&ExplainedLine], sum: Quantity) -> String {
    let mut products = lines.iter().map(|line| line.product.as_ref());
    let first = products.next().flatten();
    let same = |other: Option<&Product>| other.map(|o| &o.unit) == first.map(|f| &f.unit);
    match first {
        Some(product) if products.all(same) => product.measured(sum),
        _ => sum.to_string(),
    }
}

impl LineRow {
    fn new(explained: &ExplainedLine, page: &Page) -> Self {
        let line = &explained.line;
        let product = explained.product.as_ref();
        Self {
            code: format!("line/{}", line.key),
            document: line.document_no.clone(),
            on: page.date(&line.document_date),
            product_code: product.map(|p| p.code.clone()).unwrap_or_default(),
            product: product.map(|p| p.name.clone()).unwrap_or_default(),
            quantity: product
                .map_or_else(|| line.quantity.to_string(), |p| p.measured(line.quantity)),
            net: line.net,
            is_return: line.net.is_negative(),
            why: why(explained.disposition, page),
        }
    }
}

/// What a line does in a policy where that needs a word; empty for one that simply counts.
pub(super) fn why(disposition: Disposition, page: &Page) -> String {
    match disposition {
        Disposition::Earns => String::new(),
        Disposition::EarnsOnly => page.t("explain-earns-only"),
        Disposition::QualifiesOnly => page.t("explain-qualifies-only"),
        Disposition::Excluded(reason) => page.code("exclusion", reason.as_str()),
    }
}

impl Booking {
    fn new(entry: &Posted, page: &Page) -> Self {
        let is_closing = entry.cause == Cause::Close;
        let period =
            |text: &str| text.parse().map_or_else(|_| text.to_owned(), |p| page.period(&p));
        let minor = if is_closing { -entry.on(Account::Payable) } else { entry.moves_balance() };
        Self {
            number: entry.number,
            on: page.date(&entry.effective),
            what: page.t(match (is_closing, &entry.prior_period) {
                (true, _) => "explain-booked-closing",
                (false, Some(_)) => "explain-booked-prior",
                (false, None) => "explain-booked-accrual",
            }),
            period: period(&entry.period),
            prior_period: entry.prior_period.as_deref().map(period),
            amount: Money::new(minor, entry.currency),
            is_closing,
        }
    }
}
