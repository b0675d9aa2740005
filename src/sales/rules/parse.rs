//! One row of a file, as what it says or the reason why it can't be used.

mod figure;
mod master;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::cells::{dated, decimal};
use super::fields::{self, Field};
use super::mapping::{Mapping, Origin};
pub use figure::ParsedFigure;

use super::{FilePlace, ImportKind, LineKind, Reason, RejectedRow};
use crate::error::{Error, Result};
use crate::sales::read::Row;
use crate::values::{Currency, Money, Quantity, Text, parse_date};

const MOST_CODE: usize = 200;
const MOST_TEXT: usize = 1_000;
/// Minor units and millionths of a unit that one row must stay below, so that thousands of absurd
/// rows still add up and each can be named.
const MOST_NUMBER: u64 = 1_000_000_000_000_000;

/// A mapping bound to the header of a file.
#[derive(Debug)]
pub struct Plan {
    cells: BTreeMap<Field, Cell>,
    skip_if_empty: Vec<(usize, String)>,
    columns: usize,
    customer_column: Option<usize>,
    default_source: String,
    /// Columns of the file that nothing reads.
    pub unread: Vec<String>,
}

#[derive(Debug)]
enum Cell {
    Column { at: usize, format: Option<String>, strip: Option<String>, prefix: Option<String> },
    RowNumber(String),
    Multiply(Vec<usize>),
    Value(String),
    ReturnIf { at: usize, prefix: String },
}

/// What a sales row says; codes not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParsedLine {
    pub source: String,
    pub line_id: String,
    pub document_no: String,
    pub document_date: NaiveDate,
    pub customer_code: String,
    pub product_code: String,
    pub product_name: String,
    pub quantity: Quantity,
    pub net: Money,
    pub kind: LineKind,
    pub unit_price: Option<String>,
    pub original_line_id: Option<String>,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
}

type Parsed<T> = std::result::Result<T, Box<RejectedRow>>;

impl Plan {
    /// Finds the mapping's columns in the header.
    ///
    /// # Errors
    /// Columns that are needed aren't there; all of them are named, and what is there.
    pub fn bind(
        mapping: &Mapping,
        kind: ImportKind,
        header: &[String],
        file: &str,
        default_source: &str,
    ) -> Result<Self> {
        let mut binder = Binder { header, read: vec![false; header.len()], missing: Vec::new() };
        let (needed, _) = fields::of(kind);
        let own = *mapping == Mapping::own(kind);
        let mut cells = BTreeMap::new();
        for (field, origin) in &mapping.columns {
            // In a file with the portal's own columns the optional ones may be absent.
            let may_be_absent = own && !needed.contains(field);
            if let Some(cell) = binder.cell(origin, may_be_absent) {
                cells.insert(*field, cell);
            }
        }
        let skip_if_empty = mapping
            .skip_if_empty
            .iter()
            .filter_map(|column| Some((binder.column(column, false)?, column.clone())))
            .collect();
        if !binder.missing.is_empty() {
            binder.missing.dedup();
            let text = Text::new("import-file-missing-columns")
                .with("missing", binder.missing.join(", "))
                .with("found", header.join(", "));
            return Err(Error::invalid(file, text));
        }
        let customer_column = match cells.get(&Field::CustomerCode) {
            Some(Cell::Column { at, .. }) => Some(*at),
            _ => None,
        };
        let unread = header
            .iter()
            .zip(&binder.read)
            .filter(|(column, read)| !**read && !column.is_empty())
            .map(|(column, _)| column.clone())
            .collect();
        Ok(Self {
            cells,
            skip_if_empty,
            columns: header.len(),
            customer_column,
            default_source: default_source.to_owned(),
            unread,
        })
    }

    /// Whether the mapping file itself leaves the row out.
    pub fn skips(&self, row: &Row) -> Option<RejectedRow> {
        let (at, column) =
            self.skip_if_empty.iter().find(|(at, _)| row.cell(*at).trim().is_empty())?;
        let customer = self.customer_column == Some(*at);
        let reason = if customer { Reason::NoCustomer } else { Reason::LeftOut };
        Some(*rejected(row, column, reason, ""))
    }

    /// A row with more or fewer cells than the header; empty ones beyond it don't matter.
    fn shape(&self, row: &Row) -> Parsed<()> {
        let beyond = row.cells().skip(self.columns).any(|cell| !cell.trim().is_empty());
        if row.len() < self.columns || beyond {
            return Err(rejected(row, "", Reason::Ragged, &row.len().to_string()));
        }
        Ok(())
    }

