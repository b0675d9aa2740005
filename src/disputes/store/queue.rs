//! The queue, page by page by key: deep pages cost what the first one does. Three ways lead to a
//! page. Views are united ranges of an index ([`plan`]). Conditions beside them that leave few
//! disputes are looked up by their own index, and those few sorted. And where conditions leave
//! many, the ranges are walked along until the page is full, up to so many rows.

mod ask;
mod decided;
pub(in crate::disputes) mod figures;
mod keep;
mod line;
mod plan;
mod search;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Row;
use crate::db::Conn;
use crate::db::schema::{customers, dispute_queue, disputes};
use crate::disputes::queue::{COUNTED, Filter, Order, Place, QueueCounts, QueuePage, Sort, View};
use crate::disputes::{Dispute, Neighbours, Queued, Reach};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::values::DisputeId;
use ask::{Sql, Value};
use line::{Key, LINE, Line, LineSql, column, listed};
use plan::{FEW, Plan};

pub(in crate::disputes) use keep::{enqueue, follow, out_of_step, spoken};

type Backend = <Conn as Connection>::Backend;
pub(super) type Query<'a> = IntoBoxed<'a, InnerJoin<disputes::table, customers::table>, Backend>;

diesel::define_sql_function! {
    fn lower(text: Text) -> Text;
}

/// What is in reach.
pub(super) fn reachable<'a>(reach: &'a Reach) -> Query<'a> {
    let query: Query<'a> = disputes::table.inner_join(customers::table).into_boxed();
    let Some(manager) = &reach.portfolio else { return query };
    let person = reach.person.as_ref().map_or("", |person| person.as_str());
    let others = || reach.others.iter();
    let managers: Vec<String> =
        others().map(|(_, email)| email).chain([manager]).map(|m| m.to_lowercase()).collect();
    let people: Vec<&str> = others().map(|(id, _)| id.as_str()).chain([person]).collect();
    query.filter(
        lower(customers::account_manager.assume_not_null())
            .eq_any(managers)
            .or(customers::account_manager.is_null())
            .or(disputes::assignee.assume_not_null().eq_any(people)),
    )
}

pub(super) type Found = (Row, String, String);

pub(super) fn queued((row, customer_code, customer_name): Found) -> Result<Queued> {
    Ok(Queued { dispute: row.try_into()?, customer_code, customer_name })
}

pub(in crate::disputes) fn one(conn: &mut Conn, reach: &Reach, id: &DisputeId) -> Result<Queued> {
    let found = reachable(reach)
        .filter(disputes::id.eq(id))
        .select((Row::as_select(), customers::code, customers::name))
        .first::<Found>(conn)?;
    queued(found)
}

/// In which direction rows are read, from where on.
struct Way {
    by: Sort,
    falling: bool,
    from: Option<Key>,
}

impl Way {
    /// ` AND` only what comes after the key, or up to and including it.
    fn beyond(&self) -> Sql {
        self.from
            .as_ref()
            .map_or_else(Sql::default, |key| self.beside(key, if self.falling { "<" } else { ">" }))
    }

    fn up_to(&self, key: &Key) -> Sql {
        self.beside(key, if self.falling { ">=" } else { "<=" })
    }

    fn beside(&self, key: &Key, sign: &'static str) -> Sql {
        Sql::new(format!(" AND ({}, seq) {sign} (", column(self.by)))
            .bind(key.value.clone())
            .then(", ")
            .bind(Value::Whole(key.seq))
            .then(")")
    }

    /// The order of a statement over rows that have `first` as what is sorted by.
    fn order(&self, first: &str, seq: &str) -> String {
        let way = if self.falling { " DESC" } else { "" };
        format!(" ORDER BY {first}{way}, {seq}{way}")
    }
}

/// What was read on a way, in its order.
struct Stretch {
    lines: Vec<Line>,
    /// Where to go on; None at the end.
    rest: Option<Key>,
}

