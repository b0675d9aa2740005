//! From what somebody asks to ranges of indexes. A [`Range`] is one lane of one [`Pool`]; for each
//! order the schema has an index in which it lies sorted.

use chrono::{DateTime, Utc};

use super::ask::{Sql, Value};
use super::search::{self, Match};
use crate::db::Conn;
use crate::disputes::Reach;
use crate::disputes::queue::{Filter, Lane, Order, Sort, View};
use crate::error::Result;

/// Whose disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pool {
    Everybodys,
    OwnedBy(String),
    Nobodys,
    /// Of customers that name this manager, or none when it is empty.
    Managed(String),
    /// Nobody's among those. Only sorted by what is due.
    NobodysManaged(String),
}

impl Pool {
    /// None when it holds of all.
    fn sql(&self) -> Option<Sql> {
        let words = |text: &String| Value::Words(text.clone());
        match self {
            Self::Everybodys => None,
            Self::OwnedBy(person) => Some(Sql::compare("owner = ", words(person))),
            Self::Nobodys => Some(Sql::new("owner = ''")),
            Self::Managed(manager) => Some(Sql::compare("manager = ", words(manager))),
            Self::NobodysManaged(manager) => {
                Some(Sql::compare("owner = '' AND manager = ", words(manager)))
            }
        }
    }
}

/// Whose customers' disputes somebody sees, and whose they are.
struct Whose {
    me: String,
    /// In lower case; the empty one stands for customers that name nobody.
    managers: Vec<String>,
    people: Vec<String>,
}

/// Whoever acts for more people than this sees so much that the rest is met with rarely.
const POOLS: usize = 8;

impl Whose {
    fn of(reach: &Reach) -> Self {
        // No person has this id; an empty one would stand for nobody.
        let me = reach.person.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let others = || reach.others.iter();
        let emails = others().map(|(_, email)| email).chain(&reach.portfolio);
        let managers = emails.map(|email| email.to_lowercase()).chain([String::new()]).collect();
        let people = others().map(|(id, _)| id.to_string()).chain([me.clone()]).collect();
        Self { me, managers, people }
    }

    fn pools(&self, rest: &mut Vec<Rest>) -> Vec<Pool> {
        if self.managers.len() <= POOLS {
            let managed = self.managers.iter().cloned().map(Pool::Managed);
            return managed.chain(self.people.iter().cloned().map(Pool::OwnedBy)).collect();
        }
        let any = |column: &'static str, all: &[String]| {
            let values = all.iter().map(|value| Sql::default().bind(Value::Words(value.clone())));
            Sql::new(format!("{column} IN (")).add(Sql::joined(values, ", ")).then(")")
        };
        let seen = Sql::new("(")
            .add(any("manager", &self.managers))
            .then(" OR ")
            .add(any("owner", &self.people))
            .then(")");
        rest.push(Rest { sql: seen, known: Known::Not });
        vec![Pool::Everybodys]
    }
}

/// A condition beside the ranges.
#[derive(Debug, Clone)]
struct Rest {
    sql: Sql,
    known: Known,
}

/// Whether an index finds what a condition holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Alone,
    /// Together with the lanes.
    InLanes,
    Not,
}

/// What is asked, as ranges and what else must hold.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pools: Vec<Pool>,
    lanes: Vec<Lane>,
    /// A part of each range: of the column that is sorted by, or true of nearly every row.
    within: Vec<Sql>,
    rest: Vec<Rest>,
    pub search: Option<Match>,
}

/// What filters leave is sorted up to so many; beyond, they leave enough to be met with on the way.
pub(super) const FEW: usize = 2_000;

impl Plan {
    pub fn of(conn: &mut Conn, reach: &Reach, filter: &Filter, order: Order) -> Result<Self> {
        let mut plan = Self::of_view(reach, filter, order.by);
        if filter.view == View::AboutToBreach {
            let soon = Sql::compare("due <= ", Value::Day(filter.soon));
            plan.bound(Sort::Due, soon, order.by);
        }
        plan.narrow(filter, order.by);
        if !filter.search.trim().is_empty() {
            plan.search = Some(search::look_up(conn, &filter.search)?);
        }
        Ok(plan)
    }

