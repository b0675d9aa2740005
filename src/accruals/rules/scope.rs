use crate::policies::{ProductScope, Terms};
use crate::text_enum;

/// What a policy asks about a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    pub code: String,
    pub category: String,
    pub brand: String,
}

text_enum! {
    /// Why a line counts for nothing in a policy.
    pub enum Exclusion {
        OtherCurrency = "other_currency",
        /// The policy goes by the delivery or payment date, and the line has none yet.
        DateMissing = "date_missing",
        /// Outside the policy's first and last day.
        OutsidePolicy = "outside_policy",
        UnknownProduct = "unknown_product",
        Category = "category",
        Brand = "brand",
        Code = "code",
        ExceptCategory = "except_category",
        ExceptBrand = "except_brand",
        ExceptCode = "except_code",
    }
}

/// What a line does in a policy, whatever the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Earns, and counts towards the tier.
    Earns,
    /// Earns, and counts nothing towards the tier.
    EarnsOnly,
    /// Counts towards the tier, and earns nothing.
    QualifiesOnly,
    Excluded(Exclusion),
}

impl Disposition {
    /// What a product does under these terms.
    pub(super) fn of_product(terms: &Terms, product: &ProductFacts) -> Self {
        let earns = misses(&terms.products, product);
        let qualifies = match &terms.qualifying_products {
            Some(scope) => misses(scope, product).is_none(),
            None => earns.is_none(),
        };
        match (earns, qualifies) {
            (None, true) => Self::Earns,
            (None, false) => Self::EarnsOnly,
            (Some(_), true) => Self::QualifiesOnly,
            (Some(why), false) => Self::Excluded(why),
        }
    }

    /// Whether the line is part of the base.
    pub fn earns(self) -> bool {
        matches!(self, Self::Earns | Self::EarnsOnly)
    }

    /// Whether the line is part of the measure.
    pub fn qualifies(self) -> bool {
        matches!(self, Self::Earns | Self::QualifiesOnly)
    }
}

impl std::fmt::Display for Disposition {
    /// Code names, as the command line prints them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Earns => f.write_str("earns"),
            Self::EarnsOnly => f.write_str("earns_only"),
            Self::QualifiesOnly => f.write_str("qualifies_only"),
            Self::Excluded(why) => write!(f, "excluded: {why}"),
        }
    }
}

/// Why the product isn't in the scope.
fn misses(scope: &ProductScope, product: &ProductFacts) -> Option<Exclusion> {
    let lacks = |list: &[String], value: &str| !list.is_empty() && !list.iter().any(|v| v == value);
    let names = |list: &[String], value: &str| list.iter().any(|v| v == value);
    [
        (lacks(&scope.categories, &product.category), Exclusion::Category),
        (lacks(&scope.brands, &product.brand), Exclusion::Brand),
        (lacks(&scope.codes, &product.code), Exclusion::Code),
        (names(&scope.except_categories, &product.category), Exclusion::ExceptCategory),
        (names(&scope.except_brands, &product.brand), Exclusion::ExceptBrand),
        (names(&scope.except_codes, &product.code), Exclusion::ExceptCode),
    ]
    .into_iter()
    .find_map(|(misses, why)| misses.then_some(why))
}
