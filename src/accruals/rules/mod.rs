//! The arithmetic of rebates (DOMAIN §3), pure: a policy version, a customer's lines and a period
//! in, a [`Calculation`] out that says every step it took.
//!
//! Sums are integers (minor units, millionths); decimals appear once per tier; the result is
//! rounded once. Comparisons never divide.
//!
//! The way of a number: [`Plan`] picks days and lines, `sums` adds them up, `measure` finds what
//! they are compared with and the tier, `tiers` pays, `limits` bounds and rounds, `overlap` lets
//! one of several competing policies win.

mod calculation;
mod forecast;
mod limits;
mod near;
mod outlook;
mod lines;
mod measure;
mod overlap;
mod plan;
mod said;
mod scope;
mod subject;
mod sums;
mod tiers;

pub use calculation::{
    Amount, Calculation, Compared, Counts, GroupMeasure, NextTier, Part, Reason, Step, ToDate,
};
pub use forecast::{NoForecast, Pace};
pub use lines::{Line, Lines};
pub use near::{Near, NearRule};
pub use outlook::{MonthSum, Outlook, Planned, Stake, Step as TierStep, bought};
pub use overlap::settle as settle_overlap;
pub use plan::Plan;
pub use said::{rate_shown, reward_plain};
pub use scope::{Disposition, Exclusion, ProductFacts};
pub use subject::{Earned, Figure, Figures, Group, Subject};
pub use sums::Sums;

#[cfg(test)]
mod any_tests;
#[cfg(test)]
mod growth_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod outlook_tests;
#[cfg(test)]
mod said_tests;
#[cfg(test)]
mod tests;
