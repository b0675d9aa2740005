//! One statement: freezes the account of a customer for a period and queues its mail.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::content::{
    AccrualLine, AdjustmentLine, Contact, Content, ExpiryLine, Figures, OpenDispute, Party,
    PayoutLine, Service, hash, masked,
};
use super::{Statement, clocks, excluded, letters, store};
use crate::accruals::{self, Accrual};
use crate::audit;
use crate::calendar;
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx, next_number};
use crate::error::{Error, Result};
use crate::expiry;
use crate::ledger::{self, Cause, Posted};
use crate::payouts;
use crate::policies::Shelf;
use crate::sales;
use crate::values::{AccrualId, Currency, EntryId, Key, PayoutId, Period, StatementId};

/// The disputes of a customer that are open, told by a later room.
pub type OpenDisputes<'a> = &'a dyn Fn(&mut Conn, Key) -> Result<Vec<OpenDispute>>;

/// A statement to be made.
pub(super) struct Making<'a> {
    pub period: Period,
    pub last_day: NaiveDate,
    pub customer: Key,
    pub currency: Currency,
    /// Business days to answer.
    pub days: u32,
    pub disputes: OpenDisputes<'a>,
    /// The version it corrects, and why.
    pub corrects: Option<(&'a Statement, &'a str)>,
}

pub(super) struct Issued {
    pub id: StatementId,
    pub letters: usize,
}

impl Making<'_> {
    /// Issues the statement; None when it exists.
    pub fn issue(&self, tx: &mut Tx<'_>, shelf: &mut Shelf) -> Result<Option<Issued>> {
        if store::exists(tx, self.customer, self.last_day, self.currency)? {
            return Ok(None);
        }
        let customer = customers::by_id(tx, self.customer)?;
        let entries = ledger::unstated(tx, self.customer, self.currency, self.last_day)?;
        let content = self.compose(tx, shelf, &customer, &entries)?;
        let id = self.freeze(tx, &content, &entries, "statement.issued")?;
        let letters = letters::ready(tx, &customer, &id, &content, id.as_str())?;
        Ok(Some(Issued { id, letters }))
    }

    /// Stores what was composed, with the entries that no statement carries yet.
    pub fn freeze(
        &self,
        tx: &mut Tx<'_>,
        content: &Content,
        entries: &[Posted],
        action: &'static str,
    ) -> Result<StatementId> {
        let serialised = serde_json::to_string(content)?;
        let id = StatementId::new();
        let checkpoint = audit::checkpoint(tx)?;
        let frozen = store::Frozen {
            id: &id,
            customer: self.customer,
            content,
            hash: hash(content)?,
            serialised,
            checkpoint,
            agreement: store::terms::of(tx, self.customer)?.and_then(|terms| terms.agreement),
        };
        store::insert(tx, &frozen)?;
        store::mark_entries(tx, &id, entries)?;
        clocks::set(tx, &id, content.respond_by)?;
        audit::record(
            tx,
            audit::Event {
                action,
                object: ("statement", id.as_str()),
                customer: Some(self.customer),
                before: self.corrects.map(|(old, _)| old.content_hash.clone()),
                after: Some(frozen.hash.clone()),
                reason: self.corrects.map(|(_, reason)| reason),
            },
        )?;
        Ok(id)
    }

    /// The account with these entries, all that stand on it.
    pub fn compose(
        &self,
        tx: &mut Tx<'_>,
        shelf: &mut Shelf,
        customer: &Customer,
        entries: &[Posted],
    ) -> Result<Content> {
        let previous = store::previous(tx, self.customer, self.currency, self.last_day)?;
        let mut figures = Figures::carried(previous.as_ref().map(|p| &p.figures));
        entries.iter().for_each(|entry| figures.add(entry));
        let reserved = ledger::reserves(tx, self.customer)?
            .iter()
            .filter(|r| r.amount.currency == self.currency)
            .map(|r| r.amount.minor)
            .sum();
        figures.hold(reserved);
        if !figures.add_up() {
            return Err(Error::internal(format!("statement of {}: {figures:?}", customer.code)));
        }
        let accruals = self.accruals(tx, entries)?;
        shelf.bring(tx, accruals.iter().map(|accrual| &accrual.version))?;
        let (excluded, left_out) = excluded::read(tx, &accruals, self.currency, shelf)?;
        let first_day = self.period.days().map_or(self.last_day, |(first, _)| first);
        let (number, version) = match self.corrects {
            Some((old, _)) => corrected_number(old),
            None => {
                let month = self.last_day.format("%Y-%m");
                let sequence = next_number(tx, &format!("statement/{month}"))?;
                (format!("DZ-{month}-{sequence:06}"), 1)
            }
        };
        let today = tx.today();
        let house = tx.house().clone();
        let [answer_days, decision_days, appeal_days] = house.service_days;
        Ok(Content {
            number,
            version,
            company: house.company.clone(),
            customer: Party {
                code: customer.code.clone(),
                name: customer.name.clone(),
                tax_id: customer.tax_id.as_deref().map(masked),
            },
            period: self.period,
            first_day,
            last_day: self.last_day,
            issued_on: today,
            data_through: sales::data_through(tx, Some(self.customer))?,
            currency: self.currency,
            figures,
            excluded,
            accruals: self.accrual_lines(shelf, &accruals, entries)?,
            adjustments: entries.iter().filter_map(adjustment).collect(),
            payouts: payout_lines(tx, entries)?,
            disputes: (self.disputes)(tx, self.customer)?,
            respond_by: calendar::add_business_days(tx, today, self.days)?,
            contact: Contact {
                hours: (!house.phone_hours.is_empty()).then(|| house.phone_hours.clone()),
                ..customers::contact(tx, customer, &house)?.into()
            },
            issuer_tax_id: (!house.tax_id.is_empty()).then(|| masked(&house.tax_id)),
            left_out,
            service: Some(Service { answer_days, decision_days, appeal_days }),
            correction: None,
            expiries: expiry_lines(tx, shelf, entries)?,
        })
    }

    /// The accruals that moved, each once, in the order of their first entry.
    fn accruals(&self, tx: &mut Tx<'_>, entries: &[Posted]) -> Result<Vec<Accrual>> {
        let mut seen = BTreeSet::new();
        let ids: Vec<AccrualId> = entries
            .iter()
            .filter(|e| e.cause == Cause::Accrual && e.prior_period.is_none())
            .filter(|e| seen.insert(e.cause_id.clone()))
            .map(|e| AccrualId::from_text(&e.cause_id))
            .collect();
        let found = accruals::by_ids(tx, &ids)?;
        let mut found: HashMap<AccrualId, Accrual> =
            found.into_iter().map(|accrual| (accrual.id.clone(), accrual)).collect();
        ids.iter().map(|id| found.remove(id).ok_or(Error::NotFound)).collect()
    }

    fn accrual_lines(
        &self,
        shelf: &Shelf,
        accruals: &[Accrual],
        entries: &[Posted],
    ) -> Result<Vec<AccrualLine>> {
        let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
        for entry in entries.iter().filter(|e| e.prior_period.is_none()) {
            if entry.cause == Cause::Accrual {
                *amounts.entry(entry.cause_id.as_str()).or_insert(0) += entry.moves_balance();
            }
        }
        let mut lines = Vec::with_capacity(accruals.len());
        for accrual in accruals {
            let version = shelf.version(&accrual.version)?;
            let calculation = &accrual.calculation;
            lines.push(AccrualLine {
                accrual: accrual.id.clone(),
                policy: version.code.clone(),
                policy_zh: version.terms.name.zh_cn.clone(),
                policy_en: version.terms.name.en.clone(),
                version: version.number,
                period: accrual.period,
                base_minor: calculation.base_minor,
                base_micro: calculation.base_micro,
                measure: calculation.measure_text(),
                tier: calculation.tier,
                reward: calculation.reward_text(),
                rebate_minor: accrual.rebate_minor,
                amount: amounts.get(accrual.id.as_str()).copied().unwrap_or_default(),
                earned: accrual.status == accruals::Status::Earned,
            });
        }
        lines.sort_by(|a, b| (&a.policy, a.period).cmp(&(&b.policy, b.period)));
        Ok(lines)
    }
}

