//! Making an export: claimed by one process, written row by row, told to who asked.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::files::{self, Folder};
use super::rules::{self, KEPT, Kind, LEASE, Scope, TRIES};
use super::{Export, Made, store, tell};
use crate::customers;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::ExportReady;
use crate::people::{self, PersonState};
use crate::reports::{self, ExportFilter, Report, RowFile};
use crate::sales::LineFilter;
use crate::values::{Actor, Language};

/// Makes the export that waits longest; false when there is none.
///
/// # Errors
/// The database is away: the export waits for its next turn.
pub fn work(db: &Db, actor: &Actor, files: &Path) -> Result<bool> {
    work_until(db, actor, files, &|| false)
}

/// As [`work`], and gives the export back when it is time to stop.
///
/// # Errors
/// As for [`work`].
pub fn work_until(db: &Db, actor: &Actor, files: &Path, stop: &dyn Fn() -> bool) -> Result<bool> {
    if db.read(|conn| store::due(conn, db.now().naive_utc()))?.is_none() {
        return Ok(false);
    }
    let Some(export) = db.write(actor, claim)? else { return Ok(false) };
    let claim = export.claim.clone().unwrap_or_default();
    let folder = Folder::of(files);
    if export.tries > TRIES {
        give_up(db, actor, &export, &claim, "export-failed-broken")?;
        return Ok(true);
    }
    let making = Making { db, actor, export: &export, claim: &claim, folder: &folder, stop };
    match making.write() {
        Ok(made) => finish(db, actor, &folder, &export, made)?,
        Err(end) => {
            folder.forget(&export.id, &claim);
            match end {
                End::Lost => {}
                End::Stopped => {
                    db.write(actor, |tx| store::give_back(tx, &export.id, &claim))?;
                }
                End::Failed(Error::Busy(why)) => {
                    db.write(actor, |tx| store::give_back(tx, &export.id, &claim))?;
                    return Err(Error::Busy(why));
                }
                End::Failed(Error::NotFound) => {
                    give_up(db, actor, &export, &claim, "export-failed-rights")?;
                }
                End::Failed(Error::Refused(text)) => {
                    give_up(db, actor, &export, &claim, text.key)?;
                }
                End::Failed(error) => {
                    tracing::error!(export = %export.id, %error, "an export failed");
                    give_up(db, actor, &export, &claim, "export-failed-defect")?;
                }
            }
        }
    }
    Ok(true)
}

fn claim(tx: &mut Tx<'_>) -> Result<Option<Export>> {
    let now = tx.stamp();
    let Some(export) = store::due(tx, now)? else { return Ok(None) };
    let claim = uuid::Uuid::now_v7().simple().to_string();
    let until = (tx.at() + LEASE).naive_utc();
    store::claim(tx, &export.id, &claim, until)?;
    store::one(tx, &export.id)
}

fn give_up(db: &Db, actor: &Actor, export: &Export, claim: &str, why: &str) -> Result<()> {
    db.write(actor, |tx| {
        if store::failed(tx, &export.id, claim, why)? {
            tell(tx, "export.failed", export, why)?;
        }
        Ok(())
    })
}

/// Notes the file and writes to who asked, in one transaction. Somebody who isn't allowed any more
/// by then gets neither.
fn finish(db: &Db, actor: &Actor, folder: &Folder, export: &Export, made: Made) -> Result<()> {
    let claim = export.claim.clone().unwrap_or_default();
    let kept = db.write(actor, |tx| {
        let person = people::by_id(tx, &export.person)?;
        let made = Made { at: tx.at(), expires: tx.at() + KEPT, ..made.clone() };
        let export = Export { made: Some(made.clone()), ..export.clone() };
        if !export.is_of(&person) {
            if store::failed(tx, &export.id, &claim, "export-failed-rights")? {
                tell(tx, "export.failed", &export, "export-failed-rights")?;
            }
            return Ok(false);
        }
        if !store::ready(tx, &export.id, &claim, &made)? {
            return Ok(false);
        }
        tell(tx, "export.made", &export, &format!("rows: {}", made.lines))?;
        let (house, contact) = match export.customer {
            Some(customer) => {
                let customer = customers::by_id(tx, customer)?;
                let house = tx.house();
                (customer.language, Some(customers::contact(tx, &customer, &house)?))
            }
            None => (Language::default(), None),
        };
        let zone = tx.house().zone;
        let letter = ExportReady {
            kind: export.wish.kind.as_str(),
            format: export.wish.format.as_str(),
            rows: made.lines,
            until: made.expires,
            zone,
            contact,
        };
        people::write_to(tx, &person, house, export.customer, export.id.as_str(), &letter)?;
        Ok(true)
    })?;
    if !kept {
        folder.forget(&export.id, &claim);
    }
    Ok(())
}

