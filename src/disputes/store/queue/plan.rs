//! From what somebody asks to ranges of indexes: of each [`Pool`] what the [`Scope`] leaves. For
//! each order the schema has an index in which these lie sorted; most of them hold what is open
//! only, and say so as the statements do: `lane <> 'done'`.

use chrono::{DateTime, Utc};

use super::ask::{Sql, Value};
use super::decided;
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

/// What of a pool is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    All,
    Open,
    /// Some of the open lanes.
    Lanes(Vec<Lane>),
}

/// Where the clock runs.
const RUNNING: [Lane; 3] = [Lane::Work, Lane::Approval, Lane::Appeal];

impl Scope {
    /// None when it holds of all.
    fn sql(&self) -> Option<Sql> {
        match self {
            Self::All => None,
            Self::Open => Some(Sql::new("lane <> 'done'")),
            Self::Lanes(lanes) => {
                let lanes: Vec<String> = lanes.iter().map(|lane| format!("'{lane}'")).collect();
                Some(Sql::new(format!("lane IN ({})", lanes.join(", "))))
            }
        }
    }

    fn running(&self) -> Self {
        match self {
            Self::All | Self::Open => Self::Lanes(RUNNING.to_vec()),
            Self::Lanes(lanes) => {
                Self::Lanes(lanes.iter().copied().filter(|lane| RUNNING.contains(lane)).collect())
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
        rest.push(Rest { sql: self.seen(), known: Known::Not });
        vec![Pool::Everybodys]
    }

    /// What holds of all they see.
    fn seen(&self) -> Sql {
        let any = |column: &'static str, all: &[String]| {
            let values = all.iter().map(|value| Sql::default().bind(Value::Words(value.clone())));
            Sql::new(format!("{column} IN (")).add(Sql::joined(values, ", ")).then(")")
        };
        let (managed, owned) = (any("manager", &self.managers), any("owner", &self.people));
        Sql::new("(").add(managed).then(" OR ").add(owned).then(")")
    }
}

/// What holds of all that is in reach; None when that is everything.
pub(super) fn seen(reach: &Reach) -> Option<Sql> {
    reach.portfolio.is_some().then(|| Whose::of(reach).seen())
}

/// A condition beside the ranges, of a row `q`.
#[derive(Debug, Clone)]
struct Rest {
    sql: Sql,
    known: Known,
}

/// Whether an index finds what a condition holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// The statement that finds them, by another table.
    Elsewhere(Sql),
    Alone,
    /// Together with the scope.
    InScope,
    Not,
}

/// What is asked, as ranges and what else must hold.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pools: Vec<Pool>,
    scope: Scope,
    by: Sort,
    /// A part of each range: of the column that is sorted by, or true of nearly every row.
    within: Vec<Sql>,
    rest: Vec<Rest>,
    pub search: Option<Match>,
}

/// What filters leave is sorted up to so many; beyond, they leave enough to be met with on the way.
pub(super) const FEW: usize = 2_000;

impl Plan {
    pub fn of(conn: &mut Conn, reach: &Reach, filter: &Filter, order: Order) -> Result<Self> {
        let whose = Whose::of(reach);
        let mut plan = Self::of_view(reach, &whose, filter, order.by);
        if filter.view == View::AboutToBreach {
            let soon = Sql::compare("due <= ", Value::Day(filter.soon));
            plan.bound(Sort::Due, soon, order.by);
        }
        plan.narrow(&whose, filter, order.by);
        if !filter.search.trim().is_empty() {
            plan.search = Some(search::look_up(conn, &filter.search)?);
        }
        Ok(plan)
    }

