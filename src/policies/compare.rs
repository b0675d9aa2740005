//! Two versions of a policy beside each other: what changed, each thing in a sentence of its own.

use rust_decimal::Decimal;

use super::terms::{
    CustomerScope, Measure, NoBaseline, Overlap, ProductScope, Terms, Tier, TierReward,
};
use super::{sentence, summary};
use crate::words::{Words, date};

/// How many names a sentence lists before it only counts the rest.
const MOST_NAMES: usize = 20;

/// What the newer terms change, in the order of the policy file; empty when they mean the same.
pub fn compare(old: &Terms, new: &Terms, words: &Words) -> Vec<String> {
    let mut said = Said { words, lines: Vec::new() };
    said.head(old, new);
    said.customers(&old.customers, &new.customers);
    said.products("compare-earning", &old.products, &new.products);
    said.qualifying(old.qualifying_products.as_ref(), new.qualifying_products.as_ref());
    said.measure(&old.measure, &new.measure);
    said.reward(old, new);
    said.tiers(old, new);
    said.overlap(old.overlap.as_ref(), new.overlap.as_ref());
    said.lines
}

struct Said<'w> {
    words: &'w Words,
    lines: Vec<String>,
}

impl Said<'_> {
    fn head(&mut self, old: &Terms, new: &Terms) {
        let words = self.words;
        let day = |day| date(words.language, day);
        let days = |count: u32| words.count("compare-days", i64::from(count));
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| words.t("compare-none"));
        self.field("compare-code", &old.code, &new.code, Clone::clone);
        self.field("compare-currency", &old.currency, &new.currency, ToString::to_string);
        self.field("compare-period", &old.period, &new.period, |kind| {
            words.code("programme-period", kind.as_str())
        });
        self.field("compare-from", &old.from, &new.from, |from| day(*from));
        self.field("compare-to", &old.to, &new.to, |to| {
            to.map_or_else(|| words.t("compare-open-ended"), day)
        });
        self.field("compare-form", &old.form, &new.form, |form| words.code("form", form.as_str()));
        self.field(
            "compare-settle-within-days",
            &old.settle_within_days,
            &new.settle_within_days,
            |count| count.map_or_else(|| words.t("compare-none"), days),
        );
        self.field("compare-grace-days", &old.grace_days, &new.grace_days, |count| days(*count));
        self.field(
            "compare-expires-after-months",
            &old.expires_after_months,
            &new.expires_after_months,
            |count| match count {
                Some(months) => words.count("compare-months", i64::from(*months)),
                None => words.t("compare-never-expires"),
            },
        );
        self.field("compare-owner", &old.owner, &new.owner, text);
        self.field("compare-contract-ref", &old.contract_ref, &new.contract_ref, text);
        self.field("compare-name-zh", &old.name.zh_cn, &new.name.zh_cn, Clone::clone);
        self.field("compare-name-en", &old.name.en, &new.name.en, Clone::clone);
    }

    fn customers(&mut self, old: &CustomerScope, new: &CustomerScope) {
        let words = self.words;
        let any = "compare-any";
        let label = |key: &str| words.t(key);
        self.list(&label("compare-types"), &old.types, &new.types, any, "policy-type");
        self.list(&label("compare-classes"), &old.classes, &new.classes, any, "policy-class");
        self.list(&label("compare-regions"), &old.regions, &new.regions, any, "");
        self.list(&label("compare-customers"), &old.codes, &new.codes, any, "");
        self.list(&label("compare-groups"), &old.groups, &new.groups, any, "");
        self.list(&label("compare-except"), &old.except, &new.except, "compare-none", "");
        self.field("compare-tenure", &old.min_tenure_months, &new.min_tenure_months, |months| {
            match months {
                0 => words.t("compare-none"),
                months => words.count("compare-months", i64::from(*months)),
            }
        });
    }

    fn products(&mut self, of: &'static str, old: &ProductScope, new: &ProductScope) {
        let words = self.words;
        let label = |key: &str| words.t1(of, "what", words.t(key));
        let (any, none) = ("compare-any", "compare-none");
        for (key, old, new, empty) in [
            ("compare-categories", &old.categories, &new.categories, any),
            ("compare-brands", &old.brands, &new.brands, any),
            ("compare-products", &old.codes, &new.codes, any),
            ("compare-except-categories", &old.except_categories, &new.except_categories, none),
            ("compare-except-brands", &old.except_brands, &new.except_brands, none),
            ("compare-except-products", &old.except_codes, &new.except_codes, none),
        ] {
            self.list(&label(key), old, new, empty, "");
        }
    }

    fn qualifying(&mut self, old: Option<&ProductScope>, new: Option<&ProductScope>) {
        if let (Some(old), Some(new)) = (old, new) {
            return self.products("compare-qualifying", old, new);
        }
        let words = self.words;
        self.field("compare-qualifying-products", &old, &new, |scope| match scope {
            None => words.t("compare-same-as-earning"),
            Some(scope) => {
                summary::products(scope, words).unwrap_or_else(|| words.t("compare-every-product"))
            }
        });
    }

    fn measure(&mut self, old: &Measure, new: &Measure) {
        self.code("compare-kind", old.kind.as_str(), new.kind.as_str());
        self.code("compare-of", old.of.as_str(), new.of.as_str());
        self.code("compare-window", old.window.as_str(), new.window.as_str());
        self.code("compare-scope", old.scope.as_str(), new.scope.as_str());
        self.code("compare-beneficiary", old.beneficiary.as_str(), new.beneficiary.as_str());
        let words = self.words;
        self.field("compare-no-baseline", &old.no_baseline, &new.no_baseline, |pays| match pays {
            NoBaseline::None => words.t("compare-no-rebate"),
            NoBaseline::Tier(tier) => words.t1("compare-tier", "tier", tier),
        });
        self.code("compare-growth-on", old.growth_on.as_str(), new.growth_on.as_str());
        self.code("compare-date", old.date.as_str(), new.date.as_str());
    }

    fn reward(&mut self, old: &Terms, new: &Terms) {
        let (was, is) = (&old.reward, &new.reward);
        self.code("compare-tier-mode", was.tier_mode.as_str(), is.tier_mode.as_str());
        self.code("compare-bound", was.bound.as_str(), is.bound.as_str());
        self.code("compare-rounding", was.rounding.as_str(), is.rounding.as_str());
        for (key, was, is) in [
            ("compare-guarantee", was.guarantee, is.guarantee),
            ("compare-guarantee-cumulative", was.guarantee_cumulative, is.guarantee_cumulative),
            ("compare-cap", was.cap, is.cap),
            ("compare-cap-total", was.cap_total, is.cap_total),
            ("compare-minimum-payout", was.minimum_payout, is.minimum_payout),
        ] {
            self.limit(key, (old, was), (new, is));
        }
    }

    fn limit(
        &mut self,
        key: &'static str,
        (old, was): (&Terms, Option<Decimal>),
        (new, is): (&Terms, Option<Decimal>),
    ) {
        let none = || self.words.t("compare-none");
        let shown = |terms: &Terms, amount: Option<Decimal>| {
            amount.map_or_else(none, |amount| terms.money(amount).shown())
        };
        if was != is {
            let (was, is) = (shown(old, was), shown(new, is));
            self.arrow(self.words.t(key), was, is);
        }
    }

    /// As many tiers as before are the same ones; else those with the same lower bound are.
    fn tiers(&mut self, old: &Terms, new: &Terms) {
        let (were, are) = (numbered(old), numbered(new));
        if were.len() == are.len() {
            for ((number, was), (_, is)) in were.iter().zip(&are) {
                self.tier(*number, (old, was), (new, is));
            }
            return;
        }
        let lacks =
            |tiers: &[(usize, &Tier)], from| tiers.iter().all(|(_, tier)| tier.from != from);
        for (number, tier) in were.iter().filter(|(_, tier)| lacks(&are, tier.from)) {
            self.whole_tier("compare-tier-dropped", *number, old, tier);
        }
        for (number, is) in &are {
            match were.iter().find(|(_, was)| was.from == is.from) {
                Some((_, was)) => self.tier(*number, (old, was), (new, is)),
                None => self.whole_tier("compare-tier-new", *number, new, is),
            }
        }
    }

    fn tier(&mut self, number: usize, (old, was): (&Terms, &Tier), (new, is): (&Terms, &Tier)) {
        let words = self.words;
        if was.from != is.from {
            let what = words.t1("compare-tier-from", "tier", number);
            let (was, is) =
                (sentence::bound_shown(old, was, words), sentence::bound_shown(new, is, words));
            self.arrow(what, was, is);
        }
        if was.reward != is.reward {
            let shown = |terms, reward: TierReward| sentence::reward_shown(terms, reward, words);
            let what = words.t1("compare-tier-reward", "tier", number);
            self.arrow(what, shown(old, was.reward), shown(new, is.reward));
        }
    }

    fn whole_tier(&mut self, key: &'static str, number: usize, terms: &Terms, tier: &Tier) {
        let what = sentence::tier_words(terms, tier, self.words);
        self.lines.push(self.words.t2(key, "tier", number, "what", what));
    }

    fn overlap(&mut self, old: Option<&Overlap>, new: Option<&Overlap>) {
        let words = self.words;
        let priority = |of: &Overlap| match of.priority {
            Some(number) => number.to_string(),
            None => words.t("compare-none"),
        };
        let (Some(was), Some(is)) = (old, new) else {
            return self.field("compare-overlap", &old, &new, |overlap| match overlap {
                None => words.t("compare-adds-up"),
                Some(overlap) => words.t2(
                    "compare-competes",
                    "group",
                    &overlap.exclusive_group,
                    "rule",
                    words.code("compare-rule", overlap.rule.as_str()),
                ),
            });
        };
        self.field(
            "compare-exclusive-group",
            &was.exclusive_group,
            &is.exclusive_group,
            Clone::clone,
        );
        self.code("compare-rule", was.rule.as_str(), is.rule.as_str());
        if was.priority != is.priority {
            self.arrow(words.t("compare-priority"), priority(was), priority(is));
        }
    }

    /// `What: old → new`, unless both are the same.
    fn field<T: PartialEq>(
        &mut self,
        key: &'static str,
        old: &T,
        new: &T,
        shown: impl Fn(&T) -> String,
    ) {
        if old != new {
            self.arrow(self.words.t(key), shown(old), shown(new));
        }
    }

    /// A code name's word stands under the key of its field.
    fn code(&mut self, key: &'static str, old: &'static str, new: &'static str) {
        if old != new {
            let words = self.words;
            self.arrow(words.t(key), words.code(key, old), words.code(key, new));
        }
    }

    /// What joins a list and what leaves it; an empty one means any, or none.
    fn list(
        &mut self,
        what: &str,
        old: &[String],
        new: &[String],
        empty: &'static str,
        names: &str,
    ) {
        let words = self.words;
        let missing = |from: &[String], other: &[String]| -> Vec<String> {
            from.iter().filter(|value| !other.contains(value)).cloned().collect()
        };
        let (joins, leaves) = (missing(new, old), missing(old, new));
        if joins.is_empty() && leaves.is_empty() {
            return;
        }
        let shown = |values: &[String]| match values {
            [] => words.t(empty),
            values => listed(values, names, words),
        };
        if old.is_empty() || new.is_empty() {
            return self.arrow(what.to_owned(), shown(old), shown(new));
        }
        let changes: Vec<String> = [("compare-joins", joins), ("compare-leaves", leaves)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(key, values)| words.t1(key, "list", shown(&values)))
            .collect();
        let changes = changes.join(&words.t("policy-says-semicolon"));
        self.lines.push(words.t2("compare-list", "what", what, "changes", changes));
    }

    fn arrow(&mut self, what: String, old: String, new: String) {
        let args = [("what", what), ("old", old), ("new", new)];
        self.lines.push(self.words.with("compare-arrow", args));
    }
}

fn numbered(terms: &Terms) -> Vec<(usize, &Tier)> {
    (1..).zip(&terms.reward.tiers).collect()
}

fn listed(values: &[String], names: &str, words: &Words) -> String {
    let shown = summary::named(names, values.get(..MOST_NAMES).unwrap_or(values), words);
    let list = shown.join(&words.t("policy-says-enumerate"));
    match values.len().saturating_sub(MOST_NAMES) {
        0 => list,
        more => words.t2("compare-and-more", "list", list, "count", more),
    }
}
