//! Reconciliation with the accounting system (PAGES F10): its totals per customer and period
//! against our ledger.
//!
//! Owns `erp_imports`, `erp_lines`, `erp_differences`. Promises: a file comes in whole or not at
//! all; its lines of one customer, period, currency and figure add up to their total, and the
//! latest file's total counts; what differs is a difference until both sides agree or somebody
//! explains it, and an explanation holds only for the amounts it was given for. Deliberately
//! absent: any booking. A mistake of ours is mended where it was made.

mod rules;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::ledger::{self, Posted};
use crate::sales::{FileRow, FileTable};
use crate::values::{
    Currency, ErpDifferenceId, ErpImportId, Fingerprint, Key, Money, Period, Problem, Text,
};
use crate::words::Words;

pub use rules::{COLUMNS, Figure, FileLine, State, totals};

/// What a total is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    pub customer: Key,
    pub period: Period,
    pub currency: Currency,
    pub figure: Figure,
}

/// A file that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub id: ErpImportId,
    pub file_name: String,
    pub file_hash: String,
    pub lines: usize,
    /// Whoever isn't in it has nothing there.
    pub complete: bool,
    /// Totals that agree, and those that don't.
    pub agreed: usize,
    pub differing: usize,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Where the two differ, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub id: ErpDifferenceId,
    /// The file their side comes from.
    pub import: ErpImportId,
    pub subject: Subject,
    pub ours: i64,
    pub theirs: i64,
    pub state: State,
    /// Why both are right.
    pub note: Option<String>,
    pub closed_by: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub found_at: DateTime<Utc>,
}

impl Difference {
    /// An amount in its currency.
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.subject.currency)
    }

    /// Ours less theirs.
    pub fn difference(&self) -> i64 {
        self.ours - self.theirs
    }
}

/// One line of their side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirLine {
    pub line: i64,
    pub amount: i64,
    pub voucher: String,
    pub dated: Option<NaiveDate>,
    pub text: String,
}

/// One entry of our side, with what of it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurLine {
    pub entry: Posted,
    pub amount: i64,
}

/// A comparison.
pub(crate) struct Found {
    subject: Subject,
    days: (NaiveDate, NaiveDate),
    ours: i64,
    theirs: i64,
}

/// Longest note, in characters.
const LONGEST_NOTE: usize = 1_000;
/// How many wrong lines a refusal names.
const MOST_PROBLEMS: usize = 50;

/// Reads a file of totals; nothing is stored.
///
/// # Errors
/// It is no table, a column is missing, lines can't be right, each with its line and column, or
/// they come to more than can be kept.
pub fn read(path: &Path, name: &str) -> Result<Vec<FileLine>> {
    let mut table = FileTable::open(path, name)?;
    let place =
        |column: &str| table.header().iter().position(|found| found.eq_ignore_ascii_case(column));
    let places: HashMap<&str, usize> =
        COLUMNS.iter().filter_map(|(column, _)| Some((*column, place(column)?))).collect();
    let missing: Vec<Problem> = COLUMNS
        .iter()
        .filter(|(column, needed)| *needed && !places.contains_key(column))
        .map(|(column, _)| Problem::new(*column, Text::new("erp-no-column").with("column", column)))
        .collect();
    if !missing.is_empty() {
        return Err(Error::Invalid(missing));
    }
    let width = table.header().len();
    let (mut lines, mut problems, mut row) = (Vec::new(), Vec::new(), FileRow::default());
    while problems.len() < MOST_PROBLEMS && table.next(&mut row)? {
        let cell = |column: &str| {
            places.get(column).map_or("", |place| row.cell(*place).trim()).to_owned()
        };
        let cells = row.cells().count();
        // An amount like 1,234.56 without quotes falls into two cells and moves the others.
        if cells > width || (cells < width && !table.is_sheet) {
            let text = Text::new("erp-ragged").with("found", cells).with("width", width);
            problems.push(Problem::new(place_of(row.line, None), text));
            continue;
        }
        match rules::read(row.line, cell) {
            Ok(line) => lines.push(line),
            Err(wrong) => problems.extend(
                wrong
                    .into_iter()
                    .map(|(column, text)| Problem::new(place_of(row.line, Some(column)), text)),
            ),
        }
    }
    if lines.is_empty() && problems.is_empty() {
        problems.push(Problem::new(name, Text::new("import-file-empty")));
    }
    if !adds_up(&lines) {
        problems.push(Problem::new(name, Text::new("import-file-sum")));
    }
    if problems.is_empty() { Ok(lines) } else { Err(Error::Invalid(problems)) }
}

/// Where something is wrong, in English: `line 3, amount`.
fn place_of(line: impl std::fmt::Display, column: Option<&str>) -> String {
    match column {
        Some(column) => format!("line {line}, {column}"),
        None => format!("line {line}"),
    }
}