pub(in crate::disputes) fn queue(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    order: Order,
    place: &Place,
    limit: usize,
) -> Result<QueuePage> {
    let plan = Plan::of(conn, reach, filter, order)?;
    if plan.is_empty() {
        return Ok(QueuePage { items: Vec::new(), previous: None, next: None });
    }
    let seqs = few(conn, &plan)?;
    let mut read = |from: Option<Key>, back: bool| {
        let way = Way { by: order.by, falling: order.descending != back, from };
        match &seqs {
            _ if plan.is_ranges() => along(conn, &plan, &way, limit),
            Some(seqs) => among(conn, &plan, seqs, &way, limit),
            None => walk(conn, &plan, &way, limit),
        }
    };
    let key = |text: &str| Key::parse(text, order.by);
    match place {
        Place::Before(text) if key(text).is_some() => {
            let mut found = read(key(text), true)?;
            if found.rest.is_none() {
                // Nothing lies before these: a whole first page is better than a short one.
                return Ok(page(read(None, false)?, None, order.by));
            }
            found.lines.reverse();
            let after = Key::parse(text, order.by).filter(|_| found.lines.is_empty());
            let next = found.lines.last().map(|line| Key::of(line, order.by)).or(after);
            let previous = found.rest.map(|key| Place::Before(key.write()));
            let next = next.map(|key| Place::After(key.write()));
            Ok(QueuePage { items: found.lines.into_iter().map(listed).collect(), previous, next })
        }
        Place::After(text) if key(text).is_some() => {
            let found = read(key(text), false)?;
            Ok(page(found, key(text), order.by))
        }
        _ => Ok(page(read(None, false)?, None, order.by)),
    }
}

/// A page read forwards, after the key.
fn page(found: Stretch, after: Option<Key>, by: Sort) -> QueuePage {
    let first = found.lines.first().map(|line| Key::of(line, by));
    let previous = after.map(|after| Place::Before(first.unwrap_or(after).write()));
    let next = found.rest.map(|key| Place::After(key.write()));
    QueuePage { items: found.lines.into_iter().map(listed).collect(), previous, next }
}

