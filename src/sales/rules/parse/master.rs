//! What rows of customers' and products' files say.

use super::{Parsed, Plan, missing, rejected, some};
use crate::customers::{CustomerKind, NewCustomer, REGULAR};
use crate::sales::read::Row;
use crate::sales::rules::fields::Field;
use crate::sales::rules::{Product, Reason};
use crate::values::{Currency, EmailAddress, Language};

impl Plan {
    /// The code of the customer or product that a row of their files is about.
    pub fn subject(&self, row: &Row, field: Field) -> Parsed<String> {
        self.shape(row)?;
        self.needed(row, field)
    }

    /// The customer as a row of a customers file leaves it. A column the file doesn't have leaves
    /// what `base` says; an empty cell clears it, the currency to `default_currency`.
    pub fn customer(
        &self,
        row: &Row,
        base: NewCustomer,
        default_currency: Currency,
    ) -> Parsed<NewCustomer> {
        let mut new = base;
        new.name = some(self.words(row, Field::Name)?).ok_or_else(|| missing(row, Field::Name))?;
        if self.has(Field::Type) {
            new.kind = match self.code(row, Field::Type)?.as_str() {
                "" => CustomerKind::Customer,
                text => CustomerKind::from_code(text)
                    .ok_or_else(|| rejected(row, Field::Type.name(), Reason::BadKind, text))?,
            };
        }
        if self.has(Field::Class) {
            let class = self.code(row, Field::Class)?;
            new.class = if class.is_empty() { REGULAR.to_owned() } else { class };
        }
        if self.has(Field::Region) {
            new.region = self.words(row, Field::Region)?;
        }
        if self.has(Field::Currency) {
            new.currency = self.currency(row)?.unwrap_or(default_currency);
        }
        if self.has(Field::GroupCode) {
            new.group_code = some(self.code(row, Field::GroupCode)?);
        }
        if self.has(Field::Since) {
            new.since = self.date(row, Field::Since)?;
        }
        if self.has(Field::TaxId) {
            new.tax_id = some(self.code(row, Field::TaxId)?);
        }
        if self.has(Field::AccountManager) {
            new.account_manager = match self.code(row, Field::AccountManager)?.as_str() {
                "" => None,
                text => Some(email(row, Field::AccountManager, text)?.as_str().to_owned()),
            };
        }
        if self.has(Field::Language) {
            new.language = match self.code(row, Field::Language)?.as_str() {
                "" => Language::default(),
                text => Language::from_code(text).ok_or_else(|| {
                    rejected(row, Field::Language.name(), Reason::BadLanguage, text)
                })?,
            };
        }
        new.statement_emails = self.emails(row)?;
        Ok(new)
    }

    /// The product as a row of a products file leaves it, like [`Plan::customer`].
    pub fn product(&self, row: &Row, base: Product) -> Parsed<Product> {
        let mut new = base;
        if self.has(Field::Name) {
            let name = self.words(row, Field::Name)?;
            new.name = if name.is_empty() { new.code.clone() } else { name };
        }
        if self.has(Field::Category) {
            new.category = self.words(row, Field::Category)?;
        }
        if self.has(Field::Brand) {
            new.brand = self.words(row, Field::Brand)?;
        }
        if self.has(Field::Unit) {
            new.unit = self.words(row, Field::Unit)?;
        }
        Ok(new)
    }

    fn emails(&self, row: &Row) -> Parsed<Option<Vec<EmailAddress>>> {
        if !self.has(Field::StatementEmails) {
            return Ok(None);
        }
        let text = self.words(row, Field::StatementEmails)?;
        let mut emails = text
            .split([';', '；'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| email(row, Field::StatementEmails, part))
            .collect::<Parsed<Vec<_>>>()?;
        emails.sort();
        emails.dedup();
        Ok(Some(emails))
    }
}

fn email(row: &Row, field: Field, text: &str) -> Parsed<EmailAddress> {
    EmailAddress::parse(text).ok_or_else(|| rejected(row, field.name(), Reason::BadEmail, text))
}
