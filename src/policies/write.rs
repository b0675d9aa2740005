//! Terms as a policy file: what the editor keeps and what is downloaded. The same terms give the
//! same text, and [`super::parse`] reads it back without loss.

use rust_decimal::Decimal;

use super::terms::{
    CustomerScope, Measure, NoBaseline, Overlap, ProductScope, Reward, Terms, TierReward,
};
use crate::values::parse_date;

/// A policy file under writing: keys of the current section, in the order they come.
#[derive(Debug, Clone, Default)]
pub struct FileText(String);

impl FileText {
    /// The keys of a `[section]`, which is left out when it has none.
    pub fn section(&mut self, header: &str, fill: impl FnOnce(&mut Self)) {
        let mut keys = Self::default();
        fill(&mut keys);
        if !keys.0.is_empty() {
            self.headed(&format!("[{header}]"), &keys);
        }
    }

    /// A section that says something by standing there, with or without keys.
    pub fn present_section(&mut self, header: &str, fill: impl FnOnce(&mut Self)) {
        let mut keys = Self::default();
        fill(&mut keys);
        self.headed(&format!("[{header}]"), &keys);
    }

    /// One more `[[list]]` entry.
    pub fn entry(&mut self, header: &str, fill: impl FnOnce(&mut Self)) {
        let mut keys = Self::default();
        fill(&mut keys);
        self.headed(&format!("[[{header}]]"), &keys);
    }

    fn headed(&mut self, header: &str, keys: &Self) {
        self.0.push('\n');
        self.0.push_str(header);
        self.0.push('\n');
        self.0.push_str(&keys.0);
    }

    /// A text in quotes.
    pub fn text(&mut self, key: &str, value: impl ToString) {
        self.line(key, &quoted(&value.to_string()));
    }

    /// A whole number, where the text is one; else the text in quotes, which the parser refuses.
    pub fn count(&mut self, key: &str, value: &str) {
        let plain =
            !value.is_empty() && value.len() < 20 && value.bytes().all(|b| b.is_ascii_digit());
        let trimmed = value.trim_start_matches('0');
        match (plain, trimmed) {
            (true, "") => self.line(key, "0"),
            (true, number) => self.line(key, number),
            (false, _) => self.text(key, value),
        }
    }

    /// A date, where the text is one; else the text in quotes, which the parser refuses.
    pub fn date(&mut self, key: &str, value: &str) {
        match parse_date(value) {
            Ok(day) => self.line(key, &day.to_string()),
            Err(_) => self.text(key, value),
        }
    }

    /// A list of texts; an empty one is left out.
    pub fn list<T: AsRef<str>>(&mut self, key: &str, values: &[T]) {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| quoted(value.as_ref())).collect();
            self.line(key, &format!("[{}]", values.join(", ")));
        }
    }

    fn line(&mut self, key: &str, value: &str) {
        self.0.push_str(key);
        self.0.push_str(" = ");
        self.0.push_str(value);
        self.0.push('\n');
    }

    fn optional(&mut self, key: &str, value: Option<Decimal>) {
        if let Some(value) = value {
            self.text(key, number(value));
        }
    }

    pub fn finish(self) -> String {
        self.0
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The terms as a policy file.
pub fn write_toml(terms: &Terms) -> String {
    let mut file = FileText::default();
    file.text("code", &terms.code);
    file.text("currency", terms.currency);
    file.text("period", terms.period);
    file.line("from", &terms.from.to_string());
    if let Some(to) = terms.to {
        file.line("to", &to.to_string());
    }
    file.text("form", terms.form);
    if let Some(days) = terms.settle_within_days {
        file.line("settle_within_days", &days.to_string());
    }
    file.line("grace_days", &terms.grace_days.to_string());
    if let Some(months) = terms.expires_after_months {
        file.line("expires_after_months", &months.to_string());
    }
    if let Some(owner) = &terms.owner {
        file.text("owner", owner);
    }
    if let Some(contract) = &terms.contract_ref {
        file.text("contract_ref", contract);
    }
    file.section("name", |keys| {
        keys.text("zh-CN", &terms.name.zh_cn);
        keys.text("en", &terms.name.en);
    });
    file.section("customers", |keys| customers(keys, &terms.customers));
    file.section("products", |keys| products(keys, &terms.products));
    if let Some(scope) = &terms.qualifying_products {
        file.present_section("qualifying_products", |keys| products(keys, scope));
    }
    file.section("measure", |keys| measure(keys, &terms.measure));
    file.section("reward", |keys| reward(keys, &terms.reward));
    for tier in &terms.reward.tiers {
        file.entry("reward.tiers", |keys| {
            keys.text("from", number(tier.from));
            let (key, value) = match tier.reward {
                TierReward::Percent(rate) => ("percent", rate),
                TierReward::PerUnit(rate) => ("per_unit", rate),
                TierReward::LumpSum(sum) => ("lump_sum", sum),
            };
            keys.text(key, number(value));
        });
    }
    if let Some(terms) = &terms.overlap {
        file.section("overlap", |keys| overlap(keys, terms));
    }
    file.finish()
}

fn customers(keys: &mut FileText, scope: &CustomerScope) {
    keys.list("types", &scope.types);
    keys.list("classes", &scope.classes);
    keys.list("regions", &scope.regions);
    keys.list("codes", &scope.codes);
    keys.list("groups", &scope.groups);
    keys.list("except", &scope.except);
    if scope.min_tenure_months > 0 {
        keys.line("min_tenure_months", &scope.min_tenure_months.to_string());
    }
}

fn products(keys: &mut FileText, scope: &ProductScope) {
    keys.list("categories", &scope.categories);
    keys.list("brands", &scope.brands);
    keys.list("codes", &scope.codes);
    keys.list("except_categories", &scope.except_categories);
    keys.list("except_brands", &scope.except_brands);
    keys.list("except_codes", &scope.except_codes);
}

/// What only some kinds of measure may say is written where it isn't the default.
fn measure(keys: &mut FileText, measure: &Measure) {
    fn unless_default<T: Default + PartialEq + ToString>(keys: &mut FileText, key: &str, value: T) {
        if value != T::default() {
            keys.text(key, value);
        }
    }
    keys.text("kind", measure.kind);
    unless_default(keys, "of", measure.of);
    unless_default(keys, "window", measure.window);
    unless_default(keys, "scope", measure.scope);
    unless_default(keys, "beneficiary", measure.beneficiary);
    if let NoBaseline::Tier(number) = measure.no_baseline {
        keys.line("no_baseline", &number.to_string());
    }
    unless_default(keys, "growth_on", measure.growth_on);
    keys.text("date", measure.date);
}

fn reward(keys: &mut FileText, reward: &Reward) {
    keys.text("tier_mode", reward.tier_mode);
    keys.text("bound", reward.bound);
    keys.text("rounding", reward.rounding);
    keys.optional("cap", reward.cap);
    keys.optional("cap_total", reward.cap_total);
    keys.optional("guarantee", reward.guarantee);
    keys.optional("guarantee_cumulative", reward.guarantee_cumulative);
    keys.optional("minimum_payout", reward.minimum_payout);
}

fn overlap(keys: &mut FileText, overlap: &Overlap) {
    keys.text("exclusive_group", &overlap.exclusive_group);
    keys.text("rule", overlap.rule);
    if let Some(priority) = overlap.priority {
        keys.line("priority", &priority.to_string());
    }
}
