//! The terms of a policy: a policy file (FORMATS) as types. What stands here can be computed; what
//! contradicts itself never becomes `Terms` ([`super::parse`] refuses it).
//!
//! A version's hash is that of its terms as JSON, so a field added here is left out of the JSON
//! while it has its default: what was signed before keeps its hash.

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::text_enum;
use crate::values::{Currency, Language, Money, PeriodKind, fingerprint};

text_enum! {
    /// How a rebate is settled (DOMAIN §1).
    pub enum Form {
        Cash = "cash",
        CreditNote = "credit_note",
        Offset = "offset",
        Goods = "goods",
        Points = "points",
        Voucher = "voucher",
    }
}

text_enum! {
    /// The number that picks the tier.
    pub enum MeasureKind {
        Amount = "amount",
        Quantity = "quantity",
        /// Percent over the same period a year before, or over an imported baseline.
        Growth = "growth",
        /// Percent of an imported target.
        Target = "target",
    }
}

text_enum! {
    /// What growth and target compare.
    #[derive(Default)]
    pub enum MeasureOf {
        #[default]
        Amount = "amount",
        Quantity = "quantity",
    }
}

text_enum! {
    /// Over which days the measure runs.
    #[derive(Default)]
    pub enum Window {
        #[default]
        Period = "period",
        /// From the start of the calendar year to the period's end.
        YearToDate = "year_to_date",
    }
}

text_enum! {
    /// Whose lines pick the tier.
    #[derive(Default)]
    pub enum MeasureScope {
        #[default]
        Customer = "customer",
        Group = "group",
    }
}

text_enum! {
    /// Who earns when a group is measured.
    #[derive(Default)]
    pub enum Beneficiary {
        /// Each member on its own base.
        #[default]
        Member = "member",
        /// The parent on the base of the whole group.
        Parent = "parent",
    }
}

text_enum! {
    /// What the reward of a growth policy is reckoned on.
    #[derive(Default)]
    pub enum GrowthOn {
        /// The current base.
        #[default]
        Whole = "whole",
        /// What exceeds the baseline.
        Excess = "excess",
        /// Each band of what exceeds the baseline at its own tier's rate.
        Banded = "banded",
    }
}

text_enum! {
    /// Which of several competing policies counts.
    pub enum OverlapRule {
        /// The highest rebate; ties go to the lower policy code.
        Best = "best",
        /// The lowest priority number; ties go to the lower policy code.
        First = "first",
    }
}

text_enum! {
    /// The date of a line that decides in which period it counts.
    pub enum DateBasis {
        Document = "document_date",
        Delivery = "delivery_date",
        Paid = "paid_date",
    }
}

text_enum! {
    /// What the reached tier's reward applies to (DOMAIN §3.6).
    pub enum TierMode {
        AllUnits = "all_units",
        Marginal = "marginal",
        Rolling = "rolling",
        Total = "total",
    }
}

text_enum! {
    /// Whether a tier that begins at 100 includes 100.
    #[derive(Default)]
    pub enum Bound {
        #[default]
        AtLeast = "at_least",
        MoreThan = "more_than",
    }
}

text_enum! {
    /// How halves of the minor unit round.
    #[derive(Default)]
    pub enum Rounding {
        #[default]
        HalfUp = "half_up",
        HalfEven = "half_even",
    }
}

/// The promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub code: String,
    pub currency: Currency,
    pub period: PeriodKind,
    /// First day, inclusive.
    pub from: NaiveDate,
    /// Last day, inclusive; without one it runs on.
    pub to: Option<NaiveDate>,
    pub form: Form,
    /// Days after the period's end by which it is settled, where that is promised.
    pub settle_within_days: Option<u32>,
    /// Days after a period's end from which it may be closed.
    pub grace_days: u32,
    /// Months after the day it became available, what nobody used expires; without, it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after_months: Option<u32>,
    /// Who answers for it: an e-mail address.
    pub owner: Option<String>,
    pub contract_ref: Option<String>,
    pub name: Names,
    pub customers: CustomerScope,
    pub products: ProductScope,
    /// Lines that pick the tier, where these are others than the lines that earn.
    pub qualifying_products: Option<ProductScope>,
    pub measure: Measure,
    pub reward: Reward,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
}

/// Policies naming the same group compete for a customer's period (DOMAIN §3.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlap {
    pub exclusive_group: String,
    pub rule: OverlapRule,
    /// The lowest counts under [`OverlapRule::First`], which needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
}

/// The name in both languages; a file that gives one only has it stand for both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub zh_cn: String,
    pub en: String,
}

/// Which customers: each list that isn't empty must hold the customer's value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerScope {
    pub types: Vec<String>,
    pub classes: Vec<String>,
    pub regions: Vec<String>,
    pub codes: Vec<String>,
    pub groups: Vec<String>,
    /// Codes of customers left out whatever the lists say.
    pub except: Vec<String>,
    pub min_tenure_months: u32,
}

