//! What statements are made of, read for many accounts at once: asked for one by one, most of the
//! time of a run would go into asking.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::CustomerTerms;
use super::content::{Figures, OpenDispute};
use super::issue::Making;
use super::letters;
use super::store::{self, terms};
use crate::accruals::{self, Accrual};
use crate::calendar;
use crate::customers::{self, Customer};
use crate::db::{House, Tx};
use crate::error::{Error, Result};
use crate::expiry::{self, Lot};
use crate::ledger::{self, Cause, Posted};
use crate::policies::Shelf;
use crate::sales;
use crate::values::{AccrualId, Contact, Currency, EmailAddress, EntryId, Key, Period};

/// An account to be stated, with all entries that stand on it.
pub(super) struct Account {
    pub customer: Key,
    pub currency: Currency,
    pub entries: Vec<Posted>,
}

/// Of a customer, whatever the currency.
pub(super) struct Party {
    pub customer: Customer,
    pub contact: Contact,
    pub terms: Option<CustomerTerms>,
    /// The latest sales line the accruals know.
    pub data_through: Option<NaiveDate>,
    pub disputes: Vec<OpenDispute>,
    /// Who is told that the statement is there.
    pub recipients: Vec<EmailAddress>,
}

pub(super) struct Material {
    parties: HashMap<Key, Party>,
    previous: HashMap<(Key, Currency), Figures>,
    held: HashMap<(Key, Currency), i64>,
    accruals: HashMap<AccrualId, Accrual>,
    /// What expired, by the entry, and on which day.
    expiries: HashMap<EntryId, (Lot, NaiveDate)>,
    pub house: Arc<House>,
    pub period: Period,
    pub last_day: NaiveDate,
    pub today: NaiveDate,
    /// By when the customers are to answer.
    pub respond_by: NaiveDate,
}

impl Material {
    /// The versions the accruals are of are on the shelf afterwards.
    pub fn read(
        tx: &mut Tx<'_>,
        making: &Making<'_>,
        shelf: &mut Shelf,
        accounts: &[Account],
    ) -> Result<Self> {
        let keys: BTreeSet<Key> = accounts.iter().map(|account| account.customer).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let ids: BTreeSet<AccrualId> =
            accounts.iter().flat_map(|account| moved(&account.entries)).collect();
        let ids: Vec<AccrualId> = ids.into_iter().collect();
        let accruals = accruals::by_ids(tx, &ids)?;
        shelf.bring(tx, accruals.iter().map(|accrual| &accrual.version))?;
        let expiries = expiry::of_entries(tx, &expired(accounts))?;
        shelf.bring(tx, expiries.values().map(|(lot, _)| &lot.version))?;
        let today = tx.today();
        Ok(Self {
            parties: parties(tx, making, &keys)?,
            previous: store::carried(tx, &keys, making.last_day)?,
            held: ledger::held_of(tx, &keys)?,
            accruals: accruals.into_iter().map(|one| (one.id.clone(), one)).collect(),
            expiries,
            house: tx.house(),
            period: making.period,
            last_day: making.last_day,
            today,
            respond_by: calendar::add_business_days(tx, today, making.days)?,
        })
    }

    pub fn party(&self, customer: Key) -> Result<&Party> {
        self.parties.get(&customer).ok_or(Error::NotFound)
    }

    /// The account as it is by now.
    pub fn figures(&self, account: &Account) -> Figures {
        let place = (account.customer, account.currency);
        let mut figures = Figures::carried(self.previous.get(&place));
        account.entries.iter().for_each(|entry| figures.add(entry));
        figures.hold(self.held.get(&place).copied().unwrap_or_default());
        figures
    }

    /// What expired by the entry, and on which day.
    pub fn expiry(&self, entry: &Posted) -> Result<&(Lot, NaiveDate)> {
        self.expiries.get(&entry.id).ok_or(Error::NotFound)
    }

    /// The accruals that moved, each once, in the order of their first entry.
    pub fn accruals(&self, entries: &[Posted]) -> Result<Vec<Accrual>> {
        moved(entries).map(|id| self.accruals.get(&id).cloned().ok_or(Error::NotFound)).collect()
    }
}

fn expired(accounts: &[Account]) -> Vec<EntryId> {
    let entries = accounts.iter().flat_map(|account| &account.entries);
    let expired = entries.filter(|entry| entry.cause == Cause::Expiry);
    expired.map(|entry| entry.id.clone()).collect()
}

fn moved(entries: &[Posted]) -> impl Iterator<Item = AccrualId> {
    let mut seen = BTreeSet::new();
    entries
        .iter()
        .filter(|entry| entry.cause == Cause::Accrual && entry.prior_period.is_none())
        .filter(move |entry| seen.insert(&*entry.cause_id))
        .map(|entry| AccrualId::from_text(&entry.cause_id))
}

fn parties(tx: &mut Tx<'_>, making: &Making<'_>, keys: &[Key]) -> Result<HashMap<Key, Party>> {
    let house = tx.house();
    let customers = customers::by_ids(tx, keys)?;
    let contacts = customers::contacts(tx, &customers, &house)?;
    let mut terms = terms::of_customers(tx, keys)?;
    let mut recipients = letters::recipients_of(tx, &customers)?;
    let mut disputes = (making.disputes)(tx, keys)?;
    let through = sales::data_through_of(tx, keys)?;
    Ok(customers
        .into_iter()
        .zip(contacts)
        .map(|(customer, contact)| {
            let key = customer.id;
            let party = Party {
                customer,
                contact,
                terms: terms.remove(&key),
                data_through: through.get(&key).copied(),
                disputes: disputes.remove(&key).unwrap_or_default(),
                recipients: recipients.remove(&key).unwrap_or_default(),
            };
            (key, party)
        })
        .collect())
}
