//! A customer's period reckoned again with purchases that aren't there yet: what if, how far to
//! each tier, where it is heading. The same arithmetic as the accruals', on the same lines.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Months, NaiveDate};

use super::calculation::{Amount, Calculation, Reason};
use super::forecast::{NoForecast, Pace};
use super::lines::{Line, Lines};
use super::plan::Plan;
use super::scope::{Disposition, ProductFacts};
use super::subject::{Earned, Figures, Group, Subject};
use super::sums::Sums;
use super::{measure, overlap};
use crate::policies::{CustomerFacts, Governing, Overlap, Terms, TierReward};
use crate::values::{Currency, Key, Period};

/// The key of lines that nobody bought.
const IMAGINED: Key = 0;

/// All it takes to reckon one customer's period of one policy, up to today and beyond.
#[derive(Debug, Clone)]
pub struct Outlook {
    pub own: Stake,
    /// The policies that compete with it for the period.
    pub rivals: Vec<Stake>,
    pub facts: CustomerFacts,
    pub period: Period,
    pub today: NaiveDate,
    /// Up to which day sales are known, of any customer.
    pub through: Option<NaiveDate>,
    pub products: HashMap<Key, ProductFacts>,
    /// The code of the customer's group and whether it has a parent, where groups are measured.
    pub group: Option<(String, bool)>,
    /// Lines dated up to today that may count, by customer code: the customer's own, and those of
    /// its group where groups are measured.
    pub lines: BTreeMap<String, Vec<Line>>,
}

/// One policy in the period: the version that governs it, and what it depends on besides lines.
#[derive(Debug, Clone)]
pub struct Stake {
    pub governing: Governing,
    pub figures: Option<Figures>,
    pub earned: Earned,
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

/// What a month adds to what is measured.
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
    /// In money or units; None when it is reached, or when there is nothing to compare with.
    pub gap: Option<Amount>,
    /// The rebate at its bound exactly; None where money and units can't be told from each other.
    pub rebate_minor: Option<i64>,
}

type Kin = BTreeMap<String, Vec<Line>>;

impl Outlook {
    pub fn terms(&self) -> &Terms {
        &self.own.governing.version.terms
    }

    pub fn currency(&self) -> Currency {
        self.terms().currency
    }

