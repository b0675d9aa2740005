//! Deleting and restricting. What may change loses the person: the account's name, address and phone,
//! sign-ins, settings, drafts, where letters went. What may not keeps their id, and the name as it
//! stood on what they did: the ledger, the audit log, signatures, statements, disputes.

use super::rules::{RequestKind, RequestState};
use super::store;
use crate::customers;
use crate::db::{Db, Tx};
use crate::disputes;
use crate::error::{Error, Result};
use crate::exports;
use crate::mailbox;
use crate::people::{self, Person, PersonState};
use crate::statements;
use crate::values::{Actor, Text, fingerprint};

/// Somebody customers are told to ask, and whom letters go to, hands these over first.
pub(super) fn check_free(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    match customers::looked_after_by(tx, &person.email)? {
        None => Ok(()),
        Some(customer) => {
            let text = Text::new("privacy-looks-after").with("customer", &customer.name);
            Err(Error::Refused(text))
        }
    }
}

/// No sign-in any more, and no letters to somebody who is gone.
pub(super) fn end_access(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    if person.state == PersonState::Active {
        people::disable(tx, &person.id)?;
    }
    Ok(())
}

/// Takes the person out of everything that may change.
pub(super) fn erase(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    end_access(tx, person)?;
    let alias = alias(person);
    customers::forget_contact(tx, &person.email)?;
    mailbox::forget_address(tx, &person.email, &address(&alias))?;
    statements::forget_reader(tx, &person.id, &alias)?;
    disputes::forget_person(tx, &person.id, &alias)?;
    exports::forget_person(tx, &person.id)?;
    people::erase(tx, person, &alias, &address(&alias))
}

/// The same each time, and nothing of the person in it.
fn alias(person: &Person) -> String {
    let print = fingerprint(person.id.as_str().as_bytes());
    format!("erased-{}", print.chars().take(12).collect::<String>())
}

fn address(alias: &str) -> String {
    format!("{alias}@erased.invalid")
}

/// The letter that says it is done still went to the address that was deleted; once it has left, the
/// outbox forgets that, too.
pub fn sweep(db: &Db, actor: &Actor) -> Result<()> {
    const LATELY: i64 = 200;
    let answered = db.read(|conn| store::list(conn, false, LATELY))?;
    for request in answered {
        if (request.kind, request.state) != (RequestKind::Deletion, RequestState::Done) {
            continue;
        }
        let person = db.read(|conn| people::by_id(conn, &request.person))?;
        let cause = request.id.as_str();
        if db.read(|conn| mailbox::is_gone_to(conn, cause, &person.email))? {
            db.write(actor, |tx| mailbox::forget_letters(tx, cause, &person.email))?;
        }
    }
    Ok(())
}