/// Which products. As with customers, each list that isn't empty must hold the product's value, so
/// categories with brands mean these brands within these categories; then the exceptions are taken
/// out. Exact and case-sensitive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductScope {
    pub categories: Vec<String>,
    pub brands: Vec<String>,
    pub codes: Vec<String>,
    pub except_categories: Vec<String>,
    pub except_brands: Vec<String>,
    pub except_codes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub kind: MeasureKind,
    /// Growth and target only: whether money or units are compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of: MeasureOf,
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: Window,
    #[serde(default, skip_serializing_if = "is_default")]
    pub scope: MeasureScope,
    #[serde(default, skip_serializing_if = "is_default")]
    pub beneficiary: Beneficiary,
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_baseline: NoBaseline,
    #[serde(default, skip_serializing_if = "is_default")]
    pub growth_on: GrowthOn,
    pub date: DateBasis,
}

/// What a growth policy pays without a baseline above zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoBaseline {
    /// No rebate.
    #[default]
    None,
    /// The tier with this number, from 1, on the whole base.
    Tier(u32),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    pub tier_mode: TierMode,
    pub bound: Bound,
    pub rounding: Rounding,
    /// Most per period, in the policy's currency.
    pub cap: Option<Decimal>,
    /// Most for one customer over all periods of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_total: Option<Decimal>,
    /// Least per period, in the policy's currency.
    pub guarantee: Option<Decimal>,
    /// Least for the periods of a calendar year together; the last of them makes it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarantee_cumulative: Option<Decimal>,
    /// A payout below this waits for the next one.
    pub minimum_payout: Option<Decimal>,
    /// Rising strictly; never empty.
    pub tiers: Vec<Tier>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Lower bound in the measure's unit: money, units, or percent for growth and target.
    pub from: Decimal,
    pub reward: TierReward,
}

/// What a tier pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierReward {
    /// Percent of the base's money.
    Percent(Decimal),
    /// Money for each unit of the base.
    PerUnit(Decimal),
    /// Money, whatever the base.
    LumpSum(Decimal),
}

/// What a policy asks about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFacts {
    pub code: String,
    /// `customer` or `distributor`.
    pub kind: String,
    pub class: String,
    pub region: String,
    pub group_code: Option<String>,
    /// Customer since that day.
    pub since: Option<NaiveDate>,
}

impl Terms {
    /// An amount of the terms in minor units; the parser refuses amounts that don't fit.
    pub fn money(&self, amount: Decimal) -> Money {
        Money::rounded(amount, self.currency).unwrap_or(Money::new(i64::MAX, self.currency))
    }

    /// Whether the base of the reward is a number of units rather than money.
    pub fn earns_on_quantity(&self) -> bool {
        self.reward.tiers.iter().any(|tier| matches!(tier.reward, TierReward::PerUnit(_)))
    }

    /// Whether tier bounds are percentages: growth over a baseline, attainment of a target.
    pub fn measures_percent(&self) -> bool {
        matches!(self.measure.kind, MeasureKind::Growth | MeasureKind::Target)
    }

    /// Whether units are measured rather than money; of growth and target, what is compared.
    pub fn measures_units(&self) -> bool {
        match self.measure.kind {
            MeasureKind::Amount => false,
            MeasureKind::Quantity => true,
            MeasureKind::Growth | MeasureKind::Target => self.measure.of == MeasureOf::Quantity,
        }
    }

    /// Whether the periods of a calendar year are reckoned together.
    pub fn is_yearly(&self) -> bool {
        self.measure.window == Window::YearToDate || self.reward.guarantee_cumulative.is_some()
    }

    /// Whether a period's rebate depends on what earlier periods came to.
    pub fn is_chained(&self) -> bool {
        self.is_yearly() || self.reward.cap_total.is_some()
    }

    /// Whether the policy is in force on the day.
    pub fn in_force_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// The content hash that acknowledgements and approvals name.
    pub fn hash(&self) -> String {
        // Serialising plain structs of text and numbers can't fail; an empty text would only
        // make the hashes of two broken terms equal.
        fingerprint(serde_json::to_string(self).unwrap_or_default())
    }
}

impl Names {
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::ZhCn => &self.zh_cn,
            Language::En => &self.en,
        }
    }
}

impl CustomerScope {
    pub fn is_everyone(&self) -> bool {
        *self == Self::default()
    }
}

impl ProductScope {
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether the policy covers the customer; tenure is judged on the day (a period's first one).
/// Who has no known beginning has no tenure.
pub fn covers(terms: &Terms, customer: &CustomerFacts, on: NaiveDate) -> bool {
    in_scope(&terms.customers, customer, on)
}

/// Whether the customer is one of those; tenure is judged on the day.
pub fn in_scope(scope: &CustomerScope, customer: &CustomerFacts, on: NaiveDate) -> bool {
    let named = |list: &[String], value: &str| list.is_empty() || list.iter().any(|v| v == value);
    named(&scope.types, &customer.kind)
        && named(&scope.classes, &customer.class)
        && named(&scope.regions, &customer.region)
        && named(&scope.codes, &customer.code)
        && (scope.groups.is_empty()
            || customer.group_code.as_ref().is_some_and(|group| scope.groups.contains(group)))
        && !scope.except.contains(&customer.code)
        && (scope.min_tenure_months == 0 || tenured(customer.since, scope.min_tenure_months, on))
}

fn tenured(since: Option<NaiveDate>, months: u32, on: NaiveDate) -> bool {
    since.and_then(|day| day.checked_add_months(Months::new(months))).is_some_and(|due| due <= on)
}
