//! The week's work of each account manager in one letter, on Mondays.

use chrono::{Datelike, Days, NaiveDate, Timelike};

use crate::calendar;
use crate::customers;
use crate::db::{Conn, Db};
use crate::disputes;
use crate::error::{Error, Result};
use crate::mailbox::letters::WeeklyDigest;
use crate::mailbox::{self, Letter};
use crate::people::{self, Person};
use crate::statements::{self, Wanted};
use crate::values::{Actor, Key, Language, StaffRole};

/// From this hour of the Monday on.
const MORNING: u32 = 7;

/// Writes the digests of the week, once; who has nothing waiting gets none. A week whose Monday
/// nobody was there to write is made up for.
pub fn tell_week(db: &Db, actor: &Actor) -> Result<()> {
    let Some(week) = week_of(db) else { return Ok(()) };
    let (kind, today) = (WeeklyDigest::KIND, db.today());
    if db.read(|conn| mailbox::round_is_done(conn, kind, week))? {
        return Ok(());
    }
    let digests = db.read(|conn| digests(conn, week, today))?;
    db.write(actor, |tx| {
        if mailbox::round_is_done(tx, kind, week)? {
            return Ok(());
        }
        let mut letters = 0;
        for (manager, digest) in &digests {
            let cause = format!("{kind}/{week}");
            let house = Language::default();
            letters += i64::from(people::write_to(tx, manager, house, None, &cause, digest)?);
        }
        mailbox::finish_round(tx, kind, week, letters).map(|_| ())
    })
}

/// The Monday of the week; None early on the Monday itself.
pub(super) fn week_of(db: &Db) -> Option<NaiveDate> {
    let local = db.now().with_timezone(&db.house().zone);
    let today = local.date_naive();
    let into_week = u64::from(today.weekday().num_days_from_monday());
    let early = into_week == 0 && local.hour() < MORNING;
    if early { None } else { today.checked_sub_days(Days::new(into_week)) }
}

/// Of everybody who looks after customers and has something waiting.
fn digests(
    conn: &mut Conn,
    week: NaiveDate,
    today: NaiveDate,
) -> Result<Vec<(Person, WeeklyDigest)>> {
    let all = customers::all(conn)?;
    let none_bounced = mailbox::bounces(conn, 1)?.is_empty();
    let soon = calendar::add_business_days(conn, today, 1)?;
    let mut found = Vec::new();
    for manager in people::staff_with_role(conn, StaffRole::AccountManager)? {
        let own = |email: &Option<String>| {
            email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&manager.email))
        };
        let keys: Vec<Key> =
            all.iter().filter(|one| own(&one.account_manager)).map(|one| one.id).collect();
        let reach = disputes::reach(conn, &manager.actor(None, None), today)?;
        let disputes = disputes::queue_counts(conn, &reach, today, soon)?;
        let open = Wanted { unanswered: true, customers: Some(keys.clone()), ..Wanted::default() };
        let statements = statements::count_wanted(conn, &open)?;
        let late = Wanted { due_before: Some(today), ..open };
        let digest = WeeklyDigest {
            week,
            disputes: disputes.mine,
            disputes_due: disputes.about_to_breach,
            disputes_asked: disputes.waiting,
            statements,
            statements_overdue: statements::count_wanted(conn, &late)?,
            addresses: if none_bounced { 0 } else { addresses(conn, &keys)? },
        };
        if !digest.is_empty() {
            found.push((manager, digest));
        }
    }
    Ok(found)
}

/// How many addresses of these customers take no mail.
fn addresses(conn: &mut Conn, customers: &[Key]) -> Result<i64> {
    let mut count = 0;
    for customer in customers {
        count += customers::bounced_of(conn, *customer)?.len();
    }
    i64::try_from(count).map_err(Error::internal)
}
