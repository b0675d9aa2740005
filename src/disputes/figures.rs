//! Figures of disputes over some days, for whoever leads the people who work on them: how many,
//! how fast, how they went, what they cost, what customers say.
//!
//! What happened on those days counts, whenever the dispute was filed: a month that is over keeps
//! its figures. What is open is counted as it stands today, for nobody wrote down how it stood.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};

use super::store::figures as store;
use super::{Category, Outcome, Reach, State, comparable};
use crate::calendar::{self, Calendar};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::values::{Currency, DisputeId, Money, PersonId, PolicyId};

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Span {
    fn moments(self, zone: Tz) -> Result<store::Moments> {
        let after = self.last.checked_add_days(Days::new(1));
        let both = midnight(self.first, zone).zip(after.and_then(|day| midnight(day, zone)));
        both.ok_or_else(|| Error::internal(format!("no moments around {self:?}")))
    }
}

/// The day's first moment.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let local = day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest()?;
    Some(local.with_timezone(&Utc))
}

/// One that staff answered for the first time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub filed_at: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub due: NaiveDate,
}

/// A decision since it holds.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    pub appeal: bool,
    pub outcome: Outcome,
    pub granted: Money,
    pub by: (PersonId, String),
    pub category: Category,
    pub policy: Option<PolicyId>,
    pub filed_at: DateTime<Utc>,
    pub at: DateTime<Utc>,
    /// When the first decision was due.
    pub due: NaiveDate,
    /// Whether there was an appeal against the first decision.
    pub appealed: bool,
}

/// What a customer said of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedCase {
    pub id: DisputeId,
    pub number: String,
    pub score: i32,
    pub text: String,
}

/// Days since filing at which an open dispute counts as older.
pub const AGES: [i64; 3] = [7, 14, 30];

/// Those open in one state, by age: up to each of [`AGES`], and older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenIn {
    pub state: State,
    pub ages: [i64; 4],
}

/// How fast something was done, in business days after the day of filing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    pub count: i64,
    /// At least half took no longer.
    pub half: Option<i64>,
    /// At least nine of ten took no longer.
    pub most: Option<i64>,
    /// After they were due.
    pub late: i64,
}

/// What was decided on something, and granted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted<K> {
    pub of: K,
    pub decisions: i64,
    /// A sum for each currency of these disputes.
    pub money: Vec<Money>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Filed, by reason.
    pub filed: BTreeMap<Category, i64>,
    pub closed: i64,
    pub withdrawn: i64,
    /// Went on in another one.
    pub merged: i64,
    /// Open today, in each state of [`State::OPEN`].
    pub open: Vec<OpenIn>,
    /// Open today and due before.
    pub overdue: i64,
    pub answers: Pace,
    /// First decisions.
    pub decisions: Pace,
    /// Of first decisions.
    pub outcomes: BTreeMap<Outcome, i64>,
    /// First decisions against which there was an appeal, by now.
    pub appealed: i64,
    /// Of decisions on appeals; whatever grants something changes the first decision.
    pub appeals: BTreeMap<Outcome, i64>,
    /// All decisions together.
    pub granted: Granted<()>,
    pub by_reason: Vec<Granted<Category>>,
    pub by_policy: Vec<Granted<Option<PolicyId>>>,
    pub by_decider: Vec<Granted<(PersonId, String)>>,
    /// Latest first.
    pub ratings: Vec<RatedCase>,
}

impl Figures {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        let counts = [self.filed_count(), self.ended(), self.open_count(), self.answers.count];
        counts.iter().all(|count| *count == 0)
            && self.granted.decisions == 0
            && self.ratings.is_empty()
    }

    pub fn filed_count(&self) -> i64 {
        self.filed.values().sum()
    }

    pub fn ended(&self) -> i64 {
        self.closed + self.withdrawn + self.merged
    }

    pub fn open_count(&self) -> i64 {
        self.open.iter().flat_map(|open| open.ages).sum()
    }

    /// First decisions that followed the customer, in whole or in part.
    pub fn upheld(&self) -> i64 {
        upheld(&self.outcomes)
    }

    /// Decisions on appeals that changed the first one.
    pub fn changed(&self) -> i64 {
        upheld(&self.appeals)
    }

    /// The mean score to one decimal.
    pub fn mean_score(&self) -> Option<Decimal> {
        let sum: i64 = self.ratings.iter().map(|rating| i64::from(rating.score)).sum();
        tenths(Decimal::from(sum), Decimal::from(self.ratings.len()))
    }
}

