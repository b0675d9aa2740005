//! Whether a paper is one of ours, for whoever holds it: no amounts, no names.

use chrono::NaiveDate;

use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::values::StatementId;

/// A paper that is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub id: StatementId,
    pub number: String,
    pub version: i32,
    pub issued_on: NaiveDate,
    /// The latest version, when it isn't this one.
    pub superseded: Option<Newer>,
}

/// The version that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    pub number: String,
    pub version: i32,
    pub issued_on: NaiveDate,
}

/// The statement with this number whose hash begins with the code; None when there is none, of
/// whichever reason. A code is at least sixteen digits, which nobody guesses.
pub fn check(conn: &mut Conn, number: &str, code: &str) -> Result<Option<Checked>> {
    const LEAST: usize = 16;
    let found = store::of_number(conn, number)?;
    let fits = |hash: &str| code.len() >= LEAST && hash.starts_with(code);
    let Some(statement) = found.into_iter().find(|one| fits(&one.content_hash)) else {
        return Ok(None);
    };
    let superseded = store::later_version(conn, &statement)?.map(|newer| Newer {
        issued_on: newer.content.issued_on,
        number: newer.number,
        version: newer.version,
    });
    Ok(Some(Checked {
        issued_on: statement.content.issued_on,
        id: statement.id,
        number: statement.number,
        version: statement.version,
        superseded,
    }))
}
