//! The queue: views over open disputes, page by page by key, so that deep pages cost no more.

use chrono::NaiveDate;
use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::prelude::*;

use super::Row;
use crate::db::Conn;
use crate::db::schema::{customers, disputes};
use crate::disputes::{Dispute, QueuePage, Queued, Reach, State, View};
use crate::error::{Error, Result};
use crate::values::DisputeId;

type Backend = <Conn as Connection>::Backend;
pub(super) type Query<'a> = IntoBoxed<'a, InnerJoin<disputes::table, customers::table>, Backend>;

/// What is in reach.
pub(super) fn reachable<'a>(reach: &'a Reach) -> Query<'a> {
    let query: Query<'a> = disputes::table.inner_join(customers::table).into_boxed();
    let Some(manager) = &reach.portfolio else { return query };
    let person = reach.person.as_ref().map_or("", |person| person.as_str());
    let others = || reach.others.iter();
    let managers: Vec<&str> =
        others().map(|(_, email)| email.as_str()).chain([manager.as_str()]).collect();
    let people: Vec<&str> = others().map(|(id, _)| id.as_str()).chain([person]).collect();
    query.filter(
        customers::account_manager
            .assume_not_null()
            .eq_any(managers)
            .or(customers::account_manager.is_null())
            .or(disputes::assignee.assume_not_null().eq_any(people)),
    )
}

pub(super) fn seen<'a>(reach: &'a Reach, view: View) -> Query<'a> {
    let query = reachable(reach);
    let open = || disputes::state.eq_any(State::OPEN.to_vec());
    let person = reach.person.as_ref().map_or("", |person| person.as_str());
    match view {
        View::Mine(today) => {
            let awake = disputes::snoozed_until
                .is_null()
                .or(disputes::snoozed_until.assume_not_null().le(today));
            query.filter(disputes::assignee.eq(Some(person))).filter(open()).filter(awake)
        }
        View::Snoozed(today) => query
            .filter(disputes::assignee.eq(Some(person)))
            .filter(open())
            .filter(disputes::snoozed_until.assume_not_null().gt(today)),
        View::Unassigned => query.filter(disputes::assignee.is_null()).filter(open()),
        View::AboutToBreach(day) => {
            query.filter(open()).filter(disputes::state.ne(State::WaitingCustomer)).filter(
                disputes::decision_due
                    .le(day)
                    .or(disputes::answered_at.is_null().and(disputes::answer_due.le(day))),
            )
        }
        View::Waiting => query.filter(disputes::state.eq(State::WaitingCustomer)),
        View::Approvals => query.filter(disputes::state.eq(State::AwaitingApproval)),
        View::Appeals => {
            query.filter(disputes::state.eq_any(vec![State::Appealed, State::AppealReview]))
        }
        View::All => query,
    }
}

pub(in crate::disputes) fn count(conn: &mut Conn, reach: &Reach, view: View) -> Result<i64> {
    Ok(seen(reach, view).count().get_result(conn)?)
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

pub(in crate::disputes) fn queue(
    conn: &mut Conn,
    reach: &Reach,
    view: View,
    search: Option<&str>,
    cursor: Option<&str>,
    limit: i64,
) -> Result<QueuePage> {
    let mut query = seen(reach, view);
    if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
        let like = pattern(search);
        query = query.filter(
            disputes::number
                .like(pattern(&search.to_uppercase()))
                .escape('\\')
                .or(customers::name.like(like.clone()).escape('\\'))
                .or(customers::code.like(like).escape('\\')),
        );
    }
    query = match (view, cursor.and_then(parse_cursor)) {
        (View::All, cursor) => {
            if let Some((_, id)) = cursor {
                query = query.filter(disputes::id.lt(id));
            }
            query.order(disputes::id.desc())
        }
        (_, cursor) => {
            if let Some((due, id)) = cursor {
                query = query.filter(
                    disputes::decision_due
                        .gt(due)
                        .or(disputes::decision_due.eq(due).and(disputes::id.gt(id))),
                );
            }
            query.order((disputes::decision_due, disputes::id))
        }
    };
    let found = query
        .limit(limit + 1)
        .select((Row::as_select(), customers::code, customers::name))
        .load::<Found>(conn)?;
    let mut items = found.into_iter().map(queued).collect::<Result<Vec<_>>>()?;
    let keep = usize::try_from(limit).map_err(Error::internal)?;
    let more = items.len() > keep;
    items.truncate(keep);
    let last = items.last().filter(|_| more);
    let next = last.map(|item| write_cursor(&item.dispute));
    Ok(QueuePage { items, next })
}

/// A pattern that finds the text anywhere, its own signs taken literally.
fn pattern(text: &str) -> String {
    let mut out = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

fn write_cursor(dispute: &Dispute) -> String {
    format!("{}.{}", dispute.decision_due, dispute.id)
}

/// None for what this queue never wrote: then it starts from the top.
fn parse_cursor(text: &str) -> Option<(NaiveDate, DisputeId)> {
    let (due, id) = text.split_once('.')?;
    Some((due.parse().ok()?, DisputeId::from_text(id)))
}
