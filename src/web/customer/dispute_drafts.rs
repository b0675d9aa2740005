//! Files on their way into a dispute: checked as they come, and waiting in a folder of the
//! person's own until the dispute is filed. A form names them by id, a slash, and their name.

use std::time::Duration;

use super::super::UploadedFile;
use super::super::dispute_view::size;
use crate::disputes::{self, Checked, FileStore, LARGEST, MOST};
use crate::error::{Error, Result};
use crate::values::{FileId, Problem, Text};

/// Good, or refused with what is wrong; the outer error is one of the house.
pub(in crate::web) type Judged<T> = Result<Result<T, Vec<Problem>>>;

/// How long a file waits for its dispute.
const DRAFT_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A file that waits.
pub(in crate::web) struct Kept {
    pub id: FileId,
    pub name: String,
    pub size: String,
}

impl Kept {
    pub(in crate::web) fn value(&self) -> String {
        format!("{}/{}", self.id, self.name)
    }
}

/// The files that wait, with those just sent; and what is wrong with the others.
pub(in crate::web) fn receive(
    drafts: &FileStore,
    entries: &[String],
    dropped: &[String],
    sent: &[UploadedFile],
) -> Result<(Vec<Kept>, Vec<Problem>)> {
    let mut problems = Vec::new();
    let mut kept = Vec::new();
    let wanted = entries.iter().filter(|entry| !dropped.contains(entry));
    for entry in wanted.take(MOST) {
        let (id, name) = entry.split_once('/').ok_or(Error::NotFound)?;
        let id = FileId::from_text(id);
        match drafts.size(&id) {
            Some(bytes) => kept.push(Kept { id, name: name.to_owned(), size: size(bytes) }),
            None => problems.push(gone(name)),
        }
    }
    if !sent.is_empty() {
        drafts.sweep(DRAFT_AGE);
    }
    for file in sent {
        if kept.len() >= MOST {
            let text = Text::new("dispute-too-many-files").with("most", MOST);
            problems.push(Problem::new("files", text));
            break;
        }
        match take(drafts, file)? {
            Ok(file) => kept.push(file),
            Err(wrong) => problems.extend(wrong),
        }
    }
    Ok((kept, problems))
}

fn gone(name: &str) -> Problem {
    Problem::new("files", Text::new("dispute-file-gone").with("name", name))
}

/// Checks one file just sent and lets it wait.
fn take(drafts: &FileStore, file: &UploadedFile) -> Judged<Kept> {
    let (checked, bytes) = match read_upload(file)? {
        Ok(read) => read,
        Err(problems) => return Ok(Err(problems)),
    };
    drafts.keep(&checked.id, &bytes)?;
    Ok(Ok(Kept { id: checked.id, name: checked.name, size: size(file.bytes) }))
}

/// Reads and checks an uploaded file.
pub(in crate::web) fn read_upload(file: &UploadedFile) -> Judged<(Checked, Vec<u8>)> {
    if usize::try_from(file.bytes).map_or(true, |bytes| bytes > LARGEST) {
        let text = Text::new("dispute-file-too-large").with("name", &file.name);
        return Ok(Err(vec![Problem::new("files", text)]));
    }
    let bytes = std::fs::read(file.path())?;
    match disputes::check_file(&file.name, &bytes) {
        Ok(checked) => Ok(Ok((checked, bytes))),
        Err(Error::Invalid(problems)) => Ok(Err(problems)),
        Err(other) => Err(other),
    }
}

/// Copies the files that wait to where disputes keep theirs; checked once more, because their
/// names came back from the form.
pub(in crate::web) fn move_in(
    drafts: &FileStore,
    keeper: &FileStore,
    entries: &[String],
) -> Judged<Vec<Checked>> {
    let mut moved = Vec::new();
    for entry in entries {
        let (id, name) = entry.split_once('/').ok_or(Error::NotFound)?;
        let id = FileId::from_text(id);
        let bytes = match drafts.read(&id) {
            Err(Error::NotFound) => return Ok(Err(vec![gone(name)])),
            other => other?,
        };
        match disputes::check_file(name, &bytes) {
            Ok(checked) => {
                keeper.keep(&checked.id, &bytes)?;
                moved.push(checked);
            }
            Err(Error::Invalid(problems)) => return Ok(Err(problems)),
            Err(other) => return Err(other),
        }
    }
    Ok(Ok(moved))
}
