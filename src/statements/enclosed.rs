//! The statement as a letter encloses it, for customers who want it so: made from the frozen
//! content when the letter leaves, the same bytes as the page's download.

use super::{one, pdf};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mailbox::{Enclosure, Enclosures};
use crate::values::{Language, StatementId};

/// Makes what the letters about statements enclose.
pub struct Papers;

impl Enclosures for Papers {
    fn make(&self, db: &Db, name: &str, language: Language) -> Result<Enclosure> {
        let id = name.strip_prefix("statement/").ok_or(Error::NotFound)?;
        let statement = db.read(|conn| one(conn, &StatementId::from_text(id)))?;
        Ok(Enclosure {
            name: format!("{}.pdf", statement.number),
            kind: "application/pdf",
            bytes: pdf(&statement, db.house(), language)?,
        })
    }
}
