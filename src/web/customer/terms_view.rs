//! The terms of one version as customers read them: in a paragraph, in a formula, tier by tier.

use super::super::Page;
use crate::policies::{self, ProductScope, Terms, bound_shown, reward_shown};
use crate::values::Language;

pub(super) struct TermsView {
    /// One paragraph.
    pub summary: String,
    pub formula: String,
    pub tiers: Vec<TierRow>,
    /// Which products earn and which don't, list by list; nothing when all do.
    pub scope: Vec<(String, String)>,
    /// The products that pick the tier, where these are others.
    pub qualifying: Option<Vec<(String, String)>>,
    pub form: &'static str,
    pub contract: Option<String>,
}

pub(super) struct TierRow {
    pub number: u32,
    pub from: String,
    pub reward: String,
    pub mine: bool,
}

impl TermsView {
    /// `tier` is the reached one's number, 0 for none.
    pub(super) fn new(terms: &Terms, tier: u32, page: &Page) -> Self {
        let words = page.words;
        let between = match page.language() {
            Language::ZhCn => "",
            Language::En => " ",
        };
        let tiers = (1..).zip(&terms.reward.tiers).map(|(number, row)| TierRow {
            number,
            from: bound_shown(terms, row, words),
            reward: reward_shown(terms, row.reward, words),
            mine: number == tier,
        });
        Self {
            summary: policies::summary(terms, words).join(between),
            formula: policies::formula(terms, words),
            tiers: tiers.collect(),
            scope: scope(&terms.products, page),
            qualifying: terms.qualifying_products.as_ref().map(|other| scope(other, page)),
            form: terms.form.as_str(),
            contract: terms.contract_ref.clone(),
        }
    }
}

fn scope(scope: &ProductScope, page: &Page) -> Vec<(String, String)> {
    [
        ("programme-categories", &scope.categories),
        ("programme-brands", &scope.brands),
        ("programme-products", &scope.codes),
        ("programme-except-categories", &scope.except_categories),
        ("programme-except-brands", &scope.except_brands),
        ("programme-except-products", &scope.except_codes),
    ]
    .into_iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(key, list)| (page.t(key), list.join(&page.t("policy-says-enumerate"))))
    .collect()
}
