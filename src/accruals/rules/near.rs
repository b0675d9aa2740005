//! Whether the next tier is near enough to say so.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;

use super::calculation::{Amount, Calculation, Reason};
use super::outlook::bought;

/// A next tier within reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// From 1.
    pub tier: u32,
    pub gap: Amount,
    /// How much of what the tier takes is there, in whole percent, rounded down.
    pub attained: i64,
}

/// When a tier counts as near, and on which day of the week customers hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearRule {
    /// At most this much of what the tier takes is missing; zero tells nobody.
    pub percent: Decimal,
    pub weekday: Weekday,
}

impl NearRule {
    /// The tier that is near; None where none is, or where reaching it would pay nothing.
    pub fn near(&self, calculation: &Calculation) -> Option<Near> {
        let next = calculation.next?;
        let may_pay = matches!(
            calculation.reason,
            None | Some(Reason::BelowFirstTier | Reason::TierPaysNothing | Reason::RoundsToZero)
        );
        let has = bought(calculation);
        let takes = has.checked_add(next.gap.value())?;
        if !may_pay || has <= 0 || takes <= 0 {
            return None;
        }
        let missing = Decimal::from(next.gap.value()).checked_mul(Decimal::ONE_HUNDRED)?;
        let reach = Decimal::from(takes).checked_mul(self.percent)?;
        let attained = i128::from(has) * 100 / i128::from(takes);
        (missing <= reach).then_some(Near {
            tier: next.tier,
            gap: next.gap,
            attained: i64::try_from(attained).unwrap_or(100).min(99),
        })
    }

    /// The day the week's round belongs to: today, or the last such weekday before.
    pub fn round(&self, today: NaiveDate) -> NaiveDate {
        let since = today.weekday().days_since(self.weekday);
        today.checked_sub_days(Days::new(u64::from(since))).unwrap_or(today)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Line, Plan};
    use super::*;
    use crate::policies::{CustomerFacts, parse};
    use crate::values::{Currency, Period};

    fn rule(percent: &str) -> NearRule {
        NearRule { percent: percent.parse().unwrap(), weekday: Weekday::Mon }
    }

    /// A quarter's calculation of a policy with tiers at 100 and 200, from one line.
    fn standing(bound: &str, minor: i64) -> Calculation {
        let source = format!(
            "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\n\
             form = \"cash\"\nname.en = \"Q\"\nmeasure.kind = \"amount\"\n[reward]\n\
             tier_mode = \"all_units\"\nbound = \"{bound}\"\ntiers = [\
             {{ from = \"100\", percent = \"1\" }}, {{ from = \"200\", percent = \"2\" }}]\n"
        );
        let terms = parse(&source).unwrap();
        let customer = CustomerFacts {
            code: "C1".to_owned(),
            kind: "customer".to_owned(),
            class: "vip".to_owned(),
            region: String::new(),
            group_code: None,
            since: None,
        };
        let day = "2026-08-15".parse().unwrap();
        let line = Line {
            key: 1,
            product: 1,
            document_date: day,
            delivery_date: None,
            paid_date: None,
            net_minor: minor,
            quantity_micro: 0,
            currency: Currency::CNY,
        };
        let q3 = Period::Quarter { year: 2026, quarter: 3 };
        Plan::of_terms(&terms, 1, &HashMap::new()).calculate(&customer, q3, day, &[line])
    }

    #[test]
    fn a_tier_is_near_when_little_of_what_it_takes_is_missing() {
        for (bound, minor, percent, expected) in [
            ("at_least", 9_000, "10", Some((1, 1_000, 90))),
            ("at_least", 8_999, "10", None),
            ("at_least", 9_999, "10", Some((1, 1, 99))),
            ("at_least", 18_000, "10", Some((2, 2_000, 90))),
            ("at_least", 17_999, "10", None),
            ("at_least", 17_999, "10.01", Some((2, 2_001, 89))),
            ("more_than", 20_000, "1", Some((2, 1, 99))),
            ("at_least", 20_000, "10", None),
            ("at_least", 0, "100", None),
            ("at_least", -500, "100", None),
            ("at_least", 9_999, "0", None),
        ] {
            let near = rule(percent).near(&standing(bound, minor));
            let found = near.map(|near| (near.tier, near.gap.value(), near.attained));
            assert_eq!(found, expected, "{bound} {minor} {percent}");
        }
    }

    #[test]
    fn a_week_begins_on_its_weekday() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (weekday, today, round) in [
            (Weekday::Mon, "2026-10-12", "2026-10-12"),
            (Weekday::Mon, "2026-10-18", "2026-10-12"),
            (Weekday::Mon, "2026-10-19", "2026-10-19"),
            (Weekday::Fri, "2026-10-15", "2026-10-09"),
            (Weekday::Fri, "2026-10-16", "2026-10-16"),
        ] {
            let rule = NearRule { percent: Decimal::TEN, weekday };
            assert_eq!(rule.round(day(today)), day(round), "{weekday} {today}");
        }
    }
}
