//! Statements: freezes the accounts of customers for a period and queues their mail.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{self, Sender};
use std::thread;

use chrono::NaiveDate;

use super::content::{
    AccrualLine, AdjustmentLine, Contact, Content, ExpiryLine, OpenDispute, Party, PayoutLine,
    Service, hash, masked,
};
use super::material::{self, Account, Material};
use super::{Statement, clocks, excluded, letters, store};
use crate::accruals::{self, Accrual};
use crate::audit;
use crate::db::{Conn, Db, House, Tx, next_numbers};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Posted};
use crate::mailbox;
use crate::payouts;
use crate::policies::Shelf;
use crate::values::{Currency, Key, PayoutId, Period, StatementId};

/// The disputes of these customers that are open, told by a later room; one without any isn't in it.
pub type OpenDisputes<'a> = &'a dyn Fn(&mut Conn, &[Key]) -> Result<HashMap<Key, Vec<OpenDispute>>>;

/// Statements to be made.
pub(super) struct Making<'a> {
    pub period: Period,
    pub last_day: NaiveDate,
    /// Business days to answer.
    pub days: u32,
    pub disputes: OpenDisputes<'a>,
    /// Where half of them may be composed at the same time.
    pub beside: Option<&'a Db>,
    /// The version it corrects, and why.
    pub corrects: Option<(&'a Statement, &'a str)>,
}

pub(super) struct Issued {
    pub id: StatementId,
    pub letters: usize,
}

/// So many are worth a second thread.
const WORTH_TWO: usize = 8;

fn panicked() -> Error {
    Error::internal("composing statements panicked")
}

/// A statement with its letters, to be stored.
pub(super) struct Draft {
    id: StatementId,
    content: Content,
    serialised: String,
    hash: String,
    letters: Vec<mailbox::Draft>,
}

impl Making<'_> {
    /// Issues the statements of these accounts, in their order; None for each that exists. What can
    /// be asked at once is; half of them are composed at a time with the others, and while one is
    /// composed, which takes the database, the one before it is finished.
    pub fn issue(
        &self,
        tx: &mut Tx<'_>,
        shelf: &mut Shelf,
        accounts: &[(Key, Currency)],
    ) -> Result<Vec<Option<Issued>>> {
        let mut keys: Vec<Key> = accounts.iter().map(|account| account.0).collect();
        keys.dedup();
        let there = store::reaching_of(tx, &keys, self.last_day)?;
        let mut unstated = ledger::unstated_of(tx, &keys, self.last_day)?;
        let due: Vec<Account> = accounts
            .iter()
            .filter(|place| !there.contains(*place))
            .map(|place| Account {
                customer: place.0,
                currency: place.1,
                entries: unstated.remove(place).unwrap_or_default(),
            })
            .collect();
        let material = Material::read(tx, self, shelf, &due)?;
        let drafts = self.drafts(tx, shelf, &material, &due)?;
        let mut letters = Vec::new();
        let mut issued = Vec::with_capacity(due.len());
        for (draft, told) in self.freeze(tx, &material, &due, drafts, "statement.issued")? {
            issued.push((draft, told.len()));
            letters.extend(told);
        }
        let mut new = mailbox::post_drafts(tx, letters)?.into_iter();
        let mut issued = issued.into_iter().map(|(id, told)| {
            let letters = new.by_ref().take(told).filter(|new| *new).count();
            Issued { id, letters }
        });
        Ok(accounts
            .iter()
            .map(|place| (!there.contains(place)).then(|| issued.next()).flatten())
            .collect())
    }

    fn drafts(
        &self,
        tx: &mut Tx<'_>,
        shelf: &Shelf,
        material: &Material,
        due: &[Account],
    ) -> Result<Vec<Draft>> {
        let month = self.last_day.format("%Y-%m").to_string();
        let count = i64::try_from(due.len()).map_err(Error::internal)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = next_numbers(tx, &format!("statement/{month}"), count)?;
        // Side by side they read what the write began with: it has changed nothing of that yet.
        let beside = self.beside.filter(|_| due.len() >= WORTH_TWO);
        let half = if beside.is_some() { due.len() / 2 } else { due.len() };
        let compose_all = |conn: &mut Conn, from: usize, to: usize, give: &Sender<_>| {
            let numbers = (first..).zip(due).enumerate().take(to).skip(from);
            for (place, (sequence, account)) in numbers {
                let number = (format!("DZ-{month}-{sequence:06}"), 1);
                let content = compose(conn, shelf, material, account, number)?;
                if give.send((place, account, content)).is_err() {
                    break;
                }
            }
            Ok::<(), Error>(())
        };
        thread::scope(|scope| {
            let (give, take) = mpsc::channel::<(usize, &Account, Content)>();
            let finishing = scope.spawn(move || {
                let finished = |(place, account, content): (usize, &Account, Content)| {
                    let party = material.party(account.customer)?;
                    Ok((place, finish(&material.house, party, content)?))
                };
                take.into_iter().map(finished).collect::<Result<Vec<_>>>()
            });
            let other = beside.map(|db| {
                let give = give.clone();
                let rest = move |conn: &mut Conn| compose_all(conn, half, due.len(), &give);
                scope.spawn(move || db.read_beside(rest))
            });
            compose_all(tx, 0, half, &give)?;
            if let Some(other) = other {
                match other.join().map_err(|_| panicked())? {
                    Some(composed) => composed?,
                    None => compose_all(tx, half, due.len(), &give)?,
                }
            }
            drop(give);
            let mut drafts = finishing.join().map_err(|_| panicked())??;
            drafts.sort_by_key(|(place, _)| *place);
            Ok(drafts.into_iter().map(|(_, draft)| draft).collect())
        })
    }

    /// Stores what was composed, each with its entries that no statement carries yet; their letters
    /// are still to be posted.
    fn freeze(
        &self,
        tx: &mut Tx<'_>,
        material: &Material,
        due: &[Account],
        drafts: Vec<Draft>,
        action: &'static str,
    ) -> Result<Vec<(StatementId, Vec<mailbox::Draft>)>> {
        let events = due.iter().zip(&drafts).map(|(account, draft)| audit::Event {
            action,
            object: ("statement", draft.id.as_str()),
            customer: Some(account.customer),
            before: self.corrects.map(|(old, _)| old.content_hash.clone()),
            after: Some(draft.hash.clone()),
            reason: self.corrects.map(|(_, reason)| reason),
        });
        let heads = audit::record_each(tx, events)?;
        let (mut frozen, mut letters) = (Vec::with_capacity(due.len()), Vec::new());
        for ((account, draft), checkpoint) in due.iter().zip(drafts).zip(heads) {
            let terms = material.party(account.customer)?.terms.as_ref();
            letters.push((draft.id.clone(), draft.letters));
            frozen.push(store::Frozen {
                id: draft.id,
                customer: account.customer,
                content: draft.content,
                hash: draft.hash,
                serialised: draft.serialised,
                checkpoint,
                agreement: terms.and_then(|terms| terms.agreement.clone()),
                entries: &account.entries,
            });
        }
        let ids: Vec<&StatementId> = letters.iter().map(|(id, _)| id).collect();
        store::insert(tx, frozen)?;
        clocks::set(tx, &ids, material.respond_by)?;
        Ok(letters)
    }

    /// Stores a corrected version with the entries that no version carries yet.
    pub fn freeze_corrected(
        &self,
        tx: &mut Tx<'_>,
        material: &Material,
        account: &Account,
        content: Content,
    ) -> Result<StatementId> {
        let house = tx.house();
        let mut draft = finish(&house, material.party(account.customer)?, content)?;
        // It has letters of its own.
        draft.letters.clear();
        let due = std::slice::from_ref(account);
        let frozen = self.freeze(tx, material, due, vec![draft], "statement.corrected")?;
        let mut ids = frozen.into_iter().map(|(id, _)| id);
        ids.next().ok_or_else(|| Error::internal("nothing was frozen"))
    }
}

