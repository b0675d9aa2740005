//! Customers' and products' files, targets and baselines: few rows, so one transaction; the dry
//! run is the same code in a rehearsal.

use std::collections::{BTreeSet, HashMap};

use super::figures::Figures;
use super::read::{Row, Table};
use super::rejected::RejectedFile;
use super::rules::fields::Field;
use super::rules::parse::{Plan, rejected};
use super::rules::{ImportKind, Product, Reason, RejectedRow, Report};
use super::{Watch, store};
use crate::customers::{self, NewCustomer, Upserted};
use crate::db::{Tx, next_number, next_numbers};
use crate::error::Result;
use crate::policies::FigureKind;
use crate::values::{Currency, Fingerprint, Key};

/// The currency of a customer whose file names none: the house's own.
const HOME: Currency = Currency::CNY;

/// Goes through the file and brings what it says up to date.
pub(super) fn run(
    tx: &mut Tx<'_>,
    kind: ImportKind,
    mut table: Table,
    plan: &Plan,
    watch: &mut Watch<'_>,
) -> Result<Report> {
    let mut report = Report { unknown_columns: plan.unread.clone(), ..Report::default() };
    let mut out = watch.rejected_file(table.header());
    let mut seen = HashMap::new();
    let mut moved = Moved::default();
    let mut figures = Figures::new(match kind {
        ImportKind::Targets => FigureKind::Target,
        _ => FigureKind::Baseline,
    });
    let mut row = Row::default();
    while table.next(&mut row)? {
        report.rows += 1;
        let why = match plan.skips(&row) {
            Some(skipped) => {
                report.skipped_by_mapping += 1;
                Some(Box::new(skipped))
            }
            None if kind == ImportKind::Customers => {
                customer(tx, plan, &row, &mut seen, &mut moved, &mut report)?
            }
            None if kind == ImportKind::Products => {
                product(tx, plan, &row, &mut seen, &mut moved, &mut report)?
            }
            None => figures.row(tx, plan, &row, &mut report)?,
        };
        if let Some(why) = why {
            if let Some(out) = &mut out {
                out.add(&row, &why)?;
            }
            report.reject(*why);
        }
        if report.rows.is_multiple_of(500) {
            watch.progress(table.taken(), table.bytes);
        }
    }
    watch.progress(table.bytes, table.bytes);
    out.map_or(Ok(()), RejectedFile::finish)?;
    moved.touch(tx)?;
    figures.keep(tx, &mut report)?;
    Ok(report)
}

/// Customers and products known before, of whom something changed that policies go by.
#[derive(Default)]
struct Moved {
    customers: BTreeSet<Key>,
    /// Codes of customer groups that gained or lost somebody.
    groups: BTreeSet<String>,
    products: Vec<Key>,
}

impl Moved {
    /// Has the next accrual run compute all their months again: what they count for may differ.
    fn touch(self, tx: &mut Tx<'_>) -> Result<()> {
        let mut customers = self.customers;
        let groups: Vec<String> = self.groups.into_iter().collect();
        customers.extend(customers::in_groups(tx, &groups)?);
        customers.extend(store::lines::buyers(tx, &self.products)?);
        if customers.is_empty() {
            return Ok(());
        }
        let customers: Vec<Key> = customers.into_iter().collect();
        let seq = next_number(tx, "touched")?;
        store::months::touch_all(tx, &customers, seq)
    }
}

type Seen = HashMap<String, String>;

/// Notes the code; whether the file said it before, and then whether the same.
fn before(seen: &mut Seen, code: &str, content: String) -> Option<bool> {
    match seen.get(code) {
        Some(known) => Some(*known == content),
        None => {
            seen.insert(code.to_owned(), content);
            None
        }
    }
}

fn customer(
    tx: &mut Tx<'_>,
    plan: &Plan,
    row: &Row,
    seen: &mut Seen,
    moved: &mut Moved,
    report: &mut Report,
) -> Result<Option<Box<RejectedRow>>> {
    let code = match plan.subject(row, Field::CustomerCode) {
        Ok(code) => code,
        Err(why) => return Ok(Some(why)),
    };
    let base = match customers::known(tx, &code)? {
        Some(known) => NewCustomer::from(known),
        None => NewCustomer::regular(&code, HOME),
    };
    let groups = [base.group_code.clone(), Some(code)];
    let new = match plan.customer(row, base, HOME) {
        Ok(new) => new,
        Err(why) => return Ok(Some(why)),
    };
    match before(seen, &new.code, format!("{new:?}")) {
        Some(true) => report.known += 1,
        Some(false) => {
            return Ok(Some(rejected(row, "customer_code", Reason::Repeated, &new.code)));
        }
        None => match customers::upsert(tx, &new)? {
            Upserted::New(_) => {
                report.new += 1;
                moved.groups.extend(groups.into_iter().flatten());
            }
            Upserted::Changed { key, terms } => {
                report.changed += 1;
                if terms {
                    moved.customers.insert(key);
                    let now = new.group_code.clone();
                    moved.groups.extend(groups.into_iter().flatten().chain(now));
                }
            }
            Upserted::Same(_) => report.known += 1,
        },
    }
    Ok(None)
}

fn product(
    tx: &mut Tx<'_>,
    plan: &Plan,
    row: &Row,
    seen: &mut Seen,
    moved: &mut Moved,
    report: &mut Report,
) -> Result<Option<Box<RejectedRow>>> {
    let code = match plan.subject(row, Field::ProductCode) {
        Ok(code) => code,
        Err(why) => return Ok(Some(why)),
    };
    let known = store::products::by_code(tx, &code)?;
    let base = known.clone().unwrap_or_else(|| Product {
        id: 0,
        name: code.clone(),
        code,
        category: String::new(),
        brand: String::new(),
        unit: String::new(),
    });
    let mut new = match plan.product(row, base) {
        Ok(new) => new,
        Err(why) => return Ok(Some(why)),
    };
    let content = Fingerprint::new("product")
        .field(&new.name)
        .field(&new.category)
        .field(&new.brand)
        .field(&new.unit)
        .finish();
    match before(seen, &new.code, content) {
        Some(true) => report.known += 1,
        Some(false) => {
            return Ok(Some(rejected(row, "product_code", Reason::Repeated, &new.code)));
        }
        None => match known {
            None => {
                new.id = next_numbers(tx, "products", 1)?;
                store::products::insert(tx, std::slice::from_ref(&new))?;
                report.new += 1;
            }
            Some(known) if new == known => report.known += 1,
            Some(known) => {
                store::products::update(tx, &new)?;
                report.changed += 1;
                if (&new.category, &new.brand) != (&known.category, &known.brand) {
                    moved.products.push(known.id);
                }
            }
        },
    }
    Ok(None)
}
