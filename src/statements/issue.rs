//! A statement run: freezes the account of each customer for a period and queues its mail, one
//! write per customer, so that a run that is killed goes on where it stopped.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::content::{
    AccrualLine, AdjustmentLine, Contact, Content, Figures, OpenDispute, Party, PayoutLine,
    Service, hash, masked,
};
use super::{excluded, store};
use crate::accruals::{self, Accrual};
use crate::audit;
use crate::calendar;
use crate::customers::{self, Customer};
use crate::db::{Conn, Db, Tx, next_number};
use crate::error::{Error, Result};
use crate::ledger::{self, Cause, Posted};
use crate::mailbox::{self, letters::StatementReady};
use crate::people;
use crate::policies;
use crate::sales;
use crate::values::{
    AccrualId, Actor, Currency, CustomerRole, EmailAddress, Identity, Key, Period, StatementId,
    Text,
};

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IssueReport {
    pub issued: Vec<String>,
    /// Customers that had the statement already.
    pub already: usize,
    /// Letters queued.
    pub letters: usize,
    /// Codes of customers nobody could be written to for: no statement contact, no user.
    pub without_address: Vec<String>,
}

/// The disputes of a customer that are open, told by a later room.
pub type OpenDisputes<'a> = &'a dyn Fn(&mut Conn, Key) -> Result<Vec<OpenDispute>>;

/// Issues the statements of an ended period, to one customer or to all that have something to
/// see. `days` is how many business days a customer has to answer.
///
/// # Errors
/// The period hasn't ended or is a term; the customer doesn't exist.
pub fn issue(
    db: &Db,
    actor: &Actor,
    period: Period,
    only: Option<&str>,
    days: u32,
    disputes: OpenDisputes<'_>,
) -> Result<IssueReport> {
    let (_, last_day) =
        period.days().ok_or_else(|| Text::new("statement-no-term").with("period", period))?;
    if db.today() <= last_day {
        return Err(Text::new("statement-too-early")
            .with("period", period)
            .with("last", last_day)
            .into());
    }
    let (due, already) = db.read(|conn| {
        let customer = only.map(|code| customer_of_code(conn, code)).transpose()?;
        Ok((due(conn, last_day, customer)?, store::count(conn, period, customer)?))
    })?;
    let mut report = IssueReport { already, ..IssueReport::default() };
    for (customer, currency) in due {
        let run = Run { period, last_day, customer, currency, days, disputes };
        if let Some(one) = db.write(actor, |tx| run.issue_one(tx))? {
            if one.letters == 0 {
                report.without_address.push(one.customer_code);
            }
            report.letters += one.letters;
            report.issued.push(one.number);
        }
    }
    Ok(report)
}

/// Customers with entries that no statement carries yet, and those whose last account didn't end
/// at zero.
fn due(
    conn: &mut Conn,
    last_day: NaiveDate,
    only: Option<Key>,
) -> Result<BTreeSet<(Key, Currency)>> {
    let mut due: BTreeSet<_> =
        ledger::customers_with_unstated(conn, last_day)?.into_iter().collect();
    due.extend(store::with_closing(conn, last_day)?);
    due.retain(|(key, _)| only.is_none_or(|customer| customer == *key));
    Ok(due)
}

fn customer_of_code(conn: &mut Conn, code: &str) -> Result<Key> {
    customers::by_code(conn, code).map(|customer| customer.id).map_err(|error| match error {
        Error::NotFound => Text::new("accrual-no-such-customer").with("code", code).into(),
        other => other,
    })
}

struct Run<'a> {
    period: Period,
    last_day: NaiveDate,
    customer: Key,
    currency: Currency,
    days: u32,
    disputes: OpenDisputes<'a>,
}

struct Issued {
    number: String,
    customer_code: String,
    letters: usize,
}

