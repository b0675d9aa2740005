//! Who hears of what expires: the customer's finance people and managers; without any, the
//! addresses their statements go to.

use chrono::NaiveDate;

use super::rules::Standing;
use crate::customers::{self, Customer};
use crate::db::Tx;
use crate::error::Result;
use crate::mailbox::letters::{BalanceExpired, BalanceExpiring, ExpiringLine};
use crate::mailbox::{self, Letter};
use crate::people;
use crate::policies;
use crate::values::{Contact, Key, Language};

/// The warning so many days before the day; how many letters that made.
pub(super) fn expiring(
    tx: &mut Tx<'_>,
    customer: Key,
    due: NaiveDate,
    mark: i64,
    lots: &[&Standing],
) -> Result<i64> {
    let lots: Vec<(&Standing, NaiveDate)> = lots.iter().map(|one| (*one, due)).collect();
    to_all(tx, customer, &format!("{due}/{mark}"), &lots, |lines, contact| BalanceExpiring {
        due,
        lines,
        contact,
    })
}

/// What expired; how many letters that made.
pub(super) fn expired(
    tx: &mut Tx<'_>,
    customer: Key,
    lapsed: &[(&Standing, NaiveDate, i64)],
) -> Result<i64> {
    let lots: Vec<(&Standing, NaiveDate)> =
        lapsed.iter().map(|(one, due, _)| (*one, *due)).collect();
    let on = tx.today();
    to_all(tx, customer, &on.to_string(), &lots, |lines, contact| BalanceExpired { lines, contact })
}

fn to_all<L: Letter>(
    tx: &mut Tx<'_>,
    customer: Key,
    what: &str,
    lots: &[(&Standing, NaiveDate)],
    letter: impl Fn(Vec<ExpiringLine>, Contact) -> L,
) -> Result<i64> {
    let customer = customers::by_id(tx, customer)?;
    let house = tx.house();
    let contact = customers::contact(tx, &customer, &house)?;
    let cause = format!("{}/{what}", customer.id);
    let mut letters = 0;
    let readers = people::readers_of(tx, &[customer.id])?.remove(&customer.id).unwrap_or_default();
    for reader in &readers {
        let language = people::reading_language(tx, reader, L::KIND, customer.language)?;
        let letter = letter(lines(tx, lots, language)?, contact.clone());
        let written = people::write_to(tx, reader, language, Some(customer.id), &cause, &letter)?;
        letters += i64::from(written);
    }
    if readers.is_empty() {
        letters += to_contacts(tx, &customer, &cause, lots, contact, letter)?;
    }
    Ok(letters)
}

fn to_contacts<L: Letter>(
    tx: &mut Tx<'_>,
    customer: &Customer,
    cause: &str,
    lots: &[(&Standing, NaiveDate)],
    contact: Contact,
    letter: impl Fn(Vec<ExpiringLine>, Contact) -> L,
) -> Result<i64> {
    let letter = letter(lines(tx, lots, customer.language)?, contact);
    let mut letters = 0;
    for address in customers::statement_contacts(tx, customer.id)? {
        let (language, id) = (customer.language, Some(customer.id));
        letters += i64::from(mailbox::post(tx, &address, language, id, cause, &letter)?);
    }
    Ok(letters)
}

/// The programmes and periods in the reader's language, each with its day.
fn lines(
    tx: &mut Tx<'_>,
    lots: &[(&Standing, NaiveDate)],
    language: Language,
) -> Result<Vec<ExpiringLine>> {
    let line = |(one, due): &(&Standing, NaiveDate)| {
        let terms = policies::version(tx, &one.lot.version)?.terms;
        Ok(ExpiringLine {
            programme: terms.name.in_language(language).to_owned(),
            period: one.lot.period,
            due: *due,
        })
    };
    lots.iter().map(line).collect()
}