fn upheld(outcomes: &BTreeMap<Outcome, i64>) -> i64 {
    outcomes.iter().filter(|(outcome, _)| **outcome != Outcome::Rejected).map(|(_, n)| n).sum()
}

/// How much a part is of the whole, in percent to one decimal; None of nothing.
pub fn percent(part: i64, whole: i64) -> Option<Decimal> {
    tenths(Decimal::from(part) * Decimal::ONE_HUNDRED, Decimal::from(whole))
}

fn tenths(of: Decimal, by: Decimal) -> Option<Decimal> {
    let exact = of.checked_div(by)?;
    Some(exact.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
}

/// The figures of what is in reach.
///
/// # Errors
/// The database is away.
pub fn figures(
    conn: &mut Conn,
    reach: &Reach,
    span: Span,
    today: NaiveDate,
    zone: Tz,
) -> Result<Figures> {
    let between = span.moments(zone)?;
    let decided = store::decided(conn, reach, between)?;
    let answered = store::answered(conn, reach, between)?;
    let filed_at = decided.iter().map(|one| one.filed_at);
    let first = filed_at.chain(answered.iter().map(|one| one.filed_at)).min();
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let first = first.map_or(span.first, day);
    let calendar = calendar::calendar(conn, first.min(span.first), span.last)?;
    let mut ended = [0; 3];
    for (state, count, merged) in store::ended(conn, reach, between)? {
        let [closed, withdrawn, joined] = &mut ended;
        *(if state == State::Withdrawn { withdrawn } else { closed }) += count - merged;
        *joined += merged;
    }
    let [closed, withdrawn, merged] = ended;
    let (firsts, appeals): (Vec<_>, Vec<_>) = decided.iter().partition(|one| !one.appeal);
    let took = |filed, at, due| (day(filed), day(at), due);
    Ok(Figures {
        filed: store::filed(conn, reach, between)?.into_iter().collect(),
        closed,
        withdrawn,
        merged,
        overdue: store::overdue(conn, reach, today)?,
        open: by_age(conn, reach, today, zone)?,
        answers: pace(answered.iter().map(|a| took(a.filed_at, a.at, a.due)), &calendar),
        decisions: pace(firsts.iter().map(|d| took(d.filed_at, d.at, d.due)), &calendar),
        outcomes: outcomes(&firsts),
        appealed: count(firsts.iter().filter(|one| one.appealed)),
        appeals: outcomes(&appeals),
        granted: granted(&decided, |_| ()).pop().unwrap_or(Granted {
            of: (),
            decisions: 0,
            money: Vec::new(),
        }),
        by_reason: granted(&decided, |one| one.category),
        by_policy: granted(&decided, |one| one.policy.clone()),
        by_decider: granted(&decided, |one| one.by.clone()),
        ratings: store::rated(conn, reach, between)?,
    })
}

fn count(all: impl Iterator) -> i64 {
    all.map(|_| 1).sum()
}

fn by_age(conn: &mut Conn, reach: &Reach, today: NaiveDate, zone: Tz) -> Result<Vec<OpenIn>> {
    let since = |age: &i64| {
        let days = u64::try_from(*age).ok()?;
        midnight(today.checked_sub_days(Days::new(days))?, zone)
    };
    let since: Vec<_> = AGES.iter().filter_map(since).collect();
    let found = store::open(conn, reach, &since)?;
    let count = |state: State, age: i64| {
        let counts = found.iter().filter(|(s, a, _)| (*s, *a) == (state, age));
        counts.map(|(_, _, count)| count).sum::<i64>()
    };
    let in_state =
        |state: &State| OpenIn { state: *state, ages: [0, 1, 2, 3].map(|age| count(*state, age)) };
    Ok(State::OPEN.iter().map(in_state).collect())
}

/// Of what was filed on a day, done on another, and due on a third.
fn pace(all: impl Iterator<Item = (NaiveDate, NaiveDate, NaiveDate)>, calendar: &Calendar) -> Pace {
    let mut known: HashMap<(NaiveDate, NaiveDate), i64> = HashMap::new();
    let (mut took, mut late) = (Vec::new(), 0);
    for (filed, done, due) in all {
        took.push(*known.entry((filed, done)).or_insert_with(|| calendar.between(filed, done)));
        late += i64::from(done > due);
    }
    took.sort_unstable();
    // The smallest that so many of a hundred don't exceed.
    let rank = |percent: usize| {
        let enough = (took.len() * percent).div_ceil(100);
        took.get(enough.saturating_sub(1)).copied()
    };
    Pace { count: count(took.iter()), half: rank(50), most: rank(90), late }
}

fn outcomes(decided: &[&Decided]) -> BTreeMap<Outcome, i64> {
    let mut all = BTreeMap::new();
    for one in decided {
        *all.entry(one.outcome).or_insert(0) += 1;
    }
    all
}

/// By whatever `of` says, where most was granted first.
fn granted<K: Ord>(decided: &[Decided], of: impl Fn(&Decided) -> K) -> Vec<Granted<K>> {
    let mut all: BTreeMap<K, (i64, BTreeMap<Currency, i64>)> = BTreeMap::new();
    for one in decided {
        let (decisions, sums) = all.entry(of(one)).or_default();
        *decisions += 1;
        *sums.entry(one.granted.currency).or_insert(0) += one.granted.minor;
    }
    let mut rows: Vec<Granted<K>> = all
        .into_iter()
        .map(|(of, (decisions, sums))| {
            let money = sums.into_iter().map(|(currency, sum)| Money::new(sum, currency));
            Granted { of, decisions, money: money.collect() }
        })
        .collect();
    rows.sort_by_key(|row| Reverse(row.money.iter().copied().map(comparable).max()));
    rows
}

/// A reason for which disputes about a policy are filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub category: Category,
    pub disputes: i64,
    /// A sum for each currency in which money was granted.
    pub granted: Vec<Money>,
}

