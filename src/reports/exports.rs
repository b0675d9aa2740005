//! The reports themselves, column by column as FORMATS.md lists them.

use std::collections::HashMap;

use super::{Cell, Report, Table};
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

/// Makes the report.
pub fn export(conn: &mut Conn, report: Report, filter: &ExportFilter) -> Result<Table> {
    let codes = Codes::load(conn)?;
    let mut table = match report {
        Report::Accruals => accruals_table(conn, &codes, filter)?,
        Report::Balances => balances_table(conn, &codes)?,
        Report::Ledger => ledger_table(conn, &codes, filter)?,
        Report::Journal => journal_table(conn, &codes, filter)?,
        Report::Payouts => super::settlements::payouts_table(conn, &codes)?,
        Report::Statements => super::settlements::statements_table(conn, &codes, filter)?,
    };
    let head = audit::checkpoint(conn)?;
    table.name = report.to_string();
    table.notes = vec![
        ("report".to_owned(), report.to_string()),
        ("period".to_owned(), filter.period.clone().unwrap_or_else(|| "all".to_owned())),
        ("rows".to_owned(), table.rows.len().to_string()),
        ("checkpoint".to_owned(), format!("#{} {}", head.count, head.hash)),
    ];
    Ok(table)
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

fn accruals_table(conn: &mut Conn, codes: &Codes, filter: &ExportFilter) -> Result<Table> {
    let mut table = Table {
        columns: vec![
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
        ],
        ..Table::default()
    };
    let filter = accruals::Filter { period: filter.period.clone(), policy: None };
    let mut all = Vec::new();
    loop {
        let offset = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let page = accruals::page(conn, &filter, offset, PAGE)?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    for accrual in all.iter().filter(|a| a.calculation.has_row()) {
        table.rows.push(accrual_row(codes, accrual));
    }
    // Databases may order text by their own rules; the export orders by bytes.
    table.rows.sort_by(|a, b| {
        let key = |row: &[Cell]| {
            [0, 2, 3].map(|i| match row.get(i) {
                Some(Cell::Text(text)) => text.clone(),
                _ => String::new(),
            })
        };
        key(a).cmp(&key(b))
    });
    Ok(table)
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

fn balances_table(conn: &mut Conn, codes: &Codes) -> Result<Table> {
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
    Ok(Table {
        columns: vec!["customer_code", "currency", "estimated", "available", "on_hold", "paid"],
        rows,
        ..Table::default()
    })
}

/// Walks all entries that belong to the period.
fn each_entry(conn: &mut Conn, filter: &ExportFilter, mut each: impl FnMut(&Posted)) -> Result<()> {
    let mut last = 0;
    loop {
        let page = ledger::after(conn, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(()) };
        last = end.number;
        page.iter()
            .filter(|e| filter.period.as_ref().is_none_or(|p| *p == e.period))
            .for_each(&mut each);
    }
}

fn sides(amount: i64, currency: Currency) -> [Cell; 2] {
    let shown = Cell::number(Money::new(amount.abs(), currency).plain());
    if amount > 0 { [shown, Cell::Empty] } else { [Cell::Empty, shown] }
}

fn ledger_table(conn: &mut Conn, codes: &Codes, filter: &ExportFilter) -> Result<Table> {
    let mut rows = Vec::new();
    each_entry(conn, filter, |entry| {
        for leg in &entry.legs {
            let [debit, credit] = sides(leg.amount, entry.currency);
            let at = entry.posted_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            rows.push(vec![
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
            ]);
        }
    })?;
    Ok(Table {
        columns: vec![
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
        ],
        rows,
        ..Table::default()
    })
}

/// For the accounting system: one voucher for each day, cause, reference and currency, its legs
/// summed by account.
fn journal_table(conn: &mut Conn, _codes: &Codes, filter: &ExportFilter) -> Result<Table> {
    type Voucher = (chrono::NaiveDate, String, String, Currency);
    let mut vouchers: std::collections::BTreeMap<Voucher, HashMap<Account, i64>> =
        std::collections::BTreeMap::new();
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
    })?;
    let mut rows = Vec::new();
    for (number, ((date, cause, reference, currency), sums)) in (1..).zip(vouchers) {
        let mut sums: Vec<_> = sums.into_iter().filter(|(_, amount)| *amount != 0).collect();
        sums.sort();
        for (account, amount) in sums {
            let [debit, credit] = sides(amount, currency);
            rows.push(vec![
                Cell::text(date),
                Cell::number(number),
                Cell::text(account),
                Cell::text(&reference),
                debit,
                credit,
                Cell::text(currency),
                Cell::text(format!("{cause} {reference}")),
            ]);
        }
    }
    Ok(Table {
        columns: vec![
            "date",
            "voucher",
            "account_code",
            "cost_centre",
            "debit",
            "credit",
            "currency",
            "text",
        ],
        rows,
        ..Table::default()
    })
}
