//! The life of an import (DOMAIN §5): check, write, commit, discard.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::intake::{Found, Pass, Pen};
use super::read::Table;
use super::rejected::RejectedFile;
use super::rules::mapping::Mapping;
use super::rules::parse::Plan;
use super::rules::{Import, ImportKind, ImportState, Options, Product, Report};
use super::{Made, letters, master, store};
use crate::audit;
use crate::customers::{self, NewCustomer};
use crate::db::{Conn, Db, Tx, next_number, next_numbers};
use crate::error::{Error, Result};
use crate::values::{Actor, Fingerprint, ImportId, Key, Language, Text};

/// A file on disk, and what people call it.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub kind: ImportKind,
    pub path: &'a Path,
    pub name: &'a str,
}

/// What goes on during a pass: where rejected rows are written, and who is told how far it is.
#[derive(Default)]
pub struct Watch<'a> {
    pub rejected: Option<PathBuf>,
    /// Of the reasons in the rejected rows file.
    pub language: Language,
    /// Told bytes read and bytes in all.
    pub progress: Option<&'a mut dyn FnMut(u64, u64)>,
}

impl Watch<'_> {
    pub(super) fn progress(&mut self, done: u64, all: u64) {
        if let Some(tell) = &mut self.progress {
            tell(done, all);
        }
    }

    pub(super) fn rejected_file(&self, header: &[String]) -> Option<RejectedFile> {
        self.rejected.clone().map(|path| RejectedFile::new(path, self.language, header))
    }
}

/// What a whole import led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// None when rows were rejected, the good ones weren't to be accepted alone, and so nothing
    /// was imported.
    pub import: Option<ImportId>,
    pub report: Report,
}