/// The commonest reasons for which disputes about a policy are filed, of what is in reach.
pub fn causes(
    conn: &mut Conn,
    reach: &Reach,
    policy: &PolicyId,
    most: usize,
) -> Result<Vec<Cause>> {
    let granted = store::granted_of(conn, reach, policy)?;
    let cause = |(category, disputes)| Cause {
        category,
        disputes,
        granted: granted.iter().filter(|(of, _)| *of == category).map(|(_, sum)| *sum).collect(),
    };
    Ok(store::reasons(conn, reach, policy, most)?.into_iter().map(cause).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn half_and_nine_of_ten_are_days_that_some_dispute_took() {
        // Monday 5 October 2026 on, no holidays known: plain weeks.
        let calendar = Calendar::default();
        let pace_of = |days: &[&str]| {
            let monday = day("2026-10-05");
            pace(days.iter().map(|done| (monday, day(done), day("2026-10-07"))), &calendar)
        };
        let check = |days: &[&str], half, most, late| {
            let count = i64::try_from(days.len()).unwrap();
            assert_eq!(pace_of(days), Pace { count, half, most, late }, "{days:?}");
        };
        check(&[], None, None, 0);
        check(&["2026-10-05"], Some(0), Some(0), 0);
        // Over a weekend: Friday is four business days later, Monday five.
        check(&["2026-10-09", "2026-10-12"], Some(4), Some(5), 2);
        let ten = ["06", "06", "06", "06", "07", "08", "08", "08", "09", "20"];
        let ten: Vec<String> = ten.iter().map(|day| format!("2026-10-{day}")).collect();
        let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
        check(&ten, Some(2), Some(4), 5);
    }

    #[test]
    fn shares_round_half_away_and_nothing_has_none() {
        for (part, whole, expected) in [
            (0, 0, None),
            (0, 3, Some("0.0")),
            (1, 3, Some("33.3")),
            (2, 3, Some("66.7")),
            (1, 8, Some("12.5")),
            (1, 16, Some("6.3")),
            (4, 4, Some("100.0")),
        ] {
            let found = percent(part, whole).map(|share| format!("{share:.1}"));
            assert_eq!(found.as_deref(), expected, "{part} of {whole}");
        }
    }
}
