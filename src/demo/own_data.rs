//! What people of the demo asked for themselves: files to download, and something about their data.

use chrono::TimeDelta;

use super::cast::Cast;
use super::timeline::Stage;
use crate::audit;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::exports::{self, Kind, Scope, Wish};
use crate::people::{self, Person};
use crate::privacy::{self, RequestKind};
use crate::reports::Format;
use crate::statements;
use crate::values::{Actor, Period, PeriodKind, StaffRole};

/// The first customer's manager and the auditor have a file to fetch; the manager waits for a
/// correction.
pub(super) fn ask(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    stage.db.clock().set(stage.now - TimeDelta::hours(26));
    let month = Period::containing(PeriodKind::Month, stage.today);
    let before = month.previous().unwrap_or(month);
    let (_, boss) = cast.boss_at(0).ok_or_else(|| Error::internal("no customer plays"))?;
    let auditor = cast.staff(StaffRole::Auditor)?;
    let days = Scope::Days(stage.first, stage.today);
    for (actor, kind, format, scope) in [
        (boss, Kind::OwnTransactions, Format::Xlsx, days),
        (auditor, Kind::Ledger, Format::Csv, Scope::Period(before)),
    ] {
        stage.db.write(actor, |tx| {
            let person = person(tx, actor)?;
            exports::ask(tx, &person, Wish { kind, format, scope })
        })?;
    }
    let making = Actor::system("exports");
    while exports::work(stage.db, &making, stage.files)? {}
    stage.db.write(boss, |tx| {
        let person = person(tx, boss)?;
        let text = "我的手机号已更换，请更正为 139-0000-0000。";
        let days = stage.limits.data_request_days;
        privacy::ask(tx, &person, RequestKind::Correction, text, days)
    })?;
    looked_at(stage, cast)
}

/// An account manager reads the first customer's latest statement; the customer sees that.
fn looked_at(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let (customer, _) = cast.boss_at(0).ok_or_else(|| Error::internal("no customer plays"))?;
    stage.db.write(cast.manager_at(0)?, |tx| {
        let Some(statement) = statements::of_customer(tx, customer)?.into_iter().next() else {
            return Ok(());
        };
        audit::record(
            tx,
            audit::Event {
                action: "statement.read",
                object: ("statement", statement.id.as_str()),
                customer: Some(customer),
                ..audit::Event::default()
            },
        )
    })
}

fn person(tx: &mut Tx<'_>, actor: &Actor) -> Result<Person> {
    let id = actor.person().ok_or(Error::NotFound)?;
    people::by_id(tx, id)
}
