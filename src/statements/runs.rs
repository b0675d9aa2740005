//! A statement run: who is to get a statement is written down first, then they are made a few in a
//! write, by whichever process comes along. So a run that is killed goes on where it stopped, and
//! nothing is issued or sent twice; and one account that can't be stated is found by making those
//! beside it alone.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::issue::{Making, OpenDisputes};
use super::store::runs::Became;
use super::store::{self, runs, terms};
use super::terms::{Scheduled, scheduled};
use super::{Statement, letters, mail_of};
use crate::audit;
use crate::customers;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::ledger;
use crate::mailbox::{self, LetterState};
use crate::policies::Shelf;
use crate::text_enum;
use crate::values::{Actor, Currency, Key, Period, StatementId, StatementRunId, Text};

text_enum! {
    pub enum RunState {
        Running = "running",
        Finished = "finished",
    }
}

text_enum! {
    /// What became of one customer's statement in a run.
    pub enum ItemState {
        Waiting = "waiting",
        Issued = "made",
        /// Another run had made it meanwhile.
        Already = "already",
        /// It couldn't be made; why stands beside it.
        Failed = "failed",
    }
}

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: StatementRunId,
    pub period: Period,
    pub last_day: NaiveDate,
    /// Only this customer's.
    pub customer: Option<Key>,
    /// The name of the schedule's day that made it; None by hand.
    pub schedule: Option<String>,
    /// Business days the customers have to answer.
    pub answer_days: u32,
    pub state: RunState,
    /// Statements of the period that were there when it began.
    pub already: i64,
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub waiting: i64,
    pub issued: i64,
    pub already: i64,
    pub failed: i64,
}

impl Progress {
    pub fn total(self) -> i64 {
        self.waiting + self.done()
    }

    pub fn done(self) -> i64 {
        self.issued + self.already + self.failed
    }
}

/// One customer's statement in a run.
#[derive(Debug, Clone)]
pub struct Item {
    pub customer: Key,
    pub currency: Currency,
    pub state: ItemState,
    /// The statement, and its number.
    pub statement: Option<(StatementId, String)>,
    /// Letters that were queued with it.
    pub letters: i64,
    pub failure: Option<String>,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IssueReport {
    pub issued: Vec<String>,
    /// Customers that had the statement already.
    pub already: usize,
    /// Letters queued.
    pub letters: usize,
    /// Codes of customers nobody could be written to for: no statement contact, no user.
    pub without_address: Vec<String>,
    /// Codes of customers whose statement couldn't be made; the log says why.
    pub failed: Vec<String>,
}

/// Issues the statements of an ended period, to one customer or to all that have something to
/// see, and waits until that is done. `days` is how many business days a customer has to answer.
///
/// # Errors
/// As for [`start`].
pub fn issue(
    db: &Db,
    actor: &Actor,
    period: Period,
    only: Option<&str>,
    days: u32,
    disputes: OpenDisputes<'_>,
) -> Result<IssueReport> {
    let id = db.write(actor, |tx| start(tx, period, only, days))?;
    while let Some(run) = db.read(|conn| run(conn, &id)).map(Some)?.filter(Run::is_under_way) {
        go_on(db, actor, &run, disputes)?;
    }
    db.read(|conn| report(conn, &id))
}

/// Begins a run by hand. Is the same one under way already, then that one goes on.
///
/// # Errors
/// The period hasn't ended or is a term; the customer doesn't exist.
pub fn start(
    tx: &mut Tx<'_>,
    period: Period,
    only: Option<&str>,
    days: u32,
) -> Result<StatementRunId> {
    let last_day = ended(period, tx.today())?;
    let customer = only.map(|code| customer_of_code(tx, code)).transpose()?;
    if let Some(under_way) = runs::same_under_way(tx, period, customer)? {
        return Ok(under_way);
    }
    let due = due(tx, period, last_day, customer)?.due;
    begin(tx, (period, last_day), customer, None, days, &due)
}

/// The last day of a period that has ended.
pub(super) fn ended(period: Period, today: NaiveDate) -> Result<NaiveDate> {
    let (_, last) =
        period.days().ok_or_else(|| Text::new("statement-no-term").with("period", period))?;
    if today <= last {
        let text = Text::new("statement-too-early").with("period", period).with("last", last);
        return Err(text.into());
    }
    Ok(last)
}

/// Begins the runs that the schedules ask for by today, each once ever; how many it began.
pub fn start_scheduled(db: &Db, actor: &Actor, days: u32) -> Result<usize> {
    let today = db.today();
    let wanted = db.read(|conn| scheduled(conn, today))?;
    for one in &wanted {
        db.write(actor, |tx| {
            if runs::is_made(tx, &one.name)? {
                return Ok(());
            }
            let Scheduled { name, period, customers } = one;
            let last_day = ended(*period, tx.today())?;
            let their: HashSet<Key> = customers.iter().copied().collect();
            let mut due = due(tx, *period, last_day, None)?.due;
            due.retain(|(customer, _)| their.contains(customer));
            begin(tx, (*period, last_day), None, Some(name.clone()), days, &due).map(|_| ())
        })?;
    }
    Ok(wanted.len())
}

fn begin(
    tx: &mut Tx<'_>,
    (period, last_day): (Period, NaiveDate),
    customer: Option<Key>,
    schedule: Option<String>,
    days: u32,
    due: &[(Key, Currency)],
) -> Result<StatementRunId> {
    let already = i64::try_from(store::count(tx, period, customer)?).map_err(Error::internal)?;
    let run = Run {
        id: StatementRunId::new(),
        period,
        last_day,
        customer,
        schedule,
        answer_days: days,
        state: RunState::Running,
        already,
        started_by: tx.by().name.clone(),
        started_at: tx.at(),
        finished_at: None,
    };
    runs::insert(tx, &run, due)?;
    let said = format!("{period}, to be made: {}", due.len());
    tell(tx, "statement_run.started", &run, &said)?;
    if due.is_empty() {
        finish(tx, &run)?;
    }
    Ok(run.id)
}

fn tell(tx: &mut Tx<'_>, action: &'static str, run: &Run, said: &str) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("statement_run", run.id.as_str()),
            customer: run.customer,
            reason: Some(said),
            ..audit::Event::default()
        },
    )
}

