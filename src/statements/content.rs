//! What a statement freezes, and its arithmetic. Pure. The serialised form is what the hash
//! covers, so fields keep their order, and a field is only ever added at the end.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::changes::Correction;
use crate::ledger::{Account, Cause, Posted};
use crate::values::{AccrualId, Currency, Fingerprint, Period};

/// Everything on the statement but its hash and what the customer answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub number: String,
    pub version: i32,
    pub company: String,
    pub customer: Party,
    pub period: Period,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub issued_on: NaiveDate,
    /// The latest sales line the accruals knew.
    pub data_through: Option<NaiveDate>,
    pub currency: Currency,
    pub figures: Figures,
    pub accruals: Vec<AccrualLine>,
    pub adjustments: Vec<AdjustmentLine>,
    pub payouts: Vec<PayoutLine>,
    pub excluded: Vec<ExcludedLines>,
    pub disputes: Vec<OpenDispute>,
    pub respond_by: NaiveDate,
    pub contact: Contact,
    // What older statements don't have stays out of what their hash covers.
    /// The company's, masked like the customer's, because the paper travels by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_tax_id: Option<String>,
    /// The largest of the lines left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What the version before it said otherwise; absent in a first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// What expired of what was available for a time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expiries: Vec<ExpiryLine>,
}

/// The customer as the paper names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub code: String,
    pub name: String,
    pub tax_id: Option<String>,
}

/// Who answers for the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// When somebody answers the phone on business days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}

/// In how many business days a difference is answered and decided at the latest, and how many the
/// customer has to appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub answer_days: u32,
    pub decision_days: u32,
    pub appeal_days: u32,
}

impl From<crate::values::Contact> for Contact {
    fn from(contact: crate::values::Contact) -> Self {
        let email = contact.email.map(|email| email.to_string());
        Self { name: contact.name, email, phone: contact.phone, hours: None }
    }
}

/// The account, in minor units: opening + accrued + adjusted − paid − expired = closing, of which
/// estimated + available + on hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub opening: i64,
    pub accrued: i64,
    pub adjusted: i64,
    pub paid: i64,
    pub expired: i64,
    pub closing: i64,
    pub estimated: i64,
    pub available: i64,
    pub on_hold: i64,
    /// Earned and not in payment; available is this less what is reserved.
    pub payable: i64,
    pub in_payment: i64,
}

/// What a policy accrued for a period, with what it is reckoned on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccrualLine {
    pub accrual: AccrualId,
    pub policy: String,
    pub policy_zh: String,
    pub policy_en: String,
    pub version: i32,
    pub period: Period,
    pub base_minor: i64,
    pub base_micro: i64,
    /// As the export prints it.
    pub measure: String,
    pub tier: u32,
    pub reward: String,
    /// The rebate of the whole period so far.
    pub rebate_minor: i64,
    /// What of it this statement adds.
    pub amount: i64,
    pub earned: bool,
}

/// A correction with its reason and reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentLine {
    pub on: NaiveDate,
    pub cause: Cause,
    pub cause_id: String,
    /// A dispute's number, or the policy of a prior-period adjustment.
    pub reference: String,
    pub prior_period: Option<String>,
    pub reason: String,
    pub amount: i64,
}

/// What was paid, or came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutLine {
    pub payout: String,
    pub number: String,
    pub on: NaiveDate,
    /// The form, as its code name.
    pub form: String,
    pub amount: i64,
    /// Of the bank's transfer, the credit note or the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What expired of what a policy made available for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryLine {
    pub accrual: AccrualId,
    pub policy: String,
    pub policy_zh: String,
    pub policy_en: String,
    pub period: Period,
    /// The day it became available.
    pub available_on: NaiveDate,
    /// It expired at the end of this day.
    pub on: NaiveDate,
    pub amount: i64,
}

/// How many lines a policy left out, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedLines {
    pub accrual: AccrualId,
    pub policy: String,
    pub period: Period,
    /// The reason's code name.
    pub reason: String,
    pub lines: u64,
}

/// A sales line that a policy left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutLine {
    pub accrual: AccrualId,
    pub policy: String,
    pub document_no: String,
    pub on: NaiveDate,
    pub product: String,
    /// The reason's code name.
    pub reason: String,
    /// Its net amount, minor units of the statement's currency.
    pub amount: i64,
}

/// A dispute still open when the statement was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDispute {
    pub number: String,
    pub subject: String,
    pub amount: i64,
}

impl Figures {
    /// What the account of the previous statement hands on.
    pub(super) fn carried(previous: Option<&Self>) -> Self {
        previous.map_or_else(Self::default, |p| Self {
            opening: p.closing,
            closing: p.closing,
            estimated: p.estimated,
            payable: p.payable,
            in_payment: p.in_payment,
            ..Self::default()
        })
    }

