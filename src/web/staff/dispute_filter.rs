//! The queue's address: what somebody asks of it, read from the query and written into links.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

use super::super::reply;
use super::typed;
use crate::calendar;
use crate::customers;
use crate::db::Conn;
use crate::disputes::{
    Category, Decided, Filter, Order, Outcome, Place, Reach, Ruling, Sort, State, View,
};
use crate::error::{Error, Result};
use crate::policies;
use crate::values::{PersonId, Problem, Text, parse_decimal};

/// Rows of a page, to choose from.
pub(super) const PER_PAGE: [usize; 3] = [25, 50, 100];
/// A dispute due within so many business days is about to breach.
const SOON: u32 = 1;

/// Everything the address may carry; empty where it doesn't.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    pub view: String,
    pub q: String,
    pub state: String,
    pub category: String,
    /// A code.
    pub customer: String,
    /// The id of whoever it is assigned to.
    pub owner: String,
    /// A code.
    pub policy: String,
    pub amount_from: String,
    pub amount_to: String,
    pub filed_from: String,
    pub filed_to: String,
    /// Which decision.
    pub decision: String,
    /// An outcome, or [`UPHELD`].
    pub outcome: String,
    /// The id of whoever decided.
    pub decider: String,
    pub decided_from: String,
    pub decided_to: String,
    pub overdue: String,
    pub sort: String,
    pub dir: String,
    pub per: String,
    pub after: String,
    pub before: String,
}

impl Asked {
    /// The view of that name; mine for any other.
    pub(super) fn view(&self) -> View {
        View::from_code(&self.view).unwrap_or(View::Mine)
    }

    /// What is due first comes first, and of all disputes the newest, unless asked otherwise.
    pub(super) fn order(&self) -> Order {
        let by = Sort::from_code(&self.sort).unwrap_or(match self.view() {
            View::All => Sort::Filed,
            _ => Sort::Due,
        });
        let descending = match self.dir.as_str() {
            "asc" => false,
            "desc" => true,
            _ => by != Sort::Due,
        };
        Order { by, descending }
    }

    pub(super) fn per_page(&self) -> usize {
        let [few, ..] = PER_PAGE;
        self.per.parse().ok().filter(|per| PER_PAGE.contains(per)).unwrap_or(few)
    }

    pub(super) fn place(&self) -> Place {
        match (self.after.as_str(), self.before.as_str()) {
            ("", "") => Place::Start,
            ("", before) => Place::Before(before.to_owned()),
            (after, _) => Place::After(after.to_owned()),
        }
    }