/// Who has something to be stated.
pub(super) struct Due {
    pub due: Vec<(Key, Currency)>,
    /// Those who would, but get theirs in another rhythm.
    pub otherwise: Vec<Key>,
}

/// Customers with entries that no statement carries yet, and those whose last account didn't end
/// at zero. A run for all leaves out who is agreed to get statements of other periods.
pub(super) fn due(
    conn: &mut Conn,
    period: Period,
    last_day: NaiveDate,
    only: Option<Key>,
) -> Result<Due> {
    let mut due: BTreeSet<_> =
        ledger::customers_with_unstated(conn, last_day)?.into_iter().collect();
    due.extend(store::with_closing(conn, last_day)?);
    let reached: HashSet<(Key, Currency)> = store::reaching(conn, last_day)?.into_iter().collect();
    due.retain(|one| !reached.contains(one) && only.is_none_or(|customer| customer == one.0));
    let mut otherwise = BTreeSet::new();
    if only.is_none() {
        let theirs: HashSet<Key> = terms::all(conn)?
            .into_iter()
            .filter(|terms| {
                let kind = terms.schedule.and_then(|schedule| schedule.rhythm.kind());
                kind.is_some_and(|kind| kind != period.kind())
            })
            .map(|terms| terms.customer)
            .collect();
        otherwise.extend(due.iter().map(|one| one.0).filter(|key| theirs.contains(key)));
        due.retain(|one| !theirs.contains(&one.0));
    }
    Ok(Due { due: due.into_iter().collect(), otherwise: otherwise.into_iter().collect() })
}

pub(super) fn customer_of_code(conn: &mut Conn, code: &str) -> Result<Key> {
    customers::by_code(conn, code).map(|customer| customer.id).map_err(|error| match error {
        Error::NotFound => Text::new("accrual-no-such-customer").with("code", code).into(),
        other => other,
    })
}

/// Goes on with the run that has been under way longest; false when there is none.
pub fn work(db: &Db, actor: &Actor, disputes: OpenDisputes<'_>) -> Result<bool> {
    let Some(run) = db.read(runs::under_way)? else { return Ok(false) };
    go_on(db, actor, &run, disputes)?;
    Ok(true)
}

/// Makes some more of the run's statements, or ends it.
fn go_on(db: &Db, actor: &Actor, run: &Run, disputes: OpenDisputes<'_>) -> Result<()> {
    const AT_ONCE: i64 = 200;
    /// In one write: the disk is asked once for all of them, and nobody else waits long.
    const TOGETHER: usize = 100;
    let waiting = db.read(|conn| runs::waiting(conn, &run.id, AT_ONCE))?;
    db.relearn()?;
    for few in waiting.chunks(TOGETHER) {
        let made = db.write(actor, |tx| make(db, tx, run, few, disputes));
        match made {
            Ok(()) => {}
            Err(Error::Busy(why)) => return Err(Error::Busy(why)),
            Err(_) => few.iter().try_for_each(|one| make_alone(db, actor, run, *one, disputes))?,
        }
    }
    if waiting.is_empty() {
        db.write(actor, |tx| finish(tx, run))?;
    }
    Ok(())
}

/// One account that can't be stated holds up no other; people see it on the run.
fn make_alone(
    db: &Db,
    actor: &Actor,
    run: &Run,
    one: (Key, Currency),
    disputes: OpenDisputes<'_>,
) -> Result<()> {
    match db.write(actor, |tx| make(db, tx, run, &[one], disputes)) {
        Ok(()) => Ok(()),
        Err(Error::Busy(why)) => Err(Error::Busy(why)),
        Err(error) => {
            tracing::error!(run = %run.id, customer = one.0, %error, "no statement");
            let why = error.to_string();
            db.write(actor, |tx| {
                runs::settle(tx, &run.id, one, ItemState::Failed, None, 0, Some(&why))?;
                Ok(())
            })
        }
    }
}

