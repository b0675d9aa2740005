//! A statement as PDF: the page's words and numbers on A4, in a typeface of its own, readable
//! aloud and fit for the archive.
//!
//! Promises: the same statement in the same language is the same bytes, wherever it is made;
//! nothing stands on it that the page doesn't say; what changes after the issue (the answer) isn't
//! on it; a character the typeface lacks is spelled out and logged. Deliberately absent: a general
//! typesetter. A statement is one form.

mod code;
mod face;
mod file;
mod flow;
mod form;
mod ink;
mod lines;
mod pack;
mod table;

use std::collections::BTreeSet;

use super::{Paper, Statement};
use crate::db::House;
use crate::error::{Error, Result};
use crate::values::{Fingerprint, Language};
use crate::words;
use face::Face;
use flow::Flow;

/// The statement as PDF, in the language.
///
/// # Errors
/// The library refuses the file, which would be a defect.
pub fn pdf(statement: &Statement, house: &House, language: Language) -> Result<Vec<u8>> {
    let words = words::words(language);
    let paper = Paper::new(statement, words, house);
    let face = Face::get().ok_or_else(|| Error::internal("the built-in typeface is broken"))?;
    let mut flow = Flow::new(face);
    form::fill(&mut flow, &paper, words);
    let finished = flow.finish(&form::around(&paper, words));
    warn(&paper.number, &finished.missing);
    let about = file::About {
        title: format!("{} {}", paper.title, paper.number),
        author: paper.company.clone(),
        language: language.to_string(),
        id: Fingerprint::new("openrebate statement pdf 1")
            .field(&statement.content_hash)
            .field(language.as_str())
            .finish(),
        made: statement.issued_at,
    };
    let file = file::write(face, finished, &about)
        .map_err(|why| Error::internal(format!("PDF of statement {}: {why}", paper.number)))?;
    // A file that can't be packed is as good a paper, only larger.
    Ok(pack::packed(&file).unwrap_or(file))
}

fn warn(number: &str, missing: &BTreeSet<char>) {
    if !missing.is_empty() {
        let missing: String = missing.iter().map(|c| format!(" U+{:04X}", u32::from(*c))).collect();
        tracing::warn!(
            number,
            missing,
            "the PDF's typeface lacks characters: they are spelled out"
        );
    }
}
