//! Tells managers of customers that a programme is about to end: a month before its last day, and
//! a week before it.

use chrono::NaiveDate;

use super::announce::{covered_managers, how, write};
use super::{Version, store};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::letters::ProgrammeEnding;
use crate::mailbox::{self, Letter};

/// Days before the last one.
const MARKS: [i64; 2] = [7, 30];

/// A round of letters: one version, one mark.
struct Round {
    version: Version,
    last_day: NaiveDate,
    /// `programme_ending/0190…/30`.
    name: String,
}

/// Whether anybody is to be told.
pub fn any_ending(conn: &mut Conn, today: NaiveDate) -> Result<bool> {
    Ok(due(conn, today)?.is_some())
}

/// Tells the managers of the customers that one version covers; how many letters that made.
pub fn tell_endings(tx: &mut Tx<'_>) -> Result<usize> {
    let today = tx.today();
    let Some(round) = due(tx, today)? else { return Ok(0) };
    let mut letters = 0;
    for (customer, manager) in covered_managers(tx, &round.version, today)? {
        let (language, contact) = how(tx, &customer, &manager, ProgrammeEnding::KIND)?;
        let letter = ProgrammeEnding {
            policy: round.version.policy_id.clone(),
            name: round.version.terms.name.in_language(language).to_owned(),
            last_day: round.last_day,
            contact,
        };
        write(tx, (&customer, &manager, language), &round.name, &letter)?;
        letters += 1;
    }
    let count = i64::try_from(letters).unwrap_or(i64::MAX);
    mailbox::finish_round(tx, &round.name, round.last_day, count)?;
    Ok(letters)
}

/// The first version whose managers are due to be told and weren't. Whom somebody ended before its
/// time was told then.
fn due(conn: &mut Conn, today: NaiveDate) -> Result<Option<Round>> {
    for version in store::in_force(conn)? {
        let (Some(last_day), None) = (version.terms.to, version.ended_on) else { continue };
        let Some(published) = version.published_at.map(|at| at.date_naive()) else { continue };
        let Some(mark) = mark((last_day - today).num_days(), (last_day - published).num_days())
        else {
            continue;
        };
        let name = format!("{}/{}/{mark}", ProgrammeEnding::KIND, version.id);
        if !mailbox::round_is_done(conn, &name, last_day)? {
            return Ok(Some(Round { version, last_day, name }));
        }
    }
    Ok(None)
}

/// Which mark is reached so many days before the last one; none of those that were passed when the
/// version was published, because its publication told its dates.
fn mark(left: i64, at_publication: i64) -> Option<i64> {
    let reached = MARKS.into_iter().find(|mark| (0..=*mark).contains(&left))?;
    (at_publication > reached).then_some(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_and_a_week_before_and_not_what_publication_told() {
        for (left, at_publication, expected) in [
            (31, 300, None),
            (30, 300, Some(30)),
            (8, 300, Some(30)),
            (7, 300, Some(7)),
            (0, 300, Some(7)),
            (-1, 300, None),
            (30, 30, None),
            (8, 20, None),
            (7, 20, Some(7)),
            (5, 6, None),
        ] {
            assert_eq!(mark(left, at_publication), expected, "{left} of {at_publication}");
        }
    }
}