/// The dry run: what would become of each row. Changes nothing.
///
/// # Errors
/// The file or the mapping can't be read at all.
pub fn check(
    db: &Db,
    actor: &Actor,
    file: Incoming<'_>,
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<Report> {
    let ours = resumable(db, &file, options)?.map(|import| import.id);
    Ok(pass(db, actor, file, options, ours, watch)?.report)
}

fn pass(
    db: &Db,
    actor: &Actor,
    file: Incoming<'_>,
    options: &Options,
    ours: Option<ImportId>,
    watch: &mut Watch<'_>,
) -> Result<Found> {
    if file.kind == ImportKind::Sales {
        loop {
            let (table, plan) = open(file, options)?;
            let found = Pass::new(db, table, plan, options, ours.clone())?.run(None, watch)?;
            if !found.outdated {
                return Ok(found);
            }
        }
    }
    let (_, plan) = open(file, options)?;
    let report =
        db.rehearse(actor, |tx| master::run(tx, file.kind, open(file, options)?.0, &plan, watch))?;
    Ok(Found::of(report))
}

fn open(file: Incoming<'_>, options: &Options) -> Result<(Table, Plan)> {
    let mapping = if options.mapping.is_empty() {
        Mapping::own(file.kind)
    } else {
        Mapping::parse(&options.mapping, file.kind)?
    };
    let table = Table::open(file.path, file.name)?;
    let plan =
        Plan::bind(&mapping, file.kind, table.header(), file.name, options.default_source())?;
    Ok((table, plan))
}

/// Checks the file and imports it. When rows are rejected that the mapping file didn't leave out
/// itself, nothing is imported unless the options accept the good rows alone. A sales import of the
/// same file that was interrupted is continued.
///
/// # Errors
/// The file or the mapping can't be read; or another import is under way or was interrupted.
pub fn bring_in(
    db: &Db,
    actor: &Actor,
    file: Incoming<'_>,
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<Brought> {
    let hash = file_hash(file.path)?;
    let begun = resumable(db, &file, options)?;
    let found = pass(db, actor, file, options, begun.as_ref().map(|i| i.id.clone()), watch)?;
    if found.report.holds_back() && !options.accept_good_rows {
        return Ok(Brought { import: None, report: found.report });
    }
    let import = match begun {
        Some(import) => import,
        None => fresh(db, actor, &file, options, hash),
    };
    let report = write_in(db, actor, import.clone(), file, found, &mut silent(watch))?;
    Ok(Brought { import: Some(import.id), report })
}

/// The second pass writes no rejected rows again.
fn silent<'a>(watch: &'a mut Watch<'_>) -> Watch<'a> {
    let language = watch.language;
    let progress: Option<&'a mut dyn FnMut(u64, u64)> = match &mut watch.progress {
        Some(progress) => Some(&mut **progress),
        None => None,
    };
    Watch { rejected: None, language, progress }
}

fn fresh(db: &Db, actor: &Actor, file: &Incoming<'_>, options: &Options, hash: String) -> Import {
    Import {
        id: ImportId::new(),
        kind: file.kind,
        state: ImportState::Checked,
        file_name: file.name.to_owned(),
        file_hash: hash,
        options: options.clone(),
        report: Report::default(),
        rows_written: 0,
        lines: None,
        actor: actor.id().to_owned(),
        actor_name: actor.name.clone(),
        created_at: db.now(),
        committed_at: None,
    }
}

/// The import of the same file in the same way that was interrupted.
fn resumable(db: &Db, file: &Incoming<'_>, options: &Options) -> Result<Option<Import>> {
    let Some(import) = db.read(store::imports::unfinished)? else { return Ok(None) };
    let same = import.state == ImportState::Writing
        && import.kind == file.kind
        && import.options == *options
        && import.file_hash == file_hash(file.path)?;
    Ok(same.then_some(import))
}

fn file_hash(path: &Path) -> Result<String> {
    let unreadable = |e: std::io::Error| {
        Error::invalid(
            path.display().to_string(),
            Text::new("import-file-unreadable").with("why", e.to_string()),
        )
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 256 << 10];
    loop {
        match file.read(&mut block).map_err(unreadable)? {
            0 => break,
            count => hash.update(block.get(..count).unwrap_or_default()),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes what the check found good, and commits it.
fn write_in(
    db: &Db,
    actor: &Actor,
    import: Import,
    file: Incoming<'_>,
    found: Found,
    watch: &mut Watch<'_>,
) -> Result<Report> {
    if file.kind != ImportKind::Sales {
        return db.write(actor, |tx| {
            let (table, plan) = open(file, &import.options)?;
            let report = master::run(tx, file.kind, table, &plan, watch)?;
            enter(tx, &import, &report)?;
            finish(tx, &import, &report, &Found::default())?;
            Ok(report)
        });
    }
    let made = db.write(actor, |tx| {
        enter(tx, &import, &found.report)?;
        make_missing(tx, &import, &found)
    })?;
    // Nothing new and nothing half written: there is nothing to go through again.
    if found.report.new == 0 {
        db.write(actor, |tx| finish(tx, &import, &found.report, &found))?;
        return Ok(found.report);
    }
    let (table, plan) = open(file, &import.options)?;
    let pen = Pen { actor, import: &import.id, rows_written: import.rows_written };
    let mut written = Pass::new(db, table, plan, &import.options, Some(import.id.clone()))?
        .run(Some(&pen), watch)?;
    if file_hash(file.path)? != import.file_hash {
        return Err(Error::refused("import-changed"));
    }
    made.note(&mut written.report);
    db.write(actor, |tx| finish(tx, &import, &written.report, &written))?;
    Ok(written.report)
}

/// Moves the import to `writing`; only one at a time, so that two can't bring the same line.
fn enter(tx: &mut Tx<'_>, import: &Import, report: &Report) -> Result<()> {
    let other = store::imports::unfinished(tx)?;
    if let Some(other) = other.filter(|other| other.id != import.id) {
        let text = Text::new("import-unfinished")
            .with("file", &other.file_name)
            .with("at", other.created_at.format("%Y-%m-%d %H:%M UTC"));
        return Err(Error::Refused(text));
    }
    if store::imports::find(tx, &import.id)?.is_none() {
        store::imports::insert(tx, import)?;
    }
    let from = [ImportState::Checked, ImportState::Writing];
    if store::imports::go(tx, &import.id, &from, ImportState::Writing, report)? {
        Ok(())
    } else {
        Err(Error::refused("import-state"))
    }
}

/// Makes the customers and products the check found missing; those of an interrupted try are
/// there already.
fn make_missing(tx: &mut Tx<'_>, import: &Import, found: &Found) -> Result<Made> {
    let mut made = Made::of(&import.report);
    let known = customers::keys(tx)?;
    let new: Vec<NewCustomer> = found
        .new_customers
        .iter()
        .filter(|(code, _)| !known.contains_key(code))
        .map(|(code, currency)| NewCustomer::regular(code, *currency))
        .collect();
    if let Some(last) = range(new.len()) {
        let first = customers::add_many(tx, &new)?;
        made.customers = Some((first, first + last));
    }
    let known = store::products::keys(tx)?;
    let names: Vec<_> =
        found.new_products.iter().filter(|(code, _)| !known.contains_key(code)).collect();
    if let Some(last) = range(names.len()) {
        let first = next_numbers(tx, "products", last + 1)?;
        let products: Vec<Product> = (first..)
            .zip(names)
            .map(|(id, (code, name))| Product {
                id,
                code: code.clone(),
                name: if name.is_empty() { code.clone() } else { name.clone() },
                category: String::new(),
                brand: String::new(),
                unit: String::new(),
            })
            .collect();
        store::products::insert(tx, &products)?;
        made.products = Some((first, first + last));
    }
    let mut report = found.report.clone();
    made.note(&mut report);
    store::imports::go(tx, &import.id, &[ImportState::Writing], ImportState::Writing, &report)?;
    Ok(made)
}

/// How far the last of so many keys is from the first; None when there are none.
fn range(count: usize) -> Option<Key> {
    i64::try_from(count).ok()?.checked_sub(1).filter(|last| *last >= 0)
}

fn finish(tx: &mut Tx<'_>, import: &Import, report: &Report, found: &Found) -> Result<()> {
    let from = [ImportState::Writing];
    if !store::imports::go(tx, &import.id, &from, ImportState::Committed, report)? {
        return Err(Error::refused("import-state"));
    }
    if !found.months.is_empty() {
        let seq = next_number(tx, "touched")?;
        store::months::touch(tx, &found.months, seq)?;
        store::imports::set_touched(tx, &import.id, seq)?;
    }
    letters::finished(tx, import, report)?;
    tell(tx, "import.committed", import, report)
}

fn tell(tx: &mut Tx<'_>, action: &'static str, import: &Import, report: &Report) -> Result<()> {
    let content = Fingerprint::new("openrebate import 1")
        .field(&import.file_hash)
        .field(serde_json::to_string(report)?)
        .finish();
    let event = audit::Event {
        action,
        object: ("import", import.id.as_str()),
        after: Some(content),
        reason: Some(&import.file_name),
        ..audit::Event::default()
    };
    audit::record(tx, event)
}

/// Takes a file a browser sent: keeps it under `files`, checks it, and waits for the commit.
///
/// # Errors
/// The file or the mapping can't be read; then nothing is kept.
pub fn receive(
    db: &Db,
    actor: &Actor,
    files: &Path,
    file: Incoming<'_>,
    options: &Options,
    language: Language,
) -> Result<ImportId> {
    let mut import = fresh(db, actor, &file, options, file_hash(file.path)?);
    import.state = ImportState::Uploaded;
    let kept = kept_file(files, &import.id);
    if let Some(folder) = kept.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(file.path, &kept)?;
    let mut watch =
        Watch { rejected: Some(rejected_rows(files, &import.id)), language, progress: None };
    let report = match check(db, actor, Incoming { path: &kept, ..file }, options, &mut watch) {
        Ok(report) => report,
        Err(error) => {
            let _ = std::fs::remove_file(&kept);
            let _ = std::fs::remove_file(rejected_rows(files, &import.id));
            return Err(error);
        }
    };
    db.write(actor, |tx| {
        store::imports::insert(tx, &import)?;
        let from = [ImportState::Uploaded];
        store::imports::go(tx, &import.id, &from, ImportState::Checked, &report)?;
        tell(tx, "import.checked", &import, &report)
    })?;
    Ok(import.id)
}

/// Where the kept file of an import lies.
pub fn kept_file(files: &Path, id: &ImportId) -> PathBuf {
    files.join("imports").join(id.as_str())
}

/// Where the rejected rows of a kept file lie, when it has any.
pub fn rejected_rows(files: &Path, id: &ImportId) -> PathBuf {
    files.join("imports").join(format!("{id}.rejected.csv"))
}

/// Commits a checked import; `accept_good_rows` when the operator said so now. The rejected rows
/// file is written again, with its reasons in the language.
///
/// # Errors
/// It isn't checked, has rejected rows that nobody accepted, or its file is gone or another.
pub fn commit(
    db: &Db,
    actor: &Actor,
    files: &Path,
    id: &ImportId,
    accept_good_rows: bool,
    language: Language,
) -> Result<Report> {
    let import = db.read(|conn| super::import(conn, id))?;
    if !matches!(import.state, ImportState::Checked | ImportState::Writing) {
        return Err(Error::refused("import-state"));
    }
    let path = kept_file(files, id);
    if !path.is_file() {
        return Err(Error::refused("import-file-gone"));
    }
    if file_hash(&path)? != import.file_hash {
        return Err(Error::refused("import-changed"));
    }
    let file = Incoming { kind: import.kind, path: &path, name: &import.file_name };
    // Looked at again: what was unknown at the upload may be known by now, and the reverse.
    let mut watch = Watch { rejected: Some(rejected_rows(files, id)), language, progress: None };
    let found = pass(db, actor, file, &import.options, Some(id.clone()), &mut watch)?;
    if found.report.holds_back() && !(accept_good_rows || import.options.accept_good_rows) {
        return Err(Error::refused("import-has-rejected"));
    }
    write_in(db, actor, import.clone(), file, found, &mut Watch::default())
}

/// Discards an import that isn't committed: one that waits, or one that was interrupted, whose
/// lines are removed in chunks and whose customers and products go when nothing else names them.
///
/// # Errors
/// It is committed, or discarded already.
pub fn discard(db: &Db, actor: &Actor, id: &ImportId) -> Result<()> {
    const CHUNK: Key = 20_000;
    let import = db.read(|conn| super::import(conn, id))?;
    if matches!(import.state, ImportState::Committed | ImportState::Discarded) {
        return Err(Error::refused("import-state"));
    }
    db.write(actor, |tx| {
        let from = [
            ImportState::Uploaded,
            ImportState::Checked,
            ImportState::Writing,
            ImportState::Discarding,
        ];
        match store::imports::go(tx, id, &from, ImportState::Discarding, &import.report)? {
            true => Ok(()),
            false => Err(Error::refused("import-state")),
        }
    })?;
    // Read again: a writer that was still at work is stopped by the state, and may have gone on
    // until then.
    let import = db.read(|conn| super::import(conn, id))?;
    if let Some((first, last)) = import.lines {
        let mut from = first;
        while from <= last {
            let to = last.min(from + CHUNK - 1);
            db.write(actor, |tx| store::lines::remove(tx, id, from, to))?;
            from = to + 1;
        }
    }
    // A customer that something refers to by now stays; that is no reason to keep the lines.
    let made = Made::of(&import.report);
    if let Err(error) = db.write(actor, |tx| unmake(tx, made)) {
        tracing::info!(%error, "what an import made is in use and stays");
    }
    db.write(actor, |tx| {
        let from = [ImportState::Discarding];
        store::imports::go(tx, id, &from, ImportState::Discarded, &import.report)?;
        tell(tx, "import.discarded", &import, &import.report)
    })
}

fn unmake(tx: &mut Tx<'_>, made: Made) -> Result<()> {
    const NONE: (Key, Key) = (1, 0);
    let (customers, products) = store::lines::without_lines(
        tx,
        made.customers.unwrap_or(NONE),
        made.products.unwrap_or(NONE),
    )?;
    store::products::remove(tx, &products)?;
    customers::take_back(tx, &customers)
}

/// The import whose writing was interrupted, or goes on in another process.
pub fn unfinished(conn: &mut Conn) -> Result<Option<Import>> {
    store::imports::unfinished(conn)
}