/// `DZ-2026-09-000001` becomes `DZ-2026-09-000001-V2`, and so on.
fn corrected_number(old: &Statement) -> (String, i32) {
    let version = old.version + 1;
    let first = old.number.strip_suffix(&format!("-V{}", old.version)).unwrap_or(&old.number);
    (format!("{first}-V{version}"), version)
}

fn adjustment(entry: &Posted) -> Option<AdjustmentLine> {
    let corrects = entry.cause == Cause::Dispute
        || entry.cause == Cause::Accrual && entry.prior_period.is_some();
    (corrects && entry.moves_balance() != 0).then(|| AdjustmentLine {
        on: entry.effective,
        cause: entry.cause,
        cause_id: entry.cause_id.clone(),
        reference: entry.reference.clone(),
        prior_period: entry.prior_period.clone(),
        reason: entry.reason.clone(),
        amount: entry.moves_balance(),
    })
}

fn payout_lines(tx: &mut Tx<'_>, entries: &[Posted]) -> Result<Vec<PayoutLine>> {
    let moved = |entry: &&Posted| entry.cause == Cause::Payout && entry.moves_balance() != 0;
    let mut line = |entry: &Posted| {
        Ok(PayoutLine {
            payout: entry.cause_id.clone(),
            number: entry.reference.clone(),
            on: entry.effective,
            form: settled_form(entry),
            amount: -entry.moves_balance(),
            reference: payouts::by_id(tx, &PayoutId::from_text(&entry.cause_id))?.reference,
        })
    };
    entries.iter().filter(moved).map(&mut line).collect()
}

fn expiry_lines(tx: &mut Tx<'_>, shelf: &mut Shelf, entries: &[Posted]) -> Result<Vec<ExpiryLine>> {
    let expired = |entry: &&Posted| entry.cause == Cause::Expiry;
    let ids: Vec<EntryId> = entries.iter().filter(expired).map(|entry| entry.id.clone()).collect();
    let lots = expiry::of_entries(tx, &ids)?;
    shelf.bring(tx, lots.values().map(|(lot, _)| &lot.version))?;
    let line = |entry: &Posted| {
        let (lot, on) = lots.get(&entry.id).ok_or(Error::NotFound)?;
        let version = shelf.version(&lot.version)?;
        Ok(ExpiryLine {
            accrual: lot.accrual.clone(),
            policy: version.code.clone(),
            policy_zh: version.terms.name.zh_cn.clone(),
            policy_en: version.terms.name.en.clone(),
            period: lot.period,
            available_on: lot.available_on,
            on: *on,
            amount: -entry.moves_balance(),
        })
    };
    entries.iter().filter(expired).map(line).collect()
}

/// The form of the account the payout ended on.
fn settled_form(entry: &Posted) -> String {
    entry
        .legs
        .iter()
        .find(|leg| leg.account.is_settled())
        .and_then(|leg| leg.account.as_str().strip_prefix("settled_"))
        .unwrap_or_default()
        .to_owned()
}
