//! A sales file's way in: one pass over its rows that checks, and another that writes in chunks.
//! Both read, look up and decide alike, so the dry run can't differ from the import.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use chrono::{Datelike, NaiveDate};

use super::read::{Row, Table};
use super::rejected::RejectedFile;
use super::rules::parse::{ParsedLine, Plan, rejected};
use super::rules::{NewLine, Options, Reason, RejectedRow, Report, SalesLine};
use super::{Watch, store};
use crate::customers;
use crate::db::{Conn, Db, next_numbers};
use crate::error::{Error, Result};
use crate::values::{Actor, Currency, ImportId, Key, Text};

/// Rows looked up and written at once.
const BATCH: usize = 20_000;

/// Who writes, and the import the lines belong to.
pub(super) struct Pen<'a> {
    pub actor: &'a Actor,
    pub import: &'a ImportId,
    /// Rows an earlier, interrupted try has written.
    pub rows_written: i64,
}

/// What a pass found out.
#[derive(Default)]
pub(super) struct Found {
    pub report: Report,
    /// Months touched, by customer and first day, with the latest day that carries lines.
    pub months: BTreeMap<(Key, NaiveDate), NaiveDate>,
    /// Customers that would have to be made, and products with their names.
    pub new_customers: Vec<(String, Currency)>,
    pub new_products: Vec<(String, String)>,
    pub rows_written: i64,
    /// Customers or products that seemed missing were made meanwhile, so that lines which are known
    /// look like others: to be looked at again.
    pub outdated: bool,
}

impl Found {
    pub(super) fn of(report: Report) -> Self {
        Self { report, ..Self::default() }
    }
}

pub(super) struct Pass<'a> {
    db: &'a Db,
    table: Table,
    plan: Plan,
    create_missing: bool,
    /// The import whose lines in the database are this file's own.
    ours: Option<ImportId>,
    customers: HashMap<String, Key>,
    products: HashMap<String, Key>,
    seen: Seen,
    found: Found,
}

struct Entry {
    row: Row,
    said: std::result::Result<NewLine, Box<RejectedRow>>,
}