/// Why an export ended before its last row.
enum End {
    /// Another process has it.
    Lost,
    Stopped,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

struct Making<'a> {
    db: &'a Db,
    actor: &'a Actor,
    export: &'a Export,
    claim: &'a str,
    folder: &'a Folder,
    stop: &'a dyn Fn() -> bool,
}

impl Making<'_> {
    /// The whole file, of one moment of the database.
    fn write(&self) -> Result<Made, End> {
        let wish = &self.export.wish;
        let out = self.folder.create(&self.export.id, self.claim)?;
        let name = wish.kind.as_str().trim_start_matches("own_");
        let mut rows = RowFile::begin(wish.format, name, columns(wish.kind), out)?;
        let mut end = None;
        let mut held = self.db.now();
        let read = self.db.read(|conn| {
            self.check_rights(conn)?;
            self.rows(conn, &mut |row| {
                rows.add(&row)?;
                if rows.rows() % 1_000 == 0
                    && let Err(why) = self.hold(&mut held)
                {
                    end = Some(why);
                    return Err(Error::Duplicate);
                }
                Ok(())
            })?;
            self.notes(conn, rows.rows())
        });
        let notes = match (read, end) {
            (_, Some(end)) => return Err(end),
            (Err(error), None) => return Err(End::Failed(error)),
            (Ok(notes), None) => notes,
        };
        let lines = i64::from(rows.rows());
        rows.finish(&notes)?;
        let path = self.folder.path(&self.export.id, self.claim)?;
        let (bytes, sha256) = files::weigh(&path)?;
        let now = self.db.now();
        Ok(Made { lines, bytes, sha256, at: now, expires: now })
    }

    /// What was a right when it was asked for may be none by now.
    fn check_rights(&self, conn: &mut Conn) -> Result<()> {
        let person = people::by_id(conn, &self.export.person)?;
        let own = rules::still(&person.identity(), self.export.wish.kind, self.export.customer);
        if own && person.state == PersonState::Active { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Says now and then that this process is still at it.
    fn hold(&self, held: &mut DateTime<Utc>) -> Result<(), End> {
        if (self.stop)() {
            return Err(End::Stopped);
        }
        let now = self.db.now();
        if now < *held + LEASE / 3 {
            return Ok(());
        }
        *held = now;
        let until = (now + LEASE).naive_utc();
        let ours =
            self.db.write(self.actor, |tx| store::hold(tx, &self.export.id, self.claim, until))?;
        if ours { Ok(()) } else { Err(End::Lost) }
    }

    fn rows(&self, conn: &mut Conn, take: reports::Take<'_>) -> Result<()> {
        let wish = &self.export.wish;
        if let Some(report) = wish.kind.report() {
            return reports::each_row(conn, report, &self.filter(), take);
        }
        let customer = self.export.customer.ok_or(Error::NotFound)?;
        let Scope::Days(first, last) = wish.scope else {
            return Err(Error::internal("an export of lines without days"));
        };
        match wish.kind {
            Kind::OwnStatements => reports::each_statement_row(conn, customer, (first, last), take),
            Kind::OwnAccruals => reports::accruals_of_customer(conn, customer, (first, last), take),
            _ => {
                let filter =
                    LineFilter { from: Some(first), to: Some(last), ..LineFilter::default() };
                reports::each_line(conn, customer, &filter, take)
            }
        }
    }

    fn filter(&self) -> ExportFilter {
        let period = match self.export.wish.scope {
            Scope::Period(period) => Some(period.to_string()),
            _ => None,
        };
        ExportFilter { period }
    }

    fn notes(&self, conn: &mut Conn, rows: u32) -> Result<Vec<(String, String)>> {
        let wish = &self.export.wish;
        if let Some(report) = wish.kind.report() {
            let rows = usize::try_from(rows).map_err(Error::internal)?;
            return reports::notes(conn, report, &self.filter(), rows);
        }
        let customer = self.export.customer.ok_or(Error::NotFound)?;
        let customer = customers::by_id(conn, customer)?;
        let note = |name: &str, value: String| (name.to_owned(), value);
        let mut notes = vec![note("customer", format!("{} {}", customer.code, customer.name))];
        if let Scope::Days(first, last) = wish.scope {
            notes.extend([note("from", first.to_string()), note("to", last.to_string())]);
        }
        notes.push(note("rows", rows.to_string()));
        notes.push(note("as_of", self.db.now().to_rfc3339()));
        Ok(notes)
    }
}

fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::OwnTransactions => reports::LINES,
        Kind::OwnStatements => reports::STATEMENT_ROWS,
        Kind::OwnAccruals => reports::columns(Report::Accruals),
        _ => kind.report().map_or(&[], reports::columns),
    }
}
