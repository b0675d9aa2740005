//! Putting a dispute aside until a day: it leaves its assignee's list and comes back by itself,
//! on the day or as soon as the customer writes. Its clocks go on, so it can't be put aside
//! beyond the day on which something is due.

use chrono::{Days, NaiveDate};

use super::{Action, Dispute, EventKind, TEXT_LIMIT, admit, change, check_revision, tell};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people;
use crate::values::{DisputeId, Text};

/// Days for which something may be put aside at most.
const FARTHEST: u64 = 90;

/// Puts the dispute aside until the day, on which it is back.
///
/// # Errors
/// The state or the actor's rights say no; somebody else has it; it changed since `revision`; the
/// day can't be right.
pub fn snooze(
    tx: &mut Tx<'_>,
    id: &DisputeId,
    revision: i64,
    until: NaiveDate,
    reason: &str,
) -> Result<()> {
    let reason = reason.trim();
    if reason.chars().count() > TEXT_LIMIT {
        return Err(Error::invalid("snooze_reason", Text::new("dispute-text-too-long")));
    }
    let (dispute, state) = admit(tx, id, Action::Snooze)?;
    check_revision(&dispute, revision)?;
    check_whose(tx, &dispute)?;
    check_day(tx.today(), until, dispute.due())
        .map_err(|text| Error::invalid("snooze_until", text))?;
    let after = Dispute { state, snoozed_until: Some(until), ..dispute.clone() };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Snoozed, format!("{until}\n{reason}").trim())
}

/// It leaves its assignee's list, so it is theirs to put aside, or of whoever acts for them.
fn check_whose(tx: &mut Tx<'_>, dispute: &Dispute) -> Result<()> {
    let (person, today) = (tx.by().person().cloned().ok_or(Error::NotFound)?, tx.today());
    let theirs = match &dispute.assignee {
        Some(assignee) if *assignee == person => true,
        Some(assignee) => people::charge_of(tx, &person, today)?.has(assignee),
        None => false,
    };
    if theirs { Ok(()) } else { Err(Error::refused("dispute-snooze-not-yours")) }
}

/// Takes it back before its day.
///
/// # Errors
/// As for [`snooze`], or it isn't put aside.
pub fn wake(tx: &mut Tx<'_>, id: &DisputeId) -> Result<()> {
    let (dispute, state) = admit(tx, id, Action::Snooze)?;
    if !dispute.sleeps(tx.today()) {
        return Err(Error::refused("dispute-not-snoozed"));
    }
    let after = Dispute { state, snoozed_until: None, ..dispute.clone() };
    change(tx, &dispute, &after)?;
    tell(tx, &after, EventKind::Woken, "")
}

/// Why something can't be put aside until the day, when it is due by another.
fn check_day(today: NaiveDate, until: NaiveDate, due: Option<NaiveDate>) -> Result<(), Text> {
    let last = today.checked_add_days(Days::new(FARTHEST)).unwrap_or(NaiveDate::MAX);
    match due {
        _ if until <= today => Err(Text::new("dispute-snooze-past")),
        Some(due) if due <= today => Err(Text::new("dispute-snooze-overdue").with("due", due)),
        Some(due) if until > due => Err(Text::new("dispute-snooze-beyond-due").with("due", due)),
        _ if until > last => {
            Err(Text::new("dispute-snooze-too-far").with("last", last).with("days", FARTHEST))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_put_aside_beyond_its_due_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-10-15");
        for (until, due, expected) in [
            ("2026-10-14", None, Some("dispute-snooze-past")),
            ("2026-10-15", None, Some("dispute-snooze-past")),
            ("2026-10-16", None, None),
            ("2027-01-13", None, None),
            ("2027-01-14", None, Some("dispute-snooze-too-far")),
            ("2026-10-20", Some("2026-10-20"), None),
            ("2026-10-21", Some("2026-10-20"), Some("dispute-snooze-beyond-due")),
            ("2026-10-16", Some("2026-10-15"), Some("dispute-snooze-overdue")),
            ("2026-10-16", Some("2026-10-01"), Some("dispute-snooze-overdue")),
        ] {
            let found = check_day(today, day(until), due.map(day)).err().map(|text| text.key);
            assert_eq!(found, expected, "{until} {due:?}");
        }
    }
}
