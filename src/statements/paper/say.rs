use super::{
    AccountKind, AccountRow, AccrualRow, AdjustmentRow, DisputeRow, ExcludedRow, ExpiryRow,
    LeftOutRow, PayoutRow,
};
use crate::accruals::rules::Exclusion;
use crate::db::House;
use crate::ledger::Cause;
use crate::statements::Statement;
use crate::statements::content::{
    AccrualLine, AdjustmentLine, Content, ExcludedLines, ExpiryLine, LeftOutLine, OpenDispute,
    PayoutLine,
};
use crate::values::{Currency, Language, Money, Period, Quantity, parse_decimal};
use crate::words::{self, Words};

/// Says parts of one statement's content.
pub(super) struct Say<'a> {
    pub words: &'a Words,
    pub content: &'a Content,
}

impl Say<'_> {
    fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// A label with what it is for after it; a full-width colon brings its own room.
    fn labelled(&self, key: &str, text: &str) -> String {
        let label = self.t(key);
        let room = if label.ends_with('：') { "" } else { " " };
        format!("{label}{room}{text}")
    }

    pub(super) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.content.currency)
    }

    fn date(&self, day: chrono::NaiveDate) -> String {
        words::date(self.words.language, day)
    }

    fn period(&self, period: Period) -> String {
        period.shown(self.words.language)
    }

    /// A name with the tax id after it, on a line of its own where there are lines.
    fn party(&self, name: String, tax_id: Option<&String>) -> String {
        match tax_id {
            Some(tax_id) => format!("{name}\n{} {tax_id}", self.t("statement-tax-id")),
            None => name,
        }
    }

    pub(super) fn facts(&self) -> Vec<(String, String)> {
        let Content { customer, .. } = self.content;
        let name = format!("{} ({})", customer.name, customer.code);
        let version = self.words.t1("statement-version", "version", self.content.version);
        let days = (self.content.first_day, self.content.last_day);
        let days = words::date_range(self.words.language, days.0, days.1);
        let issuer = self.content.issuer_tax_id.as_ref();
        let mut facts = vec![
            ("statement-number", format!("{} · {version}", self.content.number)),
            ("statement-issued", self.date(self.content.issued_on)),
            ("statement-issuer", self.party(self.content.company.clone(), issuer)),
            ("statement-customer", self.party(name, customer.tax_id.as_ref())),
            ("statement-period", format!("{} · {days}", self.period(self.content.period))),
        ];
        if let Some(day) = self.content.data_through {
            facts.push(("statement-data-through", self.date(day)));
        }
        facts.push(("statement-currency", self.content.currency.to_string()));
        facts.into_iter().map(|(label, value)| (self.t(label), value)).collect()
    }

    pub(super) fn account(&self) -> Vec<AccountRow> {
        let f = &self.content.figures;
        let row = |sign, label: &str, minor, kind| AccountRow {
            sign,
            label: self.t(label),
            amount: self.money(minor),
            kind,
        };
        vec![
            row("", "statement-opening", f.opening, AccountKind::Move),
            row("+", "statement-accrued", f.accrued, AccountKind::Move),
            row("±", "statement-adjusted", f.adjusted, AccountKind::Move),
            row("−", "statement-paid", f.paid, AccountKind::Move),
            row("−", "statement-expired", f.expired, AccountKind::Move),
            row("=", "statement-closing", f.closing, AccountKind::Sum),
            row("", "statement-of-which-estimated", f.estimated, AccountKind::Part),
            row("", "statement-of-which-available", f.available, AccountKind::Part),
            row("", "statement-of-which-on-hold", f.on_hold, AccountKind::Part),
        ]
    }

    pub(super) fn accruals(&self) -> Vec<AccrualRow> {
        let currency = self.content.currency;
        let row = |line: &AccrualLine| {
            let state = if line.earned { "earned" } else { "estimated" };
            AccrualRow {
                id: line.accrual.to_string(),
                policy: self.named(line),
                version: self.words.t1("statement-version", "version", line.version),
                period: self.period(line.period),
                basis: basis(
                    self.words,
                    (line.base_minor, line.base_micro),
                    &line.reward,
                    currency,
                ),
                tier: if line.tier == 0 { "—".to_owned() } else { line.tier.to_string() },
                reward: reward(self.words, &line.reward, currency),
                state,
                state_word: self.words.code("state-accrual", state),
                amount: self.money(line.amount),
            }
        };
        self.content.accruals.iter().map(row).collect()
    }

    fn named(&self, line: &AccrualLine) -> String {
        match self.words.language {
            Language::ZhCn => line.policy_zh.clone(),
            Language::En => line.policy_en.clone(),
        }
    }

    /// Only policies that accrued something left their names in what was frozen.
    fn policy(&self, code: &str) -> String {
        let line = self.content.accruals.iter().find(|line| line.policy == code);
        line.map_or_else(|| code.to_owned(), |line| self.named(line))
    }

    pub(super) fn adjustments(&self) -> Vec<AdjustmentRow> {
        let row = |line: &AdjustmentLine| {
            let from_dispute = line.cause == Cause::Dispute;
            let mut reason = match from_dispute {
                true => line.reason.clone(),
                false => self.t("statement-prior-period"),
            };
            if let Some(period) = &line.prior_period {
                let period = period.parse().map_or_else(|_| period.clone(), |p| self.period(p));
                reason.push_str(" · ");
                reason.push_str(&self.words.t1("statement-of-period", "period", period));
            }
            AdjustmentRow {
                on: self.date(line.on),
                reference: line.reference.clone(),
                dispute: from_dispute.then(|| line.cause_id.clone()),
                reason,
                amount: self.money(line.amount),
            }
        };
        self.content.adjustments.iter().map(row).collect()
    }

    pub(super) fn payouts(&self) -> Vec<PayoutRow> {
        let row = |line: &PayoutLine| PayoutRow {
            id: line.payout.clone(),
            number: line.number.clone(),
            on: self.date(line.on),
            form: self.words.code("form", &line.form),
            reference: line.reference.clone().unwrap_or_else(|| "—".to_owned()),
            amount: self.money(line.amount),
        };
        self.content.payouts.iter().map(row).collect()
    }

    pub(super) fn expiries(&self) -> Vec<ExpiryRow> {
        let row = |line: &ExpiryLine| ExpiryRow {
            accrual: line.accrual.to_string(),
            policy: match self.words.language {
                Language::ZhCn => line.policy_zh.clone(),
                Language::En => line.policy_en.clone(),
            },
            period: self.period(line.period),
            available_on: self.date(line.available_on),
            on: self.date(line.on),
            amount: self.money(line.amount),
        };
        self.content.expiries.iter().map(row).collect()
    }

    pub(super) fn excluded(&self) -> Vec<ExcludedRow> {
        let row = |line: &ExcludedLines| ExcludedRow {
            accrual: line.accrual.to_string(),
            policy: self.policy(&line.policy),
            period: self.period(line.period),
            reason: self.exclusion(&line.reason),
            lines: line.lines,
        };
        self.content.excluded.iter().map(row).collect()
    }

    pub(super) fn left_out(&self) -> Vec<LeftOutRow> {
        let row = |line: &LeftOutLine| LeftOutRow {
            accrual: line.accrual.to_string(),
            document_no: line.document_no.clone(),
            on: self.date(line.on),
            product: line.product.clone(),
            policy: self.policy(&line.policy),
            reason: self.exclusion(&line.reason),
            amount: self.money(line.amount),
        };
        self.content.left_out.iter().map(row).collect()
    }

    fn exclusion(&self, code: &str) -> String {
        Exclusion::from_code(code)
            .map_or_else(|| code.to_owned(), |why| self.words.code("exclusion", why.as_str()))
    }

    pub(super) fn disputes(&self) -> Vec<DisputeRow> {
        let row = |dispute: &OpenDispute| DisputeRow {
            number: dispute.number.clone(),
            subject: dispute.subject.clone(),
            amount: self.money(dispute.amount),
        };
        self.content.disputes.iter().map(row).collect()
    }

    pub(super) fn how(&self, portal: &str) -> Vec<String> {
        let mut how = vec![self.t("statement-how-contest")];
        if let Some(service) = self.content.service {
            how.push(self.words.with(
                "statement-how-service",
                [
                    ("answer", service.answer_days.to_string()),
                    ("decision", service.decision_days.to_string()),
                    ("appeal", service.appeal_days.to_string()),
                ],
            ));
        }
        how.push(self.labelled("statement-how-portal", portal));
        let contact = &self.content.contact;
        let hours = contact.hours.as_ref();
        let hours = hours.map(|hours| self.words.t1("statement-phone-hours", "hours", hours));
        let parts = [contact.phone.clone(), hours, contact.email.clone()];
        let mut whom = self.labelled("statement-how-contact", &contact.name);
        for part in parts.into_iter().flatten() {
            whom.push_str(" · ");
            whom.push_str(&part);
        }
        how.push(whom);
        how.push(self.t("statement-how-book"));
        how
    }

    pub(super) fn foot(&self, statement: &Statement, house: &House) -> Vec<(String, String)> {
        let made = words::date_time(self.words.language, house.zone, statement.issued_at);
        let mut versions: Vec<String> = self
            .content
            .accruals
            .iter()
            .map(|line| format!("{} v{}", line.policy, line.version))
            .collect();
        versions.sort();
        versions.dedup();
        let mut foot = vec![(self.t("statement-generated"), made)];
        if !versions.is_empty() {
            foot.push((self.t("statement-policy-versions"), versions.join(", ")));
        }
        foot.push(("SHA-256".to_owned(), statement.content_hash.clone()));
        let (seq, hash) = (statement.checkpoint_seq, &statement.checkpoint_hash);
        foot.push((self.t("statement-checkpoint"), format!("#{seq} {hash}")));
        foot
    }
}

/// A rate as people read it; calculations and statements keep it as `2.5%`, `0.35/unit` or `2000`.
pub fn reward(words: &Words, kept: &str, currency: Currency) -> String {
    let money = |text| parse_decimal(text).ok().map(|a| Money::shown_unrounded(a, currency));
    match kept.strip_suffix("/unit") {
        _ if kept.is_empty() => "—".to_owned(),
        Some(amount) => words.t1("policy-says-per-unit", "rate", money(amount).unwrap_or_default()),
        None => money(kept).unwrap_or_else(|| kept.to_owned()),
    }
}

/// What the reward is reckoned on: units where it pays per unit, the net amount otherwise.
pub fn basis(
    words: &Words,
    (minor, micro): (i64, i64),
    reward: &str,
    currency: Currency,
) -> String {
    if reward.ends_with("/unit") {
        words.units(Quantity::from_micro(micro))
    } else {
        Money::new(minor, currency).shown()
    }
}
