//! A statement as pages print it, for the customer and for staff alike. Only what was frozen is
//! shown; nothing is computed again.

use crate::accruals::rules::Exclusion;
use crate::disputes::Dispute;
use crate::ledger::Cause;
use crate::statements::{Change, Content, Statement, Told};
use crate::values::{Currency, Language, Money, Quantity, capital_rmb, parse_decimal};

/// The frozen statement in the reader's language; dates and amounts are the template's.
pub(super) struct StatementView {
    pub number: String,
    pub state: String,
    pub period: String,
    pub content: Content,
    pub hash: String,
    pub checkpoint: String,
    /// 人民币…整, for zh-CN and CNY.
    pub capital: Option<String>,
    pub accruals: Vec<AccrualRow>,
    pub adjustments: Vec<AdjustmentRow>,
    pub payouts: Vec<PayoutRow>,
    pub excluded: Vec<ExcludedRow>,
    /// What this version says otherwise than the one before it.
    pub correction: Option<CorrectionView>,
}

/// Why a version was made, and what differs in it.
pub(super) struct CorrectionView {
    pub corrects: String,
    pub reason: String,
    pub rows: Vec<ChangeRow>,
}

/// One thing that differs; — stands for nothing.
pub(super) struct ChangeRow {
    pub what: String,
    pub before: String,
    pub after: String,
}

impl ChangeRow {
    pub(super) fn all(changes: &[Change], currency: Currency, page: &super::Page) -> Vec<Self> {
        let told = |told: &Option<Told>| match told {
            None => "—".to_owned(),
            Some(Told::Money(minor)) => Money::new(*minor, currency).shown(),
            Some(Told::Text(text)) => text.clone(),
            Some(Told::Reckoned(minor, r)) => {
                let basis = basis(page, (r.base_minor, r.base_micro), &r.reward, currency);
                let state = if r.earned { "earned" } else { "estimated" };
                [
                    Money::new(*minor, currency).shown(),
                    basis,
                    reward(&r.reward, currency, page),
                    page.code("state-accrual", state),
                ]
                .join(" · ")
            }
            Some(Told::Lines(lines)) => page.number(lines),
        };
        let row = |change: &Change| Self {
            what: change.said(page.words),
            before: told(&change.before),
            after: told(&change.after),
        };
        changes.iter().map(row).collect()
    }
}

/// One version of a statement, as a list of them shows it.
pub(super) struct VersionLink {
    pub id: String,
    pub number: String,
    pub version: i32,
    pub superseded: bool,
}

impl From<Statement> for VersionLink {
    fn from(statement: Statement) -> Self {
        Self {
            id: statement.id.to_string(),
            superseded: statement.superseded_by.is_some(),
            number: statement.number,
            version: statement.version,
        }
    }
}

pub(super) struct AccrualRow {
    pub id: String,
    pub policy: String,
    pub version: i32,
    pub period: String,
    pub basis: String,
    pub tier: String,
    pub reward: String,
    pub state: &'static str,
    pub amount: Money,
}

pub(super) struct AdjustmentRow {
    pub on: String,
    pub reference: String,
    pub dispute: Option<String>,
    pub prior_period: Option<String>,
    pub reason: String,
    pub amount: Money,
}

pub(super) struct PayoutRow {
    pub id: String,
    pub number: String,
    pub on: String,
    pub form: String,
    pub amount: Money,
}

pub(super) struct ExcludedRow {
    pub accrual: String,
    pub policy: String,
    pub period: String,
    pub reason: String,
    pub lines: u64,
}

/// A dispute that contests the statement.
pub(super) struct Contested {
    pub id: String,
    pub number: String,
    pub state: &'static str,
}

impl From<Dispute> for Contested {
    fn from(dispute: Dispute) -> Self {
        let (id, state) = (dispute.id.to_string(), dispute.state.as_str());
        Self { id, number: dispute.number, state }
    }
}