    fn plan(&self) -> Plan<'_> {
        Plan::governing(&self.own.governing, &self.products)
    }

    /// First and last day of the period in which lines count.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.plan().days(self.period)
    }

    /// The customer's own lines.
    fn own_lines(&self) -> &[Line] {
        self.lines.get(&self.facts.code).map_or(&[], Vec::as_slice)
    }

    /// What the lines so far come to.
    pub fn now(&self) -> Calculation {
        self.reckon(&self.lines)
    }

    /// What they would come to had the customer sent nothing back.
    pub fn without_returns(&self) -> Calculation {
        let plan = self.plan();
        let mut lines = self.lines.clone();
        if let (Some(own), Some((first, last))) =
            (lines.get_mut(&self.facts.code), plan.window(self.period))
        {
            own.retain(|line| !(is_return(line) && counts_within(&plan, line, first, last)));
        }
        self.reckon(&lines)
    }

    /// What they come to together with the planned purchases.
    pub fn with(&self, planned: &[Planned]) -> Calculation {
        let own = (self.facts.code.as_str(), planned);
        self.with_kin([own].into_iter())
    }

    fn with_kin<'p>(&self, planned: impl Iterator<Item = (&'p str, &'p [Planned])>) -> Calculation {
        let mut lines = self.lines.clone();
        for (code, planned) in planned {
            let imagined = planned.iter().filter_map(|one| self.imagined(one));
            lines.entry(code.to_owned()).or_default().extend(imagined);
        }
        self.reckon(&lines)
    }

    fn reckon(&self, lines: &Kin) -> Calculation {
        let made: BTreeMap<String, Lines> =
            lines.iter().map(|(code, lines)| (code.clone(), Lines::from(&lines[..]))).collect();
        let mut own = self.stake(&self.own, &made);
        let Some(overlap) = &self.terms().overlap else { return own };
        let mut rivals: Vec<(&Overlap, Calculation)> = self
            .rivals
            .iter()
            .filter_map(|rival| {
                let overlap = rival.governing.version.terms.overlap.as_ref()?;
                Some((overlap, self.stake(rival, &made)))
            })
            .collect();
        let mut all: Vec<(&Overlap, &mut Calculation)> = vec![(overlap, &mut own)];
        all.extend(rivals.iter_mut().map(|(overlap, calculation)| (*overlap, calculation)));
        overlap::settle(&mut all);
        own
    }

    /// What one policy makes of these lines, before others compete with it.
    fn stake(&self, stake: &Stake, lines: &BTreeMap<String, Lines>) -> Calculation {
        let nothing = Lines::default();
        let plan = Plan::governing(&stake.governing, &self.products);
        let group = self.group.as_ref().filter(|_| plan.measures_groups());
        let group = group.map(|(code, has_parent)| Group {
            code: code.clone(),
            has_parent: *has_parent,
            members: lines.iter().map(|(code, lines)| (code.clone(), lines)).collect(),
        });
        let subject = Subject {
            before: None,
            customer: &self.facts,
            own: lines.get(&self.facts.code).unwrap_or(&nothing),
            group: group.as_ref(),
            figures: stake.figures.as_ref(),
            earned: stake.earned,
        };
        let end = plan.days(self.period).map_or(self.today, |(_, last)| last.max(self.today));
        let mut calculation = plan.reckon(&subject, self.period, end);
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

    /// Whether plans have to say amounts of money.
    pub fn asks_money(&self) -> bool {
        let terms = self.terms();
        !terms.measures_units() || (!terms.earns_on_quantity() && !self.pays_sums_only())
    }

    /// Whether plans have to say numbers of units.
    pub fn asks_units(&self) -> bool {
        let terms = self.terms();
        terms.measures_units() || terms.earns_on_quantity()
    }

    fn pays_sums_only(&self) -> bool {
        let tiers = &self.terms().reward.tiers;
        tiers.iter().all(|tier| matches!(tier.reward, TierReward::LumpSum(_)))
    }

    /// The months whose purchases can still be planned.
    pub fn months_ahead(&self) -> Vec<NaiveDate> {
        let Some((first, last)) = self.days() else { return Vec::new() };
        months(first.max(self.today), last)
    }

    /// What each month adds to what is measured or compared, of everyone who is measured.
    pub fn months(&self) -> Vec<MonthSum> {
        let plan = self.plan();
        let Some((first, last)) = plan.window(self.period) else { return Vec::new() };
        let counted: Vec<&Line> = self
            .measured_lines(&plan)
            .filter(|line| counts_within(&plan, line, first, last))
            .collect();
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

    /// What the customer sent back, of what is measured; not above zero.
    pub fn returned(&self) -> Amount {
        let plan = self.plan();
        let Some((first, last)) = plan.window(self.period) else { return self.amount(0) };
        let returned = self
            .own_lines()
            .iter()
            .filter(|line| is_return(line) && counts_within(&plan, line, first, last))
            .map(|line| self.measured(line))
            .fold(0, i64::saturating_add);
        self.amount(returned)
    }

    fn measured_lines<'s>(&'s self, plan: &Plan<'_>) -> impl Iterator<Item = &'s Line> + 's {
        let all = plan.measures_groups();
        let own = self.facts.code.as_str();
        self.lines.iter().filter(move |(code, _)| all || code.as_str() == own).flat_map(|(_, l)| l)
    }

    fn measured(&self, line: &Line) -> i64 {
        if self.terms().measures_units() { line.quantity_micro } else { line.net_minor }
    }

    /// A value in what is bought and counted: money or units.
    pub fn amount(&self, value: i64) -> Amount {
        if self.terms().measures_units() { Amount::Units(value) } else { Amount::Money(value) }
    }

    /// The period at its end when it goes on as it went so far.
    ///
    /// # Errors
    /// Nothing can be said.
    pub fn forecast(&self) -> Result<(Pace, Calculation), NoForecast> {
        let (first, last) = self.days().ok_or(NoForecast::Over)?;
        let pace = Pace::of(first, last, self.through, self.today)?;
        let now = self.now();
        if bought(&now) <= 0 || now.lines.counted == 0 {
            return Err(NoForecast::NothingBought);
        }
        if now.reason.is_some_and(leaves_nothing_to_say) {
            return Err(NoForecast::NothingToReckon);
        }
        let plan = self.plan();
        let mut planned: Vec<(&str, Vec<Planned>)> = Vec::new();
        for (code, lines) in &self.lines {
            let within = lines.iter().filter(|line| plan.falls_within(line, first, last));
            let rest = to_come(&plan, within, pace, last).ok_or(NoForecast::NothingBought)?;
            planned.push((code.as_str(), rest));
        }
        let then = self.with_kin(planned.iter().map(|(code, rest)| (*code, rest.as_slice())));
        Ok((pace, then))
    }

    /// What each tier takes beyond what is bought and planned, and what it pays at its bound.
    pub fn steps(&self, planned: &[Planned]) -> Vec<Step> {
        let plan = self.plan();
        let standing = self.with(planned);
        let least = measure::least(&plan, &standing);
        (1..)
            .zip(&plan.bounds)
            .map(|(tier, bound)| {
                let reached = tier <= standing.tier;
                let place = usize::try_from(tier - 1).unwrap_or(usize::MAX);
                let least = least.as_ref().and_then(|all| all.get(place)).filter(|_| !reached);
                let gap = least.map(|least| self.amount(least.saturating_sub(bought(&standing))));
                let there = gap
                    .and_then(|gap| self.filled(gap))
                    .map(|filled| self.with(&[planned, &[filled]].concat()));
                let pays = match tier == standing.tier {
                    true => Some(standing.rebate_minor),
                    false => there.filter(|t| t.tier >= tier).map(|t| t.rebate_minor),
                };
                Step { tier, from: plan.bound(*bound), gap, rebate_minor: pays }
            })
            .collect()
    }

    /// The purchase that fills a gap. Where money and units both matter, the other one follows
    /// from what a unit cost so far.
    fn filled(&self, gap: Amount) -> Option<Planned> {
        let plan = self.plan();
        let (first, last) = plan.window(self.period)?;
        let mut sums = Sums::default();
        for line in self.own_lines().iter().filter(|line| plan.falls_within(line, first, last)) {
            if plan.disposition(line).earns() {
                sums.add(line, Disposition::Earns);
            }
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

/// What is bought, in money or units: what a percentage compares, else the measure itself.
pub fn bought(calculation: &Calculation) -> i64 {
    calculation.compared.as_ref().map_or(calculation.measure, |compared| compared.current).value()
}

/// Whether no purchase of the customer's changes that nothing comes of it.
fn leaves_nothing_to_say(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotInForce
            | Reason::NotEligible
            | Reason::NoBaseline
            | Reason::NoTarget
            | Reason::EarnedByParent
            | Reason::NoParent
            | Reason::TooLarge
    )
}

/// What the days to come bring when they are like those gone, by what the lines do in the policy;
/// None when it is too large to keep.
fn to_come<'l>(
    plan: &Plan<'_>,
    lines: impl Iterator<Item = &'l Line>,
    pace: Pace,
    last: NaiveDate,
) -> Option<Vec<Planned>> {
    let mut sums: BTreeMap<u8, (Key, Sums)> = BTreeMap::new();
    for line in lines {
        let kind = match plan.disposition(line) {
            Disposition::Earns => 0,
            Disposition::EarnsOnly => 1,
            Disposition::QualifiesOnly => 2,
            Disposition::Excluded(_) => continue,
        };
        let (_, sum) = sums.entry(kind).or_insert_with(|| (line.product, Sums::default()));
        sum.add(line, Disposition::Earns);
    }
    sums.values()
        .map(|(product, sum)| {
            Some(Planned {
                product: Some(*product),
                month: Some(last),
                net_minor: pace.rest(sum.base_minor)?,
                quantity_micro: pace.rest(sum.base_micro)?,
            })
        })
        .collect()
}

fn is_return(line: &Line) -> bool {
    line.net_minor < 0 || line.quantity_micro < 0
}

/// Whether the line is part of what is measured in these days.
fn counts_within(plan: &Plan<'_>, line: &Line, first: NaiveDate, last: NaiveDate) -> bool {
    plan.falls_within(line, first, last) && plan.disposition(line).qualifies()
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
