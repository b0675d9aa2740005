//! Tells the managers of the customers a version covers, in the transaction that publishes it.

use std::collections::HashMap;

use super::{CustomerFacts, Version, covers};
use crate::customers::{self, Customer};
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox;
use crate::mailbox::letters::ProgrammePublished;
use crate::people::{self, Person, Side};
use crate::values::{EmailAddress, Key};

/// Queues one letter per manager; nothing for a policy that is over. A customer whose tenure is
/// still too short hears of it when asking: the page of programmes shows what covers them.
pub(super) fn tell_managers(tx: &mut Tx<'_>, version: &Version, amended: bool) -> Result<()> {
    let today = tx.today();
    if version.terms.to.is_some_and(|last| last < today) {
        return Ok(());
    }
    let managers = people::managers(tx)?;
    if managers.is_empty() {
        return Ok(());
    }
    let customers: HashMap<Key, Customer> =
        customers::all(tx)?.into_iter().map(|customer| (customer.id, customer)).collect();
    let on = today.max(version.terms.from);
    for manager in managers {
        let Side::Customer(key, _) = manager.side else { continue };
        let Some(customer) = customers.get(&key) else { continue };
        if covers(&version.terms, &CustomerFacts::from(customer), on) {
            tell(tx, version, amended, customer, &manager)?;
        }
    }
    Ok(())
}

fn tell(
    tx: &mut Tx<'_>,
    version: &Version,
    amended: bool,
    customer: &Customer,
    manager: &Person,
) -> Result<()> {
    let Some(to) = EmailAddress::parse(&manager.email) else { return Ok(()) };
    let language = manager.language.unwrap_or(customer.language);
    let company = tx.house().company.clone();
    let letter = ProgrammePublished {
        policy: version.policy_id.clone(),
        name: version.terms.name.in_language(language).to_owned(),
        amended,
        valid_from: version.terms.from,
        valid_to: version.terms.to,
        contact: customers::contact(tx, customer, &company)?,
    };
    mailbox::post(tx, &to, language, Some(customer.id), version.id.as_str(), &letter)?;
    Ok(())
}
