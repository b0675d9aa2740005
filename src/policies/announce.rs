//! Tells the managers of the customers a version covers what became of it, in the transaction in
//! which it happens.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{CustomerFacts, Terms, Version, compare, covers};
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::Letter;
use crate::mailbox::letters::{ProgrammeEnded, ProgrammePublished, ProgrammeWithdrawn};
use crate::people::{self, Person, Side};
use crate::values::{Contact, Key, Language};
use crate::words::{Words, words};

/// What there is to tell.
pub(super) enum News<'a> {
    /// With the terms before, of a policy that was promised already.
    Published {
        before: Option<&'a Terms>,
    },
    Ended {
        last_day: NaiveDate,
        reason: &'a str,
    },
    Withdrawn {
        reason: &'a str,
    },
}

impl News<'_> {
    /// Of the letter that tells it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Published { .. } => ProgrammePublished::KIND,
            Self::Ended { .. } => ProgrammeEnded::KIND,
            Self::Withdrawn { .. } => ProgrammeWithdrawn::KIND,
        }
    }
}

/// Queues one letter per manager; nothing for a policy that is over. A customer whose tenure is
/// still too short hears of it when asking: the page of programmes shows what covers them.
pub(super) fn tell_managers(tx: &mut Tx<'_>, version: &Version, news: &News<'_>) -> Result<()> {
    let today = tx.today();
    if version.terms.to.is_some_and(|last| last < today) {
        return Ok(());
    }
    let cause = version.id.as_str();
    for (customer, manager) in covered_managers(tx, version, today)? {
        let (language, contact) = how(tx, &customer, &manager, news.kind())?;
        let policy = version.policy_id.clone();
        let name = version.terms.name.in_language(language).to_owned();
        let to = (&customer, &manager, language);
        match news {
            News::Published { before } => {
                let words = words(language);
                let changes = before.map(|before| changes(before, &version.terms, words));
                let letter = ProgrammePublished {
                    policy,
                    name,
                    changes,
                    valid_from: version.terms.from,
                    valid_to: version.terms.to,
                    contact,
                };
                write(tx, to, cause, &letter)?;
            }
            News::Ended { last_day, reason } => {
                let (last_day, reason) = (*last_day, (*reason).to_owned());
                write(tx, to, cause, &ProgrammeEnded { policy, name, last_day, reason, contact })?;
            }
            News::Withdrawn { reason } => {
                let reason = (*reason).to_owned();
                write(tx, to, cause, &ProgrammeWithdrawn { name, reason, contact })?;
            }
        }
    }
    Ok(())
}

/// What changed for a reader; which other customers it covers isn't theirs to know. That the new
/// terms begin later than the former ones isn't a change: the letter says from when they hold.
fn changes(before: &Terms, now: &Terms, words: &Words) -> Vec<String> {
    let before = Terms { customers: now.customers.clone(), from: now.from, ..before.clone() };
    compare(&before, now, words)
}

/// Every manager of every customer that the version covers on the day, or on its first one.
pub(super) fn covered_managers(
    conn: &mut Conn,
    version: &Version,
    today: NaiveDate,
) -> Result<Vec<(Customer, Person)>> {
    let managers = people::managers(conn)?;
    if managers.is_empty() {
        return Ok(Vec::new());
    }
    let customers: HashMap<Key, Customer> =
        customers::all(conn)?.into_iter().map(|customer| (customer.id, customer)).collect();
    let on = today.max(version.terms.from);
    let of = |manager: Person| match manager.side {
        Side::Customer(key, _) => Some((customers.get(&key)?.clone(), manager)),
        Side::Staff(_) => None,
    };
    let covered = |(customer, _): &(Customer, Person)| {
        covers(&version.terms, &CustomerFacts::from(customer), on)
    };
    Ok(managers.into_iter().filter_map(of).filter(covered).collect())
}

/// The language a manager reads letters of the kind in, and whom to ask.
pub(super) fn how(
    tx: &mut Tx<'_>,
    customer: &Customer,
    manager: &Person,
    kind: &str,
) -> Result<(Language, Contact)> {
    let house = tx.house().clone();
    let language = people::reading_language(tx, manager, kind, customer.language)?;
    Ok((language, customers::contact(tx, customer, &house)?))
}

pub(super) fn write<L: Letter>(
    tx: &mut Tx<'_>,
    (customer, manager, language): (&Customer, &Person, Language),
    cause: &str,
    letter: &L,
) -> Result<()> {
    people::write_to(tx, manager, language, Some(customer.id), cause, letter).map(|_| ())
}
