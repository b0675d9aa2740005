//! A customer's period reckoned again with purchases that aren't there yet: what if, how far to
//! each tier, where it is heading. The same arithmetic as the accruals', on the same lines.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate};

use super::calculation::{Amount, Calculation};
use super::forecast::{NoForecast, Pace};
use super::lines::Line;
use super::plan::Plan;
use super::scope::{Disposition, ProductFacts};
use super::sums::Sums;
use crate::policies::{Bound, CustomerFacts, Terms, TierReward};
use crate::values::{Currency, Key, Period};

/// The key of lines that nobody bought.
const IMAGINED: Key = 0;

/// All it takes to reckon one customer's period of one policy, up to today and beyond.
#[derive(Debug, Clone)]
pub struct Outlook {
    pub terms: Terms,
    /// The version's.
    pub number: i32,
    pub facts: CustomerFacts,
    pub period: Period,
    pub today: NaiveDate,
    /// Up to which day sales are known, of any customer.
    pub through: Option<NaiveDate>,
    pub products: HashMap<Key, ProductFacts>,
    /// The customer's lines dated up to today that may count in the period.
    pub lines: Vec<Line>,
}

/// Purchases that are planned or reckoned with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// None where the product is any that counts.
    pub product: Option<Key>,
    /// The month it is planned for; None stands for now.
    pub month: Option<NaiveDate>,
    pub net_minor: i64,
    pub quantity_micro: i64,
}

/// What a month adds to the measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSum {
    /// Its first day.
    pub month: NaiveDate,
    pub bought: Amount,
    /// Not above zero.
    pub returned: Amount,
    pub net: Amount,
}

/// What reaching a tier takes, and pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From 1.
    pub tier: u32,
    pub from: Amount,
    /// None when it is reached.
    pub gap: Option<Amount>,
    /// The rebate at its bound exactly; None where money and units can't be told from each other.
    pub rebate_minor: Option<i64>,
}

