//! Reminds managers of published versions that their company hasn't signed: some business days
//! after publication, then weekly, a few times at most.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::announce::{covered_managers, how, write};
use super::{Version, store};
use crate::audit::{self, Event};
use crate::calendar;
use crate::customers::Customer;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailbox::letters::ProgrammeUnsigned;
use crate::mailbox::{self, Letter};
use crate::people::Person;

/// When reminders go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminders {
    /// Business days after publication until the first.
    pub after: u32,
    /// How many at most; none when 0.
    pub most: u32,
}

/// A letter to be written.
struct Pending {
    version: Version,
    published: NaiveDate,
    /// The how manieth reminder, from 1.
    number: u32,
    customer: Customer,
    manager: Person,
}

/// Whether any reminder is to be written.
pub fn any_reminder(conn: &mut Conn, reminders: Reminders, now: DateTime<Tz>) -> Result<bool> {
    Ok(!pending(conn, reminders, now)?.is_empty())
}

/// Writes the reminders that are due, at most so many; how many it wrote.
pub fn remind(tx: &mut Tx<'_>, reminders: Reminders, at_most: usize) -> Result<usize> {
    let now = tx.at().with_timezone(&tx.house().zone);
    let mut written = 0;
    for one in pending(tx, reminders, now)?.into_iter().take(at_most) {
        let (language, contact) = how(tx, &one.customer, &one.manager, ProgrammeUnsigned::KIND)?;
        let letter = ProgrammeUnsigned {
            policy: one.version.policy_id.clone(),
            name: one.version.terms.name.in_language(language).to_owned(),
            published_on: one.published,
            contact,
        };
        write(
            tx,
            (&one.customer, &one.manager, language),
            &cause(&one.version, one.number),
            &letter,
        )?;
        audit::record(
            tx,
            Event {
                action: "policy.reminded",
                object: ("policy_version", one.version.id.as_str()),
                customer: Some(one.customer.id),
                ..Event::default()
            },
        )?;
        written += 1;
    }
    Ok(written)
}

fn cause(version: &Version, number: u32) -> String {
    format!("{}/{number}", version.id)
}

/// Who is due to be reminded and hasn't been, by version.
fn pending(conn: &mut Conn, reminders: Reminders, now: DateTime<Tz>) -> Result<Vec<Pending>> {
    let (today, zone) = (now.date_naive(), now.timezone());
    let mut pending = Vec::new();
    for version in store::in_force(conn)? {
        let Some(published) = version.published_at else { continue };
        let published = published.with_timezone(&zone).date_naive();
        if version.last_day().is_some_and(|last| last < today) {
            continue;
        }
        let first = calendar::add_business_days(conn, published, reminders.after)?;
        let Some(number) = due(first, today, reminders.most) else { continue };
        let posted = mailbox::of_cause(conn, ProgrammeUnsigned::KIND, &cause(&version, number))?;
        let posted: HashSet<String> = posted.into_iter().map(|letter| letter.to).collect();
        let given = store::acknowledgements(conn, &version.id)?;
        let signed: HashSet<_> = given.into_iter().map(|given| given.customer).collect();
        for (customer, manager) in covered_managers(conn, &version, today)? {
            let settled = signed.contains(&customer.id) || posted.contains(&manager.email);
            if !settled {
                let version = version.clone();
                pending.push(Pending { version, published, number, customer, manager });
            }
        }
    }
    Ok(pending)
}

/// Which reminder is due, from 1; None before the first, and once the last one's week is over: who
/// was never reminded in time isn't reminded of what is long past.
fn due(first: NaiveDate, today: NaiveDate, most: u32) -> Option<u32> {
    let days = (today - first).num_days();
    let number = u32::try_from(days.div_euclid(7)).ok()?.checked_add(1)?;
    (number <= most).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekly_from_the_first_day_on_and_no_longer_than_said() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        for (today, most, expected) in [
            (7, 3, None),
            (8, 3, Some(1)),
            (14, 3, Some(1)),
            (15, 3, Some(2)),
            (22, 3, Some(3)),
            (28, 3, Some(3)),
            (29, 3, None),
            (8, 0, None),
            (15, 1, None),
        ] {
            assert_eq!(due(day(8), day(today), most), expected, "day {today} of {most}");
        }
    }
}
