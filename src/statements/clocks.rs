//! What is told until a statement is answered: its customer is reminded five and one business
//! days before the deadline; after it silence confirms where an agreement says so, and elsewhere
//! the account manager hears of it. A schedule, `statement_timers`, has a row for each, told once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::store::timers;
use super::{State, Statement, deem, letters};
use crate::audit;
use crate::calendar;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::letters::OverdueStatement;
use crate::text_enum;
use crate::values::StatementId;

text_enum! {
    /// What a timer tells.
    pub enum TimerKind {
        FiveDays = "five_days",
        OneDay = "one_day",
        /// The deadline is over.
        Over = "over",
    }
}

/// Winds the clocks of statements that were just issued, to be answered by the same day.
pub(super) fn set(
    tx: &mut Tx<'_>,
    ids: &[&StatementId],
    respond_by: chrono::NaiveDate,
) -> Result<()> {
    let (zone, now) = (tx.house().zone, tx.at());
    let five = calendar::business_days_before(tx, respond_by, 5)?;
    let one = calendar::business_days_before(tx, respond_by, 1)?;
    let over = calendar::add_business_days(tx, respond_by, 1)?;
    let mut wanted = vec![
        (TimerKind::FiveDays, calendar::morning(five, zone)),
        (TimerKind::OneDay, calendar::morning(one, zone)),
    ];
    // Who just got the statement isn't reminded of it at once.
    wanted.retain(|(_, at)| *at > now);
    wanted.push((TimerKind::Over, calendar::morning(over, zone)));
    timers::set(tx, ids, &wanted)
}

/// Whether a timer has run down, or an unanswered statement has none.
pub fn any_deadline(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    Ok(!timers::due(conn, now.naive_utc(), 1)?.is_empty() || !timers::without(conn, 1)?.is_empty())
}

/// Tells what is due, at most so many timers; how many it did. Each is told once, whatever
/// process comes first; who looks after several late statements gets one letter for all of them.
pub fn tell_deadlines(tx: &mut Tx<'_>, limit: i64) -> Result<usize> {
    // Statements of before there were clocks.
    let unset = timers::without(tx, limit)?;
    for (id, respond_by) in &unset {
        set(tx, &[id], *respond_by)?;
    }
    let (now, today) = (tx.stamp(), tx.today());
    let due = timers::due(tx, now, limit)?;
    let mut overdue: BTreeMap<Option<String>, Vec<OverdueStatement>> = BTreeMap::new();
    for (id, kind) in &due {
        if !timers::claim(tx, id, *kind)? {
            continue;
        }
        let statement = super::one(tx, id)?;
        if statement.state != State::Issued || statement.superseded_by.is_some() {
            continue;
        }
        if *kind != TimerKind::Over {
            // After a time out of service, one reminder is enough, and none of what is past.
            let again = due.iter().any(|(other, later)| other == id && later > kind);
            if !again && today <= statement.respond_by {
                remind(tx, &statement, *kind)?;
            }
            continue;
        }
        if deem(tx, &statement)? {
            continue;
        }
        note(tx, &statement, "statement.overdue", None)?;
        let customer = customers::by_id(tx, statement.customer)?;
        let line = OverdueStatement {
            statement: statement.id,
            number: statement.number,
            customer: customer.name,
            respond_by: statement.respond_by,
        };
        overdue.entry(customer.account_manager).or_default().push(line);
    }
    for (manager, lines) in overdue {
        letters::overdue(tx, manager.as_deref(), lines)?;
    }
    Ok(due.len() + unset.len())
}

fn remind(tx: &mut Tx<'_>, statement: &Statement, kind: TimerKind) -> Result<()> {
    letters::reminder(tx, statement, kind.as_str())?;
    note(tx, statement, "statement.reminded", Some(kind.as_str()))
}

fn note(
    tx: &mut Tx<'_>,
    statement: &Statement,
    action: &'static str,
    reason: Option<&str>,
) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("statement", statement.id.as_str()),
            customer: Some(statement.customer),
            reason,
            ..audit::Event::default()
        },
    )
}
