//! Trying terms out on past sales: the computation of a run, in a read that leaves nothing behind
//! and keeps nobody from writing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Months, NaiveDate};

use super::compute::{self, BATCH};
use super::rules::{Amount, Calculation, NextTier, ProductFacts, Reason};
use super::work::{Look, Work, customers_due, exclusive_groups, spread};
use crate::customers::{self, Groups};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, Chain, Governing, MeasureKind, MeasureScope, Terms, Version};
use crate::sales;
use crate::values::{Currency, FIRST_DAY, Key, Money, Period, PeriodKind};

/// By how much purchases are varied, in percent of what they were.
pub const LESS: i64 = 90;
/// See [`LESS`].
pub const MORE: i64 = 110;

/// What to try.
#[derive(Debug, Clone)]
pub struct Trial {
    pub version: Version,
    /// The days whose sales it is tried on.
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// What it is compared with.
    pub against: Option<Version>,
}

/// What would have come of it.
#[derive(Debug, Clone)]
pub struct Simulation {
    pub currency: Currency,
    /// The days on which it counted, and whether it was moved there.
    pub valid: Placed,
    /// What it is compared with, and the days on which that counted.
    pub against: Option<(Version, Placed)>,
    /// Periods compared with days of which some lie before the first month that has sales; with
    /// that month.
    pub half_known: Option<(Vec<Period>, NaiveDate)>,
    /// Each customer and period with lines that count, in the order of keys and periods.
    pub rows: Vec<Simulated>,
}

/// Where terms stand on the days they are tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Whether the terms say other days.
    pub moved: bool,
}

/// One customer and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    pub customer: Key,
    pub period: Period,
    pub lines: u64,
    pub base: Amount,
    pub measure: Amount,
    /// 0 when none is reached.
    pub tier: u32,
    pub next: Option<NextTier>,
    /// Minor units; with a tenth less and a tenth more purchases; under what it is compared with.
    pub rebate: i64,
    pub less: i64,
    pub more: i64,
    pub against: i64,
    pub reason: Option<Reason>,
}

impl Simulation {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// The last full calendar year with sales, else the year that has them; None without any.
pub fn last_full_year(conn: &mut Conn) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let Some(through) = sales::data_through(conn, None)? else { return Ok(None) };
    let year = |year| Period::Year { year }.days();
    let this = Period::containing(PeriodKind::Year, through);
    let ended = this.days().is_some_and(|(_, last)| last == through);
    let wanted = if ended { through.year() } else { through.year() - 1 };
    let months = sales::touched_since(conn, 0, FIRST_DAY, through)?;
    let has_sales = months.iter().any(|(_, month)| month.year() == wanted);
    Ok(year(if has_sales { wanted } else { through.year() }))
}

/// Computes what the terms would have cost.
///
/// # Errors
/// The database is away.
pub fn simulate(conn: &mut Conn, trial: &Trial) -> Result<Simulation> {
    let range = (trial.first_day, trial.last_day);
    let chains = policies::chains(conn)?;
    let ground = Ground {
        products: compute::products(conn)?,
        groups: customers::groups(conn)?,
        months: sales::touched_since(conn, 0, FIRST_DAY, trial.last_day)?,
        range,
    };
    let (rows, valid) = ground.try_out(conn, &trial.version, &chains, &[100, LESS, MORE])?;
    let mut rows: BTreeMap<(Key, Period), Simulated> = rows;
    let against = match &trial.against {
        None => None,
        Some(version) => {
            let (others, placed) = ground.try_out(conn, version, &chains, &[100])?;
            for (place, other) in others {
                // Where the two have other periods, each has rows of its own.
                let row = rows.entry(place).or_insert_with(|| Simulated::nothing(&other));
                row.against = other.rebate;
            }
            Some((version.clone(), placed))
        }
    };
    let half_known = half_known(
        &trial.version.terms,
        ground.months.iter().map(|(_, month)| *month),
        rows.keys().map(|(_, period)| *period),
    );
    Ok(Simulation {
        half_known,
        currency: trial.version.terms.currency,
        valid,
        against,
        rows: rows.into_values().collect(),
    })
}

/// The periods whose baseline a year before begins ahead of the first sales, and doesn't end there:
/// growth over it looks larger than it was.
fn half_known(
    terms: &Terms,
    months: impl Iterator<Item = NaiveDate>,
    periods: impl Iterator<Item = Period>,
) -> Option<(Vec<Period>, NaiveDate)> {
    if terms.measure.kind != MeasureKind::Growth {
        return None;
    }
    let begins = months.min()?;
    let compared = |period: &Period| {
        let (first, last) = period.days()?;
        first.checked_sub_months(Months::new(12)).zip(last.checked_sub_months(Months::new(12)))
    };
    let half = |period: &Period| {
        compared(period).is_some_and(|(first, last)| first < begins && begins <= last)
    };
    let periods: BTreeSet<Period> = periods.filter(half).collect();
    (!periods.is_empty()).then(|| (periods.into_iter().collect(), begins))
}

