use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::Currency;

/// An amount: a whole number of minor units (fen, pence) of one currency. Never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The amount in major units, exactly.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.decimals())
    }

    /// Rounds a decimal amount of major units to the minor unit, half away from zero
    /// (DOMAIN §3.8). None when it doesn't fit.
    pub fn rounded(amount: Decimal, currency: Currency) -> Option<Self> {
        Self::rounded_by(amount, currency, RoundingStrategy::MidpointAwayFromZero)
    }

    /// Rounds with the strategy a policy names.
    pub fn rounded_by(amount: Decimal, currency: Currency, by: RoundingStrategy) -> Option<Self> {
        let decimals = currency.decimals();
        let mut exact = amount.round_dp_with_strategy(decimals, by);
        exact.rescale(decimals);
        let minor = exact.mantissa().to_i64()?;
        (exact.scale() == decimals).then_some(Self { minor, currency })
    }

    /// The exact amount of a decimal that has no more decimals than the currency; None otherwise.
    pub fn exact(amount: Decimal, currency: Currency) -> Option<Self> {
        let rounded = Self::rounded(amount, currency)?;
        (rounded.decimal() == amount).then_some(rounded)
    }

    /// `-1234.56`: the form of files and exports.
    pub fn plain(self) -> String {
        let mut amount = self.decimal();
        amount.rescale(self.currency.decimals());
        amount.to_string()
    }

    /// `-¥1,234.56`, or `GBP 1,234.56` for other currencies (DOMAIN §8).
    pub fn shown(self) -> String {
        shown(&self.plain(), self.currency)
    }

    /// An amount on its way to being rounded, with all the decimals it has: `¥6.125`, `¥6.10`.
    pub fn shown_unrounded(amount: Decimal, currency: Currency) -> String {
        let mut amount = amount.normalize();
        if amount.scale() < currency.decimals() {
            amount.rescale(currency.decimals());
        }
        shown(&amount.to_string(), currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

fn shown(plain: &str, currency: Currency) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain),
    };
    let grouped = grouped(digits);
    if currency == Currency::CNY {
        format!("{sign}¥{grouped}")
    } else {
        format!("{sign}{currency} {grouped}")
    }
}

/// Puts a comma between each three digits before the decimal point.
pub(super) fn grouped(plain: &str) -> String {
    let (whole, rest) = plain.split_once('.').map_or((plain, None), |(w, r)| (w, Some(r)));
    let mut out = String::with_capacity(plain.len() + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// The amount in capital characters as Chinese vouchers print it: 人民币壹万贰仟元整 (rules of the
/// People's Bank for filling in bills). CNY only; None for other currencies.
pub fn capital_rmb(money: Money) -> Option<String> {
    if money.currency != Currency::CNY {
        return None;
    }
    let fen_total = money.minor.unsigned_abs();
    let (yuan, fen_part) = (fen_total / 100, fen_total % 100);
    let (jiao, fen) = (fen_part / 10, fen_part % 10);
    let mut out = String::from(if money.minor < 0 { "人民币负" } else { "人民币" });
    if yuan > 0 || fen_part == 0 {
        out.push_str(&capital_whole(yuan));
        out.push('元');
    }
    match (jiao, fen) {
        (0, 0) => out.push('整'),
        (0, fen) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push_str(digit(fen));
            out.push('分');
        }
        (jiao, 0) => {
            out.push_str(digit(jiao));
            out.push_str("角整");
        }
        (jiao, fen) => {
            out.push_str(digit(jiao));
            out.push('角');
            out.push_str(digit(fen));
            out.push('分');
        }
    }
    Some(out)
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|i| DIGITS.get(i)).copied().unwrap_or_default()
}

fn capital_whole(mut value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    let mut groups = Vec::new();
    while value > 0 {
        groups.push(value % 10_000);
        value /= 10_000;
    }
    let mut out = String::new();
    let mut owed_zero = false;
    for (index, group) in groups.iter().enumerate().rev() {
        if *group == 0 {
            owed_zero = !out.is_empty();
            continue;
        }
        if !out.is_empty() && (owed_zero || *group < 1_000) {
            out.push('零');
        }
        out.push_str(&capital_group(*group));
        out.push_str(GROUPS.get(index).copied().unwrap_or_default());
        owed_zero = false;
    }
    out
}

fn capital_group(group: u64) -> String {
    let mut out = String::new();
    let mut zero = false;
    for place in (0..4u32).rev() {
        let value = group / 10u64.pow(place) % 10;
        if value == 0 {
            zero = !out.is_empty();
            continue;
        }
        if zero {
            out.push('零');
            zero = false;
        }
        out.push_str(digit(value));
        let place = usize::try_from(place).unwrap_or_default();
        out.push_str(PLACES.get(place).copied().unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    #[test]
    fn money_is_shown_with_its_sign_before_the_symbol() {
        for (minor, shown) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (123_456, "¥1,234.56"),
            (-10_000, "-¥100.00"),
            (123_456_789, "¥1,234,567.89"),
            (99_999, "¥999.99"),
        ] {
            assert_eq!(cny(minor).shown(), shown);
        }
        let gbp = "GBP".parse().unwrap();
        assert_eq!(Money::new(-163, gbp).shown(), "-GBP 1.63");
        assert_eq!(Money::new(1500, "JPY".parse().unwrap()).shown(), "JPY 1,500");
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (amount, minor) in [("1.005", 101), ("-1.005", -101), ("1.0049", 100), ("2.5", 250)] {
            let money = Money::rounded(amount.parse().unwrap(), Currency::CNY);
            assert_eq!(money, Some(cny(minor)), "{amount}");
        }
        assert_eq!(Money::rounded(Decimal::MAX, Currency::CNY), None);
        assert_eq!(Money::exact("1.001".parse().unwrap(), Currency::CNY), None);
    }

    #[test]
    fn capital_amounts_follow_the_rules_for_bills() {
        for (minor, words) in [
            (0, "人民币零元整"),
            (5, "人民币伍分"),
            (50, "人民币伍角整"),
            (1_200_000, "人民币壹万贰仟元整"),
            (100_405, "人民币壹仟零肆元零伍分"),
            (1_000_010_000, "人民币壹仟万零壹佰元整"),
            (10_000_000_000, "人民币壹亿元整"),
            (140_950, "人民币壹仟肆佰零玖元伍角整"),
            (600_714, "人民币陆仟零柒元壹角肆分"),
            (-10_001, "人民币负壹佰元零壹分"),
            (10_000_050_000_000, "人民币壹仟亿零伍拾万元整"),
        ] {
            assert_eq!(capital_rmb(cny(minor)).as_deref(), Some(words), "{minor}");
        }
    }
}
