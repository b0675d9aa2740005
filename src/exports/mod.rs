//! Exports: long files that somebody asks for, made in the background, fetched by the one who asked.
//!
//! Owns `exports` and the files in the folder of that name. Promises: rows go to the file as they are
//! read, so that a long export takes no more memory than a short one; a process that is killed over
//! one leaves it to the next, which begins it anew; rights are looked at when it is asked for, when it
//! is made and when it is fetched; a file is gone after seven days. Deliberately absent: files by
//! mail, links that open anything without signing in, and exports for somebody else.

mod files;
mod make;
pub mod rules;
mod store;

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};

pub use make::{work, work_until};
pub use rules::{Kind, Scope, State, Typed, Wish};

use crate::audit;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::people::{Person, PersonState};
use crate::values::{Actor, ExportId, Key, PersonId, Text};
use files::Folder;
use rules::{KEPT, MOST_KEPT, MOST_OPEN, REMEMBERED};

/// An export somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub id: ExportId,
    pub person: PersonId,
    /// Whose it is about; None for the staff's reports.
    pub customer: Option<Key>,
    pub wish: Wish,
    /// As it was noted; [`Export::state_at`] says how it is.
    pub state: State,
    /// How often it was begun.
    tries: i32,
    claim: Option<String>,
    pub made: Option<Made>,
    /// Why it failed: the key of a sentence.
    pub failure: Option<String>,
    pub asked_at: DateTime<Utc>,
}

/// The file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Rows without the head.
    pub lines: i64,
    pub bytes: i64,
    pub sha256: String,
    pub at: DateTime<Utc>,
    pub expires: DateTime<Utc>,
}

impl Export {
    pub fn state_at(&self, now: DateTime<Utc>) -> State {
        rules::state_now(self.state, self.made.as_ref().map(|made| made.expires), now)
    }

    /// What the file is called where it is kept.
    pub fn file_name(&self) -> String {
        let kind = self.wish.kind.as_str().trim_start_matches("own_");
        let format = self.wish.format;
        match self.wish.scope {
            Scope::Days(first, last) => format!("{kind}-{first}-{last}.{format}"),
            Scope::Period(period) => format!("{kind}-{period}.{format}"),
            Scope::All => format!("{kind}.{format}"),
        }
    }

    /// Whether it is still this person's.
    fn is_of(&self, person: &Person) -> bool {
        self.person == person.id
            && person.state == PersonState::Active
            && rules::still(&person.identity(), self.wish.kind, self.customer)
    }
}

/// Notes what the person wants, to be made in the background.
///
/// # Errors
/// They may not have it, or have too many under way.
pub fn ask(tx: &mut Tx<'_>, person: &Person, wish: Wish) -> Result<ExportId> {
    if !rules::may(&person.identity(), wish.kind) {
        return Err(Error::NotFound);
    }
    let open = [State::Waiting, State::Making];
    if store::count(tx, &person.id, &open, None)? >= MOST_OPEN {
        let text = Text::new("export-many-open").with("most", MOST_OPEN);
        return Err(Error::invalid("kind", text));
    }
    let lately = (tx.at() - KEPT).naive_utc();
    if store::count(tx, &person.id, State::ALL, Some(lately))? >= MOST_KEPT {
        let text = Text::new("export-many-kept").with("most", MOST_KEPT);
        return Err(Error::invalid("kind", text));
    }
    let export = Export {
        id: ExportId::new(),
        person: person.id.clone(),
        customer: person.customer(),
        wish,
        state: State::Waiting,
        tries: 0,
        claim: None,
        made: None,
        failure: None,
        asked_at: tx.at(),
    };
    store::insert(tx, &export)?;
    tell(tx, "export.asked", &export, &export.file_name())?;
    Ok(export.id)
}

fn tell(tx: &mut Tx<'_>, action: &'static str, export: &Export, said: &str) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("export", export.id.as_str()),
            customer: export.customer,
            after: export.made.as_ref().map(|made| made.sha256.clone()),
            reason: Some(said),
            ..audit::Event::default()
        },
    )
}

/// What the person asked for lately and may still have, newest first.
pub fn of_person(conn: &mut Conn, person: &Person) -> Result<Vec<Export>> {
    const LIMIT: i64 = 100;
    let mut all = store::of_person(conn, &person.id, LIMIT)?;
    all.retain(|export| export.is_of(person));
    Ok(all)
}

/// Opens the file for the person who writes, and notes that they fetched it.
///
/// # Errors
/// Not found: there is none, it isn't theirs, or isn't any more. Refused: it isn't ready, or is gone.
pub fn fetch(
    tx: &mut Tx<'_>,
    files: &Path,
    person: &Person,
    id: &ExportId,
) -> Result<(Export, File)> {
    let export = store::one(tx, id)?.filter(|export| export.is_of(person));
    let export = export.ok_or(Error::NotFound)?;
    match export.state_at(tx.at()) {
        State::Ready => {}
        State::Expired => return Err(Error::refused("export-gone")),
        _ => return Err(Error::refused("export-not-ready")),
    }
    let claim = export.claim.clone().unwrap_or_default();
    let file = Folder::of(files).open(id, &claim)?;
    tell(tx, "export.fetched", &export, &export.file_name())?;
    Ok((export, file))
}

/// Nothing of an erased person's can be fetched; the files go with the next sweep.
pub fn forget_person(tx: &mut Tx<'_>, person: &PersonId) -> Result<()> {
    store::expire_all(tx, person)
}

/// Removes the files that have had their days, and those that a killed process left behind.
pub fn sweep(db: &Db, actor: &Actor, files: &Path) -> Result<()> {
    const AT_ONCE: i64 = 100;
    let (folder, now) = (Folder::of(files), db.now());
    loop {
        let lapsed = db.read(|conn| store::lapsed(conn, now.naive_utc(), AT_ONCE))?;
        if lapsed.is_empty() {
            break;
        }
        db.write(actor, |tx| {
            lapsed.iter().try_for_each(|export| match store::expire(tx, &export.id)? {
                true => tell(tx, "export.expired", export, &export.file_name()),
                false => Ok(()),
            })
        })?;
    }
    for (id, claim) in folder.all()? {
        let known = db.read(|conn| store::one(conn, &id))?;
        let needed = known.is_some_and(|export| {
            [State::Making, State::Ready].contains(&export.state)
                && export.claim.as_deref() == Some(&claim)
        });
        if !needed {
            folder.forget(&id, &claim);
        }
    }
    let before = (now - REMEMBERED).naive_utc();
    if db.read(|conn| store::any_to_forget(conn, before))? {
        db.write(actor, |tx| store::forget(tx, before))?;
    }
    Ok(())
}
