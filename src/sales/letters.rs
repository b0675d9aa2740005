//! What whoever brought a file in hears of it once it is through.

use super::rules::{Import, Report};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::mailbox::letters::ImportFinished;
use crate::people;
use crate::values::Language;

/// That rows were left out which the mapping didn't leave out itself. At the shell the report says
/// so.
pub(super) fn finished(tx: &mut Tx<'_>, import: &Import, report: &Report) -> Result<()> {
    let Some(person) = tx.by().person().cloned().filter(|_| report.holds_back()) else {
        return Ok(());
    };
    let letter = ImportFinished {
        import: import.id.clone(),
        file: import.file_name.clone(),
        new: report.new + report.changed,
        known: report.known,
        left: report.rejected.saturating_sub(report.skipped_by_mapping) + report.conflicting,
    };
    let reader = match people::by_id(tx, &person) {
        Ok(reader) => reader,
        Err(Error::NotFound) => return Ok(()),
        Err(other) => return Err(other),
    };
    people::write_to(tx, &reader, Language::default(), None, import.id.as_str(), &letter)?;
    Ok(())
}
