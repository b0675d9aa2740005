//! Sending: who gets it is written down first, and then letters are written for so many at a time.
//! A process that is killed in between leaves those whose turn hasn't come, and the next one goes on
//! with them: nobody is left out, and nobody gets it twice.

use std::collections::HashMap;

use super::receivers::{Fate, Ways, plan};
use super::{Announcement, State, letter, store, tell};
use crate::customers;
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::mailbox::{self, Channel};
use crate::people::{self, Person};
use crate::values::{Actor, EmailAddress, Key, PersonId};

/// Letters written at once.
const AT_ONCE: i64 = 200;

/// Whether one is to begin, or to go on.
pub fn any_due(conn: &mut Conn, now: chrono::DateTime<chrono::Utc>) -> Result<bool> {
    Ok(store::due(conn, now.naive_utc())?.is_some())
}

/// Does the next piece of the work that is due; false when there was none.
///
/// # Errors
/// The database is away.
pub fn work(db: &Db, actor: &Actor) -> Result<bool> {
    if !db.read(|conn| any_due(conn, db.now()))? {
        return Ok(false);
    }
    db.write(actor, step)
}

fn step(tx: &mut Tx<'_>) -> Result<bool> {
    let now = tx.stamp();
    let Some(due) = store::due(tx, now)? else { return Ok(false) };
    match due.state {
        State::Scheduled => begin(tx, &due)?,
        _ => go_on(tx, &due)?,
    }
    Ok(true)
}

/// Writes down who gets it.
fn begin(tx: &mut Tx<'_>, due: &Announcement) -> Result<()> {
    let today = tx.today();
    let receivers = plan(tx, due, today)?.receivers;
    let rows = receivers.iter().map(|one| (one.person.id.clone(), one.customer.id)).collect();
    store::receivers::insert(tx, &due.id, rows)?;
    store::begin(tx, due)?;
    let count = format!("receivers: {}", receivers.len());
    tell(tx, "announcement.begun", &due.id, None, Some(due.hash()), Some(&count))
}

/// Writes to the next of them, by how they want it by now.
fn go_on(tx: &mut Tx<'_>, due: &Announcement) -> Result<()> {
    let waiting = store::receivers::waiting(tx, &due.id, AT_ONCE)?;
    if waiting.is_empty() {
        store::end(tx, due)?;
        let fates = store::receivers::fates(tx, &due.id)?;
        let of = |fate| fates.get(&fate).copied().unwrap_or_default();
        let counts = format!(
            "by mail: {}, in the portal alone: {}, gone: {}",
            of(Fate::Mailed),
            of(Fate::SwitchedOff) + of(Fate::Bounced),
            of(Fate::Gone)
        );
        return tell(tx, "announcement.sent", &due.id, None, Some(due.hash()), Some(&counts));
    }
    let ways = Ways::read(tx)?;
    let mut keys: Vec<Key> = waiting.iter().map(|row| row.customer).collect();
    keys.dedup();
    let customers: HashMap<Key, customers::Customer> =
        customers::by_ids(tx, &keys)?.into_iter().map(|one| (one.id, one)).collect();
    let readers: HashMap<PersonId, Person> = people::readers_of(tx, &keys)?
        .into_values()
        .flatten()
        .map(|person| (person.id.clone(), person))
        .collect();
    for row in waiting {
        let reader = readers.get(&row.person).zip(customers.get(&row.customer));
        let fate = match reader {
            Some((person, customer)) => write(tx, due, &ways, person, customer)?,
            None => Fate::Gone,
        };
        store::receivers::settle(tx, &due.id, &row.person, fate)?;
    }
    Ok(())
}

fn write(
    tx: &mut Tx<'_>,
    due: &Announcement,
    ways: &Ways,
    person: &Person,
    customer: &customers::Customer,
) -> Result<Fate> {
    let Some(to) = EmailAddress::parse(&person.email) else { return Ok(Fate::Gone) };
    let (reads, fate) = ways.of(person, customer.language);
    let language = due.writing.language_for(reads);
    let channel = match fate {
        Fate::Mailed => Channel::Mail,
        _ => Channel::Portal,
    };
    let house = tx.house();
    let contact = customers::contact(tx, customer, &house)?;
    let letter = letter(due, language, &contact, false);
    let cause = due.id.as_str();
    mailbox::post_by(channel, tx, &to, language, Some(customer.id), cause, &letter)?;
    Ok(fate)
}
