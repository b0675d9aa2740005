//! Disputes that are still being written: kept as they were typed, right or wrong, so that
//! nothing is lost with a session. A draft is its author's alone; others, colleagues too, don't
//! see it. Filing it, removing it, or a month ends it.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::files::known_type;
use super::{Checked, Dispute, FileStore, MOST, NewDispute, SubjectKind, Terms, rules, store};
use crate::audit::{self, Event};
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::values::{DraftId, FileId, Fingerprint, Key, PersonId, Problem, Text};

/// Drafts one person keeps at most.
const MOST_DRAFTS: usize = 20;
/// How long a draft waits for its author.
const AGE: TimeDelta = TimeDelta::days(30);

/// What was typed so far, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftText {
    pub category: String,
    /// The number of a missing document.
    pub document: String,
    pub expected: String,
    pub disputed: String,
    pub text: String,
    /// Codes of the chosen rows.
    pub lines: Vec<String>,
}

/// A file that waits with its draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFile {
    pub id: FileId,
    pub name: String,
    pub content_type: String,
    pub bytes: i64,
    pub sha256: String,
}

/// A dispute that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: DraftId,
    pub person: PersonId,
    pub customer: Key,
    pub kind: SubjectKind,
    /// The id of what it is about.
    pub subject: String,
    pub text: DraftText,
    pub files: Vec<DraftFile>,
    pub changed_at: DateTime<Utc>,
}

impl Draft {
    /// Changes with everything in it.
    pub fn fingerprint(&self) -> String {
        let text = &self.text;
        let mut print = Fingerprint::new("openrebate dispute draft 1")
            .field(self.kind.as_str())
            .field(&self.subject)
            .field(&text.category)
            .field(&text.document)
            .field(&text.expected)
            .field(&text.disputed)
            .field(&text.text);
        for line in &text.lines {
            print = print.field(line);
        }
        for file in &self.files {
            print = print.field(&file.name).field(&file.sha256);
        }
        print.finish()
    }
}

/// What a form brings to a draft.
#[derive(Debug, Clone)]
pub struct Save {
    pub id: DraftId,
    pub customer: Key,
    pub kind: SubjectKind,
    pub subject: String,
    pub text: DraftText,
    /// Files that were checked and kept; one that the draft has already isn't added again.
    pub files: Vec<Checked>,
    /// Files to leave out.
    pub dropped: Vec<FileId>,
    /// Bytes that all files of the customer may take.
    pub quota: i64,
}

/// Saves a draft, new or known. Files that don't fit are left out, and said.
///
/// # Errors
/// The actor isn't the customer's finance or manager; the draft is somebody else's (not found);
/// there are too many drafts.
pub fn save_draft(tx: &mut Tx<'_>, save: &Save) -> Result<(Draft, Vec<Problem>)> {
    if !rules::is_customer_finance(tx.by()) || tx.by().customer() != Some(save.customer) {
        return Err(Error::refused("dispute-needs-customer-finance"));
    }
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let known = match store::draft(tx, &save.id)? {
        Some(known) if known.person == person && known.customer == save.customer => Some(known),
        Some(_) => return Err(Error::NotFound),
        None => None,
    };
    if known.is_none() && store::drafts_of(tx, &person, save.customer)?.len() >= MOST_DRAFTS {
        let text = Text::new("dispute-drafts-full").with("most", MOST_DRAFTS);
        return Err(Error::Invalid(vec![Problem::new("draft", text)]));
    }
    let mut draft = Draft {
        id: save.id.clone(),
        person,
        customer: save.customer,
        kind: save.kind,
        subject: save.subject.clone(),
        text: save.text.clone(),
        files: known.map(|known| known.files).unwrap_or_default(),
        changed_at: tx.at(),
    };
    store::put_draft(tx, &draft)?;
    for id in &save.dropped {
        store::remove_draft_file(tx, &draft.id, id)?;
        draft.files.retain(|file| file.id != *id);
    }
    let problems = add_files(tx, &mut draft, save)?;
    tell(tx, "dispute_draft.saved", &draft)?;
    Ok((draft, problems))
}

fn add_files(tx: &mut Tx<'_>, draft: &mut Draft, save: &Save) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for file in &save.files {
        let same = |known: &&DraftFile| known.sha256 == file.sha256 && known.name == file.name;
        if draft.files.iter().any(|known| same(&known)) {
            continue;
        }
        if draft.files.len() >= MOST {
            let text = Text::new("dispute-too-many-files").with("most", MOST);
            problems.push(Problem::new("files", text));
            break;
        }
        if let Err(full) = check_quota(tx, save.customer, file.bytes, save.quota)? {
            problems.push(full);
            break;
        }
        let position = i32::try_from(draft.files.len() + 1).map_err(Error::internal)?;
        store::add_draft_file(tx, &draft.id, position, file)?;
        draft.files.push(DraftFile {
            id: file.id.clone(),
            name: file.name.clone(),
            content_type: file.content_type.to_owned(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        });
    }
    Ok(problems)
}

