//! Reads what it takes to reckon a customer's period again, up to today and beyond.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::compute::{self, Outcome, earned_before};
use super::reading::{self, Windows};
use super::rules::{Line, Outlook, Plan, ProductFacts, Stake};
use super::store;
use crate::customers::{self, Customer, CustomerGroup};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, Chain, CustomerFacts, Governing};
use crate::sales;
use crate::values::{Key, Period, PolicyId};

/// The customer's period as it stands today. Nothing is stored by it.
///
/// # Errors
/// Not found when no version of the policy was ever published.
pub fn outlook(
    conn: &mut Conn,
    policy: &PolicyId,
    customer: &Customer,
    period: Period,
    today: NaiveDate,
) -> Result<Outlook> {
    let chains = policies::chains(conn)?;
    let own = chains.iter().find(|chain| chain.policy == *policy).ok_or(Error::NotFound)?;
    let own = governing(own, period).ok_or(Error::NotFound)?;
    let competing: Vec<&Governing> = chains
        .iter()
        .filter(|chain| chain.policy != *policy)
        .filter_map(|chain| governing(chain, period))
        .filter(|one| competes(own, one))
        .collect();
    let mut desk = Desk::open(conn, customer, period, today)?;
    let own_stake = desk.stake(conn, own)?;
    let mut rivals = Vec::with_capacity(competing.len());
    for one in competing {
        rivals.push(desk.stake(conn, one)?);
    }
    Ok(Outlook {
        own: own_stake,
        rivals,
        facts: CustomerFacts::from(customer),
        period,
        today,
        through: sales::known_through(conn, today)?,
        lines: desk.lines(conn, customer)?,
        group: desk.group.map(|group| (group.code, group.parent.is_some())),
        products: desk.products,
    })
}

/// Everything read for one customer and period.
struct Desk {
    customer: Key,
    period: Period,
    today: NaiveDate,
    products: HashMap<Key, ProductFacts>,
    /// Where some policy measures groups.
    group: Option<CustomerGroup>,
    known: HashMap<PolicyId, BTreeMap<Period, Outcome>>,
    /// The first document date anything looks at.
    from: NaiveDate,
}

impl Desk {
    fn open(
        conn: &mut Conn,
        customer: &Customer,
        period: Period,
        today: NaiveDate,
    ) -> Result<Self> {
        let mut known: HashMap<PolicyId, BTreeMap<Period, Outcome>> = HashMap::new();
        for accrual in store::of_customer(conn, customer.id)? {
            let outcome = (accrual.rebate_minor, accrual.calculation.lines.counted > 0);
            known.entry(accrual.policy).or_default().insert(accrual.period, outcome);
        }
        let products = compute::products(conn)?;
        let customer = customer.id;
        Ok(Self { customer, period, today, products, group: None, known, from: today })
    }

    fn stake(&mut self, conn: &mut Conn, one: &Governing) -> Result<Stake> {
        let plan = Plan::governing(one, &self.products);
        if let Some((first, _)) = plan.looks_at(self.period) {
            self.from = self.from.min(first);
        }
        let earned = earned_before(&plan, self.period, self.known.get(&one.version.policy_id));
        let (groups, percent) = (plan.measures_groups(), plan.terms().measures_percent());
        if groups && self.group.is_none() {
            self.group = customers::groups(conn)?.of(self.customer).cloned();
        }
        let keeper = match self.group.as_ref().filter(|_| groups) {
            Some(group) => group.parent,
            None => Some(self.customer),
        };
        let figures = match keeper.filter(|_| percent) {
            Some(keeper) => {
                compute::figures(conn, &one.version.policy_id, &[keeper])?.remove(&keeper)
            }
            None => None,
        };
        Ok(Stake { governing: one.clone(), figures, earned })
    }

    /// The lines of the customer, and of its group where groups are measured, by customer code.
    fn lines(&self, conn: &mut Conn, own: &Customer) -> Result<BTreeMap<String, Vec<Line>>> {
        let mut codes: Vec<(Key, String)> = vec![(own.id, own.code.clone())];
        codes.extend(self.group.iter().flat_map(|group| group.members.clone()));
        let keys: Vec<Key> = codes.iter().map(|(key, _)| *key).collect();
        let windows = Windows::same(&keys, (self.from, self.today));
        let mut read = reading::lines(conn, windows)?;
        let found = codes.into_iter().filter_map(|(key, code)| Some((code, read.remove(&key)?)));
        Ok(found.map(|(code, lines)| (code, lines.all().to_vec())).collect())
    }
}

fn competes(one: &Governing, other: &Governing) -> bool {
    let group = |one: &Governing| {
        one.version.terms.overlap.as_ref().map(|overlap| overlap.exclusive_group.clone())
    };
    group(one).is_some() && group(one) == group(other)
}

/// The version that governs the period, or the newest one, which says that nothing counts.
pub fn governing(chain: &Chain, period: Period) -> Option<&Governing> {
    let none = HashMap::new();
    let all = || chain.versions.iter().rev();
    all().find(|one| Plan::governing(one, &none).days(period).is_some()).or_else(|| all().next())
}
