use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::lines::Lines;
use super::sums::Sums;
use crate::policies::CustomerFacts;
use crate::values::Period;

/// Whose rebate is reckoned, and what it depends on besides the terms.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub customer: &'a CustomerFacts,
    /// The customer's own lines.
    pub own: &'a Lines,
    /// What those of the period come to that aren't among them, where the plan adds up
    /// ([`super::Plan::adds_up`]).
    pub before: Option<&'a Sums>,
    /// Where the policy measures groups; without one the customer is a group of its own.
    pub group: Option<&'a Group<'a>>,
    /// Imported targets and baselines of the customer, or of the group's parent.
    pub figures: Option<&'a Figures>,
    pub earned: Earned,
}

impl<'a> Subject<'a> {
    /// A customer for whom nothing else counts.
    pub fn alone(customer: &'a CustomerFacts, own: &'a Lines) -> Self {
        Self { customer, own, before: None, group: None, figures: None, earned: Earned::default() }
    }
}

/// A customer group: the parent, whose code names it, and its members.
#[derive(Debug, Clone, Default)]
pub struct Group<'a> {
    pub code: String,
    /// Whether a customer has that code.
    pub has_parent: bool,
    /// By customer code.
    pub members: BTreeMap<String, &'a Lines>,
}

/// Imported figures, by period.
pub type Figures = BTreeMap<Period, Figure>;

/// What was imported for one period, in the measure's unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figure {
    pub target: Option<Decimal>,
    pub baseline: Option<Decimal>,
}

/// What earlier periods of the policy came to for the customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earned {
    /// Rebates of the calendar year's earlier periods, minor units.
    pub year_minor: i64,
    /// Rebates of all earlier periods, minor units.
    pub life_minor: i64,
    /// Whether lines of the calendar year's earlier periods counted.
    pub year_has_lines: bool,
}
