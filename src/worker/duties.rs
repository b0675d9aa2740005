//! The whole schedule in one table.

use std::time::Duration;

use chrono::TimeDelta;

use super::Workshop;
use crate::accruals;
use crate::announcements;
use crate::banking;
use crate::customers;
use crate::db;
use crate::disputes::{self, Scanned};
use crate::error::Result;
use crate::expiry;
use crate::exports;
use crate::mailbox;
use crate::people;
use crate::policies;
use crate::privacy;
use crate::reports;
use crate::statements;
use crate::upkeep;
use crate::values::Actor;

/// Something the portal does by itself.
pub struct Duty {
    /// As logs and the audit trail name it.
    pub name: &'static str,
    /// How long it rests once there is nothing left to do.
    pub every: Duration,
    pub work: fn(&Workshop) -> Result<Left>,
}

/// Whether a duty should come round at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Nothing,
    Something,
}

/// Everything the portal does by itself.
pub static DUTIES: &[Duty] = &[
    Duty { name: "mail", every: Duration::from_secs(2), work: deliver },
    Duty { name: "password resets", every: Duration::from_secs(2), work: answer_resets },
    Duty { name: "housekeeping", every: Duration::from_secs(3_600), work: housekeep },
    Duty { name: "disputes", every: Duration::from_secs(3_600), work: close_disputes },
    Duty { name: "deadlines", every: Duration::from_secs(60), work: tell_deadlines },
    Duty { name: "bounces", every: Duration::from_secs(60), work: tell_bounces },
    Duty { name: "scanner", every: Duration::from_secs(10), work: scan },
    Duty { name: "bank accounts", every: Duration::from_secs(60), work: change_accounts },
    Duty { name: "near tiers", every: Duration::from_secs(1_800), work: tell_near_tiers },
    Duty { name: "statements", every: Duration::from_secs(5), work: make_statements },
    Duty { name: "exports", every: Duration::from_secs(5), work: make_exports },
    Duty { name: "announcements", every: Duration::from_secs(5), work: send_news },
    Duty { name: "answers", every: Duration::from_secs(60), work: tell_of_answers },
    Duty { name: "expiry", every: Duration::from_secs(1_800), work: expire },
    Duty { name: "endings", every: Duration::from_secs(3_600), work: tell_endings },
    Duty { name: "digests", every: Duration::from_secs(1_800), work: tell_week },
    Duty { name: "watch", every: Duration::from_secs(600), work: watch },
    Duty { name: "signatures", every: Duration::from_secs(3_600), work: remind_to_sign },
];

/// Until nothing is due or it is time to stop.
fn deliver(workshop: &Workshop) -> Result<Left> {
    let stop = || workshop.signal.is_raised();
    let transport = workshop.transport.as_ref();
    mailbox::deliver_due(&workshop.db, transport, &statements::Papers, &stop)?;
    Ok(Left::Nothing)
}

/// Writes to those who forgot their password. Not in the request that asks, which would tell by its
/// time whether there is such an account.
fn answer_resets(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 50;
    let answered = people::answer_resets(&workshop.db, AT_ONCE)?;
    Ok(if answered == 0 { Left::Nothing } else { Left::Something })
}

/// Forms are remembered so that a repeated post does nothing; nobody repeats one after a month.
/// Who looked at which dispute is of minutes. Ended sessions and old failures to sign in go whenever somebody signs in, see `people`.
fn housekeep(workshop: &Workshop) -> Result<Left> {
    let housekeeper = Actor::system("housekeeping");
    workshop.db.write(&housekeeper, |tx| {
        let month_ago = tx.at() - TimeDelta::days(30);
        db::forget_forms(tx, month_ago)?;
        mailbox::sweep_tokens(tx)?;
        disputes::sweep_looks(tx)
    })?;
    sweep_drafts(workshop, &housekeeper)?;
    exports::sweep(&workshop.db, &housekeeper, &workshop.files)?;
    privacy::sweep(&workshop.db, &housekeeper)?;
    Ok(Left::Nothing)
}

/// Disputes that were never filed go after a month, and then the files that waited for them.
fn sweep_drafts(workshop: &Workshop, housekeeper: &Actor) -> Result<()> {
    const AT_ONCE: i64 = 200;
    let db = &workshop.db;
    while db.read(|conn| disputes::any_stale_draft(conn, db.now()))? {
        db.write(housekeeper, |tx| disputes::sweep_drafts(tx, AT_ONCE))?;
    }
    disputes::sweep_draft_files(db, &workshop.files)?;
    disputes::forget_infected(db, &workshop.files)
}

/// Tells customers near a tier, and those who reached one, once a week.
fn tell_near_tiers(workshop: &Workshop) -> Result<Left> {
    let schedule = Actor::system("near tiers");
    accruals::tell_near_tiers(&workshop.db, &schedule, &workshop.near_tiers)?;
    accruals::tell_reached_tiers(&workshop.db, &schedule, &workshop.near_tiers)?;
    Ok(Left::Nothing)
}

/// Closes what was decided and not appealed in time; nothing is written while there is none.
fn close_disputes(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 200;
    if !workshop.db.read(|conn| disputes::any_lapsed(conn, workshop.db.today()))? {
        return Ok(Left::Nothing);
    }
    let schedule = Actor::system("disputes");
    workshop.db.write(&schedule, |tx| disputes::close_lapsed(tx, AT_ONCE))?;
    Ok(Left::Something)
}

