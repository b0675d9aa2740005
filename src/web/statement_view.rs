//! A statement as pages print it, for the customer and for staff alike: what the paper says, and
//! what became of it since.

use super::statement_files::{self, StatementFile};
use crate::db::House;
use crate::disputes::Dispute;
use crate::error::Result;
use crate::statements::{AccountKind, Paper, Statement};

/// The frozen statement in the reader's language, and its answer.
pub(super) struct StatementView {
    pub state: String,
    pub paper: Paper,
    pub files: Vec<StatementFile>,
}

/// One version of a statement, as a list of them shows it.
pub(super) struct VersionLink {
    pub id: String,
    pub number: String,
    pub version: i32,
    pub superseded: bool,
}

impl From<Statement> for VersionLink {
    fn from(statement: Statement) -> Self {
        Self {
            id: statement.id.to_string(),
            superseded: statement.superseded_by.is_some(),
            number: statement.number,
            version: statement.version,
        }
    }
}

/// A dispute that contests the statement.
pub(super) struct Contested {
    pub id: String,
    pub number: String,
    pub state: &'static str,
}

impl From<Dispute> for Contested {
    fn from(dispute: Dispute) -> Self {
        let (id, state) = (dispute.id.to_string(), dispute.state.as_str());
        Self { id, number: dispute.number, state }
    }
}

impl StatementView {
    pub(super) fn new(statement: &Statement, page: &super::Page, house: &House) -> Result<Self> {
        let files = statement_files::files(statement, house, page.language())?;
        Ok(Self { files, ..Self::sample(statement, page, house) })
    }

    /// One that isn't issued, of which there are no files.
    pub(super) fn sample(statement: &Statement, page: &super::Page, house: &House) -> Self {
        let paper = Paper::new(statement, page.words, house);
        Self { state: statement.state.to_string(), paper, files: Vec::new() }
    }

    /// Whether there is any row that can be ticked as wrong.
    pub(super) fn has_rows(&self) -> bool {
        let paper = &self.paper;
        !(paper.accruals.is_empty()
            && paper.adjustments.is_empty()
            && paper.payouts.is_empty()
            && paper.expiries.is_empty())
    }

    /// The moves and their sum, which stand below each other.
    pub(super) fn moves(&self) -> impl Iterator<Item = &crate::statements::AccountRow> {
        self.paper.account.iter().filter(|row| row.kind == AccountKind::Move)
    }

    /// The sum and what it consists of.
    pub(super) fn sums(&self) -> impl Iterator<Item = &crate::statements::AccountRow> {
        self.paper.account.iter().filter(|row| row.kind != AccountKind::Move)
    }
}