impl Simulated {
    fn of(customer: Key, calculation: &Calculation) -> Self {
        Self {
            customer,
            period: calculation.period,
            lines: calculation.lines.counted,
            base: calculation.base,
            measure: calculation.measure,
            tier: calculation.tier,
            next: calculation.next,
            rebate: calculation.rebate_minor,
            less: 0,
            more: 0,
            against: 0,
            reason: calculation.reason,
        }
    }

    /// Where only what it is compared with counts anything.
    fn nothing(other: &Self) -> Self {
        Self {
            base: zero(other.base),
            measure: zero(other.measure),
            lines: 0,
            tier: 0,
            next: None,
            rebate: 0,
            reason: Some(Reason::NoLines),
            ..other.clone()
        }
    }
}

fn zero(amount: Amount) -> Amount {
    match amount {
        Amount::Money(_) => Amount::Money(0),
        Amount::Units(_) => Amount::Units(0),
        Amount::Percent(_) => Amount::Percent(0),
    }
}

type Rows = BTreeMap<(Key, Period), Simulated>;

/// What every trial on these days stands on.
struct Ground {
    products: HashMap<Key, ProductFacts>,
    groups: Groups,
    /// Customers and the months of their lines.
    months: Vec<(Key, NaiveDate)>,
    range: (NaiveDate, NaiveDate),
}

impl Ground {
    /// One version alone, with those it would compete with; once for each percentage of the
    /// purchases, the first of which is what they were.
    fn try_out(
        &self,
        conn: &mut Conn,
        version: &Version,
        chains: &[Chain],
        percents: &[i64],
    ) -> Result<(Rows, Placed)> {
        let (tried, placed) = alone(version, self.range);
        let groups = exclusive_groups(&tried);
        let competes = |chain: &&Chain| {
            chain.code != tried.code && exclusive_groups(chain).iter().any(|g| groups.contains(g))
        };
        let rivals: Vec<Chain> = chains
            .iter()
            .filter(competes)
            .filter_map(|chain| Some(alone(chain.newest()?, self.range).0))
            .collect();
        let all: Vec<&Chain> = std::iter::once(&tried).chain(&rivals).collect();
        let grouped = all.iter().any(|chain| measures_groups(chain));
        let nobody = Groups::default();
        let groups = if grouped { &self.groups } else { &nobody };
        let as_of = self.range.1.max(placed.last_day);
        let mut work: Vec<Work<'_>> =
            all.iter().map(|chain| Work::new(chain, &self.products, as_of)).collect();
        for one in &mut work {
            one.touch_all(&self.months, Look::Anew);
        }
        spread(&mut work, groups);
        let rows = self.compute(conn, &work, groups, percents, placed)?;
        Ok((rows, placed))
    }