    /// The whole view, up to what is due.
    fn of_view(reach: &Reach, whose: &Whose, filter: &Filter, by: Sort) -> Self {
        let view = filter.view;
        let scope = match view {
            View::Mine | View::Snoozed | View::Unassigned => Scope::Open,
            View::AboutToBreach => Scope::Lanes(RUNNING.to_vec()),
            View::Waiting => Scope::Lanes(vec![Lane::Waiting]),
            View::Approvals => Scope::Lanes(vec![Lane::Approval]),
            View::Appeals => Scope::Lanes(vec![Lane::Appeal]),
            View::All => Scope::All,
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
                    .then(" AND asleep_until > '0001-01-01' AND asleep_until > ")
                    .bind(Value::Day(filter.today));
                rest.push(Rest { sql: asleep, known: Known::Alone });
                own
            }
            View::Unassigned if reach.portfolio.is_none() => vec![Pool::Nobodys],
            View::Unassigned if by == Sort::Due && whose.managers.len() <= POOLS => {
                whose.managers.iter().cloned().map(Pool::NobodysManaged).collect()
            }
            View::Unassigned => {
                let nobodys = Sql::new("owner = '' AND lane <> 'done'");
                rest.push(Rest { sql: nobodys, known: Known::Alone });
                whose.pools(&mut rest)
            }
            _ if reach.portfolio.is_none() => vec![Pool::Everybodys],
            _ => whose.pools(&mut rest),
        };
        Self { pools, scope, by, within, rest, search: None }
    }

    fn narrow(&mut self, whose: &Whose, filter: &Filter, by: Sort) {
        if let Some(owner) = &filter.owner {
            match filter.view {
                View::Mine | View::Snoozed | View::Unassigned => {
                    let other = Sql::compare("owner = ", Value::Words(owner.to_string()));
                    self.hold(other, Known::Not);
                }
                _ => {
                    if self.pools != [Pool::Everybodys] {
                        self.hold(whose.seen(), Known::Not);
                    }
                    self.pools = vec![Pool::OwnedBy(owner.to_string())];
                }
            }
        }
        if let Some(state) = filter.state {
            self.scope = match (&self.scope, Lane::of(state)) {
                // Whoever asks for a state of their own disputes means the closed ones too.
                (Scope::All | Scope::Open, Lane::Done) => Scope::All,
                (Scope::All | Scope::Open, lane) => Scope::Lanes(vec![lane]),
                (Scope::Lanes(lanes), lane) if lanes.contains(&lane) => Scope::Lanes(vec![lane]),
                (Scope::Lanes(_), _) => Scope::Lanes(Vec::new()),
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
        if let Some(decided) = &filter.decided {
            let found = decided::probe(decided, FEW + 1);
            self.hold(decided::holds(decided), Known::Elsewhere(found));
            // What was decided before a moment was filed before it.
            if let (Sort::Filed, Some(before)) = (by, decided.at.1) {
                let before = Value::Moment(before.naive_utc());
                self.within.push(Sql::compare("filed_at < ", before));
            }
        }
        if filter.overdue {
            self.scope = self.scope.running();
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
            self.hold(sql, Known::InScope);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.scope == Scope::Lanes(Vec::new())
    }

    /// Whether the ranges hold nothing but what is asked.
    pub fn is_ranges(&self) -> bool {
        self.rest.is_empty() && self.search.is_none()
    }

    /// What holds of each range.
    pub fn ranges(&self) -> Vec<Sql> {
        let of_pool = |pool: &Pool| -> Vec<Sql> {
            let open = Sql::new("lane <> 'done'");
            match &self.scope {
                Scope::All => match pool {
                    Pool::Everybodys | Pool::Managed(_) => {
                        vec![pool.sql().unwrap_or_else(|| Sql::new("TRUE"))]
                    }
                    // What is done lies in an index of its own, away from what is open.
                    Pool::OwnedBy(_) | Pool::Nobodys | Pool::NobodysManaged(_) => {
                        let both = [open, Sql::new("lane = 'done'")];
                        both.map(|half| Sql::joined(pool.sql().into_iter().chain([half]), " AND "))
                            .into()
                    }
                },
                Scope::Open => vec![Sql::joined(pool.sql().into_iter().chain([open]), " AND ")],
                Scope::Lanes(lanes) => match pool {
                    // One index has all whose clock runs.
                    Pool::Everybodys if self.by == Sort::Due && *lanes == RUNNING => {
                        self.scope.sql().into_iter().collect()
                    }
                    // Lane by lane, because there may be so many in one of them.
                    Pool::Everybodys | Pool::Managed(_) => {
                        let lane = |lane| Sql::new(format!("lane = '{lane}' AND lane <> 'done'"));
                        let lanes = lanes.iter().map(lane);
                        lanes
                            .map(|lane| Sql::joined(pool.sql().into_iter().chain([lane]), " AND "))
                            .collect()
                    }
                    // What one person has isn't much.
                    Pool::OwnedBy(_) | Pool::Nobodys | Pool::NobodysManaged(_) => {
                        let parts = pool.sql().into_iter().chain([open]).chain(self.scope.sql());
                        vec![Sql::joined(parts, " AND ")]
                    }
                },
            }
        };
        let within = |range: Sql| {
            self.within.iter().fold(range, |sql, part| sql.then(" AND ").add(part.clone()))
        };
        self.pools.iter().flat_map(of_pool).map(within).collect()
    }

    /// The first rows of each range, united; `order` says in which order, `beyond` after what.
    pub fn united(&self, columns: &str, beyond: &Sql, order: &str, limit: usize) -> Sql {
        let ranges = (1..).zip(self.ranges()).map(|(number, range)| {
            Sql::new(format!("SELECT * FROM (SELECT {columns} FROM dispute_queue WHERE "))
                .add(range)
                .add(beyond.clone())
                .then(format!("{order} LIMIT {limit}) AS range{number}"))
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
            false => Sql::new("SELECT seq FROM dispute_queue q WHERE ").add(self.all()),
        };
        sql.then(format!(" LIMIT {limit}"))
    }

    /// All that must hold but the search, for rows that were found another way.
    pub fn all(&self) -> Sql {
        let sql = self.scope.sql().unwrap_or_else(|| Sql::new("TRUE"));
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

    /// For each condition that an index knows, the statement that finds up to one more than [`FEW`].
    pub fn probes(&self) -> Vec<Sql> {
        // One person's disputes are walked sooner than a whole column is looked through.
        let wide = |pool: &Pool| matches!(pool, Pool::Everybodys | Pool::Managed(_));
        let wide = self.pools.iter().all(wide);
        let scope = match &self.scope {
            Scope::Lanes(_) => self.scope.sql().map(|lanes| lanes.then(" AND lane <> 'done'")),
            _ => self.scope.sql(),
        };
        let known = self.rest.iter().filter(|rest| match rest.known {
            Known::Alone | Known::Elsewhere(_) => true,
            Known::InScope => wide,
            Known::Not => false,
        });
        let probe = |rest: &Rest| {
            if let Known::Elsewhere(sql) = &rest.known {
                return sql.clone();
            }
            let scope = scope.clone().filter(|_| rest.known == Known::InScope);
            let parts = [Some(rest.sql.clone()), scope].into_iter().flatten();
            Sql::new("SELECT seq FROM dispute_queue q WHERE ")
                .add(Sql::joined(parts, " AND "))
                .then(format!(" LIMIT {}", FEW + 1))
        };
        known.map(probe).collect()
    }
}
