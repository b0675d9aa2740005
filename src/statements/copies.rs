//! The mail of a statement once more, for a customer who can't find it: new letters with names of
//! their own, to whoever gets the customer's statements now.

use super::{Statement, letters};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::{self, Posted};
use crate::values::{StaffRole, Text};

/// Copies of one statement; who wants more has another trouble.
const MOST: usize = 20;

/// Sends the mail of the statement once more; how many letters that makes.
///
/// # Errors
/// The actor is neither finance nor an account manager; another version took the statement's
/// place; there is nobody to write to; it was sent often enough.
pub fn send_copy(tx: &mut Tx<'_>, statement: &Statement) -> Result<usize> {
    let may = [StaffRole::Finance, StaffRole::AccountManager];
    if tx.by().person().is_some() && !may.iter().any(|role| tx.by().holds(*role)) {
        return Err(Error::refused("statement-copy-not-yours"));
    }
    let number = &statement.number;
    if statement.superseded_by.is_some() {
        return Err(Text::new("statement-superseded").with("number", number).into());
    }
    let next = copies(tx, statement)?.len() + 1;
    if next > MOST {
        return Err(Text::new("statement-copies-enough").with("most", MOST).into());
    }
    let letters = letters::announce(tx, statement, &cause(statement, next))?;
    if letters == 0 {
        return Err(Error::refused("statement-copy-to-nobody"));
    }
    audit::record(
        tx,
        audit::Event {
            action: "statement.copy_sent",
            object: ("statement", statement.id.as_str()),
            customer: Some(statement.customer),
            reason: Some(&format!("copy {next}, letters: {letters}")),
            ..audit::Event::default()
        },
    )?;
    Ok(letters)
}

/// The mail that told the customer of the statement, its copies after the first.
pub fn mail_of(conn: &mut Conn, statement: &Statement) -> Result<Vec<Posted>> {
    let mut letters = mailbox::of_cause(conn, statement.letter(), statement.id.as_str())?;
    letters.extend(copies(conn, statement)?.into_iter().flatten());
    Ok(letters)
}

/// The letters of each copy, in order.
fn copies(conn: &mut Conn, statement: &Statement) -> Result<Vec<Vec<Posted>>> {
    let mut copies = Vec::new();
    for copy in 1..=MOST {
        let letters = mailbox::of_cause(conn, statement.letter(), &cause(statement, copy))?;
        if letters.is_empty() {
            break;
        }
        copies.push(letters);
    }
    Ok(copies)
}

fn cause(statement: &Statement, copy: usize) -> String {
    format!("{}/copy/{copy}", statement.id)
}
