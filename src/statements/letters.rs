//! The letters about statements, and to whom they go.

use std::collections::HashMap;

use super::content::Content;
use super::material::Party;
use super::store::terms;
use super::{Progress, Run, Statement};
use crate::customers::{self, Customer};
use crate::db::{Conn, House, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::{
    AboutStatement, OverdueStatement, Reader, StatementConfirmed, StatementCorrected,
    StatementDeemed, StatementReady, StatementReminder, StatementRunFinished, StatementsOverdue,
};
use crate::mailbox::{self, Letter};
use crate::people::{self, Person, PersonState};
use crate::values::{
    Contact, CustomerRole, EmailAddress, Identity, Key, Language, StaffRole, StatementId,
};
use crate::words;

/// The statement contacts of the customer, or, when there is none, the people who may confirm.
pub(super) fn recipients(conn: &mut Conn, customer: &Customer) -> Result<Vec<EmailAddress>> {
    let mut found = recipients_of(conn, std::slice::from_ref(customer))?;
    Ok(found.remove(&customer.id).unwrap_or_default())
}

/// The same for many customers at once.
pub(super) fn recipients_of(
    conn: &mut Conn,
    customers: &[Customer],
) -> Result<HashMap<Key, Vec<EmailAddress>>> {
    let keys: Vec<Key> = customers.iter().map(|customer| customer.id).collect();
    let mut found = customers::statement_contacts_of(conn, &keys)?;
    let others: Vec<Key> = keys.into_iter().filter(|key| !found.contains_key(key)).collect();
    for person in people::of_customers(conn, &others)? {
        let may_confirm = match person.identity() {
            Identity::Customer { customer, role, .. } if role >= CustomerRole::Finance => customer,
            _ => continue,
        };
        if let Some(address) = EmailAddress::parse(&person.email) {
            found.entry(may_confirm).or_default().push(address);
        }
    }
    Ok(found)
}

/// That the statement is there, to everybody who hasn't been told; how many letters that makes.
pub(super) fn ready(
    tx: &mut Tx<'_>,
    customer: &Customer,
    id: &StatementId,
    content: &Content,
    cause: &str,
) -> Result<usize> {
    let house = tx.house();
    let contact = customers::contact(tx, customer, &house)?;
    let letter = letter(id, content, encloses(tx, customer.id)?, contact);
    let mut letters = 0;
    for address in recipients(tx, customer)? {
        let key = Some(customer.id);
        let queued = mailbox::post(tx, &address, customer.language, key, cause, &letter)?;
        letters += usize::from(queued);
    }
    Ok(letters)
}

/// The same for a statement that is about to be issued, to be posted with it.
pub(super) fn ready_drafts(
    house: &House,
    party: &Party,
    id: &StatementId,
    content: &Content,
) -> Result<Vec<mailbox::Draft>> {
    let Some((first, others)) = party.recipients.split_first() else { return Ok(Vec::new()) };
    let encloses = party.terms.as_ref().is_some_and(|terms| terms.attach_pdf);
    let letter = letter(id, content, encloses, party.contact.clone());
    let (language, key) = (party.customer.language, Some(party.customer.id));
    let draft = mailbox::Draft::of(house, first, language, key, id.as_str(), &letter)?;
    let mut drafts: Vec<mailbox::Draft> = others.iter().map(|other| draft.to(other)).collect();
    drafts.insert(0, draft);
    Ok(drafts)
}

fn letter(id: &StatementId, content: &Content, encloses: bool, contact: Contact) -> StatementReady {
    StatementReady {
        statement: id.clone(),
        number: content.number.clone(),
        period: content.period,
        respond_by: content.respond_by,
        encloses,
        contact,
    }
}

/// Whether the mail of the customer's statements brings the PDF.
fn encloses(conn: &mut Conn, customer: Key) -> Result<bool> {
    Ok(terms::of(conn, customer)?.is_some_and(|terms| terms.attach_pdf))
}

/// That it is still to be answered, to the customer's contacts.
pub(super) fn reminder(tx: &mut Tx<'_>, statement: &Statement, kind: &str) -> Result<()> {
    let cause = format!("{}/{kind}", statement.id);
    to_customer(tx, statement, &cause, |about| StatementReminder {
        about,
        agreement: statement.agreement.clone(),
    })?;
    Ok(())
}

/// The receipt of the confirmation, to both sides.
pub(super) fn confirmed(tx: &mut Tx<'_>, statement: &Statement, evidence: i64) -> Result<()> {
    let (by, on) = (tx.by().name.clone(), tx.today());
    let letter = |about| StatementConfirmed {
        about,
        by: by.clone(),
        on,
        evidence,
        hash: statement.content_hash.clone(),
    };
    to_customer(tx, statement, statement.id.as_str(), letter)?;
    to_manager(tx, statement, letter)
}

/// That the statement is there to be answered, to everybody who hasn't been told; how many letters
/// that makes. Of a corrected version it says what differs. The cause is the statement, or one of
/// its copies.
pub(super) fn announce(tx: &mut Tx<'_>, statement: &Statement, cause: &str) -> Result<usize> {
    let Some(correction) = &statement.content.correction else {
        let customer = customers::by_id(tx, statement.customer)?;
        return ready(tx, &customer, &statement.id, &statement.content, cause);
    };
    let language = customers::by_id(tx, statement.customer)?.language;
    let encloses = encloses(tx, statement.customer)?;
    let said = |change: &super::Change| change.said(words::words(language));
    to_customer(tx, statement, cause, |about| StatementCorrected {
        about,
        corrects: correction.corrects.clone(),
        reason: correction.reason.clone(),
        changes: correction.changes.iter().map(said).collect(),
        encloses,
    })
}

/// That silence confirmed it, to both sides.
pub(super) fn deemed(
    tx: &mut Tx<'_>,
    statement: &Statement,
    agreement: &str,
    evidence: i64,
) -> Result<()> {
    let letter = |about| StatementDeemed { about, agreement: agreement.to_owned(), evidence };
    to_customer(tx, statement, statement.id.as_str(), letter)?;
    to_manager(tx, statement, letter)
}

fn to_customer<L: Letter>(
    tx: &mut Tx<'_>,
    statement: &Statement,
    cause: &str,
    letter: impl Fn(AboutStatement) -> L,
) -> Result<usize> {
    let customer = customers::by_id(tx, statement.customer)?;
    let house = tx.house().clone();
    let contact = customers::contact(tx, &customer, &house)?;
    let about = AboutStatement {
        reader: Reader::Customer,
        contact: Some(contact),
        ..about(statement, &customer)
    };
    let letter = letter(about);
    let (mut letters, key) = (0, Some(customer.id));
    for address in recipients(tx, &customer)? {
        let queued = mailbox::post(tx, &address, customer.language, key, cause, &letter)?;
        letters += usize::from(queued);
    }
    Ok(letters)
}

fn to_manager<L: Letter>(
    tx: &mut Tx<'_>,
    statement: &Statement,
    letter: impl Fn(AboutStatement) -> L,
) -> Result<()> {
    let customer = customers::by_id(tx, statement.customer)?;
    let (house, cause) = (Language::default(), statement.id.as_str());
    for person in in_charge(tx, customer.account_manager.as_deref())? {
        let letter = letter(about(statement, &customer));
        people::write_to(tx, &person, house, Some(customer.id), cause, &letter)?;
    }
    Ok(())
}

fn about(statement: &Statement, customer: &Customer) -> AboutStatement {
    AboutStatement {
        statement: statement.id.clone(),
        number: statement.number.clone(),
        customer: customer.name.clone(),
        period: statement.period,
        respond_by: statement.respond_by,
        reader: Reader::Staff,
        contact: None,
    }
}

/// The account manager; with none, or one who left, everybody in finance.
fn in_charge(conn: &mut Conn, manager: Option<&str>) -> Result<Vec<Person>> {
    Ok(match manager.map(|address| people::by_email(conn, address)) {
        Some(Ok(person)) if person.state == PersonState::Active => vec![person],
        Some(Err(error)) if !matches!(error, Error::NotFound) => return Err(error),
        _ => people::staff_with_role(conn, StaffRole::Finance)?,
    })
}

/// To finance, once a run that nobody waited for is through, or one by hand couldn't make
/// everything.
pub(super) fn run_finished(
    tx: &mut Tx<'_>,
    run: &Run,
    progress: Progress,
    without_address: i64,
) -> Result<()> {
    let scheduled = run.schedule.is_some();
    if progress.failed == 0 && !(scheduled && progress.issued > 0) {
        return Ok(());
    }
    let letter = StatementRunFinished {
        run: run.id.clone(),
        period: run.period,
        scheduled,
        made: progress.issued,
        failed: progress.failed,
        without_address,
    };
    for person in people::staff_with_role(tx, StaffRole::Finance)? {
        people::write_to(tx, &person, Language::default(), None, run.id.as_str(), &letter)?;
    }
    Ok(())
}

/// Whose customers haven't answered in time, in one letter.
pub(super) fn overdue(
    tx: &mut Tx<'_>,
    manager: Option<&str>,
    lines: Vec<OverdueStatement>,
) -> Result<()> {
    // The first statement of a letter stands in no other.
    let Some(cause) = lines.first().map(|line| format!("{}/over", line.statement)) else {
        return Ok(());
    };
    let letter = StatementsOverdue { lines };
    for person in in_charge(tx, manager)? {
        people::write_to(tx, &person, Language::default(), None, &cause, &letter)?;
    }
    Ok(())
}