    /// The whole view, up to what is due.
    fn of_view(reach: &Reach, filter: &Filter, by: Sort) -> Self {
        let view = filter.view;
        use Lane::{Appeal, Approval, Waiting, Work};
        let whose = Whose::of(reach);
        let lanes = match view {
            View::Mine | View::Snoozed | View::Unassigned => vec![Work, Waiting, Approval, Appeal],
            View::AboutToBreach => vec![Work, Approval, Appeal],
            View::Waiting => vec![Waiting],
            View::Approvals => vec![Approval],
            View::Appeals => vec![Appeal],
            View::All => Lane::ALL.to_vec(),
        };
        let (mut within, mut rest) = (Vec::new(), Vec::new());
        let own = vec![Pool::OwnedBy(whose.me.clone())];
        let pools = match view {
            View::Mine => {
                within.push(Sql::compare("asleep_until <= ", Value::Day(filter.today)));
                own
            }
            View::Snoozed => {
                let asleep = Sql::compare("owner = ", Value::Words(whose.me.clone()))
                    .then(" AND asleep_until > ")
                    .bind(Value::Day(filter.today));
                rest.push(Rest { sql: asleep, known: Known::Alone });
                own
            }
            View::Unassigned if reach.portfolio.is_none() => vec![Pool::Nobodys],
            View::Unassigned if by == Sort::Due && whose.managers.len() <= POOLS => {
                whose.managers.iter().cloned().map(Pool::NobodysManaged).collect()
            }
            View::Unassigned => {
                rest.push(Rest { sql: Sql::new("owner = ''"), known: Known::InLanes });
                whose.pools(&mut rest)
            }
            _ if reach.portfolio.is_none() => vec![Pool::Everybodys],
            _ => whose.pools(&mut rest),
        };
        Self { pools, lanes, within, rest, search: None }
    }

    fn narrow(&mut self, filter: &Filter, by: Sort) {
        if let Some(owner) = &filter.owner {
            if self.pools == [Pool::Everybodys] {
                self.pools = vec![Pool::OwnedBy(owner.to_string())];
            } else {
                self.hold(
                    Sql::compare("owner = ", Value::Words(owner.to_string())),
                    Known::InLanes,
                );
            }
        }
        if let Some(state) = filter.state {
            let lane = Lane::of(state);
            // Whoever asks for a state of their own disputes means the closed ones too.
            self.lanes = match filter.view {
                View::Mine | View::Snoozed | View::Unassigned => vec![lane],
                _ if self.lanes.contains(&lane) => vec![lane],
                _ => Vec::new(),
            };
            self.hold(Sql::compare("state = ", Value::Words(state.to_string())), Known::Alone);
        }
        if let Some(category) = filter.category {
            self.hold(
                Sql::compare("category = ", Value::Words(category.to_string())),
                Known::Alone,
            );
        }
        if let Some(customer) = filter.customer {
            self.hold(Sql::compare("customer_id = ", Value::Whole(customer)), Known::Alone);
        }
        if let Some(policy) = &filter.policy {
            self.hold(Sql::compare("policy_id = ", Value::Words(policy.to_string())), Known::Alone);
        }
        if filter.overdue {
            self.lanes.retain(|lane| !matches!(lane, Lane::Waiting | Lane::Done));
            self.bound(Sort::Due, Sql::compare("due < ", Value::Day(filter.today)), by);
        }
        let moment = |at: DateTime<Utc>| Value::Moment(at.naive_utc());
        let (from, before) = filter.filed;
        let filed = [("filed_at >= ", from.map(moment)), ("filed_at < ", before.map(moment))];
        let (least, most) = filter.amount;
        let amount =
            [("amount >= ", least.map(Value::Whole)), ("amount <= ", most.map(Value::Whole))];
        for (column, ends) in [(Sort::Filed, filed), (Sort::Amount, amount)] {
            let ends = ends.into_iter().filter_map(|(end, value)| Some(Sql::compare(end, value?)));
            let both = Sql::joined(ends, " AND ");
            if both != Sql::default() {
                self.bound(column, both, by);
            }
        }
    }