/// Makes changed bank accounts effective once their cool-down is over.
fn change_accounts(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 100;
    let db = &workshop.db;
    if !db.read(|conn| banking::any_due(conn, db.now()))? {
        return Ok(Left::Nothing);
    }
    db.write(&Actor::system("bank accounts"), |tx| banking::take_effect(tx, AT_ONCE))?;
    Ok(Left::Something)
}

/// Has a scanner look at uploaded files, where there is one. One that is down rests until the next
/// round.
fn scan(workshop: &Workshop) -> Result<Left> {
    let Some(scanner) = &workshop.scanner else { return Ok(Left::Nothing) };
    match disputes::scan_next(&workshop.db, &workshop.files, scanner.as_ref())? {
        Scanned::One => Ok(Left::Something),
        Scanned::Nothing | Scanned::Down => Ok(Left::Nothing),
    }
}

/// Tells of disputes whose deadlines are near or missed.
fn tell_deadlines(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 500;
    let db = &workshop.db;
    if !db.read(|conn| disputes::any_deadline(conn, db.now()))? {
        return Ok(Left::Nothing);
    }
    let schedule = Actor::system("deadlines");
    db.write(&schedule, |tx| disputes::tell_deadlines(tx, AT_ONCE))?;
    Ok(Left::Something)
}

/// Tells of addresses that take no mail, and of letters that left without what they enclosed.
fn tell_bounces(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 50;
    let (db, schedule) = (&workshop.db, Actor::system("bounces"));
    if db.read(customers::any_bounce)? {
        db.write(&schedule, |tx| customers::tell_bounces(tx, AT_ONCE))?;
        return Ok(Left::Something);
    }
    // Not at once, so that those of one statement run come together.
    if db.read(customers::any_left_out)? {
        db.write(&schedule, |tx| customers::tell_left_out(tx, 500))?;
    }
    Ok(Left::Nothing)
}

/// Begins the statement runs whose day has come, and goes on with those under way, whoever began
/// them: also one whose process was killed.
fn make_statements(workshop: &Workshop) -> Result<Left> {
    let (db, schedule) = (&workshop.db, Actor::system("statements"));
    statements::start_scheduled(db, &schedule, workshop.limits.statement_days)?;
    let open = disputes::open_on_statement;
    let worked = statements::work(db, &schedule, &open)?;
    Ok(if worked { Left::Something } else { Left::Nothing })
}

/// Makes the files people asked for, one after the other. One whose process was killed comes again
/// once nobody has said anything about it for some minutes.
fn make_exports(workshop: &Workshop) -> Result<Left> {
    let stop = || workshop.signal.is_raised();
    let by = Actor::system("exports");
    let worked = exports::work_until(&workshop.db, &by, &workshop.files, &stop)?;
    Ok(if worked { Left::Something } else { Left::Nothing })
}

/// Sends announcements whose time has come, and goes on with those under way.
fn send_news(workshop: &Workshop) -> Result<Left> {
    let worked = announcements::work(&workshop.db, &Actor::system("announcements"))?;
    Ok(if worked { Left::Something } else { Left::Nothing })
}

/// Reminds customers of statements to answer, and settles what silence means once it is too late.
fn tell_of_answers(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: i64 = 200;
    let db = &workshop.db;
    if !db.read(|conn| statements::any_deadline(conn, db.now()))? {
        return Ok(Left::Nothing);
    }
    let schedule = Actor::system("statements");
    db.write(&schedule, |tx| statements::tell_deadlines(tx, AT_ONCE))?;
    Ok(Left::Something)
}

/// Tells customers what of their balances is about to expire, and books what did, once a day.
fn expire(workshop: &Workshop) -> Result<Left> {
    let stop = || workshop.signal.is_raised();
    expiry::work(&workshop.db, &Actor::system("expiry"), &stop)?;
    Ok(Left::Nothing)
}

/// Tells customers that a programme is about to end, one version after the other.
fn tell_endings(workshop: &Workshop) -> Result<Left> {
    let db = &workshop.db;
    if !db.read(|conn| policies::any_ending(conn, db.today()))? {
        return Ok(Left::Nothing);
    }
    db.write(&Actor::system("endings"), policies::tell_endings)?;
    Ok(Left::Something)
}

/// Tells account managers once a week what of their customers' waits, and customers what waits for
/// them.
fn tell_week(workshop: &Workshop) -> Result<Left> {
    let schedule = Actor::system("digests");
    reports::tell_week(&workshop.db, &schedule)?;
    reports::tell_customers_week(&workshop.db, &schedule)?;
    Ok(Left::Nothing)
}

/// Watches over the portal itself: its figures by night, its mail, the audit log's daily mark.
fn watch(workshop: &Workshop) -> Result<Left> {
    let actor = Actor::system("watch");
    reports::watch(&workshop.db, &actor, workshop.checkpoints.as_ref())?;
    let rooms = upkeep::rooms(workshop.db.url(), &workshop.files);
    let limits = upkeep::Limits { max_age: workshop.max_backup_age, rooms };
    upkeep::look(&workshop.db, &actor, &limits)?;
    Ok(Left::Nothing)
}

/// Reminds managers of what they haven't signed; nothing is written while nobody is due.
fn remind_to_sign(workshop: &Workshop) -> Result<Left> {
    const AT_ONCE: usize = 200;
    let (db, reminders) = (&workshop.db, workshop.limits.reminders());
    let now = db.now().with_timezone(&db.house().zone);
    if !db.read(|conn| policies::any_reminder(conn, reminders, now))? {
        return Ok(Left::Nothing);
    }
    let schedule = Actor::system("signatures");
    let written = db.write(&schedule, |tx| policies::remind(tx, reminders, AT_ONCE))?;
    Ok(if written == 0 { Left::Nothing } else { Left::Something })
}