/// The disputes that the most telling condition leaves, when they are few.
fn few(conn: &mut Conn, plan: &Plan) -> Result<Option<Vec<i64>>> {
    if let Some(few) = plan.search.as_ref().and_then(|found| found.few.clone()) {
        return Ok(Some(few));
    }
    for probe in plan.probes() {
        let mut found = load_seqs(conn, probe)?;
        if found.len() <= FEW {
            // A dispute that was decided twice is found twice.
            found.sort_unstable();
            found.dedup();
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn load_seqs(conn: &mut Conn, sql: Sql) -> Result<Vec<i64>> {
    let asking = sql.asking::<BigInt>();
    Ok(on_backend!(conn, c => asking.load::<i64>(c)?))
}

fn load(conn: &mut Conn, sql: Sql) -> Result<Vec<Line>> {
    let asking = sql.asking::<LineSql>();
    Ok(on_backend!(conn, c => asking.load::<Line>(c)?))
}

/// PostgreSQL would plan a union of many ranges anew for each page, because it believes that the
/// next page's plan may be a better one; that takes longer than the page.
fn steady(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan")?;
    }
    Ok(())
}

/// One row more than a page tells whether there is a next one.
fn stretch(mut lines: Vec<Line>, limit: usize, by: Sort) -> Stretch {
    let more = lines.len() > limit;
    lines.truncate(limit);
    let rest = lines.last().filter(|_| more).map(|line| Key::of(line, by));
    Stretch { lines, rest }
}

/// The united ranges, sorted, as `p` with the columns `first` and `seq`.
fn merged(plan: &Plan, way: &Way, beyond: &Sql, limit: usize) -> Sql {
    let column = column(way.by);
    let order = way.order(column, "seq");
    let all = plan.united(&format!("{column} AS first, seq"), beyond, &order, limit);
    Sql::new("(SELECT first, seq FROM (")
        .add(all)
        .then(format!(") AS ranges{} LIMIT {limit}) AS p", way.order("first", "seq")))
}

fn along(conn: &mut Conn, plan: &Plan, way: &Way, limit: usize) -> Result<Stretch> {
    steady(conn)?;
    Ok(stretch(load(conn, along_sql(plan, way, limit))?, limit, way.by))
}

fn along_sql(plan: &Plan, way: &Way, limit: usize) -> Sql {
    if let [range] = plan.ranges().as_slice() {
        return Sql::new(format!(
            "SELECT {LINE} FROM dispute_queue q CROSS JOIN customers c WHERE "
        ))
        .add(range.clone())
        .add(way.beyond())
        .then(" AND c.id = q.customer_id")
        .then(format!("{} LIMIT {}", way.order(column(way.by), "seq"), limit + 1));
    }
    Sql::new(format!("SELECT {LINE} FROM "))
        .add(merged(plan, way, &way.beyond(), limit + 1))
        .then(" CROSS JOIN dispute_queue q CROSS JOIN customers c WHERE q.seq = p.seq")
        .then(" AND c.id = q.customer_id")
        .then(way.order("p.first", "p.seq"))
}

fn among(conn: &mut Conn, plan: &Plan, seqs: &[i64], way: &Way, limit: usize) -> Result<Stretch> {
    let seqs = Value::Words(serde_json::to_string(seqs)?);
    let few = match conn {
        Conn::Sqlite(_) => Sql::new("(SELECT value AS few FROM json_each(").bind(seqs).then("))"),
        Conn::Postgres(_) => {
            let array = Sql::new("(SELECT few::bigint AS few FROM json_array_elements_text(");
            array.bind(seqs).then("::json) AS few)")
        }
    };
    let cut = format!("{} LIMIT {}", way.order(column(way.by), "seq"), limit + 1);
    let sql = Sql::new(format!("SELECT {LINE} FROM (SELECT seq FROM "))
        .add(few)
        .then(" AS f CROSS JOIN dispute_queue q WHERE seq = f.few AND ")
        .add(plan.all())
        .add(way.beyond());
    let sql = match plan.met() {
        None => sql
            .then(cut)
            .then(") AS p CROSS JOIN dispute_queue q CROSS JOIN customers c")
            .then(" WHERE q.seq = p.seq AND c.id = q.customer_id"),
        Some(met) => sql
            .then(") AS p CROSS JOIN dispute_queue q CROSS JOIN customers c")
            .then(" CROSS JOIN dispute_search t WHERE q.seq = p.seq AND c.id = q.customer_id")
            .then(" AND t.seq = q.seq AND ")
            .add(met),
    };
    let order = way.order(&format!("q.{}", column(way.by)), "q.seq");
    let sql = sql.then(format!("{order} LIMIT {}", limit + 1));
    Ok(stretch(load(conn, sql)?, limit, way.by))
}

/// Rows looked at in each round of a walk: few where much matches, in the end so many that what
/// isn't met with is rare.
const ROUNDS: [usize; 3] = [500, 2_000, 8_000];

fn walk(conn: &mut Conn, plan: &Plan, way: &Way, limit: usize) -> Result<Stretch> {
    let mut lines = Vec::new();
    let mut from = way.from.clone();
    for rows in ROUNDS {
        let here = Way { by: way.by, falling: way.falling, from: from.clone() };
        let end = end_of(conn, plan, &here, rows)?;
        let part = match &end {
            Some(end) => here.beyond().add(here.up_to(end)),
            None => here.beyond(),
        };
        let missing = limit - lines.len();
        let sql = Sql::new(format!("SELECT {LINE} FROM "))
            .add(merged(plan, way, &part, rows))
            .then(" CROSS JOIN dispute_queue q CROSS JOIN customers c CROSS JOIN dispute_search t")
            .then(" WHERE q.seq = p.seq AND c.id = q.customer_id AND t.seq = q.seq")
            .add(plan.rest())
            .add(plan.met().map_or_else(Sql::default, |met| Sql::new(" AND ").add(met)))
            .then(way.order("p.first", "p.seq"))
            .then(format!(" LIMIT {}", missing + 1));
        let found = stretch(load(conn, sql)?, missing, way.by);
        lines.extend(found.lines);
        if found.rest.is_some() {
            return Ok(Stretch { lines, rest: found.rest });
        }
        if end.is_none() {
            return Ok(Stretch { lines, rest: None });
        }
        from = end;
    }
    Ok(Stretch { lines, rest: from })
}

/// The last of the next so many rows; None when fewer are left.
fn end_of(conn: &mut Conn, plan: &Plan, way: &Way, rows: usize) -> Result<Option<Key>> {
    let back = Way { by: way.by, falling: !way.falling, from: None };
    let sql = Sql::new(format!(
        "SELECT {LINE}, p.found FROM (SELECT first, seq, COUNT(*) OVER () AS found FROM "
    ))
    .add(merged(plan, way, &way.beyond(), rows))
    .then(format!("{} LIMIT 1) AS p", back.order("first", "seq")))
    .then(" CROSS JOIN dispute_queue q CROSS JOIN customers c WHERE q.seq = p.seq")
    .then(" AND c.id = q.customer_id");
    let asking = sql.asking::<(LineSql, BigInt)>();
    let last = on_backend!(conn, c => asking.load::<(Line, i64)>(c)?).pop();
    let full = |found: i64| usize::try_from(found).is_ok_and(|found| found >= rows);
    Ok(last.filter(|(_, found)| full(*found)).map(|(line, _)| Key::of(&line, way.by)))
}

pub(in crate::disputes) fn counts(
    conn: &mut Conn,
    reach: &Reach,
    today: NaiveDate,
    soon: NaiveDate,
) -> Result<QueueCounts> {
    let most = usize::try_from(COUNTED + 1).map_err(Error::internal)?;
    let order = Order { by: Sort::Due, descending: false };
    steady(conn)?;
    let views = [
        View::Mine,
        View::Snoozed,
        View::Unassigned,
        View::AboutToBreach,
        View::Waiting,
        View::Approvals,
        View::Appeals,
    ];
    let mut counted = Vec::new();
    for view in views {
        let plan = Plan::of(conn, reach, &Filter::of(view, today, soon), order)?;
        let all = plan.counted(most);
        counted.push(Sql::new("(SELECT COUNT(*) FROM (").add(all).then(") AS kept)"));
    }
    let sql = Sql::new("SELECT ").add(Sql::joined(counted, ", "));
    type Seven<T> = (T, T, T, T, T, T, T);
    let asking = sql.asking::<Seven<BigInt>>();
    let found = on_backend!(conn, c => asking.get_result::<Seven<i64>>(c)?);
    let (mine, snoozed, unassigned, about_to_breach, waiting, approvals, appeals) = found;
    Ok(QueueCounts { mine, snoozed, unassigned, about_to_breach, waiting, approvals, appeals })
}

pub(in crate::disputes) fn neighbours(
    conn: &mut Conn,
    reach: &Reach,
    today: NaiveDate,
    dispute: &Dispute,
) -> Result<Neighbours> {
    let (due, seq) = dispute_queue::table
        .filter(dispute_queue::dispute_id.eq(&dispute.id))
        .select((dispute_queue::due, dispute_queue::seq))
        .first(conn)?;
    let order = Order { by: Sort::Due, descending: false };
    let plan = Plan::of(conn, reach, &Filter::of(View::Mine, today, today), order)?;
    let mut next = |falling| -> Result<_> {
        let way = Way { by: Sort::Due, falling, from: Some(Key { value: Value::Day(due), seq }) };
        let found = along(conn, &plan, &way, 1)?.lines.pop();
        Ok(found.map(|(what, _)| (what.id, what.number)))
    };
    Ok(Neighbours { before: next(true)?, after: next(false)? })
}

#[cfg(test)]
mod tests;
