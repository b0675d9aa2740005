//! People's own data: what is kept about whom and why, a copy of it, and requests to correct, delete
//! or restrict it, each answered by an administrator.
//!
//! Owns `data_requests`. Promises: every column of every table is annotated as being about a person or
//! not, so that a copy is whole; deletion takes the person out of what may change and ends their
//! access at once, while the ledger, the audit log and issued statements stay as they are and verify.
//! Deliberately absent: deletion without a person who answers for it, and any change to the books.

mod erase;
pub mod inventory;
pub mod rules;
mod store;

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

pub use erase::sweep;
pub use rules::{RequestKind, RequestState, Retained};

use crate::audit;
use crate::calendar;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::{AboutDataRequest, DataRequestDone, DataRequestReceived};
use crate::people::{self, Person};
use crate::values::{DataRequestId, Key, Language, PersonId, Text};
use inventory::{Entry, Holds, How, INVENTORY};

/// What somebody asked about their own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub id: DataRequestId,
    pub person: PersonId,
    pub customer: Option<Key>,
    pub kind: RequestKind,
    pub text: String,
    pub state: RequestState,
    pub received_at: DateTime<Utc>,
    /// By when it is answered.
    pub due_on: NaiveDate,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// Somebody who read or took a statement of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub at: DateTime<Utc>,
    pub who: String,
    /// The roles they held, as the log keeps them.
    pub roles: String,
    pub action: String,
    /// The statement's id.
    pub statement: String,
}

/// Notes a request, to be answered within so many business days, and confirms it by letter.
///
/// # Errors
/// One of the kind waits already.
pub fn ask(
    tx: &mut Tx<'_>,
    person: &Person,
    kind: RequestKind,
    text: &str,
    days: u32,
) -> Result<DataRequestId> {
    let open = store::of_person(tx, &person.id)?;
    if open.iter().any(|one| one.kind == kind && one.state == RequestState::Received) {
        return Err(Error::invalid("kind", Text::new("privacy-waits-already")));
    }
    let today = tx.today();
    let request = Request {
        id: DataRequestId::new(),
        person: person.id.clone(),
        customer: person.customer(),
        kind,
        text: text.to_owned(),
        state: RequestState::Received,
        received_at: tx.at(),
        due_on: calendar::add_business_days(tx, today, days)?,
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    store::insert(tx, &request)?;
    tell(tx, "data_request.received", &request, None)?;
    let (house, about) = about(tx, &request)?;
    let letter = DataRequestReceived { about, due_on: request.due_on };
    people::write_to(tx, person, house, request.customer, request.id.as_str(), &letter)?;
    Ok(request.id)
}

fn tell(
    tx: &mut Tx<'_>,
    action: &'static str,
    request: &Request,
    said: Option<&str>,
) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("data_request", request.id.as_str()),
            customer: request.customer,
            reason: Some(said.unwrap_or(request.kind.as_str())),
            ..audit::Event::default()
        },
    )
}

/// What letters say of the request, and the language of the house.
fn about(tx: &mut Tx<'_>, request: &Request) -> Result<(Language, AboutDataRequest)> {
    let house = tx.house();
    let (language, contact) = match request.customer {
        Some(customer) => {
            let customer = customers::by_id(tx, customer)?;
            (customer.language, Some(customers::contact(tx, &customer, &house)?))
        }
        None => (Language::default(), None),
    };
    let received = request.received_at.with_timezone(&house.zone).date_naive();
    Ok((language, AboutDataRequest { kind: request.kind.as_str(), received, contact }))
}

/// What an administrator says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: RequestState,
    pub text: String,
    /// What a correction sets: the name, and the phone.
    pub corrected: Option<(String, Option<String>)>,
}

/// Answers a request, does what it asks where it is granted, and tells the person.
///
/// # Errors
/// It was answered before; nobody grants their own deletion or restriction; the person still looks
/// after customers.
pub fn answer(tx: &mut Tx<'_>, id: &DataRequestId, answer: &Answer) -> Result<()> {
    let request = one(tx, id)?;
    if request.state != RequestState::Received {
        return Err(Error::refused("privacy-answered"));
    }
    let person = people::by_id(tx, &request.person)?;
    let granted = answer.outcome == RequestState::Done;
    let ends = granted && request.kind != RequestKind::Correction;
    if ends && tx.by().person() == Some(&person.id) {
        return Err(Error::refused("privacy-own"));
    }
    if ends {
        erase::check_free(tx, &person)?;
    }
    if !store::answer(tx, id, answer.outcome, &answer.text)? {
        return Err(Error::Duplicate);
    }
    let action = if granted { "data_request.done" } else { "data_request.declined" };
    tell(tx, action, &request, None)?;
    if granted {
        match (request.kind, &answer.corrected) {
            (RequestKind::Correction, Some((name, phone))) => {
                people::correct(tx, &person.id, name, phone.as_deref())?;
            }
            (RequestKind::Correction, None) => {}
            (RequestKind::Restriction, _) => erase::end_access(tx, &person)?,
            (RequestKind::Deletion, _) => erase::erase(tx, &person)?,
        }
    }
    let (house, about) = about(tx, &request)?;
    let text = Some(answer.text.clone()).filter(|text| !text.is_empty());
    let letter = DataRequestDone { about, granted, ends, answer: text };
    people::write_to(tx, &person, house, request.customer, id.as_str(), &letter)?;
    Ok(())
}

