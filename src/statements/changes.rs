//! What a corrected version of a statement says otherwise than the one before it. Pure; frozen
//! with the corrected version, so fields keep their order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::content::Content;
use crate::text_enum;
use crate::values::Period;
use crate::words::Words;

/// Why a version was made, and what differs in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The number of the version before.
    pub corrects: String,
    pub reason: String,
    pub changes: Vec<Change>,
}

text_enum! {
    /// Where two versions differ.
    pub enum ChangeKind {
        /// A line of the account; the name is its code name.
        Figure = "figure",
        Accrual = "accrual",
        Adjustment = "adjustment",
        Payout = "payout",
        /// What expired.
        Expiry = "expiry",
        Dispute = "dispute",
        /// Lines that don't count.
        Excluded = "excluded",
        /// Who the customer is: `name`, `tax_id`, `company`.
        Party = "party",
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    /// What people know it by: a policy, a number, the code name of a figure.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// None where it is new.
    pub before: Option<Told>,
    /// None where it is gone.
    pub after: Option<Told>,
}

/// What stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Minor units of the statement's currency.
    Money(i64),
    Text(String),
    /// An amount, and what it was reckoned from.
    Reckoned(i64, Reckoning),
    Lines(u64),
}

impl Change {
    /// What differs, in words and without amounts.
    pub fn said(&self, words: &Words) -> String {
        let period = self.period.map(|period| period.shown(words.language)).unwrap_or_default();
        match self.kind {
            ChangeKind::Figure => words.code("statement-figure", &self.name),
            ChangeKind::Party => words.code("statement-party", &self.name),
            kind => {
                let kind = words.code("statement-change", kind.as_str());
                let name = format!("{kind} {} {period}", self.name);
                name.trim_end().to_owned()
            }
        }
    }
}

/// What an accrual was reckoned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoning {
    pub base_minor: i64,
    pub base_micro: i64,
    pub reward: String,
    /// Of the policy.
    pub version: i32,
    pub earned: bool,
}

impl Change {
    /// Whether it is a reason to state the period again. What is held back for disputes changes
    /// from day to day, and is said on the next statement anyway.
    pub(super) fn counts(&self) -> bool {
        match self.kind {
            ChangeKind::Dispute => false,
            ChangeKind::Figure => !["available", "on_hold"].contains(&self.name.as_str()),
            _ => true,
        }
    }
}

/// Everything in which the later version differs, in the order of the paper.
pub(super) fn compare(old: &Content, new: &Content) -> Vec<Change> {
    let mut changes = Vec::new();
    let (o, n) = (&old.figures, &new.figures);
    for (name, before, after) in [
        ("opening", o.opening, n.opening),
        ("accrued", o.accrued, n.accrued),
        ("adjusted", o.adjusted, n.adjusted),
        ("paid", o.paid, n.paid),
        ("expired", o.expired, n.expired),
        ("closing", o.closing, n.closing),
        ("estimated", o.estimated, n.estimated),
        ("available", o.available, n.available),
        ("on_hold", o.on_hold, n.on_hold),
    ] {
        if before != after {
            let (before, after) = (Some(Told::Money(before)), Some(Told::Money(after)));
            let (kind, name) = (ChangeKind::Figure, name.to_owned());
            changes.push(Change { kind, name, period: None, before, after });
        }
    }
    lists(&mut changes, ChangeKind::Accrual, accruals(old), accruals(new));
    lists(&mut changes, ChangeKind::Adjustment, adjustments(old), adjustments(new));
    lists(&mut changes, ChangeKind::Payout, payouts(old), payouts(new));
    lists(&mut changes, ChangeKind::Expiry, expiries(old), expiries(new));
    lists(&mut changes, ChangeKind::Excluded, excluded(old), excluded(new));
    lists(&mut changes, ChangeKind::Dispute, disputes(old), disputes(new));
    lists(&mut changes, ChangeKind::Party, party(old), party(new));
    changes
}

/// What a list says, by name, period, and the how manieth of that name.
type Said = BTreeMap<(String, Option<Period>, usize), Told>;

fn said(lines: impl Iterator<Item = (String, Option<Period>, Told)>) -> Said {
    let mut said = Said::new();
    for (name, period, told) in lines {
        let nth = said.keys().filter(|(n, p, _)| (n, p) == (&name, &period)).count();
        said.insert((name, period, nth), told);
    }
    said
}

fn lists(changes: &mut Vec<Change>, kind: ChangeKind, old: Said, mut new: Said) {
    for (key, before) in old {
        let after = new.remove(&key);
        if after.as_ref() != Some(&before) {
            let (name, period, _) = key;
            changes.push(Change { kind, name, period, before: Some(before), after });
        }
    }
    changes.extend(new.into_iter().map(|((name, period, _), after)| Change {
        kind,
        name,
        period,
        before: None,
        after: Some(after),
    }));
}

fn accruals(content: &Content) -> Said {
    said(content.accruals.iter().map(|line| {
        let reckoning = Reckoning {
            base_minor: line.base_minor,
            base_micro: line.base_micro,
            reward: line.reward.clone(),
            version: line.version,
            earned: line.earned,
        };
        (line.policy.clone(), Some(line.period), Told::Reckoned(line.amount, reckoning))
    }))
}

fn adjustments(content: &Content) -> Said {
    said(content.adjustments.iter().map(|line| {
        let period = line.prior_period.as_ref().and_then(|period| period.parse().ok());
        (line.reference.clone(), period, Told::Money(line.amount))
    }))
}

fn payouts(content: &Content) -> Said {
    said(content.payouts.iter().map(|line| (line.number.clone(), None, Told::Money(line.amount))))
}

fn expiries(content: &Content) -> Said {
    said(
        content
            .expiries
            .iter()
            .map(|line| (line.policy.clone(), Some(line.period), Told::Money(line.amount))),
    )
}

fn excluded(content: &Content) -> Said {
    said(content.excluded.iter().map(|line| {
        let name = format!("{} {}", line.policy, line.reason);
        (name, Some(line.period), Told::Lines(line.lines))
    }))
}

fn disputes(content: &Content) -> Said {
    said(content.disputes.iter().map(|one| (one.number.clone(), None, Told::Money(one.amount))))
}

fn party(content: &Content) -> Said {
    let customer = &content.customer;
    let told = |name: &str, text: &str| (name.to_owned(), None, Told::Text(text.to_owned()));
    let tax_id = customer.tax_id.as_deref().map(|tax_id| told("tax_id", tax_id));
    said(
        [told("name", &customer.name), told("company", &content.company)].into_iter().chain(tax_id),
    )
}