/// Makes those of them that wait.
fn make(
    db: &Db,
    tx: &mut Tx<'_>,
    run: &Run,
    few: &[(Key, Currency)],
    disputes: OpenDisputes<'_>,
) -> Result<()> {
    let waiting = runs::waiting_of(tx, &run.id, few)?;
    let Run { period, last_day, answer_days: days, .. } = *run;
    let making = Making { period, last_day, days, disputes, beside: Some(db), corrects: None };
    let made = making.issue(tx, &mut Shelf::default(), &waiting)?;
    let became: Vec<Became> = waiting
        .iter()
        .zip(made)
        .map(|(place, made)| match made {
            Some(made) => {
                let (state, statement) = (ItemState::Issued, Some(made.id));
                Became { place: *place, state, statement, letters: made.letters }
            }
            None => {
                Became { place: *place, state: ItemState::Already, statement: None, letters: 0 }
            }
        })
        .collect();
    runs::settle_all(tx, &run.id, &became)
}

fn finish(tx: &mut Tx<'_>, run: &Run) -> Result<()> {
    if !runs::finish(tx, &run.id)? {
        return Ok(());
    }
    let p = runs::progress(tx, &run.id)?;
    let said = format!("issued: {}, already: {}, failed: {}", p.issued, p.already, p.failed);
    let items = runs::items(tx, &run.id, 0, i64::MAX)?;
    let unwritten = items.iter().filter(|i| i.state == ItemState::Issued && i.letters == 0).count();
    let unwritten = i64::try_from(unwritten).map_err(Error::internal)?;
    letters::run_finished(tx, run, p, unwritten)?;
    tell(tx, "statement_run.finished", run, &said)
}

impl Run {
    pub fn is_under_way(&self) -> bool {
        self.state == RunState::Running
    }
}

/// One run.
pub fn run(conn: &mut Conn, id: &StatementRunId) -> Result<Run> {
    runs::one(conn, id)?.ok_or(Error::NotFound)
}

/// The latest runs, newest first.
pub fn latest_runs(conn: &mut Conn, limit: i64) -> Result<Vec<Run>> {
    runs::latest(conn, limit)
}

/// How far the run is.
pub fn progress(conn: &mut Conn, id: &StatementRunId) -> Result<Progress> {
    runs::progress(conn, id)
}

/// What the run has to do and did, page by page.
pub fn items(conn: &mut Conn, id: &StatementRunId, offset: i64, limit: i64) -> Result<Vec<Item>> {
    runs::items(conn, id, offset, limit)
}

fn report(conn: &mut Conn, id: &StatementRunId) -> Result<IssueReport> {
    let run = run(conn, id)?;
    let mut report = IssueReport {
        already: usize::try_from(run.already).map_err(Error::internal)?,
        ..IssueReport::default()
    };
    for item in runs::items(conn, id, 0, i64::MAX)? {
        report.letters += usize::try_from(item.letters).map_err(Error::internal)?;
        match item.state {
            ItemState::Already => report.already += 1,
            ItemState::Failed => report.failed.push(customers::by_id(conn, item.customer)?.code),
            ItemState::Issued if item.letters == 0 => {
                report.without_address.push(customers::by_id(conn, item.customer)?.code);
            }
            ItemState::Issued | ItemState::Waiting => {}
        }
        report.issued.extend(item.statement.map(|(_, number)| number));
    }
    Ok(report)
}

/// Sends the mail of a statement again where it failed, and to who has been named since; how many
/// letters that makes. Who got it isn't sent it twice.
pub fn send_again(tx: &mut Tx<'_>, statement: &Statement) -> Result<usize> {
    let mut letters = 0;
    for letter in mail_of(tx, statement)? {
        if letter.state == LetterState::Failed {
            mailbox::send_again(tx, &letter.id)?;
            letters += 1;
        }
    }
    let added = letters::announce(tx, statement, statement.id.as_str())?;
    if added > 0 {
        audit::record(
            tx,
            audit::Event {
                action: "statement.sent",
                object: ("statement", statement.id.as_str()),
                customer: Some(statement.customer),
                reason: Some(&format!("letters: {added}")),
                ..audit::Event::default()
            },
        )?;
    }
    Ok(letters + added)
}

/// Does so for every statement of the run.
pub fn send_all_again(tx: &mut Tx<'_>, id: &StatementRunId) -> Result<usize> {
    let mut letters = 0;
    for item in runs::items(tx, id, 0, i64::MAX)? {
        if let Some((statement, _)) = item.statement {
            let statement = super::one(tx, &statement)?;
            letters += send_again(tx, &statement)?;
        }
    }
    Ok(letters)
}