    /// What a row of a sales file says.
    pub fn line(&self, row: &Row) -> Parsed<ParsedLine> {
        self.shape(row)?;
        let customer_code = self.code(row, Field::CustomerCode)?;
        if customer_code.is_empty() {
            return Err(rejected(row, Field::CustomerCode.name(), Reason::NoCustomer, ""));
        }
        let currency = self.currency(row)?.ok_or_else(|| missing(row, Field::Currency))?;
        let kind = self.kind(row)?;
        let net = self.money(row, currency)?;
        let quantity = self.quantity(row)?;
        signs(row, kind, quantity, net)?;
        let source = self.code(row, Field::Source)?;
        Ok(ParsedLine {
            source: if source.is_empty() { self.default_source.clone() } else { source },
            line_id: self.needed(row, Field::LineId)?,
            document_no: self.needed(row, Field::DocumentNo)?,
            document_date: self
                .date(row, Field::DocumentDate)?
                .ok_or_else(|| missing(row, Field::DocumentDate))?,
            customer_code,
            product_code: self.needed(row, Field::ProductCode)?,
            product_name: self.words(row, Field::ProductName)?,
            quantity,
            net,
            kind,
            unit_price: self
                .number(row, Field::UnitPrice)?
                .map(|price| price.normalize().to_string()),
            original_line_id: some(self.code(row, Field::OriginalLineId)?),
            delivery_date: self.date(row, Field::DeliveryDate)?,
            paid_date: self.date(row, Field::PaidDate)?,
        })
    }

    /// Whether the file, or its mapping, says anything of the field.
    fn has(&self, field: Field) -> bool {
        self.cells.contains_key(&field)
    }

    /// The text the mapping gives for the field, trimmed.
    fn raw<'a>(&'a self, row: &'a Row, field: Field) -> Cow<'a, str> {
        match self.cells.get(&field) {
            None | Some(Cell::Multiply(_)) => Cow::Borrowed(""),
            Some(Cell::Value(value)) => Cow::Borrowed(value),
            Some(Cell::RowNumber(prefix)) => Cow::Owned(format!("{prefix}{}", row.number)),
            Some(Cell::ReturnIf { at, prefix }) => {
                let back = row.cell(*at).trim().starts_with(prefix.as_str());
                let kind = if back { LineKind::Return } else { LineKind::Invoice };
                Cow::Borrowed(kind.as_str())
            }
            Some(Cell::Column { at, strip, prefix, .. }) => {
                let mut text = row.cell(*at).trim();
                if let Some(suffix) = strip {
                    text = text.strip_suffix(suffix.as_str()).unwrap_or(text);
                }
                match prefix {
                    Some(prefix) if !text.is_empty() => Cow::Owned(format!("{prefix}{text}")),
                    _ => Cow::Borrowed(text),
                }
            }
        }
    }

    /// A code: one short line without control characters; empty when absent.
    fn code(&self, row: &Row, field: Field) -> Parsed<String> {
        let text = self.raw(row, field);
        if text.len() > MOST_CODE {
            return Err(rejected(row, field.name(), Reason::TooLong, ""));
        }
        if text.chars().any(char::is_control) {
            return Err(rejected(row, field.name(), Reason::ControlSign, ""));
        }
        Ok(text.into_owned())
    }

    fn needed(&self, row: &Row, field: Field) -> Parsed<String> {
        some(self.code(row, field)?).ok_or_else(|| missing(row, field))
    }

    /// Words for people: line ends and tabs become blanks.
    fn words(&self, row: &Row, field: Field) -> Parsed<String> {
        let text = self.raw(row, field);
        if text.len() > MOST_TEXT {
            return Err(rejected(row, field.name(), Reason::TooLong, ""));
        }
        Ok(if text.chars().any(char::is_control) {
            text.replace(char::is_control, " ")
        } else {
            text.into_owned()
        })
    }

