use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// A count of units, exact to six decimals, kept as whole millionths so that sums are integers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Quantity {
    /// Millionths of a unit, as the database stores them.
    pub micro: i64,
}

/// What rooms write behind a quantity in the arguments of a sentence; readers get a word of theirs.
pub const UNITS: &str = " units";

impl Quantity {
    const DECIMALS: u32 = 6;

    pub fn from_micro(micro: i64) -> Self {
        Self { micro }
    }

    /// None when it has more than six decimals or doesn't fit.
    pub fn exact(amount: Decimal) -> Option<Self> {
        let mut scaled = amount;
        scaled.rescale(Self::DECIMALS);
        (scaled == amount && scaled.scale() == Self::DECIMALS)
            .then(|| scaled.mantissa().to_i64().map(Self::from_micro))
            .flatten()
    }

    pub fn decimal(self) -> Decimal {
        Decimal::new(self.micro, Self::DECIMALS).normalize()
    }

    /// `1,200 units`: as an argument of a sentence.
    pub fn coded(self) -> String {
        format!("{self}{UNITS}")
    }

    /// `1200` or `-0.5`: the form of files and exports.
    pub fn plain(self) -> String {
        self.decimal().to_string()
    }
}

impl fmt::Display for Quantity {
    /// `1,200` as pages print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        match plain.strip_prefix('-') {
            Some(digits) => write!(f, "-{}", super::money::grouped(digits)),
            None => f.write_str(&super::money::grouped(&plain)),
        }
    }
}
