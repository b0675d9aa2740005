//! The arithmetic of rebates (DOMAIN §3), pure: a policy version, a customer's lines and a period
//! in, a [`Calculation`] out that says every step it took.
//!
//! Sums are integers (minor units, millionths); decimals appear once per tier; the result is
//! rounded once. Comparisons never divide.

mod calculation;
mod forecast;
mod limits;
mod outlook;
mod plan;
mod said;
mod sums;
mod tiers;

pub use calculation::{Amount, Calculation, Counts, NextTier, Reason, Step};
pub use forecast::{NoForecast, Pace};
pub use outlook::{MonthSum, Outlook, Planned, Step as TierStep};
pub use plan::{Disposition, Exclusion, Line, Plan, ProductFacts};
pub use said::{rate_shown, reward_plain};
pub use sums::Sums;

#[cfg(test)]
mod outlook_tests;
#[cfg(test)]
mod tests;
