//! What the accounting system's figures mean in our ledger, and how a file says them. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::ledger::{Cause, Posted};
use crate::text_enum;
use crate::values::{Currency, Money, Period, Text, parse_date, parse_decimal};

text_enum! {
    /// What a total counts, over the days of its period.
    pub enum Figure {
        /// Accrued, as the statement says it: without prior-period adjustments.
        Accrued = "accrued",
        /// Decisions on disputes and prior-period adjustments.
        Adjusted = "adjusted",
        /// Both together: the expense booked.
        Expense = "expense",
        /// Settled in any form, less what came back.
        Paid = "paid",
        /// What is owed on the period's last day.
        Balance = "balance",
    }
}

text_enum! {
    /// Where a difference is.
    pub enum State {
        Open = "open",
        /// Somebody wrote down why both are right.
        Explained = "explained",
        /// Both sides agree by now.
        Agreed = "agreed",
    }
}

impl Figure {
    /// What the entry adds to the total of a period with these days.
    pub fn of(self, entry: &Posted, (first, last): (NaiveDate, NaiveDate)) -> i64 {
        let moved = entry.moves_balance();
        let within = first <= entry.effective && entry.effective <= last;
        let accrued = entry.cause == Cause::Accrual && entry.prior_period.is_none();
        let expense = matches!(entry.cause, Cause::Accrual | Cause::Dispute);
        match self {
            Self::Balance if entry.effective <= last => moved,
            Self::Accrued if within && accrued => moved,
            Self::Adjusted if within && expense && !accrued => moved,
            Self::Expense if within && expense => moved,
            Self::Paid if within && entry.cause == Cause::Payout => -moved,
            _ => 0,
        }
    }
}

/// One line of the file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    /// The line of the file, from 1.
    pub line: u64,
    pub customer_code: String,
    pub period: Period,
    pub currency: Currency,
    pub figure: Figure,
    pub amount: i64,
    pub voucher: String,
    pub dated: Option<NaiveDate>,
    pub text: String,
}

/// The columns, and whether a file must have them.
pub const COLUMNS: [(&str, bool); 8] = [
    ("customer_code", true),
    ("period", true),
    ("currency", true),
    ("figure", true),
    ("amount", true),
    ("voucher", false),
    ("date", false),
    ("text", false),
];

/// Longest voucher or text, in characters.
const LONGEST: usize = 200;

/// Reads a line by the names of its columns; what is wrong with which column.
pub fn read(
    line: u64,
    cell: impl Fn(&str) -> String,
) -> Result<FileLine, Vec<(&'static str, Text)>> {
    let mut wrong = Vec::new();
    let mut refuse = |column: &'static str, key: &'static str, found: &str| {
        wrong.push((column, Text::new(key).with("found", found)));
    };
    let customer_code = cell("customer_code");
    if customer_code.is_empty() {
        refuse("customer_code", "erp-no-customer", "");
    }
    let found = cell("period");
    let period = found.parse::<Period>().ok().filter(|period| period.days().is_some());
    if period.is_none() {
        refuse("period", "statement-period-unreadable", &found);
    }
    let found = cell("currency");
    let currency = found.parse::<Currency>().ok();
    if currency.is_none() {
        refuse("currency", "erp-no-currency", &found);
    }
    let found = cell("figure");
    let figure = Figure::from_code(&found.to_lowercase());
    if figure.is_none() {
        refuse("figure", "erp-no-figure", &found);
    }
    let found = cell("amount");
    let amount = currency.map(|currency| {
        // More digits than the currency has would be rounded, and the sum no longer theirs.
        parse_decimal(&found).ok().and_then(|n| Money::exact(n, currency)).map(|money| money.minor)
    });
    if amount == Some(None) {
        refuse("amount", "erp-no-amount", &found);
    }
    let found = cell("date");
    let dated = if found.is_empty() { Ok(None) } else { parse_date(&found).map(Some) };
    if dated.is_err() {
        refuse("date", "erp-no-date", &found);
    }
    let (voucher, text) = (cell("voucher"), cell("text"));
    for (column, value) in [("voucher", &voucher), ("text", &text)] {
        if value.chars().count() > LONGEST || value.chars().any(char::is_control) {
            refuse(column, "erp-unfit-text", value);
        }
    }
    match (period, currency, figure, amount.flatten(), dated) {
        (Some(period), Some(currency), Some(figure), Some(amount), Ok(dated))
            if wrong.is_empty() =>
        {
            Ok(FileLine {
                line,
                customer_code,
                period,
                currency,
                figure,
                amount,
                voucher,
                dated,
                text,
            })
        }
        _ => Err(wrong),
    }
}

/// The totals of a file: control totals by currency and figure.
pub fn totals<'a>(lines: impl Iterator<Item = &'a FileLine>) -> BTreeMap<(Currency, Figure), i64> {
    let mut totals = BTreeMap::new();
    for line in lines {
        *totals.entry((line.currency, line.figure)).or_insert(0) += line.amount;
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: [&str; 8]) -> Result<FileLine, Vec<&'static str>> {
        let cell = |name: &str| {
            let at = COLUMNS.iter().position(|(column, _)| *column == name);
            at.map_or_else(String::new, |at| cells.get(at).copied().unwrap_or_default().to_owned())
        };
        read(2, cell).map_err(|wrong| wrong.into_iter().map(|(column, _)| column).collect())
    }

    #[test]
    fn a_line_is_read_to_the_cent_or_refused_with_its_columns() {
        let read = line(["D-001", "2026-Q3", "CNY", "Paid", "-1,234.50", "V-1", "2026/9/30", "x"]);
        let read = read.unwrap();
        assert_eq!((read.figure, read.amount), (Figure::Paid, -123_450));
        assert_eq!(read.dated, "2026-09-30".parse().ok());
        for (cells, columns) in [
            (["", "2026-09", "CNY", "paid", "1", "", "", ""], &["customer_code"][..]),
            (["D", "term", "CNY", "paid", "1", "", "", ""], &["period"]),
            (["D", "2026-13", "cny", "paid", "1", "", "", ""], &["period", "currency"]),
            (["D", "2026-09", "CNY", "sum", "1.001", "", "", ""], &["figure", "amount"]),
            (["D", "2026-09", "JPY", "paid", "1.5", "", "", ""], &["amount"]),
            (["D", "2026-09", "CNY", "paid", "", "", "30.9.", ""], &["amount", "date"]),
        ] {
            assert_eq!(line(cells).unwrap_err(), columns, "{cells:?}");
        }
    }
}