    fn currency(&self, row: &Row) -> Parsed<Option<Currency>> {
        let text = self.raw(row, Field::Currency);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| rejected(row, Field::Currency.name(), Reason::BadCurrency, &text))
    }

    fn kind(&self, row: &Row) -> Parsed<LineKind> {
        let text = self.raw(row, Field::Kind);
        if text.is_empty() {
            return Err(missing(row, Field::Kind));
        }
        LineKind::from_code(&text)
            .ok_or_else(|| rejected(row, Field::Kind.name(), Reason::BadKind, &text))
    }

    fn number(&self, row: &Row, field: Field) -> Parsed<Option<Decimal>> {
        if let Some(Cell::Multiply(columns)) = self.cells.get(&field) {
            let mut product = Decimal::ONE;
            for at in columns {
                let text = row.cell(*at);
                let factor = decimal(text)
                    .and_then(|n| n.ok_or(Reason::Missing))
                    .map_err(|reason| rejected(row, field.name(), reason, text))?;
                product = product
                    .checked_mul(factor)
                    .ok_or_else(|| rejected(row, field.name(), Reason::OutOfRange, text))?;
            }
            return Ok(Some(product));
        }
        let text = self.raw(row, field);
        decimal(&text).map_err(|reason| rejected(row, field.name(), reason, &text))
    }

    fn money(&self, row: &Row, currency: Currency) -> Parsed<Money> {
        let field = Field::NetAmount;
        let amount = self.number(row, field)?.ok_or_else(|| missing(row, field))?;
        let shown = || amount.to_string();
        let money = Money::rounded(amount, currency)
            .filter(|money| money.minor.unsigned_abs() < MOST_NUMBER)
            .ok_or_else(|| rejected(row, field.name(), Reason::OutOfRange, &shown()))?;
        // A product is rounded; an amount that is written must be one.
        let product = matches!(self.cells.get(&field), Some(Cell::Multiply(_)));
        if !product && money.decimal() != amount {
            return Err(rejected(row, field.name(), Reason::TooManyDecimals, &shown()));
        }
        Ok(money)
    }

    fn quantity(&self, row: &Row) -> Parsed<Quantity> {
        let field = Field::Quantity;
        let number = self.number(row, field)?.ok_or_else(|| missing(row, field))?;
        let quantity = Quantity::exact(number);
        quantity.filter(|known| known.micro.unsigned_abs() < MOST_NUMBER).ok_or_else(|| {
            let fits = number.round_dp(6) == number;
            let reason = if fits { Reason::OutOfRange } else { Reason::TooManyDecimals };
            rejected(row, field.name(), reason, &number.to_string())
        })
    }

    fn date(&self, row: &Row, field: Field) -> Parsed<Option<NaiveDate>> {
        let text = self.raw(row, field);
        if text.is_empty() {
            return Ok(None);
        }
        let date = match self.cells.get(&field) {
            Some(Cell::Column { format: Some(format), .. }) => dated(&text, format),
            _ => parse_date(&text).ok(),
        };
        date.map(Some).ok_or_else(|| rejected(row, field.name(), Reason::BadDate, &text))
    }
}

struct Binder<'a> {
    header: &'a [String],
    read: Vec<bool>,
    missing: Vec<String>,
}

impl Binder<'_> {
    fn column(&mut self, name: &str, may_be_absent: bool) -> Option<usize> {
        let at = self.header.iter().position(|column| column == name);
        match at {
            Some(at) => {
                if let Some(read) = self.read.get_mut(at) {
                    *read = true;
                }
            }
            None if may_be_absent => {}
            None => self.missing.push(name.to_owned()),
        }
        at
    }

    fn cell(&mut self, origin: &Origin, may_be_absent: bool) -> Option<Cell> {
        Some(match origin {
            Origin::Column { column, format, strip_suffix, prefix } => Cell::Column {
                at: self.column(column, may_be_absent)?,
                format: format.clone(),
                strip: strip_suffix.clone(),
                prefix: prefix.clone(),
            },
            Origin::RowNumber { prefix } => Cell::RowNumber(prefix.clone()),
            Origin::Multiply(columns) => {
                Cell::Multiply(columns.iter().filter_map(|c| self.column(c, false)).collect())
            }
            Origin::Value(value) => Cell::Value(value.clone()),
            Origin::ReturnIfStartsWith { column, prefix } => {
                Cell::ReturnIf { at: self.column(column, false)?, prefix: prefix.clone() }
            }
        })
    }
}

/// Returns are negative or nothing, invoices are not negative (FORMATS).
fn signs(row: &Row, kind: LineKind, quantity: Quantity, net: Money) -> Parsed<()> {
    let wrong = |number: i64| match kind {
        LineKind::Invoice => number < 0,
        LineKind::Return => number > 0,
    };
    if wrong(quantity.micro) {
        return Err(rejected(row, Field::Quantity.name(), Reason::BadSign, &quantity.plain()));
    }
    if wrong(net.minor) {
        return Err(rejected(row, Field::NetAmount.name(), Reason::BadSign, &net.plain()));
    }
    Ok(())
}

fn some(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

fn missing(row: &Row, field: Field) -> Box<RejectedRow> {
    rejected(row, field.name(), Reason::Missing, "")
}

/// A row that can't be used, for the reason, with what stands there cut to a readable length.
pub fn rejected(row: &Row, column: &str, reason: Reason, found: &str) -> Box<RejectedRow> {
    Box::new(RejectedRow {
        place: FilePlace { line: row.line, column: column.to_owned() },
        reason,
        found: found.chars().take(60).filter(|sign| !sign.is_control()).collect(),
    })
}
