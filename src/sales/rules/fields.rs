//! The columns of FORMATS.md "CSV", by kind of import.

use super::ImportKind;

/// A column the portal reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    LineId,
    DocumentNo,
    DocumentDate,
    CustomerCode,
    ProductCode,
    Quantity,
    NetAmount,
    Currency,
    Kind,
    UnitPrice,
    ProductName,
    OriginalLineId,
    DeliveryDate,
    PaidDate,
    Source,
    Name,
    Type,
    Class,
    Region,
    GroupCode,
    Since,
    TaxId,
    AccountManager,
    Language,
    StatementEmails,
    Category,
    Brand,
    Unit,
    Policy,
    Period,
    Value,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Number,
    Date,
}

impl Field {
    /// As the header and the mapping file call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LineId => "line_id",
            Self::DocumentNo => "document_no",
            Self::DocumentDate => "document_date",
            Self::CustomerCode => "customer_code",
            Self::ProductCode => "product_code",
            Self::Quantity => "quantity",
            Self::NetAmount => "net_amount",
            Self::Currency => "currency",
            Self::Kind => "kind",
            Self::UnitPrice => "unit_price",
            Self::ProductName => "product_name",
            Self::OriginalLineId => "original_line_id",
            Self::DeliveryDate => "delivery_date",
            Self::PaidDate => "paid_date",
            Self::Source => "source",
            Self::Name => "name",
            Self::Type => "type",
            Self::Class => "class",
            Self::Region => "region",
            Self::GroupCode => "group_code",
            Self::Since => "since",
            Self::TaxId => "tax_id",
            Self::AccountManager => "account_manager",
            Self::Language => "language",
            Self::StatementEmails => "statement_emails",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Unit => "unit",
            Self::Policy => "policy",
            Self::Period => "period",
            Self::Value => "value",
        }
    }

    pub fn holds(self) -> Holds {
        match self {
            Self::Quantity | Self::NetAmount | Self::UnitPrice | Self::Value => Holds::Number,
            Self::DocumentDate | Self::DeliveryDate | Self::PaidDate | Self::Since => Holds::Date,
            _ => Holds::Text,
        }
    }
}

/// The columns a kind of import needs, and those it may have.
pub fn of(kind: ImportKind) -> (&'static [Field], &'static [Field]) {
    use Field::{
        AccountManager, Brand, Category, Class, Currency, CustomerCode, DeliveryDate, DocumentDate,
        DocumentNo, GroupCode, Kind, Language, LineId, Name, NetAmount, OriginalLineId, PaidDate,
        Period, Policy, ProductCode, ProductName, Quantity, Region, Since, Source, StatementEmails,
        TaxId, Type, Unit, UnitPrice, Value,
    };
    match kind {
        ImportKind::Customers => (
            &[CustomerCode, Name],
            &[
                Type,
                Class,
                Region,
                Currency,
                GroupCode,
                Since,
                TaxId,
                AccountManager,
                Language,
                StatementEmails,
            ],
        ),
        ImportKind::Targets | ImportKind::Baselines => {
            (&[Policy, CustomerCode, Period, Value], &[])
        }
        ImportKind::Products => (&[ProductCode], &[Name, Category, Brand, Unit]),
        ImportKind::Sales => (
            &[
                LineId,
                DocumentNo,
                DocumentDate,
                CustomerCode,
                ProductCode,
                Quantity,
                NetAmount,
                Currency,
                Kind,
            ],
            &[UnitPrice, ProductName, OriginalLineId, DeliveryDate, PaidDate, Source],
        ),
    }
}

/// The column of that name, when the kind of import has it.
pub fn named(kind: ImportKind, name: &str) -> Option<Field> {
    let (needed, optional) = of(kind);
    needed.iter().chain(optional).copied().find(|field| field.name() == name)
}
