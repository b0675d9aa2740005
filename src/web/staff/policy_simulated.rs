//! What a simulation shows: sums, who wins and loses, who was near a tier.

use std::collections::HashMap;

use super::super::Page;
use super::policy_simulation::Asked;
use super::portfolio::Portfolio;
use crate::accruals::rules::{Amount, Reason};
use crate::accruals::{Placed, Simulated, Simulation};
use crate::customers::Customer;
use crate::reports::{self, Outcome, Outlay};
use crate::values::{Currency, Key, Money, Period, PeriodKind, Quantity};
use crate::words::Words;

/// Customers named in each list; the files have all of them.
const MOST: usize = 20;

/// Customers and what they would get.
type Moved = Vec<(Named, Outlay)>;

pub(super) struct Shown {
    /// The files' address, with what was asked.
    pub query: String,
    pub currency: Currency,
    /// What it is compared with, by code and version.
    pub compared: Option<String>,
    pub total: Outlay,
    pub periods: Vec<(String, Outlay)>,
    pub classes: Vec<(String, Outlay)>,
    pub winners: Moved,
    pub losers: Moved,
    /// How many win and lose, in words.
    pub gainers: String,
    pub near: Vec<NearRow>,
    pub more_near: Option<String>,
    pub partly_named: bool,
}

impl Shown {
    pub(super) fn money(&self, minor: impl std::borrow::Borrow<i64>) -> Money {
        Money::new(*minor.borrow(), self.currency)
    }
}

pub(super) struct Named {
    pub code: String,
    pub name: String,
}

pub(super) struct NearRow {
    pub customer: Named,
    pub period: String,
    pub measure: String,
    pub next: String,
    pub from: String,
    pub gap: String,
    pub share: String,
    pub rebate: Money,
}

/// On which days it counted, and what is missing.
pub(super) fn said_of_days(page: &Page, simulation: &Simulation) -> Vec<String> {
    let said = |key: &str, placed: &Placed| {
        page.t1(key, "days", page.days(&placed.first_day, &placed.last_day))
    };
    let mut notes = vec![match simulation.valid.moved {
        true => said("simulation-moved", &simulation.valid),
        false => said("simulation-counted", &simulation.valid),
    }];
    if let Some((other, placed)) = &simulation.against
        && placed.moved
    {
        let sentence = said("simulation-against-moved", placed);
        notes.push(format!("{} {sentence}", other.code));
    }
    if simulation.rows.is_empty() {
        notes.push(page.t("simulation-nothing-counted"));
    }
    let missing = |reason| simulation.rows.iter().filter(|row| row.reason == Some(reason)).count();
    for (reason, key) in [
        (Reason::NoTarget, "simulation-without-target"),
        (Reason::NoBaseline, "simulation-without-baseline"),
    ] {
        let count = missing(reason);
        if count > 0 {
            notes.push(page.count(key, count));
        }
    }
    if let Some((periods, begins)) = &simulation.half_known {
        let periods: Vec<String> = periods.iter().map(|period| page.period(period)).collect();
        let first = Period::containing(PeriodKind::Month, *begins);
        notes.push(page.t2(
            "simulation-half-known",
            "periods",
            periods.join(&page.t("list-comma")),
            "month",
            page.period(&first),
        ));
    }
    notes
}

/// What a simulation that counted anything shows.
pub(super) fn shown(
    page: &Page,
    simulation: &Simulation,
    customers: &HashMap<Key, Customer>,
    reach: &Portfolio,
    asked: &Asked,
) -> Shown {
    let outcome = reports::outcome(simulation, customers);
    let named = |key: &Key| {
        let customer = customers.get(key).filter(|customer| reach.holds(customer))?;
        Some(Named { code: customer.code.clone(), name: customer.name.clone() })
    };
    let (winners, losers) = winners_and_losers(&outcome, named);
    let all_near = reports::near(simulation);
    let near: Vec<NearRow> = all_near
        .iter()
        .filter_map(|(row, share)| near_row(page, simulation, row, *share, named(&row.customer)?))
        .take(MOST)
        .collect();
    let gain = |sign: fn(i64) -> bool| {
        outcome.customers.values().filter(|outlay| sign(outlay.difference())).count()
    };
    let more_near = all_near.len().saturating_sub(near.len());
    Shown {
        query: query(asked),
        currency: simulation.currency,
        compared: simulation.against.as_ref().map(|(other, _)| {
            page.t2("simulation-compared", "code", &other.code, "version", other.number)
        }),
        total: outcome.total,
        gainers: page.t2(
            "simulation-gainers",
            "winners",
            gain(|difference| difference > 0),
            "losers",
            gain(|difference| difference < 0),
        ),
        periods: outcome.periods.iter().map(|(p, outlay)| (page.period(p), *outlay)).collect(),
        classes: outcome
            .classes
            .iter()
            .map(|(class, outlay)| (class_shown(page.words, class), *outlay))
            .collect(),
        winners,
        losers,
        near,
        more_near: (more_near > 0).then(|| page.count("simulation-more-near", more_near)),
        partly_named: reach.manager.is_some(),
    }
}

/// A class of our own has a word; a company's own is one.
fn class_shown(words: &Words, class: &str) -> String {
    if words.has(&format!("policy-class-{class}")) {
        words.code("policy-class", class)
    } else {
        class.to_owned()
    }
}

/// Who gains and who loses most, each list by how much.
fn winners_and_losers(outcome: &Outcome, named: impl Fn(&Key) -> Option<Named>) -> (Moved, Moved) {
    let mut all: Vec<(&Key, &Outlay)> =
        outcome.customers.iter().filter(|(_, outlay)| outlay.difference() != 0).collect();
    all.sort_by_key(|(key, outlay)| (std::cmp::Reverse(outlay.difference()), **key));
    let name = |(key, outlay): &(&Key, &Outlay)| Some((named(key)?, **outlay));
    let winners = all.iter().filter(|(_, outlay)| outlay.difference() > 0);
    let losers = all.iter().rev().filter(|(_, outlay)| outlay.difference() < 0);
    (winners.filter_map(name).take(MOST).collect(), losers.filter_map(name).take(MOST).collect())
}

fn near_row(
    page: &Page,
    simulation: &Simulation,
    row: &Simulated,
    share: i64,
    customer: Named,
) -> Option<NearRow> {
    let next = row.next?;
    let amount = |amount: Amount| match amount {
        Amount::Money(minor) => simulation.money(minor).shown(),
        Amount::Units(micro) => page.words.units(Quantity::from_micro(micro)),
        Amount::Percent(micro) => format!("{}%", Quantity::from_micro(micro)),
    };
    Some(NearRow {
        customer,
        period: page.period(&row.period),
        measure: amount(row.measure),
        next: page.t1("editor-tier", "number", next.tier),
        from: amount(next.from),
        gap: amount(next.gap),
        share: format!("{}%", reports::percent(share)),
        rebate: simulation.money(row.rebate),
    })
}

fn query(asked: &Asked) -> String {
    let escaped = |text: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let byte = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
        text.bytes().map(byte).collect::<String>()
    };
    format!(
        "from={}&to={}&against={}",
        escaped(&asked.from),
        escaped(&asked.to),
        escaped(&asked.against)
    )
}