/// Whether the customer's files have room for so many bytes more; the sentence when they don't.
fn check_quota(
    conn: &mut Conn,
    customer: Key,
    bytes: i64,
    quota: i64,
) -> Result<Result<(), Problem>> {
    const MB: i64 = 1024 * 1024;
    let used = store::bytes_of(conn, customer)?;
    if used.saturating_add(bytes) <= quota {
        return Ok(Ok(()));
    }
    let text = Text::new("dispute-files-full").with("used", used / MB).with("quota", quota / MB);
    Ok(Err(Problem::new("files", text)))
}

/// Refuses so many bytes more than the customer's files may take.
///
/// # Errors
/// There is no room, said at the field `files`.
pub fn check_room(conn: &mut Conn, customer: Key, bytes: i64, quota: i64) -> Result<()> {
    check_quota(conn, customer, bytes, quota)?.map_err(|full| Error::Invalid(vec![full]))
}

/// One of the person's drafts.
///
/// # Errors
/// Not found, which is also the answer for somebody else's.
pub fn draft_of(conn: &mut Conn, person: &PersonId, customer: Key, id: &DraftId) -> Result<Draft> {
    let draft = store::draft(conn, id)?.ok_or(Error::NotFound)?;
    let own = draft.person == *person && draft.customer == customer;
    if own { Ok(draft) } else { Err(Error::NotFound) }
}

/// The person's drafts, the latest first.
pub fn drafts_of(conn: &mut Conn, person: &PersonId, customer: Key) -> Result<Vec<Draft>> {
    store::drafts_of(conn, person, customer)
}

/// Removes a draft with the rows of its files; the draft as it was.
///
/// # Errors
/// Not found, which is also the answer for somebody else's.
pub fn remove_draft(tx: &mut Tx<'_>, customer: Key, id: &DraftId) -> Result<Draft> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let draft = draft_of(tx, &person, customer, id)?;
    store::remove_draft(tx, id)?;
    tell(tx, "dispute_draft.removed", &draft)?;
    Ok(draft)
}

/// Files the dispute that a draft has become, with the draft's files, whose bytes are kept by now;
/// the draft is gone.
///
/// # Errors
/// As for [`super::file`]; the draft isn't the actor's (not found).
pub fn file_draft(
    tx: &mut Tx<'_>,
    id: &DraftId,
    new: NewDispute,
    terms: &Terms,
) -> Result<Dispute> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let draft = draft_of(tx, &person, new.customer, id)?;
    let dispute = super::file(tx, new, terms)?;
    store::remove_draft(tx, id)?;
    for file in draft.files {
        let content_type = known_type(&file.content_type)
            .ok_or_else(|| Error::internal(format!("a draft keeps a {}", file.content_type)))?;
        let checked = Checked {
            id: file.id,
            name: file.name,
            content_type,
            bytes: file.bytes,
            sha256: file.sha256,
        };
        super::attach(tx, &dispute.id, &checked)?;
    }
    Ok(dispute)
}

/// Whether there are drafts nobody touched for a month.
pub fn any_stale_draft(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    Ok(!store::stale_drafts(conn, (now - AGE).naive_utc(), 1)?.is_empty())
}

/// Removes drafts nobody touched for a month, at most so many; how many.
pub fn sweep_drafts(tx: &mut Tx<'_>, limit: i64) -> Result<usize> {
    let before = (tx.at() - AGE).naive_utc();
    let stale = store::stale_drafts(tx, before, limit)?;
    for id in &stale {
        if let Some(draft) = store::draft(tx, id)? {
            store::remove_draft(tx, id)?;
            tell(tx, "dispute_draft.expired", &draft)?;
        }
    }
    Ok(stale.len())
}

/// Takes an erased person out of what only they used: drafts, kept views, own saved replies. What
/// they filed, wrote and decided stays with the case. Files of the drafts go with the next sweep.
pub fn forget_person(tx: &mut Tx<'_>, person: &PersonId, name: &str) -> Result<()> {
    store::forget::person(tx, person)?;
    store::forget::rename(tx, person, name)
}

/// Removes files that wait for no draft and were written more than a day ago: of drafts that are
/// gone, and of forms that never came back. Files of disputes are left alone whatever happens.
///
/// # Errors
/// The database is away, or the folder can't be read.
pub fn sweep_draft_files(db: &Db, files: &Path) -> Result<()> {
    const YOUNG: Duration = Duration::from_secs(24 * 60 * 60);
    for folder in FileStore::all_drafts(files)? {
        let old = folder.older_than(YOUNG);
        for some in old.chunks(500) {
            let known = db.read(|conn| store::in_drafts(conn, some))?;
            some.iter().filter(|id| !known.contains(id)).for_each(|id| folder.forget(id));
        }
    }
    Ok(())
}

/// The audit log says that something was kept, not what.
fn tell(tx: &mut Tx<'_>, action: &'static str, draft: &Draft) -> Result<()> {
    audit::record(
        tx,
        Event {
            action,
            object: ("dispute_draft", draft.id.as_str()),
            customer: Some(draft.customer),
            after: Some(draft.fingerprint()),
            ..Event::default()
        },
    )
}
