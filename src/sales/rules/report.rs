use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::values::{Currency, Key, Money, Quantity, Text};

/// How many rejected rows a report carries; the rejected rows file has them all.
const SHOWN: usize = 200;

/// What became of the rows of a file; kept with its import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Data rows read.
    pub rows: u64,
    /// New, or for customers and products also those that change what is known.
    pub new: u64,
    pub changed: u64,
    /// Known already with the same content; skipped.
    pub known: u64,
    /// The same id with other content.
    pub conflicting: u64,
    /// Rejected, conflicts not among them.
    pub rejected: u64,
    /// Those of the rejected that the mapping file itself leaves out; they don't hold up the rest.
    pub skipped_by_mapping: u64,
    /// Rejected and conflicting rows by the code of their reason.
    pub reasons: BTreeMap<String, u64>,
    /// Of the new lines, by currency.
    pub totals: BTreeMap<Currency, ControlTotal>,
    /// The first rejected and conflicting rows.
    pub problems: Vec<RejectedRow>,
    /// Columns of the file that nothing reads.
    pub unknown_columns: Vec<String>,
    pub customers_made: u64,
    pub products_made: u64,
    /// Keys of the customers and products the import made, first and last.
    pub made_customers: Option<(Key, Key)>,
    pub made_products: Option<(Key, Key)>,
}

/// What the lines of one currency add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotal {
    pub lines: u64,
    pub quantity_micro: i64,
    pub net_minor: i64,
}

impl ControlTotal {
    pub fn quantity(self) -> Quantity {
        Quantity::from_micro(self.quantity_micro)
    }

    pub fn net(self, currency: Currency) -> Money {
        Money::new(self.net_minor, currency)
    }
}

/// Where in a file something is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilePlace {
    /// From 1, the header being the first.
    pub line: u64,
    /// The column's name in the file; empty when it is the whole row.
    pub column: String,
}

/// A row that doesn't get in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    pub place: FilePlace,
    pub reason: Reason,
    /// What stands there, cut to a readable length.
    pub found: String,
}

crate::text_enum! {
    /// Why a row doesn't get in.
    pub enum Reason {
        NoCustomer = "no_customer",
        LeftOut = "left_out",
        UnknownCustomer = "unknown_customer",
        UnknownProduct = "unknown_product",
        Missing = "missing",
        BadDate = "bad_date",
        BadNumber = "bad_number",
        TooManyDecimals = "too_many_decimals",
        OutOfRange = "out_of_range",
        BadKind = "bad_kind",
        BadSign = "bad_sign",
        BadCurrency = "bad_currency",
        BadEmail = "bad_email",
        BadLanguage = "bad_language",
        TooLong = "too_long",
        ControlSign = "control_sign",
        Ragged = "ragged",
        Conflict = "conflict",
        Repeated = "repeated",
        UnknownPolicy = "unknown_policy",
        /// The policy doesn't measure attainment.
        NoTargetPolicy = "no_target_policy",
        /// The policy doesn't measure growth.
        NoGrowthPolicy = "no_growth_policy",
        BadPeriod = "bad_period",
        /// A month where the policy goes by quarters.
        OtherPeriod = "other_period",
        OutsidePolicy = "outside_policy",
        NotPositive = "not_positive",
    }
}

impl Reason {
    /// The sentence, with what it needs to know.
    pub fn text(self, place: &FilePlace, found: &str) -> Text {
        let key = match self {
            Self::NoCustomer => "import-reason-no-customer",
            Self::LeftOut => "import-reason-left-out",
            Self::UnknownCustomer => "import-reason-unknown-customer",
            Self::UnknownProduct => "import-reason-unknown-product",
            Self::Missing => "import-reason-missing",
            Self::BadDate => "import-reason-bad-date",
            Self::BadNumber => "import-reason-bad-number",
            Self::TooManyDecimals => "import-reason-too-many-decimals",
            Self::OutOfRange => "import-reason-out-of-range",
            Self::BadKind => "import-reason-bad-kind",
            Self::BadSign => "import-reason-bad-sign",
            Self::BadCurrency => "import-reason-bad-currency",
            Self::BadEmail => "import-reason-bad-email",
            Self::BadLanguage => "import-reason-bad-language",
            Self::TooLong => "import-reason-too-long",
            Self::ControlSign => "import-reason-control-sign",
            Self::Ragged => "import-reason-ragged",
            Self::Conflict => "import-reason-conflict",
            Self::Repeated => "import-reason-repeated",
            Self::UnknownPolicy => "import-reason-unknown-policy",
            Self::NoTargetPolicy => "import-reason-no-target-policy",
            Self::NoGrowthPolicy => "import-reason-no-growth-policy",
            Self::BadPeriod => "import-reason-bad-period",
            Self::OtherPeriod => "import-reason-other-period",
            Self::OutsidePolicy => "import-reason-outside-policy",
            Self::NotPositive => "import-reason-not-positive",
        };
        Text::new(key).with("column", &place.column).with("found", found)
    }
}

impl RejectedRow {
    pub fn text(&self) -> Text {
        self.reason.text(&self.place, &self.found)
    }
}

impl Report {
    /// Whether rows stay out that the mapping file didn't leave out itself.
    pub fn holds_back(&self) -> bool {
        self.rejected > self.skipped_by_mapping || self.conflicting > 0
    }

    /// Whether any row stays out.
    pub fn leaves_out(&self) -> bool {
        self.rejected > 0 || self.conflicting > 0
    }

    /// Notes a row that doesn't get in.
    pub fn reject(&mut self, row: RejectedRow) {
        match row.reason {
            Reason::Conflict | Reason::Repeated => self.conflicting += 1,
            _ => self.rejected += 1,
        }
        *self.reasons.entry(row.reason.as_str().to_owned()).or_default() += 1;
        if self.problems.len() < SHOWN {
            self.problems.push(row);
        }
    }

    /// Notes a new line; None when a total overflows.
    pub fn add(&mut self, quantity_micro: i64, net: Money) -> Option<()> {
        let total = self.totals.entry(net.currency).or_default();
        total.lines += 1;
        total.quantity_micro = total.quantity_micro.checked_add(quantity_micro)?;
        total.net_minor = total.net_minor.checked_add(net.minor)?;
        self.new += 1;
        Some(())
    }
}