impl Outlook {
    fn plan(&self) -> Plan<'_> {
        Plan::of_terms(&self.terms, self.number, &self.products)
    }

    /// First and last day on which lines count.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.plan().days(self.period)
    }

    /// What the lines so far come to.
    pub fn now(&self) -> Calculation {
        self.reckon(&self.lines)
    }

    /// What they would come to had nothing been sent back.
    pub fn without_returns(&self) -> Calculation {
        let plan = self.plan();
        let bought = |line: &&Line| !is_return(line) || !counts(&plan, line);
        let lines: Vec<Line> = self.lines.iter().filter(bought).copied().collect();
        self.reckon(&lines)
    }

    /// What they come to together with the planned purchases.
    pub fn with(&self, planned: &[Planned]) -> Calculation {
        let mut lines = self.lines.clone();
        lines.extend(planned.iter().filter_map(|one| self.imagined(one)));
        self.reckon(&lines)
    }

    fn reckon(&self, lines: &[Line]) -> Calculation {
        let end = self.days().map_or(self.today, |(_, last)| last.max(self.today));
        let mut calculation = self.plan().calculate(&self.facts, self.period, end, lines);
        calculation.as_of = self.today;
        calculation
    }

    /// What the policy does with a product.
    pub fn disposition(&self, product: Key) -> Disposition {
        self.plan().product(product)
    }

    /// Some product that counts for tier and rebate both.
    pub fn any_product(&self) -> Option<Key> {
        self.plan().any_product()
    }

    /// A planned purchase as a line of its month.
    fn imagined(&self, planned: &Planned) -> Option<Line> {
        let (first, last) = self.days()?;
        let day = planned.month.unwrap_or(self.today).clamp(first, last);
        Some(Line {
            key: IMAGINED,
            product: planned.product.or_else(|| self.any_product())?,
            document_date: day,
            delivery_date: Some(day),
            paid_date: Some(day),
            net_minor: planned.net_minor,
            quantity_micro: planned.quantity_micro,
            currency: self.currency(),
        })
    }

    pub fn currency(&self) -> Currency {
        self.terms.currency
    }

    /// Whether plans have to say amounts of money.
    pub fn asks_money(&self) -> bool {
        let terms = &self.terms;
        !terms.measures_units() || (!terms.earns_on_quantity() && !self.pays_sums_only())
    }

    /// Whether plans have to say numbers of units.
    pub fn asks_units(&self) -> bool {
        let terms = &self.terms;
        terms.measures_units() || terms.earns_on_quantity()
    }

    fn pays_sums_only(&self) -> bool {
        let tiers = &self.terms.reward.tiers;
        tiers.iter().all(|tier| matches!(tier.reward, TierReward::LumpSum(_)))
    }

    /// The months whose purchases can still be planned.
    pub fn months_ahead(&self) -> Vec<NaiveDate> {
        let Some((first, last)) = self.days() else { return Vec::new() };
        months(first.max(self.today), last)
    }

    /// What each month adds to the measure; together they are the measure.
    pub fn months(&self) -> Vec<MonthSum> {
        let plan = self.plan();
        let Some((first, last)) = self.days() else { return Vec::new() };
        let within = |line: &&Line| counts(&plan, line) && plan.falls_within(line, first, last);
        let counted: Vec<&Line> = self.lines.iter().filter(within).collect();
        let sum = |month: NaiveDate, returns: bool| -> i64 {
            counted
                .iter()
                .filter(|line| is_return(line) == returns)
                .filter(|line| plan.decides(line).is_some_and(|day| month_of(day) == month))
                .map(|line| self.measured(line))
                .fold(0, i64::saturating_add)
        };
        months(first, last)
            .into_iter()
            .map(|month| {
                let (bought, returned) = (sum(month, false), sum(month, true));
                MonthSum {
                    month,
                    bought: self.amount(bought),
                    returned: self.amount(returned),
                    net: self.amount(bought.saturating_add(returned)),
                }
            })
            .collect()
    }

    fn measured(&self, line: &Line) -> i64 {
        if self.terms.measures_units() { line.quantity_micro } else { line.net_minor }
    }

    /// A value in what is bought and counted: money or units.
    pub fn amount(&self, value: i64) -> Amount {
        if self.terms.measures_units() { Amount::Units(value) } else { Amount::Money(value) }
    }

    /// The period at its end when it goes on as it went so far.
    ///
    /// # Errors
    /// Nothing can be said.
    pub fn forecast(&self) -> Result<(Pace, Calculation), NoForecast> {
        let (first, last) = self.days().ok_or(NoForecast::Over)?;
        let pace = Pace::of(first, last, self.through, self.today)?;
        let plan = self.plan();
        let mut sums: HashMap<&str, (Key, Sums)> = HashMap::new();
        for line in self.lines.iter().filter(|line| plan.falls_within(line, first, last)) {
            let disposition = plan.disposition(line);
            let kind = match disposition {
                Disposition::Earns => "both",
                Disposition::EarnsOnly => "earns",
                Disposition::QualifiesOnly => "qualifies",
                Disposition::Excluded(_) => continue,
            };
            let (_, sum) = sums.entry(kind).or_insert_with(|| (line.product, Sums::default()));
            sum.add(line, Disposition::Earns);
        }
        let planned: Option<Vec<Planned>> = sums
            .values()
            .map(|(product, sum)| {
                Some(Planned {
                    product: Some(*product),
                    month: Some(last),
                    net_minor: pace.rest(sum.base_minor)?,
                    quantity_micro: pace.rest(sum.base_micro)?,
                })
            })
            .collect();
        let now = self.now();
        match planned {
            Some(planned) if now.lines.counted > 0 && now.measure.value() > 0 => {
                Ok((pace, self.with(&planned)))
            }
            _ => Err(NoForecast::NothingBought),
        }
    }

    /// What each tier takes beyond what is bought and planned, and what it pays at its bound.
    pub fn steps(&self, planned: &[Planned]) -> Vec<Step> {
        let plan = self.plan();
        let standing = self.with(planned);
        let more_than = self.terms.reward.bound == Bound::MoreThan;
        (1..)
            .zip(&plan.bounds)
            .map(|(tier, bound)| {
                let lacks = bound.saturating_sub(standing.measure.value());
                let gap = self.amount(lacks.saturating_add(i64::from(more_than)));
                let reached = tier <= standing.tier;
                let at_bound =
                    || self.filled(gap).map(|filled| self.with(&[planned, &[filled]].concat()));
                Step {
                    tier,
                    from: plan.measured(*bound),
                    gap: (!reached).then_some(gap),
                    rebate_minor: match reached {
                        true => (tier == standing.tier).then_some(standing.rebate_minor),
                        false => at_bound()
                            .filter(|then| then.tier >= tier)
                            .map(|then| then.rebate_minor),
                    },
                }
            })
            .collect()
    }

    /// The purchase that fills a gap. Where money and units both matter, the other one follows
    /// from what a unit cost so far.
    fn filled(&self, gap: Amount) -> Option<Planned> {
        let plan = self.plan();
        let mut sums = Sums::default();
        for line in self.lines.iter().filter(|line| plan.disposition(line).earns()) {
            sums.add(line, Disposition::Earns);
        }
        let priced = sums.base_minor > 0 && sums.base_micro > 0;
        let share = |value: i64, part: i128, whole: i128| {
            i64::try_from(i128::from(value).checked_mul(part)? / whole).ok()
        };
        let (net_minor, quantity_micro) = match gap {
            Amount::Money(minor) if !self.asks_units() => (minor, 0),
            Amount::Units(micro) if !self.asks_money() && !self.pays_sums_only() => (0, micro),
            // A lump sum asks of money only that there is some.
            Amount::Units(micro) if !self.asks_money() => (1, micro),
            Amount::Percent(_) => return None,
            _ if !priced => return None,
            Amount::Money(minor) => (minor, share(minor, sums.base_micro, sums.base_minor)?),
            Amount::Units(micro) => (share(micro, sums.base_minor, sums.base_micro)?, micro),
        };
        Some(Planned { net_minor, quantity_micro, ..Planned::default() })
    }
}

fn is_return(line: &Line) -> bool {
    line.net_minor < 0 || line.quantity_micro < 0
}

/// Whether the line is part of the measure.
fn counts(plan: &Plan<'_>, line: &Line) -> bool {
    matches!(plan.disposition(line), Disposition::Earns | Disposition::QualifiesOnly)
}

fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first days of the months that share a day with the range.
fn months(first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let next = |month: &NaiveDate| month.checked_add_months(Months::new(1));
    let all = std::iter::successors(Some(month_of(first)), next);
    all.take_while(|month| first <= last && *month <= last).collect()
}
