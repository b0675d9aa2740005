//! What a row of a targets or baselines file says.

use rust_decimal::Decimal;

use super::{Parsed, Plan, missing, rejected};
use crate::sales::read::Row;
use crate::sales::rules::Reason;
use crate::sales::rules::fields::Field;
use crate::values::Period;

/// One figure; codes not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFigure {
    pub policy: String,
    pub customer: String,
    pub period: Period,
    pub value: Decimal,
}

impl Plan {
    /// What the row says.
    pub fn figure(&self, row: &Row) -> Parsed<ParsedFigure> {
        self.shape(row)?;
        let policy = self.needed(row, Field::Policy)?;
        let customer = self.code(row, Field::CustomerCode)?;
        if customer.is_empty() {
            return Err(rejected(row, Field::CustomerCode.name(), Reason::NoCustomer, ""));
        }
        let period = self.needed(row, Field::Period)?;
        let value =
            self.number(row, Field::Value)?.ok_or_else(|| missing(row, Field::Value))?.normalize();
        let period = period
            .parse()
            .map_err(|_| rejected(row, Field::Period.name(), Reason::BadPeriod, &period))?;
        Ok(ParsedFigure { policy, customer, period, value })
    }
}
