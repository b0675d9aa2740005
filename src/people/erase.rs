//! Correcting what an account says of its person, and taking the person out of it.

use super::{Person, by_id, rules, store};
use crate::audit;
use crate::db::Tx;
use crate::error::Result;
use crate::values::PersonId;

/// Sets the name and the phone.
///
/// # Errors
/// There is no such person, or the name or the phone can't be right.
pub fn correct(tx: &mut Tx<'_>, id: &PersonId, name: &str, phone: Option<&str>) -> Result<()> {
    let person = by_id(tx, id)?;
    let name = rules::clean_name(name)?;
    let phone = rules::clean_phone(phone.unwrap_or_default())?;
    store::erase::set_name(tx, id, &name, phone.as_deref())?;
    tell(tx, "person.corrected", &person)
}

/// Leaves an account with this name and address in the place of the person's, without a way in, and
/// forgets their sign-ins and settings. Who did what keeps the id.
pub fn erase(tx: &mut Tx<'_>, person: &Person, name: &str, email: &str) -> Result<()> {
    store::erase::account(tx, &person.id, &person.email, (name, email))?;
    tell(tx, "person.erased", person)
}

fn tell(tx: &mut Tx<'_>, action: &'static str, person: &Person) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.id.as_str()),
            customer: person.customer(),
            ..Default::default()
        },
    )
}
