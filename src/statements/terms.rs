//! When statements are made by themselves, for the house and for customers who want it otherwise,
//! and whether a customer's agreement lets silence confirm.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::rules::{LATEST_DAY, Rhythm, Schedule};
use super::store::runs::is_made;
use super::store::terms as store;
use crate::audit;
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Fingerprint, Key, Period, Problem, Text};

/// The house's own schedule, and who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseSchedule {
    pub schedule: Schedule,
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

/// What is agreed with one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTerms {
    pub customer: Key,
    /// Their own rhythm and day; None follows the house.
    pub schedule: Option<Schedule>,
    /// The agreement by which an unanswered statement counts as confirmed; None: it doesn't.
    pub agreement: Option<String>,
    /// The mail of their statements brings the PDF.
    pub attach_pdf: bool,
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

/// What somebody wants to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTerms {
    /// None follows the house.
    pub rhythm: Option<Rhythm>,
    pub day: u32,
    pub agreement: Option<String>,
}

/// Longest reference of an agreement, in characters.
const LONGEST_AGREEMENT: usize = 120;

/// The house's schedule; None until somebody set one, and then runs are made by hand.
pub fn house_schedule(conn: &mut Conn) -> Result<Option<HouseSchedule>> {
    store::house(conn)
}

/// Sets when the house makes statements by itself, from today on.
///
/// # Errors
/// There is no such day in every month.
pub fn set_house_schedule(tx: &mut Tx<'_>, rhythm: Rhythm, day: u32) -> Result<()> {
    check_day(day)?;
    let before = store::house(tx)?;
    let schedule = Schedule { rhythm, day, since: tx.today() };
    if before.as_ref().is_some_and(|b| (b.schedule.rhythm, b.schedule.day) == (rhythm, day)) {
        return Ok(());
    }
    store::set_house(tx, schedule)?;
    audit::record(
        tx,
        audit::Event {
            action: "statement_schedule.changed",
            object: ("statement_schedule", "house"),
            before: before.map(|b| print(Some(b.schedule), None)),
            after: Some(print(Some(schedule), None)),
            reason: Some(&said(Some(schedule), None)),
            ..audit::Event::default()
        },
    )
}

/// What is agreed with the customer; None where nothing is.
pub fn terms_of(conn: &mut Conn, customer: Key) -> Result<Option<CustomerTerms>> {
    store::of(conn, customer)
}

/// What is agreed with customers, those with whom something is.
pub fn all_terms(conn: &mut Conn) -> Result<Vec<CustomerTerms>> {
    store::all(conn)
}

/// Sets what is agreed with a customer, from today on. Statements issued before keep what was
/// agreed then.
///
/// # Errors
/// The day or the agreement can't be right.
pub fn set_terms(tx: &mut Tx<'_>, customer: &Customer, new: &NewTerms) -> Result<()> {
    if new.rhythm.is_some() {
        check_day(new.day)?;
    }
    if let Some(agreement) = &new.agreement {
        let length = agreement.chars().count();
        if length == 0 || length > LONGEST_AGREEMENT || agreement.chars().any(char::is_control) {
            let text = Text::new("statement-agreement-unfit").with("most", LONGEST_AGREEMENT);
            return Err(Error::Invalid(vec![Problem::new("agreement", text)]));
        }
    }
    let before = store::of(tx, customer.id)?;
    let kept = before.as_ref().and_then(|b| b.schedule);
    // A rhythm that stays goes on counting from the day it was set.
    let since = |rhythm| match kept {
        Some(k) if (k.rhythm, k.day) == (rhythm, new.day) => k.since,
        _ => tx.today(),
    };
    let schedule = new.rhythm.map(|rhythm| Schedule { rhythm, day: new.day, since: since(rhythm) });
    let held = before.as_ref().and_then(|b| b.agreement.as_deref());
    if (kept, held) == (schedule, new.agreement.as_deref()) {
        return Ok(());
    }
    let attach = before.as_ref().is_some_and(|b| b.attach_pdf);
    store::set(tx, customer.id, schedule, new.agreement.as_deref(), attach)?;
    let after = new.agreement.as_deref();
    audit::record(
        tx,
        audit::Event {
            action: "statement_terms.changed",
            object: ("customer", &customer.code),
            customer: Some(customer.id),
            before: before.as_ref().map(|_| print(kept, held)),
            after: Some(print(schedule, after)),
            reason: Some(&said(schedule, after)),
        },
    )
}