/// One request.
///
/// # Errors
/// There is none.
pub fn one(conn: &mut Conn, id: &DataRequestId) -> Result<Request> {
    store::one(conn, id)?.ok_or(Error::NotFound)
}

/// The person's own, newest first.
pub fn of_person(conn: &mut Conn, person: &PersonId) -> Result<Vec<Request>> {
    store::of_person(conn, person)
}

/// Those that wait, the first due first.
pub fn waiting(conn: &mut Conn) -> Result<Vec<Request>> {
    store::list(conn, true, 500)
}

/// The latest that were answered.
pub fn answered(conn: &mut Conn, limit: i64) -> Result<Vec<Request>> {
    store::list(conn, false, limit)
}

pub fn count_waiting(conn: &mut Conn) -> Result<i64> {
    store::count_waiting(conn)
}

/// Who of the staff read or took the customer's statements, newest first.
pub fn accesses(conn: &mut Conn, customer: Key, limit: i64) -> Result<Vec<Access>> {
    let actions = ["statement.read", "statement.exported"];
    let events = audit::of_customer(conn, customer, &actions, limit)?;
    Ok(events
        .into_iter()
        .filter(|event| !event.role.starts_with("customer_"))
        .map(|event| Access {
            at: event.at,
            who: event.actor_name,
            roles: event.role,
            action: event.action,
            statement: event.object_id,
        })
        .collect())
}

/// Notes that the person takes a copy of their data.
pub fn note_copy(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action: "person.data_exported",
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            ..audit::Event::default()
        },
    )
}

/// Writes everything that is kept about the person as JSON, table by table.
///
/// # Errors
/// It can't be written, or the database is away.
pub fn copy(
    conn: &mut Conn,
    person: &Person,
    at: DateTime<Utc>,
    out: &mut dyn Write,
) -> Result<()> {
    let held: Vec<Value> = INVENTORY
        .iter()
        .filter(|entry| matches!(entry.holds, Holds::Held { .. }))
        .flat_map(|entry| entry.columns.iter().map(|column| (entry.table, column.name)))
        .map(|(table, column)| Value::String(format!("{table}.{column}")))
        .collect();
    writeln!(out, "{{\n\"made_at\": \"{}\",", at.to_rfc3339())?;
    writeln!(out, "\"person\": {},", Value::String(person.id.to_string()))?;
    writeln!(out, "\"kept_and_not_copied\": {},", Value::Array(held))?;
    write!(out, "\"kept\": {{")?;
    let mut first = true;
    for entry in INVENTORY.iter() {
        let Holds::Tie { column, how, .. } = &entry.holds else { continue };
        let rows = rows_of(conn, entry, (column, how), person)?;
        if rows.is_empty() {
            continue;
        }
        let comma = if first { "" } else { "," };
        first = false;
        write!(out, "{comma}\n\"{}.{column}\": [", entry.table)?;
        for (index, row) in rows.iter().enumerate() {
            write!(out, "{}\n{row}", if index == 0 { "" } else { "," })?;
        }
        write!(out, "\n]")?;
    }
    Ok(writeln!(out, "\n}}\n}}")?)
}

/// The rows in the order of their text, which begins with the moment; the same on both databases.
fn rows_of(
    conn: &mut Conn,
    entry: &Entry,
    (column, how): (&str, &How),
    person: &Person,
) -> Result<Vec<String>> {
    let wanted = match how {
        How::Id | How::Through(_) => person.id.as_str(),
        How::Email => &person.email,
        How::Name => &person.name,
    };
    let mut rows = Vec::new();
    for json in store::tied(conn, entry.table, (column, how), wanted, &entry.columns)? {
        let row: Map<String, Value> = serde_json::from_str(&json)?;
        let ordered: Vec<String> = entry
            .columns
            .iter()
            .map(|column| {
                let value = row.get(column.name).unwrap_or(&Value::Null);
                format!("\"{}\": {value}", column.name)
            })
            .collect();
        rows.push(format!("{{{}}}", ordered.join(", ")));
    }
    rows.sort();
    Ok(rows)
}