/// The account with its entries.
pub(super) fn compose(
    conn: &mut Conn,
    shelf: &Shelf,
    material: &Material,
    account: &Account,
    (number, version): (String, i32),
) -> Result<Content> {
    let party = material.party(account.customer)?;
    let (customer, entries) = (&party.customer, &*account.entries);
    let figures = material.figures(account);
    if !figures.add_up() {
        return Err(Error::internal(format!("statement of {}: {figures:?}", customer.code)));
    }
    let accruals = material.accruals(entries)?;
    let (excluded, left_out) = excluded::read(conn, &accruals, account.currency, shelf)?;
    let (period, last_day) = (material.period, material.last_day);
    let first_day = period.days().map_or(last_day, |(first, _)| first);
    let house = &material.house;
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
        period,
        first_day,
        last_day,
        issued_on: material.today,
        data_through: party.data_through,
        currency: account.currency,
        figures,
        excluded,
        accruals: accrual_lines(shelf, &accruals, entries)?,
        adjustments: entries.iter().filter_map(adjustment).collect(),
        payouts: payout_lines(conn, entries)?,
        disputes: party.disputes.clone(),
        respond_by: material.respond_by,
        contact: Contact {
            hours: (!house.phone_hours.is_empty()).then(|| house.phone_hours.clone()),
            ..party.contact.clone().into()
        },
        issuer_tax_id: (!house.tax_id.is_empty()).then(|| masked(&house.tax_id)),
        left_out,
        service: Some(Service { answer_days, decision_days, appeal_days }),
        correction: None,
        expiries: expiry_lines(shelf, material, entries)?,
    })
}

fn accrual_lines(
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

/// What takes no database: the frozen form, its hash, the letters.
fn finish(house: &House, party: &material::Party, content: Content) -> Result<Draft> {
    let id = StatementId::new();
    Ok(Draft {
        letters: letters::ready_drafts(house, party, &id, &content)?,
        serialised: serde_json::to_string(&content)?,
        hash: hash(&content)?,
        id,
        content,
    })
}

/// `DZ-2026-09-000001` becomes `DZ-2026-09-000001-V2`, and so on.
pub(super) fn corrected_number(old: &Statement) -> (String, i32) {
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

fn payout_lines(conn: &mut Conn, entries: &[Posted]) -> Result<Vec<PayoutLine>> {
    let moved = |entry: &&Posted| entry.cause == Cause::Payout && entry.moves_balance() != 0;
    let mut line = |entry: &Posted| {
        Ok(PayoutLine {
            payout: entry.cause_id.clone(),
            number: entry.reference.clone(),
            on: entry.effective,
            form: settled_form(entry),
            amount: -entry.moves_balance(),
            reference: payouts::by_id(conn, &PayoutId::from_text(&entry.cause_id))?.reference,
        })
    };
    entries.iter().filter(moved).map(&mut line).collect()
}

fn expiry_lines(shelf: &Shelf, material: &Material, entries: &[Posted]) -> Result<Vec<ExpiryLine>> {
    let line = |entry: &Posted| {
        let (lot, on) = material.expiry(entry)?;
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
    entries.iter().filter(|entry| entry.cause == Cause::Expiry).map(line).collect()
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
