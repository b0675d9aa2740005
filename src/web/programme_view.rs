//! Where a customer stands in a programme: the tier reached, how far the next one is, what it
//! comes to. For the home page, the list of programmes and the programme's own page.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::Page;
use crate::accruals::rules::{Amount, Calculation, Plan, Reason, bought};
use crate::accruals::{self, Accrual, Status};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, Chain, CustomerFacts, MeasureKind, Standings, Terms, Version};
use crate::values::{AccrualId, Money, Period, PolicyId, Quantity, VersionId};
use crate::words::date_range;

/// A policy as it concerns one customer in the period of a day.
pub(super) struct Programme {
    /// The version that governs the period.
    pub version: Version,
    /// The version promised now, which is the one to sign; another one where an amendment begins
    /// with a later period.
    pub newest: Version,
    /// All versions that govern something, with their numbers.
    pub numbers: Vec<(VersionId, i32)>,
    /// First day of the first of them.
    pub from: NaiveDate,
    pub period: Period,
    /// None until something was accrued.
    pub accrual: Option<AccrualId>,
    /// The period is closed: the rebate is earned, no estimate.
    pub closed: bool,
    /// The accrual's, or the one of no purchases at all.
    pub calculation: Calculation,
}

impl Programme {
    /// The programmes that are the customer's business, by policy code: they cover it, or
    /// something accrued in them. Each in the period of the day, or in its own last or first one
    /// when the day lies outside. One that was withdrawn stays readable for those it was promised.
    pub(super) fn all(
        conn: &mut Conn,
        facts: &CustomerFacts,
        accruals: &[Accrual],
        day: NaiveDate,
    ) -> Result<Vec<Self>> {
        let chains = policies::chains(conn)?;
        Ok(chains.iter().filter_map(|c| Self::of_chain(c, facts, accruals, day)).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// Not found, which is also the answer for one that isn't the customer's business.
    pub(super) fn one(
        conn: &mut Conn,
        policy: &PolicyId,
        facts: &CustomerFacts,
        accruals: &[Accrual],
        day: NaiveDate,
    ) -> Result<Self> {
        let chains = policies::chains(conn)?;
        let own = chains.iter().find(|chain| chain.policy == *policy);
        own.and_then(|own| Self::of_chain(own, facts, accruals, day)).ok_or(Error::NotFound)
    }

    fn of_chain(
        chain: &Chain,
        facts: &CustomerFacts,
        accruals: &[Accrual],
        day: NaiveDate,
    ) -> Option<Self> {
        let newest = chain.newest()?;
        let counts = |version: &Version| newest.is_withdrawn() || !version.is_withdrawn();
        let held = || chain.versions.iter().filter(|one| counts(&one.version));
        let from = held().map(|one| one.version.terms.from).min()?;
        let inside = newest.last_day().map_or(day, |last| day.min(last)).max(from);
        let period = Period::containing(newest.terms.period, inside);
        let governing = accruals::governing(chain, period)?;
        let version = &governing.version;
        let covered = |version: &Version| {
            policies::covers(&version.terms, facts, inside.max(version.terms.from))
        };
        let mut own = accruals.iter().filter(|accrual| accrual.policy == chain.policy);
        let theirs = covered(newest)
            || covered(version)
            || own.clone().any(|a| a.calculation.reason != Some(Reason::NotEligible));
        if !theirs {
            return None;
        }
        let accrual = own.find(|accrual| accrual.period == period);
        let calculation = match accrual {
            Some(accrual) => accrual.calculation.clone(),
            None => {
                let plan = Plan::governing(governing, &HashMap::new());
                plan.calculate(facts, period, inside, &[])
            }
        };
        Some(Self {
            version: version.clone(),
            newest: newest.clone(),
            numbers: held().map(|one| (one.version.id.clone(), one.version.number)).collect(),
            from,
            period,
            accrual: accrual.map(|accrual| accrual.id.clone()),
            closed: accrual.is_some_and(|accrual| accrual.status == Status::Earned),
            calculation,
        })
    }

    /// Whether it is in force on the day.
    pub(super) fn is_running(&self, day: NaiveDate) -> bool {
        self.state(day) == "active"
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.newest.is_withdrawn()
    }

    /// `active`, `ended`, `pending` or `withdrawn`.
    fn state(&self, day: NaiveDate) -> &'static str {
        if self.is_withdrawn() {
            "withdrawn"
        } else if day < self.from {
            "pending"
        } else if self.newest.last_day().is_none_or(|last| day <= last) {
            "active"
        } else {
            "ended"
        }
    }
}

/// The versions whose signatures a list of programmes shows.
pub(super) fn versions_of(programmes: &[Programme]) -> Vec<VersionId> {
    programmes.iter().flat_map(|p| &p.numbers).map(|(id, _)| id.clone()).collect()
}

/// A programme in the reader's language.
pub(super) struct ProgrammeView {
    pub id: PolicyId,
    pub code: String,
    pub name: String,
    pub period_kind: String,
    pub period: String,
    pub days: String,
    /// The period, or its days where it is the whole term.
    pub when: String,
    /// What picks the tier: the amount, the quantity, growth, attainment.
    pub basis: String,
    /// `active`, `ended`, `pending` or `withdrawn`.
    pub state: &'static str,
    /// `acknowledged` or `unacknowledged`: the version promised now.
    pub signed: &'static str,
    /// That version's number.
    pub number: i32,
    /// The latest version that was signed before it, while it isn't.
    pub signed_before: Option<i32>,
    /// Where the number is explained.
    pub accrual: Option<AccrualId>,
    pub tier: String,
    /// Whether the highest tier is reached.
    pub on_top: bool,
    pub measure: String,
    /// The measure in a sentence: so far, or of the whole period once that is over.
    pub measured: String,
    /// What more purchases would bring; None on the highest tier, and once the period is over.
    pub gap: Option<String>,
    /// How much of what the next tier takes is there, in whole percent, never rounded up.
    pub attainment: Option<String>,
    pub rebate: Money,
    /// What the rebate is: an estimate, or earned.
    pub rebate_label: String,
    /// `estimated` or `earned`.
    pub rebate_state: &'static str,
    /// The heading over where it stands.
    pub standing: String,
    /// Whether the last day of the period is over.
    pub over: bool,
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
        let state = programme.state(today);
        let Programme { version, newest, numbers, period, accrual, closed, calculation, .. } =
            programme;
        let terms = &version.terms;
        let tier = tier_text(terms, &calculation, page);
        let over = closed || calculation.last_day < today;
        let gap = calculation.gap_text().filter(|_| !over).map(|gap| page.words.say(&gap));
        let measure = measure_text(&calculation, page);
        let attainment = calculation.next.map(|next| {
            let has = bought(&calculation);
            let percent = hundredths(has, has.saturating_add(next.gap.value())).min(99);
            page.t2("programme-attained", "percent", percent, "tier", next.tier)
        });
        let text = [Some(&tier), gap.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(&page.t("programme-comma"));
        let days = date_range(page.language(), calculation.first_day, calculation.last_day);
        let is_signed = signed.contains(&newest.id);
        let before = numbers.iter().filter(|(id, _)| !is_signed && signed.contains(id));
        Self {
            id: version.policy_id.clone(),
            code: version.code.clone(),
            name: terms.name.in_language(page.language()).to_owned(),
            period_kind: page.code("programme-period", terms.period.as_str()),
            when: if period == Period::Term { days.clone() } else { page.period(&period) },
            period: page.period(&period),
            days,
            basis: basis(terms, page),
            state,
            signed: if is_signed { "acknowledged" } else { "unacknowledged" },
            number: newest.number,
            signed_before: before.map(|(_, number)| *number).max(),
            accrual,
            meter: Meter::new(terms, &calculation, text),
            tier,
            on_top: calculation.tier > 0 && calculation.next.is_none(),
            measured: page.t1(
                if over { "programme-measured-over" } else { "programme-measured" },
                "amount",
                &measure,
            ),
            measure,
            gap,
            attainment,
            rebate: calculation.rebate(),
            rebate_label: page.t(match closed {
                true => "programme-rebate-earned",
                false => "programme-rebate-estimated",
            }),
            rebate_state: if closed { Status::Earned.as_str() } else { Status::Estimated.as_str() },
            standing: page.t1(
                if over { "programme-result" } else { "programme-standing" },
                "period",
                page.period(&period),
            ),
            over,
        }
    }
}

/// From when to when the version decides, in words.
pub(super) fn valid(standings: &Standings, version: &Version, page: &Page) -> String {
    let from = version.terms.from;
    let last = standings.last_day(version);
    let never = version.is_withdrawn() || last.is_some_and(|last| last < from);
    match last {
        _ if never => page.t("rules-never"),
        Some(last) => page.days(&from, &last),
        None => page.t1("rules-from", "day", page.date(&from)),
    }
}

/// What picks the tier, in a few words.
pub(super) fn basis(terms: &Terms, page: &Page) -> String {
    page.t(match (terms.measure.kind, terms.measures_units()) {
        (MeasureKind::Amount, _) => "programme-basis-amount",
        (MeasureKind::Quantity, _) => "programme-basis-quantity",
        (MeasureKind::Growth, false) => "programme-basis-growth",
        (MeasureKind::Growth, true) => "programme-basis-growth-units",
        (MeasureKind::Target, false) => "programme-basis-target",
        (MeasureKind::Target, true) => "programme-basis-target-units",
    })
}

/// What is measured: `¥60,000.00`, or a percentage with what it compares.
pub(super) fn measure_text(calculation: &Calculation, page: &Page) -> String {
    let shown = |amount: Amount| page.amount(amount, calculation.currency);
    match &calculation.compared {
        None => shown(calculation.measure),
        Some(compared) => match compared.with.filter(|_| compared.reference().is_some()) {
            Some(with) => page.words.with(
                "programme-compared",
                [
                    ("percent", shown(calculation.measure)),
                    ("current", shown(compared.current)),
                    ("with", shown(with)),
                ],
            ),
            None => shown(compared.current),
        },
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
    fn new(terms: &Terms, calculation: &Calculation, text: String) -> Self {
        let micro = |from| Quantity::exact(from).map_or(i64::MAX, |quantity| quantity.micro);
        // The bounds as integers of the measure's kind.
        let bound = |from| match calculation.measure {
            Amount::Money(_) => terms.money(from).minor,
            Amount::Units(_) | Amount::Percent(_) => micro(from),
        };
        let bounds: Vec<i64> = terms.reward.tiers.iter().map(|tier| bound(tier.from)).collect();
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