impl Run<'_> {
    /// Issues one customer's statement; None when it exists.
    fn issue_one(&self, tx: &mut Tx<'_>) -> Result<Option<Issued>> {
        if store::exists(tx, self.customer, self.last_day, self.currency)? {
            return Ok(None);
        }
        let customer = customers::by_id(tx, self.customer)?;
        let entries = ledger::unstated(tx, self.customer, self.currency, self.last_day)?;
        let content = self.compose(tx, &customer, &entries)?;
        let serialised = serde_json::to_string(&content)?;
        let id = StatementId::new();
        let checkpoint = audit::checkpoint(tx)?;
        let frozen = store::Frozen {
            id: &id,
            customer: self.customer,
            content: &content,
            hash: hash(&content)?,
            serialised,
            checkpoint,
        };
        store::insert(tx, &frozen)?;
        store::mark_entries(tx, &id, &entries)?;
        audit::record(
            tx,
            audit::Event {
                action: "statement.issued",
                object: ("statement", id.as_str()),
                customer: Some(self.customer),
                after: Some(frozen.hash.clone()),
                ..audit::Event::default()
            },
        )?;
        let letters = self.send(tx, &customer, &id, &content)?;
        Ok(Some(Issued { number: content.number, customer_code: customer.code, letters }))
    }

    fn compose(&self, tx: &mut Tx<'_>, customer: &Customer, entries: &[Posted]) -> Result<Content> {
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
        let first_day = self.period.days().map_or(self.last_day, |(first, _)| first);
        let month = self.last_day.format("%Y-%m");
        let sequence = next_number(tx, &format!("statement/{month}"))?;
        let today = tx.today();
        let house = tx.house().clone();
        let [answer_days, decision_days, appeal_days] = house.service_days;
        Ok(Content {
            number: format!("DZ-{month}-{sequence:06}"),
            version: 1,
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
            excluded: excluded::counted(&accruals),
            accruals: self.accrual_lines(tx, &accruals, entries)?,
            adjustments: entries.iter().filter_map(adjustment).collect(),
            payouts: entries.iter().filter_map(payout).collect(),
            disputes: (self.disputes)(tx, self.customer)?,
            respond_by: calendar::add_business_days(tx, today, self.days)?,
            contact: Contact {
                hours: (!house.phone_hours.is_empty()).then(|| house.phone_hours.clone()),
                ..customers::contact(tx, customer, &house)?.into()
            },
            issuer_tax_id: (!house.tax_id.is_empty()).then(|| masked(&house.tax_id)),
            left_out: excluded::largest(tx, &accruals, self.currency)?,
            service: Some(Service { answer_days, decision_days, appeal_days }),
        })
    }

    /// The accruals that moved, each once, in the order of their first entry.
    fn accruals(&self, tx: &mut Tx<'_>, entries: &[Posted]) -> Result<Vec<Accrual>> {
        let mut seen = BTreeSet::new();
        entries
            .iter()
            .filter(|e| e.cause == Cause::Accrual && e.prior_period.is_none())
            .filter(|e| seen.insert(e.cause_id.clone()))
            .map(|e| accruals::one(tx, &AccrualId::from_text(&e.cause_id)))
            .collect()
    }

    fn accrual_lines(
        &self,
        tx: &mut Tx<'_>,
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
            let version = policies::version(tx, &accrual.version)?;
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

    fn send(
        &self,
        tx: &mut Tx<'_>,
        customer: &Customer,
        id: &StatementId,
        content: &Content,
    ) -> Result<usize> {
        let house = tx.house().clone();
        let letter = StatementReady {
            statement: id.clone(),
            number: content.number.clone(),
            period: content.period,
            respond_by: content.respond_by,
            contact: customers::contact(tx, customer, &house)?,
        };
        let mut letters = 0;
        for address in recipients(tx, customer)? {
            let key = Some(customer.id);
            let queued = mailbox::post(tx, &address, customer.language, key, id.as_str(), &letter)?;
            letters += usize::from(queued);
        }
        Ok(letters)
    }
}

/// The statement contacts of the customer, or, when there is none, the people who may confirm.
fn recipients(tx: &mut Tx<'_>, customer: &Customer) -> Result<Vec<EmailAddress>> {
    let contacts = customers::statement_contacts(tx, customer.id)?;
    if !contacts.is_empty() {
        return Ok(contacts);
    }
    let may_confirm = |person: &people::Person| match person.identity() {
        Identity::Customer { role, .. } => role >= CustomerRole::Finance,
        _ => false,
    };
    let people = people::of_customer(tx, customer.id)?;
    Ok(people
        .into_iter()
        .filter(may_confirm)
        .filter_map(|p| EmailAddress::parse(&p.email))
        .collect())
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

fn payout(entry: &Posted) -> Option<PayoutLine> {
    let moved = entry.moves_balance();
    (entry.cause == Cause::Payout && moved != 0).then(|| PayoutLine {
        payout: entry.cause_id.clone(),
        number: entry.reference.clone(),
        on: entry.effective,
        form: settled_form(entry),
        amount: -moved,
    })
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