/// What becomes of a good row.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    New,
    /// Written by an earlier try of the same import.
    Ours,
    Known,
    Conflict,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        db: &'a Db,
        table: Table,
        plan: Plan,
        options: &Options,
        ours: Option<ImportId>,
    ) -> Result<Self> {
        let (customers, products) =
            db.read(|conn| Ok((customers::keys(conn)?, store::products::keys(conn)?)))?;
        let report = Report { unknown_columns: plan.unread.clone(), ..Report::default() };
        Ok(Self {
            db,
            table,
            plan,
            create_missing: options.create_missing,
            ours,
            customers,
            products,
            seen: Seen::default(),
            found: Found {
                report,
                months: BTreeMap::new(),
                new_customers: Vec::new(),
                new_products: Vec::new(),
                rows_written: 0,
                outdated: false,
            },
        })
    }

    /// Goes through the file; writes when there is a pen.
    pub(super) fn run(mut self, pen: Option<&Pen<'_>>, watch: &mut Watch<'_>) -> Result<Found> {
        self.found.rows_written = pen.map_or(0, |pen| pen.rows_written);
        let mut out = watch.rejected_file(self.table.header());
        let mut batch = Vec::with_capacity(BATCH);
        let mut row = Row::default();
        while self.table.next(&mut row)? {
            let said = self.read(&row);
            self.found.report.rows += 1;
            if let Some(said) = said {
                batch.push(Entry { row: std::mem::take(&mut row), said });
            }
            if batch.len() == BATCH {
                self.flush(&mut batch, pen, out.as_mut())?;
                watch.progress(self.table.taken(), self.table.bytes);
            }
        }
        self.flush(&mut batch, pen, out.as_mut())?;
        watch.progress(self.table.bytes, self.table.bytes);
        if self.found.outdated && self.made_meanwhile()? {
            return Ok(self.found);
        }
        self.found.outdated = false;
        out.map_or(Ok(()), RejectedFile::finish)?;
        let report = &mut self.found.report;
        report.customers_made = count(self.found.new_customers.len());
        report.products_made = count(self.found.new_products.len());
        Ok(self.found)
    }

    /// Whether anything that seemed missing is there now.
    fn made_meanwhile(&self) -> Result<bool> {
        let Found { new_customers, new_products, .. } = &self.found;
        self.db.read(|conn| {
            let (customers, products) = (customers::keys(conn)?, store::products::keys(conn)?);
            Ok(new_customers.iter().any(|(code, _)| customers.contains_key(code))
                || new_products.iter().any(|(code, _)| products.contains_key(code)))
        })
    }

    /// What the row says; None when the file said the same line before.
    fn read(&mut self, row: &Row) -> Option<std::result::Result<NewLine, Box<RejectedRow>>> {
        if let Some(skipped) = self.plan.skips(row) {
            self.found.report.skipped_by_mapping += 1;
            return Some(Err(Box::new(skipped)));
        }
        let parsed = match self.plan.line(row) {
            Ok(parsed) => parsed,
            Err(why) => return Some(Err(why)),
        };
        let line = match self.resolve(row, &parsed) {
            Ok(line) => line,
            Err(why) => return Some(Err(why)),
        };
        match self.seen.note(&parsed) {
            Seeing::First => Some(Ok(line)),
            Seeing::Same => {
                self.found.report.known += 1;
                None
            }
            Seeing::Other => Some(Err(rejected(row, "line_id", Reason::Repeated, &parsed.line_id))),
        }
    }

    /// Finds the customer and the product, or notes that they have to be made: what isn't made
    /// yet gets a key below zero, which no line in the database has.
    fn resolve(
        &mut self,
        row: &Row,
        said: &ParsedLine,
    ) -> std::result::Result<NewLine, Box<RejectedRow>> {
        let customer = self.customers.get(&said.customer_code).copied();
        let product = self.products.get(&said.product_code).copied();
        let unknown = |column, reason, code: &str| Err(rejected(row, column, reason, code));
        if customer.is_none() && !self.create_missing {
            return unknown("customer_code", Reason::UnknownCustomer, &said.customer_code);
        }
        if product.is_none() && !self.create_missing {
            return unknown("product_code", Reason::UnknownProduct, &said.product_code);
        }
        let customer = customer.unwrap_or_else(|| {
            let new = &mut self.found.new_customers;
            new.push((said.customer_code.clone(), said.net.currency));
            let key = placeholder(new.len());
            self.customers.insert(said.customer_code.clone(), key);
            key
        });
        let product = product.unwrap_or_else(|| {
            let new = &mut self.found.new_products;
            new.push((said.product_code.clone(), said.product_name.clone()));
            let key = placeholder(new.len());
            self.products.insert(said.product_code.clone(), key);
            key
        });
        Ok(NewLine {
            source: said.source.clone(),
            line_id: said.line_id.clone(),
            document_no: said.document_no.clone(),
            document_date: said.document_date,
            customer,
            product,
            quantity: said.quantity,
            net: said.net,
            kind: said.kind,
            unit_price: said.unit_price.clone(),
            original_line_id: said.original_line_id.clone(),
            delivery_date: said.delivery_date,
            paid_date: said.paid_date,
        })
    }

    fn flush(
        &mut self,
        batch: &mut Vec<Entry>,
        pen: Option<&Pen<'_>>,
        mut out: Option<&mut RejectedFile>,
    ) -> Result<()> {
        let lines: Vec<&NewLine> = batch.iter().filter_map(|e| e.said.as_ref().ok()).collect();
        let fates = match pen {
            None => self.db.read(|conn| fates(conn, &lines, self.ours.as_ref()))?,
            Some(pen) => {
                let (fates, written) = self.write(&lines, pen)?;
                self.found.rows_written += written;
                fates
            }
        };
        let mut fates = fates.into_iter();
        for Entry { row, said } in batch.drain(..) {
            let why = match said {
                Err(why) => Some(why),
                Ok(line) => match fates.next() {
                    Some(Fate::New | Fate::Ours) => {
                        self.count(&line)?;
                        None
                    }
                    Some(Fate::Known) => {
                        self.found.report.known += 1;
                        None
                    }
                    Some(Fate::Conflict) | None => {
                        // A line in the database names customers and products that are there.
                        self.found.outdated |= line.customer < 0 || line.product < 0;
                        Some(rejected(&row, "line_id", Reason::Conflict, &line.line_id))
                    }
                },
            };
            if let Some(why) = why {
                if let Some(out) = &mut out {
                    out.add(&row, &why)?;
                }
                self.found.report.reject(*why);
            }
        }
        Ok(())
    }

    /// Writes the new ones among the lines, in one write of their own.
    fn write(&self, lines: &[&NewLine], pen: &Pen<'_>) -> Result<(Vec<Fate>, i64)> {
        let before = self.found.rows_written;
        self.db.write(pen.actor, |tx| {
            let fates = fates(tx, lines, Some(pen.import))?;
            let new: Vec<&NewLine> = lines
                .iter()
                .zip(&fates)
                .filter(|(_, fate)| **fate == Fate::New)
                .map(|(line, _)| *line)
                .collect();
            if new.iter().any(|line| line.customer < 0 || line.product < 0) {
                return Err(Error::refused("import-changed"));
            }
            let written = i64::try_from(new.len()).map_err(Error::internal)?;
            if written == 0 {
                return Ok((fates, 0));
            }
            let first = next_numbers(tx, "sales_lines", written)?;
            store::lines::insert(tx, pen.import, first, &new)?;
            let last = first + written - 1;
            if !store::imports::wrote(tx, pen.import, before, before + written, first, last)? {
                return Err(Error::refused("import-elsewhere"));
            }
            Ok((fates, written))
        })
    }

    fn count(&mut self, line: &NewLine) -> Result<()> {
        self.found
            .report
            .add(line.quantity.micro, line.net)
            .ok_or_else(|| Error::invalid(self.table.name(), Text::new("import-file-sum")))?;
        for day in line.days() {
            let month = day.with_day(1).unwrap_or(day);
            let last = self.found.months.entry((line.customer, month)).or_insert(day);
            *last = day.max(*last);
        }
        Ok(())
    }
}

