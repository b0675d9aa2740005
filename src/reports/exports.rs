//! The reports themselves, column by column as FORMATS.md lists them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::{Cell, Report, Table, settlements};
use crate::accruals::{self, Accrual};
use crate::audit;
use crate::customers;
use crate::db::Conn;
use crate::error::Result;
use crate::ledger::{self, Account, Posted};
use crate::policies;
use crate::values::{Currency, Key, Money, PolicyId, Quantity};

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct ExportFilter {
    /// A period as it is written; None exports all.
    pub period: Option<String>,
}

/// Takes each row as it is read, so that a report needn't fit into memory.
pub type Take<'a> = &'a mut dyn FnMut(Vec<Cell>) -> Result<()>;

/// Makes the report.
pub fn export(conn: &mut Conn, report: Report, filter: &ExportFilter) -> Result<Table> {
    let mut rows = Vec::new();
    each_row(conn, report, filter, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(Table {
        name: report.to_string(),
        columns: columns(report).to_vec(),
        notes: notes(conn, report, filter, rows.len())?,
        rows,
    })
}

/// The columns of the report.
pub fn columns(report: Report) -> &'static [&'static str] {
    match report {
        Report::Accruals => ACCRUALS,
        Report::Balances => BALANCES,
        Report::Ledger => LEDGER,
        Report::Journal => JOURNAL,
        Report::Payouts => settlements::PAYOUTS,
        Report::Statements => settlements::STATEMENTS,
    }
}

/// Hands on the rows of the report, in their order. Only the journal, whose vouchers are sums, and
/// the balances are gathered before.
///
/// # Errors
/// What `take` says, or that the database is away.
pub fn each_row(
    conn: &mut Conn,
    report: Report,
    filter: &ExportFilter,
    take: Take<'_>,
) -> Result<()> {
    let codes = Codes::load(conn)?;
    match report {
        Report::Accruals => accrual_rows(conn, &codes, filter, take),
        Report::Balances => balance_rows(conn, &codes, take),
        Report::Ledger => ledger_rows(conn, &codes, filter, take),
        Report::Journal => journal_rows(conn, filter, take),
        Report::Payouts => settlements::payout_rows(conn, &codes, take),
        Report::Statements => settlements::statement_rows(conn, &codes, filter, take),
    }
}

/// What the second sheet says.
pub fn notes(
    conn: &mut Conn,
    report: Report,
    filter: &ExportFilter,
    rows: usize,
) -> Result<Vec<(String, String)>> {
    let head = audit::checkpoint(conn)?;
    Ok(vec![
        ("report".to_owned(), report.to_string()),
        ("period".to_owned(), filter.period.clone().unwrap_or_else(|| "all".to_owned())),
        ("rows".to_owned(), rows.to_string()),
        ("checkpoint".to_owned(), format!("#{} {}", head.count, head.hash)),
    ])
}

/// What people call customers and policies.
pub(super) struct Codes {
    customers: HashMap<Key, String>,
    policies: HashMap<PolicyId, String>,
}

impl Codes {
    fn load(conn: &mut Conn) -> Result<Self> {
        let customers = customers::all(conn)?.into_iter().map(|c| (c.id, c.code)).collect();
        let policies =
            policies::in_force(conn)?.into_iter().map(|v| (v.policy_id, v.code)).collect();
        Ok(Self { customers, policies })
    }

    pub(super) fn customer(&self, key: Option<Key>) -> Cell {
        key.and_then(|key| self.customers.get(&key)).map_or(Cell::Empty, Cell::text)
    }

    fn policy(&self, id: Option<&PolicyId>) -> Cell {
        id.and_then(|id| self.policies.get(id)).map_or(Cell::Empty, Cell::text)
    }
}

const PAGE: i64 = 10_000;

pub(super) const ACCRUALS: &[&str] = &[
    "policy",
    "version",
    "customer_code",
    "period",
    "currency",
    "lines",
    "base_amount",
    "base_quantity",
    "measure",
    "tier",
    "reward",
    "rebate",
    "status",
    "reason",
];

/// By policy, customer and period, in the order of bytes: databases order text by their own rules,
/// so it is read some customers at a time.
fn accrual_rows(
    conn: &mut Conn,
    codes: &Codes,
    filter: &ExportFilter,
    take: Take<'_>,
) -> Result<()> {
    /// What is in memory at once: these customers' accruals under one policy.
    const CUSTOMERS: usize = 500;
    let mut policies: BTreeMap<String, BTreeSet<PolicyId>> = BTreeMap::new();
    for version in policies::all(conn)? {
        let code = codes.policies.get(&version.policy_id).cloned().unwrap_or_default();
        policies.entry(code).or_default().insert(version.policy_id);
    }
    let mut customers: Vec<(&String, Key)> =
        codes.customers.iter().map(|(key, code)| (code, *key)).collect();
    customers.sort_unstable();
    for policies in policies.into_values() {
        let policies: Vec<PolicyId> = policies.into_iter().collect();
        for some in customers.chunks(CUSTOMERS) {
            let some: Vec<Key> = some.iter().map(|(_, key)| *key).collect();
            let mut rows: Vec<Vec<Cell>> =
                accruals::of_policies(conn, &policies, &some, filter.period.as_deref())?
                    .iter()
                    .filter(|accrual| accrual.calculation.has_row())
                    .map(|accrual| accrual_row(codes, accrual))
                    .collect();
            sort_accruals(&mut rows);
            rows.into_iter().try_for_each(&mut *take)?;
        }
    }
    Ok(())
}

