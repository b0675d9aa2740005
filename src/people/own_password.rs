//! Changing passwords.

use super::{
    DeviceKey, PasswordHash, Person, PersonId, PersonState, Proven, Purpose, devices, letters,
    links, store,
};
use crate::audit;
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::letters::{PasswordBy, PasswordChanged};
use crate::values::{Identity, Language};

/// Gives the person who writes, and proved the old one, a new password. All their sessions end but
/// the one they are in, and their other browsers are known no longer.
///
/// # Errors
/// The password was changed meanwhile.
pub fn change_password(
    tx: &mut Tx<'_>,
    proven: &Proven,
    password: &PasswordHash,
    session: &str,
    device: Option<&DeviceKey>,
) -> Result<()> {
    let person = proven.stands(tx)?;
    store::set_password(tx, &person.id, password)?;
    store::delete_other_sessions(tx, &person.id, session)?;
    devices::forget_others(tx, &person.id, device)?;
    changed(tx, &person, "person.password_changed", PasswordBy::Person)
}

/// Gives a person a new password and ends every session: what whoever keeps the portal running may
/// do. Whom the operator hands one needs no invitation any more.
///
/// # Errors
/// There is no such person.
pub fn set_password(tx: &mut Tx<'_>, id: &PersonId, password: &PasswordHash) -> Result<()> {
    let person = super::by_id(tx, id)?;
    store::set_password(tx, id, password)?;
    store::delete_sessions_of(tx, id)?;
    devices::forget_others(tx, id, None)?;
    if person.state == PersonState::Invited && tx.by().identity == Identity::Operator {
        links::withdraw_link(tx, Purpose::Invitation, id)?;
        store::set_state(tx, id, PersonState::Active)?;
    }
    let person = super::by_id(tx, id)?;
    changed(tx, &person, "person.password_set", PasswordBy::Operator)
}

/// Tells the log and the person that there is a new password. What somebody had under way who knew
/// the old one comes to nothing, and the codes they tried lock nobody out any more.
pub(super) fn changed(
    tx: &mut Tx<'_>,
    person: &Person,
    action: &'static str,
    by: PasswordBy,
) -> Result<()> {
    for purpose in [Purpose::PasswordReset, Purpose::EmailChange] {
        links::withdraw_link(tx, purpose, &person.id)?;
    }
    store::refused_codes::delete_of(tx, &person.id)?;
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            ..Default::default()
        },
    )?;
    let house = tx.house();
    let letter = PasswordChanged {
        by,
        at: tx.at(),
        zone: house.zone,
        address: tx.by().address.clone(),
        contact: house.contact.clone(),
    };
    let cause = uuid::Uuid::now_v7().simple().to_string();
    letters::write_to(tx, person, Language::default(), None, &cause, &letter).map(|_| ())
}
