//! Which of the staff hear of a version on its way: approvers that one waits for them, whoever
//! drafted and submitted it what became of it.

use super::{Version, life};
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::Letter;
use crate::mailbox::letters::{PolicyApproved, PolicyReturned, PolicyWaiting};
use crate::people::{self, Person, PersonState};
use crate::values::{Language, StaffRole};

/// To the approvers who had no hand in it.
pub(super) fn submitted(tx: &mut Tx<'_>, version: &Version, position: i32) -> Result<()> {
    let hands = life::hands(tx, version)?;
    let by = tx.by().name.clone();
    for approver in people::staff_with_role(tx, StaffRole::Approver)? {
        if hands.contains(&approver.id) {
            continue;
        }
        let letter = PolicyWaiting {
            policy: version.policy_id.clone(),
            code: version.code.clone(),
            name: name(tx, version, &approver, PolicyWaiting::KIND)?,
            number: version.number,
            by: by.clone(),
        };
        write(tx, &approver, version, position, &letter)?;
    }
    Ok(())
}

pub(super) fn approved(tx: &mut Tx<'_>, version: &Version, position: i32) -> Result<()> {
    let by = tx.by().name.clone();
    for person in authors(tx, version)? {
        let letter = PolicyApproved {
            policy: version.policy_id.clone(),
            code: version.code.clone(),
            name: name(tx, version, &person, PolicyApproved::KIND)?,
            number: version.number,
            by: by.clone(),
        };
        write(tx, &person, version, position, &letter)?;
    }
    Ok(())
}

pub(super) fn returned(
    tx: &mut Tx<'_>,
    version: &Version,
    position: i32,
    reason: &str,
) -> Result<()> {
    let by = tx.by().name.clone();
    for person in authors(tx, version)? {
        let letter = PolicyReturned {
            policy: version.policy_id.clone(),
            code: version.code.clone(),
            name: name(tx, version, &person, PolicyReturned::KIND)?,
            number: version.number,
            by: by.clone(),
            reason: reason.to_owned(),
        };
        write(tx, &person, version, position, &letter)?;
    }
    Ok(())
}

/// Who drafted it and who submitted it, each once, if they are still there.
fn authors(tx: &mut Tx<'_>, version: &Version) -> Result<Vec<Person>> {
    let submitter = version.submitted.as_ref().map(|hand| &hand.id);
    let mut ids = vec![&version.drafted_by];
    ids.extend(submitter.filter(|id| **id != version.drafted_by));
    let mut people = Vec::new();
    for id in ids {
        let person = people::by_id(tx, id)?;
        if person.state == PersonState::Active {
            people.push(person);
        }
    }
    Ok(people)
}

fn name(tx: &mut Tx<'_>, version: &Version, reader: &Person, kind: &str) -> Result<String> {
    let language = people::reading_language(tx, reader, kind, Language::default())?;
    Ok(version.terms.name.in_language(language).to_owned())
}

/// Each step writes its own letters: the cause is the version and the step's position.
fn write<L: Letter>(
    tx: &mut Tx<'_>,
    to: &Person,
    version: &Version,
    position: i32,
    letter: &L,
) -> Result<()> {
    let cause = format!("{}/{position}", version.id);
    people::write_to(tx, to, Language::default(), None, &cause, letter).map(|_| ())
}