/// Of one customer, those of periods that end in these days.
pub fn accruals_of_customer(
    conn: &mut Conn,
    customer: Key,
    (first, last): (NaiveDate, NaiveDate),
    take: Take<'_>,
) -> Result<()> {
    let codes = Codes::load(conn)?;
    let mut rows: Vec<Vec<Cell>> = accruals::of_customer(conn, customer)?
        .iter()
        .filter(|accrual| accrual.calculation.has_row())
        .filter(|accrual| (first..=last).contains(&accrual.last_day))
        .map(|accrual| accrual_row(&codes, accrual))
        .collect();
    sort_accruals(&mut rows);
    rows.into_iter().try_for_each(take)
}

fn sort_accruals(rows: &mut [Vec<Cell>]) {
    rows.sort_by(|a, b| {
        let key = |row: &[Cell]| {
            [0, 2, 3].map(|i| match row.get(i) {
                Some(Cell::Text(text)) => text.clone(),
                _ => String::new(),
            })
        };
        key(a).cmp(&key(b))
    });
}

fn accrual_row(codes: &Codes, accrual: &Accrual) -> Vec<Cell> {
    let calculation = &accrual.calculation;
    vec![
        codes.policy(Some(&accrual.policy)),
        Cell::number(calculation.version),
        codes.customer(Some(accrual.customer)),
        Cell::text(accrual.period),
        Cell::text(accrual.currency),
        Cell::number(calculation.lines.counted),
        Cell::number(Money::new(calculation.base_minor, accrual.currency).plain()),
        Cell::number(Quantity::from_micro(calculation.base_micro).plain()),
        Cell::number(calculation.measure_text()),
        Cell::number(calculation.tier),
        Cell::text(calculation.reward_text()),
        Cell::number(accrual.rebate().plain()),
        Cell::text(accrual.status),
        calculation.reason.map_or(Cell::Empty, Cell::text),
    ]
}

const BALANCES: &[&str] =
    &["customer_code", "currency", "estimated", "available", "on_hold", "paid"];

fn balance_rows(conn: &mut Conn, codes: &Codes, take: Take<'_>) -> Result<()> {
    let mut rows = Vec::new();
    for (customer, balance) in ledger::all_balances(conn)? {
        let money = |minor| Cell::number(Money::new(minor, balance.currency).plain());
        rows.push(vec![
            codes.customer(Some(customer)),
            Cell::text(balance.currency),
            money(balance.estimated),
            money(balance.available()),
            money(balance.on_hold()),
            money(balance.paid),
        ]);
    }
    rows.sort_by_key(|row| row.iter().take(2).map(|c| format!("{c:?}")).collect::<Vec<_>>());
    rows.into_iter().try_for_each(take)
}

/// Walks all entries that belong to the period.
fn each_entry(
    conn: &mut Conn,
    filter: &ExportFilter,
    mut each: impl FnMut(&Posted) -> Result<()>,
) -> Result<()> {
    let mut last = 0;
    loop {
        let page = ledger::after(conn, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(()) };
        last = end.number;
        page.iter()
            .filter(|e| filter.period.as_ref().is_none_or(|p| *p == e.period))
            .try_for_each(&mut each)?;
    }
}

fn sides(amount: i64, currency: Currency) -> [Cell; 2] {
    let shown = Cell::number(Money::new(amount.abs(), currency).plain());
    if amount > 0 { [shown, Cell::Empty] } else { [Cell::Empty, shown] }
}

const LEDGER: &[&str] = &[
    "entry",
    "posted_at",
    "period",
    "account",
    "customer_code",
    "policy",
    "debit",
    "credit",
    "currency",
    "cause",
    "reference",
    "reason",
];

fn ledger_rows(
    conn: &mut Conn,
    codes: &Codes,
    filter: &ExportFilter,
    take: Take<'_>,
) -> Result<()> {
    each_entry(conn, filter, |entry| {
        entry.legs.iter().try_for_each(|leg| {
            let [debit, credit] = sides(leg.amount, entry.currency);
            let at = entry.posted_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            take(vec![
                Cell::number(entry.number),
                Cell::text(at),
                Cell::text(&entry.period),
                Cell::text(leg.account),
                codes.customer(leg.customer),
                codes.policy(entry.policy.as_ref()),
                debit,
                credit,
                Cell::text(entry.currency),
                Cell::text(entry.cause),
                Cell::text(&entry.reference),
                Cell::text(&entry.reason),
            ])
        })
    })
}

const JOURNAL: &[&str] =
    &["date", "voucher", "account_code", "cost_centre", "debit", "credit", "currency", "text"];

/// For the accounting system: one voucher for each day, cause, reference and currency, its legs
/// summed by account.
fn journal_rows(conn: &mut Conn, filter: &ExportFilter, take: Take<'_>) -> Result<()> {
    type Voucher = (NaiveDate, String, String, Currency);
    let mut vouchers: BTreeMap<Voucher, HashMap<Account, i64>> = BTreeMap::new();
    each_entry(conn, filter, |entry| {
        let key = (
            entry.posted_at.date_naive(),
            entry.cause.to_string(),
            entry.reference.clone(),
            entry.currency,
        );
        let sums = vouchers.entry(key).or_default();
        for leg in &entry.legs {
            *sums.entry(leg.account).or_insert(0) += leg.amount;
        }
        Ok(())
    })?;
    for (number, ((date, cause, reference, currency), sums)) in (1..).zip(vouchers) {
        let mut sums: Vec<_> = sums.into_iter().filter(|(_, amount)| *amount != 0).collect();
        sums.sort();
        for (account, amount) in sums {
            let [debit, credit] = sides(amount, currency);
            take(vec![
                Cell::text(date),
                Cell::number(number),
                Cell::text(account),
                Cell::text(&reference),
                debit,
                credit,
                Cell::text(currency),
                Cell::text(format!("{cause} {reference}")),
            ])?;
        }
    }
    Ok(())
}