/// Where something is wrong, in the reader's language; what is no place in a file stays as it is.
pub fn said_place(place: &str, words: &Words) -> String {
    let Some(at) = place.strip_prefix("line ") else { return place.to_owned() };
    match at.split_once(", ") {
        Some((line, column)) => words.t2("erp-place-cell", "line", line, "column", column),
        None => words.t1("erp-place-line", "line", at),
    }
}

/// Whether any sum of the lines, and its difference from any of ours, can be kept.
fn adds_up(lines: &[FileLine]) -> bool {
    const MOST: i64 = i64::MAX / 4;
    let sum = |sum: i64, line: &FileLine| sum.checked_add(line.amount.checked_abs()?);
    lines.iter().try_fold(0, sum).is_some_and(|sum| sum <= MOST)
}

/// Brings the lines in and compares their totals with the ledger. `complete` says that who isn't
/// in the file has nothing there.
///
/// # Errors
/// Customers that the portal doesn't know, each with its line; nothing is stored then.
pub fn bring_in(
    tx: &mut Tx<'_>,
    file_name: &str,
    lines: &[FileLine],
    complete: bool,
) -> Result<Imported> {
    let keys = customers::keys(tx)?;
    let mut known = Vec::with_capacity(lines.len());
    let mut problems = Vec::new();
    for line in lines {
        match keys.get(&line.customer_code) {
            Some(key) => known.push((*key, line)),
            None if problems.len() < MOST_PROBLEMS => problems.push(Problem::new(
                place_of(line.line, Some("customer_code")),
                Text::new("accrual-no-such-customer").with("code", &line.customer_code),
            )),
            None => {}
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut import = Imported {
        id: ErpImportId::new(),
        file_name: file_name.to_owned(),
        file_hash: fingerprint(lines),
        lines: lines.len(),
        complete,
        agreed: 0,
        differing: 0,
        by: tx.by().name.clone(),
        at: tx.at(),
    };
    store::insert_import(tx, &import)?;
    store::insert_lines(tx, &import.id, &known)?;
    let found = compare(tx, &known, complete)?;
    let periods: BTreeSet<Period> = found.iter().map(|one| one.subject.period).collect();
    let standing = store::of_periods(tx, periods)?;
    for found in found {
        if found.ours == found.theirs {
            import.agreed += 1;
        } else {
            import.differing += 1;
        }
        keep(tx, &import.id, &found, standing.get(&found.subject))?;
    }
    store::conclude(tx, &import)?;
    audit::record(
        tx,
        audit::Event {
            action: "erp.imported",
            object: ("erp_import", import.id.as_str()),
            after: Some(import.file_hash.clone()),
            reason: Some(&format!(
                "{file_name}: lines {}, agreed {}, differing {}",
                import.lines, import.agreed, import.differing
            )),
            ..audit::Event::default()
        },
    )?;
    Ok(import)
}

fn fingerprint(lines: &[FileLine]) -> String {
    let mut print = Fingerprint::new("openrebate erp file 1");
    for line in lines {
        print = print
            .field(&line.customer_code)
            .field(line.period.to_string())
            .field(line.currency.as_str())
            .field(line.figure.as_str())
            .field(line.amount.to_string())
            .field(&line.voucher)
            .field(line.dated.map_or_else(String::new, |day| day.to_string()))
            .field(&line.text);
    }
    print.finish()
}

/// Both sides of every total of the file, in the order of customers.
fn compare(conn: &mut Conn, known: &[(Key, &FileLine)], complete: bool) -> Result<Vec<Found>> {
    let mut theirs: BTreeMap<Key, BTreeMap<(Period, Currency, Figure), i64>> = BTreeMap::new();
    let mut asked: BTreeSet<(Period, Currency, Figure)> = BTreeSet::new();
    for (customer, line) in known {
        let total = (line.period, line.currency, line.figure);
        *theirs.entry(*customer).or_default().entry(total).or_insert(0) += line.amount;
        asked.insert(total);
    }
    if complete {
        for (customer, _) in ledger::all_balances(conn)? {
            let totals = theirs.entry(customer).or_default();
            asked.iter().for_each(|total| {
                totals.entry(*total).or_insert(0);
            });
        }
    }
    let mut found = Vec::new();
    let theirs: Vec<_> = theirs.into_iter().collect();
    // The entries of some customers at a time: all of them may be too many to hold.
    for some in theirs.chunks(200) {
        let customers: Vec<Key> = some.iter().map(|(customer, _)| *customer).collect();
        let entries = ledger::of_customers(conn, &customers)?;
        for (customer, totals) in some {
            let entries = entries.get(customer).map_or(&[][..], Vec::as_slice);
            for ((period, currency, figure), theirs) in totals {
                let subject = Subject {
                    customer: *customer,
                    period: *period,
                    currency: *currency,
                    figure: *figure,
                };
                // A term has no days; the file's reader refuses it.
                let Some(days) = period.days() else { continue };
                let ours = sum(entries, &subject, days);
                found.push(Found { subject, days, ours, theirs: *theirs });
            }
        }
    }
    Ok(found)
}

fn sum(entries: &[Posted], subject: &Subject, days: (NaiveDate, NaiveDate)) -> i64 {
    let in_currency = entries.iter().filter(|entry| entry.currency == subject.currency);
    in_currency.map(|entry| subject.figure.of(entry, days)).sum()
}

/// Keeps what was found: a new difference, one that changed, or one that is gone.
fn keep(
    tx: &mut Tx<'_>,
    import: &ErpImportId,
    found: &Found,
    known: Option<&Difference>,
) -> Result<()> {
    let sides = (found.ours, found.theirs);
    match known {
        None if found.ours == found.theirs => Ok(()),
        None => store::insert(tx, import, found),
        Some(known) => restate(tx, known, import, sides),
    }
}

/// An explanation stands as long as both amounts do.
fn restate(
    tx: &mut Tx<'_>,
    known: &Difference,
    import: &ErpImportId,
    (ours, theirs): (i64, i64),
) -> Result<()> {
    let same = (known.ours, known.theirs) == (ours, theirs);
    let state = match known.state {
        _ if ours == theirs => State::Agreed,
        State::Explained if same => State::Explained,
        _ => State::Open,
    };
    store::restate(tx, &known.id, import, (ours, theirs), state)
}

/// Differences that fit, latest period first.
pub fn differences(
    conn: &mut Conn,
    period: Option<Period>,
    state: Option<State>,
) -> Result<Vec<Difference>> {
    store::list(conn, period, state)
}

/// One difference.
pub fn difference(conn: &mut Conn, id: &ErpDifferenceId) -> Result<Difference> {
    store::one(conn, id)?.ok_or(Error::NotFound)
}

/// The latest files, newest first.
pub fn imports(conn: &mut Conn, limit: i64) -> Result<Vec<Imported>> {
    store::imports(conn, limit)
}

/// What each side is made of: their lines, and our entries, oldest first. Of a balance only the
/// entries of its period are listed; what stood before is one sum.
pub fn sides(
    conn: &mut Conn,
    difference: &Difference,
) -> Result<(Vec<TheirLine>, Vec<OurLine>, i64)> {
    let subject = &difference.subject;
    let theirs = store::their_lines(conn, &difference.import, subject)?;
    let Some(days) = subject.period.days() else { return Ok((theirs, Vec::new(), 0)) };
    let mut entries = ledger::of_customer(conn, subject.customer, None, i64::MAX)?;
    entries.retain(|entry| entry.currency == subject.currency);
    entries.reverse();
    let (mut ours, mut before) = (Vec::new(), 0);
    for entry in entries {
        let amount = subject.figure.of(&entry, days);
        if entry.effective < days.0 {
            before += amount;
        } else if amount != 0 {
            ours.push(OurLine { entry, amount });
        }
    }
    Ok((theirs, ours, before))
}

/// Closes an open difference with the reason why both sides are right. The amounts are those the
/// writer saw.
///
/// # Errors
/// The note is missing or too long; it isn't open, or its amounts changed meanwhile.
pub fn explain(tx: &mut Tx<'_>, id: &ErpDifferenceId, shown: (i64, i64), note: &str) -> Result<()> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > LONGEST_NOTE {
        let text = Text::new("erp-note-unfit").with("most", LONGEST_NOTE);
        return Err(Error::Invalid(vec![Problem::new("note", text)]));
    }
    let difference = difference(tx, id)?;
    if !store::explain(tx, id, shown, note)? {
        return Err(Error::refused("erp-not-open"));
    }
    tell(tx, "erp_difference.explained", &difference, note)
}

/// Compares once more with the ledger as it is now.
///
/// # Errors
/// There is no such difference.
pub fn check_again(tx: &mut Tx<'_>, id: &ErpDifferenceId) -> Result<Difference> {
    let known = difference(tx, id)?;
    let Some(days) = known.subject.period.days() else { return Ok(known) };
    let entries = ledger::of_customer(tx, known.subject.customer, None, i64::MAX)?;
    let ours = sum(&entries, &known.subject, days);
    restate(tx, &known, &known.import, (ours, known.theirs))?;
    let now = difference(tx, id)?;
    if now != known {
        let said = format!(
            "ours {}, theirs {}",
            now.money(now.ours).plain(),
            now.money(now.theirs).plain()
        );
        tell(tx, "erp_difference.checked", &now, &said)?;
    }
    Ok(now)
}

fn tell(
    tx: &mut Tx<'_>,
    action: &'static str,
    difference: &Difference,
    reason: &str,
) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("erp_difference", difference.id.as_str()),
            customer: Some(difference.subject.customer),
            reason: Some(reason),
            ..audit::Event::default()
        },
    )
}