fn fates(conn: &mut Conn, lines: &[&NewLine], ours: Option<&ImportId>) -> Result<Vec<Fate>> {
    let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in lines {
        by_source.entry(&line.source).or_default().push(&line.line_id);
    }
    let mut known: HashMap<(String, String), SalesLine> = HashMap::new();
    for (source, ids) in by_source {
        for line in store::known::known(conn, source, &ids)? {
            known.insert((line.source.clone(), line.line_id.clone()), line);
        }
    }
    if known.is_empty() {
        return Ok(vec![Fate::New; lines.len()]);
    }
    let fate = |line: &&NewLine| match known.get(&(line.source.clone(), line.line_id.clone())) {
        None => Fate::New,
        Some(old) if !line.is_same_as(old) => Fate::Conflict,
        Some(old) if Some(&old.import) == ours => Fate::Ours,
        Some(_) => Fate::Known,
    };
    Ok(lines.iter().map(fate).collect())
}

fn placeholder(count: usize) -> Key {
    i64::try_from(count).map_or(i64::MIN, |count| -count)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

enum Seeing {
    First,
    Same,
    Other,
}

/// The lines of this file so far, by hashes of their ids (128 bits, keyed anew each time, so that
/// none can be made to collide) and of their content: about 30 bytes a line.
#[derive(Default)]
struct Seen {
    one: RandomState,
    other: RandomState,
    lines: HashMap<(u64, u64), u64>,
}

impl Seen {
    fn note(&mut self, line: &ParsedLine) -> Seeing {
        let id = (&line.source, &line.line_id);
        let content = self.one.hash_one(line);
        match self.lines.entry((self.one.hash_one(id), self.other.hash_one(id))) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(content);
                Seeing::First
            }
            std::collections::hash_map::Entry::Occupied(known) if *known.get() == content => {
                Seeing::Same
            }
            std::collections::hash_map::Entry::Occupied(_) => Seeing::Other,
        }
    }
}