impl StatementView {
    pub(super) fn new(statement: Statement, page: &super::Page) -> Self {
        let language = page.language();
        let content = statement.content.clone();
        let currency = statement.currency;
        let capital = (language == Language::ZhCn)
            .then(|| capital_rmb(Money::new(content.figures.closing, currency)))
            .flatten();
        Self {
            number: statement.number.clone(),
            state: statement.state.to_string(),
            period: statement.period.shown(language),
            hash: statement.content_hash.clone(),
            checkpoint: format!("#{} {}", statement.checkpoint_seq, statement.checkpoint_hash),
            capital,
            accruals: accruals(&content, page),
            adjustments: adjustments(&content, page),
            payouts: payouts(&content, page),
            excluded: excluded(&content, page),
            correction: content.correction.as_ref().map(|correction| CorrectionView {
                corrects: correction.corrects.clone(),
                reason: correction.reason.clone(),
                rows: ChangeRow::all(&correction.changes, currency, page),
            }),
            content,
        }
    }

    /// An amount in the statement's currency.
    pub(super) fn money(&self, minor: &i64) -> Money {
        Money::new(*minor, self.content.currency)
    }
}

fn accruals(content: &Content, page: &super::Page) -> Vec<AccrualRow> {
    let zh = page.language() == Language::ZhCn;
    content
        .accruals
        .iter()
        .map(|line| AccrualRow {
            id: line.accrual.to_string(),
            policy: if zh { line.policy_zh.clone() } else { line.policy_en.clone() },
            version: line.version,
            period: page.period(&line.period),
            basis: basis(page, (line.base_minor, line.base_micro), &line.reward, content.currency),
            tier: if line.tier == 0 { "—".to_owned() } else { line.tier.to_string() },
            reward: reward(&line.reward, content.currency, page),
            state: if line.earned { "earned" } else { "estimated" },
            amount: Money::new(line.amount, content.currency),
        })
        .collect()
}

/// A rate as people read it; calculations and statements keep it as `2.5%`, `0.35/unit` or `2000`.
pub(super) fn reward(kept: &str, currency: Currency, page: &super::Page) -> String {
    let money = |text| parse_decimal(text).ok().map(|a| Money::shown_unrounded(a, currency));
    match kept.strip_suffix("/unit") {
        _ if kept.is_empty() => "—".to_owned(),
        Some(amount) => page.t1("policy-says-per-unit", "rate", money(amount).unwrap_or_default()),
        None => money(kept).unwrap_or_else(|| kept.to_owned()),
    }
}

/// What the reward is reckoned on: units where it pays per unit, the net amount otherwise.
fn basis(
    page: &super::Page,
    (minor, micro): (i64, i64),
    reward: &str,
    currency: Currency,
) -> String {
    if reward.ends_with("/unit") {
        page.words.units(Quantity::from_micro(micro))
    } else {
        Money::new(minor, currency).shown()
    }
}

fn adjustments(content: &Content, page: &super::Page) -> Vec<AdjustmentRow> {
    content
        .adjustments
        .iter()
        .map(|line| {
            let from_dispute = line.cause == Cause::Dispute;
            AdjustmentRow {
                on: page.date(&line.on),
                reference: line.reference.clone(),
                dispute: from_dispute.then(|| line.cause_id.clone()),
                prior_period: line
                    .prior_period
                    .as_ref()
                    .map(|p| p.parse().map_or_else(|_| p.clone(), |p| page.period(&p))),
                reason: if from_dispute {
                    line.reason.clone()
                } else {
                    page.t("statement-prior-period")
                },
                amount: Money::new(line.amount, content.currency),
            }
        })
        .collect()
}

fn payouts(content: &Content, page: &super::Page) -> Vec<PayoutRow> {
    content
        .payouts
        .iter()
        .map(|line| PayoutRow {
            id: line.payout.clone(),
            number: line.number.clone(),
            on: page.date(&line.on),
            form: page.code("form", &line.form),
            amount: Money::new(line.amount, content.currency),
        })
        .collect()
}

fn excluded(content: &Content, page: &super::Page) -> Vec<ExcludedRow> {
    let zh = page.language() == Language::ZhCn;
    // Only policies that accrued something left their names in what was frozen.
    let name = |code: &String| {
        let line = content.accruals.iter().find(|line| line.policy == *code);
        line.map_or(code, |line| if zh { &line.policy_zh } else { &line.policy_en }).clone()
    };
    content
        .excluded
        .iter()
        .map(|line| ExcludedRow {
            accrual: line.accrual.to_string(),
            policy: name(&line.policy),
            period: page.period(&line.period),
            reason: Exclusion::from_code(&line.reason)
                .map_or_else(|| line.reason.clone(), |r| page.code("exclusion", r.as_str())),
            lines: line.lines,
        })
        .collect()
}