    /// Whether anything beside the view, the order and the page is asked for.
    pub(super) fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || self.narrows()
    }

    /// Whether any field of the folded filters is filled.
    pub(super) fn narrows(&self) -> bool {
        let fields = [
            &self.state,
            &self.category,
            &self.customer,
            &self.owner,
            &self.policy,
            &self.amount_from,
            &self.amount_to,
            &self.filed_from,
            &self.filed_to,
            &self.decision,
            &self.outcome,
            &self.decider,
            &self.decided_from,
            &self.decided_to,
            &self.overdue,
        ];
        fields.iter().any(|field| !field.trim().is_empty())
    }

    /// The same list from its start.
    pub(super) fn whole(&self) -> Self {
        Self { after: String::new(), before: String::new(), ..self.clone() }
    }

    pub(super) fn at(&self, place: &Place) -> Self {
        let whole = self.whole();
        match place {
            Place::Start => whole,
            Place::After(cursor) => Self { after: cursor.clone(), ..whole },
            Place::Before(cursor) => Self { before: cursor.clone(), ..whole },
        }
    }

    /// As the query of an address, without what is empty.
    pub(super) fn query(&self) -> String {
        let fields = [
            ("view", self.view().as_str()),
            ("q", self.q.trim()),
            ("state", &self.state),
            ("category", &self.category),
            ("customer", self.customer.trim()),
            ("owner", &self.owner),
            ("policy", self.policy.trim()),
            ("amount_from", self.amount_from.trim()),
            ("amount_to", self.amount_to.trim()),
            ("filed_from", &self.filed_from),
            ("filed_to", &self.filed_to),
            ("decision", &self.decision),
            ("outcome", &self.outcome),
            ("decider", &self.decider),
            ("decided_from", &self.decided_from),
            ("decided_to", &self.decided_to),
            ("overdue", &self.overdue),
            ("sort", &self.sort),
            ("dir", &self.dir),
            ("per", &self.per),
            ("after", &self.after),
            ("before", &self.before),
        ];
        let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs = filled.map(|(name, value)| format!("{name}={}", reply::query_value(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    pub(super) fn address(&self) -> String {
        format!("/staff/disputes?{}", self.query())
    }

    /// What is asked for, and a problem for each field that can't be read, which is left out.
    pub(super) fn filter(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        today: NaiveDate,
        zone: chrono_tz::Tz,
    ) -> Result<(Filter, Vec<Problem>)> {
        let mut problems = Vec::new();
        let soon = calendar::add_business_days(conn, today, SOON)?;
        let filter = Filter {
            state: State::from_code(&self.state),
            category: Category::from_code(&self.category),
            owner: (!self.owner.is_empty()).then(|| PersonId::from_text(&self.owner)),
            customer: match self.customer.trim() {
                "" => None,
                code => {
                    let found = customers::known(conn, code)?;
                    let seen = found.filter(|c| reach.manages(c.account_manager.as_deref()));
                    let seen = seen.map(|customer| customer.id);
                    note(&mut problems, seen.ok_or_else(|| unknown("customer", code)))
                }
            },
            policy: match self.policy.trim() {
                "" => None,
                code => {
                    let found = known(policies::by_code(conn, code))?.map(|found| found.policy_id);
                    note(&mut problems, found.ok_or_else(|| unknown("policy", code)))
                }
            },
            amount: (
                note(&mut problems, amount("amount_from", &self.amount_from)).flatten(),
                note(&mut problems, amount("amount_to", &self.amount_to)).flatten(),
            ),
            filed: (
                note(&mut problems, midnight("filed_from", &self.filed_from, 0, zone)).flatten(),
                note(&mut problems, midnight("filed_to", &self.filed_to, 1, zone)).flatten(),
            ),
            decided: self.decided(&mut problems, zone),
            overdue: !self.overdue.is_empty(),
            search: self.q.trim().to_owned(),
            ..Filter::of(self.view(), today, soon)
        };
        Ok((filter, problems))
    }

    fn decided(&self, problems: &mut Vec<Problem>, zone: chrono_tz::Tz) -> Option<Decided> {
        let decided = Decided {
            which: Ruling::from_code(&self.decision),
            outcomes: match self.outcome.as_str() {
                UPHELD => upheld().collect(),
                code => Outcome::from_code(code).into_iter().collect(),
            },
            by: (!self.decider.is_empty()).then(|| PersonId::from_text(&self.decider)),
            at: (
                note(problems, midnight("decided_from", &self.decided_from, 0, zone)).flatten(),
                note(problems, midnight("decided_to", &self.decided_to, 1, zone)).flatten(),
            ),
        };
        (decided != Decided::default()).then_some(decided)
    }
}

/// Stands for all outcomes that followed the customer.
pub(super) const UPHELD: &str = "upheld";

fn upheld() -> impl Iterator<Item = Outcome> {
    Outcome::ALL.iter().copied().filter(|outcome| *outcome != Outcome::Rejected)
}

fn note<T>(problems: &mut Vec<Problem>, read: Result<T, Problem>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn unknown(field: &'static str, code: &str) -> Problem {
    let key = match field {
        "customer" => "queue-customer-unknown",
        _ => "queue-policy-unknown",
    };
    Problem::new(field, Text::new(key).with("code", code))
}

/// Ten-thousandths of the major unit, whatever the currency.
fn amount(field: &'static str, text: &str) -> Result<Option<i64>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let units = parse_decimal(text).ok().and_then(|n| n.checked_mul(Decimal::from(10_000)));
    let whole = units.filter(|units| units.fract().is_zero()).and_then(|units| units.to_i64());
    let wrong = || Problem::new(field, Text::new("queue-amount-unreadable").with("found", text));
    whole.map(Some).ok_or_else(wrong)
}

/// The first moment of the day, or of so many days after it.
fn midnight(
    field: &'static str,
    text: &str,
    later: u64,
    zone: chrono_tz::Tz,
) -> Result<Option<DateTime<Utc>>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let unreadable = || Problem::new(field, Text::new("typed-day-unreadable").with("found", text));
    let day = typed::day(field, text).map_err(|_| unreadable())?;
    let start = day.checked_add_days(Days::new(later)).map(|day| day.and_time(NaiveTime::MIN));
    let moment = start.and_then(|start| start.and_local_timezone(zone).earliest());
    moment.map(|moment| Some(moment.with_timezone(&Utc))).ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_is_asked_and_is_read_back() {
        let asked = Asked {
            view: "all".to_owned(),
            q: " 恒通 & co ".to_owned(),
            overdue: "yes".to_owned(),
            ..Asked::default()
        };
        assert_eq!(asked.query(), "view=all&q=%E6%81%92%E9%80%9A%20%26%20co&overdue=yes");
        let read = actix_web::web::Query::<Asked>::from_query(&asked.query()).unwrap();
        assert_eq!(read.query(), asked.query());
        assert_eq!(Asked::default().query(), "view=mine");
    }

    #[test]
    fn amounts_of_all_currencies_are_read_alike() {
        for (text, expected) in [
            ("", Ok(None)),
            ("1,250.5", Ok(Some(12_505_000))),
            ("-3", Ok(Some(-30_000))),
            ("0.00001", Err("queue-amount-unreadable")),
            ("x", Err("queue-amount-unreadable")),
            ("9999999999999999", Err("queue-amount-unreadable")),
        ] {
            let found = amount("amount_from", text).map_err(|problem| problem.text.key);
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_day_is_the_companys() {
        let zone = chrono_tz::Asia::Shanghai;
        let read = |text, later| midnight("filed_to", text, later, zone).unwrap().unwrap();
        assert_eq!(read("2026-10-15", 0).to_rfc3339(), "2026-10-14T16:00:00+00:00");
        assert_eq!(read("2026-10-15", 1).to_rfc3339(), "2026-10-15T16:00:00+00:00");
        assert!(midnight("filed_to", "2026-02-30", 0, zone).is_err());
    }
}
