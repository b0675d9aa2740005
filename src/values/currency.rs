use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency; knows how many decimals its minor unit has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow, Serialize, Deserialize)]
#[diesel(sql_type = Text)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    pub const CNY: Self = Self(iso_currency::Currency::CNY);

    /// The three-letter code.
    pub fn as_str(&self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for CNY (fen), 0 for JPY.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = String;

    /// Upper-case ISO codes only: `cny` in a file is more likely a mistake than a currency.
    fn from_str(text: &str) -> Result<Self, String> {
        often(text)
            .or_else(|| iso_currency::Currency::from_code(text))
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not an ISO 4217 currency code such as CNY"))
    }
}

/// Millions of sales lines name their currency, and the library compares a code with one after the
/// other of its list: these few it needn't.
fn often(code: &str) -> Option<iso_currency::Currency> {
    use iso_currency::Currency;
    match code {
        "CNY" => Some(Currency::CNY),
        "USD" => Some(Currency::USD),
        "EUR" => Some(Currency::EUR),
        "GBP" => Some(Currency::GBP),
        "HKD" => Some(Currency::HKD),
        "JPY" => Some(Currency::JPY),
        _ => None,
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

super::id::stored_as_text!(Currency);

impl<DB> FromSql<Text, DB> for Currency
where
    DB: diesel::backend::Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(String::from_sql(bytes)?.parse::<Self>()?)
    }
}