    fn compute(
        &self,
        conn: &mut Conn,
        work: &[Work<'_>],
        groups: &Groups,
        percents: &[i64],
        placed: Placed,
    ) -> Result<Rows> {
        let mut rows = Rows::new();
        for batch in customers_due(work).chunks(BATCH) {
            let since = placed.first_day;
            let tried = compute::varied(conn, work, batch, groups, percents, since)?;
            for (percent, computed) in percents.iter().zip(tried) {
                for (index, customer, calculation) in computed {
                    if index == 0 {
                        note(&mut rows, *percent, customer, &calculation);
                    }
                }
            }
        }
        rows.retain(|_, row| row.lines > 0 || row.rebate != 0);
        Ok(rows)
    }
}

fn note(rows: &mut Rows, percent: i64, customer: Key, calculation: &Calculation) {
    let place = (customer, calculation.period);
    let row = rows.entry(place).or_insert_with(|| Simulated::of(customer, calculation));
    match percent {
        LESS => row.less = calculation.rebate_minor,
        MORE => row.more = calculation.rebate_minor,
        _ => {}
    }
}

fn measures_groups(chain: &Chain) -> bool {
    chain.versions.iter().any(|one| one.version.terms.measure.scope == MeasureScope::Group)
}

/// The version as the only one of its policy, on the days it is tried on.
fn alone(version: &Version, range: (NaiveDate, NaiveDate)) -> (Chain, Placed) {
    let placed = place(&version.terms, range);
    let mut version = version.clone();
    version.terms.from = placed.first_day;
    version.terms.to = Some(placed.last_day);
    version.ended_on = None;
    let (policy, code) = (version.policy_id.clone(), version.code.clone());
    let versions = vec![Governing { version, until: None }];
    (Chain { policy, code, versions }, placed)
}

/// Where terms stand when tried on these days: as they say, cut to the days; terms that hold on
/// none of them are moved there, those over less time by whole years.
fn place(terms: &Terms, (first, last): (NaiveDate, NaiveDate)) -> Placed {
    let ends = terms.to.unwrap_or(last.max(terms.from));
    if terms.from <= last && ends >= first {
        let whole = terms.period == PeriodKind::Term;
        let first_day = if whole { terms.from } else { terms.from.max(first) };
        let last_day = if whole { ends } else { ends.min(last) };
        return Placed { first_day, last_day, moved: false };
    }
    let all = Placed { first_day: first, last_day: last, moved: true };
    let days = (last - first).num_days();
    if terms.to.is_none_or(|to| (to - terms.from).num_days() >= days) {
        return all;
    }
    let moved = moved_by_years(terms.from, ends, first);
    moved.map_or(all, |(first_day, last_day)| Placed { first_day, last_day, moved: true })
}

/// The same days of the year that begins on `first`.
fn moved_by_years(
    from: NaiveDate,
    to: NaiveDate,
    first: NaiveDate,
) -> Option<(NaiveDate, NaiveDate)> {
    let shifted = |day: NaiveDate, years: i32| {
        let months = Months::new(years.unsigned_abs().checked_mul(12)?);
        if years < 0 { day.checked_sub_months(months) } else { day.checked_add_months(months) }
    };
    let years = first.year() - from.year();
    let begins = shifted(from, years)?;
    let years = if begins < first { years + 1 } else { years };
    Some((shifted(from, years)?, shifted(to, years)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::parse;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn growth_over_days_before_the_first_sales_is_told_of() {
        let terms = |kind: &str| {
            parse(&format!(
                "code = \"G\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2025-01-01\n\
                 form = \"cash\"\nname.zh-CN = \"增长\"\nname.en = \"Growth\"\n\
                 measure.kind = \"{kind}\"\n[reward]\ntier_mode = \"all_units\"\n\
                 tiers = [{{ from = \"5\", percent = \"2\" }}]\n"
            ))
            .unwrap()
        };
        let quarters = || (1..=4).map(|quarter| Period::Quarter { year: 2025, quarter });
        let check = |kind: &str, first: &str, expected: Option<u32>| {
            let months = [day("2025-06-01"), day(first)].into_iter();
            let found = half_known(&terms(kind), months, quarters());
            let expected =
                expected.map(|quarter| (vec![Period::Quarter { year: 2025, quarter }], day(first)));
            assert_eq!(found, expected, "{kind} {first}");
        };
        // December 2024 is known of the last quarter's baseline; of the others nothing is.
        check("growth", "2024-12-01", Some(4));
        check("growth", "2024-10-01", None);
        check("growth", "2024-08-01", Some(3));
        check("amount", "2024-12-01", None);
    }

    #[test]
    fn terms_are_tried_on_the_days_asked_for() {
        for (period, from, to, expected) in [
            // In force all the time, or a part of it.
            ("quarter", "2024-01-01", "", ("2025-01-01", "2025-12-31", false)),
            ("quarter", "2025-07-01", "", ("2025-07-01", "2025-12-31", false)),
            ("quarter", "2024-01-01", "2025-03-31", ("2025-01-01", "2025-03-31", false)),
            // Still to come, for as long or longer.
            ("quarter", "2027-01-01", "", ("2025-01-01", "2025-12-31", true)),
            ("quarter", "2027-01-01", "2027-12-31", ("2025-01-01", "2025-12-31", true)),
            // Still to come, for less: the same time of the year.
            ("quarter", "2027-04-01", "2027-06-30", ("2025-04-01", "2025-06-30", true)),
            ("term", "2026-11-11", "2026-12-12", ("2025-11-11", "2025-12-12", true)),
            ("term", "2028-02-29", "2028-03-01", ("2025-02-28", "2025-03-01", true)),
            // Over long ago.
            ("term", "2020-05-01", "2020-05-07", ("2025-05-01", "2025-05-07", true)),
            // A promotion counts whole.
            ("term", "2024-12-15", "2025-01-15", ("2024-12-15", "2025-01-15", false)),
        ] {
            let to = if to.is_empty() { String::new() } else { format!("to = {to}\n") };
            let terms = parse(&format!(
                "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = {from}\n{to}\
                 form = \"cash\"\nname.en = \"Q\"\nmeasure.kind = \"amount\"\n[reward]\n\
                 tier_mode = \"all_units\"\ntiers = [{{ from = \"1\", percent = \"1\" }}]\n"
            ))
            .unwrap();
            let placed = place(&terms, (day("2025-01-01"), day("2025-12-31")));
            let (first, last, moved) = expected;
            let expected = Placed { first_day: day(first), last_day: day(last), moved };
            assert_eq!(placed, expected, "{period} {from} {to}");
        }
    }
}
