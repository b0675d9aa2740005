//! What policies leave out, counted and named again from the lines: an accrual keeps only what
//! counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;

use super::explain::{Window, earning_customers, fact};
use super::rules::{Disposition, Exclusion, Plan, ProductFacts};
use super::{Accrual, compute};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::Shelf;
use crate::sales::{self, Product, SalesLine};
use crate::values::Key;

/// A line of the accrual's days that its policy leaves out.
#[derive(Debug, Clone)]
pub struct LeftOut {
    pub line: SalesLine,
    pub product: Option<Product>,
    /// The day that puts it into the period; that of its document where the policy's is missing.
    pub day: NaiveDate,
    pub why: Exclusion,
}

/// The lines that each accrual leaves out, the largest amounts first: the customer's, or those of
/// the whole group it earns on. What several accruals look at is read once. The versions are on the
/// shelf.
pub fn left_out(conn: &mut Conn, accruals: &[Accrual], shelf: &Shelf) -> Result<Vec<Vec<LeftOut>>> {
    let desk = Desk::read(conn, accruals, shelf)?;
    Ok(accruals.iter().zip(&desk.days).map(|(accrual, days)| desk.of(accrual, days)).collect())
}

/// Whose lines of which document dates.
type Days = (Key, NaiveDate, NaiveDate);

struct Desk<'s> {
    shelf: &'s Shelf,
    /// By accrual, in their order.
    days: Vec<Vec<Days>>,
    lines: HashMap<Days, Vec<SalesLine>>,
    catalogue: HashMap<Key, Product>,
    products: HashMap<Key, ProductFacts>,
}

impl<'s> Desk<'s> {
    fn read(conn: &mut Conn, accruals: &[Accrual], shelf: &'s Shelf) -> Result<Self> {
        let mut days = Vec::with_capacity(accruals.len());
        let mut lines: HashMap<Days, Vec<SalesLine>> = HashMap::new();
        // Which lines there are is a matter of dates; only what becomes of them, of products.
        let none = HashMap::new();
        for accrual in accruals {
            let version = shelf.version(&accrual.version)?;
            let window = Window::of(&Plan::new(version, &none), accrual);
            let mut looked_at = Vec::new();
            for (customer, _) in earning_customers(conn, accrual)? {
                let place = (customer, window.from, window.to);
                if let Entry::Vacant(lacking) = lines.entry(place) {
                    lacking.insert(sales::lines_of(conn, customer, window.from, window.to)?);
                }
                looked_at.push(place);
            }
            days.push(looked_at);
        }
        let mut keys: Vec<Key> = lines.values().flatten().map(|line| line.product).collect();
        keys.sort_unstable();
        keys.dedup();
        let catalogue = sales::products_by_key(conn, &keys)?;
        let products = compute::facts_of(&catalogue);
        Ok(Self { shelf, days, lines, catalogue, products })
    }

    fn of(&self, accrual: &Accrual, days: &[Days]) -> Vec<LeftOut> {
        let Ok(version) = self.shelf.version(&accrual.version) else { return Vec::new() };
        let plan = Plan::new(version, &self.products);
        let window = Window::of(&plan, accrual);
        let all = days.iter().filter_map(|place| self.lines.get(place)).flatten();
        let mut found: Vec<(&SalesLine, Exclusion)> = all
            .filter(|line| window.holds(&plan, line))
            .filter_map(|line| match plan.disposition(&fact(line)) {
                Disposition::Excluded(why) => Some((line, why)),
                _ => None,
            })
            .collect();
        found.sort_by(|(a, _), (b, _)| {
            let of = |line: &SalesLine| {
                (line.document_date, line.document_no.clone(), line.line_id.clone())
            };
            b.net.minor.abs().cmp(&a.net.minor.abs()).then_with(|| of(a).cmp(&of(b)))
        });
        let named = |(line, why): (&SalesLine, Exclusion)| LeftOut {
            line: line.clone(),
            product: self.catalogue.get(&line.product).cloned(),
            day: plan.decides(&fact(line)).unwrap_or(line.document_date),
            why,
        };
        found.into_iter().map(named).collect()
    }
}