/// Says whether the mail of a customer's statements brings the PDF; it always has the link.
pub fn set_attachment(tx: &mut Tx<'_>, customer: &Customer, attach: bool) -> Result<()> {
    let before = store::of(tx, customer.id)?;
    let was = before.as_ref().is_some_and(|b| b.attach_pdf);
    if was == attach {
        return Ok(());
    }
    let (schedule, agreement) = before.map(|b| (b.schedule, b.agreement)).unwrap_or_default();
    store::set(tx, customer.id, schedule, agreement.as_deref(), attach)?;
    let said = |attach| if attach { "PDF enclosed" } else { "link only" };
    let print = |attach| Fingerprint::new("openrebate statement mail 1").field(said(attach));
    audit::record(
        tx,
        audit::Event {
            action: "statement_mail.changed",
            object: ("customer", &customer.code),
            customer: Some(customer.id),
            before: Some(print(was).finish()),
            after: Some(print(attach).finish()),
            reason: Some(&format!("{} → {}", said(was), said(attach))),
        },
    )
}

fn check_day(day: u32) -> Result<()> {
    if (1..=LATEST_DAY).contains(&day) {
        return Ok(());
    }
    let text = Text::new("statement-day-unfit").with("most", LATEST_DAY);
    Err(Error::Invalid(vec![Problem::new("day", text)]))
}

fn print(schedule: Option<Schedule>, agreement: Option<&str>) -> String {
    Fingerprint::new("openrebate statement terms 1").field(said(schedule, agreement)).finish()
}

/// As the audit log keeps it.
fn said(schedule: Option<Schedule>, agreement: Option<&str>) -> String {
    let rhythm = schedule.map_or("house".to_owned(), |s| format!("{} {}", s.rhythm, s.day));
    match agreement {
        Some(agreement) => format!("{rhythm}; silence confirms by {agreement}"),
        None => rhythm,
    }
}

/// Who is to be stated by themselves today, by the run's name, period and customers.
pub(super) struct Scheduled {
    /// `month/5/2026-09`: one run ever.
    pub name: String,
    pub period: Period,
    pub customers: Vec<Key>,
}

/// The runs that the schedules ask for by today and that aren't made yet.
pub(super) fn scheduled(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Scheduled>> {
    let house = store::house(conn)?.map(|house| house.schedule);
    let own: HashMap<Key, Schedule> = store::all(conn)?
        .into_iter()
        .filter_map(|terms| Some((terms.customer, terms.schedule?)))
        .collect();
    let mut runs: BTreeMap<String, Scheduled> = BTreeMap::new();
    for schedule in house.iter().chain(own.values()) {
        let Some((name, period)) = named(schedule, today) else { continue };
        if !runs.contains_key(&name) && !is_made(conn, &name)? {
            runs.insert(name.clone(), Scheduled { name, period, customers: Vec::new() });
        }
    }
    // Most of the time nothing is due, and customers needn't be read.
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    for customer in customers::all(conn)? {
        let schedule = own.get(&customer.id).or(house.as_ref());
        let name = schedule.and_then(|schedule| named(schedule, today)).map(|(name, _)| name);
        if let Some(run) = name.and_then(|name| runs.get_mut(&name)) {
            run.customers.push(customer.id);
        }
    }
    Ok(runs.into_values().collect())
}

fn named(schedule: &Schedule, today: NaiveDate) -> Option<(String, Period)> {
    let period = schedule.due(today)?;
    Some((format!("{}/{}/{period}", schedule.rhythm, schedule.day), period))
}
