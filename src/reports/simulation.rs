//! What a simulation comes to: sums by period, class and customer, who sits just below a tier, and
//! all of it as a table.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::{Cell, Table};
use crate::accruals::rules::Amount;
use crate::accruals::{Simulated, Simulation};
use crate::customers::Customer;
use crate::policies::Version;
use crate::values::{Currency, Key, Money, Period, Quantity};

/// Whoever lacks at most this much of the next tier's bound sits just below it; hundredths of a
/// percent.
pub const NEAR: i64 = 1_000;

/// Sums in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outlay {
    /// Customers and periods with a rebate above zero.
    pub earning: u64,
    pub rebate: i64,
    pub less: i64,
    pub more: i64,
    pub against: i64,
}

impl Outlay {
    fn add(&mut self, row: &Simulated) {
        self.earning += u64::from(row.rebate > 0);
        self.rebate = self.rebate.saturating_add(row.rebate);
        self.less = self.less.saturating_add(row.less);
        self.more = self.more.saturating_add(row.more);
        self.against = self.against.saturating_add(row.against);
    }

    /// What it costs more than what it is compared with.
    pub fn difference(&self) -> i64 {
        self.rebate.saturating_sub(self.against)
    }
}

/// What a simulation comes to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub total: Outlay,
    pub periods: BTreeMap<Period, Outlay>,
    pub classes: BTreeMap<String, Outlay>,
    pub customers: BTreeMap<Key, Outlay>,
}

/// Adds the rows up.
pub fn outcome(simulation: &Simulation, customers: &HashMap<Key, Customer>) -> Outcome {
    let mut outcome = Outcome::default();
    for row in &simulation.rows {
        let class = customers.get(&row.customer).map_or("", |customer| customer.class.as_str());
        outcome.total.add(row);
        outcome.periods.entry(row.period).or_default().add(row);
        outcome.classes.entry(class.to_owned()).or_default().add(row);
        outcome.customers.entry(row.customer).or_default().add(row);
    }
    outcome
}

/// How far below the next tier's bound, in hundredths of a percent of it, rounded up; None without
/// a next tier.
pub fn distance(row: &Simulated) -> Option<i64> {
    let next = row.next?;
    let (gap, from) = (i128::from(next.gap.value()), i128::from(next.from.value()));
    if gap <= 0 || from <= 0 {
        return None;
    }
    let share = gap.checked_mul(10_000)?.checked_add(from - 1)?.checked_div(from)?;
    i64::try_from(share).ok()
}

/// Those just below a tier, the nearest first.
pub fn near(simulation: &Simulation) -> Vec<(&Simulated, i64)> {
    let near = |row| Some((row, distance(row).filter(|share| *share <= NEAR)?));
    let mut found: Vec<_> = simulation.rows.iter().filter_map(near).collect();
    found.sort_by_key(|(row, share)| (*share, row.customer, row.period));
    found
}

/// Every customer and period, by customer code, with what was tried on what. Rows of customers
/// that aren't named are left out.
pub fn simulation_table(
    version: &Version,
    simulation: &Simulation,
    customers: &HashMap<Key, Customer>,
) -> Table {
    let currency = simulation.currency;
    let mut named: Vec<(&Customer, &Simulated)> = simulation
        .rows
        .iter()
        .filter_map(|row| Some((customers.get(&row.customer)?, row)))
        .collect();
    named.sort_by(|(a, x), (b, y)| (&a.code, x.period).cmp(&(&b.code, y.period)));
    let valid = simulation.valid;
    let note = |name: &str, value: String| (name.to_owned(), value);
    let mut notes = vec![
        note("policy", format!("{} v{} ({})", version.code, version.number, version.state)),
        note("terms", version.terms_hash.clone()),
        note("from", valid.first_day.to_string()),
        note("to", valid.last_day.to_string()),
        note("moved", valid.moved.to_string()),
        note("rows", named.len().to_string()),
        note("stored", "false".to_owned()),
    ];
    if let Some((other, _)) = &simulation.against {
        notes.push(note("against", format!("{} v{}", other.code, other.number)));
    }
    Table {
        name: "simulation".to_owned(),
        columns: vec![
            "customer_code",
            "customer_name",
            "class",
            "region",
            "period",
            "currency",
            "lines",
            "base",
            "measure",
            "tier",
            "next_from",
            "gap",
            "gap_percent",
            "rebate",
            "rebate_90_percent",
            "rebate_110_percent",
            "against",
            "difference",
            "reason",
        ],
        rows: named.into_iter().map(|(customer, row)| cells(customer, row, currency)).collect(),
        notes,
    }
}

fn cells(customer: &Customer, row: &Simulated, currency: Currency) -> Vec<Cell> {
    let money = |minor| Cell::number(Money::new(minor, currency).plain());
    let amount = |amount: Amount| Cell::number(plain(amount, currency));
    let next = |of: fn(&crate::accruals::rules::NextTier) -> Amount| {
        row.next.as_ref().map_or(Cell::Empty, |next| amount(of(next)))
    };
    vec![
        Cell::text(&customer.code),
        Cell::text(&customer.name),
        Cell::text(&customer.class),
        Cell::text(&customer.region),
        Cell::text(row.period),
        Cell::text(currency),
        Cell::number(row.lines),
        amount(row.base),
        amount(row.measure),
        Cell::number(row.tier),
        next(|next| next.from),
        next(|next| next.gap),
        distance(row).map_or(Cell::Empty, |share| Cell::number(percent(share))),
        money(row.rebate),
        money(row.less),
        money(row.more),
        money(row.against),
        money(row.rebate.saturating_sub(row.against)),
        row.reason.map_or(Cell::Empty, Cell::text),
    ]
}

fn plain(amount: Amount, currency: Currency) -> String {
    match amount {
        Amount::Money(minor) => Money::new(minor, currency).plain(),
        Amount::Units(micro) | Amount::Percent(micro) => Quantity::from_micro(micro).plain(),
    }
}

/// Hundredths of a percent as people write them: `3.07`.
pub fn percent(hundredths: i64) -> String {
    Decimal::new(hundredths, 2).to_string()
}
