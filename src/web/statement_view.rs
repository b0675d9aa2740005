//! A statement as pages print it, for the customer and for staff alike: what the paper says, and
//! what became of it since.

use super::statement_files::{self, StatementFile};
use crate::db::House;
use crate::disputes::Dispute;
use crate::error::Result;
use crate::statements::{AccountKind, Change, Paper, Statement, Told, basis, reward};
use crate::values::{Currency, Money};

/// The frozen statement in the reader's language, and its answer.
pub(super) struct StatementView {
    pub state: String,
    pub paper: Paper,
    pub files: Vec<StatementFile>,
    /// What this version says otherwise than the one before it.
    pub correction: Option<CorrectionView>,
}

/// Why a version was made, and what differs in it.
pub(super) struct CorrectionView {
    pub corrects: String,
    pub reason: String,
    pub rows: Vec<ChangeRow>,
}

/// One thing that differs; — stands for nothing.
pub(super) struct ChangeRow {
    pub what: String,
    pub before: String,
    pub after: String,
}

impl ChangeRow {
    pub(super) fn all(changes: &[Change], currency: Currency, page: &super::Page) -> Vec<Self> {
        let told = |told: &Option<Told>| match told {
            None => "—".to_owned(),
            Some(Told::Money(minor)) => Money::new(*minor, currency).shown(),
            Some(Told::Text(text)) => text.clone(),
            Some(Told::Reckoned(minor, r)) => {
                let basis = basis(page.words, (r.base_minor, r.base_micro), &r.reward, currency);
                let state = if r.earned { "earned" } else { "estimated" };
                [
                    Money::new(*minor, currency).shown(),
                    basis,
                    reward(page.words, &r.reward, currency),
                    page.code("state-accrual", state),
                ]
                .join(" · ")
            }
            Some(Told::Lines(lines)) => page.number(lines),
        };
        let row = |change: &Change| Self {
            what: change.said(page.words),
            before: told(&change.before),
            after: told(&change.after),
        };
        changes.iter().map(row).collect()
    }
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
        let correction = statement.content.correction.as_ref();
        let correction = correction.map(|correction| CorrectionView {
            corrects: correction.corrects.clone(),
            reason: correction.reason.clone(),
            rows: ChangeRow::all(&correction.changes, statement.currency, page),
        });
        Self { state: statement.state.to_string(), paper, files: Vec::new(), correction }
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
