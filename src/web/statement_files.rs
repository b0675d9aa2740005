//! A statement as a file: the paper as PDF for people, and the rows of the page in code names, one
//! kind of row after the other, as workbook or CSV for people who reconcile by machine.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::explanation_files::content_type;
use super::{Answer, dispute_view, reply};
use crate::db::House;
use crate::error::{Error, Result};
use crate::reports::{self, Format};
use crate::statements::{self, Statement};
use crate::values::{Language, StatementId};
use crate::words;

/// A file that can be had.
pub(super) struct StatementFile {
    /// As addresses name it.
    pub format: &'static str,
    /// The link's words, with the size.
    pub says: String,
}

/// What there is, in the order of the links; each as its address, and the words for it.
const FILES: [(&str, &str); 3] =
    [("pdf", "statement-file-pdf"), ("xlsx", "statement-file-xlsx"), ("csv", "statement-file-csv")];

/// The files with their sizes.
pub(super) fn files(
    statement: &Statement,
    house: &House,
    language: Language,
) -> Result<Vec<StatementFile>> {
    let sizes = sizes(statement, house, language)?;
    let words = words::words(language);
    let file = |((format, says), bytes): (&(&'static str, &str), u64)| StatementFile {
        format,
        says: words.t1(says, "size", dispute_view::size(bytes)),
    };
    Ok(FILES.iter().zip(sizes).map(file).collect())
}

/// What sizes were found, by statement, language and house.
type Sizes = HashMap<(StatementId, Language, String), [u64; FILES.len()]>;

static SIZES: LazyLock<Mutex<Sizes>> = LazyLock::new(Mutex::default);

/// More than anybody looks at between two starts; then it begins anew.
const KEPT: usize = 10_000;

/// How long the files are. That is known only from making them, which takes longer than the rest
/// of the page; an issued statement never changes, so it is done once.
fn sizes(statement: &Statement, house: &House, language: Language) -> Result<[u64; FILES.len()]> {
    let key = (statement.id.clone(), language, house.base_url.clone());
    let kept = || SIZES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sizes) = kept().get(&key) {
        return Ok(*sizes);
    }
    let mut sizes = [0; FILES.len()];
    for (size, (format, _)) in sizes.iter_mut().zip(FILES) {
        let made = bytes(statement, house, language, format)?.len();
        *size = u64::try_from(made).unwrap_or_default();
    }
    let mut kept = kept();
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(key, sizes);
    Ok(sizes)
}

/// Whether there is such a file.
///
/// # Errors
/// Not found, when there isn't.
pub(super) fn known(format: &str) -> Result<()> {
    FILES.iter().any(|(known, _)| *known == format).then_some(()).ok_or(Error::NotFound)
}

/// The file, to keep.
///
/// # Errors
/// There is no such format.
pub(super) fn download(
    statement: &Statement,
    house: &House,
    language: Language,
    format: &str,
) -> Answer {
    known(format)?;
    let bytes = bytes(statement, house, language, format)?;
    let kind = match Format::from_code(format) {
        Some(format) => content_type(format),
        None => "application/pdf",
    };
    Ok(reply::download(&format!("{}.{format}", statement.number), kind, bytes))
}

fn bytes(
    statement: &Statement,
    house: &House,
    language: Language,
    format: &str,
) -> Result<Vec<u8>> {
    if format == "pdf" {
        return statements::pdf(statement, house, language);
    }
    let format = Format::from_code(format).ok_or(Error::NotFound)?;
    let mut bytes = Vec::new();
    if format == Format::Xlsx {
        let changes = reports::statement_changes(statement);
        let table = reports::statement_table(statement);
        reports::write_workbook(&table, changes.as_slice(), &mut bytes)?;
    } else {
        reports::write(&reports::statement_rows(statement), format, &mut bytes)?;
    }
    Ok(bytes)
}
