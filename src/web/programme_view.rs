//! Where a customer stands in a programme: the tier reached, how far the next one is, what it
//! comes to. For the home page, the list of programmes and the programme's own page.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::Page;
use crate::accruals::Accrual;
use crate::accruals::rules::{Calculation, Plan, Reason};
use crate::policies::{self, CustomerFacts, Terms, Version};
use crate::values::{AccrualId, Money, Period, PolicyId, VersionId};
use crate::words::date_range;

/// A policy as it concerns one customer in the period of a day.
pub(super) struct Programme {
    pub version: Version,
    pub period: Period,
    /// None until something was accrued.
    pub accrual: Option<AccrualId>,
    /// The accrual's, or the one of no purchases at all.
    pub calculation: Calculation,
}

/// Whether a programme is the customer's business: it covers them, or something accrued in it.
pub(super) fn concerns(
    version: &Version,
    facts: &CustomerFacts,
    accruals: &[Accrual],
    today: NaiveDate,
) -> bool {
    policies::covers(&version.terms, facts, today.max(version.terms.from))
        || accruals.iter().any(|accrual| {
            accrual.policy == version.policy_id
                && accrual.calculation.reason != Some(Reason::NotEligible)
        })
}

impl Programme {
    /// The programme in the period of today, or of its own last or first day when today lies
    /// outside.
    pub(super) fn new(
        version: Version,
        facts: &CustomerFacts,
        accruals: &[Accrual],
        today: NaiveDate,
    ) -> Self {
        let period = period_at(&version, today);
        let accrual = accruals.iter().find(|a| a.policy == version.policy_id && a.period == period);
        let calculation = match accrual {
            Some(accrual) => accrual.calculation.clone(),
            None => Plan::new(&version, &HashMap::new()).calculate(facts, period, today, &[]),
        };
        Self { period, accrual: accrual.map(|a| a.id.clone()), calculation, version }
    }
}

/// The policy's period on the day, or its last or first one when the day lies outside.
pub(super) fn period_at(version: &Version, today: NaiveDate) -> Period {
    let terms = &version.terms;
    let day = version.last_day().map_or(today, |last| today.min(last)).max(terms.from);
    Period::containing(terms.period, day)
}

/// A programme in the reader's language.
pub(super) struct ProgrammeView {
    pub id: PolicyId,
    pub code: String,
    pub name: String,
    pub period_kind: String,
    pub period: String,
    pub days: String,
    /// `active`, `ended` or `pending`.
    pub state: &'static str,
    /// `acknowledged` or `unacknowledged`.
    pub signed: &'static str,
    /// Where the number is explained.
    pub accrual: Option<AccrualId>,
    pub tier: String,
    pub measure: String,
    /// What is missing to the next tier; None on the highest.
    pub gap: Option<String>,
    /// How much of the next tier's bound is reached, in whole percent, never rounded up.
    pub attainment: Option<String>,
    pub rebate: Money,
    pub meter: Meter,
}

/// A bar from nothing to the highest tier's bound, in hundredths.
pub(super) struct Meter {
    pub fill: i64,
    pub marks: Vec<i64>,
    /// What the bar says, in words.
    pub text: String,
}

impl ProgrammeView {
    pub(super) fn new(
        programme: Programme,
        signed: &HashSet<VersionId>,
        today: NaiveDate,
        page: &Page,
    ) -> Self {
        let Programme { version, period, accrual, calculation } = programme;
        let terms = &version.terms;
        let tier = tier_text(terms, &calculation, page);
        let measure = calculation.measure.shown(calculation.currency);
        let gap = calculation.gap_text().map(|gap| page.words.say(&gap));
        let attainment = calculation.next.map(|next| {
            let percent = hundredths(calculation.measure.value(), next.from.value()).min(99);
            page.t2("programme-attained", "percent", percent, "tier", next.tier)
        });
        let text = [Some(&tier), gap.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(&page.t("programme-comma"));
        Self {
            id: version.policy_id.clone(),
            code: version.code.clone(),
            name: terms.name.in_language(page.language()).to_owned(),
            period_kind: page.code("programme-period", terms.period.as_str()),
            period: page.period(&period),
            days: date_range(page.language(), calculation.first_day, calculation.last_day),
            state: state(&version, today),
            signed: if signed.contains(&version.id) { "acknowledged" } else { "unacknowledged" },
            accrual,
            meter: Meter::new(&version, &calculation, text),
            tier,
            measure,
            gap,
            attainment,
            rebate: calculation.rebate(),
        }
    }
}

fn state(version: &Version, today: NaiveDate) -> &'static str {
    if today < version.terms.from {
        "pending"
    } else if version.in_force_on(today) {
        "active"
    } else {
        "ended"
    }
}

pub(super) fn tier_text(terms: &Terms, calculation: &Calculation, page: &Page) -> String {
    match calculation.reward {
        Some(reward) => page.t2(
            "programme-tier",
            "tier",
            calculation.tier,
            "reward",
            policies::reward_shown(terms, reward, page.words),
        ),
        None => page.t("programme-no-tier"),
    }
}

impl Meter {
    fn new(version: &Version, calculation: &Calculation, text: String) -> Self {
        // The plan has the bounds as integers of the measure's kind.
        let bounds: Vec<i64> = version
            .terms
            .reward
            .tiers
            .iter()
            .map(|tier| match calculation.measure {
                crate::accruals::rules::Amount::Money(_) => version.terms.money(tier.from).minor,
                crate::accruals::rules::Amount::Units(_)
                | crate::accruals::rules::Amount::Percent(_) => {
                    crate::values::Quantity::exact(tier.from).map_or(i64::MAX, |q| q.micro)
                }
            })
            .collect();
        let top = bounds.last().copied().unwrap_or_default();
        let marks = bounds.iter().map(|bound| hundredths(*bound, top));
        Self {
            fill: hundredths(calculation.measure.value(), top),
            marks: marks.filter(|mark| (1..100).contains(mark)).collect(),
            text,
        }
    }
}

/// The part in hundredths of the whole, from 0 to 100; rounded down.
fn hundredths(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 100;
    }
    let share = i128::from(part.max(0)) * 100 / i128::from(whole);
    i64::try_from(share.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_promises_more_than_is_there() {
        for (part, whole, expected) in [
            (0, 100_000, 0),
            (-5_000, 100_000, 0),
            (99_999, 100_000, 99),
            (100_000, 100_000, 100),
            (250_000, 100_000, 100),
            (5, 0, 100),
            (i64::MAX, i64::MAX, 100),
        ] {
            assert_eq!(hundredths(part, whole), expected, "{part} of {whole}");
        }
    }
}