    fn hold(&mut self, sql: Sql, known: Known) {
        self.rest.push(Rest { sql, known });
    }

    /// Ends of a column that lists can be sorted by.
    fn bound(&mut self, column: Sort, sql: Sql, by: Sort) {
        if by == column {
            self.within.push(sql);
        } else {
            self.hold(sql, Known::InLanes);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Whether the ranges hold nothing but what is asked.
    pub fn is_ranges(&self) -> bool {
        self.rest.is_empty() && self.search.is_none()
    }

    /// The first rows of each range, united; `order` says in which order, `beyond` after what.
    pub fn united(&self, columns: &str, beyond: &Sql, order: &str, limit: usize) -> Sql {
        let ranges = self.pools.iter().flat_map(|pool| {
            self.lanes.iter().map(move |lane| {
                let parts = [Some(Sql::new(format!("lane = '{lane}'"))), pool.sql()];
                let parts = parts.into_iter().flatten().chain(self.within.iter().cloned());
                Sql::new(format!("SELECT {columns} FROM dispute_queue WHERE "))
                    .add(Sql::joined(parts, " AND "))
                    .add(beyond.clone())
                    .then(format!("{order} LIMIT {limit}"))
            })
        });
        let ranges = (1..).zip(ranges).map(|(number, range)| {
            Sql::new("SELECT * FROM (").add(range).then(format!(") AS range{number}"))
        });
        // A dispute of one's portfolio may be one's own as well.
        Sql::joined(ranges, if self.pools.len() > 1 { " UNION " } else { " UNION ALL " })
    }

    /// Up to so many of a whole view.
    pub fn counted(&self, limit: usize) -> Sql {
        let sql = match self.rest.is_empty() {
            true => Sql::new("SELECT seq FROM (")
                .add(self.united("seq", &Sql::default(), "", limit))
                .then(") AS ranges"),
            false => Sql::new("SELECT seq FROM dispute_queue WHERE ").add(self.all()),
        };
        sql.then(format!(" LIMIT {limit}"))
    }

    /// All that must hold but the search, for rows that were found another way.
    pub fn all(&self) -> Sql {
        let sql = Sql::new(format!("lane IN ({})", self.lanes()));
        let pools: Vec<Sql> = self.pools.iter().filter_map(Pool::sql).collect();
        let sql = match pools.len() == self.pools.len() {
            true => sql.then(" AND (").add(Sql::joined(pools, " OR ")).then(")"),
            false => sql,
        };
        let sql = self.within.iter().fold(sql, |sql, part| sql.then(" AND ").add(part.clone()));
        sql.add(self.rest())
    }

    /// What must hold beside the ranges and the search, each part after ` AND `.
    pub fn rest(&self) -> Sql {
        let held = self.rest.iter().map(|rest| rest.sql.clone());
        held.fold(Sql::default(), |sql, part| sql.then(" AND ").add(part))
    }

    /// What a search asks of rows that may have been met with by chance.
    pub fn met(&self) -> Option<Sql> {
        self.search.as_ref().filter(|found| found.few.is_none()).map(Match::sql)
    }

    /// For each condition, the statement that finds up to one more than [`FEW`] by its index.
    pub fn probes(&self) -> Vec<Sql> {
        let probe = |rest: &Rest| {
            let sql = Sql::new("SELECT seq FROM dispute_queue WHERE ").add(rest.sql.clone());
            let sql = match rest.known {
                Known::InLanes => sql.then(format!(" AND lane IN ({})", self.lanes())),
                _ => sql,
            };
            sql.then(format!(" LIMIT {}", FEW + 1))
        };
        self.rest.iter().filter(|rest| rest.known != Known::Not).map(probe).collect()
    }

    fn lanes(&self) -> String {
        let lanes: Vec<String> = self.lanes.iter().map(|lane| format!("'{lane}'")).collect();
        lanes.join(", ")
    }
}
