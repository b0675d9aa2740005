//! The terms of a policy: a policy file (FORMATS) as types. What stands here can be computed; what
//! the format knows and the portal doesn't compute yet never becomes `Terms` ([`super::parse`]
//! refuses it).

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
    pub date: DateBasis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    pub tier_mode: TierMode,
    pub bound: Bound,
    pub rounding: Rounding,
    /// Most per period, in the policy's currency.
    pub cap: Option<Decimal>,
    /// Least per period, in the policy's currency.
    pub guarantee: Option<Decimal>,
    /// A payout below this waits for the next one.
    pub minimum_payout: Option<Decimal>,
    /// Rising strictly; never empty.
    pub tiers: Vec<Tier>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Lower bound in the measure's unit: money or units.
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
    let scope = &terms.customers;
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