    /// Adds one entry to the side it belongs to.
    pub(super) fn add(&mut self, entry: &Posted) {
        let moved = entry.moves_balance();
        match entry.cause {
            Cause::Accrual if entry.prior_period.is_none() => self.accrued += moved,
            Cause::Accrual | Cause::Dispute => self.adjusted += moved,
            Cause::Payout => self.paid -= moved,
            Cause::Expiry => self.expired -= moved,
            Cause::Close => {}
        }
        self.closing += moved;
        self.estimated -= entry.on(Account::Accrued);
        self.payable -= entry.on(Account::Payable);
        self.in_payment -= entry.on(Account::InPayment);
    }

    /// Splits what is payable into available and on hold.
    pub(super) fn hold(&mut self, reserved: i64) {
        self.available = self.payable - reserved;
        self.on_hold = self.in_payment + reserved;
    }

    /// Both sums of the account hold.
    pub fn add_up(&self) -> bool {
        self.opening + self.accrued + self.adjusted - self.paid - self.expired == self.closing
            && self.estimated + self.available + self.on_hold == self.closing
    }
}

/// The hash printed on the statement: over everything a reader sees, and not over the ids behind
/// the links, so that the same account has the same hash wherever it was made.
pub(super) fn hash(content: &Content) -> Result<String, serde_json::Error> {
    let mut seen = content.clone();
    seen.accruals.iter_mut().for_each(|line| line.accrual = AccrualId::from_text(""));
    seen.excluded.iter_mut().for_each(|line| line.accrual = AccrualId::from_text(""));
    seen.left_out.iter_mut().for_each(|line| line.accrual = AccrualId::from_text(""));
    seen.expiries.iter_mut().for_each(|line| line.accrual = AccrualId::from_text(""));
    seen.adjustments.iter_mut().for_each(|line| line.cause_id.clear());
    seen.payouts.iter_mut().for_each(|line| line.payout.clear());
    let serialised = serde_json::to_string(&seen)?;
    Ok(Fingerprint::new("openrebate statement 1").field(serialised).finish())
}

/// The tax id as mail and paper show it: enough to recognise, not enough to use.
pub(super) fn masked(tax_id: &str) -> String {
    let count = tax_id.chars().count();
    if count <= 8 {
        return "*".repeat(count);
    }
    let head: String = tax_id.chars().take(4).collect();
    let tail: String = tax_id.chars().skip(count - 4).collect();
    format!("{head}{}{tail}", "*".repeat(count - 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As statements were frozen before they named the company's tax id, the phone's hours, the
    /// largest lines left out and the days disputes take.
    const OLD: &str = concat!(
        r#"{"number":"DZ-2026-09-000001","version":1,"company":"华星","customer":{"code":"D-001","#,
        r#""name":"恒通","tax_id":null},"period":"2026-09","first_day":"2026-09-01","#,
        r#""last_day":"2026-09-30","issued_on":"2026-10-15","data_through":null,"currency":"CNY","#,
        r#""figures":{"opening":0,"accrued":0,"adjusted":0,"paid":0,"expired":0,"closing":0,"#,
        r#""estimated":0,"available":0,"on_hold":0,"payable":0,"in_payment":0},"accruals":[],"#,
        r#""adjustments":[],"payouts":[],"excluded":[],"disputes":[],"respond_by":"2026-10-29","#,
        r#""contact":{"name":"周敏","email":null,"phone":null}}"#
    );

    #[test]
    fn a_statement_frozen_before_a_field_was_added_keeps_its_hash() {
        let content: Content = serde_json::from_str(OLD).unwrap();
        assert_eq!(serde_json::to_string(&content).unwrap(), OLD);
        let before = Fingerprint::new("openrebate statement 1").field(OLD).finish();
        assert_eq!(hash(&content).unwrap(), before);
    }

    #[test]
    fn what_stands_on_the_paper_is_under_its_hash_and_the_ids_behind_links_are_not() {
        let mut content: Content = serde_json::from_str(OLD).unwrap();
        let line = |accrual: &str, amount| LeftOutLine {
            accrual: AccrualId::from_text(accrual),
            policy: "Q-1".to_owned(),
            document_no: "INV-1".to_owned(),
            on: "2026-09-01".parse().unwrap(),
            product: "P-9".to_owned(),
            reason: "category".to_owned(),
            amount,
        };
        content.left_out = vec![line("one", 100)];
        let first = hash(&content).unwrap();
        content.left_out = vec![line("another", 100)];
        assert_eq!(hash(&content).unwrap(), first);
        content.left_out = vec![line("one", 101)];
        assert_ne!(hash(&content).unwrap(), first);
    }
}
